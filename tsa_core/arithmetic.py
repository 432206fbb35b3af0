"""What the operators of a schedule do: they build records, and fold where that is exact."""

from __future__ import annotations

import math

from tsa_core import _checks
from tsa_core.combinators import Joined, Maximum, Minimum, Product, Quotient, Sum
from tsa_core.combinators.terms import Terms
from tsa_core.curves import Constant
from tsa_core.schedule import Schedule


def then(first: Schedule, second: Schedule, at: float | None) -> Schedule:
    """`first` until step `at` (None: its length), then `second`; a chain is one `Joined`."""
    if at is None and math.isinf(first.length):
        raise ValueError(f"at must be given for a schedule that has no end, got {first!r}")
    at = _checks.step(first.length if at is None else at, "at")
    if isinstance(first, Joined) and first.boundaries and first.boundaries[-1] <= at:
        return Joined((*first.schedules, second), (*first.boundaries, at))
    return Joined((first, second), (at,))


def _lift(value: Schedule | float) -> Schedule:
    return value if isinstance(value, Schedule) else Constant(value)


def _terms(kind: type[Terms], left: Schedule, right: Schedule) -> Schedule:
    # A sum on the left is already added first, so taking its terms over changes no rounding.
    return kind((*(left.schedules if isinstance(left, kind) else (left,)), right))


def minimum(left: Schedule, right: Schedule | float) -> Schedule:
    """The lower of the two; a chain is one `Minimum`."""
    return _terms(Minimum, left, _lift(right))


def maximum(left: Schedule, right: Schedule | float) -> Schedule:
    """The higher of the two; a chain is one `Maximum`."""
    return _terms(Maximum, left, _lift(right))


def add(left: Schedule | float, right: Schedule | float) -> Schedule:
    """The sum, without a term that is 0."""
    a, b = _lift(left), _lift(right)
    if isinstance(a, Constant) and isinstance(b, Constant):
        return Constant(a.value + b.value)
    if a == Constant(0.0) or b == Constant(0.0):
        return b if a == Constant(0.0) else a
    return _terms(Sum, a, b)


def multiply(left: Schedule | float, right: Schedule | float) -> Schedule:
    """The product, without a factor that is 1."""
    a, b = _lift(left), _lift(right)
    if isinstance(a, Constant) and isinstance(b, Constant):
        return Constant(a.value * b.value)
    if a == Constant(1.0) or b == Constant(1.0):
        return b if a == Constant(1.0) else a
    return _terms(Product, a, b)


def subtract(left: Schedule | float, right: Schedule | float) -> Schedule:
    """The difference, as a sum with the negative."""
    return add(left, multiply(_lift(right), -1.0))


def divide(left: Schedule | float, right: Schedule | float) -> Schedule:
    """The quotient; a number must not divide by 0."""
    a, b = _lift(left), _lift(right)
    if isinstance(b, Constant):
        if b.value == 0:
            raise ZeroDivisionError(f"a schedule cannot be divided by {b.value!r}")
        if isinstance(a, Constant):
            return Constant(a.value / b.value)
        if b.value == 1:
            return a
    return Quotient(a, b)
