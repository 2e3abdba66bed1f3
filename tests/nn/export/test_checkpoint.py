import contextlib
import io
import json
import os
import zipfile
from functools import partial

import numpy as np
import pytest

import nn
from engine import Value
from nn import MLP, SGD, Adam, BatchNorm, ExponentialLR, Layer, Module, Sequential, StepLR, checkpoint, load, save
from nn.export.checkpoint import build, read
from tests.arrays import seeded


class Line(Module):
    def __init__(self):
        self.slope = Value(2.0)

    def forward(self, x):
        return self.slope * x


def normed():
    model = Sequential(Layer(2, 3, "prelu", generator=seeded()), BatchNorm(3), Layer(3, 1, "linear"))
    model.batch(seeded().normal(size=(4, 2)).tolist())
    return model


def test_a_model_comes_back_whole_and_by_itself(tmp_path):
    path = tmp_path / "model.npz"
    for model in (MLP(2, [3, 1], ["tanh"], generator=seeded()), normed(), nn.LSTM(2, 2, every_step=True)):
        save(model, path)
        again = load(path)
        assert repr(again) == repr(model)
        assert again.state_dict() == model.state_dict()
        assert [p.label for p in again.parameters()] == [name for name, _ in model.named_parameters()]
    assert os.listdir(tmp_path) == ["model.npz"]


def shared_layers():
    layer, norm = Layer(3, 3, "tanh", generator=seeded()), BatchNorm(3)
    return Sequential(layer, norm, nn.Residual(layer), Layer(3, 2, nn.PReLU(init=0.5)), Layer(2, 3), norm, layer)


@pytest.mark.parametrize("slope", [1.0, 0.5])
def test_a_slope_without_its_name_is_read_as_older_files_meant_it(slope, tmp_path, monkeypatch):
    path = tmp_path / "model.npz"
    monkeypatch.setattr(nn.PReLU, "__repr__", lambda prelu: f"PReLU({slope:g})")
    save(Sequential(Layer(2, 1, "linear"), nn.PReLU(init=slope)), path)
    monkeypatch.undo()
    assert repr(load(path).layers[1]) == f"PReLU(init={slope:g})"


def test_a_layer_in_two_places_comes_back_as_one(tmp_path):
    path = tmp_path / "model.npz"
    model = shared_layers()
    model.batch(seeded().normal(size=(4, 3)).tolist())
    save(model, path)
    again = load(path)
    assert again.state_dict() == model.state_dict()
    assert again.layers[0] is again.layers[2].body is again.layers[6]
    assert again.layers[1] is again.layers[5]
    assert again.layers[3].neurons[0].activation is again.layers[3].neurons[1].activation
    assert [p.label for p in again.parameters()] == [name for name, _ in model.named_parameters()]
    X = seeded(1).normal(size=(20, 3))
    assert nn.predict(again, X).tolist() == nn.predict(model, X).tolist()
    load(path, shared_layers())
    apart = Sequential(*map(build, map(repr, model.layers)))
    assert repr(apart) == repr(model)
    with pytest.raises(ValueError, match=r"missing: layers\[2\]"):
        load(path, apart)


@pytest.mark.parametrize(
    ("repeated", "message"),
    [
        (3, "places that are no names"),
        ({"layers[1]": 3}, "places that are no names"),
        ({"layers[9]": "layers[0]"}, r"the model has no layers\[9\]"),
        ({"": "layers[0]"}, r" cannot be layers\[0\]"),
        ({"layers[1].n_in": "layers[0]"}, r"layers\[1\].n_in cannot be"),
        ({"layers[1].n_in[0]": "layers[0]"}, r"the model has no layers\[1\].n_in"),
        ({"layers[1].__class__": "layers[0]"}, r"the model has no layers\[1\].__class__"),
        ({"layers[1]": "layers[7]"}, r"layers\[1\] cannot be layers\[7\]"),
        ({"layers[1]": "layers[2]"}, r"layers\[1\] cannot be layers\[2\]"),
        ({"layers[1]": ""}, r"layers\[1\] cannot be "),
        ({}, "missing|unexpected"),
    ],
)
def test_forged_places_are_refused(tmp_path, repeated, message):
    layer = Layer(1, 1)
    save(Sequential(layer, layer, Layer(1, 2)), tmp_path / "m")
    rewrite(tmp_path / "m", repeated=repeated)
    with pytest.raises(ValueError, match=f"^m: .*{message}"):
        load(tmp_path / "m")


def test_numbers_come_back_bit_by_bit(tmp_path):
    model = MLP(2, [2], generator=seeded())
    numbers = [0.1, -0.0, 5e-324, 1.7976931348623157e308, float("inf"), float("nan")]
    for parameter, number in zip(model.parameters(), numbers, strict=True):
        parameter.data = number
    save(model, tmp_path / "m")
    saved = [value.data for value in load(tmp_path / "m").parameters()]
    assert np.array(saved).tobytes() == np.array(numbers).tobytes()


def test_training_goes_on_from_a_checkpoint(tmp_path):
    def steps(model, optimizer, schedule, count):
        for _ in range(count):
            optimizer.zero_grad()
            (model([1.0, 2.0]) ** 2).backward()
            optimizer.step()
            schedule.step()

    def new(seed):
        model = MLP(2, [3, 1], generator=seeded(seed))
        optimizer = Adam(model.parameters(), lr=0.1)
        return model, optimizer, ExponentialLR(optimizer, 0.9)

    whole, again = new(0), new(1)
    steps(*whole, 3)
    save(whole[0], tmp_path / "m", optimizer=whole[1], schedule=whole[2], notes={"epoch": 3, "loss": [0.5]})
    steps(*whole, 3)
    assert load(tmp_path / "m", again[0], optimizer=again[1], schedule=again[2]) is again[0]
    steps(*again, 3)
    assert again[0].state_dict() == whole[0].state_dict()
    assert again[1].lr == whole[1].lr
    header = read(tmp_path / "m")
    assert header["notes"] == {"epoch": 3, "loss": [0.5]}
    assert header["version"] == 1


def test_a_model_of_your_own_is_given(tmp_path):
    save(Line(), tmp_path / "m")
    other = Line()
    other.slope.data = 0.0
    assert load(tmp_path / "m", other).slope.data == 2.0
    with pytest.raises(ValueError, match=r"^m: Line\(1 parameters\) is not made of nn's own layers: make"):
        load(tmp_path / "m")


class Doubled(Layer):
    def forward(self, inputs):
        return [value * 2 for value in super().forward(inputs)]


def relu(value):
    return value * value


def replaced():
    model = MLP(2, [2, 1])
    model.layers[0].neurons[1] = type("Twice", (nn.Neuron,), {})(2)
    return model


def patched():
    model = Sequential(Layer(2, 2))
    model.layers[0].forward = lambda row: [value * 2 for value in Layer.forward(model.layers[0], row)]
    return model


def mixed():
    model = MLP(2, [2, 2, 1])
    for layer in model.layers[:2]:
        layer.neurons[1].activation = Value.tanh
    return model


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Doubled(2, 1), "it holds Doubled, not made by nn"),
        (lambda: Sequential(Layer(2, 2), Doubled(2, 1)), "it holds Doubled, not made by nn"),
        (lambda: type("Layer", (Doubled,), {})(2, 1), "it holds Layer, not made by nn"),
        (replaced, "it holds Twice, not made by nn"),
        (patched, "it holds Layer with a forward of its own, not made by nn"),
        (mixed, "unknown activation: 'relu, tanh'"),
        (lambda: MLP(2, [2, 1], relu), "unknown activation: 'own relu'"),
        (lambda: nn.Conv1d(1, 1, 1, activation=relu), "unknown activation: 'own relu'"),
    ],
)
def test_a_model_is_not_made_of_what_only_looks_like_it(tmp_path, make, message):
    model = make()
    save(model, tmp_path / "m")
    with pytest.raises(ValueError, match=f"^m: {message}"):
        load(tmp_path / "m")
    assert load(tmp_path / "m", again := make()) is again
    assert again.state_dict() == model.state_dict()


def test_a_class_of_your_own_is_not_loaded_into_another(tmp_path):
    save(Doubled(2, 1), tmp_path / "m")
    other = Layer(2, 1)
    before = other.state_dict()
    with pytest.raises(ValueError, match=r"^m: the classes differ: Doubled and nn's alone"):
        load(tmp_path / "m", other)
    assert other.state_dict() == before
    rewrite(tmp_path / "m", own=...)  # as it was written before
    load(tmp_path / "m", Doubled(2, 1))


def test_a_crash_while_saving_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "m"
    save(MLP(2, [1], init="zeros"), path)

    def crash(file, **arrays):
        file.write(b"half of it")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(np, "savez", crash)
        with pytest.raises(KeyboardInterrupt):
            save(MLP(2, [1], init="constant"), path)
    assert set(load(path).state_dict().values()) == {0.0}
    with pytest.raises(TypeError, match="not JSON serializable"):
        save(MLP(2, [1], init="constant"), path, notes={"model": object()})
    with pytest.raises(TypeError, match=r"model must be an nn.Module, not int: 3"):
        save(3, path)
    assert os.listdir(tmp_path) == ["m"]
    with pytest.raises(FileNotFoundError):
        save(MLP(2, [1]), tmp_path / "missing" / "m")


def test_an_optimiser_is_not_saved_as_the_schedule(tmp_path):
    model = MLP(1, [1])
    optimizer = SGD(model.parameters())
    schedule = StepLR(optimizer, 1)
    for options, message in (
        ({"schedule": optimizer}, r"schedule: one with a state_dict expected, not SGD: SGD\(2 param"),
        ({"optimizer": schedule, "schedule": optimizer}, "optimizer: one with a state_dict expected, not StepLR"),
        ({"optimizer": 3}, "optimizer: one with a state_dict expected, not int: 3"),
    ):
        with pytest.raises(TypeError, match=message):
            save(model, tmp_path / "m", **options)
    assert not os.listdir(tmp_path)


# refused


def refuses(path, message, model=None, **holders):
    """Loading fails with this message, and changes nothing."""
    model = MLP(2, [2], generator=seeded(9)) if model is None else model
    before = model.state_dict(), [holder.state_dict() for holder in holders.values()]
    with pytest.raises(ValueError, match=message):
        load(path, model, **holders)
    assert (model.state_dict(), [holder.state_dict() for holder in holders.values()]) == before


@pytest.fixture
def saved(tmp_path):
    model = MLP(2, [2], generator=seeded())
    save(model, tmp_path / "m", optimizer=SGD(model.parameters(), lr=0.25))
    return tmp_path / "m"


def rewrite(path, numbers=None, **changes):
    with np.load(path) as arrays:
        header, old = json.loads(arrays["header"].tobytes()), arrays["numbers"]
    text = json.dumps({name: entry for name, entry in (header | changes).items() if entry is not ...})
    with open(path, "wb") as file:
        np.savez(file, header=np.frombuffer(text.encode(), np.uint8), numbers=old if numbers is None else numbers)


def test_another_architecture_is_refused(saved):
    refuses(saved, r"^m: it holds MLP\(2, \[2\], output='linear'\), not MLP\(3, \[2\]", MLP(3, [2]))
    refuses(saved, "it holds MLP", Layer(2, 2, "linear"))
    refuses(saved, "no state of a schedule was saved", schedule=StepLR(SGD([Value(1.0)]), 1))
    model = MLP(2, [2])
    refuses(saved, "the state of SGD, not of Adam", model, optimizer=Adam(model.parameters()))
    refuses(saved, "velocity: 3 numbers expected, 6 given", model, optimizer=SGD(model.parameters()[:3]))
    load(saved, model, optimizer=SGD(model.parameters()))


@pytest.mark.parametrize(
    "make", [partial(Layer, 2, 2), partial(MLP, 2, [2, 1]), partial(nn.Conv1d, 1, 1, 2), nn.Activate]
)
def test_an_activation_with_another_setting_is_refused(make, tmp_path):
    mild, steep = (make(activation=partial(Value.leaky_relu, slope=slope)) for slope in (0.25, 0.5))
    save(mild, tmp_path / "m")
    refuses(tmp_path / "m", r"'leaky_relu\(slope=0.25\)'.*, not .*'leaky_relu\(slope=0.5\)'", steep)
    load(tmp_path / "m", mild)


def test_what_is_not_known_is_refused(saved):
    for changes, message in (
        ({"version": 2}, "^m: version 2 of the format; this program reads 1"),
        ({"format": "other"}, "^m: not a gradwalk checkpoint"),
        ({"more": 1}, "its header has .*more"),
        ({"notes": ...}, "its header has format"),
        ({"names": ["a"] * 6}, "names and numbers do not match"),
        ({"names": [f"p{i}" for i in range(6)]}, r"missing: layers\[0\]"),
        ({"model": 3}, "names and numbers do not match"),
        ({"own": ["Net"]}, r"^m: the classes differ: Net and nn's alone"),
        ({"own": "Net"}, "classes that are no names"),
        ({"own": [3]}, "classes that are no names"),
        ({"columns": "ab"}, "columns that are no names"),
        ({"columns": [3]}, "columns that are no names"),
    ):
        before = saved.read_bytes()
        rewrite(saved, **changes)
        refuses(saved, message)
        saved.write_bytes(before)
    rewrite(saved, numbers=np.zeros(5))
    refuses(saved, "names and numbers do not match")
    rewrite(saved, numbers=np.zeros(6, np.float32))
    refuses(saved, "names and numbers do not match")


def test_damaged_and_foreign_files_are_refused(saved, tmp_path):
    whole = saved.read_bytes()
    for length in {*range(0, len(whole), 37), len(whole) - 1}:
        saved.write_bytes(whole[:length])
        refuses(saved, "^m: not a gradwalk checkpoint, or damaged")
    for text in (b"", b"hello", b"PK\x03\x04", b"\x80\x04N."):
        saved.write_bytes(text)
        refuses(saved, "^m: not a gradwalk checkpoint, or damaged")
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    refuses(tmp_path / "other.npz", "other arrays")
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "missing")


def test_flipped_bytes_are_noticed_or_harmless(saved):
    whole = saved.read_bytes()
    right = load(saved).state_dict()
    for place in range(0, len(whole), 11):
        saved.write_bytes(whole[:place] + bytes([whole[place] ^ 0x41]) + whole[place + 1 :])
        with contextlib.suppress(ValueError):
            assert load(saved).state_dict() == right


def test_pickles_are_not_read(saved):
    buffer = io.BytesIO()
    np.save(buffer, np.array([print], dtype=object), allow_pickle=True)
    with zipfile.ZipFile(saved) as archive:
        header = archive.read("header.npy")
    with zipfile.ZipFile(saved, "w") as archive:
        archive.writestr("header.npy", header)
        archive.writestr("numbers.npy", buffer.getvalue())
    refuses(saved, "not a gradwalk checkpoint, or damaged .*allow_pickle=False")


@pytest.mark.parametrize(
    "text",
    ["", "3", "MLP", "MLP(", "print('x')", "__import__('os')", "MLP(2, [1])(3)", "Layer(2, open('x'))", "Dropout(1+1)",
     "Layer(2, 3, lambda: 0)", "Sequential(*[])", "Layer(**{'n_in': 1})", "[Layer(1, 1)]", "(" * 5000, "-" * 5000 + "1",
     "\x00", "Layer(2, 3, nope=1)", "Layer(0, 3)", "Layer(2, 3, 'relux')"],
)  # fmt: skip
def test_only_layers_are_built(text):
    with pytest.raises((ValueError, TypeError)):
        build(text)


def test_all_layers_of_nn_are_known():
    names = {
        name for name in nn.__all__ if isinstance(getattr(nn, name), type) and issubclass(getattr(nn, name), Module)
    }
    assert names - {"Module"} == set(checkpoint.MODULES)
