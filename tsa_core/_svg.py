"""A schedule as HTML for notebooks: its expression and a small curve, in the standard library.

At most a few kilobytes and a few milliseconds: what is long is shortened, and of a schedule of
many parts only those are evaluated that the curve shows.
"""

from __future__ import annotations

import bisect
import html
import math
from typing import Any, cast

import array_api_compat.numpy
import attrs
import numpy as np

from tsa_core._arrays import NumpyArrays
from tsa_core.curves import Interpolated
from tsa_core.schedule import Schedule

_WIDTH, _HEIGHT = 320, 96
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 8, 8, 20
_MARGIN = 1.08
_DEFAULT_REACH = 100.0
_MOST_PARTS = 200
"""A schedule that evaluates more records than this is shown by its expression alone."""

_DEEPEST, _MOST_ITEMS, _LONGEST = 4, 6, 600
"""How deep, how many of each tuple, and how many characters an expression shows."""


def to_html(schedule: Schedule) -> str:
    """The expression of a schedule and its curve, as a fragment of HTML.

    The curve goes from step 0 a little beyond the step from which the value is held. What has
    no end is drawn for a few of its own periods, and what has no length at all for 100 steps.

    Args:
        schedule: The schedule.
    """
    text = html.escape(expression(schedule))
    return (
        f'<div style="max-width:{2 * _WIDTH}px">'
        f'<code style="font-size:90%;word-break:break-word">{text}</code>{curve(schedule)}</div>'
    )


def expression(schedule: Schedule) -> str:
    """The `repr` of a schedule, shortened where it is deep or long."""
    text = _written(schedule, 0)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 2]} …"


def _written(value: Any, depth: int) -> str:
    if isinstance(value, tuple):
        return _tuple(value, depth)
    if not (isinstance(value, Schedule) and attrs.has(type(value))):
        return getattr(value, "__qualname__", None) or repr(value)
    name, kind = type(value).__name__, cast(Any, type(value))
    if depth == _DEEPEST:
        return f"{name}(…)"
    fields = (
        f"{field.name}={_written(getattr(value, field.name), depth + 1)}"
        for field in attrs.fields(kind)
    )
    return f"{name}({', '.join(fields)})"


def _tuple(items: tuple[Any, ...], depth: int) -> str:
    shown = items if len(items) <= _MOST_ITEMS else (*items[: _MOST_ITEMS - 2], items[-1])
    texts = [_written(item, depth) for item in shown]
    if len(shown) < len(items):
        texts.insert(-1, "…")
    return f"({texts[0]},)" if len(items) == 1 else f"({', '.join(texts)})"


class _Samples(NumpyArrays):
    """The operations on few steps of a schedule that may have very many parts."""

    def __init__(self) -> None:
        super().__init__(array_api_compat.numpy)
        self._whole, self._dtype = False, np.dtype(np.float64)
        self._left = _MOST_PARTS

    def apply(self, schedule: Schedule, t: Any) -> Any:
        """The values at `t`; of a schedule through points, from those next to `t` alone."""
        self._left -= 1
        if self._left < 0:
            raise ValueError("the schedule has too many parts to be drawn")
        if isinstance(schedule, Interpolated):
            schedule = _thinned(schedule, t)
        return schedule.formula(t, self)


def _thinned(curve: Interpolated, t: Any) -> Interpolated:
    """The same values at `t`, through the points next to it alone."""
    after = {bisect.bisect_right(curve.steps, step) for step in t.tolist()}
    near = {0, len(curve.steps) - 1} | {index + side for index in after for side in (-1, 0)}
    kept = sorted(index for index in near if 0 <= index < len(curve.steps))
    return Interpolated(
        tuple(curve.steps[index] for index in kept),
        tuple(curve.values[index] for index in kept),
        curve.kind,
    )


def reach(schedule: Schedule) -> float:
    """The step up to which there is something to see; 0 if that cannot be told."""
    return schedule.length if schedule.length < math.inf else max(schedule._bends())


def curve(schedule: Schedule, at: float | None = None) -> str:
    """The curve as SVG, or nothing where the schedule cannot be drawn.

    Args:
        schedule: The schedule.
        at: The step at which a run stands; a dot marks it.
    """
    try:
        end = reach(schedule)
        end, margin = (end, _MARGIN) if end > 0 else (_DEFAULT_REACH, 1)
        margin = max(margin, (at or 0) / end)
        steps = np.linspace(0, end * margin, 1 + (_WIDTH - _LEFT - _RIGHT) // 2)
        with np.errstate(all="ignore"):
            values = np.broadcast_to(_Samples().apply(schedule, steps), steps.shape)
    except Exception:  # a function of the user may raise anything
        return ""
    if not np.isfinite(values).all():
        return ""
    per_step = (_WIDTH - _LEFT - _RIGHT) / (end * margin)
    return _svg(values, end, _LEFT + end * per_step, None if at is None else _LEFT + at * per_step)


def _svg(values: Any, end: float, end_at: float, mark_at: float | None) -> str:
    low, high = float(values.min()), float(values.max())
    bottom = _HEIGHT - _BOTTOM
    # Halves first: the difference of two finite numbers may not be one.
    span = high / 2 - low / 2
    share = (values / 2 - low / 2) / span if span else np.full_like(values, 0.5)
    heights = (bottom - share * (bottom - _TOP)).round(1).tolist()
    points = " ".join(f"{_LEFT + 2 * index},{height:g}" for index, height in enumerate(heights))
    levels = [(_TOP, high), (bottom, low)] if high > low else [((_TOP + bottom) / 2, low)]
    grid = [f'<path d="M{_LEFT} {y:g}H{_WIDTH - _RIGHT}"/>' for y, _ in levels]
    grid += [f'<path d="M{end_at:.1f} {_TOP}V{bottom}" stroke-dasharray="2 2"/>']
    texts = [_text(_LEFT - 5, y + 3, "end", f"{value:.3g}") for y, value in levels]
    texts += [_text(_LEFT, _HEIGHT - 5, "start", "0")]
    texts += [_text(end_at, _HEIGHT - 5, "end", f"{_count(end)} steps")]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'width="{_WIDTH}" height="{_HEIGHT}" role="img" aria-label="{_described(values)}" '
        'style="display:block;margin-top:6px;max-width:100%">'
        f'<g stroke="currentColor" stroke-opacity=".25">{"".join(grid)}</g>'
        '<g fill="currentColor" fill-opacity=".75" font-family="sans-serif" font-size="10">'
        f"{''.join(texts)}</g>"
        f'<polyline points="{points}" fill="none" stroke="#3b82f6" stroke-width="1.8" '
        f'stroke-linejoin="round"/>{_mark(mark_at, heights)}</svg>'
    )


def _mark(x: float | None, heights: list[float]) -> str:
    """A dot on the curve, whose points are two pixels apart."""
    if x is None:
        return ""
    y = np.interp(x, _LEFT + 2 * np.arange(len(heights)), heights)
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="#d1603d"/>'


def _text(x: float, y: float, anchor: str, text: str) -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}">{text}</text>'


def _count(step: float) -> str:
    return f"{step:,.0f}" if step >= 100 else f"{step:.3g}"


def _described(values: Any) -> str:
    """The curve in words, for those who do not see it."""
    return (
        f"from {values[0]:.3g} to {values[-1]:.3g}, "
        f"lowest {values.min():.3g}, highest {values.max():.3g}"
    )
