"""Whatever breaks from outside: kills, Ctrl-C, full disks, closed pipes, and machines that lack this and that."""

import inspect
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

import engine
import nn
import viz
from engine import files, parse
from engine.modes import current, open_blocks
from tests import kills
from tests.conftest import optional, tries
from viz.files import write_file
from viz.terminal.cli import main

ROOT = Path(__file__).parent.parent
NEURON = ["tanh(w*x + b)", "w=-3", "x=2", "b=6.5"]
BARE = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ} | {
    "PYTHONPATH": str(ROOT),
    "MPLBACKEND": "agg",
}


def run(*arguments: str, **options) -> subprocess.CompletedProcess[bytes]:
    """Python with these arguments, in a process of its own with next to no environment."""
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL, "env": BARE} | options
    return subprocess.run(
        [sys.executable, *arguments], cwd=options.pop("cwd", ROOT), timeout=120, check=False, **options
    )


# kills


@pytest.mark.slow
def test_a_killed_process_leaves_the_old_file_or_the_new_one():
    assert kills.main(["--times", str(tries(3, 1)), "--only", "checkpoint", "page", "plot"]) == 0


def test_half_a_file_is_noticed():
    def write(folder, version):
        with (folder / "half").open("w") as file:
            for _ in range(2):
                file.write(f"{version}" * 50_000)
                file.flush()
                time.sleep(0.02)  # most kills meet it half written, on a busy machine too

    drafts, wrong = kills.kill(write, 10)
    assert drafts == 0
    assert any("bytes of neither version" in text for text in wrong)


def test_litter_is_noticed():
    def write(folder, version):
        (folder / f"draft-{version}-{time.time_ns()}").touch()
        time.sleep(0.05)

    _, wrong = kills.kill(write, 4)
    assert any("besides the files there are draft-" in text for text in wrong)
    assert any("in the end there are draft-" in text for text in wrong)


def test_a_writer_that_ends_by_itself_is_noticed():
    with pytest.raises(AssertionError, match="ended by itself"):
        kills.kill_once(lambda folder, version: 1 / 0, Path(), 0.2)


# files


def test_two_that_write_at_once_do_not_mix(tmp_path):
    path = tmp_path / "f"
    with files.replace(path) as first, files.replace(path) as second:
        first.write(b"first")
        second.write(b"second")
    assert path.read_bytes() == b"first"
    texts = [f"{number}" * 100_000 for number in range(8)]
    threads = [threading.Thread(target=write_file, args=(path, text)) for text in texts for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_text() in texts
    assert os.listdir(tmp_path) == ["f"]


@pytest.mark.parametrize("locks", [True, False])
def test_a_file_is_replaced_with_its_mode_and_where_its_link_points(locks, tmp_path, monkeypatch):
    if not locks:
        monkeypatch.setitem(sys.modules, "fcntl", None)
    path, link = tmp_path / "f", tmp_path / "link"
    link.symlink_to(path)
    (tmp_path / ".f.part").write_bytes(b"a draft of someone who was killed" * 1000)
    write_file(path, "old")
    path.chmod(0o640)
    write_file(link, "new")
    assert (path.read_text(), path.stat().st_mode & 0o777, link.is_symlink()) == ("new", 0o640, True)
    assert {*os.listdir(tmp_path)} == {"f", "link"} | ({".f.part"} if not locks else set())
    write_file(tmp_path / ("n" * 250), "the longest names have room for no more")


def test_what_is_no_file_is_not_replaced(tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for path, message in (
        (fifo, "not a file"),
        (tmp_path, "not a file"),
        (tmp_path / "missing" / "m", "No such file or directory"),
        (Path(__file__) / "m", "Not a directory"),
    ):
        with pytest.raises(OSError, match=f"^cannot write '{path}': {message}$"):
            nn.save(nn.MLP(1, [1]), path)
    assert os.listdir(tmp_path) == ["fifo"]
    assert fifo.is_fifo()


ROOT_NODE, _ = parse("tanh(w*x + b)", w=-3, x=2, b=6.5)
WRITERS = {
    ".npz": lambda path: nn.save(nn.MLP(1, [1]), path),
    ".onnx": lambda path: nn.to_onnx(nn.MLP(1, [1]), path),
    ".svg": lambda path: viz.draw(ROOT_NODE).save(path),
    ".html": lambda path: viz.page(ROOT_NODE).save(path),
    ".gv": lambda path: viz.draw_dot(ROOT_NODE).save(path),
    ".txt": lambda path: write_file(path, "text"),
}
NO_NAMES = {
    "loop": "Too many levels of symbolic links",
    "away/loop": "Too many levels of symbolic links",
    "loop/m": "Too many levels of symbolic links",
    "n" * 300: "File name too long",
    "m/" * 2500 + "m": "File name too long",
    "a\0b": "not a name for a file: embedded null byte",
    "a\0b/m": "not a name for a file: embedded null byte",
    "m\ud800": "not a name for a file: 'utf-8' codec can't encode character '\\ud800' in position 1: "
    "surrogates not allowed",
}


@pytest.fixture
def tangle(tmp_path, monkeypatch):
    """A working directory with links that lead in a circle."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "away").mkdir()
    for suffix in ("", *WRITERS):
        os.symlink(f"loop{suffix}", f"loop{suffix}")
        os.symlink(f"../loop{suffix}", f"away/loop{suffix}")
    return tmp_path


@pytest.mark.parametrize("name", NO_NAMES, ids=lambda name: ascii(name[:20]))
@pytest.mark.parametrize("suffix", WRITERS)
def test_what_can_be_no_file_is_said_in_a_line(suffix, name, tangle):
    if suffix == ".onnx":
        optional("onnx")
    before = kills.read_files(tangle), sorted(os.listdir())
    with pytest.raises(OSError, match=r"^cannot write ") as raised:
        WRITERS[suffix](name + suffix)
    assert str(raised.value) == f"cannot write {name + suffix!r}: {NO_NAMES[name]}"
    assert raised.value.errno
    assert (kills.read_files(tangle), sorted(os.listdir())) == before


@pytest.mark.parametrize("name", NO_NAMES, ids=lambda name: ascii(name[:20]))
@pytest.mark.parametrize("arguments", [["x*x", "x=3", "--svg"], ["x*x", "x=3", "--html"], ["--worksheet", "--html"]])
def test_the_command_says_in_a_line_what_can_be_no_file(arguments, name, tangle, capsys):
    before = kills.read_files(tangle), sorted(os.listdir())
    suffix = f".{arguments[-1][2:]}"
    other = ["--svg", "good.svg"] if arguments[:1] == ["x*x"] and suffix == ".html" else []
    assert main([*arguments, name + suffix, *other]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("gradwalk: error: cannot write ")
    assert printed.err.count("\n") == 1
    assert len(printed.err) < 450
    assert (kills.read_files(tangle), sorted(os.listdir())) == before  # not the other picture either


def test_a_working_directory_that_is_gone_is_said(tmp_path, monkeypatch, capsys):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    for suffix in (".npz", ".svg", ".html", ".gv", ".txt"):
        with pytest.raises(FileNotFoundError) as raised:
            WRITERS[suffix](f"m{suffix}")
        assert str(raised.value) == f"cannot write 'm{suffix}': the working directory is gone"
    for arguments in (["x*x", "x=3", "--svg", "m.svg"], ["--worksheet", "--html", "m.html"]):
        assert main(arguments) == 2
        said = f"gradwalk: error: cannot write '{arguments[-1]}': the working directory is gone\n"
        assert capsys.readouterr() == ("", said)
    assert main(["x*x", "x=3"]) == 0
    assert os.listdir(tmp_path) == []


def test_an_absolute_path_needs_no_working_directory(tmp_path, monkeypatch):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(FileNotFoundError, match=r"^cannot write 'm': the working directory is gone$"):
        write_file("m", "text")
    write_file(tmp_path / "m", "text")
    assert (tmp_path / "m").read_text() == "text"


def test_a_link_to_a_folder_that_is_not_there_is_said(tmp_path):
    (tmp_path / "link.svg").symlink_to("missing/m.svg")
    with pytest.raises(OSError, match=f"there is no folder '{tmp_path.resolve() / 'missing'}'$"):
        viz.draw(ROOT_NODE).save(tmp_path / "link.svg")


def save():
    nn.save(MODEL, "m.npz")


def draw():
    viz.draw(ROOT_NODE).save("graph.svg")


def page():
    viz.page(ROOT_NODE).save("step.html")


def attempt() -> list[str]:
    """What they say who write into the working directory, where they cannot."""
    said = []
    for write in (save, draw, page):
        with pytest.raises(OSError, match="cannot write") as raised:
            write()
        said.append(str(raised.value))
    assert main(["x*x", "x=3", "--svg", "graph.svg"]) == 2
    return said


MODEL = nn.MLP(20, [20])
NAMES = ["m.npz", "graph.svg", "step.html"]  # what they write


def test_files_that_may_not_grow_are_said_and_leave_the_old_ones(tmp_path, monkeypatch, capsys):
    resource = pytest.importorskip("resource")
    monkeypatch.chdir(tmp_path)
    for name in NAMES:
        (tmp_path / name).write_text("old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        said = attempt()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert said == [f"cannot write '{name}': File too large" for name in NAMES]
    assert capsys.readouterr() == ("", "gradwalk: error: cannot write 'graph.svg': File too large\n")
    assert {name: (tmp_path / name).read_text() for name in os.listdir(tmp_path)} == dict.fromkeys(NAMES, "old")


@pytest.fixture
def full_disk(tmp_path):
    """A disk of 64 kB that a file named `filler` fills up; only root can mount one."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(tmp_path)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("the right to mount a disk")
    try:
        for name in NAMES:
            (tmp_path / name).write_text("old")
        with pytest.raises(OSError, match="No space left"):
            (tmp_path / "filler").write_bytes(bytes(2**17))
        yield tmp_path
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_a_disk_that_is_full_is_said_and_leaves_the_old_files(full_disk, monkeypatch, capsys):
    with monkeypatch.context() as patch:
        patch.chdir(full_disk)
        assert attempt() == [f"cannot write '{name}': No space left on device" for name in NAMES]
        assert capsys.readouterr() == ("", "gradwalk: error: cannot write 'graph.svg': No space left on device\n")
        assert sorted(os.listdir()) == sorted([*NAMES, "filler"])
        assert {Path(name).read_text() for name in NAMES} == {"old"}
        Path("filler").unlink()
        save(), draw()
        assert Path("graph.svg").read_text().startswith("<svg")
        assert len(nn.load("m.npz").parameters()) == len(MODEL.parameters())


def test_a_folder_without_permission_is_said(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    save(), draw(), page(), main(["x*x", "x=3", "--svg", "graph.svg"])  # what they import late, nobody might not read
    capsys.readouterr()
    with TemporaryDirectory() as folder, monkeypatch.context() as patch:
        patch.chdir(folder)
        Path("graph.svg").write_text("old")
        os.chmod(folder, 0o555)
        is_root = os.getuid() == 0  # who may write anywhere
        if is_root:
            os.setresuid(65534, 65534, 0)
        try:
            said = attempt()
        finally:
            if is_root:
                os.setresuid(0, 0, 0)
        assert Path("graph.svg").read_text() == "old"
        assert os.listdir() == ["graph.svg"]
    assert [line.partition("'")[2].partition("'")[0] for line in said] == NAMES
    assert all("ermission" in line for line in said)
    assert capsys.readouterr() == ("", "gradwalk: error: cannot write 'graph.svg': no permission\n")


# Ctrl-C


def press(moment: int, act: Callable[[], object]) -> int:
    """Do it, and press Ctrl-C at this call or return of a function, of all that happen; how many did not happen."""

    def count(frame, event, function):
        nonlocal moment
        if event == "c_call" and function.__name__ == "__exit__":
            return  # Python looks for signals after a call of C, never before: a lock is always released
        if event == "return" and frame.f_code.co_flags & inspect.CO_GENERATOR:
            return  # nor between a yield and the one that goes on from there
        moment -= 1
        if moment == 0:
            sys.setprofile(None)
            signal.raise_signal(signal.SIGINT)

    complain = sys.unraisablehook

    def ignore(given):
        """Python hears no signal in a generator that is thrown away, though it tells of its end."""
        if given.exc_type is not KeyboardInterrupt:
            complain(given)

    sys.unraisablehook = ignore
    sys.setprofile(count)
    try:
        act()
    except KeyboardInterrupt:
        pass
    finally:
        sys.setprofile(None)
        sys.unraisablehook = complain
        signal.signal(signal.SIGINT, signal.default_int_handler)
    return moment


def moments(act: Callable[[], object], number: int) -> list[int]:
    """Some of the moments at which it can be interrupted, drawn at random."""
    never = 10**9
    return random.Random(0).sample(range(1, never - press(never, act)), number)


def test_every_moment_can_be_pressed_where_a_generator_is_thrown_away():
    def work():
        any(number for number in (0, 1, 2))

    count = 10**9 - press(10**9, work) - 1
    assert [press(moment, work) for moment in range(1, count + 1)] == [0] * count
    assert count >= 6


def test_a_mode_is_closed_whenever_ctrl_c_comes():
    def work():
        with engine.no_grad():
            engine.Value(1.0) * 2

    count = 10**9 - press(10**9, work) - 1  # the last is press's own
    for moment in range(1, count + 1):
        assert press(moment, work) == 0
        assert not open_blocks
        assert not current.detach
    assert count >= 15


def test_no_moment_is_one_at_which_a_lock_would_be_kept():
    lock, free = threading.RLock(), []

    def work():
        with lock:
            abs(-1)

    def look():
        free.append(lock.acquire(timeout=5))
        lock.release()

    count = 10**9 - press(10**9, work) - 1  # the last is press's own
    for moment in range(1, count + 1):
        assert press(moment, work) == 0
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert free == [True] * count
    assert count >= 3


@pytest.mark.slow
@pytest.mark.parametrize("record", [True, False])
def test_ctrl_c_at_any_moment_of_fit_leaves_the_numbers_of_a_whole_update(record):
    X, y = nn.moons(6, 0.1, np.random.default_rng(0))

    def train(model, **options):
        return nn.fit(model, X, y, epochs=10, record=record, progress=False, **options)

    def new():
        return nn.MLP(2, [3, 1], "tanh", generator=np.random.default_rng(1)).eval()

    whole = new()
    states = [whole.state_dict()]
    train(whole, callback=lambda history: states.append(whole.state_dict()))
    reached = set()
    for moment in moments(lambda: train(new()), 50):
        model = new()
        press(moment, lambda model=model: train(model))
        assert model.state_dict() in states
        assert not model.training
        reached.add(states.index(model.state_dict()))
    assert len(reached) > 5
    train(model := new())
    assert model.state_dict() == states[-1]


def double(number):
    return 2 * number


@pytest.mark.parametrize("elsewhere", [False, True])
def test_ctrl_c_at_any_moment_of_a_sweep_leaves_what_was_done(elsewhere):
    done, pool = set(), ThreadPoolExecutor(1)

    def work():
        runs = nn.sweep(double, {"number": [1, 2, 3]}, pool if elsewhere else None, progress=False)
        assert {type(run.error) for run in runs if run.returned != double(**run.setting)} <= {KeyboardInterrupt}
        done.add([run.error for run in runs].count(None))

    work()
    for moment in moments(work, 100):
        press(moment, lambda: [work(), *map(abs, range(500))])  # a thread makes the number of moments another each time
    with pool:
        work()
    assert done >= {0, 3}


def test_ctrl_c_while_drawing_leaves_all_as_it_was(tmp_path):
    root, _ = parse("h = tanh(w*x + b); sigmoid(h*h + h)*x", w=-3, x=2, b=6.5)
    root.backward()

    def draw():
        viz.draw(root).save(tmp_path / "graph.svg")
        viz.page(root).save(tmp_path / "step.html")
        viz.walk_text(root)

    draw()
    wanted = kills.read_files(tmp_path)
    for moment in moments(draw, tries(40, 6)):
        press(moment, draw)
        assert kills.read_files(tmp_path) == wanted
    draw()
    assert kills.read_files(tmp_path) == wanted


# streams

COMMANDS = {
    "walk": ["viz.terminal.cli", *NEURON],
    "help": ["viz.terminal.cli", "--help"],
    "demos": ["demos"],
    "by hand": ["demos", "by_hand", "--out", "."],
}

# Each command as Python's -m runs it, in a fork of one process that has imported what they share.
FORKS = """
import json, os, runpy, sys
import nn, demos.claims, demos.gallery, viz.terminal.terminal
for name, (module, *arguments) in json.loads(sys.argv[1]).items():
    if not os.fork():
        os.dup2(os.open(name, os.O_CREAT | os.O_WRONLY), 2)
        sys.argv = [module, *arguments]
        sys.exit(runpy.run_module(module, run_name="__main__", alter_sys=True) and 0)
    with open(name + " code", "w") as file:
        file.write(str(os.waitstatus_to_exitcode(os.wait()[1])))
"""


def run_commands(folder: Path, **options) -> tuple[dict[str, tuple[int, str]], bytes]:
    """The exit code of each command and what it wrote to stderr; and what all wrote to stdout."""
    done = run("-c", FORKS, json.dumps(COMMANDS), cwd=folder, **options)
    assert (done.returncode, done.stderr) == (0, b"")
    found = {name: (int((folder / f"{name} code").read_text()), (folder / name).read_text()) for name in COMMANDS}
    return found, done.stdout


def test_a_reader_that_has_enough_ends_it_quietly(tmp_path):
    reading, writing = os.pipe()
    os.close(reading)
    found, _ = run_commands(tmp_path, stdout=writing)
    os.close(writing)
    for code, error in found.values():
        assert error == ""
        assert code in (0, 1)


def test_output_that_cannot_be_written_is_an_error_in_one_line(tmp_path):
    with open("/dev/full", "wb") as full:
        found, _ = run_commands(tmp_path, stdout=full)
    for code, error in found.values():
        assert code in (1, 2)
        assert error.endswith(": [Errno 28] No space left on device\n")
        assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("closed", "mode", "code"),
    [
        ("<&-", "--quiz", 1),
        ("<&-", "--walk", 0),
        (">&-", "--quiz", 1),
        (">&-", "--walk", 0),
        ("<&- >&- 2>&-", "--quiz", 1),
    ],
)
def test_streams_that_are_closed(closed, mode, code):
    command = ["sh", "-c", f'exec "$@" {closed}', "sh", sys.executable, "-m", "viz.terminal.cli", *NEURON, mode]
    done = subprocess.run(command, capture_output=True, cwd=ROOT, env=BARE, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (code, b"")


# machines

ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}  # no TERM


def test_the_commands_do_without_home_terminal_and_unicode(tmp_path):
    found, printed = run_commands(tmp_path, env=BARE | ASCII | {"HOME": "/nonexistent"})
    assert found == dict.fromkeys(COMMANDS, (0, ""))
    assert len(printed.decode("ascii")) > 400


ALPHA = """
import nn, viz
from engine import Value
y = Value(2.0, chr(945)).tanh()
viz.draw(y).save("graph.svg")
viz.page(y).save("step.html")
viz.worksheet(y).save("sheet.html")
nn.save(nn.MLP(1, [1], init="zeros"), "m.npz", notes=chr(945))
nn.load_iris()
"""


def test_files_are_in_utf_8_whatever_the_locale(tmp_path, monkeypatch):
    for name in ("here", "ascii"):
        (tmp_path / name).mkdir()
    with monkeypatch.context() as patch:
        patch.chdir(tmp_path / "here")
        exec(ALPHA, {})
    strict = ["-X", "warn_default_encoding", "-W", "error"]
    done = run(*strict, "-c", ALPHA, env=BARE | ASCII, cwd=tmp_path / "ascii")
    assert (done.returncode, done.stderr) == (0, b"")
    found = kills.read_files(tmp_path / "ascii")
    assert found == kills.read_files(tmp_path / "here")
    assert "α" in found[Path("graph.svg")].decode("utf-8")


WITHOUT = """
import json, sys, warnings
for name in ("matplotlib", "tqdm", "torch", "onnx", "playwright", "IPython", "anywidget"):
    sys.modules[name] = None
import nn, viz
from engine import Value
from viz import plots
y = (Value(2.0, "x") * 3.0).tanh()
y.backward()
viz.draw(y).save("graph.svg")
viz.page(y).save("step.html")
viz.worksheet(y).save("sheet.html")
model = nn.MLP(1, [1])
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    history = nn.fit(model, [[1.0], [2.0]], [1.0, 2.0], epochs=2)
nn.save(model, "m.npz")
said = [str(warning.message) for warning in caught]
for function in (lambda: plots.loss_curve(history), lambda: viz.widget(y), lambda: viz.draw_dot(y).pipe()):
    try:
        function()
    except (ImportError, OSError, RuntimeError) as error:
        said.append(str(error))
print(json.dumps(said))
"""


def test_without_matplotlib_tqdm_anywidget_and_dot_the_rest_works(tmp_path):
    done = run("-W", "error", "-c", WITHOUT, cwd=tmp_path, env=BARE | {"PATH": str(tmp_path)})
    assert (done.returncode, done.stderr) == (0, b"")
    bar, plot, widget, dot = json.loads(done.stdout)
    assert bar == 'no progress bar, since tqdm is missing: pip install -e ".[demos]" in the checkout'
    assert plot == 'plots need matplotlib: pip install -e ".[plots]" in the checkout'
    assert widget == 'viz.widget needs anywidget: pip install -e ".[widget]" in the checkout'
    assert "Install Graphviz" in dot
    assert sorted(os.listdir(tmp_path)) == ["graph.svg", "m.npz", "sheet.html", "step.html"]


def test_a_demo_without_matplotlib_says_what_to_install(tmp_path):
    program = "import sys; sys.modules['matplotlib'] = None; from demos.__main__ import main; main(sys.argv[1:])"
    done = run("-c", program, "gradient_descent", "--out", str(tmp_path))
    assert (done.returncode, done.stderr.count(b"\n")) == (1, 1)
    assert b'plots need matplotlib: pip install -e ".[plots]" in the checkout' in done.stderr
