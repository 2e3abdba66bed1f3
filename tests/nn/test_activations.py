import math

import numpy as np
import pytest

from engine import Value, grad, softmax
from nn import MLP, Layer, Module, Neuron, activations
from nn.activations import Activate, PReLU, describe

POINTS = [-3.0, -0.7, 0.0, 0.4, 2.5]
SINGLE = [name for name in activations.table if name not in ("prelu", *activations.WHOLE)]


def in_torch(torch, name, x):
    function = torch.nn.functional
    special = {
        "linear": lambda x: x * 1,
        "step": lambda x: torch.heaviside(x, torch.ones_like(x)) + 0 * x,
        "gelu": lambda x: function.gelu(x, approximate="tanh"),
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
    }
    return special.get(name, getattr(function, name, None))(x)


def test_gelu_says_that_it_is_the_tanh_form_and_how_far_from_the_other(torch):
    assert 'PyTorch\'s with approximate="tanh"' in activations.describe("gelu").advice
    x = torch.linspace(-6, 6, 120_001, dtype=torch.float64)
    gelu = torch.nn.functional.gelu
    assert float((gelu(x) - gelu(x, approximate="tanh")).abs().max()) == pytest.approx(0.0005, rel=0.1)


@pytest.mark.parametrize("name", SINGLE)
def test_activations_agree_with_torch(torch, name):
    x = torch.tensor(POINTS, dtype=torch.float64, requires_grad=True)
    expected = in_torch(torch, name, x)
    if name != "step":
        expected.sum().backward()
    values = [Value(point) for point in POINTS]
    ours = [activations.get(name)(value) for value in values]
    for result in ours:
        result.backward()
    assert [result.data for result in ours] == pytest.approx(expected.tolist(), rel=1e-12)
    gradients = [0.0] * 5 if name == "step" else x.grad.tolist()
    assert [value.grad for value in values] == pytest.approx(gradients, rel=1e-9)


def test_activations_are_those_of_the_notes():
    assert list(activations.table) == [
        "linear", "step", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "softplus", "softsign", "gelu", "silu",
        "prelu", "softmax", "log_softmax",
    ]  # fmt: skip
    for name in activations.table:
        assert activations.name(activations.get(name)) == name


# prelu


def test_prelu_agrees_with_torch(torch):
    ours = Layer(3, 2, "linear", generator=np.random.default_rng(0))
    ours.neurons[0].activation = ours.neurons[1].activation = PReLU()
    theirs = torch.nn.Sequential(torch.nn.Linear(3, 2, dtype=torch.float64), torch.nn.PReLU(dtype=torch.float64))
    with torch.no_grad():
        theirs[0].weight.copy_(torch.tensor([[w.data for w in n.weights] for n in ours.neurons], dtype=torch.float64))
        theirs[0].bias.zero_()
    for row in np.random.default_rng(1).normal(size=(4, 3)):
        outputs, expected = ours(row), theirs(torch.tensor(row))
        (outputs[0] * 2 + outputs[1]).backward()
        (expected[0] * 2 + expected[1]).backward()
        assert [value.data for value in outputs] == pytest.approx(expected.tolist(), rel=1e-12)
    slope = ours.neurons[0].activation.slope
    assert slope.grad == pytest.approx(theirs[1].weight.grad.item(), rel=1e-9)
    assert [w.grad for w in ours.neurons[1].weights] == pytest.approx(theirs[0].weight.grad[1].tolist(), rel=1e-9)


def test_prelu_by_name_is_one_slope_a_neuron_as_a_module_one_a_layer():
    each, shared = Layer(2, 3, "prelu"), Layer(2, 3, PReLU(init=0.5))
    slopes = [name for name, _ in each.named_parameters() if "slope" in name]
    assert slopes == [f"neurons[{i}].activation.slope" for i in range(3)]
    assert [p.data for name, p in shared.named_parameters() if "slope" in name] == [0.5]
    assert len(each.parameters()) - len(shared.parameters()) == 2
    assert repr(each) == "Layer(2, 3, 'prelu')"
    assert [repr(PReLU()), repr(PReLU(init=0.5))] == ["PReLU()", "PReLU(init=0.5)"]


def test_an_activation_may_be_a_function_or_a_module_that_learns():
    class Slope(Module):
        def __init__(self):
            self.slope = Value(0.25)

        def forward(self, value):
            return value.leaky_relu(self.slope)

    neuron = Neuron(1, Slope(), weights=[1.0])
    assert neuron([-2.0]).data == -0.5
    assert [name for name, _ in neuron.named_parameters()] == ["activation.slope", "weights[0]", "bias"]
    assert Neuron(1, lambda value: value * 3, weights=[1.0])([2.0]).data == 6.0


# softmax


def test_softmax_acts_on_the_layer():
    model = MLP(2, [3, 4], output="softmax", generator=np.random.default_rng(0))
    outputs = model([1.0, -2.0])
    assert sum(value.data for value in outputs) == pytest.approx(1.0, rel=1e-14)
    assert repr(model) == "MLP(2, [3, 4], activation='relu', output='softmax')"
    assert Layer(2, 2, softmax).activation is softmax
    for make in (lambda: Neuron(2, "softmax"), lambda: Neuron(2, softmax), lambda: Layer(2, 1, "softmax")):
        with pytest.raises(ValueError, match="softmax acts on a layer of at least 2 neurons"):
            make()


def test_activate_takes_any_nest_and_softmax_a_list():
    nested = [[Value(-1.0), Value(2.0)], [Value(0.0), Value(-3.0)]]
    assert [[v.data for v in row] for row in Activate("relu")(nested)] == [[0.0, 2.0], [0.0, 0.0]]
    assert [v.data for v in Activate("softmax")(nested[0])] == [v.data for v in softmax(nested[0])]
    assert [name for name, _ in Activate("prelu").named_parameters()] == ["activation.slope"]
    assert repr(Activate("prelu")) == "Activate('prelu')"


# the notes' claims, and what describe says


GRID = np.linspace(-12.0, 12.0, 2401).tolist()


def curve(name):
    """Values and derivatives over the grid."""
    if name in activations.WHOLE:  # the first of two, as its own logit changes
        xs = [Value(x) for x in GRID]
        ys = [activations.get(name)([x, 0.0])[0] for x in xs]
    else:
        xs = [Value(x) for x in GRID]
        ys = [activations.get(name)(x) for x in xs]
    return np.array([y.data for y in ys]), np.array([grad(y, x) for x, y in zip(xs, ys, strict=True)])


@pytest.mark.parametrize("name", list(activations.table))
def test_describe_tells_the_truth(name):
    facts = describe(name)
    values, slopes = curve(name)
    assert facts.low - 1e-12 <= values.min()
    assert values.max() <= facts.high + 1e-12
    for end, reached in ((facts.low, values.min()), (facts.high, values.max())):
        if math.isfinite(end):
            assert reached == pytest.approx(end, abs=1e-4 if name != "softsign" else 0.1)
        else:
            assert abs(reached) >= (0.1 if name == "leaky_relu" else 2.9)
    assert np.abs(slopes).max() == pytest.approx(facts.steepest, rel=1e-5)
    if name != "step":  # whose central difference at the jump says nothing
        assert np.abs(values[2:] - values[:-2]).max() / 0.02 == pytest.approx(facts.steepest, rel=0.02)


@pytest.mark.parametrize(
    ("name", "left", "right"),
    [("sigmoid", -5, 5), ("tanh", -3, 3), ("relu", 0, None), ("elu", -5, None), ("softplus", -5, None),
     ("softsign", -9.01, 9.01), ("gelu", -4, None), ("silu", -7, None), ("softmax", -5, 5)],
)  # fmt: skip
def test_where_describe_says_that_it_saturates_the_derivative_is_small(name, left, right):
    _, slopes = curve(name)
    grid = np.array(GRID)
    assert np.abs(slopes[grid < left]).max() < 0.01
    if right is not None:
        assert np.abs(slopes[grid > right]).max() < 0.01
    within = (grid > left + 1) & (grid < (right if right is not None else 9) - 1)
    assert np.abs(slopes[within]).max() > 0.1


@pytest.mark.parametrize("name", activations.table)
def test_a_description_prints_in_80_columns(name):
    text = str(describe(name))
    assert max(map(len, text.splitlines())) <= 80
    assert describe(name).saturates in " ".join(text.split())


def test_describe_writes_the_formula_of_the_op_table():
    formulas = {name: describe(name).formula for name in activations.table}
    assert formulas["sigmoid"] == "1 / (1 + exp(-x))"
    assert formulas["leaky_relu"] == "where(x > 0, x, x*0.01)"
    assert formulas["prelu"] == "where(x > 0, x, x*slope)"
    assert formulas["silu"] == "x*sigmoid(x)"
    assert formulas["softmax"] == "exp(x - logsumexp(xs))"
    assert formulas["log_softmax"] == "x - logsumexp(xs)"
    assert formulas["linear"] == "x"
    scope = {"exp": math.exp, "tanh": math.tanh, "expm1": math.expm1, "abs": abs, "maximum": max, "log1p": math.log1p}
    scope |= {"where": lambda c, a, b: a if c else b, "sigmoid": lambda x: 1 / (1 + math.exp(-x))}
    for name in SINGLE:
        for x in POINTS:
            assert eval(formulas[name], scope | {"x": x}) == pytest.approx(activations.get(name)(Value(x)).data)
    with pytest.raises(ValueError, match=r"unknown activation: 'tanhh' \(one of 'linear'"):
        describe("tanhh")


def test_what_shrinks_a_gradient_behind_a_sigmoid_are_small_weights():
    """With a weight of 5 a sigmoid passes on more than it gets, so that no layer is said to leave a quarter at most."""
    x = Value(0.0)
    (5 * x).sigmoid().backward()
    assert x.grad == 1.25
    assert describe("sigmoid").saturates.endswith("only large weights keep a gradient from shrinking layer by layer")


def test_the_claims_of_the_notes():
    values, slopes = curve("sigmoid")
    assert values.min() > 0
    assert values.max() < 1
    assert values.mean() == pytest.approx(0.5)  # not centred on zero
    assert slopes.max() == 0.25
    tanh, _ = curve("tanh")
    doubled = np.array([2 * Value(2 * x).sigmoid().data - 1 for x in GRID])
    assert tanh == pytest.approx(doubled, abs=1e-15)  # tanh(x) = 2*sigmoid(2x) - 1
    assert tanh == pytest.approx(-tanh[::-1], abs=1e-14)
    _, passed = curve("relu")
    assert not passed[np.array(GRID) < 0].any()
    neurons = Layer(3, 40, "relu", generator=np.random.default_rng(0))([0.5, -1.0, 2.0])
    assert 0 < sum(neuron.data > 0 for neuron in neurons) < 40  # not every neuron fires


def test_a_linear_stack_is_one_linear_layer():
    stack = MLP(3, [5, 4, 2], "linear", generator=np.random.default_rng(0))
    for index, parameter in enumerate(stack.parameters()):
        parameter.data += 0.01 * index
    matrices = [np.array([[w.data for w in n.weights] for n in layer.neurons]) for layer in stack.layers]
    biases = [np.array([n.bias.data for n in layer.neurons]) for layer in stack.layers]
    a, b, c = matrices
    one = Layer(3, 2, "linear")
    for neuron, row, bias in zip(one.neurons, c @ b @ a, c @ (b @ biases[0] + biases[1]) + biases[2], strict=True):
        neuron.restart(row.tolist())
        neuron.bias.data = float(bias)
    x = [0.3, -2.0, 1.5]
    assert [v.data for v in stack(x)] == pytest.approx([v.data for v in one(x)], rel=1e-12)


@pytest.mark.parametrize("given", ["relux", 3, None, ["relu"]])
def test_an_unknown_activation_lists_the_known_ones(given):
    message = r"unknown activation: .* \(one of 'linear', 'step', .*'log_softmax', or a function"
    for make in (Neuron, lambda n, a: Layer(n, 3, a), lambda n, a: Activate(a)):
        with pytest.raises(ValueError, match=message):
            make(2, given)


def relu(value):
    return value * value


def test_a_function_with_a_known_name_is_not_taken_for_that():
    for model in (Neuron(1, relu), Layer(1, 2, relu), Activate(relu), MLP(1, [2, 1], relu)):
        assert "'own relu'" in repr(model)
    assert activations.name(relu) == "own relu"
    assert activations.name(Value.relu) == "relu"
