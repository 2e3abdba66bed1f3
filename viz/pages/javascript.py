"""Translates the op table into JavaScript: functions that compute, and formulas as trees to write out.

Both are generated from `engine.ops` through Python's syntax tree, so that no derivative is written twice. The other
functions that formulas may call are in `arithmetic.js`.
"""

import ast
import json
from functools import cache
from typing import Any

from engine.branches import find_closed, mark_closed
from engine.formulas import ELEMENTARY, REDUCTIONS, names, parse_formula
from engine.ops import Op, table
from engine.teaching.remarks import find_remarks

# A tree is a number, a letter, or a list of an operator or function and its arguments.
Tree = float | str | list[Any]

SYMBOLS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Mod: "%", ast.Pow: "**", ast.USub: "-",
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==",
}  # fmt: skip
SUPPLIED = (*ELEMENTARY, "abs", "atan2", "power", "maximum", "minimum", "sum", "largest")


def formula_tree(formula: str) -> Tree:
    """A formula as a tree.

    >>> formula_tree("where(a <= 0, 0, -a**2)")
    ['where', ['<=', 'a', 0], 0, ['-', ['**', 'a', 2]]]
    """

    def build(node: ast.expr) -> Tree:
        match node:
            case ast.Constant(value):
                assert isinstance(value, int | float)
                return value
            case ast.Name(letter):
                return letter
            case ast.UnaryOp(operator, operand):
                return [SYMBOLS[type(operator)], build(operand)]
            case ast.BinOp(left, operator, right):
                return [SYMBOLS[type(operator)], build(left), build(right)]
            case ast.Compare(left, [operator], [right]):
                return [SYMBOLS[type(operator)], build(left), build(right)]
            case ast.Call(ast.Name(function), arguments):
                return [function, *map(build, arguments)]
        raise ValueError(f"formula {formula!r}: {type(node).__name__} has no tree")

    return build(parse_formula(formula))


def expression(formula: str, sequences: str = "") -> str:
    """A formula as a JavaScript expression; `sequences` are the letters that stand for arrays.

    >>> expression("where(b == 0, 0, b*a**(b - 1))")
    '((b === 0) ? 0 : (b * power(a, (b - 1))))'
    >>> expression("where((a == 0)*(b >= 0), 0, a)")
    '(((a === 0) && (b >= 0)) ? 0 : a)'
    >>> expression("sum(a*b) + c", "ab")
    '(sum(a.length, (i) => (a[i] * b[i])) + c)'
    """

    def build(tree: Tree, element: bool) -> str:
        if not isinstance(tree, list):
            return f"{tree}[i]" if element and str(tree) in sequences else str(tree)
        name, *arguments = tree
        if name in REDUCTIONS:
            return f"{name}({sequences[0]}.length, (i) => {build(arguments[0], True)})"
        texts = [build(argument, element) for argument in arguments]
        if name == "where":
            return "({} ? {} : {})".format(*texts)
        if name == "**":
            return f"power({', '.join(texts)})"  # not JavaScript's **, which has 1**nan = nan
        if name == "%":
            return f"remainder({', '.join(texts)})"  # not JavaScript's %, which has the sign of the dividend
        if name == "==":
            name = "==="
        if name == "*" and all(isinstance(argument, list) and argument[0][0] in "<>=" for argument in arguments):
            return "({} && {})".format(*texts)  # JavaScript cannot multiply conditions
        if name[0] in "+-*/<>=":
            return f"({name}{texts[0]})" if len(texts) == 1 else f"({texts[0]} {name} {texts[1]})"
        if name not in SUPPLIED and name not in table:
            raise ValueError(f"formula {formula!r}: {name} is neither supplied nor a row of the op table")
        return f"{name if name in SUPPLIED else f'operations.{name}.forward'}({', '.join(texts)})"

    return build(formula_tree(formula), False)


def operations() -> str:
    """The whole table as the JavaScript object `operations`."""
    rows = ",\n".join(f"  {json.dumps(row.name)}: {_row(row)}" for row in table.values())
    return f"const operations = {{\n{rows},\n}};\n"


@cache
def _row(row: Op) -> str:
    derivatives = ", ".join(_function(row, formula, row.letters + "y") for formula in row.derivatives)
    closed = ", ".join(_closed(row, formula) for formula in row.derivatives)
    formulas = json.dumps([formula_tree(formula) for formula in (row.forward, *row.derivatives)])
    term = _function(row, row.term, row.letters, row.sequences) if row.term else "null"
    remarks = [
        [[formula_tree(condition), said] for condition, said in find_remarks(row.name, letter)]
        for letter in ("", *row.letters)
    ]
    return (
        f"{{ name: {json.dumps(row.name)},\n"
        f"    letters: {json.dumps(row.letters)}, sequences: {json.dumps(row.sequences)},\n"
        f"    forward: {_function(row, row.forward, row.letters, row.sequences)},\n"
        f"    derivatives: [{derivatives}],\n"
        f"    closed: [{closed}],\n"
        f"    term: {term}, termFormula: {json.dumps(formula_tree(row.term) if row.term else None)},\n"
        f"    formulas: {formulas},\n"
        f"    remarks: {json.dumps(remarks)} }}"
    )


def _closed(row: Op, formula: str) -> str:
    """A function that tells whether a derivative is a branch not taken; null if it never is."""
    if "closed" not in names(mark_closed(formula)):
        return "null"
    return _function(row, find_closed(formula), row.letters + "y")


def _function(row: Op, formula: str, letters: str, sequences: str = "") -> str:
    head = f"({', '.join(letters)}) =>"
    if "t" not in names(formula):
        return f"{head} {expression(formula, sequences)}"
    term = expression(row.term, row.sequences)
    return f"{head} {{ const t = {term}; return {expression(formula, sequences)}; }}"
