"""Means over all samples of a replay, by which the graph of one sample can depend on the others."""

from engine.operations import compile_operation
from engine.tape.grouping import MEAN
from engine.value import names

batch_mean = compile_operation(MEAN, names)
batch_mean.__doc__ = "The mean over all samples of a replay; of a Value that is not recorded, itself."
