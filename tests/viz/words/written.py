"""Random formulas as a person writes them, with numbers; and a reader of LaTeX, to work out what was written."""

import random
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from engine import Value, apply, parse
from engine.teaching.grammar import FAMILIAR

NAMES = ("x", "y", "w", "x1", "w_2", "x_", "_", "α", "σ1", "µ_3", "lambda", "class", "theta", "hidden_1", "e", "t")
TARGETS = ("h", "k", "z_1", "v1", "v2", "y_out", "P1")
CONSTANTS = ("2", "3", "7", "1e-3", "1/3", "pi", "2*π", "exp(1)", "2²", "(1-0.9)", "(-2)", "c", "(c-1)", "(c*2)")
CALLS = ("exp", "sin", "tanh", "sigmoid", "σ", "relu", "ReLU", "softplus", "elu", "abs", "detach", "atan", "silu")
PAIRS = ("maximum", "min", "atan2", "logsumexp", "sum")
NUMBERS = (0.0, 1.0, -1.0, 2.0, -3.0, 0.5, 0.01, 12.196, -1 / 3)


def write_formula(seed: int, depth: int = 3) -> tuple[str, dict[str, float]]:
    """A text for `engine.parse`, and a number for each of its names."""
    rng = random.Random(seed)
    names, targets = rng.sample(NAMES, 4), []

    def atom() -> str:
        return rng.choice(CONSTANTS) if rng.random() < 0.2 else rng.choice(names + targets)

    def write(depth: int) -> str:
        if depth == 0:
            return atom()
        first = write(depth - 1)
        match rng.randrange(6):
            case 0 | 1:
                return f"({first}){rng.choice('+-*/')}({write(depth - 1)})"
            case 2:
                return f"{atom()}{rng.choice((' + ', ' - ', '*'))}{first.lstrip('-')}"
            case 3:
                return f"({first}){rng.choice(('**2', '³', '**-1', '**(-2)', f'*-{atom()}'))}"
            case 4:
                return f"{rng.choice(CALLS)}({first})"
        return f"{rng.choice(PAIRS)}({first}, {write(depth - 1)})"

    parts = ["c = 2 + 3"]  # a constant with a name
    for name in rng.sample(TARGETS, rng.randrange(3)):
        parts.append(f"{name} = {write(2)}")
        targets.append(name)
    text = "; ".join([*parts, write(depth)])
    used = set(re.findall(r"(?<![\w.])[^\W\d]\w*", text))
    chosen = {name: rng.choice(NUMBERS) if rng.random() < 0.4 else round(rng.uniform(-3, 3), 3) for name in names}
    return text, {name: number for name, number in chosen.items() if name in used}


def parse_formula(seed: int) -> tuple[str, Value, dict[str, Value]]:
    """A text, its root, and the leaves that the root depends on."""
    text, numbers = write_formula(seed)
    return text, *parse(text, **numbers)


TOKEN = re.compile(r"\\(?:mathrm|operatorname)\{(?:\\text\{.\}|\\.|[^{}])*\}|\\[A-Za-z]+|\d+\.?\d*|\S")


def read_latex(latex: str, names: Mapping[str, float]) -> float:
    """The number that a formula in LaTeX comes to, as a person reads it; ValueError for what is no formula.

    names    the number of each name, as it is written in LaTeX
    """
    inner = re.compile(r"\\mathrm\{([c0-9*-]+)\}")  # a constant such as c-1 is read as the formula it is called by
    latex = inner.sub(lambda name: name[1].replace("*", r"\cdot "), latex)
    tokens = [token for token in TOKEN.findall(latex.replace(r"\ ", "")) if token not in (r"\left", r"\right")]
    with np.errstate(all="ignore"):
        number = _Reader(tokens, {name.replace(r"\ ", "").replace(" ", ""): x for name, x in names.items()}).all()
    return float(number)


class _Reader:
    """Reads sums, products, powers, fractions and calls; two signs side by side are an error."""

    def __init__(self, tokens: list[str], names: Mapping[str, float]) -> None:
        self.tokens, self.names = tokens, names

    def all(self) -> Any:
        number = self.sum()
        if self.tokens:
            raise ValueError(f"{self.tokens[0]} where a sign is expected")
        return number

    def next_is(self, *tokens: str) -> bool:
        return bool(self.tokens) and self.tokens[0] in tokens

    def take(self, token: str) -> None:
        if not self.next_is(token):
            raise ValueError(f"{self.tokens[:1]} in the place of {token}")
        self.tokens.pop(0)

    def within(self, read: Callable[[], Any], first: str = "{", last: str = "}") -> Any:
        self.take(first)
        number = read()
        self.take(last)
        return number

    def sum(self) -> Any:
        if self.next_is("-"):
            self.tokens.pop(0)
            number = -self.product()
        else:
            number = self.product()
        while self.next_is("+", "-"):
            sign = self.tokens.pop(0)
            number = number + self.product() if sign == "+" else number - self.product()
        return number

    def product(self) -> Any:
        number = self.factor()
        while self.next_is(r"\cdot", r"\bmod"):
            sign = self.tokens.pop(0)
            number = number * self.factor() if sign == r"\cdot" else np.mod(number, self.factor())
        return number

    def factor(self) -> Any:
        base = self.within(self.sum) if self.next_is("{") else self.atom()
        if self.next_is("^"):
            self.tokens.pop(0)
            return np.power(base, self.within(self.sum))
        return base

    def atom(self) -> Any:
        token = self.tokens.pop(0)
        if self.next_is("_") and token not in (r"\log",):
            self.tokens.pop(0)
            token += f"_{{{int(self.within(lambda: self.tokens.pop(0)))}}}"
        if token in self.names:
            return np.float64(self.names[token])
        if token == "(":
            self.tokens.insert(0, "(")
            return self.within(self.sum, "(", ")")
        if token == "|":
            self.tokens.insert(0, "|")
            return np.abs(self.within(self.sum, "|", "|"))
        if token == r"\frac":
            return self.within(self.sum) / self.within(self.sum)
        if token == r"\sqrt":
            return np.sqrt(self.within(self.sum))
        if token == r"\pi":
            return np.float64(np.pi)
        if token[0].isdigit():
            return np.float64(token)
        function = re.sub(r"\\arc", "a", re.sub(r"\\operatorname\{(.*)\}", r"\1", token)).lstrip("\\")
        function = {"sigma": "sigmoid"}.get(function, FAMILIAR.get(function, function))
        numbers = self.within(self.operands, "(", ")")
        row = [numbers] if function in ("sum", "logsumexp") else numbers
        if function == "largest":
            return np.max(numbers)
        return np.float64(apply(function, *row).data)

    def operands(self) -> list[float]:
        found = [float(self.sum())]
        while self.next_is(","):
            self.tokens.pop(0)
            found.append(float(self.sum()))
        return found
