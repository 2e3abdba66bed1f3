"""Replay: a step of training on a recorded graph, for demos that do without nn.fit."""

import numpy as np

import nn
from engine import Tape


def update(tape: Tape, optimizer: nn.Optimizer, batch: np.ndarray) -> float:
    """Make one step of the optimiser on a batch; return the mean loss before it.

    The gradients of parameters that the optimiser does not hold stay as they are.
    """
    optimizer.zero_grad()
    losses = tape.forward(batch)
    tape.backward(1 / len(batch))
    optimizer.step()
    return losses.mean()
