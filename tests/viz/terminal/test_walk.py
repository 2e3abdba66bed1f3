import signal
import sys
import termios
import time

import pytest

import viz
from engine import Value, parse
from tests.viz.terminal.terminals import CTRL_C, CTRL_D, Terminal
from viz.terminal import terminal
from viz.terminal.walk import WalkPrompt
from viz.words.text import walk_text

SHARED = ["h = w*x; L = relu(h*h + h)", "w=-2", "x=3"]
PROMPT = r"\d+/14> "
RIGHT, LEFT, END = "\x1b[C", "\x1bOD", "\x1b[F"
LISTENS = termios.ICANON | termios.ECHO | termios.ISIG


@pytest.fixture
def walker():
    """The steps: 1 the numbers, 2 h, 3 v1 = h*h, 4 v2 = v1 + h, 5 L; 6 the turn; 7 L→v2, 8 v2→v1, 9 v2→h, 10 and 11
    v1→h, 12 h→w, 13 h→x; 14 the end."""
    return WalkPrompt(parse(SHARED[0], w=-2, x=3)[0])


def go(walker: WalkPrompt, *lines: str) -> str:
    """What the last of these lines is answered with."""
    answers = []

    def ask(*_: object) -> str | None:
        return next(typed, None)

    typed = iter(lines)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.modules["viz.terminal.walk"], "ask", ask)
        patch.setattr(sys.modules["viz.terminal.walk"], "show", answers.append)
        walker.run()
    return answers[-1]


def test_at_a_terminal():
    with Terminal(*SHARED, "--walk") as session:
        text = session.read(PROMPT)
        assert "\x1b[36mStep 1 of 14: the numbers given\x1b[0m\n  w = -2.0, x = 3.0\n1/14> " in text
        assert "h = w*x = (-2.0)*3.0 = -6.0\n2/14> " in session.type("\n", PROMPT)
        assert "∂L/∂h += ∂L/∂v1 · h = 1.0 · (-6.0) = -6.0, now 1.0 + (-6.0) = -5.0" in session.type("10\n", PROMPT)
        assert "h.grad: 0 + 1.0·1.0 via v2 + 1.0·(-6.0) via v1 = -5.0\n  so far, 2 of 3 parts" in session.type(
            "l\n", PROMPT
        )
        assert "∂L/∂w = -18.0 + (-18.0) + 3.0 = -33.0" in session.type("x w\n", PROMPT)
        assert "unknown node: 'nobody' (one of w, x, h, v1, v2, L)" in session.type("l nobody\n", PROMPT)
        text, code = session.finish("q")
    assert code == 0
    assert "\x1b" not in text


def test_single_keys_and_arrows():
    with Terminal(*SHARED, "--walk") as session:
        session.read(PROMPT)
        assert session.type(RIGHT, PROMPT).endswith("\n2/14> ")
        assert session.type(" ", PROMPT).endswith("\n3/14> ")
        assert session.type(LEFT, PROMPT).endswith("\n2/14> ")
        assert session.type("n", PROMPT).endswith("\n3/14> ")
        assert session.type(END, PROMPT).endswith("\n14/14> ")
        assert session.type("\x1b[H", PROMPT).endswith("\n1/14> ")
        assert "19\b \b2\n" in session.type("19\x7f2\n", PROMPT)  # backspace
        assert session.type("?", PROMPT).count("the next step") == 1
        assert session.type("t\x15s\n", PROMPT).endswith("\n1/14> ")
        assert "unknown command: 'x\\xfc'" in session.type("xü\n", PROMPT)
        text, code = session.finish("exit\n")
    assert code == 0
    assert text.startswith("exit")


@pytest.mark.parametrize(
    ("mode", "how"), [("--walk", "q"), ("--quiz", CTRL_C), ("--quiz", signal.SIGTERM), ("--walk", signal.SIGINT)]
)
def test_the_terminal_is_left_as_it_was(mode, how):
    with Terminal(*SHARED, mode) as session:
        session.read(r"> |= ")
        if isinstance(how, str):
            session.finish(how)
        else:
            time.sleep(0.1)  # it waits for a key
            session.process.send_signal(how)
            session.process.wait(30)
        assert session.flags() & LISTENS == LISTENS


@pytest.mark.parametrize("key", [CTRL_C, CTRL_D])
def test_a_key_ends_it_cleanly(key):
    with Terminal(*SHARED, "--walk") as session:
        session.read(PROMPT)
        session.type("5\n", PROMPT)
        text, code = session.finish(key)
    assert code == 0
    assert "Traceback" not in text
    assert text.endswith("\n")


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colour_where_none_is_wanted(environment):
    with Terminal(*SHARED, "--walk", **environment) as session:
        session.read(PROMPT)
        text, code = session.finish("e\nq\n")
    assert "Step 14 of 14" in text
    assert "\x1b" not in text
    assert code == 0


def test_without_walk_the_command_prints_at_a_terminal_too():
    with Terminal(*SHARED) as session:
        text, code = session.finish("")
    assert (text, code) == (walk_text(parse(SHARED[0], w=-2, x=3)[0]) + "\n", 0)


def test_where_no_terminal_is_the_whole_walk_is_printed(capsys, monkeypatch):
    root, _ = parse(SHARED[0], w=-2, x=3)
    viz.walk(root)
    assert capsys.readouterr().out == walk_text(root) + "\n"
    monkeypatch.setattr("sys.stdin", None)  # as in a program without a console
    viz.walk(root)
    assert capsys.readouterr().out == walk_text(root) + "\n"


def test_on_and_back_over_every_step(walker):
    there = [walker.tell(), *(go(walker, "n") for _ in range(13))]
    assert [text.split("\n")[0] for text in there[4:7]] == [
        "Step 5 of 14: forward",
        "Step 6 of 14: the turn, backward from here",
        "Step 7 of 14: backward",
    ]
    assert go(walker, "") == "this is the end: the steps are 1 to 14"
    back = [walker.tell(), *(go(walker, "b") for _ in range(13))]
    assert back == there[::-1]
    assert go(walker, "back") == "this is the start: the steps are 1 to 14"


def test_jumps(walker):
    assert go(walker, "t") == "Step 6 of 14: the turn, backward from here\n  ∂L/∂L = 1.0"
    assert go(walker, "e") == "Step 14 of 14: the end, every gradient is complete\n  ∂L/∂w = -33.0, ∂L/∂x = 22.0"
    assert go(walker, "START") == "Step 1 of 14: the numbers given\n  w = -2.0, x = 3.0"
    assert go(walker, "9").endswith("h has 1 of its 3 parts, not ready to pass on")
    assert go(walker, "11").endswith("h is complete")
    for number in ("0", "15", "9" * 5000):
        assert go(walker, number) == "no such step: the steps are 1 to 14"
    assert walker.position == 10


def test_the_ledger_grows_with_the_steps(walker):
    assert go(walker, "l h") == "  h.grad: nothing yet, the backward pass starts at step 6"
    assert go(walker, "t", "l L") == "  L.grad: 1.0 to start with"
    assert go(walker, "l h") == "  h.grad: 0, nothing has reached it so far"
    assert go(walker, "9", "l h") == "  h.grad: 0 + 1.0·1.0 via v2 = 1.0\n  so far, 1 of 3 parts"
    whole = "  h.grad: 0 + 1.0·1.0 via v2 + 1.0·(-6.0) via v1 + 1.0·(-6.0) via v1 = -11.0"
    assert go(walker, "11", "ledger h") == whole
    assert go(walker, "10", "ledger h") != whole
    assert go(walker, "e", "l h") == whole


def test_what_is_typed_wrongly(walker):
    for line in ("foo", "n 3", "12x", "²", "\x1b[A", "x" * 10_000, "\ufffd"):
        answer = go(walker, line)
        assert answer.startswith("unknown command: ")
        assert answer.isascii()
        assert max(map(len, answer.split("\n"))) <= 80
    assert go(walker, "?") == go(walker, "help")
    assert "unknown node: 'v9'" in go(walker, "x v9")
    assert walker.position == 0


@pytest.mark.parametrize("label", ["w" * 300, "two words", "\x1b[31mred", "x)"])
def test_any_label_fits(label):
    a = Value(1.5, label)
    walker = WalkPrompt((a * a).tanh() + a)
    texts = [go(walker, line) for line in ["?", "s", *["n"] * walker.end, f"l {label}", f"x {label}"]]
    assert all(line.isprintable() for text in texts for line in text.split("\n"))
    if len(label) < 20:
        assert max(len(line) for text in texts for line in text.split("\n")) <= 80


def test_nothing_to_walk():
    assert go(WalkPrompt(parse("2 + 3")[0])).startswith("5 is a constant")
    assert go(WalkPrompt(Value(2.0, "a")), "e").endswith("∂a/∂a = 1.0")
    with pytest.raises(TypeError, match="expected a Value"):
        viz.walk(3.0)


def test_paint(monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert terminal.paint("x", "red") == "\x1b[31mx\x1b[0m"
    monkeypatch.setenv("NO_COLOR", "")  # https://no-color.org: present and not empty
    assert terminal.paint("x", "red") == "\x1b[31mx\x1b[0m"
    monkeypatch.setenv("NO_COLOR", "0")
    assert terminal.paint("x", "red") == "x"


def test_what_lies_behind_a_detach_has_a_gradient_of_0_to_the_end():
    walker = WalkPrompt(parse("L = detach(a*b)*c", a=2, b=3, c=4)[0])
    assert go(walker, "e").endswith("\n  ∂L/∂a = 0.0, ∂L/∂b = 0.0, ∂L/∂c = 6.0")
    assert go(walker, "e", "l a") == "  a.grad: 0, no gradient comes back to it"
    assert go(walker, "e", "l L") == "  L.grad: 1.0 to start with"
