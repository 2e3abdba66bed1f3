"""What `viz` draws: the small pictures of the README, each with the call that makes it."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import nn
import viz
from engine import Value
from viz import plots

# The call as it stands in the README, by the picture that it makes.
CALLS = {
    "path.svg": 'viz.path(y, "x")',
    "gradient_flow.svg": "viz.gradient_flow(models, X, targets, nn.mse)",
    "shrink.svg": 'viz.shrink(["sigmoid", "tanh", "relu"], range(1, 9))',
    "network.svg": "viz.network(model, X[0])",
    "film.png": "viz.film(model, X, targets)",
    "activations.png": "plots.activation_curves()",
}


@cache
def make_all() -> dict[str, Any]:
    """What each call returns, by its picture."""
    y = Value(1.0, "x")
    for number, weight in enumerate((1.5, 1.5, 0.2, 1.5), 1):
        y = (y * Value(weight, f"w{number}")).sigmoid()
    y.label = "y"
    generator = np.random.default_rng(0)
    X, targets = nn.moons(100, 0.1, generator)
    model = nn.MLP(2, [6, 4, 1], "tanh", generator=generator)
    models = {name: nn.MLP(2, [8, 8, 8, 8, 1], name, generator=generator) for name in ("sigmoid", "relu")}
    known = {"viz": viz, "nn": nn, "plots": plots, "y": y, "X": X, "targets": targets, "model": model, "models": models}
    made = {name: eval(call, known) for name, call in CALLS.items()}
    options = {"loss": "binary_cross_entropy_with_logits", "epochs": 150, "progress": False}
    nn.fit(model, X, targets, callback=made["film.png"], **options)
    return made


def make_sources() -> dict[str, str]:
    """What the pictures show, as text; of a .png the call, since what was learned differs by machine."""
    return {name: str(made) if name.endswith(".svg") else CALLS[name] for name, made in make_all().items()}


def save_all(folder: Path, browser: Any) -> None:
    """Save the pictures into a folder; pages are opened in the browser."""
    for name, made in make_all().items():
        if name == "activations.png":
            made.figure.set_size_inches(4.8, 3.2)
            made.figure.savefig(folder / name, dpi=100)
        elif name == "film.png":
            page = browser.new_page(viewport={"width": 1000, "height": 620}, device_scale_factor=0.75)
            page.set_content(made.html)
            page.keyboard.press("End")
            page.wait_for_timeout(500)
            page.screenshot(path=folder / name)
        else:
            made.save(folder / name)
