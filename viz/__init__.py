"""viz: pictures, texts and pages of a computation graph, with its gradients.

What all are written with: `numbers`, `lines`, `svg`, `scale`, `slopes`, `browser`, `files`, `offline`. Then `words/`,
`paths/`, `pictures/`, `figures/`, `sheets/`, `pages/`, `films/`, and `terminal/` with the command.
"""

from viz.figures import plots
from viz.figures.flow import GradientFlow, gradient_flow
from viz.figures.network import NetworkDrawing, network
from viz.figures.shrink import Shrink, shrink
from viz.films.film import Film, film
from viz.pages.page import Page, page
from viz.paths.strongest import StrongestPaths, path
from viz.pictures.dot import draw_dot
from viz.pictures.draw import Drawing, draw
from viz.pictures.table import Table, table
from viz.sheets.worksheet import Worksheet, worksheet
from viz.terminal.quiz import Score, quiz
from viz.terminal.terminal import show
from viz.terminal.walk import walk
from viz.words.chain import chain_text
from viz.words.explain import Explanation, explain
from viz.words.text import walk_text

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
    "plots",
    "quiz",
    "show",
    "shrink",
    "table",
    "walk",
    "walk_text",
    "worksheet",
]
