"""Each row of the op table: against PyTorch, central differences, its NumPy path and its Value path."""

import itertools
import math

import numpy as np
import pytest

import engine
from engine import Value
from engine.arrays import NUMPY
from engine.formulas import parse_formula
from engine.letters import bind, find_derivative
from engine.ops import ROWS, Op, compile_formula, table
from engine.special import carefully
from engine.teaching.writing import write
from engine.value import operation
from tests.agreement.peers import torch_operation

SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.3, 3.0, 19.0, -20.0, 25.0, 1000.0, -1000.0]
SPECIAL += [math.inf, -math.inf, math.nan, 1e-300, 1e300, -1e300]
FEW = [0.0, -0.0, 1.0, -1.0, 0.5, math.inf, -math.inf, math.nan]  # for rows of three letters
SCALAR = [row for row in ROWS if not row.sequences]
SEQUENCES = [row for row in ROWS if row.sequences]


def apply(row: Op, numbers: tuple[float, ...]) -> tuple[float, list[float]]:
    """Result and gradients by way of Value."""
    leaves = [Value(number) for number in numbers]
    y = operation(row.name)(*leaves)
    y.backward()
    return y.data, [leaf.grad for leaf in leaves]


def list_special(row: Op) -> itertools.product:
    return itertools.product(SPECIAL if len(row.letters) < 3 else FEW, repeat=len(row.letters))


def same(a: float, b: float, relative: float = 1e-12) -> bool:
    if math.isinf(a) or math.isinf(b):
        return a == b
    return (math.isnan(a) and math.isnan(b)) or a == b or abs(a - b) <= relative * max(abs(a), abs(b))


def torch_function(torch, name):
    """As PyTorch has it, approximations included."""
    functional = torch.nn.functional
    named = {
        "softplus": functional.softplus, "expm1": torch.expm1, "binary_cross_entropy": functional.binary_cross_entropy,
    }  # fmt: skip
    return named.get(name) or torch_operation(name)


# Where PyTorch approximates, or loses a number that the formula keeps.
TORCH_DIFFERS = (
    {
        ("softplus", 25.0): "the exact function; PyTorch gives its input back above 20",
        ("expm1", -20.0): "y + 1 has lost nine digits there",
        ("softsign", math.inf): "the derivative 1/(1 + |a|)**2 is 0; PyTorch gives nan",
        ("softsign", -math.inf): "as above",
    }
    | {
        (
            "binary_cross_entropy",
            number,
        ): "PyTorch refuses what is no probability, and clamps the slope by a target nowhere"
        for number in SPECIAL
        if not 0.01 < number < 1
    }
    | {
        (
            "binary_cross_entropy_with_logits",
            number,
        ): "PyTorch loses the digits of a small loss; inf minus inf is elsewhere"
        for number in (-20.0, -1000.0, -1e300, math.inf, -math.inf)
    }
)


@pytest.mark.parametrize("row", SCALAR, ids=lambda row: row.name)
def test_row_agrees_with_pytorch_on_special_values(row, torch):
    function = torch_function(torch, row.name)
    for numbers in list_special(row):
        if (row.name, numbers[0]) in TORCH_DIFFERS or (row.name == "binary_cross_entropy" and not 0 <= numbers[1] <= 1):
            continue
        tensors = [torch.tensor(number, dtype=torch.float64, requires_grad=True) for number in numbers]
        expected = function(*tensors)
        expected.backward()
        y, gradients = apply(row, numbers)
        assert same(y, expected.item()), (numbers, y, expected)
        for gradient, tensor in zip(gradients, tensors, strict=True):
            expected = 0.0 if tensor.grad is None else tensor.grad.item()  # where detach ends the graph
            assert same(gradient, expected), (numbers, gradient, tensor.grad)


def inside(row, *numbers):
    """The numbers, from 0 to 1 where they are to be probabilities or sines."""
    return [number % 1 for number in numbers] if row.name in ("binary_cross_entropy", "asin", "acos") else [*numbers]


@pytest.mark.parametrize("row", [row for row in SCALAR if row.name != "detach"], ids=lambda row: row.name)
def test_row_agrees_with_central_differences(row):
    generator = np.random.default_rng(1)
    compute = operation(row.name)
    for _ in range(20):
        low = 0.1 if row.name in ("log", "log1p", "log2", "log10", "sqrt", "**") else -3.0
        numbers = inside(row, *generator.uniform(low, 3.0, len(row.letters)).tolist())
        check = engine.gradcheck(compute, numbers)
        assert check.ok, str(check)


@pytest.mark.parametrize("row", SCALAR, ids=lambda row: row.name)
def test_a_wrong_derivative_in_a_row_is_caught(row, monkeypatch):
    wrong = Op(row.name, row.forward, tuple(f"({formula}) + 0.001" for formula in row.derivatives), term=row.term)
    monkeypatch.setitem(table, row.name, wrong)
    check = engine.gradcheck(operation(row.name), [0.7, 1.3, 0.2][: len(row.letters)])
    assert not check.ok
    assert {result.verdict for result in check.rows} == {"wrong"}


@pytest.mark.parametrize("row", SCALAR, ids=lambda row: row.name)
def test_float_and_numpy_paths_agree(row):
    for numbers in list_special(row):
        y, gradients = apply(row, numbers)
        careful_y, *careful_local = carefully(row.name, *numbers)
        assert same(y, careful_y), numbers
        for gradient, local in zip(gradients, careful_local, strict=True):  # 1 - y*y cancels where tanh saturates
            local = 0.0 if local is None else 0.0 + local
            assert same(gradient, local) or abs(gradient - local) < 1e-15, numbers


def test_numpy_path_takes_whole_arrays():
    a = np.linspace(-3.0, 3.0, 13)
    y = compile_formula(NUMPY, table["silu"].forward, "a", term=table["silu"].term)(a)
    assert np.allclose(y, [Value(x).silu().data for x in a], rtol=1e-15)


@pytest.mark.parametrize("row", SCALAR, ids=lambda row: row.name)
def test_second_derivatives_agree_with_pytorch(row, torch):
    function = torch_function(torch, row.name)
    compute = operation(row.name)
    digits = 1e-10 if row.name == "binary_cross_entropy" else 1e-11  # PyTorch adds 1e-12 to its denominator
    for numbers in ((0.7, 1.3, 1.1), (1.9, 0.4, 2.2), (2.5, 2.5, 2.5)):
        numbers = inside(row, *numbers[: len(row.letters)])
        leaves = [Value(number) for number in numbers]
        tensors = [torch.tensor(number, dtype=torch.float64, requires_grad=True) for number in numbers]
        ours = engine.grad(compute(*leaves), leaves, create_graph=True)
        theirs = torch.autograd.grad(function(*tensors), tensors, create_graph=True, materialize_grads=True)
        for first, expected in zip(ours, theirs, strict=True):
            assert same(first.data, expected.item())
            second = engine.grad(first, leaves)
            if expected.requires_grad:
                wanted = torch.autograd.grad(expected, tensors, retain_graph=True, allow_unused=True)
            else:
                wanted = [None] * len(tensors)
            for ours_second, theirs_second in zip(second, wanted, strict=True):
                assert same(ours_second, 0.0 if theirs_second is None else theirs_second.item(), digits), row.name


def test_third_derivative_of_tanh(torch):
    x, t = Value(0.3), torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
    ours, theirs = x.tanh(), t.tanh()
    for _ in range(3):
        ours = engine.grad(ours, x, create_graph=True)
        (theirs,) = torch.autograd.grad(theirs, t, create_graph=True)
        assert same(ours.data, theirs.item())


def test_logsumexp_and_softmax_agree_with_pytorch_and_stay_finite(torch):
    for numbers in ([1.0, 2.0, 3.0], [1000.0, -1000.0, 999.0], [-1000.0, -1000.0], [5.0]):
        values = [Value(number) for number in numbers]
        tensor = torch.tensor(numbers, dtype=torch.float64, requires_grad=True)
        engine.logsumexp(values).backward()
        expected = torch.logsumexp(tensor, 0)
        expected.backward()
        assert same(engine.logsumexp(values).data, expected.item())
        assert all(map(same, [value.grad for value in values], tensor.grad.tolist()))
        probabilities = [p.data for p in engine.softmax(values)]
        assert np.allclose(probabilities, torch.softmax(tensor, 0).tolist(), rtol=1e-12, atol=0)
        assert math.isclose(math.fsum(probabilities), 1.0)
    for special in ([math.inf, 1.0], [-math.inf, -math.inf], [math.nan, 1.0], [-math.inf, 2.0]):
        expected = torch.logsumexp(torch.tensor(special, dtype=torch.float64), 0).item()
        assert same(engine.logsumexp(special).data, expected), special


def test_sequence_rows_agree_with_their_primitive_operations():
    numbers = [0.3, -1.2, 2.0, 0.7, 1.1, -0.4]
    for fused, opened in (
        (lambda v: engine.sum(v), lambda v: v[0] + v[1] + v[2] + v[3] + v[4] + v[5]),
        (lambda v: engine.dot(v[:3], v[3:]), lambda v: v[0] * v[3] + v[1] * v[4] + v[2] * v[5]),
        (lambda v: engine.dot(v[:2], v[2:4], v[5]), lambda v: v[0] * v[2] + v[1] * v[3] + v[5]),
        (lambda v: engine.logsumexp(v), lambda v: sum((x.exp() for x in v[1:]), v[0].exp()).log()),
    ):
        left, right = [Value(n) for n in numbers], [Value(n) for n in numbers]
        a, b = fused(left), opened(right)
        assert same(a.data, b.data)
        a.backward()
        b.backward()
        assert all(same(p.grad, q.grad, 1e-14) for p, q in zip(left, right, strict=True))


def test_second_derivatives_through_sequence_rows_agree_with_pytorch(torch):
    numbers = [0.3, -1.2, 2.0, 0.7]
    values = [Value(n) for n in numbers]
    tensor = torch.tensor(numbers, dtype=torch.float64, requires_grad=True)
    first = engine.grad(
        engine.logsumexp(values) * engine.dot(values[:2], values[2:], values[0]), values, create_graph=True
    )
    y = torch.logsumexp(tensor, 0) * (tensor[:2] @ tensor[2:] + tensor[0])
    hessian = torch.autograd.functional.hessian(
        lambda t: torch.logsumexp(t, 0) * (t[:2] @ t[2:] + t[0]), tensor.detach()
    ).tolist()
    assert all(map(same, [g.data for g in first], torch.autograd.grad(y, tensor)[0].tolist()))
    for gradient, row in zip(first, hessian, strict=True):
        assert all(same(p, q, 1e-11) for p, q in zip(engine.grad(gradient, values), row, strict=True))


def test_dot_refuses_lengths_that_differ_and_sequences_refuse_to_be_empty():
    with pytest.raises(ValueError, match=r"dot: 2 weights for 1 input$"):
        engine.dot([1.0, 2.0], [Value(1.0)])
    for function in (engine.sum, engine.logsumexp, engine.softmax):
        with pytest.raises(ValueError, match="at least one value"):
            function([])
    with pytest.raises(TypeError, match="'x'"):
        engine.sum([Value(1.0), "x"])


@pytest.mark.parametrize("formula", ["a.b", "a if b else c", "[a]", "a and b", "lambda: a", "a[0]", "a // b", "a @ b"])
def test_other_syntax_is_refused(formula):
    with pytest.raises(ValueError, match="not part of the syntax"):
        parse_formula(formula)


def test_write_puts_texts_in_place_of_letters():
    assert write("b*a**(b - 1)", {"a": "x + 1", "b": "2"}) == "2*(x + 1)**(2 - 1)"
    assert write("where(a > 0, 1, b)", {"a": "-1.5", "b": "slope"}) == "where(-1.5 > 0, 1, slope)"
    assert write("sum(a*b) + c", {"a": list("pqrstuvw"), "b": list("PQRSTUVW"), "c": "z"}) == "p*P + q*Q + … + w*W + z"
    assert write("sum(a)", {"a": ["only"]}) == "only"


@pytest.mark.parametrize("row", SEQUENCES, ids=lambda row: row.name)
def test_bind_finds_the_letters_of_each_operand(row):
    operands = list(range(7 if row.name == "affine" else 6))
    whole = bind(row, operands)
    assert [
        x for letter in row.letters for x in (whole[letter] if letter in row.sequences else [whole[letter]])
    ] == operands
    if row.name == "affine":
        assert bind(row, operands, 4) == {"a": 1, "b": 4, "c": 6}
        assert find_derivative(row, 4, 7) == "a"
        assert find_derivative(row, 6, 7) == "1"
