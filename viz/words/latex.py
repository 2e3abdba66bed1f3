"""Writes formulas in LaTeX, for papers and notebooks (amsmath, MathJax and KaTeX)."""

import ast
import re
from collections.abc import Mapping
from contextlib import suppress

from engine.formulas import parse_formula
from engine.teaching.expression import parse
from engine.teaching.grammar import POWERS
from viz.numbers import EXACT, OUTDATED, ROUNDED

SIGNS = {EXACT: "=", ROUNDED: r"\approx", OUTDATED: r"\neq"}
FUNCTIONS = {name: f"\\{name}" for name in ("exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh")}
FUNCTIONS |= {"ln": r"\ln", "max": r"\max", "min": r"\min", "σ": r"\sigma"}
FUNCTIONS |= {f"a{name}": f"\\arc{name}" for name in ("sin", "cos", "tan")}
FUNCTIONS |= {f"log{base}": f"\\log_{{{base}}}" for base in (2, 10)}
NAMES = """\
α alpha β beta γ gamma δ delta ε varepsilon ζ zeta η eta θ theta ι iota κ kappa λ lambda μ mu µ mu ν nu ξ xi π pi ρ rho
σ sigma τ tau υ upsilon φ varphi χ chi ψ psi ω omega ϑ vartheta ϕ phi ϵ epsilon
Γ Gamma Δ Delta Θ Theta Λ Lambda Ξ Xi Π Pi Σ Sigma Υ Upsilon Φ Phi Ψ Psi Ω Omega"""
GREEK = dict(re.findall(r"(\S) (\w+)", NAMES))
SPECIAL = {"\\": r"\backslash ", "~": r"\sim ", "^": r"\wedge ", " ": r"\ "} | {mark: f"\\{mark}" for mark in "_#%&{}$"}


def write_latex(formula: str, letters: Mapping[str, str]) -> str:
    """Write a formula of the op table in LaTeX, with names or numbers for its letters.

    >>> write_latex("y*(1 - y) / a**2", {"y": "y", "a": "x1"})
    '\\\\frac{y \\\\cdot \\\\left(1 - y\\\\right)}{{x_{1}}^{2}}'
    """
    return _write(parse_formula(formula), letters)


def latex_name(name: str) -> str:
    r"""Write a name in LaTeX: ``x1`` as x_{1}, longer names upright, special characters escaped.

    >>> print(latex_name("x1"), latex_name("α"), latex_name("loss"), latex_name("w_hidden"), latex_name("-3"))
    x_{1} \alpha \mathrm{loss} \mathrm{w\_hidden} -3
    >>> print(latex_name("2*pi"))  # what a constant is called
    \left(2 \cdot \pi\right)
    """
    if name == "pi":
        return r"\pi"
    if re.fullmatch(r"-?([0-9.]+(e[-+]?[0-9]+)?|inf|nan)", name):
        return latex_number(name)
    if re.search("[-+*/(²³]", name):
        with suppress(SyntaxError, ValueError):  # no constant, or none that a sheet of mathematics writes, such as 3-+2
            parse(name)
            formula = ast.parse(re.sub("[²³]", lambda sign: f"**{POWERS[sign[0]]:.0f}", name), mode="eval").body
            written = _write(formula, {})
            return written if isinstance(formula, ast.Call) else f"\\left({written}\\right)"
    base, index = re.fullmatch(r"(.*?)(?:_?([0-9]+))?", name, re.DOTALL).groups()  # type: ignore[union-attr]
    if len(base) == 1 and (base in GREEK or (base.isascii() and base.isalpha())):
        letter = f"\\{GREEK[base]}" if base in GREEK else base
        return f"{letter}_{{{index}}}" if index else letter
    return latex_words(name)


def latex_words(text: str) -> str:
    """Write any text as one upright symbol, with its special characters escaped."""
    if not text:
        return r"\mathrm{}"
    pieces = []
    for letter in text:
        if letter in GREEK:
            pieces.append(f"\\{GREEK[letter]} ")
        else:
            pieces.append(
                SPECIAL.get(letter) or (letter if letter.isascii() and letter not in '"`' else f"\\text{{{letter}}}")
            )
    return f"\\mathrm{{{''.join(pieces)}}}"


def latex_number(text: str) -> str:
    r"""A number as `viz.numbers.format_number` writes it: ``1.5e-05`` as 1.5 \cdot 10^{-5}."""
    mantissa, e, exponent = text.partition("e")
    if e:
        return f"{mantissa} \\cdot 10^{{{int(exponent)}}}"
    return text.replace("inf", r"\infty").replace("nan", r"\mathrm{nan}").replace("…", r"\ldots")


def partial(above: str, below: str) -> str:
    """The derivative of one name by another, as a fraction."""
    return f"\\frac{{\\partial {latex_name(above)}}}{{\\partial {latex_name(below)}}}"


def factor(latex: str) -> str:
    """LaTeX as a factor of a product, in parentheses if a sign or sum needs them."""
    return _bracket(latex, "[-+]")


def _bracket(latex: str, signs: str) -> str:
    """LaTeX in parentheses if one of these signs stands in a name, or outside of its braces and brackets."""
    bare, before = re.sub(r"\\mathrm\{((\\text\{.\}|\\.|[^{}])*)\}", r"\1", latex), ""
    while bare != before:
        bare, before = re.sub(r"\{[^{}]*\}|\\left((?!\\left).)*?\\right", "", bare), bare
    return f"\\left({latex}\\right)" if re.search(signs, bare) else latex


def align(rows: list[tuple[str, str, str]]) -> str:
    """Align equations, each given as its left side, sign (see SIGNS) and right side."""
    lines = " \\\\\n".join(f"{left} &{SIGNS[sign]} {right}".lstrip() for left, sign, right in rows)
    return f"\\begin{{aligned}}\n{lines}\n\\end{{aligned}}"


def _write(node: ast.expr, letters: Mapping[str, str]) -> str:
    def write(inner: ast.expr) -> str:
        return _write(inner, letters)

    match node:
        case ast.Name(id):
            return latex_name(letters.get(id, id))
        case ast.Constant(value):
            return latex_number(repr(value))
        case ast.UnaryOp(ast.USub(), operand):
            return f"-{factor(write(operand))}"
        case ast.BinOp(left, ast.Div(), right):
            return f"\\frac{{{write(left)}}}{{{write(right)}}}"
        case ast.BinOp(left, ast.Pow(), right):
            base = write(left) if isinstance(left, ast.Name | ast.Constant) else f"\\left({write(left)}\\right)"
            return f"{{{_bracket(base, r'[-+*/]|cdot')}}}^{{{write(right)}}}"
        case ast.BinOp(left, ast.Mult(), right):
            return f"{factor(write(left))} \\cdot {factor(write(right))}"
        case ast.BinOp(left, ast.Mod(), right):
            return f"{factor(write(left))} \\bmod {factor(write(right))}"
        case ast.BinOp(left, ast.Add() | ast.Sub() as sign, right):
            behind = write(right)
            if behind.startswith("-") or (isinstance(sign, ast.Sub) and isinstance(right, ast.BinOp | ast.Name)):
                behind = factor(behind)
            return f"{write(left)} {'+' if isinstance(sign, ast.Add) else '-'} {behind}"
        case ast.Call(ast.Name("abs"), [operand]):
            return f"\\left|{write(operand)}\\right|"
        case ast.Call(ast.Name("sqrt"), [operand]):
            return f"\\sqrt{{{write(operand)}}}"
        case ast.Call(ast.Name(name), arguments):
            function = FUNCTIONS.get(name, f"\\operatorname{{{name}}}")
            return f"{function}\\left({', '.join(map(write, arguments))}\\right)"
    raise ValueError(f"no LaTeX for {ast.unparse(node)}")  # formulas of the op table have no other nodes
