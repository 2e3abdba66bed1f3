"""Recurrence and generation: what its demos claim."""

import numpy as np

from demos import forgery, gates, memory, symbols, unrolled
from demos.claims import Claim
from engine import Value, grad


def measure_sum(seed: int) -> tuple[float, float]:
    """How far the sum of the ledger, and its last contribution alone, are from how the loss really changes with w."""
    slope = (unrolled.share(0.9 + 1e-6)[0].data - unrolled.share(0.9 - 1e-6)[0].data) / 2e-6
    return abs(sum(unrolled.read_ledger()) - slope), abs(unrolled.read_ledger()[-1] - slope)


def measure_copies(seed: int) -> tuple[float, float]:
    """How far the ledger, and its reverse, are from the gradients of four separate weights of equal size."""
    copies = [Value(0.9) for _ in unrolled.INPUTS]
    loss, _ = unrolled.unroll(copies)
    ledger, gradients = unrolled.read_ledger(), [grad(loss, copy) for copy in copies]
    return tuple(max(abs(a - b) for a, b in zip(order, gradients, strict=True)) for order in (ledger, ledger[::-1]))


def measure_memory(number: float) -> float:
    """How far apart the last states are after a first input of 1 and of -1, with this recurrent weight."""
    return abs(unrolled.list_states(number, 1.0)[-1] - unrolled.list_states(number, -1.0)[-1])


def fade(name: str, seed: int) -> float:
    """The gradient of the first number, divided by that of the last."""
    flow = memory.learn(name, seed)[0]
    return float(flow[0] / flow[-1])


def share_learned(name: str, seed: int) -> float:
    """The share of ten starts that learn to remember."""
    return len(memory.learn(name, seed)[1]) / 10


OPEN, SHUT = "GRU, open gate", "GRU"
KEEPS = {"LSTM": "forget", "GRU": "update"}  # the gate that keeps the state


def mean_gate(cell: str, seed: int, symbols: str, epochs: int = 80) -> float:
    """The mean of the gate that keeps the state, where these symbols come."""
    gate = gates.read_gates(cell, seed, epochs)[KEEPS[cell]]
    return float(np.mean([value for value, symbol in zip(gate, gates.SENTENCE, strict=True) if symbol in symbols]))


def compare_gate(cell: str):
    """What a claim measures: the gate where nothing comes, and where a light does."""
    return lambda seed: (mean_gate(cell, seed, "·"), mean_gate(cell, seed, "RG"))


def measure_training(seed: int) -> tuple[float, float]:
    """How far an LSTM's forget gate differs between nothing and a light, after training and after one epoch."""
    return tuple(mean_gate("LSTM", seed, "·", epochs) - mean_gate("LSTM", seed, "RG", epochs) for epochs in (80, 1))


def measure_forgery(seed: int) -> tuple[float, float]:
    """How far the mean or the deviation of forged numbers is off, whichever is worse, after training and before."""
    _, _, before, after, _ = forgery.play(seed)
    return tuple(float(max(abs(some.mean() - 3.0), abs(some.std() - forgery.DEVIATION))) for some in (after, before))


CLAIMS = {
    "unrolled": [
        Claim(
            "BPTT adds up what one shared weight contributes at every step",
            measure_sum,
            lambda whole, last: whole < 1e-8 < 0.01 < last,
            "sum off by {:.0e}, the last step alone {:.2f}",
        ),
        Claim(
            "each contribution is the gradient of that step's own copy",
            measure_copies,
            lambda ledger, other: ledger < 1e-12 < 0.01 < other,
            "off by {:.0e}, in the wrong order {:.2f}",
        ),
        Claim(
            "an RNN remembers by its hidden state",
            lambda seed: (measure_memory(0.9), measure_memory(0.0)),
            lambda linked, cut: linked > 0.05 > 1e-9 > cut,
            "the first input changes it by {:.2f}, with w = 0 by {:.0f}",
        ),
    ],
    "recurrent": [
        Claim(
            "through time, an RNN's gradient vanishes; open gates keep it",
            lambda seed: (fade(OPEN, seed), fade("RNN", seed)),
            lambda opened, plain: opened > 0.02 > 1e-4 > plain,
            "{:.2g} of it left 40 steps back, RNN {:.0e}",
        ),
        Claim(
            "a GRU with open gates remembers, an RNN seldom",
            lambda seed: (share_learned(OPEN, seed), share_learned("RNN", seed)),
            lambda opened, plain: opened > 0.65 > 0.55 > plain,
            "{:.0%} of ten starts, RNN {:.0%}",
        ),
        Claim(
            "the open gate makes the difference",
            lambda seed: (share_learned(OPEN, seed), share_learned(SHUT, seed)),
            lambda opened, half: opened > half + 0.15,
            "{:.0%} of ten starts, half open {:.0%}",
        ),
    ],
    "gates": [
        Claim(
            "an LSTM's forget gate keeps the cell until something comes",
            compare_gate("LSTM"),
            lambda nothing, light: nothing > light + 0.25,
            "{:.2f} where nothing comes, at a light {:.2f}",
        ),
        Claim(
            "a GRU's update gate keeps the state until something comes",
            compare_gate("GRU"),
            lambda nothing, light: nothing > light + 0.25,
            "{:.2f} where nothing comes, at a light {:.2f}",
        ),
        Claim(
            "a gate learns what to let through",
            measure_training,
            lambda after, before: after > abs(before) + 0.2,
            "tells them apart by {:.2f}, untrained {:.2f}",
        ),
    ],
    "gan": [
        Claim(
            "a generator learns to fool a discriminator",
            measure_forgery,
            lambda after, before: after < 0.35 < 1 < before,
            "mean and deviation within {:.2f}, before {:.2f}",
        ),
    ],
    "symbols": [
        Claim(
            "a recurrent network uses what came before",
            lambda seed: (symbols.learn(symbols.RNN, seed)[2], symbols.learn(symbols.CUT, seed)[2]),
            lambda linked, cut: linked < cut - 0.07,
            "loss {:.2f}, its state cut off {:.2f}",
        ),
        Claim(
            "it is less surprised by the next letter than a table",
            lambda seed: (symbols.learn(symbols.RNN, seed)[2], symbols.count(seed)),
            lambda network, pairs: network < pairs - 0.03,
            "loss {:.2f}, table {:.2f}",
        ),
        Claim(
            "a GPT, which looks back at all letters, is less surprised still",
            lambda seed: (symbols.learn(symbols.GPT, seed)[2], symbols.learn(symbols.RNN, seed)[2]),
            lambda gpt, network: gpt < network - 0.02,
            "loss {:.2f}, recurrent network {:.2f}",
        ),
    ],
}
