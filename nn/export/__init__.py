"""Export: a model leaves the process, as a file of its own, to PyTorch, as ONNX; or comes from PyTorch.

Read `checkpoint`; `pytorch` and `from_pytorch`; `tensors` and `onnx`.
"""
