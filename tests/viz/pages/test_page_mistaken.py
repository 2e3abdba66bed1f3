"""Mistakes, live: the wrong pass, marked where a number is wrong and nowhere else; and the bug to find."""

import pytest

from engine import Value, mistakes, toposort
from engine.numbers import CONSTANT
from tests.graphs import random_graph
from tests.viz.pages.pages import agree, box, exported, label, open_pages, position, small, typeset
from viz.numbers import format_number


@pytest.fixture
def open_page(browser, tmp_path):
    yield from open_pages(browser, tmp_path)


# In the browser: of each mistake the gradients that its steps end with, and what is wrong about its marks.
WALK = """(nodes) => {
    const graph = new Graph(nodes), right = runPasses(graph), amiss = [];
    const ends = mistakes.map((mistake) => {
        const run = runMistaken(graph, right, mistake);
        const made = runMistake(graph, right, mistake);
        if (!run || !made) return null;
        const last = new Map();
        for (const step of run.steps.slice(graph.size)) {
            const text = formatNumber(step.total), truth = formatNumber(step.right.total);
            if (isWrong(step) && text === truth && !(step.kind === "backward"
                && formatNumber(step.contribution) !== formatNumber(step.right.contribution))) amiss.push(mistake.name);
            if (!isWrong(step) && text !== truth && differs(step.total, step.right.total)) amiss.push(mistake.name);
            last.set(step.operand, step);
        }
        for (const [node, step] of last) {
            if (differs(step.right.total, right.gradients[node])) amiss.push(`${mistake.name}: end of ${node}`);
            if (differs(step.total, made[node])) amiss.push(`${mistake.name}: ${node}`);
        }
        return run.gradients.map((x) => Number.isFinite(x) ? x : String(x));
    });
    return [ends, amiss];
}"""


def test_wrong_passes_end_where_pythons_do_and_right_numbers_are_never_marked(open_page):
    tab = open_page(small())
    for root in [small(), *(random_graph(seed, size=10).root for seed in range(8))]:
        ends, amiss = tab.evaluate(WALK, exported(root))
        assert amiss == []
        for mistake, found in zip(mistakes.MISTAKES, ends, strict=True):
            try:
                expected = mistake(root)
            except OverflowError:
                assert found is None
                continue
            for node, number in zip(toposort(root), found, strict=True):
                assert node.op == CONSTANT or agree(expected[node], float(number)), mistake.name


def test_a_mistake_is_walked_through_with_the_right_numbers_struck_beside(open_page):
    tab = open_page(small(), begin=True)
    root = small()
    wrong = {node.label: number for node, number in mistakes.table["overwrite"](root).items()}
    root.backward()
    right = {node.label: node.grad for node in toposort(root)}
    tab.select_option("#mistake", "overwrite")
    # it opens where the mistake is made first: the second use of w*w
    assert tab.text_content(".brings").startswith("→")  # it is not added
    assert tab.inner_text("#step-title").endswith("passes its gradient on to w")
    assert tab.locator("#graph .leaf.mistaken").count() == 1
    rows = [row.split("\t") for row in tab.locator(".corrections tbody tr").all_inner_texts()]
    assert [row[0] for row in rows] == ["sum"]
    assert rows[0][1:] == [typeset("-1.5"), typeset("-3.0")]  # the square w*w, twice -1.5, the first is overwritten
    assert tab.locator("#ledger tbody s").all_text_contents() == [typeset("-3.0")]
    assert tab.text_content("#ledger caption") == "struck through: the right number"
    tab.keyboard.press("ArrowLeft")  # one before it everything is right
    assert tab.locator("#graph .mistaken, .corrections, #ledger s, #step s").count() == 0
    tab.keyboard.press("End")
    assert label(tab, box("w")).endswith(f"wrong: it should be {format_number(right['w'])}")
    texts = tab.locator(f"{box('w')} .number, {box('w')} .old").all_text_contents()
    assert texts[-1] == typeset(format_number(wrong["w"]))
    assert texts[-2][:5] in typeset(format_number(right["w"]))
    assert tab.locator("#graph .leaf.mistaken").count() == 1
    assert "mistaken" not in tab.get_attribute(box("h"), "class")
    tab.focus("#mistake")
    tab.keyboard.type("no mis")
    assert tab.locator("#graph .mistaken, .corrections, s").count() == 0
    # forgotten, twice, and in the wrong order: what is not known yet is not wrong
    for name in ("forget_first", "no_reset", "forward_order"):
        tab.select_option("#mistake", name)
        assert tab.locator("#graph .mistaken").count() >= 1, name
        tab.evaluate("page.go(page.graph.size + 1)")
        assert tab.locator("#graph .mistaken, #step s").count() == 0, name


def test_the_ledger_is_true_in_each_of_two_passes(open_page):
    tab = open_page(small(), begin=True)
    status = "[0, page.graph.root].map((node) => statusOf(page, node).why)"
    tab.select_option("#mistake", "no_zero")
    for at, whole in (("page.graph.size + 1", 1), ("page.run.again.step + 1", 2)):
        tab.evaluate(f"page.go({at})")  # the turn
        assert label(tab, box("L")).endswith("gradient 1.0")
        assert len(tab.locator("#ledger tbody tr").all()) == 2  # the start and one seed
        waits = "not complete: 3 of 3 uses have not passed their gradient on" + " in the second pass" * (whole - 1)
        assert tab.evaluate(status) == [waits, "its gradient is complete, to be passed on"]
    tab.evaluate("page.go(page.run.again.step)")  # the end of the first pass: all is right so far
    assert tab.evaluate(status) == ["its gradient is complete", "has passed its gradient on"]
    assert "so far" not in label(tab, box("w"))
    tab.evaluate("page.go(page.run.again.step + 2)")
    tab.click(box("w"))
    rows = tab.locator("#ledger tbody tr").all_inner_texts()
    assert [row.split("\t")[3] != "" for row in rows] == [True] * 4 + [False] * 3  # three are of the first pass
    h = Value(0.5, "a").tanh()
    tab = open_page(h * h, begin=True)
    tab.select_option("#mistake", "recursion")  # h is visited twice, and passes on to a each time
    found = []
    for k in tab.evaluate("page.run.ledger[0].map((number) => number + 1)"):
        tab.evaluate(f"page.go({k})")
        found.append((tab.evaluate("statusOf(page, 0).why"), "so far" in label(tab, box("a"))))
    assert found == [
        ("not complete: uses pass their gradient on a second time", True),
        ("its gradient is complete", False),
    ]


def test_the_bug_is_found(open_page):
    tab = open_page(small(), begin=True)
    tab.select_option("#mistake", label="find the bug")
    assert tab.is_visible("#hunt")
    seeds = range(40)
    told = [tab.evaluate(f"(page.startHunt({seed}), page.hunt.mistake.name)") for seed in seeds]
    assert told == [tab.evaluate(f"(page.startHunt({seed}), page.hunt.mistake.name)") for seed in seeds]
    assert len(set(told)) > 5
    seed = told.index("overwrite")
    tab.evaluate(f"page.startHunt({seed})")
    tab.keyboard.press("End")
    assert position(tab).startswith(str(tab.evaluate("page.run.steps.length")))
    assert tab.locator("#graph .mistaken, .corrections, s").count() == 0  # nothing is told
    assert tab.is_hidden("#comparison")
    assert "it should be" not in label(tab, box("w"))
    root = small()
    numbers = {node.label: number for node, number in mistakes.table["overwrite"](root).items()}
    assert f"gradient {format_number(numbers['w'])}" in label(tab, box("w"))
    tab.click("#accuse")
    assert tab.inner_text("#hunt .said") == "Choose a mistake first."
    tab.select_option("#suspect", "no_upstream")
    tab.click("#accuse")
    others = {node.label: number for node, number in mistakes.table["no_upstream"](root).items()}
    said = tab.inner_text("#hunt .said")
    assert said.startswith("Not that one: the gradient of ")
    node = said.split(" of ")[1].split(" would")[0]
    if node in others:
        other, here = (format_number(each[node]).replace("-", "−") for each in (others, numbers))
        assert said.endswith(f"would be {other}, but here it is {here}.")
    tab.focus("#suspect")
    tab.select_option("#suspect", "overwrite")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    assert tab.inner_text("#hunt .said") == "Right, after 2 tries."
    assert "mistaken" in tab.get_attribute(box("w"), "class")
    assert tab.is_visible("#comparison")
    tab.click("#another")
    assert tab.evaluate("page.hunt.seed") == seed + 1
    tab.click("#give-up")
    assert tab.inner_text("#hunt .said").startswith("It is: ")
    tab.click("#leave-hunt")
    assert tab.is_hidden("#hunt")
    assert tab.evaluate("page.run === page.right")
