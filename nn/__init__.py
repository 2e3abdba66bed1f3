"""nn: networks of Values, and how they learn.

The ground first: `neighbours`, `frames`, `arguments`, `nests`, `strays`, `parts`, `summary`, `rules`, `losses`,
`answers`, `module`, `activations`, `init`, `clipping`, `optim`, `schedules`, `supplies`, `micrograd`. Then `layers/`,
`datasets/`, `training/`, `diagnosis/`, `export/`.
"""

from typing import Any

from nn import activations, init, layers, losses, module, neighbours, optim, schedules
from nn.activations import Activate, PReLU
from nn.clipping import clip_grad_norm, clip_grad_value
from nn.datasets import data, examples
from nn.datasets.data import (
    Dataset,
    batches,
    circle,
    load_csv,
    load_digits,
    load_iris,
    moons,
    one_hot,
    split,
    standardise,
)
from nn.datasets.generators import blobs, circles, separable, spiral, xor
from nn.diagnosis.doctor import doctor
from nn.export import checkpoint
from nn.export.checkpoint import load, save
from nn.export.from_pytorch import from_torch
from nn.export.onnx import to_onnx
from nn.export.pytorch import to_torch
from nn.layers import *  # noqa: F403 - the layers are listed there
from nn.layers import perceptron
from nn.losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    hinge,
    huber,
    mae,
    mse,
    nll,
)
from nn.module import Module
from nn.optim import SGD, Adam, AdamW, Optimizer, RMSProp
from nn.schedules import CosineAnnealingLR, ExponentialLR, LinearLR, OneCycleLR, Schedule, SequentialLR, StepLR
from nn.training import train
from nn.training.evaluation import classify, evaluate, predict
from nn.training.history import History
from nn.training.metrics import accuracy, confusion_matrix, r2
from nn.training.sweep import sweep
from nn.training.train import fit

__all__ = [
    "SGD", "Activate", "Adam", "AdamW", "CosineAnnealingLR", "Dataset", "ExponentialLR", "History", "LinearLR",
    "Module", "OneCycleLR", "Optimizer", "PReLU", "RMSProp", "Schedule", "SequentialLR", "StepLR", "accuracy",
    "activations", "batches", "binary_cross_entropy", "binary_cross_entropy_with_logits", "blobs", "checkpoint",
    "circle", "circles", "classify", "clip_grad_norm", "clip_grad_value", "confusion_matrix", "cross_entropy", "data",
    "doctor", "evaluate", "examples", "fit", "from_torch", "hinge", "huber", "init", "layers", "load", "load_csv",
    "load_digits", "load_iris", "losses", "mae", "module", "moons", "mse", "nll", "one_hot", "optim", "perceptron",
    "predict", "r2", "save", "schedules", "separable", "spiral", "split", "standardise", "sweep", "to_onnx", "to_torch",
    "train", "xor",
]  # fmt: skip
__all__ += layers.__all__

neighbours.adopt(globals())


def __getattr__(name: str) -> Any:
    return neighbours.find(name, globals())
