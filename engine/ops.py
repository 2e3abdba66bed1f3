"""The op table: every operation with its formula and its derivatives, which are written nowhere else.

Each operation is one row, as in a calculus book:

    name, forward formula, one local-derivative formula per operand

Letters:  a, b, c  operands  ·  y  result  ·  t  a term that the row's formulas share
          u  the upstream gradient  ·  L  the loss, whose gradient is sought

Words:    node                an operation's result, or a leaf, in a computation graph
          operand             what an operation was applied to
          leaf                a number that was given, not computed
          constant            a number that stood beside a Value, and receives no gradient
          local derivative    ∂y/∂a at the numbers of the forward pass
          upstream gradient   ∂L/∂y, the gradient of a node that passes it on
          gradient            ∂L/∂a: upstream gradient times local derivative, added up over all uses
          branch not taken    what passes no gradient on, as relu below zero: not even of infinity
          topological order   each node after its operands; backward goes through it in reverse
          seed                the gradient that the root starts with
          tape                a graph flattened once, to be replayed over arrays

Formulas use the restricted syntax of `engine.formulas`, and may call the operations of this table. From a row come the
float arithmetic of `Value`, the NumPy arithmetic of the tape, the text of a step, and gradients of gradients. To add an
operation, add a row, and a line in `Value` where it is to be a method; `register` adds one for a program of your own.

Kinks follow PyTorch: relu'(0) = abs'(0) = 0, leaky relu has at 0 the slope it has below, maximum and minimum share the
gradient at a tie. Comparisons are written so that nan gives the same as in PyTorch.

A derivative that is 0, or is a where() that chooses 0, is a branch not taken, where nothing is multiplied: the
gradient of sqrt(relu(a)) at -1 is 0, not infinity times 0. Every other 0 is multiplied like any number, as in PyTorch:
sign(a) in abs, the b of a product, or the derivative of a**b by b at a = 0, which is y*log(1).

In a row over sequences, each letter in `sequences` stands for any number of operands; the derivative formula is that of
one element.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine.formulas import Reader, define, names


@dataclass(frozen=True)
class Op:
    """An operation: its name, what it computes, and its derivative with respect to each operand.

    name         its name; for an operator, its sign
    forward      the formula of the result, in the letters a, b, c of the operands
    derivatives  one formula for each operand, in which y is the result
    sequences    the letters that stand for sequences
    term         the formula of t

    >>> Op("cube", "a**3", ("3*a**2",)).letters
    'a'

    `engine.register` checks it.
    """

    name: str
    forward: str
    derivatives: tuple[str, ...]
    sequences: str = ""
    term: str = ""

    @property
    def letters(self) -> str:
        """The operands' letters, in order."""
        return "abc"[: len(self.derivatives)]


ROWS = (
    Op("+", "a + b", ("1", "1")),
    Op("-", "a - b", ("1", "-1")),
    Op("*", "a*b", ("b", "a")),
    Op("/", "a / b", ("1 / b", "-y / b")),
    # has the sign of b, as in Python and PyTorch; the derivative by b is -floor(a / b)
    Op("%", "a % b", ("1", "where(b == 0, -a / b, where(y == b, 1, detach((y - a) / b)))")),
    Op("**", "a**b", ("where(b == 0, 0, b*a**(b - 1))", "y*log(where((a == 0)*(b >= 0), 1, a))")),
    Op("neg", "-a", ("-1",)),
    Op("abs", "abs(a)", ("sign(a)",)),
    Op("exp", "exp(a)", ("y",)),
    Op("log", "log(a)", ("1 / a",)),
    Op("log1p", "log1p(a)", ("1 / (1 + a)",)),
    Op("expm1", "expm1(a)", ("exp(a)",)),
    Op("log2", "log2(a)", ("1 / (a*0.6931471805599453)",)),  # log(2)
    Op("log10", "log10(a)", ("1 / (a*2.302585092994046)",)),  # log(10)
    Op("sqrt", "sqrt(a)", ("0.5 / y",)),
    Op("sin", "sin(a)", ("cos(a)",)),
    Op("cos", "cos(a)", ("-sin(a)",)),
    Op("tan", "tan(a)", ("1 + y*y",)),
    Op("asin", "asin(a)", ("1 / sqrt(1 - a*a)",)),
    Op("acos", "acos(a)", ("-1 / sqrt(1 - a*a)",)),
    Op("atan", "atan(a)", ("1 / (1 + a*a)",)),
    # the angle of the point (b, a); at the origin it is 0, and so are its derivatives; t overflows beyond 1e154
    Op("atan2", "atan2(a, b)", ("b*where(t == 0, 0, 1 / t)", "-a*where(t == 0, 0, 1 / t)"), term="a*a + b*b"),
    Op("sinh", "sinh(a)", ("cosh(a)",)),
    Op("cosh", "cosh(a)", ("sinh(a)",)),
    Op("tanh", "tanh(a)", ("1 - y*y",)),
    Op("sigmoid", "1 / (1 + exp(-a))", ("y*(1 - y)",)),
    Op("relu", "where(a <= 0, 0, a)", ("where(a <= 0, 0, 1)",)),
    Op("leaky_relu", "where(a > 0, a, a*b)", ("where(a > 0, 1, b)", "where(a > 0, 0, a)")),
    Op("elu", "where(a <= 0, expm1(a), a)", ("where(a < 0, exp(a), 1)",)),
    Op("softplus", "maximum(a, 0) + log1p(exp(-abs(a)))", ("sigmoid(a)",)),
    Op("softsign", "a / (1 + abs(a))", ("1 / (1 + abs(a))**2",)),
    Op("silu", "a*t", ("t*(1 + a*(1 - t))",), term="sigmoid(a)"),
    # Hendrycks and Gimpel, "Gaussian Error Linear Units", 2016; sqrt(2/pi) = 0.7978845608028654
    Op("gelu", "0.5*a*(1 + t)", ("0.5*(1 + t) + 0.5*a*(1 - t*t)*0.7978845608028654*(1 + 0.134145*a**2)",),
       term="tanh(0.7978845608028654*(a + 0.044715*a**3))"),
    Op("step", "where(a >= 0, 1, 0)", ("0",)),
    Op("detach", "a", ("0",)),
    Op("sign", "where(a > 0, 1, where(a < 0, -1, 0))", ("0",)),
    Op("maximum", "maximum(a, b)", ("where(a == b, 0.5, where(a < b, 0, 1))", "where(a == b, 0.5, where(b < a, 0, 1))")),
    Op("minimum", "minimum(a, b)", ("where(a == b, 0.5, where(a > b, 0, 1))", "where(a == b, 0.5, where(b > a, 0, 1))")),
    # from b to c; at either bound the derivative is 1
    Op("clip", "minimum(maximum(a, b), c)", ("where(a >= b, where(a <= c, 1, 0), 0)",
       "where(a < b, where(b < c, 1, 0), 0)", "where(a > c, 1, where(c < b, 1, 0))")),
    # a probability, b target; logarithms are at least -100 and derivatives at most 1e12, as in PyTorch
    Op("binary_cross_entropy", "-(b*t + (1 - b)*maximum(log1p(-a), -100))",
       ("(a - b) / maximum(a*(1 - a), 1e-12)", "maximum(log1p(-a), -100) - t"), term="maximum(log(a), -100)"),
    # a logit, b target; the binary cross-entropy of sigmoid(a), but stable
    Op("binary_cross_entropy_with_logits", "maximum(a, 0) - a*b + log1p(exp(-abs(a)))", ("sigmoid(a) - b", "-a")),
    Op("sum", "sum(a)", ("1",), sequences="a"),
    Op("dot", "sum(a*b)", ("b", "a"), sequences="ab"),
    Op("affine", "sum(a*b) + c", ("b", "a", "1"), sequences="ab"),
    Op("logsumexp", "t + log(sum(exp(a - t)))", ("exp(a - y)",), sequences="a", term="largest(a)"),
)  # fmt: skip


table = {row.name: row for row in ROWS}  # `engine.registry` checks it, and adds to it


def compile_formula(
    reader: Reader, formula: str, letters: str, sequences: str = "", term: str = ""
) -> Callable[..., Any]:
    """Compile a formula to a function of its letters, with a reader; `term` is the formula of t, if there is one."""
    shared = f"t = {reader.python(term, sequences)}; " if term else ""
    source = f"def f({', '.join(letters)}): {shared}return {reader.python(formula, sequences)}\n"
    return define(source, dict(reader.functions) | find_called(reader, formula, term), f"<op table: {formula}>")


def find_called(reader: Reader, *formulas: str) -> dict[str, Callable[..., Any]]:
    """Return the rows that formulas call, as functions by name; without functions that the reader provides."""
    called = {name for formula in formulas if formula for name in names(formula)} - reader.functions.keys()
    rows = [table[name] for name in called if name in table]
    return {row.name: compile_formula(reader, row.forward, row.letters, term=row.term) for row in rows}
