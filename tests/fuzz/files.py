"""Fuzzing of what reads files: tables and checkpoints; and of what worksheets are asked for."""

import csv
import io
import json
import pickle
import zipfile
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

import nn
from nn import checkpoint
from tests.fuzz.words import Target, mutate, mutate_bytes, refused, word
from viz.sheets.worksheet import worksheet

# ---- tables

CELLS = (
    "1",
    "-2.5",
    "0",
    "3e2",
    "",
    " 4 ",
    "nan",
    "inf",
    "1e999",
    "1_0",
    "0x1",
    "a",
    '"b,c"',
    '"d""e"',
    '"',
    "#",
    "١",
    "-",
)


def make_table(random: Random) -> tuple[bytes, str | None, bool | None]:
    """The bytes of a CSV file, mostly a good one, the column of its target, and whether that names classes."""
    width, count = random.choice((2, 2, 3, 3, 5, 1)), random.choice((1, 2, 3, 8, 0))
    names = [random.choice(("a", "b", "c", "kind", "x", "__proto__", "#", word(random))) + str(i) for i in range(width)]
    rows = [[str(random.randrange(-9, 10) / 4) for _ in names] for _ in range(count)]
    for row in rows:
        row[-1] = random.choice(("red", "green", "1", "2"))
        if random.random() < 0.05:
            row[random.randrange(width)] = random.choice(CELLS) if random.random() < 0.7 else word(random)
    file = io.StringIO()
    csv.writer(file, lineterminator=random.choice(("\n", "\r\n"))).writerows([names, *rows])
    text = file.getvalue()
    kind = random.random()
    if kind < 0.3:
        text = mutate(random, text)
    elif kind < 0.305:
        text = ",".join(f"c{i}" for i in range(20_000)) + "\n" + "1," * 19_999 + "x\n"
    elif kind < 0.31:
        text = f"a,b\n1,{'x' * random.choice((100_000, 140_000))}\n"
    encoding = random.choice(("utf-8",) * 9 + ("utf-8-sig", "utf-16", "latin-1"))
    data = text.encode(encoding, "replace" if encoding == "latin-1" else "surrogatepass")
    if random.random() < 0.2:
        data = mutate_bytes(random, data)
    target = random.choice((None, None, None, None, None, names[0], names[-1], word(random)))
    return data, target, random.choice((None, None, True, True, False))


def check_table(given: tuple[bytes, str | None, bool | None]) -> str:
    """What is accepted is finite and of one length, and comes back the same from a file written anew."""
    data, target, classes = given
    path = Path("data.csv")
    path.write_bytes(data)
    try:
        found = nn.load_csv(path, target=target, classes=classes)
    except ValueError as error:
        return refused(error, start="data.csv")
    assert np.isfinite(found.X).all()
    assert found.X.shape == (len(found.y), len(found.features))
    assert all(found.classes)
    assert len(set(found.classes)) == len(found.classes)
    answers = [found.classes[index] for index in found.y] if found.classes else found.y.tolist()
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = [[*features, answer] for features, answer in zip(found.X.tolist(), answers, strict=True)]
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([[*found.features, "the target"], *rows])
    again = nn.load_csv(path, classes=classes)
    assert (again.X.tolist(), again.y.tolist()) == (found.X.tolist(), found.y.tolist())
    assert (again.classes, again.features) == (found.classes, found.features)
    return "accepted"


# ---- checkpoints


def _models() -> list[nn.Module]:
    seeded = {"generator": np.random.default_rng(0)}
    return [
        nn.MLP(2, [3, 1], ["tanh"], **seeded),
        nn.Sequential(nn.Layer(2, 2, "prelu", **seeded), nn.BatchNorm(2), nn.Layer(2, 1, "linear", **seeded)),
        nn.Sequential(nn.Conv1d(1, 1, 2, **seeded), nn.Flatten(), nn.GRU(1, 1, **seeded)),
    ]


@cache
def saved() -> list[tuple[bytes, bytes, dict[str, float]]]:
    """For each model its file, in it the header, and its numbers."""
    made = []
    for model in _models():
        path = Path("saved.npz")
        nn.save(model, path, optimizer=nn.Adam(model.parameters()), notes={"epoch": 3})
        with np.load(path) as arrays:
            made.append((path.read_bytes(), arrays["header"].tobytes(), model.state_dict()))
        path.unlink()
    return made


@cache
def _holders() -> tuple[nn.Module, nn.Optimizer]:
    """A model, and its optimiser, for files to be loaded into."""
    model = _models()[0]
    return model, nn.Adam(model.parameters())


class Bomb:
    """What a pickle makes when it is read: it would be noticed."""

    def __reduce__(self) -> tuple[Any, ...]:
        return exec, ("raise SystemExit('a pickle was read')",)


JSON = (
    "null", "0", "-1", "1e999", "NaN", '"x"', "[]", "{}", "[[[[]]]]", "true", "1" * 5000, '"__proto__"', '"\\ud800"',
    "[" * 900 + "]" * 900, "[" * 90_000, '{"lr": "x"}', '{"a": [1, "x", null]}', '["a", "a"]', f'"{"a" * 3000}"',
)  # fmt: skip
MODELS = (
    "MLP(2, [3, 1], activation='tanh', output='linear')", "MLP(2, [99999999])", "MLP(99999, [99999, 1])",
    "MLP(10**9, [1])", "Layer(1, 99999999)", "Layer(n_in=99999, n_out=99999)", "Conv2d(1, 1, 99999)",
    "Conv1d(9, 9, 999999, stride=2)", "LSTM(1, 99999)", "Embedding(99999, 99999)", "BatchNorm(999999999)",
    "LayerNorm(99999999)", "Neuron(99999999)", "Perceptron(999999999)", "Unflatten(99999, 99999)", "MaxPool(99999)",
    "Dropout(0.5)", "Flatten()", "Residual()", "Sequential()", "Sequential(" * 80 + ")" * 80,
    f"Sequential({'Layer(300, 300), ' * 300})", "Layer(2, 3, 'relux')", "__import__('os').system('id')", "exec('1')",
    "Layer(True, None)", "Layer(1e9, 1)", "Layer(-1, 1)", "Layer(1, 1, *'a')", "[Layer(1, 1)]", "(" * 5000,
    "-" * 5000 + "1", "\x00", "\ud800", "print", "lambda: 0", "MLP", "0" * 5000, "", "Layer(1, 2",
)  # fmt: skip


def make_checkpoint(random: Random) -> tuple[bytes, str]:
    """A file that is damaged, or forged: a sound archive of hostile content."""
    data, header, _ = random.choice(saved())
    if random.random() < 0.55:
        return mutate_bytes(random, data), "damaged"
    entries = json.loads(header)
    text = header.decode()
    with np.load(io.BytesIO(data)) as arrays:
        numbers = arrays["numbers"]
    array = write_array(numbers)
    match random.randrange(9):
        case 0 | 1:
            model = random.choice(MODELS) if random.random() < 0.6 else mutate(random, entries["model"])
            text = json.dumps(entries | {"model": model})
        case 2:
            name = random.choice(list(entries))
            text = text.replace(f'"{name}": {json.dumps(entries[name])}', f'"{name}": {random.choice(JSON)}')
        case 3:
            text = mutate(random, text)
        case 4:
            array = mutate_bytes(random, array)
        case 5:
            array = random.choice((write_array(np.array([Bomb()])), pickle.dumps(Bomb())))
        case 6:  # numbers that are not there; the header of an array has room for such a shape
            shape = random.choice(
                (b"(99999999999,)", b"(1000000000,)", b"(-1,)", b"(2**40,)", b"(0, 3)", b"()", b"'x'")
            )
            array = array.replace(
                b"(%d,), }" % len(numbers) + b" " * 20, (shape + b", }").ljust(len(numbers) // 10 + 27)
            )
        case 7:
            array = write_array(numbers.astype(random.choice(("f4", ">f8", "c16", "i8", "S8", "V8", "M8[s]"))))
        case _:
            return bomb(), "forged"
    content = write_array(np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8))
    return pack({"header.npy": content, "numbers.npy": array}, random.random() < 0.05), "forged"


@cache
def bomb() -> bytes:
    """150 MB of zeros, deflated to a thousandth."""
    return pack({"header.npy": b"", "numbers.npy": write_array(np.zeros(150_000_000, np.uint8))}, True)


def pack(entries: dict[str, bytes], deflated: bool = False) -> bytes:
    """An archive of these."""
    file = io.BytesIO()
    kind = zipfile.ZIP_DEFLATED if deflated else zipfile.ZIP_STORED
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in entries.items():
            archive.writestr(zipfile.ZipInfo(name), content, kind, compresslevel=1)
    return file.getvalue()


def write_array(array: Any) -> bytes:
    """The bytes of a .npy file, pickles and all."""
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


def check_checkpoint(given: tuple[bytes, str]) -> str:
    """What is loaded are the numbers of the file, of a damaged one those that were saved; a refusal changes nothing."""
    data, kind = given
    path = Path("model.npz")
    path.write_bytes(data)
    outcomes = set()
    holder, optimizer = _holders()
    before = holder.state_dict(), optimizer.state_dict()
    for model in (None, holder):
        try:
            loaded = checkpoint.load(path, model, optimizer=optimizer if model else None)
        except ValueError as error:
            outcomes.add(refused(error, start="model.npz: "))
            assert model is None or (model.state_dict(), optimizer.state_dict()) == before, "half loaded"
            continue
        numbers = loaded.state_dict()
        with zipfile.ZipFile(path) as archive:
            array = archive.read("numbers.npy")
        assert np.array(list(numbers.values())).tobytes() in array, "other numbers"
        assert kind == "forged" or any(same_numbers(numbers, state) for _, _, state in saved()), "numbers never saved"
        outcomes.add("accepted")
    return "accepted" if "accepted" in outcomes else "refused"


def same_numbers(a: dict[str, float], b: dict[str, float]) -> bool:
    return list(a) == list(b) and np.array(list(a.values())).tobytes() == np.array(list(b.values())).tobytes()


# ---- worksheets


def make_request(random: Random) -> tuple[Any, Any, Any]:
    """Level, seed and number of sheets: as they should be, and anything else."""

    def choose(*good: Any) -> Any:
        if random.random() < 0.8:
            return random.choice(good)
        bad = (
            0,
            -1,
            7,
            2**31,
            2**63,
            2**64,
            10**30,
            10**5000,
            True,
            1.0,
            2.5,
            float("nan"),
            float("inf"),
            "1",
            None,
            [],
            {},
            b"1",
            (1, 2),
            word(random),
        )
        return random.choice(bad)

    seed = choose(*(random.randrange(10**n) for n in (1, 3, 9, 18, 40)))
    sheets = choose(1, 1, 1, 1, 2, 3)
    return choose(1, 2, 3, 4, 5, 6), seed, 201 if sheets == 7 else sheets  # seven take their time, as they may


def check_request(given: tuple[Any, Any, Any]) -> str:
    level, seed, sheets = given
    try:
        made = worksheet(level=level, seed=seed, sheets=sheets)
    except (TypeError, ValueError) as error:
        return refused(error)
    again = worksheet(level=level, seed=seed, sheets=sheets)
    assert made.html == again.html
    assert made.html.count("<section>") == 2 * sheets
    return "made"


TARGETS = {
    "table": Target(make_table, check_table, 20),
    "checkpoint": Target(make_checkpoint, check_checkpoint, 5),
    "request": Target(make_request, check_request, 0.1),
}
