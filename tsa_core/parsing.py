"""Schedules written as text, and read as data: nothing is evaluated but what is listed here."""

from __future__ import annotations

import ast
import functools
import inspect
import numbers
import operator
import re
import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import tsa_core
from tsa_core.combinators import Custom
from tsa_core.schedule import Schedule

MAX_CHARACTERS = 1_000_000
MAX_VALUES = 100_000
"""How many values the calls of one text may make that are not written in it."""

_LITERALS = (bool, int, float, str, type(None))
_REFUSALS = (ArithmeticError, LookupError, TypeError, ValueError)
"""What a schedule raises for bad arguments."""

_NUMBER_OF_VALUES = {
    "chebyshev_steps": "num_steps",
    "cosine_with_restarts": "num_cycles",
    "with_noise": "num_steps",
    "with_restarts": "num_cycles",
}
"""The argument that says how many values or pieces a call makes."""

_BLANKS = r"""(?P<string>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")|\\\r?\n|\#[^\r\n]*|[ \t\r\n\f]"""
_WIDTH = 79


def parse(text: str) -> Schedule:
    """Read a schedule from an expression, such as its `repr`, without evaluating code.

    The expression may contain the public names that build a schedule, the methods of a schedule
    that return one, numbers, strings, `True`, `False`, `None`, tuples and lists, keyword arguments,
    `+ - * /`, `**` between numbers, comments, and line breaks between any two words.

    Args:
        text: The expression, at most 1,000,000 characters. Its calls may generate at most 100,000
            values, such as those of `with_noise`.

    Returns:
        The schedule, equal to what Python would make of the expression.

    Raises:
        TypeError: If `text` is not a string.
        ValueError: If it is not such an expression, asks for too much, or a schedule in it
            refuses its arguments. The message shows the line and marks the place.

    Example:
        >>> parse("0.1 * Linear(1, 0, num_steps=10).shift(5)  # later")(10)
        0.05
    """
    if not isinstance(text, str):
        raise TypeError(f"text must be a string, got {_shortened(repr(text))}")
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"text must have at most {MAX_CHARACTERS} characters, got {len(text)}")
    reader = _Reader(text)
    try:
        result = reader.value(reader.tree())
    except (RecursionError, MemoryError):  # the second is what Python's own parser raises
        raise reader.error(reader.begin, "text must be nested less deeply") from None
    if not isinstance(result, Schedule):
        raise reader.error(reader.begin, f"text must describe a schedule, got {_kind(result)}")
    return result


@functools.cache
def builders() -> Mapping[str, Callable[..., Schedule]]:
    """The public names of `tsa_core` that build a schedule out of data."""
    found = {name: getattr(tsa_core, name) for name in tsa_core.__all__}
    return {name: value for name, value in found.items() if _builds(value)}


def _builds(value: Any) -> bool:
    if isinstance(value, type):
        return issubclass(value, Schedule) and value not in (Schedule, Custom)
    return value is not parse and inspect.isfunction(value) and _returns_schedule(value)


def _returns_schedule(function: Callable[..., Any]) -> bool:
    returned = inspect.signature(function, eval_str=True).return_annotation
    return isinstance(returned, type) and issubclass(returned, Schedule)


@functools.cache
def methods() -> tuple[str, ...]:
    """The public methods of a schedule that return another."""
    found = inspect.getmembers(Schedule, inspect.isfunction)
    return tuple(
        name for name, value in found if not name.startswith("_") and _returns_schedule(value)
    )


@functools.cache
def _parameters(name: str) -> tuple[str, ...]:
    """What a builder or a method takes, by name and in order."""
    if name in builders():
        return tuple(inspect.signature(builders()[name]).parameters)
    return tuple(inspect.signature(getattr(Schedule, name)).parameters)[1:]


def _power(base: Any, exponent: Any) -> Any:
    """A power of two numbers, worked out only where it fits a float."""
    if isinstance(base, Schedule) or isinstance(exponent, Schedule):
        raise TypeError("** takes two numbers, got a schedule")
    try:
        size = float(base) ** float(exponent)
    except OverflowError:
        raise ValueError("the power must fit a float") from None
    return base**exponent if isinstance(base, int) and isinstance(exponent, int) else size


_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: _power,
}


class _Reader:
    """One text, on its way to a schedule."""

    def __init__(self, text: str) -> None:
        self._text = text
        # One line of the same length without comments: a place in it is a place in the text.
        line = re.sub(_BLANKS, lambda found: found["string"] or " " * len(found[0]), text)
        self._source = line.strip(" ")
        self.begin = len(line) - len(line.lstrip(" "))
        self._values_left: float = MAX_VALUES

    def tree(self) -> ast.expr:
        """The expression's syntax, not looked at yet."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of backslashes in strings
            try:
                return ast.parse(self._source, mode="eval").body
            except SyntaxError as error:
                place = self.begin + (error.offset or 1) - 1
                raise self.error(place, error.msg) from None
            except ValueError as error:  # a null character, or half of a surrogate pair
                raise self.error(self.begin, str(error)) from None

    def value(self, node: ast.expr) -> Any:
        """What a node stands for: from its innermost left end outwards, however long it is."""
        chain: list[ast.expr] = []
        while (inner := _first_part(node)) is not None:
            chain.append(node)
            node = inner
        value = self._leaf(node)
        for outer in reversed(chain):
            value = self._applied(outer, value)
        return value

    def _leaf(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant(value) if type(value) in _LITERALS:
                return value
            case ast.Tuple(items) | ast.List(items):
                return tuple(self.value(item) for item in items)
            case ast.UnaryOp(ast.USub(), operand):
                return self._try(node, operator.neg, self._operand(operand, self.value(operand)))
            case ast.Call(ast.Name() as name, _, _):
                return self._call(node, name.id, self._builder(name))
            case ast.Call(function):
                raise self._at(function, "a call must be of a name or a method")
            case ast.Name(name):
                self._builder(node)
                raise self._at(node, f"{name} must be called, as in {name}(...)")
        raise self._at(node, f"text must not contain {_described(node)}")

    def _applied(self, node: Any, first: Any) -> Any:
        """An operator with its left side, or a call of a method with its schedule."""
        if not isinstance(node, ast.BinOp):
            return self._call(node, node.func.attr, self._method(node.func, first))
        sides = self._operand(node.left, first), self._operand(node.right, self.value(node.right))
        return self._try(node, _OPERATORS[type(node.op)], *sides)

    def _method(self, node: ast.Attribute, owner: Any) -> Callable[..., Schedule]:
        if not isinstance(owner, Schedule):
            raise self._at(node.value, f"{_kind(owner)} has no methods to call")
        if node.attr not in methods():
            place = self._place(node.end_col_offset or 0) - len(node.attr)
            raise self.error(place, _unknown("method", node.attr, methods()))
        method: Callable[..., Schedule] = getattr(owner, node.attr)
        return method

    def _operand(self, node: ast.expr, value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, (Schedule, numbers.Real)):
            raise self._at(node, f"operand must be a number or a schedule, got {_kind(value)}")
        return value

    def _builder(self, node: ast.Name) -> Callable[..., Schedule]:
        if node.id == Custom.__name__:
            raise self._at(node, "Custom takes a function, which cannot be written as text")
        if node.id not in builders():
            raise self._at(node, _unknown("name", node.id, builders()))
        return builders()[node.id]

    def _call(self, node: ast.Call, name: str, function: Callable[..., Any]) -> Any:
        known = _parameters(name)
        for keyword in node.keywords:
            if keyword.arg is None:
                raise self._at(keyword.value, "text must not contain **")
            if keyword.arg not in known:
                message = _unknown(f"argument of {name}", keyword.arg, known)
                raise self.error(self._place(keyword.col_offset), message)
        arguments = [self.value(argument) for argument in node.args]
        named = {str(keyword.arg): self.value(keyword.value) for keyword in node.keywords}
        self._pay_for(node, name, dict(zip(known, arguments, strict=False)) | named)
        return self._try(node, function, *arguments, **named)

    def _pay_for(self, node: ast.Call, name: str, arguments: Mapping[str, Any]) -> None:
        """Refuse a call before it makes too many values."""
        number = arguments.get(_NUMBER_OF_VALUES.get(name, ""))
        repeats = name.endswith("_restarts") and arguments.get("growth", 1) == 1
        if repeats or not isinstance(number, (int, float)):
            return
        self._values_left -= max(number, 0)
        if not self._values_left >= 0:
            asked = f"{_NUMBER_OF_VALUES[name]}={number!r}"
            raise self._at(node, f"text must make at most {MAX_VALUES} values, got {name} {asked}")

    def _try(self, node: ast.expr, function: Callable[..., Any], *args: Any, **named: Any) -> Any:
        try:
            return function(*args, **named)
        except _REFUSALS as error:
            message = str(error).replace(".__init__()", "()")
            raise self._at(node, _shortened(message, 3 * _WIDTH)) from None

    def _place(self, offset: int) -> int:
        """The place in the text of an offset that Python gives, in bytes of UTF-8."""
        return self.begin + len(self._source.encode()[:offset].decode(errors="ignore"))

    def _at(self, node: ast.expr, message: str) -> ValueError:
        return self.error(self._place(node.col_offset), message)

    def error(self, place: int, message: str) -> ValueError:
        """A message below the part of the line around the place and a caret."""
        begin = max(self._text.rfind(mark, 0, place) for mark in "\r\n") + 1
        line = re.split(r"[\r\n]", self._text[begin : place + _WIDTH])[0]
        cut = max(place - begin - _WIDTH // 2, 0)
        shown, caret = line[cut : cut + _WIDTH], " " * (place - begin - cut)
        return ValueError(f"{shown}\n{caret}^\n{message}")


def _first_part(node: ast.expr) -> ast.expr | None:
    """The part that is worked out first, where it stands at the node's left end."""
    match node:
        case ast.BinOp(left, sign, _) if type(sign) in _OPERATORS:
            return left
        case ast.Call(ast.Attribute(owner)):
            return owner
    return None


def _unknown(kind: str, name: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    names, name = sorted(known), _shortened(name)
    close = get_close_matches(name, names, 1)
    hint = f"did you mean {close[0]}?" if close else f"the names are {', '.join(names)}"
    return f"no {kind} is called {name}; {hint}"


def _shortened(text: str, length: int = _WIDTH) -> str:
    return text if len(text) <= length else f"{text[:length]}..."


def _kind(value: object) -> str:
    return "None" if value is None else type(value).__name__


def _described(node: ast.expr) -> str:
    """What Python calls a kind of expression."""
    kind = type(getattr(node, "op", node)).__name__
    return f"{kind}; allowed are numbers, strings, names of tsa_core, + - * / ** and calls"
