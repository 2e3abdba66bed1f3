"""One operation in words: its formula with names, the same with numbers, and what to say beside it."""

import ast
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from engine.formulas import FLOAT, names, parse_formula
from engine.letters import bind, find_derivative
from engine.numbers import CONSTANT
from engine.ops import compile_formula, table
from engine.teaching.graph import name_nodes
from engine.teaching.writing import write
from engine.value import Value, toposort
from viz.lines import shorten
from viz.numbers import format_number

CLOSED = "branch not taken"
MOST = 6  # operands that a formula writes out
PLAIN = ("neg", "sum", "dot", "affine")  # named operations that people write as a formula
OPPOSITE: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.Gt, ast.Eq),
    ast.Gt: (ast.Lt, ast.Eq),
    ast.LtE: (ast.Gt,),
    ast.GtE: (ast.Lt,),
}


@dataclass(frozen=True)
class Words:
    """A formula of the op table, applied to one node.

    symbols   with the operands' names, such as "1 - y*y"
    numbers   with their numbers, such as "1 - 0.5*0.5"
    notes     what to say beside it: which branch was taken, what a letter stands for
    formula   the branch that was taken, in the letters of the op table
    letters   the name of the operand that each letter stands for (of a sequence, a list)
    """

    symbols: str
    numbers: str
    notes: tuple[str, ...]
    formula: str
    letters: dict[str, Any]


def name_graph(root: Value) -> dict[Value, str]:
    """A name for every node that `root` depends on, in topological order; TypeError where root is no Value.

    The names of `engine.teaching.graph.name_nodes`, fit for a terminal: control characters replaced, long names
    shortened.
    """
    if not isinstance(root, Value):
        raise TypeError(f"expected a Value, the result of a computation, not {type(root).__name__}")
    called: dict[Value, str] = {}
    uses: dict[str, int] = {}
    for node, name in name_nodes(toposort(root)).items():
        text = _printable(name)
        uses[text] = uses.get(text, 0) + 1
        called[node] = f"{text}#{uses[text]}" if text != name and uses[text] > 1 else text
    return called


def find_node(leaf: Value | str, called: dict[Value, str]) -> Value:
    """The node that `leaf` is or names; ValueError where the graph has none that receives a gradient."""
    if not isinstance(leaf, Value | str):
        raise TypeError(f"expected a Value of the graph or its name, not {type(leaf).__name__}")
    named = {name: node for node, name in called.items() if node.op != CONSTANT}
    node = named.get(_printable(leaf)) if isinstance(leaf, str) else leaf
    if node in called and node.op != CONSTANT:
        return node
    known = sorted(named, key=lambda name: bool(named[name].operands))  # leaves first
    listed = ", ".join(known[:12]) + f" and {len(known) - 12:,} more" * (len(known) > 12)
    if isinstance(leaf, str):
        problem = f"unknown node: {_printable(leaf)!r}"
    elif leaf in called:
        problem = f"{called[leaf]} is a constant, which has no gradient"
    else:
        problem = f"{leaf!r} is no node of this graph"
    raise ValueError(f"{problem} (one of {listed})" if known else problem)


def _printable(name: str) -> str:
    name = shorten(name)
    return name if name.isprintable() else "".join(letter if letter.isprintable() else "?" for letter in name)


def definition(node: Value, called: dict[Value, str]) -> str:
    """What a node was computed from, as one would type it: ``x*w``, ``tanh(v4)``."""
    row = table[node.op]
    if not node.op.isidentifier() or node.op in PLAIN:
        return write(row.forward, _texts(bind(row, node.operands), called.__getitem__), MOST)
    operands = [called[operand] for operand in node.operands]
    if len(operands) > MOST:
        operands[3:-1] = ["…"]
    return f"{node.op}({', '.join(operands)})"


def forward_words(node: Value, called: dict[Value, str]) -> Words:
    """How `node` was computed: the op table's formula. `called` holds the name of each node."""
    return _words(node, None, called)


def derivative_words(node: Value, index: int, called: dict[Value, str], letter: str = "t") -> Words:
    """∂node/∂operand for operand `index`: the op table's formula, with the branch that the numbers take.

    letter    what to write for a term that a row's formulas share
    """
    return _words(node, index, called, letter)


def _words(node: Value, index: int | None, called: dict[Value, str], letter: str = "t") -> Words:
    row = table[node.op]
    formula = row.forward if index is None else find_derivative(row, index, len(node.operands))
    meaning = bind(row, node.operands, index) | {"y": node}
    symbols, numbers = _texts(meaning, called.__getitem__), _texts(meaning, lambda value: format_number(value.data))
    floats = _texts(meaning, lambda value: value.data)
    notes: list[str] = []
    if "t" in names(formula):
        term = _evaluate(row.term, row.sequences)(floats)
        if letter in {called[operand] for operand in node.operands}:
            letter += "'"
        symbols, numbers = symbols | {"t": letter}, numbers | {"t": format_number(term)}
        floats = floats | {"t": term}
        notes.append(f"with {letter} = {write(row.term, symbols, MOST)} = {format_number(term)}")
    branch = _Branch(floats, symbols)
    formula = ast.unparse(branch.visit(parse_formula(formula)))
    expected = _evaluate(formula, row.sequences if index is None else "")(floats)
    given = node.data if index is None else node.local_derivatives[index]
    if index is not None and node.branch_derivatives[index] is None and node.operands[index].op != CONSTANT:
        notes.insert(0, CLOSED)
    if not (math.isclose(expected, given, rel_tol=1e-9, abs_tol=1e-300) or expected != expected or given != given):
        notes.append("from before the numbers of its operands were changed")
    said = (*branch.notes, *notes)
    return Words(write(formula, symbols, MOST), write(formula, numbers, MOST), said, formula, symbols)


def _texts(meaning: dict[str, Any], text: Callable[[Value], Any]) -> dict[str, Any]:
    """A text (or a number) for each letter, or a list of them for a sequence."""
    return {
        letter: [text(value) for value in values] if isinstance(values, list) else text(values)
        for letter, values in meaning.items()
    }


class _Branch(ast.NodeTransformer):
    """Puts the branch that the numbers choose in place of each where(), and notes why."""

    def __init__(self, floats: dict[str, Any], symbols: dict[str, Any]) -> None:
        self.floats, self.symbols = floats, symbols
        self.notes: list[str] = []

    def visit_Call(self, node: ast.Call) -> ast.expr:
        if not (isinstance(node.func, ast.Name) and node.func.id == "where"):
            self.generic_visit(node)
            return node
        condition, then, otherwise = node.args
        holds = self.holds(condition)
        if holds:
            self.note("as", condition)
        elif isinstance(condition, ast.Compare) and type(condition.ops[0]) in OPPOSITE:  # an == is only a guard
            for comparison in OPPOSITE[type(condition.ops[0])]:
                opposite = ast.Compare(condition.left, [comparison()], condition.comparators)
                if self.holds(opposite):
                    self.note("as", opposite)
                    break
            else:  # nan compares with nothing
                self.note("as not", condition)
        result: ast.expr = self.visit(then if holds else otherwise)
        return result

    def holds(self, condition: ast.expr) -> bool:
        return bool(_evaluate(ast.unparse(condition))(self.floats))

    def note(self, word: str, condition: ast.expr) -> None:
        note = f"{word} {write(ast.unparse(condition), self.symbols)}"
        if note not in self.notes:
            self.notes.append(note)


def _evaluate(formula: str, sequences: str = "") -> Callable[[dict[str, Any]], float]:
    """The formula as a function of a number (or a list) for each letter; nan where the arithmetic has none."""
    letters = "".join(sorted(names(formula) & set("abcty")))
    function = _compile(formula, letters, sequences)

    def evaluate(floats: dict[str, Any]) -> float:
        try:
            return float(function(*(floats[letter] for letter in letters)))
        except (ArithmeticError, ValueError):
            return math.nan

    return evaluate


@cache
def _compile(formula: str, letters: str, sequences: str) -> Callable[..., Any]:
    return compile_formula(FLOAT, formula, letters, sequences)


def factor(text: str) -> str:
    """A text as a factor of a product: in parentheses where it needs them."""
    bare, before = text, ""
    while bare != before:
        bare, before = re.sub(r"\([^()]*\)", "", bare), bare
    return f"({text})" if re.search(r" |(?<!\de)[-+]", bare) else text
