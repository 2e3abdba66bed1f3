"""Convolution: nine weights that look everywhere find an edge detector; a dense layer would need thousands.

A kernel of 3 by 3 weights is moved over an image. Shown a few handwritten digits and where their vertical edges are,
it learns the Sobel operator, by which the edges were made, to several digits. A dense layer between the same pixels
has a weight for every pair of them: it fits those few images and fails on the next. In a network that reads digits
the kernels find their own use.
"""

from pathlib import Path

import numpy as np

import nn
from demos.runner import panels, run, save

SOBEL = np.array([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]]) / 4


def main(out: Path, seed: int = 0, examples: int = 40, epochs: int = 40) -> None:
    """Learn an edge detector, then to read digits with learned kernels.

    examples   images that show where the edges are
    epochs     of training of the network that reads digits
    """
    generator = np.random.default_rng(seed)
    digits = nn.load_digits()
    (X, y), (X_test, y_test) = nn.split(digits.X / 16, digits.y, 0.2, stratify=True, generator=generator)

    # The task: from 8 by 8 pixels to the 6 by 6 places where the kernel fits, each the weighted sum of its pixels.
    def edges(images: np.ndarray) -> np.ndarray:
        windows = np.lib.stride_tricks.sliding_window_view(images.reshape(-1, 8, 8), (3, 3), (1, 2))
        return (windows * SOBEL).sum(axis=(3, 4)).reshape(-1, 36)

    convolution = nn.Sequential(
        nn.Unflatten((1, 8, 8)), nn.Conv2d(1, 1, 3, activation="linear", generator=generator), nn.Flatten()
    )
    dense = nn.Layer(64, 36, "linear", generator=generator)
    print(f"Edges, learned from {examples} images. Mean squared error:\n")
    print("                 parameters   in training   on other images")
    found = {}
    for name, model in (("convolution", convolution), ("dense layer", dense)):
        optimizer = nn.Adam(model.parameters(), lr=0.03)
        nn.fit(model, X[:examples], edges(X[:examples]), optimizer=optimizer, epochs=300, progress=False)
        found[name] = nn.predict(model, X_test[:100])
        near = np.mean((nn.predict(model, X[:examples]) - edges(X[:examples])) ** 2)
        far = np.mean((found[name] - edges(X_test[:100])) ** 2)
        print(f"  {name:14}{len(model.parameters()):11,}{near:14.1e}{far:18.1e}")
    kernel = np.array([[weight.data for weight in row] for row in convolution.layers[1].weights[0][0]])
    print("\nThe kernel that was learned, and the one it was to find;", end=" ")
    print(f"they differ by {abs(kernel - SOBEL).max():.0e}:\n")
    for learned, given in zip(kernel, SOBEL, strict=True):
        print("".join(f"{number:9.4f}" for number in learned), "".join(f"{number:9.2f}" for number in given))

    pictures = [("a held-out digit", X_test[0].reshape(8, 8)), ("its vertical edges", edges(X_test[:1]).reshape(6, 6))]
    pictures += [(f"by the {name}", rows[0].reshape(6, 6)) for name, rows in found.items()]
    pictures += [("the kernel learned", kernel)]
    caption = "Vertical edges of a digit: dark where it grows darker to the right, light where lighter."
    save(show(pictures), out / "edges.png", caption)

    # A network that reads digits: six kernels, the largest answer of each 2 by 2 places, and a dense layer.
    kernels = nn.Conv2d(1, 6, 3, generator=generator)
    network = nn.Sequential(
        nn.Unflatten((1, 8, 8)), kernels, nn.MaxPool(2), nn.Flatten(), nn.Layer(54, 10, "linear", generator=generator)
    )
    optimizer = nn.Adam(network.parameters(), lr=0.03)
    history = nn.fit(network, X, y, loss="cross_entropy", optimizer=optimizer, epochs=epochs, progress=False)
    right = nn.accuracy(nn.predict(network, X_test), y_test, "cross_entropy")
    print(f"\nReading digits with 6 kernels, {len(network.parameters())} parameters:")
    print(f"right: {history.accuracy[-1]:.1%} of {len(X):,} in training, {right:.1%} of {len(X_test)} held out")
    drawn = [np.array([[weight.data for weight in row] for row in kernel[0]]) for kernel in kernels.weights]
    caption = "The six kernels of the network that reads digits: edges and corners of several directions."
    save(show([(f"kernel {index}", image) for index, image in enumerate(drawn)]), out / "kernels.png", caption)


def show(pictures: list[tuple[str, np.ndarray]]) -> np.ndarray:
    """Axes with images side by side, zero in grey, positive numbers darker."""
    axes = panels(1, len(pictures), 11, 2.4)
    for ax, (title, image) in zip(axes, pictures, strict=True):
        reach = abs(image).max()
        ax.imshow(image, cmap="gray_r", vmin=-reach, vmax=reach)
        ax.set(title=title, xticks=[], yticks=[])
    return axes


if __name__ == "__main__":
    run(main)
