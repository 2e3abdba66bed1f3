import numpy as np
import pytest

from engine import Value, gradcheck
from engine import sum as add
from nn import Layer, Neuron
from nn.layers import AvgPool, Conv1d, Conv2d, Flatten, MaxPool, Sequential, Unflatten
from nn.nested import flatten, windows
from tests.arrays import data, gradients, leaves, seeded


def compare(torch, ours, theirs, image):
    """Output and gradients of the image, beside PyTorch's; returns (ours, theirs) after the backward pass."""
    inputs = leaves(image)
    x = torch.tensor(image[None], dtype=torch.float64, requires_grad=True)
    output, expected = ours(inputs), theirs(x)
    add([value * (index + 1) for index, value in enumerate(flatten(output))]).backward()
    (expected.ravel() * torch.arange(1, expected.numel() + 1)).sum().backward()
    assert data(output) == pytest.approx(expected[0].detach().numpy(), rel=1e-9, abs=1e-12)
    assert gradients(inputs) == pytest.approx(x.grad[0].numpy(), rel=1e-9, abs=1e-12)


CASES = [
    (1, 5, 2, 3, 3, {}),
    (1, 7, 1, 2, 3, {"stride": 2}),
    (1, 6, 3, 1, 4, {"padding": 3, "stride": 3}),
    (2, (4, 5), 2, 3, 2, {}),
    (2, (5, 6), 1, 2, 3, {"stride": 2, "padding": 1}),
    (2, (4, 7), 2, 1, (1, 3), {"stride": (2, 3), "padding": (0, 2)}),
]


@pytest.mark.parametrize(("axes", "size", "n_in", "n_out", "kernel", "options"), CASES)
def test_convolutions_agree_with_torch(torch, axes, size, n_in, n_out, kernel, options):
    ours = (Conv1d, Conv2d)[axes - 1](n_in, n_out, kernel, activation="linear", generator=seeded(), **options)
    for index, bias in enumerate(ours.biases):
        bias.data = 0.5 - index
    theirs = (torch.nn.Conv1d, torch.nn.Conv2d)[axes - 1](n_in, n_out, kernel, dtype=torch.float64, **options)
    with torch.no_grad():
        theirs.weight.copy_(torch.tensor(data(ours.weights)))
        theirs.bias.copy_(torch.tensor(data(ours.biases)))
    compare(torch, ours, theirs, seeded(1).normal(size=(n_in, *np.atleast_1d(size))))
    assert gradients(ours.weights) == pytest.approx(theirs.weight.grad.numpy(), rel=1e-9, abs=1e-12)
    assert gradients(ours.biases) == pytest.approx(theirs.bias.grad.numpy(), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    ("ours", "name", "options", "size"),
    [
        (MaxPool(2), "MaxPool1d", (2, None), (3, 6)),
        (MaxPool(3, stride=2), "MaxPool1d", (3, 2), (2, 8)),
        (AvgPool(3, stride=1), "AvgPool1d", (3, 1), (2, 5)),
        (MaxPool(2), "MaxPool2d", (2, None), (2, 4, 5)),
        (MaxPool((3, 2), stride=(1, 3)), "MaxPool2d", ((3, 2), (1, 3)), (1, 5, 6)),
        (AvgPool(2), "AvgPool2d", (2, None), (2, 5, 4)),
    ],
)
def test_pools_agree_with_torch(torch, ours, name, options, size):
    compare(torch, ours, getattr(torch.nn, name)(*options), seeded().normal(size=size))


def test_the_largest_share_the_gradient():
    values = [Value(1.0) for _ in range(4)]
    MaxPool(4)([values])[0][0].backward()
    assert [value.grad for value in values] == [0.25] * 4


def test_a_convolution_by_hand():
    # Dumoulin and Visin, "A guide to convolution arithmetic", 2016, figure 1.1
    image = [[3, 3, 2, 1, 0], [0, 0, 1, 3, 1], [3, 1, 2, 2, 3], [2, 0, 0, 2, 2], [2, 0, 0, 0, 1]]
    conv = Conv2d(1, 1, 3)
    for weight, number in zip(flatten(conv.weights), [0, 1, 2, 2, 2, 0, 0, 1, 2], strict=True):
        weight.data = float(number)
    assert data(conv([image]))[0].tolist() == [[12.0, 12.0, 17.0], [10.0, 17.0, 19.0], [9.0, 6.0, 14.0]]


def test_shared_weights_are_few():
    # 8x8 to 4 maps of 6x6: 4*(9 + 1) shared weights, where a dense layer has 144 neurons of 64 weights and a bias
    conv = Conv2d(1, 4, 3)
    assert data(conv(np.zeros((1, 8, 8)))).shape == (4, 6, 6)
    assert len(conv.parameters()) == 40
    assert 4 * 6 * 6 * len(Neuron(64).parameters()) == 9360
    assert [name for name, _ in Conv1d(1, 1, 2).named_parameters()] == [
        "weights[0][0][0]", "weights[0][0][1]", "biases[0]",
    ]  # fmt: skip


def test_gradcheck_of_a_small_network():
    model = Sequential(
        Unflatten((1, 4, 4)), Conv2d(1, 2, 2, padding=1, activation="tanh", generator=seeded()), MaxPool(2), Flatten(),
        Layer(8, 1, "prelu", generator=seeded()),
    )  # fmt: skip
    x = seeded(1).normal(size=16).tolist()
    check = gradcheck(lambda *_: model(x)[0], model.parameters())
    assert check.ok, str(check)
    assert len(check.rows) == 2 * 4 + 2 + 8 + 1 + 1


def test_an_activation_that_learns_is_shared_by_the_layer():
    names = [name for name, _ in Conv1d(1, 2, 1, activation="prelu").named_parameters()]
    assert names == ["activation.slope", "weights[0][0][0]", "weights[1][0][0]", "biases[0]", "biases[1]"]


def test_flatten_and_unflatten_are_inverse():
    row = list(range(12))
    nested = Unflatten((2, 3, 2))(row)
    assert nested == np.arange(12).reshape(2, 3, 2).tolist()
    assert Flatten()(nested) == row
    assert windows([2, 2], [2, 2], [1, 1], [0, 0]) == ((1, 1), [[0, 1, 2, 3]])


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Conv1d(1, 1, 4)([[1.0, 2.0]]), ValueError, r"a kernel of \(4,\) is larger than its input of \(2,\)$"),
        (lambda: Conv1d(1, 1, 5, padding=1)([[1.0, 2.0]]), ValueError, r"input of \(2,\), 1 of padding on each side"),
        (lambda: Conv2d(1, 1, 2)(np.zeros((2, 4, 4))), ValueError, r"1 channel of 2 axes expected, .* \(2, 4, 4\)"),
        (lambda: Conv2d(1, 1, 2)(np.zeros(64)), ValueError, r"shape \(64,\) given; nn.Unflatten makes such an input"),
        (lambda: Conv1d(2, 1, 2)(np.zeros(64)), ValueError, r"shape \(64,\) given; nn.Unflatten makes such an input"),
        (lambda: Conv1d(1, 1, 2)(np.zeros(64)), ValueError, r"shape \(64,\) given; of a single channel, write"),
        (lambda: Conv2d(1, 1, 2)([[1.0, 2.0]]), ValueError, r"Conv2d\(1, 1, 2, .* an input of shape \(1, 2\) given"),
        (lambda: Conv2d(1, 1, 2)(np.zeros((4, 4))), ValueError, r"shape \(4, 4\) given; of a single channel, write \["),
        (lambda: Conv1d(1, 1, 2)([1.0, 2.0]), ValueError, r"shape \(2,\) given; of a single channel, write \[image\]$"),
        (lambda: Conv1d(1, 1, 2)(3.0), ValueError, r"an input of shape \(\) given"),
        (lambda: Conv1d(2, 1, 2)([[1.0, 2.0], [1.0]]), ValueError, r"\[0\] is \(2,\), but \[1\] is \(1,\)"),
        (lambda: Conv1d(1, 1, 2)([["a", "b"]]), TypeError, "not str: 'a'"),
        (lambda: Conv2d(1, 1, (2, 2, 2)), ValueError, r"kernel must be one whole number or 2, not \(2, 2, 2\)"),
        (lambda: Conv2d(1, 1, 2, stride=0), ValueError, "stride must be at least 1, not 0"),
        (lambda: Conv2d(1, 1, 2, padding=(0, -1)), ValueError, r"padding\[1\] must be at least 0, not -1"),
        (lambda: Conv1d(0, 1, 2), ValueError, "n_in must be at least 1, not 0"),
        (lambda: Conv1d(1, 2, 2, activation="softmax"), ValueError, "softmax acts on a layer"),
        (lambda: MaxPool(0), ValueError, "kernel must be at least 1, not 0"),
        (lambda: MaxPool(2, stride=0), ValueError, "stride must be at least 1, not 0"),
        (lambda: MaxPool(3)([[1.0, 2.0]]), ValueError, r"a kernel of \(3,\) is larger than its input of \(2,\)"),
        (lambda: AvgPool(2)([1.0, 2.0]), ValueError, r"AvgPool\(2\): channels of 1 or 2 axes expected, .* \(2,\)"),
        (lambda: Unflatten((2, 2))([1.0] * 3), ValueError, r"the shape \(2, 2\) holds 4 numbers, 3 given"),
        (lambda: Unflatten(4), ValueError, "sizes must be a list of whole numbers, not 4"),
    ],
)
def test_arguments_are_checked(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_reprs_are_readable():
    parts = [Conv1d(1, 2, 3), Conv2d(3, 4, (2, 3), stride=2, padding=1, activation="tanh"), MaxPool(2),
             AvgPool((2, 3), stride=1), Flatten(), Unflatten((1, 8, 8))]  # fmt: skip
    assert [repr(part) for part in parts] == [
        "Conv1d(1, 2, 3, activation='linear')",
        "Conv2d(3, 4, (2, 3), stride=2, padding=1, activation='tanh')",
        "MaxPool(2)",
        "AvgPool((2, 3), stride=1)",
        "Flatten()",
        "Unflatten((1, 8, 8))",
    ]
