"""Checkpoints: a model, and with it the state of its optimiser and schedule, in one file.

The file is a NumPy .npz of a JSON header and arrays, without pickle: reading one runs nothing. The header
holds a version, how the model is made (its repr, such as "MLP(2, [16, 1], activation='tanh',
output='linear')") and the names of its numbers, which are the array.
"""

import ast
import json
import os
import struct
import zipfile
import zlib
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from nn.activations import Activate, PReLU
from nn.arguments import Array
from nn.convolution import Conv1d, Conv2d
from nn.embedding import Embedding
from nn.flatten import Flatten, Unflatten
from nn.layers import MLP, Layer, Neuron
from nn.module import Module
from nn.noise import Dropout, GaussianNoise
from nn.normalisation import BatchNorm, LayerNorm
from nn.optim import Optimizer
from nn.perceptron import Perceptron
from nn.pooling import AvgPool, MaxPool
from nn.recurrent import GRU, LSTM, RNN
from nn.schedules import Schedule
from nn.sequential import Residual, Sequential

VERSION = 1
FORMAT = "gradwalk checkpoint"
DAMAGED = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, EOFError, OSError, RuntimeError,
           zipfile.BadZipFile, zlib.error, struct.error)  # fmt: skip
ENTRIES = {"format", "version", "model", "names", "optimizer", "schedule", "notes"}
KINDS: dict[str, type[Module]] = {
    kind.__name__: kind
    for kind in (
        Activate, AvgPool, BatchNorm, Conv1d, Conv2d, Dropout, Embedding, Flatten, GRU, GaussianNoise, LSTM, Layer,
        LayerNorm, MLP, MaxPool, Neuron, PReLU, Perceptron, RNN, Residual, Sequential, Unflatten,
    )
}  # fmt: skip


def save(
    model: Module,
    path: str | PathLike[str],
    *,
    optimizer: Optimizer | None = None,
    schedule: Schedule | None = None,
    notes: Any = None,
) -> None:
    """Write a model's numbers to a file, or replace the file there; one that is there stays whole until the end.

    optimizer, schedule   whose state is to be kept as well
    notes                 anything that JSON can hold, such as the epoch; `read` gives it back

    TypeError for what is no Module, or notes that JSON cannot hold; OSError where the file cannot be written.
    """
    if not isinstance(model, Module):
        raise TypeError(f"model must be an nn.Module, not {type(model).__name__}: {model!r}")
    state = model.state_dict()
    header = {
        "format": FORMAT,
        "version": VERSION,
        "model": repr(model),
        "names": list(state),
        "optimizer": None if optimizer is None else optimizer.state_dict(),
        "schedule": None if schedule is None else schedule.state_dict(),
        "notes": notes,
    }
    text = np.frombuffer(json.dumps(header).encode(), np.uint8)
    path = Path(path)
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with partial.open("wb") as file:
            np.savez(file, header=text, numbers=np.array(list(state.values()), np.float64))
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def load(
    path: str | PathLike[str],
    model: Module | None = None,
    *,
    optimizer: Optimizer | None = None,
    schedule: Schedule | None = None,
) -> Module:
    """The model of a file, with its numbers; those given take over what was saved.

    model                 to load into; None makes one as the file describes it, which takes a model of nn's own layers
    optimizer, schedule   to load into

    Architecture, names and sizes are checked before anything changes. ValueError for a file that is damaged, foreign or
    of a later version, for another architecture, and for a state that was not saved; OSError where it cannot be read.
    """
    path = Path(path)
    header, numbers = _read(path)
    try:
        built = model if model is not None else build(header["model"])
        if model is not None and repr(model) != header["model"]:
            raise ValueError(f"it holds {_shorten(header['model'])}, not {_shorten(repr(model))}")
        loads: list[tuple[Any, Any]] = [(built, dict(zip(header["names"], numbers.tolist(), strict=True)))]
        for what, holder in (("optimizer", optimizer), ("schedule", schedule)):
            if holder is not None:
                if header[what] is None:
                    raise ValueError(f"no state of an {what} was saved in it".replace("an schedule", "a schedule"))
                loads.append((holder, header[what]))
        _load_all(loads)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{path.name}: {error}") from None
    return built


def read(path: str | PathLike[str]) -> dict[str, Any]:
    """What a file says beside the numbers: the version, how the model is made, the states, the notes."""
    return _read(Path(path))[0]


def build(text: str) -> Module:
    """The model that a text such as "MLP(2, [8, 1], activation='tanh', output='linear')" describes.

    The text is read, not run: nothing but the layers of nn, numbers, names and lists of them.

    >>> build("Sequential(Layer(2, 3, 'tanh'), Dropout(0.5))")
    Sequential(Layer(2, 3, 'tanh'), Dropout(0.5))

    ValueError for anything else, such as a class of your own: make that model yourself, and load into it.
    """
    try:
        made = _make(ast.parse(text, mode="eval").body)
    except (SyntaxError, RecursionError, MemoryError):
        raise _unknown(text) from None
    if not isinstance(made, Module):
        raise _unknown(text)
    return made


def _make(node: ast.AST) -> Any:
    match node:
        case ast.Call(ast.Name(kind), arguments, keywords) if kind in KINDS:
            return KINDS[kind](*map(_make, arguments), **{str(word.arg): _make(word.value) for word in keywords})
        case ast.List(elements):
            return [_make(element) for element in elements]
        case ast.Tuple(elements):
            return tuple(_make(element) for element in elements)
        case ast.UnaryOp(ast.USub(), ast.Constant(int() | float() as number)):
            return -number
        case ast.Constant(bool() | int() | float() | str() | None as constant):
            return constant
    raise _unknown(ast.unparse(node))


def _unknown(text: str) -> ValueError:
    return ValueError(
        f"{_shorten(text)} is not made of nn's own layers: make the model yourself, and give it to load()"
    )


def _read(path: Path) -> tuple[dict[str, Any], Array]:
    foreign = f"{path.name}: not a {FORMAT}, or damaged"
    with path.open("rb") as file:
        try:
            with np.load(file, allow_pickle=False) as arrays:
                if set(arrays.files) != {"header", "numbers"}:
                    raise ValueError("other arrays")
                header, numbers = json.loads(arrays["header"].tobytes()), arrays["numbers"]
        except DAMAGED as error:
            raise ValueError(f"{foreign} ({error})") from None
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise ValueError(foreign)
    if header.get("version") != VERSION:
        raise ValueError(f"{path.name}: version {header.get('version')!r} of the format; this program reads {VERSION}")
    if set(header) != ENTRIES:
        raise ValueError(f"{foreign} (its header has {', '.join(sorted(header))})")
    names = header["names"]
    sound = isinstance(names, list) and len(set(map(str, names))) == len(names) and isinstance(header["model"], str)
    if not sound or numbers.dtype != np.float64 or numbers.shape != (len(names),):
        raise ValueError(f"{foreign} (names and numbers do not match)")
    return header, numbers


def _load_all(loads: list[tuple[Any, Any]]) -> None:
    """Load each state into its holder; where one is refused, all are as they were."""
    before = [(holder, holder.state_dict()) for holder, _ in loads]
    try:
        for holder, state in loads:
            holder.load_state_dict(state)
    except BaseException:
        for holder, state in before:
            holder.load_state_dict(state)
        raise


def _shorten(text: str, most: int = 100) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
