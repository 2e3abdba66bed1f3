"""Values that are not among a model's parameters: found where there is an order, warned about elsewhere."""

import functools
import warnings
from collections import deque
from dataclasses import dataclass

import numpy as np
import pytest

import nn
from engine import Value
from nn import Module

ROWS, TARGETS = [[1.0], [2.0]], [1.0, 2.0]


@dataclass
class Plain:
    held: object


class Made(Module):
    """w * x + bias, with w wherever `keep` puts it."""

    def __init__(self, keep, read):
        self.bias = Value(0.5)
        self.kept = keep(Value(2.0, "w"))
        self._read = read

    def forward(self, row):
        return self._read(self.kept) * row[0] + self.bias


def two(w):
    return np.array([[w, Value(3.0)]], dtype=object)


FOUND = {
    "a list": (lambda w: [w], lambda kept: kept[0], ["kept[0]"]),
    "a deque": (lambda w: deque([w]), lambda kept: kept[0], ["kept[0]"]),
    "an array": (two, lambda kept: kept[0, 0], ["kept[0][0]", "kept[0][1]"]),
    "an array of nothing around it": (lambda w: np.array(w, dtype=object), lambda kept: kept.item(), ["kept"]),
    "a dict in a deque": (lambda w: deque([{"a": (w,)}]), lambda kept: kept[0]["a"][0], ["kept[0]['a'][0]"]),
}
WARNED = {
    "a set": (lambda w: {w}, lambda kept: next(iter(kept)), "kept is a set"),
    "a set in a list": (lambda w: [frozenset([w])], lambda kept: next(iter(kept[0])), r"kept\[0\] is a frozenset"),
    "a plain object": (Plain, lambda kept: kept.held, "kept is a Plain"),
    "a list in an object": (lambda w: Plain([w]), lambda kept: kept.held[0], "kept is a Plain"),
    "a closure": (lambda w: lambda: w, lambda kept: kept(), "kept is a function"),
    "a default": (lambda w: lambda w=w: w, lambda kept: kept(), "kept is a function"),
    "a partial": (lambda w: functools.partial(abs, w), lambda kept: kept.args[0], "kept is a partial"),
    "a method": (lambda w: Plain(w).__eq__, lambda kept: kept.__self__.held, "kept is a method"),
    "a result": (lambda w: w * 0.5, lambda kept: kept, r"kept is the result of '\*'"),
}


@pytest.mark.parametrize("name", FOUND)
def test_parameters_are_found_where_there_is_an_order(tmp_path, name):
    keep, read, names = FOUND[name]
    model = Made(keep, read)
    assert [name for name, _ in model.named_parameters()] == ["bias", *names]
    before = read(model.kept).data
    nn.fit(model, ROWS, TARGETS, epochs=2, progress=False)
    assert read(model.kept).data != before
    nn.save(model, tmp_path / "model")
    again = Made(keep, read)
    nn.load(tmp_path / "model", again)
    assert read(again.kept).data == read(model.kept).data


@pytest.mark.parametrize("name", WARNED)
def test_where_there_is_none_a_warning_names_the_place(tmp_path, name):
    keep, read, message = WARNED[name]
    model = Made(keep, read)
    for look in (model.parameters, model.state_dict, lambda: nn.save(model, tmp_path / "model")):
        with pytest.warns(UserWarning, match=rf"^{message}, and Value\(data=2.0, .*label='w'\) within it is not found"):
            look()
    with pytest.warns(UserWarning, match="not found|will not be learned") as seen:
        nn.fit(model, ROWS, TARGETS, epochs=1, progress=False)
    assert any("the loss depends on Value(data=2.0" in str(warning.message) for warning in seen)
    assert {warning.filename for warning in seen if "the loss" in str(warning.message)} == {__file__}
    assert not any(warning.filename.endswith("updates.py") for warning in seen)  # the checks have said it
    with pytest.warns(UserWarning, match="not found"):
        report = nn.doctor(model, ROWS, TARGETS)
    assert [finding.place for finding in report.findings if finding.kind == "no parameter"] == ["w"]


SCALE = Value(2.0, "scale")


class Scaled(Module):
    """Has a part that no attribute holds."""

    def __init__(self):
        self.w = Value(1.0)

    def forward(self, row):
        return self.w * row[0] * SCALE


def test_a_leaf_of_nowhere_that_is_detached_is_not_to_be_learned():
    class Detached(Scaled):
        def forward(self, row):
            return self.w * row[0] * SCALE.detach()

    nn.fit(Detached(), ROWS, TARGETS, epochs=1, progress=False)  # without a warning, which would be an error
    assert not [finding for finding in nn.doctor(Detached(), ROWS, TARGETS).findings if finding.kind == "no parameter"]


@pytest.mark.parametrize("record", [True, False])
def test_a_leaf_of_nowhere_is_warned_about_by_fit_and_doctor(record):
    message = r"the loss depends on Value\(data=2.0, .*label='scale'\), which is no parameter of the model and will not"
    with pytest.warns(UserWarning, match=message):
        nn.fit(Scaled(), ROWS, TARGETS, epochs=1, progress=False, record=record)
    place = next(finding.place for finding in nn.doctor(Scaled(), ROWS, TARGETS).findings)
    assert place == "scale"
    weight = Value(0.1)

    def loss(prediction, target):
        return weight * (prediction - target) ** 2

    with pytest.warns(UserWarning, match=r"the loss depends on Value\(data=0.1, .*"):
        nn.fit(nn.MLP(1, [1]), ROWS, TARGETS, loss=loss, epochs=1, progress=False, record=record)


class Innocent(Module):
    """Keeps, makes and shares all that may be kept, made and shared."""

    def __init__(self):
        self.w, self._frozen = Value(1.0), Value(3.0)
        self._object, self._set = Plain(Value(1.0)), {Value(1.0)}
        self.layer = self.again = nn.Layer(1, 1, "linear", init="constant")
        self.optimizer = nn.SGD(self.parameters(), lr=0.01)
        self.activation = lambda value: value.tanh() * self.w
        self.names, self.count, self.table = {"a", "b"}, 0, np.zeros(3)
        self.generator = np.random.default_rng(0)

    def forward(self, row):
        total = Value(0.0)
        for value in self.layer(row):
            total = total + self.activation(value) * self._frozen
        if self.training:
            self.hidden = total
        held = [self._object.held, *self._set]
        return total * held[0] * held[1] * 2


@pytest.mark.parametrize("record", [True, False])
def test_innocent_models_are_not_warned_about(tmp_path, record):
    temperature = Value(1.0)
    for _ in range(2):
        model = Innocent()
        optimizer = nn.SGD([*model.parameters(), temperature], lr=0.001)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            nn.fit(
                model, ROWS, TARGETS, loss=lambda p, t: (p - t * temperature) ** 2, optimizer=optimizer, epochs=2,
                progress=False, record=record,
            )  # fmt: skip
            nn.save(model, tmp_path / "model")
            model.hidden = model([Value(1.0)])
            assert len(model.parameters()) == 3
    assert not [finding for finding in nn.doctor(model, ROWS, TARGETS).findings if finding.kind == "no parameter"]
