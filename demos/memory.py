"""Memory: trains networks to remember the first number of a sequence; `recurrent` shows them."""

import numpy as np

import nn
from demos.replay import update
from demos.runner import once
from engine import Tape, Value, record

CELLS = {"RNN": nn.RNN, "LSTM": nn.LSTM, "GRU": nn.GRU, "LSTM, open gate": nn.LSTM, "GRU, open gate": nn.GRU}
HIDDEN = 4  # numbers in the state


def draw(count: int, steps: int, generator: np.random.Generator) -> np.ndarray:
    """Rows of a sequence that begins with -1 or +1, then 0 or 1 for which of the two it was."""
    y = generator.integers(0, 2, count)
    return np.column_stack([2.0 * y - 1, generator.normal(0, 0.5, (count, steps - 1)), y])


def build(name: str, generator: np.random.Generator) -> nn.Sequential:
    """A recurrent layer of this name, and a neuron that reads its last state."""
    cell = CELLS[name](1, HIDDEN, generator=generator)
    if "open" in name:  # the second block of biases: in an LSTM the forget gate's, in a GRU the update gate's
        for bias in cell.bias_ih[HIDDEN : 2 * HIDDEN]:
            bias.data = 5.0 if "LSTM" in name else 3.0  # sigmoid(3): 0.95 of the state goes through
    return nn.Sequential(cell, nn.Layer(HIDDEN, 1, "linear", generator=generator))


def record_loss(model: nn.Module, steps: int) -> Tape:
    """The loss of any row, recorded."""
    *sequence, truth = inputs = [Value(0.0) for _ in range(steps + 1)]
    (answer,) = model([[number] for number in sequence])
    return record(nn.binary_cross_entropy_with_logits(answer, truth), inputs)


def measure(tape: Tape, rows: np.ndarray) -> np.ndarray:
    """The mean |gradient| of the loss by the number that is read at each step."""
    tape.forward(rows)
    return abs(tape.backward()[:, :-1]).mean(axis=0)


@once
def learn(name: str, seed: int, steps: int = 40, starts: int = 10, epochs: int = 60) -> tuple[np.ndarray, list[int]]:
    """The gradient through time before training, a geometric mean; and the epochs of each start that learned."""
    rows, flows, taken = draw(32, steps, np.random.default_rng(seed)), [], []
    model = build(name, np.random.default_rng(seed))
    tape = record_loss(model, steps)  # the same for all starts, which only differ in their numbers
    for start in range(starts):
        model.load_state_dict(build(name, np.random.default_rng([seed, start])).state_dict())
        flows.append(measure(tape, rows))
        adam = nn.Adam(model.parameters(), lr=0.05, clip_norm=1.0)
        for epoch in range(1, epochs + 1):
            if update(tape, adam, rows) < 0.1:
                taken.append(epoch)
                break
    return np.exp(np.log(flows).mean(axis=0)), taken
