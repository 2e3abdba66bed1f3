import json

import pytest

from engine import Value
from nn import schedules
from nn.optim import SGD
from nn.schedules import CosineAnnealingLR, ExponentialLR, LinearLR, OneCycleLR, Schedule, StepLR

CASES = [
    (StepLR, {"step_size": 3}),
    (StepLR, {"step_size": 1, "gamma": 0.5}),
    (ExponentialLR, {"gamma": 0.9}),
    (CosineAnnealingLR, {"T_max": 10}),
    (CosineAnnealingLR, {"T_max": 4, "eta_min": 0.01}),
    (LinearLR, {}),
    (LinearLR, {"start_factor": 0.1, "end_factor": 0.8, "total_iters": 7}),
    (OneCycleLR, {"max_lr": 1.0, "total_steps": 20}),
    (OneCycleLR, {"max_lr": 0.3, "total_steps": 11, "pct_start": 0.5, "div_factor": 10.0, "final_div_factor": 100.0}),
]


def make(kind, lr=0.2, **options):
    return kind(SGD([Value(1.0)], lr=lr), **options)


@pytest.mark.parametrize(("kind", "options"), CASES)
def test_rates_agree_with_torch(torch, kind, options):
    ours = make(kind, **options)
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.2)
    more = {"cycle_momentum": False} if kind is OneCycleLR else {}
    theirs = getattr(torch.optim.lr_scheduler, kind.__name__)(optimizer, **options, **more)
    for steps in range(options.get("total_steps", 12)):
        assert ours.optimizer.lr == ours.rate(steps) == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-9)
        optimizer.step()
        ours.step()
        theirs.step()


def test_every_schedule_has_a_case():
    kinds = {kind for kind in vars(schedules).values() if isinstance(kind, type) and issubclass(kind, Schedule)}
    assert kinds - {Schedule} == {kind for kind, _ in CASES}
    assert [kind.__name__ for kind, _ in CASES if kind.per_batch] == ["OneCycleLR"] * 2


def test_the_state_goes_into_a_new_schedule():
    schedule = make(CosineAnnealingLR, T_max=9)
    for _ in range(4):
        schedule.step()
    other = make(CosineAnnealingLR, lr=7.0, T_max=9)
    other.load_state_dict(json.loads(json.dumps(schedule.state_dict())))
    assert other.optimizer.lr == schedule.optimizer.lr
    assert repr(other) == "CosineAnnealingLR(step 4, lr=0.117365)"
    with pytest.raises(ValueError, match="the state of CosineAnnealingLR, not of ExponentialLR"):
        make(ExponentialLR, gamma=0.5).load_state_dict(schedule.state_dict())
    with pytest.raises(ValueError, match=r"not the state of a schedule: \{\}"):
        other.load_state_dict({})


def test_a_cycle_ends():
    schedule = make(OneCycleLR, max_lr=1.0, total_steps=5)
    for _ in range(5):
        schedule.step()
    lr = schedule.optimizer.lr
    with pytest.raises(ValueError, match="OneCycleLR was made for 5 steps, this is step 6"):
        schedule.step()
    assert (schedule.steps, schedule.optimizer.lr) == (5, lr)


@pytest.mark.parametrize(
    ("create", "error", "message"),
    [
        (lambda: StepLR(3, 1), TypeError, "a schedule needs an Optimizer, not int: 3"),
        (lambda: make(StepLR, step_size=0), ValueError, "step_size must be at least 1, not 0"),
        (lambda: make(ExponentialLR, gamma=-1), ValueError, "gamma must be at least 0"),
        (lambda: make(LinearLR, start_factor=0), ValueError, "start_factor must be above 0"),
        (lambda: make(LinearLR, end_factor=2), ValueError, "end_factor must be at most 1, not 2"),
        (lambda: make(CosineAnnealingLR, T_max=2.5), TypeError, "T_max must be a whole number, not float: 2.5"),
        (lambda: make(OneCycleLR, max_lr=1.0, total_steps=3), ValueError, "rise for more than 1 step"),
        (lambda: make(OneCycleLR, max_lr=1.0, total_steps=9, pct_start=1.0), ValueError, "fall for at least 1"),
        (lambda: make(OneCycleLR, max_lr=1.0, total_steps=9, div_factor=0.5), ValueError, "div_factor .* at least 1"),
        (lambda: Schedule(SGD([Value(1.0)])), NotImplementedError, r"Schedule has no rate\(\)"),
    ],
)
def test_arguments_are_checked(create, error, message):
    with pytest.raises(error, match=message):
        create()
