"""Writes self-contained pages: template, style, script and data in one file, under a policy that loads nothing."""

import hashlib
import html
import json
import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from string import Template
from typing import Any

from viz.browser import take_picture
from viz.files import Shown


class OfflinePage(Shown):
    """A page in one file that loads nothing and sends nothing. Notebooks show it."""

    height = 760  # of its frame in a notebook, in pixels
    window: tuple[float, float | None] = (1280.0, 760.0)  # size of its .png; None for the height of the whole page
    sandbox = "allow-scripts"  # what it may do in a notebook
    html: str

    def _find_ways(self) -> Mapping[str, Callable[[], str | bytes]]:
        return {".html": lambda: self.html, ".png": lambda: take_picture(self.html, ".html", *self.window)}

    def _repr_html_(self) -> str:
        style = (
            f"box-sizing: border-box; width: 100%; height: {self.height}px; border: 1px solid #8888; border-radius: 8px"
        )
        title, inside = html.escape(repr(self)), html.escape(self.html)
        return f'<iframe title="{title}" sandbox="{self.sandbox}" style="{style}" srcdoc="{inside}"></iframe>'


def write_page(folder: str, name: str, title: str, data: Any, script: str, style: str = "", top: str = "") -> str:
    """Fill the template `name`.html of a folder, styled by `name`.css, with its script and data.

    style, top   additional style, and HTML for the top of the page
    """
    style, script = read(folder, f"{name}.css") + style, f'"use strict";\n{script}'
    return Template(read(folder, f"{name}.html")).substitute(
        policy=f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'",
        title=html.escape(title),
        style=style,
        data=to_json(data),
        script=script,
        top=top,
    )


@cache
def read(folder: str, name: str) -> str:
    """The text of a file in a folder of the package, such as "viz.pages"."""
    return (files(folder) / name).read_text(encoding="utf-8")


@cache
def read_script(folder: str, *names: str) -> str:
    """The scripts of a folder joined in this order, without their type annotations."""
    script = "\n".join(read(folder, f"{name}.js") for name in names)
    return re.sub(r"^ */\*\* .* \*/\n|/\*\* .*? \*/ ", "", script, flags=re.MULTILINE)


def to_json(data: Any) -> str:
    """JSON that is safe inside an HTML element: ASCII, without < and >."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _hash(text: str) -> str:
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
