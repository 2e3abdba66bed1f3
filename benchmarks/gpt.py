"""The GPT of demos/gpt_model.py: the loss of one name, over Values of any class; 4,192 parameters."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from demos.gpt_model import END, GPT, LETTERS, SHAPES

NAME = "gradient"[:7]
TOKENS = [END, *map(LETTERS.index, NAME), END]


@dataclass(frozen=True)
class Kit:
    """How a class of Values adds: `dot` and `sum` of lists, `exp` and `log` of one."""

    dot: Callable[[Sequence[Any], Sequence[Any]], Any]
    sum: Callable[[Sequence[Any]], Any]
    exp: Callable[[Any], Any]
    log: Callable[[Any], Any]

    def softmax(self, logits: Sequence[Any]) -> list[Any]:
        """exp(logit) / the sum of all of them."""
        powers = [self.exp(logit) for logit in logits]
        total = self.sum(powers)
        return [power / total for power in powers]

    def logsumexp(self, logits: Sequence[Any]) -> Any:
        """log of the sum of exp(logit)."""
        return self.log(self.sum([self.exp(logit) for logit in logits]))


def draw_numbers(seed: int = 0) -> dict[str, np.ndarray]:
    """The parameters' numbers, matrix by matrix."""
    generator = np.random.default_rng(seed)
    return {name: generator.normal(0, 0.08, shape) for name, shape in SHAPES.items()}


def loss(kit: Any, state: dict[str, list[list[Any]]], tokens: Sequence[int] = TOKENS) -> Any:
    """The mean cross-entropy of each token after those before it; `kit` is a Kit, or the engine."""
    return GPT(state, kit).loss(list(tokens))
