"""The tour: backpropagation by hand, a gradient that shrinks, two networks that learn, and pictures of it all.

python -m demos.tour [--out FOLDER] [--seed NUMBER]
"""

import argparse
import time
from pathlib import Path

import numpy as np

import nn
import viz
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
    """A signal through `depth` sigmoids, and the weight that it meets first."""
    first = Value(0.5, "w1")
    signal = Value(1.0, "x") * first
    for layer in range(1, depth + 1):
        signal = signal.sigmoid()
        signal.label = f"s{layer}"
    return signal, first


def learn_iris(generator: np.random.Generator) -> tuple[nn.MLP, nn.History, Value]:
    """Train on 120 irises, test on the other 30; also returns one sample's loss, for its graph."""
    iris = nn.load_iris()
    (X_train, y_train), (X_test, y_test) = nn.split(iris.X, iris.y, 0.2, stratify=True, generator=generator)
    X_train, X_test = nn.standardise(X_train, X_test)
    model = nn.MLP(4, [6, 3], "tanh", generator=generator)
    optimizer = nn.Adam(model.parameters(), lr=0.03)
    history = nn.fit(
        model, X_train, y_train, loss="cross_entropy", optimizer=optimizer,
        epochs=60, batch_size=20, validation=(X_test, y_test), generator=generator,
    )  # fmt: skip
    sample = [Value(number, name) for name, number in zip(iris.features, X_test[0], strict=True)]
    loss = nn.cross_entropy(model(sample), int(y_test[0]))
    loss.label = "loss"
    return model, history, loss


def learn_moons(generator: np.random.Generator) -> tuple[nn.MLP, nn.History, np.ndarray, np.ndarray]:
    """Train on 100 points of two interleaved half circles."""
    X, y = nn.moons(100, 0.1, generator)
    model = nn.MLP(2, [16, 16, 1], generator=generator)
    optimizer = nn.Adam(model.parameters(), lr=0.02)
    history = nn.fit(
        model, X, y, loss="binary_cross_entropy_with_logits", optimizer=optimizer,
        epochs=40, batch_size=20, generator=generator,
    )  # fmt: skip
    return model, history, X, y


def heading(text: str) -> None:
    """Print a heading."""
    print(f"\n{text}\n{'=' * len(text)}\n")


def main(argv: list[str] | None = None) -> int:
    """Run the tour; pictures go into the folder that --out names."""
    parser = argparse.ArgumentParser(prog="python -m demos.tour", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--out", type=Path, default=Path("out"), metavar="FOLDER", help="for the pictures (default: out)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="NUMBER", help="for weights and data (default: 0)")
    options = parser.parse_args(argv)
    try:
        options.out.mkdir(parents=True, exist_ok=True)
        (options.out / "neuron.svg").touch()
    except OSError as error:
        parser.error(f"cannot write to {options.out}: {error.strerror}")
    started = time.perf_counter()
    generator = np.random.default_rng(options.seed)

    heading("1. A neuron, forward and backward, step by step")
    y = build_neuron()
    viz.show(viz.walk_text(y))
    y.backward()
    viz.draw(y).save(options.out / "neuron.svg")

    heading("2. A gradient shrinks through six sigmoids")
    signal, first = build_sigmoid_chain()
    signal.backward()
    viz.show(viz.chain_text(signal, first))
    print("\nA sigmoid's slope is at most 0.25: six of them leave at most 0.25**6 = 0.00024.")
    viz.draw(signal).save(options.out / "sigmoid_chain.svg")

    heading("3. An MLP learns iris: four lengths of a flower, three species")
    model, history, loss = learn_iris(generator)
    print(model)
    print(f"accuracy: {history.accuracy[-1]:.1%} of 120 flowers in training,", end=" ")
    print(f"{history.validation_accuracy[-1]:.1%} of 30 held out")
    loss.backward()
    viz.draw(loss).save(options.out / "mlp.svg")
    ax = plots.loss_curve(history.loss, history.validation_loss)
    ax.set_title("Iris: cross-entropy by epoch")
    ax.figure.savefig(options.out / "training.png", dpi=120)

    heading("4. An MLP tells two moons apart")
    model, history, X, labels = learn_moons(generator)
    print(model)
    print(f"accuracy: {history.accuracy[-1]:.1%} of 100 points in training")
    ax = plots.decision_boundary(lambda rows: nn.predict(model, rows), X, labels)
    ax.set_title("Two moons: the network's output, and the line where it is 0")
    ax.figure.savefig(options.out / "moons.png", dpi=120)

    heading("5. The pictures")
    print(f"Open first: {options.out / 'neuron.svg'}, in a browser: every number of part 1, in its place.\n")
    for name, what in (
        ("sigmoid_chain.svg", "the gradient of part 2, shaded on a log scale"),
        ("mlp.svg", "the loss of one iris, with the gradient of every weight"),
        ("training.png", "the loss on iris, in training and held out"),
        ("moons.png", "the decision boundary between the moons"),
    ):
        print(f"  {options.out / name!s:24} {what}")
    print(f"\nDone in {time.perf_counter() - started:.1f} s. Next: step through a formula of your own:\n")
    print('  gradwalk "tanh(x1*w1 + x2*w2 + b)" x1=2 x2=0 w1=-3 w2=1 b=6.88')
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
