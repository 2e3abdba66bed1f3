"""viz: pictures, texts and pages that show a computation graph and its gradients.

Pages and paper
    page             a page that steps through both passes, forward and back; returns a Page
    playground       a page to type expressions into; returns a Playground
    worksheet        sheets with blanks to fill in, and their keys; returns a Worksheet
    film             a callback for nn.fit that records the training as a page; returns a Film
    widget           the page in a notebook, in step with Python both ways (extra widget)

Pictures of a graph
    draw             one box per node; returns a Drawing
    draw_dot         the same as a graphviz.Digraph
    table            an array of Values with their gradients; returns a Table

Where a gradient shrinks
    path             the strongest path to a leaf, factor by factor; returns StrongestPaths
    gradient_flow    the gradients of each layer; returns a GradientFlow
    shrink           the first layer's gradient at every depth; returns a Shrink

Pictures of a network
    network          its neurons, weights and gradients for one sample; returns a NetworkDrawing
    plots            loss curves, decision boundaries, activations and more, with matplotlib (extra plots)

Text
    explain          the chain rule for one leaf; returns an Explanation
    walk_text        both passes, step by step
    chain_text       the factors along one path
    show             prints a text in the letters that the terminal has

In a terminal
    walk             both passes, one step per key
    quiz             asks you for each gradient; returns a Score

What they return
    Drawing, Table, Page, Playground, Worksheet, Film, NetworkDrawing, GradientFlow, Shrink, StrongestPaths, Explanation
                     each prints as text and shows itself in notebooks; pictures and pages have .save(path)
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
