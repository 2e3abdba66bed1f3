"""Diagnosis: why a network does not learn.

Read `doctor`, then what it asks: `examination` (one pass over all rows), `trial` (a few steps, undone), and `findings`
(what it says).
"""
