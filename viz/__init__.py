"""viz: pictures, texts and pages of a computation graph, with its gradients."""

from viz.chain import chain_text
from viz.dot import draw_dot
from viz.draw import Drawing, draw
from viz.explain import Explanation, explain
from viz.film import Film, film
from viz.flow import GradientFlow, gradient_flow
from viz.network import NetworkDrawing, network
from viz.page import Page, page
from viz.quiz import Score, quiz
from viz.shrink import Shrink, shrink
from viz.strongest import StrongestPaths, path
from viz.table import Table, table
from viz.terminal import show
from viz.text import walk_text
from viz.walk import walk
from viz.worksheet import Worksheet, worksheet

__all__ = [
    "Drawing",
    "Explanation",
    "Film",
    "GradientFlow",
    "NetworkDrawing",
    "Page",
    "Score",
    "Shrink",
    "StrongestPaths",
    "Table",
    "Worksheet",
    "chain_text",
    "draw",
    "draw_dot",
    "explain",
    "film",
    "gradient_flow",
    "network",
    "page",
    "path",
    "quiz",
    "show",
    "shrink",
    "table",
    "walk",
    "walk_text",
    "worksheet",
]
