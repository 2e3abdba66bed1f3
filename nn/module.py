"""Module: the base class of all layers and models, which finds, names, saves and prints their parameters."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Self

from numpy.random import Generator

from engine.numbers import as_float, write_count
from engine.teaching.debug import MACHINERY, is_active, scope
from engine.value import Value
from nn.answers import Answers
from nn.arguments import check_flag
from nn.neighbours import say_of_model
from nn.nested import is_list, shape
from nn.parts import Hook, find_parts
from nn.summary import Summary
from nn.untracked import Named, warn_of_untracked

# under debug(), the line that called the network counts as the origin of its nodes
MACHINERY.add(os.path.dirname(__file__))
See = Callable[["Module", Any, Any], None]


class Module:
    """The base class of every layer and model. A subclass sets attributes and defines `forward`.

    Parameters need no registration: every leaf Value in an attribute is one, also within modules, lists, tuples,
    dictionaries, deques and arrays of objects, in the order in which the attributes were set. Attributes whose name
    begins with an underscore are not searched. A shared parameter counts once. A warning names Values that are not
    found: those in a set, in an object that is not a module, or behind a result.

    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.slope, self.offset = Value(2.0), Value(1.0)
    ...     def forward(self, x):
    ...         return self.slope * x + self.offset
    >>> line = Line()
    >>> line(3).data
    7.0
    >>> line.state_dict()
    {'slope': 2.0, 'offset': 1.0}
    """

    training: bool = True
    name: str = ""  # its name within the whole model, such as layers[0].neurons[2]
    buffers: tuple[str, ...] = ()  # attributes that hold lists of numbers which training changes, but not by gradients
    recorded_buffers: tuple[str, ...] = ()  # the buffers that a recorded graph can read and change, see extra_inputs
    across_batch: bool = False  # whether in training the output for one sample depends on the others of its batch
    answers: Answers | None = None  # what its outputs mean, once it has learned classes
    columns: tuple[str, ...] = ()  # the names of its inputs, once it has learned from a DataFrame
    listed: bool = True  # whether a summary has a line for it

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        # an inherited forward_batch would bypass this forward
        if "forward" in vars(cls) and "forward_batch" not in vars(cls):
            cls.forward_batch = Module.forward_batch  # type: ignore[method-assign]

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            raise AttributeError(say_of_model(type(self).__name__, name))

    def forward(self, *inputs: Any, **options: Any) -> Any:
        """Compute the output. Call the module itself rather than this method."""
        raise NotImplementedError(f"{type(self).__name__} has no forward()")

    def __call__(self, *inputs: Any, **options: Any) -> Any:  # noqa: D102
        if self.name and is_active():
            with scope(self.name):
                return self.forward(*inputs, **options)
        return self.forward(*inputs, **options)

    def forward_batch(self, samples: Sequence[Any]) -> list[Any]:
        """Return the outputs for a batch of samples, each by `forward`.

        Modules that look across the batch, or contain one that does, override it.
        """
        return [self.forward(sample) for sample in samples]

    def batch(self, samples: Sequence[Any]) -> list[Any]:
        """Return the outputs for a batch of samples, in order.

        A model that `needs_batch` can be called no other way. In a class that defines `forward` alone, this calls it
        for each sample.
        """
        if not is_list(samples):
            raise TypeError(f"{self!r}: a list of samples expected, not {type(samples).__name__}: {samples!r:.60}")
        if not len(samples):
            raise ValueError(f"{self!r}: a batch of at least one sample expected, 0 given")
        if self.name and is_active():
            with scope(self.name):
                return self.forward_batch(samples)
        return self.forward_batch(samples)

    @property
    def needs_batch(self) -> bool:
        """Whether a module within currently looks across the batch, as BatchNorm does in training."""
        return any(module.across_batch and module.training for module in self.modules())

    def parameters(self) -> list[Value]:
        """Return the Values to be learned."""
        return [parameter for _, parameter in self.named_parameters()]

    def named_parameters(self) -> list[tuple[str, Value]]:
        """Return the Values to be learned, each with its name, such as ``layers[0].neurons[2].weights[1]``."""
        left: Named = []
        found = [(name, part) for name, part in find_parts(self, Module, left=left) if isinstance(part, Value)]
        if left:
            warn_of_untracked(left, [value for _, value in found])
        return found

    def modules(self) -> "list[Module]":
        """Return this module and every module within it."""
        return [module for _, module in self.named_modules()]

    def named_modules(self) -> "list[tuple[str, Module]]":
        """Return this module and every module within it, each with its name; this module's is empty."""
        return [(name, part) for name, part in find_parts(self, Module, values=False) if isinstance(part, Module)]

    def repeated_modules(self) -> dict[str, str]:
        """Return the further names of modules that have several, each with the module's first name."""
        first: dict[int, str] = {}
        return {
            name: first[id(part)]
            for name, part in find_parts(self, Module, again=True, values=False)
            if isinstance(part, Module) and first.setdefault(id(part), name) != name
        }

    def children(self) -> "list[Module]":
        """Return the modules directly within this one."""
        return [part for _, part in find_parts(self, Module, deep=False, values=False) if isinstance(part, Module)][1:]

    def reset(self, init: Any = None, generator: Generator | None = None) -> None:
        """Draw the starting numbers of each module within anew; see `nn.init.apply`."""
        for module in self.children():
            module.reset(init, generator)

    def name_parts(self) -> None:
        """Label each parameter and name each module within this one; call it at the end of `__init__`."""
        for name, part in find_parts(self, Module):
            if isinstance(part, Value):
                part.label = name
            else:
                part.name = name

    def zero_grad(self) -> None:
        """Set every parameter's grad to zero."""
        for parameter in self.parameters():
            parameter.grad = 0.0

    def train(self, mode: bool = True) -> Self:
        """Put this module and those within it into training, or with False into evaluation; returns the module."""
        for module in self.modules():
            module.training = check_flag("mode", mode)
        return self

    def eval(self) -> Self:
        """Put this module and those within it into evaluation; returns the module."""
        return self.train(False)

    def state_dict(self) -> dict[str, float]:
        """Return the numbers of parameters, then of buffers (such as BatchNorm's running statistics), by name."""
        state = {name: parameter.data for name, parameter in self.named_parameters()}
        return state | {name: numbers[index] for name, (numbers, index) in self._find_buffers().items()}

    def load_state_dict(self, state: Mapping[str, float]) -> None:
        """Set parameters and buffers to the numbers of `state`, which must name all of them and nothing else.

        ValueError lists missing and unexpected names; TypeError names an entry that is not a number. After an error
        nothing has changed.
        """
        parameters, buffers = dict(self.named_parameters()), self._find_buffers()
        known = [*parameters, *buffers]
        missing = [name for name in known if name not in state]
        unexpected = [name for name in state if name not in parameters and name not in buffers]
        if missing or unexpected:
            wrong = [f"missing: {_listed(missing)}"] if missing else []
            wrong += [f"unexpected: {_listed(unexpected)}"] if unexpected else []
            raise ValueError(f"not the state of this {type(self).__name__}: {'; '.join(wrong)}")
        numbers = {}
        for name, number in state.items():
            try:
                numbers[name] = as_float(number)
            except TypeError as error:
                raise TypeError(f"{name}: {error}") from None
        for name, number in numbers.items():
            if name in parameters:
                parameters[name].data = number
            else:
                held, index = buffers[name]
                held[index] = number

    def summary(self, sample: Any = None) -> None:
        """Print a table of the layers with their output shapes and numbers of parameters.

        sample   an input to measure the shapes with; by default n_in zeros, if the model has an n_in
        """
        print(_summarise(self, _measure(self, sample)))

    def _find_buffers(self) -> dict[str, tuple[list[float], int]]:
        """Return the list and index of each number of a buffer, by name."""
        found: dict[str, tuple[list[float], int]] = {}
        for path, module in self.named_modules():
            for name in module.buffers:
                held: list[float] = getattr(module, name)
                prefix = f"{path}.{name}" if path else name
                found |= {f"{prefix}[{index}]": (held, index) for index in range(len(held))}
        return found

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.parameters())} parameters)"  # checkpoints compare it

    def _repr_html_(self) -> str:
        shapes: dict[int, tuple[int, ...]] = {}
        with suppress(Exception):  # a model that cannot run is still shown
            shapes = _measure(self, None)
        return _summarise(self, shapes).html()


def name_class(model: Any) -> str:
    """Return the name of its class, which does not tell what it computes if it has a forward of its own."""
    has_own = "forward" in getattr(model, "__dict__", {})
    return type(model).__name__ + " with a forward of its own" * has_own


def check_model(model: Any) -> None:
    """Raise TypeError for anything but a Module."""
    if not isinstance(model, Module):
        raise TypeError(f"model must be an nn.Module, not {type(model).__name__}: {model!r:.60}")


def find_parameters(part: Module) -> list[Value]:
    """Return the parameters of a part of a model, without the warnings that `parameters` of the whole model gives."""
    return [value for _, value in find_parts(part, Module) if isinstance(value, Value)]


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


@contextmanager
def watch(model: Module, see: See) -> Iterator[None]:
    """Call see(module, input, output) after each forward pass of every module in the model, for each sample."""
    before = [(module, dict(vars(module))) for module in model.modules()]
    for module, _ in before:
        vars(module)["forward"] = Hook(_forward, module, module.forward, see)
        if type(module).forward_batch is not Module.forward_batch:  # the default calls forward for each sample
            vars(module)["forward_batch"] = Hook(_forward_batch, module, module.forward_batch, see)
    try:
        yield
    finally:
        for module, attributes in before:
            for name in ("forward", "forward_batch"):
                vars(module).pop(name, None)
                if name in attributes:
                    vars(module)[name] = attributes[name]


def _forward(module: Module, forward: Callable[..., Any], see: See, *inputs: Any, **options: Any) -> Any:
    output = forward(*inputs, **options)
    see(module, inputs[0] if inputs else None, output)
    return output


def _forward_batch(
    module: Module, forward: Callable[..., list[Any]], see: See, samples: Sequence[Any], *given: Any
) -> list[Any]:
    outputs = forward(samples, *given)
    for sample, output in zip(samples, outputs, strict=True):
        see(module, sample, output)
    return outputs


def list_layers(model: Module, prefix: str = "") -> Iterator[tuple[str, Module]]:
    """Yield the modules that have a line in a summary, each with its name: the innermost ones except neurons."""
    names = {id(part): name for name, part in model.named_modules()}
    within = [child for child in model.children() if child.listed]
    if not within:
        yield prefix, model
    for child in within:
        name = names[id(child)]
        yield from list_layers(child, f"{prefix}.{name}" if prefix else name)


def _summarise(model: Module, shapes: dict[int, tuple[int, ...]]) -> Summary:
    layers = [
        (name, repr(layer), str(shapes.get(id(layer), "?")), f"{len(find_parameters(layer)):,}")
        for name, layer in list_layers(model)
    ]
    count = len(model.parameters())
    held = len(model.state_dict()) - count
    total = write_count(count, "parameter") + (f", and {held:,} running statistics" if held else "")
    return Summary(repr(model), layers, total)


def _measure(model: Module, sample: Any) -> dict[int, tuple[int, ...]]:
    """Return the output shape of every module, by its id, from one run in evaluation."""
    if sample is None:
        width = getattr(model, "n_in", None)
        if width is None:
            return {}
        sample = [0.0] * width
    shapes: dict[int, tuple[int, ...]] = {}

    def see(module: Module, _: Any, output: Any) -> None:
        shapes[id(module)] = shape(output)

    with in_mode(model, training=False), watch(model, see):
        model(sample)
    return shapes


def _listed(names: list[str], most: int = 8) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(map(str, names[:most])) + more
