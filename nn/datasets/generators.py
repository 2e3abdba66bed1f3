"""Generators: points in the plane with classes by a known rule, for networks to learn.

Each function returns X (n, 2) and classes y (n,), in random order, and takes a numpy.random.Generator, or None for
a new, unseeded one.
"""

import numpy as np
from numpy.random import Generator

from nn.arguments import Array, check_real, check_whole, choose_generator


def moons(n: int = 100, noise: float = 0.1, generator: Generator | None = None) -> tuple[Array, Array]:
    """Generate two interleaved half circles of radius 1: X (n, 2) and classes y (n,), 0 above and 1 below.

    noise      standard deviation of the normal noise on each coordinate
    generator  a numpy.random.Generator; None for a new, unseeded one

    TypeError or ValueError for arguments out of range, TypeError for anything but a generator.

    >>> X, y = moons(60, generator=np.random.default_rng(0))
    >>> X.shape, np.unique(y).tolist()
    ((60, 2), [0, 1])
    """
    n, noise, generator = check_whole("n", n, 2), check_real("noise", noise), choose_generator(generator)
    y = np.arange(n) % 2
    angle = np.pi * generator.random(n)
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    X = np.where(y[:, None] == 0, upper, [1.0, 0.5] - upper)
    return _shuffle(X + noise * generator.normal(size=X.shape), y, generator)


def circle(n: int = 100, generator: Generator | None = None) -> tuple[Array, Array]:
    """Generate points uniform on the square from -1 to 1: X (n, 2) and y (n,), 1 inside a circle, else 0.

    The circle is centred on the origin and covers half of the square: its radius is sqrt(2/pi) = 0.798.

    TypeError or ValueError for arguments out of range, TypeError for anything but a generator.

    >>> X, y = circle(60, generator=np.random.default_rng(0))
    >>> X.shape, np.unique(y).tolist()
    ((60, 2), [0, 1])
    """
    X = choose_generator(generator).uniform(-1.0, 1.0, (check_whole("n", n), 2))
    return X, (np.sum(X * X, axis=1) < 2 / np.pi).astype(int)


def circles(
    n: int = 100, noise: float = 0.1, factor: float = 0.5, generator: Generator | None = None
) -> tuple[Array, Array]:
    """Generate two rings around the origin: class 0 of radius 1, class 1 of radius `factor`.

    noise   standard deviation of the normal noise on each coordinate

    Returns X (n, 2) and y (n,), whole numbers. TypeError or ValueError for arguments out of range, TypeError for
    anything but a generator.

    >>> X, y = circles(60, generator=np.random.default_rng(0))
    >>> X.shape, np.unique(y).tolist()
    ((60, 2), [0, 1])
    """
    n, noise, factor = check_whole("n", n, 2), check_real("noise", noise), check_real("factor", factor, below=1.0)
    generator = choose_generator(generator)
    y = np.arange(n) % 2
    angle = 2 * np.pi * generator.random(n)
    X = np.where(y == 0, 1.0, factor)[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return _shuffle(X + noise * generator.normal(size=X.shape), y, generator)


def blobs(
    n: int = 100, classes: int = 3, deviation: float = 0.4, generator: Generator | None = None
) -> tuple[Array, Array]:
    """Generate a cloud for each class, around evenly spaced points on a circle of radius 2.

    deviation   standard deviation of each coordinate within a cloud

    Returns X (n, 2) and y (n,), whole numbers. TypeError or ValueError for arguments out of range, TypeError for
    anything but a generator.

    >>> X, y = blobs(60, generator=np.random.default_rng(0))
    >>> X.shape, np.unique(y).tolist()
    ((60, 2), [0, 1, 2])
    """
    classes = check_whole("classes", classes, 2)
    n, deviation = check_whole("n", n, classes), check_real("deviation", deviation)
    generator = choose_generator(generator)
    y = np.arange(n) % classes
    angle = 2 * np.pi * y / classes
    X = 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1) + deviation * generator.normal(size=(n, 2))
    return _shuffle(X, y, generator)


def spiral(
    n: int = 150, classes: int = 3, noise: float = 0.2, turns: float = 0.65, generator: Generator | None = None
) -> tuple[Array, Array]:
    """Generate a spiral arm for each class, from the origin out to radius 1.

    noise   standard deviation of the normal noise on the angle
    turns   the number of turns of an arm

    Returns X (n, 2) and y (n,), whole numbers. TypeError or ValueError for arguments out of range, TypeError for
    anything but a generator.

    >>> X, y = spiral(60, generator=np.random.default_rng(0))
    >>> X.shape, np.unique(y).tolist()
    ((60, 2), [0, 1, 2])
    """
    classes = check_whole("classes", classes, 2)
    n, noise, turns = check_whole("n", n, classes), check_real("noise", noise), check_real("turns", turns)
    generator = choose_generator(generator)
    y = np.arange(n) % classes
    radius = generator.random(n)
    angle = 2 * np.pi * (y / classes + turns * radius) + noise * generator.normal(size=n)
    return _shuffle(radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1), y, generator)


def xor(n: int = 100, noise: float = 0.1, generator: Generator | None = None) -> tuple[Array, Array]:
    """Generate corners of the square from 0 to 1, class 1 where the coordinates differ: no line separates the classes.

    noise   standard deviation of the normal noise on each coordinate; 0 for the corners themselves

    Returns X (n, 2) and y (n,), whole numbers. TypeError or ValueError for arguments out of range, TypeError for
    anything but a generator.

    >>> X, y = xor(60, generator=np.random.default_rng(0))
    >>> X.shape, np.unique(y).tolist()
    ((60, 2), [0, 1])
    """
    n, noise, generator = check_whole("n", n, 4), check_real("noise", noise), choose_generator(generator)
    corners = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])[np.arange(n) % 4]
    y = (corners[:, 0] != corners[:, 1]).astype(int)
    return _shuffle(corners + noise * generator.normal(size=(n, 2)), y, generator)


def separable(n: int = 100, margin: float = 0.1, generator: Generator | None = None) -> tuple[Array, Array]:
    """Generate points of the square from -1 to 1 on the two sides of a random line through the origin.

    margin   the least distance of points from the line; below 1

    Returns X (n, 2) and y (n,), whole numbers. TypeError or ValueError for arguments out of range, TypeError for
    anything but a generator.

    >>> X, y = separable(60, generator=np.random.default_rng(0))
    >>> X.shape, np.unique(y).tolist()
    ((60, 2), [0, 1])
    """
    n, margin = check_whole("n", n, 2), check_real("margin", margin, below=1.0)
    generator = choose_generator(generator)
    angle = 2 * np.pi * generator.random()
    normal = np.array([np.cos(angle), np.sin(angle)])
    X = np.empty((0, 2))
    while len(X) < n:
        points = generator.uniform(-1.0, 1.0, (n, 2))
        X = np.concatenate([X, points[np.abs(points @ normal) >= margin]])
    return X[:n], (X[:n] @ normal > 0).astype(int)


def _shuffle(X: Array, y: Array, generator: Generator) -> tuple[Array, Array]:
    order = generator.permutation(len(y))
    return X[order], y[order]
