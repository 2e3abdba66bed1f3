"""The gradient check: compare backpropagation with central differences."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, pairwise
from operator import mul

from engine.branches import find_reached, pass_on
from engine.gradients import VALUES_ALONE, grad
from engine.modes import mode
from engine.numbers import as_float, go_through
from engine.ops import Op, compile_formula, table
from engine.value import Value, lift, toposort

# Steps of a difference, relative to 1 or to the input, each four times the one before. The first one whose difference
# is not lost in rounding is used.
STEPS = tuple(2.0**-exponent for exponent in range(23, 1, -2))
EXACT = ("neg", "abs", "maximum", "minimum")  # operations that round nothing
VERDICTS = ("right", "kink", "wrong", "unclear")


@dataclass(frozen=True)
class Row:
    """One input: its gradient by backpropagation and by central differences.

    verdict   "right", "wrong", "kink" (the slopes on the two sides differ, and the gradient is between them) or
              "unclear" (no step gives a difference to trust: rounding hides the change, or the differences vary)
    """

    name: str
    analytic: float
    numeric: float
    relative_error: float
    verdict: str


@dataclass(frozen=True)
class GradientCheck:
    """The result of a gradient check, one row per input; true if no row is wrong or unclear.

    >>> check = gradcheck(lambda a: a * a, [3.0])
    >>> check.ok, [row.verdict for row in check.rows]
    (True, ['right'])
    """

    rows: tuple[Row, ...]

    @property
    def ok(self) -> bool:
        """Whether every input passed: right, or a kink."""
        return all(row.verdict in ("right", "kink") for row in self.rows)

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        width = min(31, max(5, *(len(row.name) for row in self.rows)))
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

    function    takes as many Values as there are inputs and returns a Value, the same for the same inputs; called many
                times
    inputs      numbers, or leaf Values to vary, such as a model's parameters, which are restored
    tolerance   the relative error allowed; differences less certain than that are "unclear"

    Points such as a ReLU at 0 are reported as kinks, not as failures. TypeError or ValueError for inputs that are
    neither numbers nor leaves, a tolerance out of range, and a function that does not return a Value or draws numbers.

    >>> check = gradcheck(lambda a, b: (a * b).tanh() + b.relu(), [Value(0.5, "a"), Value(0.0, "b")])
    >>> [(row.name, row.analytic, row.verdict) for row in check.rows], check.ok
    ([('a', 0.0, 'right'), ('b', 0.5, 'kink')], True)
    """
    if not callable(function):
        raise TypeError(f"gradcheck takes a function of its inputs, such as lambda a: a * a, not {function!r}")
    tolerance = as_float(tolerance)
    if not 0 < tolerance < 1:
        raise ValueError(f"gradcheck: tolerance must be above 0 and below 1, not {tolerance:g}")
    leaves = [x if isinstance(x, Value) else Value(as_float(x)) for x in go_through(inputs, "gradcheck")]
    if not leaves:
        raise ValueError("gradcheck: at least one input is needed")
    for number, leaf in enumerate(leaves):
        if leaf.op:
            what = "a constant" if leaf.is_leaf else f"the result of {leaf.op!r}"
            raise ValueError(f"gradcheck: inputs[{number}] is {what}, not a leaf")
    output = function(*leaves)
    if not isinstance(output, Value):
        raise TypeError(f"gradcheck: the function must return a Value, not {type(output).__name__}")
    again = function(*leaves).data  # with its graph, of which it may take derivatives
    if repr(again) != repr(output.data):  # nan is like nan
        draws = "as Dropout does in training (model.eval() ends that)"
        raise ValueError(f"gradcheck: the function gives {output.data:g}, then {again:g} for the same inputs, {draws}")
    order = toposort(output)
    gradients = dict(zip(order, grad(output, order), strict=True))
    sizes = _add_sizes(order)
    rounding = _find_rounding(gradients)
    rows = []
    for number, leaf in enumerate(leaves):
        analytic, size = gradients.get(leaf, 0.0), sizes.get(leaf, 0.0)
        cancelled = size if abs(analytic) < 16 * math.ulp(size) < math.inf else 0.0
        quotients = _differences(function, leaves, leaf, output.data, rounding)
        rows.append(_judge(leaf.label or f"inputs[{number}]", analytic, cancelled, quotients, tolerance))
    return GradientCheck(tuple(rows))


def _add_sizes(order: list[Value]) -> dict[Value, float]:
    """Return how large each node's gradient would be if no paths cancelled."""
    sizes = dict.fromkeys(order, 0.0)
    sizes[order[-1]] = 1.0
    for node in reversed(find_reached(order)):
        for operand, local in zip(node.operands, node.branch_derivatives, strict=True):
            sizes[operand] += abs(pass_on(sizes[node], local))
    return sizes


def _find_rounding(gradients: dict[Value, float]) -> float:
    """Return how far rounding of every result may move the output."""
    return _add_up([_round(node) * abs(gradient) for node, gradient in gradients.items() if not node.is_leaf])


def _add_up(moves: list[float]) -> float:
    return math.fsum(move for move in moves if math.isfinite(move))


def _round(node: Value) -> float:
    """Return how far rounding may move a result, by each step of its formula and each sum of its terms."""
    numbers, half = [operand.data for operand in node.operands], len(node.operands) // 2
    match node.op:
        case "sum":
            terms = numbers
        case "dot" | "affine":
            terms = [*map(mul, numbers, numbers[half : 2 * half]), *numbers[2 * half :]]
        case _ if table[node.op].sequences:
            terms = [node.data]
        case _:
            with mode(detach=False, on_node=None, on_look=None, on_comparison=None, on_backward=None):
                result = lift(_expand(table[node.op])(*map(Value, numbers)))
                steps = [step for step in toposort(result) if not step.is_leaf and step.op not in EXACT]
                moves = zip(steps, grad(result, steps), strict=True)
            return _add_up([math.ulp(step.data) * abs(gradient) for step, gradient in moves])
    return math.fsum(map(math.ulp, accumulate(terms)))


@cache
def _expand(row: Op) -> Callable[..., Value]:
    """Return the formula of a row, to be computed step by step."""
    return compile_formula(VALUES_ALONE, row.forward, row.letters, term=row.term)


@dataclass(frozen=True)
class _Quotient:
    """The slopes of a function on the two sides of an input, over one step."""

    step: float
    left: float
    right: float
    noise: float  # how far rounding may move the slopes

    @property
    def central(self) -> float:
        return self.left / 2 + self.right / 2

    @property
    def jump(self) -> float:
        return abs(self.right - self.left)


def _differences(
    function: Callable[..., Value], leaves: Sequence[Value], leaf: Value, here: float, rounding: float
) -> Iterator[_Quotient]:
    x, widest = leaf.data, 0.0
    for step in [scale * step for scale in sorted({1.0, abs(x)} - {0.0}) for step in STEPS]:
        above, below = x + step, x - step
        up, down = above - x, x - below  # the actual steps, after rounding
        if not (widest < up < math.inf and 0 < down < math.inf):
            continue
        widest = up
        try:
            leaf.data = above
            y_above = function(*leaves).data
            leaf.data = below
            y_below = function(*leaves).data
        finally:
            leaf.data = x
        noise = rounding / up + 16 * math.ulp(max(abs(here), abs(y_above), abs(y_below))) / up
        quotient = _Quotient(up, (here - y_below) / down, (y_above - here) / up, noise)
        if not math.isfinite(quotient.jump):
            return  # larger steps go farther out
        yield quotient


def _judge(name: str, analytic: float, cancelled: float, quotients: Iterator[_Quotient], tolerance: float) -> Row:
    """Compare the gradient with the difference over the smallest step that rounding allows.

    cancelled   the size of the terms that cancel to a gradient of 0; else 0
    """
    found, doubt, noise, before, bends = math.nan, math.inf, math.inf, math.nan, False
    largest = cancelled or (abs(analytic) if math.isfinite(analytic) else 0.0)
    for fine, coarse in pairwise(quotients):
        if not 3 < coarse.step / fine.step < 5:  # start again with these steps
            before = math.nan
            continue
        # Richardson: over a quarter of the step, a central difference has a sixteenth of the error
        estimate = fine.central + (fine.central - coarse.central) / 15
        gap, before = abs(estimate - before), estimate
        corner = _has_corner(fine, coarse, tolerance)
        if corner or gap > tolerance * abs(estimate) + 5 * fine.noise:
            if found == found:
                break  # larger steps reach other parts of the function
            if corner and _is_settled(fine, coarse):
                return _judge_kink(name, analytic, fine, tolerance, "unclear" if bends else "wrong")
            bends = True
        elif gap + fine.noise < doubt and not bends:
            found, doubt, noise = estimate, gap + fine.noise, fine.noise
            if max(gap - noise, noise) <= tolerance / 10 * max(largest, abs(found)):
                break
    error, allowed = abs(analytic - found), tolerance * max(largest, abs(found))
    if error == 0 or noise <= allowed:
        verdict = "right" if error == 0 or error <= allowed + doubt else "wrong"
    else:
        verdict = "unclear"
    return Row(name, analytic, found, _relative(analytic, found), verdict)


def _has_corner(fine: _Quotient, coarse: _Quotient, tolerance: float) -> bool:
    """Whether the slopes on the two sides differ, and do not approach each other with a smaller step."""
    least = tolerance * max(abs(fine.left), abs(fine.right)) + 100 * fine.noise
    return fine.jump > 0.5 * coarse.jump and fine.jump > least


def _is_settled(fine: _Quotient, coarse: _Quotient) -> bool:
    """Whether each side has its own slope, or a jump, whose slope grows as the step shrinks."""
    sides = ((fine.left, coarse.left), (fine.right, coarse.right))
    farthest = max(min(abs(near - far), abs(near - 4 * far)) for near, far in sides)
    return farthest <= 1e-3 * fine.jump + fine.noise


def _judge_kink(name: str, analytic: float, kink: _Quotient, tolerance: float, otherwise: str) -> Row:
    low, high = sorted((kink.left, kink.right))
    slack = tolerance * max(abs(low), abs(high)) + kink.noise
    verdict = "kink" if low - slack <= analytic <= high + slack else otherwise
    return Row(name, analytic, kink.central, _relative(analytic, kink.central), verdict)


def _relative(analytic: float, numeric: float) -> float:
    error = abs(analytic - numeric)
    return error / max(abs(analytic), abs(numeric)) if error > 0 else error
