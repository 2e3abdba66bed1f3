"""By hand: one customer, three neurons, and every number of learning from one example.

Will a customer of this age and income buy? Two ReLU neurons and a sigmoid give a probability; binary cross-entropy
says how wrong it is; the chain rule says how much each of the nine weights and biases has to do with that; each moves
a little the other way, and the loss falls. Nothing is left out: take a pencil and check. The page walks through the
same graph step by step, and the worksheet has blanks in place of the numbers.
"""

from pathlib import Path

import viz
from demos.runner import heading, run, save
from engine import Value, dot, toposort

CUSTOMER = {"age": 0.5, "income": 0.8}  # in hundreds of years and hundreds of thousands: small numbers learn better
START = {
    "w11": -0.4, "w12": 0.9, "b1": 0.1,  # age and income into the first hidden neuron
    "w21": 0.6, "w22": -0.2, "b2": 0.2,  # and into the second
    "u1": 0.7, "u2": -0.5, "b3": 0.1,  # the two hidden neurons into the output
}  # fmt: skip


def compute(parameters: dict[str, float], bought: int = 1) -> tuple[Value, dict[str, Value]]:
    """The loss for the customer, and all named Values of the graph."""
    age, income = (Value(number, name) for name, number in CUSTOMER.items())
    w11, w12, b1, w21, w22, b2, u1, u2, b3 = (Value(number, name) for name, number in parameters.items())
    z1, z2 = dot([w11, w12], [age, income], b1), dot([w21, w22], [age, income], b2)
    h1, h2 = z1.relu(), z2.relu()
    z = dot([u1, u2], [h1, h2], b3)
    p = z.sigmoid()
    q = 1 - p
    log_p, log_q = p.log(), q.log()
    loss = -(bought * log_p + (1 - bought) * log_q)
    named = {"z1": z1, "z2": z2, "h1": h1, "h2": h2, "z": z, "p": p, "q": q, "log_p": log_p, "log_q": log_q}
    named["loss"] = loss
    for name, node in named.items():
        node.label = name
    return loss, {node.label: node for node in toposort(loss) if node.label}


def main(out: Path, seed: int = 0, rate: float = 0.5) -> None:
    """Forward, loss, backward, update, and forward again.

    rate   the learning rate
    seed   not used here: all numbers are given
    """
    loss, named = compute(START)

    heading("1. Forward and backward, every step")
    viz.show(viz.walk_text(loss))
    loss.backward()

    # The sigmoid and the cross-entropy are made for each other: their slopes cancel to p - target.
    heading("2. A check: ∂loss/∂z is p - 1, how far the probability is from the truth")
    print(f"  by the chain rule  {named['z'].grad:.10f}")
    print(f"  p - 1              {named['p'].data - 1:.10f}")

    heading(f"3. Update: each parameter goes {rate:g} times its gradient downhill")
    updated = {name: named[name].data - rate * named[name].grad for name in START}
    for name, number in START.items():
        print(f"  {name:4} = {number:5.2f} - {rate:g} · ({named[name].grad:9.6f}) = {updated[name]:9.6f}")

    heading("4. Forward again, with the new numbers")
    after, renamed = compute(updated)
    print(f"  p     {named['p'].data:.6f} before, {renamed['p'].data:.6f} after")
    print(f"  loss  {loss.data:.6f} before, {after.data:.6f} after")

    save(viz.draw(loss), out / "by_hand.svg", "The whole computation. Darker boxes have larger gradients.")
    save(viz.page(loss), out / "by_hand.html", "Step through it, forward and backward")
    save(viz.worksheet(loss), out / "by_hand_worksheet.html", "The worksheet, to print and fill in, with its key")


if __name__ == "__main__":
    run(main)
