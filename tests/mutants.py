"""Change the engine one formula, comparison or sign at a time, and see whether the tests notice.

python -m tests.mutants [--only engine/ops.py] [--workers 2]

The checkout is copied into a temporary folder for each worker; nothing else is touched. Each mutant runs the tests of
its file until the first failure. Those that no test fails for are listed, except where EQUIVALENT says why none could.
"""

import argparse
import ast
import multiprocessing
import os
import re
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
TABLE = "engine/ops.py"  # whose formulas are changed; of the other files the code
WRITER = "engine/operations.py"  # which writes code, in texts
COPIED = ("engine", "nn", "viz", "tests")
TAPE = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("engine/tape/*.py"))

# For each file the tests that are to notice, those that notice most first.
TESTS = {
    TABLE: [
        "tests/engine/test_ops.py", "tests/test_survivors.py", "tests/engine/test_gradients.py",
        "tests/agreement/test_agreement.py",
    ],
    **{
        path: [
            "tests/engine/test_value.py", "tests/engine/test_operations.py", "tests/engine/test_numbers.py",
            "tests/engine/test_branches.py",
            "tests/test_survivors.py", "tests/engine/test_gradients.py",
            "tests/engine/teaching/test_debug.py", "tests/engine/test_ops.py", path,
            "tests/agreement/test_agreement.py",
        ]
        for path in (
            "engine/formulas.py", "engine/value.py", WRITER, "engine/functions.py", "engine/registry.py",
            "engine/letters.py", "engine/looks.py", "engine/modes.py", "engine/numbers.py", "engine/branches.py",
            "engine/special.py",
        )
    },
    "engine/teaching/graph.py": [
        "tests/engine/teaching/test_graph.py", "tests/test_survivors.py", "engine/teaching/graph.py",
        "tests/viz/pictures/test_dot.py",
    ],
    **{
        path: [
            "tests/engine/tape/test_plans.py", "tests/engine/tape/test_slots.py",
            "tests/engine/tape/test_arithmetic.py", "tests/engine/tape/test_tape.py",
            "tests/engine/tape/test_source.py",
            "tests/nn/training/test_recording.py", "tests/test_survivors.py", path, "tests/agreement/test_agreement.py",
        ]
        for path in TAPE
    },
}  # fmt: skip
# What takes long: a browser, JAX, the shrinking of a disagreement, the command.
LEFT_OUT = "not page and not jax and not smallest and not command and not each_mutant"

# Mutants that no test can tell from the original, and why. For code, the text of the line comes first.
TRUTHS = "BOOLEAN = (np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal, np.logical_not)"
TIE = "a == b was asked before, and with nan both comparisons fail"
ZERO = "they differ in the sign of a zero at most, which NumPy and PyTorch choose differently too"
EQUIVALENT: dict[tuple[str, str, str], str] = {
    **{
        (f"return a if a {sign} b or a != a else b{comment}", f"a {sign} b", f"a {sign}= b"): ZERO
        for sign, comment in ((">", "  # nan if either is nan"), ("<", ""))
    },
    ("leaky_relu by b", "where(a > 0, 0, a)", "where(a >= 0, 0, a)"): "at 0 both are 0",
    (
        "again = met[left, right] = met.get((left, right), 0) + 1  # equal samples are kept apart",
        "met.get((left, right), 0) + 1",
        "met.get((left, right), 0) - 1",
    ): "numbers that go down are as distinct",
    (
        "if dependence == FIXED or replay.layout.slots[index] < 0:",
        "replay.layout.slots[index] < 0",
        "replay.layout.slots[index] <= 0",
    ): "the gradient in slot 0 is computed again from those of its readers: the same",
    (
        "if sampled and width > 1 and lies_by_row(right.slots):  # one product for each list of operands",
        "width > 1",
        "width >= 1",
    ): "one list: the same shapes",
    ("if len(chosen) > 1:", "len(chosen) > 1", "len(chosen) >= 1"): "one row, sorted, is as it was",
    **{
        (TRUTHS, f"np.{one}", f"np.{other}"): "truth values kept as 1.0 and 0.0: slower, the same numbers"
        for one, other in (
            ("less", "less_equal"),
            ("less_equal", "less"),
            ("greater", "greater_equal"),
            ("greater_equal", "greater"),
        )
    },
    **{
        (
            f"{name} by {letter}",
            f"where(a == b, 0.5, where({sides}, 0, 1))",
            f"where(a == b, 0.5, where({other}, 0, 1))",
        ): TIE
        for name, letter, sides, other in (
            ("maximum", "a", "a < b", "a <= b"),
            ("maximum", "b", "b < a", "b <= a"),
            ("minimum", "a", "a > b", "a >= b"),
            ("minimum", "b", "b > a", "b >= a"),
        )
    },
}

COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,), ast.NotIn: (ast.In,),
}  # fmt: skip
IN_FORMULAS = {**COMPARISONS, ast.Eq: (ast.LtE, ast.GtE)}  # whose syntax has no !=
SIGNS: dict[type[ast.operator], type[ast.operator]] = {ast.Add: ast.Sub, ast.Sub: ast.Add}
PRODUCTS: dict[type[ast.operator], type[ast.operator]] = {ast.Mult: ast.Div, ast.Div: ast.Mult}
# Comparisons and signs that are functions of `operator` or NumPy.
FUNCTIONS = {
    "lt": "le", "le": "lt", "gt": "ge", "ge": "gt", "add": "subtract", "subtract": "add",
    "less": "less_equal", "less_equal": "less", "greater": "greater_equal", "greater_equal": "greater",
}  # fmt: skip

WORDS = {" is not ": " is ", " is None": " is not None", " == ": " != ", " != ": " == "}


@dataclass(frozen=True)
class Mutant:
    """A change: in which file and where, from what to what, and the whole file with it."""

    path: str
    line: int
    where: str
    before: str
    after: str
    source: str

    @property
    def is_equivalent(self) -> bool:
        return (self.where, self.before, self.after) in EQUIVALENT

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.where}: {self.before}  ->  {self.after}"


@cache
def mutants(path: str) -> list[Mutant]:
    """The mutants of a file: of the op table every formula's, of the others every comparison's and sign's."""
    source = (ROOT / path).read_text(encoding="utf-8")
    return list(mutate_table(source) if path == TABLE else mutate_code(path, source))


def mutate_table(source: str) -> Iterator[Mutant]:
    tree = ast.parse(source)
    rows = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Op"]
    for row in rows:
        name, _, derivatives = row.args
        assert isinstance(name, ast.Constant)
        assert isinstance(derivatives, ast.Tuple)
        for letter, formula in zip("abc", derivatives.elts, strict=False):
            assert isinstance(formula, ast.Constant)
            before = str(formula.value)
            for after in mutate_formula(before):
                formula.value = after
                yield Mutant(TABLE, row.lineno, f"{name.value} by {letter}", before, after, ast.unparse(tree))
            formula.value = before


def mutate_formula(formula: str) -> Iterator[str]:
    """The formula a little larger, and with each operator, sign, comparison and number changed.

    >>> list(mutate_formula("1 - y*y"))
    ['(1 - y*y)*1.0001', '1 + y * y', '2 - y * y', '1 - y / y']
    """
    if formula != "0":
        yield f"({formula})*1.0001"
    tree = ast.parse(formula, mode="eval")
    for _ in changes(tree, IN_FORMULAS, SIGNS | PRODUCTS, numbers=True):
        yield ast.unparse(tree)


def mutate_code(path: str, source: str) -> Iterator[Mutant]:
    statements, lines = ast.parse(source).body, source.splitlines()
    texts = [ast.unparse(statement) for statement in statements]
    for place, statement in enumerate(statements):
        for line, before, after in changes(statement, COMPARISONS, SIGNS, texts=path == WRITER):
            changed = "\n".join([*texts[:place], ast.unparse(statement), *texts[place + 1 :]])
            yield Mutant(path, line, lines[line - 1].strip(), before, after, changed)


def changes(tree, comparisons, operators, numbers=False, texts=False) -> Iterator[tuple[int, str, str]]:
    """Make every single change of a syntax tree, one after the other: line, before, after."""
    nodes = list(ast.walk(tree))
    docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        if id(node) in docstrings:
            continue
        before = ast.unparse(node) if isinstance(node, ast.expr | ast.stmt) else ""
        for field, value in alternatives(node, comparisons, operators, numbers, texts):
            original = getattr(node, field)
            setattr(node, field, value)
            yield getattr(node, "lineno", 0), before, ast.unparse(node)
            setattr(node, field, original)


def alternatives(node, comparisons, operators, numbers, texts) -> Iterator[tuple[str, object]]:
    """A field of the node, and what to put there instead."""
    match node:
        case ast.Compare(_, signs, _):
            for place, sign in enumerate(signs):
                for other in comparisons[type(sign)]:
                    yield "ops", [*signs[:place], other(), *signs[place + 1 :]]
        case ast.BinOp(_, sign, _) | ast.AugAssign(_, sign, _) if type(sign) in operators:
            yield "op", operators[type(sign)]()
        case ast.Attribute(ast.Name("operator" | "np"), name) if name in FUNCTIONS:
            yield "attr", FUNCTIONS[name]
        case ast.UnaryOp(ast.USub(), _):
            yield "op", ast.UAdd()
        case ast.UnaryOp(ast.Not(), ast.Compare()):
            pass  # the comparison in it is changed
        case ast.Constant(bool()):
            pass
        case ast.Constant(int(number)) if numbers:
            yield "value", number + 1
        case ast.Constant(float(number)) if numbers:
            yield "value", number * 1.001
        case ast.Constant(str(text)) if texts:
            for word, other in WORDS.items():
                for found in re.finditer(re.escape(word), text):
                    yield "value", text[: found.start()] + other + text[found.end() :]


# ---- to run the tests of a mutant


def copy_checkout(parent: str) -> None:
    """Make this worker's copy of the checkout, and go there."""
    folder = Path(tempfile.mkdtemp(dir=parent)).resolve()
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("setup.cfg", "pyproject.toml", "README.md", "conftest.py"):
        shutil.copy(ROOT / name, folder)
    os.chdir(folder)


def is_caught(mutant: Mutant, seconds: float) -> bool:
    """Whether the tests notice the mutant: one of them fails, or they do not end in time."""
    path = Path(mutant.path)
    original = path.read_text(encoding="utf-8")
    path.write_text(mutant.source, encoding="utf-8")
    process = multiprocessing.get_context("fork").Process(target=run_tests, args=(TESTS[mutant.path],))
    process.start()
    process.join(seconds)
    is_late = process.is_alive()
    if is_late:
        process.kill()
        process.join()
    path.write_text(original, encoding="utf-8")
    return is_late or process.exitcode != 0


def run_tests(tests: list[str]) -> None:
    """In a process of its own, that has inherited pytest and PyTorch."""
    import pytest

    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    sys.dont_write_bytecode = True
    sys.path[:] = [os.getcwd(), *(path for path in sys.path if path and Path(path).resolve() != ROOT)]
    for name in [name for name in sys.modules if name.partition(".")[0] in COPIED]:  # of the checkout itself
        del sys.modules[name]
    os._exit(int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-k", LEFT_OUT, *tests])))


def preload() -> None:
    """Import what takes long and is not ours once; the processes of the mutants inherit it."""
    for name in ("numpy", "pytest", "torch", "mpmath"):
        try:
            __import__(name)
        except ImportError:
            print(f"{name} is not installed: fewer tests will notice", file=sys.stderr)


def untouched(path: str) -> Mutant:
    """The file as it is, as mutants are written: its tests must pass."""
    return Mutant(path, 0, "", "", "", ast.unparse(ast.parse((ROOT / path).read_text(encoding="utf-8"))))


def main(arguments: list[str] | None = None) -> int:
    """0 if every mutant was caught, 1 if not."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", choices=TESTS, metavar="FILE", help="one file, such as engine/ops.py")
    parser.add_argument("--workers", type=int, default=2, help="how many mutants at a time")
    given = parser.parse_args(arguments)
    preload()
    total: Counter[str] = Counter()
    fork = multiprocessing.get_context("fork")
    with (
        tempfile.TemporaryDirectory() as folder,
        ProcessPoolExecutor(given.workers, fork, copy_checkout, (folder,)) as workers,
    ):
        for path in [given.only] if given.only else TESTS:
            everything = mutants(path)
            if not everything:
                continue
            start = time.perf_counter()
            if workers.submit(is_caught, untouched(path), 600).result():
                print(f"{path}: its tests fail without any change", flush=True)
                return 1
            limit = 10 * (time.perf_counter() - start)
            counts: Counter[str] = Counter()
            for mutant, caught in zip(
                everything, workers.map(is_caught, everything, [limit] * len(everything)), strict=True
            ):
                counts["caught" if caught else "equivalent" if mutant.is_equivalent else "survived"] += 1
                if not caught and not mutant.is_equivalent:
                    print(f"survived: {mutant}", flush=True)
            total += counts
            print(f"{path}: {describe(counts)}, {time.perf_counter() - start:.0f} s", flush=True)
    print(f"all: {describe(total)}")
    return 1 if total["survived"] else 0


def describe(counts: Counter[str]) -> str:
    return ", ".join(f"{counts[what]} {what}" for what in ("caught", "equivalent", "survived"))


if __name__ == "__main__":
    sys.exit(main())
