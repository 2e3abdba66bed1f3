"""The registry: call operations by name, add your own rows to the op table, and check rows."""

import ast
from collections.abc import Callable, Mapping
from functools import cache
from keyword import iskeyword
from typing import Any
from unicodedata import normalize

from engine.formulas import ELEMENTARY, LARGEST, REDUCTIONS, names, parse_formula
from engine.numbers import write_count
from engine.ops import ROWS, Op, table
from engine.value import Value, lift, lift_all, operation
from engine.value import names as reserved

# Functions that every reader of formulas provides, with their numbers of operands; other functions are rows.
SUPPLIED = dict.fromkeys((*ELEMENTARY, *REDUCTIONS, "abs"), 1) | {
    "atan2": 2,
    "power": 2,
    "maximum": 2,
    "minimum": 2,
    "where": 3,
}
# Names that formulas, nodes, tapes, their source and the functions written from rows use for something else.
BUILTINS = {"getattr", "map", "max", "tuple", "zip", "ArithmeticError", "NotImplemented", "ValueError", "__debug__"}
DEFINED = {"add", "equal", "inf", "nan", "pow", "reduce", "total"}
OPS = {"constant", "broadcast", "batch_mean"}
RESERVED = {*OPS, *"abctuyv", "va", "vb", "vc", "da", "db", "dc", "node", *reserved, *BUILTINS, *DEFINED}


def register(row: Op) -> None:
    """Add an operation to the op table of this process, for `engine.apply`, tapes, texts, expressions and pages.

    ValueError for a name that is taken or not an identifier, and for a row with an error; TypeError for no `Op`.

    >>> import engine
    >>> engine.register(Op("cube", "a**3", ("3*a**2",)))
    >>> x = engine.Value(2.0)
    >>> y = engine.apply("cube", x)
    >>> y.backward()
    >>> y.data, x.grad
    (8.0, 12.0)
    """
    if not isinstance(row, Op):
        raise TypeError(f"register takes an Op, such as Op('cube', 'a**3', ('3*a**2',)), not {type(row).__name__}")
    is_name = isinstance(row.name, str) and row.name.isidentifier() and not iskeyword(row.name)
    if not is_name or normalize("NFKC", row.name) != row.name:
        raise ValueError(f"operation {row.name!r}: a name such as 'cube' expected")
    if row.name in {*table, *SUPPLIED, *RESERVED}:
        raise ValueError(f"operation {row.name!r}: the name is taken")
    check_row(row, {**table, row.name: row})
    table[row.name] = row


def apply(name: str, *operands: Any) -> Value:
    """Apply an operation to Values or numbers, or to lists of them if it takes sequences; the result is one node.

    ValueError for an unknown name, TypeError for a wrong number of operands.

    >>> apply("tanh", Value(0.0)).data, apply("dot", [Value(2.0)], [3.0]).data
    (0.0, 6.0)
    """
    row, wanted = find_row(name), len(find_row(name).letters)
    if len(operands) != wanted:
        raise TypeError(f"{name} takes {write_count(wanted, 'operand')}, {len(operands)} given")
    lifted = [
        lift_all(operand, name) if letter in row.sequences else lift(operand)
        for letter, operand in zip(row.letters, operands, strict=True)
    ]
    lengths = {len(values) for values in lifted if isinstance(values, tuple)}
    if len(lengths) > 1:
        raise ValueError(f"{name}: sequences of different lengths, {' and '.join(map(str, sorted(lengths)))}")
    return _find_function(row)(*lifted)


@cache
def _find_function(row: Op) -> Callable[..., Value]:
    return operation(row.name)


def find_row(name: str) -> Op:
    """Return the row of this name; ValueError if there is none."""
    if name not in table:
        raise ValueError(f"operation {name!r} is not known here: engine.register(Op({name!r}, ...)) adds it")
    return table[name]


def check_row(row: Op, rows: Mapping[str, Op]) -> None:
    """Raise ValueError for a row whose formulas cannot be read or do not fit its operands; `rows` is its table."""
    try:
        _check_types(row)
        for formula in filter(None, (row.term, row.forward)):
            _check_names(formula, "abc" + ("t" if row.term and formula == row.forward else ""), rows)
            _check_conditions(formula)
            _check_reductions(formula, row.sequences)
            if _find_unreduced(parse_formula(formula)) & set(row.sequences):
                raise ValueError(f"{formula!r} leaves a sequence: sum(...) or largest(...) makes one number of it")
        _check_operands(row)
        if row.name in _find_calls(row, rows):
            raise ValueError("its formula calls itself")
        for letter, formula in zip(row.letters, row.derivatives, strict=True):  # the rows that it calls may call it
            _check_names(formula, row.letters + "y" + ("t" if row.term and not row.sequences else ""), rows)
            _check_conditions(formula)
            if REDUCTIONS & names(formula):
                raise ValueError(f"{formula!r} reduces something that is not a sequence")
            if letter not in row.sequences and names(formula) & set(row.sequences):
                raise ValueError(f"{formula!r}, the derivative by {letter}, leaves a sequence: y may stand for its sum")
    except (ValueError, SyntaxError) as error:
        where = f" in {error.text.strip()!r}" if isinstance(error, SyntaxError) and error.text else ""
        raise ValueError(f"operation {row.name!r}: {getattr(error, 'msg', error)}{where}") from None


def _check_types(row: Op) -> None:
    if not isinstance(row.derivatives, tuple):
        raise ValueError(f"its derivatives are a tuple of formulas, such as ('2*a',), not {row.derivatives!r:.60}")
    if not isinstance(row.sequences, str):
        raise ValueError(f"its sequences are letters, such as 'ab', not {row.sequences!r:.60}")
    for formula in (row.forward, row.term, *row.derivatives):
        if not isinstance(formula, str):
            raise ValueError(f"a formula is a str, such as '1', not {type(formula).__name__}: {formula!r:.60}")


def _check_operands(row: Op) -> None:
    used = names(row.forward) | (names(row.term) if "t" in names(row.forward) else set())
    operands = "".join(letter for letter in "abc" if letter in used)
    listed = ", ".join(operands) or "(none)"
    if not operands or not "abc".startswith(operands):
        raise ValueError(f"its operands must be a, or a and b, or a, b and c, not {listed}")
    if operands != row.letters:
        raise ValueError(f"{write_count(len(row.derivatives), 'derivative')} for the operands {listed}")
    if not row.letters.startswith(row.sequences):
        raise ValueError(f"sequences {row.sequences!r}: the first of its letters, {row.letters}, expected")
    for letter in sorted(names(row.term) & set("abc") - used if row.term else ()):
        raise ValueError(f"{letter!r} in {row.term!r} is none of its letters, {row.letters}")


def _check_names(formula: str, letters: str, rows: Mapping[str, Op]) -> None:
    """Check that every function is known and gets the right number of arguments, and every other name is a letter."""
    nodes = [*ast.walk(parse_formula(formula))]
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    for call in calls:
        name, row = ast.unparse(call.func), rows.get(ast.unparse(call.func))
        expected = SUPPLIED.get(name) or (len(row.letters) if row and not row.sequences else 0)
        if not expected:
            raise ValueError(f"unknown function {name!r}")
        if len(call.args) != expected:
            raise ValueError(f"{name} takes {write_count(expected, 'argument')}, not {len(call.args)}")
    functions = [call.func for call in calls]
    read = {node.id for node in nodes if isinstance(node, ast.Name) and node not in functions}
    for name in sorted(read - {*letters}):
        raise ValueError(f"{name!r} in {formula!r} is none of its letters, {', '.join(letters)}")


def _check_conditions(formula: str) -> None:
    """Check that where() and nothing else has comparisons, and that constants are finite."""
    nodes = [*ast.walk(parse_formula(formula))]
    conditions = [node.args[0] for node in nodes if isinstance(node, ast.Call) and ast.unparse(node.func) == "where"]
    factors = [factor for condition in conditions for factor in _find_factors(condition)]
    for factor in factors:
        if not isinstance(factor, ast.Compare):
            raise ValueError(
                f"{ast.unparse(factor)!r} is no condition: a > 0 expected, or a product such as (a > 0)*(b > 0)"
            )
    for node in nodes:
        match node:
            case ast.Compare() if node not in factors:
                text = ast.unparse(node)
                raise ValueError(f"{text!r} is no number: where({text}, 1, 0) expected")
            case ast.BinOp(_, ast.Div() | ast.Mod(), ast.Constant(0)):
                raise ValueError(f"{ast.unparse(node):.60} divides by 0")
            case ast.Constant(int(value) | float(value)) if abs(value) > LARGEST:
                raise ValueError(f"{ast.unparse(node):.60} is too large for a float")


def _check_reductions(formula: str, sequences: str) -> None:
    """Check that each sum(...) and largest(...) has one element for each of a sequence, and none within."""
    for call in ast.walk(parse_formula(formula)):
        if isinstance(call, ast.Call) and ast.unparse(call.func) in REDUCTIONS:
            text, used = ast.unparse(call), names(ast.unparse(call.args[0]))
            if not used & set(sequences):
                raise ValueError(f"{text!r} reduces something that is not a sequence")
            if used & REDUCTIONS:
                raise ValueError(f"{text!r} has a reduction within another: t, the term, may be one of them")


def _find_factors(condition: ast.expr) -> list[ast.expr]:
    match condition:
        case ast.BinOp(left, ast.Mult(), right):
            return [*_find_factors(left), *_find_factors(right)]
    return [condition]


def _find_calls(row: Op, rows: Mapping[str, Op]) -> set[str]:
    """Return the rows that this one calls, directly or through others."""
    found: set[str] = set()
    waiting = [row]
    while waiting:
        each = waiting.pop()
        others = names(f"{each.forward} + {each.term}" if each.term else each.forward) & rows.keys() - SUPPLIED.keys()
        waiting += [rows[name] for name in others - found]
        found |= others
    return found


def _find_unreduced(tree: ast.AST) -> set[str]:
    """Return the names that a formula uses outside of reductions."""
    match tree:
        case ast.Name(name):
            return {name}
        case ast.Call(ast.Name(name)) if name in REDUCTIONS:
            return set()
    return set[str]().union(*map(_find_unreduced, ast.iter_child_nodes(tree)))


for row in ROWS:
    check_row(row, table)
