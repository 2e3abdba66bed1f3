"""Explains the gradient of one leaf by the chain rule, in symbols, formulas and numbers; as text, LaTeX and HTML."""

import math
from dataclasses import dataclass
from html import escape
from itertools import chain, count, repeat

from engine.gradients import grad
from engine.ops import table
from engine.teaching.paths import UNCOUNTED, Path, paths
from engine.value import Value
from viz.lines import WIDTH, fill, find_room
from viz.numbers import EXACT, OUTDATED, format_number
from viz.words import latex
from viz.words.exact import balance
from viz.words.text import same
from viz.words.words import CLOSED, Words, derivative_words, factor, find_node, name_graph

LONGEST = 24, 12  # factors written out of a single path, and of one of several
ACROSS = 6  # factors in a line of LaTeX
ADDED = 100  # paths that are added up one by one; of more, the rest is what is missing to the gradient


@dataclass(frozen=True)
class Factor:
    """∂node/∂operand, one factor of a path's product, with its formula in words."""

    node: str
    operand: str
    words: Words
    number: float

    @property
    def name(self) -> str:
        """The factor as a derivative."""
        return f"∂{self.node}/∂{self.operand}"


@dataclass(frozen=True)
class Route:
    """One path from the root to the leaf: its factors in order, and the product of all of them.

    left_out   how many factors of a long path are missing from the middle of `factors`
    """

    factors: tuple[Factor, ...]
    product: float
    left_out: int = 0

    @property
    def notes(self) -> list[str]:
        """The notes on its factors, each once."""
        return list(dict.fromkeys(note for step in self.factors for note in step.words.notes))


@dataclass(frozen=True, repr=False)
class Explanation:
    """∂root/∂leaf by the chain rule, path by path. Prints as text; notebooks show the formulas.

    gradient   the gradient that the backward pass computes
    routes     the paths with the largest products (by magnitude), largest first
    count      the number of paths, counted up to `engine.teaching.paths.UNCOUNTED`
    rest       the sum of the products of all other paths; nan where only rounding would be left of it

    >>> explain(Value(2.0, "w") * Value(3.0, "x"), "w").gradient
    3.0
    """

    root: str
    leaf: str
    gradient: float
    routes: tuple[Route, ...]
    count: int
    rest: float

    def __str__(self) -> str:
        if self.count == 1:
            return _equation(self._sought, self.routes[0])
        summands = [_summand(f"  {number}) ", route) for number, route in enumerate(self.routes, 1)]
        return "\n".join([fill(self._head.split()), *summands, fill(self._total, 0, 4)])

    __repr__ = __str__

    @property
    def _sought(self) -> str:
        return f"∂{self.root}/∂{self.leaf}"

    @property
    def _head(self) -> str:
        """The heading of several paths."""
        shown = len(self.routes)
        which = "" if shown == self.count else f"; the {shown} largest" if shown > 1 else "; the largest"
        return f"{self._sought} is the sum over {_counted(self.count)} paths, each with all else held fixed{which}:"

    @property
    def _others(self) -> str:
        """The words for the paths that are not written out."""
        left_out = self.count - len(self.routes)
        return "the other path" if left_out == 1 else f"the other {_counted(left_out)} paths"

    @property
    def _total(self) -> list[str]:
        """The sum over the paths, in pieces."""
        shown = len(self.routes)
        numbers, sign = self._add()
        first, *more = numbers
        pieces = [f"{self._sought} {sign} {first}", *(f"+ {factor(text)}" for text in more)]
        if shown < self.count:
            pieces[-1] += f" from {self._others}"
        return [*pieces, f"{sign} {format_number(self.gradient)}"] if self.count > 1 else pieces

    def _add(self) -> tuple[list[str], str]:
        """The products of the paths as text, and the sign between their sum and the gradient."""
        numbers = [route.product for route in self.routes]
        if len(self.routes) < self.count:
            if math.isnan(self.rest) and not math.isnan(self.gradient):  # infinity minus infinity can be any number
                return [*map(format_number, numbers), "…"], EXACT
            numbers.append(self.rest)
        digits, sign = balance(lambda read: sum(map(read, numbers)), self.gradient)
        return [format_number(number, digits) for number in numbers], sign

    @property
    def latex(self) -> str:
        """The explanation in LaTeX (amsmath); several paths are named P1, P2, ... or by a letter that is free."""
        sought = latex.partial(self.root, self.leaf)
        rows: list[tuple[str, str, str]] = []
        sides = list(map(_latex_sides, self.routes))
        letter = next((letter for letter in "PQRSTUVWXYZ" if f"{letter}_{{" not in f"{sought}{sides}"), "P")
        names = [f"{letter}_{{{number}}}" for number in range(1, len(self.routes) + 1)]
        for name, each in zip(names, sides, strict=True):
            lefts = chain([sought if self.count == 1 else name], repeat(""))
            rows += ((left, *side) for left, side in zip(lefts, each, strict=False))
        if self.count > 1:
            if len(self.routes) < self.count:
                names.append(latex.latex_words(self._others))
            numbers, sign = self._add()
            first, *more = map(latex.latex_number, numbers)
            total = f"{latex.SIGNS[sign]} {latex.latex_number(format_number(self.gradient))}"
            rows.append((sought, EXACT, " + ".join(names)))
            rows.append(("", sign, f"{' + '.join([first, *map(latex.factor, more)])} {total}"))
        return latex.align(rows)

    @property
    def html(self) -> str:
        """The explanation in HTML: a table for each path, with a column for each factor; names are escaped."""
        tables = [_table(route) for route in self.routes]
        if self.count > 1:
            tables.insert(0, _paragraph(self._head))
        return "\n".join(['<div style="overflow-x: auto">', *tables, _paragraph(" ".join(self._total)), "</div>"])

    def _repr_html_(self) -> str:
        return self.html

    def _repr_latex_(self) -> str:
        return f"$$\n{self.latex}\n$$"


def explain(root: Value, leaf: Value | str, most: int = 6) -> Explanation:
    """Explain ∂root/∂leaf by the chain rule.

    leaf    a node of the graph, or its name
    most    how many paths to write out; the others are added up

    >>> w, x, b = Value(-3.0, "w"), Value(2.0, "x"), Value(6.5, "b")
    >>> y = (w*x + b).tanh()
    >>> y.label = "y"
    >>> print(explain(y, "w"))
    ∂y/∂w = ∂y/∂v2 · ∂v2/∂v1 · ∂v1/∂w
          = (1 - y*y) · 1 · x
          = 0.7864 · 1.0 · 2.0 = 1.573

    Raises TypeError if root is not a Value or leaf is neither a Value nor a str, ValueError if the graph has no
    such node or it is a constant.
    """
    called = name_graph(root)
    leaf = find_node(leaf, called)
    found, number = paths(root, leaf, most)
    gradient = grad(root, leaf)
    routes = tuple(_route(path, called, LONGEST[number > 1]) for path in found)
    rest = _add_others(root, leaf, [path.product for path in found], number, gradient)
    return Explanation(called[root], called[leaf], gradient, routes, number, rest)


def _add_others(root: Value, leaf: Value, shown: list[float], number: int, gradient: float) -> float:
    """The sum of the products of the paths that are not shown; nan if it is unknown."""
    if number <= ADDED:
        others, _ = paths(root, leaf, number)
        return sum(path.product for path in others[len(shown) :])
    rest = gradient - sum(shown)
    return rest if abs(rest) > 1e-12 * max(map(abs, shown)) else math.nan  # else it may be rounding


def _route(path: Path, called: dict[Value, str], longest: int) -> Route:
    left_out = max(0, len(path.edges) - longest)
    half = longest // 2 if left_out else len(path.edges)
    edges = path.edges[:half] + path.edges[half + left_out :]
    terms = iter(chain("tsu", (f"t{number}" for number in count(1))))  # each t on a path gets its own letter
    taken = set(called.values())
    factors = []
    for node, index in edges:
        letter = next(name for name in terms if name not in taken) if table[node.op].term else "t"
        words = derivative_words(node, index, called, letter)
        local = node.local_derivatives[index]
        factors.append(Factor(called[node], called[node.operands[index]], words, local))
    return Route(tuple(factors), path.product, left_out)


def _equation(sought: str, route: Route) -> str:
    """A single route: symbols, formulas and numbers on a line each, aligned."""
    sides = _sides(route)
    if len(route.factors) == 1:  # its only symbol is the one sought
        del sides[0]
    rows = [[f"{sign} {first}", *more] for sign, (first, *more) in sides]
    room = min(find_room(row, 6) for row in rows) - 2  # behind the indent of a line that goes on
    column = min(len(sought) + 1, 20, max(4, room))
    text = "\n".join(fill(row, column, 2) for row in rows)
    return f"{sought:{column}}{text[column:]}" if len(sought) < column else f"{sought}\n{text}"


def _summand(head: str, route: Route) -> str:
    """One of several routes: on one line if it fits, else like an equation."""
    (_, first), *others = _sides(route)
    rows = [first, *([f"{sign} {first}", *more] for sign, (first, *more) in others)]
    line = head + " ".join(" ".join(row) for row in rows)
    if len(line) <= WIDTH:
        return line
    return head + "\n".join(fill(row, len(head), 2) for row in rows)[len(head) :]


def _multiply(route: Route) -> tuple[list[str], str]:
    """The factors as text, and the sign between their product and that of the route."""
    numbers = [step.number for step in route.factors]
    if route.left_out or any(CLOSED in step.words.notes for step in route.factors):
        return list(map(format_number, numbers)), EXACT  # factors are missing, or one makes the product 0
    digits, sign = balance(lambda read: math.prod(map(read, numbers)), route.product)
    return [format_number(number, digits) for number in numbers], sign


def _sides(route: Route) -> list[tuple[str, list[str]]]:
    """The sides of the equation (symbols, formulas, numbers), each in pieces and with the sign before it."""
    factors, several = route.factors, len(route.factors) > 1
    symbols = [step.name for step in factors]
    formulas = [factor(step.words.symbols) if several else step.words.symbols for step in factors]
    numbers, sign = _multiply(route)
    numbers[1:] = map(factor, numbers[1:])
    sides: list[tuple[str, list[str]]] = []
    for texts in (symbols, formulas, numbers) if several else (symbols, formulas):
        if route.left_out:
            texts.insert(len(texts) // 2, f"… ({route.left_out:,} more)")
        if texts:
            sides.append((sign if texts is numbers else EXACT, [texts[0], *(f"· {text}" for text in texts[1:])]))
    product = format_number(route.product)
    if several:
        sides[-1][1].append(f"{sign} {product}")
    elif formulas and same(formulas[0], product):
        sides[-1] = EXACT, [product]
    else:
        sides.append((OUTDATED if any(step.words.outdated for step in factors) else EXACT, [product]))
    last = sides[-1][1]
    for note in route.notes:
        last[-1] += ","
        last.append(note)
    return sides


def _latex_sides(route: Route) -> list[tuple[str, str]]:
    """The sides in LaTeX, in lines of a few factors, each with the sign before it."""
    product = latex.latex_number(format_number(route.product))
    formulas = [latex.write_latex(step.words.formula, step.words.letters) for step in route.factors]
    numbers, sign = _multiply(route)
    numbers = list(map(latex.latex_number, numbers))
    signs = [EXACT, EXACT, sign]
    if len(formulas) == 1:
        sides = [*(text for text in formulas if text not in (product, product.removesuffix(".0"))), product]
        signs = [EXACT, OUTDATED if route.factors[0].words.outdated else EXACT]
    elif formulas:
        sides, symbols = [], [latex.partial(step.node, step.operand) for step in route.factors]
        numbers = [*numbers[:1], *map(latex.factor, numbers[1:])]
        for texts in (symbols, list(map(latex.factor, formulas)), numbers):
            if route.left_out:
                texts.insert(len(texts) // 2, r"\ldots")
            lines = [r" \cdot ".join(texts[i : i + ACROSS]) for i in range(0, len(texts), ACROSS)]
            sides.append(" \\\\\n&\\quad \\cdot ".join(lines))
        sides[-1] += f" {latex.SIGNS[sign]} {product}"
    else:
        sides = [product]
    for note in route.notes:
        sides[-1] += f",\\quad {latex.latex_words(note)}"
    return list(zip(signs, sides, strict=False))


def _table(route: Route) -> str:
    """One route as an HTML table: a column for each factor, with its symbol, its formula and its number."""
    if not route.factors:
        return _paragraph("the node itself: there is no factor in between")
    numbers, sign = _multiply(route)
    rows = [[step.name for step in route.factors], [step.words.symbols for step in route.factors], numbers]
    ends = ["", "", f"{sign} {format_number(route.product)}" if len(route.factors) > 1 else ""]
    for row, end in zip(rows, ends, strict=True):
        row[1:] = [f"· {factor(text)}" for text in row[1:]]
        if route.left_out:
            row.insert(len(row) // 2, f"… ({route.left_out:,} more)")
        row.append(end)
    lines = ["<tr>" + "".join(f"<td>{escape(text)}</td>" for text in row) + "</tr>" for row in rows]
    return "\n".join(["<table>", *lines, "</table>", *map(_paragraph, route.notes)])


def _paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def _counted(number: int) -> str:
    return f"{number:,}" if number < UNCOUNTED else "more than 10^100"
