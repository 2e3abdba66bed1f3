"""Recurrent networks: what is left, thirty steps later, of the gradient for the first number of a sequence.

The task is to remember: the first number is -1 or +1, noise follows, and at the end the network is to say which it
was. A recurrent network is differentiated as if each time step were a layer (backpropagation through time), and so
its gradients vanish with time. LSTM and GRU carry a state past their gates, and a gate lets through as much of the
gradient as of the state: about half of it at each step if it starts half open, nearly all if it starts open. Adam
scales small gradients up, so that each of them may find the way, but the open ones need the least luck.
"""

from pathlib import Path

import numpy as np

import nn
from demos.runner import lines, run, save, table
from engine import Value
from viz.figures.axes import add_legend

LOSS = "binary_cross_entropy_with_logits"
KINDS = {"RNN": nn.RNN, "LSTM": nn.LSTM, "GRU": nn.GRU, "LSTM, open gate": nn.LSTM, "GRU, open gate": nn.GRU}


def draw(count: int, steps: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Sequences that begin with -1 or +1, and which of the two it was."""
    y = generator.integers(0, 2, count)
    return np.column_stack([2.0 * y - 1, generator.normal(0, 0.5, (count, steps - 1))]), y


def build(name: str, steps: int, hidden: int, generator: np.random.Generator) -> nn.Sequential:
    """A recurrent layer of this kind over the steps, and a neuron that reads its last state."""
    cell = KINDS[name](1, hidden, generator=generator)
    if "open" in name:  # the second block of biases: in an LSTM the forget gate's, in a GRU the update gate's
        for bias in cell.bias_ih[hidden : 2 * hidden]:
            bias.data = 3.0  # sigmoid(3): 0.95 of the state goes through
    return nn.Sequential(nn.Unflatten((steps, 1)), cell, nn.Layer(hidden, 1, "linear", generator=generator))


def measure(model: nn.Module, X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The mean |gradient| of the loss by the number that is read at each step."""
    sizes = np.zeros(X.shape[1])
    for row, truth in zip(X.tolist(), y.tolist(), strict=True):
        sequence = [Value(number) for number in row]
        nn.binary_cross_entropy_with_logits(*model(sequence), truth).backward()
        sizes += [abs(number.grad) / len(X) for number in sequence]
    return sizes


def main(out: Path, seed: int = 0, steps: int = 30, hidden: int = 6, starts: int = 3, epochs: int = 150) -> None:
    """Remember the first number of a sequence, with an RNN, LSTMs and GRUs.

    steps    length of the sequences
    hidden   numbers in the network's state
    starts   how often each network starts anew, from other weights
    epochs   of training at most; it ends once the mean loss is below 0.05
    """
    generator = np.random.default_rng(seed)
    X, y = draw(200, steps, generator)
    flows, rows = {}, []

    def learn(model: nn.Sequential) -> nn.History:
        adam = nn.Adam(model.parameters(), lr=0.02, clip_norm=1.0)
        return nn.fit(model, X, y, loss=LOSS, optimizer=adam, epochs=epochs, threshold=0.05)

    for name in KINDS:
        models = [build(name, steps, hidden, generator) for _ in range(starts)]
        sizes = [measure(model, X[:20], y[:20]) for model in models]
        flows[name] = flow = np.exp(np.log(sizes).mean(axis=0))  # the geometric mean over the starts
        histories = [run.result for run in nn.sweep(learn, {"model": models}, progress=False)]
        taken = [str(history.epochs) for history in histories if history.stopped == "threshold"]
        learned = f"{len(taken)} of {starts}"
        rows.append((name, len(models[0].parameters()), flow[0], flow[-1], learned, ", ".join(taken)))

    print(f"Mean |gradient| by the first and by the last of {steps} numbers, before training,")
    print(f"and how many of {starts} starts learn to remember the first:\n")
    table(("", "parameters", "first", "last", "learned", "epochs taken"), rows)
    settings = {"xlabel": "time step", "ylabel": "mean |∂loss/∂number| (log scale)", "yscale": "log"}
    ax = lines(None, flows, title="Before training: the gradient through time", **settings)
    add_legend(ax)
    save(ax, out / "gradients.png", "What reaches each time step, coming from the end of the sequence on the right.")


if __name__ == "__main__":
    run(main)
