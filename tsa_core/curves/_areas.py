"""The integrals of curves in closed form, each from a step of the curve to a later one.

All are the length times a mean, so that a short stretch is as exact as a long one.
"""

from __future__ import annotations

import math
from collections.abc import Callable

Formula = Callable[[float], float]


def line(curve: Formula, a: float, b: float) -> float:
    """Of a straight line: its value half-way."""
    return curve(a + (b - a) / 2) * (b - a)


def wave(curve: Formula, centre: float, frequency: float, a: float, b: float) -> float:
    """Of `centre + amplitude * cos(frequency * t + phase)`."""
    middle = curve(a + (b - a) / 2)
    return (middle + (centre - middle) * _short_of_one(frequency * (b - a) / 2)) * (b - a)


def _short_of_one(x: float) -> float:
    """`1 - sin(x) / x`, by its series where that would cancel."""
    if x > 1:
        return 1 - math.sin(x) / x
    rest = 1.0
    for even in range(18, 2, -2):
        rest = 1 - rest * x * x / (even * (even + 1))
    return rest * x * x / 6


def growth(curve: Formula, rate: float, a: float, b: float) -> float:
    """Of `c * exp(rate * t)`."""
    change = rate * (b - a)
    if abs(change) > 1:
        return (curve(b) - curve(a)) / rate
    half = change / 2
    return curve(a + (b - a) / 2) * (b - a) * (math.sinh(half) / half if half else 1.0)


def log_ratio(first: float, last: float) -> float:
    ratio = last / first
    close = 1e-9 < ratio < 1e9
    return math.log(ratio) if close else math.log(abs(last)) - math.log(abs(first))


def above_line(x: float) -> float:
    """`(1 + x) * log(1 + x) - x`, by its series where that would cancel."""
    if x > 0.25:
        return (1 + x) * math.log1p(x) - x
    return math.fsum((-x) ** k / (k * (k - 1)) for k in range(2, 26))
