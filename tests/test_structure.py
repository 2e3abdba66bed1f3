"""The house: what may import what, no circle anywhere, and no place that a name hides. Read from the source alone."""

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("engine", "nn", "viz")
ALLOWED = {
    "engine": {"engine", "numpy", *sys.stdlib_module_names},
    "nn": {"nn", "engine", "numpy", "onnx", "torch", "tqdm", "matplotlib", *sys.stdlib_module_names},
    "viz": {"viz", "engine", "numpy", "matplotlib", "graphviz", "anywidget", "traitlets", *sys.stdlib_module_names},
}
Links = set[tuple[str, str]]

parse = cache(ast.parse)  # several tests read the same files


def read_modules(root: Path) -> dict[str, Path]:
    """The files of the packages, by the name under which each is imported."""
    found = {}
    for package in PACKAGES:
        for file in sorted((root / package).rglob("*.py")):
            parts = file.relative_to(root).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


def read_imports(file: Path, modules: dict[str, Path]) -> Iterator[str]:
    """What a file imports, wherever it does: for types alone and within functions too."""
    for node in ast.walk(parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}:{node.lineno}: imports are absolute"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in modules else str(node.module)


def find_links(root: Path) -> Links:
    """Pairs of modules, the first of which imports the second."""
    modules = read_modules(root)
    return {
        (name, other)
        for name, file in modules.items()
        for other in read_imports(file, modules)
        if other in modules and other != name
    }


def find_part(module: str) -> str:
    """The part of a package that a module belongs to: its folder, or itself if it lies right in the package."""
    return ".".join(module.split(".")[:2])


def find_circle(links: Links) -> list[str]:
    """Those from which the links lead back to themselves."""
    behind: dict[str, set[str]] = {name: set() for link in links for name in link}
    for name, other in links:
        behind[name].add(other)
    grown = True
    while grown:
        grown = False
        for reached in behind.values():
            size = len(reached)
            reached.update(*[behind[name] for name in reached])
            grown |= len(reached) > size
    return sorted(name for name, reached in behind.items() if name in reached)


def find_circles(root: Path) -> tuple[list[str], list[str]]:
    """Modules, and parts of packages, that import one another in a circle."""
    links = find_links(root)
    parts = {(find_part(name), find_part(other)) for name, other in links if "." in name and "." in other}
    return find_circle(links), find_circle({(part, other) for part, other in parts if part != other})


def find_hidden(root: Path) -> list[str]:
    """Modules and folders whose place in their package is taken by something else of that name."""
    modules, hidden = read_modules(root), []
    for package, file in modules.items():
        if file.name != "__init__.py":
            continue
        for node in parse(file.read_text(encoding="utf-8")).body:
            names = {}
            if isinstance(node, ast.ImportFrom):
                names = {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
            elif isinstance(node, ast.FunctionDef | ast.ClassDef):
                names = {node.name: ""}
            elif isinstance(node, ast.Assign):
                names = {target.id: "" for target in node.targets if isinstance(target, ast.Name)}
            place = {f"{package}.{name}": meant for name, meant in names.items()}
            hidden += [name for name, meant in place.items() if name in modules and meant != name]
    return hidden


def test_nothing_imports_in_a_circle():
    assert find_circles(ROOT) == ([], [])


def test_no_name_hides_a_module_or_a_folder():
    assert find_hidden(ROOT) == []


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_what_it_may(package):
    modules = read_modules(ROOT)
    imported = {
        other.split(".")[0]
        for name, file in modules.items()
        if name.split(".")[0] == package
        for other in read_imports(file, modules)
    }
    assert imported <= ALLOWED[package]
    assert package in imported


def test_the_tests_lie_in_the_same_folders():
    for package in PACKAGES:
        folders = {file.parent.relative_to(ROOT) for file in (ROOT / package).rglob("*.py")}
        tests = {file.parent.relative_to(ROOT / "tests") for file in (ROOT / "tests" / package).rglob("test_*.py")}
        assert tests <= folders
        assert folders - tests <= {Path("viz")}  # what lies there is tested with those who use it


def find_unsaid(root: Path) -> list[str]:
    """Modules that the docstring of their folder does not name: it tells in which order they are read."""
    modules, unsaid = read_modules(root), []
    for name, file in modules.items():
        folder = name.rpartition(".")[0]
        if file.name != "__init__.py" and "." in folder:
            said = ast.get_docstring(parse(modules[folder].read_text(encoding="utf-8"))) or ""
            unsaid += [] if re.search(rf"`{file.stem}[`.]", said) else [name]
    return unsaid


def test_a_folder_says_in_which_order_its_files_are_read():
    assert find_unsaid(ROOT) == []


@pytest.mark.parametrize("package", PACKAGES)
def test_the_readme_names_the_files_right_in_a_package(package):
    text = (ROOT / "README.md").read_text(encoding="utf-8").split("## Reading the source")[1]
    row = re.search(rf"^\| `{package}/` \|.*$", text, re.M)
    assert row
    files = {file.stem for file in (ROOT / package).glob("*.py")} - {"__init__"}
    assert set(re.findall(r"`([a-z_]+)`", row[0].rpartition(" | ")[2])) == files


# what a wrong house looks like


@pytest.fixture
def house(tmp_path):
    """Writes files, and an empty __init__ wherever one is missing."""

    def build(**files: str) -> Path:
        for name, text in files.items():
            file = tmp_path / (name.replace("__", "/") + ".py")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        for folder in {file.parent for file in tmp_path.rglob("*.py")}:
            (folder / "__init__.py").touch()
        return tmp_path

    return build


@pytest.mark.parametrize(
    "back",
    [
        "import engine.b",
        "from engine.b import x",
        "from engine import b",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from engine.b import x",
        "def f():\n    from engine.b import x",
    ],
)
def test_a_circle_of_modules_is_found(house, back):
    root = house(engine__a=back, engine__b="from engine.c import x", engine__c="from engine.a import f", engine__d="")
    assert find_circles(root)[0] == ["engine.a", "engine.b", "engine.c"]


def test_a_circle_of_folders_is_found_where_modules_have_none(house):
    root = house(
        nn__a__one="from nn.b.two import x", nn__b__two="", nn__b__three="from nn.a.four import x", nn__a__four=""
    )
    assert find_circles(root) == ([], ["nn.a", "nn.b"])


def test_folders_that_stand_on_one_another_are_no_circle(house):
    root = house(
        nn__ground="", nn__a__one="from nn.ground import x", nn__b__two="from nn.a import one\nimport nn.ground"
    )
    assert find_circles(root) == ([], [])


def test_a_hidden_module_is_found(house):
    root = house(viz__page="def page(): ...", viz__draw="def paint(): ...")
    (root / "viz" / "__init__.py").write_text("from viz.page import page\nfrom viz import draw\n", encoding="utf-8")
    assert find_hidden(root) == ["viz.page"]
    house(viz__draw__svg="")
    (root / "viz" / "__init__.py").write_text("def draw(): ...\n", encoding="utf-8")
    assert find_hidden(root) == ["viz.draw"]


# Words of the glossary that had several meanings, and where the one that is left gives a name to something.
WORDS = {
    "kind": "engine/teaching nn/diagnosis viz demos/diagnosis.py",
    "unit": "nn/diagnosis nn/layers viz/figures viz/films",
    "table": "engine/ops.py engine/teaching/mistakes.py nn/activations.py nn/arguments.py nn/init.py nn/optim.py "
    "nn/rules.py viz demos/runner.py",
}


@cache  # each word asks again
def find_names(tree: ast.AST) -> set[str]:
    """The variables, parameters, functions and classes that a file introduces."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
    return names


@pytest.mark.parametrize("word", WORDS)
def test_a_word_has_one_meaning(word):
    found = []
    for file in (file for folder in (*PACKAGES, "demos") for file in sorted((ROOT / folder).rglob("*.py"))):
        names = {name.lower().strip("_") for name in find_names(parse(file.read_text(encoding="utf-8")))}
        where = file.relative_to(ROOT).as_posix()
        if names & {word, f"{word}s"} and not any(where.startswith(allowed) for allowed in WORDS[word].split()):
            found.append(where)
    assert found == []


def test_the_names_of_a_file_are_those_it_introduces():
    tree = ast.parse("class A:\n    b: int\ndef c(d, *e, f=1): g = h.i; j.k = l(m=n)")
    assert find_names(tree) == {"A", "b", "c", "d", "e", "f", "g"}


def test_the_glossary_has_each_word_once_and_names_modules_that_exist():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("## Glossary")[1].split("\n## ")[0]
    words = [word for row in re.findall(r"^\| ([a-z, ]+) \|", text, re.M) for word in row.split(", ") if word != "word"]
    assert len(words) == len(set(words)) > 25
    assert all((ROOT / path).is_file() for path in re.findall(r"`([a-z_/]+\.py)`", text))


def test_a_file_that_its_folder_does_not_name_is_found(house):
    root = house(nn__a__one="", nn__a__two="", nn__ground="")
    (root / "nn" / "a" / "__init__.py").write_text('"""Read `one`, not two."""', encoding="utf-8")
    assert find_unsaid(root) == ["nn.a.two"]
