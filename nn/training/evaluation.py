"""Evaluation: `predict`, `classify` and `evaluate`, which leave the model as it is."""

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from math import nan
from typing import Any

import numpy as np

from engine import Value, dot, no_grad
from engine.branches import find_reached
from engine.modes import current, mode
from engine.numbers import CONSTANT
from engine.tape.watching import Given
from engine.value import lift, toposort
from nn import arguments, losses
from nn.answers import Answers, encode_labels
from nn.arguments import Array
from nn.module import Module, check_model
from nn.nested import each, flatten, reshape, shape
from nn.rules import Loss, LossFunction
from nn.training import metrics
from nn.training.environment import Environment
from nn.training.graphs import Graph, NotRecordedError, build_twice
from nn.training.sequences import Samples, Sequences, as_inputs, as_rows, find_steps, group, read_samples
from nn.untracked import REMEDY, look_within

FEW = 8  # so few rows are computed faster without recording
BLOCK = 512  # rows that are replayed at once, for the sake of memory
TOLERANCE = 1e-9


def predict(model: Module, X: Any, *, record: bool = True) -> Array:
    """Return the outputs for rows X (rows, inputs), in evaluation: (rows,), or (rows, outputs) for several outputs.

    X        rows, or sequences of any lengths, as for `nn.fit`
    record   compute on arrays by replaying a recorded graph, if the model allows it: the same numbers, much faster

    TypeError for anything but a model; TypeError or ValueError for rows that do not fit it.

    >>> from nn.layers import MLP
    >>> predict(MLP(2, [1], init="zeros"), [[1.0, 2.0], [3.0, 4.0]])
    array([0., 0.])
    """
    check_model(model)
    return Predictor(model, record).predict(read_samples(X))


def classify(model: Module, X: Any, loss: str | LossFunction | None = None) -> Array:
    """Return the class of each row of X (rows,): its label if the model has learned labels, else its number.

    loss   the loss that decides what an output means; by default the one that the model was trained with

    ValueError for a model that has not learned classes, and for an output that is nan.

    >>> from nn.layers import Layer
    >>> from nn.training.train import fit
    >>> model, X = Layer(1, 2, "linear", init="zeros"), [[0.0], [1.0]]
    >>> history = fit(model, X, ["no", "yes"], loss="cross_entropy", epochs=20, progress=False)
    >>> classify(model, X).tolist()
    ['no', 'yes']
    """
    check_model(model)
    answers = model.answers or Answers((), "")
    if not loss and not answers.loss:
        raise ValueError(
            f"{model!r} has not learned classes: nn.fit it with a loss that knows them, or name the loss, as in "
            'nn.classify(model, X, "cross_entropy")'
        )
    outputs = predict(model, X)
    arguments.check_every("nn.predict(model, X)", outputs, lambda outputs: ~np.isnan(outputs), "an answer")
    classes = losses.get(loss or answers.loss).classify(outputs)
    if not answers.labels:
        return classes
    return np.array(answers.labels)[np.maximum(classes, 0)]  # -1 is the first of two


def evaluate(
    model: Module, X: Any, y: Any, loss: str | LossFunction = "mse", *, record: bool = True
) -> dict[str, float]:
    """Return the mean loss over rows X with targets y, and further metrics, in evaluation.

    The keys are "loss", "accuracy" for a loss of classes, and "r2" for a loss of numbers. Arguments are those of
    `nn.fit`, and so are TypeError and ValueError for bad ones.

    >>> from nn.layers import MLP
    >>> evaluate(MLP(1, [1], init="zeros"), [[1.0], [2.0]], [1.0, -1.0])
    {'loss': 1.0, 'r2': 0.0}
    """
    rule = losses.get(loss)
    return measure(Predictor(model, record), *check_data(model, X, y, rule), rule)


class Predictor:
    """Predict by a tape that is recorded at the first call, or with Values if the model cannot be recorded.

    outputs   the shape of the model's output for one row; () for a single Value
    """

    def __init__(self, model: Module, record: bool = True) -> None:
        self.model, self.record = model, record
        self.outputs: tuple[int, ...] = ()
        self._tapes: dict[Any, _OutputTape] = {}
        self._losses: dict[Any, _LossTape] = {}
        self._environment: Environment | None = None
        self._calls = 0
        self._pads = True  # whether a tape may serve several lengths

    def predict(self, rows: Array | Sequences) -> Array:
        """Return the outputs for the rows: (rows,), or (rows, outputs) for several outputs.

        ValueError if sequences of different lengths have outputs of different shapes.
        """
        found: dict[tuple[int, ...], list[tuple[Array, Array]]] = {}
        with in_mode(self.model, training=False):
            if self.record:
                self._check()
                if self._pads and isinstance(rows, Sequences) and len(rows) > FEW:
                    rows = rows.pad()
            for length, indices in group(rows).items():
                numbers = self._predict_alike(rows[indices], length)
                found.setdefault(numbers.shape[1:], []).append((indices, numbers))
        if len(found) > 1:
            raise ValueError(f"the outputs have different shapes: {', '.join(map(str, found))}")
        (sizes, parts), *_ = found.items()
        outputs = np.empty((len(rows), *sizes))
        for indices, numbers in parts:
            outputs[indices] = numbers
        return outputs[:, 0] if sizes == (1,) else outputs

    def find_losses(self, predictions: Array, targets: Array, rule: Loss) -> Array:
        """Return the loss of each prediction (rows,); losses of nn are computed by a tape."""
        numbers = predictions.reshape(len(predictions), -1)
        if self.record and len(numbers) > FEW and rule.targets != "any":
            with suppress(Exception):  # as in `_replay`
                losses = self._record_loss(rule, numbers[0], targets[0]).run(numbers, targets)
                if np.isfinite(losses).all():
                    return losses
        pairs = zip(numbers.tolist(), targets.tolist(), strict=True)
        with no_grad():
            found = [rule.function(each(lift, reshape(row, self.outputs)), target) for row, target in pairs]
        return np.array([loss.data for loss in found])

    def _record_loss(self, rule: Loss, prediction: Array, target: Array) -> "_LossTape":
        """Return the tape of a loss; it is kept if there are no settings, which somebody could change."""
        key = rule.name, self.outputs, np.shape(target)
        if rule.settings or key not in self._losses:
            self._losses[key] = _LossTape(rule, reshape(prediction.tolist(), self.outputs), target)
        return self._losses[key]

    def _predict_alike(self, rows: Array | Sequences, length: Any) -> Array:
        """Return the outputs for rows of the same length, or padded to one."""
        can_replay = self.record and len(rows) > FEW
        numbers = self._replay(rows, length) if can_replay else None
        if numbers is None and isinstance(rows, Sequences) and rows.steps:  # let each length have its own tape
            self.record, self._pads = True, False
            return self.predict(Sequences(rows.arrays))
        return self._compute(rows) if numbers is None else numbers

    def _compute(self, rows: Array | Sequences) -> Array:
        with no_grad():
            outputs = [self.model(row) for row in rows.tolist()]
        self.outputs = shape(outputs[0])
        numbers = np.array([[value.data for value in flatten(output)] for output in outputs])
        return numbers.reshape(len(rows), *self.outputs) if self.outputs else numbers

    def _replay(self, rows: Array | Sequences, length: Any) -> Array | None:
        """Return the outputs by the tape; None, from then on, if they are not the model's."""
        # On any error, compute with Values instead, whose errors make sense to the caller.
        with suppress(Exception):
            known = self._tapes.get(length)
            numbers = known.run(as_rows(rows, find_steps(rows))) if known else self._record(rows, length)
            if not find_steps(rows) or np.isfinite(numbers).all():  # else it may be the padding that is not finite
                return numbers.reshape(len(rows), *self.outputs) if self.outputs else numbers
        self.record = False
        return None

    def _record(self, rows: Array | Sequences, length: Any) -> Array:
        """Record a tape and return its outputs, after comparing a few of them with Values."""
        assert self._environment
        tried = np.array([0, len(rows) // 2, len(rows) - 1])
        tape = _OutputTape(self.model, rows[tried[:1]], self._environment)
        with self._environment.borrowed():
            numbers, expected = tape.run(as_rows(rows, find_steps(rows))), self._compute(rows[tried])
        if not np.allclose(numbers[tried].reshape(expected.shape), expected, TOLERANCE, TOLERANCE, equal_nan=True):
            raise NotRecordedError("the graph of one row is not that of another")
        self._tapes[length] = tape
        if self._environment.has_changed():
            self._environment.explore()
        return numbers

    def _check(self) -> None:
        """Forget the tapes if something has changed, and check them at calls 2, 4, 8, ... in case it has."""
        self._calls += 1
        if self._environment is None:
            self._environment = Environment(self.model)
        elif self._environment.has_changed() or not self._calls & (self._calls - 1):
            with self._environment.borrowed():
                if not all(tape.fits() for tape in self._tapes.values()):
                    self._tapes = {}
            self._environment.explore()


class _OutputTape:
    """The tape of a model's output for a sample, given as a batch of one."""

    def __init__(self, model: Module, sample: Array | Sequences, environment: Environment) -> None:
        self.model, self.sample = model, sample
        self.graph = build_twice(self._build, environment)
        self.tape = self.graph.record()

    def run(self, rows: Array) -> Array:
        """Return the outputs (rows, outputs), in blocks of rows to save memory."""
        found = []
        for start in range(0, len(rows), BLOCK):
            self.tape.forward(self.graph.complete(rows[start : start + BLOCK], self.graph.usual))
            found.append(self.tape.kept)
        return np.concatenate(found)

    def fits(self) -> bool:
        """Whether the model's graph is still the same."""
        with suppress(NotRecordedError):
            return self._build().is_like(self.graph)
        return False

    def _build(self) -> Graph:
        given, inputs = as_inputs(self.sample)

        def program() -> tuple[Any, Value]:
            outputs = self.model(given)
            first, *others = flatten(outputs)
            return outputs, sum(others, first * 1)  # on which each of them can be reached

        return Graph(program, inputs)


class _LossTape:
    """The tape of a loss, whose inputs are predictions and targets."""

    def __init__(self, rule: Loss, prediction: Any, target: Any) -> None:
        given = each(Given, prediction)
        self._rule, self._count = rule, len(flatten(given))
        self._from_right = rule.from_right if not np.ndim(target) else None  # else it is one probability per class
        aims = each(Given, (self._list(target)[0] if self._from_right else target).tolist())

        def program() -> tuple[Any, Value]:
            if self._from_right:
                return given, self._from_right(given, partial(dot, aims))
            return given, rule.function(given, aims)

        self.graph = Graph(program, [*flatten(given), *flatten(aims)])
        self.tape = self.graph.record()

    def _list(self, targets: Array) -> Array:
        return self._rule.encode(np.ravel(targets), self._count) if self._from_right else targets

    def run(self, numbers: Array, targets: Array) -> Array:
        """Return the losses (rows,) of predictions (rows, outputs)."""
        aims = self._list(targets).reshape(len(targets), -1)
        return self.tape.forward(np.concatenate([numbers, aims], axis=1)[:, self.graph.columns])


@np.errstate(over="ignore", invalid="ignore")
def measure(predictor: Predictor, rows: Array | Sequences, targets: Array, rule: Loss) -> dict[str, float]:
    """Evaluate data that have been checked."""
    predictions = predictor.predict(rows)
    losses = predictor.find_losses(predictions, targets, rule)
    with np.errstate(over="ignore"):
        total = float(losses.sum())
    return describe(total / (rule.find_divisor(targets) or nan), predictions, targets, rule)


def describe(loss: float, predictions: Array, targets: Array, rule: Loss) -> dict[str, float]:
    """Return the mean loss and the metrics of predictions."""
    measured = {"loss": loss}
    if rule.classifies:
        measured["accuracy"] = metrics.share_right(predictions, targets, rule)
    elif rule.targets == "number":
        measured["r2"] = metrics.explained(predictions, targets)
    return measured


def check_data(model: Module, X: Any, y: Any, rule: Loss, which: str = "", answers: Answers | None = None) -> Samples:
    """Return rows and targets after checking that they fit model and loss, by a trial with one row."""
    check_model(model)
    rows = read_samples(X, f"{which}X")
    with in_mode(model, training=False), no_grad():
        prediction = model(rows[np.array([0])].tolist()[0])
        outputs = [prediction] if isinstance(prediction, Value) else prediction
        if not isinstance(outputs, list) or not all(isinstance(output, Value) for output in outputs):
            raise TypeError(f"{model!r} must return a Value or a list of them, not {prediction!r}")
        targets = rule.check(
            encode_labels(answers or model.answers, y, rule, len(outputs), f"{which}y"), len(outputs), f"{which}y"
        )
        if len(rows) != len(targets):
            raise ValueError(f"{which}X and y must be equally long: {len(rows)} rows, but {len(targets)} targets")
        result = rule.function(prediction, targets[0].tolist())
        if not isinstance(result, Value):
            raise TypeError(f"the loss {rule.name} must return a Value, not {type(result).__name__}: {result!r}")
    return rows, targets


@contextmanager
def note_operands() -> Iterator[set[Value]]:
    """Collect the operands of each node that is made in this block, in this thread."""
    before = current.on_node
    found: set[Value] = set()

    def on_node(node: Value) -> None:
        if before:
            before(node)
        found.update(node.operands)

    with mode(on_node=on_node):
        yield found


def warn_of_unlearned(
    model: Module, rows: Array | Sequences, targets: Array, rule: Loss, optimised: Iterable[Value], used: set[Value]
) -> None:
    """Warn, at the caller's caller, about leaves of the loss that are neither `optimised` nor parameters.

    used   what a trial of the first row computed with; if all of it is known, there is no need for another
    """
    known = {*optimised}
    if all(node.op == CONSTANT or node in known for node in used):
        return
    if found := find_unlearned(model, rows, targets, rule, known):
        more = f", as on {len(found) - 1} more," if len(found) > 1 else ","
        text = f"the loss depends on {found[0]!r}{more} which is no parameter of the model and will not be learned"
        warnings.warn(f"{text}: {REMEDY}; the optimizer may hold it as well", stacklevel=3)


def find_unlearned(
    model: Module, rows: Array | Sequences, targets: Array, rule: Loss, optimised: Iterable[Value] = ()
) -> list[Value]:
    """Return the leaves, such as in a closure, that the loss of the first row depends on and that nothing learns.

    Parameters, `optimised` leaves, leaves in attributes with an underscore, and leaves made anew at each call are left
    out.
    """
    row, target = rows[np.array([0])].tolist()[0], targets[0].tolist()
    known = {*optimised, *model.parameters()}

    def find() -> list[Value]:
        reached = find_reached(toposort(rule.function(model(row), target)))  # nothing detached is learned
        return [node for node in reached if not node.op and node not in known]

    with in_mode(model, training=False):
        found = find()
        if not found:
            return []
        again = set(find())  # leave out those that forward makes anew
    private = [held for module in model.modules() for name, held in vars(module).items() if name[0] == "_"]
    again.difference_update(look_within(private))
    return [leaf for leaf in found if leaf in again]


@contextmanager
def in_mode(model: Module, training: bool) -> Iterator[None]:
    """Put every module into training or evaluation while the block runs."""
    before = [(module, module.training) for module in model.modules()]
    if type(model).train is Module.train:  # which would look for the modules again
        for module, _ in before:
            module.training = training
    else:
        model.train(training)
    try:
        yield
    finally:
        for module, mode in before:
            module.training = mode
