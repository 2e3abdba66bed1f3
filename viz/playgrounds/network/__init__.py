"""The network of the playground: made, trained and looked into in the browser, with the same numbers as in Python.

Read `offered` (what there is to choose), `kernels` (the op table as loops), `reading` (a model that Python gives); then
the .js files in the order of `scripts.PARTS`: `numbers/` computes as nn does, `settings/` says what is allowed and what
it is in Python, `panels/` speak with a person.
"""
