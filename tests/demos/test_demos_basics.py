"""The demos' runner, the gallery, and the demos from by hand to second order: the numbers that they claim."""

import math
import re
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

import demos.__main__ as command
import nn
from demos import (
    activations,
    by_hand,
    clipping,
    deep,
    derivatives,
    descents,
    exploding,
    gallery,
    gradcheck,
    gradient_descent,
    memory,
    mistakes,
    optimisers,
    runner,
    second_order,
    vanishing,
)
from demos.course import COURSE, find_names
from engine import Value
from engine.teaching.mistakes import RIGHT, table
from tests.demos import test_demos_course, test_demos_gpt, test_demos_networks
from tests.demos.runs import check_claim, check_run, list_claims, run_demo

DEMOS = {  # each demo, with arguments that make it quicker, and what it is to leave
    "by_hand": ({}, {"by_hand.svg", "by_hand.html", "by_hand_worksheet.html"}),
    "gradient_descent": ({}, {"rates.png", "valley.png"}),
    "optimisers": ({"steps": 20}, {"contour.png"}),
    "textbook": ({}, {"curves.png"}),
    "vanishing": ({"depth": 8}, {"two_neurons.svg", "depth.png", "layers.png"}),
    "exploding": ({"depth": 4}, {"depth.png", "time.png"}),
    "clipping": ({}, {"clipping.png"}),
    "gradcheck": ({}, {"errors.png"}),
    "differences": ({}, {"step.png"}),
    "mistakes": ({"steps": 2}, {"mistakes.png"}),
    "derivatives": ({}, {"derivatives.png", "slope.svg"}),
    "second_order": ({"steps": 20}, {"newton.png"}),
}


def fake(out: Path, seed: int = 0, rate: float = 0.5, count: int = 3, kind: Literal["a", "b"] = "a") -> None:
    """Nothing.

    rate   100 % of it
    """
    (out / "said.txt").write_text(f"{seed} {rate} {count} {kind}")


@pytest.mark.parametrize("name", DEMOS)
def test_a_demo_runs_and_leaves_its_pictures(name):
    check_run(name, DEMOS)


@pytest.mark.parametrize("claim", list_claims(DEMOS))
def test_a_claim_holds_and_would_not_without_its_effect(claim):
    check_claim(claim)


# The runner and the gallery.


def test_parameters_become_options(tmp_path):
    runner.run(fake, ["--out", str(tmp_path / "a" / "b"), "--rate", "2", "--count", "7", "--kind", "b"])
    assert (tmp_path / "a" / "b" / "said.txt").read_text() == "0 2.0 7 b"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--rate", "much"], "argument --rate: a finite number expected, not 'much'"),
        (["--rate", "nan"], "argument --rate: a finite number expected, not 'nan'"),
        (["--count", "0"], "argument --count: a whole number from 1 on expected, not '0'"),
        (["--seed", "-1"], "argument --seed: a whole number from 0 on expected, not '-1'"),
        (["--kind", "c"], "argument --kind: invalid choice: 'c'"),
        (["--what"], "unrecognized arguments: --what"),
    ],
)
def test_a_bad_option_ends_in_one_line(options, told, tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        runner.run(fake, ["--out", str(tmp_path), *options])
    error = capsys.readouterr().err
    assert stopped.value.code == 2
    assert told in error
    assert error.count("\n") == 1


def test_a_folder_that_cannot_be_written_ends_in_one_line(tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "loop").symlink_to("loop")
    for name in ("file", "loop", "loop/out", "a\0b", "n" * 300, "a\nb\0"):
        with pytest.raises(SystemExit) as stopped:
            runner.run(fake, ["--out", str(tmp_path / name)])
        assert stopped.value.code == 2
        error = capsys.readouterr().err
        assert f": cannot write to {str(tmp_path / name)!r}: " in error
        assert error.count("\n") == 1
    assert sorted(file.name for file in tmp_path.iterdir()) == ["file", "loop"]


def test_help_shows_the_options_and_their_defaults(capsys):
    with pytest.raises(SystemExit) as stopped:
        runner.run(gradient_descent.main, ["--help"])
    text = capsys.readouterr().out
    assert stopped.value.code == 0
    assert "of each descent in one dimension (default: 20)" in text
    assert "The rule is one line" in text


def test_the_command_lists_the_demos_and_runs_one(capsys, tmp_path):
    command.main([])
    text = capsys.readouterr().out
    assert [name for name in find_names() if f"  {name} " not in text] == []
    assert max(map(len, text.splitlines())) <= 80
    command.main(["by_hand", "--out", str(tmp_path)])
    assert (tmp_path / "by_hand.html").exists()
    with pytest.raises(SystemExit) as stopped:
        command.main(["nothing"])
    assert stopped.value.code == 2
    assert "no demo 'nothing' (one of tour, by_hand," in capsys.readouterr().err


def test_every_demo_is_found_and_described():
    names = find_names()
    assert set(names) == {*DEMOS, *test_demos_networks.DEMOS, *test_demos_course.DEMOS, *test_demos_gpt.DEMOS, "tour"}
    assert names == list(COURSE)
    for name in names:
        title, paragraphs = gallery.describe(name)
        assert title.endswith("."), name
        assert paragraphs, name


def test_a_demo_is_a_page():
    lengths = {name: len((gallery.HERE / f"{name}.py").read_text(encoding="utf-8").splitlines()) for name in COURSE}
    assert [name for name, length in lengths.items() if length > 80] == ["tour"]  # which is a demo of several parts


def test_the_gallery_has_the_claims_below_the_headings_of_the_notes():
    claimed = {"optimisers": [("momentum is <fast>", "19 steps", 1)], "textbook": [("a sigmoid", "0.5", 0)]}
    page = gallery.write_page(["by_hand", "optimisers", "textbook"], ["<p>1</p>", "<p>2</p>", "<p>3</p>"], claimed)
    table = page[page.index("<table>") : page.index("</table>")]
    rows = re.findall(r"<tr>(.*?)</tr>", table)
    assert [re.sub("<.*?>", "|", row).strip("|") for row in rows] == [
        "Learning",
        "momentum is &lt;fast&gt;|||optimisers|||19 steps",
        "Activation functions",
        "a sigmoid|||textbook|||0.5 |does not hold",
    ]
    titles = [line for line in page.splitlines() if line.startswith(("<h2 class", "<p>1", "<p>3"))]
    assert [re.sub("<.*?>", "", line) for line in titles] == [
        "Learning",
        "1",
        "Activation functions",
        "3",
    ]


def test_the_gallery_shows_every_picture_and_survives_a_failure(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(gallery, "find_names", lambda: ["by_hand", "gradcheck"])

    def fail(out: Path, seed: int = 0) -> None:
        raise ZeroDivisionError("on purpose")

    monkeypatch.setattr(gradcheck, "main", fail)
    with pytest.raises(SystemExit) as stopped:
        gallery.main(tmp_path)
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert stopped.value.code == 1
    assert "ZeroDivisionError: on purpose" in page
    assert "Failed: gradcheck" in capsys.readouterr().out
    links = re.findall(r'(?:src|href)="([^"#]+)"', page)
    assert {"by_hand/by_hand.svg", "by_hand/by_hand.html"} <= set(links)
    assert all((tmp_path / link).exists() for link in links)  # so nothing is fetched from a network
    assert "The whole computation." in page
    assert 'href="#by_hand"' in page


# The demos' claims.


def test_by_hand_agrees_with_numbers_worked_out_by_hand(torch):
    v = by_hand.compute(by_hand.START)
    loss, named = v.loss, vars(v)
    assert named["z1"].data == pytest.approx(-0.4 * 0.5 + 0.9 * 0.8 + 0.1)
    assert named["z2"].data == pytest.approx(0.34)
    assert named["z"].data == pytest.approx(0.7 * 0.62 - 0.5 * 0.34 + 0.1)
    probability = 1 / (1 + math.exp(-0.364))
    assert loss.data == pytest.approx(-math.log(probability))
    loss.backward()
    assert named["z"].grad == pytest.approx(probability - 1)
    assert named["w12"].grad == pytest.approx((probability - 1) * 0.7 * 0.8)

    leaves = {n: torch.tensor(x, dtype=torch.float64, requires_grad=True) for n, x in by_hand.START.items()}
    w11, w12, b1, w21, w22, b2, u1, u2, b3 = leaves.values()
    age, income = by_hand.CUSTOMER.values()
    h1, h2 = torch.relu(w11 * age + w12 * income + b1), torch.relu(w21 * age + w22 * income + b2)
    torch.nn.functional.binary_cross_entropy(
        torch.sigmoid(u1 * h1 + u2 * h2 + b3), torch.ones((), dtype=torch.float64)
    ).backward()
    for name, leaf in leaves.items():
        assert named[name].grad == pytest.approx(leaf.grad.item(), rel=1e-12), name
    after = by_hand.compute({name: named[name].data - 0.5 * named[name].grad for name in by_hand.START}).loss
    assert after.data < loss.data


@pytest.mark.parametrize("rate", gradient_descent.RATES.values())
def test_descent_on_the_parabola_follows_its_closed_form(rate):
    path = gradient_descent.descend(gradient_descent.curve, [-1.0], rate, 20)[:, 0]
    assert path == pytest.approx(3 - 4 * (1 - 2 * rate) ** np.arange(21))
    assert (abs(path[-1] - 3) < 4) == (rate < 1)


def test_beyond_a_rate_of_two_over_curvature_descent_diverges():
    valley = gradient_descent.valley
    losses = [valley(*gradient_descent.descend(valley, [-9.0, 2.0], rate, 50)[-1]) for rate in (0.076, 0.081)]
    assert losses[0] < 0.1 < valley(-9, 2) < losses[1]
    assert len(gradient_descent.descend(gradient_descent.curve, [-1.0], 1.05, 1000)) == 132  # 4 · 1.1^131 > 10^6


def test_the_moments_of_adam_are_those_of_its_steps(capsys, tmp_path):
    optimisers.main(tmp_path)
    text = capsys.readouterr().out
    path = descents.descend("Adam, rate 0.9")
    for step in range(3):
        for name, place, move in zip("xy", path[step], path[step + 1] - path[step], strict=True):
            numbers = re.search(rf"^  {step + 1}: {name} (.*)$", text, re.MULTILINE)[1].split()
            assert float(numbers[0]) == pytest.approx(place, abs=5e-4)
            assert float(numbers[-1]) == pytest.approx(move, abs=5e-4)
    taken = [descents.count_steps(f"Adam, rate {rate}") for rate in (0.6, 0.9)]
    assert abs(taken[0] - taken[1]) < 10  # it hardly cares
    assert descents.count_steps("Adam, betas 0.9, 0.999") > descents.count_steps("plain, rate 0.076")
    assert descents.count_steps("plain, rate 0.081") == math.inf
    assert descents.shake("Adam, rate 0.9", 0) < 0.6 * descents.shake("RMSProp, rate 0.9", 0)


def test_a_curve_has_its_derivative():
    value, slope = activations.trace("gelu", np.linspace(-3, 3, 6001))
    assert np.gradient(value, 0.001)[1:-1] == pytest.approx(slope[1:-1], abs=1e-6)


def test_linear_layers_do_not_learn_a_circle_and_tanh_does():
    assert activations.train("linear", 0, 100).accuracy[-1] < 0.8
    assert activations.train("tanh", 0, 100).accuracy[-1] > 0.95


def test_what_w1_has_in_place_of_a1():
    loss, (w1, w2) = vanishing.build_chain(0.5, 0.8)
    loss.backward()
    a1 = 1 / (1 + math.exp(-0.5))
    a2 = 1 / (1 + math.exp(-0.8 * a1))
    shared = 2 * (a2 - 1) * a2 * (1 - a2)
    assert w2.grad == pytest.approx(shared * a1)
    assert w1.grad == pytest.approx(shared * 0.8 * a1 * (1 - a1) * 1)
    assert vanishing.compare_weights("relu") == pytest.approx(0.8 / 0.5)


def test_vanishing_says_the_factors_of_the_notes():
    text = " ".join(run_demo("vanishing", **DEMOS["vanishing"][0])[0].split())
    assert "with a1 = 0.6225" in text
    assert "0.8 · 0.2350 · 1 = 0.1880. What is left is 0.30 of" in text


def test_summed_sigmoids_grow_by_a_half_with_every_layer():
    X, _ = nn.circle(16, np.random.default_rng(0))
    signals = {}
    for name in ("sigmoid, residual", "tanh, residual"):
        signals[name] = deep.measure_signal(deep.build(name, 30, np.random.default_rng(0)), X)
    assert 0.4 < signals["sigmoid, residual"] / 30 < 0.6
    assert signals["tanh, residual"] < 5


def test_gates_keep_the_gradient_through_time():
    rows, ratios = memory.draw(10, 20, np.random.default_rng(0)), {}
    for name in memory.CELLS:
        sizes = memory.measure(memory.record_loss(memory.build(name, np.random.default_rng(0)), 20), rows)
        ratios[name] = sizes[0] / sizes[-1]
    assert max(ratios["RNN"], ratios["LSTM"], ratios["GRU"]) < 1e-2
    assert min(ratios["LSTM, open gate"], ratios["GRU, open gate"]) > 0.02


@pytest.mark.parametrize("weight", [0.5, 1.0, 1.5])
def test_a_recurrent_gradient_is_a_power_of_its_weight(weight):
    assert exploding.fade(weight, 30) == pytest.approx(weight**30)


def test_clipping_rescues_training(tmp_path, capsys):
    (wild, constant), (tame, _) = clipping.learn_mean(None, 0), clipping.learn_mean(1.0, 0)
    assert wild.loss[-1] == pytest.approx(constant, rel=0.05)  # all ReLUs are dead
    assert tame.loss[-1] < constant / 3 < tame.loss[0] / 1000
    assert max(tame.loss) == tame.loss[0] == wild.loss[0]
    with pytest.raises(SystemExit, match="2"):
        runner.run(clipping.main, ["--out", str(tmp_path), "--length", "0"])
    assert capsys.readouterr().err == "python -m demos.clipping: length must be above 0, not 0\n"


def test_the_check_finds_the_planted_bug(tmp_path, capsys):
    gradcheck.main(tmp_path)
    text = capsys.readouterr().out
    assert "12 of 15 gradients are wrong" in text
    assert "the bug is in layers[1]" in " ".join(text.split())
    assert re.search(r"its tanh +WRONG", text)
    assert re.search(r"the weighted sum +right", text)


def test_mistakes_point_where_they_are_said_to():
    X, y = nn.moons(10, 0.1, np.random.default_rng(0))
    y = 2.0 * y - 1
    assert mistakes.compare(RIGHT, X, y, 0) == pytest.approx((0, 1), abs=1e-5)
    assert mistakes.compare(table["wrong_sign"], X, y, 0) == pytest.approx((180, 1), abs=1e-5)
    assert mistakes.compare(table["no_zero"], X, y, 0) == pytest.approx((0, 2), abs=1e-5)
    right = mistakes.train(RIGHT, X, y, 0, 30)
    assert right[-1] < 0.7 * right[0]
    assert mistakes.train(table["forward_order"], X, y, 0, 5)[-1] == right[0]  # no gradient, no learning
    assert mistakes.train(table["wrong_sign"], X, y, 0, 30)[-1] > 10 * right[0]


def test_the_hessian_is_that_of_calculus():
    x, y = point = np.array([-1.2, 1.0])
    loss, gradient, hessian = second_order.curve_at(point)
    assert loss == pytest.approx(24.2)
    assert gradient == pytest.approx([-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)])
    assert hessian == pytest.approx(np.array([[2 - 400 * (y - 3 * x * x), -400 * x], [-400 * x, 200]]))


def test_newton_needs_a_handful_of_steps():
    assert len(second_order.descend(True, 50)) - 1 <= 6
    assert second_order.curve_at(second_order.descend(True, 50)[-1])[0] < 1e-6
    assert len(second_order.descend(False, 50)) - 1 == 50


def test_derivatives_of_tanh_are_those_of_calculus():
    y = math.tanh(0.5)
    expected = [y, 1 - y * y, -2 * y * (1 - y * y), -2 * (1 - y * y) * (1 - 3 * y * y)]
    assert derivatives.differentiate(Value.tanh, 0.5, 3) == pytest.approx(expected)
