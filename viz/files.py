"""Files of text: pictures and pages."""

import os
from pathlib import Path

from engine.files import find_target, replace


class SvgFile:
    """A picture as text, `svg`, complete in itself; notebooks show it."""

    svg: str

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the picture to a file whose name ends in .svg, replace one that is there as a whole.

        Raises ValueError for another ending, OSError where it cannot be written.
        """
        path = check_path(path, ".svg")  # before the picture is made
        write_file(path, self.svg)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"image/svg+xml": self.svg, "text/plain": repr(self)}

    def _repr_svg_(self) -> str:
        return self.svg


def check_path(path: str | os.PathLike[str], suffix: str) -> Path:
    """The path, if a file with that ending can be written there; to be asked before work starts.

    Raises ValueError for another ending, OSError where nothing can be, or may be, written there.
    """
    path = Path(path)
    if path.suffix.lower() != suffix:
        raise ValueError(f"the name of the file must end in {suffix}: {str(path)!r}")
    target = find_target(path)
    if target.is_dir():
        raise IsADirectoryError(f"cannot write {str(path)!r}: it is a folder")
    if not target.parent.is_dir():
        folder = target.parent if path.is_symlink() else path.parent
        raise FileNotFoundError(f"cannot write {str(path)!r}: there is no folder {str(folder)!r}")
    if not os.access(target.parent, os.W_OK) or (target.exists() and not os.access(target, os.W_OK)):
        raise PermissionError(f"cannot write {str(path)!r}: no permission")
    return path


def write_file(path: str | os.PathLike[str], text: str) -> None:
    """Write a text file; until it is complete, what was there before stays. OSError where it cannot be written."""
    content = text.encode()
    with replace(path) as file:
        file.write(content)
