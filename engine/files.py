"""Files: write a file completely or not at all."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO


@contextmanager
def replace(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a file to write into, which replaces the one at `path` at the end of the block.

    Until then, and if the block fails, the old file stays. A killed process leaves a draft, ``.name.part``, which the
    next writer of that file removes.

    OSError says why the file cannot be written.
    """
    target = find_target(path)
    with _refusing(path):
        if target.exists() and not target.is_file():
            raise OSError(0, "not a file")
        with _draft(target) as draft:
            with draft.open("xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            if target.exists():
                shutil.copymode(target, draft)
            os.replace(draft, target)


def find_target(path: str | os.PathLike[str]) -> Path:
    """Resolve all links of a path, whether or not the file exists; OSError for an impossible path."""
    with _refusing(path):
        try:
            os.stat(path)
        except FileNotFoundError:
            pass
        except ValueError as error:  # a NUL, or a letter that no name can hold
            # each Python says it in its own words
            why = "embedded null byte" if "\0" in os.fsdecode(path) else error
            raise OSError(errno.EINVAL, f"not a name for a file: {why}") from None
        try:
            return Path(os.path.realpath(path))
        except FileNotFoundError:
            raise FileNotFoundError(errno.ENOENT, "the working directory is gone") from None


@contextmanager
def _refusing(path: str | os.PathLike[str]) -> Iterator[None]:
    """Make errors of the block say which file cannot be written."""
    try:
        yield
    except OSError as error:
        refusal = type(error)(f"cannot write {os.fspath(path)!r}: {error.strerror or error}")
        refusal.errno = error.errno
        raise refusal from error


@contextmanager
def _draft(target: Path) -> Iterator[Path]:
    """Yield the path of a draft, which is removed after an error."""
    with _lock(target.parent) as is_locked:
        draft = target.with_name(f".{target.name[:50]}.part" if is_locked else f".{token_hex(8)}.part")
        draft.unlink(missing_ok=True)
        try:
            yield draft
        except BaseException:
            draft.unlink(missing_ok=True)
            raise


@contextmanager
def _lock(folder: Path) -> Iterator[bool]:
    """Lock a folder; yields False while another process writes there, and where there are no locks.

    A lock ends with the process that holds it, however that ends.
    """
    handle = None
    try:
        import fcntl

        handle = os.open(folder, os.O_RDONLY)
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        is_locked = True
    except (ImportError, OSError):
        is_locked = False
    try:
        yield is_locked
    finally:
        if handle is not None:
            os.close(handle)
