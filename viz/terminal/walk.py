"""Walks through the passes at the prompt of a terminal, forward and back, with explanations on demand."""

from collections import Counter

from engine.numbers import CONSTANT
from engine.teaching.steps import Step, steps
from engine.value import Value
from viz.lines import Ends, fill
from viz.numbers import format_number
from viz.terminal.keys import is_interactive
from viz.terminal.terminal import ask, paint, show
from viz.words.explain import explain
from viz.words.text import no_leaf, walk_text, write_backward, write_entry, write_forward, write_given
from viz.words.words import definition, find_node, name_graph

HELP = """\
  →, Enter   the next step              l NAME   the sum of its gradient
  ←          a step back                x NAME   its chain rule
  NUMBER     go to that step            ?        this help
  s, t, e    go to start, turn, end     q        quit (or exit, Ctrl-D)"""
WORDS = {word[0]: word for word in ("next", "back", "start", "turn", "end", "ledger", "quit")}
WORDS |= {"": "next", "?": "help", "h": "help", "x": "explain", "exit": "quit"} | {
    word: word for word in (*WORDS.values(), "help", "explain")
}
KEYS = {"right": "next", "down": "next", "enter": "next", " ": "next", "left": "back", "up": "back"}
KEYS |= {"home": "start", "end": "end", "escape": "help"} | {letter: WORDS[letter] for letter in "nb?q"}


def walk(root: Value) -> None:
    """Walk through the forward and the backward pass to `root`, step by step, in a terminal.

    The arrow keys go one step on or back; ? lists the other keys. If input or output is not a terminal, the whole
    walk is printed by `walk_text`. Gradients start from zero; `.grad` is neither read nor changed.

    Raises TypeError if root is not a Value.

        walk(y)
    """
    if not is_interactive():
        show(walk_text(root))
        return
    try:
        WalkPrompt(root).run()
    except KeyboardInterrupt:
        print()


class WalkPrompt:
    """The steps of a graph, and the current position among them.

    scenes   None for the given numbers, then every step except those of leaves, then None for the end
    """

    def __init__(self, root: Value) -> None:
        self.called, self.root = name_graph(root), root
        self.scenes: list[Step | None] = [None, *(step for step in steps(root) if step.kind != "leaf"), None]
        self.turn = next(index for index, step in enumerate(self.scenes) if step and step.kind == "seed")
        self.end = len(self.scenes) - 1
        self.parts = Counter(step.operand for step in self.scenes if step and step.kind == "backward")
        self.position = 0

    def run(self) -> None:
        """Show the first step, then obey commands until the input ends."""
        if self.root.op == CONSTANT:
            show(no_leaf(self.root, self.called))
            return
        show(f"{HELP}\n\n{self.tell()}")
        while (line := ask(f"{self.position + 1}/{self.end + 1}> ", KEYS)) is not None:
            word, _, rest = line.strip().partition(" ")
            command = KEYS.get(line) or WORDS.get(word.lower())
            if command == "quit":
                return
            try:
                show(self.answer(command, word, rest.strip()))
            except ValueError as error:
                show(fill(str(error).split()))

    def answer(self, command: str | None, word: str, name: str) -> str:
        """Run a command and return the text to show; ValueError says what is wrong with it."""
        if command == "help":
            return HELP
        if command in ("ledger", "explain"):
            node = find_node(name, self.called) if name else self.node
            return self.ledger(node) if command == "ledger" else str(explain(self.root, node))
        if name or not (command or word.isdecimal()):
            typed = f"{word} {name}".strip()[:40]
            raise ValueError(f"unknown command: {typed!a} (one of Enter, b, a number, s, t, e, l, x, ?, q)")
        targets = {"next": self.position + 1, "back": self.position - 1, "start": 0, "turn": self.turn, "end": self.end}
        target = targets[command] if command else int(word[:20]) - 1
        if not 0 <= target <= self.end:
            where = {"next": "this is the end", "back": "this is the start"}.get(command or "", "no such step")
            raise ValueError(f"{where}: the steps are 1 to {self.end + 1}")
        self.position = target
        return self.tell()

    @property
    def node(self) -> Value:
        """The node of the current step."""
        step = self.scenes[self.position]
        return step.operand if step else self.root

    def tell(self) -> str:
        """The current step as text."""
        step, called, top = self.scenes[self.position], self.called, self.called[self.root]
        if self.position == 0:
            return self._head("the numbers given", "cyan", write_given(called))
        if self.position == self.end:
            totals = {step.operand: step.total for step in self.scenes[self.turn :] if step}
            leaves = [leaf for leaf in called if not leaf.op]
            gradients = [f"∂{top}/∂{called[leaf]} = {format_number(totals.get(leaf, 0.0))}," for leaf in leaves]
            return self._head("the end, every gradient is complete", "yellow", fill(gradients, 2).rstrip(","))
        assert step
        if step.kind == "forward":
            return self._head("forward", "cyan", write_forward(step.node, called))
        if step.kind == "seed":
            return self._head("the turn, backward from here", "yellow", f"  ∂{top}/∂{top} = 1.0")
        received = self._received(step.operand)
        before = received[-2].total if len(received) > 1 else None
        lines = [fill([f"{called[step.node]} =", definition(step.node, called)], 2, 4)]
        lines.append(write_backward(step, before, top, called))
        done, parts = len(received), self.parts[step.operand]
        waits = "not ready to pass on" if step.operand.operands else "not complete yet"
        state = f"has {done} of its {parts} parts, {waits}" if done < parts else "is complete"
        return self._head("backward", "yellow", "\n".join([*lines, f"    {called[step.operand]} {state}"]))

    def ledger(self, node: Value) -> str:
        """The sum of the node's gradient up to the current step."""
        name, parts = self.called[node], self.parts[node]
        if self.position < self.turn:
            return f"  {name}.grad: nothing yet, the backward pass starts at step {self.turn + 1}"
        received = self._received(node)
        if parts and not received:
            return f"  {name}.grad: 0, nothing has reached it so far"
        entry = write_entry(node, Ends(12, received), self.called)
        return entry if len(received) == parts else f"{entry}\n  so far, {len(received)} of {parts} parts"

    def _received(self, node: Value) -> list[Step]:
        """The steps so far in which a node received a part of its gradient."""
        past = self.scenes[self.turn + 1 : self.position + 1]
        return [step for step in past if step and step.operand is node]

    def _head(self, title: str, colour: str, text: str) -> str:
        return paint(f"Step {self.position + 1} of {self.end + 1}: {title}", colour) + f"\n{text}"
