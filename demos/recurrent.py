"""Recurrent networks: what is left, forty steps later, of the gradient for the first number of a sequence.

The task is to remember: the first number is -1 or +1, noise follows, and at the end the network is to say which it
was. A recurrent network is differentiated as if each time step were a layer (backpropagation through time), and so
its gradients vanish with time. LSTM and GRU carry a state past their gates, and a gate lets through as much of the
gradient as of the state: about half of it at each step if it starts half open, nearly all if it starts open. Whether a
network learns is chance, so each starts ten times. An LSTM writes to its state through a second gate, which has to
learn to stay shut, and so it needs more luck than a GRU, whose one gate either keeps or writes.
"""

import sys
from pathlib import Path

import numpy as np

import nn
from demos.runner import lines, once, run, save, say, table
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
            bias.data = 5.0 if "LSTM" in name else 3.0  # sigmoid(3): 0.95 of the state goes through
    return nn.Sequential(nn.Unflatten((steps, 1)), cell, nn.Layer(hidden, 1, "linear", generator=generator))


def measure(model: nn.Module, X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The mean |gradient| of the loss by the number that is read at each step."""
    sizes = np.zeros(X.shape[1])
    for row, truth in zip(X.tolist(), y.tolist(), strict=True):
        sequence = [Value(number) for number in row]
        nn.binary_cross_entropy_with_logits(*model(sequence), truth).backward()
        sizes += [abs(number.grad) / len(X) for number in sequence]
    return sizes


@once
def learn(name: str, seed: int, steps: int = 40, hidden: int = 4, starts: int = 10, epochs: int = 60) -> tuple:
    """The gradient through time before training, by start; and what training came to."""
    X, y = draw(32, steps, np.random.default_rng(seed))
    models = [build(name, steps, hidden, np.random.default_rng([seed, start])) for start in range(starts)]
    sizes = np.array([measure(model, X[:8], y[:8]) for model in models[:4]])

    def train(model: nn.Sequential) -> nn.History:
        adam = nn.Adam(model.parameters(), lr=0.05, clip_norm=1.0)
        return nn.fit(model, X, y, loss=LOSS, optimizer=adam, epochs=epochs, threshold=0.1, progress=False)

    histories = [run.result for run in nn.sweep(train, {"model": models}, progress=False)]
    flow = np.exp(np.log(sizes).mean(axis=0))  # the geometric mean
    return flow, [history.epochs for history in histories if history.stopped == "threshold"]


def fade(name: str, seed: int) -> float:
    """The gradient by the first number, that by the last being 1."""
    flow = learn(name, seed)[0]
    return float(flow[0] / flow[-1])


def main(out: Path, seed: int = 0, steps: int = 40, hidden: int = 4, starts: int = 10, epochs: int = 60) -> None:
    """Remember the first number of a sequence, with an RNN, LSTMs and GRUs.

    steps    length of the sequences
    hidden   numbers in the network's state
    starts   how often each network starts anew, from other weights
    epochs   of training at most; it ends once the mean loss is below 0.1
    """
    flows, rows = {}, []
    for number, name in enumerate(KINDS, 1):
        print(f"\r  training {number} of {len(KINDS)}", end="", file=sys.stderr, flush=True)
        flows[name], taken = learn(name, seed, steps, hidden, starts, epochs)
        flow = flows[name]
        share = len(taken) / starts
        spread = np.sqrt(share * (1 - share) / starts)
        when = f"{min(taken)} to {max(taken)}" if taken else "-"
        rows.append((name, flow[0], flow[-1], f"{len(taken)} of {starts}", f"{share:.0%} ± {spread:.0%}", when))
    print("\r", end="", file=sys.stderr)
    say(f"Mean |gradient| by the first and by the last of {steps} numbers, before training, and how many of {starts} "
        "starts learn to remember the first, with the standard error of that share:")  # fmt: skip
    print()
    table(("", "first", "last", "learned", "share", "epochs"), rows)
    print()
    say("The gates of a plain LSTM and GRU start half open: each step lets through about half of the state, and of the "
        "gradient, so next to nothing of the first number is left at the end. A GRU has only that one gate to open; "
        "an LSTM has to shut a second one too, against the noise, and seldom gets there from half open.")  # fmt: skip
    settings = {"xlabel": "time step", "ylabel": "mean |∂loss/∂number| (log scale)", "yscale": "log"}
    ax = lines(None, flows, title="Before training: the gradient through time", **settings)
    add_legend(ax)
    save(ax, out / "gradients.png", "What reaches each time step, coming from the end of the sequence on the right.")


if __name__ == "__main__":
    run(main)
