"""Pictures: compared with approved ones, and taken apart."""

from __future__ import annotations

import importlib
import itertools
import math
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from matplotlib.testing.compare import compare_images

from tsa_core import (
    Constant,
    Cosine,
    Custom,
    Decay,
    Linear,
    Schedule,
    sparkline,
)
from tsa_core._panels import _apart
from tsa_core.plotting import plot, plot_history

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
