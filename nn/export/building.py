"""Building: make the model that a text describes, such as "MLP(2, [8, 1])"; the text is read, not executed."""

import ast
from itertools import pairwise
from math import prod
from typing import Any

from nn import layers
from nn.activations import Activate, PReLU
from nn.module import Module
from nn.summary import cut

MODULES: dict[str, type[Module]] = {module.__name__: module for module in (Activate, PReLU)} | {
    name: getattr(layers, name) for name in layers.__all__
}
WITHOUT_NUMBERS = {  # or with one, whatever their descriptions say
    "AvgPool", "Dropout", "Flatten", "GaussianNoise", "MaxPool", "PReLU", "Residual", "Sequential", "Unflatten",
}  # fmt: skip
NAMED = {"activation", "output", "stride", "padding", "every_step", "momentum", "eps", "init"}  # in a repr


def build(text: str, most: int | None = None) -> Module:
    """Make the model that a text such as "MLP(2, [8, 1], activation='tanh', output='linear')" describes.

    The text is read, not executed, and may hold only the layers of nn, numbers, names and lists of these.

    most    how many numbers the model may hold; a text that asks for more makes nothing

    >>> build("Sequential(Layer(2, 3, 'tanh'), Dropout(0.5))")
    Sequential(Layer(2, 3, 'tanh'), Dropout(0.5))

    ValueError for anything else, such as a class of your own: make that model yourself, and load into it.
    """
    try:
        tree = ast.parse(text, mode="eval").body
        if most is not None and _count_least(tree) > most:
            raise ValueError(f"{shorten(text)} holds more than the {most} numbers that are there")
        made = _make(tree)
    except (SyntaxError, RecursionError, MemoryError):
        raise _unknown(text) from None
    if not isinstance(made, Module):
        raise _unknown(text)
    return made


def _make(node: ast.AST) -> Any:
    match node:
        case ast.Call(ast.Name("PReLU"), [slope], []):  # as files said before the slope was called init
            return PReLU(init=_make(slope))
        case ast.Call(ast.Name(name), arguments, keywords) if name in MODULES and {w.arg for w in keywords} <= NAMED:
            return MODULES[name](*map(_make, arguments), **{str(word.arg): _make(word.value) for word in keywords})
        case ast.List(elements):
            return [_make(element) for element in elements]
        case ast.Tuple(elements):
            return tuple(_make(element) for element in elements)
        case ast.UnaryOp(ast.USub(), ast.Constant(int() | float() as number)):
            return -number
        case ast.Constant(bool() | int() | float() | str() | None as constant):
            return constant
    raise _unknown(ast.unparse(node))


def _count_least(tree: ast.AST) -> int:
    """Return the least number of numbers that the layers hold, by their sizes; it is never far more."""
    total = 0
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id not in WITHOUT_NUMBERS:
            arguments = node.args[:3]  # those behind, such as a stride, are no sizes
            parts = [part for argument in arguments for part in ast.walk(argument) if isinstance(part, ast.Constant)]
            sizes = [max(part.value, 1) for part in parts if type(part.value) is int]
            total += _count_numbers(node.func.id, sizes) if sizes else 0
    return total


def _count_numbers(name: str, sizes: list[int]) -> int:
    """Return the number of weights of a layer of these sizes."""
    if name == "MLP":
        return sum(n_in * n_out for n_in, n_out in pairwise(sizes))
    if name in ("RNN", "LSTM", "GRU"):
        return sum(sizes) * sizes[-1]
    if name == "Conv2d" and len(sizes) == 3:  # a kernel as high as it is wide
        return prod(sizes) * sizes[-1]
    return prod(sizes)


def _unknown(text: str) -> ValueError:
    return ValueError(f"{shorten(text)} is not made of nn's own layers: make the model yourself, and give it to load()")


def shorten(text: str, most: int = 100) -> str:
    """Return a text of a file as a message shows it."""
    return cut(text if text.isprintable() else repr(text), most)
