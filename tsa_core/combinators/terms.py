"""Schedules made of several, all on the same clock."""

from __future__ import annotations

import abc
import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tsa_core._arrays import Arrays
from tsa_core._fields import record, schedule_field, schedules_field
from tsa_core._limits import Limits, combined
from tsa_core._pieces import Formula, Piece, added, flat, inner, overlay, sampled, split
from tsa_core.curves import Constant
from tsa_core.schedule import Schedule


@record
class Terms(Schedule, abc.ABC):
    """What is made of any number of schedules, at least one."""

    schedules: tuple[Schedule, ...] = schedules_field()

    def __attrs_post_init__(self) -> None:
        if not self.schedules:
            raise ValueError(f"schedules must have at least one item, got {self.schedules!r}")

    @abc.abstractmethod
    def _combined(self, values: Sequence[Any], ops: Any) -> Any:
        """What is made of the values of all, each a number or an array."""

    def formula(self, t: Any, ops: Any) -> Any:
        """The value at the clock `t`, in the operations `ops`."""
        return self._combined([ops.apply(schedule, t) for schedule in self.schedules], ops)

    @property
    def length(self) -> float:
        """The step from which all values are held."""
        return max(child.length for child in self._children())

    @property
    def _begin(self) -> float:
        return min(child._begin for child in self._children())

    def _limits(self, start: float, stop: float) -> Limits:
        combine = functools.partial(self._combined, ops=Arrays(np))
        return combined(combine, self.schedules, start, stop)


@record
class Sum(Terms):
    """The sum of schedules, added from left to right.

    Args:
        schedules: The terms, at least one.

    Raises:
        TypeError: If a term is not a schedule.
        ValueError: If there is none.

    Example:
        >>> from tsa_core import Constant
        >>> Sum((Constant(1.0), Constant(2.0)))(0)
        3.0
    """

    def _combined(self, values: Sequence[Any], ops: Any) -> Any:
        return ops.sum(values)

    def _pieces(self, start: float, stop: float) -> list[Piece]:
        return [added(terms) for terms in overlay(self.schedules, start, stop)]

    def _area(self, start: float, stop: float) -> float:
        return math.fsum(term._area(start, stop) for term in self.schedules)


@record
class Product(Terms):
    """The product of schedules, multiplied from left to right.

    Args:
        schedules: The factors, at least one.

    Raises:
        TypeError: If a factor is not a schedule.
        ValueError: If there is none.

    Example:
        >>> from tsa_core import Constant
        >>> Product((Constant(2.0), Constant(3.0)))(0)
        6.0
    """

    def _combined(self, values: Sequence[Any], ops: Any) -> Any:
        return ops.product(values)

    def _pieces(self, start: float, stop: float) -> list[Piece]:
        rows = overlay(self.schedules, start, stop)
        return [functools.reduce(_multiplied, factors) for factors in rows]

    def _area(self, start: float, stop: float) -> float:
        factors = [one.value for one in self.schedules if isinstance(one, Constant)]
        others = [one for one in self.schedules if not isinstance(one, Constant)]
        if len(others) != 1:
            return super()._area(start, stop)
        return others[0]._area(start, stop) * math.prod(factors)

    @classmethod
    def _strategy(cls, given: Any) -> Any:
        return given.builds(cls, given.few(given.schedule, 2))


def _multiplied(a: Piece, b: Piece) -> Piece:
    for factor, other in ((a.constant, b), (b.constant, a)):
        if factor is not None:
            return flat(0.0, a.start, a.stop) if factor == 0 else other.scaled(factor)
    return sampled(a.start, a.stop, lambda t: a.value(t) * b.value(t), a.opaque or b.opaque)


@record
class Quotient(Schedule):
    """One schedule divided by another, which must not reach 0.

    Args:
        schedule: The dividend.
        divisor: The divisor; where it is 0, a number raises `ZeroDivisionError` and an
            array holds what its library divides to.

    Raises:
        TypeError: If either is not a schedule.

    Example:
        >>> from tsa_core import Constant
        >>> Quotient(Constant(1.0), Constant(4.0))(0)
        0.25
    """

    schedule: Schedule = schedule_field()
    divisor: Schedule = schedule_field()

    def formula(self, t: Any, ops: Any) -> Any:
        """The value at the clock `t`, in the operations `ops`."""
        return ops.apply(self.schedule, t) / ops.apply(self.divisor, t)

    @property
    def length(self) -> float:
        """The step from which both values are held."""
        return max(child.length for child in self._children())

    @property
    def _begin(self) -> float:
        return min(child._begin for child in self._children())

    def _pieces(self, start: float, stop: float) -> list[Piece]:
        rows = overlay((self.schedule, self.divisor), start, stop)
        return [_divided(a, b) for a, b in rows]

    def _area(self, start: float, stop: float) -> float:
        if isinstance(self.divisor, Constant):
            return self.schedule._area(start, stop) / self.divisor.value
        return super()._area(start, stop)

    def _limits(self, start: float, stop: float) -> Limits:
        return combined(lambda pair: pair[0] / pair[1], (self.schedule, self.divisor), start, stop)

    @classmethod
    def _strategy(cls, given: Any) -> Any:
        return given.builds(cls, given.schedule, given.divisor)


def _divided(a: Piece, b: Piece) -> Piece:
    if b.constant:
        return a.divided(b.constant)
    return sampled(a.start, a.stop, lambda t: a.value(t) / b.value(t), a.opaque or b.opaque)


@record
class Minimum(Terms):
    """At every step the lowest value of several schedules.

    Args:
        schedules: The schedules, at least one.

    Raises:
        TypeError: If one is not a schedule.
        ValueError: If there is none.

    Example:
        >>> from tsa_core import Constant, Linear
        >>> Minimum((Linear(0.0, 1.0, 10), Constant(0.3)))(8)
        0.3
    """

    def _combined(self, values: Sequence[Any], ops: Any) -> Any:
        return ops.minimum(*values)

    def _pieces(self, start: float, stop: float) -> list[Piece]:
        rows = overlay(self.schedules, start, stop)
        return [part for terms in rows for part in _lowest(terms)]


@record
class Maximum(Terms):
    """At every step the highest value of several schedules.

    Args:
        schedules: The schedules, at least one.

    Raises:
        TypeError: If one is not a schedule.
        ValueError: If there is none.

    Example:
        >>> from tsa_core import Constant, Linear
        >>> Maximum((Linear(1.0, 0.0, 10), Constant(0.3)))(8)
        0.3
    """

    def _combined(self, values: Sequence[Any], ops: Any) -> Any:
        return ops.maximum(*values)

    def _pieces(self, start: float, stop: float) -> list[Piece]:
        rows = overlay(self.schedules, start, stop)
        negative = ([term.scaled(-1.0) for term in terms] for terms in rows)
        return [part.scaled(-1.0) for terms in negative for part in _lowest(terms)]


def _lowest(terms: Sequence[Piece]) -> list[Piece]:
    row = [terms[0]]
    for other in terms[1:]:
        row = [part for one in row for part in _lower(one, other.cut(one.start, one.stop))]
    return row


def _lower(a: Piece, b: Piece) -> list[Piece]:
    """The lower of two pieces from and to the same steps."""
    if a.opaque or b.opaque:
        return [sampled(a.start, a.stop, functools.partial(_least, a.value, b.value), True)]
    apart = added((a, b.scaled(-1.0)))
    parts = split(apart, apart.crosses(0.0))
    return [(a if inner(part) <= 0 else b).cut(part.start, part.stop) for part in parts]


def _least(a: Formula, b: Formula, t: Any) -> Any:
    return np.minimum(a(t), b(t))
