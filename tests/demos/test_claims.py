"""What the demos claim: each claim holds, and would not without its effect; the command that prints them."""

import pytest

from demos import claims, regularisation
from demos.claims import Claim
from demos.course import find_names

CLAIMS = [(name, claim) for name in find_names() for claim in claims.find_claims(name)]


@pytest.mark.parametrize(("name", "claim"), CLAIMS, ids=[f"{name}: {claim.words}" for name, claim in CLAIMS])
def test_a_claim_holds_and_would_not_without_its_effect(name, claim):
    number, control = claim.measure(0)
    assert claim.holds(number, control), claim.say(number, control)
    assert not claim.holds(control, control)
    assert claim.say(number, control) != claim.say(control, control)


def declare(monkeypatch, *found: Claim):
    monkeypatch.setattr(claims, "find_names", lambda: ["moons"])
    monkeypatch.setattr(claims, "find_claims", lambda name: found)


def test_the_table_has_each_claim_and_its_number(monkeypatch, capsys):
    declare(monkeypatch, Claim("seeds grow", lambda seed: (seed + 1, 0), lambda a, b: a > b, "{}, not {}"))
    claims.main()
    assert capsys.readouterr().out.splitlines() == [
        f"{'claim':32}  {'demo':16}  number, and control",
        f"{'seeds grow':32}  {'moons':16}  1, not 0",
        "",
        "1 of 1 claims hold.",
    ]


@pytest.mark.parametrize(("bad", "holds"), [(1, True), (2, False)])
def test_four_of_five_seeds_must_show_a_claim(bad, holds, monkeypatch, capsys):
    declare(monkeypatch, Claim("most do", lambda seed: (seed, bad), lambda number, control: number >= control))
    if holds:
        claims.main(seeds=5)
    else:
        with pytest.raises(SystemExit, match="1"):
            claims.main(seeds=5)
    said = " ".join(capsys.readouterr().out.split())
    assert f"0, control {bad}; on {5 - bad} of 5 seeds" in said
    assert ("DOES NOT HOLD" not in said) == holds


def test_all_ways_to_regularise_have_as_many_epochs():
    trained = {way: regularisation.learn(way, 0)["history"] for way in regularisation.WAYS}
    stopped = trained.pop("early stopping")
    assert {history.epochs for history in trained.values()} == {1500}
    assert stopped.epochs == stopped.best + 200
    assert stopped.validation_loss[stopped.best - 1] == min(stopped.validation_loss)
