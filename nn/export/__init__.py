"""Export: save and load models, convert them to and from PyTorch, and write ONNX files.

Read `building` (a model from its repr) and `checkpoint`; `pytorch` and `from_pytorch`; `tensors` and `onnx`.
"""
