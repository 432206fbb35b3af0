"""Validators that name the argument, say what is allowed and show what came."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

MAX_STEPS = 2**53
"""The longest phase: float64 cannot tell later steps apart."""


def real(name: str, value: object) -> float:
    """Return `value` as a float, or raise if it is not a real number or is NaN."""
    if type(value) is float and value == value:
        return value
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name} must be a real number, got {value!r}")
    try:
        result = float(value)
    except OverflowError:
        raise ValueError(f"{name} must fit a float, got {value!r}") from None
    if math.isnan(result):
        raise ValueError(f"{name} must not be NaN, got {value!r}")
    return result


def finite(name: str, value: object) -> float:
    """Return `value` as a finite float."""
    result = real(name, value)
    if math.isinf(result):
        raise ValueError(f"{name} must be finite, got {value!r}")
    return result


def non_negative(name: str, value: object) -> float:
    """Return `value` as a finite float that is at least 0."""
    result = finite(name, value)
    if result < 0:
        raise ValueError(f"{name} must be >= 0, got {value!r}")
    return result


def positive(name: str, value: object) -> float:
    """Return `value` as a finite float above 0."""
    result = finite(name, value)
    if result <= 0:
        raise ValueError(f"{name} must be > 0, got {value!r}")
    return result


def flag(name: str, value: object) -> bool:
    """Return a bool."""
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be a bool, got {value!r}")
    return value


def count(name: str, value: object, *, low: int = 0) -> int:
    """Return `value` as an int of at least `low`; 100.0 is a whole number, 2.5 is not."""
    number = finite(name, value)
    if number != int(number):
        near = round(number)
        hint = f"; round it to {near}" if abs(number - near) < 1e-6 else ""
        raise ValueError(f"{name} must be a whole number, got {value!r}{hint}")
    if number < low:
        raise ValueError(f"{name} must be >= {low}, got {value!r}")
    if number > MAX_STEPS:
        raise ValueError(f"{name} must be <= 2**53, got {value!r}")
    return int(number)


def clock(name: str, value: object) -> float:
    """Return a finite number of steps, an int where it is whole.

    Whole steps keep arrays of whole steps whole: torch's and JAX' floats would round them. What
    arrays of whole numbers cannot count up to is a float.
    """
    number = finite(name, value)
    return int(number) if abs(number) <= 2**62 and number == int(number) else number


def step(value: object, name: str = "step") -> float:
    """Return a number of updates made: a finite real number that is at least 0."""
    if type(value) is int and 0 <= value <= MAX_STEPS:
        return value
    number = clock(name, value)
    if number < 0:
        raise ValueError(f"{name} must be >= 0, got {value!r}")
    return number


def items(name: str, value: object) -> tuple[Any, ...]:
    """Return a sequence as a tuple; strings, mappings and single values are refused."""
    if isinstance(value, (str, bytes, dict)) or not isinstance(value, Iterable):
        raise TypeError(f"{name} must be a sequence, got {value!r}")
    return tuple(value)


def ascending(name: str, values: tuple[float, ...], *, strictly: bool) -> None:
    """Raise where an item lies below its predecessor (or equals it, if `strictly`)."""
    for index, (before, after) in enumerate(pairwise(values), start=1):
        if after < before or (strictly and after == before):
            rule = "strictly increasing" if strictly else "in ascending order"
            raise ValueError(
                f"{name} must be {rule}, got {values!r}: item {index} ({after!r}) "
                f"does not follow {before!r}"
            )
