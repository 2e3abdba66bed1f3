"""Makes exercises in backpropagation, from one product to a small network, with numbers that stay short on paper."""

import math
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import partial
from itertools import pairwise

import numpy as np

from engine.letters import bind
from engine.numbers import CONSTANT
from engine.ops import compile_formula, table
from engine.teaching.answers import is_near
from engine.teaching.expression import parse
from engine.teaching.grammar import NOT_FINITE, NUMBERS
from engine.teaching.mistakes import MISTAKES, RIGHT
from engine.teaching.steps import Step, steps
from engine.teaching.tokens import split
from engine.value import Value, toposort
from viz.lines import shorten
from viz.numbers import as_shown, find_digits, show_digits
from viz.words.exact import EXACT
from viz.words.words import derivative_words, forward_words, name_graph

LEVELS = {
    1: ("L = a*b", "L = a*b*c", "L = a - b"),
    2: ("h = a*b; L = h + c", "h = a + b; L = h*c", "h = a - b; L = h*c", "h = a*b; L = c - h"),
    3: ("z = w*x + b; L = relu(z)", "y = w*x; e = y - t; L = e**2", "h = a + b; k = c - h; L = k*d"),
    4: ("h = a*b; L = h*h + h", "h = a + b; k = a - b; L = h*k", "h = a + b; L = h*a", "h = a*b; k = a - h; L = h*k"),
    5: (
        "z = w1*x1 + w2*x2 + b; y = relu(z); e = y - t; L = e**2",
        "z = w1*x1 + w2*x2 - b; y = relu(z); e = t - y; L = e**2",
        "z = w1*x1 + w2*x2 + b; y = sigmoid(z); L = 8*y",  # at z = 0, where the slope is 1/4
    ),
    6: (
        "h1 = relu(w*x1 + b); h2 = relu(w*x2 + c); y = u*h1 + v*h2; e = y - t; L = e**2",
        "h1 = relu(w*x1 + b); h2 = relu(w*x2 - b); y = u*h1 + v*h2; e = t - y; L = e**2",
        "h1 = relu(w*x1); h2 = relu(w*x2 + b); y = u*h1 - v*h2; e = y - t; L = e**2",
    ),
}
LARGEST = {1: 20, 2: 20, 3: 30, 4: 60, 5: 60, 6: 99}  # of any number in the exercise
MOST_NODES = 30  # in a graph to fill in
NUDGE = 1e-4
SMALLER = 0.1  # times the numbers at which tanh(a*b) is flat: there it is not
SIDE = 1e-6  # distance at which jumps and kinks are looked for
MOST_DRAWS = 60
ROUNDED = 3  # significant digits to which a person rounds
DRAWN = (-4.0, -3.0, -2.0, -1.0, -0.5, 0.5, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0)


def make_exercise(level: int, seed: int) -> tuple[Value, str]:
    """Make an exercise; returns its root, and the text that `engine.parse` read it from.

    All leaves have different numbers, all numbers are multiples of 1/4, most gradients are not 0, every derivative
    exists, and no known mistake gives the right answer by chance. The same level and seed give the same exercise.
    Raises ValueError for an unknown level or a negative seed.
    """
    if level not in LEVELS:
        raise ValueError(f"unknown level: {level!r} (one of {', '.join(map(str, LEVELS))})")
    if seed < 0:
        raise ValueError(f"seed must be a whole number from 0, not {seed}")
    generator = np.random.default_rng([level, seed])
    text = str(generator.choice(LEVELS[level]))
    leaves = find_leaves(text)
    while True:
        numbers = _draw(leaves, generator)
        root, _ = parse(text, **numbers)
        suitable = _is_suitable(root, LARGEST[level]) and not is_on_edge(text, numbers)
        if suitable and not any(find_hidden(root, text, numbers)):
            return root, text


def draw_numbers(text: str, seed: int, given: Mapping[str, float]) -> Value:
    """Build the graph of an expression with random numbers for every leaf not given.

    Exact numbers are preferred, then those for which three digits are enough and at which no function is so flat that
    it hides a mistake. Raises ValueError for a negative seed, for a graph that is too large, for a leaf that the result
    does not depend on, and if no draw gives finite numbers and derivatives everywhere with no mistake hidden.
    """
    if seed < 0:
        raise ValueError(f"seed must be a whole number from 0, not {seed}")
    generator = np.random.default_rng([0, seed])
    leaves = [name for name in find_leaves(text) if name not in given]
    found, flaws = None, (2, 0)  # the best so far: whether it is flat, and whether it needs more digits
    for _ in range(MOST_DRAWS):
        numbers = _draw(leaves, generator) | dict(given)
        root, built = parse(text, **numbers)
        check_size(root)
        order = toposort(root)
        if unused := [name for name, leaf in built.items() if leaf not in order]:
            raise ValueError(f"the result of {shorten(text)!r} does not depend on {shorten(', '.join(unused))}")
        if not all(map(math.isfinite, (root.data, *RIGHT(root).values()))):
            continue
        is_short = _is_suitable(root, max(LARGEST.values()))
        if not is_short and flaws == (0, 0):
            continue
        rounded = int(not is_short and find_rounding(root) > ROUNDED)
        is_worse = not is_short and (0, rounded) >= flaws
        if is_worse or is_on_edge(text, numbers) or any(find_hidden(root, text, numbers)):
            continue
        if is_short:
            return root
        if (flawed := (int(is_flat(root, text, numbers)), rounded)) < flaws:
            found, flaws = root, flawed
    if found is None:
        fixed = shorten(", ".join(f"{name}={number:g}" for name, number in given.items()))
        raise ValueError(
            f"no finite numbers were found for {shorten(text)!r} that avoid jumps and kinks and make every mistake "
            f"give a wrong answer{f' (given: {fixed})' if fixed else ''}"
        )
    return found


def check_size(root: Value) -> None:
    """Raise ValueError for a graph of more nodes than `MOST_NODES`, without constants."""
    count = sum(node.op != CONSTANT for node in toposort(root))
    if count > MOST_NODES:
        raise ValueError(f"a graph of {count:,} nodes is too large to fill in (at most {MOST_NODES})")


def find_leaves(text: str) -> list[str]:
    """The names in an expression that need a number: no pi, which has one, and no nan, which is none.

    >>> find_leaves("h = 2*pi*r; tanh(h) + b*r")
    ['r', 'b']
    """
    tokens, _ = split(text)
    names = [(token.text, after.text) for token, after in pairwise(tokens) if token.kind == "name"]
    known = {name for name, after in names if after == "="}.union(NUMBERS, NOT_FINITE)
    return list(dict.fromkeys(name for name, after in names if after != "(" and name not in known))


def _draw(leaves: list[str], generator: np.random.Generator) -> dict[str, float]:
    """Draw a number for each leaf, without repetition if there are enough."""
    numbers = generator.choice(DRAWN, len(leaves), replace=len(leaves) > len(DRAWN)).tolist()
    return dict(zip(leaves, numbers, strict=True))


def is_on_edge(text: str, numbers: Mapping[str, float]) -> bool:
    """Whether these numbers lie on a jump or a kink, where values or gradients differ between the two sides.

    >>> is_on_edge("L = a % b", {"a": 4.0, "b": 2.0}), is_on_edge("L = a % b", {"a": 5.0, "b": 2.0})
    (True, False)
    """
    sides = []
    for side in (SIDE, -SIDE):
        beside = {
            name: x + side * math.exp(index / 4) * max(abs(x), 1.0) for index, (name, x) in enumerate(numbers.items())
        }
        gradients = RIGHT(parse(text, **beside)[0])
        sides.append([number for node, gradient in gradients.items() for number in (node.data, gradient)])
    return any(abs(one - other) > 0.01 * max(abs(one), abs(other), 0.1) for one, other in zip(*sides, strict=True))


def is_flat(root: Value, text: str, numbers: dict[str, float]) -> bool:
    """Whether a function is so flat at these numbers, as tanh at 16, that it hides a mistake, which a tenth reveals."""
    others = {name: SMALLER * x * math.exp(index / 40) for index, (name, x) in enumerate(numbers.items())}
    pairs = zip(toposort(root), toposort(parse(text, **others)[0]), strict=True)
    taken = [[[local is None for local in node.branch_derivatives] for node in pair] for pair in pairs]
    return all(one == other for one, other in taken) and any(find_hidden(root, text, numbers, others))


def find_rounding(root: Value) -> int:
    """The fewest significant digits, at least three, from which a person comes near every number, step by step.

    >>> find_rounding(Value(0.5).tanh() - 0.5), find_rounding(Value(4.0).tanh() - 1)
    (3, 4)
    """
    called = name_graph(root)
    received: dict[Value, list[Step]] = {}
    with show_digits(ROUNDED):
        digits = [ROUNDED, *(forward_words(node, called).digits for node in called if node.operands)]
        for step in steps(root):
            if step.index is not None and not step.closed:
                digits.append(derivative_words(step.node, step.index, called).digits)
                received.setdefault(step.operand, []).append(step)
        for each in received.values():
            terms = [(step.upstream, step.local) for step in each]
            digits.append(find_digits(partial(_add_up, terms), each[-1].total))
    return max(digits)


def _add_up(terms: list[tuple[float, float]], digits: int) -> float:
    return sum(as_shown(upstream, digits) * as_shown(local, digits) for upstream, local in terms)


def find_hidden(
    root: Value, text: str, numbers: dict[str, float], others: dict[str, float] | None = None
) -> Iterator[tuple[str, Value]]:
    """The mistakes that these numbers hide, each with a node where it gives the right gradient by chance.

    By chance means that other numbers, nearby if none are given, would reveal the mistake. These are shifted by powers
    of e, since no sum of such powers with whole factors is 0. Mistakes that cannot occur in the graph are skipped.
    """
    others = others or {
        name: number * (1 + NUDGE * math.exp(index / 4)) for index, (name, number) in enumerate(numbers.items())
    }
    nearby, _ = parse(text, **others)
    right, right_nearby = RIGHT(root), RIGHT(nearby)
    for mistake in MISTAKES:
        try:
            wrong_nearby = mistake(nearby)
            if all(map(_agree, wrong_nearby.values(), right_nearby.values())):
                continue
            wrong = mistake(root)
        except OverflowError:  # plain recursion, infeasible by hand here
            continue
        for node, twin in zip(right, right_nearby, strict=True):
            if node.op == CONSTANT:
                continue
            pairs = [(wrong[node], wrong_nearby[twin])]
            if mistake.order == "reverse" and is_near(alone := mistake(root, only=node)[node], right[node]):
                pairs.append((alone, mistake(nearby, only=twin)[twin]))  # made at this node alone
            if any(is_near(x, right[node]) and not _agree(y, right_nearby[twin]) for x, y in pairs):
                yield mistake.name, node


def _agree(number: float, other: float) -> bool:
    return math.isclose(number, other, rel_tol=1e-9)


def is_exact(number: float) -> bool:
    """Whether a number is short on paper: a multiple of 1/4 and not large."""
    return (4 * number).is_integer() and abs(number) < 10_000


def comes_out(root: Value) -> bool:
    """Whether all numbers of both passes are short and just what the formulas give: tanh(20) is 1 to a float alone."""
    nodes = [(node, gradient) for node, gradient in RIGHT(root).items() if node.op != CONSTANT]
    return all(is_exact(node.data) and is_exact(gradient) and _is_exact_result(node) for node, gradient in nodes)


def _is_exact_result(node: Value) -> bool:
    if not node.operands:
        return True
    row = table[node.op]
    compute = compile_formula(EXACT, row.forward, row.letters, row.sequences, row.term)
    operands = bind(row, node.operands).values()
    try:
        numbers = [[_written(x) for x in one] if isinstance(one, list) else _written(one) for one in operands]
        return bool(compute(*numbers) == Fraction(node.data))
    except (ArithmeticError, ValueError):  # one of them is no fraction
        return False


def _written(node: Value) -> Fraction:
    """The number as a person writes it: 0.1 is 1/10, which no float is."""
    return Fraction(repr(node.data))


def _is_suitable(root: Value, largest: float) -> bool:
    gradients = RIGHT(root)
    numbers = [number for node, gradient in gradients.items() for number in (node.data, gradient)]
    zeros = [node for node, gradient in gradients.items() if not node.op and gradient == 0]
    leaves = [node for node in gradients if not node.op]
    few = 2 * len(zeros) < len(leaves) if any(node.op == "relu" for node in gradients) else not zeros
    return few and all(is_exact(number) and abs(number) <= largest for number in numbers) and comes_out(root)
