"""The numbers of the network in the browser: random numbers, data, starts, graphs and training equal Python's."""

import json

import numpy as np
import pytest

import nn
from engine import Value, ops
from engine.numbers import CONSTANT
from nn.activations import DESCRIPTIONS
from tests.viz.playgrounds.network.scripts import RUN, open_scripts
from viz.pages.page import page
from viz.playgrounds.network import offered
from viz.playgrounds.network.kernels import write_kernels

ACTIVATIONS = ("tanh", "relu", "sigmoid", "leaky_relu", "elu", "gelu", "silu", "softplus", "softsign", "linear")
INITIALISATIONS = ("", *nn.init.table)
LOSSES = tuple(nn.losses.table)
OPTIMISERS = ("sgd", "momentum", "adam")
DATA = {
    "class": ("spiral", "blobs"),
    "number": ("line", "moons", "line"),
    "other": ("moons", "circles", "xor", "spiral"),
}
HIDDEN = ((5, 4), (8,), (), (3, 3, 3))


def choose(number):
    """One of each, in an order in which all of them come."""
    loss = LOSSES[number % len(LOSSES)]
    targets = nn.losses.table[loss].targets
    several = targets == "class"
    data = DATA.get(targets, DATA["other"])[number // len(LOSSES) % len(DATA.get(targets, DATA["other"]))]
    hidden = HIDDEN[number // 3 % len(HIDDEN)]
    return {
        "seed": number**7,
        "data": data,
        "count": 37 + number,
        "noise": 0.15,
        "classes": 3 if several else 2,
        "loss": loss,
        "activation": ACTIVATIONS[number % len(ACTIVATIONS)],
        "initialisation": INITIALISATIONS[(number // 2 + number) % len(INITIALISATIONS)],
        "optimiser": OPTIMISERS[number % 3],
        "rate": (0.1, 0.02, 0.01)[number % 3],
        "batch": (10, 0, 7, 1)[number // 2 % 4],
        "decay": (0.0, 0.01)[number % 2],
        "epochs": 3,
        "widths": [1 if data == "line" else 2, *hidden, 3 if several else 1],
    }


ASKED = [choose(number) for number in range(24)]


@pytest.fixture(scope="module")
def scripts(browser):
    opened = open_scripts(browser)
    yield opened
    opened.close()


def make_data(asked, generator):
    """As nn makes them, and the targets as the loss takes them."""
    if asked["data"] == "line":
        x = generator.uniform(-1, 1, asked["count"])
        return x[:, None], 0.5 * x + 0.2 + asked["noise"] * generator.normal(size=asked["count"])
    several = {"classes": asked["classes"]} if asked["data"] in ("spiral", "blobs") else {}
    third = {"deviation" if asked["data"] == "blobs" else "noise": asked["noise"]}
    return getattr(nn, asked["data"])(asked["count"], **several, **third, generator=generator)


def make_optimizer(asked, parameters):
    common = {"lr": asked["rate"], "weight_decay": asked["decay"]}
    if asked["optimiser"] == "adam":
        return nn.Adam(parameters, **common)
    return nn.SGD(parameters, momentum=0.9 if asked["optimiser"] == "momentum" else 0.0, **common)


def test_every_choice_is_among_those_that_are_compared(scripts):
    for name, choices in (
        ("activation", "offered.activations"),
        ("initialisation", "INITIALISATIONS"),
        ("loss", "offered.losses"),
        ("optimiser", "OPTIMISERS"),
        ("data", "DATA"),
    ):
        assert {asked[name] for asked in ASKED} - {""} == set(scripts.evaluate(f"Object.keys({choices})"))


def test_what_is_offered_is_what_nn_has():
    assert {name: DESCRIPTIONS[name].init for name in ACTIVATIONS} == offered.ACTIVATIONS
    assert Value(-1.0).leaky_relu().data == -offered.SLOPE
    known = {name: (loss.targets, loss.threshold) for name, loss in nn.losses.table.items()}
    known |= {name: (targets, 0.5) for name, (targets, _) in known.items() if targets == "number"}
    assert {name: (loss.targets, loss.threshold) for name, loss in offered.LOSSES.items()} == known


def test_random_numbers_are_those_of_numpy(scripts):
    for seed in (0, 1, 42, 2**40 + 7, 2**53 - 1):
        found = scripts.evaluate(
            """(seed) => {
          const generator = new Generator(seed);
          const first = fill(5, () => generator.random());
          const normal = fill(4000, () => generator.normal()); // some beyond the layers
          const orders = [7, 100, 1].map((count) => [...generator.permutation(count)]);
          return { first, normal, orders, last: generator.uniform(-2, 3) };
        }""",
            seed,
        )
        generator = np.random.default_rng(seed)
        assert found["first"] == generator.random(5).tolist()
        assert found["normal"] == pytest.approx(generator.normal(size=4000).tolist(), rel=1e-13, abs=1e-15)
        assert found["orders"] == [generator.permutation(count).tolist() for count in (7, 100, 1)]
        assert found["last"] == generator.uniform(-2, 3)
    assert max(np.abs(np.random.default_rng(0).normal(size=4000))) > 3.6541528853610088


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: f"{asked['loss']}-{asked['activation']}-{asked['data']}")
def test_training_gives_the_numbers_of_fit(scripts, asked):
    found = scripts.evaluate(RUN, asked)
    generator = np.random.default_rng(asked["seed"])
    X, y = make_data(asked, generator)
    points = np.array(found["points"])
    assert np.allclose(points, np.column_stack([X, y]), rtol=0, atol=1e-12)
    y = 2 * y - 1 if asked["loss"] == "hinge" else y
    output = offered.LOSSES[asked["loss"]].output
    first, *widths = asked["widths"]
    init = asked["initialisation"] or None
    model = nn.MLP(first, widths, asked["activation"], output, init=init, generator=generator)
    assert found["start"] == pytest.approx([leaf.data for leaf in model.parameters()], rel=0, abs=1e-12)
    compare_graphs(found, page_of_loss(model, found["sample"], asked["loss"]))
    options = {"loss": asked["loss"], "epochs": asked["epochs"], "batch_size": asked["batch"] or None}
    optimizer = make_optimizer(asked, model.parameters())
    history = nn.fit(model, X, y, optimizer=optimizer, generator=generator, progress=False, **options)
    assert found["trouble"] == ""
    assert found["end"] == pytest.approx([leaf.data for leaf in model.parameters()], rel=1e-9, abs=1e-9)
    assert found["losses"] == pytest.approx(history.loss, rel=1e-9)
    if nn.losses.table[asked["loss"]].classifies:
        assert found["accuracies"] == history.accuracy


def page_of_loss(model, sample, loss):
    """The nodes of the page of one sample's loss."""
    inputs = [Value(number, f"x{i + 1}") for i, number in enumerate(sample["inputs"])]
    target = int(sample["target"]) if nn.losses.table[loss].targets == "class" else sample["target"]
    root = nn.losses.table[loss].function(model(inputs), target)
    root.label = "loss"
    html = page(root).html
    return json.loads(html.partition('id="data">')[2].partition("</script>")[0])["nodes"]


def compare_graphs(found, expected):
    assert [node[:3] for node in found["nodes"]] == [node[:3] for node in expected]
    assert [node[5] for node in found["nodes"]] == [node[5] for node in expected]
    for node, wanted in zip(found["nodes"], expected, strict=True):
        assert node[3] == pytest.approx(wanted[3], rel=1e-9, abs=1e-12)
        for local, right, operand in zip(node[4], wanted[4], node[2], strict=True):
            if expected[operand][1] != CONSTANT:
                assert local == (None if right is None else pytest.approx(right, rel=1e-9, abs=1e-12))
    for (name, op, *_), (neuron, layer) in zip(found["nodes"], found["parts"], strict=True):
        if op in ("", "affine"):
            assert bool(neuron) == (name[:1] != "x")
        if op == "" and neuron:
            assert neuron == name.rpartition(".")[0]
        assert layer == neuron.rpartition(".")[0]


def test_each_kernel_has_the_derivatives_of_its_row(scripts):
    """Against central differences of the formula itself, as JavaScript has it; but one made wrong is found out."""
    script = """(kernels) => Object.values(operations).map((row) => {
      const count = row.sequences ? 3 : 0;
      const operands = [...row.letters].flatMap((letter) => (row.sequences.includes(letter) ? [1, 2, 3] : [1]));
      const at = Int32Array.from(operands, (_, i) => i);
      const v = Float64Array.from([...operands.map((_, i) => 0.31 + 0.17 * i), 0]);
      const g = new Float64Array(v.length);
      const node = operands.length;
      const { forward, backward } = kernels[row.name];
      forward(v, at, 0, count, node);
      const value = v[node];
      g[node] = 2;
      backward(v, g, at, 0, count, node);
      const expected = operands.map((_, i) => {
        const [above, below] = [1e-6, -1e-6].map((step) => {
          const moved = [...v.slice(0, node)];
          moved[i] += step;
          return compute(row.name, moved);
        });
        return (2 * (above - below)) / 2e-6;
      });
      return [row.name, value, compute(row.name, [...v.slice(0, node)]), [...g.slice(0, node)], expected];
    })"""
    found = scripts.evaluate(f"({script})(kernels)")
    assert [name for name, *_ in found] == list(ops.table)
    flat = ("step", "detach", "sign")
    for name, value, right, gradients, expected in found:
        assert value == right
        if name not in flat:
            assert gradients == pytest.approx(expected, rel=1e-6, abs=1e-8), name
    text = write_kernels().replace("(u * (1 - (y * y)))", "(u * (1 + (y * y)))").replace("const kernels =", "return")
    wrong = {row[0]: row[3:] for row in scripts.evaluate(f"({script})((() => {{ {text} }})())")}
    assert wrong["tanh"][0] != pytest.approx(wrong["tanh"][1], rel=1e-3)


def test_training_that_diverges_says_so_and_leaves_finite_numbers(scripts):
    asked = ASKED[0] | {"loss": "mse", "data": "line", "widths": [1, 4, 1], "activation": "linear", "optimiser": "sgd"}
    found = scripts.evaluate(RUN, asked | {"rate": 1e3, "epochs": 200, "classes": 2})
    assert found["trouble"] in ("the loss became inf", "a gradient became infinite or nan")
    assert np.isfinite(found["end"]).all()
    generator = np.random.default_rng(asked["seed"])
    X, y = make_data(asked, generator)
    model = nn.MLP(1, [4, 1], "linear", generator=generator, init=asked["initialisation"] or None)
    optimizer = nn.SGD(model.parameters(), lr=1e3)
    history = nn.fit(model, X, y, optimizer=optimizer, epochs=200, batch_size=10, generator=generator, progress=False)
    assert history.stopped == "diverged"
    assert found["trouble"] in history.reason
    assert len(history.loss) == found["epoch"]


def test_an_update_goes_on_where_time_was_up(scripts):
    run = """(whole) => {
      const generator = new Generator(5);
      const samples = collectSamples(DATA.moons.make({ count: 500, noise: 0.1 }, generator), 2);
      const model = new Model({ widths: [2, 4, 1], activation: "tanh", loss: "mse" });
      model.reset("", generator);
      const training = new Training(model, samples, { ...FIRST_SETTINGS, batch: 300 }, generator);
      let calls = 0;
      for (; training.epoch < 3 && calls < 1000; calls++) training.advance(1, whole ? Infinity : 0);
      return [calls, [...model.parameters], training.losses];
    }"""
    calls, numbers, losses = scripts.evaluate(run, True)
    more, same, again = scripts.evaluate(run, False)
    assert calls == 6 < more < 100
    assert numbers == same
    assert losses == again
