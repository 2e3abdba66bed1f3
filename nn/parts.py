"""Parts: find the modules and Values among an object's attributes, each with its name."""

from collections.abc import Iterator
from functools import partial
from types import FunctionType
from typing import Any, TypeVar

from engine.numbers import CONSTANT
from engine.value import Value
from nn.untracked import Named, contents, may_be_learned

Whole = TypeVar("Whole")
BARE = (int, float, str, bool, type(None))  # these hold nothing


class Hook(partial[Any]):
    """A method of a module that is watched for a while; what it holds are no parts."""


def find_parts(
    whole: Whole,
    searched: type[Whole],
    deep: bool = True,
    again: bool = False,
    values: bool = True,
    left: Named | None = None,
) -> Iterator[tuple[str, Value | Whole]]:
    """Yield the object, and each leaf Value and `searched` object among its parts, with its name; each once.

    Lists, tuples, dictionaries, deques and arrays of objects are searched. Attributes that begin with an underscore
    are not.

    deep    search the objects found as well
    again   yield a shared object under each of its names
    values  yield the Values; without them it is quicker
    left    a list that collects what may hold Values but was not searched
    """
    skipped = BARE if values else (*BARE, Value, FunctionType)
    seen: set[int] = set()
    stack: list[tuple[str, Any]] = [("", whole)]
    while stack:
        name, part = stack.pop()
        identity = id(part)
        if identity in seen:
            if again and isinstance(part, searched):
                yield name, part
            continue
        seen.add(identity)
        if isinstance(part, Value):
            if values and may_be_learned(part):
                yield name, part
            elif left is not None and part.op != CONSTANT:
                left.append((name, part))
        elif part.__class__ in BARE:
            continue
        elif isinstance(part, searched):
            yield name, part
            if deep or part is whole:
                before = f"{name}." if name else ""
                items = reversed(vars(part).items())
                stack += [
                    (before + key, value) for key, value in items if key[0] != "_" and value.__class__ not in skipped
                ]
        elif part.__class__ in (list, tuple) and {*map(type, part)} == {Value}:  # as most Values are held
            for index, value in enumerate(part) if values else ():
                if id(value) in seen:
                    continue
                seen.add(id(value))
                if not value.op:
                    yield f"{name}[{index}]", value
                elif left is not None and value.op != CONSTANT:
                    left.append((f"{name}[{index}]", value))
        elif (held := contents(part)) is not None:
            stack += [(name + key, value) for key, value in reversed(held)]
        elif left is not None and not isinstance(part, Hook):
            left.append((name, part))
