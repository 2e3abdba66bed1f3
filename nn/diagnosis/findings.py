"""Findings: the report of `nn.doctor`."""

from dataclasses import dataclass
from textwrap import fill
from typing import Any

from engine.numbers import write_count


@dataclass(frozen=True)
class Finding:
    """Something that will keep a model from learning.

    kind      "not finite", "unscaled", "constant", "mismatch", "one class", "unrelated", "dead", "saturated",
              "vanishing", "exploding", "vanishing through time", "exploding through time", "symmetric", "unreached",
              "no parameter", "no update", "not zeroed", "diverging", "large steps", "small steps" or "not falling"
    place     what it is about: a layer, such as layers[0], columns of X, y, the output, the parameters, the optimiser,
              or step()
    text      the problem, with its numbers
    advice    what to try
    numbers   the numbers, by name
    """

    kind: str
    place: str
    text: str
    advice: str
    numbers: dict[str, Any]

    def __str__(self) -> str:
        wrapped = fill(f"{self.kind}: {self.text}", 80, subsequent_indent="    ")
        return wrapped + "\n" + fill(f"try {self.advice}", 80, initial_indent="    ", subsequent_indent="    ")


@dataclass(frozen=True)
class Report:
    """All findings about a model, none for a healthy one. `loss` is the mean over all rows."""

    findings: tuple[Finding, ...]
    rows: int
    loss: float

    @property
    def healthy(self) -> bool:
        """Whether there are no findings."""
        return not self.findings

    def __str__(self) -> str:
        head = f"{write_count(self.rows, 'row')}, mean loss {self.loss:.4g}: "
        head += write_count(len(self.findings), "finding") if self.findings else "no findings"
        return "\n".join([head, *map(str, self.findings)])
