"""Kernels: what a convolutional network looks for in digits, and what it gains by looking for it everywhere.

Kernels of 3 by 3 weights are moved over each image of 8 by 8 pixels; of each 3 by 3 places the largest answer goes
on, to a dense layer that names the digit. A convolution is two things. It is local: a neuron sees nine pixels, not all.
And it shares: the same few weights serve every place. Between it and a dense layer lies one that is local and shares
nothing. On digits where they are expected all three read about as well; moved by one pixel, they show the difference,
for what a kernel has learned in one place it knows in the next. What its kernels look for nobody told them.
"""

import sys
from pathlib import Path

import numpy as np

import nn
from demos.runner import images, once, run, save, say, table

SHARED, LOCAL, DENSE = "kernels", "local, not shared", "24 dense neurons"


class Local(nn.Module):
    """Where a convolution moves one set of kernels over all 6 by 6 places, this has one for each place."""

    def __init__(self, kernels: int, generator: np.random.Generator) -> None:
        self.places = [nn.Layer(9, kernels, "relu", generator=generator) for _ in range(36)]
        self.name_parts()

    def forward(self, pixels: list) -> list:
        """From 64 pixels to (kernels, 6, 6) numbers."""
        corners = [8 * y + x for y in range(6) for x in range(6)]
        windows = [[pixels[corner + 8 * y + x] for y in range(3) for x in range(3)] for corner in corners]
        found = [place(window) for place, window in zip(self.places, windows, strict=True)]
        return [[[found[6 * y + x][kernel] for x in range(6)] for y in range(6)] for kernel in range(len(found[0]))]


def build(name: str, kernels: int, generator: np.random.Generator) -> nn.Module:
    """A network that reads digits, from 64 pixels to 10 logits."""
    if name == DENSE:
        return nn.MLP(64, [24, 10], generator=generator)
    first = [nn.Unflatten((1, 8, 8)), nn.Conv2d(1, kernels, 3, generator=generator)]
    last = nn.Layer(4 * kernels, 10, "linear", generator=generator)
    first = first if name == SHARED else [Local(kernels, generator)]
    return nn.Sequential(*first, nn.MaxPool(3), nn.Flatten(), last)


def move(X: np.ndarray, down: int, right: int) -> np.ndarray:
    """Images, moved by a pixel; what leaves at one side does not come in at the other."""
    padded = np.pad(X.reshape(-1, 8, 8), ((0, 0), (1, 1), (1, 1)))
    return padded[:, 1 - down : 9 - down, 1 - right : 9 - right].reshape(-1, 64)


@once
def learn(name: str, seed: int, kernels: int = 16, epochs: int = 40) -> tuple[nn.Module, float, float, float]:
    """A network and its shares of right answers: in training, on held-out digits, on these moved by one pixel."""
    generator = np.random.default_rng(seed)
    digits = nn.load_digits()
    (X, y), (X_test, y_test) = nn.split(digits.X / 16, digits.y, 0.2, stratify=True, generator=generator)
    model = build(name, kernels, np.random.default_rng(seed))
    adam = nn.Adam(model.parameters(), lr=0.03)
    history = nn.fit(model, X, y, loss="cross_entropy", optimizer=adam, epochs=epochs, progress=False)
    ways = [(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)]
    shares = [nn.evaluate(model, move(X_test, *way), y_test, "cross_entropy")["accuracy"] for way in ways]
    return model, history.accuracy[-1], shares[0], float(np.mean(shares[1:]))


def count(name: str) -> int:
    """The parameters of the layer that looks at the pixels, for 16 kernels at 36 places."""
    layers = {SHARED: nn.Conv2d(1, 16, 3), LOCAL: Local(16, np.random.default_rng(0)), DENSE: nn.Layer(64, 16 * 36)}
    return len(layers[name].parameters())


def main(out: Path, seed: int = 0, kernels: int = 16, epochs: int = 40) -> None:
    """Read digits with and without kernels.

    kernels   of the convolution, and of each place where they are not shared
    epochs    of training
    """
    rows = []
    for number, name in enumerate((SHARED, LOCAL, DENSE), 1):
        print(f"\r  training {number} of 3", end="", file=sys.stderr, flush=True)
        model, *shares = learn(name, seed, kernels, epochs)
        rows.append((name, len(model.parameters()), *(f"{share:.1%}" for share in shares)))
    print("\r", end="", file=sys.stderr)
    table(("right", "parameters", "in training", "held out", "moved by a pixel"), rows)
    print()
    say("Moved: the held-out digits, up, down, left and right; nobody was taught on any that were moved.")
    say(f"Where digits are expected, kernels have {rows[0][3]} right and dense neurons {rows[2][3]}: no gain there. "
        "What sharing gains shows once the digits move.")  # fmt: skip
    convolution = learn(SHARED, seed, kernels, epochs)[0].layers[1]
    weights = np.array([[[weight.data for weight in row] for row in kernel[0]] for kernel in convolution.weights])
    drawn = {f"kernel {number}": kernel for number, kernel in enumerate(weights)}
    what = "What each kernel looks for: ink under its dark weights, none under the light ones."
    save(images(drawn, min(kernels, 8)), out / "kernels.png", what)


if __name__ == "__main__":
    run(main)
