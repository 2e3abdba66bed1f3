"""What pictures, pages, DOT and LaTeX may hold, read independently; AssertionError for anything else."""

import logging
import re
import unicodedata
import warnings
from collections.abc import Callable
from functools import cache
from html import unescape
from html.parser import HTMLParser
from xml.etree import ElementTree

from tests.fuzz.watch import unwatched


def essence(text: str) -> str:
    """The characters of a text that are to be seen: without spaces, controls, marks that turn it, and the unknown."""
    if text.isascii() and text.isprintable():
        return text.replace(" ", "").replace("?", "")
    kept = [c for c in text if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp", "Zs")]
    return "".join(c for c in kept if c not in "\ufffd…?")


def tells(shown: str, name: str) -> bool:
    """Whether what is shown is the name, or parts of it around …, and nothing that acts."""
    whole, at = essence(name), 0
    if "…" in shown and essence(shown) != whole:
        for part in map(essence, shown.split("…")):
            at = whole.find(part, at) + len(part)
            if not whole.startswith(part, at - len(part)):
                return False
        return is_plain(shown)
    return is_plain(shown) and essence(shown) == whole


def is_plain(text: str) -> bool:
    """Whether nothing in it controls, turns the text, or is unknown."""
    if text.isascii():
        return text.isprintable()
    return not any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Cn", "Zl", "Zp") for c in text)


SVG = "{http://www.w3.org/2000/svg}"
ELEMENTS = {"svg", "g", "rect", "path", "text", "title", "circle"}
ATTRIBUTES = {
    "id", "role", "aria-label", "width", "height", "viewBox", "x", "y", "rx", "r", "cx", "cy", "d", "fill", "stroke",
    "stroke-width", "stroke-dasharray", "font-family", "font-size", "font-weight", "text-anchor", "transform",
}  # fmt: skip


def check_svg(text: str) -> None:
    text.encode("utf-8")
    for element in ElementTree.fromstring(text).iter():
        assert element.tag.removeprefix(SVG) in ELEMENTS, f"<{element.tag}>"
        foreign = set(element.attrib) - ATTRIBUTES
        assert not foreign, f"attributes {foreign}"
        for said in (element.text or "", *element.attrib.values()):
            assert is_plain(said.replace("\n", " ")), f"unfit for a picture: {said[:200]!r}"
            assert len(said) < 4000


HTML = {
    "html", "head", "meta", "title", "style", "body", "main", "section", "header", "h1", "h2", "p", "span", "div",
    "figure", "table", "tr", "td", "pre",
}  # fmt: skip
HTML_ATTRIBUTES = {"lang", "charset", "http-equiv", "content", "name", "class", "style", "viewbox", "xmlns", "tabindex"}


class Elements(HTMLParser):
    """Reads an HTML text; AssertionError for what loads, links, runs, is not closed, or turns the text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        assert tag in ELEMENTS | HTML, f"<{tag}>"
        foreign = {name for name, _ in attributes} - ATTRIBUTES - HTML_ATTRIBUTES
        assert not foreign, f"attributes {foreign}"
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attributes)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1:] == [tag], f"</{tag}>"
        self.open.pop()

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data[:100]!r}")

    def handle_data(self, data: str) -> None:
        assert is_plain(data.replace("\n", " ")), f"unfit for a page: {data[:200]!r}"


def check_html(text: str) -> None:
    text.encode("utf-8")
    reader = Elements()
    reader.feed(text)
    reader.close()
    assert not reader.open


def read_dot(source: str) -> list[str]:
    """The labels of the nodes of a DOT text, as they stand in quotes; by the rules of its grammar, no others pass."""
    token = re.compile(r'\s+|(?P<sign>->|[{}\[\]=])|(?P<id>-?[\w.]+)|"(?P<text>(?:[^"\\]|\\.)*)"', re.DOTALL)
    tokens: list[tuple[str, str]] = []
    at = 0
    while at < len(source):
        match = token.match(source, at)
        assert match, f"no DOT: {source[at : at + 60]!r}"
        at = match.end()
        tokens += [(kind, text) for kind, text in match.groupdict().items() if text is not None]
    plain = " ".join("T" if kind == "text" else text for kind, text in tokens)
    attribute = r"[a-z]\w* = (?:T|[\w.-]+)"
    statement = rf"(?:(?:graph|node|edge|n\d+(?: -> n\d+)?) \[ {attribute}(?: {attribute})* \]|{attribute})"
    assert re.fullmatch(rf"digraph {{ (?:{statement} )*}}", plain), "statements of another kind"
    words = [text for _, text in tokens]
    labels = [i for i in range(4, len(words)) if words[i - 3 : i] == ["[", "label", "="] and words[i - 5] != "->"]
    return [words[i] for i in labels if re.fullmatch(r"n\d+", words[i - 4])]


def read_label(text: str) -> str:
    """A quoted label as Graphviz shows it: its escapes and HTML's entities resolved."""
    assert not re.search(r"\\[^\\\"l]", re.sub(r"\\\\", "", text)), f"an escape: {text[:200]!r}"
    return unescape(re.sub(r"\\(.)", lambda m: "\n" if m[1] == "l" else m[1], text, flags=re.DOTALL))


COMMANDS = {
    "begin", "end", "frac", "partial", "cdot", "left", "right", "mathrm", "text", "operatorname", "quad", "ldots",
    "infty", "approx", "neq", "sqrt", "exp", "log", "sin", "cos", "tan", "tanh", "backslash", "sim", "wedge",
}  # fmt: skip
GREEK = {
    "alpha", "beta", "gamma", "delta", "varepsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu",
    "xi", "pi", "rho", "sigma", "tau", "upsilon", "varphi", "chi", "psi", "omega", "vartheta", "phi", "epsilon",
    "Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega",
}  # fmt: skip


def read_latex(latex: str) -> list[str]:
    """The two sides of every line; AssertionError for braces that do not match and commands that we do not know."""
    depth = 0
    for token in re.findall(r"\\text\{[\"`]\}|\\[A-Za-z]+|\\.|.", latex, re.DOTALL):
        if len(token) > 1:
            known = token[1:] in COMMANDS | GREEK if token[1:].isalpha() else token[1] in r"\ _#%&{}$,t"
            assert known, f"unknown command {token!r}"
        depth += {"{": 1, "}": -1}.get(token, 0)
        assert depth >= 0, "a } too many"
        assert token == "\n" or (token.isprintable() and token not in '#$%~`"'), f"{token!r} as it is"
    assert depth == 0, "a { too many"
    first, *lines, last = latex.split("\n")
    assert (first, last) == (r"\begin{aligned}", r"\end{aligned}")
    assert set(re.findall(r"\\(?:begin|end)\{(\w*)\}", latex)) == {"aligned"}
    sides = []
    for number, line in enumerate(lines):
        assert line.endswith(r" \\") == (number < len(lines) - 1)
        cells = re.split(r"(?<!\\)&", line.removesuffix(r" \\"))
        assert len(cells) == 2, "columns"
        sides += cells
    return list(filter(None, sides))


@cache
def _mathtext() -> Callable[[str], object]:
    from matplotlib.mathtext import MathTextParser

    logging.getLogger("matplotlib.mathtext").setLevel(logging.ERROR)
    return MathTextParser("path").parse


def set_math(text: str) -> None:
    """Let mathtext set it; it knows no escaped & and #, and complains about characters that its font lacks."""
    with unwatched():
        try:
            parse_math = _mathtext()
        except ImportError:
            return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        plain = re.sub(r"\\[&#]", "+", text).strip()
        parse_math(f"${plain}$")
