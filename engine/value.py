"""Value: a scalar that remembers how it was computed, so that it can be differentiated.

Each result keeps its operands and the local derivative by each of them. `backward` goes from the result to the leaves
and applies the chain rule: every node adds upstream gradient times local derivative to its operands' gradients.
"""

from collections.abc import Callable, Iterable
from typing import Any

from engine.branches import find_reached
from engine.looks import Number
from engine.modes import current, one_pass, open_blocks, settle
from engine.numbers import CONSTANT, as_float, go_through
from engine.operations import CALLED, compile_operation
from engine.ops import table

# The names that operations call. Value and lift are added at the end of this file.
names: dict[str, Any] = CALLED | {"CONSTANT": CONSTANT, "open_blocks": open_blocks, "settle": settle}


def operation(name: str) -> "Callable[..., Value]":
    """Return the function that applies a row of the op table to Values, or to tuples of them if it takes sequences."""
    return compile_operation(table[name], names)


def _reflected(method: "Callable[[Value, Any], Value]") -> "Callable[[Value, Any], Value]":
    return lambda self, other: NotImplemented if getattr(other, "ndim", 0) else method(lift(other), self)


class Value(Number):
    """A scalar in a computation graph.

    data    the number, stored as a Python float
    label   a name for pictures and texts

    >>> w, x = Value(-3.0, "w"), Value(2.0, "x")
    >>> y = (w*x + 7).tanh()
    >>> y.backward()
    >>> round(y.data, 4), round(w.grad, 4)
    (0.7616, 0.8399)

    Arithmetic follows IEEE 754 and never raises for its numbers; derivatives at kinks follow PyTorch. Operands other
    than Values and real numbers raise TypeError. ``<`` compares data, and so does ``==`` with a number; ``==`` between
    two Values is identity.
    """

    # _data, _grad   the floats behind data and grad
    # op             the row of the op table; "" for a leaf, "constant" for a number beside a Value
    # a, b, c        the operands, under the row's letters: a tuple where the letter is a sequence, else None if unused
    # da, db, dc     the local derivatives by them, None on a branch not taken
    # origin         where the node was made, set only under debug()
    __slots__ = ("_data", "_grad", "label", "op", "a", "b", "c", "da", "db", "dc", "origin")
    da: Any
    db: Any
    origin: Any

    def __init__(self, data: float, label: str = "") -> None:
        if not isinstance(label, str):
            raise TypeError(f"a label is a str, not {type(label).__name__}: {label!r}")
        self._data = data if data.__class__ is float else as_float(data)
        self._grad, self.label, self.op = 0.0, label, ""
        self.a: Any = None
        self.b: Any = None
        self.c: Any = None
        if open_blocks:
            settle(self)

    @property
    def data(self) -> float:
        """The number, a Python float. Assigning converts to float, or raises TypeError."""
        if open_blocks and current.on_look:
            current.on_look(self)
        return self._data

    @data.setter
    def data(self, number: Any) -> None:
        if open_blocks and current.on_look:
            current.on_look(self)  # a replay would not set it either
        self._data = number if number.__class__ is float else as_float(number, f"{self.label or 'a Value'}.data: ")

    @property
    def grad(self) -> float:
        """The gradient, a Python float. Assigning converts to float; None becomes 0.0."""
        return self._grad

    @grad.setter
    def grad(self, number: Any) -> None:
        number = 0.0 if number is None else number
        self._grad = number if number.__class__ is float else as_float(number, f"{self.label or 'a Value'}.grad: ")

    @property
    def is_leaf(self) -> bool:
        """Whether the number was given rather than computed from other Values."""
        return self.a is None

    @property
    def operands(self) -> "tuple[Value, ...]":
        """The Values that this one was computed from, in order and with duplicates; () for a leaf."""
        if self.a.__class__ is not tuple and self.c is None:  # nearly all nodes
            return () if self.a is None else (self.a,) if self.b is None else (self.a, self.b)
        return tuple([x for held in (self.a, self.b, self.c) if held is not None for x in _list(held)])

    @property
    def local_derivatives(self) -> tuple[float, ...]:
        """∂self/∂operand for each operand, at the numbers of the forward pass; 0.0 for a constant."""
        if open_blocks and current.on_look:
            current.on_look(self)
        pairs = zip(self.operands, self.branch_derivatives, strict=True)
        return tuple([0.0 if local is None or operand.op == CONSTANT else local for operand, local in pairs])

    @property
    def branch_derivatives(self) -> tuple[float | None, ...]:
        """The same, but None on a branch not taken, which passes no gradient on; any number or None for a constant."""
        if self.a.__class__ is not tuple and self.c is None:
            return () if self.a is None else (self.da,) if self.b is None else (self.da, self.db)
        return tuple([d for x in "abc" if getattr(self, x) is not None for d in _list(getattr(self, f"d{x}"))])

    def backward(self, seed: float = 1.0) -> None:
        """Add seed · ∂self/∂leaf to the grad of every leaf, and set the grad of every other node.

        As in PyTorch, gradients of leaves accumulate over calls; those of other nodes start from zero. If the pass
        fails or is interrupted, the leaves keep the gradients they had. One thread at a time runs a backward pass.

        ValueError for a result that depends on no leaf, as of a computation under no_grad().
        """
        with one_pass:
            order = toposort(self)
            leaves = [node for node in order if node.a is None and not node.op]
            before = [leaf._grad for leaf in leaves]
            if not leaves:
                raise ValueError("backward: the result depends on no leaf, as under no_grad() or of numbers alone")
            try:
                _pass_back(order, as_float(seed))
                for leaf, grad in zip(leaves, before, strict=True):
                    leaf._grad += grad
                if open_blocks and current.on_backward:
                    current.on_backward({node: node._grad for node in order})
            except BaseException:
                for leaf, grad in zip(leaves, before, strict=True):
                    leaf._grad = grad
                raise

    __add__ = operation("+")
    __sub__ = operation("-")
    __mul__ = operation("*")
    __truediv__ = operation("/")
    __mod__ = operation("%")
    __pow__ = operation("**")
    __radd__ = _reflected(__add__)
    __rsub__ = _reflected(__sub__)
    __rmul__ = _reflected(__mul__)
    __rtruediv__ = _reflected(__truediv__)
    __rmod__ = _reflected(__mod__)
    __rpow__ = _reflected(__pow__)
    __neg__ = operation("neg")
    __abs__ = abs = operation("abs")
    exp = operation("exp")
    log = operation("log")
    log1p = operation("log1p")
    expm1 = operation("expm1")
    log2 = operation("log2")
    log10 = operation("log10")
    sqrt = operation("sqrt")
    sin = operation("sin")
    cos = operation("cos")
    tan = operation("tan")
    asin = operation("asin")
    acos = operation("acos")
    atan = operation("atan")
    atan2 = operation("atan2")
    sinh = operation("sinh")
    cosh = operation("cosh")
    tanh = operation("tanh")
    sigmoid = operation("sigmoid")
    relu = operation("relu")
    elu = operation("elu")
    softplus = operation("softplus")
    softsign = operation("softsign")
    silu = operation("silu")
    gelu = operation("gelu")
    step = operation("step")
    detach = operation("detach")
    sign = operation("sign")
    _leaky_relu = operation("leaky_relu")
    maximum = operation("maximum")
    minimum = operation("minimum")
    clip = operation("clip")

    def leaky_relu(self, slope: "Value | float" = 0.01) -> "Value":
        """Return self above zero and slope · self elsewhere; a slope that is a Value can be learned (PReLU)."""
        return self._leaky_relu(slope)

    def __pos__(self) -> "Value":
        return self


def toposort(root: Value) -> list[Value]:
    """Return every node that `root` depends on, each after its operands; `root` comes last. Graphs may be deep.

    TypeError if root is not a Value.

    >>> a = Value(2.0, "a"); b = a * a
    >>> [node.label or node.op for node in toposort(b)]
    ['a', '*']
    """
    if not isinstance(root, Value):
        raise TypeError(f"expected a Value, the result of a computation, not {type(root).__name__}")
    order: list[Value] = []
    entered: set[Any] = set()  # Values, and ids of tuples of operands, which nodes may share
    stack: list[Any] = [root]
    while stack:
        node = stack.pop()
        if node is None:  # the operands of the node below it are done
            order.append(stack.pop())
        elif node.__class__ is tuple:
            if id(node) not in entered:
                entered.add(id(node))
                stack += node[::-1]
        elif node not in entered:
            entered.add(node)
            a, b, c = node.a, node.b, node.c
            if a is None:
                order.append(node)
            else:
                stack += (node, None, a) if b is None else (node, None, b, a) if c is None else (node, None, c, b, a)
    return order


def lift(operand: Any) -> Value:
    """Return a Value as it is and a number as a constant; TypeError for anything else."""
    if isinstance(operand, Value):
        return operand
    node = Value(operand)
    node.op = CONSTANT
    return node


def lift_all(values: "Iterable[Value | float]", name: str) -> tuple[Value, ...]:
    """Return Values as they are and numbers as constants, for the operation of this name; ValueError for none."""
    lifted = tuple([value if value.__class__ is Value else lift(value) for value in go_through(values, name)])
    if not lifted:
        raise ValueError(f"{name}: at least one value is needed")
    return lifted


def _pass_back(order: list[Any], seed: float) -> None:
    """Set the gradient of every node of a topological order; the last node's is `seed`."""
    for node in order:
        node._grad = 0.0
    order[-1]._grad = seed
    for node in reversed(find_reached(order)):
        a, b, upstream = node.a, node.b, node._grad
        if a.__class__ is tuple or node.c is not None:
            for operand, local in zip(node.operands, node.branch_derivatives, strict=True):
                if local is not None:
                    operand._grad += upstream * local
        elif a is not None:
            if node.da is not None:
                a._grad += upstream * node.da
            if b is not None and node.db is not None:
                b._grad += upstream * node.db
        elif node.op:  # a constant, which has no gradient
            node._grad = 0.0


def _list(held: Any) -> tuple[Any, ...]:
    """Return the operands under a letter: the elements of a sequence, or a single one."""
    return held if held.__class__ is tuple else (held,)


names.update(Value=Value, lift=lift)
