"""Losses and their minima: what its demos claim."""

import numpy as np

import nn
from demos import convexity, losses, minima, outliers
from demos.claims import Claim
from engine import Value


def share_above(name: str, seed: int) -> float:
    """The share of random pairs of parameters at whose midpoint the loss is above the mean of the two losses."""
    generator, above = np.random.default_rng(seed), 0
    for _ in range(convexity.PAIRS):
        a, b = generator.normal(0, 3, (2, len(convexity.build_loss(name, seed)[0].parameters)))
        ends = convexity.compute_loss(name, a, seed) + convexity.compute_loss(name, b, seed)
        above += convexity.compute_loss(name, (a + b) / 2, seed) > ends / 2 + 1e-12
    return above / convexity.PAIRS


CLAIMS = {
    "losses": [
        Claim(
            "behind a sigmoid cross-entropy sends back p - y, the squared error 2(p - y)p(1 - p)",
            lambda seed: (losses.slope(nn.binary_cross_entropy, 0.8), losses.slope(nn.mse, 0.8)),
            lambda entropy, squared: np.allclose([entropy, squared], [-0.2, -2 * 0.2 * 0.8 * 0.2]),
            "0.8 for a 1: {:.3f}, squared error {:.3f}",
        ),
        Claim(
            "behind a sigmoid the squared error hardly corrects a great mistake",
            lambda seed: (losses.slope(nn.mse, 0.001), losses.slope(nn.binary_cross_entropy, 0.001)),
            lambda squared, entropy: squared > -0.01 > -0.9 > entropy,
            "0.001 for a 1: {:.3f}, cross-entropy {:.3f}",
        ),
        Claim(
            "a sigmoid that is certain and wrong stays so with the squared error",
            lambda seed: tuple(losses.unlearn(name, seed)[-1] for name in losses.LOSSES),
            lambda squared, entropy: squared < 0.01 < 0.9 < entropy,
            "{:.3f} for a 1, cross-entropy {:.2f}",
        ),
        Claim(
            "cross-entropy has no upper limit; the squared error of a probability does",
            lambda seed: tuple(loss(Value(1e-9), 1).data for loss in (nn.binary_cross_entropy, nn.mse)),
            lambda entropy, squared: entropy > 20 > 1 >= squared,
            "0.000000001 for a 1: {:.1f}, squared error {:.1f}",
        ),
        Claim(
            "cross-entropy only looks at the probability of the right class",
            lambda seed: tuple(np.subtract(losses.judge([0.2, 0.8, 1e-9]), losses.judge([0.1, 0.8, 0.1]))),
            lambda entropy, squared: entropy == 0 < squared,
            "[.1, .8, .1] to [.2, .8, 0]: {:+.3f}, squared error {:+.3f}",
        ),
    ],
    "outliers": [
        Claim(
            "an outlier pulls the squared error far away, Huber's loss hardly",
            lambda seed: (outliers.pull("Huber"), outliers.pull("squared error")),
            lambda huber, squared: huber < 30 < 500 < squared,
            "by {:.0f} thousand, squared error {:.0f}",
        ),
    ],
    "minima": [
        Claim(
            "plain descent ends in a local minimum, not the deepest",
            lambda seed: tuple(minima.curve(minima.descend(momentum)[-1]) for momentum in minima.MOMENTA.values()),
            lambda plain, deepest: plain > deepest + 0.8,
            "loss {:.2f}, the deepest {:.2f}",
        ),
        Claim(
            "at a local minimum the slope is 0",
            lambda seed: (abs(minima.slope(minima.descend(0.0)[-1])), abs(minima.slope(4.0))),
            lambda end, start: end < 1e-6 < 1 < start,
            "{:.0e}, at the start {:.1f}",
        ),
        Claim(
            "momentum can leave a shallow minimum",
            lambda seed: tuple(minima.descend(m)[-1] for m in reversed(minima.MOMENTA.values())),
            lambda momentum, plain: momentum < -2 < 2 < plain,
            "ends at {:.2f}, plain at {:.2f}",
        ),
        Claim(
            "where descent ends depends on where it starts",
            lambda seed: (minima.descend(0.0, -4.0)[-1], minima.descend(0.0)[-1]),
            lambda left, right: left < -2 < 2 < right,
            "from -4 to {:.2f}, from 4 to {:.2f}",
        ),
    ],
    "convexity": [
        Claim(
            "a disc is a convex set, a ring is not",
            lambda seed: tuple(convexity.draw_pairs(name, seed)[1].mean() for name in convexity.INNER),
            lambda disc, ring: disc == 0 < 0.05 < ring,
            "{:.1%} of midpoints outside, ring {:.1%}",
        ),
        Claim(
            "the loss of one neuron is convex, that of a network is not",
            lambda seed: tuple(share_above(name, seed) for name in convexity.WIDTHS),
            lambda neuron, network: neuron == 0 < 0.05 < network,
            "{:.1%} of midpoints above, network {:.1%}",
        ),
    ],
}
