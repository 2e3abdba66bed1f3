"""Base classes of what viz returns, which can be printed, shown in notebooks and saved."""

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from engine.files import find_target, replace
from viz.browser import take_picture


class Shown:
    """The base of what viz returns: it prints as text, notebooks show it, `.save(path)` writes it."""

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it to a file, whose suffix sets the format. An existing file is replaced as a whole.

        A .png needs a browser, Chromium or Chrome, except for plots: the one named by the environment variable
        CHROMIUM, else one on the PATH. Raises ValueError for another suffix, OSError if the file cannot be written
        or there is no browser, ImportError if a plot needs matplotlib and it is missing.
        """
        ways = self._find_ways()
        path = check_path(path, *ways)  # before the picture is made
        write_file(path, ways[path.suffix.lower()]())

    def _find_ways(self) -> Mapping[str, Callable[[], str | bytes]]:
        """The functions that make the content of a file, by its suffix."""
        raise NotImplementedError(f"{type(self).__name__} has no _find_ways()")


class SvgFile(Shown):
    """A picture as self-contained SVG text, `svg`."""

    svg: str

    def _find_ways(self) -> Mapping[str, Callable[[], str | bytes]]:
        return {".svg": lambda: self.svg, ".png": lambda: take_picture(self.svg, ".svg", *find_size(self.svg))}

    def _repr_svg_(self) -> str:
        return self.svg


def find_size(svg: str) -> tuple[float, float]:
    """The width and height that an SVG has in its first element."""
    width, height = (float(re.search(rf' {name}="([\d.]+)"', svg)[1]) for name in ("width", "height"))  # type: ignore[index]
    return width, height


def check_path(path: str | os.PathLike[str], *suffixes: str) -> Path:
    """Check, before work starts, that a file with one of these suffixes can be written to `path`; return the path.

    Raises ValueError for another suffix, OSError if the file cannot be written.
    """
    path = Path(path)
    if path.suffix.lower() not in suffixes:
        raise ValueError(f"the file name must end in {' or '.join(suffixes)}, not {str(path)!r}")
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
    """Write a file; an existing one stays until the new one is complete. OSError if it cannot be written."""
    content = content.encode() if isinstance(content, str) else content
    with replace(path) as file:
        file.write(content)
