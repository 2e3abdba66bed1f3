"""Diagnosis: `nn.doctor` says why a network does not learn.

Read `doctor`, then what it uses: `examination` (one pass over all rows), `mismatches` (output, loss and targets),
`trial` (a few steps, undone) and `findings` (the report).
"""
