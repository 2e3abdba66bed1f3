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
from demos.runner import run, save
from engine import Value
from viz import plots

LOSS = "binary_cross_entropy_with_logits"
KINDS = {"RNN": nn.RNN, "LSTM": nn.LSTM, "GRU": nn.GRU, "LSTM, open gate": nn.LSTM, "GRU, open gate": nn.GRU}


def main(out: Path, seed: int = 0, steps: int = 30, hidden: int = 6, starts: int = 3, epochs: int = 150) -> None:
    """Remember the first number of a sequence, with an RNN, LSTMs and GRUs.

    steps    length of the sequences
    hidden   numbers in the network's state
    starts   how often each network starts anew, from other weights
    epochs   of training at most; it ends once the mean loss is below 0.05
    """
    generator = np.random.default_rng(seed)
    y = generator.integers(0, 2, 200)
    X = np.column_stack([2.0 * y - 1, generator.normal(0, 0.5, (200, steps - 1))])

    # The gate that keeps the state: the second block of biases, in an LSTM the forget gate's, in a GRU the update
    # gate's. With a bias of 3 it lets sigmoid(3) = 0.95 of the state through.
    def build(name: str) -> nn.Sequential:
        cell = KINDS[name](1, hidden, generator=generator)
        if "open" in name:
            for bias in cell.bias_ih[hidden : 2 * hidden]:
                bias.data = 3.0
        return nn.Sequential(nn.Unflatten((steps, 1)), cell, nn.Layer(hidden, 1, "linear", generator=generator))

    # What reaches each time step is the gradient of the loss by the number that is read there.
    def measure(model: nn.Module) -> np.ndarray:
        flow = np.zeros(steps)
        for row, truth in zip(X[:20].tolist(), y[:20].tolist(), strict=True):
            sequence = [Value(number) for number in row]
            nn.losses.get(LOSS).function(model(sequence), truth).backward()
            flow += [abs(number.grad) / 20 for number in sequence]
        return flow

    ax = plots.new_axes(7, 4.4)
    print(f"Mean |gradient| by the first and by the last of {steps} numbers, before training,")
    print(f"and how many of {starts} starts learn to remember the first:\n")
    print(f"  {'':17}{'parameters':>10}{'first':>10}{'last':>10}{'learned':>10}   epochs taken")
    for index, name in enumerate(KINDS):
        flows, taken = [], []
        for _ in range(starts):
            model = build(name)
            flows.append(measure(model))
            history = nn.fit(
                model, X, y, loss=LOSS, optimizer=nn.Adam(model.parameters(), lr=0.02, clip_norm=1.0),
                epochs=epochs, threshold=0.05, progress=False,
            )  # fmt: skip
            taken += [history.epochs] if history.stopped == "threshold" else []
        flow = np.exp(np.log(flows).mean(axis=0))  # the geometric mean over the starts
        sizes = f"{len(model.parameters()):10}{flow[0]:10.0e}{flow[-1]:10.0e}"
        print(f"  {name:17}{sizes}{len(taken):5} of {starts}   {', '.join(map(str, taken))}".rstrip())
        dash = ("-", "--", "-.", (0, (5, 2, 1, 2, 1, 2)), ":")[index]
        ax.plot(range(1, steps + 1), flow, linestyle=dash, color=plots.COLOURS[index], label=name, linewidth=2)

    ax.set(title="Before training: the gradient through time", xlabel="time step", yscale="log")
    ax.set_ylabel("mean |∂loss/∂number|, log scale")
    ax.grid(alpha=0.3)
    ax.legend()
    caption = "The gradient that reaches each time step, coming from the end of the sequence on the right."
    save(ax, out / "gradients.png", caption)


if __name__ == "__main__":
    run(main)
