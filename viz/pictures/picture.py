"""The texts, colours and line styles of a picture of a graph, before its layout."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from engine.numbers import write_count
from engine.teaching.folding import Fold
from engine.teaching.graph import Edge, read_graph
from engine.value import Value
from viz import svg
from viz.lines import Ends, fill
from viz.numbers import check_digits, format_number
from viz.pictures.card import NAME, Card, read_card
from viz.scale import Scale, colour, find_scale
from viz.words.words import CLOSED

MOST = 4  # outputs named in the description
HEAD = 40  # characters of a formula in the text
TEXTS = 80  # up to this many boxes, edges show local derivatives
NOT_RUN = "backward() has not run: no gradients yet"
INK, FAINT = "#444444", "#888888"  # of edges, and of those that carry no gradient


@dataclass(frozen=True)
class Stroke:
    """The line style of an edge; dash is "" for a solid line."""

    width: float
    dash: str = ""
    colour: str = INK


class Picture:
    """The boxes and edges of a graph as words, numbers, colours and widths.

    graph    see `engine.teaching.graph.read_graph`
    cards    the texts of each box
    texts    the local derivative of each edge, or "" if it is not shown
    scale    of the gradients in the picture

    Raises TypeError if root is not a Value, ValueError for an unknown fold and unless digits is 1 to 17.
    """

    def __init__(
        self, root: Value | Sequence[Value], fold: Fold = None, constants: bool = True, digits: int = 4
    ) -> None:
        check_digits(digits)
        self.graph = read_graph(root, fold, constants=constants)
        self.cards = [read_card(node, self.graph, digits) for node in self.graph.nodes]
        few = len(self.cards) <= TEXTS
        self.texts = [self._write_local(edge, digits) if few else "" for edge in self.graph.edges]
        self.scale: Scale = find_scale(node.gradients[1] for node in self.graph.nodes)

    def _write_local(self, edge: Edge, digits: int) -> str:
        kinds = self.graph.nodes[edge.source].kind, self.graph.nodes[edge.target].kind
        if edge.local is None or kinds[0] == "constant" or kinds[1] == "folded":
            return ""
        return format_number(edge.local, digits)

    def fill(self, card: Card) -> str:
        """The colour of a box, by the size of its largest gradient."""
        if not self.graph.ran or card.mark or card.node.kind == "constant":
            return svg.WHITE
        return colour(round(self.scale.place(card.node.gradients[1]), 2))

    def stroke(self, edges: Sequence[Edge]) -> Stroke:
        """The style of a line, by the largest contribution along it."""
        if self.graph.nodes[edges[0].source].kind == "constant":
            return Stroke(0.8, colour=FAINT)
        if not self.graph.ran:
            return Stroke(1.0)
        sizes = [abs(edge.contribution) for edge in edges]
        if not all(map(math.isfinite, sizes)):
            return Stroke(3.0, "7 3")
        return Stroke(self.scale.width(max(sizes))) if any(sizes) else Stroke(0.9, "1.5 2.5")

    def tell(self, edges: Sequence[Edge]) -> str:
        """The tooltip of a line: the edges along it and their numbers in full."""
        nodes, ran = self.graph.nodes, self.graph.ran
        ends = dict.fromkeys(svg.shorten(nodes[edge.target].name, NAME) for edge in edges[:9])
        lines = [f"{svg.shorten(nodes[edges[0].source].name, NAME)} → {', '.join(ends)}"]
        if len(edges) > 1:
            return lines[0] + ", …" * (len(edges) > 9)
        edge, target = edges[0], nodes[edges[0].target]
        if edge.local is None or edge.index is None:
            lines.append(f"{edge.count:,} edges" + f", largest contribution {edge.contribution!r}" * ran)
        elif nodes[edge.source].kind != "constant":
            if target.kind == "operation" and len(target.value.operands) > 1:
                lines[0] += f", operand {edge.index + 1} of {target.op}"
            lines.append(f"local derivative {edge.local!r}" + f", {CLOSED}" * edge.closed)
            if ran and target.kind == "operation":
                lines.append(f"upstream {target.value.grad!r} · local = contribution {edge.contribution!r}")
        return "\n".join(lines)

    def write(self, most: int = 60) -> str:
        """The picture as text, a line for every box; if there are more than `most`, the first and last of them."""
        shown = Ends(most, (card for card in self.cards if card.node.kind != "constant"))
        listed = [*shown.first, *shown.last]
        heads = [svg.shorten(card.full.partition("\n")[0], HEAD) for card in listed]
        widest = max(map(svg.cells, heads), default=0)
        lines = [
            f"  {head}{' ' * (widest - svg.cells(head))}"
            + "".join(f"  {word} {number:>10}" for word, number in card.numbers)
            for head, card in zip(heads, listed, strict=True)
        ]
        if shown.left_out:
            lines.insert(shown.room, shown.gap)
        return "\n".join([fill(self.describe().split(), 0, 2), *lines])

    def describe(self) -> str:
        """The graph in a sentence."""
        count, links = len(self.graph.names), self.graph.links
        outputs = [f"{svg.shorten(each.name, NAME)} = {format_number(each.value.data)}" for each in self.graph.outputs]
        sentence = f"{', '.join(outputs[:MOST])}{', …' * (len(outputs) > MOST)}: "
        sentence += f"{write_count(count, 'node')}, {write_count(links, 'edge')}"
        said = [sentence, self.graph.folded, self.graph.changed, "" if self.graph.ran else NOT_RUN]
        return "; ".join(part for part in said if part)
