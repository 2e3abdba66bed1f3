"""Fuzzing of expressions, and of the command that takes them."""

import ast
import io
import math
import re
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from operator import add, mul, sub
from pathlib import Path
from random import Random
from unittest import mock

import numpy as np

from engine import Value
from engine.ops import table
from engine.teaching.expression import find_functions, parse
from tests.fuzz.words import NAMES, Target, mutate, refused, word
from viz.terminal import cli

NUMBERS = (
    "0", "1", "2", "3.", ".5", "0.1", "1e3", "7E-2", "1e308", "1e-320", "5e-324", "123456", "9**9**9", "0" * 400 + "1",
)  # fmt: skip
HUGE = ("1e999", "1e99999999", "1" * 310, "1" + "0" * 5000)
FLOATS = ("0", "-0.0", "1", "-1", "0.5", "2", "-3.25", "700", "1e308", "5e-324", "inf", "-inf", "nan", "1_0", "٣")
NAME = re.compile(r"[^\W\d]\w*")


def make_expression(random: Random) -> list[str]:
    """An expression and name=number for its names, most of them as they should be."""
    names = [random.choice(NAMES) for _ in range(3)]
    text = _expression(random, names, random.choice((1, 2, 3, 4, 6)))
    kind = random.random()
    if kind < 0.1:
        text = f"{random.choice(NAMES)} = {text}; {_expression(random, names, 2)}"
    elif kind < 0.13:  # deep
        count = random.choice((20, 99, 100, 101, 600))
        opening, closing = random.choice((("(", ")"), ("-", ""), ("tanh(", ")"), ("2**", ""), ("1+1*2**(", ")")))
        text = opening * count + text + closing * count
    elif kind < 0.15:  # long
        text = random.choice("+-*/").join([text] * (random.choice((300, 4_900, 99_000)) // (len(text) + 1) + 1))
    if random.random() < 0.35:
        text = mutate(random, text)
    if random.random() < 0.03:
        text = word(random)
    given = {name: random.choice(FLOATS) for name in NAME.findall(text)[:60] if name not in find_functions()}
    given |= {random.choice(NAMES): "1"} if random.random() < 0.03 else {}
    return [text, *(f"{name}={number}" for name, number in given.items() if random.random() < 0.995)]


def _expression(random: Random, names: list[str], depth: int) -> str:
    if depth == 0 or random.random() < 0.1:
        kinds = (names, names, names, NUMBERS, NUMBERS if random.random() < 0.98 else HUGE)
        return random.choice(random.choice(kinds))
    a, b = (_expression(random, names, depth - 1) for _ in range(2))
    form = random.choice(
        (
            "{0} + {1}",
            "{0}-{1}",
            "{0}*{1}",
            "{0} / {1}",
            "{0} % {1}",
            "{0}**{1}",
            "-{0}",
            "+{0}",
            "({0})",
            "({0} * {1})",
            "f",
        )
    )
    if form == "f":
        name = random.choice(list(find_functions()))
        count = len(table[name].letters) if random.random() < 0.97 else 3
        form = f"{name}({', '.join(['{0}', '{1}', '{0}'][:count])})"
    return form.format(a, b)


def check_expression(given: list[str]) -> str:
    """What is accepted has the number that Python finds."""
    text, *numbers = given or [""]
    try:
        leaves = {name: float(number) for name, _, number in (each.partition("=") for each in numbers)}
    except ValueError:
        return "no number"
    try:
        root, found = parse(text, **leaves)
    except ValueError as error:
        return refused(error, lines=3)
    assert {name: repr(leaf.data) for name, leaf in found.items()} == {n: repr(x) for n, x in leaves.items()}
    if found:  # a constant has no backward pass
        root.backward()
    try:
        expected = reference(text, leaves)
    except (RecursionError, MemoryError):  # Python's own parser knows fewer levels, and ours is the stricter one else
        return "accepted, too long for Python"
    assert same(root.data, expected), f"{root.data!r}, not {expected!r}"
    return "accepted"


def same(a: float, b: float) -> bool:
    """Equal, or both nan; functions of C and of NumPy may differ in the last digits."""
    return a == b or (a != a and b != b) or math.isclose(a, b, rel_tol=1e-9)


def reference(text: str, leaves: dict[str, float]) -> float:
    """The number of an expression as Python's own parser reads it: its syntax tree, evaluated in float64.

    Names and numbers are replaced by plain names before, since Python has keywords and numbers of its own.
    """
    scope: dict[str, float] = dict(leaves)
    number = math.nan
    for part in text.rstrip().removesuffix(";").split(";"):
        target, equals, expression = part.rpartition("=")
        meant: list[str] = []

        def put(match: re.Match[str], meant: list[str] = meant) -> str:
            meant.append(match.group())
            return f" n{len(meant) - 1} "

        plain = re.sub(r"[^\W\d]\w*|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?", put, expression)
        tree = ast.parse(re.sub(r"\s+", " ", f"({plain})"), mode="eval")
        number = _evaluate(tree.body, meant, scope)
        if equals:
            scope[target.strip()] = number
    return number


OPERATORS: dict[type[ast.operator], Callable[[np.float64, np.float64], np.float64]] = {
    ast.Add: add, ast.Sub: sub, ast.Mult: mul, ast.Div: np.divide, ast.Mod: np.remainder,
    ast.Pow: lambda a, b: _libm("pow", a, b),
}  # fmt: skip
LIBM = ("exp", "log", "log1p", "expm1", "log2", "log10", "sqrt", "sin", "cos", "tan", "tanh")


def _evaluate(node: ast.expr, meant: list[str], scope: dict[str, float]) -> float:
    match node:
        case ast.Name(name):
            word = meant[int(name[1:])]
            return np.float64(scope[word] if NAME.fullmatch(word) else float(word))
        case ast.BinOp(left, operator, right):
            with np.errstate(all="ignore"):
                return OPERATORS[type(operator)](_evaluate(left, meant, scope), _evaluate(right, meant, scope))
        case ast.UnaryOp(ast.USub(), operand):
            return -_evaluate(operand, meant, scope)
        case ast.UnaryOp(ast.UAdd(), operand):
            return _evaluate(operand, meant, scope)
        case ast.Call(ast.Name(name), operands, []):
            function, numbers = meant[int(name[1:])], [_evaluate(operand, meant, scope) for operand in operands]
            if function in LIBM:
                return _libm(function, *numbers)
            return np.float64(find_functions()[function](*map(Value, numbers)).data)  # what these are, others test
    raise AssertionError(f"accepted, but {ast.unparse(node)[:100]} is no expression")


def _libm(name: str, *operands: float) -> np.float64:
    """A function of C's library, with IEEE 754's inf and nan where Python raises."""
    try:
        return np.float64(getattr(math, name)(*operands))
    except (OverflowError, ValueError):
        with np.errstate(all="ignore"):
            return (np.float_power if name == "pow" else getattr(np, name))(*map(np.float64, operands))


# ---- the command


def make_command(random: Random) -> list[str]:
    """The arguments of the command; behind a last "<" what is typed."""
    expression = make_expression(random)
    name = random.choice([*(each.partition("=")[0] for each in expression[1:]), "v1", word(random)])
    options = {
        0.45: [], 0.6: ["--explain", name], 0.7: ["--explain", name, "--latex"], 0.77: ["--walk"], 0.84: ["--quiz"],
        0.88: ["--svg", "f.svg"], 0.9: ["--html", "f.html"], 0.93: ["--worksheet", "--html", "f.html"],
        1.0: [random.choice(("--", "-h", "--help", "--version", "--latex", "--explain", "--level", word(random)))],
    }  # fmt: skip
    kind = random.random()
    chosen = next(value for most, value in options.items() if kind <= most)
    if {"--svg", "--html"} & set(chosen) and len(expression[0]) > 3000:
        chosen = []  # thousands of boxes take more than a second to place, as they may
    if "--worksheet" in chosen and random.random() < 0.7:
        words = [str(_whole(random)) if random.random() < 0.8 else word(random) for _ in range(2)]
        expression, chosen = [], [*chosen, "--level", words[0], "--seed", words[1]]
    if random.random() < 0.1:
        expression.append(word(random))
    typed = [random.choice(("1", "-0.5", "?", "hint", "q", "", word(random))) for _ in range(random.randrange(4))]
    typed = ["".join(filter(str.isprintable, line)) for line in typed]  # it is repeated as it is
    # a process is never given NUL, and lone surrogates only where they stand for bytes
    return [re.sub("[\x00\ud800-\udfff]", "", each) for each in [*expression, *chosen]] + ["<", *typed]


def _whole(random: Random) -> int:
    return random.choice((1, 2, 3, 4, 5, 6, 0, -1, 7, 2**31, 2**64, 10**30, random.randrange(1000)))


def check_command(given: list[str]) -> str:
    """It ends with 0, or with 2 and one clear line; what is printed moves no cursor and turns no text."""
    arguments, typed = (given[: given.index("<")], given[given.index("<") + 1 :]) if "<" in given else (given, [])
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", errors) for errors in ("strict", "backslashreplace"))
    typing = io.StringIO("".join(f"{line}\n" for line in typed))
    with redirect_stdout(out), redirect_stderr(err), mock.patch("sys.stdin", typing):
        try:
            status = cli.main(arguments)
        except SystemExit as done:  # argparse's way to show its help and the version
            status = done.code
            assert status == 0
    said, complaint = (_written(stream) for stream in (out, err))
    files = {path.name for path in Path().iterdir()}
    for name in files:
        Path(name).unlink()
    if status == 2:
        assert said == "", f"printed before it failed: {said[:200]!r}"
        assert complaint.startswith("gradwalk: error: ")
        assert not files
        return refused(ValueError(complaint.removesuffix("\n")), lines=3 if ": column " in complaint else 1)
    assert status == 0 or (status == 1 and "--quiz" in arguments), f"status {status}"
    assert complaint == "", f"complained: {complaint[:300]!r}"
    for line in said.split("\n"):
        assert line.isprintable(), f"unprintable: {line[:200]!r}"
    return "accepted"


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    return stream.buffer.getvalue().decode("utf-8")


TARGETS = {
    "expression": Target(make_expression, check_expression, 65),
    "command": Target(make_command, check_command, 10),
}
