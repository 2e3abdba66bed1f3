"""micrograd: with `from nn.micrograd import Value, MLP`, code written for micrograd runs.

These Values are Values of the engine, so `nn.fit`, `viz.draw`, `viz.page` and the rest take them. They also have
micrograd's `_prev`, `_op` and `_backward()`, and accept new attributes. A program may make nodes as
`Value(data, children, op)` and set their `_backward`; `backward` and the lecture's own cells work with such nodes,
tapes and pictures do not. Weights are drawn by Python's `random` in micrograd's order, so `random.seed(1337)` gives the
same ones.

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
from itertools import pairwise
from typing import Any

import numpy as np

import engine
from engine.numbers import CONSTANT
from engine.operations import CALLED, OPERATORS, compile_operation
from engine.ops import table
from engine.value import names as called
from nn.arguments import check_inputs, check_whole
from nn.module import Module as Module

OPS = {CONSTANT: "", "relu": "ReLU"}  # operations with another name in micrograd


class Value(engine.Value):
    """A scalar in a computation graph, with micrograd's names. Operations on a subclass return that subclass.

    data        the number
    _children   the operands, for a node that the program makes itself; it then sets `_backward` as well
    _op         the name of that operation
    label       a name for pictures and texts

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
            self._link(children, [None] * len(children), _op)  # passes nothing on until it has a _backward
        elif _op:
            vars(self)["_name"] = _op

    @property
    def _prev(self) -> set[engine.Value]:
        """The operands; for a power with a number as its exponent, the base alone."""
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
        """The function that passes this node's gradient on to its operands, one step of a backward pass.

        A program may set it for nodes that it makes itself. It is then called to find the local derivatives; ValueError
        for a function that does anything but add multiples of the node's grad to its operands'.
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
        """Call the function with the operands' grad at `held` and this node's at `upstream`; return the operands'.

        All gradients are restored afterwards. ValueError if it changes the gradient of a Value that is not an operand.
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
        """Make this a node of an operation outside the op table."""
        self.a, self.b, self.c = operands, None, None
        self.op = f"{name or 'a node'}, made by hand: backward() knows it, pictures and tapes do not"
        self.da: Any = tuple(local)
        vars(self)["_name"] = name

    def _pass_on(self) -> None:
        for operand, local in zip(self.operands, self.local_derivatives, strict=True):
            operand.grad += local * self.grad


def _operation(name: str) -> Callable[..., Any]:
    """Return the method that applies a row of the op table and returns a node of its first operand's class."""
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
    """Return a Value as it is, and a number as a constant of this class or of another Value's."""
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
del Value.leaky_relu  # the inherited one, with its default slope, calls _leaky_relu


class Neuron(Module):
    """micrograd's neuron: relu(w1*x1 + w2*x2 + ... + b), or without the relu if it is linear.

    nin      the number of inputs
    nonlin   whether to apply `relu`

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
        """Return the output, one Value; ValueError for another number of inputs."""
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
        """Return a list of outputs, or a single Value for one neuron."""
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
        sizes = enumerate(pairwise([nin, *nouts]), 1)
        self.layers = [Layer(n_in, n_out, nonlin=number < len(nouts)) for number, (n_in, n_out) in sizes]
        self.name_parts()

    def forward(self, x: Any) -> Any:
        """Return the output: a Value if there is one, else a list of them."""
        for layer in self.layers:
            x = layer(x if isinstance(x, list | tuple) or hasattr(x, "__len__") else [x])
        return x

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(map(str, self.layers))}]"
