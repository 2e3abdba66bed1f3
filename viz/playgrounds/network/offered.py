"""The choices and limits of the playground's network, for its scripts and for models passed from Python."""

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Loss:
    """A loss that the playground offers.

    targets     what a target is: "probability" (0 or 1 here), "sign" (-1 or +1), "number" or "class"
    output      the activation that the last layer needs
    threshold   the output above which the prediction is the second of two classes; None if each class has an output
    """

    targets: str
    output: str
    threshold: float | None


LOSSES = {
    "binary_cross_entropy_with_logits": Loss("probability", "linear", 0.0),
    "binary_cross_entropy": Loss("probability", "sigmoid", 0.5),
    "hinge": Loss("sign", "linear", 0.0),
    "mse": Loss("number", "linear", 0.5),
    "mae": Loss("number", "linear", 0.5),
    "huber": Loss("number", "linear", 0.5),
    "cross_entropy": Loss("class", "linear", None),
    "nll": Loss("class", "log_softmax", None),
}
# The activations of hidden layers, and the initialisation that suits each.
ACTIVATIONS = {
    "tanh": "xavier_uniform",
    "relu": "he_uniform",
    "sigmoid": "xavier_uniform",
    "leaky_relu": "he_uniform",
    "elu": "he_uniform",
    "gelu": "he_uniform",
    "silu": "he_uniform",
    "softplus": "he_uniform",
    "softsign": "xavier_uniform",
    "linear": "xavier_uniform",
}
SLOPE = 0.01  # of leaky_relu below zero
OPTIMISERS = ("sgd", "momentum", "adam")
MOST = {
    "classes": 6,  # with a colour of their own
    "points": 2000,  # drawn by hand, generated, passed from Python or in a link
    "rows": 100_000,  # of a file
    "bytes": 20_000_000,  # of a file
    "inputs": 16,
    "hidden": 6,  # layers
    "width": 64,  # of a layer
    "parameters": 12_000,
    "updates": 1_000_000,  # that a link may ask for
    "turns": 200,  # of the learning rate, in one training
}


def write_offered() -> str:
    """Return the choices and limits as the JavaScript object `offered`."""
    losses = {name: asdict(loss) for name, loss in LOSSES.items()}
    told = {"losses": losses, "activations": ACTIVATIONS, "slope": SLOPE, "most": MOST}
    return f"const offered = {json.dumps(told, indent=1)};\n"
