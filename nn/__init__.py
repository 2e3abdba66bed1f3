"""nn: networks of Values, and how they learn."""

from nn import activations, data, init, layers, losses, module, optim, perceptron, train
from nn.data import Dataset, circle, load_csv, load_iris, moons, split, standardise
from nn.layers import MLP, Layer, Neuron
from nn.losses import binary_cross_entropy, binary_cross_entropy_with_logits, cross_entropy, hinge, mse
from nn.module import Module
from nn.optim import SGD, Adam, Optimizer
from nn.perceptron import Perceptron
from nn.train import History, accuracy, fit, predict

__all__ = [
    "MLP", "SGD", "Adam", "Dataset", "History", "Layer", "Module", "Neuron", "Optimizer", "Perceptron",
    "accuracy", "activations", "binary_cross_entropy", "binary_cross_entropy_with_logits", "circle", "cross_entropy",
    "data", "fit", "hinge", "init", "layers", "load_csv", "load_iris", "losses", "module", "moons", "mse", "optim",
    "perceptron", "predict", "split", "standardise", "train",
]  # fmt: skip
