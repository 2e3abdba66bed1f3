import io
import math
import random
import re
import sys

import pytest

from engine import Op, Value, apply, dot, grad, logsumexp, register
from engine.formulas import ELEMENTARY
from engine.ops import table
from engine.teaching.expression import find_functions, parse
from viz.numbers import format_number
from viz.terminal.terminal import show
from viz.terminal.walk import walk
from viz.words.chain import chain_text
from viz.words.text import walk_text
from viz.words.words import derivative_words, factor, find_node, forward_words, name_graph

# Worked by hand: v2 = 2·(-3) + 6 = 0, so y = 1/2 and sigmoid'(v2) = 1/4.
NEURON = """\
Forward: from the numbers given to y
  x = 2.0, w = -3.0, b = 6.0
  v1 = x*w = 2.0*(-3.0) = -6.0
  v2 = v1 + b = (-6.0) + 6.0 = 0.0
  y = sigmoid(v2) = 1 / (1 + exp(-v2)) = 1 / (1 + exp(-0.0)) = 0.5

Backward: each node passes its gradient on, times the local derivative
  ∂y/∂y = 1.0
  y = sigmoid(v2)
    ∂y/∂v2 += ∂y/∂y · y*(1 - y) = 1.0 · 0.5*(1 - 0.5) = 1.0 · 0.25 = 0.25
  v2 = v1 + b
    ∂y/∂v1 += ∂y/∂v2 · 1 = 0.25 · 1.0 = 0.25
    ∂y/∂b += ∂y/∂v2 · 1 = 0.25 · 1.0 = 0.25
  v1 = x*w
    ∂y/∂x += ∂y/∂v1 · w = 0.25 · (-3.0) = -0.75
    ∂y/∂w += ∂y/∂v1 · x = 0.25 · 2.0 = 0.5

Ledger: how each gradient was added up
  y.grad: 1.0 to start with
  v2.grad: 0 + 1.0·0.25 via y = 0.25
  b.grad: 0 + 0.25·1.0 via v2 = 0.25
  v1.grad: 0 + 0.25·1.0 via v2 = 0.25
  w.grad: 0 + 0.25·2.0 via v1 = 0.5
  x.grad: 0 + 0.25·(-3.0) via v1 = -0.75"""

# h = -6: L = relu(h² + h) = 30, ∂L/∂h = 2h + 1 = -11, ∂L/∂w = -11·3, ∂L/∂x = -11·(-2)
SHARED = """\
Forward: from the numbers given to L
  w = -2.0, x = 3.0
  h = w*x = (-2.0)*3.0 = -6.0
  v1 = h*h = (-6.0)*(-6.0) = 36.0
  v2 = v1 + h = 36.0 + (-6.0) = 30.0
  L = relu(v2) = v2 = 30.0, as v2 > 0

Backward: each node passes its gradient on, times the local derivative
  ∂L/∂L = 1.0
  L = relu(v2)
    ∂L/∂v2 += ∂L/∂L · 1 = 1.0 · 1.0 = 1.0, as v2 > 0
  v2 = v1 + h
    ∂L/∂v1 += ∂L/∂v2 · 1 = 1.0 · 1.0 = 1.0
    ∂L/∂h += ∂L/∂v2 · 1 = 1.0 · 1.0 = 1.0
  v1 = h*h
    ∂L/∂h += ∂L/∂v1 · h = 1.0 · (-6.0) = -6.0, now 1.0 + (-6.0) = -5.0
    ∂L/∂h += ∂L/∂v1 · h = 1.0 · (-6.0) = -6.0, now -5.0 + (-6.0) = -11.0
  h = w*x
    ∂L/∂w += ∂L/∂h · x = -11.0 · 3.0 = -33.0
    ∂L/∂x += ∂L/∂h · w = -11.0 · (-2.0) = 22.0

Ledger: how each gradient was added up
  L.grad: 1.0 to start with
  v2.grad: 0 + 1.0·1.0 via L = 1.0
  v1.grad: 0 + 1.0·1.0 via v2 = 1.0
  h.grad: 0 + 1.0·1.0 via v2 + 1.0·(-6.0) via v1 + 1.0·(-6.0) via v1 = -11.0
  x.grad: 0 + (-11.0)·(-2.0) via h = 22.0
  w.grad: 0 + (-11.0)·3.0 via h = -33.0"""


CALLS = {"+": "{a} + {b}", "-": "{a} - {b}", "*": "{a}*{b}", "/": "{a} / {b}", "%": "{a} % {b}", "**": "{a}**{b}"} | {
    name: f"{name}({{a}})" if len(table[name].letters) == 1 and not table[name].sequences else f"{name}({{a}}, {{b}})"
    for name in find_functions()
}
CALLS |= {"neg": "-{a}", "clip": "clip({a}, {b}, {a})"}


def random_graph(rng: random.Random, size: int) -> Value:
    """A graph over all operations, in which nodes are used again and again."""
    names, parts = ["x0", "x1", "x2"], []
    for number in range(size):
        call = rng.choice(list(CALLS.values())).format(a=rng.choice(names[-6:]), b=rng.choice(names))
        parts.append(f"n{number} = tanh({call})")
        names.append(f"n{number}")
    return parse(f"{'; '.join(parts)}; L = sum({', '.join(names)})", x0=0.7, x1=-1.3, x2=2)[0]


def test_a_neuron_worked_by_hand():
    assert walk_text(parse("y = sigmoid(x*w + b)", x=2, w=-3, b=6)[0]) == NEURON


def test_contributions_add_up_worked_by_hand():
    assert walk_text(parse("h = w*x; L = relu(h*h + h)", w=-2, x=3)[0]) == SHARED


def test_the_text_reads_no_gradient_and_changes_none():
    root, leaves = parse("y = sigmoid(x*w + b)", x=2, w=-3, b=6)
    root.backward()
    root.backward()
    assert walk_text(root) == NEURON
    assert leaves["w"].grad == 1.0


@pytest.mark.parametrize("seed", range(8))
def test_the_ledger_ends_in_the_gradients_and_no_line_is_long(seed):
    root = random_graph(random.Random(seed), 40)
    text = walk_text(root)
    assert max(map(len, text.split("\n"))) <= 80
    ledger = re.sub(r"\n +(?=[+=≈])", " ", text[text.index("Ledger") :]).split("\n")[1:]
    ends = {line.strip().split(".grad")[0]: line.split()[-1] for line in ledger[1:]}
    called = name_graph(root)
    nodes = [node for node in called if node is not root]
    expected = [format_number(number) for number in grad(root, nodes)]
    assert ends == dict(zip([called[node] for node in nodes], expected, strict=True))


def test_what_lies_behind_a_detach_has_a_ledger_that_says_so():
    root, _ = parse("L = detach(a*b)*c + relu(a)", a=-2, b=3, c=4)
    assert walk_text(root).split("Ledger: how each gradient was added up\n")[1].split("\n") == [
        "  L.grad: 1.0 to start with",
        "  v4.grad: 0 + 1.0·1.0 via L = 1.0",
        "  v3.grad: 0 + 1.0·1.0 via L = 1.0",
        "  c.grad: 0 + 1.0·(-6.0) via v3 = -6.0",
        "  v2.grad: 0 + 1.0·4.0 via v3 = 4.0",
        "  v1.grad: 0 + 4.0·0.0 via v2 (branch not taken) = 0.0",
        "  b.grad: 0, no gradient comes back to it",
        "  a.grad: 0 + 1.0·0.0 via v4 (branch not taken) = 0.0",
    ]


def words_of_every_operation():
    """Each operation at points on all its branches: its words, and the number they are to come to."""
    for a, b, c in [(0.75, 1.5, 0.5), (1.25, -0.5, 2.5), (-0.75, -1.5, -1.0), (0.5, 0.5, 0.0)]:
        leaves = [Value(number, name) for number, name in zip((a, b, c), "pqr", strict=True)]
        nodes = [parse(call.format(a="p", b="q"), **numbers(call, p=a, q=b))[0] for call in CALLS.values()]
        for node in [*nodes, dot(leaves, leaves[::-1]), dot(leaves[:1], leaves[1:2], leaves[2]), logsumexp(leaves)]:
            if math.isfinite(node.data) and not (node.op == "**" and a < 0):
                called = name_graph(node)
                scope = {name: value.data for value, name in called.items()}
                yield node.op, forward_words(node, called), scope, node.data
                for index, local in enumerate(node.local_derivatives):
                    yield node.op, derivative_words(node, index, called), scope, local


def numbers(call: str, **given: float) -> dict[str, float]:
    return {name: number for name, number in given.items() if f"{{{'ab'['pq'.index(name)]}}}" in call}


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


# what the functions of a formula mean, told anew: nothing of the engine
MEANING = {name: getattr(math, name) for name in ELEMENTARY}
MEANING |= {
    "sigmoid": sigmoid,
    "sign": lambda x: (x > 0) - (x < 0),
    "largest": max,
    "maximum": max,
    "minimum": min,
    "atan2": math.atan2,
}


def test_the_words_of_every_operation_come_to_its_numbers():
    seen = set()
    rows = {name: lambda *x, name=name: apply(name, *x).data for name in table}  # which others may call
    for name, words, scope, expected in words_of_every_operation():
        seen.add(name)
        known = rows | MEANING | {"abs": abs} | scope
        for note in words.notes:
            if note.startswith("with "):
                letter, _, rest = note.removeprefix("with ").partition(" = ")
                text, _, number = rest.rpartition(" = ")
                known[letter] = eval(text, known)
                assert format_number(known[letter]) == format_number(float(number))
            elif note.startswith("as "):
                assert eval(note.removeprefix("as "), known), (name, note)
        assert eval(words.symbols, known) == pytest.approx(expected, rel=1e-12, abs=1e-15), (name, words)
        assert eval(words.numbers, known) == pytest.approx(expected, rel=2e-3, abs=2e-3), (name, words)
    assert seen == set(table)


def test_a_number_changed_after_the_forward_pass_is_told():
    root, leaves = parse("w*x + 1", w=2, x=3)
    assert "from before" not in walk_text(root)
    leaves["w"].data = 5.0
    assert "v1 = w*x = 5.0*3.0 ≠ 6.0, from before the numbers of its operands were changed" in unwrapped(
        walk_text(root)
    )
    assert "+= ∂v2/∂v1 · w = 1.0 · 5.0 ≠ 1.0 · 2.0 = 2.0, from before" in unwrapped(walk_text(root))


def unwrapped(text: str) -> str:
    return re.sub(r"\s+", " ", text)


@pytest.mark.parametrize(
    ("text", "numbers", "expected"),
    [
        ("relu(x)", {"x": -2}, "v1 = relu(x) = 0.0, as x <= 0"),
        ("relu(x)", {"x": math.nan}, "v1 = relu(x) = x = nan, as not x <= 0"),
        ("maximum(x, y)", {"x": 2, "y": 1}, "∂v1/∂x += ∂v1/∂v1 · 1 = 1.0 · 1.0 = 1.0, as x > y"),
        ("maximum(x, y)", {"x": 2, "y": 2}, "∂v1/∂x += ∂v1/∂v1 · 0.5 = 1.0 · 0.5 = 0.5, as x == y"),
        ("x**3", {"x": 2}, "∂v1/∂x += ∂v1/∂v1 · 3*x**(3 - 1) = 1.0 · 3.0*2.0**(3.0 - 1) = 1.0 · 12.0 = 12.0"),
        ("silu(x)", {"x": 0}, "v1 = silu(x) = x*t = 0.0*0.5 = 0.0, with t = sigmoid(x) = 0.5"),
        ("silu(t)", {"t": 0}, "v1 = silu(t) = t*t' = 0.0*0.5 = 0.0, with t' = sigmoid(t) = 0.5"),
        ("1 / x", {"x": 0}, "∂v1/∂x += ∂v1/∂v1 · (-v1 / x) = 1.0 · (-inf / 0.0) = 1.0 · (-inf) = -inf"),
        ("sum(x, -x, x)", {"x": 2}, "v2 = x + v1 + x = 2.0 + (-2.0) + 2.0 = 2.0"),
        ("h = 2; h*x", {"x": 3}, "h = 2.0, x = 3.0 v1 = h*x = 2.0*3.0 = 6.0"),
        ("x", {"x": 3}, "∂x/∂x = 1.0"),
    ],
)
def test_one_operation(text, numbers, expected):
    assert expected in unwrapped(walk_text(parse(text, **numbers)[0]))


def test_a_constant_has_nothing_to_walk():
    assert walk_text(parse("2 + 3")[0]) == "5 is a constant: no leaf stands behind it, and it has no gradient."


def test_a_product_of_long_names_fits():
    w = Value(0.3, "layers[0].neurons[1].weights[2]")
    penalty = w * w
    penalty.label = "layers[0].neurons[1].penalty"
    text = walk_text(penalty * 2)
    assert max(map(len, text.split("\n"))) <= 80
    product = "= layers[0].neurons[1].weights[2]*layers[0].neurons[1].weights[2] = 0.3*0.3 = 0.09"
    assert product in unwrapped(text)


@pytest.mark.parametrize("most", [0, -1, 2.5, "4"])
def test_how_many_steps_to_write_out_is_a_whole_number(most):
    with pytest.raises(ValueError, match=f"^most must be a whole number from 1, not {most!r}$"):
        walk_text(parse("x*x", x=1)[0], most=most)


def test_of_a_long_pass_its_ends_are_shown():
    node = Value(0.5, "x")
    for _ in range(1000):
        node = node.tanh()
    text = walk_text(node, most=10)
    assert text.count("… 990 left out …") == 2
    assert text.count("… 991 left out …") == 1  # the ledger has the leaf as well
    assert [line.split()[0] for line in text.split("\n")[6:9]] == ["v5", "…", "v996"]
    assert "∂v1000/∂x +=" in text


def test_a_node_with_many_operands_and_a_leaf_with_many_uses():
    x = Value(2.0, "x")
    weights = [Value(1.0, f"w{number}") for number in range(400)]
    text = walk_text(dot(weights, [x] * 400), most=20)
    assert max(map(len, text.split("\n"))) <= 80
    assert "v1 = w0*x + w1*x + … + w399*x = 1.0*2.0 + 1.0*2.0 + … + 1.0*2.0 = 800.0" in unwrapped(text)
    assert text.count("left out") == 3
    assert "+ … (388 more) +" in unwrapped(text)
    assert "+ 1.0·1.0 via v1 = 400.0" in unwrapped(text)


@pytest.mark.parametrize("label", ["a" * 5000, "\x1b[31mred\n", "two words", "1+1", "∂", "x\udcff", "2.0", "*", ")("])
def test_any_label_can_be_shown(label, capsys):
    leaf = Value(2.0, label)
    root = (leaf * leaf + 1).tanh()
    walk(root)
    text = capsys.readouterr().out
    assert text.replace("\n", "").isprintable()
    assert max(map(len, text.split("\n"))) <= 125  # a formula with a name of 40 characters on each side
    assert chain_text(root, leaf).replace("\n", "").isprintable()


def test_long_labels_are_cut_but_stay_apart():
    first, second = Value(2.0, "w" + "x" * 50 + "y" * 50), Value(3.0, "w" + "x" * 49 + "y" * 51)
    root = first * second
    names = list(name_graph(root).values())
    assert names == [f"w{'x' * 18}…{'y' * 20}", f"w{'x' * 18}…{'y' * 20}#2", "v1"]
    assert find_node(first.label, name_graph(root)) is first


def test_root_must_be_a_value():
    with pytest.raises(TypeError, match="expected a Value, the result of a computation, not list"):
        walk_text([Value(1.0)])
    with pytest.raises(TypeError, match="not float"):
        chain_text(1.0, "x")


@pytest.mark.parametrize(("encoding", "expected"), [("ascii", b"d\\u03b1 *x... 1\n"), ("utf-8", "∂α ·x… 1\n".encode())])
def test_a_terminal_without_unicode(encoding, expected, monkeypatch):
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding=encoding, newline="\n"))
    show("∂α ·x… 1")
    assert written.getvalue() == expected


def test_factor():
    texts = ["x", "2.0", "1.5e-05", "x*y", "f(a - b)", "y*(1 - y)", "-3.0", "1 - y", "1 / x", "a+b", "(a) + (b)"]
    assert [text for text in texts if factor(text) != text] == ["-3.0", "1 - y", "1 / x", "a+b", "(a) + (b)"]


# Three sigmoids, each at 0, where the slope is 1/4: ∂h3/∂w1 = (1/4)³ · w3 · w2 · x = 2 · (-2) · 3 / 64. The bar of a
# product p is 1 + 23·(log10(p) + 2)/2 characters long: for 1/4 that is 17, for 1/16 it is 10.
CHAIN = """\
∂h3/∂w1 along its only path: 8 factors, product -0.1875
  node  data  local derivative  factor  product
  h3     0.5                                1.0  ████████████████████████
  v5     0.0  h3*(1 - h3)         0.25     0.25  █████████████████
  v4     1.0  1                    1.0     0.25  █████████████████
  h2     0.5  w3                   2.0      0.5  █████████████████████
  v3     0.0  h2*(1 - h2)         0.25    0.125  ██████████████
  v2    -1.0  1                    1.0    0.125  ██████████████
  h1     0.5  w2                  -2.0    -0.25  █████████████████
  v1     0.0  h1*(1 - h1)         0.25  -0.0625  ██████████
  w1     0.0  x                    3.0  -0.1875  ████████████████
  bars on a log scale, 1e-2 to 1e0"""


def test_a_chain_of_sigmoids_by_hand():
    text = "h1 = sigmoid(w1*x); h2 = sigmoid(w2*h1 + 1); h3 = sigmoid(w3*h2 - 1)"
    root, leaves = parse(text, w1=0, x=3, w2=-2, w3=2)
    assert chain_text(root, "w1") == CHAIN
    assert chain_text(root, leaves["w1"]) == CHAIN


def test_the_table_of_a_long_chain():
    node = x = Value(0.5, "x")
    for _ in range(60):
        node = (node * 0.5).sigmoid()
    lines = chain_text(node, x, most=7).split("\n")
    assert lines[0].endswith(f"120 factors, product {format_number(grad(node, x))}")
    assert [line.split()[0] for line in lines[2:-1]] == ["v120", "v119", "v118", "v117", "…", "v2", "v1", "x"]
    assert lines[6] == "  … 114 left out …"
    assert max(map(len, chain_text(node, x).split("\n"))) <= 80


@pytest.mark.parametrize(("factor", "bar"), [(0.0, 0), (math.inf, 24), (math.nan, 0), (1e300, 24), (1e-300, 1)])
def test_products_that_no_bar_can_show(factor, bar):
    x = Value(1.0, "x")
    rows = chain_text(x * factor, x).split("\n")
    assert rows[3].count("█") == bar


def test_of_several_paths_the_largest_is_shown():
    x = Value(3.0, "x")
    assert "∂v3/∂x along the largest of its paths: 2 factors, product 7.0" in chain_text(2 * x + x * 7, x)
    assert chain_text(x, x).split("\n")[0] == "∂x/∂x along its only path: 0 factors, product 1.0"


def test_a_kink_and_a_missing_result_are_remarked_upon():
    text = " ".join(walk_text(parse("y = relu(x) + log(x - 1)", x=0)[0]).split())
    assert "relu has a kink here: its slope is taken as 0 (as in PyTorch)" in text
    assert "log(-1.0) = nan, a negative number has no real logarithm: the result is nan" in text
    assert "log is not defined here: this number is no slope" in text
    away = walk_text(parse("y = relu(x) + log(x)", x=1)[0])
    assert "here" not in away


def test_a_branch_of_two_conditions_names_each():
    text = " ".join(walk_text(parse("y = a**b", a=0, b=2)[0]).split())
    assert "= 1.0 · 0.0 = 0.0, as a == 0, as b >= 0" in text  # not as (a == 0)*(b >= 0)
    register(Op("inside", "a*b*c", ("where((a > 0)*(b > 0)*(c > 0), b*c, 0)", "a*c", "a*b")))
    text = walk_text(apply("inside", Value(1.0, "u"), Value(2.0, "v"), Value(3.0, "w")))
    assert "as u > 0, as v > 0, as w > 0" in " ".join(text.split())


def test_a_row_of_ones_own_may_have_constants_alone_and_branches_over_a_sequence():
    register(Op("natural", "a*exp(1)", ("exp(1)",)))
    register(Op("positives", "sum(where(a > 0, a, 0))", ("where(a > 0, 1, 0)",), sequences="a"))
    register(Op("cut", "where(sum(a) > 1, sum(a), 2*sum(a))", ("where(y > 1, 1, 2)",), sequences="a"))
    x, z = Value(1.0, "x"), Value(-3.0, "z")
    assert "v1 = natural(x) = x*exp(1) = 1.0*exp(1) = 2.718" in walk_text(apply("natural", x) * 1)
    assert "· exp(1) = 1.0 · 2.718 = 2.718" in walk_text(apply("natural", x))
    assert "where(x > 0, x, 0) + where(z > 0, z, 0)" in walk_text(apply("positives", [x, z]))
    assert "= 2*(x + z) = 2*(1.0 + (-3.0)) = -4.0, as x + z < 1" in walk_text(apply("cut", [x, z]))


def test_a_term_may_add_up_one_of_two_sequences():
    register(Op("weighted", "sum(a*b) / t", ("b / y", "a / y"), sequences="ab", term="sum(b**2)"))
    x, w = Value(6.0, "x"), Value(2.0, "w")
    said = walk_text(apply("weighted", [x, x], [w, 1.0]))
    assert "= (x*w + x*1) / t = (6.0*2.0 + 6.0*1.0) / 5.0 = 3.6, with t = w**2 + 1**2 = 5.0" in " ".join(said.split())
