"""Questions about a schedule: laws that hold for every schedule, and known answers."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tsa_core as tsa
from tests.core.closed_forms import LEVELS
from tests.helpers import NOT_FINITE
from tsa_core import Constant, Cosine, Custom, Decay, Interpolated, Linear, Schedule
from tsa_core.analysis import (
    Comparison,
    _measures,
    bounds,
    breakpoints,
    compare,
    crossings,
    integral,
    match_total,
    sample,
    summarize,
)
from tsa_core.testing import schedules

UP = Linear(0.0, 1.0, 10)
WARM = UP.then(Cosine(1.0, 0.0, 90), at=10)
FALL = Custom(lambda step: 1.0 if step < 30 else 0.25)
RUNS = st.integers(1, 200)


def every_record() -> set[type[Schedule]]:
    """The kinds of schedule that the package offers."""
    names = [getattr(tsa, name) for name in tsa.__all__]
    records = {value for value in names if isinstance(value, type) and issubclass(value, Schedule)}
    return records - {Schedule}


def test_every_record_says_what_its_pieces_are() -> None:
    """But for the one that holds any function."""
    silent = {kind for kind in every_record() if kind._pieces is Schedule._pieces}
    assert silent == {Custom}


def test_a_schedule_of_a_users_own_is_sampled() -> None:
    """It is one piece of unknown form, like a function."""

    class Hyperbola(Schedule):
        def formula(self, t: Any, _ops: Any) -> Any:
            return 1 / (1 + t * t)

    assert integral(Hyperbola(), 0, 1) == pytest.approx(math.pi / 4, rel=1e-12)
    assert crossings(Hyperbola(), 0.5, 10) == (1.0,)
    assert breakpoints(Hyperbola()) == ()


# Laws


@given(schedules(), RUNS)
@settings(max_examples=200)
def test_a_summary_agrees_with_its_samples(schedule: Schedule, num_steps: int) -> None:
    """Every figure of it, and the bounds."""
    values = sample(schedule, num_steps)
    assert values.dtype == np.float64
    assert values.tolist() == schedule(np.arange(num_steps)).tolist()
    summary = summarize(schedule, num_steps)
    assert (summary.first, summary.last) == (values[0], values[-1])
    assert (summary.lowest, summary.highest) == bounds(schedule, num_steps)
    assert (summary.lowest, summary.highest) == (values.min(), values.max())
    assert (summary.lowest_step, summary.highest_step) == (values.argmin(), values.argmax())
    assert summary.total == values.sum()
    assert summary.mean == summary.total / num_steps
    assert len(str(summary).splitlines()) == 8


@given(schedules(), st.integers(2, 400))
@settings(max_examples=200)
def test_bounds_of_a_long_run_need_few_steps(schedule: Schedule, num_steps: int) -> None:
    """They are those of all steps, within rounding."""
    values = sample(schedule, num_steps)
    close = 1e-12 * float(np.abs(values).max())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_measures, "EVERY_STEP", 0)
        low, high = bounds(schedule, num_steps)
    assert low == pytest.approx(values.min(), rel=0, abs=close)
    assert high == pytest.approx(values.max(), rel=0, abs=close)


@given(schedules(), RUNS)
@settings(max_examples=200)
def test_between_breakpoints_and_jumps_a_schedule_is_continuous(
    schedule: Schedule, num_steps: int
) -> None:
    """Where no jump is reported, the two sides meet; where one is, they do not."""
    jumps = summarize(schedule, num_steps + 1).discontinuities
    edges = breakpoints(schedule, num_steps)
    assert list(edges) == sorted(edges)
    assert set(jumps) <= {*edges, 0, num_steps}
    scale = np.abs(schedule(np.linspace(0, num_steps, 1000))).max()
    for edge in {0, *edges, num_steps}:
        near = [schedule(min(max(edge + by, 0), num_steps)) for by in (-1e-10, 0, 1e-10)]
        if edge in jumps:
            assert max(near) > min(near)
        elif not any(abs(edge - jump) < 1e-9 for jump in jumps):
            assert max(near) - min(near) <= 0.02 * scale


@given(schedules(), RUNS)
@settings(max_examples=200)
def test_an_integral_is_a_sum_of_parts(schedule: Schedule, num_steps: int) -> None:
    """It adds up over any cut, and doubles with the schedule."""
    cuts = [-7.5, 0, num_steps / 3, num_steps]
    whole = integral(schedule, cuts[0], cuts[-1])
    scale = np.abs(schedule(np.linspace(-8, num_steps, 1000))).max() * (8 + num_steps)
    close = 1e-10 * scale + 1e-14
    parts = sum(integral(schedule, *cut) for cut in pairwise(cuts))
    assert whole == pytest.approx(parts, abs=close)
    assert integral(schedule * 2.0, -7.5, num_steps) == pytest.approx(2 * whole, abs=2 * close)


@given(schedules(), LEVELS, RUNS)
@settings(max_examples=300)
def test_crossings_are_where_the_sign_changes(
    schedule: Schedule, value: float, num_steps: int
) -> None:
    """No change of sign between samples is missed, and nothing else is reported."""
    found = np.array(crossings(schedule, value, num_steps))
    assert (np.diff(found) > 0).all()
    assert ((found >= 0) & (found <= num_steps)).all()
    steps = np.linspace(0, num_steps, 4001)
    apart = schedule(steps) - value
    side = np.where(np.abs(apart) > 1e-12 * np.abs(schedule(steps)).max(), np.sign(apart), 0.0)
    for index in np.flatnonzero(side[1:] * side[:-1] < 0):
        low, high = steps[index] - 1e-9, steps[index + 1] + 1e-9
        assert ((found >= low) & (found <= high)).any()
    if apart[0] == 0:
        assert found[0] == 0
    for step in found:
        near = schedule(step + np.array([-1e-7, -1e-9, 0.0, 1e-9, 1e-7]))
        close = 1e-5 * (np.abs(near).max() + 1e-3)
        assert near.min() - close <= value <= near.max() + close


@given(schedules(), schedules(), RUNS)
@settings(max_examples=100)
def test_a_comparison_agrees_with_its_samples(a: Schedule, b: Schedule, num_steps: int) -> None:
    """And is the same both ways round; a schedule does not differ from itself."""
    comparison = compare(a, b, num_steps)
    one, other = sample(a, num_steps), sample(b, num_steps)
    apart = np.abs(one - other)
    assert comparison.largest_absolute == apart.max()
    size = np.maximum(np.abs(one), np.abs(other))
    relative = np.divide(apart, size, out=np.zeros_like(apart), where=size > 0)
    assert comparison.largest_relative == relative.max()
    if apart.any():
        assert comparison.largest_absolute_step == apart.argmax()
        assert comparison.largest_relative_step == relative.argmax()
        assert comparison.first_difference == np.flatnonzero(apart)[0]
    assert compare(b, a, num_steps) == comparison
    assert compare(a, a, num_steps) == Comparison(num_steps, 0.0, None, 0.0, None, None)


@given(schedules(), schedules(), RUNS)
@settings(max_examples=100)
def test_matched_totals_are_equal(a: Schedule, b: Schedule, num_steps: int) -> None:
    """The scaled schedule spends what the other spends."""
    own = sample(a, num_steps)
    if abs(own.sum()) < max(1e-3 * np.abs(own).sum(), 1e-100):
        return
    wanted = summarize(b, num_steps).total
    total = summarize(match_total(a, b, num_steps), num_steps).total
    assert total == pytest.approx(wanted, rel=1e-11, abs=1e-12)


# Known answers


def test_a_sample_is_one_call() -> None:
    """Of NumPy, not of a loop."""
    assert sample(WARM, 100).tolist() == WARM(np.arange(100)).tolist()
    assert sample(Custom(lambda step: 2.0**step), 3).tolist() == [1.0, 2.0, 4.0]


def test_breakpoints_of_combinations() -> None:
    """They are on the clock of the whole."""
    assert breakpoints(Constant(1.0)) == ()
    assert breakpoints(Linear(1.0, 1.0, 10)) == ()
    assert breakpoints(Cosine(0.0, 1.0, 0)) == ()
    assert breakpoints(WARM) == (0, 10, 100)
    assert breakpoints(WARM.shift(5).stretch(2)) == (10, 30, 210)
    assert breakpoints(WARM.reverse(100)) == (0, 90, 100)
    assert breakpoints(WARM + Linear(0.0, 1.0, 50)) == (0, 10, 50, 100)
    assert breakpoints(UP.clip(0.25, 0.5)) == (0, 2.5, 5, 10)
    assert breakpoints(Interpolated((-3, 2.5, 9), (0.0, 1.0, 0.5))) == (-3, 2.5, 9)
    assert breakpoints(UP.repeat(10, times=3)) == (0, 10, 20, 30)
    assert breakpoints(UP.repeat(10), 25) == (0, 10, 20)
    assert breakpoints(UP.repeat(10).then(Constant(0.0), at=15)) == (0, 10, 15)
    assert breakpoints(Decay(1.0, 0.5, 10, staircase=True), 25) == (0, 10, 20)
    assert breakpoints(Decay(1.0, 2.0, 10)) == (
        0,
        pytest.approx(10 * math.log(1e150) / math.log(2)),
    )
    assert breakpoints(tsa.InverseSqrt(2.0, 10.0).clip(1.0)) == (0, pytest.approx(30.0, rel=1e-15))
    assert breakpoints(FALL) == ()
    later = tsa.InverseSqrt(2.0, 10.0).shift(5).stretch(2)
    assert breakpoints(later.clip(1.0)) == (10, pytest.approx(70.0, rel=1e-15))


def test_a_shift_far_beyond_floats_leaves_the_value_that_is_held() -> None:
    """There is one piece, however the edges round."""
    assert breakpoints(UP.shift(1e20), 10) == ()
    assert crossings(UP.shift(-1e20), 1.0, 10) == (0,)
    assert integral(UP.shift(1e20), 0, 10) == 0.0
    assert integral(UP.shift(-1e20), 0, 10) == 10.0


def test_bounds_of_a_long_function_evaluate_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is known of it."""
    monkeypatch.setattr(_measures, "EVERY_STEP", 1000)
    spike = Custom(lambda step: 5.0 if step == 77_777 else 1.0)
    assert bounds(spike, 100_000) == (1.0, 5.0)


def test_bounds_far_beyond_what_can_be_evaluated() -> None:
    """A few steps hold them."""
    assert bounds(WARM, 10**15) == (0.0, 1.0)
    falling = 1 - WARM * 0.5 + Linear(0.0, 1.0, 100)
    assert bounds(falling, 10**15) == bounds(falling, 101)


def test_a_summary_prints_as_a_table() -> None:
    """With what it lacks said in words."""
    assert str(summarize(WARM * 3e-4, 101)) == "\n".join(
        (
            "steps     101",
            "first     0            at step 0",
            "last      0            at step 100",
            "lowest    0            at step 0",
            "highest   0.0003       at step 10",
            "mean      0.000148515",
            "total     0.015",
            "jumps at  none",
        )
    )
    stairs = summarize(Decay(1.0, 0.5, 3, staircase=True), 25)
    assert stairs.discontinuities == (3, 6, 9, 12, 15, 18, 21, 24)
    assert str(stairs).endswith("jumps at  3, 6, 9, 12, 15, 18, ... (8 in all)")
    stairs = summarize(Decay(1.0, 0.5, 3, staircase=True), 19)
    assert str(stairs).endswith("jumps at  3, 6, 9, 12, 15, 18")


def test_jumps_are_found_at_both_ends_and_between_two_that_cancel() -> None:
    """A value held for one instant, and one that is left or reached at the end."""
    step = Interpolated((0, 5, 10), (0.0, 1.0, 0.0), "previous")
    back = step.reverse(10)
    assert summarize(step, 11).discontinuities == (5, 10)
    assert summarize(back, 11).discontinuities == (0, 5)
    drop = Linear(0.0, 0.0, 0).then(Constant(1.0), at=5)
    alone = drop + drop.reverse(10)
    assert [alone(4), alone(5), alone(6)] == [1.0, 2.0, 1.0]
    assert summarize(alone, 11).discontinuities == (5,)


@pytest.mark.parametrize(
    ("schedule", "value", "steps"),
    [
        (WARM, 0.5, (5, 55)),
        (WARM, 1.0, (10,)),  # touched
        (WARM, 2.0, ()),
        (WARM, 0.0, (0, 100)),
        (WARM - WARM, 0.0, (0,)),
        (Cosine(0.0, 0.5, 99) + Cosine(0.5, 0.0, 99), 0.5, (0,)),  # but for rounding
        (UP, 0.0, (0,)),
        (UP, 1.0, (10,)),  # reached, and held from there on
        (Constant(1.0), 1.0, (0,)),
        (UP.then(Constant(0.5), at=6), 0.5, (5, 6)),  # passed, then reached by a jump
        (UP.then(Constant(0.5), at=6), 0.55, (5.5, 6)),  # passed, then jumped across
        (UP.then(Constant(0.5), at=6), 0.6, (6,)),  # left by a jump
        (Interpolated((0, 5, 10), (0.0, 1.0, 0.0), "previous"), 1.0, (5,)),
        (Linear(0.0, 1.0, 200), 0.5, (100,)),  # at the end of the run
        (Constant(0.0).then(UP + 1.0, at=100), 0.5, (100,)),  # a jump at the end
        (UP.repeat(20, times=3).reverse(60), 0.5, (15, 20, 35, 40, 55)),
        (FALL, 0.5, (30,)),
        (UP * UP, 0.25, (5,)),
        ((UP - 0.5) * (UP - 0.5), 0.25, (0, 10)),
        (UP.clip(0.3, 0.6) / 2, 0.3, (6,)),
        (Linear(0.0, 0.5, 1) / 0.1, 3.0, (0.6,)),
        ((Linear(0.0, 0.5, 1) / 0.1).clip(None, 3.0), 3.0, (0.6,)),  # passed and held, by rounding
    ],
)
def test_crossings(schedule: Schedule, value: float, steps: tuple[float, ...]) -> None:
    """Passing, touching, jumping; a stretch counts once."""
    assert crossings(schedule, value, 100) == pytest.approx(steps, rel=1e-12)


def test_turning_points_are_found_where_formulas_are_added() -> None:
    """A sum of a rise and a fall peaks inside a piece, and is cut off there."""
    hill = Linear(0.0, 1.0, 100) + Cosine(1.0, 0.0, 100)
    peak = 100 / math.pi * math.asin(2 / math.pi)
    low = 2 * (hill(peak) - 1)
    first, last = crossings(hill - 1, low / 2, 100)
    assert hill(peak) > hill(peak + 1)
    assert first == pytest.approx(peak, rel=1e-6)
    assert last == pytest.approx(peak, rel=1e-6)


def test_totals_can_be_matched() -> None:
    """For a fair comparison of shapes."""
    matched = match_total(Constant(1.0), Linear(1.0, 0.0, 10), 11)
    assert matched == Constant(0.5)
    warm = match_total(WARM, Constant(3e-4), 100)
    assert summarize(warm, 100).total == pytest.approx(0.03, rel=1e-14)


def test_a_comparison_prints_as_a_table() -> None:
    """Also where there is no difference."""
    assert str(compare(UP, UP, 5)) == "\n".join(
        (
            "steps                        5",
            "largest absolute difference  0",
            "largest relative difference  0",
            "first difference             none",
        )
    )
    assert str(compare(UP, UP * 2, 11)) == "\n".join(
        (
            "steps                        11",
            "largest absolute difference  1            at step 10",
            "largest relative difference  0.5          at step 1",
            "first difference             at step 1",
        )
    )
    assert compare(Constant(0.0), Constant(1.0), 2**20 + 1) == Comparison(
        2**20 + 1, 1.0, 0, 1.0, 0, 0
    )


def test_questions_keep_their_answers() -> None:
    """Records are frozen, and nothing of a schedule changes by being asked."""
    before = repr(WARM)
    summary = summarize(WARM, 100)
    with pytest.raises(AttributeError):
        summary.first = 1.0
    assert repr(WARM) == before
    assert summary == summarize(WARM, 100)


MANY = UP.repeat(1).then(Constant(0.0), at=10**7)


@pytest.mark.parametrize(
    ("ask", "error", "match"),
    [
        (lambda: sample(1.0, 10), TypeError, "schedule must be a Schedule, got 1.0"),
        (lambda: sample(UP, 0), ValueError, "num_steps must be >= 1, got 0"),
        (lambda: sample(UP, 2.5), ValueError, "num_steps must be a whole number, got 2.5"),
        (lambda: sample(UP, "10"), TypeError, "num_steps must be a real number, got '10'"),
        (lambda: sample(1 / UP, 10), ValueError, "schedule must be finite, got inf at step 0"),
        (lambda: summarize(2, 10), TypeError, "schedule must be a Schedule, got 2"),
        (lambda: bounds(2, 10), TypeError, "schedule must be a Schedule, got 2"),
        (lambda: breakpoints(2), TypeError, "schedule must be a Schedule, got 2"),
        (lambda: breakpoints(UP, 0), ValueError, "num_steps must be >= 1, got 0"),
        (
            lambda: breakpoints(UP.repeat(10)),
            ValueError,
            "num_steps must be given for a schedule that repeats without end",
        ),
        (
            lambda: breakpoints(Decay(1.0, 0.5, 3, staircase=True)),
            ValueError,
            "num_steps must be given for a schedule that repeats without end",
        ),
        (
            lambda: breakpoints((tsa.InverseSqrt(1.0, 2.0) * Decay(1.0, 0.5, 3)).clip(0.1)),
            ValueError,
            "num_steps must be given for a schedule that may turn without end",
        ),
        (lambda: breakpoints(MANY), ValueError, "at most 1000000 rounds .*, got 10000000"),
        (lambda: integral(2, 0, 1), TypeError, "schedule must be a Schedule, got 2"),
        (lambda: integral(UP, 1, 0), ValueError, r"stop must be >= start \(1\), got 0"),
        (lambda: integral(UP, "0", 1), TypeError, "start must be a real number"),
        (lambda: integral(UP, 0, math.inf), ValueError, "stop must be finite, got inf"),
        (lambda: integral(1 / UP, 0, 1), ValueError, "schedule must be smooth enough"),
        (lambda: crossings(2, 0.5, 10), TypeError, "schedule must be a Schedule, got 2"),
        (lambda: crossings(UP, math.nan, 10), ValueError, "value must not be NaN"),
        (lambda: compare(UP, 2, 10), TypeError, "b must be a Schedule, got 2"),
        (lambda: compare(2, UP, 10), TypeError, "a must be a Schedule, got 2"),
        (lambda: match_total(UP, 2, 10), TypeError, "other must be a Schedule, got 2"),
        (
            lambda: match_total(UP, UP, 1),
            ValueError,
            "schedule must have a total in 1 steps that can be scaled, got 0.0",
        ),
    ],
)
def test_errors_name_the_argument(ask: Any, error: type[Exception], match: str) -> None:
    """And say what is allowed and what came."""
    with pytest.raises(error, match=match):
        ask()


@pytest.mark.parametrize("bad", NOT_FINITE, ids=str)
def test_steps_must_be_finite(bad: Any) -> None:
    """Wherever a step or a value is asked for."""
    for ask in (
        lambda: integral(UP, bad, 1),
        lambda: integral(UP, 0, bad),
        lambda: crossings(UP, bad, 10),
        lambda: sample(UP, bad),
    ):
        with pytest.raises(ValueError, match=r"must (be finite|not be NaN|fit a float)"):
            ask()
