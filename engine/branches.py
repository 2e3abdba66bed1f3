"""Branches: where no gradient passes, on branches not taken and behind a detach().

A branch not taken is a derivative that is 0, or is a where() that chooses 0; see `engine.ops`.
"""

import ast
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from engine.formulas import parse_formula

closed = None  # the local derivative on a branch not taken
DETACH = "detach"  # the row at which gradients stop


def pass_on(upstream: float, local: float | None) -> float:
    """Return upstream gradient times local derivative, or 0 on a branch not taken (None)."""
    return 0.0 if local is None else upstream * local


def find_reached(order: list[Any]) -> list[Any]:
    """Return the nodes of a topological order that get a gradient, without those behind a detach().

    As in PyTorch, the graph ends at a detach(): nodes behind it do not even multiply 0 by their local derivatives.
    """
    if DETACH not in [node.op for node in order]:  # nearly always
        return order
    reached = {order[-1]}
    for node in reversed(order):
        if node in reached and node.op != DETACH:
            reached.update(node.operands)
    return [node for node in order if node in reached]


@lru_cache(maxsize=1000)
def mark_closed(formula: str) -> str:
    """Return a derivative with `closed` in place of each 0 that is a branch not taken.

    Nothing passes such a branch, not even an infinite gradient.

    >>> mark_closed("where(a <= 0, 0, 1)")
    'where(a <= 0, closed, 1)'
    """
    return _change_branches(formula, ast.Name("closed"), lambda tree: tree)


def find_closed(formula: str) -> str:
    """Return the formula that is 1 if a derivative is a branch not taken, else 0.

    >>> find_closed("where(b == 0, 0, b*a)")
    'where(b == 0, 1, 0)'
    """
    return _change_branches(formula, ast.Constant(1), lambda tree: ast.Constant(0))


@lru_cache(maxsize=1000)
def multiply(formula: str) -> str:
    """Return the formula of the upstream gradient u times a derivative, with 0 on a branch not taken.

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
    """Replace each branch of a derivative: the arguments that a where() chooses from, or the whole of it."""

    def visit(tree: ast.expr) -> ast.expr:
        match tree:
            case ast.Constant(0):
                return closed
            case ast.Call(ast.Name("where"), [condition, then, otherwise]):
                return ast.Call(ast.Name("where"), [condition, visit(then), visit(otherwise)], [])
        return change(tree)

    return ast.unparse(visit(parse_formula(formula)))
