"""Pictures: compared with approved ones, and taken apart."""

from __future__ import annotations

import importlib
import itertools
import math
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from matplotlib.testing.compare import compare_images

from tests.core.examples import EXAMPLES
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
from tsa_core._panels import _apart
from tsa_core._svg import _Samples, expression, reach
from tsa_core.plotting import plot, plot_history
from tsa_core.testing import schedules

APPROVED = Path(__file__).parent / "approved"
LR = Linear(0.0, 3e-4, 1000).then(Cosine(3e-4, 3e-6, 9000), at=1000)
DECAY = Cosine(0.04, 0.4, 10_000)


@pytest.fixture(autouse=True)
def _default_style() -> Iterator[None]:
    with mpl.rc_context():
        mpl.rcdefaults()
        yield


def recorded() -> list[dict[str, float]]:
    """Rows as a training loop writes them, the accuracy in every tenth."""
    rows: list[dict[str, float]] = []
    for step in range(200):
        row = {"step": step, "lr": LR(50 * step), "loss": 2.3 * math.exp(-step / 60) + 0.05}
        if step % 10 == 0:
            row |= {"accuracy": 1 - 0.9 * math.exp(-step / 50)}
        rows.append(row)
    return rows


def recipe() -> Figure:
    """Scales that differ, units by name."""
    plan = {"lr": LR, "weight_decay": DECAY, "teacher_momentum": Cosine(0.9, 1.0, 10_000)}
    return plot(plan, 10_000, units={"lr": "per update"})


def crossing() -> Figure:
    """Curves that meet, jump and end at the same value."""
    plan = {
        "half": LR,
        "quarter": LR * 0.5 + 1.5e-6,
        "staircase": Decay(3e-4, 0.5, 2000, staircase=True),
        "cyclic": Cosine(3e-4, 0.0, 2500).repeat(2500),
    }
    return plot(plan, 10_000, units="learning rate")


def single() -> Figure:
    """One schedule, and what it holds after its end."""
    return plot(LR, 12_000)


def history() -> Figure:
    """What a run recorded."""
    return plot_history(recorded(), units={"accuracy": "share"})


def into_axes() -> Figure:
    """Beside something else, in axes of the caller's."""
    figure = Figure(figsize=(8, 2.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.set_title("mine")
    return plot({"rise": Linear(0.0, 1.0, 8), "hold": Constant(1.0)}, 8, ax=right)


@pytest.mark.parametrize("draw", [recipe, crossing, single, history, into_axes])
def test_pictures_are_the_approved_ones(draw: Callable[[], Figure], tmp_path: Path) -> None:
    """Look at a new one before you copy it over the approved one."""
    name = f"{draw.__name__}.png"
    draw().savefig(tmp_path / name, dpi=80)
    approved = shutil.copy(APPROVED / name, tmp_path / f"approved_{name}")
    difference = compare_images(approved, str(tmp_path / name), tol=2.0)
    assert difference is None, f"copy {tmp_path / name} to {APPROVED} if it is right: {difference}"


def names(figure: Figure) -> list[list[str]]:
    """The labels of each panel."""
    return [[text.get_text() for text in ax.texts] for ax in figure.axes]


def curve(figure: Figure, panel: int = 0, index: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Steps and values of a line."""
    line = [one for one in figure.axes[panel].lines if len(one.get_xdata()) != 2][index]
    return np.asarray(line.get_xdata()), np.asarray(line.get_ydata())


def marks(figure: Figure) -> list[float]:
    """Where the dotted lines of the first panel are."""
    return [one.get_xdata()[0] for one in figure.axes[0].lines if len(one.get_xdata()) == 2]


def test_a_panel_holds_scales_within_ten_times() -> None:
    """In the order in which they are given; exactly ten times is within."""
    plan = {"a": 1.0, "b": 0.05, "c": 5.0, "d": 0.1, "e": 0.0, "f": 50.0}
    figure = plot({name: Constant(value) for name, value in plan.items()}, 5)
    assert names(figure) == [["a", "d"], ["b"], ["c", "f"], ["e"]]
    negative = {"up": Constant(2.0), "down": Constant(-20.0)}
    assert names(plot(negative, 5)) == [["up", "down"]]


def test_the_curve_is_the_schedule() -> None:
    """From step 0 to the end of the run, with both sides of a jump."""
    jump = Linear(0.0, 1.0, 1000).then(Constant(0.25), at=777)
    steps, values = curve(plot(jump, 1000))
    assert (steps[0], steps[-1]) == (0, 1000)
    np.testing.assert_array_equal(values, jump(steps))
    assert {777.0, math.nextafter(777, 0)} <= set(steps.tolist())
    assert values.max() == pytest.approx(0.777, rel=1e-12)


def test_a_jump_at_the_end_of_the_run_is_not_drawn() -> None:
    """The run is over when the next round would begin."""
    saw = Linear(0.0, 1.0, 10).repeat(10)
    steps, values = curve(plot(saw, 20))
    assert steps[-1] == pytest.approx(20, rel=1e-12)
    assert values[-1] == pytest.approx(1.0, rel=1e-12)


def test_boundaries_are_marked_lightly() -> None:
    """Inside the run only, each once; too many are left out."""
    assert marks(plot({"a": LR, "b": LR * 0.5}, 12_000)) == [1000, 10_000]
    assert marks(plot(LR, 1000)) == []
    assert marks(plot(Linear(0.0, 1.0, 5).repeat(5), 65)) == list(range(5, 65, 5))
    assert marks(plot(Linear(0.0, 1.0, 5).repeat(5), 70)) == []
    assert marks(plot(Linear(0.0, 1.0, 2).repeat(2), 10**8)) == []


def test_units_stand_at_the_axis_or_beside_the_name() -> None:
    """At the axis where all of a panel share them."""
    plan = {"a": Constant(1.0), "b": Constant(2.0)}
    shared = plot(plan, 5, units="multiplier")
    assert shared.axes[0].get_ylabel() == "multiplier"
    assert names(shared) == [["a", "b"]]
    mixed = plot(plan, 5, units={"a": "1/s"})
    assert mixed.axes[0].get_ylabel() == ""
    assert names(mixed) == [["a (1/s)", "b"]]
    assert plot(Constant(1.0), 5, units="m").axes[0].get_ylabel() == "m"


def test_axes_of_the_caller() -> None:
    """Everything goes there, whatever its scale; other axes stay as they are."""
    figure = Figure()
    first, second = figure.subplots(2)
    assert plot({"a": Constant(1.0), "b": Constant(1e-3)}, 5, ax=second) is figure
    assert len(first.lines) == 0
    assert names(figure) == [[], ["a", "b"]]
    inside = Figure()
    ax = inside.subfigures(1, 2)[0].subplots()
    assert plot(LR, 5, ax=ax) is inside


def test_a_notebook_shows_the_figure() -> None:
    """Without pyplot, which would have told it how."""
    assert plot(LR, 5)._repr_png_().startswith(b"\x89PNG")  # type: ignore[attr-defined]  # a subclass has it


def ticks(figure: Figure, axis: str) -> list[str]:
    """What is written at the first panel's axis."""
    figure.draw_without_rendering()
    return [label.get_text() for label in getattr(figure.axes[0], axis).get_ticklabels()]


@pytest.mark.parametrize(
    ("high", "expected"),
    [(3e-4, {"0", "1e-4", "2e-4", "3e-4"}), (1.0, {"0", "0.25", "1"}), (5e7, {"2e7", "0"})],
)
def test_ticks_are_round_and_written_in_one_way(high: float, expected: set[str]) -> None:
    """Steps with separators, small values with an exponent."""
    figure = plot(Linear(0.0, high, 30_000), 30_000)
    assert {"0", "10,000", "30,000"} <= set(ticks(figure, "xaxis"))
    assert expected <= set(ticks(figure, "yaxis"))


def test_limits_leave_air() -> None:
    """They go down to 0 where that is near; a flat line runs in the middle."""

    def limits(schedule: Schedule) -> tuple[float, float]:
        return plot(schedule, 10).axes[0].get_ylim()

    assert limits(Linear(0.2, 1.0, 10))[0] == pytest.approx(-0.06, abs=1e-6)
    assert 0.995 < limits(Linear(0.996, 1.0, 10))[0] < 0.996
    assert limits(Constant(2.0)) == pytest.approx((1.8, 2.2))
    assert limits(Constant(-2.0)) == pytest.approx((-2.2, -1.8))
    assert limits(Constant(0.0)) == (-1.0, 1.0)


@given(st.lists(st.floats(-0.1, 1.1), max_size=8))
def test_labels_keep_apart_and_in_order(ends: list[float]) -> None:
    """By at least the gap, below the top; one that is free stays where its curve ends."""
    order = sorted(range(len(ends)), key=lambda i: ends[i])
    places = _apart(ends, order, 0.1)
    ordered = [places[i] for i in order]
    assert all(b - a >= 0.1 - 1e-9 for a, b in itertools.pairwise(ordered))
    assert max(ordered, default=0.0) <= 1.0 + 1e-9
    if len(ends) == 1:
        assert places == [min(ends[0], 1.0)]


def test_curves_that_meet_are_named_in_the_order_in_which_they_came() -> None:
    """The highest on the way is named highest."""
    plan = {name: Cosine(start, 0.1, 100) for name, start in (("a", 0.5), ("b", 1.0), ("c", 0.2))}
    figure = plot(plan, 100)
    heights = {text.get_text(): text.xy[1] for text in figure.axes[0].texts}  # type: ignore[attr-defined]  # annotations have it
    assert sorted(heights, key=lambda name: heights[name]) == ["c", "a", "b"]


def test_history_by_name_or_in_rows_is_the_same_picture() -> None:
    """`step` gives the axis; without it records are counted."""
    rows = [{"step": 5 * i, "loss": 2.0 - 0.1 * i, "lr": 0.5} for i in range(9)]
    columns = {key: [row[key] for row in rows] for key in rows[0]}
    for given_history in (rows, columns, {key: np.array(columns[key]) for key in columns}):
        figure = plot_history(given_history)
        assert names(figure) == [["loss", "lr"]]
        steps, values = curve(figure)
        assert steps.tolist() == columns["step"]
        assert values.tolist() == columns["loss"]
        assert figure.axes[0].get_xlim() == (0, 40)
    del columns["step"]
    assert curve(plot_history(columns))[0].tolist() == list(range(9))


def test_history_with_gaps() -> None:
    """A row that leaves a name out is passed over, NaN breaks the line."""
    rows: list[dict[str, float]] = [{"b": 1.0, "a": 1.0}, {"a": 2.0}, {"a": math.nan}, {"b": 3.0}]
    figure = plot_history(rows)
    a, b = (line for line in figure.axes[0].lines)
    assert (list(b.get_xdata()), list(b.get_ydata())) == (
        [0, 1, 2],
        [1.0, 2.0, pytest.approx(math.nan, nan_ok=True)],
    )
    assert (list(a.get_xdata()), list(a.get_ydata())) == ([0, 3], [1.0, 3.0])
    assert names(plot_history({"a": [math.nan] * 3})) == [["a"]]
    single = plot_history({"a": [1.0]})
    assert single.axes[0].get_xlim() == (0, 1)
    assert single.axes[0].lines[0].get_marker() == "."
    assert curve(plot_history({"a": [1, 2, 3]}))[1].dtype == np.float64


@pytest.mark.parametrize(
    ("draw", "error", "match"),
    [
        (lambda: plot(3, 5), TypeError, "schedules must be a Schedule or a mapping, got 3"),
        (lambda: plot({}, 5), ValueError, "schedules must have at least one schedule"),
        (lambda: plot({"a": 3}, 5), TypeError, "schedules must map names to schedules, got 'a': 3"),
        (lambda: plot({3: LR}, 5), TypeError, "schedules must map names to schedules, got 3: "),
        (lambda: plot(LR, 0), ValueError, "num_steps must be >= 1, got 0"),
        (lambda: plot(LR, 5, units=3), TypeError, "units must be a string or a mapping, got 3"),
        (lambda: plot({"a": LR}, 5, units={"b": "m"}), ValueError, r"among \['a'\], got 'b'"),
        (lambda: plot({"a": LR}, 5, units={"a": 3}), TypeError, r"units\['a'\] must be a string"),
        (lambda: plot(LR, 5, ax=3), TypeError, "ax must be a matplotlib Axes, got 3"),
        (
            lambda: plot({"a": Custom(lambda t: t if t < 2 else math.inf)}, 5),
            ValueError,
            r"schedules\['a'\] must be finite, got inf at 2",
        ),
        (lambda: plot_history(3), TypeError, "history must be a sequence, got 3"),
        (lambda: plot_history([]), ValueError, "history must have at least one value by name"),
        (lambda: plot_history({"step": [1]}), ValueError, "history must have at least one value"),
        (lambda: plot_history([3]), TypeError, r"history\[0\] must be a mapping of values, got 3"),
        (lambda: plot_history({"a": 3}), TypeError, r"history\['a'\] must be a sequence, got 3"),
        (lambda: plot_history({3: [1]}), TypeError, "history must have names that are strings"),
        (lambda: plot_history({"a": ["x"]}), TypeError, r"history\['a'\] must be real numbers"),
        (lambda: plot_history({"a": [[1.0]]}), TypeError, r"history\['a'\] must be real numbers"),
        (lambda: plot_history([{"a": None}]), TypeError, r"history\['a'\] must be real numbers"),
        (
            lambda: plot_history({"a": [1, 2], "b": [1]}),
            ValueError,
            "history must have equally many values for each name, got {'a': 2, 'b': 1}",
        ),
        (
            lambda: plot_history([{"a": 1, "step": 0}, {"a": 1}]),
            ValueError,
            "history must have a step in each row or in none, got {'a': 1}",
        ),
        (
            lambda: plot_history({"a": [1, 2], "step": [0, math.nan]}),
            ValueError,
            r"history\['step'\] must be finite",
        ),
        (lambda: sparkline(3, 5), TypeError, "schedule must be a Schedule, got 3"),
        (lambda: sparkline(LR, 0), ValueError, "num_steps must be >= 1, got 0"),
        (lambda: sparkline(LR, 5, 0), ValueError, "width must be >= 1, got 0"),
        (lambda: sparkline(Custom(lambda t: math.nan), 5), ValueError, "schedule must be finite"),
    ],
)
def test_errors_name_the_argument(
    draw: Callable[[], Any], error: type[Exception], match: str
) -> None:
    """And what came."""
    with pytest.raises(error, match=match):
        draw()


def test_without_matplotlib_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By the name of the extra."""
    monkeypatch.setitem(sys.modules, "matplotlib.axes", None)
    monkeypatch.delitem(sys.modules, "tsa_core.plotting")
    with pytest.raises(ImportError, match=r"pip install 'torch-schedule-anything\[plot\]'"):
        importlib.import_module("tsa_core.plotting")


def test_pictures_need_no_pyplot_and_the_core_no_matplotlib(tmp_path: Path) -> None:
    """In a fresh process: no window, no backend, no global state."""
    code = (
        "import sys, tsa_core\n"
        "fade = tsa_core.Linear(1.0, 0.0, 10)\n"
        "fade._repr_html_(), tsa_core.sparkline(fade, 10)\n"
        "assert not {'matplotlib', 'hypothesis', 'tsa_core.plotting'} & set(sys.modules)\n"
        "import tsa_core.plotting\n"
        "tsa_core.plotting.plot(fade, 10).savefig(sys.argv[1])\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "fade.png")], check=True)
    assert (tmp_path / "fade.png").stat().st_size > 1000


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
    assert ET.fromstring(html).find("code").text == expression(schedule)  # type: ignore[union-attr]  # there is one
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


def fastest(call: Callable[[], Any]) -> float:
    """Seconds of processor time, the best of seven, without what coverage adds."""
    trace, seconds = sys.gettrace(), []
    sys.settrace(None)
    try:
        for _ in range(7):
            begin = time.thread_time()
            call()
            seconds.append(time.thread_time() - begin)
    finally:
        sys.settrace(trace)
    return min(seconds)


@pytest.mark.parametrize("schedule", LARGE.values(), ids=LARGE)
def test_large_schedules_are_shown_at_once(schedule: Schedule) -> None:
    """In the time of 40 plain ones (about 12 ms) and under 10 kB, whatever it is made of."""
    assert fastest(schedule._repr_html_) < 40 * fastest(LR._repr_html_)
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
    assert ET.fromstring(html).find("code").text == "Odd(note='<script>&\\'\"')"  # type: ignore[union-attr]  # there is one


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
