"""Files of text: pictures and pages."""

import os
from pathlib import Path

from engine.files import replace


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

    Raises ValueError for another ending, OSError where the folder is missing or may not be written to.
    """
    path = Path(path)
    if path.suffix.lower() != suffix:
        raise ValueError(f"the name of the file must end in {suffix}: {str(path)!r}")
    if path.is_dir():
        raise IsADirectoryError(f"cannot write {str(path)!r}: it is a folder")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"cannot write {str(path)!r}: there is no folder {str(path.parent)!r}")
    if not os.access(path.parent, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise PermissionError(f"cannot write {str(path)!r}: no permission")
    return path


def write_file(path: str | os.PathLike[str], text: str) -> None:
    """Write a text file; until it is complete, what was there before stays. OSError where it cannot be written."""
    content = text.encode()
    with replace(path) as file:
        file.write(content)
