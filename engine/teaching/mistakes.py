"""Mistakes: the classic wrong backward passes, to compare with the right one and to explain a wrong number.

Every mistake is one or two settings of the same small backward pass. Called with a graph, a mistake returns the
gradient that it would leave on every node:

>>> a = Value(3.0, "a")
>>> table["overwrite"](a * a)[a]
3.0
"""

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np

from engine import ops
from engine.arrays import NUMPY
from engine.branches import DETACH, find_reached, pass_on
from engine.formulas import names
from engine.letters import bind, find_letter
from engine.modes import current, open_blocks
from engine.numbers import CONSTANT
from engine.special import carefully
from engine.teaching.answers import accepts
from engine.teaching.steps import Step, steps
from engine.value import Value, toposort

MOST_VISITS = 100_000  # plain recursion visits a node once per path, of which there may be 2**60


@dataclass(frozen=True)
class Mistake:
    """A wrong backward pass.

    name, title   its name in code and on a screen
    sentence      what to tell a learner who got its number; {name} is the node
    hint          a question that leads to the right answer without giving it away
    settings      the settings of the pass, by name; see `Mistake.__call__`
    """

    name: str
    title: str
    sentence: str
    hint: str
    order: str = "reverse"  # or "forward", "recursive"
    accumulate: bool = True  # or the last contribution stands
    upstream: bool = True  # or the local derivative stands alone
    average: bool = False  # whether the contributions' mean is taken, not their sum
    local: str = "right"  # or "none", "own", "sign", "minus", "exponent", "output", "input"
    forget: str = ""  # or "first", "last": of several contributions to a node, the one left out
    passes: int = 1
    reset: bool = True  # whether gradients in between start from zero in each pass
    zero: bool = True  # whether the leaves' gradients do

    def __call__(self, root: Value, only: Value | None = None) -> dict[Value, float]:
        """Return the gradient that this pass leaves on every node.

        only   make the mistake only where a gradient reaches this node

        OverflowError if plain recursion would take more than `MOST_VISITS` visits.
        """
        if open_blocks and current.on_look:
            current.on_look(root)
        order = toposort(root)
        gradients = dict.fromkeys(order, 0.0)
        reached = find_reached(order)
        uses = _find_uses(reached) if self.forget or self.average else {}
        left_out = _left_out(uses, self.forget)
        for number in range(1 if only is not None and not only.is_leaf else self.passes):
            for node in order:
                if number and (self.zero if node.is_leaf else self.reset):
                    gradients[node] = 0.0
            gradients[root] = 1.0
            for node in _visit(reached, "reverse" if only is not None else self.order):
                for index, operand in enumerate(node.operands):
                    made = self if only is None or operand is only else RIGHT
                    if operand.op == CONSTANT or (made.forget and (node, index) in left_out):
                        continue
                    upstream = gradients[node] if made.upstream else 1.0
                    contribution = pass_on(upstream, made.local_derivative(node, index))
                    contribution /= len(uses[operand]) if made.average else 1
                    gradients[operand] = contribution + (gradients[operand] if made.accumulate else 0.0)
        return gradients

    def local_derivative(self, node: Value, index: int) -> float | None:
        """Return ∂node/∂operand with this mistake; None on a branch not taken."""
        if self.local == "right":
            return node.branch_derivatives[index]
        if self.local == "none":
            return 1.0
        row, is_power = ops.table[node.op], (node.op, index) == ("**", 0)
        if self.local == "minus" and ((node.op, index) == ("/", 1) or (is_power and node.operands[1].data < 0)):
            return -node.local_derivatives[index]
        if self.local == "exponent" and is_power:
            return node.operands[1].data * node.data  # b·aᵇ, not b·aᵇ⁻¹
        if self.local == "own" and row.derivatives[:2] == ("b", "a"):
            letter, _ = find_letter(row, index, len(node.operands))
            own: Value = bind(row, node.operands, index)[letter]
            return own.data if letter in "ab" else 1.0
        if self.local == "sign" and row.derivatives == ("1", "-1"):
            return 1.0
        if self.local in ("output", "input") and len(row.letters) == 1 and not row.sequences:
            if self.local == "output":  # f'(y), where f'(a) is meant
                at_output: float | None = carefully(node.op, node.data)[1]
                return at_output
            if "y" in names(row.derivatives[0]):  # a formula of the result, given the operand
                given = np.float64(node.operands[0].data)
                derivative = ops.compile_formula(NUMPY, row.derivatives[0], row.letters + "y", term=row.term)
                with np.errstate(all="ignore"):
                    return float(derivative(given, given))
        return node.branch_derivatives[index]


def _visit(order: list[Value], how: str) -> Iterator[Value]:
    if how != "recursive":
        yield from order if how == "forward" else reversed(order)
        return
    stack = [order[-1]]
    for _ in range(MOST_VISITS):
        node = stack.pop()
        yield node
        stack += node.operands[::-1] if node.op != DETACH else ()
        if not stack:
            return
    raise OverflowError(f"plain recursion would visit more than {MOST_VISITS:,} nodes here, one for each path")


_Uses = dict[Value, list[tuple[Value, int]]]  # for each node its users, and which operand it is, last user first


def _find_uses(order: list[Value]) -> _Uses:
    uses: _Uses = {}
    for node in reversed(order):
        for index, operand in enumerate(node.operands):
            uses.setdefault(operand, []).append((node, index))
    return uses


def _left_out(uses: _Uses, which: str) -> set[tuple[Value, int]]:
    """Return the forgotten uses: of every node with several, the first or the last in the backward pass."""
    return {several[0 if which == "first" else -1] for several in uses.values() if which and len(several) > 1}


RIGHT = Mistake("right", "the right backward pass", "", "")

MISTAKES = (
    Mistake(
        "overwrite",
        "overwriting instead of accumulating",
        "this is what you get if each use of {name} overwrites the one before, so that only the last counts",
        "{name} is used more than once. What happens to the gradients of its uses?",
        accumulate=False,
    ),
    Mistake(
        "forget_first",
        "forgetting one path (the first)",
        "this is what you get if the path that the backward pass takes first to {name} is forgotten",
        "Count the arrows that leave {name}. Does each of them bring something back?",
        forget="first",
    ),
    Mistake(
        "forget_last",
        "forgetting one path (the last)",
        "this is what you get if the path that the backward pass takes last to {name} is forgotten",
        "Count the arrows that leave {name}. Does each of them bring something back?",
        forget="last",
    ),
    Mistake(
        "average",
        "the sum divided by its count",
        "this is the mean of what comes back from the uses of {name}; it has to be their sum",
        "{name} is used more than once. Are the gradients of its uses added up, or averaged?",
        average=True,
    ),
    Mistake(
        "no_upstream",
        "forgetting the upstream factor",
        "this is the local derivative alone; it has to be multiplied by the upstream gradient",
        "The chain rule has two factors. Which one is missing?",
        upstream=False,
    ),
    Mistake(
        "own_operand",
        "own operand instead of the other one in a product",
        "in a product the derivative by {name} is the other operand, not {name} itself",
        "What is the derivative of a*b with respect to a?",
        local="own",
    ),
    Mistake(
        "wrong_sign",
        "wrong sign in a difference",
        "in a - b the derivative by b is -1: the sign has been lost",
        "What is the derivative of a - b with respect to b?",
        local="sign",
    ),
    Mistake(
        "lost_minus",
        "the minus sign lost in a quotient or power",
        "in a/b the derivative by b is -a/b², in a**-2 that by a is -2·a**-3: the minus sign has been lost",
        "If {name} grows, does the result grow or shrink?",
        local="minus",
    ),
    Mistake(
        "exponent",
        "the exponent of a power not lowered",
        "in the derivative of {name}**b the exponent is one less, b - 1",
        "By how much is the exponent of a derivative smaller?",
        local="exponent",
    ),
    Mistake(
        "no_local",
        "leaving the local derivative out",
        "this is what you get if the upstream gradient is handed on to {name} as it is, without its second factor",
        "The chain rule has two factors. By what is the upstream gradient multiplied on its way to {name}?",
        local="none",
    ),
    Mistake(
        "at_output",
        "derivative taken at the output instead of the input",
        "the derivative belongs to the operand's number, this one was taken at the result's",
        "At which number is the derivative of the function to be taken?",
        local="output",
    ),
    Mistake(
        "at_input",
        "the input put into a formula of the output",
        "the formula of this derivative wants the result y, here it was given the operand",
        "Does the formula of this derivative speak of the operand or of the result?",
        local="input",
    ),
    Mistake(
        "forward_order",
        "from the leaves to the output",
        "this is what you get if nodes pass their gradient on before they have received it",
        "Which node knows its gradient before any other?",
        order="forward",
    ),
    Mistake(
        "recursion",
        "plain recursion without topological order",
        "this is what you get if a node passes its gradient on each time it is reached, not once when it is complete",
        "Has every user of a node added its part before the node passes its gradient on?",
        order="recursive",
    ),
    Mistake(
        "no_reset",
        "a second pass without resetting the gradients in between",
        "this is what a second backward pass gives if gradients in between still hold those of the first",
        "What stood in the nodes' gradients before this pass began?",
        passes=2,
        reset=False,
    ),
    Mistake(
        "no_zero",
        "not zeroing the parameters between steps",
        "this is twice the gradient: that of the step before is still in it",
        "What stood in the leaves' gradients before this pass began?",
        passes=2,
        zero=False,
    ),
)

table = {mistake.name: mistake for mistake in MISTAKES}


def diagnose(root: Value, node: Value, answer: str) -> list[Mistake]:
    """Return the mistakes that give `answer` as the gradient of `node`, the likeliest first.

    answer   the typed number, such as "0.42"; see `engine.teaching.answers.accepts` for how close it must be

    Mistakes made only on reaching the node come before those made throughout; otherwise they come in the order of
    MISTAKES. Of mistakes that give the same numbers everywhere in this graph, only the first is returned.

    The list is empty for the right answer, and for a number that no mistake gives. ValueError if it is not a number.

    >>> a = Value(3.0, "a")
    >>> [mistake.name for mistake in diagnose(a * a, a, "3")]
    ['overwrite']
    """
    if accepts(answer, RIGHT(root)[node]):
        return []
    found: list[tuple[bool, Mistake, dict[Value, float]]] = []
    for mistake in MISTAKES:
        try:
            there, throughout = mistake(root, only=node)[node], mistake(root)
        except OverflowError:
            continue
        local = accepts(answer, there)
        if not local and not accepts(answer, throughout[node]):
            continue
        if not any(_agree(throughout, other) for _, _, other in found):
            found.append((not local, mistake, throughout))
    return [mistake for _, mistake, _ in sorted(found, key=lambda each: each[0])]


def _agree(gradients: dict[Value, float], others: dict[Value, float]) -> bool:
    return not any(_differ(gradient, others[node]) for node, gradient in gradients.items() if node.op != CONSTANT)


def find_first_wrong(root: Value, node: Value, mistake: Mistake, answer: str) -> Value:
    """Return the node whose gradient went wrong first, if `mistake` gives `answer` for `node`: {name} in its sentence.

    That is `node` itself, unless only a mistake made on the way there gives this number.
    """
    if accepts(answer, mistake(root, only=node)[node]):
        return node
    right, wrong = RIGHT(root), mistake(root)
    reaching = _find_between(root, node)
    found = (value for value in reversed(toposort(root)) if value in reaching and _differ(wrong[value], right[value]))
    return next(found, node)


def _differ(a: float, b: float) -> bool:
    """Whether two numbers differ by more than rounding."""
    return not (math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12) or (a != a and b != b))


def find_first_step(root: Value, node: Value, known: Collection[Value] = ()) -> Step | None:
    """Return the first step of the backward pass that matters to the gradient of `node`, where to look again.

    known   nodes whose gradients are already right; steps towards them are skipped

    None if no step leads to the node, which is `root` itself.
    """
    reaching = _find_between(root, node).difference(known)
    return next((step for step in steps(root) if step.kind == "backward" and step.operand in reaching), None)


def _find_between(root: Value, node: Value) -> set[Value]:
    """`node`, and every node that was computed from it."""
    reaching = {node}
    for value in toposort(root):
        if any(operand in reaching for operand in value.operands):
            reaching.add(value)
    return reaching
