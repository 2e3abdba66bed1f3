"""viz: pictures, texts and pages of a computation graph, with its gradients.

Pages and paper
    page             a page that steps through both passes, forward and back; returns a Page
    playground       a page to type expressions into; returns a Playground
    worksheet        sheets with blanks to fill in, and their keys; returns a Worksheet
    film             a callback of nn.fit that becomes a page of the training; returns a Film
    widget           the page alive in a notebook: it and Python follow each other (extra widget)

Pictures of a graph
    draw             one box a node; returns a Drawing
    draw_dot         the same as a graphviz.Digraph
    table            an array of Values with their gradients; returns a Table

Where a gradient shrinks
    path             the strongest path to a leaf, factor by factor; returns StrongestPaths
    gradient_flow    the gradients of each layer; returns a GradientFlow
    shrink           the first layer's gradient at every depth; returns a Shrink

Pictures of a network
    network          its units, weights and gradients for one sample; returns a NetworkDrawing
    plots            loss curves, decision boundaries, activations and more, with matplotlib (extra plots)

Text
    explain          the chain rule for one leaf; returns an Explanation
    walk_text        both passes, step by step
    chain_text       the factors along one path
    show             prints a text in the letters that the terminal has

In a terminal
    walk             both passes, a step a key
    quiz             you give each gradient; returns a Score

What they return
    Drawing, Table, Page, Playground, Worksheet, Film, NetworkDrawing, GradientFlow, Shrink, StrongestPaths, Explanation
                     each prints as text, shows itself in a notebook, and has .save(path) where it is a picture or page
    Score            how a quiz went
"""

from viz import beside as beside  # first

# isort: split
from viz.figures import plots
from viz.figures.flow import GradientFlow, gradient_flow
from viz.figures.network import NetworkDrawing, network
from viz.figures.shrink import Shrink, shrink
from viz.films.film import Film, film
from viz.pages.page import Page, page
from viz.pages.widget import widget
from viz.paths.strongest import StrongestPaths, path
from viz.pictures.dot import draw_dot
from viz.pictures.draw import Drawing, draw
from viz.pictures.table import Table, table
from viz.playgrounds.playground import Playground, playground
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
    "Playground",
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
    "playground",
    "plots",
    "quiz",
    "show",
    "shrink",
    "table",
    "walk",
    "walk_text",
    "widget",
    "worksheet",
]
