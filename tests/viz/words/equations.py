"""A checker of equations: what is printed is read again and worked out from the digits shown; the sign has to fit."""

import re

import numpy as np

from engine import apply
from engine.ops import table

NUMBER = r"(?<![\w.])(?:\d+\.?\d*(?:e[-+]?\d+)?|inf|nan)(?![\w.])"
FUNCTIONS = {name: getattr(np, name) for name in ("exp", "log", "log1p", "expm1", "sqrt", "sin", "cos", "tan", "tanh")}
FUNCTIONS |= {"abs": np.abs, "largest": lambda *x: np.max(x), "maximum": np.maximum, "minimum": np.minimum}
FUNCTIONS |= {"np": np}
CONSTANTS = {number for row in table.values() for text in row.derivatives for number in re.findall(NUMBER, text)}


def find_complaints(statement: str, digits: int = 4) -> tuple[int, list[str]]:
    """How many equations a statement holds whose sides are numbers, and those whose sign is not what it should be.

    "=" stands between sides that come to the last side as shown, with so many digits; "≈" between all others, which are
    near all the same; and where floats do not hold the digits.
    """
    count, complaints, statement = 0, [], statement.replace("−", "-")
    statement = re.sub(r", step \d+", "", statement)  # of a name
    if "from before the numbers" in statement or "branch not taken" in statement:
        return 0, []  # ≠ stands in the first; 0 is what passes along the second, of infinity too
    for part in re.split(r",\s+(?![^()]*\))", statement.rstrip(", ")):  # not between the operands of a call
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
            expected = "=" if exact[number] and exact[number + 1] else "≈"
            near = all(value is None or _is_near(value, last, digits) for value in worked[number : number + 2])
            if sign != expected or not near:
                complaints.append(f"{texts[number]} {sign} {texts[number + 1]}")
    return count, complaints


def _agrees(value: float, text: str, last: float, shown: str, shown_digits: int) -> bool:
    if value == last or (np.isnan(value) and np.isnan(last)):
        return True
    numbers = set(re.findall(NUMBER, text)) - CONSTANTS
    digits = [len(re.sub(r"e.*|\.", "", number).lstrip("0")) for number in numbers]
    if not np.isfinite(value) or not np.isfinite(last) or last == 0 or max(digits, default=0) > 15:
        return False
    places = shown_digits - 1 - int(np.floor(np.log10(abs(last))))  # behind the point, of the last digit
    if shown.endswith(".0"):
        places = max(places, 1)
    return abs(value - last) <= 0.50001 * 10.0**-places


def _is_near(value: float, last: float, digits: int) -> bool:
    allowed = 0.11 * 10.0 ** (3 - max(digits, 3)) + 0.5 * 10.0 ** (1 - digits)  # of the terms, and of what is shown
    return value == last or abs(value - last) <= allowed * abs(last) or bool(np.isnan(value) and np.isnan(last))


def _evaluate(text: str) -> float | None:
    """What a side comes to; None if it speaks of names, or leaves something out."""
    text = re.sub(r"^[^:]*\.grad: |^now |^  ?\d+\) ", "", text).replace("·", "*")
    bare = re.sub(NUMBER, "", text)
    known = {name: lambda *x, name=name: np.float64(apply(name, *map(float, x)).data) for name in table} | FUNCTIONS
    if not set(re.findall(r"[^\W\d]\w*", bare)) <= known.keys() or re.search(r"[^\w\s+*/%().,<>=-]", bare):
        return None
    source = re.sub(NUMBER, lambda found: f'np.float64("{found[0]}")', text.strip())
    with np.errstate(all="ignore"):
        return float(eval(source, known))


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
