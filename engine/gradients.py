"""Gradients as results: `grad` returns them as numbers, or as Values that can be differentiated again."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import cache
from typing import Any, Literal, overload

from engine.branches import find_closed, find_reached
from engine.changes import tell_changed
from engine.formulas import Reader, names
from engine.letters import bind, find_derivative
from engine.looks import equals
from engine.modes import current, mode, open_blocks
from engine.numbers import CONSTANT, go_through
from engine.ops import compile_formula, table
from engine.value import Value, lift, toposort


def _apply(name: str) -> Any:
    """Return the version of a formula's function that takes Values as well as the numbers of constants."""
    method = getattr(Value, name)
    return lambda *operands: method(lift(operands[0]), *operands[1:])


# Reads a local derivative as a formula over Values; where() takes the branch that the numbers choose.
VALUE = Reader(
    {name: _apply(name) for name in table if hasattr(Value, name)}
    # between two Values, == is identity
    | {"power": _apply("__pow__"), "equal": lambda left, right: equals(lift(left), right)},
    lazy=True,
)
# The same with Values for the numbers in a formula too: where Python raises, Values have inf or nan.
VALUES_ALONE = Reader({**VALUE.functions, "constant": lambda text: lift(float(text))}, lazy=True)


@overload
def grad(output: Value, inputs: Value, create_graph: Literal[False] = False) -> float: ...
@overload
def grad(output: Value, inputs: Sequence[Value], create_graph: Literal[False] = False) -> list[float]: ...
@overload
def grad(output: Value, inputs: Value, create_graph: Literal[True]) -> Value: ...
@overload
def grad(output: Value, inputs: Sequence[Value], create_graph: Literal[True]) -> list[Value]: ...
def grad(output: Value, inputs: Value | Sequence[Value], create_graph: bool = False) -> Any:
    """Return ∂output/∂input for one input, or a list for several; no `.grad` changes.

    create_graph   return Values that can be differentiated again instead of numbers

    An input that `output` does not depend on has gradient 0, and so has a constant. TypeError for anything but Values;
    with `create_graph`, ValueError if a number has changed since the forward pass, for old and new numbers would mix.
    Under `no_grad()`, ValueError for a constant, as all results are there.

    >>> x = Value(3.0)
    >>> first = grad(x**3, x, create_graph=True)
    >>> first.data, grad(first, x)
    (27.0, 18.0)
    """
    wanted = [inputs] if isinstance(inputs, Value) else [*go_through(inputs, "grad")]
    for value in (output, *wanted):
        if not isinstance(value, Value):
            raise TypeError(f"grad takes Values, not {type(value).__name__}: {value!r}")
    if current.detach and output.op == CONSTANT:
        raise ValueError("grad: under no_grad() results are constants, whose gradients would be 0: compute it outside")
    if create_graph and (changed := tell_changed(output, lambda node: node.label or repr(node))):
        raise ValueError(f"create_graph: {changed}; compute the graph again")
    with mode(detach=False, on_look=None) if create_graph else nullcontext():  # Values, whatever is around them
        totals: dict[Value, Any] = _derive(output) if create_graph else _accumulate(output)
        if open_blocks and current.on_backward and not create_graph:
            current.on_backward(totals)
        gradients = [totals.get(value, lift(0.0) if create_graph else 0.0) for value in wanted]
    return gradients[0] if isinstance(inputs, Value) else gradients


def _accumulate(output: Value) -> dict[Value, float]:
    totals = dict.fromkeys(order := toposort(output), 0.0)
    totals[output] = 1.0
    for node in reversed(find_reached(order)):
        upstream = totals[node]
        for operand, local in zip(node.operands, node.branch_derivatives, strict=True):
            if local is not None and operand.op != CONSTANT:  # None is a branch not taken
                totals[operand] += upstream * local
    return totals


def _derive(output: Value) -> dict[Value, Value]:
    """Run the backward pass with Values, by the same rows and in the same order."""
    totals: dict[Value, Value] = {output: lift(1.0)}
    for node in reversed(find_reached(toposort(output))):
        operands = node.operands
        for index, (operand, number) in enumerate(zip(operands, node.branch_derivatives, strict=True)):
            if operand.op == CONSTANT:
                continue
            before = totals.setdefault(operand, lift(0.0))
            if open_blocks and current.on_comparison:
                _compare(node, operands, index)
            if number is not None:  # else it is a branch not taken
                contribution = _multiply(totals[node], _local_derivative(node, operands, index, number))
                is_first = before.op == CONSTANT and before.data == 0.0
                totals[operand] = contribution if is_first else before + contribution
    return totals


def _multiply(upstream: Value, local: Value) -> Value:
    """Return upstream · local, without a node for a factor of 1."""
    if local.op == CONSTANT and local.data == 1.0:
        return upstream
    return local if upstream.op == CONSTANT and upstream.data == 1.0 else upstream * local


def _local_derivative(node: Value, operands: Sequence[Value], index: int, number: float) -> Value:
    """Return ∂node/∂operand, computed from the graph's Values; a plain number if it depends on none of them."""
    row = table[node.op]
    formula = find_derivative(row, index, len(operands))
    meaning = bind(row, operands, index) | {"y": node}
    if all(meaning[letter].op == CONSTANT for letter in _letters(node.op, formula)):
        return lift(number)
    return lift(_evaluate(node.op, formula, meaning))


def _compare(node: Value, operands: Sequence[Value], index: int) -> None:
    """Compare the Values that decide whether ∂node/∂operand is a branch not taken, for who watches the program."""
    row = table[node.op]
    formula = find_closed(find_derivative(row, index, len(operands)))
    if names(formula):
        _evaluate(node.op, formula, bind(row, operands, index) | {"y": node})


def _evaluate(name: str, formula: str, meaning: dict[str, Value]) -> Any:
    try:
        return _read(name, formula, VALUE)(*(v.data if v.op == CONSTANT else v for v in meaning.values()))
    except ZeroDivisionError:
        return _read(name, formula, VALUES_ALONE)(*meaning.values())


@cache
def _letters(name: str, formula: str) -> frozenset[str]:
    """Return those of the operands and the result that a formula depends on."""
    row, used = table[name], names(formula)
    return (used | (names(row.term) if "t" in used else frozenset())) & set(row.letters + "y")


@cache
def _read(name: str, formula: str, reader: Reader) -> Callable[..., Any]:
    row = table[name]
    return compile_formula(reader, formula, row.letters + "y", term="" if row.sequences else row.term)
