"""What `python -m tests.mutants` found that no other test noticed."""

import ast
import itertools
import operator

import pytest

from engine import Value, dot, grad, toposort
from engine.ops import ROWS
from engine.tape import record
from engine.tape.slots import find_stretches
from engine.tape.tape import REPLAYS
from engine.teaching.graph import name_nodes, read_graph
from tests import mutants as command
from tests.agreement.peers import PeerError, torch_numbers
from tests.agreement.programs import Row, build
from tests.agreement.verdicts import agree
from tests.mutants import TESTS, Mutant, is_caught, mutants

SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -2.3, 3.0, -20.0, 25.0, 1000.0, -1000.0]
SPECIAL += [float("inf"), -float("inf"), float("nan"), 1e-300, 1e300]


@pytest.mark.parametrize("row", [row for row in ROWS if not row.sequences], ids=lambda row: row.name)
def test_infinity_agrees_with_pytorch_only_where_it_has_infinity(row, torch):
    """As 0**0 by the exponent: 0, not -inf. The gap between infinity and a number is no rounding error."""
    for numbers in itertools.product(SPECIAL, repeat=len(row.letters)):
        leaves = tuple(Row("", (), (number,)) for number in numbers)
        program = (*leaves, Row(row.name, tuple(range(len(leaves)))))
        try:
            values, gradients = torch_numbers(program)
        except PeerError:  # says where PyTorch has nan for softsign, or loses digits
            continue
        nodes = build(program)
        nodes[-1].backward()
        assert agree(nodes[-1].data, values[-1]), numbers
        for node, gradient in zip(nodes, gradients, strict=True):
            assert agree(node.grad, gradient), (numbers, node.grad, gradient)


def test_the_second_derivative_of_elu_at_0_is_that_of_the_right(torch):
    x, t = Value(0.0), torch.tensor(0.0, dtype=torch.float64, requires_grad=True)
    (first,) = torch.autograd.grad(torch.nn.functional.elu(t), t, create_graph=True)
    (second,) = torch.autograd.grad(first, t, materialize_grads=True)
    assert grad(grad(x.elu(), x, create_graph=True), x) == second.item() == 0.0


@pytest.mark.parametrize("compare", [operator.lt, operator.le, operator.gt, operator.ge])
def test_values_compare_as_numbers_do(compare):
    for a, b in itertools.product(SPECIAL, repeat=2):
        assert compare(Value(a), Value(b)) is compare(a, b)
        assert compare(Value(a), b) is compare(a, b)
        assert compare(a, Value(b)) is compare(a, b)


class Odd:
    def __init__(self, text):
        self.text = text

    def __repr__(self):
        return self.text


@pytest.mark.parametrize(("length", "shown"), [(59, "o" * 59), (60, "o" * 60), (61, "o" * 57 + "...")])
def test_what_is_no_number_is_shown_in_sixty_characters(length, shown):
    with pytest.raises(TypeError) as caught:
        Value(Odd("o" * length))
    assert str(caught.value).endswith(f"not Odd: {shown}")


def test_a_name_that_a_label_has_taken_is_passed_over():
    taken = Value(1.0, "v1")
    assert list(name_nodes(toposort(taken.exp().tanh())).values()) == ["v1", "v2", "v3"]


def test_a_folded_layer_is_in_the_layer_not_in_its_first_neuron():
    weights = [Value(0.1 * i, f"layers[0].neurons[{i}].weights[0]") for i in range(3)]
    hidden = [(weight * Value(2.0, "x")).tanh() for weight in weights]
    graph = read_graph(dot(hidden, hidden), "layer")
    assert [(node.name, node.scope) for node in graph.nodes if node.kind == "folded"] == [("layers[0]", "layers[0]")]
    assert graph.folded == "9 nodes folded into 1 box: layers"
    assert "into 3 boxes: " in read_graph(dot(hidden, hidden), "neuron").folded


def test_where_the_largest_parts_are_still_too_many_stretches_are_folded():
    loss = dot(*[[Value(0.1 * i, f"layers[{i}].weights[{k}]").tanh() for i in range(9)] for k in range(2)])
    graph = read_graph(loss, limit=4)
    assert len(graph.nodes) <= 6
    assert graph.folded.endswith(("stretches of the order of computation", "computation and the rest"))


def test_one_constant_is_one_and_two_are_several():
    x = Value(2.0, "x")
    one, two = (read_graph(y, constants=False).folded for y in (x * 3.0, x * 3.0 * 4.0))
    assert one == "1 constant folded into the operation that uses it first"
    assert two == "2 constants folded into the operations that use them first"


def test_a_folded_stretch_is_named_by_its_first_and_last_node():
    chain = Value(2.0, "x")
    for _ in range(40):
        chain = chain.tanh()
    names = [node.name for node in read_graph(chain, limit=5).nodes]
    assert names[0] == "x … v8"
    assert names[-1] == "v40"


def test_a_tape_keeps_buffers_for_a_few_numbers_of_samples_only():
    x = Value(1.0)
    tape = record(x * Value(2.0), [x])
    for samples in range(1, 3 * REPLAYS):
        tape.forward([[1.0]] * samples)
        assert len(tape._replays) <= REPLAYS


def test_inputs_that_lie_together_are_filled_together():
    assert find_stretches([5, 0, 1, 2, 9]) == [(5, 0, 1), (0, 1, 4), (9, 4, 5)]


@pytest.mark.slow
@pytest.mark.parametrize("path", TESTS)
def test_each_mutant_changes_one_thing(path):
    found = mutants(path)
    assert len({mutant.source for mutant in found}) == len(found)
    for mutant in found:
        ast.parse(mutant.after)


@pytest.mark.slow
def test_formulas_comparisons_and_signs_are_changed():
    changes = {path: {(mutant.before, mutant.after) for mutant in mutants(path)} for path in TESTS}
    assert {row.name for row in ROWS} - {"step", "sign"} <= {
        m.where.partition(" by ")[0] for m in mutants("engine/ops.py")
    }
    assert ("a / b", "a - b") not in changes["engine/ops.py"]  # a forward formula: every test would notice
    assert ("operator.lt", "operator.le") in changes["engine/looks.py"]
    assert any(
        ".op == CONSTANT" in before and after == before.replace("==", "!=")
        for before, after in changes["engine/operations.py"]
    )
    assert ("count > 1", "count <= 1") in changes["engine/tape/slots.py"]


@pytest.mark.slow
def test_a_mutant_is_caught_where_a_test_fails_or_does_not_end(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(TESTS, "double.py", ["double.py"])
    right = "def double(x):\n    return x + x\ndef test_double():\n    assert double(1) == 2\n"
    (tmp_path / "double.py").write_text(right)
    for sign, caught in (("+", False), ("-", True), ("*", True)):
        assert is_caught(Mutant("double.py", 1, "", "", "", right.replace("x + x", f"x {sign} x")), 60.0) == caught
        assert (tmp_path / "double.py").read_text() == right
    assert is_caught(Mutant("double.py", 1, "", "", "", "import time\ntime.sleep(60)"), 1.0)


def test_the_command_lists_survivors_and_where_they_are(capsys, monkeypatch):
    found = [Mutant("engine/teaching/graph.py", 7, "a < b", "a < b", after, "") for after in ("a <= b", "a >= b")]
    monkeypatch.setattr(command, "mutants", lambda path: found)
    monkeypatch.setattr(command, "is_caught", catches)
    assert command.main(["--only", "engine/teaching/graph.py", "--workers", "1"]) == 1
    said = capsys.readouterr().out
    assert "survived: engine/teaching/graph.py:7: a < b: a < b  ->  a <= b\n" in said
    assert "all: 1 caught, 0 equivalent, 1 survived" in said


def catches(mutant, seconds):
    return mutant.after == "a >= b"


def test_each_mutant_said_to_be_equivalent_is_one():
    found = {(mutant.where, mutant.before, mutant.after) for path in TESTS for mutant in mutants(path)}
    assert found.issuperset(command.EQUIVALENT)
