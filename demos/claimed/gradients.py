"""Vanishing and exploding gradients: what its demos claim."""

from functools import partial

import numpy as np

import nn
import viz
from demos import clipping, exploding, vanishing
from demos.claims import Claim
from demos.deep import fade, learn, move


def reach(activation: str, seed: int) -> float:
    """The gradient that reaches the first of 50 layers: the median of five starts, as chance makes factors of ten."""
    found = [viz.shrink(activation, [50], init="xavier", seed=start) for start in range(5 * seed, 5 * seed + 5)]
    return float(np.median([each.series[activation, "xavier"].gradients[0] for each in found]))


def ease(name: str, seed: int) -> float:
    """How far the first layer's weights move, divided by those of the last."""
    moved = move(name, seed)
    return moved[0] / moved[-1]


def compare_remedy(name: str, wanted: float, of: str = "sigmoid") -> Claim:
    """The claim that this remedy lets a deep network train, to this accuracy."""
    return Claim(
        f"{name}: 30 layers train",
        lambda seed: (learn(name, seed)[2].accuracy[-1], learn(of, seed)[2].accuracy[-1]),
        lambda remedy, plain: remedy > wanted > 0.6 > plain,
        f"{{:.0%}} right, {of} {{:.0%}}",
    )


def reach_first(bound: float, seed: int) -> float:
    """The largest gradient in the first of eleven layers over that in the last, from weights drawn up to this bound."""
    init, generator = partial(nn.init.uniform, bound=bound), np.random.default_rng(seed)
    X, y = nn.circle(4, generator)
    model = nn.MLP(2, [10] * 10 + [1], "relu", init=init, generator=generator)
    flow = viz.gradient_flow({"": model}, X, y, nn.binary_cross_entropy_with_logits)
    first, *_, last = flow.flows[""]
    return first.neurons.largest / last.neurons.largest


def compare_loss(clip: float | None, seed: int) -> float:
    """The last loss, divided by that of one answer to all."""
    history, constant = clipping.learn_mean(clip, seed)
    return history.loss[-1] / constant


CLAIMS = {
    "vanishing": [
        Claim(
            "of two sigmoid neurons in a chain, w1 has the smaller gradient",
            lambda seed: (vanishing.compare_weights("sigmoid"), vanishing.compare_weights("relu")),
            lambda sigmoid, relu: sigmoid < 0.31 < 1 < relu,
            "{:.2f} of w2's, with ReLUs {:.2g}",
        ),
        Claim(
            "the first of 50 sigmoid layers do not learn",
            lambda seed: (ease("sigmoid", seed), ease("tanh, residual", seed)),
            lambda sigmoid, residual: sigmoid < 1e-20 < 0.01 < residual,
            "move {:.1g} of the last, residual tanh {:.1g}",
        ),
        Claim(
            "the sigmoids are to blame: 50 linear layers, of slope 1, take an order or two, not thirty",
            lambda seed: (reach("linear", seed), reach("sigmoid", seed)),
            lambda linear, sigmoid: linear > 0.01 > 1e-20 > sigmoid,
            "{:.2g} arrives through 50, median of 5 starts; sigmoids {:.0e}",
        ),
    ],
    "remedies": [
        Claim(
            "Xavier's start keeps the gradient of 30 tanh layers",
            lambda seed: (fade("tanh, Xavier", seed), fade("sigmoid", seed)),
            lambda tanh, sigmoid: tanh > 0.05 > 1e-12 > sigmoid,
            "{:.2g} of the last reaches the first, sigmoid {:.0e}",
        ),
        compare_remedy("tanh, Xavier", 0.7),
        compare_remedy("ReLU, He", 0.9),
        compare_remedy("leaky ReLU, He", 0.9),
        compare_remedy("sigmoid, batch norm", 0.9),
        compare_remedy("sigmoid, residual", 0.65),
        compare_remedy("tanh, residual", 0.9),
    ],
    "exploding": [
        Claim(
            "gradients explode through layers of large weights",
            lambda seed: (reach_first(2.0, seed), reach_first(0.5, seed)),
            lambda large, moderate: large > 1e3 > 1 > moderate,
            "first layer over last {:.0e}, a quarter of the weights {:.0e}",
        ),
        Claim(
            "gradients explode through time if a recurrent weight is above 1",
            lambda seed: (exploding.fade(1.5, 30), exploding.fade(1.0, 30)),
            lambda above, one: above > 1e5 > one == 1,
            "after 30 steps {:.0e}, weight 1: {:.0f}",
        ),
        Claim(
            "gradients vanish through time if it is below 1",
            lambda seed: (exploding.fade(0.5, 30), exploding.fade(1.0, 30)),
            lambda below, one: below < 1e-8 < one == 1,
            "after 30 steps {:.0e}, weight 1: {:.0f}",
        ),
    ],
    "clipping": [
        Claim(
            "clipping saves training from an exploding gradient",
            lambda seed: (compare_loss(1.0, seed), compare_loss(None, seed)),
            lambda clipped, free: clipped < 0.5 < 0.9 < free,
            "loss / loss of one answer to all: {:.2f}, unclipped {:.2g}",
        ),
    ],
}
