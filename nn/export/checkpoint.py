"""Checkpoints: save and load a model, with the state of its optimiser and schedule, in one file.

The file is a NumPy .npz of a JSON header and arrays, without pickle, so reading it executes nothing. The header holds a
version, the model's repr, such as "MLP(2, [16, 1], activation='tanh', output='linear')", and the names of its numbers,
which are in the array. For a module with several names, it holds all of them.
"""

import ast
import io
import json
import re
import struct
import tokenize
import zipfile
import zlib
from itertools import pairwise
from math import prod
from os import PathLike
from pathlib import Path
from typing import IO, Any

import numpy as np

from engine.files import replace
from nn import layers, losses
from nn.activations import Activate, PReLU
from nn.answers import Answers
from nn.arguments import Array
from nn.module import Module, check_model, name_class
from nn.optim import Optimizer
from nn.schedules import Schedule

VERSION = 1
FORMAT = "gradwalk checkpoint"
DAMAGED = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, EOFError, OSError, RuntimeError,
           SyntaxError, tokenize.TokenError, zipfile.BadZipFile, zlib.error, struct.error)  # fmt: skip
ENTRIES = {"format", "version", "model", "names", "optimizer", "schedule", "notes"}
MODULES: dict[str, type[Module]] = {module.__name__: module for module in (Activate, PReLU)} | {
    name: getattr(layers, name) for name in layers.__all__
}
WITHOUT_NUMBERS = {  # or with one, whatever their descriptions say
    "AvgPool", "Dropout", "Flatten", "GaussianNoise", "MaxPool", "PReLU", "Residual", "Sequential", "Unflatten",
}  # fmt: skip
MOST_PLACES = 15  # modules with several names; with more, a small file could ask for much memory
# what a repr gives by name
NAMED = {"activation", "output", "stride", "padding", "every_step", "momentum", "eps", "init"}


def save(
    model: Module,
    path: str | PathLike[str],
    *,
    optimizer: Optimizer | None = None,
    schedule: Schedule | None = None,
    notes: Any = None,
) -> None:
    """Write a model's numbers to a file; an old file stays complete until the new one is written.

    optimizer, schedule   objects whose state to save as well
    notes                 anything that JSON can hold, such as the epoch; `read` returns it

    TypeError for anything but a Module, for an optimizer or schedule that is none, or for notes that JSON cannot hold;
    OSError if the file cannot be written.

    >>> from tempfile import TemporaryDirectory
    >>> from nn.layers import MLP
    >>> with TemporaryDirectory() as folder:
    ...     save(MLP(2, [1]), f"{folder}/model.npz", notes={"epoch": 3})
    ...     read(f"{folder}/model.npz")["notes"]
    {'epoch': 3}
    """
    check_model(model)
    for name, holder, other in (("optimizer", optimizer, Schedule), ("schedule", schedule, Optimizer)):
        if isinstance(holder, other) or (holder is not None and not hasattr(holder, "state_dict")):
            raise TypeError(f"{name}: one with a state_dict expected, not {type(holder).__name__}: {holder!r:.60}")
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
    if own := _find_own(model):
        header["own"] = own
    if repeated := model.repeated_modules():
        header["repeated"] = repeated
    if model.answers:
        header["answers"] = {"labels": list(model.answers.labels), "loss": model.answers.loss}
    if model.columns:
        header["columns"] = list(model.columns)
    text = np.frombuffer(json.dumps(header).encode(), np.uint8)
    content = io.BytesIO()
    np.savez(content, header=text, numbers=np.array(list(state.values()), np.float64))
    with replace(path) as file:
        file.write(content.getbuffer())


def load(
    path: str | PathLike[str],
    model: Module | None = None,
    *,
    optimizer: Optimizer | None = None,
    schedule: Schedule | None = None,
) -> Module:
    """Return the model of a file, with its numbers; restore the states of those given.

    model                 a model to load into; None makes the one that the file describes, if made of nn's layers
    optimizer, schedule   objects to load saved states into

    Architecture, names and sizes are checked before anything changes. ValueError for a file that is damaged, foreign or
    of a later version, for another architecture, and for a state that was not saved; OSError if it cannot be read.

    >>> from tempfile import TemporaryDirectory
    >>> from nn.layers import MLP
    >>> with TemporaryDirectory() as folder:
    ...     save(MLP(2, [1]), f"{folder}/model.npz")
    ...     load(f"{folder}/model.npz")
    MLP(2, [1], output='linear')
    """
    path = Path(path)
    header, numbers = _read(path)
    try:
        built = _build(header, len(numbers)) if model is None else model
        if model is not None and repr(model) != header["model"]:
            raise ValueError(f"it holds {_shorten(header['model'])}, not {_shorten(repr(model))}")
        if model is not None and header.get("own") not in (None, own := _find_own(model)):
            classes = " and ".join(_shorten(", ".join(names) or "nn's alone") for names in (header["own"], own))
            raise ValueError(f"the classes differ: {classes}")
        loads: list[tuple[Any, Any]] = [(built, dict(zip(header["names"], numbers.tolist(), strict=True)))]
        for what, holder in (("optimizer", optimizer), ("schedule", schedule)):
            if holder is not None:
                if header[what] is None:
                    raise ValueError(f"no state of an {what} was saved in it".replace("an schedule", "a schedule"))
                loads.append((holder, header[what]))
        _load_all(loads)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{path.name}: {_shorten(str(error), 400)}") from None
    built.answers, built.columns = _read_answers(header), tuple(header.get("columns", ()))
    return built


def read(path: str | PathLike[str]) -> dict[str, Any]:
    """Return what a file holds besides the numbers: the version, the model's repr, the states and the notes."""
    return _read(Path(path))[0]


def _build(header: dict[str, Any], most: int) -> Module:
    """The model that a header describes, with its shared modules shared again; it holds at most `most` numbers."""
    repeated: dict[str, str] = header.get("repeated", {})
    model = build(header["model"], most * (1 + min(len(repeated), MOST_PLACES)))
    if own := header.get("own"):
        classes = _shorten(", ".join(own))
        raise ValueError(f"it holds {classes}, not made by nn: make the model yourself, and give it to load()")
    modules = dict(model.named_modules())
    for name, first in repeated.items():
        outer, key = _split(model, name)
        held, module = outer[key] if outer else None, modules.get(first)
        if not isinstance(held, Module) or module is None or repr(held) != repr(module):
            raise ValueError(f"{_shorten(name)} cannot be {_shorten(first)}")
        outer[key] = module
    if repeated:
        model.name_parts()
    return model


def _find_own(model: Module) -> list[str]:
    """Return the classes of parts that are not nn's, or have a forward of their own, whatever their repr says."""
    return sorted({name for part in model.modules() if MODULES.get(name := name_class(part)) is not type(part)})


def _split(model: Module, path: str) -> tuple[Any, Any]:
    """Return the list or attributes that hold the part of this name, as layers[0].neurons[2], and its key there."""
    part: Any = model
    outer: Any = {}
    key: Any = ""
    try:
        for name, index in re.findall(r"([A-Za-z]\w*)|\[(\d+)\]", path):
            outer, key = (vars(part), name) if name else (part, int(index))
            part = outer[key]
    except (LookupError, TypeError):
        raise ValueError(f"the model has no {_shorten(path)}") from None
    return outer, key


def build(text: str, most: int | None = None) -> Module:
    """Make the model that a text such as "MLP(2, [8, 1], activation='tanh', output='linear')" describes.

    The text is read, not executed, and may hold only the layers of nn, numbers, names and lists of these.

    most    how many numbers the model may hold; a text that asks for more makes nothing

    >>> build("Sequential(Layer(2, 3, 'tanh'), Dropout(0.5))")
    Sequential(Layer(2, 3, 'tanh'), Dropout(0.5))

    ValueError for anything else, such as a class of your own: make that model yourself, and load into it.
    """
    try:
        tree = ast.parse(text, mode="eval").body
        if most is not None and _count_least(tree) > most:
            raise ValueError(f"{_shorten(text)} holds more than the {most} numbers that are there")
        made = _make(tree)
    except (SyntaxError, RecursionError, MemoryError):
        raise _unknown(text) from None
    if not isinstance(made, Module):
        raise _unknown(text)
    return made


def _make(node: ast.AST) -> Any:
    match node:
        case ast.Call(ast.Name("PReLU"), [slope], []):  # as files said before the slope was called init
            return PReLU(init=_make(slope))
        case ast.Call(ast.Name(name), arguments, keywords) if name in MODULES and {w.arg for w in keywords} <= NAMED:
            return MODULES[name](*map(_make, arguments), **{str(word.arg): _make(word.value) for word in keywords})
        case ast.List(elements):
            return [_make(element) for element in elements]
        case ast.Tuple(elements):
            return tuple(_make(element) for element in elements)
        case ast.UnaryOp(ast.USub(), ast.Constant(int() | float() as number)):
            return -number
        case ast.Constant(bool() | int() | float() | str() | None as constant):
            return constant
    raise _unknown(ast.unparse(node))


def _count_least(tree: ast.AST) -> int:
    """Return the least number of numbers that the layers hold, by their sizes; it is never far more."""
    total = 0
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id not in WITHOUT_NUMBERS:
            arguments = node.args[:3]  # those behind, such as a stride, are no sizes
            parts = [part for argument in arguments for part in ast.walk(argument) if isinstance(part, ast.Constant)]
            sizes = [max(part.value, 1) for part in parts if type(part.value) is int]
            total += _count_numbers(node.func.id, sizes) if sizes else 0
    return total


def _count_numbers(name: str, sizes: list[int]) -> int:
    """Return the number of weights of a layer of these sizes."""
    if name == "MLP":
        return sum(n_in * n_out for n_in, n_out in pairwise(sizes))
    if name in ("RNN", "LSTM", "GRU"):
        return sum(sizes) * sizes[-1]
    if name == "Conv2d" and len(sizes) == 3:  # a kernel as high as it is wide
        return prod(sizes) * sizes[-1]
    return prod(sizes)


def _unknown(text: str) -> ValueError:
    return ValueError(
        f"{_shorten(text)} is not made of nn's own layers: make the model yourself, and give it to load()"
    )


def _read(path: Path) -> tuple[dict[str, Any], Array]:
    foreign = f"{path.name}: not a {FORMAT}, or damaged"
    with path.open("rb") as file:
        try:
            text, numbers = _read_arrays(file)
            header = json.loads(text.tobytes())
        except DAMAGED as error:
            raise ValueError(f"{foreign} ({_shorten(str(error))})") from None
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise ValueError(foreign)
    if header.get("version") != VERSION:
        version = _shorten(repr(header.get("version")))
        raise ValueError(f"{path.name}: version {version} of the format; this program reads {VERSION}")
    if set(header) - {"repeated", "answers", "columns", "own"} != ENTRIES:
        raise ValueError(f"{foreign} (its header has {_shorten(', '.join(sorted(header)))})")
    names = header["names"]
    sound = (
        isinstance(header["model"], str) and isinstance(names, list) and all(isinstance(name, str) for name in names)
    )
    if not sound or len(set(names)) < len(names) or numbers.dtype != np.float64 or numbers.shape != (len(names),):
        raise ValueError(f"{foreign} (names and numbers do not match)")
    for entry, what in (("own", "classes"), ("columns", "columns")):
        given = header.get(entry, [])
        if not isinstance(given, list) or not all(isinstance(name, str) for name in given):
            raise ValueError(f"{foreign} ({what} that are no names)")
    repeated = header.get("repeated", {})
    if not isinstance(repeated, dict) or not all(isinstance(first, str) for first in repeated.values()):
        raise ValueError(f"{foreign} (places that are no names)")
    answers = header.get("answers", {"labels": [], "loss": "mse"})
    if not isinstance(answers, dict) or set(answers) != {"labels", "loss"} or not _are_labels(answers["labels"]):
        raise ValueError(f"{foreign} (labels that are none)")
    if not isinstance(answers["loss"], str) or answers["loss"] not in losses.table:
        raise ValueError(f"{foreign} (an unknown loss: {_shorten(repr(answers['loss']))})")
    return header, numbers


def _are_labels(labels: Any) -> bool:
    """Whether these are different texts, or False and True, or nothing."""
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        return bool(labels == [False, True] and all(isinstance(label, bool) for label in labels))
    return len(set(labels)) == len(labels)


def _read_answers(header: dict[str, Any]) -> Answers | None:
    answers = header.get("answers")
    return Answers(tuple(answers["labels"]), answers["loss"]) if answers else None


def _read_arrays(file: IO[bytes]) -> tuple[Array, Array]:
    """Return header and numbers as stored in the file, without unpacking or unpickling."""
    with zipfile.ZipFile(file) as archive:
        if sorted(archive.namelist()) != ["header.npy", "numbers.npy"]:
            raise ValueError("other arrays")
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in archive.infolist()):
            raise ValueError("packed arrays")
        return _read_array(archive.read("header.npy")), _read_array(archive.read("numbers.npy"))


def _read_array(data: bytes) -> Array:
    """Return an array; ValueError if it claims to be larger than it is, before memory is allocated."""
    file = io.BytesIO(data)
    np.lib.format.read_magic(file)
    shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    if not 0 <= prod(shape) * dtype.itemsize <= len(data):
        raise ValueError(f"an array {dtype} {shape} in {len(data):,} bytes")
    array: Array = np.load(io.BytesIO(data), allow_pickle=False)
    return array


def _load_all(loads: list[tuple[Any, Any]]) -> None:
    """Load each state into its holder; if one is refused, none has changed."""
    before = [(holder, holder.state_dict()) for holder, _ in loads]
    try:
        for holder, state in loads:
            holder.load_state_dict(state)
    except BaseException:
        for holder, state in before:
            holder.load_state_dict(state)
        raise


def _shorten(text: str, most: int = 100) -> str:
    text = text if text.isprintable() else repr(text)
    return text if len(text) <= most else text[: most - 1] + "…"
