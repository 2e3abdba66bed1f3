"""Those who are asked: PyTorch, JAX, textbook definitions in extended precision, the page in a browser."""

import json
import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import cache, reduce
from multiprocessing import get_context
from typing import Any

from engine import Value
from engine.formulas import Reader, names
from engine.letters import bind
from engine.numbers import CONSTANT
from engine.ops import compile_formula, table
from tests.agreement.programs import Program
from viz.pages.page import page


class PeerError(Exception):
    """A peer cannot compute this program; its message says why."""


LARGE = 1e6  # beyond it 1/(1 + a) - a/(1 + a)**2, softsign' as PyTorch and JAX have it, has lost six digits


def read_formula(name: str, operation: Callable[[str], Any], lift: Callable[[Any], Any] = lambda x: x) -> Any:
    """A row for which a peer has no name: its formula over the peer's operations, which know their own derivatives.

    operation   the peer's, by name
    lift        what the peer wants in place of a plain number
    """
    row = table[name]
    called = {*names(row.forward), *names(row.term or "0")} - {*row.letters, "t"} | {"power"}
    meant = {each: operation("**" if each == "power" else each) for each in called}
    functions = {each: lambda *given, each=each: meant[each](*map(lift, given)) for each in called}
    reader = Reader(functions, elementwise=True)
    return compile_formula(reader, row.forward, row.letters, row.sequences, row.term)


def is_clamped(probability: float) -> bool:
    """Whether the slope of a cross-entropy is clamped there."""
    return not probability * (1 - probability) > 1e-12


# ---- PyTorch


@cache
def torch_operation(name: str) -> Callable[..., Any]:
    """A row as PyTorch has it; where it approximates (see TORCH_DIFFERS in test_ops), as it has it elsewhere."""
    import torch

    functional = torch.nn.functional
    one = torch.tensor(1.0, dtype=torch.float64)
    named = {
        "+": torch.add, "-": torch.sub, "*": torch.mul, "/": torch.div, "%": torch.remainder,
        "**": torch.pow,
        "binary_cross_entropy": functional.binary_cross_entropy,
        "elu": functional.elu, "softsign": functional.softsign, "silu": functional.silu,
        "softplus": lambda a: functional.softplus(a, threshold=700.0),  # exp() is finite up to there
        "expm1": lambda a: torch.where(a < -0.5, torch.exp(a.clamp(max=0)) - 1, torch.expm1(a)),  # not y + 1
        "gelu": lambda a: functional.gelu(a, approximate="tanh"),
        "leaky_relu": lambda a, b: functional.prelu(a.reshape(1, 1), b.reshape(1)).reshape(()),
        "detach": lambda a: a.detach().requires_grad_(a.requires_grad),
        "binary_cross_entropy_with_logits": functional.binary_cross_entropy_with_logits,
        # a part of the graph, but no way back
        "step": lambda a: torch.where(torch.tensor(False), a, torch.heaviside(a.detach(), one)),
        "sum": lambda a: torch.stack(a).sum(),
        "dot": lambda a, b: (torch.stack(a) * torch.stack(b)).sum(),
        "affine": lambda a, b, c: (torch.stack(a) * torch.stack(b)).sum() + c,
        "logsumexp": lambda a: torch.logsumexp(torch.stack(a), 0),
    }  # fmt: skip
    lift = lambda x: torch.tensor(x, dtype=torch.float64) if isinstance(x, float) else x  # noqa: E731
    return named.get(name) or getattr(torch, name, None) or read_formula(name, torch_operation, lift)


def torch_nodes(program: Program) -> list[Any]:
    import torch

    torch.set_num_threads(1)
    nodes: list[Any] = []
    for row in program:
        if row.operands:
            operands = [nodes[index] for index in row.operands]
            if row.op == "softsign" and abs(operands[0].item()) > LARGE:
                raise PeerError("PyTorch's softsign' is a difference that cancels for large numbers")
            if row.op == "%" and operands[0].item() % (operands[1].item() or math.nan) == 0:
                raise PeerError("PyTorch's zero has the sign of what was divided, Python's and NumPy's the divisor's")
            if row.op == "binary_cross_entropy" and not (
                1e-43 < operands[0].item() < 1 and 0 <= operands[1].item() <= 1
            ):
                raise PeerError("PyTorch refuses what is no probability, and clamps the slope by a target nowhere")
            if row.op == "binary_cross_entropy_with_logits" and math.isinf(operands[0].item()):
                raise PeerError("PyTorch's formula has nan for other targets there")
            nodes.append(torch_operation(row.op)(*bind(table[row.op], operands).values()))
            if row.op == "binary_cross_entropy_with_logits" and abs(nodes[-1].item()) < 1e-6:
                raise PeerError("PyTorch loses the digits of a small loss")
        else:
            nodes.append(torch.tensor(row.numbers[0], dtype=torch.float64, requires_grad=row.op != CONSTANT))
    return nodes


def torch_numbers(program: Program) -> tuple[list[float], list[float | None]]:
    """The value and the gradient of every node; None for a node that depends on constants alone."""
    nodes = torch_nodes(program)
    for node in nodes:
        if node.requires_grad:
            node.retain_grad()
    if not nodes[-1].requires_grad:
        return [node.item() for node in nodes], [None] * len(nodes)
    nodes[-1].backward()
    gradients = [None if not node.requires_grad else 0.0 if node.grad is None else node.grad.item() for node in nodes]
    return [node.item() for node in nodes], gradients


def torch_second(program: Program, weights: Sequence[float]) -> list[float]:
    """The gradient, by the leaves, of the weighted sum of the gradients by the leaves."""
    import torch

    nodes = torch_nodes(program)
    for row in program:
        if row.op in ("**", "leaky_relu") and nodes[row.operands[0]].item() == 0:
            raise PeerError(f"PyTorch's second derivative of {row.op} is nan, or that of the other side, at 0")
        if row.op == "binary_cross_entropy":
            raise PeerError("PyTorch's second derivative of a cross-entropy has 1e-12 too much in its denominator")
    leaves = [node for node, row in zip(nodes, program, strict=True) if not row.op]
    first = torch.autograd.grad(nodes[-1], leaves, create_graph=True, materialize_grads=True)
    total = sum(weight * slope for weight, slope in zip(weights, first, strict=True))
    if not total.requires_grad:
        return [0.0] * len(leaves)
    return [slope.item() for slope in torch.autograd.grad(total, leaves, materialize_grads=True)]


# ---- JAX


@cache
def jax_operation(name: str) -> Callable[..., Any]:
    import jax

    jnp, nn = jax.numpy, jax.nn
    named = {
        "+": jnp.add, "-": jnp.subtract, "*": jnp.multiply, "/": jnp.divide, "%": jnp.remainder,
        "**": jnp.power, "neg": jnp.negative,
        "abs": lambda a: a * jnp.sign(a),  # the derivative of JAX's own is 1 at 0
        "clip": lambda a, b, c: jnp.where(
            jnp.maximum(a, b) > c, c, jnp.where(a < b, jnp.where(b < c, b, jax.lax.stop_gradient(b)), a)),
        "softsign": nn.soft_sign, "softplus": nn.softplus, "silu": nn.silu, "elu": nn.elu, "relu": nn.relu,
        "sigmoid": nn.sigmoid, "gelu": lambda a: nn.gelu(a, approximate=True),
        "leaky_relu": lambda a, b: jnp.where(a > 0, a, a * b),
        "binary_cross_entropy": lambda a, b: -(b * jnp.log(a) + (1 - b) * jnp.log1p(-a)),
        "step": lambda a: jnp.where(a >= 0, 1.0, 0.0),
        "detach": jax.lax.stop_gradient,
        "sum": lambda a: reduce(jnp.add, a),
        "dot": lambda a, b: reduce(jnp.add, map(jnp.multiply, a, b)),
        "affine": lambda a, b, c: reduce(jnp.add, map(jnp.multiply, a, b), c),
        "logsumexp": lambda a: reduce(jnp.logaddexp, a),  # JAX compiles anew for every length of a stack
    }  # fmt: skip
    return named.get(name) or getattr(jnp, name, None) or read_formula(name, jax_operation)


def is_approximate_in_jax(op: str, *numbers: float) -> bool:
    """Whether JAX's derivative is of fewer digits than the operation allows, at these operands."""
    a, b = (*numbers, 0.0, 0.0)[:2]
    match op:
        case "expm1" | "elu":
            return a < -10  # y + 1
        case "softsign":
            return abs(a) > LARGE
        case "silu":
            return abs(a) > 1e150  # a times upstream
        case "binary_cross_entropy":
            return is_clamped(a)
        case "/":
            return not 1e-150 < abs(b) < 1e150  # b*b
        case "**":
            return a == b == 0
    return False


LeafNumbers = Callable[[Program], tuple[float, dict[int, float]]]  # the value, and the gradient by each leaf


@contextmanager
def open_jax() -> Iterator[LeafNumbers]:
    """JAX in a process of its own: where it has been at work, nobody can fork."""
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        yield lambda program: process.submit(jax_numbers, program).result()


def jax_numbers(program: Program) -> tuple[float, dict[int, float]]:
    import jax

    leaves = [index for index, row in enumerate(program) if not row.op]

    def compute(numbers: list[Any]) -> Any:
        nodes: list[Any] = []
        given = dict(zip(leaves, numbers, strict=True))
        for index, row in enumerate(program):
            if row.operands:
                bound = bind(table[row.op], [nodes[operand] for operand in row.operands])
                nodes.append(jax_operation(row.op)(*bound.values()))
            else:
                nodes.append(given.get(index, row.numbers[0]))
        return nodes[-1]

    jax.config.update("jax_enable_x64", True)
    value, slopes = jax.value_and_grad(compute)([program[index].numbers[0] for index in leaves])
    return float(value), dict(zip(leaves, map(float, slopes), strict=True))


# ---- central differences in extended precision

TAME = 100, "1e-40"  # how many digits, and the step
EXTREME = 1000, "1e-400"  # 1e300 + 1e-300 has 600 digits, and nothing lies nearer to a kink than 5e-324
RESOLUTION = 1e-70  # of a slope: the square of the step, and more


@cache
def textbook(name: str) -> Callable[..., Any]:
    """An operation as a book defines it; with so many digits nothing needs to be stable."""
    from mpmath import mp

    sigmoid = lambda a: 1 / (1 + mp.exp(-a))  # noqa: E731

    def binary_cross_entropy(a: Any, b: Any) -> Any:
        if is_clamped(a):
            raise ValueError("nothing that a book knows")
        return -(b * mp.log(a) + (1 - b) * mp.log(1 - a))

    named = {
        "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "/": lambda a, b: a / b,
        "%": lambda a, b: a - b * mp.floor(a / b), "**": mp.power, "neg": lambda a: -a, "abs": abs,
        "exp": mp.exp, "log": mp.log,
        "log1p": lambda a: mp.log(1 + a), "expm1": lambda a: mp.exp(a) - 1, "sqrt": mp.sqrt,
        "log2": lambda a: mp.log(a, 2), "log10": mp.log10, "asin": mp.asin, "acos": mp.acos, "atan": mp.atan,
        "atan2": mp.atan2, "sinh": mp.sinh, "cosh": mp.cosh, "clip": lambda a, b, c: min(max(a, b), c),
        "sin": mp.sin, "cos": mp.cos, "tan": mp.tan, "tanh": mp.tanh, "sigmoid": sigmoid,
        "relu": lambda a: max(a, 0), "leaky_relu": lambda a, b: a if a > 0 else a * b,
        "elu": lambda a: a if a > 0 else mp.exp(a) - 1, "softplus": lambda a: mp.log(1 + mp.exp(a)),
        "softsign": lambda a: a / (1 + abs(a)), "silu": lambda a: a * sigmoid(a),
        "gelu": lambda a: a / 2 * (1 + mp.tanh(mp.mpf("0.7978845608028654") * (a + mp.mpf("0.044715") * a**3))),
        "step": lambda a: mp.mpf(a >= 0), "sign": lambda a: mp.mpf(int(a > 0) - int(a < 0)),
        "maximum": max, "minimum": min, "binary_cross_entropy": binary_cross_entropy, "sum": mp.fsum,
        "dot": lambda a, b: mp.fdot(zip(a, b, strict=True)),
        "affine": lambda a, b, c: mp.fdot(zip(a, b, strict=True)) + c,
        "logsumexp": lambda a: mp.log(mp.fsum(map(mp.exp, a))),
        "detach": lambda a: a,
        "where": lambda condition, a, b: a if condition else b,
    }  # fmt: skip
    return named.get(name) or read_formula(name, textbook)


def is_kink(row: Any, numbers: Sequence[float]) -> bool:
    """Whether these operands lie where the operation has a kink or a jump."""
    if row.op in ("maximum", "minimum"):
        return numbers[0] == numbers[1] and row.operands[0] != row.operands[1]
    if row.op == "clip":
        return len(set(numbers)) < 3
    if row.op == "%":
        return (numbers[0] / numbers[1]).is_integer() if numbers[1] else True
    if row.op == "**":
        return numbers[0] == numbers[1] == 0
    return row.op in ("abs", "relu", "leaky_relu", "step", "sign") and numbers[0] == 0


def difference_slopes(program: Program, numbers: Sequence[float]) -> tuple[float, dict[int, float]]:
    """The value, and the slope by each leaf that reaches no kink: there a gradient is a matter of convention.

    numbers   of the nodes, as Values have them: they decide what is a kink
    """
    from mpmath import mp

    digits, little = TAME if all(number == 0 or 1e-10 < abs(number) < 30 for number in numbers) else EXTREME

    def compute(start: int, nodes: list[Any], moved: set[int]) -> Any:
        for index in range(start, len(program)):
            row = program[index]
            if row.operands and (not moved or (moved.intersection(row.operands) and row.op != "detach")):
                try:
                    bound = bind(table[row.op], [nodes[operand] for operand in row.operands])
                    nodes[index] = textbook(row.op)(*bound.values())
                except (ZeroDivisionError, OverflowError, ValueError):
                    raise PeerError("outside the domain of an operation, or at its edge") from None
                if not isinstance(nodes[index], mp.mpf | int):
                    raise PeerError("outside the real numbers")
                if moved:
                    if is_kink(row, [numbers[operand] for operand in row.operands]):
                        return None
                    moved.add(index)
        return nodes[-1]

    with mp.workdps(digits):
        here = [None if row.operands else mp.mpf(row.numbers[0]) for row in program]
        value = compute(0, here, set())
        slopes = {}
        for leaf in (index for index, row in enumerate(program) if not row.op):
            step = mp.mpf(little) * max(1, abs(here[leaf]))
            ends = []
            for there in (here[leaf] + step, here[leaf] - step):
                nodes = [*here]
                nodes[leaf] = there
                ends.append(compute(leaf + 1, nodes, {leaf}))
            if None not in ends:
                slopes[leaf] = float((ends[0] - ends[1]) / (2 * step))
        return float(value), slopes


# ---- the page

NodeNumbers = Callable[[Program], tuple[list[float], list[float]]]  # the value and the gradient of each node

COMPUTE = """(text) => {
    const write = (x) => Number.isFinite(x) ? x : x !== x ? "nan" : x > 0 ? "inf" : "-inf";
    const run = runPasses(new Graph(JSON.parse(text)), new Map());
    return JSON.stringify([run.values.map(write), run.gradients.map(write)]);
}"""


def open_page(browser: Any) -> NodeNumbers:
    """The page's script, in a tab of a browser."""
    tab = browser.new_context(offline=True).new_page()
    tab.set_content(page(Value(1.0) * 2).html)

    def compute(program: Program) -> tuple[list[float], list[float]]:
        nodes = [
            [str(index), row.op, row.operands, "nan" if row.operands else as_text(row.numbers[0]), [], ""]
            for index, row in enumerate(program)
        ]
        values, gradients = json.loads(tab.evaluate(COMPUTE, json.dumps(nodes)))  # one text is quicker than an object
        return list(map(float, values)), list(map(float, gradients))

    return compute


def as_text(number: float) -> float | str:
    return number if math.isfinite(number) else str(number)
