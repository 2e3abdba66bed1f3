"""Grids: find the sums of products in a group that form a matrix product, each left list with each right list."""

from collections.abc import Iterable, Sequence

import numpy as np

from engine.tape.grouping import FIXED, SAMPLE, Group, is_product
from engine.tape.slots import Array
from engine.value import Value


def makes_products(group: Group) -> bool:
    """Whether the grids of a group are matrix products: all samples share the left lists, and the bias fits."""
    left, right, *_ = [*group.dependences, FIXED]
    return is_product(group.op) and left != SAMPLE and (right == SAMPLE) == (group.dependence == SAMPLE)


def find_grids(group: Group, nodes: Sequence[Value]) -> tuple[list[Array], list[int]]:
    """Return the grids of a group of products, and its nodes outside any grid, by their positions in the group.

    Grids of the same size form one array (grids, left lists, right lists).
    """
    half = len(group.operands[0]) // 2
    lists: dict[tuple[object, ...], int] = {}
    pairs: dict[tuple[int, int], int] = {}
    met: dict[tuple[object, object], int] = {}
    for position, operands in enumerate(group.operands):
        left: object = tuple(operands[:half])
        right: object = tuple(operands[half : 2 * half])
        if group.dependences[1] == FIXED:  # constants of the same number are equal
            right = tuple([repr(nodes[operand].data) for operand in operands[half : 2 * half]])
        again = met[left, right] = met.get((left, right), 0) + 1  # equal samples are kept apart
        lists.setdefault(("left", left), len(lists))
        lists.setdefault(("right", right, again), len(lists))
        pairs[lists["left", left], lists["right", right, again]] = position
    shapes: dict[tuple[int, int], list[list[list[int]]]] = {}
    others: list[int] = []
    for left_lists, right_lists in _components(pairs, len(lists)):
        cells = [(left, right) for left in left_lists for right in right_lists]
        inside = [pairs[cell] for cell in cells if cell in pairs]
        if len(inside) < len(cells):
            others += inside
        else:
            grid = [[pairs[left, right] for right in right_lists] for left in left_lists]
            shapes.setdefault((len(left_lists), len(right_lists)), []).append(grid)
    found = []
    for (left_count, right_count), grids in shapes.items():
        positions = np.array(grids)
        if len(grids) > 1 and (left_count * right_count == 1 or (group.dependence == SAMPLE and right_count > 1)):
            others += positions.ravel().tolist()
        else:
            found.append(positions)
    return found, sorted(others)


def _components(pairs: Iterable[tuple[int, int]], count: int) -> list[tuple[list[int], list[int]]]:
    """Return the left and right lists that pairs connect, in order of appearance."""
    parents = list(range(count))

    def find(member: int) -> int:
        while parents[member] != member:
            parents[member] = parents[parents[member]]
            member = parents[member]
        return member

    for left, right in pairs:
        parents[find(right)] = find(left)
    found: dict[int, tuple[list[int], list[int]]] = {}
    for left, right in pairs:
        lefts, rights = found.setdefault(find(left), ([], []))
        lefts.append(left)
        rights.append(right)
    return [(list(dict.fromkeys(lefts)), list(dict.fromkeys(rights))) for lefts, rights in found.values()]
