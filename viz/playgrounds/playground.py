"""The playground: type an expression in a browser and step through its graph, with nothing to install."""

import json
from typing import Any

from engine.teaching import grammar
from engine.teaching.expression import parse
from engine.value import Value
from viz.offline import OfflinePage, read, read_script, write_page
from viz.pages.page import FOLDER as PAGE
from viz.pages.page import ramp, write_float, write_script
from viz.playgrounds.measures import SCRIPTS as LAYOUT
from viz.playgrounds.measures import measures
from viz.playgrounds.network.reading import read_network
from viz.playgrounds.network.scripts import write_network_script
from viz.svg import shorten

FOLDER = "viz.playgrounds"
PARTS = {  # the scripts by folder, after those of the page
    "language": ("tokens", "suggestions", "parser"),
    "shell": ("examples", "past", "expression", "sharing"),
}
STYLES = ("playground", "network/network")
LAST = "shell/shell"  # it has all others in it, those of networks too
START = "openPlayground();\n"
SCRIPTS = ("recording", *(f"{part}/{name}" for part, names in PARTS.items() for name in names))
GRAMMAR = (
    "LONGEST", "DEEPEST", "MOST_LISTED", "LONGEST_CONSTANT", "LONGEST_WORD", "TOKENS", "BINDING", "SIGN", "POWERS",
    "NUMBERS", "FAMILIAR", "SEVERAL", "OPTIONAL", "HINTS", "FUNCTION_HINTS", "NOT_FINITE", "SENTENCES",
)  # fmt: skip
NEURON = "tanh(x1*w1 + x2*w2 + b)"
NEURON_NUMBERS = {"x1": 2.0, "x2": 0.0, "w1": -3.0, "w2": 1.0, "b": 6.881373587}


class Playground(OfflinePage):
    """A page to type expressions into; notebooks show it.

    html    the page as text; it is self-contained, and loads and sends nothing

    >>> Playground("<!doctype html>", "a*a")
    Playground('a*a': ... bytes; .save('playground.html') writes it)
    """

    height = 860
    sandbox = "allow-scripts allow-downloads"  # of pictures

    def __init__(self, html: str, text: str) -> None:
        self.html, self._text = html, text

    def __repr__(self) -> str:
        return f"Playground({self._text!r}: {len(self.html.encode()):,} bytes; .save('playground.html') writes it)"


def playground(shown: Any = None, X: Any = None, y: Any = None, /, **options: Any) -> Playground:
    """A page where you type an expression or train a small network, and step through the passes.

    shown     what the page opens with: an expression for `engine.parse`, by default a neuron; or a model of dense
              layers
    X, y      the model's data, rows (n, inputs) and targets (n,), at most 2,000
    options   for an expression, the numbers of its leaves; for a model, how to train it: `loss`, a name from
              `nn.losses.table` (by default one that fits the outputs), `optimizer` ("sgd", "momentum" or "adam",
              the default), `lr` (0.01), `momentum` (0.9, used by the optimizer of that name), `batch_size` (None: all
              rows at once), `weight_decay` (0) and `seed` (0), for the order of the batches

    Everything is computed in the browser. The address of the page holds what it shows, so that you can share it.

    Raises ExpressionError (a ValueError), as `engine.parse` does, if the expression cannot be parsed; TypeError or
    ValueError if the model is not a sequence of dense layers, or if data or settings do not fit.

    >>> playground("a*a + a", a=3)
    Playground('a*a + a': ... bytes; .save('playground.html') writes it)
    """
    if isinstance(shown, Value):
        raise TypeError(
            f"the playground takes an expression or a model; viz.page shows the graph of a Value: {shown!r}"
        )
    is_model = shown is not None and not isinstance(shown, str)
    network = read_network(shown, X, y, options) if is_model else None
    if not is_model and (X is not None or y is not None):
        raise TypeError("X and y are data of a model; the numbers of an expression have names: playground('w*x', w=2)")
    text, given = (NEURON, NEURON_NUMBERS) if is_model or shown is None else (shown, options)
    _, leaves = parse(text, **given)
    if shown is None and options:
        raise ValueError(f"numbers for {', '.join(options)}, but no expression: playground('w*x', w=2, x=3)")
    data = {
        "ramp": ramp(),
        "text": text,
        "numbers": [[name, write_float(leaf.data)] for name, leaf in leaves.items()],
        **({"network": network} if network else {}),
    }
    scripts = read_script(FOLDER, *LAYOUT, *SCRIPTS)
    parts = (write_script(), write_grammar(), measures(), scripts, write_network_script())
    script = "\n".join([*parts, read_script(FOLDER, LAST), START])
    style = "".join(read(FOLDER, f"{name}.css") for name in STYLES)
    top = read(FOLDER, "playground.html")
    return Playground(
        write_page(PAGE, "page", "Gradwalk playground", data, script, style, top),
        shorten(repr(shown), 70) if is_model else text,
    )


def write_grammar() -> str:
    """Return the grammar of expressions as the JavaScript object `grammar`."""
    told = {name.lower(): getattr(grammar, name) for name in GRAMMAR}
    return f"const grammar = {json.dumps(told, indent=1)};\n"
