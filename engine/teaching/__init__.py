"""The graph and its two passes as data, for texts, pictures and people.

Read `steps` (each line of both passes), `mistakes` (the wrong passes), `paths` (the summands of the chain rule),
`check` (central differences), `debug` (where a nan was made), `expression` (text as a graph), `folding` and `graph`
(what a picture shows).
"""
