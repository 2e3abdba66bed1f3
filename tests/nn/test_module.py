import math
import re
import sys

import pytest

from engine import Value
from engine.teaching.debug import debug
from nn import MLP, History, Layer, Module, Neuron, doctor
from nn.module import watch


class Parts(Module):
    def __init__(self):
        self.scale = Value(2.0)
        self.blocks = {"a": [Value(3.0), (Value(4.0),)], 7: Neuron(1, "tanh", weights=[5.0], bias=6.0)}
        self.again = self.blocks["a"][0]
        self.result = self.scale * 3  # computed, so nothing to be learned
        self.count = 4
        self._kept = Value(9.0)
        self.whole = self

    def forward(self, x, plus=0):
        return self.scale * x + plus


def test_parameters_are_found_in_order_each_once():
    model = Parts()
    assert {name: value.data for name, value in model.named_parameters()} == {
        "scale": 2.0,
        "blocks['a'][0]": 3.0,
        "blocks['a'][1][0]": 4.0,
        "blocks[7].weights[0]": 5.0,
        "blocks[7].bias": 6.0,
    }
    assert [value.data for value in model.parameters()] == [2.0, 3.0, 4.0, 5.0, 6.0]
    assert model.modules() == [model, model.blocks[7]]


def test_parameters_of_an_mlp_are_named_and_labelled_by_their_place():
    model = MLP(2, [3, 1])
    named = model.named_parameters()
    assert len(named) == 2 * 3 + 3 + 3 + 1
    assert named[0][0] == "layers[0].neurons[0].weights[0]"
    assert dict(named)["layers[0].neurons[2].weights[1]"] is model.layers[0].neurons[2].weights[1]
    assert named[-1][0] == "layers[1].neurons[0].bias"
    assert all(value.label == name for name, value in named)
    assert model.layers[0].neurons[2].name == "layers[0].neurons[2]"


def test_a_shared_layer_keeps_its_first_name():
    class Twice(Module):
        def __init__(self):
            self.first = self.second = Layer(1, 1)
            self.name_parts()

    assert [name for name, _ in Twice().named_parameters()] == ["first.neurons[0].weights[0]", "first.neurons[0].bias"]


def test_call_is_forward_with_its_arguments():
    assert Parts()(3.0, plus=1).data == 7.0
    with pytest.raises(NotImplementedError, match=r"Module has no forward\(\)"):
        Module()()


def test_zero_grad():
    model = Parts()
    (model(3.0) * model.blocks["a"][0]).backward()
    assert model.scale.grad == 9.0
    model.zero_grad()
    assert [value.grad for value in model.parameters()] == [0.0] * 5


def test_train_and_eval_reach_every_module():
    model = MLP(2, [2, 1])
    assert all(module.training for module in model.modules())
    assert model.eval() is model
    assert not any(module.training for module in model.modules())
    assert len(model.modules()) == 1 + 2 + 3
    assert model.train() is model
    assert all(module.training for module in model.modules())


def test_state_goes_from_one_model_to_another():
    model, other = MLP(2, [3, 1]), MLP(2, [3, 1])
    assert model.state_dict() != other.state_dict()
    other.load_state_dict(model.state_dict())
    assert model.state_dict() == other.state_dict()
    assert model([1.0, 2.0]).data == other([1.0, 2.0]).data


def test_a_state_with_wrong_names_is_refused_whole():
    model = MLP(2, [1])
    before = model.state_dict()
    with pytest.raises(ValueError, match=r"not the state of this MLP: missing: layers\[0\].neurons\[0\].bias$"):
        model.load_state_dict(dict.fromkeys(list(before)[:-1], 9.0))
    with pytest.raises(ValueError, match=r"MLP: missing: .*weights\[1\], .*bias; unexpected: a, b$"):
        model.load_state_dict({"layers[0].neurons[0].weights[0]": 9.0, "a": 1.0, "b": 2.0})
    with pytest.raises(ValueError, match=r"unexpected: p0, p1, .*, p7 and 3 more$"):
        model.load_state_dict(before | {f"p{i}": 1.0 for i in range(11)})
    with pytest.raises(TypeError, match=r"layers\[0\].neurons\[0\].bias: expected an int, .* not str: '1'"):
        model.load_state_dict(dict.fromkeys(before, 9.0) | {"layers[0].neurons[0].bias": "1"})
    assert model.state_dict() == before


def test_debug_knows_the_neuron_and_the_line_that_called():
    model = MLP(2, [2, 1], "tanh")
    with debug():
        out = model([1.0, 2.0])
        line = sys._getframe().f_lineno - 1
    hidden = out.operands[1] if out.operands[1].op == "tanh" else next(v for v in out.operands if v.op == "tanh")
    assert hidden.origin.scope in ("layers[0].neurons[0]", "layers[0].neurons[1]")
    assert out.origin.scope == "layers[1].neurons[0]"
    assert (out.origin.file, out.origin.line) == (__file__, line)


def test_children_are_those_right_within():
    model = Parts()
    assert model.children() == [model.blocks[7]]
    mlp = MLP(2, [3, 1])
    assert mlp.children() == mlp.layers
    assert mlp.named_modules()[:2] == [("", mlp), ("layers[0]", mlp.layers[0])]
    assert len(mlp.named_modules()) == 1 + 2 + 4
    assert mlp.layers[1].neurons[0].children() == []


def test_a_batch_is_sample_by_sample_unless_redefined():
    class Centred(Module):
        across_batch = True

        def forward_batch(self, samples):
            mean = sum(samples) / len(samples)
            return [sample - mean for sample in samples]

    model = MLP(1, [1], init="constant")
    assert [out.data for out in model.batch([[1.0], [2.0]])] == [1.0, 2.0]
    assert Centred().batch([1.0, 3.0]) == [-1.0, 1.0]
    assert Centred().needs_batch
    with pytest.raises(ValueError, match="a batch of at least one sample expected, 0 given"):
        model.batch([])


def test_a_class_that_redefines_forward_alone_is_called_by_it_for_a_batch_too():
    class Doubled(MLP):
        def forward(self, inputs):
            return 2 * super().forward(inputs)

    class Doubly(Doubled):
        pass

    for module_class in (Doubled, Doubly):
        assert [y.data for y in module_class(1, [1], init="constant").batch([[1.0], [2.0]])] == [2.0, 4.0]


def test_buffers_are_kept_with_the_parameters():
    class Counted(Module):
        buffers = ("seen",)

        def __init__(self):
            self.inner, self.seen = Neuron(1), [0.0, 0.0]

    class Outer(Module):
        def __init__(self):
            self.parts = [Counted()]

    model = Outer()
    model.parts[0].seen[1] = 3.0
    assert list(model.state_dict())[-2:] == ["parts[0].seen[0]", "parts[0].seen[1]"]
    other = Outer()
    other.load_state_dict(model.state_dict())
    assert other.parts[0].seen == [0.0, 3.0]
    assert len(other.parameters()) == 2
    assert repr(other) == "Outer(2 parameters)"


def test_watching_sees_every_module_and_goes_away():
    model, seen = MLP(2, [2, 1], init="constant"), []
    with watch(model, lambda module, given, output: seen.append((module.name, given, output))):
        out = model([1.0, 2.0])
    assert [name for name, _, _ in seen] == [
        "layers[0].neurons[0]", "layers[0].neurons[1]", "layers[0]", "layers[1].neurons[0]", "layers[1]", "",
    ]  # fmt: skip
    assert seen[-1][1:] == ([1.0, 2.0], out)
    assert "forward" not in vars(model)
    with pytest.raises(ValueError, match="2 inputs expected"), watch(model, lambda *_: None):
        model([1.0])
    model([1.0, 2.0])
    assert len(seen) == 6


class Bent(Module):
    """A model that gives one of its methods to a layer, and asks for parameters while it runs."""

    def __init__(self):
        self.first, self.last = Layer(2, 3, self.bend), Layer(3, 1, "linear")

    def bend(self, value):
        return value.tanh() * self.last.parameters()[0]

    def forward(self, row):
        return self.last(self.first(row))


def test_what_holds_the_whole_model_is_no_part_left_out(capsys):
    """Warnings are errors here."""
    model = Bent()
    assert len(model.parameters()) == 13
    model.summary([1.0, 2.0])
    assert "first                  Layer(2, 3, 'bend')            (3,)                   9" in capsys.readouterr().out
    assert doctor(model, [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], [0.0, 1.0, 2.0]).rows == 3


def test_watching_a_batch_sees_every_module_once_for_each_sample():
    model, rows = MLP(2, [2, 1], init="constant"), [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
    seen = []
    with watch(model, lambda module, given, output: seen.append((module, [float(x) for x in given], output))):
        outputs = model.batch(rows)
    for module in model.modules():
        assert len([0 for other, _, _ in seen if other is module]) == 3
    for module in (model, model.layers[0], model.layers[0].neurons[1]):
        assert [given for other, given, _ in seen if other is module] == rows
    assert [output for module, _, output in seen if module is model] == outputs


def test_a_notebook_shows_the_layers():
    class Hostile(Module):
        n_in = 3

        def __init__(self):
            self.parts = {"<script>": Neuron(2)}

        def __repr__(self):
            return "<img onerror=alert(1)>"

    html = MLP(2, [3, 1], "tanh")._repr_html_()
    cells = re.findall(r"<tr><td>(.*?)</td><td>(.*?)</td><td>(.*?)</td><td>(.*?)</td></tr>", html)
    assert cells == [
        ("layers[0]", "Layer(2, 3, &#x27;tanh&#x27;)", "(3,)", "9"),
        ("layers[1]", "Layer(3, 1, &#x27;linear&#x27;)", "(1,)", "4"),
    ]
    assert "13 parameters" in html
    broken = Hostile()._repr_html_()  # its forward is not even defined
    assert "<script" not in broken + html
    assert "<img" not in broken
    assert "&lt;img onerror=alert(1)&gt;" in broken
    many = MLP(1, [1] * 100)._repr_html_()
    assert many.count("<tr>") == 1 + 41
    assert "60 more" in many


def test_a_notebook_shows_a_history():
    history = History(loss=[4.0, 1.0, 0.25], validation_loss=[5.0, 2.0, 3.0], reason="<b>done</b>", stopped="patience")
    assert repr(history) == "History(3 epochs, loss 4 to 0.25, validation loss 5 to 3; patience)"
    html = history._repr_html_()
    assert "3 epochs: &lt;b&gt;done&lt;/b&gt;" in html
    assert "<tr><th>loss</th><td>4</td><td>0.25</td><td>4</td><td>0.25</td></tr>" in html
    lines = [
        [tuple(map(float, point.split(","))) for point in found.split()] for found in re.findall('points="(.*?)"', html)
    ]
    top, bottom = 2.0, 82.0
    for losses, points in zip((history.loss, history.validation_loss), lines, strict=True):
        assert [x for x, _ in points] == [0.0, 160.0, 320.0]
        shares = [math.log(5.0 / loss) / math.log(5.0 / 0.25) for loss in losses]
        assert [y for _, y in points] == pytest.approx([top + (bottom - top) * share for share in shares], abs=0.051)
    assert "log scale" in html
    assert "log scale" not in History(loss=[1.0, 0.0])._repr_html_()
    assert "<svg" not in History(loss=[1.0, math.inf])._repr_html_()
    assert History()._repr_html_() == "<p>0 epochs</p>"
