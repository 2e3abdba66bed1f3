"""Shows the page in a notebook, where it and Python follow each other's changes."""

from functools import cache
from typing import Any

from engine.changes import compute_again
from engine.numbers import write_count
from engine.teaching.mistakes import table
from engine.value import Value
from viz.numbers import format_number
from viz.offline import read_script
from viz.pages.page import FOLDER, page
from viz.words.words import find_node, name_graph


def widget(root: Value) -> Any:
    """The page of the graph behind `root` in a notebook, Jupyter or marimo, where it and Python follow each other.

    Change a leaf's `.data` and call `.refresh()`, and the page follows. Change a leaf on the page, and its `.data`
    follows; so does every number and gradient of the graph, by a forward and a backward pass in Python. The graph
    stays as it was recorded, and gradients of leaves start from zero, as on the page.

    Its traits can be observed and set:

    step       how many steps of both passes are done, 0 at the beginning; a number past the end is the end
    pinned     the name of the node whose ledger stays in view, or None; may be set to a Value
    mistake    the name of the mistake of `engine.mistakes` that the page makes, or ""
    numbers    the leaves' numbers by name, read-only; to change one, set the leaf's `.data`

    A saved notebook also holds the page as `viz.page` makes it, for programs that show no widgets, such as nbconvert.
    JupyterLab always tries the widget, and shows "model not found" once its kernel is gone: run the cell again. Of two
    widgets of one graph, each shows what the other has changed after its own `.refresh()`.

    ImportError names the extra if anywidget is missing. Raises what `viz.page` raises; and, for what cannot be set,
    a TraitError that says what can.

    >>> w, x = Value(-3.0, "w"), Value(2.0, "x")
    >>> widget((w * x).tanh())  # doctest: +SKIP
    Widget(v2 = -1.000: 4 nodes, step 0)
    """
    return _define()(root)


@cache
def _define() -> Any:
    """The class, made when it is asked for: anywidget, which it derives from, is an extra."""
    try:
        import anywidget
        import traitlets
    except ImportError:
        raise ImportError('viz.widget needs anywidget: pip install -e ".[widget]" in the checkout') from None
    base: Any = anywidget.AnyWidget

    class Widget(base):  # type: ignore[misc]
        """The page of a graph, alive: see `viz.widget`."""

        _esm = read_script(FOLDER, "widget")
        _frame = traitlets.Unicode().tag(sync=True)
        # What the page was told last, as a number and all leaves' numbers as text; and the leaves that were moved on
        # the page since it was told that.
        _told: Any = traitlets.List().tag(sync=True)
        _moved: Any = traitlets.List([0, {}]).tag(sync=True)
        numbers = traitlets.Dict(read_only=True)
        step = traitlets.Int(0, min=0).tag(sync=True)
        pinned = traitlets.Any(None).tag(sync=True)
        mistake = traitlets.Enum(["", *table], "").tag(sync=True)

        def __init__(self, root: Value) -> None:
            self._root, self._called = root, name_graph(root)
            self._leaves = {name: node for node, name in self._called.items() if node.is_leaf and not node.op}
            compute_again(root)
            told = {name: repr(leaf.data) for name, leaf in self._leaves.items()}
            super().__init__(_frame=page(root)._repr_html_(), _told=[0, told])
            self.refresh()

        def refresh(self) -> None:
            """Run both passes from the leaves' present numbers, and show them on the page."""
            compute_again(self._root)
            (told, known), (heard, moved) = self._told, self._moved
            known = {**known, **moved} if heard == told else known
            present = {name: repr(leaf.data) for name, leaf in self._leaves.items()}
            if any(repr(float(known[name])) != text for name, text in present.items()):
                self._told = [told + 1, present]
            self.set_trait("numbers", {name: leaf.data for name, leaf in self._leaves.items()})

        @traitlets.observe("_moved")
        def _follow(self, change: Any) -> None:
            (told, moved), (before, known) = change.new, change.old
            numbers = {self._leaves[name]: float(text) for name, text in moved.items()}  # all or none
            for (name, text), (leaf, number) in zip(moved.items(), numbers.items(), strict=True):
                if told != before or text != known.get(name):  # else it may be another in Python by now
                    leaf.data = number
            self.refresh()

        @traitlets.validate("pinned")
        def _check_pinned(self, proposal: Any) -> str | None:
            try:
                return None if proposal.value is None else self._called[find_node(proposal.value, self._called)]
            except (TypeError, ValueError) as error:
                raise traitlets.TraitError(f"pinned: {error}") from None

        def __repr__(self) -> str:
            name, nodes = self._called[self._root], len(self._called)
            said = f"{name} = {format_number(self._root.data)}: {write_count(nodes, 'node')}"
            return f"Widget({said}, step {self.step:,})"

        def _repr_mimebundle_(self, **options: Any) -> Any:
            data, metadata = super()._repr_mimebundle_(**options)
            return {**data, "text/html": page(self._root)._repr_html_()}, metadata

    return Widget
