"""Random graphs over the whole op table, computed by everything that can, and what they disagree on.

Values are compared with the tape, with `engine.grad` (as numbers and as Values), with PyTorch in float64 (values,
gradients, and second derivatives by double backward), with central differences of textbook definitions in extended
precision, with the page's JavaScript in Chromium, and with JAX.

Read `programs` (a graph as data), `peers` (who is asked), `pairs` (what is compared), `verdicts` (what agrees), and
`shrinking` (the smallest expression that shows a disagreement), then the command in `__main__`.
"""
