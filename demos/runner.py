"""The runner: what all demos share. A demo is a module with a main(out, seed=0, ...); its parameters become options."""

import argparse
import ast
import functools
import inspect
import io
import math
import os
import re
import sys
import textwrap
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NoReturn, get_args, get_origin, get_type_hints

import numpy as np

from viz.figures.axes import find_style, new_axes, render
from viz.files import write_file
from viz.terminal.terminal import tell_failures

OUT = Path("out")
captions: dict[Path, str] = {}  # of every picture saved so far; the gallery shows them


class OptionError(ValueError):
    """An option's value that a demo cannot take; its text says what is allowed."""


def run(main: Callable[..., None], arguments: Sequence[str] | None = None) -> None:
    """Call a demo's main with options from the command line; bad ones end in one line and status 2.

    main        takes out, the folder for its pictures, if it draws any (made if need be), and keyword parameters: int
                (a count, at least 1; the seed at least 0), float (finite), str, or a Literal of several. A line such
                as "depth   layers of the deepest network" in its docstring is that option's help
    arguments   those of the command line by default
    """
    os.environ.setdefault("MPLBACKEND", "agg")  # no display is needed
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # no terminal is too old
    parser = _Parser(main)
    options = vars(parser.parse_args(arguments))
    if out := options.get("out"):
        try:
            out.mkdir(parents=True, exist_ok=True)
            (out / ".trial").touch()
            (out / ".trial").unlink()
        except (OSError, ValueError) as error:
            parser.error(f"cannot write to {str(out)!r}: {getattr(error, 'strerror', error)}")
    with tell_failures(parser.prog):
        try:
            main(**options)
        except OptionError as error:
            parser.error(str(error))
        except ImportError as error:  # an extra is missing, and the message names it
            parser.exit(1, f"{parser.prog}: {error}\n")


def once(function: Callable[..., Any]) -> Callable[..., Any]:
    """Call a function once for the same arguments, given or by default: a demo and its claims share what is trained."""
    kept = functools.cache(function)

    @functools.wraps(function)
    def call(*given: Any, **named: Any) -> Any:
        bound = inspect.signature(function).bind(*given, **named)
        bound.apply_defaults()
        return kept(*bound.args, **bound.kwargs)

    return call


def heading(text: str) -> None:
    """Print a heading."""
    print(f"\n{text}\n{'-' * len(text)}\n")


def say(text: str) -> None:
    """Print a paragraph, in lines of 80 columns."""
    print(textwrap.fill(text, 80))


def show_turns(names: Collection[str]) -> Iterator[str]:
    """Yield the names one by one, and show the progress on the screen; for loops that take more than two seconds."""
    for number, name in enumerate(names, 1):
        print(f"\r  {number} of {len(names)}: {name:20}", end="", file=sys.stderr, flush=True)
        yield name
    print(f"\r{' ' * 40}\r", end="", file=sys.stderr, flush=True)


def table(titles: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print rows below their titles, in columns: whole numbers in full, others with three digits."""
    lines = [[_write(cell) for cell in row] for row in (titles, *rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for first, *others in lines:
        cells = [first.ljust(widths[0]), *map(str.rjust, others, widths[1:])]
        print(f"  {'   '.join(cells)}".rstrip())


def _write(cell: Any) -> str:
    if isinstance(cell, str):
        return cell
    return f"{cell:,}" if isinstance(cell, int | np.integer) else f"{cell:.3g}"


def panels(
    rows: int, columns: int, width: float = 9.0, height: float = 4.0, xlabel: str = "", ylabel: str = "", **options: Any
) -> Any:
    """Return an array of axes in a grid, in a new figure of this size in inches; labels are for all of them together.

    options   passed on to matplotlib's subplots
    """
    ax = new_axes(width, height)
    figure = ax.figure
    ax.remove()
    figure.supxlabel(xlabel, fontsize="medium")
    figure.supylabel(ylabel, fontsize="medium")
    return figure.subplots(rows, columns, squeeze=rows == 1 or columns == 1, **options)


def lines(x: Sequence[float] | None, series: Mapping[str, Sequence[float]], ax: Any = None, **settings: Any) -> Any:
    """A line for each of the series, by name, on these axes or on new ones; returns the axes.

    x          as many numbers as the longest series has; None for 1, 2, 3, ...
    settings   passed on to matplotlib's ax.set, such as xlabel="epoch"
    """
    ax = new_axes(7, 4.4) if ax is None else ax
    number = len(ax.lines)  # so that a further call goes on with other colours
    for place, (name, y) in enumerate(series.items(), number):
        across = range(1, len(y) + 1) if x is None else x[: len(y)]
        ax.plot(across, y, label=name, linewidth=1.8, markersize=5, markevery=max(1, len(y) // 8), **find_style(place))
    ax.set(**settings)
    ax.grid(alpha=0.3)
    return ax


def images(pictures: Mapping[str, Any], columns: int = 8) -> Any:
    """Axes with small pictures, by their titles; larger numbers are darker, zero is grey if some are negative."""
    rows = -(-len(pictures) // columns)
    axes = np.ravel(panels(rows, columns, 11, 2 * rows))
    for ax, (title, picture) in zip(axes, pictures.items(), strict=False):
        reach = abs(picture).max()
        ax.imshow(picture, cmap="gray_r", vmin=-reach if picture.min() < 0 else 0, vmax=reach)
        ax.set_title(title, fontsize=9)
        ax.set(xticks=[], yticks=[])
    for ax in axes[len(pictures) :]:
        ax.remove()
    return axes


def save(picture: Any, path: Path, caption: str) -> None:
    """Save a picture, and print where it is and what it shows.

    picture   axes, or several of one figure, of matplotlib (.png, .svg), which is closed; or what viz returns, such
              as a Drawing (.svg), a Page or a Worksheet (.html)
    caption   a sentence or two; the gallery shows it below the picture
    """
    captions[path] = caption
    picture = np.ravel(picture)[0] if isinstance(picture, list | np.ndarray) else picture
    figure = getattr(picture, "figure", picture)
    if hasattr(figure, "savefig"):
        write_file(path, render(figure, path.suffix[1:]))
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
        parameters = dict(inspect.signature(main).parameters)
        if out := parameters.pop("out", None):
            folder = OUT / file.stem if out.default is out.empty else out.default
            self.add_argument(
                "--out", type=Path, default=folder, metavar="FOLDER", help=f"for the pictures (default: {folder})"
            )
        helps = dict(re.findall(r"^ *(\w+) {2,}(\S.*)$", inspect.getdoc(main) or "", re.MULTILINE))
        helps.setdefault("seed", "for all random numbers")
        types = get_type_hints(main)
        for parameter in parameters.values():
            wanted = types[parameter.name]
            said = f"{helps.get(parameter.name, parameter.name)} (default: {parameter.default})"
            settings: dict[str, Any] = {"help": said.replace("%", "%%"), "default": parameter.default}
            if get_origin(wanted) is Literal:
                settings["choices"] = get_args(wanted)
            else:
                settings |= {"type": _read(parameter.name, wanted), "metavar": "TEXT" if wanted is str else "NUMBER"}
            self.add_argument(f"--{parameter.name.replace('_', '-')}", **settings)

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def _read(name: str, wanted: type) -> Callable[[str], Any]:
    """A function from an option's text to its value, which says what is allowed."""
    least = 0 if name == "seed" else 1
    allowed = {int: f"a whole number from {least} on", float: "a finite number", str: "a text"}[wanted]

    def read(text: str) -> Any:
        try:
            value = wanted(text)
            if (wanted is int and value >= least) or (wanted is float and math.isfinite(value)) or wanted is str:
                return value
        except ValueError:
            pass
        raise argparse.ArgumentTypeError(f"{allowed} expected, not {text!r}")

    return read
