"""A checker of equations: what is printed is read again and worked out from the digits shown; the sign has to fit."""

import re
from functools import cache
from typing import Any

import numpy as np

from engine import apply
from engine.ops import table
from tests.agreement.peers import textbook
from tests.conftest import optional

DIGITS = 700  # to compute with: 1e300 + 1e-300 has 600

NUMBER = r"(?<![\w.])(?:\d+\.?\d*(?:e[-+]?\d+)?|inf|nan)(?![\w.])"


@cache  # a walk and the explanations of its leaves say much alike
def find_complaints(statement: str, digits: int = 4) -> tuple[int, list[str]]:
    """How many equations a statement holds whose sides are numbers, and those whose sign is not what it should be.

    "=" stands between sides that come to the last side as shown, with so many digits, worked out as with a pencil; "≈"
    between all others, which are near all the same.
    """
    with optional("mpmath").workdps(DIGITS):
        return _find_complaints(statement, digits)


def _find_complaints(statement: str, digits: int) -> tuple[int, list[str]]:
    count, complaints, statement = 0, [], statement.replace("−", "-")
    statement = re.sub(r", step \d+", "", statement)  # of a name
    if "from before the numbers" in statement or "branch not taken" in statement:
        return 0, []  # ≠ stands in the first; 0 is what passes along the second, of infinity too
    for part in split(statement.rstrip(", ")):
        sides = re.split(r" (=|≈|≠) ", re.sub(r" via .*?(?= [+=≈≠] |$)| from the other .*?paths?", "", part))
        texts, signs = sides[::2], sides[1::2]
        worked = [_evaluate(text) for text in texts]
        last = worked[-1]
        if last is None or not re.fullmatch(f"-?{NUMBER}", texts[-1].strip()):
            continue
        exact = [
            value is None or _agrees(value, text, last, texts[-1], digits)
            for value, text in zip(worked, texts, strict=True)
        ]
        for number, sign in enumerate(signs):
            pair = texts[number : number + 2]
            if worked[number] is worked[number + 1] is None or any("…" in text or "ldots" in text for text in pair):
                continue  # names alone, or something is left out
            count += 1
            pair = exact[number : number + 2]
            expected = "≈" if False in pair else "=≈" if None in pair else "="
            limit = digits > 13 or count_digits(" ".join(texts[number : number + 2])) > 13  # of what floats hold
            near = limit or all(each is None or _is_near(each, last, digits) for each in worked[number : number + 2])
            if sign not in expected or not near:
                complaints.append(f"{texts[number]} {sign} {texts[number + 1]}")
    return count, complaints


def split(statement: str) -> list[str]:
    """The parts of a statement between commas, but not between the operands of a call."""
    parts, depth = [""], 0
    for letter in statement:
        depth = max(0, depth + (letter == "(") - (letter == ")"))  # a path begins with 1)
        if letter == "," and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]


def count_digits(text: str) -> int:
    """The significant digits of the longest number in a text."""
    digits = [len(re.sub(r"e.*|\.", "", number).lstrip("0")) for number in re.findall(NUMBER, text)]
    return max(digits, default=0)


def _agrees(value: Any, text: str, last: Any, shown: str, shown_digits: int) -> bool | None:
    """Whether a side comes to the last one as shown; None if it is too close for floats to tell."""
    from mpmath import mp

    if value == last or (value != value and last != last):
        return True
    if not (mp.isfinite(value) and mp.isfinite(last)) or last == 0:
        return False
    if abs(value - last) <= abs(last) * mp.mpf("1e-600"):  # the rounding of 700 digits
        return True
    if count_digits(shown) < shown_digits or (shown.endswith(".0") and count_digits(shown) > shown_digits):
        return False  # what is written short is exact
    places = shown_digits - 1 - int(mp.floor(mp.log10(abs(last))))  # behind the point, of the last digit
    agrees = abs(value - last) <= mp.mpf(10) ** -places * (0.5 + mp.mpf("1e-300"))  # a tie is neither false
    return (
        None if agrees and count_digits(f"{text} {shown}") > 13 and re.search(r"[^\W\d]{2,}\(|\*\*", text) else agrees
    )


def _is_near(value: Any, last: Any, digits: int) -> bool:
    allowed = 0.11 * 10.0 ** (3 - max(digits, 3)) + 0.5 * 10.0 ** (1 - digits)  # of the terms, and of what is shown
    return value == last or abs(value - last) <= max(allowed * abs(last), 5e-324) or (value != value and last != last)


@cache
def _evaluate(text: str) -> Any:
    """What a side comes to, in so many digits that none matter; None if it speaks of names, or leaves something out."""
    from mpmath import mp

    text = re.sub(r"^[^:]*\.grad: |^now |^  ?\d+\) ", "", text).replace("·", "*").strip()
    bare = re.sub(NUMBER, "", text)
    called = set(re.findall(r"[^\W\d]\w*", bare))
    if not called <= table.keys() | {"largest", "abs", "power"} or re.search(r"[^\w\s+*/%().,<>=-]", bare):
        return None
    exact = {name: textbook("maximum" if name == "largest" else name) for name in called}
    try:
        found = eval(re.sub(NUMBER, lambda number: f'mpf("{number[0]}")', text), exact | {"mpf": mp.mpf})
        return found if isinstance(found, mp.mpf | int) else mp.nan  # not complex
    except (ArithmeticError, ValueError):  # a division by 0, of which IEEE 754 makes an infinity
        floats = {name: lambda *x, name=name: np.float64(apply(name, *map(float, x)).data) for name in called}
        source = re.sub(NUMBER, lambda number: f'float64("{number[0]}")', text)
        with np.errstate(all="ignore"):
            return mp.mpf(float(eval(source, floats | {"float64": np.float64})))


def unwrap(text: str) -> list[str]:
    """The statements of `walk_text` or an explanation, each in one line."""
    statements: list[str] = []
    for line in text.split("\n"):
        if re.match(r"  (?=\S)|\S|    ∂[^·]+( \+=|$)", line) or not statements:
            statements.append(line.strip())
        else:
            statements[-1] += f" {line.strip()}"
    return statements


def unwrap_latex(latex: str) -> list[str]:
    """The statements of an explanation in LaTeX, as text."""
    text = re.sub(r"\\(begin|end)\{aligned\}|\\\\\n&\\quad", "", latex)
    text = re.sub(r"([\d.]+) \\cdot 10\^\{(-?\d+)\}", r"\1e\2", text)
    for command, sign in {
        r"\cdot": "*",
        r"\left": "",
        r"\right": "",
        r"\approx": "≈",
        r"\neq": "≠",
        r"\infty": "inf",
    }.items():
        text = text.replace(command, sign)
    text = text.replace(r"\mathrm{nan}", "nan").replace(r"\mathrm{branch\ not\ taken}", "branch not taken")
    rows = [row.strip() for row in text.split(r" \\")]
    statements: list[str] = []
    for row in rows:
        if row.startswith("&") and statements:
            statements[-1] += f" {row}"
        else:
            statements.append(row)
    return [re.sub(r"\s+", " ", statement.replace("&", "")) for statement in statements]
