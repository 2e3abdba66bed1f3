"""Means over all samples of a replay, by which the graph of one sample can depend on the others."""

from engine.operations import called, compile_operation
from engine.tape.grouping import MEAN

batch_mean = compile_operation(MEAN, called)
batch_mean.__doc__ = "The mean over all samples of a replay; of a Value that is not recorded, itself."
