"""GPT: a language model of four thousand parameters learns to invent names, every number of it a Value.

The model reads a name letter by letter and says at each place how probable each next letter is. It is a GPT as large
ones are: embeddings for letters and places, attention with several heads, root-mean-square norms, a layer of
neurons with squared ReLUs, residual connections, cross-entropy. Names of one length have the same graph, so that one
graph a length is recorded and replayed over all names of that length. After some hundred updates it samples names
that sound like those that it learned from, and are not among them.
"""

import sys
from pathlib import Path

import numpy as np
from numpy.random import Generator

import nn
import viz
from demos.runner import run, save
from engine import Value, dot, logsumexp, no_grad, softmax
from engine import sum as add
from engine.tape import Tape, record
from viz import plots
from viz.flow import gradient_flow

LETTERS = "abcdefghijklmnopqrstuvwxyz."  # the last begins and ends a name
END = 26

Token = int | list[Value]  # the number of a letter, or one number for each letter: 1 for this one, 0 for the others


class Matrix(nn.Module):
    """Weights without biases: weights · x."""

    def __init__(self, n_in: int, n_out: int, generator: Generator) -> None:
        self.weights = [[Value(number) for number in row] for row in generator.normal(0, 0.08, (n_out, n_in)).tolist()]

    def forward(self, x: list[Value]) -> list[Value]:
        """From n_in to n_out numbers."""
        return [dot(row, x) for row in self.weights]

    def row(self, token: Token) -> list[Value]:
        """The row of a letter: an embedding."""
        return pick(token, self.weights)


def pick(token: Token, rows: list[list[Value]]) -> list[Value]:
    """The row that a token stands for."""
    return rows[token] if isinstance(token, int) else [dot(token, column) for column in zip(*rows, strict=True)]


def normalise(x: list[Value]) -> list[Value]:
    """RMS norm: the numbers divided by the root of their mean square."""
    scale = (dot(x, x) / len(x) + 1e-5) ** -0.5
    return [a * scale for a in x]


def both(x: list[Value], y: list[Value]) -> list[Value]:
    """The sums, one by one."""
    return [a + b for a, b in zip(x, y, strict=True)]


class Attention(nn.Module):
    """Each place asks a question of every place up to itself, and takes up their values by how well the keys answer."""

    def __init__(self, width: int, heads: int, generator: Generator) -> None:
        self.heads = heads
        self.query, self.key, self.value, self.output = (Matrix(width, width, generator) for _ in range(4))

    def forward(self, places: list[list[Value]]) -> list[list[Value]]:
        """From one list of numbers a place to another."""
        keys, values = [self.key(x) for x in places], [self.value(x) for x in places]
        queries = [self.query(x) for x in places]
        return [self.output(self.look_back(query, keys[:at], values[:at])) for at, query in enumerate(queries, 1)]

    def look_back(self, query: list[Value], keys: list[list[Value]], values: list[list[Value]]) -> list[Value]:
        """What one place learns from those before it and from itself; each head looks with its share of the numbers."""
        seen = []
        size = len(query) // self.heads
        for start in range(0, len(query), size):
            part = slice(start, start + size)
            attention = softmax([dot(query[part], key[part]) / size**0.5 for key in keys])
            seen += [dot(attention, column) for column in zip(*(value[part] for value in values), strict=True)]
        return seen


class GPT(nn.Module):
    """One layer of a transformer.

    width    numbers that stand for a place
    heads    of the attention; width is a multiple of it
    length   places at most
    """

    def __init__(self, generator: Generator, width: int = 16, heads: int = 4, length: int = 16) -> None:
        self.letters, self.places = Matrix(width, len(LETTERS), generator), Matrix(width, length, generator)
        self.attend = Attention(width, heads, generator)
        self.up, self.down = Matrix(width, 4 * width, generator), Matrix(4 * width, width, generator)
        self.head = Matrix(width, len(LETTERS), generator)
        self.name_parts()

    def forward(self, tokens: list[Token]) -> list[list[Value]]:
        """For each place a number for each letter: how much the next one is expected (the logits)."""
        xs = [normalise(both(self.letters.row(token), self.places.row(at))) for at, token in enumerate(tokens)]
        heard = self.attend([normalise(x) for x in xs])
        xs = [both(x, news) for x, news in zip(xs, heard, strict=True)]
        xs = [both(x, self.down([a.relu() ** 2 for a in self.up(normalise(x))])) for x in xs]
        return [self.head(x) for x in xs]

    def loss(self, tokens: list[Token]) -> Value:
        """The mean cross-entropy of each token after those before it."""
        pairs = zip(self(tokens[:-1]), tokens[1:], strict=True)
        losses = [logsumexp(logits) - pick(token, [[logit] for logit in logits])[0] for logits, token in pairs]
        return add(losses) / len(losses)


def read_names() -> list[str]:
    """The names in names.txt, invented for this project."""
    lines = Path(__file__).with_name("names.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def encode(name: str) -> list[int]:
    """The numbers of its letters, between two ends."""
    return [END, *map(LETTERS.index, name), END]


def record_length(model: GPT, length: int) -> Tape:
    """A tape of the loss of any name of this length; each letter goes in as 27 numbers."""
    letters = [[Value(0.0) for _ in LETTERS] for _ in range(length)]
    loss = model.loss([END, *letters, END])
    return record(loss, [number for letter in letters for number in letter])


def train(model: GPT, names: list[str], updates: int, generator: Generator, batch: int = 32) -> list[float]:
    """Adam, each update on a batch of names of one length; returns the loss of each."""
    optimizer = nn.Adam(model.parameters(), lr=0.01, betas=(0.85, 0.99))
    schedule = nn.LinearLR(optimizer, 1.0, 0.0, updates)
    tapes, rows = {}, {}
    for length in set(map(len, names)):
        tapes[length] = record_length(model, length)
        letters = [encode(name)[1:-1] for name in names if len(name) == length]
        rows[length] = np.eye(len(LETTERS))[letters].reshape(len(letters), -1)
    losses = []
    for _ in range(updates):
        length = len(generator.choice(names))
        tape, chosen = tapes[length], generator.choice(rows[length], batch)
        optimizer.zero_grad()
        losses.append(tape.forward(chosen).mean())
        tape.backward(1 / batch)
        optimizer.step()
        schedule.step()
    return losses


def sample(model: GPT, generator: Generator, temperature: float = 0.7) -> str:
    """A name, letter by letter; a lower temperature keeps to what is most probable."""
    tokens = [END]
    with no_grad():
        while len(tokens) < 16:
            chances = softmax([logit / temperature for logit in model(tokens)[-1]])
            token = int(generator.choice(len(LETTERS), p=[chance.data for chance in chances]))
            if token == END:
                break
            tokens.append(token)
    return "".join(LETTERS[token] for token in tokens[1:])


def main(out: Path, seed: int = 0, updates: int = 400, temperature: float = 0.7) -> None:
    """Learn to invent names.

    updates       of the parameters, each after 32 names of one length
    temperature   of the sampling: near 0 the most probable letters only, above 1 wilder ones
    """
    if temperature <= 0:
        print(f"temperature must be above 0, not {temperature:g}", file=sys.stderr)
        raise SystemExit(2)
    generator = np.random.default_rng(seed)
    model, names = GPT(generator), read_names()
    generator.shuffle(names)
    held_out, known = names[:30], names[30:]

    def test() -> float:
        with no_grad():
            return float(np.mean([model.loss(encode(name)).data for name in held_out]))

    # At first every letter is as probable as any other: the loss is the logarithm of 27.
    print(f"{len(model.parameters()):,} parameters, {len(known)} names to learn from, {len(held_out)} held out")
    print(f"loss on those held out: {test():.3f} at first; log {len(LETTERS)} is {np.log(len(LETTERS)):.3f}")
    losses = train(model, known, updates, generator)
    print(f"loss on those held out: {test():.3f} after {updates} updates")
    ax = plots.new_axes()
    ax.plot(range(1, updates + 1), losses, color="silver", label="each batch")
    means = [np.mean(losses[max(0, at - 25) : at]) for at in range(1, updates + 1)]
    ax.plot(range(1, updates + 1), means, color=plots.COLOURS[0], linewidth=2, label="mean of the last 25")
    ax.set(title="GPT: cross-entropy a letter", xlabel="update", ylabel="loss")
    ax.legend()
    save(ax, out / "loss.png", "The loss, update by update: how surprising the next letter is, on average.")

    invented = [sample(model, generator, temperature) for _ in range(20)]
    print(f"\nTwenty names; {len(set(invented) - set(names))} of them are in no list:\n")
    for start in range(0, 20, 5):
        print("  " + "".join(f"{name:16}" for name in invented[start : start + 5]).rstrip())

    # One name's graph, folded: every residual connection is a line around a box. And the gradient in each.
    name = held_out[0]
    loss = model.loss(encode(name))
    loss.label = "loss"
    loss.backward()
    drawing = viz.draw(loss)
    caption = f"The graph of the loss of {name!r}, {len(drawing.graph.names):,} nodes, folded."
    save(drawing, out / "graph.svg", caption)
    flow = gradient_flow(loss)
    print(f"\n{flow}")
    save(flow.plot(of="parameters"), out / "gradients.png", "The gradient of that loss in each matrix.")


if __name__ == "__main__":
    run(main)
