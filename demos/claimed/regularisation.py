"""Regularisation: what its demos claim."""

from demos import wave
from demos.claims import Claim


def compare_way(way: str, what: str, share: float) -> Claim:
    """The claim that this way lowers an error to at most this share of the error without it, in as many epochs."""
    return Claim(
        f"{way} helps against overfitting",
        lambda seed: (wave.learn(way, seed)[what], wave.learn("no regularisation", seed)[what]),
        lambda error, plain: error < share * plain,
        f"error {'under noise on the inputs ' if what == 'noisy' else ''}{{:.3f}}, without {{:.3f}}",
    )


CLAIMS = {
    "regularisation": [
        Claim(
            "one neuron underfits",
            lambda seed: (
                wave.learn("one neuron", seed)["points"],
                wave.learn("no regularisation", seed)["points"],
            ),
            lambda one, many: one > 0.15 > 5 * many,
            "error {:.3f} on its own points, 2 layers of 20 {:.3f}",
        ),
        Claim(
            "two layers of 20 neurons overfit 16 points",
            lambda seed: (
                wave.learn("no regularisation", seed)["wave"],
                wave.learn("no regularisation", seed)["points"],
            ),
            lambda off, points: off > max(0.05, 5 * points),
            "error {:.3f} against the wave, {:.3f} on its own points",
        ),
        Claim(
            "underfitting ends farther off than overfitting",
            lambda seed: (
                wave.learn("one neuron", seed)["wave"],
                wave.learn("no regularisation", seed)["wave"],
            ),
            lambda one, many: one > 1.1 * many,
            "error {:.3f} against the wave, {:.3f}",
        ),
        compare_way("L2", "wave", 0.85),  # how much depends on last digits, which differ with older NumPy
        compare_way("L1", "wave", 0.8),
        Claim(
            "L1 sets weights to exactly zero",
            lambda seed: (
                wave.learn("L1", seed)["weights"].count(0),
                wave.learn("L2", seed)["weights"].count(0),
            ),
            lambda l1, l2: l1 > 350 > 10 > l2,
            "{} of 440, L2 {}",
        ),
        compare_way("dropout", "wave", 0.9),
        compare_way("noise on inputs", "noisy", 0.9),
        compare_way("early stopping", "wave", 0.7),
    ],
}
