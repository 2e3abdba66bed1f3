"""The strongest paths of a gradient: where it shrinks, and what is to blame.

Read `longest` (the path through a chain), `links` (a factor, and what it is), `waterfall` (the picture),
`strongest` (`viz.path`).
"""
