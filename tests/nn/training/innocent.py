"""Forty programs of every usual kind, which train recorded, without a warning."""

import math
from functools import partial

import numpy as np

import engine
import nn
from engine import Value

INNOCENT = {}


def innocent(make):
    """Enter a program: a function of a model, an MLP 2-4-1, that gives the options of fit; "model" may be another."""
    INNOCENT[make.__name__] = make
    return make


def loss(function):
    """Enter a loss, for an MLP 2-4-1 and targets 0 and 1."""
    INNOCENT[function.__name__] = lambda model: {"loss": function}
    return function


# losses


@loss
def squared_error(p, t):
    return (p - t) ** 2


@loss
def absolute_error(p, t):
    return abs(p - t)


@loss
def root_of_squared_error(p, t):
    return ((p - t) ** 2 + 1e-6).sqrt()


@loss
def log_cosh(p, t):
    error = p - t
    return (error.exp() + (-error).exp()).log() - math.log(2)


@loss
def huber_by_minimum(p, t):
    size = abs(p - t)
    small = size.minimum(0.5)
    return small * (size - small / 2)


@loss
def huber_by_branches(p, t):
    size = abs(p - t)
    return 0.5 * size * size if size <= 0.5 else 0.5 * (size - 0.25)


@loss
def quantile(p, t):
    error = t - p
    return (0.9 * error).maximum(-0.1 * error)


@loss
def quantile_by_max(p, t):
    return max(0.9 * (t - p), 0.1 * (p - t))


@loss
def epsilon_insensitive(p, t):
    return (abs(p - t) - 0.1).relu()


@loss
def cross_entropy_by_hand(p, t):
    q = p.sigmoid() * 0.98 + 0.01
    return -(t * q.log() + (1 - t) * (1 - q).log())


@loss
def weighted_by_class(p, t):
    return nn.losses.binary_cross_entropy_with_logits(p, t) * (5.0 if t == 1 else 1.0)


@loss
def weighted_by_table(p, t):
    return nn.losses.binary_cross_entropy_with_logits(p, t) * {1: 5.0}.get(t, 1.0)


@loss
def chosen_by_class(p, t):
    return p.softplus() if int(t) == 0 else (-p).softplus()


@loss
def smoothed_labels(p, t):
    return nn.losses.binary_cross_entropy_with_logits(p, 0.9 * t + 0.05)


@loss
def focal(p, t):
    q = p.sigmoid()
    right = q if t == 1 else 1 - q
    return -((1 - right) ** 2) * right.log()


@loss
def focal_by_arithmetic(p, t):
    right = t * p.sigmoid() + (1 - t) * (1 - p.sigmoid())
    return -((1 - right) ** 2) * right.log()


@loss
def hinge_by_hand(p, t):
    margin = (2 * t - 1) * p
    return 1 - margin if margin < 1 else 0 * margin


@loss
def squared_hinge(p, t):
    return (1 - (2 * t - 1) * p).relu() ** 2


@loss
def poisson(p, t):
    return p.exp() - t * p


@loss
def logarithm_of_targets(p, t):
    return (p - math.log1p(t)) ** 2


@loss
def two_terms(p, t):
    return nn.losses.mse(p, t) + 0.1 * nn.losses.mae(p, t)


@innocent
def penalised_weights(model):
    def penalised(p, t):
        return (p - t) ** 2 + 0.01 * engine.sum([w * w for w in model.parameters()])

    return {"loss": penalised}


@innocent
def partial_loss(model):
    return {"loss": partial(nn.losses.huber, delta=0.5)}


class Tilted:
    def __init__(self, tilt):
        self.tilt = tilt

    def __call__(self, p, t):
        return (p - t) ** 2 + self.tilt * p


@innocent
def loss_object(model):
    return {"loss": Tilted(0.1)}


# layers and activations


class Affine(nn.Module):
    def __init__(self, activation=Value.tanh):
        self.weights = [Value(0.3), Value(-0.2)]
        self.bias, self._activation = Value(0.1), activation

    def forward(self, row):
        return self._activation(sum((w * x for w, x in zip(self.weights, row, strict=True)), self.bias))


@innocent
def own_layer(model):
    return {"model": Affine()}


@innocent
def own_activation(model):
    return {"model": Affine(lambda value: value * value.sigmoid())}


@innocent
def own_activation_in_a_layer(model):
    return {"model": nn.Layer(2, 1, lambda value: value / (1 + abs(value)), generator=np.random.default_rng(2))}


@innocent
def relu_by_branches(model):
    return {"model": Affine(lambda value: value if value > 0 else 0.1 * value)}


@innocent
def detached_gate(model):
    return {"model": Affine(lambda value: value * value.detach().sigmoid())}


class Polynomial(nn.Module):
    def __init__(self):
        self.coefficients = {"square": Value(0.1), "line": Value(0.2), "constant": Value(0.0)}

    def forward(self, row):
        x = row[0]
        square, line, constant = self.coefficients.values()
        return square * x**2 + line * x + constant


@innocent
def polynomial(model):
    return {"model": Polynomial()}


class Shared(nn.Module):
    def __init__(self):
        self.layer = nn.Layer(2, 2, "tanh", generator=np.random.default_rng(3))
        self.out = nn.Layer(2, 1, generator=np.random.default_rng(4))

    def forward(self, row):
        return self.out(self.layer(self.layer(row)))


@innocent
def shared_layer(model):
    return {"model": Shared()}


class Keeping(Shared):
    def forward(self, row):
        self.hidden = self.layer(row)
        self.shape = len(self.hidden)
        repr(self.hidden)
        return self.out(self.hidden)


@innocent
def keeps_its_activations(model):
    return {"model": Keeping()}


class Array(Shared):
    def forward(self, row):
        return self.out(list(np.tanh(np.array(self.layer(row)) * 2 + 1)))


@innocent
def computes_with_numpy(model):
    return {"model": Array()}


@innocent
def frozen_parameters(model):
    return {"optimizer": nn.SGD(model.layers[1].parameters(), lr=0.1)}


# around the updates


@innocent
def logs_in_a_callback(model):
    log = []

    def write(history):
        log.append((history.loss[-1], [f"{p.data:.3f}" for p in model.parameters()], model([0.1, 0.2]).data))

    return {"callback": write}


@innocent
def measures_in_a_callback(model):
    return {"callback": lambda history: float(np.mean(nn.predict(model, np.ones((20, 2))))) > 1e9}


@innocent
def weight_decay_by_hand(model):
    def decay(history):
        for p in model.parameters():
            p.data -= 0.01 * p.data

    return {"callback": decay}


@innocent
def clips_by_hand(model):
    def clip(history):
        for p in model.parameters():
            p.data = max(-0.5, min(0.5, p.data))

    return {"callback": clip}


@innocent
def counts_in_a_callback(model):
    model.epochs_seen = 0

    def count(history):
        model.epochs_seen += 1

    return {"callback": count}


@innocent
def rate_set_in_a_callback(model):
    optimizer = nn.SGD(model.parameters(), lr=0.1)

    def set_rate(history):
        optimizer.lr *= 0.9

    return {"optimizer": optimizer, "callback": set_rate}


@innocent
def temperature_set_in_a_callback(model):
    tilted = Tilted(1.0)

    def cool(history):
        tilted.tilt *= 0.9

    return {"loss": tilted, "callback": cool}


@innocent
def schedule(model):
    optimizer = nn.SGD(model.parameters(), lr=0.1)
    return {"optimizer": optimizer, "schedule": nn.StepLR(optimizer, 2)}


@innocent
def clipped_gradients(model):
    return {"optimizer": nn.SGD(model.parameters(), lr=0.1, clip_norm=0.1, clip_value=0.05)}


@innocent
def early_stopping(model):
    return {"validation": 0.3, "patience": 2}


@innocent
def stops_in_a_callback(model):
    return {"callback": lambda history: history.loss[-1] < 0.1 or history.epochs == 4}
