"""A recurrent network that predicts the next letter, to compare with the GPT in gpt_model; `symbols` trains both."""

import numpy as np

import nn
from demos.gpt_model import LETTERS, Token
from engine import Value, dot, logsumexp
from engine import sum as add


class NextLetter(nn.Module):
    """It takes letters and returns for each of them 27 logits, one for each letter that may come next.

    reads_back   whether the state is passed on to the next letter, or reset at each
    """

    def __init__(self, reads_back: bool, generator: np.random.Generator) -> None:
        self.reads_back = reads_back
        self.cell = nn.RNN(len(LETTERS), 16, every_step=True, generator=generator)
        self.head = nn.Layer(16, len(LETTERS), "linear", generator=generator)
        self.name_parts()

    def forward(self, letters: list[Token]) -> list[list[Value]]:
        """Return the logits of the next letter, for each letter."""
        rows = [spread(letter) for letter in letters]
        states = self.cell(rows) if self.reads_back else [self.cell([row])[0] for row in rows]
        return [self.head(state) for state in states]

    def loss(self, letters: list[Token]) -> Value:
        """The mean cross-entropy of each letter after those before it."""
        pairs = zip(self(letters[:-1]), letters[1:], strict=True)
        return add([logsumexp(logits) - dot(spread(letter), logits) for logits, letter in pairs]) / (len(letters) - 1)


def spread(letter: Token) -> list:
    """One number for each letter."""
    return np.eye(len(LETTERS))[letter].tolist() if isinstance(letter, int) else letter
