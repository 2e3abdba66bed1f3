"""A graph's forward and backward pass as the Python that a person would write by hand."""

import ast
import keyword
import math
import re

from engine.formulas import ELEMENTARY, FLOAT, names, parse_python
from engine.graph import name_nodes
from engine.letters import bind, find_derivative
from engine.ops import table
from engine.value import CONSTANT, Value, toposort
from engine.writing import write

# Functions that Python does not bring along, each written in terms of those before it.
DEFINITIONS = {
    "power": "def power(a, b): return math.pow(a, b)",
    "maximum": "def maximum(a, b): return a if a > b or a != a else b",
    "minimum": "def minimum(a, b): return a if a < b or a != a else b",
}


def write_source(root: Value) -> str:
    """Straight-line Python for the passes over the graph of `root`, on plain floats.

    First the leaves' numbers, then a line for each node, then the gradients, last node first: ``d_x`` is
    ∂root/∂x. Run as it stands it leaves them in variables. Where Python's arithmetic raises for a number
    (1/0, the logarithm of 0, an overflow of exp), so does the source.

    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> print(write_source(a*b + a))
    # the leaves
    a = 2.0
    b = -3.0
    # forward
    v1 = a * b
    v2 = v1 + a
    # backward
    d_v2 = 1.0
    d_v1 = d_v2
    d_a = d_v2
    d_a += d_v1 * b
    d_b = d_v1 * a
    <BLANKLINE>
    """
    order = toposort(root)
    variables = _name_variables(order)
    leaves, forward, backward = [], [], [f"d_{variables[root]} = 1.0"]
    used: set[str] = set()
    for node in order:
        if node.is_leaf:
            leaves += [] if node.op == CONSTANT else [f"{variables[node]} = {_number(node.data)}"]
            continue
        row = table[node.op]
        given = {letter: _text(meaning, variables) for letter, meaning in bind(row, node.operands).items()}
        forward.append(f"{variables[node]} = {_write(row.forward, row.term, given, used)}")
    started = {root}
    for node in reversed(order):
        if node.is_leaf:
            continue
        row = table[node.op]
        for index, operand in enumerate(node.operands):
            if operand.op == CONSTANT:
                continue
            formula = find_derivative(row, index, len(node.operands))
            meaning = bind(row, node.operands, index) | {"y": node}
            given = {letter: _text(value, variables) for letter, value in meaning.items()}
            local = _write(formula, "" if row.sequences else row.term, given, used)
            upstream = f"d_{variables[node]}"
            product = {"1.0": upstream, "-1.0": f"-{upstream}"}.get(local) or f"{upstream} * {_in_parentheses(local)}"
            backward.append(f"d_{variables[operand]} {'+=' if operand in started else '='} {product}")
            started.add(operand)
    imports = sorted(used & {*ELEMENTARY, "inf", "nan"})
    lines = [f"from math import {', '.join(imports)}"] if imports else []
    lines += ["import math"] if "power" in used else []
    lines += [DEFINITIONS[name] for name in DEFINITIONS if name in used]
    lines += ["# the leaves", *leaves, "# forward", *forward, "# backward", *backward]
    return "\n".join(lines) + "\n"


def _name_variables(order: list[Value]) -> dict[Value, str]:
    """A Python name for every node, its label where that is one; the text of its number for a constant."""
    taken = {*keyword.kwlist, *FLOAT.functions, "math", "inf", "nan"}
    found: dict[Value, str] = {}
    for node, name in name_nodes(order).items():
        if node.op == CONSTANT:
            found[node] = _number(node.data)
            continue
        plain = re.sub(r"\W+", "_", name).strip("_")
        plain = f"v_{plain}" if not plain.isidentifier() or plain.startswith("d_") else plain
        number = 0
        variable = plain
        while variable in taken:
            number += 1
            variable = f"{plain}_{number}"
        taken.add(variable)
        found[node] = variable
    return found


def _number(number: float) -> str:
    return repr(number) if math.isfinite(number) else f"({number})"


def _text(meaning: Value | list[Value], variables: dict[Value, str]) -> str | list[str]:
    return [variables[value] for value in meaning] if isinstance(meaning, list) else variables[meaning]


def _write(formula: str, term: str, given: dict[str, str | list[str]], used: set[str]) -> str:
    """The formula as Python over variables; adds the functions it calls to `used`."""
    everything = 10**9
    if term:
        given = given | {"t": f"({_expand(write(term, given, everything))})"}
    text = _expand(write(formula, given, everything))
    python = FLOAT.python(text)
    used.update(names(text) & {*ELEMENTARY, *DEFINITIONS, "inf", "nan"})
    used.update({node.id for node in ast.walk(parse_python(python)) if isinstance(node, ast.Name)} & {"power"})
    return python


def _expand(text: str) -> str:
    """The formula with calls of other rows, such as sigmoid(a), written out."""
    tree = _Expander().visit(parse_python(text))
    return ast.unparse(tree)


class _Expander(ast.NodeTransformer):
    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name == "largest":
            return ast.Call(ast.Name("max"), node.args, []) if len(node.args) > 1 else node.args[0]
        if name not in table or name in ELEMENTARY or name in ("abs", "maximum", "minimum"):
            return node
        row = table[name]
        given: dict[str, str | list[str]] = {
            letter: ast.unparse(argument) for letter, argument in zip(row.letters, node.args, strict=True)
        }
        return parse_python(_expand(write(row.forward, given)))


def _in_parentheses(text: str) -> str:
    tree = parse_python(text)
    return text if isinstance(tree, ast.Name | ast.Constant | ast.Call) else f"({text})"
