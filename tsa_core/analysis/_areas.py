"""The integrals of curves in closed form, each from a step of the curve to a later one.

All are the length times a mean, so that a short stretch is as exact as a long one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from tsa_core.curves import (
    Cosine,
    Decay,
    Exponential,
    Interpolated,
    Logarithmic,
    Polynomial,
    QuarterCosine,
)
from tsa_core.inverse_power import InversePower, InverseSqrt

Formula = Callable[[float], float]


def line(curve: Formula, a: float, b: float) -> float:
    """Of a straight line: its value half-way."""
    return curve(a + (b - a) / 2) * (b - a)


def power(curve: Polynomial, a: float, b: float) -> float:
    """Of `end + (start - end) * left ** exponent`."""
    left = max(curve.num_steps - a, 0.0) / curve.num_steps
    order, share = curve.exponent + 1, 1.0
    if b < curve.num_steps:
        share = -math.expm1(order * math.log1p(-(b - a) / (curve.num_steps - a)))
    fall: float = left**order / order * share * curve.num_steps
    return curve.end * (b - a) + (curve.start - curve.end) * fall


def _wave(curve: Formula, centre: float, frequency: float, a: float, b: float) -> float:
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


def half_wave(curve: Cosine, a: float, b: float) -> float:
    """Of half a cosine."""
    centre = curve.start / 2 + curve.end / 2
    return _wave(curve, centre, math.pi / curve.num_steps, a, b)


def quarter_wave(curve: QuarterCosine, a: float, b: float) -> float:
    """Of a quarter of a cosine."""
    return _wave(curve, curve.end, math.pi / 2 / curve.num_steps, a, b)


def _growth(curve: Formula, rate: float, a: float, b: float) -> float:
    """Of `c * exp(rate * t)`."""
    change = rate * (b - a)
    if abs(change) > 1:
        return (curve(b) - curve(a)) / rate
    half = change / 2
    return curve(a + (b - a) / 2) * (b - a) * (math.sinh(half) / half if half else 1.0)


def _log_ratio(first: float, last: float) -> float:
    ratio = last / first
    close = 1e-9 < ratio < 1e9
    return math.log(ratio) if close else math.log(abs(last)) - math.log(abs(first))


def exponential(curve: Exponential, a: float, b: float) -> float:
    """Of a geometric sequence."""
    return _growth(curve, _log_ratio(curve.start, curve.end) / curve.num_steps, a, b)


def logarithmic(curve: Logarithmic, a: float, b: float) -> float:
    """Of `start + (end - start) * log(1 + t) / log(1 + num_steps)`."""
    rise = (1 + a) * _above_line((b - a) / (1 + a)) / math.log1p(curve.num_steps)
    return curve(a) * (b - a) + (curve.end - curve.start) * rise


def _above_line(x: float) -> float:
    """`(1 + x) * log(1 + x) - x`, by its series where that would cancel."""
    if x > 0.25:
        return (1 + x) * math.log1p(x) - x
    return math.fsum((-x) ** k / (k * (k - 1)) for k in range(2, 26))


def decay(curve: Decay, a: float, b: float) -> float:
    """Of a decay without stairs."""
    return _growth(curve, math.log(curve.rate) / curve.num_steps, a, b)


def inverse_sqrt(curve: InverseSqrt, a: float, b: float) -> float:
    """Of `start * sqrt(timescale / (t + timescale))`."""
    begin, end = (math.sqrt((t + curve.timescale) / curve.timescale) for t in (a, b))
    return 2 * curve.start * (b - a) / (begin + end)


def inverse_power(curve: InversePower, a: float, b: float) -> float:
    """Of `start * (1 + t / timescale) ** -exponent`."""
    begin = (a + curve.timescale) / curve.timescale
    order = 1 - curve.exponent
    growth = math.log1p((b - a) / (a + curve.timescale))
    rise = math.expm1(order * growth) / order if order else growth
    return curve.start * curve.timescale * float(begin**order) * rise


def _line_between(
    curve: Interpolated, _left: float, _right: float, _gap: float, *ends: float
) -> float:
    return line(curve, *ends)


def _wave_between(
    curve: Interpolated, left: float, right: float, gap: float, *ends: float
) -> float:
    return _wave(curve, left / 2 + right / 2, math.pi / gap, *ends)


def _growth_between(
    curve: Interpolated, left: float, right: float, gap: float, *ends: float
) -> float:
    return _growth(curve, _log_ratio(left, right) / gap, *ends)


SEGMENTS: dict[str, Callable[..., Any]] = {
    "linear": _line_between,
    "cosine": _wave_between,
    "log": _growth_between,
}
"""Of an `Interpolated` between two points; after the curve, their values and distance."""
