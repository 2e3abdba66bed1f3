"""Functions of several Values, each one node: sums, products with weights, extremes, softmax."""

from collections.abc import Callable, Iterable, Mapping

from engine.fused import ACTIVATIONS, SUM
from engine.operations import Operands, compile_each, compile_operations
from engine.value import Value, lift

Operations = Mapping[int, Callable[..., Value]]
OperationsOnEach = Mapping[int, Callable[..., list[Value]]]

_sums: Operations = compile_operations("sum")
_logsumexps: Operations = compile_operations("logsumexp")
_dots: Operations = compile_operations("dot")
# By activation; by "" the weighted sum alone.
neurons: dict[str, Operations] = {name: compile_operations(SUM, name) for name in ("", *ACTIVATIONS)}
neurons_on_each: dict[str, OperationsOnEach] = {name: compile_each(SUM, name) for name in neurons}


def sum(values: "Iterable[Value | float]") -> Value:
    """The sum of one or more Values or numbers, as one node."""
    operands = _lifted(values, "sum")
    return _sums[len(operands)](operands)


def logsumexp(values: "Iterable[Value | float]") -> Value:
    """log(exp(v1) + exp(v2) + ...) as one node, stable for large numbers."""
    operands = _lifted(values, "logsumexp")
    return _logsumexps[len(operands)](operands)


def softmax(logits: "Iterable[Value | float]") -> list[Value]:
    """exp(v) / sum of all exp(v), for each of the logits: probabilities that add up to 1."""
    values = _lifted(logits, "softmax")
    normaliser = _logsumexps[len(values)](values)
    return [(value - normaliser).exp() for value in values]


def dot(
    weights: "Iterable[Value | float]", inputs: "Iterable[Value | float]", bias: "Value | float | None" = None
) -> Value:
    """w1*x1 + w2*x2 + ... + bias as one node; ValueError where the lengths differ."""
    left, right = _lifted(weights, "dot"), _lifted(inputs, "dot")
    if len(left) != len(right):
        raise ValueError(f"dot: {len(left)} weights for {len(right)} inputs")
    if bias is None:
        return _dots[len(left)](left, right)
    return neurons[""][len(left)](Operands((*left, lift(bias))), right)


def lift_all(values: "Iterable[Value | float]") -> tuple[Value, ...]:
    """The Values, and the numbers as constants."""
    return Operands([value if isinstance(value, Value) else lift(value) for value in values])


def _lifted(values: "Iterable[Value | float]", name: str) -> tuple[Value, ...]:
    lifted = lift_all(values)
    if not lifted:
        raise ValueError(f"{name}: at least one value is needed")
    return lifted


def maximum(a: "Value | float", b: "Value | float") -> Value:
    """The larger of two, nan if either is; at a tie each receives half of the gradient."""
    return lift(a).maximum(b)


def minimum(a: "Value | float", b: "Value | float") -> Value:
    """The smaller of two, nan if either is; at a tie each receives half of the gradient."""
    return lift(a).minimum(b)
