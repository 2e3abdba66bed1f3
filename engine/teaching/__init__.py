"""The graph and its two passes as data, for texts, pictures and people.

Read `steps` (each line of both passes), `grammar`, `tokens` and `expression` (text as a graph), `answers` (what a
person typed, and whether it is right), `mistakes` (the wrong passes), `remarks` (kinks and jumps), `paths` (the
summands of the chain rule), `check` (central differences), `debug` (where a nan was made), `folding` and `graph` (what
a picture shows).
"""
