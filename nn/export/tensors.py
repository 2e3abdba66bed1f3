"""Tensors: arithmetic that adds nodes to an ONNX graph instead of computing numbers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.formulas import Reader
from engine.ops import compile_formula, table


class Graph:
    """The nodes and constants of a graph under construction, made by the `onnx` package."""

    def __init__(self, onnx: Any) -> None:
        self.onnx = onnx
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.count = 0

    def add(self, operator: str, *inputs: Any, axes: int | None = None, name: str = "", **attributes: Any) -> "Tensor":
        """Apply an operator to tensors or numbers; `axes` is the result's number of axes, if it differs."""
        tensors = [self.lift(given) for given in inputs]
        result = self.name(max(tensor.axes for tensor in tensors) if axes is None else axes, name)
        names = [tensor.name for tensor in tensors]
        self.nodes.append(self.onnx.helper.make_node(operator, names, [result.name], **attributes))
        return result

    def lift(self, given: Any) -> "Tensor":
        """Return a tensor as it is; make a constant of numbers: 64-bit integers or doubles."""
        if isinstance(given, Tensor):
            return given
        numbers = np.asarray(given)
        numbers = numbers.astype(np.int64 if numbers.dtype.kind == "i" else np.float64)
        constant = self.name(numbers.ndim)
        self.constants.append(self.onnx.numpy_helper.from_array(numbers, constant.name))
        return constant

    def name(self, axes: int, name: str = "") -> "Tensor":
        """Return a tensor that no node has made yet."""
        self.count += 1
        return Tensor(self, name or f"t{self.count}", axes)

    def scan(
        self, step: "Callable[..., list[Tensor]]", sequence: "Tensor", states: "list[Tensor]", every: bool
    ) -> "Tensor":
        """Go through a sequence (rows, steps, numbers): step(numbers, *states) returns the new states.

        states   the states to start from, each (rows, numbers)
        every    return the first state after every step, (rows, steps, numbers), rather than after the last
        """
        outer, self.nodes = self.nodes, []
        numbers, *before = (self.name(2) for _ in (sequence, *states))
        after = step(numbers, *before)
        results = [self.name(2) for _ in after]
        more: dict[str, Any] = {}
        if every:
            after.append(self.add("Identity", after[0]))
            results.append(self.name(3))
            more = {"scan_output_axes": [1]}
        inputs, outputs = list(map(self.describe, [*before, numbers])), list(map(self.describe, after))
        body = self.onnx.helper.make_graph(self.nodes, "step", inputs, outputs)
        self.nodes = outer
        given, found = [tensor.name for tensor in [*states, sequence]], [tensor.name for tensor in results]
        more |= {"body": body, "num_scan_inputs": 1, "scan_input_axes": [1]}
        self.nodes.append(self.onnx.helper.make_node("Scan", given, found, **more))
        return results[-1 if every else 0]

    def describe(
        self, tensor: "Tensor", elem_type: str = "DOUBLE", sizes: Sequence[int | str | None] | None = None
    ) -> Any:
        """Name, type and sizes of a tensor, as a graph says what goes in and comes out; sizes may be left open."""
        return self.onnx.helper.make_tensor_value_info(tensor.name, getattr(self.onnx.TensorProto, elem_type), sizes)


def _binary(operator: str, turned: bool = False) -> Callable[[Any, Any], "Tensor"]:
    def write(self: "Tensor", other: Any) -> "Tensor":
        other = other if isinstance(other, Tensor) else np.asarray(other, np.float64)
        return self.graph.add(operator, *((other, self) if turned else (self, other)))

    return write


@dataclass(frozen=True, eq=False)
class Tensor:
    """A result in a graph: its name there, and how many axes it has; operators add nodes."""

    graph: Graph
    name: str
    axes: int

    __add__, __radd__ = _binary("Add"), _binary("Add", turned=True)
    __sub__, __rsub__ = _binary("Sub"), _binary("Sub", turned=True)
    __mul__, __rmul__ = _binary("Mul"), _binary("Mul", turned=True)
    __truediv__, __rtruediv__ = _binary("Div"), _binary("Div", turned=True)
    __matmul__ = _binary("MatMul")
    __lt__, __le__ = _binary("Less"), _binary("LessOrEqual")
    __gt__, __ge__ = _binary("Greater"), _binary("GreaterOrEqual")

    def __neg__(self) -> "Tensor":
        return self.graph.add("Neg", self)


def apply(operation: str, tensor: Tensor, *operands: Any) -> Tensor:
    """Apply the formula of an operation of the op table to all numbers of a tensor."""
    row = table[operation]
    result: Tensor = compile_formula(READER, row.forward, row.letters, term=row.term)(tensor, *operands)
    return result


def _expm1(a: Tensor) -> Tensor:
    """Return exp(a) - 1 without losing digits near 0; ONNX has no operator for it."""
    half = apply("tanh", a * 0.5)
    return 2 * half / (1 - half)


def _log1p(a: Tensor) -> Tensor:
    """Return log(1 + a) without losing digits near 0, by a quotient in which two errors cancel.

    Kahan; Goldberg, "What every computer scientist should know about floating-point arithmetic", 1991, theorem 4.
    """
    sum = 1 + a
    return a.graph.add("Where", sum <= 1, a, a * a.graph.add("Log", sum) / (sum - 1))


def _operator(name: str) -> Callable[..., Tensor]:
    return lambda *inputs: next(given for given in inputs if isinstance(given, Tensor)).graph.add(name, *inputs)


# Operators that onnxruntime computes in double precision. It has no such Elu, Gelu, Softplus and Softsign, and its
# Sigmoid loses digits of small results: these use the formulas of the op table.
READER = Reader(
    {
        "abs": _operator("Abs"),
        "exp": _operator("Exp"),
        "expm1": _expm1,
        "log": _operator("Log"),
        "log1p": _log1p,
        "maximum": _operator("Max"),
        "power": _operator("Pow"),
        "relu": _operator("Relu"),
        "sqrt": _operator("Sqrt"),
        "tanh": _operator("Tanh"),
        "where": _operator("Where"),
    }
)
