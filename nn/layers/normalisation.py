"""BatchNorm and LayerNorm: layers that normalise to mean 0 and variance 1, over a batch or within a sample."""

from collections.abc import Callable, Sequence
from functools import partial
from math import nan, sqrt
from typing import Any

from numpy.random import Generator

from engine import Value
from engine import sum as add
from engine.tape.means import batch_mean
from engine.value import lift
from nn.arguments import check_inputs, check_real, check_share, check_whole
from nn.extra_inputs import is_recording, keep, read
from nn.init import assign
from nn.module import Module
from nn.nested import each, flatten


class BatchNorm(Module):
    """Normalise each feature to mean 0 and variance 1 over the batch, then scale it by a weight and add a bias.

    Ioffe and Szegedy, "Batch normalization", 2015; PyTorch's BatchNorm1d, and BatchNorm2d for a feature that is a
    channel: all its numbers share one mean. Keras' BatchNormalization calls 1 - momentum its momentum, and eps epsilon.

    In training it takes a batch (`Module.batch`), and gradients flow through the mean and the variance as well. In
    evaluation it uses running statistics: running = (1 - momentum) * running + momentum * the batch's, the variance
    unbiased.

    n          the number of features of a sample
    momentum   the share of a batch in the running statistics
    eps        added to the variance

    TypeError or ValueError for numbers out of range; ValueError in training for a batch of one row.

    >>> norm = BatchNorm(1)
    >>> [round(sample[0].data, 3) for sample in norm.batch([[1.0], [3.0]])]
    [-1.0, 1.0]
    >>> norm.running_mean
    [0.2]
    """

    across_batch = True
    buffers = recorded_buffers = ("running_mean", "running_variance")

    def __init__(self, n: int, *, momentum: float = 0.1, eps: float = 1e-5) -> None:
        self.n_in = check_whole("n", n)
        self.momentum, self.eps = check_share("momentum", momentum), check_real("eps", eps)
        self.weights, self.biases = _scales(self.n_in)
        self.running_mean, self.running_variance = [0.0] * self.n_in, [1.0] * self.n_in
        self.name_parts()

    def forward(self, features: Sequence[Any]) -> list[Any]:
        """Normalise one sample, n Values or nested lists of them, by the running statistics; ValueError in training."""
        if not self.training:
            return self._follow_running(features)
        if not is_recording():
            raise ValueError(
                f"{self!r} needs the whole batch in training: model.batch(samples), where each module around it "
                "passes batches on as nn.Sequential does; or model.eval()"
            )
        return self._normalise([features], batch_mean)[0]

    def forward_batch(self, samples: Sequence[Any]) -> list[Any]:
        """Normalise a batch: in training by its own statistics, which update the running ones, else by those.

        ValueError in training for a single number per feature, which has no variance.
        """
        if not self.training:
            return [self._follow_running(features) for features in samples]
        return self._normalise(samples, lambda mean: mean)

    def _normalise(self, samples: Sequence[Any], average: Callable[[Value], Value]) -> list[list[Any]]:
        """Normalise samples; `average` turns the mean over these samples into the mean over the whole batch."""
        for features in samples:
            check_inputs(self, features, self.n_in, nested=True)
        normalised, means, variances, counts = [], [], [], []
        for numbers, weight, bias in zip(zip(*samples, strict=True), self.weights, self.biases, strict=True):
            column = each(lift, numbers)
            values = flatten(column)
            if len(values) < 2 and not is_recording():
                raise ValueError(f"{self!r} needs more than one number for each feature in training, 1 given")
            mean, variance = _moments(values, average)
            deviation = (variance + self.eps).sqrt()
            normalised.append(each(partial(_rescale, mean, deviation, weight, bias), column))
            means.append(mean)
            variances.append(variance)
            counts.append(len(values))
        keep(partial(self._follow_batch, counts), means, variances)
        return [list(features) for features in zip(*normalised, strict=True)]

    def _follow_batch(self, counts: list[int], samples: int, means: list[float], variances: list[float]) -> None:
        """Update the running statistics by those of a batch, which has so many numbers of each feature in a sample."""
        sizes = [count * samples for count in counts]
        unbiased = [variance * size / (size - 1) for variance, size in zip(variances, sizes, strict=True)]
        for running, found in ((self.running_mean, means), (self.running_variance, unbiased)):
            pairs = zip(running, found, strict=True)
            running[:] = [(1 - self.momentum) * old + self.momentum * new for old, new in pairs]

    def _follow_running(self, features: Sequence[Any]) -> list[Any]:
        check_inputs(self, features, self.n_in, nested=True)
        statistics = read(self, self._read_running)
        means, deviations = statistics[: self.n_in], statistics[self.n_in :]
        parts = zip(features, means, deviations, self.weights, self.biases, strict=True)
        return [each(partial(_rescale, *scales), feature) for feature, *scales in parts]

    def _read_running(self) -> list[float]:
        """Return the running means, then the running standard deviations."""
        squares = [variance + self.eps for variance in self.running_variance]
        return [*self.running_mean, *[sqrt(square) if square >= 0 else nan for square in squares]]

    def reset(self, init: Any = None, generator: Generator | None = None) -> None:
        """Set weights to 1, biases to 0 and the running statistics to their initial numbers."""
        assign([*self.weights, *self.biases], [1.0] * self.n_in + [0.0] * self.n_in)
        self.running_mean[:], self.running_variance[:] = [0.0] * self.n_in, [1.0] * self.n_in

    def __repr__(self) -> str:
        return f"BatchNorm({self.n_in}{_changed(self, momentum=0.1, eps=1e-5)})"


class LayerNorm(Module):
    """Normalise the numbers of a sample to mean 0 and variance 1, then scale each by a weight and add a bias.

    Ba, Kiros and Hinton, "Layer normalization", 2016; PyTorch's LayerNorm, Keras' LayerNormalization. It is the same in
    training and evaluation.

    n     the number of features of a sample
    eps   added to the variance

    TypeError or ValueError for numbers out of range.

    >>> [round(value.data, 3) for value in LayerNorm(3)([Value(1.0), Value(2.0), Value(3.0)])]
    [-1.225, 0.0, 1.225]
    """

    def __init__(self, n: int, eps: float = 1e-5) -> None:
        self.n_in = check_whole("n", n)
        self.eps = check_real("eps", eps)
        self.weights, self.biases = _scales(self.n_in)
        self.name_parts()

    def forward(self, inputs: Sequence[Value | float]) -> list[Value]:
        """Return a list of n Values for n numbers or Values."""
        check_inputs(self, inputs, self.n_in)
        values = [lift(value) for value in inputs]
        mean, variance = _moments(values)
        deviation = (variance + self.eps).sqrt()
        scales = zip(values, self.weights, self.biases, strict=True)
        return [_rescale(mean, deviation, weight, bias, value) for value, weight, bias in scales]

    def reset(self, init: Any = None, generator: Generator | None = None) -> None:
        """Set weights to 1 and biases to 0."""
        assign([*self.weights, *self.biases], [1.0] * self.n_in + [0.0] * self.n_in)

    def __repr__(self) -> str:
        return f"LayerNorm({self.n_in}{_changed(self, eps=1e-5)})"


def _scales(n: int) -> tuple[list[Value], list[Value]]:
    return [Value(1.0) for _ in range(n)], [Value(0.0) for _ in range(n)]


def _moments(values: list[Value], average: Callable[[Value], Value] = lambda mean: mean) -> tuple[Value, Value]:
    """Return mean and (biased) variance; `average` turns the mean over these values into that over the whole batch."""
    mean = average(add(values) / len(values))
    differences = [value - mean for value in values]
    return mean, average(add([difference * difference for difference in differences]) / len(values))


def _rescale(mean: Any, deviation: Any, weight: Value, bias: Value, value: Any) -> Any:
    return (lift(value) - mean) / deviation * weight + bias


def _changed(module: Module, **defaults: float) -> str:
    """Return the arguments that differ from their defaults, as a repr shows them."""
    given = {name: getattr(module, name) for name in defaults}
    return "".join(f", {name}={given[name]!r}" for name in defaults if given[name] != defaults[name])
