import copy
import json
import math

import numpy as np
import pytest

from engine import Value
from nn import optim
from nn.clipping import clip_grad_norm, clip_grad_value
from nn.optim import SGD, Adam, AdamW, Optimizer, RMSProp
from tests.arrays import seeded

CASES = [
    (SGD, "SGD", {"lr": 0.01}),
    (SGD, "SGD", {"lr": 0.02, "weight_decay": 0.3}),
    (SGD, "SGD", {"lr": 0.02, "momentum": 0.9}),
    (SGD, "SGD", {"lr": 0.02, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    (SGD, "SGD", {"lr": 0.02, "momentum": 0.9, "dampening": 0.4}),
    (SGD, "SGD", {"lr": 0.002, "momentum": 0.5, "weight_decay": 0.1, "maximize": True}),
    (RMSProp, "RMSprop", {}),
    (RMSProp, "RMSprop", {"lr": 0.05, "alpha": 0.8, "eps": 1e-4, "weight_decay": 0.2, "momentum": 0.7}),
    (Adam, "Adam", {}),
    (Adam, "Adam", {"lr": 0.1, "betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.2}),
    (Adam, "Adam", {"lr": 0.1, "betas": (0.8, 0.5), "amsgrad": True, "weight_decay": 0.2}),
    (Adam, "Adam", {"lr": 0.1, "maximize": True}),
    (AdamW, "AdamW", {"lr": 0.1, "amsgrad": True, "maximize": True}),
    (AdamW, "AdamW", {}),
    (AdamW, "AdamW", {"lr": 0.1, "betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.2}),
]


def descend(optimizer, values, steps, before_step=lambda: None):
    """The values after each step down (a - 1)^4 + a*b^2."""
    a, b = values
    path = []
    for _ in range(steps):
        optimizer.zero_grad()
        ((a - 1) ** 4 + a * b**2).backward()
        before_step()
        optimizer.step()
        path += [float(a.data), float(b.data)]
    return path


def tensors(torch):
    return [torch.tensor(number, dtype=torch.float64, requires_grad=True) for number in (2.0, -3.0)]


def expected(torch, name, options, steps):
    values = tensors(torch)
    return descend(getattr(torch.optim, name)(values, **options), values, steps)


@pytest.mark.parametrize(("ours", "name", "options"), CASES)
def test_ten_steps_agree_with_torch(torch, ours, name, options):
    values = [Value(2.0), Value(-3.0)]
    assert descend(ours(values, **options), values, 10) == pytest.approx(expected(torch, name, options, 10), rel=1e-9)


@pytest.mark.parametrize("second", [0.0, 0.5, 0.999, 0.999999])
@pytest.mark.parametrize("first", [0.0, 0.9, 0.999999])
@pytest.mark.parametrize("ours", [Adam, AdamW])
def test_fifty_steps_agree_with_torch_for_any_betas(torch, ours, first, second):
    gradients = 10.0 ** seeded().uniform(-8, 8, (50, 2)) * seeded(1).choice([-1, 1], (50, 2))

    def run(optimizer_class, values):
        optimizer, path = optimizer_class(values, lr=0.03, betas=(first, second)), []
        for step in gradients.tolist():
            optimizer.zero_grad()
            sum(value * slope for value, slope in zip(values, step, strict=True)).backward()
            optimizer.step()
            path += [float(value.data) for value in values]
        return path

    expected = run(getattr(torch.optim, ours.__name__), tensors(torch))
    assert run(ours, [Value(2.0), Value(-3.0)]) == pytest.approx(expected, rel=1e-12)


def test_every_optimizer_has_a_case():
    assert {ours for ours, _, _ in CASES} == set(optim.table.values())


def test_a_wrong_rule_is_noticed(torch):
    class Wrong(SGD):
        def move(self, data, gradient):
            super().move(data, gradient * (1 + 1e-6))

    values = [Value(2.0), Value(-3.0)]
    path = descend(Wrong(values, lr=0.01), values, 10)
    assert path != pytest.approx(expected(torch, "SGD", {"lr": 0.01}, 10), rel=1e-9)


def test_the_rule_works_on_arrays_in_place():
    optimizer = SGD([Value(0.0), Value(0.0)], lr=0.5, weight_decay=1.0, clip_value=1.0)
    data, gradient = np.array([1.0, 2.0]), np.array([2.0, -4.0])
    optimizer.update(data, gradient)
    assert data.tolist() == [0.0, 1.5]
    assert gradient.tolist() == [2.0, -4.0]
    with pytest.raises(NotImplementedError, match=r"Optimizer has no move\(\)"):
        Optimizer([Value(1.0)], 0.1).step()


def test_the_learning_rate_may_change_between_steps():
    w = Value(1.0)
    w.grad = 1.0
    optimizer = SGD([w], lr=0.5)
    assert repr(optimizer) == "SGD(1 parameter, lr=0.5)"
    optimizer.lr = 0.25
    optimizer.step()
    assert w.data == 0.75
    optimizer.zero_grad()
    assert w.grad == 0.0
    for rate in (-0.1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="lr must be at least 0 and finite, not"):
            optimizer.lr = rate
    with pytest.raises(TypeError, match="lr: "):
        optimizer.lr = "fast"
    assert optimizer.lr == 0.25


@pytest.mark.parametrize(
    ("ours", "changed"), [(RMSProp, {"alpha": 0.5, "eps": 0.1}), (Adam, {"betas": (0.5, 0.6), "eps": 0.1})]
)
def test_settings_may_change_between_steps(torch, ours, changed):
    def run(optimizer, values, change):
        return descend(optimizer, values, 3) + (change(), descend(optimizer, values, 3))[1]

    values, theirs = [Value(2.0), Value(-3.0)], tensors(torch)
    optimizer, peer = ours(values, lr=0.1), getattr(torch.optim, ours.__name__.replace("P", "p"))(theirs, lr=0.1)
    path = run(optimizer, values, lambda: vars(optimizer).update(changed))
    assert path == pytest.approx(run(peer, theirs, lambda: peer.param_groups[0].update(changed)), rel=1e-9)


@pytest.mark.parametrize(("ours", "name", "options"), CASES)
def test_a_copy_goes_its_own_way(ours, name, options):
    def run(optimizer):
        data = np.array([2.0, -3.0])
        optimizer.update(data, np.array([0.5, 0.25]))
        return data.tolist()

    first, second = ours([Value(0.0), Value(0.0)], **options), ours([Value(0.0), Value(0.0)], **options)
    run(first), run(second)
    other = copy.deepcopy(first)
    other.lr *= 3
    run(other)
    assert run(first) == run(second) != run(other)


# L1


def test_l1_by_hand():
    # soft thresholding (Parikh and Boyd, "Proximal algorithms", 2014, 6.5.2): 3 -> 3 - 0.5, -0.2 -> 0, at lr * l1 = 0.5
    values = [Value(3.0), Value(-0.2), Value(0.5), Value(-1.0)]
    SGD(values, lr=0.25, l1=2.0).step()
    assert [value.data for value in values] == [2.5, 0.0, 0.0, -0.5]


@pytest.mark.parametrize("optimizer_class", [SGD, RMSProp, Adam, AdamW])
def test_l1_finds_the_minimum_with_exact_zeros(optimizer_class):
    # (a - 2)^2 + (b - 0.1)^2 + |a| + |b| is least at a = 1.5, b = 0
    a, b = Value(-1.0), Value(1.0)
    optimizer = optimizer_class([a, b], lr=0.02, l1=1.0, weight_decay=0.0)
    for _ in range(600):
        optimizer.zero_grad()
        ((a - 2) ** 2 + (b - 0.1) ** 2).backward()
        optimizer.step()
    assert b.data == 0.0
    if optimizer_class is SGD:  # the others scale the gradient, but not the penalty
        assert a.data == pytest.approx(1.5, rel=1e-6)


# clipping


@pytest.mark.parametrize("norm", [1.0, 2.0, 3.0, math.inf])
@pytest.mark.parametrize("limit", [0.5, 100.0])
def test_clipping_agrees_with_torch(torch, norm, limit):
    ours, theirs = [Value(1.0) for _ in range(3)], torch.ones(3, dtype=torch.float64, requires_grad=True)
    theirs.grad = torch.tensor([1.0, -7.0, 0.25], dtype=torch.float64)
    for clip in ("norm", "value"):
        for value, number in zip(ours, [1.0, -7.0, 0.25], strict=True):
            value.grad = number
        theirs.grad = torch.tensor([1.0, -7.0, 0.25], dtype=torch.float64)
        if clip == "norm":
            length = torch.nn.utils.clip_grad_norm_([theirs], limit, norm).item()
            assert clip_grad_norm(ours, limit, norm) == pytest.approx(length, rel=1e-12)
        else:
            torch.nn.utils.clip_grad_value_([theirs], limit)
            clip_grad_value(ours, limit)
        assert [value.grad for value in ours] == pytest.approx(theirs.grad.tolist(), rel=1e-12)


@pytest.mark.parametrize(("norm", "length"), [(2.0, 5e200), (3.0, 91 ** (1 / 3) * 1e200), (math.inf, 4e200), (0.0, 2)])
def test_gradients_whose_powers_are_no_floats_are_scaled(norm, length):
    values = [Value(1.0), Value(1.0)]
    values[0].grad, values[1].grad = 3e200, -4e200
    assert clip_grad_norm(values, 1.0, norm) == pytest.approx(length, rel=1e-12)
    assert [value.grad for value in values] == pytest.approx([3e200 / length, -4e200 / length], rel=1e-6)


@pytest.mark.parametrize(("norm", "length"), [(2.0, 5e-200), (3.0, 91 ** (1 / 3) * 1e-200), (math.inf, 4e-200)])
def test_gradients_whose_powers_are_0_have_their_norm(norm, length):
    values = [Value(1.0), Value(1.0)]
    values[0].grad, values[1].grad = 3e-200, -4e-200
    assert clip_grad_norm(values, 10.0, norm) == pytest.approx(length, rel=1e-12)
    assert [value.grad for value in values] == [3e-200, -4e-200]


def test_an_optimizer_clips_as_the_functions_do(torch):
    for option, function in (("clip_norm", "clip_grad_norm_"), ("clip_value", "clip_grad_value_")):
        ours, theirs = [Value(2.0), Value(-3.0)], tensors(torch)
        path = descend(SGD(ours, lr=0.1, momentum=0.5, **{option: 2.0}), ours, 6)
        clip = getattr(torch.nn.utils, function)
        optimizer = torch.optim.SGD(theirs, lr=0.1, momentum=0.5)
        assert path == pytest.approx(descend(optimizer, theirs, 6, lambda c=clip, v=theirs: c(v, 2.0)), rel=1e-9)


def test_limits_are_checked():
    for limit, message in ((0.0, "above 0"), (-1.0, "at least 0"), (math.nan, "at least 0")):
        with pytest.raises(ValueError, match=f"limit must be {message}"):
            clip_grad_value([Value(1.0)], limit)
        with pytest.raises(ValueError, match=f"limit must be {message}"):
            clip_grad_norm([Value(1.0)], limit)
    assert clip_grad_norm([], 1.0) == 0.0


# state


@pytest.mark.parametrize(("ours", "name", "options"), CASES)
def test_training_goes_on_from_a_saved_state(ours, name, options):
    values, copies = [Value(2.0), Value(-3.0)], [Value(2.0), Value(-3.0)]
    whole = descend(ours(values, **options), values, 9)
    first = ours(copies, **options)
    descend(first, copies, 4)
    state = json.loads(json.dumps(first.state_dict()))
    second = ours(copies, lr=123.0)
    second.load_state_dict(state)
    assert descend(second, copies, 5) == whole[8:]


def turned(settings, **changes):
    """The settings with these changes, in the other order."""
    return dict(reversed((settings | changes).items()))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda s: s | {"kind": "SGD"}, ValueError, "the state of SGD, not of Adam"),
        (lambda s: {"kind": "Adam"}, ValueError, "not the state of an optimiser"),
        (lambda s: 3, ValueError, "not the state of an optimiser: 3"),
        (lambda s: s | {"memory": {}}, ValueError, "Adam keeps lr, .* mean_square, largest; the state has"),
        (lambda s: s | {"memory": s["memory"] | {"mean": [1.0]}}, ValueError, "mean: 2 numbers expected, 1 given"),
        (lambda s: s | {"memory": s["memory"] | {"mean": ["a", 1.0]}}, TypeError, "not str: 'a'"),
        (lambda s: s | {"memory": s["memory"] | {"steps": -1}}, ValueError, "steps must be at least 0"),
        (lambda s: s | {"settings": s["settings"] | {"lr": "fast"}}, TypeError, "lr: expected an int"),
        (lambda s: s | {"settings": s["settings"] | {"rate": 1.0}}, ValueError, "the state has .* rate"),
        (lambda s: s | {"settings": turned(s["settings"], eps=0.5, lr=None)}, TypeError, "lr: .* not NoneType"),
        (lambda s: s | {"settings": turned(s["settings"], eps=0.5, lr=math.inf)}, ValueError, "lr must be .* not inf"),
        (lambda s: s | {"settings": s["settings"] | {"betas": 0.9}}, ValueError, "betas must be 2 numbers, not 0.9"),
        (lambda s: s | {"settings": s["settings"] | {"betas": [0.9]}}, ValueError, r"betas must be 2 .* not \[0.9\]"),
        (
            lambda s: s | {"settings": s["settings"] | {"eps": [0.9]}},
            TypeError,
            r"eps: expected an int, .* list: \[0.9\]",
        ),
    ],
)
def test_a_foreign_state_changes_nothing(change, error, message):
    optimizer = Adam([Value(1.0), Value(2.0)], lr=0.5)
    before = optimizer.state_dict()
    with pytest.raises(error, match=message):
        optimizer.load_state_dict(change(Adam([Value(1.0), Value(2.0)]).state_dict()))
    assert optimizer.state_dict() == before


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda w: SGD([], 0.1), ValueError, "at least one parameter"),
        (lambda w: SGD([w, w], 0.1), ValueError, "each parameter once"),
        (lambda w: SGD([w, 1.0], 0.1), TypeError, "parameter 1 is not a Value but float: 1.0"),
        (lambda w: SGD(w, 0.1), TypeError, r"parameters: Values, such as model.parameters\(\), expected, not Value: "),
        (lambda w: Adam({"w": w}), TypeError, "parameters: Values, such as .* expected, not dict: {'w': Value"),
        (lambda w: SGD([[w] * 99], 0.1), TypeError, r"^parameter 0 is not a Value but list: \[.{59}$"),
        (lambda w: clip_grad_norm(w, 1.0), TypeError, "parameters: Values, such as .* expected, not Value: "),
        (lambda w: clip_grad_value([w, "w"], 1.0), TypeError, "parameter 1 is not a Value but str: 'w'"),
        (lambda w: SGD([w, w * 2], 0.1), ValueError, r"parameter 1 is the result of '\*', not a leaf, which alone"),
        (lambda w: SGD([(w * 2).operands[1]], 0.1), ValueError, "parameter 0 is a constant, not a leaf"),
        (lambda w: SGD([w], -0.1), ValueError, "lr must be at least 0 and finite, not -0.1"),
        (lambda w: SGD([w], float("nan")), ValueError, "lr must be at least 0 and finite, not nan"),
        (lambda w: SGD([w], "fast"), TypeError, "lr: expected an int, .* not str: 'fast'"),
        (lambda w: SGD([w], 0.1, momentum=-1), ValueError, "momentum must be at least 0 and finite, not -1"),
        (lambda w: SGD([w], 0.1, nesterov=True), ValueError, "nesterov needs a momentum above 0"),
        (lambda w: SGD([w], 0.1, weight_decay=-1), ValueError, "weight_decay must be at least 0"),
        (lambda w: SGD([w], 0.1, l1=-1), ValueError, "l1 must be at least 0"),
        (lambda w: SGD([w], 0.1, clip_norm=0), ValueError, "clip_norm must be above 0"),
        (lambda w: RMSProp([w], alpha=1.0), ValueError, "alpha must be at least 0 and below 1, not 1"),
        (lambda w: Adam([w], betas=(0.9, 1.0)), ValueError, r"betas\[1\] must be at least 0 and below 1, not 1"),
        (lambda w: Adam([w], eps=-1), ValueError, "eps must be at least 0"),
    ],
)
def test_arguments_are_checked(make, error, message):
    with pytest.raises(error, match=message):
        make(Value(1.0))


@pytest.mark.parametrize(
    ("optimizer", "text"),
    [
        (SGD([Value(1.0)], 0.1, 0.9, nesterov=True), "SGD(1 parameter, lr=0.1, momentum=0.9, nesterov=True)"),
        (SGD([Value(1.0), Value(2.0)], 0.5, l1=0.25), "SGD(2 parameters, lr=0.5, l1=0.25)"),
        (Adam([Value(1.0)], amsgrad=True), "Adam(1 parameter, lr=0.001, betas=(0.9, 0.999), eps=1e-08, amsgrad=True)"),
    ],
)
def test_an_optimiser_shows_its_settings(optimizer, text):
    assert repr(optimizer) == text


def test_states_of_older_versions_are_taken():
    optimizer = SGD([Value(1.0)], 0.5, 0.9)
    state = optimizer.state_dict()
    for name in ("maximize", "dampening"):
        del state["settings"][name]
    del state["memory"]["updates"]
    other = SGD([Value(1.0)], 0.1)
    other.load_state_dict(state)
    assert (other.lr, other.momentum, other.dampening, other.updates) == (0.5, 0.9, 0.0, 0)


def test_nesterov_takes_no_dampening():
    with pytest.raises(ValueError, match="nesterov needs a dampening of 0"):
        SGD([Value(1.0)], 0.1, 0.9, nesterov=True, dampening=0.5)


@pytest.mark.parametrize("optimizer_class", [SGD, RMSProp, Adam, AdamW])
def test_parameters_may_change_until_there_is_a_memory_of_the_former(optimizer_class):
    a, b = Value(1.0), Value(1.0)
    options = {"momentum": 0.5} if optimizer_class is SGD else {}
    optimizer = optimizer_class([a], 0.1, **options)
    optimizer.parameters.append(b)
    a.grad = b.grad = 1.0
    optimizer.step()
    assert a.data == b.data < 1
    before = a.data
    for others in ([a], [b, a], [a, Value(1.0)]):
        optimizer.parameters = others
        with pytest.raises(
            ValueError, match=r"keeps numbers of other parameters, or in another order: make another \w+$"
        ):
            optimizer.step()
    assert a.data == before
    optimizer.parameters = [a, b]
    optimizer.step()
    assert a.data == b.data < before


def test_a_rule_that_returns_numbers_instead_of_changing_them_is_refused():
    class Returning(Optimizer):
        def move(self, data, gradient):
            return data - self.lr * gradient

    w = Value(1.0)
    with pytest.raises(TypeError, match=r"Returning.move\(\) changes data in place, and returns nothing"):
        Returning([w], 0.1).step()
    assert w.data == 1.0
