"""Numbers: copy between Values and float arrays, without the checks of `Value.data`."""

from collections.abc import Sequence

from engine.tape.slots import Array
from engine.value import Value


def pull(values: Sequence[Value], numbers: Array) -> None:
    """Read the Values' numbers into the array."""
    numbers[:] = [value._data for value in values]


def pull_gradients(values: Sequence[Value], gradients: Array) -> None:
    """Read the Values' gradients into the array."""
    gradients[:] = [value._grad for value in values]


def push(values: Sequence[Value], numbers: Array) -> None:
    """Write the array to the Values."""
    for value, number in zip(values, numbers.tolist(), strict=True):
        value._data = number


def push_gradients(values: Sequence[Value], gradients: Array) -> None:
    """Write the array to the Values' gradients."""
    for value, gradient in zip(values, gradients.tolist(), strict=True):
        value._grad = gradient
