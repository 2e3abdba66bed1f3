"""Calls: join planned NumPy calls into one function that runs without warnings."""

from collections.abc import Callable, Sequence
from contextvars import copy_context
from functools import partial
from typing import Any

import numpy as np

from engine.formulas import define

Call = tuple[Callable[..., Any], tuple[Any, ...]]

BY_NAME: tuple[Callable[..., Any], ...] = (np.maximum, np.minimum)  # take the array they write into by name
LONGEST = 2000  # up to so many calls are written out as a function, more are called in a loop


def write_out(calls: Sequence[Call]) -> Callable[[], Any]:
    """Return the calls as one function, written out line by line unless there are very many."""
    if len(calls) > LONGEST:
        return partial(_call_each, calls)
    names: dict[str, Any] = {}
    places: dict[int, str] = {}

    def name(thing: Any) -> str:
        if id(thing) not in places:
            places[id(thing)] = f"v{len(places)}"
            names[places[id(thing)]] = thing
        return places[id(thing)]

    lines = []
    for function, arguments in calls:
        given = [name(argument) for argument in arguments]
        if function in BY_NAME:
            given[-1] = f"out={given[-1]}"
        lines.append(f"    {name(function)}({', '.join(given)})")
    return define("\n".join(["def f():", *lines, "    return None"]), names)


def silence(**how: Any) -> Callable[..., Any]:
    """Return a function that calls another within np.errstate(**how), by default all="ignore", but faster."""
    how = how or {"all": "ignore"}
    if np.lib.NumpyVersion(np.__version__) < "2.0.0":
        return np.errstate(**how)(lambda function, *arguments: function(*arguments))
    context = copy_context()
    context.run(np.seterr, **how)
    return context.run


def _call_each(calls: Sequence[Call]) -> None:
    for function, arguments in calls:
        if function in BY_NAME:
            function(*arguments[:-1], out=arguments[-1])
        else:
            function(*arguments)


def flatten(arrays: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the arrays as rows of numbers and single numbers, which NumPy handles fastest, if they have that form."""
    shape = arrays[-1].shape
    if all(array.size == 1 or (array.shape == shape and array.flags.c_contiguous) for array in arrays):
        return tuple(array.reshape(() if array.size == 1 else -1) for array in arrays)
    return arrays
