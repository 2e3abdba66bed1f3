"""Describes the passes in words, as text of 80 columns, LaTeX and HTML.

Read `exact` (one side of an equation), `words` (one operation), `text` (both passes), `explain` and `latex` (the chain
rule for one leaf), `chain` (the factors along one path).
"""
