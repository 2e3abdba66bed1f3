"""Recurrent networks: what is left, forty steps later, of the gradient for the first number of a sequence.

The first number is -1 or +1, noise follows, and at the end the network is to say which it was. Differentiated, each
time step is a layer (backpropagation through time), and so the gradients of a recurrent network vanish with time. LSTM
and GRU carry a state past their gates. A gate lets through as much of the gradient as of the state: about half of it at
each step if it starts half open, nearly all if it starts open. Whether a network learns is chance: each starts ten
times.
"""

from pathlib import Path

import numpy as np

from demos.memory import CELLS, learn
from demos.runner import lines, run, save, say, show_turns, table
from viz.figures.axes import add_legend


def main(out: Path, seed: int = 0, steps: int = 40, starts: int = 10, epochs: int = 60) -> None:
    """Remember the first number of a sequence, with an RNN, LSTMs and GRUs.

    steps    length of the sequences
    starts   how often each network starts anew, from other weights
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
    say("Mean |gradient| by the first number and by the last, before training; how many starts learn, with the "
        "standard error of that share; and after how many epochs:")  # fmt: skip
    print()
    table(("", "first", "last", "learned", "share", "epochs"), rows)
    print()
    say("Half open, gates leave next to nothing of the first number, and of its gradient. A GRU has one gate to open; "
        "an LSTM has to shut another as well, against the noise, and needs more luck.")  # fmt: skip
    settings = {"xlabel": "time step", "ylabel": "mean |∂loss/∂number| (log scale)", "yscale": "log"}
    ax = lines(None, flows, title="Before training: the gradient through time", **settings)
    add_legend(ax)
    save(ax, out / "gradients.png", "What reaches each time step, coming from the end of the sequence on the right.")


if __name__ == "__main__":
    run(main)
