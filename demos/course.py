"""The course: the demos in the order of the notes, below their headings."""

from pathlib import Path

HERE = Path(__file__).parent
HEADINGS = {
    "Learning": ("tour", "by_hand", "gradient_descent", "rates", "stopping", "optimisers", "schedules"),
    "Losses and their minima": ("losses", "outliers", "minima", "convexity"),
    "Vanishing and exploding gradients": ("vanishing", "remedies", "exploding", "clipping"),
    "Activation functions": ("activations", "textbook", "centring", "dying", "softmax", "choosing"),
    "Initialisation": ("initialisation",),
    "Perceptrons and networks": ("perceptron", "hyperplane", "xor", "regression", "spam", "moons", "driving"),
    "Depth and data": ("spiral", "features", "amount", "iris", "digits"),
    "Regularisation": ("regularisation",),
    "Convolution": ("convolution", "series", "kernels"),
    "Recurrence and generation": ("unrolled", "recurrent", "gates", "gan", "symbols", "gpt"),
    "Checking": ("gradcheck", "differences", "mistakes", "derivatives", "second_order"),
}
COURSE = tuple(name for names in HEADINGS.values() for name in names)


def find_names() -> list[str]:
    """The demos there are, in the order of the course: the modules whose main takes the folder for its pictures."""
    found = {file.stem for file in HERE.glob("*.py") if "\ndef main(out: Path" in file.read_text(encoding="utf-8")}
    found -= {"gallery"}
    return [name for name in COURSE if name in found] + sorted(found - set(COURSE))
