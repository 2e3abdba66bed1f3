"""Writes a graph in DOT for Graphviz; `viz.draw` draws it without Graphviz."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import graphviz

from engine.files import find_target, replace
from engine.teaching.folding import Fold
from engine.value import Value
from viz import svg
from viz.pictures.card import Card
from viz.pictures.picture import NOT_RUN, Picture

RANKDIRS = ("LR", "TB")
STYLES = {"leaf": "filled", "operation": "filled,rounded", "constant": "filled,rounded,dashed", "folded": "filled,bold"}
INSTALL = (
    "Install Graphviz (apt install graphviz, brew install graphviz, winget install graphviz, "
    "conda install graphviz), or use viz.draw, which does not need it"
)
# found near the beginning of such a file
SIGNS = {"svg": b"<svg", "png": b"\x89PNG", "pdf": b"%PDF", "jpg": b"\xff\xd8", "ps": b"%!PS"}


class Dot(graphviz.Digraph):  # type: ignore[misc]  # graphviz comes without types
    """A `graphviz.Digraph` that stops `dot` when it takes too long, and says what is wrong.

    limit   seconds that `dot` may take; some graphs would take hours
    """

    limit = 60.0

    def pipe(
        self,
        format: str | None = None,
        renderer: str | None = None,
        formatter: str | None = None,
        neato_no_op: int | None = None,
        quiet: bool = False,
        *,
        engine: str | None = None,
        encoding: str | None = None,
    ) -> Any:
        """The picture as bytes, or as text with an encoding; takes the arguments of `graphviz.Digraph.pipe`.

        Raises TimeoutError if `dot` takes longer than `limit`, graphviz.ExecutableNotFound if it is not installed,
        graphviz.CalledProcessError if it fails, RuntimeError if it writes something other than a picture.
        """
        format = format or self.format
        kind = ":".join(part for part in (format, renderer, formatter) if part)
        command = ["dot", f"-K{engine or self.engine}", f"-T{kind}"]
        command += [f"-n{int(neato_no_op)}"] if neato_no_op else []
        picture, said = self._run(command)
        if said and not quiet:
            sys.stderr.write(said)
        if SIGNS.get(format, b"") not in picture[:4000] or not picture:
            raise RuntimeError(f"dot wrote no {format} but {len(picture):,} bytes: {picture[:60]!r}")
        return picture.decode(encoding) if encoding else picture

    def save(
        self,
        filename: str | os.PathLike[str] | None = None,
        directory: str | os.PathLike[str] | None = None,
        *,
        skip_existing: bool | None = False,
    ) -> str:
        """Write the source to a file, whole or not at all, and return its name; takes the arguments of graphviz."""
        if filename is not None:
            self.filename = filename
        if directory is not None:
            self.directory = directory
        path: str = self.filepath
        if not (skip_existing and os.path.exists(path)):
            os.makedirs(find_target(path).parent, exist_ok=True)
            with replace(path) as file:
                file.write(self.source.encode(self.encoding))
        return path

    def render(
        self,
        filename: str | os.PathLike[str] | None = None,
        directory: str | os.PathLike[str] | None = None,
        view: bool = False,
        cleanup: bool = False,
        format: str | None = None,
        *,
        outfile: str | os.PathLike[str] | None = None,
        quiet_view: bool = False,
        **options: Any,
    ) -> str:
        """Write the source, and the picture beside it or to `outfile`; returns the name of the picture.

        Takes the arguments of `graphviz.Digraph.render`. `options` go to `pipe`, which raises the errors. An existing
        picture stays until the new one is complete.
        """
        path = None if outfile is None else Path(outfile)
        format = format or (path.suffix[1:] if path else "") or self.format
        picture = self.pipe(format, **options)
        source = self.save(path.with_suffix(".gv") if path and filename is None else filename, directory=directory)
        endings = [options.get("formatter"), options.get("renderer"), format]
        path = path or Path(".".join([source, *(ending for ending in endings if ending)]))
        with replace(path) as file:
            file.write(picture)
        if cleanup:
            os.remove(source)
        if view or quiet_view:
            graphviz.view(path, quiet=quiet_view)
        return os.fspath(path)

    def _run(self, command: list[str]) -> tuple[bytes, str]:
        """Run `dot` on the source; returns the picture and what `dot` printed."""
        with TemporaryFile() as source, TemporaryFile() as picture, TemporaryFile() as said:
            source.write(self.source.encode(self.encoding))
            source.seek(0)
            try:
                done = subprocess.run(command, stdin=source, stdout=picture, stderr=said, timeout=self.limit)
            except FileNotFoundError:
                error = graphviz.ExecutableNotFound(command)
                error.args = (f"{error}. {INSTALL}",)
                raise error from None
            except subprocess.TimeoutExpired:
                raise TimeoutError(
                    f"dot was stopped after {self.limit:g} seconds: set .limit to wait longer, "
                    "or use viz.draw, which is fast"
                ) from None
            for file in (picture, said):
                file.seek(0)
            text = said.read().decode(errors="replace")
            if done.returncode:
                raise graphviz.CalledProcessError(done.returncode, command, stderr=text)
            return picture.read(), text


def draw_dot(
    root: Value | Sequence[Value], format: str = "svg", rankdir: str = "LR", *, fold: Fold = None
) -> graphviz.Digraph:
    """The graph behind `root` as a `graphviz.Digraph`, like micrograd's draw_dot.

    root      the output, or a list of several
    format    one of `graphviz.FORMATS`: "svg", "png", "pdf", ...
    rankdir   "LR" from left to right, "TB" from top to bottom
    fold      as in `viz.draw`

    Raises TypeError if root is not a Value, ValueError for an unknown format, direction or fold. Without `dot`,
    only `.render()`, `.pipe()` and `.view()` fail; `.source` is the DOT text. `dot` is stopped after `.limit`
    seconds, 60 by default.

    >>> a = Value(3.0, "a")
    >>> source = draw_dot(a * a).source.splitlines()
    >>> print(source[5].strip())
    n0 [label="a\\ldata 3.0\\l" fillcolor="#ffffff" style=filled]
    >>> print(source[-2].strip())
    n0 -> n1 [label=3.0 color="#444444" penwidth=1]
    """
    if format not in graphviz.FORMATS:
        raise ValueError(f"unknown format: {format!r} (one of {', '.join(map(repr, sorted(graphviz.FORMATS)))})")
    if rankdir not in RANKDIRS:
        raise ValueError(f"unknown rankdir: {rankdir!r} (one of {', '.join(map(repr, RANKDIRS))})")
    picture = Picture(root, fold)
    graph = picture.graph
    dot = Dot(format=format, graph_attr={"rankdir": rankdir, "nslimit": "2", "nslimit1": "2"})
    dot.attr(label=_lines([graph.folded, graph.changed, "" if graph.ran else NOT_RUN]))
    dot.attr("node", shape="box", fontname="monospace", fontsize="10", margin="0.1,0.05")
    dot.attr("edge", fontname="monospace", fontsize="8", arrowsize="0.6")
    for i, card in enumerate(picture.cards):
        dot.node(f"n{i}", _write(card), style=STYLES[card.node.kind], fillcolor=picture.fill(card))
    for edge, text in zip(graph.edges, picture.texts, strict=True):
        stroke = picture.stroke([edge])
        style = "dashed" if stroke.dash else None
        ends = f"n{edge.source}", f"n{edge.target}"
        dot.edge(*ends, label=text or None, color=stroke.colour, penwidth=svg.number(stroke.width), style=style)
    return dot


def _write(card: Card) -> Any:
    return _lines([card.scope, card.name, *(f"{word} {number}" for word, number in card.numbers)])


def _lines(lines: list[str]) -> Any:
    """Lines of plain text as a left-aligned label, without markup, escapes or entities."""
    texts = [svg.clean(line).replace("&", "&amp;") for line in lines if line]
    return graphviz.nohtml("".join(graphviz.escape(text) + "\\l" for text in texts))
