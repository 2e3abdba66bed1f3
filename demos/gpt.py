"""GPT: a language model of four thousand parameters learns to invent names, every number of it a Value.

The model reads a name letter by letter and says at each place how probable each next letter is. It is a GPT as large
ones are, with embeddings, attention, norms and residual connections; demos/gpt_model.py is all of it, to be read. Names
of one length have the same graph, so one graph a length is recorded and replayed over all names of that length. After
some hundred updates it samples names that sound like those that it learned from, and are not among them.
"""

from pathlib import Path

import numpy as np

import nn
import viz
from demos.gpt_model import END, GPT, LENGTH, LETTERS, draw_model
from demos.runner import OptionError, lines, run, save
from engine import Tape, Value, no_grad, record, softmax
from nn.training.progress import show_progress
from viz.figures.axes import add_legend


def read_names() -> list[str]:
    """The names in names.txt, invented for this project."""
    text = Path(__file__).with_name("names.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def encode(name: str) -> list[int]:
    """The numbers of its letters, between two ends."""
    return [END, *map(LETTERS.index, name), END]


def record_length(model: GPT, length: int) -> Tape:
    """A tape of the loss of any name of this length; each letter goes in as 27 numbers, one of them 1."""
    letters = [[Value(0.0) for _ in LETTERS] for _ in range(length)]
    return record(model.loss([END, *letters, END]), [number for letter in letters for number in letter])


def train(
    model: GPT, names: list[str], updates: int, generator: np.random.Generator, batch: int = 32, rate: float = 0.01
) -> list[float]:
    """Adam, each update on a batch of names of one length, and a bar; returns the loss of each."""
    adam = nn.Adam(model.parameters(), lr=rate, betas=(0.85, 0.99))
    schedule, tapes, rows, history = nn.LinearLR(adam, 1.0, 0.0, updates), {}, {}, nn.History()
    for length in set(map(len, names)):
        letters = [encode(name)[1:-1] for name in names if len(name) == length]
        tapes[length], rows[length] = record_length(model, length), np.eye(27)[letters].reshape(len(letters), -1)
    with show_progress(updates, wanted=True, unit="update") as show:
        for _ in range(updates):
            length = len(generator.choice(names))
            adam.zero_grad()
            history.add({"loss": tapes[length].forward(generator.choice(rows[length], batch)).mean()}, {})
            tapes[length].backward(1 / batch)
            adam.step()
            schedule.step()
            show(history)
    return history.loss


def sample(model: GPT, generator: np.random.Generator, temperature: float = 0.7) -> str:
    """A name, letter by letter; a lower temperature keeps to what is most probable."""
    tokens = [END]
    with no_grad():
        while len(tokens) < LENGTH and (len(tokens) == 1 or tokens[-1] != END):
            chances = softmax([logit / temperature for logit in model(tokens)[-1]])
            tokens.append(int(generator.choice(27, p=[chance.data for chance in chances])))
    return "".join(LETTERS[token] for token in tokens if token != END)


def main(out: Path, seed: int = 0, updates: int = 400, temperature: float = 0.7) -> None:
    """Learn to invent names.

    updates       of the parameters, each after 32 names of one length
    temperature   of the sampling: near 0 the most probable letters only, above 1 wilder ones
    """
    if temperature <= 0:
        raise OptionError(f"temperature must be above 0, not {temperature:g}")
    generator = np.random.default_rng(seed)
    model, names = draw_model(generator), read_names()
    generator.shuffle(names)
    held_out, known = names[:30], names[30:]

    def test() -> float:
        with no_grad():
            return float(np.mean([model.loss(encode(name)).data for name in held_out]))

    # At first every letter is as probable as any other: the loss is the logarithm of 27.
    print(f"{len(model.parameters()):,} parameters, {len(known)} names to learn from, {len(held_out)} held out")
    print(f"loss on those held out: {test():.3f} at first; log 27 is {np.log(27):.3f}")
    losses = train(model, known, updates, generator)
    print(f"loss on those held out: {test():.3f} after {updates} updates")
    smooth = [np.mean(losses[max(0, at - 25) : at]) for at in range(1, updates + 1)]
    ax = lines(None, {"mean of the last 25": smooth}, title="GPT: cross-entropy a letter", xlabel="update")
    ax.plot(range(1, updates + 1), losses, color="silver", zorder=0, label="each batch")
    add_legend(ax)
    save(ax, out / "loss.png", "The loss, update by update: how surprising the next letter is, on average.")

    invented = [sample(model, generator, temperature) for _ in range(20)]
    print(f"\nTwenty names; {len(set(invented) - set(names))} of them are in no list:\n")
    for start in range(0, 20, 5):
        print("  " + "".join(f"{name:16}" for name in invented[start : start + 5]).rstrip())

    # One name's graph, folded: every residual connection is a line around a box. And the gradient in each.
    loss = model.loss(encode(held_out[0]))
    loss.label = "loss"
    loss.backward()
    drawing, flow = viz.draw(loss), viz.gradient_flow(loss)
    what = f"The graph of the loss of {held_out[0]!r}, {len(drawing.graph.names):,} nodes, folded."
    save(drawing, out / "graph.svg", what)
    print(f"\n{flow}")
    save(flow.plot(of="parameters"), out / "gradients.png", "The gradient of that loss in each matrix.")


if __name__ == "__main__":
    run(main)
