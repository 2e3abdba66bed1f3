"""Value: a scalar that remembers how it was computed, so that its gradient can be.

Each result keeps its operands and, beside each, the local derivative at that point. `backward` walks
from the result to the leaves and adds up, for every node, upstream gradient times local derivative:
the chain rule. The arithmetic itself is written by the op table (`engine.ops`).
"""

import operator
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import numpy as np

from engine.formulas import FLOAT, NUMPY, compile_function
from engine.ops import table

CONSTANT = "constant"  # the op of a number that stood beside a Value in an expression; a leaf has ""
REAL = (int, float, np.floating, np.integer, np.bool_)


class _Mode(threading.local):
    """What one thread wants done with each new node, finished backward pass and comparison of Values."""

    detach: bool = False
    on_node: "Callable[[Value], None] | None" = None
    on_backward: "Callable[[list[Value]], None] | None" = None
    on_comparison: "Callable[[str, Value, Value, bool], None] | None" = None


_mode = _Mode()
_open_modes: list[None] = []  # an element for each open block of `mode`, in any thread; empty, nodes look no further


@contextmanager
def mode(**settings: Any) -> Iterator[None]:
    """Change this thread's `_Mode` while the block runs."""
    before = {name: getattr(_mode, name) for name in settings}
    _open_modes.append(None)
    vars(_mode).update(settings)
    try:
        yield
    finally:
        vars(_mode).update(before)
        _open_modes.pop()


def _settle(node: "Value") -> None:
    """Do with a new node what the modes of this thread want."""
    if _mode.on_node:
        _mode.on_node(node)
    if _mode.detach and node.edges:
        node.op, node.edges = "", ()


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
    return operand if isinstance(operand, Value) else Value(operand, "", CONSTANT)


def carefully(name: str, *numbers: Any) -> tuple[Any, ...]:
    """Result and local derivatives where Python's arithmetic raises: NumPy gives IEEE 754's inf and nan."""
    row = table[name]
    with np.errstate(all="ignore"):
        operands = [np.array(number) for number in numbers]
        y = NUMPY.function(row.forward, row.letters, row.sequences, row.term)(*operands)
        local = [NUMPY.function(d, row.letters + "y", row.sequences, row.term)(*operands, y) for d in row.derivatives]
        return float(y), *(np.broadcast_to(d, x.shape).tolist() for d, x in zip(local, operands, strict=True))


def pairs(operands: "list[Value]", local: list[float]) -> list[Any]:
    """The edges to the elements of a sequence: operand, local derivative, operand, local derivative, ..."""
    edges: list[Any] = [None] * (2 * len(operands))
    edges[::2], edges[1::2] = operands, local  # twice as fast as zip
    return edges


_names = FLOAT.functions | {
    "carefully": carefully,
    "lift": lift,
    "RAISED": (ArithmeticError, ValueError),
    "pairs": pairs,
    "new": object.__new__,  # an operation's result needs none of the checks of __init__
    "open_modes": _open_modes,
    "settle": _settle,
}

# The second operand of a method may be a number. An array of Values applies the operator to each of them.
LIFT = """
    if vb.__class__ is not Value:
        if getattr(vb, "dtype", None) == object:
            return NotImplemented
        vb = lift(vb)"""


def _operation(name: str, prelude: str = "") -> Callable[..., Any]:
    """The function that applies a row of the op table to Values (a sequence: to a list of them)."""
    row = table[name]
    load, local, edges = [], [], []
    for letter, formula in zip(row.letters, row.derivatives, strict=True):
        if letter in row.sequences:
            load.append(f"{letter} = [v.data for v in v{letter}]")
            local.append(f"d{letter} = {FLOAT.python_list(formula, row.sequences)}")
            edges.append(f"*pairs(v{letter}, d{letter})")
        else:
            load.append(f"{letter} = v{letter}.data")
            local.append(f"d{letter} = {FLOAT.python(formula)}")
            edges.append(f"v{letter}, d{letter}")
    if prelude:  # nothing to learn about a number, and its derivative might be nan
        local[1] += f" if vb.op != {CONSTANT!r} else 0.0"
    term = [f"t = {FLOAT.python(row.term, row.sequences)}"] if row.term else []
    source = f"""
def f({", ".join(f"v{letter}" for letter in row.letters)}):{prelude}
    {"; ".join(load)}
    try:
        {"; ".join([*term, f"y = {FLOAT.python(row.forward, row.sequences)}", *local])}
    except RAISED:
        y, {", ".join(f"d{letter}" for letter in row.letters)} = carefully({name!r}, {", ".join(row.letters)})
    node = new(Value)
    node.data, node.grad, node.label, node.op, node.edges = y, 0.0, "", {name!r}, ({", ".join(edges)},)
    if open_modes:
        settle(node)
    return node
"""
    operation = compile_function(source, _names)
    operation.__name__ = name if name.isidentifier() else "operator"
    operation.__doc__ = f"y = {row.forward}; local derivative: {', '.join(row.derivatives)}."
    return operation


def _unary(name: str) -> "Callable[[Value], Value]":
    return _operation(name)


def _binary(name: str) -> "Callable[[Value, Any], Value]":
    return _operation(name, LIFT)


def _reflected(method: "Callable[[Value, Any], Value]") -> "Callable[[Value, Any], Value]":
    return lambda self, other: method(lift(other), self)


def _comparison(sign: str, holds: Callable[[float, float], bool]) -> "Callable[[Value, Any], bool]":
    def compare(self: "Value", other: "Value | float") -> bool:
        other = lift(other)
        outcome = holds(self.data, other.data)
        if _open_modes and _mode.on_comparison:
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

    # edges: operand, local derivative, operand, local derivative, ... in one tuple, for the sake of memory.
    # origin: where the node was made, set only under debug().
    __slots__ = ("data", "grad", "label", "op", "edges", "origin")
    origin: Any

    def __init__(self, data: float, label: str = "", op: str = "", edges: tuple[Any, ...] = ()) -> None:
        if not edges:  # given by a person, not by an operation
            if data.__class__ is not float:
                data = as_float(data)
            if not isinstance(label, str):
                raise TypeError(f"a label is a str, not {type(label).__name__}: {label!r}")
        self.data = data
        self.grad = 0.0
        self.label = label
        self.op = op
        self.edges = edges
        if _open_modes:
            _settle(self)

    @property
    def operands(self) -> "tuple[Value, ...]":
        """What the Value was computed from, in order, duplicates kept; () for a leaf."""
        return self.edges[::2]

    @property
    def local_derivatives(self) -> tuple[float, ...]:
        """∂self/∂operand for each operand, as of the forward pass."""
        return self.edges[1::2]

    def backward(self, seed: float = 1.0) -> None:
        """Add ∂self/∂leaf · seed to the grad of every leaf; set the grad of every node in between.

        Gradients of leaves accumulate over calls, as in PyTorch; those in between start from zero.
        """
        seed = as_float(seed)
        order = toposort(self)
        accumulated = [(node, node.grad) for node in order if not node.op]
        for node in order:
            node.grad = 0.0
        self.grad = seed
        for node in reversed(order):
            upstream, edges = node.grad, node.edges
            if len(edges) == 4:  # most nodes, in half the time
                a, da, b, db = edges
                a.grad += upstream * da
                b.grad += upstream * db
            else:
                pairs = iter(edges)
                for operand, local_derivative in zip(pairs, pairs):  # noqa: B905, one iterator read twice
                    operand.grad += upstream * local_derivative
        for leaf, before in accumulated:
            leaf.grad += before
        if _open_modes and _mode.on_backward:
            _mode.on_backward(order)

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


_names["Value"] = Value
_sum: Callable[[list[Value]], Value] = _operation("sum")
_logsumexp: Callable[[list[Value]], Value] = _operation("logsumexp")
_dot: Callable[[list[Value], list[Value]], Value] = _operation("dot")
affine: Callable[[list[Value], list[Value], Value], Value] = _operation("affine")  # dot, unchecked


def toposort(root: Value) -> list[Value]:
    """Every node that `root` depends on, each after all its operands; `root` comes last.

    >>> a = Value(2.0, "a"); b = a * a
    >>> [node.label or node.op for node in toposort(b)]
    ['a', '*']
    """
    order: list[Value] = []
    seen: set[Value] = set()
    stack: list[Any] = [root]
    while stack:
        node = stack.pop()
        if node is None:  # the operands of the node below are done
            order.append(stack.pop())
        elif node not in seen:
            seen.add(node)
            if node.edges:
                stack += (node, None, *node.edges[-2::-2])  # the first operand on top
            else:
                order.append(node)
    return order


def sum(values: "Iterable[Value | float]") -> Value:
    """The sum of one or more Values or numbers, as one node."""
    return _sum(_lifted(values, "sum"))


def logsumexp(values: "Iterable[Value | float]") -> Value:
    """log(exp(v1) + exp(v2) + ...) as one node, stable for large numbers."""
    return _logsumexp(_lifted(values, "logsumexp"))


def softmax(logits: "Iterable[Value | float]") -> list[Value]:
    """exp(v) / sum of all exp(v), for each of the logits: probabilities that add up to 1."""
    values = _lifted(logits, "softmax")
    normaliser = _logsumexp(values)
    return [(value - normaliser).exp() for value in values]


def dot(
    weights: "Iterable[Value | float]", inputs: "Iterable[Value | float]", bias: "Value | float | None" = None
) -> Value:
    """w1*x1 + w2*x2 + ... + bias as one node; ValueError where the lengths differ."""
    left, right = _lifted(weights, "dot"), _lifted(inputs, "dot")
    if len(left) != len(right):
        raise ValueError(f"dot: {len(left)} weights for {len(right)} inputs")
    return _dot(left, right) if bias is None else affine(left, right, lift(bias))


def lift_all(values: "Iterable[Value | float]") -> list[Value]:
    """A list of the Values, and of the numbers as constants."""
    return [value if value.__class__ is Value else lift(value) for value in values]


def _lifted(values: "Iterable[Value | float]", name: str) -> list[Value]:
    lifted = lift_all(values)
    if not lifted:
        raise ValueError(f"{name}: at least one value is needed")
    return lifted


def maximum(a: "Value | float", b: "Value | float") -> Value:
    """The larger of two, nan if either is; at a tie each receives half of the gradient."""
    return lift(a).maximum(b)


def minimum(a: "Value | float", b: "Value | float") -> Value:
    """The smaller of two, nan if either is; at a tie each receives half of the gradient."""
    return lift(a).minimum(b)
