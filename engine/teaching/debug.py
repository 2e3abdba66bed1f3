"""Debug: find the line that made a node, and stop at the first number that is not finite."""

import math
import os
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from sysconfig import get_paths
from types import CodeType, FrameType

from engine.branches import find_reached, pass_on
from engine.modes import mode
from engine.numbers import CONSTANT
from engine.ops import table
from engine.value import Value

# The line that made a node is the first one outside these folders.
MACHINERY = {os.path.dirname(os.path.dirname(__file__))}
INSTALLED = {get_paths()[name] for name in ("stdlib", "purelib", "platlib")}
MOST = 256  # code objects whose lines are remembered


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a node was made: file, lines and columns of the expression, function and scope.

    line and last_line count from 1, column and end_column from 0; scope is a path such as
    ``layers[0].neurons[3]``, or "" outside any.
    """

    file: str
    line: int
    last_line: int
    column: int
    end_column: int
    function: str
    scope: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" + (f" in {self.scope}" if self.scope else "")


_Position = tuple[int | None, int | None, int | None, int | None]


class _Here(threading.local):
    watching: int = 0
    scope: str = ""

    def __init__(self) -> None:
        # lines and columns of each instruction, by id of the code, while a block is open
        self.positions: dict[int, tuple[CodeType, list[_Position]]] = {}


_here = _Here()


@contextmanager
def debug() -> Iterator[None]:
    """Return a context in which nodes know their source line, and the first nan or infinity raises an error.

    In this thread, every new node gets an `Origin` in `.origin`. The first nan or infinity among the results, or among
    the gradients of a finished backward pass, that of `grad` too, raises FloatingPointError, which names the operation,
    its operands and their numbers, the label, the source line and the scope.

    >>> with debug():
    ...     Value(0.0, "x").log()
    Traceback (most recent call last):
    FloatingPointError: log(x) = -inf, where x = 0.0; made at <doctest engine.teaching.debug.debug[0]>:2
    """
    _here.watching += 1
    try:
        with mode(on_node=_watch_node, on_backward=_watch_backward):
            yield
    finally:
        _here.watching -= 1
        if not _here.watching:
            _here.positions.clear()


def is_active() -> bool:
    """Whether this thread is inside `debug`."""
    return _here.watching > 0


@contextmanager
def scope(path: str) -> Iterator[None]:
    """Set the scope of the nodes made in this block, in this thread."""
    before, _here.scope = _here.scope, path
    try:
        yield
    finally:
        _here.scope = before


# `_data` is read, for what debug reads is no look of the program's.
def _watch_node(node: Value) -> None:
    node.origin = _find_origin(sys._getframe(2))
    if not math.isfinite(node._data):
        raise FloatingPointError(_describe(node) + f"; made at {node.origin}")


def _find_origin(frame: FrameType) -> Origin:
    frame = find_outside(frame)
    code = frame.f_code
    line, last_line, column, end_column = _read_positions(code)[frame.f_lasti // 2]
    line = line or frame.f_lineno
    return Origin(
        code.co_filename, line, last_line or line, column or 0, end_column or 0, code.co_qualname, _here.scope
    )


def _read_positions(code: CodeType) -> list[_Position]:
    """Return the position of each instruction, cached, since Python reads them from the beginning of the code."""
    if id(code) not in _here.positions:
        if len(_here.positions) >= MOST:
            _here.positions.clear()
        _here.positions[id(code)] = code, list(code.co_positions())
    return _here.positions[id(code)][1]


def find_outside(frame: FrameType, installed: bool = False) -> FrameType:
    """Return the first frame outwards that is outside the machinery and, with `installed`, outside libraries."""
    folders = tuple(folder + os.sep for folder in (*MACHINERY, *(INSTALLED if installed else ())))
    while frame.f_back and frame.f_code.co_filename.startswith(("<op table", *folders)):
        frame = frame.f_back
    return frame


def warn_outside(text: str) -> None:
    """Warn at the line outside machinery and libraries that led here."""
    frame = find_outside(sys._getframe(1), installed=True)
    warnings.warn_explicit(text, UserWarning, frame.f_code.co_filename, frame.f_lineno)


def _watch_backward(gradients: dict[Value, float]) -> None:
    for node in reversed(find_reached([*gradients])):
        upstream = gradients[node]
        for operand, local in zip(node.operands, node.branch_derivatives, strict=True):
            contribution = pass_on(upstream, local)
            if operand.op != CONSTANT and not math.isfinite(contribution):
                where = f"; made at {node.origin}" if hasattr(node, "origin") else ""
                raise FloatingPointError(
                    f"the gradient of {_name(operand)} is not finite: upstream {upstream!r} · local derivative "
                    f"{local!r} = {contribution!r}, through {_describe(node)}{where}"
                )
        if node.op != CONSTANT and not math.isfinite(upstream):
            raise FloatingPointError(f"the gradient of {_name(node)} adds up to {upstream!r}")


def _name(node: Value) -> str:
    return node.label or (node.op if node.op in table else "a leaf")


def _describe(node: Value) -> str:
    """Describe the operation: its operands' names, its result and the operands' numbers."""
    if node.is_leaf:
        return f"{node.label or 'a leaf'} = {node._data!r}"
    names = [
        operand.label or (operand.op if not operand.is_leaf else f"{operand._data!r}") for operand in node.operands
    ]
    shown = [*names[:4], "…"] if len(names) > 5 else names
    named = [operand for operand in node.operands if operand.label or not operand.is_leaf]
    numbers = [f"{operand.label or operand.op} = {operand._data!r}" for operand in named]
    label = f"{node.label} = " if node.label else ""
    call = f"{node.op}({', '.join(shown)})" if node.op.isidentifier() else f" {node.op} ".join(shown)
    where = f", where {', '.join(numbers[:4])}" if numbers else ""
    return f"{label}{call} = {node._data!r}{where}"
