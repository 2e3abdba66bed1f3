"""Tabulates the factors of the chain rule along one path, to show where a gradient shrinks or grows."""

import math
from collections.abc import Iterator, Sequence

from engine.numbers import write_count
from engine.teaching.paths import Path, check_most, multiply, paths
from engine.value import Value
from viz.lines import WIDTH, Ends, fill, shorten
from viz.numbers import format_number
from viz.scale import find_decades
from viz.words.words import derivative_words, find_node, name_graph

LEAST = 8  # characters of a formula and of the longest bar, for any number of digits
HEAD = ("node", "data", "local derivative", "part", "factor", "product")


def chain_text(root: Value, leaf: Value | str, most: int = 40) -> str:
    """The factors of the chain rule from `root` to `leaf` as a table, with the running product.

    leaf    a node of the graph, or its name
    most    rows; a longer path shows its beginning and its end

    If several paths lead to the leaf, the table follows the one with the largest product. Raises TypeError and
    ValueError like `explain`.

    >>> w, x = Value(-0.5, "w"), Value(2.0, "x")
    >>> print(chain_text((w * x).sigmoid(), "w"))
    ∂v2/∂w along its only path: 2 factors, product 0.3932
      node    data  local derivative  factor  product
      v2    0.2689                                1.0  ████████████████████████
      v1      -1.0  v2*(1 - v2)       0.1966   0.1966  ████████
      w       -0.5  x                    2.0   0.3932  ███████████████
      bars on a log scale, 1e-1 to 1e0
    """
    check_most(most)
    called = name_graph(root)
    leaf = find_node(leaf, called)
    (path, *_), count = paths(root, leaf, 1)
    title = [
        f"∂{called[root]}/∂{called[leaf]}",
        "along its only path:" if count == 1 else "along the largest of its paths:",
        f"{write_count(len(path.edges), 'factor')},",
        f"product {format_number(path.product)}",
    ]
    return f"{fill(title)}\n{chain_table(root, path, called, most=most)}"


def chain_table(
    root: Value, path: Path, called: dict[Value, str], parts: Sequence[str] | None = None, most: int = 40
) -> str:
    """The factors along a path, with the running product.

    parts   a word or two on the kind of each factor; None leaves this column out
    """
    products = running_products(path)
    shown = Ends(most, range(len(products)))
    numbers = [*shown.first, *shown.last]
    rows = [HEAD, *(_row(root, path, products, number, called, parts) for number in numbers)]
    left_out = HEAD.index("part" if parts is None else "data")  # both do not fit
    rows = [row[:left_out] + row[left_out + 1 :] for row in rows]
    head = rows[0]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    widths[0] = min(widths[0], 16)
    gaps, symbols = 2 * len(widths), head.index("local derivative")
    widths[symbols] = min(widths[symbols], max(LEAST, WIDTH - 2 - LEAST - gaps - sum(widths) + widths[symbols]))
    low, high = find_decades(products)
    room = min(max(WIDTH - 2 - gaps - sum(widths), LEAST), 24)
    bars = ["", *(_bar(products[number], low, high, room) for number in numbers)]
    lines = [f"  {'  '.join(_cells(row, widths, head))}  {bar}".rstrip() for row, bar in zip(rows, bars, strict=True)]
    if shown.left_out:
        lines.insert(1 + shown.room, shown.gap)
    return "\n".join([*lines, f"  bars on a log scale, 1e{low} to 1e{high}"])


def running_products(path: Path) -> list[float]:
    """The product after each factor of a path, starting with 1.0; 0 at a branch not taken."""
    products: list[float | None] = [1.0]
    for node, index in path.edges:
        products.append(multiply(products[-1], node, node.branch_derivatives[index]))
    return [product or 0.0 for product in products]


def _cells(row: tuple[str, ...], widths: list[int], head: tuple[str, ...]) -> Iterator[str]:
    """The cells of a row, texts aligned left and numbers right."""
    for text, width, title in zip(row, widths, head, strict=True):
        text = shorten(text, width)
        yield f"{text:>{width}}" if title in ("data", "factor", "product") else f"{text:{width}}"


def _row(
    root: Value,
    path: Path,
    products: list[float],
    number: int,
    called: dict[Value, str],
    parts: Sequence[str] | None,
) -> tuple[str, ...]:
    """The row of the node that the path reaches after `number` edges, with the factor of the last edge."""
    product = format_number(products[number])
    if number == 0:
        return called[root], format_number(root.data), "", "", "", product
    node, index = path.edges[number - 1]
    operand, local = node.operands[index], node.local_derivatives[index]
    symbols = derivative_words(node, index, called).symbols
    part = parts[number - 1] if parts else ""
    return called[operand], format_number(operand.data), symbols, part, format_number(local), product


def _bar(product: float, low: int, high: int, width: int) -> str:
    if product == 0 or product != product:
        return ""
    share = (math.log10(abs(product)) - low) / (high - low) if math.isfinite(product) else 1.0
    return "█" * (1 + round(share * (width - 1)))
