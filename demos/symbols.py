"""Symbols: which letter comes next? A recurrent network, compared with a table of counts and with a GPT.

A table of how often each letter follows another looks back one letter. The recurrent network also reads one letter at
a time, but it keeps what came before in a state of 16 numbers, and so it is less surprised. If its state is reset at
each letter, it does no better than the table. The GPT of the demo `gpt` needs no state: it looks back at
all letters at once. It has three and a half times as many parameters, and learns the same names for as long.
"""

from pathlib import Path

import numpy as np

import nn
from demos.gpt_model import LETTERS
from demos.names import encode, judge, sample, share_names, train, train_gpt
from demos.rnn_model import NextLetter
from demos.runner import lines, once, panels, run, save, say, table
from engine import no_grad, softmax

RNN, CUT, GPT = "recurrent network", "its state cut off", "GPT"


@once
def learn(name: str, seed: int) -> tuple[nn.Module, list[float], float]:
    """A network, the loss of each of its 100 updates, and its loss on the names held out."""
    if name == GPT:
        return train_gpt(seed, 100)
    generator, (known, held_out) = np.random.default_rng(seed), share_names(seed)
    model = NextLetter(name == RNN, generator)
    losses = train(model, known, 100, generator, rate=0.04)
    return model, losses, judge(model, held_out)


def count(seed: int) -> float:
    """The loss of the table of counts on the names held out."""
    known, held_out = share_names(seed)
    counts = np.full((len(LETTERS), len(LETTERS)), 0.1)  # a pair not seen yet is still possible
    for name in known:
        np.add.at(counts, (encode(name)[:-1], encode(name)[1:]), 1)
    surprise = -np.log(counts / counts.sum(axis=1, keepdims=True))
    return float(np.mean([surprise[encode(name)[:-1], encode(name)[1:]].mean() for name in held_out]))


def main(out: Path, seed: int = 0) -> None:
    """Learn which letter comes next, and invent names."""
    runs = {name: learn(name, seed) for name in (RNN, CUT, GPT)}
    rows = [(name, len(model.parameters()), f"{loss:.2f}") for name, (model, _, loss) in runs.items()]
    table(("", "parameters", "loss on names held out"), [*rows, ("table of pairs", 729, f"{count(seed):.2f}")])
    for name in (RNN, GPT):
        generator = np.random.default_rng(seed)
        print()
        say(f"Ten names of the {name}: {', '.join(sample(runs[name][0], generator) for _ in range(10))}")

    name = share_names(seed)[1][0]
    with no_grad():
        chances = np.array([[p.data for p in softmax(logits)] for logits in runs[RNN][0](encode(name)[:-1])])
    left, right = axes = panels(1, 2, 11, 4.6, width_ratios=[2, 3])
    smooth = {name: np.convolve(losses, np.full(10, 0.1), "valid") for name, (_, losses, _) in runs.items()}
    lines(None, smooth, left, title="Loss, mean of 10 updates", xlabel="update", ylabel="loss a letter").legend()
    right.imshow(chances, cmap="gray_r", aspect="auto")
    for marker, width in (("wx", 4), ("kx", 2)):
        right.plot(encode(name)[1:], range(len(name) + 1), marker, markersize=9, markeredgewidth=width)
    right.set_xticks(range(len(LETTERS)), list(LETTERS))
    right.set_yticks(range(len(name) + 1), ["the beginning", *(name[: at + 1] for at in range(len(name)))])
    right.set(title="The next letter: expected (dark), and true (cross)")
    save(axes, out / "letters.png", f"The losses, and what the recurrent network expects next, for {name!r}.")


if __name__ == "__main__":
    run(main)
