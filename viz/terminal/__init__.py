"""What runs in a terminal: a walk, a quiz, and the command ``gradwalk``.

Read `terminal` (lines read and written), `walk`, `quiz`, `cli`.
"""
