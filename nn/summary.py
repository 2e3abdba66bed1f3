"""Summary: the layers of a model as a table, with their output shapes and numbers of parameters."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from engine import no_grad
from nn.nests import shape
from nn.watch import watch

if TYPE_CHECKING:
    from nn.module import Module

WIDTHS = (22, 30, 13, 10)  # place, layer, output shape, parameters: 80 columns with the spaces between
LINE = "-" * (sum(WIDTHS) + len(WIDTHS) + 1)


def table(model: "Module", sample: Any = None) -> str:
    """The table that `Module.summary` prints."""
    shapes = _measure(model, sample)
    lines = [repr(model) if len(repr(model)) <= len(LINE) else _cut(repr(model), len(LINE)), LINE]
    lines.append(_row("place", "layer", "output", "parameters"))
    lines.append(LINE)
    for place, module in rows(model):
        size = str(shapes[id(module)]) if id(module) in shapes else "?"
        lines.append(
            _row(
                place if len(place) <= WIDTHS[0] else "…" + place[1 - WIDTHS[0] :],
                repr(module),
                size,
                f"{len(module.parameters()):,}",
            )
        )
    total = f"{len(model.parameters()):,} parameters"
    held = len(model.state_dict()) - len(model.parameters())
    return "\n".join([*lines, LINE, total + (f", and {held:,} running statistics" if held else "")])


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
