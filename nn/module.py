"""Module: something with parameters, perhaps made of other modules."""

import os
from collections.abc import Iterator, Mapping
from typing import Any, Self

from engine.debug import MACHINERY, is_active, scope
from engine.value import Value, as_float

MACHINERY.add(os.path.dirname(__file__))  # under debug(), a node belongs to the line that called the network


class Module:
    """The base of every network. A subclass sets attributes and defines `forward`.

    Parameters are found, not registered: every leaf Value among the attributes, and in the modules, lists, tuples
    and dictionaries among them, in the order in which they were set. Attributes whose name begins with an
    underscore are not searched. One shared by several places counts once.

    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.slope, self.offset = Value(2.0), Value(1.0)
    ...     def forward(self, x):
    ...         return self.slope * x + self.offset
    >>> line = Line()
    >>> line(3).data
    7.0
    >>> line.state_dict()
    {'slope': 2.0, 'offset': 1.0}
    """

    training: bool = True
    name: str = ""  # where it stands in the whole, such as layers[0].neurons[2]

    def forward(self, *inputs: Any, **options: Any) -> Any:
        """What the module computes; called by calling the module."""
        raise NotImplementedError(f"{type(self).__name__} has no forward()")

    def __call__(self, *inputs: Any, **options: Any) -> Any:  # noqa: D102
        if self.name and is_active():
            with scope(self.name):
                return self.forward(*inputs, **options)
        return self.forward(*inputs, **options)

    def parameters(self) -> list[Value]:
        """The Values to be learned."""
        return [parameter for _, parameter in self.named_parameters()]

    def named_parameters(self) -> list[tuple[str, Value]]:
        """The Values to be learned, each with its place, such as ``layers[0].neurons[2].weights[1]``."""
        return [(name, part) for name, part in _parts(self, "", set()) if isinstance(part, Value)]

    def modules(self) -> "list[Module]":
        """This module and every module within it."""
        return [part for _, part in _parts(self, "", set()) if isinstance(part, Module)]

    def name_parts(self) -> None:
        """Label each parameter, and name each module, by its place in this one; last thing a container's init does."""
        for name, part in _parts(self, "", set()):
            if isinstance(part, Value):
                part.label = name
            else:
                part.name = name

    def zero_grad(self) -> None:
        """Set every parameter's grad to zero."""
        for parameter in self.parameters():
            parameter.grad = 0.0

    def train(self, mode: bool = True) -> Self:
        """Put this module and those within it into training (or, with False, evaluation); returns the module."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """Put this module and those within it into evaluation; returns the module."""
        return self.train(False)

    def state_dict(self) -> dict[str, float]:
        """The parameters' numbers by name."""
        return {name: parameter.data for name, parameter in self.named_parameters()}

    def load_state_dict(self, state: Mapping[str, float]) -> None:
        """Set the parameters to the numbers of `state`, which must name each of them and nothing else.

        ValueError lists the names missing and the names unexpected, TypeError a number that is none;
        then nothing has been changed.
        """
        parameters = dict(self.named_parameters())
        missing = [name for name in parameters if name not in state]
        unexpected = [name for name in state if name not in parameters]
        if missing or unexpected:
            wrong = [f"missing: {_listed(missing)}"] if missing else []
            wrong += [f"unexpected: {_listed(unexpected)}"] if unexpected else []
            raise ValueError(f"not the state of this {type(self).__name__}: {'; '.join(wrong)}")
        numbers = {}
        for name, number in state.items():
            try:
                numbers[name] = as_float(number)
            except TypeError as error:
                raise TypeError(f"{name}: {error}") from None
        for name, number in numbers.items():
            parameters[name].data = number


def _parts(part: Any, name: str, seen: set[int]) -> Iterator[tuple[str, Value | Module]]:
    """Every leaf Value and Module of `part`, itself included, with its place; each once."""
    if not isinstance(part, Value | Module | list | tuple | dict) or id(part) in seen:
        return
    seen.add(id(part))
    match part:
        case Value():
            if not part.op:
                yield name, part
            return
        case Module():
            yield name, part
            within = [(f"{name}.{key}" if name else key, value) for key, value in vars(part).items() if key[0] != "_"]
        case dict():
            within = [(f"{name}[{key!r}]", value) for key, value in part.items()]
        case _:
            within = [(f"{name}[{index}]", value) for index, value in enumerate(part)]
    for place, value in within:
        yield from _parts(value, place, seen)


def _listed(names: list[str], most: int = 8) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(map(str, names[:most])) + more
