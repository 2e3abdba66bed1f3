"""Vanishing gradients: why deep sigmoid networks do not learn at their beginning, and six ways out.

On its way back a gradient is multiplied by the slope of every activation that it passes, and a sigmoid's slope is at
most 0.25. Two neurons show it on paper, fifty layers in practice: the first layers receive next to nothing and stay
where they are. ReLUs, a fitting initialisation, batch normalisation and residual connections keep the gradient alive
through depth. The gates of LSTM and GRU keep it alive through time, if they start open.
"""

from pathlib import Path

import numpy as np

import nn
import viz
from demos.runner import heading, panels, run, save
from engine import Value, grad
from engine import sum as add
from viz.plots import COLOURS, MARKERS, new_axes

LAYERS = {
    "sigmoid": ("sigmoid", "xavier_uniform", None),
    "tanh, Xavier": ("tanh", "xavier_uniform", None),
    "ReLU, Xavier": ("relu", "xavier_uniform", None),
    "ReLU, He": ("relu", "he_uniform", None),
    "leaky ReLU, He": ("leaky_relu", "he_uniform", None),
    "sigmoid, batch norm": ("sigmoid", "xavier_uniform", "batch norm"),
    "sigmoid, residual": ("sigmoid", "xavier_uniform", "residual"),
}
RECURRENT = {  # and the gate that is opened, of PyTorch's order: the LSTM's forget gate, the GRU's update gate
    "RNN": (nn.RNN, None),
    "LSTM": (nn.LSTM, None),
    "LSTM, gate open": (nn.LSTM, 1),
    "GRU, gate open": (nn.GRU, 1),
}


def build_chain(*weights: float) -> Value:
    """One neuron after another, each with a weight w1, w2, ... and a sigmoid; and the squared error at the end."""
    signal = Value(1.0, "x")
    for number, weight in enumerate(weights, 1):
        signal = (signal * Value(weight, f"w{number}")).sigmoid()
        signal.label = f"a{number}"
    loss = (signal - 1) ** 2
    loss.label = "loss"
    return loss


def build_network(name: str, depth: int, generator: np.random.Generator, width: int = 10) -> nn.Sequential:
    """Two inputs, hidden layers of the kind that LAYERS tells of, one output."""
    activation, init, remedy = LAYERS[name]
    hidden: list[nn.Module] = []
    for number in range(depth):
        layer = nn.Layer(width if number else 2, width, activation, init=init, generator=generator)
        if remedy == "batch norm":
            linear = nn.Layer(layer.n_in, width, "linear", init=init, generator=generator)
            hidden += [linear, nn.BatchNorm(width), nn.Activate(activation)]
        else:
            hidden.append(nn.Residual(layer) if remedy == "residual" and number else layer)
    return nn.Sequential(*hidden, nn.Layer(width, 1, "linear", generator=generator))


def measure(model: nn.Module, X: np.ndarray, y: np.ndarray) -> list[float]:
    """The root mean square of the loss's gradient by the weights of each layer, from one real backward pass."""
    outputs = model.batch(X.tolist())
    losses = [nn.binary_cross_entropy_with_logits(*pair) for pair in zip(outputs, y.tolist(), strict=True)]
    layers = [module for module in model.modules() if isinstance(module, nn.Layer)]
    weights = [[weight for neuron in layer.neurons for weight in neuron.weights] for layer in layers]
    gradients = iter(grad(add(losses) / len(losses), [weight for layer in weights for weight in layer]))
    return [float(np.sqrt(np.mean([next(gradients) ** 2 for _ in layer]))) for layer in weights]


def measure_time(name: str, steps: int, generator: np.random.Generator, width: int = 6) -> np.ndarray:
    """|gradient| of the last output by the input of each time step, the mean of 10 networks of this kind."""
    kind, gate = RECURRENT[name]
    sizes = []
    for _ in range(10):
        model = kind(1, width, generator=generator)
        for bias in model.bias_ih[gate * width : (gate + 1) * width] if gate else []:
            bias.data = 3.0  # sigmoid(3) = 0.95: the gate lets nearly all of the old state through
        inputs = [Value(number) for number in generator.normal(size=steps).tolist()]
        sizes.append(np.abs(grad(add(model(inputs)), inputs)))
    return np.mean(sizes, axis=0)


def main(out: Path, seed: int = 0, depth: int = 50, steps: int = 30) -> None:
    """Two neurons, three, then a deep network; the ways out; and the same through time.

    depth   hidden layers of the deepest network
    steps   in time of the recurrent networks
    """
    heading("1. Two neurons: the gradient of w1 is w2's, times two more factors")
    loss = build_chain(0.5, 0.8)
    print(f"{viz.chain_text(loss, 'w2')}\n\n{viz.chain_text(loss, 'w1')}")
    loss.backward()
    save(
        viz.draw(loss), out / "two_neurons.svg", "Two sigmoid neurons in a row: the gradient fades from right to left."
    )

    heading("2. Three neurons: the slopes alone leave at most 0.25 · 0.25 · 0.25 = 1/64")
    loss = build_chain(0.5, 0.8, 0.6)
    print(viz.chain_text(loss, "w1"))

    heading(f"3. Up to {depth} layers, and the ways out")
    X, y = nn.circle(24, np.random.default_rng(seed))
    depths = sorted({min(2, depth), *range(10, depth, 10), depth})
    left, right = panels(1, 2, 11, 4.8)
    print(f"  |gradient| of the weights of  {'first layer':>12}{'last layer':>12}{'first/last':>12}")
    for number, name in enumerate(LAYERS):
        looks = {
            "color": (*COLOURS, "black")[number],
            "marker": (*MARKERS, "x")[number],
            "markersize": 4,
            "label": name,
        }
        nets = [build_network(name, count, np.random.default_rng([seed, count])) for count in depths]
        sizes = [measure(net, X, y) for net in nets]
        first, last = sizes[-1][0], sizes[-1][-1]
        print(f"  {name:28}  {first:12.2g}{last:12.2g}{first / last if last else np.nan:12.2g}")
        left.plot(range(1, depth + 2), sizes[-1], markevery=max(1, depth // 10), **looks)
        right.plot(depths, [by_layer[0] for by_layer in sizes], **looks)
    left.set(title=f"{depth} hidden layers: |gradient| by layer", xlabel="layer, from input to output")
    right.set(title="|gradient| of the first layer by depth", xlabel="hidden layers")
    right.plot(depths, 0.25 ** np.array(depths, float), "k:", label="0.25 to the depth")
    for ax in (left, right):
        ax.set(yscale="log", ylabel="rms |gradient| of weights (log scale)", ylim=(1e-36, 20))
        ax.grid(alpha=0.3)
    right.legend(fontsize=8, loc="lower left")
    save(
        left,
        out / "depth.png",
        "From real backward passes: in plain sigmoid layers the gradient loses most of its size.",
    )

    # What this means for learning: how far the weights of each layer move in training.
    heading(f"4. {depth} layers in training: how far their weights move")
    ax = new_axes(7, 4.4)
    for name, colour, style in (("sigmoid", COLOURS[0], "-"), ("leaky ReLU, He", COLOURS[1], "--")):
        model = build_network(name, depth, np.random.default_rng(seed))
        layers = [layer.parameters() for layer in model.layers]
        before = [np.array([p.data for p in layer]) for layer in layers]
        adam, rule = nn.Adam(model.parameters(), lr=0.003), "binary_cross_entropy_with_logits"
        history = nn.fit(model, X, y, loss=rule, optimizer=adam, epochs=100, progress=False)
        moved = [np.abs([p.data for p in layer] - old).mean() for layer, old in zip(layers, before, strict=True)]
        print(f"  {name:15} first layer {moved[0]:8.2g}, last layer {moved[-1]:8.2g}; loss {history.loss[-1]:.3f}")
        ax.plot(range(1, depth + 2), moved, style, color=colour, label=name)
    ax.set(yscale="log", xlabel="layer, from input to output", ylabel="mean |change| of weights (log scale)")
    ax.set_title(f"How far 100 steps of Adam move each of {depth + 1} layers")
    ax.grid(alpha=0.3)
    ax.legend()
    save(ax, out / "training.png", "A layer that receives no gradient does not learn, whatever the optimiser.")

    heading(f"5. The same through time: {steps} steps of a recurrent network")
    ax = new_axes(7, 4.4)
    for name, colour, marker in zip(RECURRENT, COLOURS, MARKERS, strict=False):
        sizes = measure_time(name, steps, np.random.default_rng(seed))
        print(f"  {name:16} first step {sizes[0]:8.2g}, last step {sizes[-1]:8.2g}")
        ax.plot(range(1, steps + 1), sizes, color=colour, marker=marker, markersize=4, label=name)
    ax.set(yscale="log", xlabel="time step of the input", ylabel="mean |gradient| of the last output (log scale)")
    ax.set_title("How much the last output depends on the input of each time step")
    ax.grid(alpha=0.3)
    ax.legend()
    save(ax, out / "time.png", "Before any training, the mean of 10 networks of each kind: the past fades.")


if __name__ == "__main__":
    run(main)
