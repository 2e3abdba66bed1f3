"""The demos that show one claim of the course each: they run and leave their pictures. Their numbers are claims."""

from importlib import import_module

import pytest

SHOWN = {  # each demo, and what it is to leave
    "losses": {"losses.png"},
    "minima": {"minima.png"},
    "convexity": {"convexity.png"},
    "rates": {"braking.png", "network.png"},
    "centring": {"zigzag.png"},
    "dying": {"dying.png"},
    "choosing": {"contests.png"},
    "stopping": {"stopping.png"},
    "hyperplane": {"line.png", "plane.png"},
    "unrolled": {"unrolled.svg", "unrolled.html", "time.png"},
    "gates": {"gates.png"},
    "symbols": {"letters.png"},
    "features": {"features.png"},
    "amount": {"amount.png"},
    "driving": {"decisions.png"},
    "softmax": {"softmax.svg", "temperature.png"},
}


@pytest.mark.parametrize("name", SHOWN)
def test_a_demo_runs_and_leaves_its_pictures(name, tmp_path, capsys):
    import_module(f"demos.{name}").main(tmp_path)
    text = capsys.readouterr().out
    assert {path.name for path in tmp_path.iterdir()} == SHOWN[name]
    assert all(str(tmp_path / picture) in text for picture in SHOWN[name])
    assert [line for line in text.splitlines() if len(line) > 80 and str(tmp_path) not in line] == []
