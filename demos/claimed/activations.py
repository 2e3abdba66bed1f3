"""Activation functions: what its demos claim."""

import numpy as np

import nn
from demos import centring, choosing, dying, textbook
from demos import softmax as probabilities
from demos.claims import Claim
from engine import Value, logsumexp, softmax


def measure_shift(seed: int) -> tuple[float, float]:
    """How much the probabilities change if 100 is added to every logit, and if the logits themselves are doubled."""
    return tuple(
        float(np.abs(np.subtract(probabilities.share(), other)).max())
        for other in (probabilities.share(shift=100.0), probabilities.share(0.5))
    )


def measure_gradient(seed: int) -> tuple[float, float]:
    """How far the gradient of cross-entropy with respect to the logits is from p - y, and from p."""
    logits = [Value(logit) for logit in probabilities.LOGITS.values()]
    (logsumexp(logits) - logits[0]).backward()  # the right answer is a cat
    gradient, p = np.array([logit.grad for logit in logits]), np.array(probabilities.share())
    return float(abs(gradient - (p - [1, 0, 0])).max()), float(abs(gradient - p).max())


def score(depth: int, *activations: str):
    """What a claim measures: the shares that are right at the end, for each activation."""
    return lambda seed: tuple(choosing.learn(activation, depth, seed).accuracy[-1] for activation in activations)


def miss(activation: str, seed: int) -> float:
    """By how many thousands a neuron is wrong about house prices, on average."""
    return float(abs(np.subtract(*choosing.read_out(activation, nn.examples.house_prices, seed, rate=5.0))).mean())


def leave(activation: str, seed: int) -> float:
    """The share of answers about loans, approved (1) or not (0), that are not probabilities."""
    answers, _ = choosing.read_out(activation, nn.examples.loans, seed)
    return float(np.mean((answers < 0) | (answers > 1)))


CLAIMS = {
    "textbook": [
        Claim(
            "a sigmoid lies above 0",
            lambda seed: (textbook.draw("sigmoid")[0].min(), textbook.draw("tanh")[0].min()),
            lambda sigmoid, tanh: sigmoid > 0 > tanh,
            "least value {:.2g}, tanh {:.2g}",
        ),
        Claim(
            "a sigmoid is not centred on zero",
            lambda seed: (textbook.draw("sigmoid")[0].mean(), textbook.draw("tanh")[0].mean()),
            lambda sigmoid, tanh: abs(sigmoid - 0.5) < 1e-9 > abs(tanh),
            "mean value {:.2g}, tanh {:.0f}",
        ),
        Claim(
            "the slope of a sigmoid is at most 1/4, that of tanh 1",
            lambda seed: (textbook.draw("sigmoid")[1].max(), textbook.draw("tanh")[1].max()),
            lambda sigmoid, tanh: sigmoid == 0.25 and tanh == 1,
            "{:.2f}, tanh {:.2f}",
        ),
        Claim(
            "tanh is a sigmoid, twice as high and half as wide",
            lambda seed: (textbook.stretch(2), textbook.stretch(1)),
            lambda half, whole: half < 1e-12 < 0.1 < whole,
            "differs by {:.0e}, as wide {:.2g}",
        ),
        Claim(
            "a ReLU passes no gradient for a negative sum",
            lambda seed: (textbook.slope_at("relu", -1), textbook.slope_at("leaky_relu", -1)),
            lambda relu, leaky: relu == 0 < leaky,
            "slope {:.2g} at -1, leaky {:.2g}",
        ),
        Claim(
            "ReLUs do not fire all neurons",
            lambda seed: (textbook.fire("relu", seed), textbook.fire("tanh", seed)),
            lambda relu, tanh: 0.2 < relu < 0.8 < tanh,
            "{:.0%} fire, tanh {:.0%}",
        ),
        Claim(
            "softmax makes probabilities: they sum to 1",
            lambda seed: (sum(value.data for value in softmax(textbook.LOGITS)), sum(textbook.LOGITS)),
            lambda summed, logits: abs(summed - 1) < 1e-12 < abs(logits - 1),
            "{:.3g}, the logits {:.3g}",
        ),
        Claim(
            "linear layers collapse into one",
            lambda seed: (textbook.collapse("linear", seed), textbook.collapse("tanh", seed)),
            lambda linear, tanh: linear < 1e-12 < 1e-3 < tanh,
            "off the product by {:.0e}, tanh {:.2g}",
        ),
    ],
    "centring": [
        Claim(
            "behind sigmoids the gradients of a neuron's weights have one sign",
            lambda seed: (centring.agree(0.0, seed), centring.agree(0.5, seed)),
            lambda sigmoid, centred: sigmoid == 1 > 0.3 > centred,
            "for {:.0%} of rows, centred {:.0%}",
        ),
        Claim(
            "inputs not centred on zero cost steps",
            lambda seed: (centring.count_steps(0.0, seed), centring.count_steps(0.5, seed)),
            lambda sigmoid, centred: sigmoid > 1.5 * centred,
            "{:.0f} steps, centred {:.0f}",
        ),
    ],
    "dying": [
        Claim(
            "a ReLU that is off for every row is dead",
            lambda seed: (dying.count_off("relu", seed), dying.count_off("leaky_relu", seed)),
            lambda relu, leaky: relu == 8 > leaky,
            "of 8 off at first, {:.0f} stay off, leaky {:.0f}",
        ),
        Claim(
            "a leaky ReLU comes back",
            lambda seed: (dying.share_right("leaky_relu", seed), dying.share_right("relu", seed)),
            lambda leaky, relu: leaky > 0.95 > 0.7 > relu,
            "{:.0%} right, ReLU {:.0%}",
        ),
        Claim(
            "a parametric ReLU comes back",
            lambda seed: (dying.share_right("prelu", seed), dying.share_right("relu", seed)),
            lambda prelu, relu: prelu > 0.95 > 0.7 > relu,
            "{:.0%} right, ReLU {:.0%}",
        ),
        Claim(
            "a parametric ReLU learns its slope",
            lambda seed: tuple(np.ptp(dying.train("prelu", seed)[4][[-1, 0]], axis=1)),
            lambda after, before: after > 1 > before,
            "8 slopes end {:.2g} apart, start {:.0f} apart",
        ),
        Claim(
            "a smaller rate lets fewer ReLUs die",
            lambda seed: tuple(dying.count_off("relu", seed, 32, 0.0, rate, nn.SGD) for rate in (1.0, 10.0)),
            lambda small, large: small <= 3 < 29 <= large,
            "{:.0f} of 32 dead, at ten times the rate {:.0f}",
        ),
    ],
    "softmax": [
        Claim(
            "only differences of logits matter to softmax",
            measure_shift,
            lambda added, doubled: added < 1e-12 < 0.1 < doubled,
            "all + 100: changed by {:.0e}, all doubled {:.2f}",
        ),
        Claim(
            "a low temperature makes softmax surer",
            lambda seed: (max(probabilities.share(0.25)), max(probabilities.share())),
            lambda cold, plain: cold > 0.95 > 0.8 > plain,
            "{:.0%} for the largest, at temperature 1 {:.0%}",
        ),
        Claim(
            "a high temperature makes softmax less sure",
            lambda seed: (max(probabilities.share(4.0)), max(probabilities.share())),
            lambda hot, plain: hot < 0.5 < plain,
            "{:.0%} for the largest, at temperature 1 {:.0%}",
        ),
        Claim(
            "softmax with cross-entropy sends back p - y",
            measure_gradient,
            lambda truth, other: truth < 1e-12 < 0.1 < other,
            "off by {:.0e}, p alone {:.2f}",
        ),
    ],
    "choosing": [
        Claim(
            "hidden layers: tanh, not linear",
            score(2, "tanh", "linear"),
            lambda tanh, linear: tanh > 0.95 > 0.7 > linear,
            "{:.0%} right, linear {:.0%}",
        ),
        Claim(
            "many hidden layers: ReLU, not sigmoid",
            score(8, "relu", "sigmoid"),
            lambda relu, sigmoid: relu > 0.95 > 0.75 > sigmoid,
            "{:.0%} right, sigmoid {:.0%}",
        ),
        Claim(
            "a state fed back: tanh, not ReLU",
            lambda seed: (choosing.remember("tanh")[-1], choosing.remember("relu")[-1]),
            lambda tanh, relu: tanh < 1 < 100 < relu,
            "grows to {:.1f}, ReLU {:.0f}",
        ),
        Claim(
            "output, a number: linear, not sigmoid",
            lambda seed: (miss("linear", seed), miss("sigmoid", seed)),
            lambda linear, sigmoid: linear < 50 < 100 < sigmoid,
            "price off by {:.0f}, sigmoid {:.0f}",
        ),
        Claim(
            "output, yes or no: sigmoid, not linear",
            lambda seed: (leave("sigmoid", seed), leave("linear", seed)),
            lambda sigmoid, linear: sigmoid == 0 < 0.05 < linear,
            "{:.0%} outside 0 to 1, linear {:.0%}",
        ),
        Claim(
            "output, one of several: softmax, not sigmoids",
            lambda seed: tuple(sum(p).data for p in (softmax([2, 1, -1]), [Value(z).sigmoid() for z in (2, 1, -1)])),
            lambda softmax, sigmoid: abs(softmax - 1) < 1e-12 < 0.1 < abs(sigmoid - 1),
            "sum {:.2f}, sigmoids {:.2f}",
        ),
    ],
}
