import builtins
import io
import math

import pytest

import viz
from engine import Value, apply, parse
from engine.numbers import CONSTANT
from engine.ops import table as op_table
from engine.teaching.answers import judge
from engine.teaching.mistakes import RIGHT
from tests.graphs import random_graph
from tests.viz.terminal.terminals import CTRL_C, CTRL_D, Terminal
from viz.numbers import as_shown
from viz.terminal.quiz import Score, _Question, quiz
from viz.words.words import derivative_words, name_graph

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
    assert text.endswith("1 of 5 right at once, 0 on a later try or with a hint, 0 shown; 4 left open\n")


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
        "-6\n  Not -6.\n  Overwriting instead of accumulating: this is what you get if each use of h\n"
        "      overwrites the one before, so that only the last counts.\n"
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


def test_one_number_gets_one_diagnosis(capsys):
    a = Value(3.0, "a")
    take(a * a, "h", "3")
    text = capsys.readouterr().out
    assert "Overwriting instead of accumulating" in text
    assert "Forgetting" not in text  # which comes to the same
    assert "The same number" not in text
    root, leaves = parse("L = (c - b)*k", c=2, b=-1, k=4)  # 4 for -4: elsewhere the two mistakes differ
    question = _Question(root, leaves["b"], name_graph(root))
    first, second = question.name("4").split("\n  The same number results from: ")
    assert first.startswith("  Wrong sign in a difference: in a - b the derivative by b is -1")
    assert second.startswith("leaving the local derivative out")


def test_a_number_of_no_mistake_gets_the_first_step_that_can_be_wrong(root, capsys):
    take(root, "1", "1", "123", "123")
    text = capsys.readouterr().out
    assert "gone wrong is v2 = v1 + h, which sends\n      ∂L/∂v2 · 1 to h.\n" in text


def test_the_hint_is_a_question_and_the_formula_comes_on_asking(root, capsys):
    take(root, "1", "h", "1", "h")
    text = capsys.readouterr().out
    assert "Hint: v1 = h*h. How fast does" not in text.split("∂L/∂v1")[0]
    assert "∂L/∂v1 = h\n  Hint: v2 = v1 + h. How fast does it grow with v1?\n" in text
    assert "∂L/∂h = h\n  Hint: h is used by v2 and v1. What comes back from each of them?\n" in text
    assert "∂L/∂v1 · h" not in text
    take(root, "")
    text = capsys.readouterr().out
    assert "Enter alone is h." in text
    assert "= \n  Hint: L = " in text
    take(root, "1", "1", "f")
    assert "∂L/∂h = f\n  ∂L/∂h = ∂L/∂v2 · 1 + ∂L/∂v1 · h + ∂L/∂v1 · h\n" in capsys.readouterr().out


def test_keys_and_arrows_at_a_terminal():
    with Terminal(*SHARED, "--quiz") as session:
        session.read(PROMPT)
        assert "Hint:" in session.type("h", PROMPT)
        assert "∂L/∂L · 1" in session.type("f", PROMPT)
        assert "Question 2 of 5" in session.type("\x1b[C", PROMPT)
        assert "Question 1 of 5" in session.type("\x1b[D", PROMPT)
        assert "Right:" in session.type("2*0,5\n", PROMPT)
        assert "The answer:" in session.type("a", PROMPT)
        text, code = session.finish("exit\n")
    assert code == 1
    assert text.endswith("0 of 5 right at once, 1 on a later try or with a hint, 1 shown; 3 left open\n")


GRAPHS = [
    ("y = tanh(w*x + b)", {"w": -3, "x": 2, "b": 6.5}),
    ("y = tanh(w*x)", {"w": 3, "x": 4.1}),  # 1 - 1.000² = 0 by the digits shown
    ("y = sigmoid(w*x)*tanh(x) / (1 + exp(w))", {"w": 0.37, "x": 1.31}),
    ("y = log(w*x + 2)**2 - w*gelu(x)", {"w": 0.37, "x": 1.31}),
    *((seed, {}) for seed in range(8)),
]


@pytest.mark.parametrize(("text", "numbers"), GRAPHS)
def test_what_is_worked_out_from_the_digits_shown_is_right(text, numbers):
    """Each gradient by the formula that the quiz shows, in numbers as shown: upstream gradients, values."""
    root = random_graph(text, size=12).root if isinstance(text, int) else parse(text, **numbers)[0]
    called, gradients = name_graph(root), RIGHT(root)
    scope = {name: as_shown(node.data) for node, name in called.items()}
    functions = {name: lambda *x, name=name: apply(name, *x).data for name in op_table}
    functions |= {"exp": math.exp, "log": math.log, "tanh": math.tanh}
    asked = 0
    for node in called:
        if node.op == CONSTANT or node is root:
            continue
        question, total = _Question(root, node, called), 0.0
        for step in question.received:
            words = derivative_words(step.node, step.index, called)
            if any(note.startswith("with ") for note in words.notes):
                break
            total += as_shown(gradients[step.node]) * eval(words.symbols, {"__builtins__": {}}, functions | scope)
        else:
            asked += 1
            assert judge(f"{total:.4g}", question.right, question.rough) != "wrong", (called[node], total)
    assert asked > 2


def test_a_rounded_answer_is_said_to_be_rounded(capsys):
    root, _ = parse("y = tanh(w*x + b)", w=-3, x=2, b=6.5)
    assert take(root, "1 - 0.4621^2", "0.7864477329659274").right == 2
    text = capsys.readouterr().out
    assert text.count("Right, rounded:") == 1
    assert text.count("Right:") == 1


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


def test_what_lies_behind_a_detach_is_asked_for_and_has_a_gradient_of_0(capsys):
    root, _ = parse("L = detach(a*b)*c", a=2, b=3, c=4)
    assert take(root, "6", "4", "0", "0", "0.0") == Score(5, 0, 0, 5, True)
    assert take(root, "6", "4", "0", "7", "7", "f", "7", "0") == Score(4, 0, 1, 5, True)
    text = capsys.readouterr().out
    assert "Hint: b counts only by way of a detach(). What does that pass back?\n" in text
    assert "  Not 7.\n  No common mistake gives this number.\n∂L/∂b = f\n  ∂L/∂b = 0\n" in text
    assert "The answer:\n  b.grad: 0, no gradient comes back to it\n" in text
