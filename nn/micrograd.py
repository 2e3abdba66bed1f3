"""micrograd's names: `from nn.micrograd import Value, MLP` is the import with which code written for micrograd runs.

Its Values are Values of the engine, so `nn.fit`, `viz.draw`, `viz.page` and the rest take them. They also have what
code for micrograd reads, `_prev`, `_op` and `_backward()`, and take new attributes. A program may make nodes itself, as
`Value(data, children, op)`, and set their `_backward`; `backward` and the lecture's own cells know those, tapes and
pictures do not. Weights are drawn by Python's `random`, as micrograd draws them: after `random.seed(1337)` they are
the same.

>>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
>>> c = a * b
>>> c._op, c._prev == {a, b}
('*', True)
>>> c.backward()
>>> a.grad
-3.0
"""

import random
from collections.abc import Callable, Iterable, Sequence
from inspect import getclosurevars
from typing import Any

import numpy as np

import engine
from engine.numbers import CONSTANT
from engine.operations import CALLED, OPERATORS, compile_operation
from engine.ops import table
from engine.value import names as called
from nn.arguments import check_inputs, check_whole
from nn.module import Module as Module

OPS = {CONSTANT: "", "relu": "ReLU"}  # what micrograd calls an operation otherwise


class Value(engine.Value):
    """A scalar of a computation graph, with micrograd's names; an operation on a subclass gives one of that class.

    data        the number
    _children   what it was computed from, if the program does so itself; it then sets `_backward` as well
    _op         what to call that operation
    label       its name in pictures and texts

    >>> x = Value(2.0)
    >>> cube = Value(x.data**3, (x,), "cube")
    >>> def _backward():
    ...     x.grad += 3 * x.data**2 * cube.grad
    >>> cube._backward = _backward
    >>> (cube + 1).backward()
    >>> x.grad
    12.0
    """

    def __init__(self, data: float, _children: Iterable[Any] = (), _op: str = "", label: str = "") -> None:
        super().__init__(data, label)
        if children := tuple(map(_lift, _children)):
            self._link(children, [None] * len(children), _op)  # as long as it has no _backward, nothing passes
        elif _op:
            vars(self)["_name"] = _op

    @property
    def _prev(self) -> set[engine.Value]:
        """What the Value was computed from; of a power with a number for its exponent, the base."""
        return set(self.operands[:1] if self._is_power else self.operands)

    @property
    def _op(self) -> str:
        """The operation that made it: "+", "*", "**2", "tanh", "ReLU"; "" for a leaf."""
        name: str | None = vars(self).get("_name")
        if name is not None:
            return name
        return f"**{self.operands[1].data:g}" if self._is_power else OPS.get(self.op, self.op)

    @property
    def _is_power(self) -> bool:
        return self.op == "**" and self.operands[1].op == CONSTANT

    @property
    def _backward(self) -> Callable[[], None]:
        """What passes this node's gradient on to its operands, as one step of a backward pass by hand.

        A program may set it, where it makes nodes itself. Called at once, it tells the local derivatives; ValueError
        for one that does anything else.
        """
        given: Callable[[], None] | None = vars(self).get("_given")
        return given or self._pass_on

    @_backward.setter
    def _backward(self, function: Callable[[], None]) -> None:
        if not self.is_leaf:
            added, again = self._try(function, 0.0, 1.0), self._try(function, 1.0, 2.0)
            expected = {node: 1 + 2 * local for node, local in added.items()}
            if not np.allclose([*again.values()], [*expected.values()], equal_nan=True):
                wanted = "adds a number times its own node's grad to that of each operand (+=, not =)"
                raise ValueError(f"a _backward {wanted}, and does nothing else")
            self._link(self.operands, [added.pop(operand, 0.0) for operand in self.operands], self._op)
        vars(self)["_given"] = function

    def _try(self, function: Callable[[], None], held: float, upstream: float) -> dict[engine.Value, float]:
        """What a function makes of the operands' gradients, if these hold a number and the node has its own.

        Nothing has changed afterwards. ValueError for one that changes the gradient of a Value that is no operand.
        """
        operands = list(dict.fromkeys(self.operands))
        named = [*getclosurevars(function).nonlocals.values(), *getclosurevars(function).globals.values()]
        others = [node for node in named if isinstance(node, engine.Value) and node not in (*operands, self)]
        nodes = [*operands, *others, self]
        before = [node.grad for node in nodes]
        try:
            for node in operands:
                node.grad = held
            self.grad = upstream
            function()
            if other := next(
                (n for n, grad in zip(others, before[len(operands) :], strict=False) if n.grad != grad), None
            ):
                raise ValueError(f"a _backward changes the gradient of {other!r}, which is none of its node's children")
            return {node: node.grad for node in operands}
        finally:
            for node, grad in zip(nodes, before, strict=True):
                node.grad = grad

    def _link(self, operands: tuple[Any, ...], local: list[float | None], name: str) -> None:
        """Make it a node of an operation that no row of the op table knows."""
        self.a, self.b, self.c = operands, None, None
        self.op = f"{name or 'a node'}, made by hand: backward() knows it, pictures and tapes do not"
        self.da: Any = tuple(local)
        vars(self)["_name"] = name

    def _pass_on(self) -> None:
        for operand, local in zip(self.operands, self.local_derivatives, strict=True):
            operand.grad += local * self.grad


def _operation(name: str) -> Callable[..., Any]:
    """The method that applies a row of the op table and gives a node of the class of its first operand."""
    function = compile_operation(table[name], names)

    def apply(self: Value, *others: Any) -> Any:
        node = function(self, *others)
        if node is not NotImplemented:
            node.__class__ = self.__class__
        return node

    return apply


def _reflected(name: str) -> Callable[[Value, Any], Any]:
    def apply(self: Value, other: Any) -> Any:
        return NotImplemented if getattr(other, "ndim", 0) else getattr(_lift(other, self), name)(self)

    return apply


def _lift(operand: Any, like: Value | None = None) -> Any:
    """A Value as it is, a number as a constant of micrograd's class, or that of another Value."""
    if isinstance(operand, engine.Value):
        return operand
    node = Value(operand)
    node.op = CONSTANT
    if like is not None:
        node.__class__ = like.__class__
    return node


names: dict[str, Any] = CALLED | called | {"Value": Value, "lift": _lift}
for _row in table.values():
    _name = OPERATORS.get(_row.name, _row.name)
    if not _row.sequences and hasattr(engine.Value, _name):
        setattr(Value, _name, _operation(_row.name))
        if hasattr(engine.Value, f"__r{_name[2:]}"):
            setattr(Value, f"__r{_name[2:]}", _reflected(_name))
Value.__abs__ = Value.abs
Value._leaky_relu = _operation("leaky_relu")
del Value.leaky_relu  # which calls it, with a slope of its own by default


class Neuron(Module):
    """micrograd's neuron: w1*x1 + w2*x2 + ... + b, of which `relu` is taken unless it is linear.

    nin      how many inputs it has
    nonlin   whether `relu` is taken

    Weights are drawn from -1 to 1 by Python's `random`; the bias starts at 0.
    """

    listed = False

    def __init__(self, nin: int, nonlin: bool = True) -> None:
        self.n_in = check_whole("nin", nin)
        self.w = [Value(random.uniform(-1, 1)) for _ in range(self.n_in)]
        self.b = Value(0)
        self.nonlin = nonlin
        self.name_parts()

    def forward(self, x: Sequence[Any]) -> Any:
        """The output, one Value; ValueError for another number of inputs."""
        check_inputs(self, x, self.n_in)
        activation = sum((weight * number for weight, number in zip(self.w, x, strict=True)), self.b)
        return activation.relu() if self.nonlin else activation

    def __repr__(self) -> str:
        return f"{'ReLU' if self.nonlin else 'Linear'}Neuron({self.n_in})"


class Layer(Module):
    """Neurons that share their inputs; keyword arguments are those of `Neuron`."""

    def __init__(self, nin: int, nout: int, **options: Any) -> None:
        self.n_in = check_whole("nin", nin)
        self.neurons = [Neuron(nin, **options) for _ in range(check_whole("nout", nout))]
        self.name_parts()

    def forward(self, x: Sequence[Any]) -> Any:
        """A list of outputs; a single Value where there is one neuron."""
        outputs = [neuron(x) for neuron in self.neurons]
        return outputs[0] if len(outputs) == 1 else outputs

    def __repr__(self) -> str:
        return f"Layer of [{', '.join(map(str, self.neurons))}]"


class MLP(Module):
    """micrograd's multi-layer perceptron: layers in a row, the last of them linear.

    >>> random.seed(1337)
    >>> model = MLP(2, [16, 16, 1])
    >>> len(model.parameters()), round(model.layers[0].neurons[0].w[0].data, 4)
    (337, 0.2355)
    """

    def __init__(self, nin: int, nouts: Sequence[int]) -> None:
        self.n_in = check_whole("nin", nin)
        if not nouts:
            raise ValueError("nouts must be a list of at least one layer's number of neurons, not []")
        sizes = [nin, *nouts]
        count = len(nouts)
        self.layers = [Layer(sizes[i], sizes[i + 1], nonlin=i != count - 1) for i in range(count)]
        self.name_parts()

    def forward(self, x: Any) -> Any:
        """The output: a Value where there is one, else a list of them."""
        for layer in self.layers:
            x = layer(x if isinstance(x, list | tuple) or hasattr(x, "__len__") else [x])
        return x

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(map(str, self.layers))}]"
