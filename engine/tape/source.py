"""Source: write both passes over a graph as Python code, as one would by hand."""

import ast
import keyword
import math
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any
from unicodedata import normalize

from engine.branches import find_reached, multiply
from engine.formulas import ELEMENTARY, FLOAT, LARGEST, names, parse_python
from engine.letters import bind, find_derivative
from engine.numbers import CONSTANT
from engine.ops import Op, table
from engine.tape.grouping import find_row
from engine.teaching.graph import name_nodes
from engine.teaching.writing import write
from engine.value import Value, toposort

MOST = 30  # more operands than this become a list, which may be of any length
IMPORTS = {
    "functools": ("reduce",),
    "math": (*ELEMENTARY, "atan2", "inf", "nan", "pow"),
    "operator": ("add",),
}


# Functions that Python lacks, each in terms of those before it.
DEFINITIONS = {
    "power": "def power(a, b): return pow(a, b)",
    "maximum": "def maximum(a, b): return a if a > b or a != a else b",
    "minimum": "def minimum(a, b): return a if a < b or a != a else b",
    "largest": f"def largest(a): return maximum(minimum(reduce(maximum, a), {LARGEST}), -{LARGEST})",
    "total": "def total(a): return reduce(add, a, 0.0)",
}
CALLED = {"abs", "max", "zip", *DEFINITIONS, *(name for names in IMPORTS.values() for name in names)}


def write_source(root: Value) -> str:
    """Return straight-line Python for both passes over the graph of `root`, on plain floats.

    It has the leaves' numbers, then a line for each node, then the gradients, last node first: ``d_x`` is ∂root/∂x.
    Where Python's arithmetic raises an error (1/0, the logarithm of 0, an overflow of exp), so does the source. A short
    sum whose terms are all -0.0 is -0.0 there.

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
    used = {repr(abs(node.data)) for node in order if node.is_leaf and not math.isfinite(node.data)}
    for node in order:
        if not node.is_leaf:
            forward.append(f"{variables[node]} = {_compute(node, variables, used)}")
        elif node.op != CONSTANT:
            leaves.append(f"{variables[node]} = {node.data!r}")
    started = {root}
    for node in reversed(find_reached(order)):
        for operand, share in _share(node, variables, used):
            backward.append(f"d_{variables[operand]} {'+=' if operand in started else '='} {share}")
            started.add(operand)
    unreached = [node for node in order if node not in started and node.op != CONSTANT]  # behind a detach
    backward += [f"d_{variables[node]} = 0.0" for node in reversed(unreached)]
    definitions = DEFINITIONS | {
        row.name: _define(row) for row in table.values() if row.sequences and row.name != "sum"
    }
    for name in reversed(definitions):
        used.update(re.findall(r"\w+", definitions[name]) if name in used else ())
    found = {module: sorted(used.intersection(functions)) for module, functions in IMPORTS.items()}
    lines = [f"from {module} import {', '.join(functions)}" for module, functions in found.items() if functions]
    lines += [definitions[name] for name in definitions if name in used]
    lines += ["# the leaves", *leaves, "# forward", *forward, "# backward", *backward]
    return "\n".join(lines) + "\n"


def _define(row: Op) -> str:
    """Write an operation on sequences as a function."""
    term = f"t = {FLOAT.python(_expand(row.term), row.sequences)}; " if row.term else ""
    formula = FLOAT.python(_expand(row.forward), row.sequences)
    return f"def {row.name}({', '.join(row.letters)}): {term}return {formula}".replace("sum(", "total(")


def _name_variables(order: list[Value]) -> dict[Value, str]:
    """Return a Python name for every node, its label if that is one; for a constant, the text of its number."""
    taken = {*keyword.kwlist, *CALLED, *(row.name for row in table.values() if row.sequences)}
    uses: dict[str, int] = {}
    found: dict[Value, str] = {}
    for node, name in name_nodes(order).items():
        if node.op == CONSTANT:
            found[node] = repr(node.data)
            continue
        variable = plain = _make_plain(name)
        while variable in taken:
            uses[plain] = uses.get(plain, 0) + 1
            variable = f"{plain}_{uses[plain]}"
        taken.add(variable)
        found[node] = variable
    return found


def _make_plain(name: str) -> str:
    """Normalise a name as Python does (ϕ to φ), with _ for characters no name may have, and no d_ at its start."""
    if not (name.isascii() and name.isidentifier()):
        letters = [letter if f"_{letter}".isidentifier() else " " for letter in normalize("NFKC", name)]
        name = re.sub(" +", "_", "".join(letters))
    plain = name.strip("_")
    return plain if plain.isidentifier() and not plain.startswith("d_") else f"v_{plain}"


def _compute(node: Value, variables: dict[Value, str], used: set[str]) -> str:
    """Write the node's number as Python; add the functions that it calls to `used`."""
    row, operands = find_row(node.op), node.operands
    given = _texts(bind(row, operands), variables)
    written_out = len(operands) <= MOST and not row.term and "largest" not in names(row.forward)
    if not row.sequences or written_out:
        return _write(row.forward, row.term, given, used)
    function = "total" if row.name == "sum" else row.name
    used.add(function)
    return f"{function}({', '.join(text if isinstance(text, str) else _list(text) for text in given.values())})"


def _share(node: Value, variables: dict[Value, str], used: set[str]) -> Iterator[tuple[Value, str]]:
    """Yield each operand that is not a constant, with what it receives from the node."""
    operands = node.operands
    for index, operand in enumerate(operands):
        if operand.op != CONSTANT:
            row = find_row(node.op)
            given = _texts(bind(row, operands, index) | {"y": node}, variables) | {"u": f"d_{variables[node]}"}
            term = "" if row.sequences else row.term
            yield operand, _write(multiply(find_derivative(row, index, len(operands))), term, given, used)


def _texts(meaning: dict[str, Any], variables: dict[Value, str]) -> dict[str, str | list[str]]:
    return {
        letter: [variables[each] for each in value] if isinstance(value, list) else variables[value]
        for letter, value in meaning.items()
    }


def _list(texts: list[str]) -> str:
    return f"[{', '.join(texts)}]"


def _write(formula: str, term: str, given: dict[str, str | list[str]], used: set[str]) -> str:
    """Write the formula as Python over variables; add the functions that it calls to `used`."""
    texts, shape = [], []
    for letter, value in given.items():
        several = [value] if isinstance(value, str) else value
        texts += [text.removeprefix("-") for text in several]
        shape.append((letter, isinstance(value, str), tuple(text[0] == "-" for text in several)))
    template, functions = _make_template(formula, term, tuple(shape))
    used.update(functions)
    return template.format(*texts)


@lru_cache(1000)
def _make_template(
    formula: str, term: str, shape: tuple[tuple[str, bool, tuple[bool, ...]], ...]
) -> tuple[str, frozenset[str]]:
    """Return the formula as Python, with a placeholder for each operand, in order.

    shape   for each letter, whether it is one operand or a list, and which are negative numbers
    """
    count = 0
    given: dict[str, str | list[str]] = {}
    for letter, is_alone, negative in shape:
        texts = [f"{'-' * sign}operand{number}" for number, sign in enumerate(negative, count)]
        count += len(texts)
        given[letter] = texts[0] if is_alone else texts
    if term:
        given["t"] = f"({_expand(write(term, given, count))})"
    python = FLOAT.python(_expand(write(formula, given, count)))
    tree = parse_python(python)
    functions = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} & CALLED
    return re.sub(r"operand(\d+)", r"{\1}", python), frozenset(functions)


def _expand(text: str) -> str:
    """Expand calls of other rows, such as sigmoid(a), in the formula."""
    return ast.unparse(_Expander().visit(parse_python(text)))


class _Expander(ast.NodeTransformer):
    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name not in table or name in CALLED or table[name].sequences:
            return node
        row = table[name]
        given: dict[str, str | list[str]] = {
            letter: ast.unparse(argument) for letter, argument in zip(row.letters, node.args, strict=True)
        }
        if row.term:
            given["t"] = f"({_expand(write(row.term, given))})"
        return parse_python(_expand(write(row.forward, given)))
