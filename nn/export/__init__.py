"""Export: a model leaves the process, as a file of its own, to PyTorch, as ONNX.

Read `checkpoint`; `pytorch`; `tensors` and `onnx`.
"""
