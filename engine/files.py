"""Files, written whole or not at all."""

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
    """A file to write into, which takes the place of the one at `path` when the block is done.

    Until then, and where the block fails, what was there before stays. A process that is killed leaves a draft,
    ``.name.part``, which the next to write that file clears away.

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
    """What the path leads to, through all links, whether it is there or not; OSError where nothing can be there."""
    with _refusing(path):
        try:
            os.stat(path)
        except FileNotFoundError:
            pass
        except ValueError as error:  # a NUL, or a letter that no name can hold
            why = (
                "embedded null byte" if "\0" in os.fsdecode(path) else error
            )  # which each Python says in its own words
            raise OSError(errno.EINVAL, f"not a name for a file: {why}") from None
        try:
            return Path(os.path.realpath(path))
        except FileNotFoundError:
            raise FileNotFoundError(errno.ENOENT, "the working directory is gone") from None


@contextmanager
def _refusing(path: str | os.PathLike[str]) -> Iterator[None]:
    """Errors of the block say which file cannot be written."""
    try:
        yield
    except OSError as error:
        refusal = type(error)(f"cannot write {os.fspath(path)!r}: {error.strerror or error}")
        refusal.errno = error.errno
        raise refusal from error


@contextmanager
def _draft(target: Path) -> Iterator[Path]:
    """A path to write to, which does not exist and, after an error, does not exist again."""
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
    """Whether drafts in the folder are this block's alone: not while another writes, nor where there are no locks.

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
