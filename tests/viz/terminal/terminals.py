"""A terminal for tests: a pty with the command in it, and someone who types."""

import os
import pty
import re
import select
import subprocess
import sys
import termios
from pathlib import Path

HERE = Path(__file__).parents[3]
# the pty becomes the controlling terminal of the program, so that Ctrl-C typed into it is a signal
START = (
    "import fcntl, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "from viz.terminal.cli import main; sys.exit(main())"
)
CTRL_C, CTRL_D = "\x03", "\x04"


class Terminal:
    """The command `gradwalk` with these arguments, at a terminal; to be used in a with block."""

    def __init__(self, *arguments: str, **environment: str) -> None:
        self.keyboard, end = pty.openpty()
        env = os.environ | {"TERM": "xterm", "PYTHONIOENCODING": "utf-8"} | environment
        command = [sys.executable, "-W", "error", "-c", START, *arguments]
        self.process = subprocess.Popen(
            command, stdin=end, stdout=end, stderr=end, cwd=HERE, env=env, start_new_session=True
        )
        os.close(end)

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.keyboard)

    def read(self, until: str | None) -> str:
        """What the program writes until that ends in a match of the pattern, or (None) until the program ends."""
        written = b""
        while until is None or not re.search(f"(?:{until})$", self._text(written)):
            assert select.select([self.keyboard], [], [], 30)[0], f"nothing for 30 s after {written!r}"
            try:
                piece = os.read(self.keyboard, 65536)
            except OSError:  # Linux says so that the other end is closed
                piece = b""
            if not piece:
                assert until is None, f"the program ended after {written!r}"
                break
            written += piece
        return self._text(written)

    def type(self, keys: str, until: str | None) -> str:
        """Type, and read on."""
        os.write(self.keyboard, keys.encode())
        return self.read(until)

    def finish(self, keys: str) -> tuple[str, int]:
        """Type what ends the program; the rest of what it writes, and its exit code."""
        for _ in range(50):
            os.write(self.keyboard, keys.encode())
            try:
                self.process.wait({CTRL_C: 1, CTRL_D: 0.2}.get(keys, 30))
                break
            except subprocess.TimeoutExpired:  # both can be lost between the prompt and the reading
                continue
        return self.read(None), self.process.wait(1)

    def flags(self) -> int:
        """The local modes of the terminal, as `termios` has them."""
        return int(termios.tcgetattr(self.keyboard)[3])

    def _text(self, written: bytes) -> str:
        return written.decode("utf-8", "replace").replace("\r\n", "\n")
