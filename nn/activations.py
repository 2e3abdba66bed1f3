"""Activations: what a neuron makes of its weighted sum, by name."""

from collections.abc import Callable

from engine import Value
from nn.arguments import choose

Activation = Callable[[Value], Value]


def linear(value: Value) -> Value:
    """The value as it is."""
    return value


table: dict[str, Activation] = {"linear": linear} | {
    name: getattr(Value, name)
    for name in (
        "step", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "softplus", "softsign", "gelu", "silu",
    )
}  # fmt: skip


def get(activation: str | Activation) -> Activation:
    """The activation of this name, or the function itself; ValueError lists the names.

    >>> get("relu")(Value(-2.0)).data
    0.0
    """
    return activation if callable(activation) else choose("activation", activation, table)


def name(activation: str | Activation) -> str:
    """What to call an activation in a text."""
    if isinstance(activation, str):
        return activation
    return getattr(activation, "__name__", type(activation).__name__)
