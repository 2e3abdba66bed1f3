"""Unrolled: a recurrent neuron as a chain of four copies, and the one weight that all of them share.

At each time step the new state is `tanh(w · state + u · input + b)`, with the same three parameters. To differentiate
it, the loop is written out: backpropagation through time (BPTT). The weight w is used four times, so four contributions
arrive at it, and its gradient is their sum. The state is what the neuron remembers; with w = 0 it forgets at once.
"""

from collections.abc import Sequence
from pathlib import Path

import viz
from demos.runner import heading, lines, panels, run, save, say, table
from engine import Value, dot, grad, steps
from viz.figures.axes import add_legend

INPUTS = 1.0, -0.5, 0.25, 0.5
STEPS = range(1, len(INPUTS) + 1)
TARGET = 1.0


def unroll(weights: Sequence[Value], inputs: Sequence[float] = INPUTS) -> tuple[Value, list[Value]]:
    """The squared error of the last state, and all states, with a recurrent weight for each time step."""
    u, b, state, states = Value(0.7, "u"), Value(0.1, "b"), Value(0.5, "h0"), []
    for time, (w, number) in enumerate(zip(weights, inputs, strict=True), 1):
        state = dot([w, u], [state, Value(number, f"x{time}")], b).tanh()
        state.label = f"h{time}"
        states.append(state)
    loss = (state - TARGET) ** 2
    loss.label = "loss"
    return loss, states


def share(number: float = 0.9) -> tuple[Value, Value]:
    """The loss with one weight for all steps, and that weight."""
    w = Value(number, "w")
    return unroll([w] * len(INPUTS))[0], w


def read_ledger() -> list[float]:
    """The contributions to the gradient of the shared weight, from the first time step to the last."""
    loss, w = share()
    return [step.contribution for step in steps(loss) if step.kind == "backward" and step.operand is w][::-1]


def list_states(number: float, first: float) -> list[float]:
    """The states with this weight and this first input."""
    return [state.data for state in unroll([Value(number)] * len(INPUTS), (first, *INPUTS[1:]))[1]]


def main(out: Path, seed: int = 0) -> None:
    """Four steps, four contributions, one gradient.

    seed   not used here: nothing is random
    """
    heading("1. Forward: the state after each step, beginning with h0 = 0.5")
    loss, w = share()
    states = list_states(0.9, INPUTS[0])
    table(("step", "input", "state"), [(time, x, h) for time, x, h in zip(STEPS, INPUTS, states, strict=True)])
    print(f"  loss: ({states[-1]:.3f} - {TARGET:g})² ≈ {loss.data:.4f}")

    heading("2. Backward: what arrives at w")
    rows = [*zip(map(str, STEPS), read_ledger(), strict=True), ("sum", sum(read_ledger())), ("w.grad", grad(loss, w))]
    table(("step", "to w"), [(name, f"{number:.4f}") for name, number in rows])
    say("Each is the gradient that reaches its step, with a factor w · (1 - h²) per step, times the state before it.")
    loss.backward()
    save(viz.draw(loss), out / "unrolled.svg", "Four copies of one neuron in a row; w, u and b are the same in all.")
    save(viz.page(loss), out / "unrolled.html", "Step through it: w collects four contributions in its ledger.")

    left, right = axes = panels(1, 2, 10, 3.8)
    left.bar(STEPS, read_ledger(), color="0.7", edgecolor="black")
    left.set(title="What each step contributes to w's gradient", xlabel="time step", xticks=STEPS)
    cases = [(number, first) for number in (0.9, 0.0) for first in (1, -1)]
    paths = {f"w = {number:g}, first input {first:g}": list_states(number, first) for number, first in cases}
    lines(None, paths, right, title="Hidden state over time", xlabel="time step", ylabel="state", xticks=STEPS)
    add_legend(right, below=True, ncols=2, fontsize=9)
    save(axes, out / "time.png", "Contributions by time step; and states that remember (w = 0.9) or forget (w = 0).")


if __name__ == "__main__":
    run(main)
