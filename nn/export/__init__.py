"""Export: save and load models, convert them to and from PyTorch, and write ONNX files.

Read `checkpoint`; `pytorch` and `from_pytorch`; `tensors` and `onnx`.
"""
