"""The gradient check: analytic gradients against central differences."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from engine.gradients import grad
from engine.modes import no_grad
from engine.numbers import as_float
from engine.value import Value

# Steps of the central difference, relative to 1 or to the input. First the textbook's choice, near the cube root of
# the machine epsilon (Press et al., Numerical Recipes, 5.7), and smaller ones, then larger ones.
STEPS = tuple(2.0**-exponent for exponent in (15, 17, 19, 21, 23, 9, 11, 13))
EPSILON = 2.0**-52
VERDICTS = ("right", "kink", "wrong", "unclear")


@dataclass(frozen=True)
class Row:
    """One input: its gradient by backpropagation and by central differences.

    verdict   "right", "wrong", "kink" (the slopes on the two sides differ, and the gradient lies
              between them) or "unclear" (no step gives a difference that can be trusted)
    """

    name: str
    analytic: float
    numeric: float
    relative_error: float
    verdict: str


@dataclass(frozen=True)
class GradientCheck:
    """The rows of a gradient check; true if none is wrong or unclear."""

    rows: tuple[Row, ...]

    @property
    def ok(self) -> bool:
        """Whether every input passed: right, or a kink."""
        return all(row.verdict in ("right", "kink") for row in self.rows)

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        width = min(34, max(5, *(len(row.name) for row in self.rows)))
        lines = [f"{'input':{width}}  {'analytic':>13}  {'numeric':>13}  {'error':>8}"]
        for row in self.rows:
            name = row.name if len(row.name) <= width else row.name[: width - 1] + "…"
            mark = "" if row.verdict == "right" else f"  {row.verdict}"
            numbers = f"{row.analytic:13.6g}  {row.numeric:13.6g}  {row.relative_error:8.1e}"
            lines.append(f"{name:{width}}  {numbers}{mark}")
        counts = {verdict: sum(row.verdict == verdict for row in self.rows) for verdict in VERDICTS}
        return "\n".join([*lines, ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)])


def gradcheck(
    function: Callable[..., Value], inputs: Sequence[Value | float], tolerance: float = 1e-6
) -> GradientCheck:
    """Compare the gradients of `function(*inputs)` with central differences, input by input.

    function    takes as many Values as there are inputs and returns a Value; called many times
    inputs      numbers, or the leaf Values to vary, such as a model's parameters (left as they were)
    tolerance   the relative error allowed

    A ReLU at 0 and the like are reported as kinks, not as failures. TypeError or ValueError for inputs
    that are neither numbers nor leaves, and for a function that does not return a Value.

    >>> check = gradcheck(lambda a, b: (a * b).tanh() + b.relu(), [Value(0.5, "a"), Value(0.0, "b")])
    >>> [(row.name, row.analytic, row.verdict) for row in check.rows], check.ok
    ([('a', 0.0, 'right'), ('b', 0.5, 'kink')], True)
    """
    if not inputs:
        raise ValueError("gradcheck: at least one input is needed")
    leaves = [x if isinstance(x, Value) else Value(as_float(x)) for x in inputs]
    for number, leaf in enumerate(leaves):
        if not leaf.is_leaf:
            raise ValueError(f"gradcheck: inputs[{number}] is the result of {leaf.op!r}, not a leaf")
    output = function(*leaves)
    if not isinstance(output, Value):
        raise TypeError(f"gradcheck: the function is to return a Value, not {type(output).__name__}")
    analytic = grad(output, leaves)
    rows = []
    for number, (leaf, gradient) in enumerate(zip(leaves, analytic, strict=True)):
        quotients = _differences(function, leaves, leaf, output.data)
        rows.append(_judge(leaf.label or f"inputs[{number}]", gradient, quotients, tolerance))
    return GradientCheck(tuple(rows))


@dataclass(frozen=True)
class _Quotient:
    """The slopes of a function on the two sides of an input, over one step."""

    step: float
    left: float
    right: float
    noise: float  # how far rounding alone may move the slopes

    @property
    def central(self) -> float:
        return (self.left + self.right) / 2

    @property
    def jump(self) -> float:
        return abs(self.right - self.left)


def _differences(
    function: Callable[..., Value], leaves: Sequence[Value], leaf: Value, here: float
) -> Iterator[_Quotient]:
    x = leaf.data
    for scale in sorted({1.0, abs(x)} - {0.0}, reverse=True):
        for step in STEPS:
            above, below = x + scale * step, x - scale * step  # the steps really taken, after rounding
            try:
                with no_grad():
                    leaf.data = above
                    y_above = function(*leaves).data
                    leaf.data = below
                    y_below = function(*leaves).data
            finally:
                leaf.data = x
            noise = 16 * EPSILON * max(abs(here), abs(y_above), abs(y_below)) / (above - x)
            quotient = _Quotient(above - x, (here - y_below) / (x - below), (y_above - here) / (above - x), noise)
            if math.isfinite(quotient.jump):
                yield quotient


def _judge(name: str, analytic: float, quotients: Iterator[_Quotient], tolerance: float) -> Row:
    """Find two successive differences that agree, and compare the gradient with them."""

    def agree(a: float, b: float, noise: float, within: float) -> bool:
        return abs(a - b) <= within * max(abs(a), abs(b)) + noise

    best, closest, previous = None, math.inf, None
    kink = None
    for quotient in quotients:
        if previous and quotient.step < previous.step:
            gap = abs(quotient.central - previous.central)
            if gap < closest:
                best, closest = quotient, gap
            # between smooth sides the jump shrinks with the step, at a kink it stays
            if quotient.jump > 0.5 * previous.jump and not agree(
                quotient.left, quotient.right, quotient.noise, tolerance
            ):
                kink = quotient
                break
            if agree(quotient.central, previous.central, quotient.noise, tolerance / 10):
                break
        previous = quotient
    if best is None:
        return Row(name, analytic, math.nan, math.nan, "unclear")
    numeric = best.central
    error = abs(analytic - numeric)
    relative = error / max(abs(analytic), abs(numeric)) if error else 0.0
    if kink:
        low, high = sorted((kink.left, kink.right))
        slack = tolerance * max(abs(low), abs(high)) + kink.noise
        verdict = "kink" if low - slack <= analytic <= high + slack else "wrong"
    elif closest > tolerance * abs(numeric) + best.noise:
        verdict = "unclear"
    else:
        verdict = "right" if agree(analytic, numeric, best.noise, tolerance) else "wrong"
    return Row(name, analytic, numeric, relative, verdict)
