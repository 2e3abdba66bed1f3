"""Pictures of a graph: one box a node.

Read `columns`, `rows` and `layout` (where everything stands), `card`, `picture` and `legend` (what it says), `draw`
(`viz.draw`), `dot` (for Graphviz); `table` shows arrays of Values.
"""
