"""The pairs: from a program, what is to be compared."""

import math
import sys
from collections.abc import Callable, Iterator

import engine
from engine import Value
from engine.numbers import CONSTANT
from engine.tape import record
from tests.agreement.peers import (
    RESOLUTION,
    LeafNumbers,
    NodeNumbers,
    PeerError,
    difference_slopes,
    is_approximate_in_jax,
    torch_numbers,
    torch_second,
)
from tests.agreement.programs import Program, build

Comparison = tuple[str, float, float, float]  # what is compared, ours, theirs, and how far rounding may move it
Compare = Callable[[Program], Iterator[Comparison]]
Errors = dict[Value, float]
HUGE = 1e100  # beyond it products overflow
TINY = sys.float_info.min
ROUNDING = 1e-14  # of a number, by one operation: 45 times the machine epsilon
SUBNORMAL = 5e-322  # of a number below TINY: 100 times the smallest

# Where a local derivative is a difference, or passes through 0: what is added up, in size; 1 + y*y for 1 - y*y.
CURVED: dict[str, Callable[[float, float], float]] = {
    "sin": lambda a, y: 1.0,
    "cos": lambda a, y: 1.0,
    "tanh": lambda a, y: 1 + y * y,
    "sigmoid": lambda a, y: y * (1 + y),
    "silu": lambda a, y: 1 + 2 * abs(a),
    "gelu": lambda a, y: 1 + abs(a) * (1 + 0.134145 * a * a),
}
SUMS = ("+", "-", "sum", "dot", "affine")
LINEAR = ("+", "-", "sum", "neg")  # whose local derivatives are numbers
KINKS = ("abs", "relu", "leaky_relu", "step", "sign", "maximum", "minimum", "clip", "%")
POLES = dict.fromkeys(("log", "log2", "log10", "sqrt", "**", "/"), 0.0) | {
    "log1p": -1.0
}  # near which it changes quickly


def differentiate(program: Program, sample: int = 0) -> tuple[list[Value], Errors, Errors]:
    """The nodes after a backward pass, and how far rounding may have moved their values and their gradients."""
    nodes = build(program, sample)
    if not all(node.op for node in engine.toposort(nodes[-1])):  # a root of constants alone has no backward pass
        nodes[-1].backward()
    return nodes, *find_errors(nodes)


def find_errors(nodes: list[Value]) -> tuple[Errors, Errors]:
    """How far rounding alone may move each value and each gradient, to first order.

    Every operation adds its share of the size of its result, and of what cancels in its local derivatives, to the
    errors that its operands bring along.
    """
    values: Errors = {}
    for node in nodes:
        passed_on = zip(node.operands, node.local_derivatives, strict=True)
        brought = sum(_times(abs(local), values[operand]) for operand, local in passed_on)
        values[node] = brought + ROUNDING * find_size(node) + SUBNORMAL
    sizes, gradients = dict.fromkeys(nodes, 0.0), dict.fromkeys(nodes, 0.0)
    sizes[nodes[-1]], gradients[nodes[-1]] = 1.0, ROUNDING
    for node in reversed(nodes):
        errors = local_errors(node, values)
        for operand, local, error in zip(node.operands, node.branch_derivatives, errors, strict=True):
            if local is not None:
                sizes[operand] += _times(sizes[node], abs(local))
                gradients[operand] += _times(gradients[node], abs(local)) + _times(sizes[node], error) + SUBNORMAL
    return values, gradients


def _times(a: float, b: float) -> float:
    """The product; 0 where one is 0: what is not passed on moves nothing, however far it may be moved itself."""
    return a * b if a and b else 0.0


def find_size(node: Value) -> float:
    """How large what a node adds up is: more than its number where it cancels."""
    a, *others = [operand.data for operand in node.operands] or [node.data]
    if node.op == "gelu":  # of a, of which 1 + t leaves little, far below 0
        return abs(a)
    return abs(a) * (1 + abs(others[0])) if node.op == "binary_cross_entropy_with_logits" else abs(node.data)


def local_errors(node: Value, values: Errors) -> list[float]:
    """The same for the local derivatives of a node: by its own rounding, and by the errors of its operands."""
    operands = node.operands
    if not operands or node.op in LINEAR:
        return [0.0] * len(operands)
    if node.op in ("*", "dot", "affine"):
        half = len(operands) // 2
        others = operands[half : 2 * half] + operands[:half]
        return [values[other] for other in others] + [ROUNDING] * (len(operands) - 2 * half)
    if node.op == "binary_cross_entropy":  # of numbers from 0 to 1: their difference, by what is left to either side
        (a, b), (slope, _) = operands, node.local_derivatives
        room = max(a.data * (1 - a.data), 1e-12)
        difference = ROUNDING + values[a] + values[b]
        return [(difference + abs(slope) * (ROUNDING + values[a])) / room, 100 * ROUNDING + values[a] / room]
    if node.op == "binary_cross_entropy_with_logits":
        a, b = operands
        return [ROUNDING * (1 + abs(b.data)) + values[a] + values[b], values[a]]
    if node.op == "atan2":
        a, b = operands
        square = a.data * a.data + b.data * b.data
        moved = 2 * (values[a] + values[b]) / square if square else math.inf
        return [ROUNDING * abs(local) + moved for local in node.local_derivatives]
    if node.op in ("asin", "acos"):
        (a,), (local,) = operands, node.local_derivatives
        room = 1 - abs(a.data)
        return [abs(local) * (ROUNDING + (ROUNDING + 2 * values[a]) / room) if room > 0 else math.inf]
    moved = operands[-1 if node.op == "/" else 0]  # the operand that changes them most
    if node.op in CURVED:
        through_zero = node.op not in ("tanh", "sigmoid")
        change = 2 * values[moved] * (1.0 if through_zero else abs(node.local_derivatives[0]))
        return [ROUNDING * CURVED[node.op](moved.data, node.data) + change]
    distance = abs(moved.data - POLES[node.op]) if node.op in POLES else 1.0
    relative = ROUNDING + (2 * values[moved] / min(1.0, distance) if distance else math.inf)
    return [relative * abs(local) for local in node.local_derivatives]


def refuse_chance(nodes: list[Value], errors: Errors) -> None:
    """PeerError where rounding leaves nothing of a value, as of 1e300 + 1 - 1e300: the order of a sum decides."""
    if any(max(1.0, abs(node.data) / 1000) < errors[node] < math.inf for node in nodes):
        raise PeerError("1e300 + 1 - 1e300: what it is depends on the order")


def refuse_kinks(nodes: list[Value], errors: Errors) -> None:
    """PeerError where rounding decides on which side of a kink a number is, as relu's of x*y - x*y: BLAS may fuse."""
    chance: set[Value] = set()  # sums of which rounding leaves nothing, and what is computed from them
    exact: set[Value] = set()  # what no rounding has moved: leaves, and what only picks from them or changes a sign
    for node in nodes:
        operands = node.operands
        if exact.issuperset(operands) and (not operands or node.op in ("neg", *KINKS[:-1])):
            exact.add(node)
        if node.op in ("+", "-") and exact.issuperset(operands):
            continue  # it is rounded once, and 0 only if nothing is left
        is_moved = chance.intersection(operands) or (node.op == "%" and not exact.issuperset(operands))
        if node.op in KINKS and is_moved and find_distance(node) <= sum(map(errors.__getitem__, operands)) < math.inf:
            raise PeerError("x*y - x*y at a kink: on which side it is depends on the order")
        if chance.intersection(operands) or (node.op in SUMS and max(abs(node.data), TINY) <= errors[node] < math.inf):
            chance.add(node)


def find_distance(node: Value) -> float:
    """How far the first operand of an operation with a kink is from it."""
    a, *others = [operand.data for operand in node.operands]
    if node.op == "%":
        return min(abs(node.data), abs(others[0] - node.data))
    return min(abs(a - other) for other in (others if node.op in ("maximum", "minimum", "clip") else [0.0]))


def is_finite(nodes: list[Value]) -> bool:
    return all(math.isfinite(number) for node in nodes for number in (node.data, *node.local_derivatives))


def compare_tape(program: Program) -> Iterator[Comparison]:
    count = max(len(row.numbers) for row in program)
    nodes = build(program)
    reached = [node for node in engine.toposort(nodes[-1]) if node.op != CONSTANT]
    inputs = [index for index, row in enumerate(program) if len(row.numbers) > 1 and nodes[index] in reached]
    batch = [[program[index].numbers[sample] for index in inputs] for sample in range(count)]
    try:
        tape = record(nodes[-1], [nodes[index] for index in inputs])
    except ValueError as error:
        raise PeerError(str(error)) from None  # it depends on no leaf
    tape.forward(batch if inputs else None)
    tape.backward()
    values, gradients = ({node: read(node) for node in reached} for read in (tape.values, tape.gradients))
    mean, gradient = tape.value_and_gradient(batch if inputs else None)
    means, mean_errors = [0.0] * len(nodes), [0.0] * len(nodes)
    total = total_error = 0.0
    for sample in range(count):
        eager, value_errors, gradient_errors = differentiate(program, sample)
        refuse_chance(eager, value_errors)
        refuse_kinks(eager, value_errors)
        if not is_finite(eager) and any(HUGE < abs(node.data) < math.inf for node in eager):
            raise PeerError("1e300 beside infinity: a matrix product adds to a product before that overflows")
        if any(node.op == "+" and not node.data and math.copysign(1, node.data) < 0 for node in eager):
            raise PeerError("-0.0 + -0.0: a matrix product starts at 0.0")
        total += eager[-1].data / count
        total_error += value_errors[eager[-1]] / count
        for index, (node, other) in enumerate(zip(eager, nodes, strict=True)):
            means[index] += node.grad / count
            mean_errors[index] += gradient_errors[node] / count
            if other in values:  # where a number is the same for all samples, the tape may give it once
                value, slope = values[other], gradients[other]
                yield f"value {index}", node.data, value[sample % len(value)], value_errors[node]
                yield f"gradient {index}", node.grad, slope[sample % len(slope)], gradient_errors[node]
    yield "mean", total, mean, total_error
    for leaf, slope in zip(tape.leaves, gradient.tolist(), strict=True):
        index = nodes.index(leaf)
        if not math.isfinite(slope) and not math.isfinite(means[index]):
            continue  # the tape adds over samples before it multiplies: inf where a sum of inf and nan is nan
        yield f"mean gradient {index}", means[index], slope, mean_errors[index]


def compare_first(program: Program) -> Iterator[Comparison]:
    nodes, _, errors = differentiate(program)
    numbers = engine.grad(nodes[-1], nodes)
    values = engine.grad(nodes[-1], nodes, create_graph=True)
    for index, (node, number, value) in enumerate(zip(nodes, numbers, values, strict=True)):
        if node.op != CONSTANT:
            yield f"gradient {index}", node.grad, number, errors[node]
            yield f"gradient as a Value {index}", node.grad, value.data, errors[node]


def compare_second(program: Program) -> Iterator[Comparison]:
    """The gradient of a weighted sum of the gradients: a product with the Hessian."""
    nodes = build(program)
    leaves = [node for node in nodes if not node.op]
    if not leaves or not is_finite(nodes):
        raise PeerError("not finite: the first derivative is compared in 'torch'")
    if any(abs(node.data) > HUGE or 0 < abs(node.data) < 1 / HUGE for node in nodes):
        raise PeerError("so large or small that factors of a second derivative overflow")
    first = engine.grad(nodes[-1], leaves, create_graph=True)
    weights = [0.5 + index % 3 for index in range(len(leaves))]
    total = engine.dot(first, weights)
    second = engine.grad(total, leaves)
    _, errors = find_errors(engine.toposort(total))
    for index, (leaf, ours, theirs) in enumerate(zip(leaves, second, torch_second(program, weights), strict=True)):
        yield f"second derivative by leaf {index}", ours, theirs, errors.get(leaf, 0.0)


def compare_torch(program: Program) -> Iterator[Comparison]:
    nodes, value_errors, errors = differentiate(program)
    if any(node.op in ("softsign", "softplus") and abs(node.grad) > HUGE for node in nodes):
        raise PeerError("PyTorch's softsign' and softplus' overflow on the way where the gradient is so large")
    if any(node.op in ("log", "/") and 0 < abs(node.operands[-1].data) < TINY for node in nodes):
        raise PeerError("PyTorch divides by a subnormal number, where the slopes of log and / overflow")
    if any(node.op == "atan2" and any(HUGE < abs(x.data) < math.inf for x in node.operands) for node in nodes):
        raise PeerError("a*a + b*b overflows in atan2', which PyTorch multiplies in another order")
    values, gradients = torch_numbers(program)
    for index, node in enumerate(nodes):
        yield f"value {index}", node.data, values[index], value_errors[node]
        if gradients[index] is not None:
            yield f"gradient {index}", node.grad, gradients[index], errors[node]


def compare_differences(program: Program) -> Iterator[Comparison]:
    nodes, value_errors, errors = differentiate(program)
    if not is_finite(nodes) or not all(math.isfinite(node.grad) for node in nodes):
        raise PeerError("not finite: no difference to take")
    if any(0 < abs(node.data) < TINY for node in nodes):
        raise PeerError("subnormal: too few digits")
    refuse_chance(nodes, value_errors)
    value, found = difference_slopes(program, [node.data for node in nodes])
    yield "value", nodes[-1].data, value, value_errors[nodes[-1]]
    for index, slope in found.items():
        yield f"gradient {index}", nodes[index].grad, slope, errors[nodes[index]] + RESOLUTION


def compare_page(compute: NodeNumbers, program: Program) -> Iterator[Comparison]:
    nodes, value_errors, errors = differentiate(program)
    values, gradients = compute(program)
    for index, node in enumerate(nodes):
        yield f"value {index}", node.data, values[index], value_errors[node]
        if node.op != CONSTANT:
            yield f"gradient {index}", node.grad, gradients[index], errors[node]


def compare_jax(compute: LeafNumbers, program: Program) -> Iterator[Comparison]:
    nodes, value_errors, errors = differentiate(program)
    if not is_finite(nodes):
        raise PeerError("not finite: JAX masks as PyTorch does")
    refuse_chance(nodes, value_errors)
    for node in nodes:
        if is_approximate_in_jax(node.op, *[operand.data for operand in node.operands]):
            raise PeerError(f"JAX's derivative of {node.op} loses digits or overflows there")
    if any(0 < abs(n) < TINY for node in nodes for n in (node.data, node.grad, *node.local_derivatives)):
        raise PeerError("subnormal: JAX has 0 for numbers below 2.2e-308")
    value, gradients = compute(program)
    yield "value", nodes[-1].data, value, value_errors[nodes[-1]]
    for index, slope in gradients.items():
        yield f"gradient {index}", nodes[index].grad, slope, errors[nodes[index]]


PAIRS: dict[str, Compare] = {
    "tape": compare_tape,
    "first": compare_first,
    "second": compare_second,
    "torch": compare_torch,
    "differences": compare_differences,
}
# The peers of these live elsewhere, and are opened first: see `open_jax` and `open_page`.
OPENED: dict[str, Callable[..., Iterator[Comparison]]] = {"jax": compare_jax, "page": compare_page}
NEEDS = {"second": "torch", "torch": "torch", "differences": "mpmath", "jax": "jax", "page": "playwright.sync_api"}
