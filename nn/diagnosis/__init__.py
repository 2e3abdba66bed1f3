"""Diagnosis: `nn.doctor` says why a network does not learn.

Read `doctor`, then what it uses: `sights` (what the layers do), `passes` (over rows, by tapes), `examination` (of all
rows), `mismatches` (output, loss and targets), `trial` (a few steps, undone) and `findings` (the report).
"""
