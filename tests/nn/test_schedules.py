import json
from itertools import product

import pytest

import nn
from engine import Value
from nn import schedules
from nn.optim import SGD
from nn.schedules import CosineAnnealingLR, ExponentialLR, LinearLR, OneCycleLR, Schedule, SequentialLR, StepLR

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
    (OneCycleLR, {"max_lr": 0.3, "total_steps": 12, "cycle_momentum": False}),
]


CHAINED = [case for case in CASES if case[0] is not OneCycleLR]


def make(schedule_class, lr=0.2, **options):
    return schedule_class(SGD([Value(1.0)], lr=lr), **options)


@pytest.mark.parametrize(("schedule_class", "options"), CASES)
def test_rates_agree_with_torch(torch, schedule_class, options):
    ours = make(schedule_class, **options)
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.2)
    theirs = getattr(torch.optim.lr_scheduler, schedule_class.__name__)(optimizer, **options)
    for steps in range(options.get("total_steps", 12)):
        assert ours.optimizer.lr == ours.rate(steps) == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-9)
        optimizer.step()
        ours.step()
        theirs.step()


@pytest.mark.parametrize(
    ("name", "options"), [("SGD", {}), ("SGD", {"momentum": 0.5}), ("Adam", {}), ("RMSprop", {"momentum": 0.1})]
)
def test_one_cycle_changes_the_momentum_as_in_torch(torch, name, options):
    w, theirs = Value(2.0), torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
    cycle = {"max_lr": 0.1, "total_steps": 12, "base_momentum": 0.6, "max_momentum": 0.9}
    mine, other = getattr(nn, name)([w], lr=0.2, **options), getattr(torch.optim, name)([theirs], lr=0.2, **options)
    schedule, their_schedule = OneCycleLR(mine, **cycle), torch.optim.lr_scheduler.OneCycleLR(other, **cycle)
    for _ in range(12):
        for optimizer, leaf in ((mine, w), (other, theirs)):
            optimizer.zero_grad()
            (leaf * leaf).backward()
            optimizer.step()
        schedule.step()
        their_schedule.step()
        assert w.data == pytest.approx(theirs.item(), rel=1e-9)


def test_one_cycle_needs_a_momentum():
    class Plain(nn.Optimizer):
        pass

    with pytest.raises(ValueError, match="Plain has no momentum to change: write cycle_momentum=False"):
        OneCycleLR(Plain([Value(1.0)], 0.1), 0.1, 10)
    OneCycleLR(Plain([Value(1.0)], 0.1), 0.1, 10, cycle_momentum=False)


def pair(torch, lr=0.2):
    """Our optimiser and PyTorch's, and their schedules."""
    ours, theirs = SGD([Value(1.0)], lr=lr), torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr)
    theirs.step()

    def make_both(schedule_class, options):
        torch_class = getattr(torch.optim.lr_scheduler, schedule_class.__name__)
        return schedule_class(ours, **options), torch_class(theirs, **options)

    return ours, theirs, make_both


@pytest.mark.filterwarnings("ignore:Detected call of `lr_scheduler.step")
@pytest.mark.parametrize(("first", "second"), list(product(CHAINED, repeat=2)))
def test_two_schedules_of_one_optimizer_multiply_as_in_torch(torch, first, second):
    ours, theirs, make_both = pair(torch)
    schedules = [make_both(*first), make_both(*second)]
    for steps in range(25):
        assert ours.lr == pytest.approx(theirs.param_groups[0]["lr"], rel=1e-9, abs=1e-17)
        for one, other in schedules:
            other.step()
            if theirs.param_groups[0]["lr"] < 0:  # PyTorch's cosine swings a rate below its eta_min down and up
                with pytest.raises(ValueError, match="lr must be at least 0"):
                    one.step()
                return
            one.step()
        if steps in (5, 12):
            ours.lr = theirs.param_groups[0]["lr"] = 0.1 * steps


@pytest.mark.filterwarnings("ignore:Detected call of `lr_scheduler.step")
@pytest.mark.parametrize(
    ("lr", "schedule_class", "options"),
    [
        *((0.0, *case) for case in CHAINED),
        (0.2, StepLR, {"step_size": 2, "gamma": 0.0}),
        (0.2, ExponentialLR, {"gamma": 0.0}),
        (0.2, ExponentialLR, {"gamma": 1e-160}),
        (0.2, CosineAnnealingLR, {"T_max": 4, "eta_min": 0.2}),
        (0.2, CosineAnnealingLR, {"T_max": 4, "eta_min": 0.2 * (1 - 1e-13)}),
        (0.2, LinearLR, {"end_factor": 0.0}),
    ],
)
def test_a_rate_set_by_hand_changes_as_in_torch_where_that_of_the_schedule_stands_still(
    torch, lr, schedule_class, options
):
    ours, theirs, make_both = pair(torch, lr)
    one, other = make_both(schedule_class, options)
    for steps in range(25):
        assert ours.lr == pytest.approx(theirs.param_groups[0]["lr"], rel=1e-9, abs=1e-15)
        if steps % 5 == 2:
            ours.lr = theirs.param_groups[0]["lr"] = 0.5
            make_both(schedule_class, options)
            assert ours.lr == pytest.approx(theirs.param_groups[0]["lr"], rel=1e-9)
            ours.lr = theirs.param_groups[0]["lr"] = 0.5
        one.step()
        other.step()


@pytest.mark.filterwarnings("ignore:Detected call of `lr_scheduler.step", "ignore:The epoch parameter")
@pytest.mark.parametrize("by_hand", [False, True])
@pytest.mark.parametrize(("first", "second"), list(product(CHAINED, repeat=2)))
def test_schedules_in_sequence_agree_with_torch(torch, first, second, by_hand):
    ours, theirs, make_both = pair(torch)
    parts = [make_both(*first), make_both(*second), make_both(CosineAnnealingLR, {"T_max": 3, "eta_min": 0.01})]
    schedule = SequentialLR(ours, [one for one, _ in parts], [4, 11])
    expected = torch.optim.lr_scheduler.SequentialLR(theirs, [other for _, other in parts], [4, 11])
    for steps in range(20):
        assert ours.lr == pytest.approx(theirs.param_groups[0]["lr"], rel=1e-9, abs=1e-17)
        assert by_hand or ours.lr == schedule.rate(steps)
        schedule.step()
        expected.step()
        if by_hand and steps in (1, 6, 14):
            ours.lr = theirs.param_groups[0]["lr"] = 0.1 * steps


def test_a_rate_set_by_hand_changes_as_a_rate_of_your_own_says():
    class Capped(ExponentialLR):
        def rate(self, steps):
            return max(super().rate(steps), 0.1)

    schedule, rates = make(Capped, lr=0.4, gamma=0.5), []
    schedule.optimizer.lr = 4.0
    for _ in range(4):
        schedule.step()
        rates.append(schedule.optimizer.lr)
    assert rates == pytest.approx([2.0, 1.0, 1.0, 1.0], rel=1e-12)


def test_a_sequence_is_saved_where_it_is():
    def sequence():
        optimizer = SGD([Value(1.0)], lr=0.2)
        return SequentialLR(optimizer, [LinearLR(optimizer, 0.5), ExponentialLR(optimizer, 0.9)], [3])

    schedule, again = sequence(), sequence()
    for _ in range(5):
        schedule.step()
    schedule.optimizer.lr *= 2
    again.load_state_dict(json.loads(json.dumps(schedule.state_dict())))
    for one in (schedule, again):
        one.step()
    assert again.optimizer.lr == schedule.optimizer.lr == pytest.approx(0.2 * 2 * 0.9**3, rel=1e-12)


def test_a_rate_set_by_hand_stays_in_fit():
    model, rates = nn.MLP(1, [1]), []
    optimizer = SGD(model.parameters(), lr=0.2)

    def halve_once(history):
        rates.append(optimizer.lr)
        if history.epochs == 2:
            optimizer.lr /= 2

    schedule = StepLR(optimizer, 3)
    nn.fit(model, [[1.0]], [1.0], schedule=schedule, epochs=5, callback=halve_once, progress=False)
    assert rates == pytest.approx([0.2, 0.2, 0.01, 0.01, 0.01], rel=1e-12)


def test_every_schedule_has_a_case():
    found = {each for each in vars(schedules).values() if isinstance(each, type) and issubclass(each, Schedule)}
    assert found - {Schedule, SequentialLR} == {each for each, _ in CASES}
    assert [each.__name__ for each, _ in CASES if each.per_batch] == ["OneCycleLR"] * 3


def test_the_state_goes_into_a_new_schedule():
    schedule = make(CosineAnnealingLR, T_max=9)
    for _ in range(4):
        schedule.step()
    other = make(CosineAnnealingLR, lr=7.0, T_max=9)
    other.load_state_dict(json.loads(json.dumps(schedule.state_dict())))
    assert other.optimizer.lr == schedule.optimizer.lr
    assert repr(other) == "CosineAnnealingLR(T_max=9, eta_min=0; 4 steps, lr=0.117365)"
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


def in_sequence(sizes, milestones):
    optimizer = SGD([Value(1.0)])
    parts = [StepLR(optimizer, size) if size == 1 else OneCycleLR(optimizer, 1.0, 9) for size in sizes]
    return SequentialLR(optimizer, parts, milestones)


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
        (lambda: in_sequence([], []), ValueError, "0 milestones are for 1 schedulers, 0 given"),
        (lambda: in_sequence([1, 1], [2, 5]), ValueError, "2 milestones are for 3 schedulers, 2 given"),
        (lambda: in_sequence([1, 1, 1], [5, 5]), ValueError, r"milestones must grow, not \[5, 5\]"),
        (lambda: in_sequence([1, 1], [0]), ValueError, r"milestones\[0\] must be at least 1, not 0"),
        (
            lambda: SequentialLR(SGD([Value(1.0)]), [3], []),
            TypeError,
            r"schedulers\[0\] must be a Schedule, not int: 3",
        ),
        (lambda: SequentialLR(SGD([Value(1.0)]), [make(StepLR, step_size=1)], []), ValueError, "of another optimizer"),
        (lambda: in_sequence([1, OneCycleLR], [5]), ValueError, "all after each epoch or all after each update"),
        (lambda: Schedule(SGD([Value(1.0)])), NotImplementedError, r"Schedule has no rate\(\)"),
    ],
)
def test_arguments_are_checked(create, error, message):
    with pytest.raises(error, match=message):
        create()
