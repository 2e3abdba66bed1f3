"""Arrays: read what people pass as NumPy does, but refuse masked arrays; and read formulas on arrays."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.formulas import ELEMENTARY, LARGEST, Reader

ARCS = ("asin", "acos", "atan", "atan2")  # NumPy says arcsin
HOLDERS = list, tuple, np.ma.MaskedArray  # of what may be masked
OTHERS = ("abs", "atan2", "maximum", "minimum", "where")  # functions that NumPy has by name


def read_array(name: str, given: Any, dtype: type | None = None) -> NDArray[Any]:
    """Return the argument as an array; TypeError for a masked array, the error of NumPy with its name for others."""
    refuse_masked(name, given)
    try:
        array: NDArray[Any] = np.asarray(given, dtype)
    except (TypeError, ValueError) as error:
        # one with the plain class: others, such as UnicodeDecodeError, are not made of a text alone
        raise (TypeError if isinstance(error, TypeError) else ValueError)(f"{name}: {error}") from None
    return array


def refuse_masked(name: str, given: Any) -> None:
    """Raise TypeError for a masked array, also within lists: NumPy ignores the mask, or reads masked cells as nan."""
    if isinstance(given, np.ma.MaskedArray):
        raise TypeError(f"{name} is a masked array: leave out what is masked, or fill it, as {name}.filled(0.0) does")
    if isinstance(given, list | tuple) and not {*map(type, given)} <= {float, int}:
        for index, part in enumerate(given):
            if isinstance(part, HOLDERS):
                refuse_masked(f"{name}[{index}]", part)


def _largest(values: NDArray[Any]) -> Any:
    return np.clip(np.max(values, axis=0), -LARGEST, LARGEST)


NUMPY = Reader(
    {name: getattr(np, name.replace("a", "arc", 1) if name in ARCS else name) for name in (*ELEMENTARY, *OTHERS)}
    # np.power takes a short cut that makes (-inf)**0.5 nan
    | {"power": np.float_power, "sum": lambda values: np.sum(values, axis=0), "largest": _largest}
)
