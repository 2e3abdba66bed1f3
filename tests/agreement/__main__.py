"""Compare Values with their peers on random graphs, and print the counts.

python -m tests.agreement --graphs 10000 --seed 1 [--only torch]
python -m tests.agreement --only language --graphs 3000 --mutated 10000

A peer that is not installed is said and left out. A disagreement is printed as the smallest expression that shows it.
"""

import argparse
import importlib
import math
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache, partial
from typing import Any

from engine.ops import table
from tests.agreement.expressions import (
    Agreement,
    compare_expressions,
    find_texts,
    make_expressions,
    mutate_expressions,
    open_language,
)
from tests.agreement.pairs import NEEDS, OPENED, PAIRS, Compare
from tests.agreement.peers import open_jax, open_page
from tests.agreement.programs import write
from tests.agreement.shrinking import shrink
from tests.agreement.verdicts import Verdict, find_disagreement, run
from viz.terminal.terminal import close_output

LANGUAGE = "language"  # the playground's parser, on expressions instead of graphs
NAMES = (*PAIRS, *OPENED, LANGUAGE)
SHOWN = 10  # disagreements of a pair


def main(arguments: list[str] | None = None) -> int:
    """0 if all agree, 1 if not."""
    parser = argparse.ArgumentParser(prog="python -m tests.agreement", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--graphs", type=int, default=500, help="how many graphs a pair")
    parser.add_argument("--seed", type=int, default=0, help="of the first graph")
    parser.add_argument("--only", choices=NAMES, help="one pair")
    parser.add_argument("--mutated", type=int, default=1000, help="of the language: how many mutated expressions")
    given = parser.parse_args(arguments)
    found = 0
    totals: dict[str, Counter[str]] = {}
    with ExitStack() as stack:
        browser = cache(lambda: stack.enter_context(open_browser()))  # one for all: a thread may drive no other
        for name in [given.only] if given.only else NAMES:
            start = time.perf_counter()
            try:
                if name == LANGUAGE:
                    language = compare_language(given, browser)
                    found += len(language.disagreements)
                    print(f"{tell_language(language)}, {time.perf_counter() - start:.0f} s", flush=True)
                    continue
                compare = open_pair(name, stack, browser)
            except (ImportError, FileNotFoundError) as error:
                print(f"{name:12} left out: {error}")
                continue
            verdict = run(compare, given.graphs, given.seed)
            totals[name] = verdict.ops
            found += len(verdict.disagreements)
            print(f"{describe(name, verdict)}, {time.perf_counter() - start:.0f} s", flush=True)
            for line in explain(compare, verdict):
                print(f"{'':12} {line}", flush=True)
    if totals:
        print(write_ops(totals), flush=True)
    return 1 if found else 0


def compare_language(given: argparse.Namespace, browser: Callable[[], Any]) -> Agreement:
    """Expressions of tests and demos, random ones up to as many as graphs, and mutated ones."""
    importlib.import_module(NEEDS["page"])
    texts = find_texts()
    texts += make_expressions(max(0, given.graphs - len(texts)), given.seed)
    texts += mutate_expressions(texts, given.mutated, given.seed)
    return compare_expressions(open_language(browser()), texts)


def tell_language(agreement: Agreement) -> str:
    texts, accepted, disagreements = agreement.texts, agreement.accepted, agreement.disagreements
    shown = [f"{'':12} {text[:200]!r}: {difference[:300]}" for text, difference in list(disagreements.items())[:SHOWN]]
    counted = f"{texts:,} texts, {accepted:,} of them expressions of {agreement.nodes:,} nodes"
    return "\n".join([*shown, f"{LANGUAGE:12} {counted}, {len(disagreements):,} texts disagree"])


def open_pair(name: str, stack: ExitStack, browser: Callable[[], Any]) -> Compare:
    """The comparison of a pair; ImportError or FileNotFoundError where its peer is not installed."""
    if name in NEEDS:
        importlib.import_module(NEEDS[name])
    if name in PAIRS:
        return PAIRS[name]
    peer = stack.enter_context(open_jax()) if name == "jax" else open_page(browser())
    return partial(OPENED[name], peer)


@contextmanager
def open_browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    if not os.path.exists(path):
        raise FileNotFoundError(f"no browser at {path}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


def describe(name: str, verdict: Verdict) -> str:
    return (
        f"{name:12} {verdict.graphs:,} graphs, {verdict.numbers:,} numbers, {verdict.cancelled:,} of them cancelled, "
        f"{len(verdict.disagreements):,} graphs disagree"
    )


def explain(compare: Compare, verdict: Verdict) -> list[str]:
    """What was left out and why, and the disagreements."""
    lines = [f"{count:,} graphs left out: {reason}" for reason, count in verdict.left_out.most_common()]
    for seed, program in list(verdict.disagreements.items())[:SHOWN]:
        smallest = shrink(compare, program)
        what, ours, theirs, _ = find_disagreement(compare, smallest) or ("?", math.nan, math.nan, 0.0)
        lines.append(f"seed {seed}: {what}: {ours!r} and {float(theirs)!r}: {write(smallest)}")
    if len(verdict.disagreements) > SHOWN:
        lines.append(f"and {len(verdict.disagreements) - SHOWN:,} more")
    return lines


def write_ops(totals: dict[str, Counter[str]]) -> str:
    """How many nodes of each operation were compared in each pair."""
    lines = ["", f"{'nodes':12} " + " ".join(f"{name:>11}" for name in totals)]
    lines += [f"{op:12} " + " ".join(f"{ops[op]:11,}" for ops in totals.values()) for op in table]
    return "\n".join(lines)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:
        close_output()
        sys.exit(1)
