"""Writes both passes as text: every step with its formula and numbers, in lines of 80 columns."""

from engine.numbers import CONSTANT
from engine.teaching.paths import check_most
from engine.teaching.steps import Step, steps
from engine.value import Value
from viz.lines import WIDTH, Ends, fill, find_room
from viz.numbers import EXACT, OUTDATED, count_digits, find_sign, format_number
from viz.words.exact import balance, find_sign_of
from viz.words.words import CLOSED, definition, derivative_words, factor, forward_words, name_graph


def same(text: str, other: str) -> bool:
    """Whether two texts are equal, or the same number."""
    try:
        return text == other or float(text) == float(other)
    except ValueError:
        return False


def walk_text(root: Value, most: int = 300) -> str:
    """The forward pass, the backward pass and the sum that makes up each gradient, as text.

    most    steps of a pass to write out; a longer pass shows its beginning and its end

    The gradients are those of this pass alone: they start from zero, and `.grad` is neither read nor changed.

    Raises TypeError if root is not a Value, ValueError if `most` is not a whole number from 1.

    >>> w, x = Value(-3.0, "w"), Value(2.0, "x")
    >>> print(walk_text(w * x))
    Forward: from the numbers given to v1
      w = -3.0, x = 2.0
      v1 = w*x = (-3.0)*2.0 = -6.0
    <BLANKLINE>
    Backward: each node passes its gradient on, times the local derivative
      ∂v1/∂v1 = 1.0
      v1 = w*x
        ∂v1/∂w += ∂v1/∂v1 · x = 1.0 · 2.0 = 2.0
        ∂v1/∂x += ∂v1/∂v1 · w = 1.0 · (-3.0) = -3.0
    <BLANKLINE>
    Ledger: how each gradient was added up
      v1.grad: 1.0 to start with
      x.grad: 0 + 1.0·(-3.0) via v1 = -3.0
      w.grad: 0 + 1.0·2.0 via v1 = 2.0
    """
    check_most(most)
    called = name_graph(root)
    if root.op == CONSTANT:
        return no_leaf(root, called)
    receivers = Ends(most, (node for node in reversed(called) if node.op != CONSTANT))
    passed: Ends[tuple[Step, float | None]] = Ends(most)  # each with what its operand had before
    ledger = {node: Ends[Step](12) for node in receivers if node is not None}
    totals: dict[Value, float] = {}
    for step in steps(root):
        if step.kind == "backward":
            passed.add((step, totals.get(step.operand)))
            totals[step.operand] = step.total
            if step.operand in ledger:
                ledger[step.operand].add(step)

    lines = [forward_text(called, most)]
    lines += ["", "Backward: each node passes its gradient on, times the local derivative"]
    lines += [f"  ∂{called[root]}/∂{called[root]} = 1.0"]
    sender = None
    for passing in passed:
        if passing is None:
            lines.append(passed.gap)
            sender = None
            continue
        step, before = passing
        if step.node is not sender:
            sender = step.node
            lines.append(fill([f"{called[sender]} =", definition(sender, called)], 2, 4))
        lines.append(write_backward(step, before, called[root], called))
    lines += ["", "Ledger: how each gradient was added up"]
    lines += [receivers.gap if node is None else write_entry(node, ledger[node], called) for node in receivers]
    return "\n".join(lines)


def no_leaf(root: Value, called: dict[Value, str]) -> str:
    """The sentence for a result that is a constant."""
    return f"{called[root]} is a constant: no leaf stands behind it, and it has no gradient."


def forward_text(called: dict[Value, str], most: int = 300) -> str:
    """The forward pass alone. `called` names the nodes in topological order; see `viz.words.words.name_graph`."""
    computed = Ends(most, (node for node in called if node.operands))
    lines = [f"Forward: from the numbers given to {called[next(reversed(called))]}", write_given(called, most)]
    return "\n".join(lines + [computed.gap if node is None else write_forward(node, called) for node in computed])


def write_given(called: dict[Value, str], most: int = 300) -> str:
    """The leaves and named constants with their numbers, several per line."""
    given = Ends(most, (node for node in called if not node.operands and (node.op != CONSTANT or node.label)))
    texts = [given.gap.strip() if node is None else f"{called[node]} = {format_number(node.data)}" for node in given]
    return fill([*(f"{text}," for text in texts[:-1]), *texts[-1:]], 2)


def write_forward(node: Value, called: dict[Value, str]) -> str:
    """``v1 = w*x = (-3.0)*2.0 = -6.0``."""
    words = forward_words(node, called)
    sides = [
        (definition(node, called), OUTDATED if words.outdated else EXACT),
        (words.symbols, OUTDATED if words.outdated else EXACT),
        (words.numbers, words.compare(node.data)),
        (format_number(node.data), EXACT),
    ]
    return _equation(called[node], EXACT, sides, list(words.notes), 2)


def write_backward(step: Step, before: float | None, top: str, called: dict[Value, str]) -> str:
    """``∂L/∂w += ∂L/∂v1 · x = 0.5 · 2.0 = 1.0``; `before` is the gradient before the step, None before its first."""
    assert step.index is not None
    words = derivative_words(step.node, step.index, called)
    upstream, local, contribution = map(format_number, (step.upstream, step.local, step.contribution))
    symbols = f"∂{top}/∂{called[step.node]} · {factor(words.symbols)}"
    sides = [(symbols, OUTDATED if words.outdated else EXACT)]
    if not same(words.numbers, local):
        accuracy = EXACT if step.closed else words.compare(step.contribution, step.upstream)
        sides.append((f"{upstream} · {factor(words.numbers)}", accuracy))
    accuracy = EXACT  # a branch not taken passes on 0
    if not step.closed:
        accuracy = find_sign_of(lambda read: read(step.upstream) * read(step.local), step.contribution)
    sides += [(f"{upstream} · {factor(local)}", accuracy), (contribution, EXACT)]
    notes = list(words.notes)
    if before is not None:
        notes.append(f"now {_write_sum(before, step.contribution, step.total)}")
    return _equation(f"∂{top}/∂{called[step.operand]}", "+=", sides, notes, 4)


def _write_sum(before: float, contribution: float, total: float) -> str:
    """``1.0 + (-6.0) = -5.0``."""
    digits, sign = balance(lambda read: read(before) + read(contribution), total)
    shown = format_number(before, digits), factor(format_number(contribution, digits))
    return f"{shown[0]} + {shown[1]} {sign} {format_number(total)}"


def write_entry(node: Value, received: Ends[Step], called: dict[Value, str]) -> str:
    """``w.grad: 0 + 0.5·2.0 via v1 = 1.0``."""
    steps = [step for step in received if step]
    if not steps:  # the result, or a node that only a detach() depends on
        is_root = node is next(reversed(called))
        return f"  {called[node]}.grad: {'1.0 to start with' if is_root else '0, no gradient comes back to it'}"
    total, digits, sign = steps[-1].total, count_digits(), EXACT
    if not received.left_out:
        taken = [step for step in steps if not step.closed]
        digits, sign = balance(lambda read: sum(read(step.upstream) * read(step.local) for step in taken), total)
    pieces = [f"{called[node]}.grad: 0"]
    for step in received:
        if step is None:
            pieces.append(f"+ … ({received.left_out:,} more)")
            continue
        upstream, local = factor(format_number(step.upstream, digits)), factor(format_number(step.local, digits))
        pieces.append(f"+ {upstream}·{local} via {called[step.node]}{f' ({CLOSED})' * step.closed}")
    return fill([*pieces, f"{sign} {format_number(total)}"], 2, 4)


def _equation(first: str, sign: str, sides: list[tuple[str, str]], notes: list[str], indent: int) -> str:
    """Join sides by the signs between them, the first by `sign`; drops repeated sides and appends notes.

    sides   each with its accuracy: EXACT, ROUNDED or OUTDATED, as in `viz.numbers.compare`
    """
    pieces, shown = [first], sign
    for number, (text, accuracy) in enumerate(sides):
        if number + 1 < len(sides) and same(text, sides[number + 1][0]):
            continue  # its sign goes before the next side, which is equal
        pieces.append(f"{shown} {text}")
        shown = find_sign(accuracy, sides[number + 1][1]) if number + 1 < len(sides) else ""
    pieces[:2] = [" ".join(pieces[:2])]
    for note in notes:
        pieces[-1] += ","
        pieces.append(note)
    line = " ".join(pieces)
    if indent + len(line) <= WIDTH:
        return " " * indent + line
    column = min(indent + min(len(first) + len(sign), 20), max(indent, find_room(pieces[1:], indent)))
    # below the first equals sign, if there is room
    return f"{fill(pieces[:1], indent, 4)}\n{fill(pieces[1:], column)}"
