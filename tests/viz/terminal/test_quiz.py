import builtins
import io

import pytest

import viz
from engine import Value, parse
from engine.numbers import CONSTANT
from engine.teaching.mistakes import RIGHT
from tests.viz.terminal.terminals import CTRL_C, CTRL_D, Terminal
from viz.terminal.quiz import Score, quiz

# h = -6, L = relu(h² + h) = 30: asked are v2, v1, h, x, w, and the answers are these
SHARED = ["h = w*x; L = relu(h*h + h)", "w=-2", "x=3"]
ANSWERS = ["1", "1", "-11", "22", "-33"]
PROMPT = r"∂L/∂\w+ = "


def take(root: Value, *lines: str) -> Score:
    """The quiz with these lines typed, and then the end of the input."""

    def read(prompt: str) -> str:
        print(prompt, end="")
        if not typed:
            raise EOFError
        return typed.pop(0)

    typed = list(lines)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(builtins, "input", read)
        return quiz(root)


@pytest.fixture
def root():
    return parse(SHARED[0], w=-2, x=3)[0]


def test_all_right_at_a_terminal():
    with Terminal(*SHARED, "--quiz") as session:
        text = session.read(PROMPT)
        assert "L = relu(v2) = v2 = 30.0, as v2 > 0" in text
        assert "Backward" not in text
        for answer in ANSWERS[:-1]:
            assert "Right:" in session.type(f"{answer}\n", PROMPT)
        text, code = session.finish(f"{ANSWERS[-1]}\n")
    assert code == 0
    assert text.endswith(
        "w.grad: 0 + (-11.0)·3.0 via h = -33.0\n\n5 of 5 right at once, 0 on a later try or with a hint, 0 shown\n"
    )


def test_wrong_answers_do_not_make_it_fail():
    with Terminal(*SHARED, "--quiz") as session:
        session.read(PROMPT)
        text, code = session.finish("7\n7\n7\n" + "a\n" * 4)
    assert code == 0
    assert text.endswith("0 of 5 right at once, 0 on a later try or with a hint, 5 shown\n")


@pytest.mark.parametrize("keys", ["q\n", CTRL_C, CTRL_D])
def test_to_quit_is_told_by_the_exit_code(keys):
    with Terminal(*SHARED, "--quiz", NO_COLOR="1") as session:
        session.read(PROMPT)
        session.type("1\n", PROMPT)
        text, code = session.finish(keys)
    assert code == 1
    assert "Traceback" not in text
    assert "\x1b" not in text
    assert text.endswith("1 of 5 right at once, 0 on a later try or with a hint, 0 shown; stopped early\n")


def test_no_gradient_is_shown_before_it_is_asked_for(root, capsys):
    take(root)
    assert "-11" not in capsys.readouterr().out
    take(root, "1", "1", "h", "0.5", "-6.5")
    text = capsys.readouterr().out
    assert "∂L/∂h" in text
    assert "-11" not in text


def test_a_hint_then_the_name_of_the_mistake_then_the_answer(root, capsys):
    score = take(root, "1", "1", "-6", "-6", "-6", "q")
    text = capsys.readouterr().out
    answers = text.split("∂L/∂h = ")[1:]
    assert answers[0] == "-6\n  Not -6.\n  Hint: h is used more than once. What happens to the gradients of its uses?\n"
    assert answers[1] == (
        "-6\n  Not -6.\n  Overwriting instead of accumulating: this is what you get if the second use of\n"
        "      h overwrites the first.\n"
    )
    assert (
        "  Not -6.\n  The answer:\n  h.grad: 0 + 1.0·1.0 via v2 + 1.0·(-6.0) via v1 + 1.0·(-6.0) via v1 = -11.0"
        in answers[2]
    )
    assert score == Score(right=2, helped=0, shown=1, total=5, finished=False)


def test_a_mistake_is_named_for_the_number_typed_last(root, capsys):
    take(root, "1", "1", "-6", "-5")
    text = capsys.readouterr().out
    assert "Forgetting one path (the last)" in text
    assert "Overwriting" not in text


def test_two_mistakes_that_give_the_same_number_are_both_named(capsys):
    a = Value(3.0, "a")
    take(a * a, "h", "3")
    text = capsys.readouterr().out
    assert "Overwriting instead of accumulating" in text
    assert "Forgetting one path (the first)" in text


def test_a_number_of_no_mistake_gets_the_first_step_that_can_be_wrong(root, capsys):
    take(root, "1", "1", "123", "123")
    text = capsys.readouterr().out
    assert "Hint: ∂L/∂h = ∂L/∂v2 · 1 + ∂L/∂v1 · h + ∂L/∂v1 · h\n" in text
    assert "gone wrong first where v2 = v1 + h\n      sends ∂L/∂v2 · 1 to h.\n" in text


def test_what_counts(root):
    assert take(root, *ANSWERS) == Score(5, 0, 0, 5, True)
    assert take(root, "", *ANSWERS) == Score(4, 1, 0, 5, True)  # Enter asks for a hint
    assert take(root, "0", *ANSWERS) == Score(4, 1, 0, 5, True)
    assert take(root, "one", "1_0", *ANSWERS) == Score(5, 0, 0, 5, True)  # no number, no try
    assert take(root, "answer", *ANSWERS[1:]) == Score(4, 0, 1, 5, True)
    assert take(root, *ANSWERS[:2], "A", "22,0", "−33") == Score(4, 0, 1, 5, True)


def test_nothing_to_ask(capsys):
    assert take(Value(2.0, "a")) == Score(0, 0, 0, 0, True)
    assert "There is no gradient to ask for." in capsys.readouterr().out
    assert take(parse("1 + 1")[0]).finished
    with pytest.raises(TypeError, match="expected a Value"):
        viz.quiz("a")


def test_from_a_pipe_the_answers_can_be_read_too(root, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(ANSWERS)))
    assert quiz(root).right == 5
    assert "∂L/∂h = -11\n" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["y = sigmoid(x*w + b)", "y = log(x*w) / b + w", "y = maximum(x, w)*silu(b)"])
def test_whatever_is_typed_fits_and_nothing_is_changed(text, capsys):
    root, _ = parse(text, x=2, w=0.25, b=1.5)
    root.backward()
    before = [(node.data, node.grad) for node in RIGHT(root)]
    take(root, *["1", "2", "h", "3.3"] * 12)
    assert max(map(len, capsys.readouterr().out.split("\n"))) <= 80
    assert [(node.data, node.grad) for node in RIGHT(root)] == before


def test_the_answers_that_it_shows_are_accepted(capsys):
    root, _ = parse("y = gelu(x*w + b)*x", x=2, w=0.25, b=1.5)
    shown = [f"{gradient:.3g}" for node, gradient in reversed(RIGHT(root).items()) if node.op != CONSTANT][1:]
    assert take(root, *shown).right == len(shown)
