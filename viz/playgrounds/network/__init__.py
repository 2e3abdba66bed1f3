"""The playground's network: build, train and inspect it in the browser, with the same numbers as in Python.

Read `offered` (the choices), `kernels` (the op table as loops) and `reading` (models passed from Python); then the .js
files in the order of `scripts.PARTS`: `numbers/` computes what nn computes, `settings/` checks the settings and writes
them as Python, `panels/` is what people see and use.
"""
