"""Data sets: read CSV files, load iris and digits, generate points and small examples, split and scale rows.

Read `generators` (points in the plane), `files` (tables, also iris and digits), `data` (splitting, scaling), `examples`
(small made-up data sets). The CSV files are real data that ship with the project; each names its source and licence.
"""
