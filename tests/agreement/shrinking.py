"""The smallest expression that shows a disagreement, found by Hypothesis among the parts of the graph that shows it."""

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, find, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from engine.letters import bind
from engine.ops import table
from tests.agreement.pairs import Compare
from tests.agreement.peers import PeerError
from tests.agreement.programs import Program, Row, build
from tests.agreement.verdicts import find_disagreement

SETTINGS = settings(
    max_examples=1000,
    database=None,
    deadline=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=tuple(HealthCheck),
)
PLAIN = (1.0,), (0.5,), (2.0,), (0.0,)  # numbers that are easier to read than others


def shrink(compare: Compare, program: Program) -> Program:
    """The smallest part of a program that still disagrees, found in the shortest beginning that does.

    That beginning itself where Hypothesis finds none.
    """
    ends = (end for end in range(1, len(program)) if disagrees(compare, program[:end]))
    program = program[: next(ends, len(program))]
    data = [[node.data for node in build(program, sample)] for sample in range(3)]
    try:
        part = find(parts(program, data), lambda part: disagrees(compare, part), settings=SETTINGS, random=Random(0))
    except NoSuchExample:
        return program
    return shrink(compare, part) if len(part) < len(program) else part


def disagrees(compare: Compare, program: Program) -> bool:
    try:
        return find_disagreement(compare, program) is not None
    except PeerError:
        return False


@st.composite
def parts(draw: Callable[..., Any], program: Program, data: list[list[float]]) -> Program:
    """What is left of a program: any node as the root, and below it some nodes replaced, by numbers or by an operand.

    data   the number of each node, for each of the samples

    Of what there is to choose from, the smallest comes first, to which Hypothesis shrinks. To begin with, the more is
    left the likelier it disagrees: what leaves all as it is stands there `often`.
    """
    often = draw(st.sampled_from((8, 80, 800)))
    root = draw(st.sampled_from((*range(len(program)), *[len(program) - 1] * often)))
    samples = draw(st.sampled_from(((0,), (1,), (2,), *[(0, 1, 2)] * often)))
    rows: dict[int, Row] = {}
    instead: dict[int, int] = {}
    wanted = {root}
    for index in range(root, -1, -1):
        if index not in wanted:
            continue
        row = program[index]
        choices = ["number", *row.operands, *["whole"] * often] if row.operands else ["number"]
        choice = draw(st.sampled_from(choices)) if index < root else choices[-1]
        if choice == "number":
            own = tuple(data[sample][index] for sample in samples)
            own = own if len(set(map(repr, own))) > 1 else own[:1]
            rows[index] = Row("" if row.operands else row.op, (), draw(st.sampled_from((*PLAIN, *[own] * often))))
        elif choice == "whole":
            rows[index] = draw(shorter(row, often)) if table[row.op].sequences else row
            wanted.update(rows[index].operands)
        else:
            instead[index] = choice
            wanted.add(choice)
    place = {index: number for number, index in enumerate(sorted(rows))}
    for index in sorted(instead):
        place[index] = place[instead[index]]
    return tuple(replace(row, operands=tuple(place[o] for o in row.operands)) for _, row in sorted(rows.items()))


@st.composite
def shorter(draw: Callable[..., Any], row: Row, often: int) -> Row:
    """A row over sequences with fewer elements, or all of them."""
    op = table[row.op]
    length = len(bind(op, row.operands)[op.letters[0]])
    kept = [place for place in range(length) if draw(st.sampled_from((False, *[True] * often)))] or [0]
    count = length * len(op.sequences)
    return replace(row, operands=tuple(o for k, o in enumerate(row.operands) if k >= count or k % length in kept))
