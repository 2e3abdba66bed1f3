"""Makes the page, one self-contained file in which to step through a graph, change its numbers, and take a quiz.

Read `page` (what goes into the file), `javascript` (the op table in that language), `constants` (what Python and the
scripts share), `views` and `arrangement` (positions), `listing` (source lines), `widget` (the page in a notebook); then
the .js files in the order of `page.PARTS`: `calculus/` computes, `canvas/` draws, `panels/` interact with a person.
"""
