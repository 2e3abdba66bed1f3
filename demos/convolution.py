"""Convolution: nine weights used everywhere learn to detect edges; a dense layer would need thousands.

A kernel of 3 by 3 weights is moved over an image. From a few handwritten digits and pictures of their vertical edges,
it learns the Sobel operator, which made these edges, to several digits. A dense layer between the same pixels
has a weight for every pair of them: it fits those few images and fails on the next.
"""

from pathlib import Path

import numpy as np

import nn
from demos.runner import images, once, run, save, table

SOBEL = np.array([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]]) / 4


def find_edges(rows: np.ndarray) -> np.ndarray:
    """Turn 8 by 8 pixels into weighted sums at the 6 by 6 positions where the kernel fits."""
    windows = np.lib.stride_tricks.sliding_window_view(rows.reshape(-1, 8, 8), (3, 3), (1, 2))
    return (windows * SOBEL).sum(axis=(3, 4)).reshape(-1, 36)


@once
def learn(seed: int, examples: int = 40, epochs: int = 300) -> tuple[np.ndarray, np.ndarray, dict[str, nn.Module]]:
    """The few training images, a hundred others, and the models: a convolution and a dense layer."""
    generator = np.random.default_rng(seed)
    X = generator.permutation(nn.load_digits().X / 16)
    edge = nn.Conv2d(1, 1, 3, generator=generator)
    convolution = nn.Sequential(nn.Unflatten((1, 8, 8)), edge, nn.Flatten())
    models = {"convolution": convolution, "dense layer": nn.Layer(64, 36, "linear", generator=generator)}
    for model in models.values():
        adam = nn.Adam(model.parameters(), lr=0.03)
        nn.fit(model, X[:examples], find_edges(X[:examples]), optimizer=adam, epochs=epochs, progress=False)
    return X[:examples], X[-100:], models


def main(out: Path, seed: int = 0, examples: int = 40, epochs: int = 300) -> None:
    """Learn an edge detector, by a kernel and by a dense layer.

    examples   images that show where the edges are
    epochs     of training
    """
    few, others, models = learn(seed, examples, epochs)

    # Both learn from the same few images, and are tested on others.
    rows, digit = [], others[:1]
    pictures = {"a digit not learned": digit.reshape(8, 8), "its vertical edges": find_edges(digit).reshape(6, 6)}
    for name, model in models.items():
        errors = [f"{np.mean((nn.predict(model, seen) - find_edges(seen)) ** 2):.1e}" for seen in (few, others)]
        rows.append((name, len(model.parameters()), *errors))
        pictures[f"by the {name}"] = nn.predict(model, digit).reshape(6, 6)
    print(f"Edges, learned from {examples} images. Mean squared error:\n")
    table(("", "parameters", "in training", "on other images"), rows)

    # The kernel is the operator by which the edges were made.
    kernel = pictures["the kernel learned"] = np.array(
        [[w.data for w in row] for row in models["convolution"].layers[1].weights[0][0]]
    )
    print("\nThe learned kernel, and the one it should find;", end=" ")
    print(f"they differ by {abs(kernel - SOBEL).max():.0e}:\n")
    for learned, given in zip(kernel, SOBEL, strict=True):
        print("".join(f"{number:9.4f}" for number in learned), "".join(f"{number:9.2f}" for number in given))
    save(images(pictures, 5), out / "edges.png", "Dark where the digit darkens to the right, light where it lightens.")


if __name__ == "__main__":
    run(main)
