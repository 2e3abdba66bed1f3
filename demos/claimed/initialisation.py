"""Initialisation: what its demos claim."""

from collections.abc import Callable

import numpy as np

from demos.claims import Claim
from demos.starts import learn, part

ROUNDING = 1e-9  # a matrix product may round the numbers of equal neurons differently


def measure_growth(start: str, seed: int) -> float:
    """How many times larger the signal is after the sixth ReLU layer than after the first."""
    signal = learn(start, "relu", seed)["signal"]
    return signal[-1] / signal[0]


def measure_spread(start: str, seed: int) -> float:
    """How far the three neurons are from one another."""
    return float(np.ptp(part(start, seed)[1], axis=0).max())


def compare_starts(words: str, what: str, holds: Callable[[float, float], bool], form: str) -> Claim:
    """A claim on tanh layers with large weights; the control is Xavier's start."""
    return Claim(
        words, lambda seed: (learn("large, 2", "tanh", seed)[what], learn("Xavier", "tanh", seed)[what]), holds, form
    )


CLAIMS = {
    "initialisation": [
        Claim(
            "neurons that start at zero stay copies",
            lambda seed: (measure_spread("zeros", seed), measure_spread("Xavier", seed)),
            lambda zeros, xavier: zeros < ROUNDING < 0.1 < xavier,
            "{:.2g} apart, Xavier {:.2g}",
        ),
        Claim(
            "so do those that start at a constant",
            lambda seed: (measure_spread("constant 0.5", seed), measure_spread("Xavier", seed)),
            lambda same, xavier: same < ROUNDING < 0.1 < xavier,
            "{:.2g} apart, Xavier {:.2g}",
        ),
        compare_starts(
            "large weights saturate tanh",
            "saturated",
            lambda large, xavier: large > 0.4 > 0.05 > xavier,
            "{:.0%} with slope below 0.05, Xavier {:.0%}",
        ),
        compare_starts(
            "a saturated tanh has next to no slope",
            "slope",
            lambda large, xavier: large < 0.4 < 0.8 < xavier,
            "mean slope {:.2f}, Xavier {:.2f}",
        ),
        compare_starts(
            "large weights train worse",
            "trained",
            lambda large, xavier: large < xavier - 0.03,
            "{:.0%} of its points right, Xavier {:.0%}",
        ),
        compare_starts(
            "and generalise worse",
            "new",
            lambda large, xavier: large < xavier - 0.03,
            "{:.0%} of new points right, Xavier {:.0%}",
        ),
        Claim(
            "large weights explode through ReLUs",
            lambda seed: (measure_growth("large, 2", seed), measure_growth("He", seed)),
            lambda large, he: large > 50 > 5 > he,
            "signal times {:,.0f} in six layers, He {:.2g}",
        ),
        Claim(
            "He's start keeps the signal of ReLUs",
            lambda seed: (measure_growth("He", seed), measure_growth("small, 0.05", seed)),
            lambda he, small: 0.05 < he < 20 and small < 1e-3,
            "signal times {:.2g} in six layers, small {:.0e}",
        ),
    ],
}
