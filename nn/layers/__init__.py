"""Layers: the building blocks of networks, such as Layer, Conv2d, LSTM, BatchNorm and Dropout.

Read `dense` (Neuron, Layer, MLP), `perceptron`, `sequential`; then, in any order, `convolution`, `pooling`, `flatten`,
`embedding`, `recurrent`, `normalisation`, `noise`.
"""

from nn.layers.convolution import Conv1d, Conv2d
from nn.layers.dense import MLP, Layer, Neuron
from nn.layers.embedding import Embedding
from nn.layers.flatten import Flatten, Unflatten
from nn.layers.noise import Dropout, GaussianNoise
from nn.layers.normalisation import BatchNorm, LayerNorm
from nn.layers.perceptron import Perceptron
from nn.layers.pooling import AvgPool, MaxPool
from nn.layers.recurrent import GRU, LSTM, RNN
from nn.layers.sequential import Residual, Sequential

__all__ = [
    "GRU",
    "LSTM",
    "MLP",
    "RNN",
    "AvgPool",
    "BatchNorm",
    "Conv1d",
    "Conv2d",
    "Dropout",
    "Embedding",
    "Flatten",
    "GaussianNoise",
    "Layer",
    "LayerNorm",
    "MaxPool",
    "Neuron",
    "Perceptron",
    "Residual",
    "Sequential",
    "Unflatten",
]
