"""Replay: a step of training on a recorded graph, for demos that do without nn.fit."""

import numpy as np

import nn
from engine import Tape


def update(tape: Tape, optimizer: nn.Optimizer, batch: np.ndarray) -> float:
    """One step of the optimiser on a batch; returns the mean loss before it.

    Gradients that reach parameters of no concern to the optimiser are left alone.
    """
    optimizer.zero_grad()
    losses = tape.forward(batch)
    tape.backward(1 / len(batch))
    optimizer.step()
    return losses.mean()
