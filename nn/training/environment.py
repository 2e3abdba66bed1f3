"""Environment: what a program depends on besides its arguments, and whether it changed: attributes, globals, draws."""

import os
import random
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from pickle import dumps, loads
from sys import modules
from types import FunctionType, MethodType, ModuleType
from typing import Any, TypeVar

import numpy as np
from numpy.random import Generator, RandomState

from engine import Value
from engine.teaching.debug import INSTALLED, MACHINERY
from nn.module import Module
from nn.parts import BARE
from nn.untracked import contents, open_up

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
        objects = [part for part in parts if hasattr(part, "__dict__") and not isinstance(part, FunctionType)]
        modules = [part for part in parts if isinstance(part, Module)]
        recorded = {id(getattr(module, name)) for module in modules for name in module.recorded_buffers}
        held = [part for part in parts if isinstance(part, list | dict | set | deque) and id(part) not in recorded]
        self._held = held + list(map(vars, objects))
        self._kept = [dict(part) if hasattr(part, "items") else copy(part) for part in self._held], self._read()
        self._generators = [_find_state(random), _find_state(np.random)]
        self._generators += [_find_state(part) for part in parts if isinstance(part, GENERATORS)]

    def has_changed(self) -> bool:
        """Whether something was set or replaced since `explore`."""
        try:
            return (self._held, self._read()) != self._kept
        except Exception:  # such as for arrays, which NumPy compares element by element
            return True

    def find_count(self) -> str:
        """Return the key of a number that has changed since `explore`; "" for none."""
        if self.has_changed():
            for now, before in zip([*self._held, *self._read()], [*self._kept[0], *self._kept[1]], strict=True):
                earlier = _list_numbers(before)
                for name, number in _list_numbers(now).items():
                    if name in earlier and earlier[name] != number:
                        return name
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
        """Return what functions hold, and the numbers of arrays."""
        held: list[Any] = [[*open_up(function), *_read_globals(function)] for function in self._functions]
        return held + [array.tolist() if array.dtype == object else array.tobytes() for array in self._arrays]


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
                stack += [held for held in vars(part).values() if isinstance(held, FunctionType)]
            continue
        yield part
        held = contents(part)
        if held is not None:
            stack += [inner for _, inner in held]
            continue
        stack += open_up(part)
        if isinstance(part, FunctionType):
            stack += _read_globals(part)
        elif isinstance(part, MethodType):
            stack.append(part.__func__)
        else:
            stack += type(part).__mro__


def _read_globals(function: FunctionType) -> list[Any]:
    """Return the values of the globals that a function names; none for a function of a library."""
    values = function.__globals__
    names = function.__code__.co_names if _is_own(function.__code__.co_filename) else ()
    return [values[name] for name in names if name in values]


def _is_own(file: str | None) -> bool:
    """Whether a file is the user's, not a library's."""
    return not file or not file.startswith(tuple(folder + os.sep for folder in (*MACHINERY, *INSTALLED)))


def _list_numbers(part: Any) -> dict[str, Any]:
    """Return the numbers and texts directly in a container, by their keys."""
    pairs = part.items() if hasattr(part, "items") else enumerate(part) if isinstance(part, list) else ()
    return {repr(key): held for key, held in pairs if held.__class__ in BARE and held == held}


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
