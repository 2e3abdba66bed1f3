"""Names: what `gpt` and `symbols` share: reading the names, encoding letters, training, and inventing names."""

from pathlib import Path

import numpy as np

import nn
from demos.gpt_model import END, LENGTH, LETTERS, draw_model
from demos.replay import update
from demos.runner import once
from engine import Tape, Value, no_grad, record, softmax
from nn.training.progress import show_progress


def read_names() -> list[str]:
    """The names in names.txt, invented for this project."""
    text = Path(__file__).with_name("names.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def encode(name: str) -> list[int]:
    """The indices of its letters, between two END tokens."""
    return [END, *map(LETTERS.index, name), END]


def record_length(model: nn.Module, length: int) -> Tape:
    """A tape of the loss of any name of this length; each letter goes in as 27 numbers, one of them 1."""
    letters = [[Value(0.0) for _ in LETTERS] for _ in range(length)]
    return record(model.loss([END, *letters, END]), [number for letter in letters for number in letter])


def train(
    model: nn.Module, names: list[str], updates: int, generator: np.random.Generator, batch: int = 16, rate=0.01
) -> list[float]:
    """Train with Adam and a progress bar, each update on a batch of names of one length; returns their losses."""
    adam = nn.Adam(model.parameters(), lr=rate, betas=(0.85, 0.99))
    schedule, tapes, rows, history = nn.LinearLR(adam, 1.0, 0.0, updates), {}, {}, nn.History()
    for length in set(map(len, names)):
        letters = [encode(name)[1:-1] for name in names if len(name) == length]
        tapes[length], rows[length] = record_length(model, length), np.eye(27)[letters].reshape(len(letters), -1)
    with show_progress(updates, wanted=True, counted="update") as show:
        for _ in range(updates):
            length = len(generator.choice(names))
            history.add({"loss": update(tapes[length], adam, generator.choice(rows[length], batch))}, {})
            schedule.step()
            show(history)
    return history.loss


def share_names(seed: int) -> tuple[list[str], list[str]]:
    """The names to learn from, and 60 that are held out."""
    names = read_names()
    np.random.default_rng(seed).shuffle(names)
    return names[60:], names[:60]


@once
def train_gpt(seed: int, updates: int = 400) -> tuple[nn.Module, list[float], float]:
    """A GPT trained on names, the loss of each update, and its loss on the names held out."""
    generator, (known, held_out) = np.random.default_rng(seed), share_names(seed)
    model = draw_model(generator)
    losses = train(model, known, updates, generator, rate=0.02)
    return model, losses, judge(model, held_out)


def judge(model: nn.Module, names: list[str]) -> float:
    """The mean loss on these names: how surprising their letters are."""
    with no_grad():
        return float(np.mean([model.loss(encode(name)).data for name in names]))


def sample(model: nn.Module, generator: np.random.Generator, temperature: float = 0.7) -> str:
    """Invent a name, letter by letter; a lower temperature prefers more probable letters."""
    tokens = [END]
    with no_grad():
        while len(tokens) < LENGTH and (len(tokens) == 1 or tokens[-1] != END):
            chances = softmax([logit / temperature for logit in model(tokens)[-1]])
            tokens.append(int(generator.choice(27, p=[chance.data for chance in chances])))
    return "".join(LETTERS[token] for token in tokens if token != END)
