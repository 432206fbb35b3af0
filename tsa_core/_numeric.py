"""Quadrature, roots and turning points, for where a formula has no closed form."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_TOLERANCE = 1e-13
_PANELS = 16
_MOST_PANELS = 200_000
_FEWEST_SAMPLES = 64
_MOST_SAMPLES = 65_536


@functools.cache
def _gauss_legendre() -> tuple[Floats, Floats]:
    nodes, weights = np.polynomial.legendre.leggauss(10)
    return nodes, weights


def _panel_areas(value: Callable[[Any], Any], left: Floats, right: Floats) -> Floats:
    nodes, weights = _gauss_legendre()
    middle, half = (left + right) / 2, (right - left) / 2
    with np.errstate(all="ignore"):  # a pole shows as an area that is not finite
        areas: Floats = (value(middle[:, None] + half[:, None] * nodes) @ weights) * half
    return areas


def quadrature(value: Callable[[Any], Any], start: float, stop: float) -> float:
    """The integral of `value` by Gauss-Legendre panels of ten points, halved where needed.

    A panel is done when its two halves change its area by less than 1e-13 of the sum of all
    panels' absolute areas. What is narrower than a sixteenth of the interval may be missed.

    Raises:
        ValueError: If 200,000 panels are not enough.
    """
    edges = np.linspace(start, stop, _PANELS + 1)
    left, right = edges[:-1], edges[1:]
    areas = _panel_areas(value, left, right)
    done: list[float] = []
    while areas.size:
        if areas.size > _MOST_PANELS or not np.isfinite(areas).all():
            raise ValueError(
                f"schedule must be smooth enough to integrate from {start!r} to {stop!r}"
            )
        middle = (left + right) / 2
        first, second = _panel_areas(value, left, middle), _panel_areas(value, middle, right)
        scale = np.abs(areas).sum() + math.fsum(map(abs, done))
        rough = np.abs(first + second - areas) > _TOLERANCE * scale
        rough &= (middle > left) & (middle < right)
        done.extend((first + second)[~rough].tolist())
        left, right = _woven(left, middle, rough), _woven(middle, right, rough)
        areas = _woven(first, second, rough)
    return math.fsum(done)


def _woven(first: Floats, second: Floats, chosen: NDArray[np.bool_]) -> Floats:
    return np.stack((first[chosen], second[chosen]), axis=1).ravel()


def first_at(value: Callable[[float], float], target: float, start: float, stop: float) -> float:
    """The first float in (start, stop] at which a monotone `value` has reached `target`.

    `target` lies between the values at the two ends. `stop` may be infinite.
    """
    rising = value(stop) > value(start)
    before, reached = start, stop
    while before < (middle := _middle(before, reached)) < reached:
        here = value(middle)
        if here >= target if rising else here <= target:
            reached = middle
        else:
            before = middle
    return reached


def _middle(low: float, high: float) -> float:
    return max(2 * low, 1.0) if math.isinf(high) else low + (high - low) / 2


def turning_points(value: Callable[[Any], Any], start: float, stop: float) -> list[float]:
    """Where `value` turns, of what shows at two samples a step (64 at least, 65,536 at most)."""
    count = int(min(max(2 * (stop - start), _FEWEST_SAMPLES), _MOST_SAMPLES)) + 1
    grid = np.linspace(start, stop, count)
    way = _ways(value(grid))
    moving = np.flatnonzero(way)
    before, after = moving[:-1], moving[1:]
    turns = way[before] != way[after]
    before, after = before[turns], after[turns]
    if not before.size:
        return []
    return _peaks(value, way[before], grid[before], grid[after + 1])


def _ways(values: Floats) -> Floats:
    """1 where values rise, -1 where they fall, 0 where they only differ by rounding."""
    changes = np.diff(values)
    noise = 4 * np.finfo(np.float64).eps * np.abs(values).max()
    return np.where(np.abs(changes) > noise, np.sign(changes), 0.0)


def _peaks(value: Callable[[Any], Any], way: Floats, low: Floats, high: Floats) -> list[float]:
    """The step of the highest value (the lowest, where `way` is -1) in each bracket."""
    rows, shares = np.arange(low.size), np.linspace(0.0, 1.0, 9)
    for _ in range(16):  # each quarters the brackets: to 1e-9 of them, flat as peaks are
        points = low[:, None] + (high - low)[:, None] * shares
        best = np.argmax(way[:, None] * value(points), axis=1)
        low, high = points[rows, np.maximum(best - 1, 0)], points[rows, np.minimum(best + 1, 8)]
    peaks: list[float] = points[rows, best].tolist()
    return peaks
