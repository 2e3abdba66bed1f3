"""Runs in a terminal: a walk, a quiz, and the command ``gradwalk``.

Read `keys` (single keys), `terminal` (lines read and written), `walk`, `quiz`, `cli`.
"""
