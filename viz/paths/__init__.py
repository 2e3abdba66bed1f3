"""Shows where a gradient shrinks along its strongest paths, and which factors cause it.

Read `longest` (the path through a chain), `links` (one factor and its kind), `waterfall` (the picture), `strongest`
(`viz.path`).
"""
