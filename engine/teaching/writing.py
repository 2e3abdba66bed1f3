"""Writing: formulas as text, with names or numbers for their letters, as a person would write them."""

import ast
import re
from collections.abc import Mapping
from functools import lru_cache, reduce

from engine.formulas import parse_formula

parse = lru_cache(maxsize=1000)(parse_formula)  # whose trees nobody changes here


def write(formula: str, texts: Mapping[str, str | list[str]], most: int = 6) -> str:
    """Return a formula with texts for its letters, in parentheses where a sign or an operator needs them.

    A reduction over sequences (letters with a list of texts) is written out; beyond `most` elements, the middle ones
    are left out.

    >>> write("1 - y*y", {"y": "-0.5"})
    '1 - (-0.5)*(-0.5)'
    >>> write("sum(a*b) + c", {"a": ["w1", "w2"], "b": ["x1", "-3"], "c": "bias"})
    'w1*x1 + w2*(-3) + bias'
    """
    inserted: list[str] = []  # texts are inserted last, so that spacing does not change them

    def insert(text: str) -> ast.expr:
        inserted.append(text)
        return ast.Name(f"\x00{len(inserted) - 1}\x00")

    def each(expression: ast.expr) -> list[ast.expr]:
        count = max(len(text) for text in texts.values() if isinstance(text, list))
        shown = range(count) if count <= most else [0, 1, -1, count - 1]
        return [insert("…") if index == -1 else build(expression, index, True) for index in shown]

    def build(node: ast.expr, index: int, inner: bool = False) -> ast.expr:
        match node:
            case ast.Name(id) if id in texts:
                text = texts[id]
                chosen = text if isinstance(text, str) else text[index]
                return insert(f"({chosen})" if inner and not _is_atom(chosen) else chosen)
            case ast.BinOp(left, operator, right):
                return ast.BinOp(build(left, index, True), operator, build(right, index, True))
            case ast.UnaryOp(operator, operand):
                return ast.UnaryOp(operator, build(operand, index, True))
            case ast.Compare(left, operators, [right]):
                return ast.Compare(build(left, index), operators, [build(right, index)])
            case ast.Call(ast.Name("sum"), [argument]):
                return reduce(lambda total, term: ast.BinOp(total, ast.Add(), term), each(argument))
            case ast.Call(ast.Name("largest"), [argument]):
                return ast.Call(ast.Name("largest"), each(argument), [])
            case ast.Call(function, arguments):
                return ast.Call(function, [build(argument, index) for argument in arguments], [])
        return node

    text = ast.unparse(build(parse(formula), 0)).replace(" * ", "*").replace(" ** ", "**")
    return re.sub("\x00(\\d+)\x00", lambda match: inserted[int(match[1])], text)


def _is_atom(text: str) -> bool:
    """Whether a text can stand beside an operator without parentheses: a name, a plain number, a call."""
    return bool(re.fullmatch(r"[^\s+*/()-]+|[\d.]+e[+-]\d+|\w+\([^()]*\)", text))
