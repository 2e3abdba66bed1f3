"""Kernels: what a convolutional network looks for when it learns to read digits.

Six kernels of 3 by 3 weights are moved over each image of 8 by 8 pixels; of each 2 by 2 places the largest answer goes
on, to a dense layer that names the digit. The same few weights serve every place, so that the network has a third of
the parameters of a dense one and reads nearly as well. What its kernels look for nobody told them.
"""

from pathlib import Path

import numpy as np

import nn
from demos.runner import images, run, save, table


def main(out: Path, seed: int = 0, kernels: int = 6, epochs: int = 40) -> None:
    """Read digits with and without kernels.

    kernels   of the convolution
    epochs    of training
    """
    generator = np.random.default_rng(seed)
    digits = nn.load_digits()
    (X, y), (X_test, y_test) = nn.split(digits.X / 16, digits.y, 0.2, stratify=True, generator=generator)
    convolution = nn.Conv2d(1, kernels, 3, generator=generator)
    last = nn.Layer(9 * kernels, 10, "linear", generator=generator)
    models = {
        f"{kernels} kernels": nn.Sequential(nn.Unflatten((1, 8, 8)), convolution, nn.MaxPool(2), nn.Flatten(), last),
        "24 dense neurons": nn.MLP(64, [24, 10], generator=generator),
    }
    rows = []
    for name, model in models.items():
        adam = nn.Adam(model.parameters(), lr=0.03)
        history = nn.fit(model, X, y, loss="cross_entropy", optimizer=adam, epochs=epochs, progress=False)
        right = nn.evaluate(model, X_test, y_test, "cross_entropy")["accuracy"]
        rows.append((name, len(model.parameters()), f"{history.accuracy[-1]:.1%}", f"{right:.1%}"))
    table(("", "parameters", f"right, of {len(X):,} in training", f"of {len(X_test)} held out"), rows)
    weights = np.array([[[weight.data for weight in row] for row in kernel[0]] for kernel in convolution.weights])
    drawn = {f"kernel {number}": kernel for number, kernel in enumerate(weights)}
    what = "What each kernel looks for: ink under its dark weights, none under the light ones."
    save(images(drawn, min(kernels, 8)), out / "kernels.png", what)


if __name__ == "__main__":
    run(main)
