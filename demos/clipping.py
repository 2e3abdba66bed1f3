"""Clipping: a recurrent network whose gradients explode, trained with and without a limit on their length.

A network of ReLUs should learn the mean of twenty numbers. It starts with recurrent weights that make its state grow
by a fifth at each step. One step along its first gradient throws the weights so far off that every ReLU is dead, or
that the numbers overflow: from then on all sequences get the same answer. Clipping keeps the direction of the gradient
and limits its length, so that a step does no more harm than its learning rate allows.
"""

from pathlib import Path

import numpy as np

import nn
from demos.runner import OptionError, once, run, save, table
from viz import plots
from viz.figures.axes import add_legend

GROWTH = 1.2  # of the state from step to step


@once
def learn_mean(clip: float | None, seed: int, epochs: int = 200) -> tuple[nn.History, float]:
    """A training on 30 sequences, clipped if a length is given; and the loss of the best single answer."""
    generator = np.random.default_rng(seed)
    X = generator.normal(1, 1, (30, 20))
    rnn = nn.RNN(1, 4, "relu", generator=generator)
    weights = abs(np.array([[weight.data for weight in row] for row in rnn.weight_hh]))
    weights *= GROWTH / max(abs(np.linalg.eigvals(weights)))
    for row, numbers in zip(rnn.weight_hh, weights.tolist(), strict=True):
        for weight, number in zip(row, numbers, strict=True):
            weight.data = number
    for (weight,) in rnn.weight_ih:
        weight.data = abs(weight.data)
    model = nn.Sequential(rnn, nn.Layer(4, 1, "linear", generator=generator))
    sgd = nn.SGD(model.parameters(), lr=0.01, clip_norm=clip)
    history = nn.fit(model, X, X.mean(axis=1), optimizer=sgd, epochs=epochs, progress=False)
    return history, float(X.mean(axis=1).var())


def main(out: Path, seed: int = 0, length: float = 1.0, epochs: int = 200) -> None:
    """Train without clipping, and with it.

    length   the largest length of a clipped gradient
    epochs   of training
    """
    if length <= 0:
        raise OptionError(f"length must be above 0, not {length:g}")
    (free, constant), (clipped, _) = learn_mean(None, seed, epochs), learn_mean(length, seed, epochs)
    runs = {"no clipping": free, f"to length {length:g}": clipped}
    rows = [(name, history.epochs, history.loss[0], history.loss[-1]) for name, history in runs.items()]
    table(("", "epochs", "first loss", "last loss"), rows)
    print(f"\n  One answer for all sequences, their mean, has a loss of at best {constant:.3g}.")
    for name, history in runs.items():
        print(f"  {name}: {history.reason}")
    ax = plots.learning_rates({name: history.loss for name, history in runs.items()})
    ax.axhline(constant, color="black", linestyle=":", linewidth=1, label="one answer to all")
    ax.set(title="A recurrent network with exploding gradients", xlabel="epoch", ylim=(1e-3, 1e4))
    add_legend(ax)
    save(
        ax, out / "clipping.png", "The mean loss by epoch: unclipped, the network never gets beyond one answer to all."
    )


if __name__ == "__main__":
    run(main)
