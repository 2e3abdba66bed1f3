"""The tour: backpropagation by hand, a gradient that shrinks, two networks that learn, and pictures of it all.

It walks through a neuron of two inputs, as one would on paper. A signal through six sigmoids shows how little of a
gradient is left at the other end. Then one network learns three species of iris, and another to tell two moons apart.
"""

import time
from pathlib import Path

import numpy as np

import nn
import viz
from demos.runner import OUT, heading, run, save
from engine import Value
from viz import plots

NEURON = {"x1": 2.0, "x2": 0.0, "w1": -3.0, "w2": 1.0, "b": 6.8813735870195432}


def build_neuron() -> Value:
    """Two inputs, two weights, a bias and tanh. The bias is chosen so that the gradients come out round."""
    x1, x2, w1, w2, b = (Value(number, name) for name, number in NEURON.items())
    y = (x1 * w1 + x2 * w2 + b).tanh()
    y.label = "y"
    return y


def build_sigmoid_chain(depth: int = 6) -> tuple[Value, Value]:
    """A signal through `depth` sigmoids, and the first weight on its way."""
    first = Value(0.5, "w1")
    signal = Value(1.0, "x") * first
    for layer in range(1, depth + 1):
        signal = signal.sigmoid()
        signal.label = f"s{layer}"
    return signal, first


def learn_iris(generator: np.random.Generator) -> tuple[nn.MLP, nn.History, Value]:
    """Train on 120 irises, test on the other 30; also returns one sample's loss, for its graph."""
    iris = nn.load_iris()
    (X, y), (X_test, y_test) = nn.split(iris.X, iris.y, 0.2, stratify=True, generator=generator)
    X, X_test = nn.standardise(X, X_test)
    model = nn.MLP(4, [6, 3], "tanh", generator=generator)
    adam = nn.Adam(model.parameters(), lr=0.03)
    settings = {"epochs": 60, "batch_size": 20, "validation": (X_test, y_test), "generator": generator}
    history = nn.fit(model, X, y, loss="cross_entropy", optimizer=adam, **settings)
    sample = [Value(number, name) for name, number in zip(iris.features, X_test[0], strict=True)]
    loss = nn.cross_entropy(model(sample), int(y_test[0]))
    loss.label = "loss"
    return model, history, loss


def learn_moons(X: np.ndarray, y: np.ndarray, generator: np.random.Generator) -> tuple[nn.MLP, nn.History]:
    """Train on two interleaved half circles."""
    model = nn.MLP(2, [16, 16, 1], generator=generator)
    adam, loss = nn.Adam(model.parameters(), lr=0.02), "binary_cross_entropy_with_logits"
    return model, nn.fit(model, X, y, loss=loss, optimizer=adam, epochs=40, batch_size=20, generator=generator)


def main(out: Path = OUT, seed: int = 0) -> None:
    """Walk, shrink, learn, draw."""
    started, generator = time.perf_counter(), np.random.default_rng(seed)

    heading("1. A neuron, forward and backward, step by step")
    y = build_neuron()
    viz.show(viz.walk_text(y))
    y.backward()
    save(viz.draw(y), out / "neuron.svg", "Every number of part 1, in its place.")

    heading("2. A gradient shrinks through six sigmoids")
    signal, first = build_sigmoid_chain()
    signal.backward()
    viz.show(viz.chain_text(signal, first))
    print("\nA sigmoid's slope is at most 0.25: six of them leave at most 0.25**6 = 0.00024.")
    save(viz.draw(signal), out / "sigmoid_chain.svg", "The gradient of part 2, shaded on a log scale.")

    heading("3. An MLP learns iris: four lengths of a flower, three species")
    model, history, loss = learn_iris(generator)
    print(f"{model}\naccuracy: {history.accuracy[-1]:.1%} of 120 flowers in training,", end=" ")
    print(f"{history.validation_accuracy[-1]:.1%} of 30 held out")
    loss.backward()
    save(viz.draw(loss), out / "mlp.svg", "The loss of one iris, with the gradient of every weight.")
    save(plots.loss_curve(history), out / "training.png", "The loss on iris, in training and held out.")

    heading("4. An MLP tells two moons apart")
    X, y = nn.moons(100, 0.1, generator)
    model, history = learn_moons(X, y, generator)
    print(f"{model}\naccuracy: {history.accuracy[-1]:.1%} of 100 points in training")
    ax = plots.decision_boundary(lambda rows: nn.predict(model, rows), X, y)
    save(ax, out / "moons.png", "The network's output between the moons, and the line where it is 0.")

    heading(f"Done in {time.perf_counter() - started:.1f} s")
    print(f"Open first, in a browser: {out / 'neuron.svg'}\nThen step through a formula of your own:\n")
    command = ".venv/bin/gradwalk" if Path(".venv/bin/gradwalk").exists() else "gradwalk"  # as the README installs it
    print(f'  {command} "tanh(w*x + b)" w=-3 x=2 b=6.5 --walk')


if __name__ == "__main__":
    run(main)
