"""The chain rule along one path, factor by factor: how a gradient shrinks or grows on its way."""

import math
from itertools import accumulate
from operator import mul

from engine.paths import Path, paths
from engine.value import Value
from viz.numbers import format_number
from viz.text import WIDTH, fill
from viz.words import derivative_words, find_node, name_graph, shorten

HEAD = ("node", "data", "local derivative", "factor", "product")


def chain_text(root: Value, leaf: Value | str, most: int = 40) -> str:
    """The factors of the chain rule from `root` to `leaf` as a table, with the running product.

    leaf    a node of the graph, or its name
    most    rows; of a longer path its beginning and its end

    Where several paths lead to the leaf, the table follows the one with the largest product. TypeError and
    ValueError as in `explain`.

    >>> w, x = Value(-0.5, "w"), Value(2.0, "x")
    >>> print(chain_text((w * x).sigmoid(), "w"))
    ∂v2/∂w along its only path: 2 factors, product 0.3932
      node    data  local derivative  factor  product
      v2    0.2689                                1.0  ████████████████████████
      v1      -1.0  v2*(1 - v2)       0.1966   0.1966  ████████
      w       -0.5  x                    2.0   0.3932  ███████████████
      bars on a log scale, 1e-1 to 1e0
    """
    called = name_graph(root)
    leaf = find_node(leaf, called)
    (path, *_), count = paths(root, leaf, 1)
    products = list(accumulate((node.local_derivatives[index] for node, index in path.edges), mul, initial=1.0))
    last = max(len(products) - most // 2, most - most // 2)
    shown = [*range(len(products))[: most - most // 2], *range(len(products))[last:]]

    rows = [HEAD, *(_row(root, path, products, number, called) for number in shown)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    widths[0] = min(widths[0], 16)
    widths[2] = min(widths[2], WIDTH - 20 - widths[0] - widths[1] - widths[3] - widths[4])
    low, high = _decades(products)
    bars = ["", *(_bar(products[number], low, high, min(WIDTH - 12 - sum(widths), 24)) for number in shown)]
    lines = [
        f"  {shorten(name, widths[0]):{widths[0]}}  {data:>{widths[1]}}  {shorten(symbols, widths[2]):{widths[2]}}"
        f"  {local:>{widths[3]}}  {product:>{widths[4]}}  {bar}".rstrip()
        for (name, data, symbols, local, product), bar in zip(rows, bars, strict=True)
    ]
    if len(shown) < len(products):
        lines.insert(1 + most - most // 2, f"  … {len(products) - len(shown):,} left out …")

    title = [
        f"∂{called[root]}/∂{called[leaf]}",
        "along its only path:" if count == 1 else "along the largest of its paths:",
        f"{len(path.edges):,} factor{'s' * (len(path.edges) != 1)},",
        f"product {format_number(path.product)}",
    ]
    return "\n".join([fill(title), *lines, f"  bars on a log scale, 1e{low} to 1e{high}"])


def _row(root: Value, path: Path, products: list[float], number: int, called: dict[Value, str]) -> tuple[str, ...]:
    """The node that the path reaches after so many edges, and what the last edge multiplies by."""
    product = format_number(products[number])
    if number == 0:
        return called[root], format_number(root.data), "", "", product
    node, index = path.edges[number - 1]
    operand, local = node.operands[index], node.local_derivatives[index]
    symbols = derivative_words(node, index, called).symbols
    return called[operand], format_number(operand.data), symbols, format_number(local), product


def _decades(products: list[float]) -> tuple[int, int]:
    """The powers of ten that enclose the products."""
    sizes = [math.log10(abs(product)) for product in products if product and math.isfinite(product)]
    low, high = math.floor(min(sizes)), math.ceil(max(sizes))  # 1.0, the first product, is always there
    return (low - 1 if low == high else low), high


def _bar(product: float, low: int, high: int, width: int) -> str:
    if product == 0 or product != product:
        return ""
    share = (math.log10(abs(product)) - low) / (high - low) if math.isfinite(product) else 1.0
    return "█" * (1 + round(share * (width - 1)))
