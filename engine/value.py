"""Value: a scalar that remembers how it was computed, so that its gradient can be.

Each result keeps its operands and, beside each, the local derivative at that point. `backward` walks
from the result to the leaves and adds up, for every node, upstream gradient times local derivative:
the chain rule. The arithmetic itself is written by the op table (`engine.ops`).
"""

import operator
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import numpy as np

from engine import operations
from engine.nodes import make_supply
from engine.operations import Operands, compile_operation, compile_spreads
from engine.ops import ROWS, table
from engine.order import reset_gradients, toposort

CONSTANT = "constant"  # the op of a number that stood beside a Value in an expression; a leaf has ""
REAL = (int, float, np.floating, np.integer, np.bool_)


class _Mode(threading.local):
    """What one thread wants done with each new node, finished backward pass and comparison of Values."""

    detach: bool = False
    on_node: "Callable[[Value], None] | None" = None
    on_backward: "Callable[[list[Value]], None] | None" = None
    on_comparison: "Callable[[str, Value, Value, bool], None] | None" = None


_mode = _Mode()
open_modes: list[None] = []  # an element for each open block of `mode`, in any thread; empty, nodes look no further


@contextmanager
def mode(**settings: Any) -> Iterator[None]:
    """Change this thread's `_Mode` while the block runs."""
    before = {name: getattr(_mode, name) for name in settings}
    open_modes.append(None)
    vars(_mode).update(settings)
    try:
        yield
    finally:
        vars(_mode).update(before)
        open_modes.pop()


def _settle(node: "Value") -> None:
    """Do with a new node what the modes of this thread want."""
    if _mode.on_node:
        _mode.on_node(node)
    if _mode.detach and not node.is_leaf:
        node.op = ""
        node.a = node.b = node.da = node.db = None


def no_grad() -> AbstractContextManager[None]:
    """A context in which results keep no operands: plain leaves, for this thread only.

    >>> w = Value(3.0)
    >>> with no_grad():
    ...     (w * 2).operands
    ()
    """
    return mode(detach=True)


def as_float(number: Any) -> float:
    """The number as a Python float; TypeError for anything but int, float and NumPy real scalars."""
    if not isinstance(number, REAL):
        text = repr(number)
        given = f"{type(number).__name__}: {text if len(text) <= 60 else text[:57] + '...'}"
        raise TypeError(f"expected an int, a float or a NumPy real scalar, not {given}")
    try:
        return float(number)
    except OverflowError:
        raise ValueError(f"an int of {int(number).bit_length()} bits is too large for a float (1024 bits)") from None


def lift(operand: Any) -> "Value":
    """A Value as it is, a number as a constant; TypeError for anything else."""
    if isinstance(operand, Value):
        return operand
    node = blank()
    Value.__init__(node, operand, "", CONSTANT)
    return node


operations.names.update(CONSTANT=CONSTANT, lift=lift, open_modes=open_modes, settle=_settle)
spreads = {row.name: compile_spreads(row.name) for row in ROWS if row.sequences}


def _unary(name: str) -> "Callable[[Value], Value]":
    return compile_operation(name)


def _binary(name: str) -> "Callable[[Value, Any], Value]":
    return compile_operation(name, numbers=True)


def _reflected(method: "Callable[[Value, Any], Value]") -> "Callable[[Value, Any], Value]":
    return lambda self, other: method(lift(other), self)


def _comparison(sign: str, holds: Callable[[float, float], bool]) -> "Callable[[Value, Any], bool]":
    def compare(self: "Value", other: "Value | float") -> bool:
        other = lift(other)
        outcome = holds(self.data, other.data)
        if open_modes and _mode.on_comparison:
            _mode.on_comparison(sign, self, other, outcome)
        return outcome

    return compare


class Value:
    """A scalar in a computation graph.

    data    the number, a Python float
    label   its name in pictures and texts

    >>> w, x = Value(-3.0, "w"), Value(2.0, "x")
    >>> y = (w*x + 7).tanh()
    >>> y.backward()
    >>> round(y.data, 4), round(w.grad, 4)
    (0.7616, 0.8399)

    Arithmetic follows IEEE 754 and never raises for its numbers; kinks are those of PyTorch.
    Anything but a Value or a real number is a TypeError. ``==`` is identity, ``<`` compares data.
    """

    # a, da, b, db: the operands and the local derivatives by them, under the op table's letters. In a leaf a is None;
    # with one operand b is. In an operation on sequences they are tuples, which nodes may share as a layer's neurons do
    # their inputs. There a third operand ends a, and its derivative, a number, is in the table; da is a list if a
    # derivative may be inf or nan.
    # origin: where the node was made, set only under debug().
    __slots__ = ("data", "grad", "label", "op", "a", "da", "b", "db", "origin")
    a: Any
    da: Any
    b: Any
    db: Any
    origin: Any

    def __init__(self, data: float, label: str = "", op: str = "") -> None:
        if data.__class__ is not float:
            data = as_float(data)
        if not isinstance(label, str):
            raise TypeError(f"a label is a str, not {type(label).__name__}: {label!r}")
        self.data = data
        self.grad = 0.0
        self.label = label
        self.op = op
        self.a = self.b = None
        if open_modes:
            _settle(self)

    @property
    def is_leaf(self) -> bool:
        """Whether the number was given, not computed from other Values."""
        return self.a is None

    @property
    def operands(self) -> "tuple[Value, ...]":
        """What the Value was computed from, in order, duplicates kept; () for a leaf."""
        if self.a.__class__ is Operands:
            count, b = len(self.da), self.b or ()
            return (*self.a[:count], *b, *self.a[count:])
        return () if self.a is None else (self.a,) if self.b is None else (self.a, self.b)

    @property
    def local_derivatives(self) -> tuple[float, ...]:
        """∂self/∂operand for each operand, as of the forward pass."""
        if self.a.__class__ is Operands:
            return (*self.da, *(self.db if self.b else ()), *map(float, table[self.op].derivatives[2:]))
        return () if self.a is None else (self.da,) if self.b is None else (self.da, self.db)

    def unfuse(self) -> None:
        """Make nodes of the operands that it holds within: of none here, see `engine.fused`."""

    def backward(self, seed: float = 1.0) -> None:
        """Add ∂self/∂leaf · seed to the grad of every leaf; set the grad of every node in between.

        Gradients of leaves accumulate over calls, as in PyTorch; those in between start from zero.
        """
        seed = as_float(seed)
        results, leaves, before = reset_gradients(self)
        self.grad = seed
        for node in reversed(results):
            a, b, upstream = node.a, node.b, node.grad
            if a.__class__ is Operands:
                spreads[node.op][len(node.da)](node, upstream)
            elif b is None:
                a.grad += upstream * node.da
            else:
                a.grad += upstream * node.da
                b.grad += upstream * node.db
        for leaf, grad in zip(leaves, before, strict=True):
            leaf.grad += grad
        if open_modes and _mode.on_backward:
            _mode.on_backward(toposort(self))

    __add__ = _binary("+")
    __sub__ = _binary("-")
    __mul__ = _binary("*")
    __truediv__ = _binary("/")
    __pow__ = _binary("**")
    __radd__ = _reflected(__add__)
    __rsub__ = _reflected(__sub__)
    __rmul__ = _reflected(__mul__)
    __rtruediv__ = _reflected(__truediv__)
    __rpow__ = _reflected(__pow__)
    __neg__ = _unary("neg")
    __abs__ = abs = _unary("abs")
    exp = _unary("exp")
    log = _unary("log")
    log1p = _unary("log1p")
    expm1 = _unary("expm1")
    sqrt = _unary("sqrt")
    sin = _unary("sin")
    cos = _unary("cos")
    tan = _unary("tan")
    tanh = _unary("tanh")
    sigmoid = _unary("sigmoid")
    relu = _unary("relu")
    elu = _unary("elu")
    softplus = _unary("softplus")
    softsign = _unary("softsign")
    silu = _unary("silu")
    gelu = _unary("gelu")
    step = _unary("step")
    sign = _unary("sign")
    _leaky_relu = _binary("leaky_relu")
    maximum = _binary("maximum")
    minimum = _binary("minimum")

    def leaky_relu(self, slope: "Value | float" = 0.01) -> "Value":
        """self above zero, slope · self elsewhere; a slope that is a Value is learned (PReLU)."""
        return self._leaky_relu(slope)

    __lt__ = _comparison("<", operator.lt)
    __le__ = _comparison("<=", operator.le)
    __gt__ = _comparison(">", operator.gt)
    __ge__ = _comparison(">=", operator.ge)

    def __float__(self) -> float:
        return self.data

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        return f"Value(data={self.data!r}, grad={self.grad!r}{label})"


supply, _refill, _make = make_supply(Value)
operations.names.update(Value=Value, take=supply.pop, refill=_refill, make=_make)


def blank() -> Value:
    """A node of which nothing has been set; functions of the op table take theirs without this call."""
    try:
        node: Value = supply.pop()
    except IndexError:
        node = _refill()
    return node
