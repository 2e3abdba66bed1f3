"""The plots: their lines against the numbers, what they refuse, and that each takes axes and returns them."""

import math
import statistics
import sys
from fractions import Fraction
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest

import nn
from engine import Op, Value, grad, gradcheck, register
from engine.teaching.check import GradientCheck, Row
from tests.contrast import contrast
from viz import plots
from viz.figures.axes import COLOURS, MARKERS, add_legend, mark_unshown
from viz.slopes import find_bounds


@pytest.fixture(scope="module")
def shared():
    """One figure for all: making it takes longer than drawing."""
    return plots.new_axes()


@pytest.fixture(autouse=True)
def close_others(shared):
    from matplotlib import pyplot

    yield
    for number in set(pyplot.get_fignums()) - {shared.figure.number}:
        pyplot.close(number)


@pytest.fixture
def ax(shared):
    figure = shared.figure
    figure.clear()
    return figure.subplots()


def test_a_loss_curve_has_a_line_for_each_series_and_a_log_scale(ax):
    assert plots.loss_curve([1.0, 0.1, 0.01], [1.5, 0.5, 0.2], ax=ax) is ax
    assert [line.get_label() for line in ax.lines] == ["training", "held out"]
    assert list(ax.lines[1].get_ydata()) == [1.5, 0.5, 0.2]
    assert ax.get_yscale() == "log"
    with pytest.raises(ValueError, match="at least one epoch"):
        plots.loss_curve([])


def test_a_decision_boundary_lies_where_the_output_is_zero(ax):
    X, y = np.array([[-1.0, 0.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0, 1, 1])
    plots.decision_boundary(lambda rows: rows[:, 0] - 0.25, X, y, ax=ax)
    line = ax.collections[1].get_paths()[0].vertices
    assert np.allclose(line[:, 0], 0.25)
    with pytest.raises(ValueError, match="two classes"):
        plots.decision_boundary(lambda rows: rows[:, 0], X, np.zeros(3))


def test_a_decision_boundary_is_white_at_the_threshold_and_has_the_classes_colours_on_its_sides(ax):
    X, y = np.array([[-1.0, 0.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0, 1, 1])
    plots.decision_boundary(lambda rows: rows[:, 0] / 4 + 0.5, X, y, ax=ax, threshold=0.5)
    shade, first, second = ax.collections[0], ax.collections[-2], ax.collections[-1]
    below, at, above = (shade.cmap(shade.norm(output))[:3] for output in (0.25, 0.5, 0.75))
    assert at == pytest.approx((1, 1, 1), abs=0.01)
    for side, points in ((below, first), (above, second)):  # a tint: the same hue, nearer to white
        share = (1 - np.array(side)) / (1 - points.get_facecolor()[0][:3])
        assert np.ptp(share) < 0.02
        assert 0.3 < share.mean() < 0.8


def test_epochs_and_steps_are_whole_numbers(ax):
    plots.loss_curve([1.0, 0.5, 0.25], ax=ax)
    assert all(tick == int(tick) for tick in ax.get_xticks())
    ax.clear()
    plots.learning_rates({0.1: [1.0, 0.5, 0.25]}, ax=ax)
    assert all(tick == int(tick) for tick in ax.get_xticks())


def test_no_legend_stands_over_the_data(shared):
    X, y = np.array([[-1.0, 0.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0, 1, 1])
    for draw in (
        lambda ax: plots.loss_curve([1.0, 0.5], ax=ax),
        lambda ax: plots.activation_curves(ax=ax),
        lambda ax: plots.decision_boundary(lambda rows: rows[:, 0], X, y, ax=ax),
        lambda ax: plots.descent_contour(lambda x, y: x * x + y * y, [(1, 1), (0.5, 0.5)], ax=ax, label="a"),
    ):
        figure = shared.figure
        figure.clear()
        ax = draw(figure.subplots())
        figure.canvas.draw()
        legend, whole = ax.get_legend().get_window_extent(), figure.bbox
        assert not legend.overlaps(ax.get_window_extent())
        assert not legend.overlaps(ax.xaxis.label.get_window_extent())
        assert whole.x0 <= legend.x0 < legend.x1 <= whole.x1
        assert whole.y0 <= legend.y0 < legend.y1 <= whole.y1


def test_a_legend_stays_inside_where_a_figure_makes_no_room_for_it():
    from matplotlib import pyplot

    _, ax = pyplot.subplots()
    plots.loss_curve([1.0, 0.5], ax=ax)
    ax.figure.canvas.draw()
    assert ax.get_legend().get_window_extent().overlaps(ax.get_window_extent())
    pyplot.close(ax.figure)


def test_series_are_seen_on_paper_and_each_has_its_own_colour_and_marker():
    assert min(contrast(hue, "#ffffff") for hue in COLOURS) >= 3
    assert len(set(COLOURS)) == len(set(MARKERS)) == len(COLOURS)


def test_without_matplotlib_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"\[plots\]"):
        plots.loss_curve([1.0])


def test_a_history_is_drawn_as_it_is(ax):
    history = nn.History(loss=[2.0, 1.0], validation_loss=[3.0, 2.5])
    plots.loss_curve(history, ax=ax)
    assert [list(line.get_ydata()) for line in ax.lines] == [[2.0, 1.0], [3.0, 2.5]]


@pytest.mark.parametrize(
    ("first", "second", "is_log"),
    [
        ([1.0, 0.5], [1.0, 0.1], True),
        ([1.0, 0.5], [1.0, -1.0], False),
        ([1.0, -0.5], [1.0, 0.1], False),
        ([math.nan, 1.0, 0.5], [0.2], True),
        ([1.0, math.nan, 0.0], [0.2], False),
        ([1.0, math.inf], [0.5, 0.2], True),
        ([math.nan], [math.nan], False),
    ],
)
def test_a_log_scale_hides_no_loss_that_is_drawn_on_the_same_axes(ax, first, second, is_log):
    for losses, label in ((first, "one"), (second, "another")):
        plots.loss_curve(losses, ax=ax, label=label)
    assert ax.get_yscale() == ("log" if is_log else "linear")
    assert ax.get_ylabel() == ("mean loss (log scale)" if is_log else "mean loss")
    assert str([line.get_ydata().tolist() for line in ax.lines]) == str([first, second])
    assert len({line.get_color() for line in ax.lines}) == 2
    ax.clear()
    rates = [[loss for loss in losses if math.isfinite(loss)] for losses in (first, second)]
    for rate, losses in zip((0.1, 0.2), rates, strict=True):
        plots.learning_rates({rate: losses or [math.nan]}, ax=ax)
    ax.figure.canvas.draw()
    assert (ax.get_yscale() == "log") == is_log
    assert all(ax.get_ylim()[0] <= loss <= ax.get_ylim()[1] for losses in rates for loss in losses)


def test_only_what_grows_tenfold_or_breaks_off_diverges(ax):
    losses = {
        "falls": [-1.0, -2.0, -50.0],  # ten times the first, and lower
        "rises": [-5.0, -1.0, 30.0],
        "grows": [-5.0, 50.0],
        "ten": [1.0, 10.0],
        "eleven": [1.0, 11.0],
        "never": [math.nan, 1.0, 0.5],
        "single": [3.0],
    }
    plots.learning_rates(losses, ax=ax)
    labels = [line.get_label() for line in ax.lines if not line.get_label().startswith("_")]
    assert labels == ["falls", "rises", "grows, diverges", "ten", "eleven, diverges", "never, diverges", "single"]
    ax.clear()
    plots.learning_rates({"never": losses["never"]}, ax=ax)  # nothing to draw
    assert ax.get_yscale() == "linear"


def test_a_rate_that_diverges_is_marked(ax):
    def losses(rate):
        x, series = 1.0, []
        for _ in range(30):
            series.append(x * x)
            x -= rate * 2 * x
        return series

    broken = [1.0, 5.0, math.inf, math.nan]
    plots.learning_rates({0.1: losses(0.1), 1.2: losses(1.2), "none": broken}, ax=ax)
    labels = [line.get_label() for line in ax.lines if not line.get_label().startswith("_")]
    assert labels == ["0.1", "1.2, diverges", "none, diverges"]
    assert list(ax.lines[0].get_ydata()) == losses(0.1)
    crosses = [line for line in ax.lines if line.get_marker() == "x"]
    assert [list(line.get_ydata()) for line in crosses] == [[losses(1.2)[-1]], [5.0]]
    with pytest.raises(ValueError, match="at least one learning rate"):
        plots.learning_rates({})


def test_a_rate_that_diverges_far_leaves_room_for_the_others(ax):
    far = [10.0**step for step in range(0, 200, 5)]
    plots.learning_rates({0.1: [1.0, 0.5, 0.1], 9.0: far}, ax=ax)
    low, high = ax.get_ylim()
    assert low < 0.1
    assert high == pytest.approx(1e12)
    (cross,) = [line for line in ax.lines if line.get_marker() == "x"]
    assert (list(cross.get_xdata()), list(cross.get_ydata())) == ([2], [1e10])
    assert list(ax.lines[1].get_ydata()) == far


def test_learning_rates_may_be_histories(ax):
    histories = {}
    for rate in (0.1, 1e200):
        model = nn.MLP(1, [3, 1], "relu", init="constant")
        histories[rate] = nn.fit(model, [[1.0]], [9.0], optimizer="sgd", lr=rate, epochs=4, progress=False)
    assert len(histories[1e200].loss) == 1  # the one before the update; the next would be infinite
    plots.learning_rates(histories, ax=ax)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["0.1", "1e+200, diverges"]
    assert ax.get_xlabel() == "epoch"
    plots.learning_rates({0.1: histories[0.1].loss}, ax=ax)
    assert ax.get_xlabel() == "step"
    with pytest.raises(TypeError, match=r"losses must be a dictionary, .*, not list"):
        plots.learning_rates([[1.0, 0.5]])


def test_learning_rates_may_be_arrays():
    for losses in (np.array([1.0, 0.5]), [np.float64(1.0), np.float64(0.5)]):
        ax = plots.learning_rates({0.1: losses, 3.0: np.array([1.0, 99.0])})
        assert [text.get_text() for text in ax.get_legend().get_texts()] == ["0.1", "3, diverges"]


def test_many_learning_rates_leave_room_for_the_losses():
    ax = plots.learning_rates({rate: [1.0, 1.0 / rate] for rate in range(1, 31)})
    ax.figure.canvas.draw()
    assert ax.get_window_extent().height > 0.7 * ax.figure.bbox.height
    assert len(ax.get_legend().get_texts()) == 30


def test_a_descent_lies_on_its_curve(ax):
    path = [3.0]
    for _ in range(5):
        x = Value(path[-1])
        path.append(path[-1] - 0.1 * grad(x**2, x))
    assert path[1] == pytest.approx(3.0 * 0.8)
    plots.descent_curve(lambda x: Value(x) ** 2, path, ax=ax, label="0.1")
    plots.descent_curve(lambda x: x * x, [-6.0, 5.0], ax=ax)
    (curve,) = [line for line in ax.lines if line.get_gid() == "function"]
    assert np.allclose(curve.get_ydata(), np.square(curve.get_xdata()))
    assert min(curve.get_xdata()) < -6.0
    first, second = [line for line in ax.lines if line.get_gid() == "descent"]
    assert list(first.get_xdata()) == path
    assert np.allclose(first.get_ydata(), np.square(path))
    assert first.get_color() != second.get_color()
    with pytest.raises(ValueError, match="step 1 of the path is not finite"):
        plots.descent_curve(lambda x: x, [1.0, math.inf], ax=ax)
    with pytest.raises(ValueError, match="2 numbers each"):
        plots.descent_contour(lambda x, y: x, [1.0, 2.0], ax=ax)


def test_a_descent_crosses_its_contours(ax):
    path = [(-2.0, 1.0), (-1.0, 0.5), (0.0, 0.1)]
    plots.descent_contour(lambda x, y: x * x + y, path, ax=ax)
    (line,) = [line for line in ax.lines if line.get_gid() == "descent"]
    assert np.array_equal(np.column_stack([line.get_xdata(), line.get_ydata()]), path)
    contours = ax.collections[1]
    for level, each in zip(contours.levels, contours.get_paths(), strict=True):
        for x, y in each.vertices:
            assert x * x + y == pytest.approx(level, abs=0.05)


def test_the_surface_is_the_loss_at_moved_weights():
    """A loss of the weights' own square: |w + a·d1 + b·d2|², with both directions as long as the weights."""
    weights = [Value(3.0, "neuron.w"), Value(4.0, "neuron.v")]
    offsets, heights = plots.measure_surface(lambda: weights[0] ** 2 + weights[1] ** 2, weights, resolution=5)
    assert list(offsets) == [-1.0, -0.5, 0.0, 0.5, 1.0]
    assert heights[2, 2] == 25.0
    # along one direction the heights are a parabola whose second difference is 2·(0.5·|d|)² with |d| = 5
    assert np.allclose(np.diff(heights[2], 2), 2 * (0.5 * 5) ** 2)
    assert np.allclose(np.diff(heights[:, 2], 2), 2 * (0.5 * 5) ** 2)
    assert [weight.data for weight in weights] == [3.0, 4.0]


def test_the_surface_of_a_loss_that_takes_a_derivative():
    w, b = weights = [Value(0.5, "neuron.w"), Value(0.3, "neuron.b")]

    def slope(x):
        return grad((w * x + b).tanh(), x, create_graph=True)

    _, heights = plots.measure_surface(lambda: slope(Value(0.7)), weights, resolution=3)
    _, expected = plots.measure_surface(lambda: w * (1 - (w * 0.7 + b).tanh() ** 2), weights, resolution=3)
    np.testing.assert_allclose(heights, expected, rtol=1e-12)


def bent(weights):
    """A loss that takes another branch for some of the weights."""
    return weights[0] * 2 if weights[0] > weights[1] else weights[1] ** 2


@pytest.mark.parametrize(
    ("loss", "is_recorded"),
    [
        (lambda weights: (weights[0] * weights[1]).tanh() + abs(weights[0]), True),
        (lambda weights: (weights[0] - 3).log() + weights[1], True),  # nan on one side
        (bent, False),
        (lambda weights: weights[0] * weights[1].data, False),  # looks at a number
        (lambda weights: weights[0] ** 2, False),  # does not use the other
        (lambda weights: float(weights[0] * weights[1]), False),
    ],
)
def test_the_surface_is_recorded_if_it_can_be_and_the_same(loss, is_recorded):
    weights, calls = [Value(3.0, "neuron.w"), Value(4.0, "neuron.v")], []

    def count():
        calls.append(1)
        return loss(weights)

    _, heights = plots.measure_surface(count, weights, resolution=9)
    assert (len(calls) < 9) == is_recorded
    _, expected = plots.measure_surface(lambda: float(loss(weights)), weights, resolution=9)  # no Value: not recorded
    np.testing.assert_allclose(heights, expected, rtol=1e-12)
    assert np.isfinite(heights).any()
    assert [weight.data for weight in weights] == [3.0, 4.0]


def test_a_surface_that_changes_from_call_to_call_is_not_recorded():
    weights, calls = [Value(3.0), Value(4.0)], []

    def noisy():
        calls.append(1)
        return weights[0] * weights[1] + len(calls)

    _, heights = plots.measure_surface(noisy, weights, resolution=5)
    assert len(calls) > 25
    assert len({*np.diff(heights.ravel()).round(6)}) > 1


def test_the_surface_leaves_the_weights_also_when_it_fails(ax):
    weights = [Value(3.0), Value(4.0)]
    with pytest.raises(ZeroDivisionError):
        plots.measure_surface(lambda: 1 / 0, weights)
    assert [weight.data for weight in weights] == [3.0, 4.0]
    plots.loss_surface(lambda: weights[0] ** 2 + 1.0, weights, ax=ax, resolution=4)
    assert list(ax.lines[0].get_xdata()) == [0]
    with pytest.raises(TypeError, match="leaf Values"):
        plots.measure_surface(lambda: 1.0, [])
    with pytest.raises(ValueError, match="at least 2"):
        plots.measure_surface(lambda: 1.0, weights, resolution=1)


def test_a_threshold_that_separates_no_probabilities_is_warned_about(ax):
    X, y = np.array([[-1.0, 0.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0, 1, 1])
    for predict in (lambda rows: 1 / (1 + np.exp(-rows[:, 0])), lambda rows: (rows[:, 0] > 0).astype(int)):
        with pytest.warns(UserWarning, match="the threshold 0 separates nothing: threshold=0.5"):
            plots.decision_boundary(predict, X, y, ax=ax)
        plots.decision_boundary(predict, X, y, ax=ax, threshold=0.5)
    plots.decision_boundary(lambda rows: rows[:, 0] + 5, X, y, ax=ax)
    plots.decision_boundary(lambda rows: 0 * rows[:, 0], X, y, ax=ax)
    shares = [[0.9, 0.1], [0.2, 0.8]]  # of which the larger wins, whatever the threshold
    plots.decision_boundary(lambda rows: [shares[int(x > 0)] for x, _ in rows], X, y, ax=ax)


def test_a_text_in_the_place_of_a_number_is_told_with_its_argument(ax):
    X, y = np.array([[-1.0, 0.0], [1.0, 0.0]]), np.array([0, 1])
    with pytest.raises(ValueError, match=r"predict\(X\): could not convert string to float"):
        plots.decision_boundary(lambda rows: ["yes"] * len(rows), X, y, ax=ax)
    for given in (0.7, "a", -1, math.nan):
        with pytest.raises(ValueError, match=r"predicted\[1\] is .*, not one of the classes 0, 1"):
            plots.confusion_matrix([0, 1], np.array([0, given], object), ax=ax)


def test_what_cannot_be_read_is_told_whatever_its_error_takes(ax):
    class Undecodable:
        def __array__(self, *_, **__):
            return b"\xff".decode()

    class TracedError(TypeError):  # as of JAX, made of what is traced
        def __init__(self, traced):
            super().__init__(f"{traced.name} is traced")

    class Tracer:
        name = "x"

        def __array__(self, *_, **__):
            raise TracedError(self)

    for given, error, said in ((Undecodable(), ValueError, "can't decode byte"), (Tracer(), TypeError, "x is traced")):
        with pytest.raises(error, match=f"truth: .*{said}"):
            plots.confusion_matrix(given, [0, 1], ax=ax)


@pytest.mark.parametrize("name", ["{}", "number {} of the classes"])
@pytest.mark.parametrize("count", [2, 8])
def test_a_legend_below_is_within_the_figure(count, name):
    X = np.array([[math.cos(turn), math.sin(turn)] for turn in range(count)])
    y = np.array([name.format(number) for number in range(count)])
    ax = plots.decision_boundary(lambda rows: rows @ X.T, X, y)
    ax.figure.canvas.draw()
    legend = ax.get_legend().get_window_extent()
    assert legend.x0 >= 0
    assert legend.x1 <= ax.figure.bbox.x1
    assert legend.y0 >= 0


def test_several_classes_make_regions(ax):
    X, y = np.array([[-1.0, 0.0], [1.0, 0.0], [0.0, 2.0]]), np.array([0, 1, 2])
    plots.decision_boundary(lambda rows: np.column_stack([-rows[:, 0], rows[:, 0], rows[:, 1] - 1]), X, y, ax=ax)
    assert len({text.get_text() for text in ax.get_legend().get_texts()}) == 3
    # the outputs are linear, so the lines lie just where two of them are equal and the third is smaller
    lines = [path.vertices for each in ax.collections if not each.get_fill() for path in each.get_paths()]
    for across, up in np.concatenate([line for line in lines if len(line)]):
        *_, second, first = sorted([-across, across, up - 1])
        assert first == pytest.approx(second, abs=1e-9)
    shown = len(ax.collections)
    plots.decision_boundary(lambda rows: rows[:, :1] + [[0.0, 1.0, -9.0]], X, y, ax=ax)
    assert len(ax.collections) == shown + 1 + 3  # one class is ahead everywhere: its shade, no line, and the points
    with pytest.raises(ValueError, match="3 classes need 3 outputs"):
        plots.decision_boundary(lambda rows: rows[:, 0], X, y, ax=ax)
    with pytest.raises(ValueError, match="two classes or more"):
        plots.decision_boundary(lambda rows: rows[:, 0], np.zeros((3, 4)), y)


def test_a_boundary_refuses_what_it_would_draw_wrongly_or_leave_out():
    X, y = np.array([[-1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]), np.array([0, 1, 2])

    def outputs(count, broken=0.0):
        return lambda rows: np.column_stack([*(rows[:, 0] * i for i in range(count - 1)), rows[:, 1] + broken])

    for count, classes in ((3, y // 2 * 2), (2, y), (4, y)):  # of (0, 0, 2) the second would have the third's points
        with pytest.raises(ValueError, match=f"outputs for each row, not {count}"):
            plots.decision_boundary(outputs(count), X, classes)
    for broken in (math.nan, math.inf):
        for count, classes in ((1, y // 2), (3, y)):
            with pytest.raises(ValueError, match=r"an output is not finite, at x1 = -1\.2, x2 = -0\.1"):
                plots.decision_boundary(outputs(count, broken), X, classes)
        with pytest.raises(ValueError, match="must be finite"):
            plots.decision_boundary(outputs(3), X + broken, y)
    with pytest.raises(ValueError, match="must be finite"):
        plots.decision_boundary(outputs(1), X, np.array([0.0, 1.0, math.nan]))


def test_the_numbers_of_a_boundary_are_those_of_the_model():
    model = nn.MLP(2, [3, 2], "tanh", generator=np.random.default_rng(0))
    X = np.array([[0.0, 0.0], [10.0, 1.0]])
    across, up, outputs = plots.measure_boundary(lambda rows: nn.predict(model, rows), X, 5)
    assert (across[0, 0], across[0, -1], up[0, 0], up[-1, 0]) == pytest.approx((-1.0, 11.0, -0.1, 1.1))
    direct = [value.data for value in model([float(across[3, 1]), float(up[3, 1])])]
    assert outputs[:, 3, 1] == pytest.approx(direct, rel=1e-12)
    single = plots.measure_boundary(lambda rows: rows[:, 0] * rows[:, 1], X, 5)[2]
    assert np.allclose(single, across * up)
    _, up, _ = plots.measure_boundary(lambda rows: rows[:, 0], np.array([[0.0, 3.0], [1.0, 3.0]]), 5)
    assert (up[0, 0], up[-1, 0]) == (2.0, 4.0)  # points in a row have an area around them


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "relu", "leaky_relu", "gelu", "step"])
def test_activations_and_slopes_are_those_of_values(ax, name):
    plots.activation_curves(name, ax=ax)
    curve, slope = ax.lines[:2]
    for place in (0, 77, 200, 301):
        x = Value(float(curve.get_xdata()[place]))
        y = getattr(x, name)()
        assert curve.get_ydata()[place] == pytest.approx(y.data, abs=1e-15)
        assert slope.get_ydata()[place] == pytest.approx(grad(y, x), abs=1e-15)


def test_the_linear_activation_has_a_curve_too(ax):
    plots.activation_curves(["step", "linear"], ax=ax)
    curve, slope = ax.lines[2:4]
    assert list(curve.get_ydata()) == list(curve.get_xdata())
    assert set(slope.get_ydata()) == {1.0}


def test_curves_differ_in_print_as_well(ax):
    plots.activation_curves(list(find_bounds())[:6], ax=ax)
    looks = {(line.get_marker(), line.get_linestyle()) for line in ax.lines[:12]}
    assert len(looks) == 12
    register(Op("cube", "a**3", ("3*a**2",)))
    plots.activation_curves("cube", ax=ax)
    assert ax.lines[-3].get_ydata()[-1] == 75.0
    for reach in (0.0, -1.0, math.inf, math.nan):
        with pytest.raises(ValueError, match="reach must be positive"):
            plots.activation_curves(reach=reach)
    with pytest.raises(ValueError, match="unknown activation: 'relux'"):
        plots.activation_curves("relux")


def test_histograms_have_a_row_a_layer(ax):
    model = nn.MLP(3, [5, 4, 1], "tanh", generator=np.random.default_rng(0))
    plots.weight_histograms(model, ax=ax)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["layers[0]", "layers[1]", "layers[2]"]
    for layer, line, text in zip(
        model.layers, [line for line in ax.lines if line.get_linestyle() == "--"], ax.texts, strict=True
    ):
        weights = [weight.data for neuron in layer.neurons for weight in neuron.weights]
        assert line.get_xdata()[0] == pytest.approx(np.mean(weights))
        assert f"deviation {np.std(weights):.2g}" in text.get_text()
        assert list(plots.measure_weights(model)[layer.name]) == weights


def test_histograms_of_outputs_are_over_samples(ax):
    model = nn.MLP(2, [3, 1], "tanh", generator=np.random.default_rng(0))
    X = np.random.default_rng(1).normal(size=(6, 2))
    plots.activation_histograms(model, X, ax=ax)
    hidden = [value.data for row in X.tolist() for value in model.layers[0](row)]
    mean = next(line for line in ax.lines if line.get_linestyle() == "--")
    assert mean.get_xdata()[0] == pytest.approx(np.mean(hidden))
    assert sorted(plots.measure_activations(model, X)["layers[0]"]) == sorted(hidden)
    model.layers[0].neurons[0].bias.data = math.nan
    with pytest.raises(ValueError, match="not finite"):
        plots.activation_histograms(model, X, ax=ax)
    with pytest.raises(ValueError, match="X is empty: give at least one sample"):
        plots.activation_histograms(model, [])
    with pytest.raises(TypeError, match="named_parameters"):
        plots.weight_histograms(3)


def test_a_loss_curve_shows_every_epoch():
    losses = [1.0, 0.5, math.nan, 0.1, math.inf, 0.2, 0.3]
    ax = plots.loss_curve(losses)
    (line,), (crosses,) = ax.lines, ax.collections
    assert np.flatnonzero(line.get_markevery()).tolist() == [3]  # of which no line is drawn
    assert line.get_marker() == "o"
    assert crosses.get_offsets().tolist() == [[3, 1], [5, 1]]
    low, high = plots.loss_curve([0.5, 0.4, math.inf, math.nan]).get_xlim()
    assert low < 1
    assert high > 4
    ax = plots.loss_curve([0.5])
    assert ax.lines[0].get_markevery() == [True]
    assert all(tick == round(tick) for tick in ax.get_xticks())
    assert plots.loss_curve([0.5, 0.4]).lines[0].get_marker() == "None"


@pytest.mark.parametrize(("count", "name"), [(3, "versicolor"), (5, "a class"), (12, "class number")])
def test_names_of_classes_do_not_overlap(count, name):
    classes = np.arange(count)
    ax = plots.confusion_matrix(classes, classes, names=[f"{name} {number}" for number in classes])
    ax.figure.canvas.draw()
    extents = [text.get_window_extent() for text in ax.get_xticklabels()]
    assert not any(left.overlaps(right) for left, right in pairwise(extents))


def test_a_confusion_matrix_counts(ax):
    plots.confusion_matrix([0, 0, 1, 1, 2], [0, 1, 1, 1, 0], names=["a", "b", "c"], ax=ax)
    assert [text.get_text() for text in ax.texts] == ["1", "1", "0", "0", "2", "0", "1", "0", "0"]
    assert ax.get_title() == "3 of 5 right (60.0%)"
    assert np.allclose(ax.images[0].get_array(), [[0.5, 0.5, 0], [0, 1, 0], [1, 0, 0]])
    no_classes = ([math.inf], [0]), ([0], [math.nan]), (["a"], ["a"])
    for wrong in (([0, 1], [0]), ([], []), ([0.5], [0]), ([-1], [0]), *no_classes):
        with pytest.raises(ValueError, match="classes 0, 1"):
            plots.confusion_matrix(*wrong)
    with pytest.raises(ValueError, match="2 classes need 2 names"):
        plots.confusion_matrix([0, 1], [0, 1], names=["a"])


@pytest.mark.parametrize(
    ("right", "total", "share"),
    [(1, 1, "100.0%"), (9999, 10000, "over 99.9%"), (1, 10000, "under 0.1%"), (0, 9, "0.0%")],
)
def test_a_share_is_all_or_nothing_only_where_it_is(ax, right, total, share):
    plots.confusion_matrix([0] * total, [0] * right + [1] * (total - right), ax=ax)
    assert ax.get_title() == f"{right} of {total} right ({share})"


def test_counts_fit_into_their_cells():
    classes = np.repeat(np.arange(7), 12345)
    ax = plots.confusion_matrix(classes, classes)
    ax.figure.canvas.draw()
    across = ax.get_window_extent().width / 7
    assert all(text.get_window_extent().width < across for text in ax.texts)


@pytest.mark.parametrize("name", ["_hidden", "$\\frac{$", "$x_1$"])
def test_a_name_is_shown_as_it_is_written(ax, name):
    drawn = [
        lambda: plots.loss_curve([2.0, 1.0], ax=ax, label=name),
        lambda: plots.learning_rates({name: [2.0, 1.0]}, ax=ax),
        lambda: plots.descent_curve(abs, [2.0, 1.0], ax=ax, label=name),
        lambda: plots.decision_boundary(lambda rows: rows[:, 0], np.eye(2), np.array([name, "z"]), ax=ax),
    ]
    for draw in drawn:
        ax.clear()
        draw().figure.canvas.draw()
        text = ax.get_legend().get_texts()[0].get_text()
        assert text.replace(r"\$", "$").strip().removeprefix("class ") == name
    ax.clear()
    plots.confusion_matrix([0], [0], names=[name], ax=ax).figure.canvas.draw()


def test_thin_lines_and_texts_are_seen_on_a_dark_ground():
    from matplotlib import pyplot
    from matplotlib.colors import to_rgb

    model = nn.MLP(2, [2, 1], generator=np.random.default_rng(0))
    check = gradcheck(lambda a: a.tanh(), [Value(0.5, "a")])
    with pyplot.style.context("dark_background"):
        drawn = [
            plots.loss_curve([1.0]),
            plots.learning_rates({number: [1.0, 2.0, math.inf] for number in range(8)}),
            plots.activation_curves("relu"),
            plots.descent_curve(abs, [2.0, 1.0]),
            plots.gradcheck_errors(check),
            plots.weight_histograms(model),
        ]
        for ax in drawn:
            lines = [line.get_color() for line in ax.lines] + [text.get_color() for text in ax.texts]
            assert min(max(to_rgb(colour)) for colour in lines) > 0.4


def test_many_entries_of_a_legend_leave_room():
    centres = np.random.default_rng(0).normal(size=(30, 2))
    below = plots.decision_boundary(
        lambda rows: -((rows[:, None] - centres) ** 2).sum(axis=2), centres, np.arange(30), resolution=9
    )
    beside = plots.loss_curve([2.0, 1.0], label="a name that is quite long for a legend")
    for ax in (below, beside):
        ax.figure.canvas.draw()
        size = ax.get_window_extent()
        assert min(size.width, size.height) > 2 * ax.figure.dpi
        before = ax.figure.get_size_inches().tolist()
        add_legend(ax, below=ax is below)
        assert ax.figure.get_size_inches().tolist() == before


def test_limits_that_were_set_before_stay(ax):
    for draw in (lambda: plots.loss_curve([2.0, 1e30], ax=ax), lambda: plots.learning_rates({1: [2.0, 1e30]}, ax=ax)):
        ax.clear()
        ax.set_ylim(0.5, 4.0)
        draw()
        assert ax.get_ylim() == (0.5, 4.0)
        ax.clear()
        draw()
        assert ax.get_ylim()[1] == 2e12
        plots.loss_curve([3.0, 2.0, 1.0], ax=ax)  # a limit of ours is no limit of theirs
        assert ax.get_ylim()[1] == 3e12


@pytest.mark.parametrize("layout", ["constrained", "tight"])
def test_a_legend_below_is_within_the_figure_of_several_plots(layout):
    from matplotlib import pyplot

    check = gradcheck(lambda a: a.relu(), [Value(0.0, "a")])
    figure, axes = pyplot.subplots(2, 3, figsize=(15, 8), layout=layout)
    ax = plots.gradcheck_errors(check, ax=axes[0, 0])
    figure.canvas.draw()
    assert figure.get_size_inches().tolist() == [15, 8]
    assert ax.get_legend().get_window_extent().x0 > 0
    part = pyplot.figure(layout="constrained").subfigures(1, 2)[0]
    plots.gradcheck_errors(check, ax=part.subplots()).figure.canvas.draw()


def test_zeros_and_infinities_are_seen_in_styles_without_edges_of_markers():
    from matplotlib import pyplot

    with pyplot.style.context("seaborn-v0_8"):
        ax = plots.new_axes()
        mark_unshown(ax, np.arange(2), np.array([0.0, math.inf]), 0.1, 1.0, {"color": "red", "marker": "o"})
        plots.descent_curve(abs, [2.0, 1.0], ax=ax)
    marked = [line for line in ax.lines if line.get_marker() == "x" or line.get_markerfacecolor() != line.get_color()]
    assert len(marked) == 3
    assert all(line.get_markeredgewidth() for line in marked)


def test_gradcheck_errors_are_its_rows(ax):
    inputs = [Value(0.5, "a"), Value(0.0, "b"), Value(2.0, "c")]
    check = gradcheck(lambda a, b, c: (a * c).tanh() + b.relu(), inputs)
    plots.gradcheck_errors(check, ax=ax)
    points = np.concatenate([np.asarray(each.get_offsets()) for each in ax.collections])
    for row in check.rows:
        at = abs(row.analytic) or min(abs(other.analytic) for other in check.rows if other.analytic) / 10
        error = abs(row.analytic - row.numeric) / max(abs(row.analytic), abs(row.numeric)) if row.analytic else 0.0
        if row.verdict == "right":
            assert any(np.isclose(points[:, 0], at) & np.isclose(points[:, 1], max(error, points[:, 1].min())))
        else:
            assert any(np.isclose(points[:, 0], at))
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["right (2)", "kink (1)", "hollow: 0, or not finite", "tolerance 1e-06, rounding aside"]
    with pytest.raises(TypeError, match=r"result of engine\.gradcheck"):
        plots.gradcheck_errors([1.0])


def test_every_row_of_a_gradcheck_is_drawn_also_without_a_finite_number(ax):
    rows = (
        Row("a", math.nan, 1.0, math.nan, "unclear"),
        Row("b", math.inf, 1.0, math.inf, "unclear"),
        Row("c", 0.0, 0.0, 0.0, "right"),
        Row("d", -20.0, -20.0, 1e-9, "right"),
    )
    for some in (rows, rows[:1], rows[1:2], rows[2:3]):
        ax.clear()
        plots.gradcheck_errors(GradientCheck(some), ax=ax)
        ax.figure.canvas.draw()
        offsets = [np.ma.filled(each.get_offsets(), np.nan).tolist() for each in ax.collections]
        points = [tuple(point) for each in offsets for point in each]
        assert len(points) == len(some)
        hollow = [each for each in ax.collections if tuple(each.get_facecolor()[0]) == (1, 1, 1, 1)]
        assert sum(len(each.get_offsets()) for each in hollow) == sum(row.name != "d" for row in some)
        (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
        assert all(left <= x <= right and low <= y <= high for x, y in points)
        if some is rows:
            assert sorted(points) == [(0.1, 1e-10), (20.0, 1e-9), (200.0, 10.0), (200.0, 10.0)]


def test_what_is_constant_but_for_rounding_is_drawn_too(ax):
    beside = 1 - 2**-53
    for numbers in ([2.0, 2.0], [1e20] * 3, [1.0, beside], [1e20, math.nextafter(1e20, 0)], [0.0], [1e200, 3e200]):
        ax.clear()
        model = SimpleNamespace(named_parameters=lambda numbers=numbers: [("w", Value(number)) for number in numbers])
        plots.weight_histograms(model, ax=ax)
        ax.figure.canvas.draw()
        (left, right) = ax.get_xlim()
        assert left <= min(numbers) <= max(numbers) <= right
        mean, deviation = statistics.fmean(numbers), statistics.pstdev(map(Fraction, numbers))
        assert ax.texts[0].get_text() == f"mean {mean:.2g}, deviation {deviation:.2g}"
    for height in (lambda x, y: 0.25, lambda x, y: 1e20, lambda x, y: beside if x > 0 else 1.0):
        ax.figure.clear()
        plots.descent_contour(height, [(-1, 1), (1, 1)], ax=ax.figure.subplots(), resolution=5)
        ax.figure.canvas.draw()


def test_nothing_is_shown(monkeypatch, ax):
    from matplotlib import pyplot

    monkeypatch.setattr(pyplot, "show", lambda: pytest.fail("shown"))
    plots.loss_curve([1.0], ax=ax)
