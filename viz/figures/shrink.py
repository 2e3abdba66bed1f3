"""Measures how the first layer's gradient depends on the depth of a network, why it vanishes or explodes."""

import math
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from numbers import Integral
from operator import mul
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine import dot, grad
from engine import sum as add
from engine.numbers import write_count
from engine.value import Value, toposort
from viz.figures.axes import (
    DASHES,
    MARKERS,
    Plotted,
    add_legend,
    count_whole,
    find_colour,
    mark_unshown,
    new_axes,
    write_plain,
)
from viz.lines import fill
from viz.paths.links import find_kind
from viz.paths.longest import find_longest
from viz.slopes import find_bound, find_bounds
from viz.words.words import name_graph

INITS = {"xavier": 1.0, "he": math.sqrt(2), "small": 0.5, "large": 2.5}  # deviation · sqrt(width)
WIDEST = 11.6  # inches of all panels, where the letters are read in a notebook
SHOWN = (0, 1, 2, 3, 5, 10, 20, 30, 50)  # depths that the table shows, if they were measured

Array = NDArray[np.float64]
Build = Callable[[int], tuple[Value, Sequence[Value]]]


@dataclass(frozen=True)
class Series:
    """The measurements of one kind of network at each depth.

    gradients   the Euclidean norm of the gradient of the loss by the first layer's weights
    bounds      its upper bound: the bound of the slope to the power of the depth, times the spectral norms of the
                weights after the first layer; nan where there is no bound
    """

    gradients: tuple[float, ...]
    bounds: tuple[float, ...]


@dataclass(frozen=True, repr=False)
class Shrink(Plotted):
    """The result of `shrink`; prints as a table.

    depths   the numbers of layers of the networks, or of steps back along a chain
    series   the measurements by activation and initialisation
    width    the number of neurons per layer; 0 for networks built by functions
    root     the name of a chain's result, else ""

    >>> shrink(Value(0.5, "x").sigmoid().sigmoid()).root
    'v2'
    """

    depths: tuple[int, ...]
    series: dict[tuple[str, str], Series]
    width: int
    root: str = ""

    def plot(self, axes: Any = None) -> list[Any]:
        """Draw the gradient by depth on a log scale, one panel per initialisation, and return the axes.

        axes   one for each initialisation; by default those of a new figure

        Bounds are dashed; a gradient of zero is a hollow marker at the bottom, one that is not finite a cross at the
        top. Raises ImportError if matplotlib is missing.
        """
        inits, root = list(dict.fromkeys(init for _, init in self.series)), write_plain(self.root)
        if axes is None:
            axes = new_axes(1.4 + min(4.2 * len(inits), WIDEST), 4.8, len(inits))
            title = f"on its way back from {root}" if root else "that reaches the first layer, by depth"
            np.ravel(axes)[0].figure.suptitle(f"The gradient {title}", fontsize=12)
        axes = np.ravel(np.array(axes, object)).tolist()
        if len(axes) != len(inits):
            raise ValueError(f"{len(inits)} axes are needed, one for each of {', '.join(inits)}; {len(axes)} given")
        names = list(dict.fromkeys(activation for activation, _ in self.series))
        sizes = [size for series in self.series.values() for size in series.gradients if 0 < size < math.inf] or [1.0]
        low, high = max(min(sizes) / 30, 5e-324), min(max(*sizes, 1.0) * 30, sys.float_info.max)
        for ax, init in zip(axes, inits, strict=True):
            for number, name in enumerate(names):
                if (name, init) not in self.series:
                    continue
                series, colour = self.series[name, init], find_colour(number)
                depths, gradients = np.array(self.depths), np.array(series.gradients)
                style = {"color": colour, "marker": MARKERS[number % len(MARKERS)], "markersize": 4.5}
                shown = np.where(gradients > 0, gradients, np.nan)
                ax.plot(depths, shown, markevery=max(1, len(depths) // 10), label=write_plain(name), **style)
                mark_unshown(ax, depths, gradients, low, high, style)
                if np.isfinite(series.bounds).any():
                    ax.plot(self.depths, series.bounds, color=colour, linestyle=DASHES[1], linewidth=1.1, alpha=0.8)
            ax.set_yscale("log")
            ax.set_ylim(low, high)
            ax.set_xlabel(f"steps back from {root}" if root else "depth (layers)")
            ax.set_title(f"{init.capitalize()} initialisation" if init else "", fontsize=10)
            count_whole(ax)
            ax.grid(alpha=0.3)
        axes[0].set_ylabel(f"size of {self._whose} gradient (log scale)")
        bounded = any(np.isfinite(series.bounds).any() for series in self.series.values())
        entries = {label: each for ax in axes for each, label in zip(*ax.get_legend_handles_labels(), strict=True)}
        listed: dict[str, Any] = {"labels": list(entries), "handles": list(entries.values())}
        add_legend(axes[-1], title="dashed: bound" if bounded else None, fontsize=9, title_fontsize=9, **listed)
        return [*axes]

    def __str__(self) -> str:
        shown = [depth for depth in SHOWN if depth in self.depths] or list(self.depths[:7])
        shown = [*shown[:6], self.depths[-1]] if self.depths[-1] not in shown[:7] else shown[:7]
        indices = [self.depths.index(depth) for depth in shown]
        by = f"steps back from {self.root}" if self.root else "depth"
        lines = [f"Size of {self._whose} gradient, by {by}; below it, its bound"]
        lines.append(f"{'':20}" + "".join(f"{depth:>8}" for depth in shown))
        for (activation, init), series in self.series.items():
            for name, numbers in ((_name(activation, init), series.gradients), ("  bound", series.bounds)):
                if any(map(math.isfinite, numbers)):
                    cells = (f"{numbers[index]:8.0e}".replace("nan", "  -") for index in indices)
                    lines.append(f"{name[:19]:20}{''.join(cells)}")
        return "\n".join([*lines, *map(self._tell, self.series)])

    __repr__ = __str__

    @property
    def _whose(self) -> str:
        return "the" if self.root else "the first layer's"

    def _tell(self, key: tuple[str, str]) -> str:
        first, last = (self.series[key].gradients[index] for index in (0, -1))
        name = _name(*key)
        layers = self.depths[-1] - self.depths[0]
        if not layers or not all(0 < size < math.inf for size in (first, last)):
            where = f"after {write_count(layers, 'step')}" if self.root else f"at depth {self.depths[-1]}"
            return f"{name}: {last:.1e} {where}"
        orders = math.log10(last) - math.log10(first)  # the quotient may be too large for a float
        each = "step" if self.root else "layer"
        said = f"{name}: each {each} multiplies the gradient by {_power(orders / layers, '.3g')} on average,"
        said += f" {write_count(layers, each)} by {_power(orders, '.1e')}"
        return fill(said.split(), 0, 2)


def shrink(
    activation: str | Iterable[str] | Mapping[str, Build] | Value = ("sigmoid", "tanh", "relu"),
    depth: Iterable[int] | None = None,
    *,
    init: str | float | Iterable[str | float] = ("xavier", "he"),
    width: int = 12,
    seed: int = 0,
) -> Shrink:
    """Measure the first layer's gradient in networks of every depth, by backward passes through real graphs.

    For the end of a chain of Values, measure the gradient by each Value on the way back to the farthest leaf.

    activation   names of activations (methods of Value); or a dictionary of functions, each from a depth to a loss and
                 the leaves whose gradient is wanted, such as the weights of a first layer; or the end of a chain
    depth        the depths, whole numbers from 1; None means 1 to 50, or the whole chain
    init         the scale of the normal random weights: "xavier", "he", "small", "large", or a number, which is their
                 deviation times the square root of the width. Not used with functions and chains
    width, seed  of the networks: dense layers of `width` neurons without biases, with an input of norm 1; the loss is
                 the sum of the outputs over the square root of the width, so that its gradient has norm 1

    The bound follows from the chain rule: \\|∂L/∂W1\\| ≤ m**depth · \\|W2\\| · ... · \\|Wdepth\\|, where m is the
    steepest slope of the activation and \\|W\\| the spectral norm. Raises ValueError for unknown names, and for a
    depth, width or seed that is not a whole number.

    >>> found = shrink("sigmoid", range(1, 6), init="xavier")
    >>> series = found.series["sigmoid", "xavier"]
    >>> all(gradient <= bound for gradient, bound in zip(series.gradients, series.bounds))
    True

    >>> signal = Value(0.5, "x")
    >>> for _ in range(8):
    ...     signal = signal.sigmoid()
    >>> shrink(signal)
    Size of the gradient, by steps back from v8; below it, its bound
                               0       1       2       3       5       8
    v8                     1e+00   2e-01   5e-02   1e-02   6e-04   7e-06
      bound                1e+00   2e-01   6e-02   2e-02   1e-03   2e-05
    v8: each step multiplies the gradient by 0.226 on average, 8 steps by 6.9e-06
    """
    if isinstance(activation, Value):
        return _follow(activation, depth)
    depths = tuple(sorted(set(range(1, 51) if depth is None else depth)))
    if not depths or any(isinstance(each, bool) or not isinstance(each, int) or each < 1 for each in depths):
        raise ValueError(f"depth must be whole numbers from 1, not {depths}")
    names = [activation] if isinstance(activation, str) else list(activation)
    if not names:
        raise ValueError("activation is empty: give at least one")
    if isinstance(activation, Mapping):
        return Shrink(depths, {(name, ""): _measure(build, depths) for name, build in activation.items()}, 0)
    if isinstance(width, bool) or not isinstance(width, int) or width < 1:
        raise ValueError(f"width must be a whole number from 1, not {width!r}")
    if not isinstance(seed, Integral) or seed < 0:
        raise ValueError(f"seed must be a whole number from 0, not {seed!r}")
    steepest = find_bounds() | {"linear": 1.0}
    inits = [init] if isinstance(init, str | float | int) else list(init)
    if not inits:
        raise ValueError("init is empty: give at least one")
    for name in names:
        if name not in steepest:
            raise ValueError(f"unknown activation: {name!r} (one of {', '.join(map(repr, steepest))})")
    series = {}
    for each in inits:
        gain = _find_gain(each)
        generator = np.random.default_rng(seed)
        weights = [generator.normal(scale=gain / math.sqrt(width), size=(width, width)) for _ in range(depths[-1])]
        signal = generator.normal(size=width)
        signal /= np.linalg.norm(signal)
        for name in names:
            series[name, str(each)] = _sweep(name, steepest[name], weights, signal, depths)
    return Shrink(depths, series, width)


def _follow(root: Value, depth: Iterable[int] | None) -> Shrink:
    """The gradient by every node on the longest path back from the root."""
    names = name_graph(root)
    edges = find_longest(names)
    if depth is not None:
        raise ValueError("depth is for networks: a chain is always followed to its end")
    nodes = [root, *(node.operands[index] for node, index in edges)]
    bounds, bound = [1.0], 1.0
    ways = _count_ways(root)
    for (node, index), behind in zip(edges, nodes[1:], strict=True):
        kind = find_kind(node, index, nodes[-1])
        if kind == "slope":
            bound *= find_bound(node) or math.nan
        else:
            bound *= math.nan if kind == "other" else abs(node.local_derivatives[index])
        bounds.append(bound if ways[behind] == 1 else math.nan)  # a bound for one path does not hold for several
    series = Series(tuple(map(abs, grad(root, nodes))), tuple(bounds))
    return Shrink(tuple(range(len(nodes))), {(names[root], ""): series}, 0, names[root])


def _count_ways(root: Value) -> dict[Value, int]:
    """The number of paths from the root to each node, at most 2."""
    ways = {root: 1}
    for node in reversed(toposort(root)):
        for operand in node.operands:
            ways[operand] = min(ways.get(operand, 0) + ways[node], 2)
    return ways


def _name(*parts: str) -> str:
    return ", ".join(filter(None, parts))


def _power(orders: float, layout: str) -> str:
    """A power of ten as a number of this layout, also if that is no float."""
    return format(10**orders, layout) if abs(orders) < 300 else f"1e{orders:+.0f}"


def _find_gain(init: str | float) -> float:
    if isinstance(init, str):
        if init not in INITS:
            raise ValueError(f"unknown initialisation: {init!r} (a number, or one of {', '.join(map(repr, INITS))})")
        return INITS[init]
    if not 0 < init < math.inf:
        raise ValueError(f"an initialisation must have a positive scale, not {init!r}")
    return float(init)


def _sweep(name: str, slope: float, weights: list[Array], signal: Array, depths: tuple[int, ...]) -> Series:
    """The networks of all depths are the beginnings of the deepest."""
    first = [[Value(number) for number in row] for row in weights[0].tolist()]
    leaves = [leaf for row in first for leaf in row]
    losses = dict(enumerate(_losses(name, first, weights, signal), 1))
    gradients = [math.hypot(*grad(losses[depth], leaves)) for depth in depths]
    norms = [slope, *(slope * float(np.linalg.norm(matrix, 2)) for matrix in weights[1:])]
    bounds = list(accumulate(norms, mul))
    return Series(tuple(gradients), tuple(bounds[depth - 1] for depth in depths))


def _losses(name: str, first: list[list[Value]], weights: list[Array], signal: Array) -> Iterator[Value]:
    values: list[Any] = signal.tolist()
    for rows in (first, *(matrix.tolist() for matrix in weights[1:])):
        sums = [dot(row, values) for row in rows]
        values = sums if name == "linear" else [getattr(value, name)() for value in sums]
        yield add(values) * (1 / math.sqrt(len(values)))


def _measure(build: Build, depths: tuple[int, ...]) -> Series:
    gradients = []
    for depth in depths:
        made = build(depth)
        if not isinstance(made, tuple) or len(made) != 2 or not isinstance(made[0], Value):
            raise TypeError(f"expected a loss and its leaves for depth {depth}, not {str(made)[:60]}")
        gradients.append(math.hypot(*grad(made[0], list(made[1]))))
    return Series(tuple(gradients), (math.nan,) * len(depths))
