"""What the scripts of pages are checked against: the types and elements that they are told of are the real ones."""

import json
import os
import re
import subprocess
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

import nn
from engine import Value, debug
from tests.viz.pages.pages import network, small
from viz.films import film as films
from viz.films.film import FOLDER as FILM
from viz.films.film import film
from viz.offline import read, read_script
from viz.pages import page as pages
from viz.pages.constants import CONSTANTS, write_constants
from viz.pages.javascript import operations
from viz.pages.page import FOLDER as PAGE
from viz.pages.page import page, write_script
from viz.playgrounds import measures, playground
from viz.playgrounds.network import scripts as networks
from viz.playgrounds.network.offered import write_offered
from viz.playgrounds.network.reading import read_network
from viz.playgrounds.playground import FOLDER as PLAYGROUND
from viz.playgrounds.playground import write_grammar

ROOT = Path(__file__).parents[3]
COMPILER = ROOT / "node_modules" / ".bin" / "tsc"
TAGS = {"button": "HTMLButtonElement", "input": "HTMLInputElement", "select": "HTMLSelectElement"}
TAGS |= {"textarea": "HTMLTextAreaElement"}
TAGS |= {
    "svg": "SVGSVGElement",
    "g": "SVGGElement",
    "figure": "Panel",
    "dialog": "HTMLDialogElement",
}  # all others: HTMLElement

GIVEN = """
type Function = (...letters: any[]) => number; // a letter is a number or a sequence, which the row tells
type Given = Omit<Row, "forward" | "derivatives" | "closed" | "term"> & {
  forward: Function; derivatives: Function[]; closed: (Function | null)[]; term: Function | null };
"""


def find_files(folder):
    """The files of a package's folder, and of the folders in it."""
    return [path for path in Path(str(files(folder))).rglob("*") if path.is_file()]


def complaints(folders, tmp_path, text):
    """What the compiler says of TypeScript that knows the types of some folders."""
    if not COMPILER.exists() and not os.environ.get("CI"):
        pytest.skip("the TypeScript compiler (npm ci)")
    (tmp_path / "given.ts").write_text(text, encoding="utf-8")
    files_of = [path for folder in folders for path in find_files(folder)]
    known = [path for path in files_of if path.name in ("types.d.ts", "arithmetic.js")]
    if PLAYGROUND in folders:  # whose types are those of classes, in all of its scripts
        files_of += [path for path in find_files(FILM) if path.parent.name == "drawing"]
        known = [path for path in files_of if path.suffix in (".js", ".ts")]
    config = {"extends": str(ROOT / "tsconfig.json"), "files": [*map(str, known), "given.ts"]}
    config["compilerOptions"] = {"noUnusedParameters": False}  # a derivative is given all letters
    (tmp_path / "tsconfig.json").write_text(json.dumps(config))
    return subprocess.run([COMPILER, "--project", tmp_path], capture_output=True, text=True, check=False).stdout


def data_of(made):
    return re.search(r'<script type="application/json" id="data">(.*?)</script>', made.html, re.DOTALL)[1]


def test_what_python_gives_the_page_has_the_types_that_its_scripts_expect(tmp_path):
    constants = [operations(), *re.findall(r"^const (?:mistakes|factors) = .*?^[\]}];$", write_script(), re.M | re.S)]
    constants += write_constants().splitlines()
    text = "\n".join(re.sub(r"^const (\w+) =", r"export const given_\1: typeof \1 =", each) for each in constants)
    assert text.count("export") == 3 + len(CONSTANTS)
    text = text.replace("typeof operations", "Record<string, Given>") + GIVEN
    with debug():
        listed = (Value(-0.5, "a") * 2).exp()
    for number, root in enumerate((small(), network(3, (8, 8, 1)), listed, Value(float("inf")) - listed)):
        text += f"export const data{number}: PageData = {data_of(page(root))};\n"
    assert re.search(r'"listings":\[\{.*"parts":|"parts":.*"listings":\[\{', text, re.S)  # all there is to give
    assert complaints([PAGE], tmp_path, text) == ""
    assert '"colours"' in complaints([PAGE], tmp_path, text.replace('"ramp"', '"colours"'))
    assert '"clue"' in complaints([PAGE], tmp_path, text.replace('"hint"', '"clue"'))
    assert "number" in complaints([PAGE], tmp_path, text.replace("typeof NEAR = ", "typeof NEAR = 'some' + "))


@pytest.mark.parametrize(("classes", "outputs"), [(2, 1), (3, 3), (8, 1)])
def test_what_python_gives_the_film_has_the_types_that_its_scripts_expect(classes, outputs, tmp_path):
    X = np.linspace(-1, 1, 16).reshape(8, 2)
    made = film(nn.MLP(2, [3, outputs], "tanh"), X, np.arange(8.0) % classes)
    text = f"export const given: FilmData = {data_of(made)};"
    assert complaints([FILM], tmp_path, text) == ""
    assert '"quartiles"' in complaints([FILM], tmp_path, text.replace('"quantiles"', '"quartiles"'))


@pytest.mark.parametrize(
    ("folder", "template"), [(PAGE, "page.html"), (FILM, "film.html"), (PLAYGROUND, "playground.html")]
)
def test_the_elements_that_scripts_ask_for_are_in_the_page(folder, template):
    types = (files(folder) / "types.d.ts").read_text(encoding="utf-8")
    block = re.search(r"^interface Elements\n(.*?)^}", types, re.M | re.S)[1]
    groups = re.findall(r'Record<\s*((?:"[\w-]+"[ |]*)+),\s*(\w+)\s*>', block)
    declared = {name: kind for names, kind in groups for name in re.findall(r"[\w-]+", names)}
    declared |= dict(re.findall(r"^  (\w+): (?:Held<)?(\w+)>?;$", block, re.M))
    assert len(declared) == len(re.findall(r'"[\w-]+"|;$', block, re.M)) > 10
    found = re.findall(r'<(\w+)[^>]*? id="([\w-]+)"', (files(folder) / template).read_text(encoding="utf-8"))
    assert declared == {name: TAGS.get(tag, "HTMLElement") for tag, name in found if name in declared}


def test_what_python_gives_the_playground_has_the_types_that_its_scripts_expect(tmp_path):
    text = write_grammar().replace("const grammar =", "export const given: typeof grammar =")
    text += write_offered().replace("const offered =", "export const choices: typeof offered =")
    given = read_network(nn.MLP(2, [2, 1]), [[1.0, 2.0]], [1], {})
    text += f"export const network: GivenNetwork = {json.dumps(given)};"
    assert complaints([PAGE, PLAYGROUND], tmp_path, text) == ""
    for right, wrong in (('"sign": ', '"mark": '), ('"targets"', '"aims"'), ('"decay"', '"fall"')):
        assert complaints([PAGE, PLAYGROUND], tmp_path, text.replace(right, wrong, 1)) != ""


@pytest.mark.parametrize("folder", [PAGE, FILM, PLAYGROUND])
def test_types_are_for_those_who_change_the_scripts_and_not_in_the_page(folder):
    for path in find_files(folder):
        if path.suffix == ".js":
            script = read_script(folder, str(path.relative_to(str(files(folder))).with_suffix("")))
            assert "/**" in path.read_text(encoding="utf-8")
            assert "/**" not in script
            assert "@" not in script
            assert "// " in script


# ---- in which order scripts are read


def list_scripts():
    """The scripts of the playground by name, in the order in which they are joined; first those of a page."""
    parts = [(PAGE, pages.SCRIPTS), (PLAYGROUND, (*measures.SCRIPTS, *playground.SCRIPTS)), (FILM, films.DRAWING)]
    parts += [(networks.FOLDER, networks.SCRIPTS), (PLAYGROUND, [playground.LAST])]
    return {f"{folder}/{name}": read(folder, f"{name}.js") for folder, names in parts for name in names}


def find_later(scripts):
    """What a script calls, makes or extends although only a later one declares it."""
    texts = {name: re.sub(r'//.*|/\*\*.*?\*/|"[^"\n]*"', "", text) for name, text in scripts.items()}
    declared = {name: set(re.findall(r"^(?:function\*?|class) (\w+)", text, re.M)) for name, text in texts.items()}
    later, found = set().union(*declared.values()), []
    for name, text in texts.items():
        later -= declared[name]
        local = set(re.findall(r"(?:const|let) (\w+) =|^ +(?:get |\*)?(\w+)\(.*\{$", text, re.M))
        used = set(re.findall(r"(?:(?<![\w.])|(?<=\.\.\.))(\w+)\(|(?:new|extends) (\w+)", text))
        found += [(name, each) for each in sorted(set(sum(used, ())) & later - set(sum(local, ())))]
    return found


def test_a_script_uses_only_what_stands_before_it():
    scripts = list_scripts()
    known = {path for folder in (PAGE, PLAYGROUND) for path in find_files(folder) if path.suffix == ".js"}
    assert len(scripts) == len(known) - 1 + len(films.DRAWING)  # all but widget.js, which is a notebook's
    assert find_later(scripts) == []


def test_what_stands_later_is_found():
    text = 'class B extends A {\n  tell() {\n    return [...tell(2), write(1), "hold(1)"]; // hold(1)\n  }\n}\n'
    later = "class A {}\nfunction hold() {}\nfunction tell() {}\nfunction write() {}\n"
    assert find_later({"first": text, "second": later}) == [("first", "A"), ("first", "write")]
    assert find_later({"second": later, "first": text}) == []
