"""Passes limits and words of Python on to the scripts of the page, so that each is written once."""

import json

from engine.teaching import answers, mistakes
from viz import numbers
from viz.pages import arrangement, views
from viz.paths import waterfall
from viz.words import exact, words

CONSTANTS = {  # by the names that the scripts have for them
    "DIGITS": numbers.DIGITS,
    "MOST_DIGITS": numbers.MOST_DIGITS,
    "SURE_DIGITS": numbers.SURE_DIGITS,
    "EXACT": numbers.EXACT,
    "ROUNDED": numbers.ROUNDED,
    "OUTDATED": numbers.OUTDATED,
    "NEAR": answers.NEAR,
    "LONGEST_ANSWER": answers.LONGEST,
    "MOST_EXPONENT": exact.MOST,
    "CLOSED": words.CLOSED,
    "MOST_WRITTEN": words.MOST,
    "PLAIN": words.PLAIN,
    "MOST_VISITS": mistakes.MOST_VISITS,
    "LETTER_WIDTH": arrangement.LETTER,
    "SMALL_WIDTH": views.SMALL,
    "MOST_SCOPE": views.MOST_SCOPE,
    "WORDS": views.WORDS,
    "MOST_LINKS": waterfall.MOST,
}


def write_constants() -> str:
    """Return them as constants in JavaScript."""
    written = {name: json.dumps(constant, ensure_ascii=False) for name, constant in CONSTANTS.items()}
    return "".join(f"const {name} = {text};\n" for name, text in written.items())
