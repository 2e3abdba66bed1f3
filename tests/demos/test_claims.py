"""The command that prints what the demos claim; that each claim holds is tested beside its demo's run."""

import pytest

from demos import claims
from demos.claims import Claim


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
