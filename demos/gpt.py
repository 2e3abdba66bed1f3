"""GPT: a language model of four thousand parameters, each of them a Value, learns to invent names.

The model reads a name letter by letter and predicts at each position how probable each next letter is. It is built like
large GPTs, with embeddings, attention, norms and residual connections; demos/gpt_model.py has all of it. Names of the
same length have the same graph, so one graph per length is recorded and replayed over all names of that length. After
a hundred updates or so it invents names that sound like those it learned from but are not among them.
"""

from pathlib import Path

import numpy as np

import viz
from demos.gpt_model import draw_model
from demos.names import encode, judge, read_names, sample, share_names, train_gpt
from demos.runner import OptionError, lines, run, save
from viz.figures.axes import add_legend


def main(out: Path, seed: int = 0, updates: int = 400, temperature: float = 0.7) -> None:
    """Learn to invent names.

    updates       of the parameters, each after 16 names of one length
    temperature   of the sampling: near 0 only the most probable letters, above 1 wilder names
    """
    if temperature <= 0:
        raise OptionError(f"temperature must be above 0, not {temperature:g}")
    generator, (known, held_out) = np.random.default_rng(seed), share_names(seed)
    untrained = draw_model(generator)

    # At first every letter is as probable as any other: the loss is the logarithm of 27.
    print(f"{len(untrained.parameters()):,} parameters, {len(known)} names to learn from, {len(held_out)} held out")
    print(f"loss on names held out: {judge(untrained, held_out):.3f} at first; log 27 is {np.log(27):.3f}")
    model, losses, after = train_gpt(seed, updates)
    print(f"loss on names held out: {after:.3f} after {updates} updates")
    smooth = [np.mean(losses[max(0, at - 25) : at]) for at in range(1, updates + 1)]
    ax = lines(None, {"mean of the last 25": smooth}, title="GPT: cross-entropy a letter", xlabel="update")
    ax.plot(range(1, updates + 1), losses, color="silver", zorder=0, label="each batch")
    add_legend(ax)
    save(ax, out / "loss.png", "The loss, update by update: how surprising the next letter is, on average.")

    invented = [sample(model, generator, temperature) for _ in range(20)]
    print(f"\nTwenty names, of which {len(set(invented) - set(read_names()))} are new:\n")
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
