"""Change the engine one formula, comparison or sign at a time, and see whether the tests notice.

python -m tests.mutants [--only ops] [--workers 2]

The checkout is copied into a temporary folder for each worker; nothing else is touched. Each mutant runs the tests of
its file until the first failure. Those that no test fails for are listed, except where EQUIVALENT says why none could.
"""

import argparse
import ast
import multiprocessing
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

ROOT = Path(__file__).parent.parent
SECONDS = 120  # for the tests of one mutant; a pass that never ends is noticed too

FILES = {
    "ops": "engine/ops.py",
    "value": "engine/value.py",
    "graph": "engine/graph.py",
    "tape": "engine/tape/tape.py",
}
TESTS = {
    "ops": ["tests/test_ops.py", "tests/test_survivors.py", "tests/test_gradients.py", "tests/test_agreement.py"],
    "value": [
        "tests/test_value.py", "tests/test_survivors.py", "tests/test_gradients.py", "tests/test_debug.py",
        "tests/test_ops.py", "engine/value.py", "tests/test_agreement.py",
    ],
    "graph": ["tests/test_graph.py", "tests/test_survivors.py", "engine/graph.py", "tests/test_dot.py"],
    "tape": ["tests/test_tape.py", "tests/test_survivors.py", "tests/test_recording.py", "engine/tape/tape.py"],
}  # fmt: skip

# Mutants that no test can tell from the original, and why.
TIE = "a == b was asked before, and with nan both comparisons fail"
EQUIVALENT: dict[tuple[str, str, str], str] = {
    (
        "elu by a",
        "where(a <= 0, exp(a), 1)",
        "where(a < 0, exp(a), 1)",
    ): "exp(0) is 1; only elu'' at 0 tells them apart",
    ("leaky_relu by b", "where(a > 0, 0, a)", "where(a >= 0, 0, a)"): "at 0 both are 0",
    ("elif step < count:", "step < count", "step <= count"): "one block: a copy that nobody reads",
    ("if step < count:", "step < count", "step <= count"): "one block: an array copied to itself",
    (
        "if not start or len(block) < step:  # the last block may be another replay",
        "len(block) < step",
        "len(block) <= step",
    ): "the same numbers computed again",
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


@dataclass(frozen=True)
class Mutant:
    """A change: in which file and where, from what to what, and the whole file with it."""

    part: str
    where: str
    before: str
    after: str
    source: str

    def __str__(self) -> str:
        return f"{FILES[self.part]}, {self.where}: {self.before}  ->  {self.after}"


def mutants(part: str) -> list[Mutant]:
    """The mutants of a file: of the op table every formula's, of the others every comparison's and sign's."""
    source = (ROOT / FILES[part]).read_text(encoding="utf-8")
    return list(mutate_table(source) if part == "ops" else mutate_code(part, source))


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
                yield Mutant("ops", f"{name.value} by {letter}", before, after, ast.unparse(tree))
            formula.value = before


def mutate_formula(formula: str) -> Iterator[str]:
    """The formula a little larger, and with each operator, sign, comparison and number changed.

    >>> list(mutate_formula("1 - y*y"))
    ['(1 - y*y)*1.0001', '1 + y * y', '2 - y * y', '1 - y / y']
    """
    if formula != "0":
        yield f"({formula})*1.0001"
    for _, after in changes(ast.parse(formula, mode="eval"), IN_FORMULAS, SIGNS | PRODUCTS, numbers=True):
        yield ast.unparse(after)


def mutate_code(part: str, source: str) -> Iterator[Mutant]:
    tree, lines = ast.parse(source), source.splitlines()
    for (line, before, after), changed in changes(tree, COMPARISONS, SIGNS):
        yield Mutant(part, f"line {line}: {lines[line - 1].strip()}", before, after, ast.unparse(changed))


def changes(tree, comparisons, operators, numbers=False) -> Iterator[tuple[tuple[int, str, str], ast.AST]]:
    """Every single change of a syntax tree: line, before, after; and the whole tree with it."""
    for node in list(ast.walk(tree)):
        before = ast.unparse(node) if isinstance(node, ast.expr | ast.stmt) else ""
        for field, value in alternatives(node, comparisons, operators, numbers):
            original = getattr(node, field)
            setattr(node, field, value)
            yield (getattr(node, "lineno", 0), before, ast.unparse(node)), tree
            setattr(node, field, original)


def alternatives(node, comparisons, operators, numbers) -> Iterator[tuple[str, object]]:
    """A field of the node, and what to put there instead."""
    match node:
        case ast.Compare(_, [sign], _):
            for other in comparisons[type(sign)]:
                yield "ops", [other()]
        case ast.Compare(_, signs, _):
            for place, sign in enumerate(signs):
                for other in comparisons[type(sign)]:
                    yield "ops", [*signs[:place], other(), *signs[place + 1 :]]
        case ast.BinOp(_, sign, _) | ast.AugAssign(_, sign, _) if type(sign) in operators:
            yield "op", operators[type(sign)]()
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


def run_tests(folder: Path, tests: list[str]) -> int:
    """Run tests in a folder, in a process of their own that has pytest and PyTorch already; its exit code.

    124 if they do not end in time.
    """
    process = multiprocessing.get_context("fork").Process(target=_pytest_in, args=(folder, tests))
    process.start()
    process.join(SECONDS)
    if process.is_alive():
        process.kill()
        process.join()
        return 124
    return process.exitcode or 0


def _pytest_in(folder: Path, tests: list[str]) -> None:
    import pytest

    os.chdir(folder)
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    sys.dont_write_bytecode = True
    sys.path[:] = [str(folder), *(path for path in sys.path if path and Path(path).resolve() != ROOT)]
    arguments = ["-x", "-q", "-p", "no:cacheprovider", "-k", "not page and not command and not each_mutant", *tests]
    os._exit(int(pytest.main(arguments)))


def copy_checkout(folder: Path) -> None:
    for name in ("engine", "nn", "viz", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("setup.cfg", "pyproject.toml", "README.md"):
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, folder)


def work(todo: list[Mutant], found: "Queue[tuple[Mutant | str, int]]") -> None:
    """Put each mutant into a copy of the checkout, and how its tests ended into `found`; "" is the file as it was."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        copy_checkout(folder)
        for mutant in todo:
            path = folder / FILES[mutant.part]
            original = path.read_text(encoding="utf-8")
            path.write_text(mutant.source, encoding="utf-8")
            tests = [test for test in TESTS[mutant.part] if (folder / test).exists()]
            found.put((mutant, run_tests(folder, tests)))
            path.write_text(original, encoding="utf-8")


def untouched(part: str) -> Mutant:
    """The file as it is, as mutants are written: its tests must pass."""
    source = ast.unparse(ast.parse((ROOT / FILES[part]).read_text(encoding="utf-8")))
    return Mutant(part, "everywhere", "as it is", "as it is", source)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", choices=FILES, help="one file")
    parser.add_argument("--workers", type=int, default=2, help="how many mutants at a time")
    given = parser.parse_args(arguments)
    preload()
    survivors = 0
    for part in [given.only] if given.only else FILES:
        everything = [untouched(part), *mutants(part)]
        found: Queue[tuple[Mutant, int]] = multiprocessing.get_context("fork").Queue()
        workers = [
            multiprocessing.get_context("fork").Process(target=work, args=(everything[i :: given.workers], found))
            for i in range(given.workers)
        ]
        for worker in workers:
            worker.start()
        counts = {"caught": 0, "equivalent": 0, "survived": 0}
        for _ in everything:
            mutant, code = found.get()
            if mutant == everything[0]:
                if code:
                    print(f"{FILES[part]}: its tests fail without any change ({code})", flush=True)
                    survivors += 1
            elif code:
                counts["caught"] += 1
            elif (mutant.where.partition(": ")[2] or mutant.where, mutant.before, mutant.after) in EQUIVALENT:
                counts["equivalent"] += 1
            else:
                counts["survived"] += 1
                print(f"survived: {mutant}", flush=True)
        for worker in workers:
            worker.join()
        survivors += counts["survived"]
        print(f"{FILES[part]}: {', '.join(f'{count} {what}' for what, count in counts.items())}", flush=True)
    return 1 if survivors else 0


def preload() -> None:
    """Import what takes long and is not ours once; the processes of the mutants inherit it."""
    for name in ("numpy", "pytest", "torch", "mpmath"):
        try:
            __import__(name)
        except ImportError:
            print(f"{name} is not installed: fewer tests will notice", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
