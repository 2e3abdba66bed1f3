"""nn: networks of Values, and how they learn."""

from nn import (
    activations,
    checkpoint,
    data,
    examples,
    init,
    layers,
    losses,
    module,
    optim,
    perceptron,
    schedules,
    train,
)
from nn.activations import Activate, PReLU
from nn.checkpoint import load, save
from nn.clipping import clip_grad_norm, clip_grad_value
from nn.convolution import Conv1d, Conv2d
from nn.data import Dataset, batches, circle, load_csv, load_digits, load_iris, moons, one_hot, split, standardise
from nn.doctor import doctor
from nn.embedding import Embedding
from nn.evaluation import evaluate, predict
from nn.export import to_torch
from nn.flatten import Flatten, Unflatten
from nn.generators import blobs, circles, separable, spiral, xor
from nn.history import History
from nn.layers import MLP, Layer, Neuron
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
from nn.metrics import accuracy, confusion_matrix, r2
from nn.module import Module
from nn.noise import Dropout, GaussianNoise
from nn.normalisation import BatchNorm, LayerNorm
from nn.onnx import to_onnx
from nn.optim import SGD, Adam, AdamW, Optimizer, RMSProp
from nn.perceptron import Perceptron
from nn.pooling import AvgPool, MaxPool
from nn.recurrent import GRU, LSTM, RNN
from nn.schedules import CosineAnnealingLR, ExponentialLR, LinearLR, OneCycleLR, Schedule, SequentialLR, StepLR
from nn.sequential import Residual, Sequential
from nn.train import fit

__all__ = [
    "GRU", "LSTM", "MLP", "RNN", "SGD", "Activate", "Adam", "AdamW", "AvgPool", "BatchNorm", "Conv1d", "Conv2d",
    "CosineAnnealingLR", "Dataset", "Dropout", "Embedding", "ExponentialLR", "Flatten", "GaussianNoise", "History",
    "Layer", "LayerNorm", "LinearLR", "MaxPool", "Module", "Neuron", "OneCycleLR", "Optimizer", "PReLU", "Perceptron",
    "RMSProp", "Residual", "Schedule", "Sequential", "SequentialLR", "StepLR", "Unflatten", "accuracy", "activations",
    "batches", "binary_cross_entropy", "binary_cross_entropy_with_logits", "blobs", "checkpoint", "circle", "circles",
    "clip_grad_norm", "clip_grad_value", "confusion_matrix", "cross_entropy", "data", "doctor", "evaluate", "examples",
    "fit", "hinge", "huber", "init", "layers", "load", "load_csv", "load_digits", "load_iris", "losses", "mae",
    "module", "moons", "mse", "nll", "one_hot", "optim", "perceptron", "predict", "r2", "save", "schedules",
    "separable", "spiral", "split", "standardise", "to_onnx", "to_torch", "train", "xor",
]  # fmt: skip
