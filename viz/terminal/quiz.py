"""Runs a quiz in a terminal that asks for each gradient before showing it.

A wrong answer is explained by the mistake that leads to it.
"""

from collections import Counter
from dataclasses import dataclass

from engine.numbers import CONSTANT
from engine.teaching.answers import judge
from engine.teaching.mistakes import RIGHT, Mistake, diagnose, find_first_step, find_first_wrong
from engine.teaching.steps import Step, steps
from engine.value import Value
from viz.lines import Ends, fill
from viz.terminal.terminal import ask, paint, show
from viz.words.text import forward_text, no_leaf, write_entry
from viz.words.words import definition, derivative_words, factor, name_graph, work_out

RULES = """\
Type each gradient, from the output back. Three digits are enough, or two if
correctly rounded; you may type arithmetic such as 2*0.27. Enter alone is h.
  h   a question as a hint   f   the formula   a   the answer
  →   skip it                ←   go back       q   quit (or exit, Ctrl-D)"""
WORDS = {"h": "hint", "?": "hint", "": "hint", "enter": "hint", "f": "formula", "a": "answer", "q": "quit"}
WORDS |= {"exit": "quit", "n": "right", "b": "left"} | {word: word for word in ("hint", "formula", "answer", "quit")}
KEYS = {"h", "?", "enter", "f", "a", "q", "left", "right"}


@dataclass(frozen=True)
class Score:
    """The result of a quiz, in numbers of questions.

    right      answered at the first try, without a hint
    helped     answered on a later try or after a hint
    shown      whose answer was shown
    total      in the quiz
    finished   whether all questions were settled

    >>> print(Score(right=3, helped=1, shown=0, total=4, finished=True))
    3 of 4 right at once, 1 on a later try or with a hint, 0 shown
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
        left = self.total - self.right - self.helped - self.shown
        return f"{text}, {self.shown} shown" + (f"; {left} left open" if left else "")


def quiz(root: Value) -> Score:
    """Ask in the terminal for the gradient of every node that `root` depends on, and print the score.

    The first wrong answer gets a question as a hint, the second the mistake that leads to it, or the first step that
    may have gone wrong, the third the right answer. In a terminal, h, f, a, q and the arrows need no Enter. Reads
    standard input; its end, q or Ctrl-C stop the quiz. `.grad` is neither read nor changed.

    Raises TypeError if root is not a Value.

        score = quiz(y)
    """
    called = name_graph(root)
    results: dict[Value, str] = {}
    questions = [node for node in reversed(called) if node.op != CONSTANT and node is not root]
    asked: dict[Value, _Question] = {}
    if root.op == CONSTANT:
        show(no_leaf(root, called))
    elif questions:
        show(f"{forward_text(called)}\n\n{RULES}\n\n  ∂{called[root]}/∂{called[root]} = 1.0")
    try:
        index = 0
        while index < len(questions):
            node = questions[index]
            show("\n" + paint(f"Question {index + 1} of {len(questions)}", "cyan"))
            question = asked.setdefault(node, _Question(root, node, called))
            question.known = [root, *results]
            result = question.ask()
            if result == "stopped":
                break
            if result not in ("left", "right"):
                results.setdefault(node, result)
            index = max(index - 1, 0) if result == "left" else index + 1
    except KeyboardInterrupt:
        print()
    count = Counter(results.values())
    finished = len(results) == len(questions)
    score = Score(count["at once"], count["helped"], count["shown"], len(questions), finished)
    show("\n" + fill(str(score).split()))
    return score


class _Question:
    """Asks for the gradient of `node`; those of the nodes in `known` have been shown."""

    def __init__(self, root: Value, node: Value, called: dict[Value, str]) -> None:
        self.root, self.node, self.called, self.known = root, node, called, [root]
        self.tries, self.helped = 0, False
        self.right = RIGHT(root)[node]
        self.received = [step for step in steps(root) if step.kind == "backward" and step.operand is node]
        self.rough = work_out(self.received, called)

    def ask(self) -> str:
        """Ask until the question is settled ("at once", "helped", "shown"), skipped ("left", "right") or "stopped"."""
        while (typed := ask(f"{self.partial(self.node)} = ", KEYS)) is not None:
            word = typed if typed in ("left", "right") else WORDS.get(typed.strip().lower())
            if word == "quit":
                break
            if word in ("left", "right"):
                return word
            if word == "answer":
                return self.settle("shown", "The answer:", "yellow")
            if word:
                self.helped = True
                show(self.hint() if word == "hint" else fill(self.formula(), 2, 4))
                continue
            try:
                judged = judge(typed, self.right, self.rough)
            except ValueError as error:
                show(f"  {error}")
                continue
            if judged != "wrong":
                said = "Right:" if judged == "right" else "Right, rounded:"
                return self.settle("helped" if self.helped else "at once", said, "green")
            self.tries += 1
            show(paint(f"  Not {typed[:40]}.", "red"))
            if self.tries == 3:
                return self.settle("shown", "The answer:", "yellow")
            show(self.name(typed) if self.helped else self.hint(typed))
            self.helped = True
        return "stopped"

    def settle(self, result: str, word: str, colour: str) -> str:
        """Show the sum that makes up the gradient; returns `result`."""
        show(f"  {paint(word, colour)}\n{write_entry(self.node, Ends(12, self.received), self.called)}")
        return result

    def hint(self, typed: str = "") -> str:
        """A question about the mistake that leads to what was typed, or about the node if none does."""
        found = self.find(typed)
        name = self.called[self.node]
        users = list(dict.fromkeys(step.node for step in self.received))
        if found:
            said = found[0][0].hint.format(name=found[0][1])
        elif not users:
            said = f"{name} counts only by way of a detach(). What does that pass back?"
        elif len(users) == 1:
            said = f"{self.called[users[0]]} = {definition(users[0], self.called)}. How fast does it grow with {name}?"
        else:
            said = (
                f"{name} is used by {_list([self.called[user] for user in users])}. What comes back from each of them?"
            )
        return fill(["Hint:", *said.split()], 2, 4)

    def formula(self) -> list[str]:
        """The sum that makes up the gradient, in pieces."""
        uses = [f"{self.partial(step.node)} · {self.local(step)}" for step in self.received]
        shown = uses if len(uses) <= 6 else [*uses[:5], "…", uses[-1]]
        return [f"{self.partial(self.node)} =", *(f"{use} +" for use in shown[:-1]), *(shown[-1:] or ["0"])]

    def name(self, typed: str) -> str:
        """The mistake that leads to what was typed, or the first step that may have gone wrong."""
        found = self.find(typed)
        if found:
            (mistake, name), *others = found
            lines = [f"{mistake.title[0].upper()}{mistake.title[1:]}: {mistake.sentence.format(name=name)}."]
            if others:
                lines.append(f"The same number results from: {'; '.join(other.title for other, _ in others)}.")
            return "\n".join(fill(line.split(), 2, 4) for line in lines)
        said = ["No common mistake gives this number."]
        step = find_first_step(self.root, self.node, self.known)
        if step:  # else no step leads to the node: it lies behind a detach()
            user = f"{self.called[step.node]} = {definition(step.node, self.called)}"
            sends = f"{self.partial(step.node)} · {self.local(step)}"
            said += ["The first step that may have gone wrong is", f"{user},"]
            said += ["which sends", sends, "to", f"{self.called[step.operand]}."]
        return fill(said, 2, 4)

    def find(self, typed: str) -> list[tuple[Mistake, str]]:
        """The mistakes that lead to what was typed, each with the name of the node where it was made."""
        found = diagnose(self.root, self.node, typed) if typed else []
        return [(mistake, self.called[find_first_wrong(self.root, self.node, mistake, typed)]) for mistake in found]

    def partial(self, node: Value) -> str:
        """``∂L/∂w``."""
        return f"∂{self.called[self.root]}/∂{self.called[node]}"

    def local(self, step: Step) -> str:
        """The local derivative of a step, as a factor in symbols."""
        assert step.index is not None
        return factor(derivative_words(step.node, step.index, self.called).symbols)


def _list(names: list[str]) -> str:
    """``v1, v2 and v3``; of many names, the first ones."""
    shown = names if len(names) <= 6 else [*names[:5], f"{len(names) - 5} more"]
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))
