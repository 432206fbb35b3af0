"""The jumps of a schedule: found for all pieces at once, they are those of each piece."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.timing import fastest
from tsa_core import Constant, Cosine, Custom, Decay, Held, Interpolated, Linear, Schedule
from tsa_core._limits import jumps
from tsa_core.analysis import sample, summarize
from tsa_core.testing import schedules


def by_pieces(schedule: Schedule, start: float, stop: float) -> list[float]:
    """The jumps, one piece after the other."""
    row = schedule._pieces(start, stop)
    edges = [start, *(piece.stop for piece in row)]
    found = []
    for step, left, right in zip(edges, [None, *row], [*row, None], strict=True):
        here = [schedule(step)]
        here += [left.value(left.stop)] if left else []
        here += [right.value(right.start)] if right else []
        around = [left.value(left.start)] if left else []
        around += [right.value(right.stop)] if right else []
        if max(here) - min(here) > 1e-9 * max(map(abs, (*here, *around))):
            found.append(step)
    return found


@settings(max_examples=300)
@given(schedules(), st.integers(1, 300), st.integers(-10, 40))
def test_jumps_are_those_of_the_pieces(schedule: Schedule, length: int, start: int) -> None:
    """Of anything."""
    found, expected = (find(schedule, start, start + length) for find in (jumps, by_pieces))
    assert found == pytest.approx(expected, rel=1e-12)


SAW = Cosine(1.0, 0.0, 10).repeat(10)
FALL = Linear(1.0, 0.0, 10**6)
ROUNDS = {
    "plain": SAW,
    "of parts": (
        Linear(0.0, 1.0, 4).then(Constant(0.5)).then(Linear(0.5, 0.0, 3), at=7).repeat(10.5, 20)
    ),
    "that meet": Linear(0.0, 1.0, 10).then(Linear(1.0, 0.0, 10), at=10).repeat(20),
    "with a gain": Cosine(1.0, 0.0, 10).repeat(10, gain=0.99999),
    "that grow": Cosine(1.0, 0.0, 10).repeat(10, gain=1.0001),
    "scaled": SAW * 3e-4,
    "on other clocks": Cosine(1.0, 0.0, 10).repeat(10, 12).shift(3).stretch(1.5),
    "reversed": Cosine(1.0, 0.0, 10).repeat(10).reverse(10**6),
    "after a warmup": Linear(0.0, 1.0, 10).then(SAW).then(Constant(2.0), at=155),
    "clipped": SAW.clip(0.1),
    "with a gain, clipped": Cosine(1.0, 0.0, 10).repeat(10, gain=0.99999).clip(0.1, 0.7),
    "rounded": SAW.round(0.3),
    "held": SAW.hold(3),
    "added to a curve": SAW + FALL,
    "added to others": SAW + Linear(0.0, 1.0, 7).repeat(7),
    "times a curve": SAW * FALL,
    "by a curve": SAW / (FALL + 1),
    "or less": SAW.minimum(0.5),
    "or more": SAW.maximum(FALL),
    "of what is added": (SAW * FALL).clip(0.1, 0.9) + 0.1,
    "in stairs": Decay(1.0, 0.99999, 10, staircase=True),
    "of a curve that is held": Cosine(1.0, 0.0, 10**6).hold(10),
}


@pytest.mark.parametrize("schedule", ROUNDS.values(), ids=ROUNDS)
@pytest.mark.parametrize("span", [(0, 200), (7, 173), (20, 199), (-30, 5)])
def test_jumps_of_many_rounds(schedule: Schedule, span: tuple[int, int]) -> None:
    """Of each round, as if it were alone."""
    assert jumps(schedule, *span) == pytest.approx(by_pieces(schedule, *span), rel=1e-13)


@pytest.mark.parametrize("schedule", ROUNDS.values(), ids=ROUNDS)
def test_a_summary_of_100_000_rounds_costs_few_times_their_sample(schedule: Schedule) -> None:
    """Whatever is made of the rounds."""
    sampling = fastest(lambda: sample(schedule, 10**6), 3)
    assert fastest(lambda: summarize(schedule, 10**6), 3) < 10 * sampling


def test_a_function_of_whole_steps_is_asked_for_whole_steps() -> None:
    """Beside rounds, whose edges are floats."""
    table = [1.0, 0.5] * 50
    schedule = SAW + Custom(lambda step: table[step])
    assert jumps(schedule, 0, 99) == [10, 20, 30, 40, 50, 60, 70, 80, 90]


def test_a_clock_that_stands_still_has_no_jumps() -> None:
    """So far out, two steps are one to the schedule inside."""
    stairs = Interpolated((0, 5, 10), (0.0, 1.0, 0.0), "previous")
    assert jumps(stairs.shift(1e20), 0, 10) == []
    assert jumps(Constant(1.0).then(stairs.shift(-1e20), at=5), 0, 10) == [5]


def test_a_long_schedule_that_is_held_is_looked_at_where_it_changes() -> None:
    """More than a million stairs are no matter where most are alike."""
    long = Held(Linear(0.0, 1.0, 10).then(Constant(2.0), at=10**8), 5)
    assert jumps(long, 0, 2 * 10**8) == [5, 10, 10**8]
