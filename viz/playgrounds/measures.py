"""Passes the sizes, limits and words of Python's layout on to the layout in JavaScript."""

import json
from types import ModuleType
from typing import Any

from engine.teaching import folding, graph
from viz.pages import arrangement, views
from viz.pictures import breaks, coordinates, layout, plan, ranks

TAKEN: dict[ModuleType, tuple[str, ...]] = {
    ranks: ("NODES",),
    coordinates: ("BETWEEN", "STEP", "STILL", "ROUNDS", "TRUNK", "LEAF", "CROSSING"),
    breaks: ("CROSSED",),
    plan: ("PORT", "CORNER", "BEND", "STEEP", "STRAIGHT", "LEVEL", "MARGIN", "CHANNEL", "TRACK"),
    layout: ("MOST_ROWS", "LOOSE", "TRIES", "LEAST"),
    arrangement: (
        "LOW", "LETTER", "MOST_LETTERS", "TEXT", "ROOM", "WHOLE", "ROOMY", "LONG", "BESIDE", "NARROW", "FEW",
    ),
    views: (
        "NARROWEST", "HEIGHT", "SIGN", "SMALL", "MOST_SCOPE", "SCOPE", "OPENER", "MOST_INSIDE", "MOST_OUTSIDE", "TRIES",
        "FOLDS", "WORDS",
    ),
    folding: ("FEW", "MOST_STRETCHES", "SCOPED", "CONSTANTS", "STRETCHES"),
    graph: ("LIMIT",),
}  # fmt: skip
PARTS = ("breaks", "ranks", "coordinates", "plan", "layout", "folding", "arrange", "views")
SCRIPTS = tuple(f"layout/{name}" for name in PARTS)


def measures() -> str:
    """Return them as the JavaScript object `measures`, by module: measures.coordinates.STEP."""
    taken: dict[str, dict[str, Any]] = {}
    for module, names in TAKEN.items():
        measured = taken.setdefault(module.__name__.rpartition(".")[2], {})
        measured |= {name: getattr(module, name) for name in names}
    taken["views"] |= taken.pop("arrangement")
    return f"const measures = {json.dumps(taken, indent=1)};\n"
