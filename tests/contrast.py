"""Contrast as WCAG 2 measures it: w3.org/TR/WCAG22/#dfn-contrast-ratio."""

import numpy as np


def luminance(colour: str) -> float:
    """The relative luminance of a colour such as "#d55e00", from 0 (black) to 1 (white)."""
    parts = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    """From 1 to 21; text needs 4.5, lines need 3."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)
