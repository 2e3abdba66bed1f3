"""Checkpoints: save and load a model, with the state of its optimiser and schedule, in one file.

The file is a NumPy .npz of a JSON header and arrays, without pickle, so reading it executes nothing. The header holds a
version, the model's repr, such as "MLP(2, [16, 1], activation='tanh', output='linear')", and the names of its numbers,
which are in the array. For a module with several names, it holds all of them.
"""

import io
import json
import re
import struct
import tokenize
import zipfile
import zlib
from math import prod
from os import PathLike
from pathlib import Path
from typing import IO, Any

import numpy as np

from engine.files import replace
from nn import losses
from nn.answers import Answers
from nn.arguments import Array
from nn.export.building import MODULES, build, shorten
from nn.module import Module, check_model, name_class
from nn.optim import Optimizer
from nn.schedules import Schedule

__all__ = ["build", "load", "read", "save"]

VERSION = 1
FORMAT = "gradwalk checkpoint"
DAMAGED = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, EOFError, OSError, RuntimeError,
           SyntaxError, tokenize.TokenError, zipfile.BadZipFile, zlib.error, struct.error)  # fmt: skip
ENTRIES = {"format", "version", "model", "names", "optimizer", "schedule", "notes"}
MOST_PLACES = 15  # modules with several names; with more, a small file could ask for much memory


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

    model                 a model to load into; None makes the one that the file describes, if made of nn's layers;
                          its Dropout and GaussianNoise draw from new, unseeded generators
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
            raise ValueError(f"it holds {shorten(header['model'])}, not {shorten(repr(model))}")
        if model is not None and header.get("own") not in (None, own := _find_own(model)):
            classes = " and ".join(shorten(", ".join(names) or "nn's alone") for names in (header["own"], own))
            raise ValueError(f"the classes differ: {classes}")
        loads: list[tuple[Any, Any]] = [(built, dict(zip(header["names"], numbers.tolist(), strict=True)))]
        for what, holder in (("optimizer", optimizer), ("schedule", schedule)):
            if holder is not None:
                if header[what] is None:
                    raise ValueError(f"no state of an {what} was saved in it".replace("an schedule", "a schedule"))
                loads.append((holder, header[what]))
        _load_all(loads)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{path.name}: {shorten(str(error), 400)}") from None
    answers = header.get("answers")
    built.answers = Answers(tuple(answers["labels"]), answers["loss"]) if answers else None
    built.columns = tuple(header.get("columns", ()))
    return built


def read(path: str | PathLike[str]) -> dict[str, Any]:
    """Return what a file holds besides the numbers: the version, the model's repr, the states and the notes."""
    return _read(Path(path))[0]


def _build(header: dict[str, Any], most: int) -> Module:
    """The model that a header describes, with its shared modules shared again; it holds at most `most` numbers."""
    repeated: dict[str, str] = header.get("repeated", {})
    model = build(header["model"], most * (1 + min(len(repeated), MOST_PLACES)))
    if own := header.get("own"):
        classes = shorten(", ".join(own))
        raise ValueError(f"it holds {classes}, not made by nn: make the model yourself, and give it to load()")
    modules = dict(model.named_modules())
    for name, first in repeated.items():
        outer, key = _split(model, name)
        held, module = outer[key] if outer else None, modules.get(first)
        if not isinstance(held, Module) or module is None or repr(held) != repr(module):
            raise ValueError(f"{shorten(name)} cannot be {shorten(first)}")
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
        raise ValueError(f"the model has no {shorten(path)}") from None
    return outer, key


def _read(path: Path) -> tuple[dict[str, Any], Array]:
    foreign = f"{path.name}: not a {FORMAT}, or damaged"
    with path.open("rb") as file:
        try:
            text, numbers = _read_arrays(file)
            header = json.loads(text.tobytes())
        except DAMAGED as error:
            raise ValueError(f"{foreign} ({shorten(str(error))})") from None
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise ValueError(foreign)
    if header.get("version") != VERSION:
        version = shorten(repr(header.get("version")))
        raise ValueError(f"{path.name}: version {version} of the format; this program reads {VERSION}")
    if set(header) - {"repeated", "answers", "columns", "own"} != ENTRIES:
        raise ValueError(f"{foreign} (its header has {shorten(', '.join(sorted(header)))})")
    names = header["names"]
    sound = isinstance(header["model"], str) and _are_texts(names) and len(set(names)) == len(names)
    if not sound or numbers.dtype != np.float64 or numbers.shape != (len(names),):
        raise ValueError(f"{foreign} (names and numbers do not match)")
    for entry, what in (("own", "classes"), ("columns", "columns")):
        if not _are_texts(header.get(entry, [])):
            raise ValueError(f"{foreign} ({what} that are no names)")
    repeated = header.get("repeated", {})
    if not isinstance(repeated, dict) or not _are_texts([*repeated.values()]):
        raise ValueError(f"{foreign} (places that are no names)")
    answers = header.get("answers", {"labels": [], "loss": "mse"})
    if not isinstance(answers, dict) or set(answers) != {"labels", "loss"} or not _are_labels(answers["labels"]):
        raise ValueError(f"{foreign} (labels that are none)")
    if not isinstance(answers["loss"], str) or answers["loss"] not in losses.table:
        raise ValueError(f"{foreign} (an unknown loss: {shorten(repr(answers['loss']))})")
    return header, numbers


def _are_texts(given: Any) -> bool:
    return isinstance(given, list) and all(isinstance(text, str) for text in given)


def _are_labels(labels: Any) -> bool:
    """Whether these are different texts, or False and True, or nothing."""
    if _are_texts(labels):
        return len(set(labels)) == len(labels)
    return bool(labels == [False, True] and all(isinstance(label, bool) for label in labels))


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
