"""viz: pictures and pages of a computation graph, with its gradients."""

from viz.chain import chain_text
from viz.dot import draw_dot
from viz.draw import Drawing, draw
from viz.explain import Explanation, explain
from viz.page import Page, page
from viz.quiz import Score, quiz
from viz.terminal import show
from viz.text import walk_text
from viz.walk import walk
from viz.worksheet import Worksheet, worksheet

__all__ = [
    "Drawing",
    "Explanation",
    "Page",
    "Score",
    "Worksheet",
    "chain_text",
    "draw",
    "draw_dot",
    "explain",
    "page",
    "quiz",
    "show",
    "walk",
    "walk_text",
    "worksheet",
]
