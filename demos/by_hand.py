"""By hand: one customer, three neurons, and every number involved in learning from one example.

Will a customer of this age and income buy? Two ReLU neurons and a sigmoid give a probability; binary cross-entropy
says how wrong it is; the chain rule says how much each of the nine weights and biases contributes to that; each moves
a little in the opposite direction, and the loss falls. Nothing is left out: take a pencil and check. The page walks
through the same graph step by step, and the worksheet has blanks instead of numbers.
"""

from pathlib import Path
from types import SimpleNamespace

import viz
from demos.runner import heading, run, save
from engine import Value, dot

CUSTOMER = {"age": 0.5, "income": 0.8}  # in hundreds of years and hundreds of thousands: small numbers learn better
START = {
    "w11": -0.4, "w12": 0.9, "b1": 0.1,  # age and income into the first hidden neuron
    "w21": 0.6, "w22": -0.2, "b2": 0.2,  # and into the second
    "u1": 0.7, "u2": -0.5, "b3": 0.1,  # the two hidden neurons into the output
}  # fmt: skip


def compute(parameters: dict[str, float], bought: int = 1) -> SimpleNamespace:
    """All Values of the graph, by name."""
    v = SimpleNamespace(**{name: Value(number) for name, number in (CUSTOMER | parameters).items()})
    v.z1, v.z2 = dot([v.w11, v.w12], [v.age, v.income], v.b1), dot([v.w21, v.w22], [v.age, v.income], v.b2)
    v.h1, v.h2 = v.z1.relu(), v.z2.relu()
    v.z = dot([v.u1, v.u2], [v.h1, v.h2], v.b3)
    v.p = v.z.sigmoid()
    v.q = 1 - v.p
    v.log_p, v.log_q = v.p.log(), v.q.log()
    v.loss = -(bought * v.log_p + (1 - bought) * v.log_q)
    for name, node in vars(v).items():
        node.label = name
    return v


def main(out: Path, seed: int = 0, rate: float = 0.5) -> None:
    """Forward, loss, backward, update, and forward again.

    rate   the learning rate
    seed   not used here: all numbers are given
    """
    heading("1. Forward and backward, every step")
    v = compute(START)
    viz.show(viz.walk_text(v.loss))
    v.loss.backward()

    # The sigmoid and the cross-entropy are made for each other: their derivatives multiply to p - target.
    heading("2. A check: ∂loss/∂z is p - 1, how far the probability is from the truth")
    print(f"  by the chain rule  {v.z.grad:.10f}\n  p - 1              {v.p.data - 1:.10f}")

    heading(f"3. Update: subtract {rate:g} times its gradient from each parameter")
    updated = {}
    for name, number in START.items():
        gradient = vars(v)[name].grad
        updated[name] = number - rate * gradient
        print(f"  {name:4} = {number:5.2f} - {rate:g} · ({gradient:9.6f}) = {updated[name]:9.6f}")

    heading("4. Forward again, with the new numbers")
    after = compute(updated)
    print(f"  p     {v.p.data:.6f} before, {after.p.data:.6f} after")
    print(f"  loss  {v.loss.data:.6f} before, {after.loss.data:.6f} after")

    save(viz.draw(v.loss), out / "by_hand.svg", "The whole computation. Darker boxes have larger gradients.")
    save(viz.page(v.loss), out / "by_hand.html", "Step through it, forward and backward")
    save(viz.worksheet(v.loss), out / "by_hand_worksheet.html", "The worksheet, to print and fill in, with its key")


if __name__ == "__main__":
    run(main)
