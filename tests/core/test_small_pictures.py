"""Pictures without matplotlib: lines of text, and the curves that a notebook shows."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given, settings

from tests.core.examples import EXAMPLES
from tests.core.timing import fastest
from tsa_core import (
    Clipped,
    Clocked,
    Constant,
    Cosine,
    Custom,
    Decay,
    Interpolated,
    InversePower,
    InverseSqrt,
    Joined,
    Linear,
    Schedule,
    Sum,
    sparkline,
)
from tsa_core._svg import _Samples, expression, reach
from tsa_core.testing import schedules

LR = Linear(0.0, 3e-4, 1000).then(Cosine(3e-4, 3e-6, 9000), at=1000)


# Sparklines


def test_sparkline_goes_from_the_lowest_to_the_highest() -> None:
    """One character for each step of a short run; a flat line in the middle."""
    assert sparkline(Linear(0.0, 7.0, 7), 8) == "0 ▁▂▃▄▅▆▇█ 7"
    assert sparkline(Linear(7.0, 0.0, 7), 8) == "0 █▇▆▅▄▃▂▁ 7"
    assert sparkline(Constant(0.1), 3) == "0.1 ▅▅▅ 0.1"
    assert sparkline(Linear(-1.0, 3.0, 1), 1) == "-1 ▅ -1"


def test_sparkline_has_its_width_and_sees_the_whole_run() -> None:
    """A peak between two characters shows at the end."""
    peak = Interpolated((49, 50, 51), (0.0, 1.0, 0.0))
    assert sparkline(peak, 102, width=2) == "0 ▁▁ 1"
    assert len(sparkline(LR, 10_000).split()[1]) == 60
    assert sparkline(Linear(0.0, 1.0, 10**9), 10**9, width=3) == "0 ▁▅█ 1"


# In notebooks


def picture(schedule: Schedule) -> ET.Element:
    """The drawing inside the HTML."""
    found = ET.fromstring(schedule._repr_html_()).find("{http://www.w3.org/2000/svg}svg")
    assert found is not None
    return found


def texts(schedule: Schedule) -> list[str]:
    """What is written beside the curve."""
    return [element.text or "" for element in picture(schedule).iter() if element.text]


def points(schedule: Schedule) -> np.ndarray:
    """The corners of the curve."""
    lines = [one for one in picture(schedule).iter() if one.tag.endswith("polyline")]
    pairs = [pair.split(",") for pair in lines[0].attrib["points"].split()]
    return np.array(pairs, dtype=np.float64)


@pytest.mark.parametrize("schedule", EXAMPLES.values(), ids=EXAMPLES)
def test_a_notebook_shows_every_kind_of_schedule(schedule: Schedule) -> None:
    """The expression, and the curve at the right height, to a tenth of a pixel."""
    html = schedule._repr_html_()
    assert ET.fromstring(html).findtext("code") == expression(schedule)
    x, y = points(schedule).T
    end = reach(schedule)
    last = end * 1.08 if end > 0 else 100.0
    values = schedule((x - x[0]) / (x[-1] - x[0]) * last)
    low, high = values.min(), values.max()
    assert x[-1] - x[0] > 250
    if high > low:
        expected = y.max() - (values - low) / (high - low) * (y.max() - y.min())
        np.testing.assert_allclose(y, expected, atol=0.06)
    else:
        assert set(y) == {y[0]}


@given(schedules())
def test_the_curve_is_evaluated_as_the_schedule(schedule: Schedule) -> None:
    """Though pieces and points that no step meets are left out."""
    steps = np.linspace(-50.0, 2500.0, 131)
    values = np.broadcast_to(_Samples().apply(schedule, steps), steps.shape)
    np.testing.assert_allclose(values, schedule(steps), rtol=1e-12, atol=1e-12)


@settings(max_examples=50)
@given(schedules())
def test_every_notebook_picture_is_small_and_well_formed(schedule: Schedule) -> None:
    """Under 10 kB, inside its frame."""
    html = schedule._repr_html_()
    assert len(html.encode()) < 10_000
    x, y = points(schedule).T
    assert 0 <= x.min() < x.max() <= 320
    assert 0 <= y.min() <= y.max() <= 96


def many_pieces() -> Schedule:
    """A thousand pieces."""
    pieces = tuple(Cosine(0.0, 1.0, 1 + index) for index in range(1000))
    return Joined(pieces, tuple(range(1, 1000)))


def nested(depth: int) -> Schedule:
    """One clip around the other."""
    schedule: Schedule = Linear(0.0, 1.0, 10)
    for _ in range(depth):
        schedule = Clipped(schedule, -1.0, 2.0)
    return schedule


def shared(depth: int) -> Schedule:
    """As many paths as two to the depth, through few records."""
    schedule: Schedule = Linear(0.0, 1.0, 10)
    for _ in range(depth):
        schedule = Sum((schedule, schedule))
    return schedule


LARGE = {
    "pieces": many_pieces(),
    "points": Interpolated(tuple(range(200_000)), (1.0, 2.0) * 100_000, "log").stretch(2.0),
    "deep": nested(90),
    "deeper": nested(3000),
    "wide": Sum(tuple(Cosine(0.0, 1.0, 10) for _ in range(3000))),
    "as wide as is drawn": Sum(tuple(Cosine(0.0, 1.0, 10) for _ in range(199))),
    "shared": shared(40),
}


@pytest.mark.parametrize("schedule", LARGE.values(), ids=LARGE)
def test_large_schedules_are_shown_at_once(schedule: Schedule) -> None:
    """In the time of 40 plain ones (about 12 ms) and under 10 kB, whatever it is made of."""
    assert fastest(schedule._repr_html_, 7) < 40 * fastest(LR._repr_html_, 7)
    assert len(schedule._repr_html_().encode()) < 10_000


@pytest.mark.parametrize("name", ["pieces", "points", "deep", "as wide as is drawn"])
def test_large_schedules_are_drawn(name: str) -> None:
    """As long as few enough records are evaluated."""
    assert len(points(LARGE[name])) > 100


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (LR, ["0", "0.0003", "10,000 steps"]),
        (Constant(0.1), ["0.1", "100 steps"]),
        (Constant(0.1).then(Constant(0.2), at=30), ["30 steps"]),
        (Joined((LR,), ()), ["10,000 steps"]),
        (Decay(1.0, 0.5, 30), ["150 steps"]),
        (InverseSqrt(1.0, 40.0), ["400 steps"]),
        (InversePower(1.0, 40.0, 2.0), ["400 steps"]),
        (Clocked(LR, Linear(0.0, 10_000.0, 70)), ["70 steps"]),
        (Linear(0.0, 1.0, 10).repeat(12.5), ["50 steps"]),
        (Linear(0.0, 1.0, 10).repeat(12.5, times=3), ["37.5 steps"]),
        (Linear(0.0, 1.0, 10).shift(5).stretch(2.0), ["30 steps"]),
        (Linear(0.0, 1.0, 10).shift(-20), ["1", "100 steps"]),
        (Linear(0.0, 1.0, 10).reverse(7), ["7 steps"]),
        (Interpolated((-5, 8), (0.0, 1.0)), ["8 steps"]),
        ((Linear(1.0, 2.0, 5) + Linear(1.0, 2.0, 9)).clip(0.1), ["9 steps"]),
        (Linear(1.0, 2.0, 5) / Linear(1.0, 2.0, 9), ["9 steps"]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_range_is_that_of_the_schedule(schedule: Schedule, expected: list[str]) -> None:
    """With the lowest and the highest value, and the step at which it ends."""
    assert set(expected) <= set(texts(schedule))


@pytest.mark.parametrize(
    "schedule",
    [
        Custom(lambda step: 1 / 0),
        Custom(lambda step: math.nan),
        1.0 / Linear(0.0, 0.0, 2),
        Sum(tuple(Constant(1.0) for _ in range(300))),
        Schedule(),
    ],
)
def test_what_cannot_be_drawn_shows_its_expression(schedule: Schedule) -> None:
    """And raises nothing."""
    html = schedule._repr_html_()
    assert "<code" in html
    assert "<svg" not in html


@attrs.frozen
class Odd(Schedule):
    """A record of somebody else's, with text that is no HTML."""

    note: str

    def formula(self, t: Any, ops: Any) -> Any:
        return ops.full(t, 1.0)


def test_texts_are_escaped() -> None:
    """Whatever a field holds."""
    html = Odd("<script>&'\"")._repr_html_()
    assert "<script>" not in html
    assert ET.fromstring(html).findtext("code") == "Odd(note='<script>&\\'\"')"


def test_it_is_drawn_in_the_colours_of_the_theme() -> None:
    """Text and grid take the colour around them, so they show on light and on dark."""
    drawing = picture(LR)
    colours = {
        one.attrib[key] for one in drawing.iter() for key in ("fill", "stroke") if key in one.attrib
    }
    assert colours == {"none", "currentColor", "#3b82f6"}
    assert drawing.attrib["aria-label"] == "from 0 to 3e-06, lowest 0, highest 0.0003"


@given(schedules(2))
def test_a_short_expression_is_the_repr(schedule: Schedule) -> None:
    """A long one is cut."""
    text = expression(schedule)
    if "…" not in text:
        assert text == repr(schedule)
    assert len(text) <= 600


def test_long_expressions_are_shortened() -> None:
    """In depth, in number and in length; a function is named."""
    assert expression(nested(9)).count("Clipped") == 5
    assert expression(Interpolated(tuple(range(99)), (1.5,) * 99, "log")) == (
        "Interpolated(steps=(0, 1, 2, 3, …, 98), values=(1.5, 1.5, 1.5, 1.5, …, 1.5), kind='log')"
    )
    assert expression(Joined((LR,), ())) == repr(Joined((LR,), ()))
    assert expression(Custom(math.sqrt)) == "Custom(function=sqrt)"
    assert expression(Odd("x" * 999)).endswith("xx …")


def test_the_small_curve_of_several_tables() -> None:
    """Each is drawn through its own points, though all are thinned to records of the moment."""
    points = tuple(range(9))
    parts = [Interpolated(points, tuple(float(k * n % 7) for n in points)) for k in (2, 3, 5)]
    steps = np.linspace(0.0, 8.0, 50)
    whole = Sum(tuple(parts))
    assert _Samples().apply(whole, steps).tolist() == whole(steps).tolist()


def test_the_small_curve_of_the_largest_numbers() -> None:
    """Their difference is no float."""
    jump = Constant(-1.7e308).then(Constant(1.7e308), at=5)
    assert "<polyline" in jump._repr_html_()
    assert "nan" not in jump._repr_html_()
