"""Expressions: turn text such as ``"tanh(w*x + b)"`` into a graph. The text is parsed, never executed.

expression   numbers, pi, names, + - * / % ** and ( ) as in Python, ² and ³, and calls of the op table's functions
part         an expression, or name = expression, which names that node
text         part; part; ...     the last part is the root
"""

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from functools import cached_property, partial, reduce
from math import isinf
from unicodedata import normalize

from engine.numbers import CONSTANT, as_float
from engine.ops import Op, table
from engine.registry import apply
from engine.teaching.grammar import (
    BINDING,
    DEEPEST,
    FAMILIAR,
    FUNCTION_HINTS,
    LONGEST,
    LONGEST_CONSTANT,
    MOST_LISTED,
    NOT_FINITE,
    NUMBERS,
    OPTIONAL,
    POWERS,
    SEVERAL,
    SIGN,
    say,
)
from engine.teaching.tokens import ExpressionError, Token, shorten, split
from engine.value import Value, lift

SYMBOLS = {symbol: partial(apply, symbol) for symbol in BINDING}


def parse(text: str, /, **numbers: float) -> tuple[Value, dict[str, Value]]:
    """Return the root of the graph that `text` describes, and its leaves by name.

    numbers   a number for every name in the text that the text does not assign itself; names that are one to Python,
              such as ϕ and φ, are one here, as the text first writes it

    What is computed from numbers alone is a constant, as it would be in Python, whose label is what the text says: pi,
    or 1/3.

    >>> root, leaves = parse("h = w*x; h*h + h", w=2, x=3)
    >>> root.backward()
    >>> root.data, leaves["w"].grad
    (42.0, 39.0)

    ExpressionError (a ValueError) if the text cannot be read, pointing at the column, or if a number is missing or left
    over; TypeError for anything but numbers.
    """
    if not isinstance(text, str):
        raise TypeError(f"an expression is a str, not {type(text).__name__}: {text!r}")
    if len(text) > LONGEST:
        raise ExpressionError(say("long", count=f"{len(text):,}", most=f"{LONGEST:,}"))
    if not text.strip():
        raise ExpressionError(say("empty"))
    parser = _Parser(text)
    leaves = parser.leaves
    for given, number in numbers.items():
        name = parser.spelt.get(normalize("NFKC", given), given)
        if name in leaves:
            twice = [other for other in numbers if normalize("NFKC", other) == normalize("NFKC", given)]
            raise ExpressionError(say("twice", names=" and ".join(map(shorten, twice))))
        try:
            leaves[name] = Value(as_float(number), name)
        except (TypeError, ValueError) as error:
            raise type(error)(f"{shorten(name)}: {error}") from None
    root = parser.parts()
    for name in (name for name in leaves if name not in parser.used):
        names = _list(repr(shorten(used)) for used in sorted(parser.used))
        raise ExpressionError(say("left over" if names else "nameless", name=repr(shorten(name)), names=names))
    return root, leaves


def find_functions() -> dict[str, Callable[..., Value]]:
    """Return the functions that a text may call: the rows of the op table, except those like dot."""
    return {
        row.name: _take_list(row.name) if row.sequences else partial(apply, row.name)
        for row in table.values()
        if row.name.isidentifier() and (not row.sequences or row.letters == "a")
    }


def _take_list(name: str) -> Callable[..., Value]:
    return lambda *values: apply(name, values)


class _Parser:
    """A precedence-climbing parser of one text, which makes nodes as it goes."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens, self.spelt = split(text)
        self.leaves: dict[str, Value] = {}
        self.assigned: dict[str, Value] = {}
        self.constants: dict[str, Value] = {}  # by what they are called
        self.used: set[str] = set()  # the leaves used so far
        self.position = 0
        self.depth = 0

    @cached_property
    def functions(self) -> dict[str, Callable[..., Value]]:
        return find_functions()

    def error(self, sentence: str, at: Token, **words: object) -> ExpressionError:
        return ExpressionError(say(sentence, **words), self.text, at.column)

    @property
    def token(self) -> Token:
        return self.tokens[self.position]

    def take(self) -> Token:
        self.position += 1
        return self.tokens[self.position - 1]

    def next_is(self, symbol: str) -> bool:
        return self.token.kind == "symbol" and self.token.text == symbol

    def parts(self) -> Value:
        """Read all parts; the last one is the root."""
        while True:
            start = self.token
            root, named = self.part()
            if self.token.kind == "end":
                return root
            if not self.next_is(";"):
                raise self.unexpected()
            self.take()
            if self.token.kind == "end":  # a ; at the end of the text
                return root
            if not named:
                raise self.error("part", start)

    def part(self) -> tuple[Value, bool]:
        target = self.token
        if target.kind != "name" or self.tokens[self.position + 1].text != "=":
            return self.alone(self.expression()), False
        self.position += 2
        if target.text in self.leaves:
            raise self.error("given", target, name=_quote(target))
        if target.text in self.assigned:
            raise self.error("assigned", target, name=_quote(target))
        node = self.alone(self.expression())
        node.label = node.label or target.text  # a second name of a node counts only within this text
        self.assigned[target.text] = node
        return node, True

    def alone(self, node: Value) -> Value:
        """The node of a part: not a constant that other places say in the same way, but its number."""
        return lift(node.data) if self.constants.get(node.label) is node else node

    def expression(self, least: int = 1) -> Value:
        """Read an expression of operators that bind at least this tightly."""
        start = self.position
        left = self.operand()
        while self.token.kind == "symbol":
            if self.token.text in POWERS and least <= BINDING["**"]:
                left = self.name_constant(start, _apply(SYMBOLS["**"], left, lift(POWERS[self.take().text])))
                continue
            binding = BINDING.get(self.token.text, 0)
            if binding < least:
                break
            symbol = self.take()
            # ** goes from right to left, the others from left to right
            right = self.nested(binding, symbol) if symbol.text == "**" else self.expression(binding + 1)
            left = self.name_constant(start, _apply(SYMBOLS[symbol.text], left, right))
        return left

    def name_constant(self, start: int, node: Value) -> Value:
        """The node; a constant is called what the text says from `start` to here, if that is short.

        It is the same node in every place that says the same. A remainder would read otherwise beside an operator.
        """
        if node.op != CONSTANT:
            return node
        name = "".join(token.text for token in self.tokens[start : self.position])
        if len(name) > LONGEST_CONSTANT or "%" in name:
            return node
        node.label = name
        return self.constants.setdefault(name, node)

    def nested(self, least: int, opening: Token) -> Value:
        """Read an expression one level deeper."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.error("deep", opening, most=DEEPEST)
        node = self.expression(least)
        self.depth -= 1
        return node

    def operand(self) -> Value:
        token, start = self.token, self.position
        match self.take():
            case ("number", text, _):
                return self.number(text, token)
            case ("name", _, _):
                return self.call(token) if self.next_is("(") else self.name(token)
            case ("symbol", "(", _):
                node = self.nested(1, token)
                self.close(token)
                return node
            case ("symbol", "-" | "+" as sign, _):
                node = self.nested(SIGN, token)
                if sign == "+":
                    return node
                negative = _apply(self.functions["neg"], node)
                return self.name_constant(start, negative) if node.label else negative
        raise self.error("operand", token, token=_quote(token))

    def number(self, text: str, token: Token) -> Value:
        number = float(text)
        if isinf(number):
            raise self.error("large", token, number=shorten(text))
        return lift(number)

    def name(self, token: Token) -> Value:
        name = token.text
        if name in self.assigned:
            return self.assigned[name]
        if name in self.leaves:
            self.used.add(name)
            return self.leaves[name]
        if name in self.functions:
            raise self.error("function", token, name=repr(name), call=name)
        targets = {word.text for word, following in self.words() if following == "="}
        if name in targets:
            raise self.error("early", token, name=_quote(token))
        if name in NUMBERS:
            return self.name_constant(self.position - 1, lift(NUMBERS[name]))
        if name in NOT_FINITE:
            raise self.error("finite", token, name=repr(name))
        known = targets | self.leaves.keys() | self.functions.keys() | NUMBERS.keys()
        missing = dict.fromkeys(w.text for w, following in self.words() if following != "(" and w.text not in known)
        names = list(map(shorten, missing))
        given = " ".join(f"{name}=NUMBER" for name in names[:MOST_LISTED])
        raise self.error("euler" if "e" in names else "missing", token, names=_list(names), given=given)

    def words(self) -> list[tuple[Token, str]]:
        """Return every name in the text, with the text of the token after it."""
        pairs = zip(self.tokens, self.tokens[1:], strict=False)
        return [(token, following.text) for token, following in pairs if token.kind == "name"]

    def call(self, name: Token) -> Value:
        function = name.text if name.text in self.functions else FAMILIAR.get(name.text, name.text)
        if function not in self.functions and function not in SYMBOLS:
            if name.text in self.leaves or name.text in self.assigned:
                raise self.error("number", name, name=_quote(name), product=shorten(name.text))
            if name.text in FUNCTION_HINTS:
                raise self.error("function hint", name, name=repr(name.text), hint=FUNCTION_HINTS[name.text])
            close = get_close_matches(name.text, self.functions, 2)
            functions = " or ".join(close) or ", ".join(self.functions)
            raise self.error("close match" if close else "unknown", name, name=_quote(name), functions=functions)
        start = self.position - 1
        opening = self.take()
        operands = [] if self.next_is(")") else [self.nested(1, opening)]
        while operands and self.next_is(","):
            self.take()
            operands.append(self.nested(1, opening))
        self.close(opening)
        self.check_count(name, table[function], len(operands))
        if function in SEVERAL:
            return self.name_constant(start, reduce(partial(_apply, self.functions[function]), operands))
        if function in OPTIONAL and len(operands) < len(table[function].letters):
            operands.append(lift(OPTIONAL[function]))
        return self.name_constant(start, _apply(self.functions.get(function) or SYMBOLS[function], *operands))

    def check_count(self, name: Token, row: Op, count: int) -> None:
        most = len(row.letters)
        fewest = most - (row.name in OPTIONAL)
        is_open = bool(row.sequences) or row.name in SEVERAL
        if count < fewest or (count > most and not is_open):
            wanted = f"{most} or more" if is_open else f"{fewest} or {most}" if fewest < most else f"{most}"
            raise self.error("count", name, name=name.text, wanted=wanted, s="s" * (wanted != "1"), count=count)

    def close(self, opening: Token) -> None:
        if not self.next_is(")"):
            raise self.unexpected(opening)
        self.take()

    def unexpected(self, opening: Token | None = None) -> ExpressionError:
        """Return the error for a token that cannot follow a complete expression, perhaps within brackets."""
        token = self.token
        product = "product" if token.kind in ("number", "name") or token.text == "(" else ""
        if opening:
            sentence = f"close {product}".rstrip()
            return self.error(sentence, token, column=opening.column + 1, token=_quote(token))
        return self.error(product or "operator", token, token=_quote(token))


def _apply(function: Callable[..., Value], *operands: Value) -> Value:
    """Apply the function; the result is a constant if every operand is one."""
    result = function(*operands)
    return lift(result.data) if all(operand.op == CONSTANT for operand in operands) else result


def _quote(token: Token) -> str:
    return token.text if token.kind == "end" else repr(shorten(token.text))


def _list(names: Iterable[str]) -> str:
    """List the names; of many, only the first ones."""
    every = list(names)
    more = f" and {len(every) - MOST_LISTED:,} more" if len(every) > MOST_LISTED else ""
    return ", ".join(every[:MOST_LISTED]) + more
