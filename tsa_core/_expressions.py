"""Expressions that build schedules, read as data: nothing is evaluated but what is listed here.

An expression may hold numbers, strings, True, False, None, tuples and lists, `+ - * /`, calls
of the names in `tsa_core` that build a schedule, and calls of a schedule's own methods.
"""

from __future__ import annotations

import ast
import functools
import inspect
import numbers
import operator
import re
import warnings
from collections.abc import Callable
from typing import Any

import tsa_core
from tsa_core.combinators import Custom
from tsa_core.schedule import Schedule

_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_LITERALS = (bool, int, float, str, type(None))
_REFUSALS = (ArithmeticError, LookupError, TypeError, ValueError)
"""What a schedule raises for bad arguments."""


class ExpressionError(ValueError):
    """What is wrong with an expression, and where; prints with a caret under the place."""

    def __init__(self, expression: str, message: str, line: int = 1, column: int = 0) -> None:
        lines = _lines(expression)
        shown = lines[min(line, len(lines)) - 1]
        super().__init__(f"{shown}\n{' ' * min(max(column, 0), len(shown))}^\n{message}")


def _lines(text: str) -> list[str]:
    """The lines as Python counts them."""
    return re.split(r"\r\n|\r|\n", text)


def builders() -> dict[str, Callable[..., Schedule]]:
    """The public names of `tsa_core` that build a schedule out of data."""
    found = {name: getattr(tsa_core, name) for name in tsa_core.__all__}
    return {name: value for name, value in found.items() if _builds(value)}


def _builds(value: Any) -> bool:
    if isinstance(value, type):
        return issubclass(value, Schedule) and value not in (Schedule, Custom)
    return inspect.isfunction(value) and _returns_schedule(value)


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


def parse_schedule(expression: str) -> Schedule:
    """The schedule that an expression describes.

    Args:
        expression: Python source in the names of `tsa_core`, such as the repr of a schedule.

    Raises:
        ExpressionError: If it is anything else, with the place where.

    Example:
        >>> parse_schedule("0.1 * Linear(1, 0, num_steps=10).shift(5)")(10)
        0.05
    """
    text = expression.strip()
    reader = _Reader(text)
    try:
        result = reader.value(reader.tree())
    except (RecursionError, MemoryError):  # the second is what Python's own parser raises
        raise ExpressionError(text, "expression must be nested less deep") from None
    if not isinstance(result, Schedule):
        raise ExpressionError(text, f"expression must be a schedule, got {_kind(result)}")
    return result


class _Reader:
    def __init__(self, expression: str) -> None:
        self._expression = expression
        self._builders = builders()

    def tree(self) -> ast.expr:
        """The expression's syntax, not looked at yet."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of backslashes in strings
            try:
                return ast.parse(self._expression, mode="eval").body
            except SyntaxError as error:
                line, column = error.lineno or 1, (error.offset or 1) - 1
                raise ExpressionError(self._expression, error.msg, line, column) from None
            except ValueError as error:  # a null character, or half of a surrogate pair
                raise ExpressionError(self._expression, str(error)) from None

    def value(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant(value) if type(value) in _LITERALS:
                return value
            case ast.Tuple(items) | ast.List(items):
                return tuple(self.value(item) for item in items)
            case ast.UnaryOp(ast.USub(), operand):
                return self._apply(node, operator.neg, self._operand(operand))
            case ast.BinOp(left, sign, right) if type(sign) in _OPERATORS:
                sides = self._operand(left), self._operand(right)
                return self._apply(node, _OPERATORS[type(sign)], *sides)
            case ast.Call(function, arguments, keywords):
                return self._call(node, function, arguments, keywords)
            case ast.Name(name):
                self._builder(node)
                raise self._at(node, f"{name} must be called, as in {name}(...)")
        raise self._at(node, f"expression must not hold {_described(node)}")

    def _operand(self, node: ast.expr) -> Any:
        value = self.value(node)
        if isinstance(value, bool) or not isinstance(value, (Schedule, numbers.Real)):
            raise self._at(node, f"operand must be a number or a schedule, got {_kind(value)}")
        return value

    def _call(
        self, node: ast.Call, function: ast.expr, arguments: Any, keywords: list[ast.keyword]
    ) -> Any:
        called = self._called(function)
        names = [keyword.arg for keyword in keywords]
        if None in names:
            raise self._at(keywords[names.index(None)].value, "expression must not hold **")
        named = {str(keyword.arg): self.value(keyword.value) for keyword in keywords}
        return self._apply(node, called, *map(self.value, arguments), **named)

    def _called(self, node: ast.expr) -> Callable[..., Any]:
        match node:
            case ast.Name():
                return self._builder(node)
            case ast.Attribute(owner, name):
                schedule = self.value(owner)
                if not isinstance(schedule, Schedule):
                    raise self._at(owner, f"{_kind(schedule)} has no methods to call")
                if name not in methods():
                    raise self._end(node, f"method must be one of {_listed(methods())}, got {name}")
                method: Callable[..., Any] = getattr(schedule, name)
                return method
        raise self._at(node, "a call must be of a name or a method")

    def _builder(self, node: ast.Name) -> Callable[..., Schedule]:
        if node.id not in self._builders:
            if node.id == Custom.__name__:
                raise self._at(node, "Custom takes a function, which an expression cannot hold")
            known = _listed(self._builders)
            raise self._at(node, f"name must be one of {known}, got {node.id}")
        return self._builders[node.id]

    def _apply(self, node: ast.expr, function: Callable[..., Any], *args: Any, **named: Any) -> Any:
        try:
            return function(*args, **named)
        except _REFUSALS as error:
            raise self._at(node, str(error).replace(".__init__()", "()")) from None

    def _at(self, node: ast.expr, message: str) -> ExpressionError:
        column = self._column(node.lineno, node.col_offset)
        return ExpressionError(self._expression, message, node.lineno, column)

    def _end(self, node: ast.Attribute, message: str) -> ExpressionError:
        """At the name after the dot."""
        line, end = node.end_lineno or 1, node.end_col_offset or 0
        column = self._column(line, end) - len(node.attr)
        return ExpressionError(self._expression, message, line, column)

    def _column(self, line: int, offset: int) -> int:
        # The offset counts bytes of UTF-8.
        return len(_lines(self._expression)[line - 1].encode()[:offset].decode(errors="ignore"))


def _kind(value: object) -> str:
    return "None" if value is None else type(value).__name__


def _listed(names: Any) -> str:
    return ", ".join(sorted(names))


def _described(node: ast.expr) -> str:
    """What Python calls a kind of expression."""
    kind = type(getattr(node, "op", node)).__name__
    return f"{kind}; allowed are numbers, names of tsa_core, + - * / and calls"
