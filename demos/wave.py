"""Wave: fits networks to noisy points of a sine wave in several ways; `regularisation` shows them."""

import numpy as np

import nn
from demos.runner import once

WAYS = {  # the width of the layers, the dropout behind them, settings of the optimiser and of the training
    "one neuron": (1, 0, {}, {}),
    "no regularisation": (20, 0, {}, {}),
    "L1": (20, 0, {"l1": 0.2}, {}),
    "L2": (20, 0, {"weight_decay": 0.008}, {}),
    "dropout": (20, 0.2, {}, {}),
    "noise on inputs": (20, 0, {}, {}),
    "early stopping": (20, 0, {}, {"patience": 200}),
}
POINTS = 16
LINE = np.linspace(-1, 1, 101)
WAVE = np.sin(1.15 * np.pi * LINE)  # which no network has seen


@once
def learn(way: str, seed: int, epochs: int = 1000) -> dict:
    """The results of a training: points, curve, history, errors, weights."""
    generator = np.random.default_rng(seed)
    x = np.linspace(-1, 1, POINTS) + generator.uniform(-0.05, 0.05, (2, POINTS))
    y, held_out = np.sin(1.15 * np.pi * x) + 0.35 * generator.normal(size=(2, POINTS))
    X, X_held_out = x[:, :, None]
    blurred = np.repeat(X, 20, axis=0) + generator.normal(0, 0.1, (20 * POINTS, 1))  # twenty copies of each point
    data = (blurred, np.repeat(y, 20)) if way == "noise on inputs" else (X, y)

    width, dropped, shrinking, settings = WAYS[way]
    *hidden, last = nn.MLP(1, [width, width, 1], "tanh", generator=np.random.default_rng(seed)).layers
    model = nn.Sequential(*hidden, *([nn.Dropout(dropped, generator=generator)] if dropped else []), last)
    adam = nn.Adam(model.parameters(), lr=0.02, **shrinking)
    settings = {"epochs": epochs, "validation": (X_held_out, held_out), **settings}
    history = nn.fit(model, *data, optimizer=adam, progress=False, **settings)

    noisy = np.repeat(LINE, 20)[:, None] + np.random.default_rng(seed).normal(0, 0.1, (20 * len(LINE), 1))
    curve = nn.predict(model, LINE[:, None])
    return {
        "X": X, "y": y, "curve": curve, "history": history,
        "points": np.mean((nn.predict(model, X) - y) ** 2),
        "wave": np.mean((curve - WAVE) ** 2),
        "noisy": np.mean((nn.predict(model, noisy) - np.repeat(WAVE, 20)) ** 2),
        "weights": [number for path, number in model.state_dict().items() if "weights" in path],
    }  # fmt: skip
