"""Functions of several Values, each one node: sums, products with weights, extremes, softmax."""

from collections.abc import Callable, Iterable, Sequence

from engine.operations import Operands, compile_operation
from engine.value import Value, lift

_sum: Callable[[Sequence[Value]], Value] = compile_operation("sum")
_logsumexp: Callable[[Sequence[Value]], Value] = compile_operation("logsumexp")
_dot: Callable[[Sequence[Value], Sequence[Value]], Value] = compile_operation("dot")
affine: Callable[..., Value] = compile_operation("affine")  # dot, unchecked


def sum(values: "Iterable[Value | float]") -> Value:
    """The sum of one or more Values or numbers, as one node."""
    return _sum(_lifted(values, "sum"))


def logsumexp(values: "Iterable[Value | float]") -> Value:
    """log(exp(v1) + exp(v2) + ...) as one node, stable for large numbers."""
    return _logsumexp(_lifted(values, "logsumexp"))


def softmax(logits: "Iterable[Value | float]") -> list[Value]:
    """exp(v) / sum of all exp(v), for each of the logits: probabilities that add up to 1."""
    values = _lifted(logits, "softmax")
    normaliser = _logsumexp(values)
    return [(value - normaliser).exp() for value in values]


def dot(
    weights: "Iterable[Value | float]", inputs: "Iterable[Value | float]", bias: "Value | float | None" = None
) -> Value:
    """w1*x1 + w2*x2 + ... + bias as one node; ValueError where the lengths differ."""
    left, right = _lifted(weights, "dot"), _lifted(inputs, "dot")
    if len(left) != len(right):
        raise ValueError(f"dot: {len(left)} weights for {len(right)} inputs")
    return _dot(left, right) if bias is None else affine(left, right, lift(bias))


def lift_all(values: "Iterable[Value | float]") -> tuple[Value, ...]:
    """The Values, and the numbers as constants."""
    return Operands([value if value.__class__ is Value else lift(value) for value in values])


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
