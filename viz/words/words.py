"""Describes one operation: its formula with names, the same with numbers, and notes."""

import ast
import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np

from engine.arrays import NUMPY
from engine.formulas import FLOAT, REDUCTIONS, Reader, names, parse_formula
from engine.letters import bind, find_derivative, find_letter
from engine.numbers import CONSTANT
from engine.ops import compile_formula, table
from engine.teaching.graph import name_nodes
from engine.teaching.remarks import find_remarks
from engine.teaching.steps import Step
from engine.teaching.writing import write
from engine.value import Value, toposort
from viz.lines import shorten
from viz.numbers import OUTDATED, as_shown, count_digits, find_digits, format_number
from viz.words.exact import EXACT, Work, find_sign_of

CLOSED = "branch not taken"
MOST = 6  # operands written out in a formula
PLAIN = ("neg", "sum", "dot", "affine")  # named operations that are written as formulas
OPPOSITE: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.Gt, ast.Eq),
    ast.Gt: (ast.Lt, ast.Eq),
    ast.LtE: (ast.Gt,),
    ast.GtE: (ast.Lt,),
}


@dataclass(frozen=True)
class Words:
    """A formula of the op table, applied to one node.

    symbols   the formula with the operands' names, such as "1 - y*y"
    numbers   the formula with their numbers, such as "1 - 0.5*0.5"; has more digits than usual if terms cancel
    work      computes `numbers` from its numbers as they are read; see `viz.words.exact`
    rough     the value of `numbers` computed from the usual digits
    digits    how many digits `numbers` shows
    outdated  whether the numbers of the operands have changed since the node was computed
    notes     remarks: the branch that was taken, the meaning of a letter, a kink or a jump
    formula   the branch that was taken, in the letters of the op table
    letters   the operand's name for each letter, or a list of names for a sequence
    """

    symbols: str
    numbers: str
    work: Work = field(repr=False, compare=False)
    rough: float
    digits: int
    outdated: bool
    notes: tuple[str, ...]
    formula: str
    letters: dict[str, Any]

    def compare(self, number: float, times: float = 1.0) -> str:
        """The accuracy of `numbers`, times a factor, as the value `number`; see `viz.numbers.compare`."""
        if self.outdated:
            return OUTDATED
        rough = Fraction(self.rough) if math.isfinite(self.rough) else self.rough
        work: Work = self.work if times else lambda read: rough  # 0 times any number is exactly 0
        return find_sign_of(lambda read: read(times, count_digits()) * work(read), number, self.digits)


def name_graph(root: Value) -> dict[Value, str]:
    """Name every node that `root` depends on, in topological order; TypeError if root is not a Value.

    The names are those of `engine.teaching.graph.name_nodes` made safe for a terminal: control characters are
    replaced and long names shortened.
    """
    called: dict[Value, str] = {}
    uses: dict[str, int] = {}
    for node, name in name_nodes(toposort(root)).items():
        if node.op == CONSTANT and not node.label and float(name) != node.data and count_digits() > 6:
            name = f"{node.data:.{count_digits()}g}"
        text = _printable(name)
        uses[text] = uses.get(text, 0) + 1
        called[node] = f"{text}#{uses[text]}" if text != name and uses[text] > 1 else text
    return called


def find_node(leaf: Value | str, called: dict[Value, str]) -> Value:
    """The node that `leaf` is or names; ValueError if it is not in the graph or is a constant."""
    if not isinstance(leaf, Value | str):
        raise TypeError(f"expected a Value of the graph or its name, not {type(leaf).__name__}")
    named = {name: node for node, name in called.items() if node.op != CONSTANT}
    labelled = {name: node for node, name in called.items() if node.label}
    node = (named | labelled).get(_printable(leaf)) if isinstance(leaf, str) else leaf
    if node in called and node.op != CONSTANT:
        return node
    known = sorted(named, key=lambda name: bool(named[name].operands))  # leaves first
    listed = ", ".join(known[:12]) + f" and {len(known) - 12:,} more" * (len(known) > 12)
    if node in called:
        problem = f"{called[node]} is a constant and has no gradient"
    elif isinstance(leaf, str):
        problem = f"unknown node: {_printable(leaf)!r}"
    else:
        problem = f"{leaf!r} is not a node of this graph"
    raise ValueError(f"{problem} (one of {listed})" if known else problem)


def _printable(name: str) -> str:
    name = shorten(name)
    return name if name.isprintable() else "".join(letter if letter.isprintable() else "?" for letter in name)


def definition(node: Value, called: dict[Value, str]) -> str:
    """The formula of a node as one would type it: ``x*w``, ``tanh(v4)``."""
    row = table[node.op]
    if not node.op.isidentifier() or node.op in PLAIN:
        return write(row.forward, _map(called.__getitem__, bind(row, node.operands)), MOST)
    operands = [called[operand] for operand in node.operands]
    if len(operands) > MOST:
        operands[3:-1] = ["…"]
    return f"{node.op}({', '.join(operands)})"


def forward_words(node: Value, called: dict[Value, str]) -> Words:
    """The formula that computed `node`, from the op table. `called` holds the name of each node."""
    return _words(node, None, called)


def derivative_words(node: Value, index: int, called: dict[Value, str], letter: str = "t") -> Words:
    """The formula of ∂node/∂operand for operand `index`, from the op table, in the branch that the numbers take.

    letter    the letter for a term that the formulas of an operation share
    """
    return _words(node, index, called, letter)


def tell_remarks(node: Value, index: int | None = None) -> list[str]:
    """Remarks on a kink, a jump or a missing result of an operation, or of its derivative by operand `index`."""
    row = table[node.op]
    letter = "" if index is None else find_letter(row, index, len(node.operands))[0]
    floats = _map(lambda value: value.data, bind(row, node.operands, index) | {"y": node})
    return [said for condition, said in find_remarks(row.name, letter) if _evaluate(condition)(floats)]


def work_out(received: Iterable[Step], called: dict[Value, str]) -> float:
    """The gradient as a person computes it by hand from the digits shown.

    received   the steps that contributed to it
    """
    total = 0.0
    for step in received:
        assert step.index is not None
        if not step.closed:
            total += as_shown(step.upstream) * derivative_words(step.node, step.index, called).rough
    return total


def _words(node: Value, index: int | None, called: dict[Value, str], letter: str = "t") -> Words:
    row = table[node.op]
    formula = row.forward if index is None else find_derivative(row, index, len(node.operands))
    meaning = bind(row, node.operands, index) | {"y": node}
    symbols, floats = _map(called.__getitem__, meaning), _map(lambda value: value.data, meaning)
    term_note = ""
    if "t" in names(formula):
        if letter in {called[operand] for operand in node.operands}:
            letter += "'"
        term_note = f"with {letter} = {write(row.term, symbols, MOST)} = "
        symbols, floats = symbols | {"t": letter}, floats | {"t": _evaluate(row.term, row.sequences)(floats)}
    sequences = row.sequences if index is None else ""
    branch = _Branch(floats, symbols, sequences)
    formula = ast.unparse(branch.visit(parse_formula(formula)))
    work = _evaluate(formula, sequences)
    given = node.data if index is None else node.local_derivatives[index]
    expected = work(floats)
    known = expected == expected and given == given
    outdated = known and not math.isclose(expected, given, rel_tol=1e-9, abs_tol=1e-300)

    def work_out(digits: int) -> float:
        return float(work(_map(lambda number: as_shown(number, digits), floats)))

    digits = count_digits() if outdated else find_digits(work_out, given)
    numbers = _map(lambda number: format_number(number, digits), floats)
    notes = list(branch.notes)
    if index is not None and node.branch_derivatives[index] is None and node.operands[index].op != CONSTANT:
        notes.append(CLOSED)
    if term_note:
        notes.append(term_note + str(numbers["t"]))
    if outdated:
        notes.append("from before the numbers of its operands were changed")
    else:
        notes += tell_remarks(node, index)
    said = write(formula, symbols, MOST), write(formula, numbers, MOST)
    rough = work_out(count_digits())
    return Words(*said, lambda read: work(_map(read, floats)), rough, digits, outdated, tuple(notes), formula, symbols)


def _map(function: Callable[[Any], Any], meaning: dict[str, Any]) -> dict[str, Any]:
    """Apply a function to the meaning of each letter, or to each element of a sequence."""
    return {
        letter: [function(value) for value in values] if isinstance(values, list) else function(values)
        for letter, values in meaning.items()
    }


class _Branch(ast.NodeTransformer):
    """Replaces each where() by the branch that the numbers choose, and notes why; not where each element chooses."""

    def __init__(self, floats: dict[str, Any], symbols: dict[str, Any], sequences: str) -> None:
        self.floats, self.symbols, self.sequences = floats, symbols, sequences
        self.notes: list[str] = []

    def visit_Call(self, node: ast.Call) -> ast.expr:
        if isinstance(node.func, ast.Name) and node.func.id in REDUCTIONS:
            return node
        if not (isinstance(node.func, ast.Name) and node.func.id == "where"):
            self.generic_visit(node)
            return node
        condition, then, otherwise = node.args
        holds = self.holds(condition)
        if holds:
            self.note("as", condition)
        elif isinstance(condition, ast.Compare) and type(condition.ops[0]) in OPPOSITE:  # an == is just a guard
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
        return bool(_evaluate(ast.unparse(condition), self.sequences)(self.floats))

    def note(self, word: str, condition: ast.expr) -> None:
        if isinstance(condition, ast.BinOp) and isinstance(condition.op, ast.Mult):  # each of the two holds
            self.note(word, condition.left)
            self.note(word, condition.right)
            return
        note = f"{word} {write(ast.unparse(condition), self.symbols)}"
        if note not in self.notes:
            self.notes.append(note)


def _evaluate(formula: str, sequences: str = "") -> Callable[[dict[str, Any]], Any]:
    """The formula as a function from the number (or list) of each letter.

    Floats make a float, with IEEE 754's inf and nan; fractions make a fraction, or raise ArithmeticError. Among these
    an infinity is to be given as nan, and makes nan.
    """
    letters = "".join(sorted(names(formula) & set("abcty") | set(sequences)))  # an element is one of each sequence

    def evaluate(given: dict[str, Any]) -> Any:
        numbers = [given[letter] for letter in letters]
        every = [x for each in numbers for x in (each if isinstance(each, list) else [each])]
        if any(isinstance(x, Fraction) for x in every):
            return _compile(EXACT, formula, letters, sequences)(*numbers)
        try:
            if not every:
                return _compile(EXACT, formula, letters, sequences)()
        except (ArithmeticError, ValueError):  # it is no fraction, as exp(1)
            pass
        try:
            return float(_compile(FLOAT, formula, letters, sequences)(*numbers))
        except (ArithmeticError, ValueError):
            with np.errstate(all="ignore"):
                return float(_compile(NUMPY, formula, letters, sequences)(*map(np.asarray, numbers)))

    return evaluate


@cache
def _compile(reader: Reader, formula: str, letters: str, sequences: str) -> Callable[..., Any]:
    return compile_formula(reader, formula, letters, sequences)


def factor(text: str) -> str:
    """A text as a factor of a product, in parentheses if it needs them."""
    bare, before = text, ""
    while bare != before:
        bare, before = re.sub(r"\([^()]*\)", "", bare), bare
    return f"({text})" if re.search(r" |(?<!\de)[-+]", bare) else text
