"""Recurrent networks: how much of the gradient reaches the first number of a sequence, forty steps back.

The first number is -1 or +1, noise follows, and at the end the network has to say which it was. In backpropagation
through time each time step is a layer, so the gradients of a recurrent network vanish with time. LSTM and GRU carry a
state past their gates. A gate lets through as much of the gradient as of the state: about half of it at each step if it
starts half open, nearly all if it starts open. Whether a network learns depends on chance, so each starts ten times.
"""

from pathlib import Path

import numpy as np

from demos.memory import CELLS, learn
from demos.runner import lines, run, save, say, show_turns, table
from viz.figures.axes import add_legend


def main(out: Path, seed: int = 0, steps: int = 40, starts: int = 10, epochs: int = 60) -> None:
    """Remember the first number of a sequence, with an RNN, LSTMs and GRUs.

    steps    length of the sequences
    starts   how many times each network starts, from other weights
    epochs   of training at most; it ends once the mean loss is below 0.1
    """
    flows, rows = {}, []
    for name in show_turns(CELLS):
        flows[name], taken = learn(name, seed, steps, starts, epochs)
        share = len(taken) / starts
        spread = np.sqrt(share * (1 - share) / starts)
        when = f"{min(taken)} to {max(taken)}" if taken else "-"
        said = f"{len(taken)} of {starts}", f"{share:.0%} ± {spread:.0%}", when
        rows.append((name, *flows[name][[0, -1]], *said))
    say("The mean |gradient| of the first number and of the last, before training; how many starts learn, with the "
        "standard error of that share; and after how many epochs they do:")  # fmt: skip
    print()
    table(("", "first", "last", "learned", "share", "epochs"), rows)
    print()
    say("Half-open gates leave next to nothing of the first number and of its gradient. A GRU needs one open gate; an "
        "LSTM also has to shut another against the noise, and needs more luck.")  # fmt: skip
    settings = {"xlabel": "time step", "ylabel": "mean |∂loss/∂number| (log scale)", "yscale": "log"}
    ax = lines(None, flows, title="Before training: the gradient through time", **settings)
    add_legend(ax)
    save(ax, out / "gradients.png", "The gradient that reaches each time step; it comes from the right, the end.")


if __name__ == "__main__":
    run(main)
