"""The arithmetic, the words and the numbers of the page against Python's."""

import math
import random
import re
import sys
from pathlib import Path

import pytest

import engine
from engine import Op, Value, apply, dot, parse, register, steps, toposort
from engine.numbers import CONSTANT
from engine.teaching.answers import is_near
from tests.agreement.programs import build
from tests.engine.test_branches import CLOSING, POINTS, make_pair
from tests.graphs import random_graph
from tests.viz.pages.pages import exported, find_differences, open_pages, small
from tests.viz.words.equations import find_complaints
from tests.viz.words.test_equations import EXPRESSIONS, lstm
from viz.numbers import as_shown, compare, find_digits, format_number
from viz.pages.javascript import SUPPLIED, expression, formula_tree, operations
from viz.pages.page import SCRIPTS
from viz.scale import find_scale
from viz.words.words import definition, derivative_words, forward_words, name_graph


@pytest.fixture
def open_page(browser, tmp_path):
    yield from open_pages(browser, tmp_path)


def test_recomputed_numbers_equal_pythons_on_200_random_graphs(open_page):
    tab = open_page(small())
    roots = [random_graph(seed, size=20).root for seed in range(200)]
    assert {node.op for root in roots for node in toposort(root)} >= set(engine.ops.table)
    assert find_differences(tab, roots) == []


def test_special_numbers_are_pythons_too(open_page):
    tab = open_page(small())
    assert find_differences(tab, [random_graph(seed, size=20, special=True).root for seed in range(60)]) == []


def test_branches_not_taken_pass_nothing_on_in_the_page_either(open_page):
    tab = open_page(small())
    pairs = [make_pair(inner, outer, [point]) for inner in CLOSING for outer in engine.ops.table for point in POINTS]
    assert find_differences(tab, [build(program)[-1] for program in pairs]) == []
    root = Value(-1.0, "x").relu().sqrt()
    gradients = "(nodes) => { const graph = new Graph(nodes); return runPasses(graph).gradients.map(String) }"
    assert tab.evaluate(gradients, exported(root)) == ["0", "Infinity", "1"]


def test_a_wrong_derivative_in_the_page_would_be_found(open_page):
    tab = open_page(small())
    tab.evaluate("operations.tanh.derivatives[0] = (a, y) => 1.00001 - y * y")
    assert find_differences(tab, [small()])


def test_the_scale_of_gradients_is_pythons(open_page):
    tab = open_page(small())
    for sizes in ([], [0.02, 3.0, 0.0], [5e-324], [1e-323, 1.7e308], [1.0]):
        scale = find_scale(sizes)
        found, places = tab.evaluate(
            "(sizes) => [findScale(sizes), sizes.map((x) => placeOn(findScale(sizes), x))]", sizes
        )
        assert found == {"low": scale.low, "high": scale.high}
        assert places == pytest.approx([scale.place(size) if size else 0.0 for size in sizes])


def test_powers_are_those_of_c(open_page):
    tab = open_page(small())
    assert tab.evaluate("[power(1, NaN), power(-1, Infinity), power(-1, -Infinity), power(NaN, 0)]") == [1, 1, 1, 1]


KINKS = (
    "relu(x) + abs(x) + sqrt(x)", "1/x", "x/0 + log(x) + log(x - 1)", "maximum(x, 0) + clip(x, 0, 1)",
    "x % 2 + 4 % (x + 2)", "step(x) + leaky_relu(x, 0.1)", "(x - 1)**0.5 + (x - 2)**(x + 2) + x**0.5",
    "exp(x + 1000) + asin(x + 1) + atan2(x, -1)", "sigmoid(x - 1000) + softplus(x - 1000) + 1e300**(x + 1.5)",
)  # fmt: skip


INFINITE = ("logsumexp(0, -50, -x)", "logsumexp(0.5, -x, 0.5)", "minimum(0.4, x)*0.2 + clip(0.3, -x, x)",
            "x*0.2 + 0.3/x", "0.3 % x + tanh(x)*0.7 + sigmoid(-x)", "2**(-x) + exp(-x) + x**0",
            "maximum(-x, 0.1)/3", "abs(x - x)")  # fmt: skip


OWN = (
    Op("halves", "0.5*sum(a)", ("0.5",), sequences="a"),
    Op("minus", "sum(-a)", ("-1",), sequences="a"),
    Op("positives", "sum(where(a > 0, a, 0))", ("where(a > 0, 1, 0)",), sequences="a"),
    Op("between", "sum(where((a > 0)*(a < 2), a, 0.5))", ("where((a > 0)*(a < 2), 1, 0)",), sequences="a"),
    Op("cut", "where(sum(a) > 1, sum(a), 2*sum(a))", ("where(y > 1, 1, 2)",), sequences="a"),
    Op("most", "where(t > 1, t, 2*t)", ("where(a == y, 1, 0)",), sequences="a", term="largest(-a)"),
)


@pytest.fixture
def own():
    """Results of rows of one's own over sequences, with constants, signs and branches."""
    for row in OWN:
        register(row)
    operands = [Value(number, f"x{index}") for index, number in enumerate((1.0, -4.0, 2.5))]
    return [apply(row.name, some) * 3 for row in OWN for some in (operands, operands[:1], operands[2:])]


def test_steps_and_their_words_are_pythons(open_page, own):
    tab = open_page(small())
    kinks = [parse(text, x=0)[0] for text in KINKS]
    exact = [parse(text, x=0.1)[0] for text in EXPRESSIONS]
    infinite = [parse(text, x=math.inf)[0] for text in INFINITE]
    large = [parse("sin(x) + cos(-x) + tan(x/6.366197723675e22) + asin(x/1e23)", x=x)[0] for x in (1e22, 1e23)]
    for root in [*kinks, *exact, *infinite, *large, *own, *(random_graph(seed, size=25).root for seed in range(15))]:
        called = name_graph(root)
        number = {node: i for i, node in enumerate(called)}
        listed, said = tab.evaluate(
            """(nodes) => {
                const graph = new Graph(nodes);
                const run = runPasses(graph);
                const words = run.steps.map((step) => {
                    if (step.kind !== "forward" && step.kind !== "backward") return null;
                    const said = describe(graph, run, step.node, step.index ?? null);
                    const sign = compareWords(said, step.kind === "forward" ? run.values[step.node] : step.local);
                    return [definition(graph, step.node), said.symbols, said.numbers, said.notes, said.digits, sign];
                });
                return [run.steps.map((step) => [step.kind, step.node, step.index ?? null, step.total ?? 0]), words];
            }""",
            exported(root),
        )
        expected = list(steps(root))
        assert root in kinks or listed == [[step.kind, number[step.node], step.index, step.total] for step in expected]
        for step, texts in zip(expected, said, strict=True):
            if step.kind == "forward":
                words, sign = (words := forward_words(step.node, called)), words.compare(step.node.data)
            elif step.kind == "backward":
                words, sign = (words := derivative_words(step.node, step.index, called)), words.compare(step.local)
            else:
                continue
            said = [words.symbols, words.numbers, list(words.notes), words.digits, sign]
            assert texts == [definition(step.node, called), *said]


def test_signs_and_digits_are_pythons(open_page):
    tab = open_page(small())
    generator = random.Random(7)
    pairs = [(x, x * (1 + generator.uniform(-1, 1) * 10.0 ** -generator.randint(2, 6))) for x in
             (generator.choice((1, -1)) * 10 ** generator.uniform(-12, 9) for _ in range(400))]  # fmt: skip
    pairs += [(0.25004, 0.25), (0.25006, 0.25), (12345.04, 12345.0), (12345.4, 12345.0), (999.5, 1000.0), (0.0, -0.0)]
    pairs += [(sys.float_info.max, 1.7976e308), (1.7976e308, sys.float_info.max), (1e308, 1.79769e308)]
    pairs += [(1e-20, 0.0), (1e300, 1.0000001e300), (5e-324, 1e-323), (1.005, 1.0), (1.01, 1.0), (1.0101, 1.0)]
    terms = [
        [400.04938, -400, -0.04938],
        [0.1, 0.2, -0.3],
        [1e16, 1, -1e16],
        [math.inf, 1, -math.inf],
        [7.25, -7.2, -0.05],
    ]
    digits = tab.evaluate(
        "(all) => all.map((terms) => findDigits((some) => terms.reduce((sum, x) => sum + asShown(x, some), 0), 0))",
        terms,
    )
    sums = [lambda some, terms=each: sum(as_shown(x, some) for x in terms) for each in terms]
    assert digits == [find_digits(each, 0.0) for each in sums]
    assert digits[0] == 8
    made = tab.evaluate(
        """(pairs) => pairs.map(([worked, number]) => [
            compare(worked, number), compare(worked, number, 16), isNear(worked, number),
            findDigits((digits) => asShown(number, digits) - asShown(worked, digits), number - worked),
            [4, 5, 9, 16, 17].map((digits) => formatDigits(worked, digits))])""",
        pairs,
    )
    for (worked, number), found in zip(pairs, made, strict=True):
        digits = find_digits(
            lambda digits, a=worked, b=number: as_shown(b, digits) - as_shown(a, digits), number - worked
        )
        texts = [format_number(worked, digits) for digits in (4, 5, 9, 16, 17)]
        expected = [compare(worked, number), compare(worked, number, 16), is_near(worked, number), digits, texts]
        assert found == expected, (worked, number)


def test_a_number_with_fewer_digits_does_not_look_exact(open_page):
    tab = open_page(small())
    for number in (73128.6, -32690.2, 0.99962, 5829.7, 0.5004):  # not 73100.0, -32700.0, 1.0, 5830.0, 0.5
        shown = [text.replace("−", "-") for text in tab.evaluate("writeShorter", number)]
        assert shown == [format_number(number, digits) for digits in (4, 3, 2)]
    tab = open_page(parse("relu(a*b) + a/b - sqrt(c)*exp(a)", a=2, b=-3, c=4)[0])
    for _ in range(3):
        tab.evaluate("page.descent.step()")
    struck = tab.locator("#graph .old").all_text_contents()
    assert "−7.3e+04" in struck  # -73132.6; it was -73100.0
    assert "−73100.0" not in struck


def test_no_false_equation_is_on_the_page(open_page):
    """Each step of graphs whose digits are dropped, or whose terms cancel: its card, read again and worked out."""
    count = 0
    for root in (lstm(), parse("y = tanh(w*x) - 1 + x/3", w=3, x=4.1)[0]):
        tab = open_page(root)
        shown = tab.evaluate(
            """() => [...page.run.steps.keys()].map((number) => {
                page.go(number + 1);
                const raised = (power) => `**(${[...power].map((one) => "⁰¹²³⁴⁵⁶⁷⁸⁹".indexOf(one)).join("")})`;
                const typed = (text) => text.replaceAll("−", "-").replaceAll("·", "*").replaceAll("^", "**")
                    .replace(/[⁰¹²³⁴⁵⁶⁷⁸⁹]+/g, raised).replace(/, step \\d+/g, "");
                const read = (some) =>
                    [...document.querySelectorAll(`#step ${some}`)].map((each) => typed(each.textContent));
                const local = read(".local-part .numbers"); // "1 - 0.4621*0.4621", "≈ 0.7864"
                const factors = `${read(".upstream .numbers")} * (${local.at(-1)?.replace(/^[=≈≠] /, "")})`;
                const product = `${factors} ${read(".sign").at(-1)} ${read(".contribution .numbers").join("")}`;
                return [read(".equation").join(" "), local.join(" "), local.length ? product : "",
                        read(".grown strong").join(""), stepSentence(page)];
            })"""
        )
        for equation, local, product, grown, sentence in shown:
            passed = sentence if " passes " in sentence else ""
            passed = re.sub(r".* passes (\S+) times (\S+) (.) (\S+) on to .*", r"\1 * (\2) \3 \4", passed)
            for statement in filter(None, (equation, local, product, grown, passed)):
                found, complaints = find_complaints(statement)
                assert complaints == []
                count += found
    assert count > 300


def test_numbers_are_written_as_everywhere(open_page):
    tab = open_page(small())
    numbers = [sign * i * 10.0**power / 64 for i in range(1, 90) for power in range(-9, 8) for sign in (1, -1)]
    numbers += [0.0, -0.0, 1e6, 999999.0, 99995.0, 0.000099995, 1e300, 5e-324, 2**0.5]
    assert tab.evaluate("(numbers) => numbers.map(formatNumber)", numbers) == [format_number(x) for x in numbers]


def test_fused_operations_opened_give_the_same_contributions(open_page, own):
    a, b, c, d = (Value(x, name) for x, name in zip((0.5, -1.2, 2.0, 0.3), "abcd", strict=True))
    roots = [dot([a, b, c], [d, a, b]), dot([a, b], [c, 2.0], d), engine.sum([a, b, a, c]), engine.logsumexp([a, b, c])]
    roots.append(apply("minus", [a, b]))
    for root in roots:
        tab = open_page(root)
        received, value = tab.evaluate(
            """() => {
                const box = page.scene.boxOf(page.graph.root);
                const node = page.graph.root;
                const { parts } = page.scene.insides[box.box.inside];
                const { values, received } = computeParts(page.graph, page.run, node, parts);
                return [received, values.at(-1)];
            }"""
        )
        assert value == pytest.approx(root.data, rel=1e-12)
        for operand, local, contribution in zip(root.operands, root.local_derivatives, received, strict=True):
            assert operand.op == CONSTANT or contribution == pytest.approx(local, rel=1e-12)
    for root in (apply("halves", [a, b]), apply("cut", [a, b]), apply("positives", [a, b])):  # not of operations alone
        assert open_page(root).evaluate("page.scene.boxOf(page.graph.root).box.inside") is None


def test_formulas_the_page_cannot_compute_are_refused():
    assert expression("where(a <= 0, 0, -a)") == "((a <= 0) ? 0 : (-a))"
    with pytest.raises(ValueError, match="erf is neither supplied nor a row"):
        expression("erf(a)")
    with pytest.raises(ValueError, match="not part of the syntax"):
        formula_tree("a if b else c")
    with pytest.raises(ValueError, match="a < b < c is more than one comparison"):
        formula_tree("a < b < c")
    with pytest.raises(ValueError, match="Call has no tree"):
        formula_tree("(a + b)(c)")


def test_the_arithmetic_supplies_what_formulas_call():
    script = (Path(engine.__file__).parent.parent / "viz" / "pages" / "calculus" / "arithmetic.js").read_text(
        encoding="utf-8"
    )
    taken = " ".join(re.findall(r"^const {(.*)} = Math;$", script, re.M))
    assert {*SUPPLIED} <= {*re.findall(r"^function (\w+)", script, re.M), *re.findall(r"\w+", taken)}
    assert len(set(SCRIPTS)) == len(SCRIPTS)
    assert operations().count("forward:") == len(engine.ops.table)


@pytest.mark.parametrize("width", [1280, 390])
def test_a_long_constant_stays_in_its_tile(open_page, width):
    tab = open_page(Value(-0.8, "x").gelu(), width=width)
    assert "0.7978845608028654" in tab.inner_text("#step .symbols >> nth=-1")
    assert tab.evaluate("[...document.querySelectorAll('.tile')].every((tile) => tile.scrollWidth <= tile.clientWidth)")
