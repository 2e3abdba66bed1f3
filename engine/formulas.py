"""Formulas: one restricted syntax, read in several ways.

A formula is text such as ``"1 - y*y"`` or ``"where(a > 0, 1, b)"``: numbers, the letters a, b, c
(operands), y (result) and t (a term), ``+ - * / **``, one comparison at a time (1 or 0),
``where(condition, then, otherwise)`` and functions by name. The same text is valid Python and valid
JavaScript. In rows over sequences ``sum(...)`` and ``largest(...)`` reduce a formula over the elements.

A `Reader` supplies the functions and turns a formula into Python; `write` puts texts for letters.
"""

import ast
import math
import re
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from operator import add, mul
from typing import Any

import numpy as np

_parsing = threading.RLock()  # https://github.com/python/cpython/issues/106905
REDUCTIONS = ("sum", "largest")
SYNTAX = (
    ast.BinOp, ast.UnaryOp, ast.Compare, ast.Call, ast.Name, ast.Constant, ast.Load,
    ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.USub,
    ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq,
)  # fmt: skip


def parse_python(text: str) -> ast.expr:
    """The syntax tree of a Python expression, for one thread at a time: before 3.11.8 `ast.parse` fails in several."""
    with _parsing:
        return ast.parse(text, mode="eval").body


def parse_formula(formula: str) -> ast.expr:
    """The syntax tree of a formula; ValueError for what is not part of the restricted syntax."""
    tree = parse_python(formula)
    for node in ast.walk(tree):
        if not isinstance(node, SYNTAX):
            raise ValueError(f"formula {formula!r}: {type(node).__name__} is not part of the syntax")
    return tree


def names(formula: str) -> set[str]:
    """The letters and functions that a formula uses."""
    return {node.id for node in ast.walk(parse_formula(formula)) if isinstance(node, ast.Name)}


class Reader(ast.NodeTransformer):
    """A way to read formulas as Python: the functions they may call, and how to take the syntax.

    functions     what the names stand for; `define` adds to it
    lazy          where() becomes a conditional expression: only the branch taken is computed
    elementwise   a sequence is a list, so a reduced formula becomes a list comprehension;
                  otherwise it is an array, whose first axis runs over the elements
    compare       the name of a function put around both sides of a comparison, or ""
    """

    def __init__(self, functions: dict[str, Any], *, lazy: bool, elementwise: bool, compare: str = "") -> None:
        self.functions, self.lazy, self.elementwise, self.compare = functions, lazy, elementwise, compare
        self.sequences = ""

    def python(self, formula: str, sequences: str = "") -> str:
        """A formula as a Python expression; `sequences` are the letters that stand for sequences."""
        self.sequences = sequences
        return ast.unparse(ast.fix_missing_locations(self.visit(parse_formula(formula))))

    def python_list(self, formula: str, sequences: str) -> str:
        """The formula of one element as the list of it over all elements."""
        self.sequences = ""
        return ast.unparse(ast.fix_missing_locations(_each(self.visit(parse_formula(formula)), sequences)))

    def function(self, formula: str, letters: str, sequences: str = "", term: str = "") -> Callable[..., Any]:
        """A formula as a function of its letters; `term` is the formula of t, where there is one."""
        shared = f"t = {self.python(term, sequences)}; " if term else ""
        body = f"{shared}return {self.python(formula, sequences)}"
        return compile_function(f"def f({', '.join(letters)}): {body}", self.functions)

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        assert isinstance(node.value, int | float)
        return ast.Constant(float(node.value))

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.op, ast.Pow):  # a function, since Python's ** turns complex below zero
            return ast.Call(ast.Name("power"), [node.left, node.right], [])
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        self.generic_visit(node)
        if self.compare:
            node.left = ast.Call(ast.Name(self.compare), [node.left], [])
            node.comparators = [ast.Call(ast.Name(self.compare), [side], []) for side in node.comparators]
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        assert isinstance(node.func, ast.Name)
        self.generic_visit(node)
        if node.func.id == "where" and self.lazy:
            return ast.IfExp(*node.args)
        if node.func.id in REDUCTIONS and self.elementwise:
            match node.args[0]:
                case ast.BinOp(ast.Name(a), ast.Mult(), ast.Name(b)) if a in self.sequences and b in self.sequences:
                    node.args = [ast.Call(ast.Name("map"), [ast.Name("mul"), ast.Name(a), ast.Name(b)], [])]
                case argument:
                    node.args = [_each(argument, self.sequences)]
        return node


def compile_function(source: str, names: dict[str, Any]) -> Callable[..., Any]:
    """The function f that `source` defines over `names`. The source comes from the op table, never from a user."""
    defined: dict[str, Any] = {}
    exec(compile(source, "<op table>", "exec"), names, defined)
    function: Callable[..., Any] = defined["f"]
    return function


def _each(expression: ast.expr, sequences: str) -> ast.expr:
    """The list of `expression` over the elements of the sequences; the sequence itself where it is just that."""
    if isinstance(expression, ast.Name) and expression.id in sequences:
        return expression
    letters: list[ast.expr] = [ast.Name(letter) for letter in sequences]
    target = ast.Tuple(letters) if len(letters) > 1 else letters[0]
    source = ast.Call(ast.Name("zip"), letters, []) if len(letters) > 1 else letters[0]
    return ast.ListComp(expression, [ast.comprehension(target, source, [], 0)])


def write(formula: str, texts: Mapping[str, str | list[str]], most: int = 6, start: str = "") -> str:
    """A formula with texts in place of its letters, in parentheses where a sign or an operator needs them.

    A reduction over sequences (letters with a list of texts) is written out; beyond `most` elements
    the middle ones are left out. A sum begins with `start`, if it is given.

    >>> write("1 - y*y", {"y": "-0.5"})
    '1 - (-0.5)*(-0.5)'
    >>> write("sum(a*b) + c", {"a": ["w1", "w2"], "b": ["x1", "-3"], "c": "bias"})
    'w1*x1 + w2*(-3) + bias'
    """
    placed: list[str] = []  # texts are put in last, so that spacing does not touch them

    def place(text: str) -> ast.expr:
        placed.append(text)
        return ast.Name(f"\x00{len(placed) - 1}\x00")

    def each(expression: ast.expr) -> list[ast.expr]:
        count = max(len(text) for text in texts.values() if isinstance(text, list))
        shown = range(count) if count <= most else [0, 1, -1, count - 1]
        return [place("…") if index == -1 else build(expression, index, True) for index in shown]

    def build(node: ast.expr, index: int, inner: bool = False) -> ast.expr:
        match node:
            case ast.Name(id) if id in texts:
                text = texts[id]
                chosen = text if isinstance(text, str) else text[index]
                return place(f"({chosen})" if inner and not _is_atom(chosen) else chosen)
            case ast.BinOp(left, operator, right):
                return ast.BinOp(build(left, index, True), operator, build(right, index, True))
            case ast.UnaryOp(operator, operand):
                return ast.UnaryOp(operator, build(operand, index, True))
            case ast.Compare(left, operators, [right]):
                return ast.Compare(build(left, index), operators, [build(right, index)])
            case ast.Call(ast.Name("sum"), [argument]):
                terms = [*([place(start)] if start else []), *each(argument)]
                return reduce(lambda total, term: ast.BinOp(total, ast.Add(), term), terms)
            case ast.Call(ast.Name("largest"), [argument]):
                return ast.Call(ast.Name("largest"), each(argument), [])
            case ast.Call(function, arguments):
                return ast.Call(function, [build(argument, index) for argument in arguments], [])
        return node

    text = ast.unparse(build(parse_formula(formula), 0)).replace(" * ", "*").replace(" ** ", "**")
    return re.sub("\x00(\\d+)\x00", lambda match: placed[int(match[1])], text)


def _is_atom(text: str) -> bool:
    """Whether a text can stand beside an operator without parentheses: a name, a plain number, a call."""
    return bool(re.fullmatch(r"[^\s+*/()-]+|[\d.]+e[+-]\d+|\w+\([^()]*\)", text))


def _maximum(a: float, b: float) -> float:
    return a if a > b or a != a else b  # nan wins from either side


def _minimum(a: float, b: float) -> float:
    return a if a < b or a != a else b


def _largest(values: list[float]) -> float:
    """The shift that keeps exp() in range: the largest element, or 0 where that is not finite."""
    largest = max(values)
    return largest if math.isfinite(largest) else 0.0


def _largest_of_axis(values: Any) -> Any:
    largest = np.max(values, axis=0)
    return np.where(np.isfinite(largest), largest, 0.0)


def _sum(values: Iterable[float]) -> float:
    return reduce(add, values, 0.0)  # left to right like a chain of +; the built-in sum() compensates from 3.12 on


PRIMITIVES = ("exp", "log", "log1p", "expm1", "sqrt", "sin", "cos", "tan", "tanh")

FLOAT = Reader({name: getattr(math, name) for name in PRIMITIVES}, lazy=True, elementwise=True)
FLOAT.functions.update(abs=abs, mul=mul, power=math.pow, maximum=_maximum, minimum=_minimum, largest=_largest)
FLOAT.functions["sum"] = sum if sys.version_info < (3, 12) else _sum

NUMPY = Reader({name: getattr(np, name) for name in PRIMITIVES}, lazy=False, elementwise=False)
# np.power takes a short cut that makes (-inf)**0.5 nan
NUMPY.functions.update(abs=np.abs, power=np.float_power, maximum=np.maximum, minimum=np.minimum, where=np.where)
NUMPY.functions.update(sum=lambda values: np.sum(values, axis=0), largest=_largest_of_axis)
