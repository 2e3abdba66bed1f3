"""The command ``gradwalk``: the walk through an expression, its picture, its chain rule."""

import argparse
import math
import os
import re
import sys
from collections.abc import Sequence
from importlib import metadata
from typing import NoReturn

from engine.expression import parse
from viz.draw import draw
from viz.explain import explain
from viz.text import show, walk_text

DESCRIPTION = """\
Walk through the forward and the backward pass of an expression, step by step.

Names in the expression are leaves and need a number each. Besides + - * / **
there are tanh, exp, log, sqrt, relu, sigmoid, maximum, sum and more. A part in
front of a semicolon names a node: "h = w*x; h*h + h".
"""
EXAMPLE = """\
example:
  gradwalk "tanh(x1*w1 + x2*w2 + b)" x1=2 x2=0 w1=-3 w2=1 b=6.8813735870195432
"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ValueError(message)  # told like every other error, in one line


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with these arguments (default: those of the process); 0, or 2 after an error."""
    try:
        show(_run(_options(sys.argv[1:] if argv is None else argv)))
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (ValueError, OSError) as error:
        print(f"gradwalk: error: {error}", file=sys.stderr)
        return 2
    return 0


def _options(argv: Sequence[str]) -> argparse.Namespace:
    parser = _Parser(
        "gradwalk",
        description=DESCRIPTION,
        epilog=EXAMPLE,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("expression", nargs="?", help='such as "tanh(w*x + b)"')
    parser.add_argument("numbers", nargs="*", metavar="name=number", help="the number of a leaf")
    parser.add_argument("--svg", metavar="FILE", help="draw the graph with its gradients into this file as well")
    parser.add_argument("--explain", metavar="NAME", help="print only the chain rule for this leaf or node")
    parser.add_argument("--version", action="version", version=f"gradwalk {_version()}")
    options = parser.parse_intermixed_args(_shielded(argv))
    if options.expression is None:
        raise ValueError('an expression is needed, such as "tanh(w*x + b)" w=1 x=2 b=3 (more: gradwalk --help)')
    return options


def _shielded(argv: Sequence[str]) -> list[str]:
    """The arguments, with a space before an expression such as -x, so that it is not taken for an option.

    After ``--`` everything is an expression or a number.
    """
    end = argv.index("--") if "--" in argv else len(argv)
    shielded = [f" {text}" if re.match("-(?!-|h$)", text) else text for text in argv[:end]]
    return shielded + [f" {text}" for text in argv[end + 1 :]]


def _version() -> str:
    try:
        return metadata.version("gradwalk")
    except metadata.PackageNotFoundError:
        return "(not installed)"


def _run(options: argparse.Namespace) -> str:
    """What the command prints. The picture is written before: where that fails, nothing is printed."""
    root, _ = parse(options.expression.lstrip(), **_numbers(options.numbers))
    text = walk_text(root) if options.explain is None else str(explain(root, options.explain))
    if options.svg is None:
        return text
    root.backward()
    draw(root).save(options.svg)
    return f"{text}\n\nThe graph is drawn in {options.svg}"


def _numbers(texts: list[str]) -> dict[str, float]:
    """The numbers of ``["x=2", "w=-3"]`` by name."""
    numbers: dict[str, float] = {}
    for text in texts:
        name, equals, number = text.partition("=")
        name = name.strip()
        if not equals or not name:
            raise ValueError(f"expected name=number, not {text!r}")
        if name in numbers:
            raise ValueError(f"{name} is given twice: {numbers[name]!r} and {number}")
        try:
            numbers[name] = float(number)
        except ValueError:
            raise ValueError(f"{name}={number}: {number!r} is no number") from None
        if math.isinf(numbers[name]) and "inf" not in number.lower():
            raise ValueError(f"{name}={number}: too large for a float (largest: 1.8e308)")
    return numbers


if __name__ == "__main__":
    sys.exit(main())
