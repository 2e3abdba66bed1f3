"""Exercises in backpropagation, from one product to a small network, with numbers that come out short on paper."""

import re

import numpy as np

from engine.teaching.expression import parse
from engine.teaching.mistakes import RIGHT
from engine.value import Value

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
LARGEST = {1: 20, 2: 20, 3: 30, 4: 60, 5: 60, 6: 99}  # of any number on the way
NUMBERS = (-4.0, -3.0, -2.0, -1.0, -0.5, 0.5, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0)


def make_exercise(level: int, seed: int) -> tuple[Value, str]:
    """The root of an exercise, and the text that `engine.parse` read it from.

    No two leaves have the same number, all numbers are multiples of 1/4, and most gradients differ from 0. The
    same level and seed give the same exercise. ValueError for an unknown level or a negative seed.
    """
    if level not in LEVELS:
        raise ValueError(f"unknown level: {level!r} (one of {', '.join(map(str, LEVELS))})")
    if seed < 0:
        raise ValueError(f"a seed is a whole number from 0 on, not {seed}")
    generator = np.random.default_rng([level, seed])
    text = str(generator.choice(LEVELS[level]))
    assigned = set(re.findall(r"(\w+) =", text))
    names = list(dict.fromkeys(re.findall(r"\b[a-z]\w*\b(?!\()", text)))
    leaves = [name for name in names if name not in assigned]
    while True:
        numbers = generator.choice(NUMBERS, len(leaves), replace=False).tolist()
        root, _ = parse(text, **dict(zip(leaves, numbers, strict=True)))
        if _is_suitable(root, LARGEST[level]):
            return root, text


def is_exact(number: float) -> bool:
    """Whether a number is short on paper: a multiple of 1/4, and not large."""
    return (4 * number).is_integer() and abs(number) < 10_000


def _is_suitable(root: Value, largest: float) -> bool:
    gradients = RIGHT(root)
    numbers = [number for node, gradient in gradients.items() for number in (node.data, gradient)]
    zeros = [node for node, gradient in gradients.items() if not node.op and gradient == 0]
    leaves = [node for node in gradients if not node.op]
    few = 2 * len(zeros) < len(leaves) if any(node.op == "relu" for node in gradients) else not zeros
    return few and all(is_exact(number) and abs(number) <= largest for number in numbers)
