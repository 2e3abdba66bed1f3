"""viz: pictures and texts of a computation graph, with its gradients."""

from viz.chain import chain_text
from viz.dot import draw_dot
from viz.draw import Drawing, draw
from viz.explain import Explanation, explain
from viz.text import show, walk, walk_text

__all__ = ["Drawing", "Explanation", "chain_text", "draw", "draw_dot", "explain", "show", "walk", "walk_text"]
