"""Convolution: what its demos claim."""

import numpy as np

import nn
from demos import convolution, kernels, series
from demos.claims import Claim
from demos.runner import once


def measure_error(name: str, seed: int) -> float:
    """The mean squared error on images that were not learned."""
    _, others, models = convolution.learn(seed)
    return float(np.mean((nn.predict(models[name], others) - convolution.find_edges(others)) ** 2))


@once
def count(name: str) -> int:
    """The number of parameters of the first layer, for 16 kernels at 36 places."""
    layers = {
        kernels.SHARED: lambda: nn.Conv2d(1, 16, 3),
        kernels.LOCAL: lambda: kernels.Local(16, np.random.default_rng(0)),
        kernels.DENSE: lambda: nn.Layer(64, 16 * 36),
    }
    return len(layers[name]().parameters())


def compare_moved(words: str, control: str) -> Claim:
    """The claim that kernels read digits moved by a pixel, where this network does not."""
    return Claim(
        words,
        lambda seed: (kernels.learn(kernels.SHARED, seed)[3], kernels.learn(control, seed)[3]),
        lambda shared, other: shared > 0.6 > 0.54 > other,
        f"{{:.0%}} of them right, {control} {{:.0%}}",
    )


CLAIMS = {
    "convolution": [
        Claim(
            "a convolution shares few weights",
            lambda seed: tuple(len(m.parameters()) for m in convolution.learn(seed)[2].values()),
            lambda shared, dense: 100 * shared < dense,
            "{} parameters, dense layer {:,}",
        ),
        Claim(
            "what it learns in one place it knows everywhere",
            lambda seed: (measure_error("convolution", seed), measure_error("dense layer", seed)),
            lambda shared, dense: shared < 1e-4 < 5e-3 < dense,
            "error on other images {:.0e}, dense layer {:.0e}",
        ),
    ],
    "series": [
        Claim(
            "in time, too, a convolution shares few weights",
            lambda seed: tuple(len(model.parameters()) for model in series.learn(seed)[1].values()),
            lambda shared, dense: shared == 4 < 378 == dense,
            "{} parameters, dense layer {}",
        ),
        Claim(
            "and knows everywhere what it learns in one place",
            lambda seed: (series.measure_error("convolution", seed), series.measure_error("dense layer", seed)),
            lambda shared, dense: shared < 1e-4 < 0.02 < dense,
            "error on other series {:.0e}, dense layer {:.0e}",
        ),
    ],
    "kernels": [
        Claim(
            "a convolution is local: it has few weights",
            lambda seed: (count(kernels.LOCAL), count(kernels.DENSE)),
            lambda local, dense: local == 36 * 16 * 10 < dense / 6,
            "{:,} local, dense {:,}",
        ),
        Claim(
            "and shares them: it has fewer still",
            lambda seed: (count(kernels.SHARED), count(kernels.LOCAL)),
            lambda shared, local: shared == 16 * 10 == local / 36,
            "{:,} shared, {:,} local and not shared",
        ),
        compare_moved("a convolution survives a shift by a pixel", kernels.DENSE),
        compare_moved("by sharing, not by being local", kernels.LOCAL),
    ],
}
