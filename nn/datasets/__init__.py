"""Data sets: read from CSV files, generated, made up.

Read `data` (files, and what is done with rows), `generators` (points in the plane), `examples` (small worlds). The CSV
files are real data that ship with the project; each names its source and licence.
"""
