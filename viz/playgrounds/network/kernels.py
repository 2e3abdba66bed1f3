"""Writes each row of the op table as two JavaScript functions over typed arrays, which train the network.

The page must not compile text while it is open, so the kernels are written into it: for each operation, one function
computes a node and one passes its gradient on. `numbers/tape.js` runs them.
"""

import ast
import json

from engine.branches import multiply
from engine.formulas import REDUCTIONS, names, parse_formula
from engine.ops import Op, table
from viz.pages.javascript import expression

# v: the numbers of all nodes, g: their gradients, node: this one; operands: the nodes that it was applied to, from
# `at` on; count: how many of them each sequence has.
HEAD = {"forward": "(v, operands, at, count, node)", "backward": "(v, g, operands, at, count, node)"}


def write_kernels() -> str:
    """Return the table as the JavaScript object `kernels`, with `forward` and `backward` for each operation."""
    parts = ((json.dumps(row.name), _forward(row), _backward(row)) for row in table.values())
    rows = ",\n".join(f"  {name}: {{\n{forward},\n{backward},\n  }}" for name, forward, backward in parts)
    return f"const kernels = {{\n{rows},\n}};\n"


def _forward(row: Op) -> str:
    lines = _bind(row, row.letters[len(row.sequences) :])
    if row.term:
        lines += _reduce(row, "t", row.term)
    lines += _reduce(row, "v[node]", row.forward)
    return _function("forward", lines)


def _backward(row: Op) -> str:
    """Give each operand the upstream gradient times the local derivative; a branch not taken gets nothing."""
    singles = row.letters[len(row.sequences) :]
    shares = {letter: multiply(formula) for letter, formula in zip(row.letters, row.derivatives, strict=True)}
    lines = [*_bind(row, singles), "const y = v[node], u = g[node];"]
    if row.term and any("t" in names(share) for share in shares.values()):
        lines += _reduce(row, "t", row.term)
    if row.sequences:
        passed = [f"g[{_place(row, letter)}] += {expression(shares[letter])};" for letter in row.sequences]
        lines += _loop([*_bind(row, row.sequences), *passed])
    lines += [f"g[{_place(row, letter)}] += {expression(shares[letter])};" for letter in singles]
    return _function("backward", lines)


def _reduce(row: Op, name: str, formula: str) -> list[str]:
    """Return the lines that set `name` to the value of a formula; its sums and other reductions become loops."""
    lines: list[str] = []

    class Reductions(ast.NodeTransformer):
        def visit_Call(self, call: ast.Call) -> ast.expr:
            self.generic_visit(call)
            if not isinstance(call.func, ast.Name) or call.func.id not in REDUCTIONS:
                return call
            of, number = ast.unparse(call.args[0]), f"{name[0]}{len(lines)}"
            bound = _bind(row, "".join(letter for letter in row.sequences if letter in names(of)))
            if call.func.id == "sum":
                lines.append(f"let {number} = 0;")
                lines.extend(_loop([*bound, f"{number} += {expression(of)};"]))
            else:
                element = " ".join([*bound, f"return {expression(of)};"])
                lines.append(f"const {number} = {call.func.id}(count, (i) => {{ {element} }});")
            return ast.Name(number)

    written = expression(ast.unparse(Reductions().visit(parse_formula(formula))))
    return [*lines, f"{'const ' if name.isidentifier() else ''}{name} = {written};"]


def _place(row: Op, letter: str) -> str:
    """Return the JavaScript that finds the node of an operand; for a sequence, of element i."""
    if letter in row.sequences:
        return f"operands[at + {'count + ' * row.sequences.index(letter)}i]"
    start = "at + 2*count" if len(row.sequences) == 2 else "at + count" if row.sequences else "at"
    return f"operands[{start} + {row.letters.index(letter) - len(row.sequences)}]"


def _bind(row: Op, letters: str) -> list[str]:
    return [f"const {', '.join(f'{letter} = v[{_place(row, letter)}]' for letter in letters)};"] if letters else []


def _loop(lines: list[str]) -> list[str]:
    return ["for (let i = 0; i < count; i++) {", *(f"  {line}" for line in lines), "}"]


def _function(name: str, lines: list[str]) -> str:
    body = "\n".join(f"      {line}" for line in lines)
    return f"    {name}: {HEAD[name]} => {{\n{body}\n    }}"
