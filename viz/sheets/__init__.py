"""Makes worksheets to print and fill in.

Read `exercises`, `blanks` (the graph with room for numbers), `paper` (one exercise), `worksheet`.
"""
