"""Mistakes on the page: beside the truth, and in the quiz told as in the terminal."""

import pytest

from engine import Value, mistakes, parse, toposort
from engine.numbers import CONSTANT
from engine.teaching.answers import accepts, judge
from tests.engine.teaching.test_mistakes import BY_HAND, find
from tests.graphs import random_graph
from tests.viz.pages.pages import agree, box, exported, label, open_pages, small, typeset
from viz.numbers import format_number
from viz.terminal.quiz import RULES, _Question
from viz.words.words import name_graph


@pytest.fixture
def open_page(browser, tmp_path):
    yield from open_pages(browser, tmp_path)


def test_mistakes_give_pythons_numbers_and_names(open_page):
    tab = open_page(small())
    for root in [small(), *(random_graph(seed, size=12).root for seed in range(12))]:
        order = toposort(root)
        only = order[len(order) // 2]
        given = tab.evaluate(
            """([nodes, only]) => {
                const graph = new Graph(nodes);
                const run = runPasses(graph);
                const text = (list) => list && list.map((x) => Number.isFinite(x) ? x : String(x));
                const made = (mistake, node) => text(runMistake(graph, run, mistake, node));
                return mistakes.map((mistake) => [made(mistake, null), made(mistake, only)]);
            }""",
            [exported(root), order.index(only)],
        )
        for mistake, results in zip(mistakes.MISTAKES, given, strict=True):
            for found, node in zip(results, (None, only), strict=True):
                try:
                    expected = mistake(root, only=node)
                except OverflowError:
                    assert found is None
                    continue
                for each, number in zip(order, found, strict=True):
                    assert each.op == CONSTANT or agree(expected[each], float(number)), mistake.name


def test_answers_are_accepted_as_in_python(open_page):
    tab = open_page(small())
    numbers = [0.4199743, -3.0, -0.4199743, 1.0, 0.0, float("inf"), 0.996, 9.96, 3e-17]
    typed = (
        "2*0.21",
        "1 - 0,5801",
        "-(1/3)·9",
        "4,2^2/42",
        "2**-1",
        "-2**2",
        "2*",
        "(1",
        "1)",
        "1 2",
        "--1",
        "1/0",
        "1e",
    )
    for answer in (
        *typed,
        "0.42",
        "0,42",
        "0.4",
        "-3",
        "4.2e-1",
        "0.41997",
        "0.41998",
        "1",
        "x",
        "",
        "nan",
        "inf",
        "−0.42",
        "0.95",
        "0.96",
        "9.5",
        "10",
        "-3e-17",
        "4e-17",
        "0",
    ):
        try:
            expected = [accepts(answer, number) for number in numbers]
        except ValueError:
            expected = [False] * len(numbers)
        accepted = tab.evaluate("([answer, numbers]) => numbers.map((x) => accepts(answer, x))", [answer, numbers])
        assert accepted == expected, answer


def test_mistakes_beside_the_right_gradients_and_difference_quotients(open_page):
    tab = open_page(small())
    tab.select_option("#mistake", "overwrite")
    table = {row.split("\t")[0]: row.split("\t")[1:] for row in tab.locator("#comparison tbody tr").all_inner_texts()}
    root = small()
    wrong = {node.label: number for node, number in mistakes.table["overwrite"](root).items()}
    root.backward()
    right = {node.label: node.grad for node in toposort(root)}
    here, there = (typeset(format_number(each["w"])) for each in (right, wrong))
    assert table["w"] == [here, f"≠ {there}", here]
    assert table["h"] == [typeset(format_number(right["h"]))] * 3
    assert "each use of w overwrites the one before" in tab.inner_text("#comparison .said")
    assert "mistaken" in tab.get_attribute(box("w"), "class")
    tab.select_option("#mistake", "own_operand")
    tab.evaluate("page.go(Infinity)")
    assert "mistaken" in tab.get_attribute(box("x"), "class")
    tab.click("#repair")
    assert tab.is_hidden("#comparison")
    assert tab.locator("#graph .mistaken").count() == 0
    for mistake in mistakes.MISTAKES:
        tab.select_option("#mistake", mistake.name)
        assert mistake.title in tab.inner_text("#comparison-title")
    # in L = (tanh(w*x + b) - 1)**2 + w*w nothing is divided, and only a constant is subtracted
    for name, said in (
        ("wrong_sign", "This mistake is not possible on this graph: nothing that gets a gradient is subtracted."),
        ("lost_minus", "This mistake is not possible on this graph: no gradient goes to a divisor"),
        ("exponent", "gradients are wrong"),
    ):
        tab.select_option("#mistake", name)
        assert said in tab.inner_text("#comparison .said")
    missing = """(nodes) => {
        const graph = new Graph(nodes);
        return mistakes.map((mistake) => findMissing(graph, runPasses(graph), mistake) === "" ? mistake.name : "");
    }"""
    made = set(tab.evaluate(missing, exported(Value(2.0, "a") - Value(1.0, "b")))) - {""}
    assert made == {"no_upstream", "wrong_sign", "no_local", "forward_order", "recursion", "no_reset", "no_zero"}


def test_plain_recursion_over_too_many_paths_says_so(open_page):
    x = Value(1.0, "x")
    for _ in range(40):
        x = x + x
    tab = open_page(x)
    tab.select_option("#mistake", "recursion")
    assert "would visit more than" in tab.inner_text("#comparison")


def test_cover_mode_asks_hints_names_mistakes_and_keeps_score(open_page):
    tab = open_page(small())
    root = small()
    order = [node for node in reversed(toposort(root)) if node.op != CONSTANT and node is not root]
    root.backward()
    called = name_graph(root)
    tab.keyboard.press("q")
    assert tab.is_disabled("#reveal")
    sentence = "Three digits are enough, or two if correctly rounded"
    assert sentence in tab.inner_text("#quiz")
    assert sentence in " ".join(RULES.split())
    assert tab.locator("#graph .strip").evaluate_all("all => all.filter((s) => s.style.fill).length") == 1  # the output
    assert tab.is_hidden("#step")
    assert tab.is_disabled("#next")
    for number, node in enumerate(order):
        assert tab.inner_text("#quiz-title") == f"What is ∂L/∂{called[node]}?"
        if node.label == "w":
            tab.fill("#answer", repr(mistakes.table["overwrite"](root)[node]))
            tab.keyboard.press("Enter")
            assert "each use of w overwrites the one before" in tab.inner_text("#feedback")
            assert tab.is_enabled("#reveal")
            tab.click("#hint")
            assert "used more than once" in tab.inner_text("#feedback")
            assert "∂L/∂v5" not in tab.inner_text("#feedback")  # no formula before it is asked for
            tab.click("#hint")
            assert "∂L/∂v5" in tab.inner_text("#feedback")
            assert tab.is_disabled("#hint")
            tab.click("#reveal")
            assert typeset(format_number(node.grad)) in tab.inner_text("#feedback")
        elif number == 1:
            tab.fill("#answer", "123.4")
            tab.click("#check")
            assert "No common mistake gives this number." in tab.inner_text("#feedback")
            tab.fill("#answer", " ")
            tab.click("#check")
            assert tab.inner_text("#feedback") == "Type a number."
            tab.fill("#answer", "what")
            tab.click("#check")
            assert "not a number" in tab.inner_text("#feedback")
            tab.fill("#answer", f"{node.grad:.3g}" if node.grad % 1 else f"{node.grad:.0f}")
            tab.click("#check")
        else:
            assert "gradient not known yet" in label(tab, box(called[node]))
            tab.fill("#answer", repr(node.grad))
            tab.keyboard.press("Enter")
            assert tab.inner_text("#feedback").startswith("Right.")
        assert f" of {number + 1} right at once" in tab.inner_text("#quiz")
        assert f"gradient {format_number(node.grad)}" in label(tab, box(called[node]))
        tab.click("#check")
    assert tab.inner_text("#quiz-title") == f"{len(order) - 2} of {len(order)} right at once"
    assert [row.split("\t")[1] for row in tab.locator("#score tr").all_inner_texts()] == [str(len(order) - 2), "1", "1"]
    tab.click("#again")
    assert "question 1 of" in tab.inner_text("#quiz")
    tab.click("#cover")
    assert tab.is_visible("#step")


def test_the_keys_of_steps_and_of_the_descent_change_nothing_in_a_quiz(open_page):
    tab = open_page(small())
    for _ in range(3):
        tab.keyboard.press("d")
    trace = tab.inner_text("#trace")
    tab.click("#cover")
    tab.click("#order button >> nth=0")  # its ledger
    for key in ("ArrowRight", "ArrowLeft", "Home", "End", "d", "u"):
        tab.keyboard.press(key)
        assert tab.evaluate("[page.pinned, byId('ledger-title').textContent]") == [0, "Ledger of w"]
    tab.click("#cover")
    assert tab.inner_text("#trace") == trace


def test_the_quiz_is_fair_and_can_be_left_and_chosen_from(open_page):
    tab = open_page(small())
    root = small()
    root.backward()
    called = {name: node for node, name in name_graph(root).items()}
    tab.focus("#cover")
    tab.keyboard.press("Enter")
    # a box that is clicked is asked for; arithmetic with the digits shown, and a decimal comma, are right
    tab.click(box("v2"))
    assert tab.inner_text("#quiz-title") == "What is ∂L/∂v2?"
    tab.click("#hint")
    assert tab.inner_text("#feedback") == "h = tanh(v2). How fast does h change with v2, and L with h?"
    local, upstream = 1 - float(f"{called['h'].data:.4g}") ** 2, float(f"{called['h'].grad:.4g}")
    answer = f"(1 - {-called['h'].data:.4f}**2) * {upstream}".replace(".", ",")
    assert called["v2"].grad != pytest.approx(local * upstream, rel=1e-4)  # what the shown digits give is rounded
    tab.fill("#answer", answer)
    tab.keyboard.press("Enter")
    assert tab.inner_text("#feedback").startswith("Right, rounded.")
    # leave, and come back: answered is what was answered
    tab.click("#cover")
    assert tab.is_hidden("#quiz")
    tab.click("#cover")
    assert "question 2 of 9" in tab.inner_text("#quiz")
    tab.click("#check")
    tab.select_option("#scope", "leaves")
    assert "question 1 of 3" in tab.inner_text("#quiz")
    for name in ("x", "b", "w"):
        tab.click(box(name))
        tab.fill("#answer", repr(called[name].grad))
        tab.keyboard.press("Enter")
        assert tab.inner_text("#feedback").startswith("Right. ")
    tab.click("#check")
    assert tab.inner_text("#quiz-title") == "3 of 3 right at once"
    tab.select_option("#scope", "five")
    assert "of 5" in tab.inner_text("#quiz")
    tab.click("#anew")
    assert "question 1 of 9" in tab.inner_text("#quiz")
    # with other numbers it is another quiz
    tab.fill("#answer", repr(called["v5"].grad))
    tab.click("#cover")
    tab.evaluate("page.setLeaf(0, 1)")
    tab.click("#cover")
    assert tab.input_value("#answer") == ""


def test_a_typed_answer_of_each_mistake_is_recognised(open_page):
    tab = open_page(small())
    for name, text, numbers, at, _, wrong in BY_HAND:
        root, node = find(text, numbers, at)
        names = tab.evaluate(
            """([nodes, node, answer]) => {
                const graph = new Graph(nodes);
                return diagnose(graph, runPasses(graph), node, answer).map((mistake) => mistake.name);
            }""",
            [exported(root), toposort(root).index(node), repr(wrong)],
        )
        assert name in names
        assert names == [found.name for found in mistakes.diagnose(root, node, repr(wrong))]


def shared():
    """Shared nodes, products, a difference and functions, one behind the other: mistakes travel far."""
    a, b = Value(0.7, "a"), Value(-1.3, "b-c")
    t = (a * b).tanh()
    t.label = "$& t"
    return t * t * b - (a - b).exp() * (a * a).sigmoid() / t


# In the browser: type each of these wrong answers.
TYPE = """(answers) => answers.map((answer) => {
    byId("answer").value = answer;
    byId("check").click();
    return [...byId("feedback").children].map((line) => line.textContent).join(" ");
})"""


def test_a_wrong_answer_is_told_what_the_terminal_tells(open_page):
    told, elsewhere = set(), 0
    graphs = [("", root) for root in (shared(), small(), random_graph(1, size=4).root)]
    graphs += [(name, find(text, numbers, at)[0]) for name, text, numbers, at, *_ in BY_HAND]
    for name, root in graphs:
        if name in told:
            continue
        called = name_graph(root)
        wrong = [mistake(root) for mistake in mistakes.MISTAKES]
        right = mistakes.RIGHT(root)
        tab = open_page(root)
        tab.click("#cover")
        asked = []
        for node in [node for node in reversed(called) if node.op != CONSTANT and node is not root]:
            question = _Question(root, node, called)
            question.known = [root, *asked]
            numbers = [12.3, *(gradients[node] for gradients in wrong)]
            answers = [f"{number:.5g}" for number in dict.fromkeys(numbers)]
            answers = [answer for answer in answers if judge(answer, right[node], question.rough) == "wrong"]
            for answer, said in zip(answers, tab.evaluate(TYPE, answers), strict=True):
                found = question.find(answer)
                said = said.replace("−", "-")
                assert said == f"Not {answer}. " * (not found) + " ".join(question.name(answer).split())
                told.update(mistake.name for mistake, _ in found)
                elsewhere += sum(name != called[node] for _, name in found)
            tab.evaluate(TYPE, [repr(right[node])])
            tab.click("#check")
            asked.append(node)
    assert told == set(mistakes.table)
    assert elsewhere > 20


def test_the_gradient_of_what_lies_behind_a_detach_is_0(open_page):
    tab = open_page(parse("L = detach(a*b)*c", a=2, b=3, c=4)[0])
    tab.evaluate("page.setCover(true)")
    said = []
    for answer in ("6", "4", "0", "0", "0"):
        tab.fill("#answer", answer)
        tab.press("#answer", "Enter")
        said.append(tab.inner_text("#feedback"))
        tab.click("#check")
    assert said[2] == "Right. ∂L/∂v1 = 4.0 · 0.0 (branch not taken) = 0.0"
    assert said[3:] == ["Right. ∂L/∂b = 0.0", "Right. ∂L/∂a = 0.0"]


def test_another_answer_is_typed_in_the_place_of_a_wrong_one(open_page):
    tab = open_page(parse("L = 3*a", a=2)[0])
    tab.evaluate("page.setCover(true)")
    for answer in ("2", "two", "3"):
        tab.keyboard.type(answer)
        tab.keyboard.press("Enter")
    assert tab.input_value("#answer") == "3"
    assert tab.inner_text("#feedback").startswith("Right.")
