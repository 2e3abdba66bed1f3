"""Arrays as people give them: read as NumPy does, but for what would silently become another number."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def read_array(name: str, given: Any, kind: type | None = None) -> NDArray[Any]:
    """What NumPy makes of it; TypeError for a masked array."""
    refuse_masked(name, given)
    array: NDArray[Any] = np.asarray(given, kind)
    return array


def refuse_masked(name: str, given: Any) -> None:
    """TypeError for a masked array, also in lists: NumPy reads what is masked as if it were not, or as nan."""
    if isinstance(given, np.ma.MaskedArray):
        raise TypeError(f"{name} is a masked array: leave out what is masked, or fill it, as {name}.filled(0.0) does")
    if isinstance(given, list | tuple):
        for index, part in enumerate(given):
            refuse_masked(f"{name}[{index}]", part)
