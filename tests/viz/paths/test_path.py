"""The strongest path: its numbers against hand-worked chains and the gradient, its sentences, table and picture."""

import math
import re
import time
import xml.etree.ElementTree as ET
from itertools import pairwise

import numpy as np
import pytest

import nn
from engine import Op, Value, apply, grad, parse, register
from engine.value import lift
from viz.paths.strongest import path
from viz.paths.waterfall import CHART
from viz.slopes import find_bounds


def sigmoids():
    """y = sigmoid(w2·sigmoid(w1·x)) at w1 = 0, x = 2, w2 = -4."""
    return parse("y = sigmoid(w2*sigmoid(w1*x))", w1=0, x=2, w2=-4)


def test_a_chain_worked_by_hand():
    """sigmoid(0) = 0.5, slope 0.25; y = sigmoid(-2) = 0.119203, slope 0.104994; so ∂y/∂w1 = 0.104994·(-4)·0.25·2."""
    root, _ = sigmoids()
    found = path(root, "w1")
    (route,) = found.routes
    assert [link.kind for link in route] == ["slope", "weight", "slope", "input"]
    assert [link.factor for link in route] == pytest.approx([0.10499358540350652, -4.0, 0.25, 2.0], abs=1e-15)
    assert [link.after for link in route] == pytest.approx([0.104993585, -0.419974342, -0.104993585, -0.209987171])
    assert found.gradient == pytest.approx(-0.20998717080701304, rel=1e-15)
    assert [link.bound for link in route] == [0.25, None, 0.25, None]


def test_the_sentence_counts_orders_of_magnitude():
    """log10: slopes 0.104994·0.25 → -1.58, weight 4 → +0.60, input 2 → +0.30, all -0.68."""
    root, _ = sigmoids()
    _, change, most = path(root, "w1").tell()
    assert change == "4 factors lose 0.7 orders of magnitude: 2 slopes lose 1.6, 1 weight gains 0.6, 1 input gains 0.3."
    assert most.startswith("The most is lost at y = sigmoid(")
    assert most.endswith("its slope is 0.1050, and at most 0.25.")


def test_other_factors_are_told_only_beside_those_of_a_kind():
    """x**2 at 3 has the slope 6, 0.8 orders, 0.78 more precisely; sigmoid at 9 has 0.000123."""
    assert path(parse("x**2", x=3)[0], "x").tell()[1] == "1 factor gains 0.8 orders of magnitude."
    assert path(parse("x**2 + 1", x=3)[0], "x").tell()[1] == "2 factors gain 0.8 orders of magnitude."
    mixed = "3 factors lose 3.1 orders of magnitude: 1 slope loses 3.9, 1 other factor gains 0.8."
    assert path(parse("1 + sigmoid(x**2)", x=3)[0], "x").tell()[1] == mixed


def test_all_paths_add_up_to_the_gradient():
    model = nn.MLP(2, [3, 3, 1], "sigmoid", generator=np.random.default_rng(0))
    root = nn.mse(model([1.0, -0.5]), 0.3)
    leaf = model.layers[0].neurons[0].weights[0]
    found = path(root, leaf, most=100)
    assert found.count == len(found.routes) == 6  # three ways to the output, and a square has its base twice or once
    assert sum(found.products) == pytest.approx(grad(root, leaf), rel=1e-12)
    assert list(map(abs, found.products)) == sorted(map(abs, found.products), reverse=True)
    for route, product in zip(found.routes, found.products, strict=True):
        assert math.prod(link.factor for link in route) == pytest.approx(product, rel=1e-12)
        assert all(link.edge[0].operands[link.edge[1]] is after.edge[0] for link, after in pairwise(route))


def test_it_is_exact_for_more_paths_than_could_be_listed():
    """Each stage doubles the paths; the stronger of its two edges has the factor 3: the largest product is 3**200."""
    x = signal = Value(1.0, "x")
    for _ in range(200):
        signal = signal * 1.0 + signal * 3.0
    found = path(signal, x, most=3)
    assert found.count == 2**200
    assert found.products == pytest.approx((3.0**200, 3.0**199, 3.0**199), rel=1e-12)
    assert "summed over 1,606,938," in found.tell()[0]


def test_bounds_are_never_exceeded_and_are_reached():
    generator = np.random.default_rng(0)
    known = {"sigmoid": 0.25, "tanh": 1.0, "relu": 1.0, "softsign": 1.0, "abs": 1.0, "silu": 1.0998, "gelu": 1.1290}
    bounds = find_bounds()
    for op, bound in bounds.items():
        slopes = []
        for number in [0.0, *generator.normal(scale=3, size=300)]:
            x = Value(number)
            slopes.append(abs(grad(getattr(x, op)(), x)))
        fine = np.linspace(-2.0, 2.0, 4001)  # where the slopes of silu and gelu are largest
        assert np.abs([grad(getattr(x, op)(), x) for x in map(Value, fine.tolist())]).max() <= bound
        assert max(slopes) <= bound
        assert max(slopes) > 0.95 * bound
        if op in known:
            assert bound == pytest.approx(known[op], abs=1e-4)
    assert bounds.keys() >= {*known, "leaky_relu", "elu", "softplus", "sin", "cos"}
    assert bounds.keys().isdisjoint({"neg", "exp", "log", "log1p", "expm1", "sqrt", "tan", "step", "sign", "detach"})


def test_the_bound_of_a_leaky_relu_depends_on_its_slope_below_0():
    slope = Value(-2.5, "slope")
    for x, bound in ((Value(-1.0), 2.5), (Value(1.0), 2.5)):
        (link,) = path(x.leaky_relu(slope), x).routes[0]
        assert link.bound == bound
        assert link.part == "leaky_relu ≤ 2.5"
    assert path(x.leaky_relu(0.3), x).routes[0][0].bound == path(x.leaky_relu(), x).routes[0][0].bound == 1.0
    (link,) = path(x.leaky_relu(slope), slope).routes[0]
    assert (link.kind, link.bound) == ("other", None)


def test_no_bound_is_known_of_an_operation_that_a_program_registers():
    for name in ("wavy", "later"):  # the second behind a search for bounds
        register(Op(name, "a*sin(a)/50", ("(sin(a) + a*cos(a)) / 50",)))
        x = Value(100.0, "x")  # where the slope, 1.7, is larger than any beside 0
        (link,) = path(apply(name, x), x).routes[0]
        assert (link.kind, link.bound) == ("slope", None)
        assert abs(link.factor) > 1.7


def test_parts_of_a_network_are_told_apart():
    w, x, b = Value(0.5, "layers[0].weights[0]"), Value(2.0, "x"), Value(0.1, "layers[0].bias")
    root = (w * x + b).tanh() / 2.0
    assert [link.kind for link in path(root, w).routes[0]] == ["other", "slope", "sum", "input"]
    assert [link.kind for link in path(root, x).routes[0]] == ["other", "slope", "sum", "weight"]
    gate, signal = (w * x).sigmoid(), (x * 3.0).tanh()
    assert path(gate * signal, w).routes[0][0].kind == "signal"


def test_what_breaks_a_path_is_named():
    x = Value(-1.0, "x")
    assert path((x * 2.0).relu() * 3.0, x).tell()[1] == (
        "Nothing arrives: at v2 = relu(v1) the slope is 0, branch not taken."
    )
    z = Value(0.0, "z")
    assert "the slope is inf" in path(z.log(), z).tell()[1]
    assert path((x * math.inf).maximum(1.0) * 2.0, x).tell()[1] == (  # 2 · 0 · inf
        "The gradient is not finite: at v1 = x*inf the factor is inf."
    )
    assert path((z - 1.0).relu() * math.inf, z).tell()[1] == (
        "Nothing arrives: at v2 = relu(v1) the slope is 0, branch not taken."
    )
    assert path((z + 1e200) * 1e200 * 0.0, z).tell()[1] == "Nothing arrives: at v3 = v2*0 the weight is 0."
    large = (z * 0.0) * 1e200 * 1e200  # 1e400, which is inf, times 0
    assert path(large, z).tell()[1] == "The gradient is not finite: at v2 = v1*1e+200 the weight is 1e+200."
    assert path(x, x).tell()[1].startswith("It is the result itself")
    for found in (path((x * 2.0).relu(), x), path(z.log(), z), path(x, x)):
        ET.fromstring(found.svg)
        assert str(found)


def test_the_table_fits_a_terminal_whatever_the_names():
    model = nn.MLP(2, [4, 4, 1], "sigmoid", generator=np.random.default_rng(0))
    root = nn.mse(model([1.0, -0.5]), 0.3)
    text = str(path(root, "layers[0].neurons[0].weights[1]", most=2))
    assert max(map(len, text.split("\n"))) <= 80
    assert text.count("bars on a log scale") == 2
    assert "this one, number 2, contributes" in " ".join(text.split())
    assert "sigmoid ≤ 0.25" in text


def test_the_picture_has_a_bar_for_each_factor_from_product_to_product():
    root, _ = sigmoids()
    found = path(root, "w1")
    tree = ET.fromstring(found.svg)
    name = "{http://www.w3.org/2000/svg}"
    bars = [group for group in tree.iter(f"{name}g") if group.find(f"{name}title") is not None]
    assert len(bars) == 4
    for group, link in zip(bars, found.routes[0], strict=True):
        spans = [
            (float(rect.get("x")), float(rect.get("x")) + float(rect.get("width")))
            for rect in group.iter(f"{name}rect")
        ]
        width = max(end for _, end in spans) - min(start for start, _ in spans)
        decades = 1  # the products lie between 0.1 and 1
        assert width == pytest.approx(CHART[1] / decades * abs(math.log10(abs(link.factor))), abs=0.3)
    ticks = [group for group in bars if group.find(f"{name}path") is not None]
    assert len(ticks) == 2  # the bound of each sigmoid
    assert found.svg == path(root, "w1").svg
    assert found._repr_svg_() == found.svg


def test_behind_a_zero_there_are_no_bars():
    root, _ = parse("w1*tanh(w2*tanh(w3*x))", w1=1, w2=0, w3=3, x=2)
    picture = path(root, "x").svg
    bars = re.findall("<g><title>(.*?)</title>(.*?)</g>", picture.replace("\n", " "))
    assert [("<rect" in bar, "<circle" in bar) for _, bar in bars[:3]] == [(True, False), (True, False), (True, True)]
    assert [("<rect" in bar, "<circle" in bar) for _, bar in bars[3:]] == [(False, True)] * 2


def test_a_long_path_is_cut_in_the_middle():
    x = signal = Value(0.3, "x")
    for _ in range(100):
        signal = (signal * 2.0).tanh()
    found = path(signal, x)
    assert len(found.routes[0]) == 200
    assert "… 140 factors left out …" in found.svg
    assert len(re.findall("left out", str(found))) == 1


def test_long_names_keep_to_the_width_of_a_readme():
    layer = nn.LSTM(1, 1, generator=np.random.default_rng(0))
    (hidden,) = layer([[0.1 * t] for t in range(1, 6)])
    svg = path(hidden, layer.weight_hh[0][0]).svg
    assert float(re.search(r' width="([\d.]+)"', svg)[1]) <= 840
    assert min(float(size) for size in re.findall(r'font-size="([\d.]+)"', svg)) >= 9
    assert "lost even at the steepest slope of this activation" in svg


def test_a_headline_of_two_lines_is_bold_to_its_end():
    root, _ = parse(
        "price_of_a_house_in_the_city*w + price_of_a_house_in_the_city", price_of_a_house_in_the_city=2, w=3
    )
    root.label = "predicted_price_of_everything_there_is"
    found = path(root, "price_of_a_house_in_the_city")
    bold = re.findall(r'<text[^>]*font-weight="bold"[^>]*>([^<]*)<', found.svg)
    assert [line.split()[-1] for line in bold] == ["the", "3.0."]  # the next sentence is not


@pytest.mark.slow
def test_a_path_of_100_000_factors_takes_time_in_proportion():
    """It took 10 seconds."""
    x = signal = Value(0.3, "x")
    for _ in range(100_000):
        signal = signal.tanh()
    began = time.process_time()
    (route,) = path(signal, x).routes
    assert time.process_time() - began < 5
    middle = route[50_000]
    assert (middle.node, middle.operand) == ("v50000 = tanh(v49999)", "v49999")
    assert (middle.symbols, middle.factor) == ("1 - v50000*v50000", 1 - middle.edge[0].data ** 2)


def test_what_is_shown_stays_when_numbers_change():
    x = Value(2.0, "x")
    found = path(x.relu() * 3.0, x)
    shown = found.svg, str(found)
    x.data = -2.0
    assert (found.svg, str(found)) == shown
    assert found.routes[0][1].symbols == "1"


def test_without_a_leaf_it_leads_to_the_farthest():
    near, far, w = Value(1.0, "near"), Value(2.0, "far"), Value(0.5, "w")
    root = (far.exp() * w).sigmoid() + near
    assert path(root).leaf == "far"
    assert [link.op for link in path(root).routes[0]] == ["+", "sigmoid", "*", "exp"]
    assert path(near).routes == ((),)
    with pytest.raises(ValueError, match="no leaf stands behind it"):
        path(lift(2.0))
    with pytest.raises(TypeError, match="expected a Value"):
        path(2.0)


def test_it_is_saved(tmp_path):
    root, _ = sigmoids()
    path(root, "w1").save(tmp_path / "path.svg")
    assert (tmp_path / "path.svg").read_text() == path(root, "w1").svg


def test_the_links_lead_along_the_graph():
    root, _ = sigmoids()
    found = path(root, "w1")
    assert found.count == 1
    at = root
    for link in found.routes[0]:
        node, index = link.edge
        assert (node, link.factor) == (at, node.local_derivatives[index])
        at = node.operands[index]
    assert at.label == "w1"


def test_hostile_names_stay_text():
    x = Value(1.0, "<script>alert(1)</script>")
    found = path((x * 2.0).tanh(), x)
    assert "<script>" not in found.svg
    ET.fromstring(found.svg)


def test_bad_input():
    root, _ = sigmoids()
    with pytest.raises(ValueError, match="unknown node: 'w9'"):
        path(root, "w9")
    with pytest.raises(ValueError, match="not a node of this graph"):
        path(root, Value(1.0))
    with pytest.raises(TypeError, match="expected a Value"):
        path(3.0, "x")
    with pytest.raises(ValueError, match="most must be a whole number from 1, not 0"):
        path(root, "x", most=0)
