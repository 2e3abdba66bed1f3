"""Arithmetic: plan formulas as NumPy calls that write into buffers, to run them many times.

Methods compute nothing that depends on a tape's numbers. Each appends calls to `calls` and returns the array that will
hold the result.
"""

import ast
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from math import prod
from typing import Any

import numpy as np

from engine.arrays import NUMPY
from engine.branches import multiply
from engine.formulas import LARGEST, parse_formula
from engine.ops import Op, table
from engine.tape.calls import Call, flatten
from engine.tape.slots import Array

OPERATORS: dict[type[ast.AST], np.ufunc] = {
    ast.Add: np.add, ast.Sub: np.subtract, ast.Mult: np.multiply, ast.Div: np.divide, ast.Mod: np.remainder,
    ast.Pow: np.float_power,
    ast.Lt: np.less, ast.LtE: np.less_equal, ast.Gt: np.greater, ast.GtE: np.greater_equal, ast.Eq: np.equal,
}  # fmt: skip
BOOLEAN = (np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal, np.logical_not)
SMALL = 4000  # up to so many numbers, NumPy writes into another buffer faster than in place
WIDE = 2000  # columns from which multiplying a column by a row is faster without BLAS

# For rows with this forward formula, derivatives that take one call less.
QUICKER = {("where(a <= 0, 0, a)", "where(a <= 0, 0, 1)"): "where(y == 0, 0, 1)"}

parse = cache(parse_formula)


class Arithmetic:
    """A list of calls, and the buffers that they write into.

    Temporary arrays are reused once they have been read; `keep` protects those that are read later.
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._free: dict[int, list[Array]] = {}
        self._temporary: dict[int, Array] = {}  # the memory that an array borrows, by id of the array
        self._numbers: dict[float, Array] = {}
        self._zeros: dict[tuple[int, ...], Array] = {}

    def append(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Plan a call. A ufunc writes its result into the last argument."""
        arguments = tuple(self._number(x) if type(x) is float else x for x in arguments)
        if isinstance(function, np.ufunc) and function.signature is None:
            arguments = flatten(arguments)
        self.calls.append((function, arguments))

    def temporary(self, shape: tuple[int, ...], dtype: type = float) -> Array:
        """Return a buffer to use until `release`."""
        size = prod(shape) * np.dtype(dtype).itemsize
        free = self._free.setdefault(size, [])
        memory = free.pop() if free else np.empty(size, np.uint8)
        array: Array = memory.view(dtype).reshape(shape)
        self._temporary[id(array)] = array
        return array

    def release(self, *arrays: Any) -> None:
        """Let temporary arrays be reused; ignore others."""
        for array in arrays:
            if self._temporary.pop(id(array), None) is not None:
                memory = array.reshape(-1).view(np.uint8)
                self._free[memory.size].append(memory)

    def keep(self, array: Any) -> Any:
        """Never reuse a temporary array."""
        self._temporary.pop(id(array), None)
        return array

    def compute(self, formula: ast.expr, names: dict[str, Any], out: Array | None = None) -> Any:
        """Plan a formula over arrays and floats; return a float or an array, which is `out` if that was needed."""
        match formula:
            case ast.Constant(value):
                assert isinstance(value, int | float)
                return float(value)
            case ast.Name(letter):
                return names[letter]
            case ast.UnaryOp(_, operand):
                return self._apply(np.negative, [self.compute(operand, names)], out)
            case ast.BinOp(left, operator, right):
                sides = [self.compute(left, names), self.compute(right, names)]
                if isinstance(operator, ast.Pow) and type(sides[1]) is float and sides[1] in (-1.0, 1.0, 2.0, 3.0):
                    return self._raise(sides[0], sides[1], out)
                return self._apply(OPERATORS[type(operator)], sides, out)
            case ast.Compare(left, [operator], [right]):
                return self._apply(OPERATORS[type(operator)], [self.compute(left, names), self.compute(right, names)])
            case ast.Call(ast.Name("where"), arguments):
                return self._choose(arguments, names, out)
            case ast.Call(ast.Name("sum"), [ast.BinOp(left, ast.Mult(), right)]):
                return self._contract(self._compute_elements(left, names), self._compute_elements(right, names), out)
            case ast.Call(ast.Name("sum"), [argument]):
                return self._reduce(self._compute_elements(argument, names), out)
            case ast.Call(ast.Name("largest"), [argument]):
                return self._largest(self._compute_elements(argument, names))
            case ast.Call(ast.Name(name), arguments):
                values = [self.compute(argument, names) for argument in arguments]
                function = NUMPY.functions.get(name)
                if isinstance(function, np.ufunc):
                    return self._apply(function, values, out)
                return self.compute_row(table[name], dict(zip(table[name].letters, values, strict=True)), out)
        raise AssertionError(ast.dump(formula))

    def _compute_elements(self, formula: ast.expr, names: dict[str, Any]) -> Any:
        """Plan a formula of a sequence with a number for each element, even if a where() chooses one for all."""
        values = self.compute(formula, names)
        letters = [node.id for node in ast.walk(formula) if isinstance(node, ast.Name) and node.id in names]
        shape = np.broadcast_shapes(*[np.shape(names[letter]) for letter in letters])
        if np.shape(values) == shape:
            return values
        elements = self.temporary(shape)
        self.append(np.copyto, elements, values)
        self.release(values)
        return elements

    def compute_derivative(self, op: Op, index: int, names: dict[str, Any]) -> Any:
        """Plan the local derivative of a row by the operand of a letter, given by its index."""
        formula = op.derivatives[index]
        return self.compute(parse(QUICKER.get((op.forward, formula), formula)), names)

    def compute_passed(self, op: Op, index: int, gradient: Array, names: dict[str, Any]) -> Array:
        """Plan the local derivative times `gradient`, 0 on a branch not taken: what that operand receives."""
        passed = self.compute(parse(multiply(op.derivatives[index])), names | {"u": gradient})
        if type(passed) is float:  # a branch that is never taken
            passed = self.temporary(gradient.shape)
            self.append(passed.fill, 0.0)
        return passed  # type: ignore[no-any-return]

    def compute_row(self, op: Op, names: dict[str, Any], out: Array | None = None) -> Any:
        """Plan the forward formula of a row."""
        held = self._hold(names.values())
        if op.term:
            names = names | {"t": self.compute(parse(op.term), names)}
            held += self._hold([names["t"]])
        result = self.compute(parse(op.forward), names, out)
        for value in held:
            self._temporary[id(value)] = value
            if value is not result:
                self.release(value)
        return result

    def _hold(self, values: Iterable[Any]) -> list[Array]:
        """Keep the temporary arrays among these, which may be read more than once."""
        return [value for value in values if self._temporary.pop(id(value), None) is not None]

    def multiply(self, a: Array, b: Array, out: Array) -> None:
        """Plan a matrix product by the fastest function."""
        if len(out) == len(a) == len(b) == 1:
            a, b, out = a[0], b[0], out[0]
        (*_, height, length), width = a.shape, b.shape[-1]
        if length == 1 and (1 in (height, width) or width > WIDE):  # BLAS may return 0 for 0 times infinity
            self.append(np.multiply, a, b, out)
        elif out.ndim == 2 and out.flags.c_contiguous:
            self.append(a.dot, b, out)
        else:
            self.append(np.matmul, a, b, out)

    def _number(self, number: float) -> Array:
        key = np.float64(number).view(np.int64).item()
        return self._numbers.setdefault(key, np.array(number))

    def _apply(self, function: np.ufunc, values: list[Any], out: Array | None = None) -> Any:
        arrays = [value for value in values if type(value) is not float]
        if not arrays:
            with np.errstate(all="ignore"):
                return float(function(*values))
        dtype: type = bool if function in BOOLEAN else float
        if dtype is bool:
            out = None
        if all(array.dtype == bool for array in arrays) and len(arrays) == len(values):
            if function is np.multiply:
                dtype = bool
            elif function is not np.logical_not:
                values = [self._as_float(array) for array in arrays]
                arrays = values
        if out is None:
            shape = np.broadcast_shapes(*[array.shape for array in arrays])
            reusable = [x for x in arrays if id(x) in self._temporary and x.shape == shape and x.dtype == dtype]
            out = reusable[0] if reusable and reusable[0].size > SMALL else self.temporary(shape, dtype)
        self.append(function, *values, out)
        self.release(*[array for array in arrays if array is not out])
        return out

    def _as_float(self, array: Array) -> Array:
        out = self.temporary(array.shape)
        self.append(np.copyto, out, array)
        self.release(array)
        return out

    def _contract(self, left: Any, right: Any, out: Array | None) -> Array:
        """Plan a sum of products over the first axis."""
        if np.shape(left) == np.shape(right) and 1 < np.size(left) == len(left):  # for a single result
            out = self.temporary(left.shape[1:]) if out is None or out.size > 1 else out
            self.append(left.reshape(-1).dot, right.reshape(-1), out.reshape(()))
            self.release(left, right)
            return out
        return self._reduce(self._apply(np.multiply, [left, right]), out)

    def _reduce(self, values: Array, out: Array | None) -> Array:
        """Plan a sum over the first axis."""
        if out is None or out.shape != values.shape[1:]:  # as of a where() that chooses what the samples share
            out = self.temporary(values.shape[1:])
        if len(values) == 1:
            self.append(np.add, values[0], 0.0, out)  # a sum starts at 0.0, which turns -0.0 into 0.0
        elif values.flags.c_contiguous and out.flags.c_contiguous:  # a matrix product takes half the time
            self.append(np.ones(len(values)).dot, values.reshape(len(values), -1), out.reshape(-1))
        else:
            self.append(np.add.reduce, values, 0, None, out)
        self.release(values)
        return out

    def _largest(self, values: Array) -> Array:
        """Plan the shift that keeps exp() in range; it is finite even if the largest element is not."""
        largest = self.temporary(values.shape[1:])
        self.append(np.maximum.reduce, values, 0, None, largest, False, -LARGEST)
        self.append(np.minimum, largest, LARGEST, largest)
        self.release(values)
        return largest

    def _choose(self, arguments: Sequence[ast.expr], names: dict[str, Any], out: Array | None) -> Any:
        condition, then, otherwise = arguments
        short_cut = self._choose_quickly(condition, then, otherwise, names, out)
        if short_cut is not None:
            return short_cut
        chosen = self.compute(condition, names)
        if type(chosen) is float:
            return self.compute(then if chosen else otherwise, names, out)
        if chosen.dtype != bool:  # a product of a truth value and a number
            chosen = self._apply(np.not_equal, [chosen, 0.0])
        values = [self.compute(then, names), self.compute(otherwise, names)]
        arrays = [value for value in values if type(value) is not float]
        if out is None:
            out = self.temporary(np.broadcast_shapes(chosen.shape, *[array.shape for array in arrays]))
        self.append(np.copyto, out, values[1])
        if chosen.shape == out.shape and np.shape(values[0]) in ((), out.shape):
            self.append(np.putmask, out, chosen, values[0])  # faster, but does not broadcast
        else:
            self.append(np.copyto, out, values[0], "same_kind", chosen)
        self.release(chosen, *arrays)
        return out

    # ---- The short cuts: fewer or faster calls for the same numbers, nan and kinks included.

    def _choose_quickly(
        self, condition: ast.expr, then: ast.expr, otherwise: ast.expr, names: dict[str, Any], out: Array | None
    ) -> Any:
        match condition, then, otherwise:
            case ast.Compare(left, [ast.Eq()], [right]), ast.Constant(0), ast.Constant(1):
                return self._apply(np.not_equal, [self.compute(left, names), self.compute(right, names)])
            case _, ast.Constant(0), ast.Constant(1):  # what is multiplied with it takes the truth values as they are
                chosen = self.compute(condition, names)
                return self._apply(np.logical_not, [chosen]) if type(chosen) is not float else float(not chosen)
            case _, ast.Constant(1), ast.Constant(0):
                return self.compute(condition, names)
            case ast.Compare(ast.Name(a), [ast.LtE()], [ast.Constant(0)]), ast.Constant(0), ast.Name(b) if a == b:
                if type(names[a]) is float:
                    return None
                zeros = self._zeros.setdefault(names[a].shape, np.zeros(names[a].shape))  # faster than one zero
                return self._apply(np.maximum, [names[a], zeros], out)
        return None

    def _raise(self, base: Any, exponent: float, out: Array | None) -> Any:
        if exponent == -1.0:
            return self._apply(np.divide, [1.0, base], out)
        if exponent == 1.0:
            return base
        held = self._temporary.pop(id(base), None)
        square = self._apply(np.multiply, [base, base], out)
        power = square if exponent == 2.0 else self._apply(np.multiply, [square, base], out)
        if held is not None:
            self._temporary[id(base)] = held
            self.release(base)
        return power
