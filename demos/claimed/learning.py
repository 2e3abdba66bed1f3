"""Learning: what its demos claim."""

from collections.abc import Callable

import numpy as np

from demos import descents, gradient_descent, rates, schedules, stopping
from demos.claims import Claim
from demos.gradient_descent import valley


def distance(name: str) -> float:
    """The distance from the minimum after twenty steps at one of the rates; it is 4 at first."""
    return float(
        abs(gradient_descent.descend(gradient_descent.curve, [-1.0], gradient_descent.RATES[name], 20)[-1, 0] - 3)
    )


def measure_steps(seed: int) -> tuple[float, float]:
    """The length of the first step at a good rate, and of the fifth."""
    steps = abs(
        np.diff(gradient_descent.descend(gradient_descent.curve, [-1.0], gradient_descent.RATES["good"], 5)[:, 0])
    )
    return steps[0], steps[-1]


def compare_optimisers(words: str, name: str, control: str, holds: Callable[[float, float], bool]) -> Claim:
    """A claim on the steps of two optimisers from the same start."""
    said = f"stays low after {{:.0f}} steps; {control}: {{:.0f}}"
    return Claim(
        words, lambda seed: (descents.count_steps(name, seed), descents.count_steps(control, seed)), holds, said
    )


ONE_MOMENT = "Adam without its first moment"


CLAIMS = {
    "gradient_descent": [
        Claim(
            "steps are large far from the minimum, small near it",
            measure_steps,
            lambda first, fifth: first > 10 * fifth,
            "the first {:.2g}, the fifth {:.2g}",
        ),
        Claim(
            "a good rate descends, a small one crawls",
            lambda seed: (distance("good"), distance("too small")),
            lambda good, small: good < 0.01 < 1 < small,
            "{:.0e} away after 20 steps, too small {:.1f}",
        ),
        Claim(
            "a swinging rate still converges, a larger one does not",
            lambda seed: (distance("swinging"), distance("too large")),
            lambda swinging, large: swinging < 4 < large,
            "{:.1f} away, from 4; too large {:.1f}",
        ),
    ],
    "rates": [
        Claim(
            "braking: with too small a rate, one still overshoots",
            lambda seed: (rates.ride(rates.BRAKING["too small"])[-1], rates.ride(rates.BRAKING["good"])[-1]),
            lambda small, good: small > 10 > 0.1 > abs(good),
            "10 rides: {:.0f} m past it, good rate {:.2f} m",
        ),
        Claim(
            "braking: with too large a rate, one swings wider and wider",
            lambda seed: tuple(
                abs(rates.ride(rates.BRAKING[name])[-1] / rates.ride(rates.BRAKING[name])[0])
                for name in ("too large", "good")
            ),
            lambda large, good: large > 2 > 0.1 > good,
            "off by {:.1f} times the first error, good rate {:.1g}",
        ),
        Claim(
            "network: too small a rate crawls",
            lambda seed: (rates.train(0.01, seed).loss[-1], rates.train(10.0, seed).loss[-1]),
            lambda small, good: small > 0.3 > 0.03 > good,
            "loss {:.2g} after 100 epochs, good rate {:.1g}",
        ),
        Claim(
            "network: too large a rate does not converge",
            lambda seed: (rates.train(100.0, seed).loss[-1], rates.train(10.0, seed).loss[-1]),
            lambda large, good: large > 1 > 0.03 > good,
            "loss {:.2g} after 100 epochs, good rate {:.1g}",
        ),
    ],
    "stopping": [
        Claim(
            "training ends after N epochs",
            lambda seed: (stopping.train("epochs", seed, 40)[0].epochs, stopping.train("epochs", seed)[0].epochs),
            lambda forty, four_hundred: forty == 40 < 400 == four_hundred,
            "after {}, with ten times N after {}",
        ),
        Claim(
            "training ends once the loss is below a threshold",
            lambda seed: (stopping.train("threshold", seed)[0].loss[-1], stopping.train("threshold", seed)[0].loss[-2]),
            lambda last, before: last < 0.1 <= before,
            "at {:.4f}, one epoch before {:.4f}",
        ),
        Claim(
            "patience ends training before the network learns by heart",
            lambda seed: (stopping.train("patience", seed)[1], stopping.train("epochs", seed)[1]),
            lambda patience, all_epochs: patience < 0.7 * all_epochs,
            "new points: loss {:.2f}, after all epochs {:.2f}",
        ),
    ],
    "optimisers": [
        compare_optimisers(
            "momentum is faster in a valley, at the same rate",
            descents.MOMENTUM,
            descents.PLAIN,
            lambda number, plain: number < 0.6 * plain,
        ),
        compare_optimisers(
            "Adam is faster there too",
            descents.ADAM,
            descents.FASTEST_PLAIN,
            lambda number, plain: number < 0.7 * plain,
        ),
        Claim(
            "Adam's first moment averages noise away",
            lambda seed: (descents.shake(descents.ADAM, seed), descents.shake(ONE_MOMENT, seed)),
            lambda both, one: both < 0.6 * one,
            "loss {:.2g} with noisy gradients, without it {:.2g}",
        ),
        Claim(
            "it needs its second: at its rate, momentum diverges",
            lambda seed: (
                valley(*descents.descend(descents.ADAM, seed)[-1]),
                valley(*descents.descend("momentum 0.7, rate 0.9", seed)[-1]),
            ),
            lambda adam, momentum: adam < 0.01 < 1e6 < momentum,
            "last loss {:.0e}, momentum {:.0e}",
        ),
        Claim(
            "AdamW shrinks all weights alike, Adam with L2 does not",
            lambda seed: (descents.compare_decay("AdamW", seed), descents.compare_decay("Adam", seed)),
            lambda decoupled, plain: decoupled < 0.1 < 0.3 < plain,
            "two weights end {:.2f} apart, Adam {:.2f}",
        ),
    ],
    "schedules": [
        Claim(
            "with noisy gradients, a falling rate settles down",
            lambda seed: (schedules.settle("cosine", seed), schedules.settle("constant", seed)),
            lambda falling, constant: falling < 0.3 * constant,
            "last loss {:.2g}, constant rate {:.2g}",
        ),
        Claim(
            "and it arrives where a small one crawls",
            lambda seed: (schedules.settle("cosine", seed), schedules.settle("small, constant", seed)),
            lambda falling, small: falling < 0.5 < 5 < small,
            "last loss {:.2g}, small rate {:.2g}",
        ),
    ],
}
