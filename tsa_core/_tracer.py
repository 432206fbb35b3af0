"""Tracing: a formula runs once over symbols, which note what is asked of them.

What was noted is compiled (see `_compiling.py`).
"""

from __future__ import annotations

import math
import operator
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any, NoReturn

from tsa_core._arrays import ELEMENTWISE, Curve, Ends

if TYPE_CHECKING:
    from tsa_core.schedule import Schedule

_LONGEST_CHAIN = 100
"""More terms than this are added in a loop: Python limits the depth of an expression."""

_DEEPEST, _MOST_RECORDS = 16, 64
"""Records beyond these are called, not inlined, for the same reason."""

_MOST_BRANCHES = 8
"""Among more pieces than this, the piece is looked up, and compiled when it is first needed."""


def _binary(function: Callable[[Any, Any], Any]) -> Any:
    return lambda self, other: Symbol(function, self, other)


def _reflected(function: Callable[[Any, Any], Any]) -> Any:
    return lambda self, other: Symbol(function, other, self)


def _unary(function: Callable[[Any], Any]) -> Any:
    return lambda self: Symbol(function, self)


class Symbol:
    """A function that is still to be called, and its arguments: numbers or other symbols."""

    __slots__ = ("arguments", "function", "least")

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.function = function
        self.arguments = arguments
        self.least = -math.inf
        """What its value never lies below."""

    __add__, __radd__ = _binary(operator.add), _reflected(operator.add)
    __sub__, __rsub__ = _binary(operator.sub), _reflected(operator.sub)
    __mul__, __rmul__ = _binary(operator.mul), _reflected(operator.mul)
    __truediv__, __rtruediv__ = _binary(operator.truediv), _reflected(operator.truediv)
    __floordiv__, __rfloordiv__ = _binary(operator.floordiv), _reflected(operator.floordiv)
    __mod__, __rmod__ = _binary(operator.mod), _reflected(operator.mod)
    __pow__, __rpow__ = _binary(operator.pow), _reflected(operator.pow)
    __and__, __or__ = _binary(operator.and_), _binary(operator.or_)
    __lt__, __le__ = _binary(operator.lt), _binary(operator.le)
    __gt__, __ge__ = _binary(operator.gt), _binary(operator.ge)
    __eq__, __ne__ = _binary(operator.eq), _binary(operator.ne)
    __neg__, __abs__ = _unary(operator.neg), _unary(operator.abs)
    __invert__ = _unary(operator.invert)
    __hash__ = object.__hash__

    def __bool__(self) -> NoReturn:
        raise TypeError("a formula cannot branch on a step with `if`; write ops.where(...)")

    def __float__(self) -> NoReturn:
        raise TypeError("a formula cannot call functions of math; write ops.exp(...) and so on")


def choice(condition: Any, yes: Any, no: Any) -> Any:
    """The function of a symbol that is a choice; compiled, only one side is evaluated."""
    return yes if condition else no


class Tracer:
    """The operations that formulas are written in, over symbols."""

    def __init__(self) -> None:
        self._depth = self._records = 0

    def apply(self, schedule: Schedule, t: Any) -> Any:
        """Trace another schedule in place, or call it where there are very many."""
        if self._depth == _DEEPEST or self._records == _MOST_RECORDS:
            return self.call(schedule, t)
        self._depth += 1
        self._records += 1
        value = schedule.formula(t, self)
        self._depth -= 1
        return value

    def where(self, condition: Any, yes: Any, no: Any) -> Any:
        """A choice."""
        symbolic = isinstance(condition, Symbol)
        return Symbol(choice, condition, yes, no) if symbolic else choice(condition, yes, no)

    def full(self, _t: Any, value: float) -> float:
        """A constant."""
        return value

    def hold_outside(
        self, t: Any, low: float, high: float, ends: Ends, between: Curve, *, exact: bool = False
    ) -> Any:
        """`between(t)` for low < t < high, and the two `ends` outside."""
        inner = between(t)
        if not (exact and t.least >= low):
            inner = self.where(t <= low, ends[0], inner)
        return self.where(t >= high, ends[1], inner)

    def clamp(self, value: Any, near: float, far: float, *, exact: bool) -> Any:
        """`value`, or `far` where a rounding has passed it."""
        past = operator.gt if far > near else operator.lt
        return value if exact else self.where(past(value, far), far, value)

    def switch(self, t: Any, boundaries: Sequence[float], schedules: Sequence[Schedule]) -> Any:
        """The schedule that `t` falls into, on its own clock."""
        if len(schedules) > _MOST_BRANCHES:
            return Symbol(Row(boundaries, schedules), t)

        def between(first: int, last: int) -> Any:
            if first < last:
                middle = (first + last) // 2
                early, late = between(first, middle), between(middle + 1, last)
                return self.where(t < boundaries[middle], early, late)
            clock = t
            if first > 0:
                clock = t - boundaries[first - 1]
                clock.least = 0.0
            return self.apply(schedules[first], clock)

        return between(0, len(schedules) - 1)

    def at_most(self, value: Any, limit: float) -> Any:
        """`value`, or `limit` where it is above or not known."""
        return value if limit == math.inf else self.where(value < limit, value, limit)

    def floor_divide(self, t: Any, every: float) -> Any:
        """The number of whole periods before `t`."""
        return t // every if isinstance(every, int) else t / every // 1

    def position(self, sorted_values: tuple[float, ...], t: Any) -> Symbol:
        """How many of `sorted_values` are at most `t`."""
        return Symbol(bisect_right, sorted_values, t)

    def lookup(self, values: tuple[float, ...], index: Any, _t: Any) -> Symbol:
        """The entry of a table of floats."""
        return Symbol(operator.getitem, values, index)

    lookup_step = lookup

    def sum(self, values: Sequence[Any]) -> Any:
        """The sum, from left to right."""
        return self._chain(operator.add, values)

    def product(self, values: Sequence[Any]) -> Any:
        """The product, from left to right."""
        return self._chain(operator.mul, values)

    def _chain(self, function: Any, values: Sequence[Any]) -> Any:
        if len(values) <= _LONGEST_CHAIN:
            return reduce(function, values)
        return Symbol(lambda *terms: reduce(function, terms), *values)

    def minimum(self, *values: Any) -> Any:
        """The least of several values."""
        return Symbol(min, *values) if len(values) > 1 else values[0]

    def maximum(self, *values: Any) -> Any:
        """The greatest of several values."""
        return Symbol(max, *values) if len(values) > 1 else values[0]

    def call(self, function: Callable[[Any], Any], t: Any) -> Symbol:
        """A call of any function."""
        return Symbol(float, Symbol(function, t))

    def floor(self, x: Any) -> Symbol:
        """The nearest whole number below."""
        return Symbol(operator.floordiv, x, 1)

    def round(self, x: Any) -> Symbol:
        """The nearest whole number; of two, the even one."""
        return Symbol(round, x)


def _called(function: Callable[[Any], Any]) -> Any:
    return lambda self, x: Symbol(function, x)


OF_MATH = tuple(getattr(math, name) for name in ELEMENTWISE)
for _function in OF_MATH:
    setattr(Tracer, _function.__name__, _called(_function))


class Row:
    """Very many pieces, as a function of one number: a binary search, and one call."""

    def __init__(self, boundaries: Sequence[float], schedules: Sequence[Schedule]) -> None:
        self._boundaries, self._begins, self._schedules = boundaries, (0, *boundaries), schedules

    def __call__(self, t: float) -> float:
        index = bisect_right(self._boundaries, t)
        return self._schedules[index](t - self._begins[index])
