"""Environment: what a program depends on besides its arguments, and whether it changed: attributes, globals, draws."""

import os
import random
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from itertools import count
from numbers import Number
from operator import length_hint
from pickle import dumps, loads
from sys import modules
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any, TypeVar

import numpy as np
from numpy.random import Generator, RandomState

from engine import Value
from engine.teaching.debug import INSTALLED, MACHINERY
from nn.module import Module
from nn.parts import BARE
from nn.untracked import contents, open_up, read_cells, read_slots

MOST = 10_000  # objects that are searched
RUNS = 3  # until a run is said to draw
GENERATORS = (Generator, RandomState, random.Random)
Found = TypeVar("Found")


class Environment:
    """The attributes, containers and closures of programs, and the globals that their functions name.

    Its random generators are Python's, NumPy's and all that the programs hold.
    """

    def __init__(self, *programs: Any) -> None:
        self._programs = programs
        self.explore()

    def explore(self) -> None:
        """Find what the programs hold now, and keep a copy for `has_changed`."""
        parts = list(_explore(self._programs))
        self._functions = [part for part in parts if isinstance(part, FunctionType)]
        self._arrays = [part for part in parts if isinstance(part, np.ndarray)]
        objects = [part for part in parts if hasattr(part, "__dict__")]
        self._slotted = [part for part in parts if not isinstance(part, type) and read_slots(part)]
        iterators = [part for part in parts if isinstance(part, Iterator)]
        self._iterators = [part for part in iterators if not hasattr(part, "__dict__") and not read_slots(part)]
        modules = [part for part in parts if isinstance(part, Module)]
        recorded = {id(getattr(module, name)) for module in modules for name in module.recorded_buffers}
        held = [part for part in parts if isinstance(part, list | dict | set | deque) and id(part) not in recorded]
        self._held: list[Any] = held + list(map(vars, objects))
        self._kept = self.copy()
        self._generators = [_find_state(random), _find_state(np.random)]
        self._generators += [_find_state(part) for part in parts if isinstance(part, GENERATORS)]

    def copy(self) -> list[Any]:
        """Return a copy of what the programs hold now."""
        return [dict(part) if hasattr(part, "items") else copy(part) for part in self._read()]

    def holds(self, part: Any) -> bool:
        """Whether the programs hold an object that has attributes."""
        return any(held is vars(part) for held in self._held)

    def has_changed(self) -> bool:
        """Whether something was set or replaced since `explore`."""
        return _differ(self._read(), self._kept)

    def tell_counts(self, earlier: list[Any]) -> str:
        """Return what a run has counted on since an earlier copy, or may have; "" for nothing."""
        for now, before in zip(self._read(), earlier, strict=True):
            numbers, others = (_list_numbers(part) if _differ(now, before) else {} for part in (now, before))
            for name in numbers | others:
                if _differ(numbers.get(name), others.get(name)):
                    return f"the program changes {name} each time, which a tape does not"
        for iterator in self._iterators:
            if _find_place(iterator) is None:
                return f"the program holds {iterator!r}, and a tape does not move on in it"
        return ""

    @contextmanager
    def borrowed(self) -> Iterator[None]:
        """Undo the draws of the block."""
        before = self.save()
        try:
            yield
        finally:
            self.restore(before)

    def observe(self, run: Callable[[], Found]) -> tuple[Found, bool]:
        """Return what a run returns and whether it draws, and undo its draws.

        It draws if it does so every time: now and then another thread may have drawn.
        """
        for _ in range(RUNS):
            before = self.save()
            try:
                found = run()
            finally:
                drew = self.restore(before)
            if not drew:
                break
        return found, drew

    def save(self) -> list[Any]:
        """Return the states of the generators."""
        return [read() for read, _ in self._generators]

    def restore(self, states: list[Any]) -> bool:
        """Set the generators to the states that `save` returned; return whether any had another."""
        drew = False
        for (read, write), state in zip(self._generators, states, strict=True):
            if read() != state:
                write(state)
                drew = True
        return drew

    def _read(self) -> list[Any]:
        """Return containers, what functions and slots hold, the places of iterators, and the numbers of arrays."""
        held = [*self._held]
        held += [read_cells(function) | _read_globals(function) for function in self._functions]
        held += map(read_slots, self._slotted)
        held += [{type(iterator).__name__: _find_place(iterator)} for iterator in self._iterators]
        for array in self._arrays:
            held.append(array.ravel().tolist() if array.dtype == object else {"an array": array.tobytes()})
        return held


@contextmanager
def buffers_kept(model: Module) -> Iterator[list[bool]]:
    """Restore the model's buffers after the block, unless the block adds to the list that it is given."""
    held = [getattr(module, name) for module in model.modules() for name in module.buffers]
    before = [list(numbers) for numbers in held]
    done: list[bool] = []
    try:
        yield done
    finally:
        if not done:
            for numbers, kept in zip(held, before, strict=True):
                numbers[:] = kept


def _explore(programs: tuple[Any, ...]) -> Iterator[Any]:
    """Yield every object that the programs hold, each once, and their classes, except those of libraries."""
    seen: dict[int, Any] = {}
    counted, stack = 0, list(programs)
    while stack and counted < MOST:
        part = stack.pop()
        if part.__class__ in BARE or isinstance(part, Value | ModuleType) or id(part) in seen:
            continue
        seen[id(part)] = part  # keep it alive, so that its id stays its own
        if part.__class__ in (list, tuple) and {*map(type, part)} <= {Value}:
            yield part
            continue
        counted += 1
        if isinstance(part, type):
            if part.__module__ != "builtins" and _is_own(getattr(modules.get(part.__module__), "__file__", None)):
                yield part
                stack += vars(part).values()
            continue
        yield part
        held = contents(part)
        if held is not None:
            stack += [inner for _, inner in held]
            continue
        stack += open_up(part)
        if isinstance(part, FunctionType):
            stack += [*vars(part).values(), *_read_globals(part).values()]
        elif isinstance(part, MethodType):
            stack.append(part.__func__)
        else:
            stack += type(part).__mro__


def _read_globals(function: FunctionType) -> dict[str, Any]:
    """Return the globals that a function names, also in modules of the user's; none for a function of a library."""
    code = function.__code__
    names = dict.fromkeys(_list_names(code)) if _is_own(code.co_filename) else {}
    found: dict[str, Any] = {}
    scopes = [("", function.__globals__)]
    for path, scope in scopes:
        for name in filter(scope.__contains__, names):  # in an order that is the same in every process
            held = found[path + name] = scope[name]
            is_module = isinstance(held, ModuleType) and _is_own(getattr(held, "__file__", None))
            if is_module and all(vars(held) is not known for _, known in scopes):
                scopes.append((f"{path}{name}.", vars(held)))
    return found


def _list_names(code: CodeType) -> Iterator[str]:
    """Yield the names of globals and attributes in a function, and in those within it."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _list_names(constant)


def _is_own(file: str | None) -> bool:
    """Whether a file is the user's, not a library's; the methods of Values are in none."""
    libraries = (folder + os.sep for folder in (*MACHINERY, *INSTALLED))
    return not file or not file.startswith(("<op table", *libraries))


def _differ(one: Any, other: Any) -> bool:
    try:
        return bool(one != other)
    except Exception:  # such as for arrays, which NumPy compares element by element
        return True


def _list_numbers(part: Any) -> dict[str, Any]:
    """Return the numbers and texts directly in a container, each by what it is called."""
    if hasattr(part, "items"):
        pairs = [(repr(key), held) for key, held in part.items()]
    else:
        pairs = [(f"item {index} of a {type(part).__name__}", held) for index, held in enumerate(part)]
    return {name: held for name, held in pairs if _is_plain(held) and held == held}


def _is_plain(held: Any) -> bool:
    """Whether it is a number or a text, or a tuple of them."""
    if isinstance(held, tuple):
        return all(map(_is_plain, held))
    return held.__class__ in BARE or isinstance(held, Number | np.generic | bytes)


def _find_place(iterator: Iterator[Any]) -> Any:
    """Return how far an iterator has come; None for one that does not tell, as a generator or a csv.reader."""
    if isinstance(iterator, count):
        return repr(iterator)
    left = length_hint(iterator, -1)
    return left if left >= 0 else None


def _find_state(source: Any) -> tuple[Callable[[], Any], Callable[[Any], None]]:
    """Return a function that reads a generator's state, in a form that can be compared, and one that sets it."""
    if isinstance(source, random.SystemRandom):  # has no state
        return int, lambda _: None
    if source is random or isinstance(source, random.Random):
        return source.getstate, source.setstate
    if isinstance(source, Generator):
        bits = source.bit_generator
        return lambda: dumps(bits.state), lambda state: setattr(bits, "state", loads(state))
    return lambda: dumps(source.get_state()), lambda state: source.set_state(loads(state))
