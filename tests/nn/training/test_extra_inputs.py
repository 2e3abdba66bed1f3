"""What layers draw, hold and look up, and who looks while a training is recorded: the numbers are those of Values."""

import warnings
from contextlib import suppress

import numpy as np
import pytest
from numpy.random import default_rng

import engine
import nn
from engine import Value
from engine.value import lift
from nn import Layer, Sequential

X = default_rng(3).normal(size=(12, 3))
Y = default_rng(4).normal(size=12)


def fit(make, record, X=X, y=Y, warn="error", **options):
    """The history, the model's numbers, and what its generator draws next."""
    generator = default_rng(5)
    model = make(generator)
    optimizer = options.pop("optimizer", lambda parameters: nn.SGD(parameters, lr=0.05))(model.parameters())
    schedule = options.pop("schedule", lambda optimizer: None)(optimizer)
    callback = options.pop("callback", None)
    with warnings.catch_warnings():
        warnings.simplefilter(warn)
        history = nn.fit(
            model, X, y, optimizer=optimizer, schedule=schedule, record=record, progress=False,
            generator=default_rng(6), callback=callback and (lambda history: callback(history, model)),
            **{"epochs": 5, "batch_size": 5} | options,
        )  # fmt: skip
    return history, model.state_dict(), generator.random()


def assert_same(make, **options):
    (one, numbers, drawn), (other, expected, wanted) = (fit(make, record, **options) for record in (True, False))
    for series in ("loss", "validation_loss"):
        assert getattr(one, series) == pytest.approx(getattr(other, series), rel=1e-9), series
    assert numbers.keys() == expected.keys()
    np.testing.assert_allclose([*numbers.values()], [*expected.values()], rtol=1e-9, atol=1e-12, equal_nan=False)
    assert drawn == wanted


def dense(n_in, n_out, activation, generator):
    return Layer(n_in, n_out, activation, generator=generator)


def normalised(generator):
    return Sequential(dense(3, 4, "tanh", generator), nn.BatchNorm(4), dense(4, 1, "linear", generator))


def disturbed(generator):
    dropout = nn.Dropout(0.4, generator=generator)
    return Sequential(dense(3, 4, "tanh", generator), dropout, dense(4, 1, "linear", generator))


def held_out(rows=10, width=3):
    return default_rng(7).normal(size=(rows, width)), default_rng(8).normal(size=rows)


@pytest.mark.parametrize("make", [normalised, disturbed])
def test_validation_goes_by_the_model_as_it_is_in_evaluation(make):
    """Such as by the running statistics of each epoch."""
    assert_same(make, validation=held_out(), patience=3)


class Sum(nn.Module):
    def __init__(self):
        self.weight = Value(0.3)

    def forward(self, row):
        return sum(number * self.weight for number in row)


@pytest.mark.parametrize("width", [2, 3, 5])
def test_validation_rows_may_be_of_another_length(width):
    assert_same(lambda generator: Sum(), validation=held_out(10, width))


class Branches(nn.Module):
    """Each branch has a dropout of its own, from one generator; what is drawn may decide the branch as well."""

    def __init__(self, generator):
        self.first = dense(3, 4, "tanh", generator)
        self.low, self.high = (nn.Dropout(p, generator=generator) for p in (0.2, 0.8))
        self.last = dense(4, 1, "linear", generator)

    def forward(self, row):
        hidden = self.first(row)
        return self.last(self.low(hidden) if row[0] > 0 else self.high(hidden))


def test_each_course_draws_with_its_own_layer():
    """The first sample, the last and the one in the middle, which are tried, take the same branch."""
    rows = X.copy()
    rows[:, 0] = -abs(X[:, 0])
    rows[[0, 6, 11], 0] = 1.0
    assert_same(Branches, X=rows, warn="ignore")


def by_distance(prediction, target):
    (number,) = prediction
    return (number - target) ** 2 if number > target else abs(number - target)


def test_what_is_drawn_may_decide_the_course():
    assert_same(disturbed, loss=by_distance)


def test_a_layer_that_is_replaced_is_followed():
    def replace(history, model):
        if history.epochs == 2:
            model.layers[1] = nn.Dropout(0.8, generator=model.layers[1]._generator)

    assert_same(disturbed, callback=replace)


class Column(nn.Module):
    """Looks up one of its columns."""

    def __init__(self, generator, noise):
        self.column = 0
        self.letters, self.noise = nn.Embedding(5, 2, generator=generator), nn.Dropout(noise, generator=generator)
        self.last = dense(2, 1, "linear", generator)

    def forward(self, row):
        return self.last(self.noise(self.letters(row[self.column])))


@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_an_embedding_that_reads_another_input_is_followed(noise):
    def change(history, model):
        model.column = int(history.epochs > 2)

    indices = default_rng(3).integers(0, 5, (12, 2)).astype(float)
    indices[0] = 1.0  # the sample that the tape is of has the same index in both
    validation = indices[::-1].copy(), Y
    assert_same(lambda generator: Column(generator, noise), X=indices, callback=change, validation=validation)


def test_an_embedding_with_noise_behind_it():
    indices = default_rng(3).integers(0, 5, (12, 2)).astype(float)

    def make(generator):
        letters, noise = nn.Embedding(5, 1, generator=generator), nn.GaussianNoise(0.2, generator=generator)
        return Sequential(letters, nn.Flatten(), noise, dense(2, 1, "linear", generator))

    assert_same(make, X=indices, validation=(indices, Y))


class AlwaysNoisy(nn.Module):
    """Evaluation does not reach its dropout."""

    def __init__(self, generator):
        self._dropout = nn.Dropout(0.5, generator=generator)
        self.last = dense(3, 1, "linear", generator)

    def forward(self, row):
        return self.last(self._dropout(row))


def test_noise_that_stays_on_in_evaluation_is_drawn_there():
    assert_same(AlwaysNoisy, validation=held_out())


class Tempered(nn.Module):
    """In evaluation it has a temperature."""

    def __init__(self, generator):
        self.temperature, self.last = 1.0, dense(3, 1, "linear", generator)

    def forward(self, row):
        (output,) = self.last(row)
        return output if self.training or self.temperature == 1.0 else output * self.temperature


def test_evaluation_that_changes_is_followed():
    def warm(history, model):
        model.temperature = 3.0 if history.epochs > 2 else 1.0

    assert_same(Tempered, callback=warm, validation=held_out())


class Clamping(nn.SGD):
    def step(self):
        super().step()
        for parameter in self.parameters:
            parameter.data = max(-0.2, min(0.2, parameter.data))


class Peeking(nn.SGD):
    def move(self, data, gradient):
        data -= self.lr * gradient * (1 + abs(np.array([p.data for p in self.parameters])))


class Remembering(nn.SGD):
    old = 0.0

    def move(self, data, gradient):
        data -= self.lr * (gradient + self.old)
        self.old = gradient


class Accumulating(nn.SGD):
    def zero_grad(self):
        for parameter in self.parameters:
            parameter.grad *= 0.5


@pytest.mark.parametrize("optimizer_class", [Clamping, Peeking, Remembering, Accumulating])
def test_optimisers_of_ones_own(optimizer_class):
    assert_same(disturbed, optimizer=lambda parameters: optimizer_class(parameters, lr=0.05))


@pytest.mark.parametrize("per_batch", [False, True])
def test_schedules_of_ones_own_may_read_values_and_change_them(per_batch):
    class Shrinking(nn.schedules.Schedule):
        def rate(self, steps):
            return self.base

        def step(self):
            super().step()
            for parameter in self.optimizer.parameters:
                parameter.data *= 0.9

    Shrinking.per_batch = per_batch
    assert_same(disturbed, schedule=Shrinking)


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_what_a_callback_changed_before_it_failed_stays(error):
    def change(history, model):
        model.layers[-1].neurons[0].bias.data = 7.0
        raise error

    seen = []
    for record in (True, False):
        model = disturbed(default_rng(5))
        with suppress(ZeroDivisionError):
            nn.fit(model, X, Y, record=record, progress=False, callback=lambda h, m=model: change(h, m))
        seen.append(model.layers[-1].neurons[0].bias.data)
    assert seen == [7.0, 7.0]


class Pair(nn.Module):
    """Two dropouts from one generator, sample by sample, where a Sequential would go layer by layer."""

    def __init__(self, generator):
        self.first, self.second = (nn.Dropout(0.01, generator=generator) for _ in range(2))

    def forward(self, row):
        return self.second(self.first(row))


def test_draws_in_another_order_are_noticed_even_where_nothing_is_dropped():
    def make(generator):
        return Sequential(nn.BatchNorm(3), Pair(generator), dense(3, 1, "linear", generator))

    with pytest.warns(UserWarning, match="in a way that no tape does"):
        fit(make, True, warn="always")
    assert_same(make, warn="ignore", epochs=30)


def looked_up(generator):
    return Sequential(nn.Embedding(300, 2, generator=generator), nn.Flatten(), dense(4, 1, "linear", generator))


INDICES = default_rng(3).integers(0, 300, (12, 2)).astype(float)
INDICES[3] = INDICES[4, 1]  # one index several times


@pytest.mark.parametrize("optimizer", [nn.SGD, nn.Adam])
def test_an_embedding_of_very_many_is_recorded(optimizer):
    options = {"optimizer": lambda parameters: optimizer(parameters, lr=0.05), "validation": (INDICES, Y)}
    assert_same(looked_up, X=INDICES, **options)
    assert_same(looked_up, X=INDICES, batch_size=None, **options)


def test_an_embedding_may_be_kept_as_it_is_but_not_in_part():
    assert_same(looked_up, X=INDICES, optimizer=lambda parameters: nn.SGD(parameters[-5:], lr=0.05))
    in_part = {"X": INDICES, "optimizer": lambda parameters: nn.SGD(parameters[100:], lr=0.05)}
    with pytest.warns(UserWarning, match="only a part of an embedding is learned"):
        fit(looked_up, True, warn="always", **in_part)
    assert_same(looked_up, warn="ignore", **in_part)


def test_a_frozen_embedding_that_a_callback_changes_is_read_again():
    def change(history, model):
        for row in model.layers[0].weights:
            row[0].data += 0.25

    assert_same(
        looked_up, X=INDICES, optimizer=lambda parameters: nn.SGD(parameters[-5:], lr=0.05), callback=change,
        validation=(INDICES, Y),
    )  # fmt: skip


def test_an_embedding_whose_rows_are_replaced_is_followed():
    def replace(history, model):
        if history.epochs == 3:
            weights = model.layers[0].weights
            weights[0], weights[int(INDICES[0, 0])] = weights[int(INDICES[0, 0])], weights[0]

    assert_same(looked_up, X=INDICES, callback=replace)


def test_an_embedding_with_a_batch_norm_behind_it():
    def make(generator):
        embedding = nn.Embedding(300, 2, generator=generator)
        return Sequential(embedding, nn.Flatten(), nn.BatchNorm(4), dense(4, 1, "linear", generator))

    assert_same(make, X=INDICES, validation=(INDICES, Y))


def test_a_model_may_be_an_embedding_alone():
    assert_same(lambda generator: Sequential(nn.Embedding(300, 1, generator=generator), nn.Flatten()), X=INDICES[:, :1])


class Tied(nn.Module):
    """Scores each letter by its own vector, and may take another branch."""

    def __init__(self, generator):
        self.letters = nn.Embedding(6, 2, generator=generator)

    def forward(self, row):
        first, second = self.letters(row[0]), self.letters(row[1])
        vector = [a * b for a, b in zip(first, second, strict=True)] if first[0] > second[0] else first
        return [engine.dot(vector, other) for other in self.letters.weights]


def test_an_embedding_whose_weights_are_used_elsewhere_too():
    indices = default_rng(3).integers(0, 6, (12, 2)).astype(float)
    assert_same(Tied, X=indices, y=default_rng(4).integers(0, 6, 12), loss="cross_entropy")


def test_large_models_draw_as_well():
    class Large(nn.Module):
        def __init__(self, generator):
            self.noise = nn.Dropout(0.3, generator=generator)
            self.letters = nn.Embedding(11_000, 1, init="zeros")
            self.last = dense(1, 1, "linear", generator)

        def forward(self, row):
            return self.last(self.noise([row[0]]))

    assert_same(Large, epochs=1, batch_size=12, optimizer=lambda parameters: nn.SGD(parameters[-2:], lr=0.05))


class Counting(nn.Module):
    """Counts its samples in a buffer of its own, and computes with the count."""

    buffers = ("count",)

    def __init__(self):
        self.weight, self.count = Value(0.5), [0.0]

    def forward(self, row):
        self.count[0] += 1
        return self.weight * row[0] * self.count[0]


def test_a_buffer_that_forward_changes_is_noticed():
    with pytest.warns(UserWarning, match="differs each time it is built"):
        fit(lambda generator: Counting(), True, warn="always", epochs=1)


def test_a_batch_that_is_not_finite_ends_training_without_another_warning():
    history, *_ = fit(normalised, True, optimizer=lambda parameters: nn.SGD(parameters, lr=1e6), epochs=200)
    assert history.stopped == "diverged"


class Undecided(nn.Module):
    """What it makes of a sample depends on a number that was drawn, which a tape does not follow."""

    def __init__(self, generator):
        self.noise, self.last = nn.Dropout(0.5, generator=generator), dense(3, 1, "linear", generator)
        self.seen = 0

    def forward(self, row):
        (output,) = self.last(self.noise(row))
        return output * 2 if output.data > 0.5 else output


def test_what_was_drawn_for_a_tape_that_does_not_do_is_given_back():
    with pytest.warns(UserWarning, match="looks at a number"):
        fit(Undecided, True, warn="always")
    assert_same(Undecided, warn="ignore")


class Turning(nn.Module):
    """From a limit on, it looks at numbers of the samples that are above a bound."""

    def __init__(self, generator, bound):
        self.noise, self.last = nn.Dropout(0.5, generator=generator), dense(3, 1, "linear", generator)
        self.limit, self.bound = Value(0.0), bound

    def forward(self, row):
        (output,) = self.last(self.noise(row))
        if self.limit > 1.0 and row[0] > self.bound:
            return output * 0.5 if float(output) > 0.0 else output
        return output


@pytest.mark.parametrize("bound", np.sort(X[:, 0])[2:-1:3])
def test_what_was_drawn_after_all_tapes_were_forgotten_is_given_back(bound):
    """A sample that cannot be recorded may come after others, for which was drawn already."""

    def make(generator):
        return Turning(generator, bound)

    def turn(history, model):
        model.limit.data = 2.0

    with pytest.warns(UserWarning, match="looks at a number"):
        fit(make, True, warn="always", callback=turn)
    assert_same(make, warn="ignore", callback=turn)


class Impossible(nn.Module):
    """For one sample a class is impossible: its score is minus infinity, which a tape would multiply by 0."""

    def __init__(self, generator):
        self.noise, self.last = nn.Dropout(0.5, generator=generator), dense(3, 40, "linear", generator)

    def forward(self, row):
        *scores, last = self.last(self.noise(row))
        return [*scores, last + lift(row[0]).log()]


def test_what_was_drawn_for_a_batch_that_no_tape_can_compute_is_given_back():
    rows, targets = np.abs(default_rng(7).normal(size=(39, 3))), np.arange(39)  # more targets than have a tape each
    rows[7, 0] = 0.0
    with pytest.warns(UserWarning, match="a prediction is infinite; and there are more than 32 different targets"):
        fit(Impossible, True, warn="always", X=rows, y=targets, loss="cross_entropy", epochs=1)
    assert_same(Impossible, warn="ignore", X=rows, y=targets, loss="cross_entropy", epochs=2)


def test_targets_that_a_loss_looks_at_draw_as_with_values():
    def own(prediction, target):
        (number,) = prediction
        return (number - target) ** 2 * (3.0 if target == 1 else 1.0)

    assert_same(disturbed, y=(Y > 0) * 1.0, loss=own)


class Frozen(nn.Module):
    """Its normalisation stays in evaluation while it learns."""

    def __init__(self, generator):
        self._norm, self.last = nn.BatchNorm(3).eval(), dense(3, 1, "linear", generator)

    def forward(self, row):
        return self.last(self._norm(row))


def test_statistics_that_a_callback_sets_are_those_of_validation():
    def move(history, model):
        model._norm.running_mean[:] = [float(history.epochs)] * 3

    assert_same(Frozen, callback=move, validation=held_out())


@pytest.mark.parametrize("row", range(0, 12, 3))  # which is in the first batch of the epoch, or in a later one
def test_the_loss_that_ends_a_training_across_batches_is_that_of_values(row):
    y = np.where(np.arange(12) == row, 1e200, Y)
    recorded, expected = (fit(normalised, record, y=y)[0].reason for record in (True, False))
    assert recorded == expected
    assert recorded.startswith("the loss became inf in epoch 1")
