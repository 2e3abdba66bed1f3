"""Kernels: what a convolutional network looks for in digits, and what it gains by looking for it everywhere.

Kernels of 3 by 3 weights are moved over each image of 8 by 8 pixels. The largest of each 3 by 3 answers goes on to a
dense layer, which names the digit. A convolution is local: a neuron sees nine pixels. And it shares: the same few
weights serve every place. Between it and a dense layer lies one that is local and shares nothing. Digits moved by one
pixel show the difference: what a kernel learns in one place it knows in the next.
"""

from pathlib import Path

import numpy as np

import nn
from demos.runner import images, once, run, save, show_turns, table

SHARED, LOCAL, DENSE = "kernels", "local, not shared", "24 dense neurons"
KERNELS = 16


class Local(nn.Module):
    """A layer with a set of kernels for each of 6 by 6 places, where a convolution has one for all."""

    def __init__(self, kernels: int, generator: np.random.Generator) -> None:
        self.places = [nn.Layer(9, kernels, "relu", generator=generator) for _ in range(36)]
        self.name_parts()

    def forward(self, pixels: list) -> list:
        """From 64 pixels to (kernels, 6, 6) numbers."""
        corners = [8 * y + x for y in range(6) for x in range(6)]
        windows = [[pixels[corner + 8 * y + x] for y in range(3) for x in range(3)] for corner in corners]
        found = [place(window) for place, window in zip(self.places, windows, strict=True)]
        return [[[found[6 * y + x][kernel] for x in range(6)] for y in range(6)] for kernel in range(len(found[0]))]


def build(name: str, generator: np.random.Generator) -> nn.Module:
    """A network that reads digits, from 64 pixels to 10 logits."""
    if name == DENSE:
        return nn.MLP(64, [24, 10], generator=generator)
    shared = nn.Sequential(nn.Unflatten((1, 8, 8)), nn.Conv2d(1, KERNELS, 3, activation="relu", generator=generator))
    last = nn.Layer(4 * KERNELS, 10, "linear", generator=generator)
    return nn.Sequential(shared if name == SHARED else Local(KERNELS, generator), nn.MaxPool(3), nn.Flatten(), last)


def move(X: np.ndarray, down: int, right: int) -> np.ndarray:
    """Move images by a pixel; what leaves on one side does not come in on the other."""
    padded = np.pad(X.reshape(-1, 8, 8), ((0, 0), (1, 1), (1, 1)))
    return padded[:, 1 - down : 9 - down, 1 - right : 9 - right].reshape(-1, 64)


@once
def learn(name: str, seed: int, epochs: int = 6) -> tuple[nn.Module, float, float, float]:
    """A network and its shares of right answers: in training, on held-out digits, on these moved by one pixel."""
    generator, digits = np.random.default_rng(seed), nn.load_digits()
    (X, y), (X_test, y_test) = nn.split(digits.X / 16, digits.y, 0.2, stratify=True, generator=generator)
    model = build(name, np.random.default_rng(seed))
    settings = {"optimizer": nn.Adam(model.parameters(), lr=0.01), "batch_size": 32, "generator": generator}
    history = nn.fit(model, X, y, loss="cross_entropy", epochs=epochs, progress=False, **settings)
    moved = (move(X_test, *way) for way in ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)))
    shares = [nn.evaluate(model, rows, y_test, "cross_entropy")["accuracy"] for rows in moved]
    return model, history.accuracy[-1], shares[0], float(np.mean(shares[1:]))


def main(out: Path, seed: int = 0, epochs: int = 6) -> None:
    """Read digits with and without kernels.

    epochs   of training
    """
    rows = []
    for name in show_turns((SHARED, LOCAL, DENSE)):
        model, *shares = learn(name, seed, epochs)
        rows.append((name, len(model.parameters()), *(f"{share:.1%}" for share in shares)))
    table(("right", "parameters", "in training", "held out", "moved by a pixel"), rows)
    print("\nMoved: the held-out digits, up, down, left and right; none was trained on these.")
    kernels = [kernel for (kernel,) in learn(SHARED, seed, epochs)[0].layers[0].layers[1].weights]
    drawn = {f"kernel {at}": np.array([[w.data for w in row] for row in kernel]) for at, kernel in enumerate(kernels)}
    save(images(drawn, 8), out / "kernels.png", "What each kernel looks for: ink under dark weights, none under light.")


if __name__ == "__main__":
    run(main)
