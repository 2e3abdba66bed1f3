"""What changes while a program trains recorded: attributes, parameters, random draws, counts, what nobody sees."""

import random
import re
import types
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from fractions import Fraction
from itertools import count, cycle
from numbers import Number

import numpy as np
import pytest

import engine
import nn
from engine import Value
from nn.training.environment import Environment
from nn.training.updates import Updates
from tests.nn.training.comparing import Own, X, Y, assert_right, mlp, train

HERE = re.escape(__file__) + r":\d+ looks at a number"


class Descent(nn.Optimizer):
    def move(self, data, gradient):
        data -= self.lr * gradient


def scaled(model, row):
    return model.layer(row) * model.temperature


@pytest.mark.parametrize("when", [1, 2, 3, 5])
def test_an_attribute_that_a_callback_sets(when):
    def make(_):
        model = Own(scaled)

        def cool(history):
            if history.epochs >= when:
                model.temperature *= 0.7

        return {"model": model, "callback": cool, "validation": (X, Y)}

    assert_right(make)


@pytest.mark.parametrize("offset", [0.2, 0.25, 0.3, 0.35])
def test_an_attribute_that_a_callback_sets_where_samples_change_their_course(offset):
    def make(_):
        model = Own(scaled)

        def loss(p, t):
            return (p - t) ** 2 * model.temperature if p > offset else abs(p - t) * model.temperature

        def cool(history):
            model.temperature *= 0.7

        return {"model": model, "callback": cool, "loss": loss, "optimizer": nn.SGD(model.parameters(), lr=0.5)}

    assert_right(make, batch_size=3)


class Annealing(nn.schedules.Schedule):
    """A schedule that cools a model besides."""

    def rate(self, steps):
        return self.base * 0.7 ** (steps // 3)

    def step(self):
        super().step()
        self.model.temperature = 0.9 ** (self.steps // 3)


@pytest.mark.parametrize("look", ["rate", "steps", "attribute"])
@pytest.mark.parametrize("per_batch", [False, True])
def test_what_a_schedule_sets(look, per_batch, monkeypatch):
    monkeypatch.setattr(nn.schedules.Schedule, "per_batch", per_batch)

    def make(_):
        model = Own(scaled)
        optimizer = nn.SGD(model.parameters(), lr=0.1)
        schedule = Annealing(optimizer) if look == "attribute" else nn.StepLR(optimizer, 3, 0.7)
        schedule.model = model
        size = {"rate": lambda: optimizer.lr, "steps": lambda: schedule.steps, "attribute": lambda: 1.0}[look]
        options = {"model": model, "optimizer": optimizer, "schedule": schedule}
        return options | {"loss": lambda p, t: (p - t) ** 2 + size() * abs(p)}

    assert_right(make, epochs=12)


@pytest.mark.parametrize("holds", [False, True])
def test_a_schedule_is_looked_after_in_an_epoch_where_the_rate_may_be_read(holds, monkeypatch):
    """Each look goes through all that model and loss hold."""
    looks = []
    look = Updates.look_around
    monkeypatch.setattr(Updates, "look_around", lambda updates: looks.append(1) or look(updates))
    model = Own(scaled)
    optimizer = nn.SGD(model.parameters(), lr=0.1)
    loss = (lambda p, t: (p - t) ** 2 + optimizer.lr) if holds else "mse"
    options = {"optimizer": optimizer, "schedule": nn.OneCycleLR(optimizer, 0.1, 20), "loss": loss}
    nn.fit(model, X, Y, epochs=2, batch_size=-(-len(X) // 4), progress=False, **options)
    assert len(looks) == (10 if holds else 2)


@pytest.mark.parametrize("option", ["callback", "schedule"])
def test_what_each_update_sets_is_said_after_an_epoch(option):
    def make(_):
        model = Own(scaled)
        optimizer = nn.Adam(model.parameters())
        options = {"callback": lambda history: None, "schedule": nn.StepLR(optimizer, 3)}
        loss = {"loss": lambda p, t: (p - t) ** 2 + optimizer.steps * abs(p)}
        return {"model": model, "optimizer": optimizer, option: options[option]} | loss

    assert_right(make, "from an update in epoch 1 on, and nobody noticed", batch_size=None, epochs=1)
    (text,) = train(make, True)[1]
    assert "in epoch 1" in text


@pytest.mark.parametrize("held", ["list", "dict", "object", "array", "closure", "class", "deep"])
def test_what_a_callback_sets_elsewhere(held):
    class Settings:
        temperature = 1.0

    def make(_):
        kept = {
            "list": [1.0], "dict": {"t": 1.0}, "object": types.SimpleNamespace(t=1.0), "array": np.ones(1),
            "closure": None, "class": Settings, "deep": {"within": [[1.0]]},
        }[held]  # fmt: skip
        number = Settings.temperature = 1.0

        def read():
            match held:
                case "list" | "array":
                    return float(kept[0])
                case "dict":
                    return kept["t"]
                case "object":
                    return kept.t
                case "class":
                    return kept.temperature
                case "deep":
                    return kept["within"][0][0]
            return number

        def write(history):
            nonlocal number
            number = read() * 0.7
            match held:
                case "list" | "array":
                    kept[0] = number
                case "dict":
                    kept["t"] = number
                case "object":
                    kept.t = number
                case "class":
                    kept.temperature = number
                case "deep":
                    kept["within"][0][0] = number

        return {"model": Own(lambda model, row: model.layer(row) * read()), "callback": write}

    assert_right(make)


class Slots:
    __slots__ = ("temperature",)


settings = types.ModuleType("settings")
SETTINGS = [1.0]


class Warm(Own):
    @property
    def warmth(self):
        return settings.temperature

    @staticmethod
    def heat():
        return SETTINGS[0]


@pytest.mark.parametrize(
    ("place", "read"),
    [
        (slots := Slots(), lambda _: slots.temperature), (scaled, lambda _: scaled.temperature),
        (settings, lambda _: settings.temperature), (settings, lambda model: model.warmth),
        (settings, lambda _: sum(settings.temperature * share for share in (0.5, 0.5))),
        (SETTINGS, lambda model: model.heat()),
    ],
)  # fmt: skip
def test_what_a_callback_sets_in_out_of_the_way_places(place, read):
    def put(number):
        if isinstance(place, list):
            place[0] = number
        else:
            place.temperature = number

    def make(_):
        put(1.0)
        return {
            "model": Warm(lambda model, row: model.layer(row) * read(model)),
            "callback": lambda h: put(0.7**h.epochs),
        }

    assert_right(make)


def test_a_parameter_that_a_callback_replaces():
    def make(model):
        def replace(history):
            model.layers[0].neurons[0].bias = Value(1.5)

        return {"callback": replace, "validation": (X, Y)}

    assert_right(make)


@pytest.mark.parametrize("count", [3, 10])
@pytest.mark.parametrize("optimizer_class", [nn.SGD, Descent])
def test_parameters_that_a_callback_lets_the_optimizer_learn(optimizer_class, count):
    def make(model):
        optimizer = optimizer_class(model.parameters()[-5:], lr=0.1)

        def choose(history):
            if history.epochs == 2:
                optimizer.parameters = model.parameters()[-count:]

        return {"optimizer": optimizer, "callback": choose}

    assert_right(make)


def test_parameters_that_do_not_fit_what_the_optimizer_keeps():
    def make(model):
        adam = nn.Adam(model.parameters()[-5:])
        return {"optimizer": adam, "callback": lambda _: setattr(adam, "parameters", model.parameters())}

    for record in (True, False):
        with pytest.raises(ValueError, match="Adam keeps numbers of other parameters"):
            train(make, record)


unseen = ContextVar("unseen")


@pytest.mark.parametrize(("when", "since"), [(1, 1), (3, 3), (5, 5)])
def test_what_changes_unseen_is_said_from_when(when, since):
    unseen.set(1.0)

    def make(_):
        unseen.set(1.0)

        def cool(history):
            if history.epochs == when:
                unseen.set(0.5)

        return {"model": Own(lambda model, row: model.layer(row) * unseen.get()), "callback": cool}

    numbers, warned = train(make, True)
    assert len(warned) == 1
    assert re.search(
        f"{'records anew' if when < 5 else 'has computed with a recorded tape'}: .*from epoch {since} on", warned[0]
    )
    if when == 1:
        np.testing.assert_allclose(numbers, train(make, False)[0], rtol=1e-9)


def test_what_changes_unseen_again_and_again_is_given_up():
    def make(_):
        unseen.set(1.0)

        def cool(history):
            unseen.set(unseen.get() * 0.9)

        return {"model": Own(lambda model, row: model.layer(row) * unseen.get()), "callback": cool}

    numbers, warned = train(make, True)
    assert [("anew" in text, "with Values" in text) for text in warned] == [(True, False), (False, True)]
    np.testing.assert_allclose(numbers, train(make, False)[0], rtol=1e-9)


@pytest.mark.parametrize(
    "draw",
    [
        lambda model: random.random() < 0.9, lambda model: np.random.random() < 0.9,
        lambda model: model.generator.random() < 0.9, lambda model: 1 + 0.1 * random.gauss(0, 1),
        lambda model: random.choice([1.0, 1.0, 1.0, 2.0]), lambda model: DRAWS.normal(), lambda model: OTHERS.random(),
        lambda model: sum(DRAWS.random() for _ in "ab") < 1.6, lambda model: Drawing.draw() < 0.9,
        lambda model: Drawing().drawn < 0.9, lambda model: bound() < 0.9,
    ],
)  # fmt: skip
def test_draws_by_hand_stay_draws(draw):
    def make(_):
        DRAWS.bit_generator.state = np.random.default_rng(4).bit_generator.state
        OTHERS.seed(4)
        return {"model": Own(lambda model, row: model.layer([x * draw(model) for x in row]))}

    assert_right(make, "draws random numbers")


DRAWS, OTHERS = np.random.default_rng(4), random.Random(4)
bound = DRAWS.random


class Drawing:
    draw = staticmethod(lambda: DRAWS.random())
    drawn = property(lambda self: DRAWS.random())


def test_draws_of_a_loss_are_given_back():
    generator = np.random.default_rng(0)

    def make(_):
        generator.bit_generator.state = np.random.default_rng(4).bit_generator.state
        return {"loss": lambda p, t: (p - t + 0.1 * generator.normal()) ** 2}

    assert_right(make, "draws random numbers")


def test_draws_in_a_callback_are_its_own():
    def make(model):
        def shake(history):
            for p in model.parameters():
                p.data += 0.01 * random.random()

        return {"callback": shake}

    assert_right(make)


class Counting(nn.Module):
    def __init__(self, start, move, read):
        self.layer, self.calls, self._move, self._read = mlp(), start, move, read

    def forward(self, row):
        calls = self._move(self.calls)
        self.calls = self.calls if calls is None else calls
        return self.layer(row) * (2 if self._read(self.calls) > 30 else 1)


class Unhashable(Number):
    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n

    def __eq__(self, other):
        return self.n == other.n


def one_more(counts):
    counts[0] += 1


def one_more_slot(slots):
    slots.temperature += 1


@pytest.mark.parametrize(
    ("start", "move", "read"),
    [
        (0, lambda calls: calls + 1, int), (np.int64(0), lambda calls: calls + 1, int),
        ("", lambda text: text + "a", len), (Fraction(0), lambda calls: calls + 1, int),
        ((0, 0), lambda pair: (pair[0] + 1, 0), lambda pair: pair[0]),
        (np.zeros(1), one_more, lambda counts: counts[0]), (np.zeros(1, object), one_more, lambda counts: counts[0]),
        ([0], one_more, lambda counts: counts[0]), ([], lambda log: log.append(0), len),
        (deque([0]), one_more, lambda counts: counts[0]), ({}, lambda log: log.update({len(log): 0}), len),
        (slots, one_more_slot, lambda slots: slots.temperature),
        (Unhashable(0), lambda calls: Unhashable(calls.n + 1), len),
    ],
)  # fmt: skip
def test_counts_are_warned_about(start, move, read):
    slots.temperature = 0
    _, warned = train(lambda _: {"model": Counting(start, move, read)}, True)
    assert re.search(r"the program changes ('.+'|\w+|item \d+ of a \w+) each time", warned[0])
    assert len(warned) == 1


def test_counts_in_functions_and_modules_are_warned_about():
    def loss(p, t):
        loss.calls += 1
        settings.temperature += 1
        return (p - t) ** 2

    loss.calls = settings.temperature = 0
    _, warned = train(lambda _: {"loss": loss}, True)
    assert re.search(r"the program changes '(calls|settings.temperature)' each time", warned[0])
    assert len(warned) == 1


@pytest.mark.parametrize("make", [count, lambda: cycle([0, 0, 1]), lambda: iter([0] * 1000), lambda: (0 for _ in X)])
def test_iterators_are_warned_about(make):
    numbers = make()
    _, warned = train(lambda _: {"loss": lambda p, t: (p - t) ** 2 * (1 + (next(numbers, 0) > 100))}, True)
    assert re.search("the program (holds .*, and a tape does not move on in it|changes '.*' each time)", warned[0])
    assert len(warned) == 1


def test_warnings_and_the_search_go_in_the_order_of_the_program():
    names = [f"call_{index}" for index in range(20)]
    scope = dict.fromkeys(reversed(names), 0)
    exec(
        f"def loss(p, t):\n    global {', '.join(names)}\n    {' = '.join(names)} = {names[0]} + 1\n    return p", scope
    )
    _, warned = train(lambda _: {"loss": scope["loss"]}, True)
    assert "changes 'call_0' each time" in warned[0]


class Stepper:
    __slots__ = ("at",)

    def __init__(self):
        self.at = 0

    def __iter__(self):
        return self

    def __next__(self):
        return self.at


@pytest.mark.parametrize("layer", [mlp(), nn.RNN(1, 2), nn.Conv1d(1, 1, 2), nn.Dropout(0.5), nn.Embedding(3, 2)])
def test_nothing_of_the_engine_is_held_by_a_program(layer):
    """Such as its list of open blocks, which other threads change."""
    with engine.no_grad():
        inside = Environment(layer, Value.tanh, engine.dot).copy()
    assert inside == Environment(layer, Value.tanh, engine.dot).copy()


@pytest.mark.parametrize("make", [count, lambda: iter([1, 2]), lambda: iter(range(3)), lambda: reversed("ab"), Stepper])
def test_iterators_on_which_nobody_moves_on_are_no_count(make):
    def forward(model, row):
        return model.layer(row)

    forward.held = make()
    assert_right(lambda _: {"model": Own(forward)})


def test_what_a_program_remembers_for_good_is_no_count():
    def make(_):
        known = {}

        def loss(p, t):
            return (p - t) ** 2 * known.setdefault("weight", 0.5)

        return {"loss": loss, "epochs": 3}

    assert_right(make)


def test_what_other_threads_compute_is_warned_about():
    with ThreadPoolExecutor(2) as pool:
        assert_right(
            lambda _: {"model": Own(lambda model, row: model.layer(list(pool.map(bent, row))))}, "in another thread"
        )


def bent(value):
    return value * (3.0 if value > 1.0 else 0.5)


def test_a_look_that_begins_later_is_noticed():
    def make(_):
        model = Own(lambda model, row: model.layer(row) * (1 if model.temperature == 1 else row[0].__float__()))

        def cool(history):
            model.temperature = 0.5

        return {"model": model, "callback": cool}

    assert_right(make, HERE)


@pytest.mark.parametrize(("when", "draws"), [([], False), ([0], False), ([0, 1], False), ([0, 1, 2], True)])
def test_a_run_draws_only_if_it_does_so_every_time(when, draws):
    """Another thread may draw meanwhile, as a cluster's do."""
    environment, runs = Environment(mlp()), count()
    random.seed(3)
    before = random.getstate()

    def run():
        number = next(runs)
        if number in when:
            random.random()
        return number

    assert environment.observe(run) == (min(len(when), 2), draws)
    assert random.getstate() == before
