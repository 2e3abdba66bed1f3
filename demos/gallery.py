"""Run every demo, and show the results on one page that works offline.

The page follows the notes: a table of all claims, each with its demo and its number, then the demos below the notes'
headings. Each demo draws into a folder of its own; the page shows its pictures with their captions, what it printed,
and links to its pages that step through a graph.
"""

import contextlib
import io
import re
import time
import traceback
from collections.abc import Iterator, Sequence
from html import escape
from importlib import import_module
from pathlib import Path
from string import Template

from demos import runner
from demos.claims import check, find_claims
from demos.course import HEADINGS, find_names
from viz.files import write_file

HERE = Path(__file__).parent
PAGE = "index.html"


def describe(name: str) -> tuple[str, list[str]]:
    """A demo's title and the paragraphs of its explanation."""
    return runner.describe(HERE / f"{name}.py")


def start(name: str, options: Sequence[str]) -> None:
    """Run a demo as its own command would."""
    runner.run(import_module(f"demos.{name}").main, options)


def main(out: Path = runner.OUT, seed: int = 0) -> None:
    """Run all demos, then write the page; status 1 if one of them failed, and the page says so."""
    sections, claims, failed = [], {}, []
    for name in find_names():
        print(f"  {name:18}", end="", flush=True)
        began = time.perf_counter()
        folder = out / name
        before, said = _list_files(folder), io.StringIO()
        with contextlib.redirect_stdout(said), _report(said, name, failed):
            start(name, ["--out", str(folder), "--seed", str(seed)])
            claims[name] = [(claim.words, *check(claim, [seed])) for claim in find_claims(name)]
        print(f"{time.perf_counter() - began:6.1f} s{'  failed' if name in failed else ''}", flush=True)
        made = [file for file, written in _list_files(folder).items() if before.get(file) != written]
        sections.append(write_section(name, made, said.getvalue()))
    write_file(out / PAGE, write_page(find_names(), sections, claims))
    print(f"\nOpen in a browser: {out / PAGE}")
    if failed:
        print(f"Failed: {', '.join(failed)}; the page tells how.")
        raise SystemExit(1)


@contextlib.contextmanager
def _report(said: io.StringIO, name: str, failed: list[str]) -> Iterator[None]:
    """Hide progress bars, and let a demo fail without stopping the others; what it printed then ends with the error."""
    with contextlib.redirect_stderr(io.StringIO()) as complaints:
        try:
            yield
        except (Exception, SystemExit):
            failed.append(name)
            said.write(f"\n{complaints.getvalue()}\n{traceback.format_exc()}")


def _list_files(folder: Path) -> dict[Path, int]:
    """The files of a folder, if there is one, in the order in which they were written, and when that was."""
    written = {file: file.stat().st_mtime_ns for file in folder.glob("*")}
    return dict(sorted(written.items(), key=lambda item: item[1]))


def write_section(name: str, files: list[Path], said: str) -> str:
    """One demo on the page: title, explanation, pictures, pages, printed text."""
    title, paragraphs = describe(name)
    lines = [f'<section id="{name}">', f"<h2>{escape(title.rstrip('.'))}</h2>"]
    for paragraph in paragraphs:
        lines.append("<p>" + re.sub("`(.+?)`", r"<code>\1</code>", escape(paragraph)) + "</p>")
    for file in files:
        link, caption = f"{name}/{file.name}", escape(runner.captions.get(file, ""))
        what = caption or escape(file.stem.replace("_", " ").capitalize())
        if file.suffix in (".png", ".svg"):
            picture = f'<a href="{link}"><img src="{link}" alt="{what}" loading="lazy"></a>'
            below = f"<figcaption>{caption}</figcaption>" if caption else ""
            lines.append(f"<figure>{picture}{below}</figure>")
        elif file.suffix == ".html":
            lines.append(f'<p class="page"><a href="{link}">{what}</a></p>')
    command = f"python -m demos {name}"
    lines += [
        "<details>",
        f"<summary>What <code>{command}</code> prints</summary>",
        f"<pre>{escape(said.strip())}</pre>",
    ]
    return "\n".join([*lines, "</details>", "</section>"])


def write_page(names: list[str], sections: list[str], claims: dict[str, list[tuple[str, str, int]]]) -> str:
    """The page: contents, claims, then the sections, below the headings of the notes."""
    contents, rows, body = [], {}, []
    places = {name: heading for heading, below in HEADINGS.items() for name in below}
    last = ""
    for name, section in zip(names, sections, strict=True):
        heading = places.get(name, "More")
        if heading != last:
            contents.append(f'<li class="heading">{escape(heading)}</li>')
            body.append(f'<h2 class="heading">{escape(heading)}</h2>')
        last = heading
        contents.append(f'<li><a href="#{name}">{escape(_short(describe(name)[0]))}</a></li>')
        if claims.get(name):
            title = f'<tr><th colspan="3">{escape(heading)}</th></tr>'
            rows.setdefault(heading, [title]).extend(_write_claim(name, *claim) for claim in claims[name])
        body.append(section)
    lines = "\n".join(line for each in rows.values() for line in each)
    template = Template((HERE / "gallery.html").read_text(encoding="utf-8"))
    return template.substitute(contents="\n".join(contents), claims=lines, sections="\n".join(body))


def _write_claim(name: str, words: str, said: str, holds: int) -> str:
    mark = "" if holds else " <strong>does not hold</strong>"
    return f'<tr><td>{escape(words)}</td><td><a href="#{name}">{name}</a></td><td>{escape(said)}{mark}</td></tr>'


def _short(title: str) -> str:
    return title.partition(":")[0].rstrip(".")


if __name__ == "__main__":
    runner.run(main)
