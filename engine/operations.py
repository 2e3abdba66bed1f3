"""Rows of the op table as Python: the float arithmetic of `Value`, written once at import.

For tanh, say, this writes (the rest aside)

    def f(va):
        a = va.data
        y = tanh(a); da = 1.0 - y * y
        node = new(Value)
        node.data, node.op, node.a, node.da = y, 'tanh', va, da
        return node
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from engine.formulas import FLOAT, NUMPY, compile_function
from engine.ops import Op, table


def carefully(name: str, *numbers: Any) -> tuple[Any, ...]:
    """Result and local derivatives where Python's arithmetic raises: NumPy gives IEEE 754's inf and nan."""
    forward, *derivatives = _read_for_numpy(table[name])
    with np.errstate(all="ignore"):
        operands = [np.array(number) for number in numbers]
        y = forward(*operands)
        local = [derivative(*operands, y) for derivative in derivatives]
        return float(y), *(np.broadcast_to(d, x.shape).tolist() for d, x in zip(local, operands, strict=True))


@cache
def _read_for_numpy(row: Op) -> list[Callable[..., Any]]:
    """The formulas of a row as functions: of the operands, and, for the derivatives, of the operands and the result."""
    letters = [row.letters, *[row.letters + "y"] * len(row.derivatives)]
    formulas = zip((row.forward, *row.derivatives), letters, strict=True)
    return [NUMPY.function(formula, given, row.sequences, row.term) for formula, given in formulas]


# What the functions call; engine.value adds Value, and what makes one.
names = FLOAT.functions | {"carefully": carefully}

# The second operand of a method may be a number. An array of Values applies the operator to each of them.
LIFT = """
    if vb.__class__ is not Value:
        if getattr(vb, "dtype", None) == object:
            return NotImplemented
        vb = lift(vb)"""


def compile_operation(name: str, numbers: bool = False) -> Callable[..., Any]:
    """The function that applies a row of the op table to Values, lists of them for its sequences.

    numbers   whether the second operand may be a number

    The function takes the numbers of a sequence as well, under its letter, where the caller has them already.
    """
    row = table[name]
    load, local = [], []
    for letter, formula in zip(row.letters, row.derivatives, strict=True):
        if letter in row.sequences:
            load.append(f"    if {letter} is None: {letter} = [v.data for v in v{letter}]")
            local.append(f"d{letter} = {FLOAT.python_list(formula, row.sequences)}")
        else:
            load.append(f"    {letter} = v{letter}.data")
            local.append(f"d{letter} = {FLOAT.python(formula)}")
    if numbers:  # nothing to learn about a number, and its derivative might be nan
        local[1] += " if vb.op != CONSTANT else 0.0"
    term = [f"t = {FLOAT.python(row.term, row.sequences)}"] if row.term else []
    forward = f"y = {FLOAT.python(row.forward, row.sequences)}"
    given = [f"v{letter}" for letter in row.letters] + [f"{letter}=None" for letter in row.sequences]
    derivatives = ", ".join(f"d{letter}" for letter in row.letters)
    source = f"""
def f({", ".join(given)}):{LIFT if numbers else ""}
{chr(10).join(load)}
    try:
        {"; ".join([*term, forward, *local])}
    except (ArithmeticError, ValueError):
        y, {derivatives} = carefully({name!r}, {", ".join(row.letters)})
    node = new(Value)
    node.data, node.grad, node.label, node.op = y, 0.0, "", {name!r}
    {_store(row)}
    if open_modes:
        settle(node)
    return node
"""
    operation = compile_function(source, names)
    operation.__name__ = name if name.isidentifier() else "operator"
    operation.__module__, operation.__qualname__ = "engine.value", f"Value.{operation.__name__}"
    operation.__doc__ = f"y = {row.forward}; local derivative: {', '.join(row.derivatives)}."
    return operation


def _store(row: Op) -> str:
    """How a node keeps its operands and their local derivatives: one, two, or lists of all."""
    if row.sequences:
        parts = [(f"*v{x}", f"*d{x}") if x in row.sequences else (f"v{x}", f"d{x}") for x in row.letters]
        operands, derivatives = map(", ".join, zip(*parts, strict=True))
        return f"node.a, node.da, node.b = [{operands}], [{derivatives}], None"
    if len(row.letters) == 2:
        return "node.a, node.da, node.b, node.db = va, da, vb, db"
    return "node.a, node.da, node.b = va, da, None"
