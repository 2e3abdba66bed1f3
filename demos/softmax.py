"""Softmax: how a network's numbers become probabilities, and what temperature does to them.

The last layer of a classifier gives one number for each class, which can be any number: a logit. Softmax raises e to
each, so that all are positive, and divides by the sum, so that they add up to 1. Only differences of logits matter.
Dividing the logits by a temperature first keeps their order: a low one, near 0, gives nearly all to the largest, a high
one gives all about the same.
"""

from pathlib import Path

import numpy as np

import viz
from demos.runner import heading, lines, panels, run, save, table
from engine import Value, softmax
from viz.figures.axes import add_legend

LOGITS = {"cat": 2.0, "dog": 1.0, "fish": -1.0}
TEMPERATURES = 0.25, 1.0, 4.0


def share(temperature: float = 1.0, shift: float = 0.0) -> list[float]:
    """The probability of each class, after shifting its logit and dividing it by the temperature."""
    return [p.data for p in softmax([(logit + shift) / temperature for logit in LOGITS.values()])]


def main(out: Path, seed: int = 0) -> None:
    """Logits to probabilities, then temperatures.

    seed   not used here: nothing is random
    """
    heading("1. Step by step")
    powers = np.exp(list(LOGITS.values()))
    rows = [(name, logit, power, power / powers.sum(), p)
            for (name, logit), power, p in zip(LOGITS.items(), powers, share(), strict=True)]  # fmt: skip
    table(("class", "logit", "e^logit", "divided by the sum", "softmax"), rows)
    print(f"\n  The sum of e^logit is {powers.sum():.3g}, that of the probabilities {sum(share()):.3g}.")
    logits = [Value(logit, name) for name, logit in LOGITS.items()]
    cat = softmax(logits)[0]
    cat.label = "P(cat)"
    cat.backward()
    save(viz.draw(cat), out / "softmax.svg", "The probability of a cat: its own logit raises it, the others lower it.")

    heading("2. The same logits at other temperatures")
    table(("temperature", *LOGITS), [(f"{t:g}", *(f"{p:.1%}" for p in share(t))) for t in TEMPERATURES])
    axes = panels(2, 2, 9, 6.6, sharey=True)
    for ax, temperature in zip(axes.flat, TEMPERATURES, strict=False):
        bars = ax.bar(list(LOGITS), share(temperature), color="0.7", edgecolor="black")
        ax.bar_label(bars, [f"{p:.0%}" for p in share(temperature)])
        ax.set(title=f"Temperature {temperature:g}", ylim=(0, 1.1))
    for ax in axes[:, 0]:
        ax.set_ylabel("probability")
    many = np.geomspace(0.1, 10, 80)
    curves = dict(zip(LOGITS, np.transpose([share(t) for t in many.tolist()]), strict=True))
    add_legend(
        lines(many, curves, axes[1, 1], title="From cold to hot", xlabel="temperature (log scale)", xscale="log")
    )
    save(axes, out / "temperature.png", "Cold: most to the largest logit. Hot: nearly alike to all. The order stays.")


if __name__ == "__main__":
    run(main)
