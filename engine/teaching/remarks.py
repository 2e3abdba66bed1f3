"""Remarks: notes on steps where an operation has a kink, a jump or no result, and on the number taken there.

Texts and pages show a remark beside its step of the forward or the backward pass.
"""

from dataclasses import dataclass

LARGEST = 1.7976931348623157e308  # float


@dataclass(frozen=True)
class Remark:
    """A note for an operation whose numbers meet a condition.

    ops        the rows of the op table that it is about
    condition  a formula in the letters of the row (see `engine.formulas`)
    forward    the text about the result, or ""; {op} is the row's name
    backward   the text about the local derivative, or ""
    by         the letters of the operands by which to differentiate; "" for all
    """

    ops: tuple[str, ...]
    condition: str
    forward: str = ""
    backward: str = ""
    by: str = ""


_KINK = "{op} has a kink here: its slope is taken as "
_JUMP = "{op} jumps here: the slope is that of one side"
_STEEP = "{op} is vertical here: its slope is infinite"
_NO_SLOPE = "{op} is not defined here: this number is no slope"
_FALLS = "a logarithm falls without end towards 0: the result is -inf"
_NO_LOGARITHM = "a negative number has no real logarithm: the result is nan"
_TOO_LARGE = "larger than the largest float, 1.8e308: the result is infinite"
_ENDS = "a logarithm ends at -100 here (as in PyTorch)"
_NEAR_0 = "(a >= 0)*(a < exp(-100))"
_LOGARITHMS = ("log", "log2", "log10")

REMARKS = (
    Remark(("relu", "abs"), "a == 0", "", f"{_KINK}0 (as in PyTorch)"),
    Remark(("leaky_relu",), "(a == 0)*(1 - (b == 1)) > 0", "", f"{_KINK}that below 0 (as in PyTorch)", "a"),
    Remark(("maximum", "minimum"), "a == b", "", "a tie: each of the two receives half (as in PyTorch)"),
    Remark(("clip",), "((a == b) + (a == c) > 0)*(b < c)", "", f"{_KINK}1 (as in PyTorch)", "a"),
    Remark(("clip",), "(a == b)*(b == c)", "", "both bounds are here: the slope is taken as 1 (as in PyTorch)", "a"),
    Remark(("clip",), "(a == b)*(b < c) + (a < b)*(b == c) > 0", "", f"{_KINK}0", "b"),
    Remark(("clip",), "(a == c)*(b < c) + (a <= b)*(b == c) > 0", "", f"{_KINK}0", "c"),
    Remark(("step", "sign"), "a == 0", "", "{op} jumps here: its slope is taken as 0"),
    Remark(("detach",), "1", "", "detach lets no gradient through"),
    Remark(("%",), "y == 0", "", _JUMP, "a"),
    Remark(("%",), "(y == 0)*(abs(a) > 0)", "", _JUMP, "b"),
    Remark(("%",), "b == 0", "there is no remainder of a division by 0: the result is nan", _NO_SLOPE),
    Remark(("/",), "(b == 0)*(abs(a) > 0)", "a division by 0: the result is infinite, and no error", _NO_SLOPE),
    Remark(("/",), "(b == 0)*(a == 0)", "0/0 is no number: the result is nan", _NO_SLOPE),
    Remark(("**",), "(a == 0)*(b < 0)", "0 to a negative power is a division by 0: the result is infinite", _NO_SLOPE),
    Remark(("**",), "(a == 0)*(b == 0)", "", "the powers of 0 jump here: their slope is taken as 0", "b"),
    Remark(("**",), "(a == 0)*(b > 0)*(b < 1)", "", _STEEP, "a"),
    Remark(("**",), f"(a < 0)*(a >= -{LARGEST})*(b % 1 > 0)",
           "a negative number has no real power of a fraction: nan", _NO_SLOPE),
    Remark(("**",), "(a < 0)*(b % 1 == 0)", "", "a negative number has no power beside this one: no slope", "b"),
    Remark(("sqrt",), "a == 0", "", _STEEP),
    Remark(("sqrt",), "a < 0", "a negative number has no real square root: the result is nan", _NO_SLOPE),
    Remark(_LOGARITHMS, "a == 0", _FALLS, _STEEP),
    Remark(_LOGARITHMS, "a < 0", _NO_LOGARITHM, _NO_SLOPE),
    Remark(("log1p",), "a == -1", _FALLS, _STEEP),
    Remark(("log1p",), "a < -1", _NO_LOGARITHM, _NO_SLOPE),
    Remark(("asin", "acos"), "abs(a) == 1", "", _STEEP),
    Remark(("asin", "acos"), "abs(a) > 1", "sines and cosines lie between -1 and 1: the result is nan", _NO_SLOPE),
    Remark(("atan2",), "(a == 0)*(b == 0)*(y == 0)", "the origin has no angle: 0 is taken"),
    Remark(("atan2",), "(a == 0)*(b == 0)*(abs(y) > 0)", "the origin has no angle: beside -0.0 half a turn is taken"),
    Remark(("atan2",), "(a == 0)*(b == 0)", "", "the origin has none: 0 is taken"),
    Remark(("atan2",), "(a == 0)*(b < 0)", "", "the angle jumps here by a whole turn: the slope is that beside it",
           "a"),
    Remark(("binary_cross_entropy",), "(a < 0) + (a > 1) > 0",
           "a probability lies between 0 and 1: the result is nan", _NO_SLOPE),
    Remark(("binary_cross_entropy",), f"{_NEAR_0}*(1 - (b == 0)) + (a == 1)*(1 - (b == 1)) > 0", _ENDS),
    Remark(("binary_cross_entropy",), "(a >= 0)*(a <= 1)*(a*(1 - a) < 1e-12)", "",
           "this near to 0 or 1, the slope is divided by 1e-12 (as in PyTorch)", "a"),
    Remark(("exp", "expm1", "sinh", "cosh"), f"(abs(y) > {LARGEST})*(abs(a) < {LARGEST})", _TOO_LARGE),
    Remark(("**",), f"(abs(y) > {LARGEST})*(abs(a) < {LARGEST})*(abs(b) < {LARGEST})*(abs(a) > 0)", _TOO_LARGE),
    Remark(("+", "-", "*", "leaky_relu", "binary_cross_entropy", "binary_cross_entropy_with_logits"),
           f"(abs(y) > {LARGEST})*(abs(a) < {LARGEST})*(abs(b) < {LARGEST})", _TOO_LARGE),
    Remark(("/",), f"(abs(y) > {LARGEST})*(abs(a) < {LARGEST})*(abs(b) > 0)", _TOO_LARGE),
)  # fmt: skip


def find_remarks(op: str, letter: str = "") -> list[tuple[str, str]]:
    """Return condition and text of each remark on the result of an operation, or on its derivative by a letter.

    >>> [condition for condition, _ in find_remarks("sqrt")], [condition for condition, _ in find_remarks("sqrt", "a")]
    (['a < 0'], ['a == 0', 'a < 0'])
    """
    return [
        (remark.condition, said.replace("{op}", op))
        for remark in REMARKS
        if op in remark.ops and (said := remark.backward if letter else remark.forward)
        if not letter or not remark.by or letter in remark.by
    ]
