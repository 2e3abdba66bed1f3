"""What nn.fit does beyond plain training: whole batches, schedules, validation, patience, callbacks, Ctrl-C."""

import signal
import threading

import numpy as np
import pytest

import nn
from engine import Value
from nn.training.stopping import Interruptions
from nn.training.updates import divide

X = np.random.default_rng(0).normal(size=(9, 2))
Y = X[:, 0] * X[:, 1]


def seeded(seed=0):
    return np.random.default_rng(seed)


def quietly(model, X=X, y=Y, **options):
    return nn.fit(model, X, y, progress=False, **options)


class Line(nn.Module):
    def __init__(self, slope=0.0):
        self.slope = Value(slope)

    def forward(self, row):
        return self.slope * row[0]


def normalising(generator):
    linear = [nn.Layer(2, 4, "linear", generator=generator), nn.Layer(4, 1, "linear", generator=generator)]
    return nn.Sequential(linear[0], nn.BatchNorm(4), nn.Activate("tanh"), linear[1])


# whole batches


def test_batch_norm_learns_as_in_torch(torch):
    model = normalising(seeded())
    theirs = torch.nn.Sequential(
        torch.nn.Linear(2, 4), torch.nn.BatchNorm1d(4), torch.nn.Tanh(), torch.nn.Linear(4, 1)
    ).double()
    with torch.no_grad():
        for ours, linear in ((model.layers[0], theirs[0]), (model.layers[3], theirs[3])):
            linear.weight.copy_(torch.from_numpy(np.array([[w.data for w in n.weights] for n in ours.neurons])))
            linear.bias.copy_(torch.from_numpy(np.array([n.bias.data for n in ours.neurons])))
    history = quietly(
        model, epochs=5, batch_size=4, generator=seeded(7), record=False, optimizer=nn.SGD(model.parameters(), lr=0.1)
    )
    step = torch.optim.SGD(theirs.parameters(), lr=0.1)
    shuffle, expected = seeded(7), []
    for _ in range(5):
        order, total = shuffle.permutation(9), 0.0
        for batch in (order[:4].copy(), order[4:].copy()):  # the ninth row joins the second four
            step.zero_grad()
            loss = torch.nn.functional.mse_loss(theirs(torch.tensor(X[batch]))[:, 0], torch.tensor(Y[batch]))
            loss.backward()
            step.step()
            total += loss.item() * len(batch) / 9
        expected.append(total)
    assert history.loss == pytest.approx(expected, rel=1e-9)
    assert model.layers[1].running_mean == pytest.approx(theirs[1].running_mean.tolist(), rel=1e-9)
    assert model.layers[1].running_variance == pytest.approx(theirs[1].running_var.tolist(), rel=1e-9)
    theirs.eval()
    assert nn.predict(model, X) == pytest.approx(theirs(torch.tensor(X)).detach().numpy()[:, 0], rel=1e-9)


def test_batches_of_a_single_row_are_refused_before_anything_changes():
    model, generator = normalising(seeded()), seeded(3)
    before = model.state_dict()
    cases = [({"batch_size": 1}, "batch_size must be at least 2 for a model that looks across the batch, not 1")]
    cases += [({"X": X[:1], "y": Y[:1]}, "the number of rows to learn from must be at least 2")]
    cases += [({"X": X[:2], "y": Y[:2], "validation": 0.5}, "the number of rows to learn from .* not 1")]
    for options, message in cases:
        with pytest.raises(ValueError, match=message):
            quietly(model, **options, epochs=1, generator=generator)
    assert model.state_dict() == before
    assert generator.random() == seeded(3).random()


@pytest.mark.parametrize("count", range(2, 12))
@pytest.mark.parametrize("size", range(2, 6))
def test_batches_hold_every_row_once(count, size):
    order = seeded().permutation(count)
    parts = divide(order, size, 2)
    assert np.concatenate(parts).tolist() == order.tolist()
    assert all(len(part) >= 2 for part in parts)
    assert all(len(part) == size for part in parts[:-1])
    assert max(map(len, parts)) <= size + 1
    assert [len(part) for part in divide(order, size, 1)] == [min(size, count - at) for at in range(0, count, size)]


def test_divergence_leaves_the_running_statistics():
    model = normalising(seeded())
    before = model.state_dict()
    history = quietly(model, X, Y * 1e200, record=False)
    assert (history.stopped, history.epochs) == ("diverged", 0)
    assert model.state_dict() == before


# schedules


def test_schedules_go_on_after_each_epoch_or_update():
    model = Line()
    optimizer = nn.SGD(model.parameters(), lr=1.0)
    rates = []
    schedule = nn.StepLR(optimizer, 2, gamma=0.5)
    quietly(model, y=X[:, 0], schedule=schedule, epochs=5, batch_size=2, callback=lambda _: rates.append(optimizer.lr))
    assert rates == [1.0, 0.5, 0.5, 0.25, 0.25]
    optimizer = nn.SGD(model.parameters())
    schedule = nn.OneCycleLR(optimizer, 0.1, total_steps=10)
    quietly(model, schedule=schedule, epochs=2, batch_size=2)
    assert (schedule.steps, optimizer.lr) == (10, schedule.rate(10))


def test_scheduled_training_is_that_of_torch(torch):
    model = Line(0.5)
    optimizer = nn.SGD(model.parameters(), lr=0.3)
    history = quietly(model, schedule=nn.ExponentialLR(optimizer, 0.7), epochs=6)
    slope = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
    step = torch.optim.SGD([slope], lr=0.3)
    rates, expected = torch.optim.lr_scheduler.ExponentialLR(step, 0.7), []
    for _ in range(6):
        step.zero_grad()
        loss = ((slope * torch.tensor(X[:, 0]) - torch.tensor(Y)) ** 2).mean()
        loss.backward()
        step.step()
        rates.step()
        expected.append(loss.item())
    assert history.loss == pytest.approx(expected, rel=1e-12)


def test_schedules_are_checked():
    model = Line()
    optimizer = nn.SGD(model.parameters(), lr=0.1)
    with pytest.raises(TypeError, match=r"schedule must be a Schedule such as StepLR\(optimizer, 10\), not 3"):
        quietly(model, schedule=3)
    other = nn.StepLR(nn.SGD(model.parameters(), lr=0.2), 3)
    with pytest.raises(ValueError, match="the schedule sets the rate of another optimizer"):
        quietly(model, optimizer=optimizer, schedule=other)
    with pytest.raises(ValueError, match="made for 10 steps, this is step 15"):
        quietly(model, schedule=nn.OneCycleLR(optimizer, 0.1, total_steps=10), epochs=3, batch_size=2)
    assert model.slope.data == 0.0


# validation and patience


def test_a_share_of_the_rows_is_set_aside():
    def run(**options):
        model = nn.MLP(2, [3, 1], generator=seeded())
        return model, quietly(model, epochs=3, batch_size=2, **options)

    model, history = run(validation=0.3, generator=seeded(5))
    generator = seeded(5)
    (rows, targets), held_out = nn.split(X, Y, 0.3, generator=generator)
    other = nn.MLP(2, [3, 1], generator=seeded())
    assert history == quietly(other, rows, targets, epochs=3, batch_size=2, validation=held_out, generator=generator)
    assert len(held_out[0]) == 3
    assert model.state_dict() == other.state_dict()
    assert history.validation_loss[-1] == pytest.approx(nn.evaluate(model, *held_out)["loss"], rel=1e-14)


@pytest.mark.parametrize(
    ("validation", "error", "message"),
    [
        (0.0, ValueError, "validation must be a share above 0 and below 1, not 0"),
        (1.0, ValueError, "validation must be a share above 0 and below 1, not 1"),
        (float("nan"), ValueError, "validation must be a share above 0 and below 1, not nan"),
        (0.01, ValueError, "leaves one part empty"),
        (True, TypeError, r"validation must be a pair \(X, y\) or a share between 0 and 1, not bool"),
        ("half", TypeError, "not str"),
    ],
)
def test_shares_are_checked(validation, error, message):
    generator = seeded(4)
    with pytest.raises(error, match=message):
        quietly(Line(), validation=validation, generator=generator)
    assert generator.random() == seeded(4).random()


def test_patience_restores_the_best_weights():
    # The slope climbs 0, 0.5, 0.75, ... to 1 as 1 - 2^-epoch; the validation data would have 0.75.
    for record in (True, False):
        model = Line()
        optimizer = nn.SGD(model.parameters(), lr=0.25)
        history = quietly(
            model, [[1.0]], [1.0], validation=([[1.0]], [0.75]), patience=2, optimizer=optimizer, record=record
        )
        assert history.validation_loss == [0.0625, 0.0, 0.015625, 0.03515625]
        assert (history.stopped, history.epochs, history.best) == ("patience", 4, 2)
        assert history.reason == (
            "no new low of the validation loss in 2 epochs; restored epoch 2, with a validation loss of 0"
        )
        assert model.slope.data == 0.75


def test_the_best_is_restored_however_training_ends():
    def stop(history):
        if history.epochs == 3:
            raise KeyboardInterrupt

    for options, stopped in (({"epochs": 3}, "epochs"), ({"callback": stop}, "interrupted")):
        model = Line()
        optimizer = nn.SGD(model.parameters(), lr=0.25)
        history = quietly(
            model, [[1.0]], [1.0], validation=([[1.0]], [0.75]), patience=9, optimizer=optimizer, **options
        )
        assert (history.stopped, history.best, model.slope.data) == (stopped, 2, 0.75)
        assert "restored epoch 2" in history.reason


@pytest.mark.parametrize("record", [True, False])
def test_what_the_loss_learns_is_restored_too(record):
    model, scale = Line(), Value(1.0)

    def loss(prediction, target):
        return (prediction * scale - target) ** 2

    rows, optimizer = ([[1.0]], [0.75]), nn.SGD([*model.parameters(), scale], lr=0.1)
    history = quietly(model, [[1.0]], [2.0], loss=loss, validation=rows, patience=3, optimizer=optimizer, record=record)
    assert history.best == history.epochs - 3
    assert nn.evaluate(model, *rows, loss)["loss"] == history.validation_loss[history.best - 1]


def test_running_statistics_are_restored_too():
    model, states = normalising(seeded()), []
    history = quietly(
        model, validation=(X, -Y), patience=3, epochs=40, record=False,
        callback=lambda _: states.append(model.state_dict()),
    )  # fmt: skip
    assert history.stopped == "patience"
    assert model.state_dict() == states[history.best - 1] != states[-1]
    assert history.best == np.argmin(history.validation_loss) + 1 == history.epochs - 3


def test_a_loss_without_a_low_restores_nothing():
    class Broken(Line):
        def forward(self, row):
            return self.slope * row[0] if self.training else self.slope * float("nan")

    history = quietly(Broken(), validation=(X, Y), patience=3, record=False)
    assert (history.stopped, history.epochs, history.best) == ("patience", 3, 0)
    assert "restored" not in history.reason


def test_patience_is_checked():
    with pytest.raises(ValueError, match="patience needs validation data to measure"):
        quietly(Line(), patience=3)
    with pytest.raises(ValueError, match="patience must be at least 1, not 0"):
        quietly(Line(), patience=0, validation=0.5)


# callbacks


def test_every_callback_is_called():
    seen = []
    callbacks = [lambda h: seen.append("first") or True, lambda h: seen.append(h.epochs)]
    assert quietly(Line(), callback=callbacks).stopped == "callback"
    assert seen == ["first", 1]
    with pytest.raises(TypeError, match="callback must be a function of the history, not int: 3"):
        quietly(Line(), callback=[print, 3])


# Ctrl-C


class Interrupted(nn.SGD):
    """Meets Ctrl-C in the midst of its third update."""

    updates = 0

    def move(self, data, gradient):
        self.updates += 1
        half = len(data) // 2
        data[:half] -= self.lr * gradient[:half]
        if self.updates == 3:
            signal.raise_signal(signal.SIGINT)
        data[half:] -= self.lr * gradient[half:]


@pytest.mark.parametrize("record", [True, False])
def test_an_update_is_made_whole_before_ctrl_c_ends_training(record):
    handler = signal.getsignal(signal.SIGINT)
    models = [nn.MLP(2, [3, 1], generator=seeded()) for _ in range(2)]
    options = {"batch_size": 3, "record": record}
    history = quietly(
        models[0], epochs=9, generator=seeded(1), optimizer=Interrupted(models[0].parameters(), lr=0.1), **options
    )
    quietly(models[1], epochs=1, generator=seeded(1), optimizer=nn.SGD(models[1].parameters(), lr=0.1), **options)
    assert (history.stopped, history.reason, history.epochs) == ("interrupted", "interrupted in epoch 1", 0)
    assert models[0].state_dict() == models[1].state_dict()
    assert signal.getsignal(signal.SIGINT) is handler


def test_ctrl_c_in_the_forward_pass_leaves_numbers_and_statistics():
    model, calls = normalising(seeded()), []

    def loss(prediction, target):
        calls.append(target)
        if len(calls) == 1 + 9 + 5:  # the trial, an epoch, half of another
            signal.raise_signal(signal.SIGINT)
        return nn.mse(prediction[0], target)

    states = []
    history = quietly(model, loss=loss, record=False, callback=lambda _: states.append(model.state_dict()))
    assert (history.stopped, history.epochs) == ("interrupted", 1)
    assert model.state_dict() == states[0]


def test_ctrl_c_waits():
    done = []

    def work():
        with Interruptions().watch() as waiting, waiting:
            signal.raise_signal(signal.SIGINT)
            with waiting:
                done.append("within")
            done.append("around")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == ["within", "around"]


class Slow(nn.StepLR):
    """Meets Ctrl-C at the beginning of its third step."""

    def step(self):
        if self.steps == 2:
            signal.raise_signal(signal.SIGINT)
        super().step()


@pytest.mark.parametrize("record", [True, False])
def test_an_epoch_ends_with_its_schedule_and_its_best_numbers_before_ctrl_c(record):
    model = nn.MLP(2, [3, 1], generator=seeded())
    schedule = Slow(nn.SGD(model.parameters(), lr=0.1), 1, 0.5)
    history = quietly(
        model, epochs=9, generator=seeded(1), schedule=schedule, validation=0.3, patience=5, record=record
    )
    assert (history.stopped, history.epochs, schedule.steps) == ("interrupted", 3, 3)
    assert history.best == 1 + int(np.argmin(history.validation_loss))


def test_training_runs_in_a_thread_as_well():
    histories = []
    thread = threading.Thread(target=lambda: histories.append(quietly(Line(), epochs=2)))
    thread.start()
    thread.join()
    assert histories[0].epochs == 2


def test_the_values_have_the_numbers_at_the_end_of_each_epoch_though_nobody_asked():
    model, seen = Line(), []

    class Look(nn.schedules.Schedule):
        def rate(self, steps):
            seen.append(model.state_dict())
            return self.base

    optimizer = nn.SGD(model.parameters(), lr=0.1)
    quietly(model, epochs=3, optimizer=optimizer, schedule=Look(optimizer))
    assert len({tuple(state.values()) for state in seen}) == 1 + 3  # at the start, after each epoch


@pytest.mark.parametrize("record", [True, False])
@pytest.mark.parametrize("make", [normalising, lambda generator: nn.MLP(2, [3, 1], "tanh", generator=generator)])
def test_gradients_of_what_is_not_learned_stay_as_they_were(make, record):
    model = make(seeded())
    for parameter in model.parameters():
        parameter.grad = 7.0
    last = model.layers[-1].parameters()
    quietly(model, optimizer=nn.SGD(last, lr=0.01), epochs=3, record=record)
    frozen = [parameter for parameter in model.parameters() if parameter not in set(last)]
    assert [parameter.grad for parameter in frozen] == [7.0] * len(frozen)
    assert all(parameter.grad != 7.0 for parameter in last)


@pytest.mark.parametrize("record", [True, False])
def test_training_in_two_parts_is_training_in_one(record):
    def run(*parts):
        model, generator = normalising(seeded()), seeded(3)
        optimizer = nn.Adam(model.parameters())
        schedule, losses = nn.StepLR(optimizer, 2), []
        for epochs in parts:
            options = {"epochs": epochs, "optimizer": optimizer, "schedule": schedule, "generator": generator}
            losses += quietly(model, batch_size=4, record=record, **options).loss
        return losses, model.state_dict()

    (losses, state), (expected, end) = run(2, 3), run(5)
    assert losses == pytest.approx(expected, rel=1e-9)
    assert state == pytest.approx(end, rel=1e-9)
