"""A quiz at the prompt of a terminal: each gradient is asked for before it is shown.

A wrong number is told by the mistake that gives it.
"""

from collections import Counter
from dataclasses import dataclass

from engine.numbers import CONSTANT
from engine.teaching.answers import accepts
from engine.teaching.mistakes import RIGHT, Mistake, diagnose, find_first_step, find_place
from engine.teaching.steps import Step, steps
from engine.value import Value
from viz.lines import fill
from viz.terminal.terminal import ask, paint, show
from viz.words.text import Ends, Passing, forward_text, no_leaf, write_entry
from viz.words.words import definition, derivative_words, factor, name_graph

RULES = """\
Type each gradient, from the output back; two digits are enough.
  h   a hint        a   the answer        q   quit (or Ctrl-D)"""


@dataclass(frozen=True)
class Score:
    """How a quiz went, in questions.

    right      at the first try, without a hint
    helped     on a later try or after a hint
    shown      after the answer was shown
    total      that there were
    finished   whether the person went through to the end
    """

    right: int
    helped: int
    shown: int
    total: int
    finished: bool

    def __str__(self) -> str:
        if not self.total:
            return "There is no gradient to ask for."
        text = f"{self.right} of {self.total} right at once, {self.helped} on a later try or with a hint"
        return f"{text}, {self.shown} shown" + ("" if self.finished else "; stopped early")


def quiz(root: Value) -> Score:
    """Ask at the terminal for the gradient of every node that `root` depends on, and print the score.

    A wrong number is met with a hint; the next one with the mistakes that give it, or the first step at which it
    can have gone wrong; the third with the answer. Reads the standard input; its end, q or Ctrl-C stop the quiz.
    `.grad` is neither read nor changed.

    TypeError if root is no Value.
    """
    called = name_graph(root)
    results: Counter[str] = Counter()
    finished = True
    questions = [node for node in reversed(called) if node.op != CONSTANT and node is not root]
    if root.op == CONSTANT:
        show(no_leaf(root, called))
    elif questions:
        show(f"{forward_text(called)}\n\n{RULES}\n\n  ∂{called[root]}/∂{called[root]} = 1.0")
    try:
        for number, node in enumerate(questions, 1):
            show("\n" + paint(f"Question {number} of {len(questions)}", "cyan"))
            result = _Question(root, node, called, questions[: number - 1]).ask()
            if result == "stopped":
                finished = False
                break
            results[result] += 1
    except KeyboardInterrupt:
        print()
        finished = False
    score = Score(results["right"], results["helped"], results["shown"], len(questions), finished)
    show("\n" + fill(str(score).split()))
    return score


class _Question:
    """What is the gradient of `node`? Those of the nodes in `known` have been shown."""

    def __init__(self, root: Value, node: Value, called: dict[Value, str], known: list[Value]) -> None:
        self.root, self.node, self.called, self.known = root, node, called, [root, *known]
        self.right = RIGHT(root)[node]
        self.received = [step for step in steps(root) if step.kind == "backward" and step.operand is node]

    def ask(self) -> str:
        """Ask until it is settled: "right", "helped", "shown" or "stopped"."""
        tries, helped = 0, False
        while (typed := ask(f"{self.partial(self.node)} = ")) is not None:
            word = typed.lower()
            if word in ("q", "quit"):
                break
            if word in ("a", "answer"):
                return self.settle("shown", "The answer:", "yellow")
            if word in ("", "?", "h", "hint"):
                helped = True
                show(self.hint())
                continue
            try:
                right = accepts(typed, self.right)
            except ValueError as error:
                show(f"  {error}")
                continue
            if right:
                return self.settle("helped" if helped else "right", "Right:", "green")
            tries += 1
            show(paint(f"  Not {typed[:40]}.", "red"))
            if tries == 3:
                return self.settle("shown", "The answer:", "yellow")
            show(self.name(typed) if helped else self.hint(typed))
            helped = True
        return "stopped"

    def settle(self, result: str, word: str, colour: str) -> str:
        """Show how the gradient is added up; returns `result`."""
        entries: Ends[Passing] = Ends(12)
        for step in self.received:
            entries.add(Passing(step, None))
        show(f"  {paint(word, colour)}\n{write_entry(self.node, entries, self.called)}")
        return result

    def hint(self, typed: str = "") -> str:
        """The questions that help with the mistakes that give what was typed; without any, the sum to compute."""
        lines = [mistake.hint.format(name=name).split() for mistake, name in self.find(typed)]
        if not lines:
            uses = [f"{self.partial(step.node)} · {self.local(step)}" for step in self.received]
            shown = uses if len(uses) <= 6 else [*uses[:5], "…", uses[-1]]
            lines = [[f"{self.partial(self.node)} =", *(f"{use} +" for use in shown[:-1]), shown[-1]]]
        return "\n".join(dict.fromkeys(fill(["Hint:", *line], 2, 4) for line in lines))

    def name(self, typed: str) -> str:
        """The mistakes that give what was typed; without any, the first step at which it can have gone wrong."""
        found = self.find(typed)
        if found:
            lines = [f"{mistake.title.capitalize()}: {mistake.sentence.format(name=name)}." for mistake, name in found]
            return "\n".join(fill(line.split(), 2, 4) for line in dict.fromkeys(lines))
        step = find_first_step(self.root, self.node, self.known)
        assert step
        user = f"{self.called[step.node]} = {definition(step.node, self.called)}"
        sends = f"{self.partial(step.node)} · {self.local(step)}"
        said = ["No common mistake gives it.", "It can have gone wrong first where", user, "sends", sends]
        return fill([*said, "to", f"{self.called[step.operand]}."], 2, 4)

    def find(self, typed: str) -> list[tuple[Mistake, str]]:
        """The mistakes that give what was typed, each with the name of the node where it was made."""
        found = diagnose(self.root, self.node, typed) if typed else []
        return [(mistake, self.called[find_place(self.root, self.node, mistake, typed)]) for mistake in found]

    def partial(self, node: Value) -> str:
        """``∂L/∂w``."""
        return f"∂{self.called[self.root]}/∂{self.called[node]}"

    def local(self, step: Step) -> str:
        """The local derivative of a step, as a factor in symbols."""
        assert step.index is not None
        return factor(derivative_words(step.node, step.index, self.called).symbols)
