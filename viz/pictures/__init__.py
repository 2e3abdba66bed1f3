"""Pictures of a graph, with one box per node.

Read `ranks`, `coordinates`, `breaks`, `plan` and `layout` (positions), `card`, `picture` and `legend` (texts and
colours), `draw` (`viz.draw`), `dot` (for Graphviz); `table` shows arrays of Values.
"""
