"""Rows of the op table as functions of Values, each written from one template. For `a * b` that is

    def __mul__(va, vb):
        if vb.__class__ is not Value: ...     # a number becomes a constant
        a = va._data
        b = vb._data
        try:
            y = a * b
            da = b
            db = closed if vb.op == CONSTANT else a
        except ...
        node = new(Value)                     # which gets y, and va, da, vb, db
        return node

On a branch not taken the local derivative is `closed`, which is None: da = closed if a <= 0.0 else 1.0.
A debugger steps through these lines, and `inspect.getsource` shows them.
"""

from collections.abc import Callable
from typing import Any

from engine.branches import closed, mark_closed
from engine.formulas import FLOAT, define
from engine.ops import Op, find_called
from engine.special import carefully

# What Python calls the operators.
OPERATORS = {"+": "__add__", "-": "__sub__", "*": "__mul__", "/": "__truediv__", "%": "__mod__", "**": "__pow__",
             "neg": "__neg__"}  # fmt: skip


def compile_operation(row: Op, names: dict[str, Any]) -> Callable[..., Any]:
    """Return the function that applies a row to Values, or to tuples of them if the row takes sequences.

    names   its globals: `CALLED`, Value and lift; the rows that its formulas call are added
    """
    names.update(find_called(FLOAT, row.term, row.forward, *row.derivatives))
    function = define(write_operation(row), names, f"<op table: {row.name}>")
    function.__doc__ = f"y = {row.forward}; local derivative: {', '.join(row.derivatives)}."
    function.__module__, function.__qualname__ = "engine.value", f"Value.{function.__name__}"  # by which it is pickled
    return function


def write_operation(row: Op) -> str:
    """Return the source of that function."""
    lines = []
    for letter in "" if row.sequences else row.letters[1:]:  # may be a number
        lines.append(f"if v{letter}.__class__ is not Value:")
        if row.name in OPERATORS:  # an array applies the operator to each of its elements
            lines += [f"    if getattr(v{letter}, 'ndim', 0):", "        return NotImplemented"]
        lines.append(f"    v{letter} = lift(v{letter})")
    for letter in row.letters:
        number = f"[v._data for v in v{letter}]" if letter in row.sequences else f"v{letter}._data"
        lines.append(f"{letter} = {number}")
    local = ", ".join(f"d{letter}" for letter in row.letters)
    lines += ["try:", *[f"    {line}" for line in _write_arithmetic(row)]]
    lines += ["except (ArithmeticError, ValueError):  # where Python raises, IEEE 754 has inf or nan"]
    lines += [f"    y, {local} = carefully({row.name!r}, {', '.join(row.letters)})"]
    lines += ["node = new(Value)", "node._data = y", "node._grad = 0.0", "node.label = ''", f"node.op = {row.name!r}"]
    for letter in row.letters:
        lines += [f"node.{letter} = v{letter}", f"node.d{letter} = d{letter}"]
    lines += [f"node.{letter} = None" for letter in "abc"[len(row.letters) :]]
    lines += ["if open_blocks:", "    settle(node)", "return node"]
    head = f"def {OPERATORS.get(row.name, row.name)}({', '.join(f'v{letter}' for letter in row.letters)}):"
    return "\n    ".join([head, *lines]) + "\n"


def _write_arithmetic(row: Op) -> list[str]:
    """Return the lines that compute the number and the local derivatives."""
    lines = [f"t = {FLOAT.python(row.term, row.sequences)}"] if row.term else []
    lines.append(f"y = {FLOAT.python(row.forward, row.sequences)}")
    for letter, formula in zip(row.letters, map(mark_closed, row.derivatives), strict=True):
        local = FLOAT.python(formula, row.sequences, each=letter in row.sequences)
        if letter != "a" and not row.sequences:  # a number needs no derivative, which might be nan
            local = f"closed if v{letter}.op == CONSTANT else {local}"
        lines.append(f"d{letter} = {local}")
    return lines


CALLED = {**FLOAT.functions, "carefully": carefully, "closed": closed, "new": object.__new__}
