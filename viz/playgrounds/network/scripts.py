"""The scripts of the network, which come after those of the page and recording.js."""

from viz.films.film import DRAWING
from viz.films.film import FOLDER as FILMS
from viz.offline import read_script
from viz.playgrounds.network.kernels import write_kernels
from viz.playgrounds.network.offered import write_offered

FOLDER = "viz.playgrounds.network"
PARTS = {  # the scripts by folder: computing, settings, and what people see and use
    "numbers": ("generator", "data", "model", "tape", "training"),
    "settings": ("settings", "file", "python"),
    "panels": ("vectors", "pictures", "form", "bar", "own", "seen", "state", "panels"),
}
SCRIPTS = tuple(f"{part}/{name}" for part, names in PARTS.items() for name in names)


def write_network_script() -> str:
    """Return all scripts, with the kernels of the current op table."""
    return "\n".join([write_kernels(), write_offered(), read_script(FILMS, *DRAWING), read_script(FOLDER, *SCRIPTS)])
