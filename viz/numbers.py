"""Numbers as short text, the same in pictures and in the terminal."""


def format_number(x: float, digits: int = 4) -> str:
    """A number with `digits` significant digits, in at most 11 characters where digits is 4.

    A number that needs fewer is written short, so that ``0.5`` is exact and ``0.5000`` is rounded; a
    whole number keeps its ``.0``.

    >>> [format_number(x) for x in (1, -3.0, 0.5, 2**0.5 / 2, 1.715e-05, 0.99999, float("-inf"))]
    ['1.0', '-3.0', '0.5', '0.7071', '1.715e-05', '1.000', '-inf']
    """
    x = float(x)
    if x.is_integer() and abs(x) < 1e6:
        return f"{x:.1f}"
    short = f"{x:.{digits}g}"
    return short if float(short) == x or x != x else f"{x:#.{digits}g}".removesuffix(".")
