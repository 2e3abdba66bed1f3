"""Clipping: a recurrent network whose gradients explode, trained with and without a limit on their length.

A network without saturation is to learn the mean of twenty numbers, and starts with too large recurrent weights. One
step along its first gradient throws the weights far away, the next one farther, and after a few there are no numbers
left. Clipping keeps the direction of the gradient and limits its length, so that a step does no more harm than its
learning rate allows.
"""

from pathlib import Path

import numpy as np

import nn
from demos.runner import OptionError, run, save, table
from viz import plots
from viz.figures.axes import add_legend


def learn_mean(clip: float | None, seed: int, epochs: int) -> nn.History:
    """Train on 30 sequences, with gradients cut to this length, if any."""
    generator = np.random.default_rng(seed)
    X = generator.normal(1, 1, (30, 20))
    rnn = nn.RNN(1, 4, "relu", generator=generator)
    for weight in (weight for row in rnn.weight_hh for weight in row):
        weight.data = 1.5 * abs(weight.data)  # all of one sign, so that the state grows from step to step
    model = nn.Sequential(rnn, nn.Layer(4, 1, "linear", generator=generator))
    sgd = nn.SGD(model.parameters(), lr=0.02, clip_norm=clip)
    return nn.fit(model, X, X.mean(axis=1), optimizer=sgd, epochs=epochs, progress=False)


def main(out: Path, seed: int = 0, length: float = 1.0, epochs: int = 200) -> None:
    """Train without clipping, and with it.

    length   of the gradient at most, where it is clipped
    epochs   of training
    """
    if length <= 0:
        raise OptionError(f"length must be above 0, not {length:g}")
    runs = {"no clipping": learn_mean(None, seed, epochs), f"to length {length:g}": learn_mean(length, seed, epochs)}
    rows = [(name, history.epochs, history.loss[0], history.loss[-1]) for name, history in runs.items()]
    table(("", "epochs", "loss at first", "in the end"), rows)
    for name, history in runs.items():
        print(f"\n  {name}: {history.reason}")
    ax = plots.learning_rates({name: history.loss for name, history in runs.items()})
    ax.set(title="A recurrent network with exploding gradients", xlabel="epoch", ylim=(1e-2, 1e12))
    add_legend(ax)
    save(ax, out / "clipping.png", "The mean loss by epoch, cut at 1e12; without clipping it leaves at once.")


if __name__ == "__main__":
    run(main)
