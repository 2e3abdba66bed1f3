"""Arrays: read what people pass as NumPy does, but refuse masked arrays, which NumPy would silently unmask."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


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
            refuse_masked(f"{name}[{index}]", part)
