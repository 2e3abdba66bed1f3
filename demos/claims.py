"""Claims: what the course says, each claim with a number that supports it, computed on the spot.

Each number comes with a control: the same number without the effect that is claimed. The claims are in demos/claimed/,
with a file for each heading; the docstring of Claim says how to declare one.
"""

import itertools
import sys
import textwrap
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from demos.course import find_names
from demos.runner import run, say

CLAIMED = Path(__file__).parent / "claimed"


class Claim(NamedTuple):
    """Something that the course says, and how to check it. Each file in demos/claimed/ lists its claims by demo:

    def measure_right(seed: int) -> tuple[float, float]:
        return dying.share_right("leaky_relu", seed), dying.share_right("relu", seed)

    CLAIMS = {
        "dying": [
            Claim(
                "a leaky ReLU does not die",                     # words: a sentence of the notes
                measure_right,                                   # from a seed to the number and its control
                lambda leaky, relu: leaky > 0.95 > 0.7 > relu,   # whether the two show it
                "{:.0%} right, ReLU {:.0%}",                     # form: how both are said
            ),
        ],
    }

    A claim must hold because of the difference: with the control in place of the number it must fail, which a test
    checks. Models that several claims and the demo use are trained once: see `once` in the runner.
    """

    words: str
    measure: Callable[[int], tuple[float, float]]
    holds: Callable[[float, float], bool]
    form: str = "{:.3g}, control {:.3g}"

    def say(self, number: float, control: float) -> str:
        """The number beside its control."""
        return self.form.format(number, control)


def find_claims(name: str) -> list[Claim]:
    """What a demo claims."""
    files = [import_module(f"demos.claimed.{file.stem}") for file in sorted(CLAIMED.glob("[a-z]*.py"))]
    return [claim for file in files for claim in file.CLAIMS.get(name, [])]


def say_claims(name: str, seed: int) -> None:
    """Print what a demo claims, each with its number."""
    for claim in find_claims(name):
        say(f"{claim.words}: {claim.say(*claim.measure(seed))}")


def check(claim: Claim, seeds: Sequence[int]) -> tuple[str, int]:
    """The number of the first seed, in words, and how many of the seeds show the claim."""
    measured = [claim.measure(seed) for seed in seeds]
    return claim.say(*measured[0]), sum(bool(claim.holds(*pair)) for pair in measured)


def main(seed: int = 0, seeds: int = 1) -> None:
    """Check every claim, and print a table of them; status 1 if one does not hold.

    seeds   on how many seeds, from the first on; at least four in five of them must show the claim
    """
    failed, count = 0, 0
    print_row("claim", "demo", "number, and control")
    for name in find_names():
        for claim in find_claims(name):
            said, shown = check(claim, range(seed, seed + seeds))
            fails = 5 * shown < 4 * seeds
            failed, count = failed + fails, count + 1
            on = f"; on {shown} of {seeds} seeds" if seeds > 1 else ""
            print_row(claim.words, name, f"{said}{on}{': DOES NOT HOLD' if fails else ''}")
    print(f"\n{count - failed} of {count} claims hold.")
    if failed:
        raise SystemExit(1)


def print_row(words: str, name: str, said: str) -> None:
    """A row of the table at once, in columns of several lines."""
    columns = [textwrap.wrap(words, 32), [name], textwrap.wrap(said, 28)]
    for cells in itertools.zip_longest(*columns, fillvalue=""):
        print(f"{cells[0]:32}  {cells[1]:16}  {cells[2]}".rstrip())
    sys.stdout.flush()


if __name__ == "__main__":
    run(main)
