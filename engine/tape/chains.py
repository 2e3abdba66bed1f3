"""Chains: both passes over a chain, link by link, on floats for one sample and on arrays for several."""

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.arrays import NUMPY
from engine.branches import DETACH, multiply
from engine.formulas import FLOAT, Reader
from engine.letters import bind, find_derivative
from engine.ops import Op, compile_formula
from engine.tape.accumulation import Accumulation
from engine.tape.slots import Array
from engine.tape.tasks import Chain

Function = Callable[..., Any]
RAISED = (ArithmeticError, ValueError)  # in Python's arithmetic


class ChainReplay:
    """A chain in a replay: `forward` and, once planned, `backward`.

    The arguments are the replay's. The first of each pair is for numbers that the samples share, the second for those
    of the samples.
    """

    def __init__(self, chain: Chain, values: tuple[Array, Array], accumulation: Accumulation, masked: bool) -> None:
        single = accumulation.samples == 1
        self._chain, self._written = chain, accumulation.written
        self._values, self._gradients = (
            (base[0], base[1][:, 0] if single else base[1]) for base in (values, accumulation.bases)
        )
        self._is_float = single or not chain.result.sampled
        self._outside = len(chain.constants) + len(chain.shared) + len(chain.sampled)
        known: dict[tuple[str, int], _Link] = {}
        self._links: list[tuple[_Link, list[int]]] = []
        for op, operands in chain.links:
            key = op.name, len(operands)
            if key not in known:
                known[key] = _Link(op, len(operands), self._is_float, masked)
            self._links.append((known[key], operands))
        self._numbers: list[Any] = []

    def forward(self) -> None:
        """Compute the links."""
        chain, (shared, sampled) = self._chain, self._values
        numbers = [*chain.constants, *shared[chain.shared].tolist(), *_listed(sampled[chain.sampled])]
        for link, operands in self._links:
            given = [numbers[at] for at in operands]
            try:
                numbers.append(link.forward(*given))
            except RAISED:
                numbers.append(_compute(link.exact, given))
        self._values[chain.result.sampled][chain.result.slots] = numbers[self._outside :]
        self._numbers = numbers

    def plan_backward(self, full: bool) -> bool:
        """Whether any gradient reaches the chain; `full` is the replay's."""
        chain, outside = self._chain, self._outside
        is_wanted = [at >= len(chain.constants) and (full or learns) for at, learns in enumerate(chain.learns)]
        own = self._written[chain.result.sampled]
        self._given: list[int] = (outside + np.flatnonzero(own[chain.result.slots])).tolist()
        reached = set(self._given)
        self._backward: list[tuple[int, list[tuple[int, _Derivative, list[int]]]]] = []
        for at in reversed(range(len(chain.links))):
            if outside + at in reached:
                link, operands = self._links[at]
                parts = [
                    (operand, derivative, [*[operands[index] for index in derivative.reads], outside + at])
                    for operand, derivative in zip(operands, link.derivatives, strict=True)
                    if is_wanted[operand] and chain.links[at][0].name != DETACH
                ]
                reached.update([operand for operand, *_ in parts])
                self._backward.append((outside + at, parts))
        self._results = sorted(at for at in reached if at >= outside)
        # outside the chain: positions, slots, and which have no gradient yet
        self._targets: list[tuple[list[int], Array, Array]] = []
        first = len(chain.constants)
        for written, slots in zip(self._written, (chain.shared, chain.sampled), strict=True):
            positions = [at for at in range(len(slots)) if first + at in reached]
            chosen = slots[positions]
            self._targets.append(([first + at for at in positions], chosen, chosen[~written[chosen]]))
            written[chosen] = True
            first += len(slots)
        own[self._slots(self._results)] = True
        return bool(reached)

    def backward(self) -> None:
        """Pass the gradients of the results on to the operands."""
        own = self._gradients[self._chain.result.sampled]
        numbers = self._numbers
        gradients: list[Any] = [0.0] * (self._outside + len(self._chain.links))
        for at, gradient in zip(self._given, _listed(own[self._slots(self._given)]), strict=True):
            gradients[at] = gradient
        for at, parts in self._backward:
            upstream = gradients[at]
            for operand, derivative, arguments in parts:
                given = [numbers[of] for of in arguments]
                try:
                    gradients[operand] += derivative.function(*given, upstream)
                except RAISED:
                    gradients[operand] += _compute(derivative.exact, [*given, upstream])
        own[self._slots(self._results)] = [gradients[at] for at in self._results]
        for base, (positions, slots, fresh) in zip(self._gradients, self._targets, strict=True):
            is_total = base.ndim == 1 and not self._is_float
            base[fresh] = 0.0
            if positions:
                base[slots] += [gradients[at].sum() if is_total else gradients[at] for at in positions]

    def _slots(self, positions: list[int]) -> Array:
        return self._chain.result.slots[[at - self._outside for at in positions]]


def _listed(rows: Array) -> list[Any]:
    return rows.tolist() if rows.ndim == 1 else list(rows)


def _compute(function: Function, numbers: list[Any]) -> Any:
    """Return the function, computed by NumPy if Python's arithmetic raises an error."""
    found: Array = np.asarray(function(*map(np.float64, numbers)))
    return found if found.size > 1 else found.item()


def _pass_nothing(*given: Array) -> Array:
    return np.zeros_like(given[-1])


class _Derivative:
    """What an operand receives, as a function of some operands (by index), the result and its gradient."""

    def __init__(self, op: Op, index: int, count: int, is_float: bool, masked: bool) -> None:
        self.reads: list[int] = list(bind(op, range(count), index).values())
        formula, letters, term = find_derivative(op, index, count), op.letters + "yu", "" if op.sequences else op.term
        formula = multiply(formula) if masked else f"u*({formula})"
        if formula == "0" and not is_float:
            self.exact = self.function = _pass_nothing
            return
        self.exact = compile_formula(NUMPY, formula, letters, term=term)
        self.function = compile_formula(FLOAT, formula, letters, term=term) if is_float else self.exact


class _Link:
    """The functions of links of an op with so many operands, on numbers and by NumPy."""

    def __init__(self, op: Op, count: int, is_float: bool, masked: bool) -> None:
        self.exact = self.forward = _forward(op, NUMPY)
        if is_float:
            self.forward = _forward(op, FLOAT)
        self.derivatives = [_Derivative(op, index, count, is_float, masked) for index in range(count)]


def _forward(op: Op, reader: Reader) -> Function:
    function = compile_formula(reader, op.forward, op.letters, op.sequences, op.term)
    if not op.sequences:
        return function
    if reader is FLOAT:
        return lambda *numbers: function(*bind(op, numbers).values())
    return lambda *numbers: function(*[_stacked(x) if isinstance(x, list) else x for x in bind(op, numbers).values()])


def _stacked(elements: list[Any]) -> Array:
    """Stack the elements of a sequence along the first axis, with a number for each sample or one for all."""
    return np.array(np.broadcast_arrays(*map(np.atleast_1d, elements)))
