"""Worksheets, to be printed and filled in.

Read `exercises`, `blanks` (the graph with room for numbers), `worksheet`.
"""
