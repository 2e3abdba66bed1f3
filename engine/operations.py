"""Rows of the op table as Python: the float arithmetic of `Value`, written at import, for sequences by length when met.

For tanh, say, this writes (the rest aside)

    def f(va):
        a = va.data
        y = tanh(a); da = 1.0 - y * y
        node = take()
        node.data = y; node.op = 'tanh'; node.a = va; node.da = da
        return node
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from engine.formulas import FLOAT, NUMPY, compile_function, write
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


class Operands(tuple[Any, ...]):
    """A sequence of operands, which several nodes may share; equal to itself alone, so that it is quickly found."""

    __slots__ = ()
    __eq__ = object.__eq__
    __ne__ = object.__ne__
    __hash__ = object.__hash__


# What the functions call; engine.value and engine.fused add what makes nodes.
names = FLOAT.functions | {"carefully": carefully, "Operands": Operands}

# The second operand of a method may be a number. An array of Values applies the operator to each of them.
LIFT = """
    if vb.__class__ is not Value:
        if getattr(vb, "dtype", None) == object:
            return NotImplemented
        vb = lift(vb)"""
MOST = 64  # elements up to which a row over sequences is written out; beyond, the loops cost less than the reading


def compile_operation(name: str, numbers: bool = False) -> Callable[..., Any]:
    """The function that applies a row of the op table to Values.

    numbers   whether the second operand may be a number
    """
    row = table[name]
    operation = _compile(row, 0, numbers)
    operation.__name__ = name if name.isidentifier() else "operator"
    operation.__module__, operation.__qualname__ = "engine.value", f"Value.{operation.__name__}"
    operation.__doc__ = f"y = {row.forward}; local derivative: {', '.join(row.derivatives)}."
    return operation


class ByLength(dict[int, Callable[..., Any]]):
    """Functions of sequences by their length, each written out when it is first asked for; 0 is one with loops."""

    def __init__(self, compile_for: Callable[[int], Callable[..., Any]]) -> None:
        self.compile_for = compile_for

    def __missing__(self, count: int) -> Callable[..., Any]:
        self[count] = function = self.compile_for(count) if count <= MOST else self[0]
        return function


def compile_operations(name: str, activation: str = "") -> ByLength:
    """The functions that apply a row over sequences of Values, by their length.

    A third operand, which is not in a sequence, ends the first of them. They take the numbers of a sequence as well, as
    a tuple, where the caller has them already. With an activation they make fused nodes, and no mode may be open.
    """
    row, outer = table[name], table.get(activation)
    return ByLength(lambda count: _compile(row, count, outer=outer))


def compile_each(name: str, activation: str = "") -> ByLength:
    """The same for a list of last sequences; the functions return a list of nodes.

    The sequences are `Operands`, and their numbers are given.
    """
    row, outer = table[name], table.get(activation)
    return ByLength(lambda count: _compile_each(row, count, outer))


def compile_spreads(name: str, fused: bool = False) -> ByLength:
    """The functions that add upstream · derivative to the grad of every operand of a node over sequences.

    fused   whether the node is an activation that holds the operation within
    """
    row = table[name]
    return ByLength(lambda count: _compile_spread(row, count, fused))


def _compile_spread(row: Op, count: int, fused: bool = False) -> Callable[..., Any]:
    lines = ["node.z_grad = upstream = 0.0 + upstream * node.dz"] if fused else []
    lines.append("if not upstream and node.da.__class__ is not list: return")  # 0 · finite adds nothing
    for letter in row.sequences:
        operands, derivatives = f"node.{letter}", f"node.d{letter}"
        if count:
            lines.append(f"{_operands(row, letter, count)} = {operands}; {_each('d{}', count)} = {derivatives}")
            lines.append("; ".join(f"v{letter}{i}.grad += upstream * d{i}" for i in range(count)))
        else:
            lines.append(f"for v, d in zip({operands}, {derivatives}): v.grad += upstream * d")
    lines += [f"node.a[-1].grad += upstream * {float(derivative)}" for derivative in row.derivatives[2:]]
    return compile_function("def f(node, upstream):\n    " + "\n    ".join(lines), FLOAT.functions)


def _compile(row: Op, count: int, numbers: bool = False, outer: Op | None = None) -> Callable[..., Any]:
    """The function of a row; of a row over sequences that for `count` elements, or with 0 for any number."""
    load = [line for letter in row.letters for line in _load(row, letter, count)]
    fused = "_fused" if outer else ""
    source = f"""
def f({", ".join(_parameters(row))}):{LIFT if numbers else ""}
    {_lines(4, load, _compute(row, count, numbers, outer))}
    try: node = take{fused}()
    except IndexError: node = refill{fused}()
    {_lines(4, _keep(row, outer))}
    return node
"""
    return compile_function(source, names)


def _compile_each(row: Op, count: int, outer: Op | None = None) -> Callable[..., Any]:
    """The same for a list of last sequences and a list of their numbers."""
    last = row.sequences[-1]
    load = [line for letter in row.letters if letter != last for line in _load(row, letter, count)]
    source = f"""
def f({", ".join(_parameters(row))}):
    {_lines(4, load)}
    nodes = make{"_fused" if outer else ""}(len(v{last}))
    for node, v{last}, {last} in zip(nodes, v{last}, {last}):
        {_lines(8, _unpack(last, count), _compute(row, count, outer=outer), _keep(row, outer))}
    return nodes
"""
    return compile_function(source, names)


def _lines(depth: int, *blocks: list[str]) -> str:
    return f"\n{' ' * depth}".join(line for block in blocks for line in block)


def _compute(row: Op, count: int, numbers: bool = False, outer: Op | None = None) -> list[str]:
    """The lines that compute a node's number, and the local derivatives."""
    local = [f"d{letter} = {_derivative(row, letter, count)}" for letter in row.letters]
    if numbers:  # nothing to learn about a number, and its derivative might be nan
        local[1] += " if vb.op != CONSTANT else 0.0"
    term = [f"t = {FLOAT.python(row.term, row.sequences)}"] if row.term else []
    lines = _try(row, [*term, f"y = {_read(row.forward, row, count)}", *local], row.letters)
    if outer:
        within = {"t": outer.term, "y": outer.forward, "dz": outer.derivatives[0]}
        steps = [f"{x} = {FLOAT.python(write(formula, {'a': 'z'}))}" for x, formula in within.items() if formula]
        lines += ["z = y", *_try(outer, steps, "z")]
    finite = "y - y" if not outer else "z - z or dz - dz"
    return [*lines, f"if {finite}: da = [*da]  # a derivative may be inf or nan"] if row.sequences else lines


def _try(row: Op, steps: list[str], letters: str) -> list[str]:
    return [
        f"try: {'; '.join(steps)}",
        "except (ArithmeticError, ValueError):",
        f"    y, {', '.join(f'd{x}' for x in letters)} = carefully({row.name!r}, {', '.join(letters)})",
    ]


def _keep(row: Op, outer: Op | None) -> list[str]:
    """The lines that make a blank node the result, with its operands and the local derivatives by them; see `Value`."""
    kept = [f"node.{x} = v{x}; node.d{x} = d{x}" if x in row.letters else f"node.{x} = None" for x in "ab"]
    number = f'node.data = y; node.grad = 0.0; node.label = ""; node.op = {(outer or row).name!r}; {"; ".join(kept)}'
    if outer:
        return [number, "node.z = z; node.dz = dz; node.z_grad = 0.0"]
    return [number, "if open_modes: settle(node)"]


def _parameters(row: Op) -> list[str]:
    return [f"v{letter}" for letter in row.sequences or row.letters] + [f"{letter}=None" for letter in row.sequences]


def _operands(row: Op, letter: str, count: int) -> str:
    """The elements of a sequence of operands; behind the first, the operand that is not in a sequence."""
    others = f"v{row.last}, " if row.last and letter == "a" else ""
    return _each(f"v{letter}{{}}", count) + others


def _each(pattern: str, count: int) -> str:
    """The elements of a tuple."""
    return "".join(pattern.format(i) + ", " for i in range(count))


def _load(row: Op, letter: str, count: int) -> list[str]:
    """The lines that read the numbers of an operand; those of a sequence unless they were given."""
    if letter == row.last:
        return [f"{letter} = va[-1].data"]
    if letter not in row.sequences:
        return [f"{letter} = v{letter}.data"]
    check = f"if v{letter}.__class__ is not Operands: v{letter} = Operands(v{letter})"
    if not count:
        most = "[:-1]" if row.last and letter == "a" else ""
        return [check, f"if {letter} is None: {letter} = tuple([v.data for v in v{letter}{most}])"]
    operands, numbers = _operands(row, letter, count), _each(f"v{letter}{{}}.data", count)
    return [check, f"if {letter} is None: {operands} = v{letter}; {letter} = {numbers}", *_unpack(letter, count)]


def _unpack(letter: str, count: int) -> list[str]:
    """The line that gives the elements of a sequence of numbers, where it is written out, names of their own."""
    return [f"{_each(letter + '{}', count)} = {letter}"] if count else []


def _read(formula: str, row: Op, count: int) -> str:
    """A formula as Python, its reductions written out where the number of elements is known."""
    if row.term or not count:
        return FLOAT.python(formula, row.sequences)
    elements = {letter: [f"{letter}{i}" for i in range(count)] for letter in row.sequences}
    return FLOAT.python(write(formula, elements, most=count, start="0"))  # as sum() does, which makes -0.0 0.0


def _derivative(row: Op, letter: str, count: int) -> str:
    """The local derivative by a letter as Python; by a sequence those by each element, or another sequence as it is."""
    formula = row.derivatives[row.letters.index(letter)]
    if letter not in row.sequences:
        return FLOAT.python(formula)
    if formula in row.sequences:
        return formula
    if not count:
        return f"tuple({FLOAT.python_list(formula, row.sequences)})"
    elements = [write(formula, {letter: f"{letter}{i}" for letter in row.sequences}) for i in range(count)]
    return "".join(f"{FLOAT.python(element)}, " for element in elements)
