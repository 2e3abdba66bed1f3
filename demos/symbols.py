"""Symbols: a recurrent network reads letter by letter and says which comes next, beside a table of counts and the GPT.

The names are those of the demo `gpt`. A table of how often each letter follows each other one knows one letter back.
The recurrent network, too, is given one letter at a time, but it has a state of 16 numbers, in which it may keep what
came before, and so it is less surprised. If its state starts anew at each letter it does no better than the table. The
GPT looks back at all letters at once, and needs no state; it has three and a half times the parameters.
"""

from pathlib import Path

import numpy as np

import nn
from demos.gpt import encode, read_names, sample, train
from demos.gpt_model import LETTERS
from demos.runner import lines, once, panels, run, save, say, table
from engine import Value, dot, logsumexp, no_grad, softmax
from engine import sum as add

HIDDEN = 16
Letter = int | list[Value]  # its number, or one number for each letter: 1 for this one, 0 for the others


class NextLetter(nn.Module):
    """Letters go in; at each come out 27 numbers, how much each letter is expected next.

    reads_back   whether the state goes on to the next letter, or starts anew at each
    """

    def __init__(self, reads_back: bool, generator: np.random.Generator) -> None:
        self.reads_back = reads_back
        self.cell = nn.RNN(len(LETTERS), HIDDEN, every_step=True, generator=generator)
        self.head = nn.Layer(HIDDEN, len(LETTERS), "linear", generator=generator)
        self.name_parts()

    def forward(self, letters: list[Letter]) -> list[list[Value]]:
        """The logits of the next letter, at each."""
        rows = [spread(letter) for letter in letters]
        states = self.cell(rows) if self.reads_back else [self.cell([row])[0] for row in rows]
        return [self.head(state) for state in states]

    def loss(self, letters: list[Letter]) -> Value:
        """The mean cross-entropy of each letter after those before it."""
        pairs = zip(self(letters[:-1]), letters[1:], strict=True)
        return add([logsumexp(logits) - dot(spread(letter), logits) for logits, letter in pairs]) / (len(letters) - 1)


def spread(letter: Letter) -> list:
    """One number for each letter."""
    return np.eye(len(LETTERS))[letter].tolist() if isinstance(letter, int) else letter


def share_names(seed: int) -> tuple[list[str], list[str]]:
    """The names to learn from, and 60 that are held out."""
    names = read_names()
    np.random.default_rng(seed).shuffle(names)
    return names[60:], names[:60]


@once
def learn(reads_back: bool, seed: int) -> tuple[NextLetter, list[float], float]:
    """A network, the loss of each of its 100 updates, and its loss on the names held out."""
    generator, (known, held_out) = np.random.default_rng(seed), share_names(seed)
    model = NextLetter(reads_back, generator)
    losses = train(model, known, 100, generator, batch=16, rate=0.04)
    with no_grad():
        return model, losses, float(np.mean([model.loss(encode(name)).data for name in held_out]))


def count(seed: int) -> float:
    """The loss of the table of counts on the names held out."""
    known, held_out = share_names(seed)
    counts = np.full((len(LETTERS), len(LETTERS)), 0.1)  # what never came may come yet
    for name in known:
        np.add.at(counts, (encode(name)[:-1], encode(name)[1:]), 1)
    surprise = -np.log(counts / counts.sum(axis=1, keepdims=True))
    return float(np.mean([surprise[encode(name)[:-1], encode(name)[1:]].mean() for name in held_out]))


def main(out: Path, seed: int = 0) -> None:
    """Learn which letter comes next, and invent names.

    It takes some seconds: two networks, a hundred updates each.
    """
    runs = {"recurrent network": learn(True, seed), "its state cut off": learn(False, seed)}
    rows = [(name, f"{len(model.parameters()):,}", loss) for name, (model, _, loss) in runs.items()]
    table(("", "parameters", "loss on names held out"), [*rows, ("table of pairs", "729", count(seed))])
    print()
    say("The table knows one letter back. The network is given one letter at a time too, but keeps what came before in "
        "a state of 16 numbers; if that starts anew at each letter, it knows no more than the table.")  # fmt: skip
    model, generator = runs["recurrent network"][0], np.random.default_rng(seed)
    print()
    say(f"Ten names of the network: {', '.join(sample(model, generator) for _ in range(10))}")

    name = share_names(seed)[1][0]
    with no_grad():
        chances = np.array([[p.data for p in softmax(logits)] for logits in model(encode(name)[:-1])])
    left, right = axes = panels(1, 2, 11, 4.6, width_ratios=[2, 3])
    smooth = {name: np.convolve(losses, np.full(10, 0.1), "valid") for name, (_, losses, _) in runs.items()}
    lines(
        None, smooth, left, title="Loss, mean of 10 updates", xlabel="update", ylabel="cross-entropy a letter"
    ).legend()
    right.imshow(chances, cmap="gray_r", aspect="auto")
    right.plot(encode(name)[1:], range(len(name) + 1), "wx", markersize=9, markeredgewidth=4)
    right.plot(encode(name)[1:], range(len(name) + 1), "kx", markersize=8)
    right.set_xticks(range(len(LETTERS)), list(LETTERS))
    right.set_yticks(range(len(name) + 1), ["the beginning", *(name[: at + 1] for at in range(len(name)))])
    right.set(title="What it expects next (dark), and what comes (cross)")
    save(axes, out / "letters.png", f"The loss of both; and, for {name!r}, letter by letter what the network expects.")


if __name__ == "__main__":
    run(main)
