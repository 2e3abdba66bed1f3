"""Where no gradient passes: branches not taken, and what lies behind a detach().

A branch not taken is each 0 that a derivative is, or that a where() chooses in it, as `engine.ops` explains.
"""

import ast
from collections.abc import Callable
from typing import Any

from engine.formulas import parse_formula

closed = None  # the local derivative on a branch not taken
DETACH = "detach"  # the row where the graph ends for gradients


def pass_on(upstream: float, local: float | None) -> float:
    """What an operand receives: upstream gradient times local derivative, nothing on a branch not taken (None)."""
    return 0.0 if local is None else upstream * local


def find_reached(order: list[Any]) -> list[Any]:
    """Those nodes of a topological order that a gradient comes to: not those that only a detach() depends on.

    As in PyTorch the graph ends there: a node behind it does not even multiply 0 with its local derivative.
    """
    if DETACH not in [node.op for node in order]:  # nearly always
        return order
    reached = {order[-1]}
    for node in reversed(order):
        if node in reached and node.op != DETACH:
            reached.update(node.operands)
    return [node for node in order if node in reached]


def mark_closed(formula: str) -> str:
    """A derivative with `closed` for each 0 that is a branch not taken: the whole of it, or what a where() chooses.

    Nothing passes such a branch, not even of infinity.

    >>> mark_closed("where(a <= 0, 0, 1)")
    'where(a <= 0, closed, 1)'
    """
    return _change_branches(formula, ast.Name("closed"), lambda tree: tree)


def find_closed(formula: str) -> str:
    """The formula that is 1 where a derivative is a branch not taken, else 0.

    >>> find_closed("where(b == 0, 0, b*a)")
    'where(b == 0, 1, 0)'
    """
    return _change_branches(formula, ast.Constant(1), lambda tree: ast.Constant(0))


def multiply(formula: str) -> str:
    """What passes: the upstream gradient u times a derivative, but 0 on a branch not taken.

    >>> multiply("where(a <= 0, 0, 1)"), multiply("where(b == 0, 0, b*a)"), multiply("1 - y*y")
    ('where(a <= 0, 0, u)', 'where(b == 0, 0, u * (b * a))', 'u * (1 - y * y)')
    """

    def times(tree: ast.expr) -> ast.expr:
        match tree:
            case ast.Constant(1):
                return ast.Name("u")
            case ast.UnaryOp(ast.USub(), ast.Constant(1)):
                return ast.UnaryOp(ast.USub(), ast.Name("u"))
        return ast.BinOp(ast.Name("u"), ast.Mult(), tree)

    return _change_branches(formula, ast.Constant(0), times)


def _change_branches(formula: str, closed: ast.expr, change: Callable[[ast.expr], ast.expr]) -> str:
    """A derivative with something else for its branches: what a where() chooses, or the whole of it."""

    def visit(tree: ast.expr) -> ast.expr:
        match tree:
            case ast.Constant(0):
                return closed
            case ast.Call(ast.Name("where"), [condition, then, otherwise]):
                return ast.Call(ast.Name("where"), [condition, visit(then), visit(otherwise)], [])
        return change(tree)

    return ast.unparse(visit(parse_formula(formula)))
