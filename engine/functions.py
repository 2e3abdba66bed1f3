"""Functions of several Values: sums, weighted sums, maximum, minimum and softmax. Each result is one node."""

from collections.abc import Iterable

from engine.numbers import write_count
from engine.value import Value, lift, lift_all, operation


def sum(values: "Iterable[Value | float]") -> Value:
    """Return the sum of one or more Values or numbers, as one node.

    ValueError if there are none; TypeError for anything but Values and numbers.

    >>> sum([Value(2.0), 1.0]).data
    3.0
    """
    return _sum(lift_all(values, "sum"))


def logsumexp(values: "Iterable[Value | float]") -> Value:
    """Return log(exp(v1) + exp(v2) + ...) as one node, stable for large numbers.

    ValueError if there are none; TypeError for anything but Values and numbers.

    >>> round(logsumexp([1000.0, 1000.0]).data, 4)
    1000.6931
    """
    return _logsumexp(lift_all(values, "logsumexp"))


def softmax(logits: "Iterable[Value | float]") -> list[Value]:
    """Return exp(v) / sum of all exp(v) for each of the logits: probabilities that add up to 1.

    ValueError if there are none; TypeError for anything but Values and numbers.

    >>> [round(p.data, 4) for p in softmax([Value(1.0), 1.0])]
    [0.5, 0.5]
    """
    values = lift_all(logits, "softmax")
    normaliser = _logsumexp(values)
    return [(value - normaliser).exp() for value in values]


def dot(
    weights: "Iterable[Value | float]", inputs: "Iterable[Value | float]", bias: "Value | float | None" = None
) -> Value:
    """Return w1*x1 + w2*x2 + ... + bias as one node; ValueError if the lengths differ.

    >>> w, x = Value(3.0), Value(2.0)
    >>> dot([w, 2.0], [x, 1.0], bias=0.5).data
    8.5
    """
    left, right = lift_all(weights, "dot"), lift_all(inputs, "dot")
    if len(left) != len(right):
        raise ValueError(f"dot: {write_count(len(left), 'weight')} for {write_count(len(right), 'input')}")
    return _dot(left, right) if bias is None else affine(left, right, lift(bias))


def maximum(a: "Value | float", b: "Value | float") -> Value:
    """Return the larger of two, nan if either is nan; at a tie each receives half of the gradient.

    TypeError for anything but Values and numbers.

    >>> maximum(Value(2.0), 3.0).data
    3.0
    """
    return lift(a).maximum(b)


def minimum(a: "Value | float", b: "Value | float") -> Value:
    """Return the smaller of two, nan if either is nan; at a tie each receives half of the gradient.

    TypeError for anything but Values and numbers.

    >>> minimum(Value(2.0), 3.0).data
    2.0
    """
    return lift(a).minimum(b)


_sum, _logsumexp, _dot = operation("sum"), operation("logsumexp"), operation("dot")
affine = operation("affine")  # takes a tuple of weights, a tuple of inputs and a bias, all Values, as a neuron does
