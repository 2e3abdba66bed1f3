"""Renders SVG and HTML to PNG with an installed browser."""

import html
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
VARIABLE = "CHROMIUM"
SHARP = 2.0  # pixels of the picture per pixel of the page, unless it gets too large
MOST, LONGEST = 100e6, 32_000  # pixels in all, and along a side
PATIENCE = 120  # seconds


class BrowserError(OSError):
    """No browser was found, or it drew nothing; the message says what to do."""


def find_browser() -> str:
    """The program named by the environment variable CHROMIUM, else a Chromium or Chrome on the PATH."""
    chosen = os.environ.get(VARIABLE)
    found = shutil.which(chosen) if chosen else next(filter(None, map(shutil.which, NAMES)), None)
    if found:
        return found
    why = f"{VARIABLE} names {chosen!r}, which is not a program" if chosen else "none was found"
    raise BrowserError(
        f"a .png needs a browser, and {why}: install Chromium or Google Chrome, or set the environment variable "
        f"{VARIABLE} to its program; other file types need no browser"
    )


def take_picture(text: str, suffix: str, width: float, height: float | None = None) -> bytes:
    """Render a text to PNG in a browser window of this size; a height of None fits the text.

    suffix   ".svg" or ".html"

    Raises OSError if there is no browser or it fails, ValueError if the picture is too large.
    """
    browser = find_browser()
    with tempfile.TemporaryDirectory(prefix="gradwalk-") as folder:
        file, picture = Path(folder, f"shown{suffix}"), Path(folder, "picture.png")
        file.write_text(text, encoding="utf-8")
        if height is None:
            height = _measure(browser, text, width, folder)
        scale = min(SHARP, (MOST / (width * height)) ** 0.5, LONGEST / max(width, height))
        if scale < 0.5:
            raise ValueError(f"{width:,.0f} × {height:,.0f} pixels are too many for a .png; save another file type")
        size = f"--window-size={-int(-width // 1)},{-int(-height // 1)}"
        said = _run(browser, folder, f"--force-device-scale-factor={scale:.3f}", size, f"--screenshot={picture}", file)
        if not picture.exists():
            raise BrowserError(f"{browser} drew no picture: {_last_line(said.stderr)}")
        return picture.read_bytes()


def _measure(browser: str, text: str, width: float, folder: str) -> float:
    """The height of a page at this width, measured without running its scripts."""
    look = "document.body.dataset.height = this.contentDocument.documentElement.scrollHeight"
    frame = Path(folder, "frame.html")
    inside = html.escape(text)
    frame.write_text(
        f'<meta charset="utf-8"><iframe width="{width:.0f}" style="border: 0" sandbox="allow-same-origin" '
        f'onload="{look}" srcdoc="{inside}"></iframe>',
        encoding="utf-8",
    )
    said = _run(browser, folder, "--dump-dom", frame)
    found = re.search(r'<body data-height="(\d+)"', said.stdout)
    if not found:
        raise BrowserError(f"{browser} did not show the page: {_last_line(said.stderr)}")
    return float(found[1])


def _run(browser: str, folder: str, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    options = [
        "--headless",
        "--disable-gpu",
        "--hide-scrollbars",
        "--no-first-run",
        f"--user-data-dir={folder}/profile",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--no-sandbox")  # Chromium refuses its sandbox to root
    *others, file = arguments
    command = [browser, *options, *map(str, others), Path(file).as_uri()]
    try:
        return subprocess.run(
            command, capture_output=True, encoding="utf-8", errors="replace", timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        raise BrowserError(f"{browser} drew nothing in {PATIENCE} seconds") from None
    except OSError as error:
        raise BrowserError(f"{browser} cannot be run: {error.strerror or error}") from None


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1][:200] if lines else "it said nothing"
