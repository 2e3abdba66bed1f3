"""The GPT of the demos: the same numbers as PyTorch's, step by step; and what it learns, beside a recurrent network."""

import re
from math import exp, log

import numpy as np
import pytest

import engine
import nn
import viz
from benchmarks import gpt as benchmark
from demos import gpt, gpt_model, names
from demos.runner import run
from engine import Value, gradcheck
from tests.demos.runs import check_claim, check_run, list_claims, run_demo

NAMES = ["anna", "ovel", "trimax", "zeb"]


pytestmark = pytest.mark.slow

DEMOS = {  # each demo, with options that make it quicker, and what it is to leave
    "gpt": ({"updates": 100}, {"loss.png", "graph.svg", "gradients.png"}),
    "symbols": ({}, {"letters.png"}),  # which has the same hundred updates
}


def seeded(seed=0):
    return np.random.default_rng(seed)


def build_in_torch(torch, model):
    """The same model from the same weights, with PyTorch's own functions: its loss as a function of tokens."""
    functional = torch.nn.functional
    matrices = {
        name: torch.tensor(
            [[weight.data for weight in row] for row in matrix.weights], dtype=torch.float64, requires_grad=True
        )
        for name, matrix in model.named_modules()
        if isinstance(matrix, gpt_model.Matrix)
    }

    def norm(x):
        return functional.rms_norm(x, (x.shape[-1],), eps=1e-5)

    def loss(tokens):
        tokens = torch.tensor(tokens)
        count, width, heads = len(tokens) - 1, 16, 4
        x = norm(matrices["letters"][tokens[:-1]] + matrices["places"][:count])
        query, key, value = (
            functional.linear(norm(x), matrices[name]).view(count, heads, width // heads).transpose(0, 1)
            for name in ("query", "key", "value")
        )
        seen = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
        x = x + functional.linear(seen.transpose(0, 1).reshape(count, width), matrices["output"])
        hidden = functional.linear(norm(x), matrices["up"]).relu() ** 2
        x = x + functional.linear(hidden, matrices["down"])
        return functional.cross_entropy(functional.linear(x, matrices["head"]), tokens[1:])

    return matrices, loss


def test_it_agrees_with_pytorch_step_by_step(torch):
    model = gpt_model.draw_model(seeded())
    matrices, theirs = build_in_torch(torch, model)
    optimizer = nn.Adam(model.parameters(), lr=0.01, betas=(0.85, 0.99))
    their_optimizer = torch.optim.Adam(list(matrices.values()), lr=0.01, betas=(0.85, 0.99))
    for name in NAMES * 2:
        tokens = names.encode(name)
        optimizer.zero_grad()
        loss = model.loss(tokens)
        loss.backward()
        their_optimizer.zero_grad()
        their_loss = theirs(tokens)
        their_loss.backward()
        assert loss.data == pytest.approx(their_loss.item(), rel=1e-10)
        for place, parameter in model.named_parameters():
            matrix, row, column = re.fullmatch(r"(.*)\.weights\[(\d+)\]\[(\d+)\]", place).groups()
            gradient = matrices[matrix].grad[int(row), int(column)].item()
            assert parameter.grad == pytest.approx(gradient, rel=1e-8, abs=1e-12), place
        optimizer.step()
        their_optimizer.step()
    moved = np.array([parameter.data for parameter in model.parameters()])
    their_numbers = torch.cat([matrices[name].detach().ravel() for name in _order(model)]).numpy()
    assert moved == pytest.approx(their_numbers, abs=1e-9)


def _order(model):
    return [name for name, matrix in model.named_modules() if isinstance(matrix, gpt_model.Matrix)]


def test_a_tape_has_the_numbers_of_the_values():
    model = gpt_model.draw_model(seeded())
    tape = names.record_length(model, 4)
    rows = np.eye(27)[[names.encode(name)[1:-1] for name in ("anna", "ovel")]].reshape(2, -1)
    losses = [model.loss(names.encode(name)) for name in ("anna", "ovel")]
    assert tape.forward(rows) == pytest.approx([loss.data for loss in losses], rel=1e-12)
    model.zero_grad()
    for loss in losses:
        loss.backward(0.5)
    expected = [parameter.grad for parameter in model.parameters()]
    model.zero_grad()
    tape.backward(0.5)
    assert [parameter.grad for parameter in model.parameters()] == pytest.approx(expected, rel=1e-9, abs=1e-13)


def test_it_has_the_parameters_of_microgpt():
    model = gpt_model.draw_model(seeded())
    assert len(model.parameters()) == 4192
    counts = {
        name: len(matrix.parameters()) for name, matrix in model.named_modules() if isinstance(matrix, gpt_model.Matrix)
    }
    assert counts["letters"] == counts["head"] == 27 * 16
    assert counts["up"] == counts["down"] == 4 * 16 * 16


def test_a_place_sees_those_before_it_only():
    model = gpt_model.draw_model(seeded())
    one, other = model(names.encode("anna")[:-1]), model(names.encode("anno")[:-1])
    same = [[a.data for a in x] == [b.data for b in y] for x, y in zip(one, other, strict=True)]
    assert same == [True, True, True, True, False]


def test_rms_norm_is_checked_by_differences():
    normalise = gpt_model.draw_model(seeded()).normalise
    x = [Value(number, f"x{index}") for index, number in enumerate((1.0, -2.0, 3.0))]
    assert sum(a.data**2 for a in normalise(x)) / 3 == pytest.approx(1.0, abs=1e-5)
    assert gradcheck(lambda *x: normalise(list(x))[1], x)


@pytest.mark.parametrize("name", DEMOS)
def test_a_demo_runs_and_leaves_its_pictures(name):
    check_run(name, DEMOS)


@pytest.mark.parametrize("claim", list_claims(DEMOS))
def test_a_claim_holds_and_would_not_without_its_effect(claim):
    check_claim(claim)


def test_it_learns_and_invents():
    text, _ = run_demo("gpt", **DEMOS["gpt"][0])
    before, _, uniform = map(float, re.search(r"([\d.]+) at first; log (\d+) is ([\d.]+)", text).groups())
    after = float(re.search(r"([\d.]+) after 100 updates", text)[1])
    assert uniform == pytest.approx(log(27), abs=1e-3)
    assert before == pytest.approx(uniform, abs=0.1)
    assert after < 2.2
    assert int(re.search(r"Twenty names, of which (\d+) are new", text)[1]) > 10


def test_its_graph_shows_its_matrices():
    model = gpt_model.draw_model(seeded())
    picture = viz.draw(model.loss(names.encode("anna"))).svg
    assert all(f">{box}<" in picture for box in ("query", "up", "head"))


def test_sampling_ends_and_has_a_temperature(tmp_path, capsys):
    model = gpt_model.draw_model(seeded())
    found = [names.sample(model, seeded(seed), 1.0) for seed in range(5)]
    assert len(set(found)) == 5
    assert all(len(name) < 16 and set(name) <= set(gpt_model.LETTERS[:-1]) for name in found)
    coldest = {names.sample(model, seeded(seed), 1e-6) for seed in range(3)}
    assert len(coldest) == 1
    with pytest.raises(SystemExit, match="2"):
        run(gpt.main, ["--out", str(tmp_path), "--temperature", "0"])
    assert capsys.readouterr() == ("", "python -m demos.gpt: temperature must be above 0, not 0\n")


def test_the_names_are_lower_case_and_each_stands_once():
    known = names.read_names()
    assert len(known) == len(set(known)) > 500
    assert all(re.fullmatch("[a-z]{4,8}", name) for name in known)
    first = names.Path(names.__file__).with_name("names.txt").read_text().splitlines()[0]
    assert "invented for this project" in first


class Number:
    """Values of another kind: operators on two numbers, relu, and no other method, as micrograd's have."""

    def __init__(self, data):
        self.data = data

    def relu(self):
        return Number(max(0.0, self.data))


def _number(other):
    return other.data if isinstance(other, Number) else other


for name in ("add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv", "pow"):
    operation = getattr(float, f"__{name}__")
    setattr(Number, f"__{name}__", lambda a, b, f=operation: Number(f(float(a.data), float(_number(b)))))


def test_the_benchmark_computes_the_same_loss_with_values_of_any_kind():
    def dot(a, b):
        return sum(x * y for x, y in zip(a, b, strict=True))

    kits = {
        Number: benchmark.Kit(dot, sum, lambda a: Number(exp(a.data)), lambda a: Number(log(a.data))),
        Value: benchmark.Kit(engine.dot, engine.sum, Value.exp, Value.log),
    }
    numbers = benchmark.draw_numbers()
    assert sum(rows.size for rows in numbers.values()) == 4192
    losses = []
    for kind, kit in kits.items():
        state = {name: [[kind(number) for number in row] for row in rows.tolist()] for name, rows in numbers.items()}
        losses.append(benchmark.loss(kit, state).data)
    assert losses[0] == pytest.approx(losses[1], rel=1e-12)
    assert losses[1] == pytest.approx(benchmark.loss(engine, state).data, rel=1e-12)
    assert losses[1] == pytest.approx(3.401566344305853, rel=1e-12)  # as measured ever since
