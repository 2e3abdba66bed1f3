"""Untracked Values: warnings about Values that a model uses but nothing learns, since they are not its parameters.

Parameters are found in a model's attributes, in modules, and in lists, tuples, dictionaries, deques and arrays of
objects. Values held elsewhere, such as in a set, a plain object or a closure, lead to a warning.
"""

import warnings
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import partial
from types import (
    BuiltinMethodType,
    FunctionType,
    MemberDescriptorType,
    MethodType,
    MethodWrapperType,
    ModuleType,
)
from typing import Any

import numpy as np

from engine import Value, toposort
from engine.modes import mode
from engine.tape.watching import Given

Named = list[tuple[str, Any]]

REMEDY = (
    "a parameter is a leaf in an attribute of an nn.Module, or in lists, tuples, dicts, deques and arrays of objects "
    "there; what is not to be learned may be a number, or an attribute whose name begins with an underscore"
)


def may_be_learned(value: Value) -> bool:
    """Whether it is a leaf, but no input of a graph that was recorded, which a model may have kept."""
    return not value.op and not isinstance(value, Given)


def contents(part: Any) -> Named | None:
    """Return what a container holds, in order, each with its key; None for anything not searched for parameters."""
    if isinstance(part, list | tuple | deque):
        return [(f"[{index}]", held) for index, held in enumerate(part)]
    if isinstance(part, dict):
        return [(f"[{key!r}]", held) for key, held in part.items()]
    if isinstance(part, np.ndarray) and part.dtype == object:
        return [("".join(f"[{i}]" for i in index), part[index]) for index in np.ndindex(part.shape)]
    return None


def warn_of_untracked(left: Named, parameters: Iterable[Value]) -> None:
    """Warn about Values in `left`, the attributes that were not searched, unless they are parameters as well."""
    known: set[Value] = set()
    for name, part in left:
        is_result = isinstance(part, Value)
        with mode(on_look=None):  # by a set of inputs
            held = list(filter(may_be_learned, toposort(part))) if is_result else [*look_within(part)]
        known = known or set(parameters) if held else known
        untracked = [value for value in held if value not in known]
        if is_result and len(untracked) < len(held):  # it comes from parameters, as an output that forward() has kept
            continue
        if untracked:
            what = f"the result of {part.op!r}" if is_result else f"a {type(part).__name__}"
            text = f"{name} is {what}, and {untracked[0]!r} within it is not found and not learned: {REMEDY}"
            warnings.warn(text, stacklevel=4)


def look_within(part: Any) -> Iterator[Value]:
    """Yield the leaves that a part holds: in containers, modules and closures, or as attributes of the object itself.

    The globals of functions are not searched.
    """
    seen: set[int] = set()
    stack = [(part, True)]
    while stack:
        part, may_open = stack.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        held = contents(part)
        if isinstance(part, Value):
            if may_be_learned(part):
                yield part
        elif held is not None:
            stack += [(inner, may_open) for _, inner in reversed(held)]
        elif hasattr(part, "named_parameters"):
            stack += [(inner, False) for name, inner in vars(part).items() if name[0] != "_"]
        elif isinstance(part, set | frozenset | FunctionType | MethodType | partial):
            stack += [(inner, may_open) for inner in open_up(part)]
        elif may_open and not isinstance(part, type | ModuleType):
            stack += [(inner, False) for inner in open_up(part)]


def open_up(part: Any) -> list[Any]:
    """Return what a set, a function, a method, a partial or another object holds."""
    if isinstance(part, set | frozenset):
        return list(part)
    if isinstance(part, FunctionType):
        return [*read_cells(part).values(), *(part.__defaults__ or ()), *(part.__kwdefaults__ or {}).values()]
    if isinstance(part, MethodType | BuiltinMethodType | MethodWrapperType):
        return [part.__self__]
    if isinstance(part, property):
        return [part.fget]
    if isinstance(part, staticmethod | classmethod):
        return [part.__func__]
    if isinstance(part, partial):
        return [part.func, *part.args, *part.keywords.values()]
    return [*getattr(part, "__dict__", {}).values(), *read_slots(part).values()]


def read_slots(part: Any) -> dict[str, Any]:
    """Return what the slots of an object hold, by name."""
    slotted = [vars(ancestor) for ancestor in type(part).__mro__ if "__slots__" in vars(ancestor)]
    names = [name for held in slotted for name, slot in held.items() if isinstance(slot, MemberDescriptorType)]
    return {name: getattr(part, name) for name in names if hasattr(part, name)}


def read_cells(function: FunctionType) -> dict[str, Any]:
    """Return what the closure of a function holds, by name."""
    found = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        with suppress(ValueError):  # the cell is still empty
            found[name] = cell.cell_contents
    return found
