"""Teaching: a graph and its two passes as data, for texts, pictures and quizzes.

Read `steps` (each line of both passes), `writing` (formulas as text), `grammar`, `tokens` and `expression` (text to
graph), `answers` (typed numbers and whether they are right), `mistakes` (wrong passes), `remarks` (kinks and jumps),
`paths` (the summands of the chain rule), `check` (central differences), `debug` (where a nan comes from), `folding` and
`graph` (the data of a picture).
"""
