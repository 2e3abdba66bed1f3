"""The gradient by depth: against NumPy's matrices, against its bound, and in its picture."""

import math

import numpy as np
import pytest

import nn
from engine import Value
from engine.value import lift
from viz.figures.shrink import INITS, shrink


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    from matplotlib import pyplot

    pyplot.close("all")


def by_matrices(activation, gain, width, depth, seed):
    """The same network with NumPy, backward by hand: δ = Wᵀδ · slope, ∂L/∂W1 = δ xᵀ."""
    functions = {
        "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), lambda a: a * (1 - a)),
        "tanh": (np.tanh, lambda a: 1 - a * a),
        "relu": (lambda z: np.maximum(z, 0), lambda a: (a > 0) * 1.0),
        "linear": (lambda z: z, np.ones_like),
    }
    function, slope = functions[activation]
    generator = np.random.default_rng(seed)
    weights = [generator.normal(scale=gain / math.sqrt(width), size=(width, width)) for _ in range(depth)]
    x = generator.normal(size=width)
    signals = [x / np.linalg.norm(x)]
    for matrix in weights:
        signals.append(function(matrix @ signals[-1]))
    delta = slope(signals[-1]) / math.sqrt(width)
    for matrix, signal in zip(weights[:0:-1], signals[-2:0:-1], strict=True):
        delta = (matrix.T @ delta) * slope(signal)
    return np.linalg.norm(np.outer(delta, signals[0]))


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu", "linear"])
def test_the_deepest_network_has_the_gradient_that_numpy_finds(activation):
    found = shrink(activation, [9], init="he", width=5, seed=3)
    expected = by_matrices(activation, math.sqrt(2), 5, 9, 3)
    assert found.series[activation, "he"].gradients == pytest.approx((expected,), rel=1e-12)


def test_no_gradient_exceeds_its_bound():
    found = shrink(("sigmoid", "tanh", "relu", "linear"), range(1, 13), init=tuple(INITS), width=4)
    assert len(found.series) == 16
    for series in found.series.values():
        assert all(
            0 <= size <= bound * (1 + 1e-12) for size, bound in zip(series.gradients, series.bounds, strict=True)
        )


def test_one_neuron_a_layer_reaches_the_bound_of_a_line():
    """Without an activation the gradient is the product of the weights, and so is the bound."""
    series = shrink("linear", range(1, 8), init=1.5, width=1).series["linear", "1.5"]
    assert series.gradients == pytest.approx(series.bounds, rel=1e-12)


def test_sigmoids_vanish_and_large_weights_explode():
    found = shrink(("sigmoid", "relu"), (1, 20), init=("xavier", "large"))
    first, last = found.series["sigmoid", "xavier"].gradients
    assert last < 0.25**19 * 1e2 * first
    first, last = found.series["relu", "large"].gradients
    assert last > 1e3 * first


def test_models_can_be_given_as_functions():
    def build(depth):
        model = nn.MLP(2, [3] * depth + [1], "sigmoid", generator=np.random.default_rng(0))
        return model([1.0, 2.0]), model.layers[0].parameters()

    found = shrink({"MLP": build}, (1, 3, 6))
    gradients = found.series["MLP", ""].gradients
    for depth, size in zip((1, 3, 6), gradients, strict=True):
        output, leaves = build(depth)
        output.backward()
        assert size == pytest.approx(math.hypot(*(leaf.grad for leaf in leaves)), rel=1e-12)
    found.plot()
    assert "MLP: each layer multiplies" in str(found)
    with pytest.raises(TypeError, match="a loss and its leaves for depth 1"):
        shrink({"MLP": lambda depth: 3.0}, [1])


def test_the_picture_has_a_panel_for_each_initialisation():
    found = shrink(("sigmoid", "tanh"), range(1, 6), init=("xavier", "he"), width=3)
    axes = found.plot()
    assert [ax.get_title() for ax in axes] == ["Xavier initialisation", "He initialisation"]
    for ax, init in zip(axes, ("xavier", "he"), strict=True):
        assert ax.get_yscale() == "log"
        lines = [list(line.get_ydata()) for line in ax.lines]
        for name in ("sigmoid", "tanh"):
            series = found.series[name, init]
            assert list(series.gradients) in lines
            assert list(series.bounds) in lines
        assert all(tick == int(tick) for tick in ax.get_xticks())
    assert found.plot(axes) == axes
    with pytest.raises(ValueError, match="2 axes are needed"):
        found.plot(axes[0])


def test_a_chain_of_values_is_followed_back_to_its_leaf():
    """Eight sigmoids built by hand: each step multiplies by a slope, s·(1 - s), of 0.25 at most."""
    signal, slopes = Value(0.5, "x"), []
    for _ in range(8):
        signal = signal.sigmoid()
        slopes.insert(0, signal.data * (1 - signal.data))
    found = shrink(signal)
    (series,) = found.series.values()
    assert found.depths == tuple(range(9))
    assert series.gradients == pytest.approx(np.cumprod([1, *slopes]), rel=1e-12)
    assert series.bounds == pytest.approx(0.25 ** np.arange(9), rel=1e-12)
    (ax,) = found.plot()
    assert ax.get_xlabel() == "steps back from v8"
    assert "by steps back from v8" in str(found)
    with pytest.raises(ValueError, match="depth is for networks"):
        shrink(signal, [1, 2])


def test_the_bound_of_a_chain_counts_its_weights_and_ends_where_paths_meet():
    x, w = Value(2.0, "x"), Value(-3.0, "w")
    assert shrink((x * w).tanh()).series["v2", ""].bounds == (1.0, 1.0, 3.0)
    y = x.tanh()
    series = shrink(y * y + w).series["v3", ""]
    assert series.gradients == pytest.approx((1, 1, 2 * y.data, 2 * y.data * (1 - y.data**2)))
    assert series.bounds[:2] == (1.0, 1.0)
    assert all(map(math.isnan, series.bounds[2:]))
    assert "-" in str(shrink(y * y + w)).split("\n")[3]
    assert math.isnan(shrink(x.exp()).series["v1", ""].bounds[1])  # its slope has no bound
    with pytest.raises(ValueError, match="no leaf stands behind it"):
        shrink(lift(2.0))


def test_the_table_fits_a_terminal():
    text = str(shrink("sigmoid", range(1, 21), width=3))
    assert max(map(len, text.split("\n"))) <= 80
    assert "sigmoid, xavier: each layer multiplies the gradient by" in text


def test_bad_input():
    with pytest.raises(ValueError, match="unknown activation: 'relux'"):
        shrink("relux")
    with pytest.raises(ValueError, match="unknown initialisation: 'glorot'"):
        shrink("relu", init="glorot")
    with pytest.raises(ValueError, match="positive scale"):
        shrink("relu", init=-1.0)
    for depth in ([], [0], [1.5], [True]):
        with pytest.raises(ValueError, match="whole numbers from 1"):
            shrink("relu", depth)
    with pytest.raises(ValueError, match="width"):
        shrink("relu", [1], width=0)
    for seed in (-1, 1.5, "a", None):
        with pytest.raises(ValueError, match=f"seed must be a whole number from 0, not {seed!r}"):
            shrink("relu", [1], seed=seed)
    for empty in ([], {}):
        with pytest.raises(ValueError, match="activation is empty: give at least one"):
            shrink(empty, [1])
    with pytest.raises(ValueError, match="init is empty: give at least one"):
        shrink("relu", [1], init=[])


def test_a_chain_of_leaky_relus_keeps_to_its_bound():
    x = Value(-1.0, "x")
    series = shrink(x.leaky_relu(2.0).leaky_relu(0.5).leaky_relu(-3.0)).series["v3", ""]
    assert series.gradients == (1.0, 3.0, 1.5, 3.0)
    assert series.bounds == (1.0, 3.0, 3.0, 6.0)
    series = shrink(Value(100.0, "x").softplus().softplus().silu().gelu()).series["v4", ""]
    assert all(size <= bound for size, bound in zip(series.gradients, series.bounds, strict=True))


def given(*gradients):
    """The gradients by depth as given: those of x·gradient by x."""

    def build(depth):
        x = Value(1.0, "x")
        return x * gradients[depth - 1], [x]

    return shrink({"given": build}, range(1, len(gradients) + 1))


@pytest.mark.parametrize(
    ("gradients", "said"),
    [
        ((1e-150, 1.0, 1e150), "by 1e+150 on average, 2 layers by 1e+300"),
        ((1e-300, 1.0, 1e300), "by 1e+300 on average, 2 layers by 1e+600"),
        ((1e200, 1e-150), "by 1e-350 on average, 1 layer by 1e-350"),
        ((2.0, 1.0, 0.5), "by 0.5 on average, 2 layers by 2.5e-01"),
    ],
)
def test_changes_too_large_for_a_float_are_told(gradients, said):
    assert said in " ".join(str(given(*gradients)).split())


@pytest.mark.parametrize("gradients", [(1.0, 0.0, 2.0), (math.inf, 1.0, 5e-324), (0.0, math.inf), (math.nan, 1e300)])
@pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")  # matplotlib's, at the end of floats
def test_no_gradient_is_left_out_of_the_picture(gradients):
    (ax,) = given(*gradients).plot()
    ax.figure.canvas.draw()
    low, high = ax.get_ylim()
    seen = {}
    for line in ax.lines:
        mark = (line.get_marker(), line.get_markerfacecolor() == ax.get_facecolor())
        seen |= {int(x): (mark, y) for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True) if y == y}
    for depth, size in enumerate(gradients, 1):
        mark, y = seen[depth]
        if size == 0:
            assert mark == ("o", True)
            assert y == low
        elif not math.isfinite(size):
            assert mark[0] == "x"
            assert y == high
        else:
            assert y == size
            assert low <= y <= high
    assert ax.get_legend().get_title().get_text() == ""  # no bound is dashed


def test_the_legend_tells_of_bounds_where_they_are():
    assert shrink("tanh", [1, 2]).plot()[-1].get_legend().get_title().get_text() == "dashed: bound"


def test_the_legend_names_the_marks_of_every_panel():
    axes = shrink("tanh", [1, 3], init=[1e5, "xavier"], width=3).plot()
    texts = [text.get_text() for text in axes[-1].get_legend().get_texts()]
    assert texts == ["tanh", "hollow: 0"]


def test_letters_are_read_in_a_notebook_however_many_panels():
    axes = shrink("tanh", [1, 2], init=["xavier", "he", "small", "large"], width=3).plot()
    assert axes[0].get_legend() is None
    size = min(text.get_fontsize() for text in axes[-1].get_legend().get_texts())
    assert size / 72 * 978 / axes[0].figure.get_figwidth() >= 9
