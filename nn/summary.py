"""Summary: the layers of a model as a table, with their output shapes and numbers of parameters."""

from collections.abc import Iterator
from contextlib import suppress
from html import escape
from typing import TYPE_CHECKING, Any

from engine import no_grad
from nn.nests import shape
from nn.watch import watch

if TYPE_CHECKING:
    from nn.module import Module

HEAD = ("place", "layer", "output", "parameters")
WIDTHS = (22, 30, 13, 10)  # 80 columns with the spaces between
LINE = "-" * (sum(WIDTHS) + len(WIDTHS) + 1)


def table(model: "Module", sample: Any = None) -> str:
    """The table that `Module.summary` prints."""
    lines = [_cut(repr(model), len(LINE)), LINE, _row(*HEAD), LINE]
    for place, *cells in _cells(model, _measure(model, sample)):
        lines.append(_row(place if len(place) <= WIDTHS[0] else "…" + place[1 - WIDTHS[0] :], *cells))
    return "\n".join([*lines, LINE, _total(model)])


def html(model: "Module", most: int = 40) -> str:
    """The same in HTML, for notebooks: names escaped, of more than `most` layers the first and the last."""
    shapes: dict[int, tuple[int, ...]] = {}
    with suppress(Exception):  # a model that cannot run can be shown
        shapes = _measure(model, None)
    found = list(_cells(model, shapes))
    if len(found) > most:
        found[most // 2 : -(most // 2)] = [("…", f"{len(found) - most} more", "", "")]
    lines = ["".join(f"<th>{cell}</th>" for cell in HEAD)]
    lines += ["".join(f"<td>{escape(_cut(cell, 80))}</td>" for cell in cells) for cells in found]
    body = "\n".join(f"<tr>{line}</tr>" for line in lines)
    return f"<p><b>{escape(_cut(repr(model), 120))}</b>: {_total(model)}</p>\n<table>\n{body}\n</table>"


def _cells(model: "Module", shapes: dict[int, tuple[int, ...]]) -> Iterator[tuple[str, str, str, str]]:
    for place, module in rows(model):
        yield place, repr(module), str(shapes.get(id(module), "?")), f"{len(module.parameters()):,}"


def _total(model: "Module") -> str:
    count = len(model.parameters())
    held = len(model.state_dict()) - count
    return f"{count:,} parameters" + (f", and {held:,} running statistics" if held else "")


def rows(model: "Module", place: str = "") -> Iterator[tuple[str, "Module"]]:
    """The modules that have a line in the table, each with its place: the innermost ones, neurons aside."""
    names = {id(part): name for name, part in model.named_modules()}
    within = [child for child in model.children() if child.listed]
    if not within:
        yield place, model
    for child in within:
        name = names[id(child)]
        yield from rows(child, f"{place}.{name}" if place else name)


def _measure(model: "Module", sample: Any) -> dict[int, tuple[int, ...]]:
    """The output shape of every module, by its id, from one run in evaluation."""
    if sample is None:
        width = getattr(model, "n_in", None)
        if width is None:
            return {}
        sample = [0.0] * width
    shapes: dict[int, tuple[int, ...]] = {}
    modes = [(module, module.training) for module in model.modules()]
    try:
        with no_grad(), watch(model.eval(), lambda module, _, output: shapes.update({id(module): shape(output)})):
            model(sample)
    finally:
        for module, mode in modes:
            module.training = mode
    return shapes


def _row(*cells: str) -> str:
    left = [f"{_cut(cell, width):{width}}" for cell, width in zip(cells, WIDTHS[:-1], strict=False)]
    return " ".join([*left, f"{cells[-1]:>{WIDTHS[-1]}}"])


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
