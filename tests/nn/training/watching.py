"""Programs that look at numbers, generated: recorded they learn what they learn with Values.

python -m tests.nn.training.watching --cases 20000 --seed 0
"""

import argparse
import math
import random
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

import engine
import nn
from engine import Value
from engine.value import lift


def without_graph(thing):
    with engine.no_grad():
        return thing * 2.0


# What may be done with a number of a graph, or with a plain one; what comes out is a number, a bool or a Value.
LOOKS = {
    "data": lambda thing: getattr(thing, "data", thing),
    "float": float,
    "int": lambda thing: int(float(thing) * 3),
    "bare int": lambda thing: int(thing) if not isinstance(thing, Value) or thing.op == "" else 0,
    "round": lambda thing: round(float(thing), 1),
    "bool": bool,
    "not": lambda thing: not thing,
    "equal": lambda thing: thing == 1,
    "unequal": lambda thing: thing != 1,
    "below": lambda thing: thing < 0.2,
    "at least": lambda thing: thing >= 0.1,
    "max": lambda thing: max(thing, 0.1),
    "sorted": lambda thing: sorted([thing, 0.3, -0.2])[1],
    "sin": math.sin,
    "floor": math.floor,
    "isnan": math.isnan,
    "format": lambda thing: float(f"{float(thing):.1f}"),
    "NumPy": lambda thing: float(np.float64(thing)),
    "array": lambda thing: float(np.array([thing, thing], float).sum()),
    "dict": lambda thing: {0.0: 0.5, 1.0: 2.0}.get(thing, 1.0),
    "set": lambda thing: thing in {1.0, 2.0},
    "list": lambda thing: thing in [1.0, 2.0],
    "no_grad": without_graph,
    "gradient": lambda thing: engine.grad(lift(thing) * thing, lift(thing)) if isinstance(thing, Value) else 2 * thing,
    "detach": lambda thing: thing.detach() if isinstance(thing, Value) else thing,
    "repr": lambda thing: len(repr(thing)) * 0,
    "nothing": lambda thing: 0.0,
}

USES = {
    "scale": lambda value, seen: value * (1 + seen * 0.1),
    "branch": lambda value, seen: value * 1.5 if seen > 0.3 else value,
    "if": lambda value, seen: value * 1.5 if seen else value + 0.1,
    "add": lambda value, seen: value + seen * 0.1,
    "ignore": lambda value, seen: value,
}

PLACES = {
    "model": ("input", "hidden", "parameter", "constant"),
    "activation": ("hidden", "parameter"),
    "loss": ("target", "prediction", "parameter", "constant"),
    "callback": ("parameter",),
}

# What else a program may do.
DEEDS = (
    "nothing", "nothing", "nothing", "draws", "draws NumPy's", "draws its own", "counts", "attribute", "replacement",
    "global", "data",
)  # fmt: skip

SETTINGS = {"scale": 1.0}


@dataclass
class Case:
    """A program, drawn by its number."""

    seed: int

    def __post_init__(self) -> None:
        draw = random.Random(self.seed)
        self.where = draw.choice(list(PLACES))
        self.at = draw.choice(PLACES[self.where])
        self.look, self.use, self.deed = draw.choice(list(LOOKS)), draw.choice(list(USES)), draw.choice(DEEDS)
        self.deed_in_loss = draw.random() < 0.4
        self.targets = draw.choice(("few", "many", "pairs", "classes"))
        self.batch_size = draw.choice((None, 1, 4, 5))
        self.callback = draw.random() < 0.3 or self.where == "callback"
        self.epochs = draw.choice((1, 2, 3, 5))

    def __str__(self) -> str:
        deed = "" if self.deed == "nothing" else f", {self.deed} in the {'loss' if self.deed_in_loss else 'model'}"
        looked = f"{self.look} of {self.at} in the {self.where}, {self.use}{deed}"
        return f"case {self.seed}: {looked}; {self.targets} targets, batches of {self.batch_size}, {self.epochs} epochs"

    @property
    def is_innocent(self) -> bool:
        """Whether it only does what a tape can do."""
        if self.deed in ("draws", "draws NumPy's", "draws its own", "counts"):
            return False
        if self.where == "callback" or self.at == "constant":
            return True
        return self.look in ("detach", "repr", "nothing") and self.use in ("scale", "add", "ignore")

    def touch(self, value: Value, thing: Any) -> Value:
        """The look at a thing, and what it does to a value."""
        touched: Value = USES[self.use](value, LOOKS[self.look](thing))
        return touched

    def data(self) -> tuple[Any, Any]:
        generator = np.random.default_rng(self.seed)
        count = 35 if self.targets == "many" else 9
        X = generator.normal(size=(count, 2)).round(generator.integers(0, 9))
        match self.targets:
            case "few":
                y = generator.integers(0, 3, count) * 1.0
            case "many":
                y = generator.normal(size=count)
            case "pairs":
                y = generator.integers(0, 2, (count, 2)) * 1.0
            case _:
                y = generator.integers(0, 2, count)
        return X, y

    def run(self, record: bool) -> tuple[list[float], list[str]]:
        """The losses and parameters, and the warnings."""
        SETTINGS["scale"] = 1.0
        random.seed(self.seed)
        np.random.seed(self.seed % 2**32)
        program = Program(self)
        X, y = self.data()
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            history = nn.fit(
                program, X, y, loss=program.loss, epochs=self.epochs, batch_size=self.batch_size, progress=False,
                optimizer=nn.SGD(program.parameters(), lr=0.05), record=record, validation=(X, y),
                callback=program.call if self.callback else None, generator=np.random.default_rng(1),
            )  # fmt: skip
            numbers = history.loss + history.validation_loss + [p.data for p in program.parameters()]
            numbers += nn.predict(program, np.tile(X, (3, 1))[:20], record=record).ravel().tolist()
        return numbers, [str(warning.message) for warning in warned]


class Program(nn.Module):
    def __init__(self, case: Case) -> None:
        self.case = case
        generator = np.random.default_rng(case.seed)
        activation = self.activate if case.where == "activation" else "tanh"
        outputs = 2 if case.targets in ("pairs", "classes") else 1
        self.first = nn.Layer(2, 2, activation, generator=generator)
        self.last = nn.Layer(2, outputs, "linear", generator=generator)
        self.scale, self.calls = 1.0, 0
        self._generator = np.random.default_rng(case.seed)

    @property
    def parameter(self):
        return self.last.parameters()[0]

    def activate(self, value):
        return self.case.touch(value.tanh(), value if self.case.at == "hidden" else self.parameter)

    def forward(self, row):
        case, values = self.case, self.first(row)
        if case.where == "model":
            things = {
                "input": row[0], "hidden": values[0], "parameter": self.parameter, "constant": lift(0.5)
            }  # fmt: skip
            values = [case.touch(values[0], things[case.at]), *values[1:]]
        outputs = self.last([self.do(values[0]) if not case.deed_in_loss else values[0], *values[1:]])
        return outputs[0] if isinstance(outputs, list) and len(outputs) == 1 else outputs

    def do(self, value):
        """What the program does besides."""
        match self.case.deed:
            case "draws":
                return value * (random.random() < 0.8)
            case "draws NumPy's":
                return value + 0.1 * np.random.normal()
            case "draws its own":
                return value + 0.1 * self._generator.normal()
            case "counts":
                self.calls += 1
                return value * 2 if self.calls > 20 else value
            case "attribute":
                return value * self.scale
            case "global":
                return value * SETTINGS["scale"]
        return value

    def loss(self, prediction, target):
        case = self.case
        if case.targets == "classes":
            whole = nn.losses.cross_entropy(prediction, int(float(target)))
        else:
            whole = nn.losses.mse(prediction, target)
        if case.where == "loss":
            first = [prediction] if isinstance(prediction, Value) else prediction
            aim = target[0] if isinstance(target, list) else target
            things = {"target": aim, "prediction": first[0], "parameter": self.parameter, "constant": lift(0.5)}
            whole = case.touch(whole, things[case.at])
        return self.do(whole) if case.deed_in_loss else whole

    def call(self, history):
        case = self.case
        if case.where == "callback":
            case.touch(Value(1.0), self.parameter)
        if history.epochs == 2 or case.seed % 2:
            self.scale *= 0.9
            SETTINGS["scale"] *= 0.9
            if case.deed == "data":
                self.parameter.data -= 0.1
            if case.deed == "replacement":
                for neuron in self.last.neurons:
                    neuron.bias = Value(0.3)


def disagreement(case: Case) -> str:
    """What is wrong with a case, "" if nothing."""
    try:
        expected, noise = case.run(False)
    except (TypeError, ValueError, ArithmeticError) as error:  # no program at all
        try:
            case.run(True)
        except type(error):
            return ""
        return f"{case}: {type(error).__name__} with Values only: {error}"
    numbers, warned = case.run(True)
    recorded = [text for text in warned if "nn.fit" in text]
    if len(recorded) > 2 or (noise and any("nn.fit" in text for text in noise)):
        return f"{case}: too many warnings: {warned}"
    counts = case.deed == "counts"
    if not np.allclose(numbers, expected, 1e-9, 1e-9, equal_nan=True) and not (counts and recorded):
        return f"{case}: {numbers} for {expected}; {warned}"
    if recorded and case.is_innocent:
        return f"{case}: warned for nothing: {recorded}"
    return ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0, help="the number of the first case")
    asked = parser.parse_args()
    wrong = 0
    for seed in range(asked.seed, asked.seed + asked.cases):
        if found := disagreement(Case(seed)):
            wrong += 1
            print(found, flush=True)
    print(f"{asked.cases} cases, {wrong} wrong")
    raise SystemExit(wrong > 0)


if __name__ == "__main__":
    main()
