"""Training on tapes and with Values, side by side."""

import random
import re
import warnings

import numpy as np

import nn

X = np.random.default_rng(0).normal(size=(12, 2))
Y = (X[:, 0] > 0) * 1.0


def mlp(outputs=1):
    return nn.MLP(2, [4, outputs], generator=np.random.default_rng(5))


def train(make, record, X=X, y=Y, **options):
    """Losses and parameters, the warnings, the model."""
    random.seed(0)
    np.random.seed(0)
    model = mlp()
    options = {"epochs": 7, "batch_size": 5} | options | make(model)
    model = options.pop("model", model)
    options.setdefault("optimizer", nn.SGD(model.parameters(), lr=0.1))
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        history = nn.fit(
            model, X, y, progress=False, record=record, generator=np.random.default_rng(1), **options
        )  # fmt: skip
    numbers = history.loss + history.validation_loss + [parameter.data for parameter in model.parameters()]
    return np.array(numbers), [str(warning.message) for warning in warned]


def assert_right(make, warns="", **options):
    """Recorded as with Values; without a warning, or with one that matches."""
    expected, silence = train(make, False, **options)
    numbers, warned = train(make, True, **options)
    np.testing.assert_allclose(numbers, expected, rtol=1e-9, atol=1e-9)
    assert (len(warned), silence) == (bool(warns), [])
    if warns:
        assert re.search(warns, warned[0]), warned


def of(loss):
    return lambda model: {"loss": loss}


class Own(nn.Module):
    """A model of one's own around an MLP, whose forward is a function of itself and the row."""

    def __init__(self, forward, layer=None):
        self.layer, self._forward = layer or mlp(), forward
        self.temperature, self.generator = 1.0, np.random.default_rng(3)

    def forward(self, row):
        return self._forward(self, row)


def own(forward, **options):
    return lambda model: {"model": Own(forward), **options}
