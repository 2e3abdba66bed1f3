"""Hostile input for everything that reads text or files, made by the million; what breaks is told as small as it gets.

python -m tests.fuzz --inputs 1000000 --seed 1 [--first N] [TARGET ...]

Each input is made from the seed, the name of its target and its own number, by plain mutation: that takes a hundredth
of the time that hypothesis takes, which has its turn in test_fuzz. A target says what must hold of an input: what is
accepted equals what an independent reader finds there, and everything else is refused in one clear line. Whatever it
is, nothing may run, take over a second of processor time or 100 MB, or write outside its folder. A fault is told with
the number of its input: --first N --inputs 1 TARGET shows it again.

Read `words` (what inputs are made of), the targets in `expressions`, `labels` (with the `readers` of what shows them)
and `files`, then `watch` (what an input may do) and `runs`.
"""
