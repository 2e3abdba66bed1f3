"""What the API reference is made from: every public name has a docstring with an example, and with what it raises.

The examples run as doctests; `python -m pdoc engine nn viz` (extra `docs`) makes pages of it all.
"""

import ast
import inspect
import re
import textwrap
from typing import Any

import pytest

import engine
import nn
import viz

NOT_RUN = {"from_torch", "to_torch", "to_onnx", "walk", "quiz"}  # which want a peer, or a person at a terminal
CHECKS = re.compile(r"(arguments\.)?(check_\w+|read_rows|lift_all|lift)")
PUBLIC = {
    f"{package.__name__}.{name}": held
    for package in (engine, nn, viz)
    for name in sorted({*package.__all__, *({"sum"} if package is engine else ())})
    if not inspect.ismodule(held := getattr(package, name))
}


def find_raising(held: Any) -> bool:
    """Whether a function, or the making of an object, raises something itself or checks what it is given."""
    function = held.__dict__.get("__init__") if inspect.isclass(held) else held
    if not inspect.isfunction(function):
        return False
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(function))))
    except OSError:  # made by dataclass
        return False
    return any(
        (isinstance(node, ast.Raise) and node.exc is not None and "AssertionError" not in ast.unparse(node.exc))
        or (isinstance(node, ast.Call) and CHECKS.fullmatch(ast.unparse(node.func)))
        for node in ast.walk(tree)
    )


def find_gaps(name: str, held: Any) -> list[str]:
    """What the docstring of a public name lacks."""
    written, short = inspect.getdoc(held) or "", name.rpartition(".")[2]
    gaps = [] if held.__doc__ else ["docstring"]
    example = rf"\n    (\w+ = )?{short}\(" if short in NOT_RUN else r"\n *>>> "
    if not re.search(example, f"\n{written}"):
        gaps.append("example")
    if find_raising(held) and "Error" not in written:
        gaps.append("errors")
    return gaps


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_name_is_documented(name):
    assert find_gaps(name, PUBLIC[name]) == []


def test_a_gap_is_found():
    def bare(x: int) -> None:
        if x < 0:
            raise ValueError(x)

    class Written:
        """An object.

        >>> 1
        1
        """

        def __init__(self, n: int) -> None:
            check_whole("n", n)  # noqa: F821

    assert find_gaps("bare", bare) == ["docstring", "example", "errors"]
    assert find_gaps("walk", Written) == ["example", "errors"]
    assert find_gaps("Written", Written) == ["errors"]


def test_every_public_method_is_documented():
    for name, held in PUBLIC.items():
        if not inspect.isclass(held):
            continue
        for method, function in vars(held).items():
            if method.startswith("_") or not (inspect.isfunction(function) or isinstance(function, property)):
                continue
            assert inspect.getdoc(function), f"{name}.{method}"
