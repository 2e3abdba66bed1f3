"""What agrees and what does not.

Numbers agree if they are equal, both nan, or closer than 1e-9 relative. Where summands cancel, no digits are left to
compare: there the bound is what rounding explains (see `pairs.find_errors`); such numbers are counted.
"""

import math
import sys
from collections import Counter
from dataclasses import dataclass, field

from tests.agreement.pairs import Compare, Comparison
from tests.agreement.peers import PeerError
from tests.agreement.programs import Program, read_program

RELATIVE = 1e-9


@dataclass
class Verdict:
    """What came of a pair: how many graphs and numbers were compared, and the programs that disagree, by seed."""

    graphs: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    numbers: int = 0
    cancelled: int = 0
    ops: Counter[str] = field(default_factory=Counter)
    disagreements: dict[int, Program] = field(default_factory=dict)


def agree(ours: float, theirs: float) -> bool:
    if ours == theirs or (math.isnan(ours) and math.isnan(theirs)):
        return True
    gap, size = abs(ours - theirs), max(abs(ours), abs(theirs))
    return math.isfinite(size) and gap <= max(RELATIVE * size, sys.float_info.min)


def find_disagreement(compare: Compare, program: Program, verdict: Verdict | None = None) -> Comparison | None:
    """The first comparison that fails, or None; PeerError where the peer cannot compute the program."""
    verdict = verdict or Verdict()
    for comparison in compare(program):
        _, ours, theirs, error = comparison
        verdict.numbers += 1
        if not agree(ours, theirs):
            if error == math.inf and math.isfinite(ours) and math.isfinite(theirs):
                raise PeerError("1e300 beside 1: what rounding may move it by is no number any more")
            if not (math.isfinite(error) and abs(ours - theirs) <= error):
                return comparison
            verdict.cancelled += 1
    return None


def run(compare: Compare, graphs: int, seed: int = 0) -> Verdict:
    """Compare so many random graphs, of this seed and those after it; what the peer cannot compute is left out."""
    verdict = Verdict()
    for number in range(seed, seed + 10 * graphs):
        if verdict.graphs == graphs:
            break
        program = read_program(number)
        try:
            found = find_disagreement(compare, program, verdict)
        except PeerError as reason:
            verdict.left_out[str(reason)] += 1
            continue
        verdict.graphs += 1
        verdict.ops.update(row.op for row in program if row.operands)
        if found:
            verdict.disagreements[number] = program
    return verdict
