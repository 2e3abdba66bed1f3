import math
import re

import numpy as np
import pytest

from engine import Value
from nn import losses
from nn.losses import binary_cross_entropy, binary_cross_entropy_with_logits, cross_entropy, hinge, huber, mse

FUNCTIONS = {  # the same losses in PyTorch, of one sample
    "mse": lambda torch, p, t: torch.nn.functional.mse_loss(p, t),
    "mae": lambda torch, p, t: torch.nn.functional.l1_loss(p, t),
    "huber": lambda torch, p, t: torch.nn.functional.huber_loss(p, t),
    "hinge": lambda torch, p, t: torch.relu(1 - t * p).mean(),
    "binary_cross_entropy": lambda torch, p, t: torch.nn.functional.binary_cross_entropy(p, t),
    "binary_cross_entropy_with_logits": lambda torch, p, t: torch.nn.functional.binary_cross_entropy_with_logits(p, t),
    "cross_entropy": lambda torch, p, t: torch.nn.functional.cross_entropy(p, t.long()),
    "nll": lambda torch, p, t: torch.nn.functional.nll_loss(p, t.long()),
}

CASES = [
    ("mse", 0.7, -1.5),
    ("mse", [0.7, -2.0, 4.0], [1.0, 0.5, 4.0]),
    ("mae", [0.7, -2.0, 4.0], [1.0, 0.5, 4.0]),
    ("huber", 0.7, 0.5),
    ("huber", [0.7, -2.0, 4.0, 1.0, -3.0], [1.0, 0.5, 4.0, 2.0, -2.0]),
    ("hinge", 0.3, 1),
    ("hinge", 0.3, -1),
    ("hinge", 1.7, 1),
    ("hinge", [0.3, -4.0], [-1, -1]),
    ("binary_cross_entropy", 0.8, 1),
    ("binary_cross_entropy", 0.8, 0),
    ("binary_cross_entropy", 1e-12, 1),
    ("binary_cross_entropy", [0.8, 0.3], [0.25, 1.0]),
    ("binary_cross_entropy_with_logits", 0.0, 1),
    ("binary_cross_entropy_with_logits", -3.0, 0.25),
    ("binary_cross_entropy_with_logits", 1000.0, 0),
    ("binary_cross_entropy_with_logits", 1000.0, 1),
    ("binary_cross_entropy_with_logits", -1000.0, 0),
    ("binary_cross_entropy_with_logits", -1000.0, 1),
    ("binary_cross_entropy_with_logits", [2.0, -5.0], [1, 0]),
    ("cross_entropy", [2.0, -1.0, 0.5], 0),
    ("cross_entropy", [2.0, -1.0, 0.5], 2),
    ("cross_entropy", [1000.0, -1000.0], 0),
    ("cross_entropy", [1000.0, -1000.0], 1),
    ("nll", [-2.0, -0.5, -1.0], 2),
]


def test_every_loss_has_a_case():
    assert {name for name, _, _ in CASES} == set(losses.table) == set(FUNCTIONS)


@pytest.mark.parametrize(("name", "prediction", "target"), CASES)
def test_losses_agree_with_torch(torch, name, prediction, target):
    values = [Value(number) for number in np.atleast_1d(prediction)]
    ours = losses.get(name).function(values if isinstance(prediction, list) else values[0], target)
    ours.backward()
    theirs = torch.tensor(prediction, dtype=torch.float64, requires_grad=True)
    expected = FUNCTIONS[name](torch, theirs, torch.tensor(target, dtype=torch.float64))
    expected.backward()
    assert ours.data == pytest.approx(expected.item(), rel=1e-9, abs=1e-300)
    gradients = np.atleast_1d(theirs.grad.numpy()).tolist()
    assert [value.grad for value in values] == pytest.approx(gradients, rel=1e-9, abs=1e-300)


ROWS, BATCH = [[0.7, -2.0, 4.0], [0.1, 3.0, -0.5]], [[1.0, 0.5, 4.0], [0.0, 1.0, 1.0]]


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("name", sorted(losses.table))
def test_reductions_of_a_batch_agree_with_torch(torch, name, reduction):
    names = {"mse": "mse_loss", "mae": "l1_loss", "huber": "huber_loss", "nll": "nll_loss"}
    targets = [2, 0] if name in ("cross_entropy", "nll") else np.sign(np.array(BATCH) - 0.25).tolist()
    if name.startswith("binary"):
        targets = BATCH[1:] * 2
    rows = [[abs(number) / 5 for number in row] for row in ROWS] if name == "binary_cross_entropy" else ROWS
    values = [[Value(number) for number in row] for row in rows]
    ours = getattr(losses, name)(values, targets, reduction=reduction)
    p = torch.tensor(rows, dtype=torch.float64, requires_grad=True)
    t = torch.tensor(targets, dtype=torch.long if name in ("cross_entropy", "nll") else torch.float64)
    if name == "hinge":
        expected = getattr(torch.relu(1 - t * p), {"none": "clone"}.get(reduction, reduction))()
    else:
        expected = getattr(torch.nn.functional, names.get(name, name))(p, t, reduction=reduction)
    expected.sum().backward()
    flat = ours if isinstance(ours, list) else [ours]
    flat = [value for part in flat for value in (part if isinstance(part, list) else [part])]
    assert [value.data for value in flat] == pytest.approx(np.ravel(expected.tolist()).tolist(), rel=1e-9)
    for value in flat:
        value.backward()
    assert [v.grad for row in values for v in row] == pytest.approx(p.grad.ravel().tolist(), rel=1e-9, abs=1e-15)


def test_the_width_of_huber_agrees_with_torch(torch):
    errors = [-5.0, -2.5, -0.3, 0.0, 1.0, 2.5, 3.0]
    values, theirs = [Value(e) for e in errors], torch.tensor(errors, dtype=torch.float64, requires_grad=True)
    huber(values, [0.0] * 7, delta=2.5).backward()
    torch.nn.functional.huber_loss(theirs, torch.zeros(7, dtype=torch.float64), delta=2.5).backward()
    assert [value.grad for value in values] == pytest.approx(theirs.grad.tolist(), rel=1e-12)


def test_losses_by_hand():
    assert mse(Value(3.0), 1).data == 4.0
    assert hinge(Value(-0.5), 1).data == 1.5
    assert binary_cross_entropy(Value(0.5), 1).data == pytest.approx(math.log(2), rel=1e-15)
    assert binary_cross_entropy_with_logits(Value(0.0), 0).data == pytest.approx(math.log(2), rel=1e-15)
    assert cross_entropy([Value(0.0)] * 4, 3).data == pytest.approx(math.log(4), rel=1e-15)


@pytest.mark.parametrize("target", [0, 0.25, 1])
@pytest.mark.parametrize(
    "probability", [0.0, 5e-324, 1e-50, 1e-20, 1e-12, 1e-9, 0.5, 1 - 1e-9, 1 - 1e-12, 1 - 1e-16, 1]
)
def test_probabilities_near_0_and_1_agree_with_torch(torch, probability, target):
    p = Value(probability)
    loss = binary_cross_entropy(p, target)
    loss.backward()
    theirs = torch.tensor(probability, dtype=torch.float64, requires_grad=True)
    expected = torch.nn.functional.binary_cross_entropy(theirs, torch.tensor(target, dtype=torch.float64))
    expected.backward()
    assert loss.data == pytest.approx(expected.item(), rel=1e-14)
    assert p.grad == pytest.approx(theirs.grad.item(), rel=1e-8)  # where it is clamped, by a 1e-12 of single precision


def test_a_certain_mistake_of_a_sigmoid_has_no_slope():
    z = Value(-1000.0)
    loss = binary_cross_entropy(z.sigmoid(), 1)
    loss.backward()
    assert (loss.data, z.grad) == (100.0, 0.0)


@pytest.mark.parametrize("p", [1.5, -1e-9, 1 + 1e-15, math.inf, -math.inf])
def test_what_is_no_probability_is_refused(p):
    with pytest.raises(ValueError, match=rf"binary_cross_entropy: {re.escape(f'{p:g}')} is not a probability, from 0"):
        binary_cross_entropy([Value(0.5), Value(p)], [1, 0])


def test_a_right_certainty_costs_nothing():
    assert binary_cross_entropy(Value(1.0), 1).data == binary_cross_entropy(Value(0.0), 0).data == 0.0


def test_targets_may_be_values_and_numpy():
    t = Value(1.0)
    loss = mse(Value(3.0), t)
    loss.backward()
    assert t.grad == -4.0
    assert mse([Value(1.0), Value(2.0)], np.array([0.0, 2.0])).data == 0.5
    assert cross_entropy([Value(1.0), Value(1.0)], np.int64(1)).data == pytest.approx(math.log(2))


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: losses.get("msee"), ValueError, r"unknown loss: 'msee' \(one of 'mse', 'mae', .*, or a function\)"),
        (lambda: mse([Value(1.0)] * 3, [1.0, 2.0]), ValueError, "mse: 3 predictions for 2 targets"),
        (lambda: mse([Value(1.0)] * 3, 1.0), ValueError, "mse: 3 predictions for 1 target$"),
        (
            lambda: mse([[Value(1.0)], [Value(2.0)]], [[1.0, 2.0]]),
            ValueError,
            r"shape \(2, 1\), targets of shape \(1, 2\)",
        ),
        (lambda: mse(Value(1.0), 1.0, reduction="average"), ValueError, "unknown reduction: 'average' .*'mean', 'sum'"),
        (lambda: huber(Value(1.0), 1.0, delta=0), ValueError, "delta must be above 0, not 0"),
        (lambda: cross_entropy([[Value(1.0)] * 2] * 3, [0, 1]), ValueError, "3 predictions for 2 targets"),
        (lambda: mse([], []), ValueError, "mse: 0 predictions for 0 targets"),
        (lambda: mse(Value(1.0), "a"), TypeError, "expected an int, .* not str: 'a'"),
        (lambda: mse(Value(1.0), None), TypeError, "not NoneType"),
        (lambda: mse(Value(1.0), math.nan), ValueError, "mse: the target nan is not a number"),
        (lambda: hinge(Value(1.0), 0), ValueError, r"hinge: the target 0 is not -1 or \+1"),
        (lambda: binary_cross_entropy(Value(0.5), 2), ValueError, "binary_cross_entropy: the target 2 is not a number"),
        (lambda: cross_entropy(Value(0.5), 0), ValueError, "a list of at least 2 logits, one per class, not Value"),
        (lambda: cross_entropy([Value(0.5)] * 3, 3), ValueError, r"cross_entropy: class 3 of 3 predictions \(0 to 2\)"),
        (lambda: cross_entropy([Value(0.5)] * 3, -1), ValueError, "must be at least 0, not -1"),
        (lambda: cross_entropy([Value(0.5)] * 3, 1.5), TypeError, "a class, must be a whole number, not float: 1.5"),
    ],
)
def test_bad_targets_are_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


# ---- options

LOGITS = [[0.3, -1.2, 2.0], [1.5, 0.2, -0.7], [-2.0, 0.4, 0.1], [0.0, 0.0, 3.0]]
CLASSES = [2, 0, 1, 2]
SHARES = [[0.2, 0.3, 0.5], [1.0, 0.0, 0.0], [0.1, 0.9, 0.0], [0.25, 0.25, 0.5]]
OPTIONS = [
    ("cross_entropy", CLASSES, {"weight": [0.5, 2.0, 3.0]}),
    ("cross_entropy", CLASSES, {"label_smoothing": 0.1}),
    ("cross_entropy", CLASSES, {"label_smoothing": 0.3, "weight": [0.5, 2.0, 3.0]}),
    ("cross_entropy", [2, -100, 1, -100], {"ignore_index": -100}),
    ("cross_entropy", CLASSES, {"ignore_index": 2, "weight": [0.5, 2.0, 3.0], "label_smoothing": 0.2}),
    ("cross_entropy", SHARES, {}),
    ("cross_entropy", SHARES, {"label_smoothing": 0.3, "weight": [0.5, 2.0, 3.0]}),
    ("nll", CLASSES, {"weight": [0.5, 2.0, 3.0]}),
    ("nll", CLASSES, {"ignore_index": 0}),
    ("binary_cross_entropy_with_logits", SHARES, {"pos_weight": [3.0, 0.5, 1.0]}),
    ("binary_cross_entropy_with_logits", SHARES, {"pos_weight": 3.0}),
]


@pytest.mark.parametrize("reduction", losses.REDUCTIONS)
@pytest.mark.parametrize(("name", "targets", "options"), OPTIONS)
def test_options_are_those_of_torch(torch, name, targets, options, reduction):
    logits = torch.tensor(LOGITS, dtype=torch.float64, requires_grad=True)
    functional = torch.nn.functional
    function = {"nll": functional.nll_loss}.get(name) or getattr(functional, name)
    settings = {
        key: torch.tensor(given, dtype=torch.float64) if key in ("weight", "pos_weight") else given
        for key, given in options.items()
    }
    aims = torch.tensor(targets, dtype=torch.float64 if isinstance(targets[0], list) else torch.int64)
    expected = function(logits, aims, reduction=reduction, **settings)
    expected.sum().backward()
    ours = [[Value(number) for number in row] for row in LOGITS]
    loss = losses.get(name, reduction=reduction, **options)(ours, targets)
    found = (
        [each for row in loss for each in (row if isinstance(row, list) else [row])] if reduction == "none" else [loss]
    )
    for each in found:
        each.backward()
    assert [each.data for each in found] == pytest.approx(expected.reshape(-1).tolist(), rel=1e-12, abs=1e-15)
    slopes = [value.grad for row in ours for value in row]
    assert slopes == pytest.approx(logits.grad.reshape(-1).tolist(), rel=1e-10, abs=1e-15)


def test_what_is_ignored_everywhere_has_no_mean():
    assert math.isnan(losses.cross_entropy([Value(1.0), Value(0.0)], -1, ignore_index=-1).data)
    assert math.isnan(losses.cross_entropy([Value(1.0), Value(0.0)], 0, weight=[0.0, 1.0], label_smoothing=0.5).data)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("targets", [[-1, -1, -1], [-1, -1, 0], [-1, -1, 1]])
@pytest.mark.parametrize(
    ("name", "options"), [("nll", {}), ("cross_entropy", {}), ("cross_entropy", {"label_smoothing": 0.5})]
)
def test_ignored_rows_pass_nothing_on_as_in_torch(torch, name, options, targets, reduction):
    numbers = [[0.5, -1.0], [-math.inf, 2.0], [1.0, 3.0]]
    rows = [[Value(number) for number in row] for row in numbers]
    logits = torch.tensor(numbers, dtype=torch.float64, requires_grad=True)
    options = options | {"weight": [0.0, 2.0], "ignore_index": -1, "reduction": reduction}
    found = getattr(losses, name)(rows, targets, **options)
    found.backward()
    options["weight"] = torch.tensor(options["weight"], dtype=torch.float64)
    of_torch = {"nll": "nll_loss"}.get(name, name)
    expected = getattr(torch.nn.functional, of_torch)(logits, torch.tensor(targets), **options)
    expected.backward()
    assert found.data == pytest.approx(expected.item(), rel=1e-12, nan_ok=True)
    slopes = [value.grad for row in rows for value in row]
    assert slopes == pytest.approx(logits.grad.reshape(-1).tolist(), rel=1e-12, nan_ok=True)


@pytest.mark.parametrize(
    ("compute", "message"),
    [
        (lambda p: losses.cross_entropy(p, 0, weight=[1.0]), "weight: 1 weight for 2 classes"),
        (lambda p: losses.cross_entropy(p, 0, weight=[1.0, -1.0]), "weight must be at least 0"),
        (lambda p: losses.cross_entropy(p, 0, label_smoothing=1.5), "label_smoothing must be"),
        (lambda p: losses.cross_entropy(p, [0.5, 0.5, 0.0]), "3 probabilities for 2 predictions"),
        (lambda p: losses.cross_entropy(p, [0.5, 0.5], ignore_index=0), "ignore_index is for classes"),
        (lambda p: losses.cross_entropy(p, -2, ignore_index=-1), "must be at least 0, not -2"),
        (lambda p: losses.binary_cross_entropy_with_logits(p, [1, 0], pos_weight=[1.0] * 3), "3 weights for 2 outputs"),
        (lambda p: losses.binary_cross_entropy_with_logits(p + p, [1] * 4, pos_weight=[1.0, 2.0]), "2 weights for 4"),
        (
            lambda p: losses.binary_cross_entropy_with_logits([p] * 3, [[1, 0]] * 3, pos_weight=[1.0, 2.0, 3.0]),
            "3 weights for 2 outputs",
        ),
        (lambda p: losses.binary_cross_entropy_with_logits([p], [[1, 0]], pos_weight=[]), "0 weights for 2 outputs"),
        (lambda p: losses.get("mse", reduction="middle"), "unknown reduction"),
        (lambda p: losses.cross_entropy(p, 0, weight={0: 1.0, 1: 3.0}), "weight: a number for each class expected"),
        (lambda p: losses.nll(p, 0, weight={1.0, 3.0}), "weight: a number for each class expected, not set"),
        (lambda p: losses.nll(p, 0, ignore_index=[0]), "ignore_index must be a whole number, not list"),
        (lambda p: losses.cross_entropy(p, 0, ignore_index=0.5), "ignore_index must be a whole number, not float"),
    ],
)
def test_wrong_options_are_refused(compute, message):
    with pytest.raises((TypeError, ValueError), match=message):
        compute([Value(1.0), Value(2.0)])


def test_weights_of_classes_may_be_a_tensor(torch):
    weights, logits = torch.tensor([0.5, 2.0]), [[Value(1.0), Value(2.0)], [Value(0.0), Value(3.0)]]
    expected = losses.cross_entropy(logits, [0, 1], weight=weights.tolist())
    assert losses.cross_entropy(logits, [0, 1], weight=weights).data == expected.data
    expected = losses.binary_cross_entropy_with_logits(logits, [[0, 1], [1, 1]], pos_weight=weights.tolist())
    assert losses.binary_cross_entropy_with_logits(logits, [[0, 1], [1, 1]], pos_weight=weights).data == expected.data


def test_a_loss_shows_its_settings():
    assert repr(losses.get("mse")) == "mse()"
    assert repr(losses.get("huber", delta=2.0, reduction="sum")) == "huber(delta=2.0, reduction='sum')"


def test_a_function_with_a_known_name_is_not_taken_for_that():
    def mse(prediction, target):
        return (prediction - target) ** 4

    rule = losses.get(mse)
    assert rule(Value(3.0), 1.0).data == 16.0
    assert (rule.name, repr(rule), losses.get(losses.mse).name) == ("own mse", "own mse()", "mse")
    assert losses.get("mse", reduction="sum").name == "mse"
