"""Expressions as the playground reads them, beside Python: the same nodes, names and numbers, or the same sentence."""

import ast
import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any
from unicodedata import category

from engine import Value, toposort
from engine.numbers import CONSTANT
from engine.teaching.expression import parse
from engine.teaching.tokens import ExpressionError, split
from tests.agreement.pairs import find_errors, local_errors
from tests.agreement.peers import as_text
from tests.agreement.verdicts import agree
from tests.fuzz.expressions import make_expression
from tests.fuzz.words import mutate
from viz.pages.page import _nodes
from viz.playgrounds.playground import playground
from viz.words.words import name_graph

Given = tuple[str, dict[str, float]]  # a text, and numbers for its names
Reading = list[Any]  # the nodes and the leaves; or the reason, the column and the message of an error
Read = Callable[[list[Given]], list[Reading]]

ROOT = Path(__file__).parents[2]
AT_ONCE = 200
EXACT = {"", CONSTANT, "+", "-", "*", "/", "%", "neg", "abs", "sqrt", "relu", "maximum", "minimum", "sum", "step",
         "sign", "clip", "leaky_relu", "detach"}  # whose arithmetic is the same everywhere, bit for bit  # fmt: skip

READ = """(text) => JSON.stringify(JSON.parse(text).map(([text, numbers]) => {
    try {
        const parsed = parseExpression(text, new Map(numbers.map(([name, number]) => [name, asFloat(number)])));
        const write = (number) => Object.is(number, -0) ? "-0.0" : number;
        for (const node of parsed.nodes) {
            node[3] = write(node[3]);
            node[4] = node[4].map(write);
        }
        return [parsed.nodes, [...parsed.leaves]];
    } catch (error) {
        if (!(error instanceof ExpressionError)) throw error;
        return [error.reason, error.column, error.message];
    }
}))"""


@dataclass
class Agreement:
    """How many texts were read, how many of these are expressions, of how many nodes; those that disagree."""

    texts: int = 0
    accepted: int = 0
    nodes: int = 0
    disagreements: dict[str, str] = field(default_factory=dict)


def open_language(browser: Any) -> Read:
    """The playground's parser, in a tab of a browser."""
    tab = browser.new_context(offline=True).new_page()
    tab.set_content(playground().html)

    def read(given: list[Given]) -> list[Reading]:
        sent = [[text, [[name, as_text(number)] for name, number in numbers.items()]] for text, numbers in given]
        found: list[Reading] = json.loads(tab.evaluate(READ, json.dumps(sent)))
        return found

    return read


def compare_expressions(read: Read, given: list[Given]) -> Agreement:
    """Read all of them with both."""
    agreement = Agreement()
    for start in range(0, len(given), AT_ONCE):
        some = given[start : start + AT_ONCE]
        for (text, numbers), reading in zip(some, read(some), strict=True):
            agreement.texts += 1
            try:
                root, leaves = parse(text, **numbers)
            except ExpressionError as error:
                if reading != [error.reason, error.column, str(error)]:
                    agreement.disagreements[text] = f"{str(error)!r} and {reading[-1]!r}"
                continue
            agreement.accepted += 1
            agreement.nodes += len(toposort(root))
            difference = None if len(reading) == 3 else find_difference(root, leaves, reading)
            if len(reading) == 3 or difference:
                agreement.disagreements[text] = difference or f"refused: {reading[0]}"
    return agreement


def find_difference(root: Value, leaves: dict[str, Value], reading: Reading) -> str | None:
    """What the page has otherwise; None where nothing is. Local derivatives of constants are read by nobody."""
    called = name_graph(root)
    order = list(called)
    number = {node: index for index, node in enumerate(order)}
    nodes, found = reading
    if found != [[name, number.get(leaf)] for name, leaf in leaves.items()]:
        return f"leaves {found}"
    if [[*node[:3], node[5]] for node in nodes] != [[*node[:3], node[5]] for node in _nodes(called)]:
        return f"nodes {[node[:3] for node in nodes][:20]}"
    is_exact = EXACT.issuperset(node.op for node in order)
    values, _ = find_errors(order)
    for index, (node, theirs) in enumerate(zip(order, nodes, strict=True)):
        if not is_same(node.data, theirs[3], is_exact, values[node]):
            return f"value {index}: {node.data!r} and {theirs[3]}"
        errors = local_errors(node, values)
        for operand, ours, local, error in zip(node.operands, node.branch_derivatives, theirs[4], errors, strict=True):
            if operand.op == CONSTANT:
                continue
            if (ours is None) != (local is None) or (
                ours is not None and not is_same(ours, local, is_exact, error + 1e-9 * abs(ours))
            ):
                return f"local derivative of {index}: {ours!r} and {local}"
    return None


def is_same(ours: float, theirs: float | str, is_exact: bool, error: float) -> bool:
    number = float(theirs)
    if is_exact:
        return repr(ours) == repr(number)
    return agree(ours, number) or abs(ours - number) <= error or not math.isfinite(error)


def find_texts() -> list[Given]:
    """The expressions of tests and demos, with a number for each name; of the parser's own tests also what is none."""
    texts: dict[str, None] = {}
    for file in sorted([*(ROOT / "tests").rglob("*.py"), *(ROOT / "demos").rglob("*.py")]):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 1000:
                given = give_numbers(node.value)
                if file.name == "test_expression.py" or is_expression(*given):
                    texts[node.value] = None
    return [give_numbers(text) for text in texts]


def is_expression(text: str, numbers: dict[str, float]) -> bool:
    try:
        return bool(parse(text, **numbers)[0].operands)
    except ExpressionError:
        return False


def give_numbers(text: str) -> Given:
    """A text with numbers for its names, but for those that it assigns or calls."""
    try:
        tokens, _ = split(text)
    except ExpressionError:
        return text, {}
    words = [(token.text, following.text) for token, following in pairwise(tokens) if token.kind == "name"]
    taken = {name for name, following in words if following in ("=", "(")}
    names = dict.fromkeys(name for name, _ in words if name not in taken)
    return text, {name: round(0.7 + 0.45 * place, 2) for place, name in enumerate(names)}


def is_known(text: str) -> bool:
    """Whether Python knows all its letters: a browser may know newer ones, and quote them as they are."""
    return not any(category(letter) == "Cn" and ord(letter) & 0xFFFE != 0xFFFE for letter in text)


def make_expressions(count: int, seed: int) -> Iterator[Given]:
    """Random expressions, most of them as they should be."""
    random = Random(seed)
    while count:
        text, *given = make_expression(random)
        if not is_known(text):
            continue
        try:
            numbers = {name: float(number) for name, _, number in (each.partition("=") for each in given)}
        except ValueError:
            continue
        count -= 1
        yield text, numbers


def mutate_expressions(given: list[Given], count: int, seed: int) -> Iterator[Given]:
    """Expressions with something left out, doubled, moved or put in; half of them with numbers for what is left."""
    random = Random(seed)
    while count:
        text, numbers = random.choice(given)
        text = mutate(random, text)
        if not is_known(text):
            continue
        count -= 1
        yield (text, numbers) if random.random() < 0.5 else give_numbers(text)
