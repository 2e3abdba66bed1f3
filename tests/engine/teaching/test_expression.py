import math
import random
import re

import pytest

from engine.gradients import grad
from engine.modes import no_grad
from engine.numbers import CONSTANT
from engine.ops import table
from engine.teaching.expression import ExpressionError, find_functions, parse
from engine.value import Value, toposort

NEURON = "tanh(x1*w1 + x2*w2 + b)"
NUMBERS = {"x1": 2, "x2": 0, "w1": -3, "w2": 1, "b": 6.8813735870195432}


def test_the_neuron_of_the_lecture():
    # b is chosen so that tanh'(v) = 1/2: the gradients can be told by looking
    root, leaves = parse(NEURON, **NUMBERS)
    root.backward()
    assert root.data == pytest.approx(math.sqrt(0.5), abs=1e-12)
    gradients = {name: leaf.grad for name, leaf in leaves.items()}
    assert gradients == pytest.approx({"x1": -1.5, "x2": 0.5, "w1": 1.0, "w2": 0.0, "b": 0.5}, abs=1e-12)
    assert [leaf.label for leaf in leaves.values()] == list(leaves) == list(NUMBERS)


@pytest.mark.parametrize(
    ("text", "constants"),
    [
        ("sin(2*pi*x) + pi*x - π²", {"2*pi": 2 * math.pi, "pi": math.pi, "π²": math.pi**2}),
        ("x/(2*pi) + 2*pi", {"2*pi": 2 * math.pi}),  # one node for both
        ("max(1, 2, 3)*x + max(1, 2)", {"max(1,2,3)": 3.0, "max(1,2)": 2.0}),
        ("-2*x - -pi", {"": -2.0, "-pi": -math.pi}),
        ("h = pi; k = pi; h*x + k", {"h": math.pi, "k": math.pi}),
        ("(7 % 4)*x", {"": 3.0}),  # 7 % 4 * x would be another number
        ("x * (1 + 2 + 3 + 4 + 5 + 6 + 7 + 8 + 9 + 10 + 11)", {"": 66.0}),  # too long
        ("1/3", {"": 1 / 3}),
    ],
)
def test_a_constant_is_called_what_the_text_says(text, constants):
    root, _ = parse(text, **({"x": 0.5} if "x" in text.replace("max", "") else {}))
    found = {node.label: node.data for node in toposort(root) if node.op == CONSTANT}
    assert found == pytest.approx(constants, rel=1e-15)
    assert len([node for node in toposort(root) if node.op == CONSTANT]) == len(constants)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2 + 3*4", 14.0),
        ("2 - 3 - 4", -5.0),
        ("16 / 4 / 2", 2.0),
        ("2**3**2", 512.0),
        ("-2**2", -4.0),
        ("(-2)**2", 4.0),
        ("2**-1", 0.5),
        ("2**-1**2", 0.5),
        ("-2 * -3", 6.0),
        ("2--2", 4.0),
        ("+-+3", -3.0),
        ("1.5e1 + .5 + 5.", 20.5),
        ("maximum(1, minimum(5, 3))", 3.0),
        ("sum(1, 2, 3, 4)", 10.0),
        ("sum(7)", 7.0),
        ("leaky_relu(-2)", -0.02),
        ("leaky_relu(-2, 0.5)", -1.0),
        ("logsumexp(1000, 1000)", 1000 + math.log(2)),
        ("neg(3)", -3.0),
        ("ln(1) + max(1, 4, 2) + min(5, 3, 4, 7) + pow(2, 3) + ReLU(-1) + σ(0)", 15.5),
        ("2*3² - 2³ + -2² + 2**2² + (1 + 1)³²", 18 - 8 - 4 + 16 + 64),
        ("cos(pi) + π", math.pi - 1),
        ("1/0", math.inf),
        ("9**9**9", math.inf),
        (" \t\n 4 ", 4.0),
    ],
)
def test_arithmetic(text, expected):
    assert parse(text)[0].data == pytest.approx(expected, rel=1e-15)


def random_text(rng: random.Random, depth: int) -> str:
    if depth == 0 or rng.random() < 0.15:
        return rng.choice(["x", "y", "z_1", "2", "0.5", "3.", ".25", "1e-1"])
    inner = [random_text(rng, depth - 1) for _ in range(2)]
    forms = ["{} + {}", "{} - {}", "{}*{}", "{} / {}", "{}**{}", "-{}", "+{}", "({})", "tanh({})", "exp({})", "abs({})"]
    return rng.choice(forms).format(*inner)


def test_random_expressions_mean_what_python_means():
    rng = random.Random(0)
    compared = 0
    for _ in range(600):
        text = random_text(rng, 5)
        numbers = {name: round(rng.uniform(-2, 2), 3) for name in ("x", "y", "z_1")}
        scope = numbers | {"tanh": math.tanh, "exp": math.exp, "abs": math.fabs}
        try:
            expected = eval(text, {}, scope)
        except (ArithmeticError, ValueError, TypeError):
            continue  # Python raises where IEEE 754 has inf or nan, and turns complex
        if isinstance(expected, complex):
            continue
        used = {name: number for name, number in numbers.items() if name in re.findall(r"\w+", text)}
        assert parse(text, **used)[0].data == expected or math.isnan(expected), text
        compared += 1
    assert compared > 400


def test_a_name_assigned_is_one_node():
    root, leaves = parse("h = w*x; h*h + h", w=2, x=3)
    assert [node.label or node.op for node in toposort(root)] == ["w", "x", "h", "*", "+"]
    assert grad(root, leaves["w"]) == 39.0  # (2h + 1)·x = 13·3
    root, leaves = parse("h = w*x; y = h; L = y*2;", w=2, x=3)
    assert root.label == "L"
    assert root.operands[0].label == "h"  # a second name changes nothing
    assert parse("y = x", x=1)[0].label == "x"


def test_numbers_alone_make_a_constant():
    # as in Python, where 1/3 is a number before x ever sees it; else log(x) would make a nan of its gradient
    root, leaves = parse("x**(1/3 + 0)", x=8)
    assert [node.op for node in toposort(root)] == ["", CONSTANT, "**"]
    assert grad(root, leaves["x"]) == pytest.approx(1 / 12)
    root, leaves = parse("x**-2", x=-2)
    assert root.operands[1].data == -2.0
    assert root.operands[1].op == CONSTANT
    assert parse("h = 2*3; h")[0].label == "h"


def test_every_named_operation_can_be_called():
    named = {name for name in table if name.isidentifier()}
    assert named - set(find_functions()) == {"dot", "affine"}  # they take two lists
    assert set(find_functions()) <= named
    for name in find_functions():
        row = table[name]
        leaves = [Value(0.75 + index) for index in range(len(row.letters))]
        text = f"{name}({', '.join('abc'[: len(leaves)])})"
        root, _ = parse(text, **{letter: leaf.data for letter, leaf in zip("abc", leaves, strict=False)})
        assert root.op == name
        assert root.data == pytest.approx(float(find_functions()[name](*leaves).data))


def test_familiar_names_stay_free_for_leaves():
    root, leaves = parse("max + σ*ln + pi", max=1, σ=2, ln=3, pi=4)
    assert root.data == 11.0
    assert leaves["σ"].label == "σ"
    assert parse("pi = 3; pi*x", x=2)[0].data == 6.0


def test_space_is_what_python_takes_for_it():
    assert parse("".join(filter(str.isspace, map(chr, range(0x3001)))) + "4")[0].data == 4.0
    with pytest.raises(ExpressionError, match="unexpected"):
        parse("\ufeff4")  # which JavaScript takes for space


def test_names():
    numbers = {"α": 1, "Ω_2": 2, "_": 3, "__proto__": 4, "lambda": 5, "text": 6, "self": 7, "exp": 8}
    root, leaves = parse("α + Ω_2 + _ + __proto__ + lambda + text + self + exp*exp(0)", **numbers)
    assert root.data == 36.0
    assert set(leaves) == set(numbers)


def test_letters_that_python_takes_for_one_are_one():
    assert parse("ϕ*2", ϕ=3)[0].data == 6.0  # Python calls it with φ
    for text, numbers, names in (
        ("ϕ*2 + φ", {"ϕ": 3}, ["ϕ"]),
        ("φ*2 + ϕ", {"φ": 3}, ["φ"]),
        ("ϕ*2 + ϕ", {"φ": 3}, ["ϕ"]),
        ("µ*μ", {"μ": 3}, ["µ"]),  # the micro sign of a keyboard, and the letter
        ("ϵ_1 + θ2", {"ϑ2": 1, "ε_1": 8}, ["θ2", "ϵ_1"]),
        ("φ = x*x; ϕ", {"x": 3}, ["x"]),
    ):
        root, leaves = parse(text, **numbers)
        assert root.data == 9.0
        assert list(leaves) == [leaf.label for leaf in leaves.values()] == names
    with pytest.raises(ExpressionError, match=r"^φ and ϕ are one name: give it once$"):
        parse("ϕ*2", **dict.fromkeys("φϕ", 1))
    with pytest.raises(ExpressionError, match="'φ' already has a value"):
        parse("φ = x; ϕ = x; φ", x=1)


@pytest.mark.parametrize(
    ("text", "column", "reason"),
    [
        ("tahn(x)", 1, "unknown function: 'tahn' (did you mean tan or tanh?)"),
        ("softmax(x, 1)", 1, "unknown function: 'softmax' (its first result is exp(a - logsumexp(a, b, ...)))"),
        ("x + nan", 5, "expected a finite number or another name, not 'nan'"),
        ("x + foo(2)", 5, "unknown function: 'foo' (one of "),
        ("x^2", 2, "unexpected '^': a power is written **"),
        ("2·x", 2, "unexpected '·': times is *"),
        ("x − 1", 3, "unexpected '−': minus is -"),
        ("x – 1", 3, "unexpected '–': minus is -"),
        ("2⋅x", 2, "unexpected '⋅': times is *"),
        ("2∗x", 2, "unexpected '∗': times is *"),
        ("x⁴", 2, "unexpected '⁴': a power is written **"),
        ("x⁻¹", 2, "unexpected '⁻': a power is written **"),
        ("2x", 2, "expected an operator, not 'x' (a product is written with *)"),
        ("x(3)", 1, "'x' is a number, not a function: a product is x*(...)"),
        ("x x", 3, "expected an operator, not 'x'"),
        ("(x", 3, "expected ')' for the '(' in column 1, not the end"),
        ("x)", 2, "expected an operator, not ')'"),
        ("x +", 4, "expected a number, a name or '(', not the end"),
        ("tanh()", 1, "tanh takes 1 operand, not 0"),
        ("tanh(,x)", 6, "expected a number, a name or '(', not ','"),
        ("maximum(x)", 1, "maximum takes 2 or more operands, not 1"),
        ("max(x)", 1, "max takes 2 or more operands, not 1"),
        ("pow(x)", 1, "pow takes 2 operands, not 1"),
        ("|x|", 1, "unexpected '|': an absolute value is abs(...)"),
        ("np.tanh(x)", 3, "unexpected '.': a name has no point, as in tanh, not np.tanh"),
        ("x₁ + x", 2, "unexpected '₁': an index is written x1"),
        ("x - ŷ", 5, "unexpected 'ŷ': names are made of a to z, Greek letters, digits and _"),
        ("dot(x, 1)", 1, "unknown function: 'dot' (a dot product is w1*x1 + w2*x2)"),
        ("mean(x, 1)", 1, "unknown function: 'mean' (a mean is (a + b) / 2)"),
        ("e**x", 1, "no value for e: give e=NUMBER (Euler's number is exp(1))"),
        ("²", 1, "expected a number, a name or '(', not '²'"),
        ("leaky_relu(x, 1, 2)", 1, "leaky_relu takes 1 or 2 operands, not 3"),
        ("sum()", 1, "sum takes 1 or more operands, not 0"),
        ("tanh x", 1, "'tanh' is a function: write tanh(...)"),
        ("x*w + w + b", 3, "no value for w, b: give w=NUMBER b=NUMBER"),
        ("x = 3", 1, "'x' is given as a number: assign to another name"),
        ("h = x; h = 2; h", 8, "'h' already has a value: assign to another name"),
        ("h*2; h = x", 1, "'h' is used before it is assigned"),
        ("h = h + x", 5, "'h' is used before it is assigned"),
        ("x; x*2", 1, "only the last part can stand without a name: write name = ..."),
        ("h == x", 4, "expected a number, a name or '(', not '='"),
        ("x + 1e999", 5, "1e999 is too large for a float (largest: 1.8e308)"),
        ("x.y", 2, "unexpected '.'"),
        ("().__class__", 3, "unexpected '.'"),
        ("__import__('os')", 12, 'unexpected "\'"'),
        ("[y for y in x]", 1, "unexpected '['"),
        ("x if x else x", 3, "expected an operator, not 'if'"),
        ("lambda: x", 7, "unexpected ':'"),
        ("x\x00", 2, "unexpected '\\x00'"),
        ("x & 1", 3, "unexpected '&'"),
        ("x, x", 2, "expected an operator, not ','"),
    ],
)
def test_errors_point_at_the_column(text, column, reason):
    with pytest.raises(ExpressionError) as caught:
        parse(text, x=1.0)
    assert caught.value.column == column - 1
    assert caught.value.reason.startswith(reason)
    first, line, caret = str(caught.value).split("\n")
    assert first.startswith(f"column {column}: {reason}")
    assert caret.index("^") == column - 1 + 4
    assert line[4:].isprintable()


def test_a_long_line_is_shown_around_its_error():
    text = "x + " * 500 + "@" + " + x" * 500
    with pytest.raises(ExpressionError, match="column 2001: unexpected '@'") as caught:
        parse(text, x=1.0)
    _, line, caret = str(caught.value).split("\n")
    assert len(line) <= 80
    assert line[caret.index("^")] == "@"


@pytest.mark.parametrize("text", ["", "   \n"])
def test_an_empty_text(text):
    with pytest.raises(ExpressionError, match="the expression is empty"):
        parse(text)


@pytest.mark.parametrize("text", ["(" * 3000, "-" * 3000 + "1", "2**" * 1500 + "2", "tanh(" * 900, "1+1*2**(" * 500])
def test_depth_is_bounded(text):
    with pytest.raises(ExpressionError, match="nested more than 100 levels deep"):
        parse(text)


def test_what_is_allowed_is_not_too_deep():
    assert parse("(" * 100 + "1" + ")" * 100)[0].data == 1.0
    assert parse("1+1*1**(" * 50 + "0" + ")" * 50)[0].data == 2.0
    assert parse("+".join(["x"] * 2500), x=1)[0].data == 2500.0


def test_length_is_bounded():
    with pytest.raises(ExpressionError, match=r"an expression of 5,001 characters \(at most 5,000\)"):
        parse("1" + " " * 5_000)


def test_many_missing_names_are_not_all_listed():
    with pytest.raises(ExpressionError, match=r"no value for a0, .*, a7 and 32 more: give a0=NUMBER"):
        parse("+".join(f"a{number}" for number in range(40)))


def test_a_number_left_over():
    with pytest.raises(ExpressionError, match=r"no 'z' in the expression \(its names: 'x', 'y'\)"):
        parse("y*x", x=1, y=2, z=3)
    with pytest.raises(ExpressionError, match=r"no 'z' in the expression \(it has no names\)"):
        parse("2", z=3)


def test_numbers_that_are_none():
    with pytest.raises(TypeError, match=r"x: expected an int, .* not str: '3'"):
        parse("x", x="3")
    with pytest.raises(ValueError, match="x: an int of 1329 bits is too large"):
        parse("x", x=10**400)
    with pytest.raises(TypeError, match="an expression is a str, not int: 3"):
        parse(3)


def test_under_no_grad_the_result_is_a_leaf():
    with no_grad():
        assert parse("x*x", x=3)[0].operands == ()
