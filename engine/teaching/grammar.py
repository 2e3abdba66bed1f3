"""The grammar of expressions, as data: `tokens` and `expression` read it, and so does the playground's parser.

Patterns mean the same to Python and to JavaScript; what sentences leave open stands in braces.
"""

from math import pi

LONGEST = 5_000  # characters of a text; its page, of thousands of nodes, still is made in less than a second
DEEPEST = 100  # brackets, signs and powers inside one another
MOST_LISTED = 8  # names in a message
LONGEST_CONSTANT = 20  # characters that a constant is called by, such as 2*pi; else by its number
LONGEST_WORD = 40  # characters of a word in a message

TOKENS = {  # by kind, the first that matches; space is what Python takes for it
    "space": "[\t-\r\x1c- \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+",
    "number": r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?",
    "name": "[A-Za-z_Α-Ωα-ωϑϕϵµ][A-Za-z0-9_Α-Ωα-ωϑϕϵµ]*",
    "symbol": r"\*\*|[-+*/%(),;=²³]",
}
BINDING = {"+": 1, "-": 1, "*": 2, "/": 2, "%": 2, "**": 4}  # how tightly operators bind; ** goes from right to left
SIGN = 3  # a sign binds tighter than * and looser than **
POWERS = {"²": 2.0, "³": 3.0}
NUMBERS = {"pi": pi, "π": pi}
FAMILIAR = {  # what others call the rows of the table
    "ln": "log", "max": "maximum", "min": "minimum", "pow": "**", "ReLU": "relu", "σ": "sigmoid",
    "logistic": "sigmoid",
}  # fmt: skip
SEVERAL = ("maximum", "minimum")  # of two or more, pair by pair
OPTIONAL = {"leaky_relu": 0.01}  # the last operand, where it is not given

HINTS = {
    "÷": "divide with /", "|": "an absolute value is abs(...)", "√": "a root is sqrt(...)",
    "[": "brackets are ( and )", "{": "brackets are ( and )",
    ".": "a name has no point, as in tanh, not np.tanh", "∑": "a sum is a + b",
    "<": "step(x) is 1 where x >= 0", ">": "step(x) is 1 where x >= 0",
    **dict.fromkeys("·⋅×∗", "times is *"), **dict.fromkeys("−–", "minus is -"),
    **dict.fromkeys("^⁰¹⁴⁵⁶⁷⁸⁹⁻ⁿ", "a power is written **"),
    **dict.fromkeys("₀₁₂₃₄₅₆₇₈₉", "an index is written x1"),
}  # fmt: skip

FUNCTION_HINTS = {  # no rows of the table; softmax has several results, of which an expression has one
    "mean": "a mean is (a + b) / 2",
    "dot": "a dot product is w1*x1 + w2*x2",
    "square": "a square is x**2",
    "softmax": "its first result is exp(a - logsumexp(a, b, ...))",
    "log_softmax": "its first result is a - logsumexp(a, b, ...)",
}
NOT_FINITE = ("nan", "NaN", "inf", "Inf", "infinity", "Infinity")  # which nobody means as names

SENTENCES = {
    "empty": "the expression is empty: give one such as 'tanh(w*x + b)'",
    "long": "an expression of {count} characters (at most {most})",
    "deep": "nested more than {most} levels deep",
    "letter": "unexpected {letter}",
    "alphabet": "unexpected {letter}: names are made of a to z, Greek letters, digits and _",
    "hint": "unexpected {letter}: {hint}",
    "end": "the end",
    "operand": "expected a number, a name or '(', not {token}",
    "operator": "expected an operator, not {token}",
    "product": "expected an operator, not {token} (a product is written with *)",
    "close": "expected ')' for the '(' in column {column}, not {token}",
    "close product": "expected ')' for the '(' in column {column}, not {token} (a product is written with *)",
    "part": "only the last part can stand without a name: write name = ...",
    "large": "{number} is too large for a float (largest: 1.8e308)",
    "given": "{name} is given as a number: assign to another name",
    "assigned": "{name} already has a value: assign to another name",
    "early": "{name} is used before it is assigned",
    "function": "{name} is a function: write {call}(...)",
    "number": "{name} is a number, not a function: a product is {product}*(...)",
    "unknown": "unknown function: {name} (one of {functions})",
    "function hint": "unknown function: {name} ({hint})",
    "close match": "unknown function: {name} (did you mean {functions}?)",
    "count": "{name} takes {wanted} operand{s}, not {count}",
    "finite": "expected a finite number or another name, not {name}",
    "missing": "no value for {names}: give {given}",
    "euler": "no value for {names}: give {given} (Euler's number is exp(1))",
    "twice": "{names} are one name: give it once",
    "left over": "no {name} in the expression (its names: {names})",
    "nameless": "no {name} in the expression (it has no names)",
}


def say(sentence: str, **words: object) -> str:
    """A sentence of the grammar, with its words.

    >>> say("deep", most=100)
    'nested more than 100 levels deep'
    """
    return SENTENCES[sentence].format(**words)
