"""Parts: what an object is made of, found among its attributes, each with its place."""

from collections.abc import Iterator
from typing import Any, TypeVar

from engine.value import Value

Whole = TypeVar("Whole")


def find_parts(whole: Whole, kind: type[Whole], deep: bool = True) -> Iterator[tuple[str, Value | Whole]]:
    """The object, and every leaf Value and object of its kind among its parts, with its place; each once.

    Lists, tuples and dictionaries are looked through, attributes that begin with an underscore are not. Unless
    `deep`, the parts of the objects within are left out.
    """
    seen: set[int] = set()
    stack: list[tuple[str, Any]] = [("", whole)]
    while stack:
        name, part = stack.pop()
        identity = id(part)
        if identity in seen:
            continue
        seen.add(identity)
        if isinstance(part, Value):
            if not part.op:
                yield name, part
        elif isinstance(part, list | tuple):
            stack += [(f"{name}[{index}]", part[index]) for index in range(len(part) - 1, -1, -1)]
        elif isinstance(part, dict):
            stack += reversed([(f"{name}[{key!r}]", value) for key, value in part.items()])
        elif isinstance(part, kind):
            yield name, part
            if deep or part is whole:
                before = f"{name}." if name else ""
                stack += reversed([(before + key, value) for key, value in vars(part).items() if key[0] != "_"])
