"""The distribution of gradients in each layer, for one network or several side by side."""

import math
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from engine import grad
from engine.numbers import write_count
from engine.value import Value
from viz.figures.axes import (
    Plotted,
    add_legend,
    count_whole,
    find_style,
    mark_unshown,
    name_axes,
    new_axes,
    write_plain,
)
from viz.figures.parts import Part, check_model, find_parts, find_steps, keeping_draws, read_results, read_samples
from viz.lines import WIDTH, fill, shorten

HEAD = ("least", "25 %", "median", "75 %", "largest")

Of = Literal["parameters", "neurons"]
WORDS = {False: {"parameters": "parameters", "neurons": "neurons"}, True: {"parameters": "leaves", "neurons": "steps"}}


@dataclass(frozen=True)
class Distribution:
    """The distribution of \\|gradient\\|: five quantiles, the count, and how many gradients are zero."""

    least: float
    lower: float
    median: float
    upper: float
    largest: float
    count: int
    zeros: int

    @property
    def quantiles(self) -> tuple[float, float, float, float, float]:
        """From the least to the largest."""
        return self.least, self.lower, self.median, self.upper, self.largest


def measure(gradients: Iterable[float]) -> Distribution:
    """The distribution of \\|gradient\\|, with interpolated quartiles; all nan if one gradient is nan.

    Between a number and infinity lies infinity.

    >>> measure([1.0, -3.0, 2.0, 0.0, 4.0]).quantiles
    (0.0, 1.0, 2.0, 3.0, 4.0)
    """
    sizes = np.abs(np.fromiter(gradients, float))
    if not sizes.size:
        return Distribution(math.nan, math.nan, math.nan, math.nan, math.nan, 0, 0)
    with np.errstate(invalid="ignore"):
        quartiles = np.quantile(sizes, [0.25, 0.5, 0.75])  # nan beside infinity
        above = np.quantile(sizes, [0.25, 0.5, 0.75], method="higher")
    lower, median, upper = np.where(np.isnan(quartiles), above, quartiles).tolist()
    least, largest = float(sizes.min()), float(sizes.max())
    return Distribution(least, lower, median, upper, largest, sizes.size, int(np.count_nonzero(sizes == 0)))


@dataclass(frozen=True)
class LayerFlow:
    """The gradients of one layer or step: by its parameters or leaves, and by its neurons' outputs."""

    name: str
    parameters: Distribution
    neurons: Distribution


@dataclass(frozen=True, repr=False)
class GradientFlow(Plotted):
    """The result of `gradient_flow`; prints as tables.

    flows     the layers of each model, by its name, from the first to the last
    samples   the number of backward passes of each model
    plain     the names of models that are chains of Values without layers, shown step by step
    results   the names of those that are Values, of one backward pass each

    >>> gradient_flow(Value(0.5, "w").sigmoid()).samples
    1
    """

    flows: dict[str, list[LayerFlow]]
    samples: int
    plain: tuple[str, ...] = ()
    results: tuple[str, ...] = ()

    def plot(self, ax: Any = None, *, of: Of = "neurons") -> Any:
        """Draw \\|gradient\\| by layer on a log scale and return the axes: medians, quartiles, least and largest.

        of   "neurons" (gradients by the outputs of neurons, or of the steps of a chain) or "parameters" (or leaves)

        Zeros, which a log scale cannot show, are drawn at the bottom; a median of zero is a hollow marker, and one that
        is not finite a cross at the top.
        Raises ImportError if matplotlib is missing.
        """
        if of not in ("parameters", "neurons"):
            raise ValueError(f"unknown choice: {of!r} ('parameters' or 'neurons')")
        ax = new_axes(7.0, 4.6) if ax is None else ax
        names = [[layer.name for layer in flow] for flow in self.flows.values()]
        dense = max(map(len, names)) > 12 or len(names) > 3
        sizes = _positive(self.flows, of) or [1.0]
        floor, top = max(min(sizes) / 3, 5e-324), min(max(sizes) * 3, sys.float_info.max)  # of what is not shown
        for number, (name, flow) in enumerate(self.flows.items()):
            numbers = np.array([getattr(layer, of).quantiles for layer in flow])
            least, lower, median, upper, largest = np.where(numbers > 0, numbers, np.nan).T
            shift = 0.0 if dense else 0.16 * (number - (len(names) - 1) / 2)
            x = np.arange(1, len(flow) + 1) + shift
            style = find_style(number)
            ax.plot(x, median, label=write_plain(name), markersize=4 if dense else 5.5, **style)
            some = np.array([getattr(layer, of).count > 0 for layer in flow])
            mark_unshown(ax, x[some], numbers[some, 2], floor, top, style)
            ax.fill_between(x, np.fmax(lower, floor), upper, color=style["color"], alpha=0.18, linewidth=0)
            if not dense:
                ax.vlines(x, np.where(least > 0, least, floor), largest, color=style["color"], linewidth=1)
        ax.set_yscale("log")
        ax.set_xlim(0.5, max(map(len, names)) + 0.5)
        if all(each == names[0] for each in names) and len(names[0]) <= 8:
            turn = 20 * (sum(len(name[:14]) for name in names[0]) > 50)
            texts = [write_plain(shorten(name, 14)) for name in names[0]]
            ax.set_xticks(range(1, len(texts) + 1), texts, rotation=turn)
        else:
            count_whole(ax)
        plain = set(self.plain) == set(self.flows)
        title = f"Gradient flow: median and quartiles{'' if dense else ', least and largest'}"
        along = f"{'step' if plain else 'layer'}, from input to output"
        name_axes(ax, along, f"|gradient| by {WORDS[plain][of]} (log scale)", title)
        ax.grid(alpha=0.3)
        if len(ax.get_legend_handles_labels()[1]) > 1:
            add_legend(ax, fontsize=9)
        return ax

    def __str__(self) -> str:
        return "\n\n".join(
            _write(name, flow, 1 if name in self.results else self.samples, WORDS[name in self.plain])
            for name, flow in self.flows.items()
        )

    __repr__ = __str__


def gradient_flow(
    models: Any,
    X: Any = None,
    y: Any = None,
    loss: Callable[[Any, Any], Value] | None = None,
) -> GradientFlow:
    """Measure the distribution of \\|gradient\\| in every layer by real backward passes; changes no `.grad`.

    models   the result of a computation, such as a loss or the end of a chain of Values; or a model, a function of
             one sample, whose parameters have names such as layers[0].weights[1]; or a dictionary of several, by name
    X, y     for models: samples and their targets, one backward pass each
    loss     for models: a function of prediction and target, such as nn.mse

    A model runs as it is, in training by default: a Dropout drops, and its generator is set back afterwards.
    A network that mixes the samples of a batch (BatchNorm in training) has no pass for one sample: give its loss over
    the batch. A result without such names is shown step by step. Raises TypeError or ValueError for anything else,
    and if no layers of a model are found.

    >>> w, v = Value(0.5, "layers[0].w"), Value(0.5, "layers[1].w")
    >>> flow = gradient_flow(((Value(1.0) * w).sigmoid() * v).sigmoid()).flows["gradients"]
    >>> [(layer.name, round(layer.parameters.median, 4)) for layer in flow]
    [('layers[0]', 0.0287), ('layers[1]', 0.1519)]

    A chain of sigmoids, each with a slope of at most a quarter:

    >>> signal = Value(0.0, "x")
    >>> for _ in range(4):
    ...     signal = signal.sigmoid()
    >>> [(step.name, round(step.neurons.median, 4)) for step in gradient_flow(signal).flows["gradients"]]
    [('v1', 0.012), ('v2', 0.0512), ('v3', 0.2253), ('v4', 1.0)]
    """
    named = models if isinstance(models, Mapping) else {"gradients": models}
    if isinstance(models, list | tuple):
        raise TypeError('several models need names: gradient_flow({"one": first, "two": second}, X, y, nn.mse)')
    if not named:
        raise ValueError("models is empty: give at least one model")
    if len(set(map(str, named))) < len(named):
        raise ValueError(f"each model needs a name of its own, not {', '.join(map(repr, named))}")
    results = tuple(str(name) for name, model in named.items() if isinstance(model, Value))
    samples = _pairs(X, y, loss) if len(results) < len(named) else []
    flows, plain = {}, []
    for name, model in named.items():
        if isinstance(model, Value):
            try:
                parts = find_parts([model])
            except ValueError:  # no layers
                parts = find_steps(model)
                if not parts:
                    raise
                plain.append(str(name))
            flows[str(name)] = _collect([(parts, model)])
        else:
            check_model(model)
            assert loss is not None
            with keeping_draws(model):
                flows[str(name)] = _collect(_passes(model, samples, loss))
    return GradientFlow(flows, len(samples) or 1, tuple(plain), results)


def _pairs(X: Any, y: Any, loss: Any) -> list[tuple[Any, Any]]:
    if X is None or y is None or not callable(loss):
        raise ValueError("a model needs samples, targets and a loss: gradient_flow(model, X, y, nn.mse)")
    rows, targets = read_samples("X", X), read_samples("y", y)
    if not rows or len(rows) != len(targets):
        raise ValueError(f"X and y need as many targets as samples, at least one: {len(rows)} and {len(targets)} given")
    return list(zip(rows, targets, strict=True))


def _passes(
    model: Any, samples: list[tuple[Any, Any]], loss: Callable[[Any, Any], Value]
) -> Iterable[tuple[list[Part], Value]]:
    for row, target in samples:
        prediction = model(row)
        result = loss(prediction, target)
        if not isinstance(result, Value):
            raise TypeError(f"the loss must return a Value, not {type(result).__name__}")
        yield find_parts(read_results(prediction)), result


def _collect(passes: Iterable[tuple[list[Part], Value]]) -> list[LayerFlow]:
    found: dict[str, tuple[list[float], list[float]]] = {}
    for parts, result in passes:
        nodes = [node for part in parts for node in (*part.parameters, *part.outputs)]
        gradients = dict(zip(nodes, grad(result, nodes), strict=True))
        for part in parts:
            parameters, neurons = found.setdefault(part.name, ([], []))
            parameters += [gradients[node] for node in part.parameters]
            neurons += [gradients[node] for node in part.outputs]
    return [LayerFlow(name, measure(parameters), measure(neurons)) for name, (parameters, neurons) in found.items()]


def _positive(flows: dict[str, list[LayerFlow]], *which: str) -> list[float]:
    """All quantiles that a log scale can show."""
    distributions = [getattr(layer, of) for flow in flows.values() for layer in flow for of in which]
    return [size for distribution in distributions for size in distribution.quantiles if 0 < size < math.inf]


def _write(name: str, flow: list[LayerFlow], samples: int, words: Mapping[str, str]) -> str:
    sizes = [math.log10(size) for size in _positive({name: flow}, "parameters", "neurons")] or [0.0]
    low, high = math.floor(min(sizes)), math.ceil(max(sizes) + 1e-12)
    high += high == low
    lines = []
    for of, word in words.items():
        distributions: list[Distribution] = [getattr(layer, of) for layer in flow]
        count = sum(distribution.count for distribution in distributions)
        counts = write_count(count, "number")
        passes = write_count(samples, "backward pass", "backward passes")
        lines.append(fill(f"{shorten(name)}: |gradient| by {word}, {counts} from {passes}".split()))
        lines.append(f"  {'':14}" + "".join(f"{word:>9}" for word in HEAD) + f"  1e{low} to 1e{high}")
        for layer, distribution in zip(flow, distributions, strict=True):
            if not distribution.count:
                continue
            numbers = "".join(f"{size:9.1e}" for size in distribution.quantiles)
            lines.append(f"  {shorten(layer.name, 14):14}{numbers}  {_box(distribution, low, high)}".rstrip())
    lines.append(_tell(flow, words))
    return "\n".join(lines)


def _box(distribution: Distribution, low: int, high: int) -> str:
    """A box plot in characters: a line from the least to the largest, thick between the quartiles."""
    if not math.isfinite(distribution.largest):
        return ""
    cells = WIDTH - 2 - 14 - 45 - 2
    if distribution.largest == 0:
        return "all zero"
    cell_of = [
        round((math.log10(size) - low) / (high - low) * (cells - 1)) if size > 0 else 0
        for size in distribution.quantiles
    ]
    line = [" "] * cells
    line[cell_of[0] : cell_of[4] + 1] = "-" * (cell_of[4] - cell_of[0] + 1)
    line[cell_of[1] : cell_of[3] + 1] = "=" * (cell_of[3] - cell_of[1] + 1)
    line[cell_of[2]] = "█"
    return "".join(line).rstrip()


def _tell(flow: Sequence[LayerFlow], words: Mapping[str, str]) -> str:
    """How the neurons' median changes from the last layer back to the first, and how many gradients are zero."""
    first, last = flow[0], flow[-1]
    pieces = []
    if len(flow) > 1:
        before, after = last.neurons.median, first.neurons.median
        way = f"from {shorten(last.name, 20)} back to {shorten(first.name, 20)}"
        if not all(0 < size < math.inf for size in (before, after)):
            pieces.append(f"the {words['neurons']}' median goes from {before:.1e} to {after:.1e} {way}")
        elif abs(orders := math.log10(after) - math.log10(before)) < 0.3:
            pieces.append(f"the {words['neurons']}' median keeps its size {way}")
        else:
            verb = "shrinks" if orders < 0 else "grows"
            pieces.append(f"the {words['neurons']}' median {verb} by {abs(orders):.1f} orders of magnitude {way}")
    zeros, count = (sum(getattr(layer.parameters, name) for layer in flow) for name in ("zeros", "count"))
    if zeros:
        pieces.append(f"{zeros:,} of {count:,} gradients of {words['parameters']} {'is' if zeros == 1 else 'are'} zero")
    return fill("; ".join(pieces or [f"no gradient of {words['parameters']} is zero"]).split(), 2)
