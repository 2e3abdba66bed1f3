"""The runner: what all demos share. A demo is a module with a main(out, seed=0, ...); its parameters become options."""

import argparse
import ast
import inspect
import io
import math
import os
import re
import sys
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, NoReturn, get_args, get_origin, get_type_hints

import numpy as np

from viz import plots
from viz.terminal import close_output

OUT = Path("out")
captions: dict[Path, str] = {}  # of every picture saved so far; the gallery shows them


def run(main: Callable[..., None], arguments: Sequence[str] | None = None) -> None:
    """Call a demo's main with options from the command line; bad ones end in one line and status 2.

    main        takes the folder for its pictures, which is made if need be, and keyword parameters: int (a count, at
                least 1; the seed at least 0), float (finite), str, or a Literal of several. A line such as
                "depth   layers of the deepest network" in its docstring is that option's help
    arguments   those of the command line by default
    """
    os.environ.setdefault("MPLBACKEND", "agg")  # no display is needed
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # no terminal is too old
    parser = _Parser(main)
    options = vars(parser.parse_args(arguments))
    out = options.pop("out")
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / ".trial").touch()
        (out / ".trial").unlink()
    except OSError as error:
        parser.error(f"cannot write to {out}: {error.strerror}")
    try:
        main(out, **options)
    except ImportError as error:  # an extra is missing, and the message names it
        parser.exit(1, f"{parser.prog}: {error}\n")
    except BrokenPipeError:  # whoever read the output has enough
        close_output()
        raise SystemExit(1) from None


def panels(rows: int, columns: int, width: float = 9.0, height: float = 4.0, **options: Any) -> Any:
    """Axes in a grid, an array of them, of a new figure of this size in inches; options are those of subplots."""
    ax = plots.new_axes(width, height)
    figure = ax.figure
    ax.remove()
    return figure.subplots(rows, columns, squeeze=rows == 1 or columns == 1, **options)


def heading(text: str) -> None:
    """Print a heading."""
    print(f"\n{text}\n{'-' * len(text)}\n")


def say(text: str) -> None:
    """Print a paragraph, in lines of 80 columns."""
    print(textwrap.fill(text, 80))


def save(picture: Any, path: Path, caption: str) -> None:
    """Save a picture, and print where it is and what it shows.

    picture   axes (or an array of them) or a figure of matplotlib (.png, .svg), which is closed; or what viz makes:
              a Drawing (.svg), a Page or a Worksheet (.html)
    caption   a sentence or two; the gallery shows it below the picture
    """
    captions[path] = caption
    figure = getattr(picture.flat[0] if isinstance(picture, np.ndarray) else picture, "figure", picture)
    if hasattr(figure, "savefig"):
        from matplotlib import pyplot

        figure.savefig(path, dpi=150)
        pyplot.close(figure)
    else:
        picture.save(path)
    print(f"\n  {path}")
    print(textwrap.fill(caption, 80, initial_indent="    ", subsequent_indent="    "))


def describe(file: Path) -> tuple[str, list[str]]:
    """A demo's title, the first line of its docstring, and the paragraphs of its explanation; nothing is imported."""
    docstring = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
    title, *paragraphs = (docstring or file.stem).split("\n\n")
    return title, [" ".join(paragraph.split()) for paragraph in paragraphs]


class _Parser(argparse.ArgumentParser):
    """The options of a demo, from its main's signature; errors take one line."""

    def __init__(self, main: Callable[..., None]) -> None:
        file = Path(main.__globals__["__file__"])
        title, paragraphs = describe(file)
        super().__init__(
            prog=f"python -m demos.{file.stem}",
            description="\n\n".join(textwrap.fill(part, 80) for part in (title, *paragraphs)),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        out, *others = inspect.signature(main).parameters.values()
        folder = OUT / file.stem if out.default is out.empty else out.default
        self.add_argument(
            "--out", type=Path, default=folder, metavar="FOLDER", help=f"for the pictures (default: {folder})"
        )
        helps = dict(re.findall(r"^ *(\w+) {2,}(\S.*)$", inspect.getdoc(main) or "", re.MULTILINE))
        helps.setdefault("seed", "for all random numbers")
        kinds = get_type_hints(main)
        for parameter in others:
            kind = kinds[parameter.name]
            said = f"{helps.get(parameter.name, parameter.name)} (default: {parameter.default})"
            settings: dict[str, Any] = {"help": said.replace("%", "%%"), "default": parameter.default}
            if get_origin(kind) is Literal:
                settings["choices"] = get_args(kind)
            else:
                settings |= {"type": _read(parameter.name, kind), "metavar": "TEXT" if kind is str else "NUMBER"}
            self.add_argument(f"--{parameter.name.replace('_', '-')}", **settings)

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def _read(name: str, kind: type) -> Callable[[str], Any]:
    """A function from an option's text to its value, which says what is allowed."""
    least = 0 if name == "seed" else 1
    allowed = {int: f"a whole number from {least} on", float: "a finite number", str: "a text"}[kind]

    def read(text: str) -> Any:
        try:
            value = kind(text)
            if (kind is int and value >= least) or (kind is float and math.isfinite(value)) or kind is str:
                return value
        except ValueError:
            pass
        raise argparse.ArgumentTypeError(f"{allowed} expected, not {text!r}")

    return read
