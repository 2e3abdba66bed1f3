"""What viz returns: it is printed, shown in notebooks, and saved."""

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from engine.files import find_target, replace
from viz.browser import take_picture


class Shown:
    """What viz returns: `print` tells it, notebooks show it, `.save(path)` writes it."""

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it to a file, replace one that is there as a whole. The ending of its name says as what.

        A .png is drawn by a browser, Chromium or Chrome, where this is no plot: the one that the environment variable
        CHROMIUM names, else one on the PATH. Raises ValueError for an ending that is not allowed, OSError where the
        file cannot be written or there is no browser, ImportError where a plot lacks matplotlib.
        """
        ways = self._find_ways()
        path = check_path(path, *ways)  # before the picture is made
        write_file(path, ways[path.suffix.lower()]())

    def _find_ways(self) -> Mapping[str, Callable[[], str | bytes]]:
        """What makes the content of a file, by the ending of its name."""
        raise NotImplementedError(f"{type(self).__name__} has no _find_ways()")


class SvgFile(Shown):
    """A picture as text, `svg`, complete in itself."""

    svg: str

    def _find_ways(self) -> Mapping[str, Callable[[], str | bytes]]:
        return {".svg": lambda: self.svg, ".png": lambda: take_picture(self.svg, ".svg", *_find_size(self.svg))}

    def _repr_svg_(self) -> str:
        return self.svg


def _find_size(svg: str) -> tuple[float, float]:
    width, height = (float(re.search(rf' {name}="([\d.]+)"', svg)[1]) for name in ("width", "height"))  # type: ignore[index]
    return width, height


def check_path(path: str | os.PathLike[str], *suffixes: str) -> Path:
    """The path, if a file with one of these endings can be written there; to be asked before work starts.

    Raises ValueError for another ending, OSError where nothing can be, or may be, written there.
    """
    path = Path(path)
    if path.suffix.lower() not in suffixes:
        raise ValueError(f"the name of the file must end in {' or '.join(suffixes)}: {str(path)!r}")
    target = find_target(path)
    if target.is_dir():
        raise IsADirectoryError(f"cannot write {str(path)!r}: it is a folder")
    if not target.parent.is_dir():
        folder = target.parent if path.is_symlink() else path.parent
        raise FileNotFoundError(f"cannot write {str(path)!r}: there is no folder {str(folder)!r}")
    if not os.access(target.parent, os.W_OK) or (target.exists() and not os.access(target, os.W_OK)):
        raise PermissionError(f"cannot write {str(path)!r}: no permission")
    return path


def write_file(path: str | os.PathLike[str], content: str | bytes) -> None:
    """Write a file; until it is complete, what was there before stays. OSError where it cannot be written."""
    content = content.encode() if isinstance(content, str) else content
    with replace(path) as file:
        file.write(content)
