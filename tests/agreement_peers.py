"""Those whom `tests.agreement` asks: PyTorch, JAX, textbook definitions in extended precision, the page in a browser.

A program is a tuple of rows (op, operands, numbers) in topological order; see `tests.agreement`.
"""

import math
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from engine import Value
from engine.ops import table
from engine.value import CONSTANT


class PeerError(Exception):
    """A peer cannot compute this program; its message says why."""


# ---- PyTorch


@cache
def torch_operation(name: str) -> Callable[..., Any]:
    """A row as PyTorch has it; where it approximates (see TORCH_DIFFERS in test_ops), as it has it elsewhere."""
    import torch

    functional = torch.nn.functional
    one = torch.tensor(1.0, dtype=torch.float64)
    named = {
        "+": torch.add, "-": torch.sub, "*": torch.mul, "/": torch.div, "**": torch.pow,
        "elu": functional.elu, "softsign": functional.softsign, "silu": functional.silu,
        "softplus": lambda a: functional.softplus(a, threshold=700.0),  # exp() is finite up to there
        "expm1": lambda a: torch.where(a < -0.5, torch.exp(a.clamp(max=0)) - 1, torch.expm1(a)),  # not y + 1
        "gelu": lambda a: functional.gelu(a, approximate="tanh"),
        "leaky_relu": lambda a, b: functional.prelu(a.reshape(1, 1), b.reshape(1)).reshape(()),
        "step": lambda a: torch.heaviside(a.detach(), one) + 0 * torch.nan_to_num(a, 0, 0, 0),
        "sum": lambda a: torch.stack(a).sum(),
        "dot": lambda a, b: (torch.stack(a) * torch.stack(b)).sum(),
        "affine": lambda a, b, c: (torch.stack(a) * torch.stack(b)).sum() + c,
        "logsumexp": lambda a: torch.logsumexp(torch.stack(a), 0),
    }  # fmt: skip
    return named.get(name) or getattr(torch, name)


def torch_nodes(program: Sequence[Any]) -> list[Any]:
    import torch

    torch.set_num_threads(1)
    nodes: list[Any] = []
    for row in program:
        if row.operands:
            operands = [nodes[index] for index in row.operands]
            if row.op == "softsign" and not math.isfinite(operands[0].item()):
                raise PeerError("PyTorch's softsign is nan at infinity")
            nodes.append(torch_operation(row.op)(*table[row.op].bind(operands).values()))
        else:
            nodes.append(torch.tensor(row.numbers[0], dtype=torch.float64, requires_grad=row.op != CONSTANT))
    return nodes


def torch_numbers(program: Sequence[Any]) -> tuple[list[float], list[float | None]]:
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


def torch_second(program: Sequence[Any], weights: Sequence[float]) -> list[float]:
    """The gradient, by the leaves, of the weighted sum of the gradients by the leaves."""
    import torch

    nodes = torch_nodes(program)
    if any(row.op == "elu" and nodes[row.operands[0]].item() == 0 for row in program):
        raise PeerError("elu'' jumps at 0: exp(0) here, 0 in PyTorch")
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

    jax.config.update("jax_enable_x64", True)
    jnp, nn = jax.numpy, jax.nn
    named = {
        "+": jnp.add, "-": jnp.subtract, "*": jnp.multiply, "/": jnp.divide, "**": jnp.power, "neg": jnp.negative,
        "abs": lambda a: a * jnp.sign(a),  # the derivative of JAX's own is 1 at 0
        "softsign": nn.soft_sign, "softplus": nn.softplus, "silu": nn.silu, "elu": nn.elu, "relu": nn.relu,
        "sigmoid": nn.sigmoid, "gelu": lambda a: nn.gelu(a, approximate=True),
        "leaky_relu": lambda a, b: jnp.where(a > 0, a, a * b),
        "step": lambda a: jnp.where(a >= 0, 1.0, 0.0),
        "sum": lambda a: jnp.stack(a).sum(),
        "dot": lambda a, b: (jnp.stack(a) * jnp.stack(b)).sum(),
        "affine": lambda a, b, c: (jnp.stack(a) * jnp.stack(b)).sum() + c,
        "logsumexp": lambda a: nn.logsumexp(jnp.stack(a)),
    }  # fmt: skip
    return named.get(name) or getattr(jnp, name)


def jax_numbers(program: Sequence[Any]) -> tuple[float, dict[int, float]]:
    """The value, and the gradient by every leaf."""
    import jax

    leaves = [index for index, row in enumerate(program) if not row.op]

    def compute(numbers: list[Any]) -> Any:
        nodes: list[Any] = []
        given = dict(zip(leaves, numbers, strict=True))
        for index, row in enumerate(program):
            if row.operands:
                bound = table[row.op].bind([nodes[operand] for operand in row.operands])
                nodes.append(jax_operation(row.op)(*bound.values()))
            else:
                nodes.append(given.get(index, row.numbers[0]))
        return nodes[-1]

    jax.config.update("jax_enable_x64", True)
    value, slopes = jax.value_and_grad(compute)([program[index].numbers[0] for index in leaves])
    return float(value), dict(zip(leaves, map(float, slopes), strict=True))


# ---- central differences in extended precision

DIGITS = 60
STEP = 1e-20


@cache
def textbook() -> dict[str, Callable[..., Any]]:
    """Each operation as a book defines it; with 60 digits nothing needs to be stable."""
    from mpmath import mp

    mp.dps = DIGITS
    sigmoid = lambda a: 1 / (1 + mp.exp(-a))  # noqa: E731
    return {
        "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "/": lambda a, b: a / b,
        "**": mp.power, "neg": lambda a: -a, "abs": abs, "exp": mp.exp, "log": mp.log,
        "log1p": lambda a: mp.log(1 + a), "expm1": lambda a: mp.exp(a) - 1, "sqrt": mp.sqrt,
        "sin": mp.sin, "cos": mp.cos, "tan": mp.tan, "tanh": mp.tanh, "sigmoid": sigmoid,
        "relu": lambda a: max(a, 0), "leaky_relu": lambda a, b: a if a > 0 else a * b,
        "elu": lambda a: a if a > 0 else mp.exp(a) - 1, "softplus": lambda a: mp.log(1 + mp.exp(a)),
        "softsign": lambda a: a / (1 + abs(a)), "silu": lambda a: a * sigmoid(a),
        "gelu": lambda a: a / 2 * (1 + mp.tanh(mp.mpf("0.7978845608028654") * (a + mp.mpf("0.044715") * a**3))),
        "step": lambda a: mp.mpf(a >= 0), "sign": lambda a: mp.mpf(int(a > 0) - int(a < 0)),
        "maximum": max, "minimum": min, "sum": mp.fsum,
        "dot": lambda a, b: mp.fdot(zip(a, b, strict=True)),
        "affine": lambda a, b, c: mp.fdot(zip(a, b, strict=True)) + c,
        "logsumexp": lambda a: mp.log(mp.fsum(map(mp.exp, a))),
    }  # fmt: skip


def is_kink(row: Any, numbers: Sequence[float]) -> bool:
    """Whether these operands lie where the operation has a kink or a jump."""
    if row.op in ("maximum", "minimum"):
        return numbers[0] == numbers[1] and row.operands[0] != row.operands[1]
    return row.op in ("abs", "relu", "leaky_relu", "step", "sign") and numbers[0] == 0


def difference_slopes(program: Sequence[Any], numbers: Sequence[float]) -> tuple[float, dict[int, float]]:
    """The value, and the slope by each leaf that reaches no kink: there a gradient is a matter of convention.

    numbers   of the nodes, as Values have them: they decide what is a kink
    """
    from mpmath import mp

    operations = textbook()

    def compute(start: int, nodes: list[Any], moved: set[int]) -> Any:
        for index in range(start, len(program)):
            row = program[index]
            if row.operands and (not moved or moved.intersection(row.operands)):
                try:
                    bound = table[row.op].bind([nodes[operand] for operand in row.operands])
                    nodes[index] = operations[row.op](*bound.values())
                except (ZeroDivisionError, OverflowError, ValueError):
                    raise PeerError("outside the domain of an operation, or at its edge") from None
                if not isinstance(nodes[index], mp.mpf | int):
                    raise PeerError("outside the real numbers")
                if moved:
                    if is_kink(row, [numbers[operand] for operand in row.operands]):
                        return None
                    moved.add(index)
        return nodes[-1]

    here = [None if row.operands else mp.mpf(row.numbers[0]) for row in program]
    value = compute(0, here, set())
    slopes = {}
    for leaf in (index for index, row in enumerate(program) if not row.op):
        step = mp.mpf(STEP) * max(1, abs(here[leaf]))
        ends = []
        for there in (here[leaf] + step, here[leaf] - step):
            nodes = [*here]
            nodes[leaf] = there
            ends.append(compute(leaf + 1, nodes, {leaf}))
        if None not in ends:
            slopes[leaf] = float((ends[0] - ends[1]) / (2 * step))
    return float(value), slopes


# ---- the page

COMPUTE = """(nodes) => {
    const text = (x) => Number.isFinite(x) ? x : x !== x ? "nan" : x > 0 ? "inf" : "-inf";
    const run = runPasses(new Graph(nodes), new Map());
    return [run.values.map(text), run.gradients.map(text)];
}"""


@contextmanager
def open_browser(chromium: str) -> Iterator[Callable[[Sequence[Any]], tuple[list[float], list[float]]]]:
    """A function that gives the value and the gradient of every node of a program, computed by the page's script."""
    from playwright.sync_api import sync_playwright

    from viz.page.page import page

    if not Path(chromium).exists():
        raise FileNotFoundError(f"no browser at {chromium}")

    def compute(program: Sequence[Any]) -> tuple[list[float], list[float]]:
        nodes = [
            [str(index), row.op, row.operands, "nan" if row.operands else as_text(row.numbers[0]), []]
            for index, row in enumerate(program)
        ]
        values, gradients = tab.evaluate(COMPUTE, nodes)
        return list(map(float, values)), list(map(float, gradients))

    with sync_playwright() as running, tempfile.TemporaryDirectory() as folder:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = running.chromium.launch(executable_path=chromium, args=arguments)
        tab = browser.new_context(offline=True).new_page()
        path = Path(folder) / "page.html"
        page(Value(1.0) * 2).save(path)
        tab.goto(path.as_uri())
        yield compute
        browser.close()


def as_text(number: float) -> float | str:
    return number if math.isfinite(number) else str(number)
