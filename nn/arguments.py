"""Arguments: checks of what callers pass, before anything happens; errors say what was given and what is allowed."""

from collections.abc import Callable, Iterable, Mapping, Sized
from itertools import chain
from numbers import Integral
from operator import index
from typing import Any, TypeVar

import numpy as np
from numpy.random import Generator

from engine import Value
from engine.arrays import refuse_masked
from engine.numbers import as_float, is_no_list, write_count
from nn.frames import as_numeric, as_plain
from nn.neighbours import ALIASES, SENTENCES

Array = np.ndarray[Any, np.dtype[Any]]
Entry = TypeVar("Entry")


def choose(what: str, given: Any, table: Mapping[str, Entry]) -> Entry:
    """Return the entry of `table`, such as the "loss", with the given name; ValueError lists the names."""
    if isinstance(given, str) and given not in table:
        if sentence := SENTENCES.get(what, {}).get(given):
            raise ValueError(f"unknown {what}: {given!r} ({sentence})")
        given = ALIASES.get(what, {}).get(given, given)
    if not isinstance(given, str) or given not in table:
        raise ValueError(f"unknown {what}: {given!r} (one of {', '.join(map(repr, table))}, or a function)")
    return table[given]


def check_whole(name: str, given: Any, least: int | None = 1) -> int:
    """Return a whole number of at least `least`; None allows any."""
    try:
        number = index(given)
    except TypeError:
        raise TypeError(f"{name} must be a whole number, not {type(given).__name__}: {given!r}") from None
    if least is not None and number < least:
        raise ValueError(f"{name} must be at least {least}, not {number}")
    return number


def check_real(name: str, given: Any, least: float = 0.0, below: float = float("inf")) -> float:
    """Return a number of at least `least` and below `below`."""
    try:
        number = as_float(given)
    except TypeError as error:
        raise TypeError(f"{name}: {error}") from None
    if not least <= number < below:
        allowed = f"at least {least:g}" + (f" and below {below:g}" if below < float("inf") else " and finite")
        raise ValueError(f"{name} must be {allowed}, not {number:g}")
    return number


def check_positive(name: str, given: Any) -> float:
    """Return a finite number above 0."""
    number = check_real(name, given)
    if not number:
        raise ValueError(f"{name} must be above 0, not 0")
    return number


def check_share(name: str, given: Any) -> float:
    """Return a number from 0 to 1."""
    number = check_real(name, given)
    if number > 1:
        raise ValueError(f"{name} must be at most 1, not {number:g}")
    return number


def check_flag(name: str, given: Any) -> bool:
    """Return True or False; TypeError for anything else, as a text, of which "no" would count as true."""
    if not isinstance(given, Integral | np.bool_) or given not in (0, 1):
        raise TypeError(f"{name} must be True or False, not {given!r}")
    return bool(given)


def choose_generator(generator: Generator | None) -> Generator:
    """Return the generator given; for None a new one, seeded by the operating system."""
    if generator is None:
        return np.random.default_rng()
    if not isinstance(generator, Generator):
        given = f"{type(generator).__name__}: {generator!r}"
        raise TypeError(f"generator must be a numpy.random.Generator, as numpy.random.default_rng(0) is, not {given}")
    return generator


def read_list(given: Any, name: str, description: str) -> list[Any]:
    """Return an array, or a list of any iterable; TypeError for texts, mappings, sets, masked arrays and all else."""
    refuse_masked(name, given)
    given = as_plain(given)
    if hasattr(given, "__array__") and getattr(given, "ndim", True):
        return list(np.asarray(given))
    if is_no_list(given) or not isinstance(given, Iterable):
        text = repr(given)
        given = f"{type(given).__name__}: {text if len(text) <= 60 else text[:57] + '...'}"
        raise TypeError(f"{name}: {description} expected, not {given}")
    return list(given)


def read_parameters(given: Any) -> list[Value]:
    """Return the Values of any iterable; TypeError for anything else."""
    parameters = read_list(given, "parameters", "Values, such as model.parameters(),")
    for i, parameter in enumerate(parameters):
        if not isinstance(parameter, Value):
            raise TypeError(f"parameter {i} is not a Value but {type(parameter).__name__}: {parameter!r:.60}")
    return parameters


def read_rows(given: Any, name: str = "X", width: int | None = None) -> Array:
    """Return rows of finite numbers as a new float64 array (rows, columns).

    Takes a list of rows, or anything that NumPy reads as a two-dimensional array. TypeError or ValueError says where
    it found no rows, a row of another length, something other than a number, nan or inf.
    """
    given = as_numeric(given, name)
    if not _is_array(given, 2):
        given = np.array(given) if _are_floats(given) else _read_lists(given, name, width)
    if not given.size:
        raise ValueError(f"{name} is empty: at least one row of one number is needed")
    if width is not None and given.shape[1] != width:
        raise ValueError(f"{name}[0]: {write_count(width, 'number')} expected, {given.shape[1]} given")
    return _check_finite(name, given.astype(float))


def read_column(given: Any, name: str = "y") -> Array:
    """Return finite numbers as a new float64 array (rows,); errors as in `read_rows`."""
    if _is_array(given, 1) and len(given):
        return _check_finite(name, given.astype(float))
    cells = read_list(given, name, "numbers")
    if not cells:
        raise ValueError(f"{name} is empty: at least one number is needed")
    return _check_finite(name, np.array(_as_floats(cells, name)))


def read_numbers(given: Any, name: str = "y") -> Array:
    """Read rows by `read_rows`, or numbers by `read_column`."""
    given = as_plain(given)
    cells = given if _is_array(given, 1) or _is_array(given, 2) else read_list(given, name, "numbers")
    in_rows = len(cells) and (isinstance(cells[0], list | tuple) or getattr(cells[0], "ndim", False))
    return read_rows(cells, name) if in_rows else read_column(cells, name)


def check_lengths(X: Sized, y: Sized, names: str = "X and y") -> None:
    """Raise ValueError unless there are as many rows as targets."""
    if len(X) != len(y):
        rows, targets = write_count(len(X), "row"), write_count(len(y), "target")
        raise ValueError(f"{names} must be equally long: {rows}, but {targets}")


def check_inputs(owner: Any, inputs: Any, expected: int, nested: bool = False) -> None:
    """Raise TypeError or ValueError unless these are a list of so many inputs, which may be lists if `nested`."""
    if inputs.__class__ is list and len(inputs) == expected and (nested or inputs[0].__class__ is not list):
        return  # nearly always
    if not nested and _are_rows(inputs):
        advice = "nn.predict(model, X) takes rows, and [model(row) for row in X] has gradients"
        raise TypeError(f"{owner!r} takes one row of {write_count(expected, 'number')}, not several: {advice}")
    if not hasattr(inputs, "__len__") or is_no_list(inputs):
        given = f"{type(inputs).__name__}: {inputs!r}"
        raise TypeError(f"{owner!r}: a list of {write_count(expected, 'number')} expected, not {given}")
    if len(inputs) != expected:
        raise ValueError(f"{owner!r}: {write_count(expected, 'input')} expected, {len(inputs)} given")


def _are_rows(inputs: Any) -> bool:
    if isinstance(inputs, list | tuple):
        return len(inputs) > 0 and isinstance(inputs[0], list | tuple | np.ndarray)
    return hasattr(inputs, "columns") or getattr(inputs, "ndim", 1) == 2


def check_every(name: str, array: Array, allowed: Callable[[Any], Any], description: str) -> None:
    """Raise ValueError for the first number of the array that is not allowed, with its indices."""
    for indices in zip(*np.nonzero(~allowed(array)), strict=True):
        raise ValueError(f"{name}{_written(indices)} is {array[indices]:g}, not {description}")


def _is_array(given: Any, axes: int) -> bool:
    """Whether it is an array of numbers with so many axes, which need not be read one by one."""
    is_plain = isinstance(given, np.ndarray) and not isinstance(given, np.ma.MaskedArray)
    return is_plain and given.ndim == axes and given.dtype.kind in "fiub"


def _check_finite(name: str, array: Array) -> Array:
    for indices in zip(*np.nonzero(~np.isfinite(array)), strict=True):
        raise ValueError(f"{name}{_written(indices)} is {array[indices]}")
    return array


def _written(indices: tuple[int, ...]) -> str:
    return "".join(f"[{i}]" for i in indices)


def _are_floats(given: Any) -> bool:
    """Whether it is lists of floats, equally long, as `tolist` makes them: they need not be read one by one."""
    are_lists = given.__class__ is list and {*map(type, given)} == {list} and len({*map(len, given)}) == 1
    return are_lists and {*map(type, chain.from_iterable(given))} == {float}


def _read_lists(given: Any, name: str, width: int | None) -> Array:
    rows = [read_list(row, f"{name}[{i}]", "a row of numbers") for i, row in enumerate(read_list(given, name, "rows"))]
    expected, reason = (len(rows[0]), f", as in {name}[0]") if rows and width is None else (width or 0, "")
    for i, row in enumerate(rows):
        if len(row) != expected:
            raise ValueError(f"{name}[{i}]: {write_count(expected, 'number')} expected{reason}, {len(row)} given")
    return np.array([_as_floats(row, f"{name}[{i}]") for i, row in enumerate(rows)])


def _as_floats(cells: list[Any], name: str) -> list[float]:
    """Return numbers as floats, as nearly all are; errors name the one that is none."""
    found = []
    for i, cell in enumerate(cells if {*map(type, cells)} != {float} else ()):
        try:
            found.append(as_float(cell))
        except (TypeError, ValueError) as error:
            raise type(error)(f"{name}[{i}]: {error}") from None
    return found or cells
