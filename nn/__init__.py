"""nn: networks of Values, and how they learn.

Models
    Sequential, Residual                     modules in a row; a module with a shortcut around it
    MLP, Layer, Neuron                       dense layers, one layer, one neuron
    Perceptron                               a neuron with a step, and Rosenblatt's rule
    Conv1d, Conv2d, MaxPool, AvgPool         convolutions, and pooling
    Flatten, Unflatten                       nested lists into one list, and back
    RNN, LSTM, GRU, Embedding                sequences; a learned vector for each index
    BatchNorm, LayerNorm                     normalisation over the batch, over a sample
    Dropout, GaussianNoise                   noise in training
    Activate, PReLU                          an activation as a layer; a leaky ReLU that learns its slope
    Module                                   the base class of all of these, and of your own

Training
    fit                                      train a model; returns a History
    History                                  loss and metrics, one number per epoch
    predict, classify, evaluate              outputs; classes or their labels; loss and metrics
    accuracy, confusion_matrix, r2           metrics
    sweep                                    train with each of many settings and seeds
    doctor                                   why a network does not learn
    SGD, Adam, AdamW, RMSProp, Optimizer     optimisers, and their base class
    StepLR, ExponentialLR, CosineAnnealingLR, LinearLR, OneCycleLR, SequentialLR, Schedule
                                             learning rates that change, and their base class
    clip_grad_norm, clip_grad_value          limit the size of gradients

Losses, of one sample
    mse, mae, huber                          of numbers
    binary_cross_entropy, binary_cross_entropy_with_logits, cross_entropy, nll, hinge
                                             of classes

Data
    moons, circle, circles, spiral, blobs, xor, separable
                                             points in the plane, generated
    load_iris, load_digits, load_csv         data from files
    Dataset                                  rows, targets and their names
    split, batches, standardise, one_hot     hold out, batch and scale rows; classes as columns

Elsewhere
    save, load                               a model and its training in a file
    to_torch, from_torch, to_onnx            to PyTorch and back; to a file for ONNX Runtime

Modules with more
    activations, init, layers, losses, optim, schedules, train, data, examples, checkpoint, module, perceptron
                                             such as nn.init.apply, nn.activations.describe, nn.examples.loans

PyTorch's names work as well: nn.Linear, nn.ReLU, nn.CrossEntropyLoss, nn.clip_grad_norm_ and more. Code written for
micrograd runs with `from nn.micrograd import Value, MLP`.
"""

from typing import Any

from nn import beside as beside  # first

# isort: split
from nn import activations, init, layers, losses, module, neighbours, optim, schedules
from nn.activations import Activate, PReLU
from nn.clipping import clip_grad_norm, clip_grad_value
from nn.datasets import data, examples
from nn.datasets.data import (
    Dataset,
    batches,
    load_csv,
    load_digits,
    load_iris,
    one_hot,
    split,
    standardise,
)
from nn.datasets.generators import blobs, circle, circles, moons, separable, spiral, xor
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
