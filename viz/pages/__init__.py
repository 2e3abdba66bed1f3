"""The page: a graph to step through, change, be asked about and print; one file that needs nothing else.

Read `page` (what goes into the file), `javascript` (the op table's formulas in that language), `views` (where
everything stands), `listing` (source lines), `widget` (the page alive in a notebook); then the .js files in the order
of `page.PARTS`: `calculus/` computes, `canvas/` draws, `panels/` speak with a person.
"""
