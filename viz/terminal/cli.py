"""The command ``gradwalk``, which walks through, draws and explains an expression, and makes quizzes and worksheets."""

import argparse
import math
import os
import re
import sys
import textwrap
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import metadata
from typing import NoReturn

from engine.ops import table
from engine.teaching.expression import find_functions, parse
from engine.teaching.grammar import FAMILIAR, TOKENS
from viz.files import check_path
from viz.lines import fill, shorten
from viz.numbers import DIGITS, MOST_DIGITS, check_digits, count_digits, show_digits
from viz.pages.page import page
from viz.paths.strongest import path
from viz.pictures.draw import draw
from viz.playgrounds.playground import playground
from viz.sheets.exercises import find_leaves
from viz.sheets.worksheet import TITLE, Worksheet, worksheet
from viz.terminal.quiz import quiz
from viz.terminal.terminal import close_output, flush, show
from viz.terminal.walk import walk
from viz.words.explain import explain
from viz.words.text import walk_text
from viz.words.words import name_graph

LONGEST = 400  # characters of a line of an error

DESCRIPTION = """\
Walk through the forward and the backward pass of an expression, step by step.

Names in the expression are leaves and need a number each, such as x=2, x=1/3 or
x=-pi. Besides + - * / ** there are the functions below. A part before a
semicolon names a node: "h = w*x; h*h + h".
"""
EXAMPLE = """\
a worksheet on a generated exercise, with its answer key:
  gradwalk --worksheet --level 2 --seed 7 --html sheet.html

twenty sheets on one expression, each with its own numbers, and their keys:
  gradwalk "h = a*b; L = h + c" --worksheet --sheets 20 --html class.html \\
           --key key.html

example:
  gradwalk "tanh(x1*w1 + x2*w2 + b)" x1=2 x2=0 w1=-3 w2=1 b=6.8813735870195432
"""


class _Parser(argparse.ArgumentParser):
    def print_help(self, file: object = None) -> None:
        show(self.format_help().rstrip())  # in letters that the terminal has

    def error(self, message: str) -> NoReturn:
        wrong = next(iter(re.findall("unrecognized arguments: (--[a-z]+)", message)), "")
        close = get_close_matches(wrong, self._option_string_actions, 1)
        message += f" (did you mean {close[0]}?)" if close else ""
        raise ValueError(" ".join(message.split()))  # reported in one line, like every other error


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with these arguments (default: those of the process).

    Returns 0 on success, 1 after an unfinished quiz, 2 after an error, 130 after Ctrl-C.
    """
    try:
        try:
            options = _options(sys.argv[1:] if argv is None else argv)
            with show_digits(options.digits or DIGITS):
                return _run(options)
        finally:
            flush()  # here, where errors are reported
    except BrokenPipeError:
        close_output()
    except (ValueError, OSError) as error:
        print(f"gradwalk: error: {_printable(str(error))}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130  # 128 plus the number of the signal, as in shells
    return 0


def _options(argv: Sequence[str]) -> argparse.Namespace:
    parser = _Parser(
        "gradwalk",
        description=DESCRIPTION,
        epilog=f"{_list_functions()}\n{EXAMPLE}",
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("expression", nargs="?", help='such as "tanh(w*x + b)"')
    parser.add_argument("numbers", nargs="*", metavar="name=number", help="the number of a leaf")
    parser.add_argument("--svg", metavar="FILE", help="also draw the graph with its gradients into this file")
    parser.add_argument("--html", metavar="FILE", help="write a page to step through, or the worksheet, into this file")
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument("--walk", action="store_true", help="step through both passes in the terminal")
    shown.add_argument("--quiz", action="store_true", help="ask for each gradient before showing it")
    shown.add_argument("--explain", metavar="NAME", help="print only the chain rule for this leaf or node")
    shown.add_argument("--path", metavar="NAME", help="show how the gradient shrinks on its way to this leaf or node")
    shown.add_argument("--worksheet", action="store_true", help="write a page to print and fill in, with its answers")
    parser.add_argument("--digits", metavar="N", help="significant digits of what is printed or drawn, 1 to 17 (4)")
    parser.add_argument("--playground", metavar="FILE", help="write a page to type expressions into")
    parser.add_argument("--latex", action="store_true", help="with --explain: print LaTeX")
    parser.add_argument("--level", metavar="N", help="of a generated worksheet: 1 to 6, or several, such as 1-3 or 2,4")
    parser.add_argument("--seed", type=int, metavar="N", help="determines the random numbers of a worksheet")
    several = "how many worksheets, with this seed and the next (one for each level)"
    parser.add_argument("--sheets", type=int, metavar="N", help=several)
    parser.add_argument("--title", metavar="TEXT", help="the title of each worksheet")
    behind = "write the answers into this file instead of behind the worksheets"
    parser.add_argument("--key", metavar="FILE", help=behind)
    parser.add_argument("--version", action="version", version=f"gradwalk {_version()}")
    for text in argv:
        if len(text) > 2 and f"-{text}" in parser._option_string_actions:
            raise ValueError(f"unknown option: {text} (did you mean -{text}?)")
    options = parser.parse_intermixed_args(_shielded(argv))
    if options.expression is None and not options.worksheet and options.playground is None:
        raise ValueError('an expression is needed, such as "tanh(w*x + b)" w=1 x=2 b=3 (more: gradwalk --help)')
    if options.worksheet and (options.html is None or options.svg is not None):
        raise ValueError("a worksheet needs a file of its own: --worksheet --html sheet.html")
    others = ("svg", "html", "digits", "walk", "quiz", "explain", "path", "worksheet")
    if options.playground is not None and any(getattr(options, name) not in (None, False) for name in others):
        raise ValueError("--playground allows no other output: --playground playground.html")
    if options.latex and options.explain is None:
        raise ValueError("--latex goes with a chain rule: --explain NAME --latex")
    if options.digits is not None:
        options.digits = _digits(options.digits)
        if options.html is not None:
            raise ValueError("--digits is for text and drawings, not for a page or a worksheet")
    for name in ("level", "seed", "sheets", "title", "key"):
        if getattr(options, name) is not None and not options.worksheet:
            raise ValueError(f"--{name} is for a worksheet: --worksheet --html sheet.html")
    if options.level is not None and options.expression is not None:
        raise ValueError("--level is for a generated worksheet: leave out the expression")
    return options


def _list_functions() -> str:
    """All functions with their derivatives; operands are a, b, the result is y."""
    lines = ["functions, and their derivatives by each operand (y is the result):"]
    for row in map(table.__getitem__, find_functions()):
        call = f"{row.name}({'a, b, ...' if row.sequences else ', '.join(row.letters)})"
        derivatives = "; ".join(row.derivatives)
        if re.search(r"\bt\b", derivatives):
            derivatives += f", where t is {row.term}"
        lines += textwrap.wrap(derivatives, 80, initial_indent=f"  {call:20}  ", subsequent_indent=" " * 24)
    also = ", ".join(f"{other} is {name}" for other, name in FAMILIAR.items())
    return "\n".join([*lines, *textwrap.wrap(f"{also}.", 80, initial_indent="  ", subsequent_indent="  "), ""])


def _shielded(argv: Sequence[str]) -> list[str]:
    """Put a space before expressions such as -x, so that they are not read as options.

    Everything after ``--`` is an expression or a number.
    """
    end = argv.index("--") if "--" in argv else len(argv)
    shielded = [f" {text}" if re.match("-(?!-|h$)", text) else text for text in argv[:end]]
    return shielded + [f" {text}" for text in argv[end + 1 :]]


def _version() -> str:
    try:
        return metadata.version("gradwalk")
    except metadata.PackageNotFoundError:
        return "(not installed)"


def _run(options: argparse.Namespace) -> int:
    """Do what the options say. Files are written first; if that fails, nothing is printed."""
    for name in ("svg", "html", "key", "playground"):
        if (file := getattr(options, name)) is not None:
            check_path(file, ".svg" if name == "svg" else ".html")
    if options.key is not None and os.path.realpath(options.key) == os.path.realpath(options.html):
        raise ValueError(f"the worksheets and their answers need different files, not both {options.key!r}")
    if options.playground is not None:
        text = None if options.expression is None else options.expression.lstrip()
        playground(text, **_numbers(options.numbers)).save(options.playground)
        show(f"The playground is in {options.playground}: open it in a browser")
        return 0
    if options.worksheet:
        made = _worksheet(options)
        if options.key is None:
            made.save(options.html)
            show(f"The worksheet is in {options.html}, followed by its answers: print it from a browser")
        else:
            made.questions.save(options.html)
            made.answers.save(options.key)
            show(f"The worksheet is in {options.html}, its answers are in {options.key}: print them from a browser")
        return 0
    root, leaves = parse(options.expression.lstrip(), **_numbers(options.numbers))
    called = name_graph(root)
    unused = [name for name, leaf in leaves.items() if leaf not in called]
    without = f"{called[root]} does not depend on {', '.join(map(shorten, unused))}: the gradient is 0"
    if {options.explain, options.path}.intersection(unused):
        raise ValueError(without)
    explained = None if options.explain is None else explain(root, options.explain)
    followed = None if options.path is None else path(root, options.path)
    if options.svg is not None:
        if len(unused) < len(leaves):  # else it is a constant
            root.backward()
        draw(root, digits=count_digits()).save(options.svg)
    if options.html is not None:
        page(root).save(options.html)
    finished = True
    if unused and options.explain is None and options.path is None:
        show(f"{fill([*without.split()])}\n")
    if options.quiz:
        finished = quiz(root).finished
    elif options.walk:
        walk(root)
    elif followed is not None:
        show(str(followed))
    elif explained is None:
        show(walk_text(root))
    else:
        show(explained.latex if options.latex else str(explained))
    if options.svg is not None:
        show(f"\nThe graph is drawn in {options.svg}")
    if options.html is not None:
        show(f"\nThe page to step through is {options.html}: open it in a browser")
    return 0 if finished else 1


def _worksheet(options: argparse.Namespace) -> Worksheet:
    title = TITLE if options.title is None else options.title
    if options.expression is None:
        return worksheet(level=_levels(options.level), seed=options.seed, sheets=options.sheets, title=title)
    text, numbers = options.expression.lstrip(), _numbers(options.numbers)
    if options.seed is None and options.sheets is None and all(name in numbers for name in find_leaves(text)):
        root, _ = parse(text, **numbers)
        return worksheet(root, text=text, title=title)
    return worksheet(text=text, numbers=numbers, seed=options.seed, sheets=options.sheets, title=title)


def _digits(text: str) -> int:
    try:
        return check_digits(int(text))
    except ValueError:
        raise ValueError(f"--digits {text!r}: a whole number from 1 to {MOST_DIGITS}, such as 6") from None


def _levels(text: str | None) -> list[int] | None:
    """The levels of "2", "1-3" or "2,4,4"."""
    if text is None:
        return None
    levels: list[int] = []
    for part in text.split(","):
        ends = re.fullmatch(r"\s*(\d+)(?:\s*-\s*(\d+))?\s*", part)
        if not ends:
            raise ValueError(f"--level {text!r}: a level such as 2, or several such as 1-3 or 2,4")
        first, last = int(ends[1][:4]), int((ends[2] or ends[1])[:4])
        if first > last:
            raise ValueError(f"--level {text!r}: {part.strip()} has no levels: give {last}-{first}")
        levels += range(first, last + 1)
    return levels


def _numbers(texts: list[str]) -> dict[str, float]:
    """The numbers of ``["x=2", "w=-3"]`` by name."""
    numbers: dict[str, float] = {}
    for text in texts:
        text = " ".join(text.split())  # it may be quoted in a message
        name, equals, number = text.partition("=")
        name = name.strip()
        if not equals or not name:
            raise ValueError(f"expected name=number, not {text!r}")
        if name in numbers:
            raise ValueError(f"{name} is given twice: {numbers[name]!r} and {number}")
        try:
            numbers[name] = _read(number)
        except ValueError:
            raise ValueError(f"{name}={number}: {number!r} is not a number (such as 0.42, -3, 1.5e-3 or 1/3)") from None
        if not math.isfinite(numbers[name]) and not re.search("inf|nan", number.lower()):
            is_literal = re.fullmatch(TOKENS["number"], number.strip().lstrip("+-"))
            why = "too large for a float (largest: 1.8e308)" if is_literal else f"comes to {numbers[name]}"
            raise ValueError(f"{name}={number}: {why}")
    return numbers


def _read(text: str) -> float:
    """Read a number, or evaluate an expression of numbers, pi and e."""
    try:
        return float(text)
    except ValueError:
        euler = {"e": math.e} if "e" in re.findall(r"[^\W\d]\w*", text) else {}
        return parse(text, **euler)[0].data


def _printable(message: str) -> str:
    """Make a message safe to print: long lines are shortened, control characters replaced."""
    lines = [shorten(line, LONGEST) for line in message.split("\n")]
    return "\n".join("".join(letter if letter.isprintable() else "?" for letter in line) for line in lines)


if __name__ == "__main__":
    sys.exit(main())
