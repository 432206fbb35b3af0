"""The property-testing kit: what its strategies draw."""

from __future__ import annotations

import importlib
import math
import sys
from collections.abc import Callable, Iterator
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

import tsa_core
from tests.core.examples import own_kinds
from tsa_core import (
    Clocked,
    Constant,
    Cosine,
    Custom,
    Decay,
    Held,
    Interpolated,
    InverseSqrt,
    Joined,
    Linear,
    Repeated,
    Schedule,
)
from tsa_core.testing import (
    curves,
    schedules,
    steps,
)

UP = Linear(0.0, 1.0, 10)
STILL = settings(derandomize=True, database=None, deadline=None, print_blob=False)


def nested(record: Any) -> Iterator[Schedule]:
    """A schedule and every schedule inside it."""
    if isinstance(record, tuple):
        for item in record:
            yield from nested(item)
    elif isinstance(record, Schedule):
        yield record
        yield from nested(attrs.astuple(record, recurse=False))


def depth(schedule: Schedule) -> int:
    """How many records lie around the innermost one."""
    fields = attrs.astuple(schedule, recurse=False)
    inside = [item for field in fields for item in (field if type(field) is tuple else (field,))]
    return max((1 + depth(item) for item in inside if isinstance(item, Schedule)), default=0)


def double(step: float) -> float:
    """A function for a `Custom`."""
    return 2.0 * step


def drawn(strategy: st.SearchStrategy[Any], number: int = 200) -> list[Any]:
    """Examples, the same in every run."""
    found: list[Any] = []

    @settings(STILL, max_examples=number, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def collect(example: Any) -> None:
        found.append(example)

    collect()
    return found


def test_every_kind_of_record_is_built() -> None:
    """A new record needs a place in the strategies, or this fails."""
    kinds = {type(part) for schedule in drawn(schedules()) for part in nested(schedule)}
    assert kinds == set(own_kinds().values()) - {Custom}


def test_custom_is_built_on_request_only() -> None:
    """From the functions that are given."""
    parts = [part for one in drawn(schedules(functions=[double])) for part in nested(one)]
    assert {part.function for part in parts if isinstance(part, Custom)} == {double}


def test_curves_are_flat_and_of_every_kind() -> None:
    """Ends are of any sign; no length is above the limit."""
    found = drawn(curves(max_steps=20))
    assert {type(curve) for curve in found} == {
        kind for kind in own_kinds().values() if kind.__module__.startswith("tsa_core.curves.")
    }
    assert {np.sign(curve(0)) for curve in found} == {-1, 0, 1}
    assert max(getattr(curve, "num_steps", 0) for curve in found) == 20


@pytest.mark.parametrize("max_depth", [0, 1, 3])
def test_depth_is_limited_and_reached(max_depth: int) -> None:
    """Records nest as deep as they may, and no deeper."""
    assert {depth(one) for one in drawn(schedules(max_depth))} == set(range(max_depth + 1))


@given(schedules(6, max_steps=10**6))
def test_the_widest_ranges_are_finite(schedule: Schedule) -> None:
    """As deep and as long as it goes."""
    assert all(math.isfinite(schedule(step)) for step in (0, 1, 0.5, 10**6, 10**12, -(10**12)))


@pytest.mark.parametrize(
    ("wanted", "smallest"),
    [
        (lambda _: True, Constant(0.0)),
        (lambda schedule: schedule(0) < 0, Constant(-1.0)),
        (lambda schedule: schedule(3) > 500, Constant(501.0)),
        (lambda schedule: isinstance(schedule, Linear), Linear(0.0, 0.0, 0)),
        (lambda schedule: isinstance(schedule, Interpolated), Interpolated((0,), (0.0,))),
        (lambda schedule: isinstance(schedule, Repeated), Repeated(Constant(0.0), 1)),
        (lambda schedule: depth(schedule) > 0, Held(Constant(0.0), 1)),
        (
            lambda schedule: isinstance(schedule, Joined) and len(schedule.schedules) > 1,
            Joined((Constant(0.0), Constant(0.0)), (0,)),
        ),
    ],
)
def test_shrinks_to_the_smallest(wanted: Callable[[Schedule], bool], smallest: Schedule) -> None:
    """Constants, no nesting, small round numbers."""
    found = find(schedules(), wanted, settings=settings(STILL, max_examples=1000))
    assert found == smallest


def test_steps_meet_each_boundary_from_both_sides() -> None:
    """And go before step 0, between whole steps and far beyond the end."""
    found = set(drawn(steps(UP.then(Constant(0.5), at=30))))
    for point in (0, 10, 30):
        assert {point, point - 1, point + 1, math.nextafter(point, -math.inf)} <= found
    assert min(found) < -1000
    assert max(found) > 1000
    assert any(step != int(step) for step in found)
    assert {type(step) for step in found} == {int, float}
    assert find(steps(UP), lambda _: True, settings=STILL) == 0


@pytest.mark.parametrize(
    ("schedule", "points"),
    [
        (Joined((Constant(0.0), UP), (5,)), {5, 15}),
        (Joined((UP, Constant(0.0)), (5,)), {5}),
        (UP.shift(2.5), {2.5, 12.5}),
        (UP.stretch(3.0), {30.0}),
        (Interpolated((-3, 4), (0.0, 1.0)), {-3, 4}),
        (Decay(1.0, 0.5, 7, staircase=True), {7, 14}),
        (UP.repeat(20), {10, 20, 30, 40}),
        (UP.repeat(20, times=9), {10, 20, 160, 170, 180}),
        (UP.reverse(25), {15, 25}),
        ((UP + Linear(0.0, 1.0, 3)) / (Cosine(1.0, 2.0, 4) * 2), {3, 4, 10}),
        (UP.clip(0.2), {10}),
        (Clocked(UP, Linear(0.0, 20.0, 30)), {30}),
        (InverseSqrt(1.0, 3.0), {0}),
        (Custom(double), {0}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_steps_know_where_each_record_changes(schedule: Schedule, points: set[float]) -> None:
    """The points where pieces meet are drawn, on the schedule's own clock."""
    assert points <= set(drawn(steps(schedule), 400))


def test_what_is_found_is_printed_as_code() -> None:
    """The failing example of a test can be pasted: it evaluates to the schedule."""
    failing: list[Schedule] = []

    @settings(STILL, phases=(Phase.generate,))
    @given(schedules().filter(lambda schedule: depth(schedule) == 2))
    def prove(schedule: Schedule) -> None:
        failing.append(schedule)
        raise AssertionError("never")

    with pytest.raises(AssertionError, match="never") as caught:
        prove()
    note = "\n".join(caught.value.__notes__)
    arguments = note[note.index("prove(") + len("prove") :]
    assert eval(f"dict{arguments}", dict(vars(tsa_core))) == {"schedule": failing[-1]}


@given(schedules())
def test_repr_is_code(schedule: Schedule) -> None:
    """What is printed is the schedule."""
    assert eval(repr(schedule), dict(vars(tsa_core))) == schedule


def test_strategies_print_short() -> None:
    """However deep."""
    assert len(repr(schedules(6))) < 100


@pytest.mark.parametrize(
    ("build", "error", "match"),
    [
        (lambda: schedules(-1), ValueError, "max_depth must be >= 0, got -1"),
        (lambda: schedules(7), ValueError, "max_depth must be <= 6, got 7"),
        (lambda: schedules("2"), TypeError, "max_depth must be a real number, got '2'"),
        (lambda: schedules(max_steps=0), ValueError, "max_steps must be >= 1, got 0"),
        (lambda: schedules(functions=double), TypeError, "functions must be a sequence"),
        (lambda: curves(max_steps=0.5), ValueError, "max_steps must be a whole number"),
        (lambda: steps(double), TypeError, "schedule must be a Schedule"),
    ],
)
def test_strategies_name_bad_arguments(
    build: Callable[[], Any], error: type[Exception], match: str
) -> None:
    """As the rest of the library does."""
    with pytest.raises(error, match=match):
        build()


def test_without_hypothesis_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By the name of the extra."""
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    monkeypatch.delitem(sys.modules, "tsa_core.testing")
    with pytest.raises(ImportError, match=r"pip install 'torch-schedule-anything\[testing\]'"):
        importlib.import_module("tsa_core.testing")
