"""Rules: the losses by name, with what training needs beside the function: settings, targets, and classes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from inspect import signature
from typing import Any, TypeVar

import numpy as np

from engine import Value
from engine.numbers import write_count
from nn import arguments
from nn.arguments import Array
from nn.frames import as_plain

LossFunction = Callable[..., Any]
Pick = Callable[[Sequence[Any]], Any]
Function = TypeVar("Function", bound=LossFunction)

TARGETS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "number": ("a number", np.isfinite),
    "sign": ("-1 or +1", lambda y: abs(y) == 1),
    "probability": ("a number from 0 to 1", lambda y: (y >= 0) & (y <= 1)),
}


@dataclass(frozen=True)
class Loss:
    """A loss function with its settings and properties.

    function   takes a prediction and its target, and returns a Value
    targets    what a target is: "number", "sign" (-1 or +1), "probability" (0 to 1), "class" (0, 1, ...) or "any"
    threshold  with two classes, the prediction above which the answer is the second
    from_right with targets that are classes, a function that computes the loss from a row's predictions and a function
               `pick`, which returns the element of a list for the right class, or a weighted sum of the elements
    settings   keyword arguments of the function, by name

    Calling it with a prediction and a target calls the function with its settings. `nn.fit` and `nn.evaluate` reduce
    the losses of their rows as PyTorch does: with class weights w, the mean is the sum of w[y] * loss over the sum of
    w[y], and rows of the class `ignore_index` do not count. If none counts, the mean is nan.

    >>> get("cross_entropy", label_smoothing=0.1)
    cross_entropy(label_smoothing=0.1)
    """

    function: LossFunction
    targets: str
    threshold: float | None = None
    from_right: Callable[[list[Value], Pick], Value] | None = None
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The function's name; a function of yours called mse is "own mse"."""
        function = self.function.func if isinstance(self.function, partial) else self.function
        name = str(getattr(function, "__name__", type(function).__name__))
        is_own = name in table and table[name].function is not function
        return f"own {name}" if is_own else name

    @property
    def ignored(self) -> int | None:
        """The class of rows to leave out."""
        return self.settings.get("ignore_index")

    def find_divisor(self, targets: Array) -> float:
        """Return what the sum of the losses of rows with these targets is divided by; 0 if none of them counts."""
        if self.settings.get("reduction") == "sum":
            return 1.0
        weights = self.weigh(targets)
        return float(weights[weights != 0].sum())

    def weigh(self, targets: Array) -> Array:
        """Return how much each row counts by its class; 0 for one that is ignored."""
        if self.targets != "class" or targets.ndim == 2:
            return np.ones(len(targets))
        counted, weight = targets != self.ignored, self.settings.get("weight")
        weights: Array = np.where(
            counted, 1.0 if weight is None else np.take(as_plain(weight), np.where(counted, targets, 0)), 0.0
        )
        return weights

    def encode(self, targets: Array, classes: int) -> Array:
        """Return the one-hot row of each target; zeros for an ignored class."""
        rows = np.equal.outer(targets, np.arange(classes))
        return (rows if self.ignored is None else rows & (targets != self.ignored)[:, None]).astype(float)

    def __call__(self, prediction: Any, target: Any) -> Any:
        """Return the loss of a prediction, or of several."""
        known = table.get(self.name, self)
        return known.function(prediction, target, **self.settings)

    def __repr__(self) -> str:
        return f"{self.name}({', '.join(f'{name}={given!r}' for name, given in self.settings.items())})"

    @property
    def classifies(self) -> bool:
        """Whether predictions for this loss mean classes."""
        return self.targets in ("sign", "probability", "class")

    def check(self, y: Any, outputs: int, name: str = "y") -> Array:
        """Return the targets for a model with so many outputs: (rows,), or (rows, outputs) for more than one output.

        Classes are integers. TypeError or ValueError names the target that this loss does not take.
        """
        if self.settings.get("reduction") == "none":
            raise ValueError(f'{self.name}: reduction="none" gives many numbers; training needs one: "mean" or "sum"')
        numbers = arguments.read_numbers(y, name)
        if self.targets == "any":  # whole numbers stay such: a function of one's own may take them for an index
            whole = getattr(np.asarray(as_plain(y)).dtype, "kind", "") in "iu"
            return numbers.astype(int) if whole else numbers
        if self.targets == "class":
            return self._check_classes(numbers, outputs, name)
        if numbers.shape == (len(numbers), 1) and outputs == 1:
            numbers = numbers[:, 0]
        if numbers.shape[1:] != ((outputs,) if outputs > 1 else ()):
            given = f"rows of {numbers.shape[1]}" if numbers.ndim == 2 else "single numbers"
            raise ValueError(f"{name}: the model has {write_count(outputs, 'output')}, the targets are {given}")
        description, allowed = TARGETS[self.targets]
        arguments.check_every(name, numbers, allowed, description)
        return numbers

    def _check_classes(self, numbers: Array, outputs: int, name: str) -> Array:
        if outputs < 2:
            raise ValueError(f"{self.name} needs a model with one output per class, at least 2; it has 1")
        if numbers.shape == (len(numbers), 1):
            numbers = numbers[:, 0]
        if numbers.ndim == 2:
            return self._check_shares(numbers, outputs, name)

        def is_class(y: Any) -> Any:
            known = (y >= 0) & (y < outputs) & (y == y.round())
            return known if self.ignored is None else known | (y == self.ignored)

        arguments.check_every(name, numbers, is_class, f"a class from 0 to {outputs - 1}")
        return numbers.astype(int)

    def _check_shares(self, numbers: Array, outputs: int, name: str) -> Array:
        """Read rows of one probability per class, such as one-hot rows."""
        if self.name != "cross_entropy" or numbers.shape[1] != outputs:
            shares = f", or {outputs} probabilities" if self.name == "cross_entropy" else ""
            raise ValueError(
                f"{name}: {self.name} takes the index of a class{shares}, not rows of {numbers.shape[1]} numbers"
            )
        arguments.check_every(name, numbers, TARGETS["probability"][1], TARGETS["probability"][0])
        for row, total in enumerate(numbers.sum(axis=1).tolist()):
            if abs(total - 1) > 1e-6:
                raise ValueError(f"{name}[{row}]: probabilities that add up to 1 expected, not to {total:g}")
        return numbers

    def classify(self, predictions: Array) -> Array:
        """Return the class of each prediction, as targets write it; ValueError for a loss without classes."""
        if self.targets == "class":
            largest: Array = np.argmax(predictions, axis=-1)
            return largest
        if self.threshold is None:
            raise ValueError(f"{self.name} predicts numbers, not classes")
        return np.where(np.asarray(predictions) > self.threshold, 1, -1 if self.targets == "sign" else 0)


table: dict[str, Loss] = {}


def enter_loss(targets: str, **known: Any) -> Callable[[Function], Function]:
    """Add the function to the table of losses, with its properties."""

    def enter(function: Function) -> Function:
        table[function.__name__] = Loss(function, targets, **known)
        return function

    return enter


def get(loss: "str | LossFunction | Loss", **settings: Any) -> Loss:
    """Return the loss of this name, or a loss for a function of your own; ValueError lists the names.

    settings   keyword arguments of the function, such as label_smoothing=0.1; None leaves one out

    TypeError for a setting that the function does not have.
    """
    if isinstance(loss, Loss):
        return loss
    functions = [known.function for known in table.values()]
    if isinstance(loss, partial) and not loss.args and loss.func in functions:
        return get(loss.func, **loss.keywords | settings)
    if callable(loss):
        found = next((known for known in table.values() if known.function is loss), Loss(loss, "any"))
    else:
        found = arguments.choose("loss", loss, table)
    given = {name: setting for name, setting in settings.items() if setting is not None}
    if not given:
        return found
    check_reduction(given.get("reduction", "mean"))
    known = list(signature(found.function).parameters)[2:] if found.targets != "any" else list(given)
    for name in given:
        if name not in known:
            raise TypeError(f"{found.name} has no setting {name!r} (it has {', '.join(known)})")
    inner = {name: setting for name, setting in given.items() if name != "reduction"}
    each = {"reduction": "sum"} if found.from_right or given.get("reduction") == "sum" else {}
    from_right = found.from_right and partial(found.from_right, **inner)
    return Loss(partial(found.function, **inner, **each), found.targets, found.threshold, from_right, given)


REDUCTIONS = ("mean", "sum", "none")


def check_reduction(reduction: str) -> None:
    """Raise ValueError for anything but "mean", "sum" and "none"."""
    if reduction not in REDUCTIONS:
        raise ValueError(f"unknown reduction: {reduction!r} (one of {', '.join(map(repr, REDUCTIONS))})")
