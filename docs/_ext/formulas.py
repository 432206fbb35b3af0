"""Formulas typeset: the block of a docstring, in Python's notation, becomes MathML.

A formula is a list of definitions. Further lines below a definition are its cases; what follows
a `#` says when a line holds. Browsers show MathML by themselves, so nothing has to be loaded.
"""

from __future__ import annotations

import ast
import html
import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

WORDS = {"number of boundaries <= t": "the_number_of_boundaries_up_to_t"}
MINUS = "\N{MINUS SIGN}"
SIGNS = {"<=": "≤", ">=": "≥", "->": "→", " - ": f" {MINUS} ", " * ": " · "}
OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: MINUS,
    ast.Mult: "·",
    ast.MatMult: "→",
    ast.LtE: "≤",
    ast.Lt: "<",
}
LOOSE, PRODUCT, TIGHT = range(3)
"""How strongly an expression holds together: a sum, a product, all others."""


def definitions(text: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """What is defined, each with its cases: an expression, and when it holds."""
    found: list[tuple[str, list[tuple[str, str]]]] = []
    for line in filter(str.strip, text.splitlines()):
        code, _, note = (part.strip() for part in line.partition("#"))
        for part in re.split(r",\s{2,}", code):
            name, equals, value = (piece.strip() for piece in part.partition(" = "))
            if equals and not line.startswith(" "):
                found.append((name, [(value, note)]))
            else:
                found[-1][1].append((part.strip(), note))
    return found


def mathml(text: str) -> str:
    """A formula as MathML; a SyntaxError where it is not in Python's notation."""
    return "".join(_definition(name, cases) for name, cases in definitions(text))


def _definition(name: str, cases: list[tuple[str, str]]) -> str:
    shown = [(_expression(value), _note(note)) for value, note in cases]
    if len(shown) == 1:
        body = '<mspace width="1.5em"></mspace>'.join(filter(None, shown[0]))
    else:
        rows = "".join(f"<mtr><mtd>{one}</mtd><mtd>{note}</mtd></mtr>" for one, note in shown)
        body = f'<mo>{{</mo><mtable displaystyle="true">{rows}</mtable>'
    return f'<math display="block"><mrow>{_expression(name)}<mo>=</mo>{body}</mrow></math>'


def _note(text: str) -> str:
    for sign, shown in SIGNS.items():
        text = text.replace(sign, shown)
    return f"<mtext>{html.escape(text)}</mtext>" if text else ""


def _expression(code: str) -> str:
    for words, name in WORDS.items():
        code = code.replace(words, name)
    return _show(ast.parse(code.replace("->", "@"), mode="eval").body)[0]


def _show(node: ast.expr) -> tuple[str, int]:
    """An expression, and how strongly it holds together."""
    match node:
        case ast.Name(id=name):
            shown = _name(name)
        case ast.Constant(value=value):
            shown = "<mo>…</mo>" if value is ... else f"<mn>{value}</mn>"
        case ast.Subscript(value=value, slice=index):
            shown = f"<msub>{_row(value)}{_row(index)}</msub>"
        case ast.Call(func=function, args=arguments):
            shown = _call(ast.unparse(function), arguments)
        case _:
            return _operation(node)
    return shown, TIGHT


def _operation(node: ast.expr) -> tuple[str, int]:
    match node:
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return f"<mo>{MINUS}</mo>{_inside(operand, PRODUCT)}", LOOSE
        case ast.Compare(left=left, ops=[sign], comparators=[right]):
            return f"{_row(left)}<mo>{html.escape(OPERATORS[type(sign)])}</mo>{_row(right)}", LOOSE
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return f"<msup>{_row(left, TIGHT)}{_row(right)}</msup>", TIGHT
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return _quotient(left, right)
        case ast.BinOp(left=left, op=sign, right=right):
            level = PRODUCT if isinstance(sign, ast.Mult) else LOOSE
            shown = f"<mo>{OPERATORS[type(sign)]}</mo>{_inside(right, level + 1)}"
            return f"{_inside(left, level)}{shown}", level
    raise SyntaxError(f"cannot typeset {ast.unparse(node)}")


def _quotient(left: ast.expr, right: ast.expr) -> tuple[str, int]:
    """A fraction; of a product only the last factor goes into the numerator."""
    if isinstance(left, ast.BinOp) and isinstance(left.op, ast.Mult):
        share = f"<mfrac>{_row(left.right)}{_row(right)}</mfrac>"
        return f"{_inside(left.left, PRODUCT)}<mo>·</mo>{share}", PRODUCT
    return f"<mfrac>{_row(left)}{_row(right)}</mfrac>", TIGHT


def _call(name: str, arguments: list[ast.expr]) -> str:
    shown = "<mo>,</mo>".join(_show(argument)[0] for argument in arguments)
    if name == "sqrt":
        return f"<msqrt>{shown}</msqrt>"
    if name == "floor":
        return f"<mo>⌊</mo>{shown}<mo>⌋</mo>"
    if name.endswith("_"):
        return f"<msub>{_name(name[:-1])}<mrow>{shown}</mrow></msub>"
    return f"{_name(name)}{_parentheses(shown)}"


def _inside(node: ast.expr, level: int) -> str:
    """In parentheses where it holds together less than what is around it."""
    shown, strength = _show(node)
    return shown if strength >= level else _parentheses(shown)


def _parentheses(shown: str) -> str:
    """Parentheses, as tall as what stands in them only where that is a fraction."""
    tall = "true" if "<mfrac>" in shown else "false"
    left, right = (f'<mo stretchy="{tall}">{sign}</mo>' for sign in "()")
    return f"<mrow>{left}{shown}{right}</mrow>"


def _row(node: ast.expr, level: int = LOOSE) -> str:
    return f"<mrow>{_inside(node, level)}</mrow>"


def _name(name: str) -> str:
    """A name: π, one with an index, or several words."""
    if name in WORDS.values():
        return f"<mtext>{name.replace('_', ' ')}</mtext>"
    stem, _, index = name.rpartition("_")
    if stem and len(index) == 1:
        return f"<msub>{_name(stem)}<mi>{index}</mi></msub>"
    return f"<mi>{'π' if name == 'pi' else name}</mi>"


class Formula(SphinxDirective):
    """Show a formula typeset, or as it stands where it is not in Python's notation."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """One block with its definitions."""
        text = "\n".join(self.content)
        try:
            shown = mathml(text)
        except SyntaxError:
            return [nodes.literal_block(text, text, classes=["formula"], language="text")]
        title = html.escape(text, quote=True)
        block = f'<div class="formula" role="math" title="{title}">{shown}</div>'
        return [nodes.raw("", block, format="html")]


def typeset(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Make the first block of code of a docstring, its formula, a `formula`."""
    if "::" in lines:
        lines[lines.index("::")] = ".. formula::"


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive, and use it in the reference."""
    app.add_directive("formula", Formula)
    app.connect("autodoc-process-docstring", typeset)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
