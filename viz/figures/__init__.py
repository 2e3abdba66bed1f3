"""Draws networks and their training.

Read `parts` and `dense` (a model's layers, read from its graph), `network` (its picture); `axes`, `flow`, `shrink`,
`boundary`, `descents`, `histograms` and `plots` (with matplotlib).
"""
