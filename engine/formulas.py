"""Formulas: the syntax of the op table, read as Python on floats; other modules read it on Values and arrays.

A formula is text such as ``"1 - y*y"`` or ``"where(a > 0, 1, b)"``: numbers, the letters a, b, c (operands), y
(result) and t (a term), ``+ - * / % **``, functions by name, and ``where(condition, then, otherwise)``, whose condition
is a comparison of two numbers or a product of comparisons. The same text is valid Python and JavaScript. ``sum`` and
``largest`` reduce over sequences.
"""

import ast
import linecache
import math
from collections.abc import Callable, Iterable, Mapping
from copy import copy
from functools import lru_cache, reduce
from operator import add
from typing import Any

from engine.modes import make_lock

REDUCTIONS = {"sum", "largest"}
LARGEST = math.nextafter(math.inf, 0)  # of the floats
ELEMENTARY = (
    "exp", "log", "log1p", "expm1", "log2", "log10", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan",
    "sinh", "cosh", "tanh",
)  # fmt: skip
SYNTAX = (
    ast.BinOp, ast.UnaryOp, ast.Compare, ast.Call, ast.Name, ast.Constant, ast.Load,
    ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Mod, ast.Pow, ast.USub,
    ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq,
)  # fmt: skip

_parsing = make_lock()  # https://github.com/python/cpython/issues/106905


def parse_python(text: str) -> ast.expr:
    """Parse a Python expression, in one thread at a time: before 3.11.8 `ast.parse` fails in several."""
    with _parsing:
        return ast.parse(text, mode="eval").body


def parse_formula(formula: str) -> ast.expr:
    """Parse a formula; ValueError or SyntaxError for anything outside the restricted syntax."""
    tree = parse_python(formula)
    for node in ast.walk(tree):
        if not isinstance(node, SYNTAX):
            raise ValueError(f"formula {formula!r}: {type(node).__name__} is not part of the syntax")
        if isinstance(node, ast.Constant) and type(node.value) not in (int, float):
            raise ValueError(f"formula {formula!r}: {node.value!r} is not a number")
        if isinstance(node, ast.Compare) and len(node.ops) > 1:
            raise ValueError(f"formula {formula!r}: {ast.unparse(node)} is more than one comparison at a time")
    return tree


@lru_cache(maxsize=1000)
def names(formula: str) -> frozenset[str]:
    """Return the letters and functions that a formula uses."""
    return frozenset(node.id for node in ast.walk(parse_formula(formula)) if isinstance(node, ast.Name))


class Reader(ast.NodeTransformer):
    """A way to read formulas as Python.

    functions     the functions that formulas may call, by name, and `power`, which stands for **; where they are
                  given, `equal` stands for == and `constant` is called with the text of each number
    lazy          where() becomes a conditional expression: only the branch taken is computed
    elementwise   a sequence is a list, so a reduced formula becomes a list comprehension;
                  otherwise it is an array, whose first axis runs over the elements
    """

    def __init__(self, functions: Mapping[str, Any], lazy: bool = False, elementwise: bool = False) -> None:
        self.functions, self.lazy, self.elementwise = functions, lazy, elementwise
        self.sequences = ""

    @lru_cache(maxsize=1000)  # noqa: B019 (readers are few, and stay)
    def python(self, formula: str, sequences: str = "", each: bool = False) -> str:
        """Return a formula as a Python expression; with `each`, a tuple of its values for all elements.

        sequences   the letters that stand for sequences
        """
        reading = copy(self)  # another thread may be reading
        reading.sequences = "" if each else sequences
        read = reading.visit(parse_formula(formula))
        return f"tuple({_list(read, sequences)})" if each else ast.unparse(read)

    def visit(self, node: ast.AST) -> Any:
        """Return a part of a formula as Python has it."""
        self.generic_visit(node)
        match node:
            case ast.Constant(int() | float() as number):
                is_called = "constant" in self.functions
                return _call("constant", ast.Constant(str(number))) if is_called else ast.Constant(float(number))
            case ast.BinOp(left, ast.Pow(), right):  # Python's ** turns complex below zero
                return _call("power", left, right)
            case ast.Compare(left, [ast.Eq()], [right]) if "equal" in self.functions:
                return _call("equal", left, right)
            case ast.Call(ast.Name("where"), arguments) if self.lazy:
                return ast.IfExp(*arguments)
            case ast.Call(ast.Name(name), [argument]) if self.elementwise and name in REDUCTIONS:
                return _call(name, parse_python(_list(argument, self.sequences)))
        return node


_compile = lru_cache(maxsize=64)(compile)  # tapes of one shape have the same text, and compiling takes milliseconds


def define(source: str, names: dict[str, Any], filename: str = "") -> Callable[..., Any]:
    """Return the function that `source` defines, with `names` as its globals; debuggers show it as `filename`."""
    if filename:
        linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    defined: dict[str, Callable[..., Any]] = {}
    exec(_compile(source, filename or "<op table>", "exec"), names, defined)
    (function,) = defined.values()
    return function


def _call(name: str, *arguments: ast.expr) -> ast.expr:
    return ast.Call(ast.Name(name), [*arguments], [])


def _list(expression: ast.expr, sequences: str) -> str:
    """Write what computes an expression for each element of the sequences; a sequence itself, if it is just that."""
    text, letters = ast.unparse(expression), ", ".join(sequences)
    source = f"zip({letters})" if len(sequences) > 1 else letters
    return text if text in [*sequences] else f"[{text} for {letters} in {source}]"


def _maximum(a: float, b: float) -> float:
    return a if a > b or a != a else b  # nan if either is nan


def _minimum(a: float, b: float) -> float:
    return a if a < b or a != a else b


def _largest(values: list[float]) -> float:
    """Return the shift that keeps exp() in range: the largest element, at most the largest float; nan if any is nan."""
    return _maximum(_minimum(reduce(_maximum, values), LARGEST), -LARGEST)


def _sum(values: Iterable[float]) -> float:
    return reduce(add, values, 0.0)  # left to right like a chain of +; the built-in sum() compensates from 3.12 on


FLOAT = Reader(
    {name: getattr(math, name) for name in (*ELEMENTARY, "atan2")}
    | {"abs": abs, "power": math.pow, "maximum": _maximum, "minimum": _minimum}
    | {"largest": _largest, "sum": _sum},
    lazy=True,
    elementwise=True,
)
