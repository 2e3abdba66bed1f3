"""Functions of several Values, each one node: sums, products with weights, extremes, softmax."""

from collections.abc import Iterable

from engine.value import Value, lift, lift_all, operation


def sum(values: "Iterable[Value | float]") -> Value:
    """The sum of one or more Values or numbers, as one node."""
    return _sum(lift_all(values, "sum"))


def logsumexp(values: "Iterable[Value | float]") -> Value:
    """log(exp(v1) + exp(v2) + ...) as one node, stable for large numbers."""
    return _logsumexp(lift_all(values, "logsumexp"))


def softmax(logits: "Iterable[Value | float]") -> list[Value]:
    """exp(v) / sum of all exp(v), for each of the logits: probabilities that add up to 1."""
    values = lift_all(logits, "softmax")
    normaliser = _logsumexp(values)
    return [(value - normaliser).exp() for value in values]


def dot(
    weights: "Iterable[Value | float]", inputs: "Iterable[Value | float]", bias: "Value | float | None" = None
) -> Value:
    """w1*x1 + w2*x2 + ... + bias as one node; ValueError where the lengths differ."""
    left, right = lift_all(weights, "dot"), lift_all(inputs, "dot")
    if len(left) != len(right):
        raise ValueError(f"dot: {len(left)} weights for {len(right)} inputs")
    return _dot(left, right) if bias is None else affine(left, right, lift(bias))


def peek(value: Value) -> float:
    """The number of a Value, unnoticed by a recording: for code whose result does not hang on it.

    `Value.data` while a graph is recorded ends the recording, for the next sample may have another number.
    """
    return value._data


def maximum(a: "Value | float", b: "Value | float") -> Value:
    """The larger of two, nan if either is; at a tie each receives half of the gradient."""
    return lift(a).maximum(b)


def minimum(a: "Value | float", b: "Value | float") -> Value:
    """The smaller of two, nan if either is; at a tie each receives half of the gradient."""
    return lift(a).minimum(b)


_sum, _logsumexp, _dot = operation("sum"), operation("logsumexp"), operation("dot")
affine = operation("affine")  # of tuples of Values, weights and inputs, and a bias: what a neuron computes
