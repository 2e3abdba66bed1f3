"""Depth and data: what its demos claim."""

from demos import amount, digits, features
from demos.claims import Claim


def measure_update(seed: int) -> tuple[float, float]:
    """The probability of the right digit after the update, and before."""
    digit, before, after = digits.update_once(seed)
    return after[digit], before[digit]


CLAIMS = {
    "features": [
        Claim(
            "layer by layer, features are easier to separate",
            lambda seed: (features.separate(seed)[-1], features.separate(seed)[0]),
            lambda last, inputs: last > 0.95 > 0.6 > inputs,
            "{:.0%} by lines after 3 layers, before {:.0%}",
        ),
        Claim(
            "each layer does a part of this",
            lambda seed: (features.separate(seed)[2], features.separate(seed)[1]),
            lambda second, first: second > first + 0.05,
            "{:.0%} by lines after 2 layers, after 1 {:.0%}",
        ),
        Claim(
            "such features are learned",
            lambda seed: (features.separate(seed)[-1], features.separate(seed, 1)[-1]),
            lambda trained, drawn: trained > drawn + 0.1,
            "{:.0%} by lines, untrained {:.0%}",
        ),
        Claim(
            "with as many parameters, deep is better than wide",
            lambda seed: (features.train("deep", seed)[2], features.train("wide", seed)[2]),
            lambda deep, wide: deep > wide + 0.02,
            "{:.1%} of new points right, wide {:.1%}",
        ),
    ],
    "amount": [
        Claim(
            "more data makes better models",
            lambda seed: (amount.train(1000, seed)[4], amount.train(20, seed)[4]),
            lambda many, few: many > 0.95 > 0.7 > few,
            "1,000 rows: {:.0%} of new ones right, 20 rows: {:.0%}",
        ),
        Claim(
            "more data helps less if there is much already",
            lambda seed: (
                amount.train(100, seed)[4] - amount.train(20, seed)[4],
                amount.train(1000, seed)[4] - amount.train(300, seed)[4],
            ),
            lambda first, last: first > 3 * last,
            "20 to 100 rows: {:+.0%}, 300 to 1,000 rows {:+.0%}",
        ),
        Claim(
            "few rows are learned by heart; more close the gap",
            lambda seed: (
                amount.train(1000, seed)[3] - amount.train(1000, seed)[4],
                amount.train(20, seed)[3] - amount.train(20, seed)[4],
            ),
            lambda many, few: many < 0.05 < 0.2 < few,
            "1,000 rows: a gap of {:z.0%}, 20 rows: {:.0%}",
        ),
    ],
    "digits": [
        Claim(
            "an update makes the right digit more probable",
            measure_update,
            lambda after, before: after > before + 0.1,
            "after it {:.0%}, before {:.0%}",
        ),
    ],
}
