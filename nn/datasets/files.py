"""Files: read tables from CSV files, among them iris and digits."""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate, chain
from math import isfinite
from numbers import Real
from os import PathLike
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from engine.numbers import write_count
from nn.arguments import Array, check_flag
from nn.summary import cut

LONGEST = 2**20  # characters in a line
MOST_QUOTED = 40  # of a name or a cell, in a message
MISSING = ("", "?", "NA", "NaN", "nan")  # cells
MOST_TEXTS = 100  # different texts in a column, each of which becomes a column
MOST_ROWS, MOST_COLUMNS = 5, 8  # rows of a printed data set
MOST_SHOWN = 24  # characters of a name in it
WIDTH = 80  # of it
DATASETS = Path(__file__).parent


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """X, float64 (rows, columns); y (rows,), int if targets are classes; the names of the classes and of the columns.

    Its length is the number of rows. It unpacks into its four parts:

    >>> X, y, classes, features = load_iris()
    """

    X: Array
    y: Array
    classes: tuple[str, ...]
    features: tuple[str, ...]

    def __iter__(self) -> Iterator[Any]:
        return iter((self.X, self.y, self.classes, self.features))

    def __len__(self) -> int:
        return len(self.X)

    def __repr__(self) -> str:
        sizes = [write_count(len(self.X), "row"), write_count(self.X.shape[1], "column")]
        sizes += [write_count(len(self.classes), "class", "classes")] if self.classes else []
        aims = [self.classes[each] if self.classes else _write(each) for each in self.y[:MOST_ROWS].tolist()]
        aims = [cut(aim, MOST_SHOWN) for aim in ("class" if self.classes else "y", *aims)]
        shown = zip(self.features, self.X[:MOST_ROWS, :MOST_COLUMNS].T.tolist(), strict=False)
        columns = [[cut(name, MOST_SHOWN), *map(_write, cells)] for name, cells in shown]
        widths = [max(map(len, column)) for column in columns]
        room = WIDTH - max(map(len, aims)) - len("…  ")
        fit = sum(total <= room for total in accumulate(width + 2 for width in widths))
        columns, widths = columns[:fit], widths[:fit]
        if fit < self.X.shape[1]:
            columns, widths = [*columns, ["…"] * len(aims)], [*widths, 1]
        lines = ["Dataset: " + ", ".join(sizes)]
        for row, aim in enumerate(aims):
            cells = [column[row].rjust(width) for column, width in zip(columns, widths, strict=True)]
            lines.append("  ".join([*cells, aim]))
        return "\n".join(lines + ["…"] * (len(self.X) > MOST_ROWS))


def _write(number: float) -> str:
    return f"{number:#.4g}"


def load_csv(
    path: str | PathLike[str],
    *,
    target: str | None = None,
    classes: bool | None = None,
    missing: str | float | None = None,
) -> Dataset:
    """Read a CSV file: a line of column names, then rows; lines that are empty or begin with # are skipped.

    Fields are separated by commas, or by semicolons or tabs if the first line has no comma.

    target   the name of the column to predict; the last one by default
    classes  whether targets are names of classes, which are numbered in sorted order, or numbers; by default classes
             if no target is a number
    missing  how to treat a cell that is empty, NA, NaN or "?": "drop" leaves its row out, "mean" fills in the mean of
             its column, a number fills in that number; None raises an error, as does any but "drop" in the target

    The other columns are finite numbers. A column without any number is text: it becomes a column of 0 and 1 for each
    of its texts, such as "city=Rome", in sorted order; what is filled in is a text of its own there. A line may have a
    megabyte. ValueError names the line of an error.

    >>> iris = load_csv(Path(__file__).with_name("iris.csv"), target="species")
    >>> iris.X.shape, iris.y[:3].tolist()
    ((150, 4), [0, 0, 0])
    """
    path = Path(path)
    if not (missing in (None, "drop", "mean") or (isinstance(missing, Real) and isfinite(missing))):
        raise ValueError(f'missing must be "drop", "mean", a finite number or None, not {missing!r}')
    lines = _read(path)
    where, names = next(lines, (path.name, []))
    _check_names(where, names)
    if target is not None and target not in names:
        known = ", ".join(_quote(name) for name in names[:12]) + ", …" * (len(names) > 12)
        raise ValueError(f"{path.name}: no column {_quote(str(target))} (one of {known})")
    chosen = len(names) - 1 if target is None else names.index(target)
    rows = []
    for where, fields in lines:
        if len(fields) != len(names):
            raise ValueError(f"{where}: {write_count(len(names), 'field')} expected, {len(fields)} given")
        if missing != "drop" or not any(map(_is_missing, fields)):
            rows.append((where, fields))
    if not rows:
        raise ValueError(f"{path.name}: no rows below the column names")
    y, found = _read_targets([(where, fields[chosen]) for where, fields in rows], names[chosen], classes)
    columns: dict[str, Array] = {}
    for index, name in enumerate(names):
        if index != chosen:
            made = _read_column([(where, fields[index]) for where, fields in rows], name, missing)
            if twice := next((each for each in made if each in columns), None):
                raise ValueError(f"{path.name}: two columns would be called {_quote(twice)}: rename one")
            columns |= made
    features = np.stack(list(columns.values()), axis=1)
    return Dataset(features, y, found, tuple(columns))


def load_iris() -> Dataset:
    """Load Fisher's 150 irises: four lengths in cm, three species. The file names its source.

    >>> iris = load_iris()
    >>> iris.X.shape, iris.classes
    ((150, 4), ('setosa', 'versicolor', 'virginica'))
    """
    return load_csv(DATASETS / "iris.csv")


def load_digits() -> Dataset:
    """Load Alpaydin and Kaynak's 1,797 handwritten digits: 8 by 8 pixels from 0 (white) to 16 (black), row by row.

    The file names its source.

    >>> digits = load_digits()
    >>> digits.X.shape, digits.classes[3], digits.features[8]
    ((1797, 64), '3', 'row 1, column 0')
    """
    _, *images = (fields for _, fields in _read(DATASETS / "digits.csv"))
    X = np.array([[int(pixel, 17) for pixel in pixels] for pixels, _ in images], float)
    features = tuple(f"row {row}, column {column}" for row in range(8) for column in range(8))
    return Dataset(X, np.array([int(digit) for _, digit in images]), tuple("0123456789"), features)


def _read_targets(cells: list[tuple[str, str]], name: str, classes: bool | None) -> tuple[Array, tuple[str, ...]]:
    """Read the targets: the numbers of their classes and the names of these, or numbers and no names."""
    if classes is None:
        as_classes = not any(_looks_like_number(cell) for _, cell in cells if not _is_missing(cell))
    else:
        as_classes = check_flag("classes", classes)
    for where, cell in cells:
        if _is_missing(cell):
            given = f"{_quote(cell)} given" if cell else "nothing given"
            expected = f"a {'class' if as_classes else 'number'} expected, {given}"
            raise ValueError(f'{where}, {_plain(name)}: {expected} (missing="drop" leaves it out)')
    if as_classes:
        found = _sort(cell for _, cell in cells)
        code = {each: index for index, each in enumerate(found)}
        return np.array([code[cell] for _, cell in cells]), found
    remedy = " (classes=True takes targets for names of classes)" if classes is None else ""
    return np.array([_number(cell, where, name, remedy) for where, cell in cells]), ()


def _sort(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the different texts, in order: numbers by their size."""
    different = set(texts)
    are_numbers = all(_is_number(text) and isfinite(float(text)) for text in different)
    return tuple(sorted(different, key=lambda text: (float(text) if are_numbers else 0.0, text)))


def _read_column(cells: list[tuple[str, str]], name: str, missing: str | float | None) -> dict[str, Array]:
    """Read the numbers of a column; a column of texts becomes one column for each text."""
    given = [cell for _, cell in cells if not _is_missing(cell)]
    if given and not any(map(_looks_like_number, given)):
        texts = _sort(cell for _, cell in cells)
        if len(texts) > MOST_TEXTS:
            raise ValueError(
                f"{cells[0][0]}, {_plain(name)}: {len(texts)} different texts, which would be as many columns (at most "
                f"{MOST_TEXTS}): leave the column out"
            )
        if missing is None and (empty := next((cell for cell in cells if _is_missing(cell[1])), None)):
            raise _say_missing(*empty, name)
        return {f"{name}={text}": np.array([float(cell == text) for _, cell in cells]) for text in texts}
    numbers = []
    for where, cell in cells:
        if _is_missing(cell) and missing is None:
            raise _say_missing(where, cell, name)
        numbers.append(float("nan") if _is_missing(cell) else _number(cell, where, name))
    column = np.array(numbers)
    is_missing = np.isnan(column)
    if is_missing.all() and missing == "mean":
        raise ValueError(f"{cells[0][0]}, {_plain(name)}: no number in the column to take the mean of")
    if is_missing.any():
        column[is_missing] = column[~is_missing].mean() if missing == "mean" else float(missing)  # type: ignore[arg-type]
    return {name: column}


def _looks_like_number(cell: str) -> bool:
    """Whether a cell was meant as a number, including 1_0, 3,5, 1,000,000, 5%, $5 and inf, which raise an error."""
    digits = re.sub(
        r"[.,'’\s](?=\d{3}(?!\d))", "", cell.replace("\N{MINUS SIGN}", "-").strip("%$€£¥ \N{NO-BREAK SPACE}")
    )
    try:
        float(digits.replace(",", "."))
    except ValueError:
        return False
    return True


def _is_missing(cell: str) -> bool:
    return cell in MISSING


def _say_missing(where: str, cell: str, name: str) -> ValueError:
    remedy = 'missing="drop" leaves such rows out, "mean" or a number takes their place'
    return ValueError(f"{where}, {_plain(name)}: a number expected, {_quote(cell)} given ({remedy})")


def _read(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield the position, such as "iris.csv, line 7", and the fields of each line that has any."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines, kept = _Lines(file, path.name), [""]
        reader = csv.reader(kept)
        try:
            while not kept[-1].strip() and (line := next(lines, "")):
                kept.append(line)
                lines.within = False
            delimiter = next((mark for mark in ",;\t" if mark in kept[-1]), ",")  # of the column names
            given = chain(kept[1:], lines)
            reader = csv.reader(given, strict=True, delimiter=delimiter, skipinitialspace=True)
            for fields in reader:
                lines.within = False
                if any(field.strip() for field in fields):
                    yield f"{path.name}, line {reader.line_num}", [field.strip() for field in fields]
        except csv.Error as error:
            raise ValueError(f"{path.name}, line {reader.line_num}: {error}") from None
        except UnicodeDecodeError as error:
            raise ValueError(f"{path.name}: not UTF-8 text: {error.reason} at byte {error.start}") from None


class _Lines:
    """The lines of a file, with comments emptied; ValueError for a line without an end.

    within   whether a row has begun, of which a quoted text goes on in the next line: there, # is part of it
    """

    def __init__(self, file: TextIO, name: str) -> None:
        self.file, self.name, self.number, self.within = file, name, 0, False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self.file.readline(LONGEST + 1)
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) > LONGEST:
            raise ValueError(f"{self.name}, line {self.number}: more than {LONGEST:,} characters")
        is_comment, self.within = line.startswith("#") and not self.within, True
        return "\n" if is_comment else line


def _check_names(where: str, names: list[str]) -> None:
    if len(names) < 2:
        raise ValueError(f"{where}: a line of at least 2 column names expected, {len(names)} given")
    seen: set[str] = set()
    for name in names:
        if not name or _is_number(name):
            hint = "" if name else " (in pandas index=False leaves out a column without a name)"
            raise ValueError(f"{where}: names of columns expected, {_quote(name)} given{hint}")
        if name in seen:
            raise ValueError(f"{where}: different column names expected, {_quote(name)} given twice")
        seen.add(name)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text


def _number(text: str, where: str, name: str, remedy: str = "") -> float:
    if not _is_number(text) or not isfinite(float(text)):
        raise ValueError(f"{where}, {_plain(name)}: a number expected, {_quote(text)} given{remedy}")
    return float(text)


def _plain(name: str) -> str:
    """Return a column's name as messages show it."""
    return name if name.isprintable() and len(name) <= MOST_QUOTED else _quote(name)


def _quote(text: str) -> str:
    shown = repr(text[: MOST_QUOTED + 1])
    return shown if len(shown) <= MOST_QUOTED + 2 else f"{shown[:MOST_QUOTED]}…{shown[0]}"
