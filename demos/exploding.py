"""Exploding gradients: large weights, a recurrent network, and what clipping does about them.

The product that makes gradients vanish makes them explode where its factors are larger than 1: with large starting
weights from layer to layer, and in a recurrent network from time step to time step, since there it is the same factor
every time. One step along such a gradient throws the weights far away. Clipping keeps the direction of the gradient
and limits its length.
"""

from pathlib import Path

import numpy as np

import nn
from demos.runner import heading, panels, run, save
from demos.vanishing import measure
from engine import Value, grad
from viz.plots import COLOURS, MARKERS, new_axes


def fade(weight: float, steps: int) -> float:
    """The gradient of the last state by the first, in the smallest recurrent network: state = weight · state + 1."""
    state = first = Value(0.0, "state")
    for _ in range(steps):
        state = weight * state + 1.0
    return grad(state, first)


def learn_mean(clip: float | None, seed: int, epochs: int) -> tuple[nn.History, list[float]]:
    """An RNN without saturation learns the mean of 20 numbers; the loss, and the largest gradient of every epoch."""
    generator = np.random.default_rng(seed)
    X = generator.normal(1, 1, (30, 20))
    rnn = nn.RNN(1, 4, "relu", generator=generator)
    for row in rnn.weight_hh:
        for weight in row:
            weight.data = 1.5 * abs(weight.data)  # all of one sign, so that the state grows from step to step
    model = nn.Sequential(rnn, nn.Layer(4, 1, "linear", generator=generator))
    sizes: list[float] = []

    def note(history: nn.History) -> None:
        sizes.append(max(abs(parameter.grad) for parameter in model.parameters()))

    sgd = nn.SGD(model.parameters(), lr=0.02, clip_norm=clip)
    return nn.fit(model, X, X.mean(axis=1), optimizer=sgd, epochs=epochs, callback=note, progress=False), sizes


def main(out: Path, seed: int = 0, depth: int = 10, steps: int = 50, epochs: int = 200) -> None:
    """Depth, time, and clipping.

    depth    hidden layers
    steps    in time of the recurrent network
    epochs   of training
    """
    heading(f"1. Depth: {depth} ReLU layers, weights drawn from -bound to bound")
    X, y = nn.circle(20, np.random.default_rng(seed))
    ax = new_axes(7, 4.4)
    for number, bound in enumerate((0.25, 0.5, 1.0, 2.0)):

        def init(n_in: int, n_out: int, generator: np.random.Generator, bound: float = bound) -> np.ndarray:
            return nn.init.uniform(n_in, n_out, generator, bound=bound)

        model = nn.MLP(2, [10] * depth + [1], "relu", init=init, generator=np.random.default_rng(seed))
        sizes = measure(model, X, y)
        print(f"  bound {bound:4.2f}: first layer {sizes[0]:9.2g}, last layer {sizes[-1]:9.2g}")
        looks = {"color": COLOURS[number], "marker": MARKERS[number]}
        ax.plot(range(1, depth + 2), sizes, label=f"weights up to ±{bound:g}", **looks)
    ax.set(yscale="log", xlabel="layer, from input to output", ylabel="rms |gradient| of weights (log scale)")
    ax.set_title("Too small, about right, too large: the gradient by layer")
    ax.grid(alpha=0.3)
    ax.set_ylim(top=3e7)
    ax.legend(ncols=2, loc="upper center")
    save(
        ax, out / "depth.png", "Small weights let the gradient vanish, large ones let it explode, in all layers alike."
    )

    heading("2. Time: state = w · state + 1, the gradient of the last state by the first")
    counts = sorted({1, *range(10, steps, 10), steps})
    ax = new_axes(7, 4.4)
    print(f"  {'steps':>8}" + "".join(f"{count:10}" for count in counts[-6:]))
    for number, weight in enumerate((0.5, 0.9, 1.0, 1.1, 1.5)):
        sizes = [fade(weight, count) for count in counts]
        print(f"  w = {weight:4.1f}" + "".join(f"{size:10.2g}" for size in sizes[-6:]))
        ax.plot(counts, sizes, color=COLOURS[number], marker=MARKERS[number], label=f"w = {weight:g}")
    ax.set(yscale="log", xlabel="time steps between the two", ylabel="gradient (log scale)")
    ax.set_title("The same factor at every step: w to the number of steps")
    ax.grid(alpha=0.3)
    ax.legend()
    save(ax, out / "time.png", "A recurrent weight below 1 makes the gradient vanish, one above 1 makes it explode.")

    heading("3. A recurrent network with too large weights, without and with clipping")
    axes = panels(2, 1, 8, 6.4, sharex=True)
    for number, (name, clip) in enumerate({"no clipping": None, "clipped to length 1": 1.0}.items()):
        history, sizes = learn_mean(clip, seed, epochs)
        print(f"  {name}: the loss goes from {history.loss[0]:.2g} to {history.loss[-1]:.2g},")
        print(f"    the largest gradient is {max(sizes):.1g};\n    {history.reason}")
        looks = {"color": COLOURS[number], "linestyle": ("-", "--")[number], "linewidth": 2, "label": name}
        axes[0].plot(range(1, history.epochs + 1), np.minimum(history.loss, 1e12), **looks)
        axes[1].plot(range(1, history.epochs + 1), np.minimum(sizes, 1e12), **looks)
    axes[0].set(yscale="log", ylabel="mean loss (log scale)", title="With and without clipping (cut at 1e12)")
    axes[1].set(yscale="log", ylabel="largest |gradient| (log scale)", xlabel="epoch")
    for ax in axes:
        ax.grid(alpha=0.3)
        ax.legend()
    save(
        axes,
        out / "clipping.png",
        "One step along an exploding gradient spoils everything; a clipped one does no harm.",
    )


if __name__ == "__main__":
    run(main)
