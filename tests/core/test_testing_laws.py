"""The property-testing kit, proved by schedules and functions that break each of its rules."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tsa_core import (
    Clipped,
    Constant,
    Custom,
    Exponential,
    InverseSqrt,
    Joined,
    Linear,
    Schedule,
)
from tsa_core.testing import (
    assert_continuous,
    assert_matches,
    assert_monotone,
    assert_within,
    check_schedule,
    schedules,
    steps,
)

UP = Linear(0.0, 1.0, 10)


def double(step: float) -> float:
    """A function for a `Custom`."""
    return 2.0 * step


@attrs.frozen
class Climbing(Schedule):
    """Not held from the step on that it says."""

    length = 5

    def formula(self, t: Any, ops: Any) -> Any:
        return t / 1


@attrs.frozen
class Torn(Schedule):
    """An array differs from single steps from step 6 on."""

    def formula(self, t: Any, ops: Any) -> Any:
        held = ops.where(t < 0, 0.0, t / 1)
        return ops.where(t > 5, held * (1 + 1e-9), held) if hasattr(t, "shape") else held


@attrs.frozen
class Shapeless(Schedule):
    """An array of another shape."""

    def formula(self, t: Any, ops: Any) -> Any:
        return ops.full(t, 1.0)

    def __call__(self, step: Any) -> Any:
        return np.ravel(super().__call__(step)) if hasattr(step, "shape") else 1.0


@attrs.frozen
class Narrow(Schedule):
    """An array of another dtype."""

    def formula(self, t: Any, ops: Any) -> Any:
        return ops.full(t, 1.0)

    def __call__(self, step: Any) -> Any:
        return super().__call__(step).astype("float32") if hasattr(step, "shape") else 1.0


@attrs.frozen
class Single(Schedule):
    """No arrays at all."""

    def formula(self, t: Any, ops: Any) -> Any:
        if hasattr(t, "shape"):
            raise NotImplementedError("one step at a time")
        return 1.0


@attrs.define(eq=True, unsafe_hash=True)
class Open(Schedule):
    """A record that is not frozen."""

    value: float = 1.0

    def formula(self, t: Any, ops: Any) -> Any:
        return ops.full(t, self.value)


class Plain(Schedule):
    """No record."""

    def formula(self, t: Any, ops: Any) -> Any:
        return ops.full(t, 1.0)


@attrs.frozen(eq=False)
class Unequal(Schedule):
    """A record that equals itself alone."""

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other

    def formula(self, t: Any, ops: Any) -> Any:
        return ops.full(t, 1.0)


@attrs.frozen
class Sticky(Schedule):
    """A record that cannot be pickled."""

    value: float = 1.0

    def __reduce__(self) -> Any:
        raise TypeError("not to be pickled")

    def __deepcopy__(self, memo: Any) -> Any:
        return self

    def __copy__(self) -> Any:
        return self

    def formula(self, t: Any, ops: Any) -> Any:
        return ops.full(t, self.value)


@attrs.frozen
class Silent(Schedule):
    """A record that does not print a field that matters, nor compare it."""

    value: float = attrs.field(default=0.0, repr=False, eq=False)

    def formula(self, t: Any, ops: Any) -> Any:
        return ops.where(t > 4, self.value, 1.0) + 0 * (t / 1)


@attrs.frozen
class Mute(Schedule):
    """A record that does not print a field that it needs."""

    value: float = attrs.field(repr=False)

    def formula(self, t: Any, ops: Any) -> Any:
        return ops.full(t, self.value)


@attrs.frozen
class Leaky(Clipped):
    """A clip that does not clip."""

    def formula(self, t: Any, ops: Any) -> Any:
        return ops.apply(self.schedule, t)


def counting() -> Callable[[float], float]:
    """A function that counts its calls."""
    calls = itertools.count()
    return lambda _step: next(calls)


def remembering() -> Callable[[float], float]:
    """A function of which a value depends on the step before."""
    seen = [0.0]

    def function(step: float) -> float:
        before, seen[0] = seen[0], step
        return 1.0 if step == 5 and before > step else 0.0

    return function


def deep() -> Schedule:
    """Deeper than the data format goes."""
    schedule: Schedule = UP
    for _ in range(100):
        schedule = Clipped(schedule)
    return schedule


def at(step: float, value: Any, otherwise: float = 0.5) -> Callable[[float], Any]:
    """A function that is wrong from one step on."""
    return lambda t: value if t >= step else otherwise


MUTANTS: list[tuple[str, Any, dict[str, Any], str]] = [
    ("defined", lambda t: 1 / (t - 7), {}, "at step 7: ZeroDivisionError: division by zero"),
    ("defined", 1.0 / Linear(-1.0, 1.0, 8), {}, "at step 4: ZeroDivisionError"),
    ("defined", at(3, None), {}, "at step 3: the value is not a real number, but None"),
    ("defined", at(3, True), {}, "at step 3: the value is not a real number, but True"),
    ("defined", Custom(at(3, "x")), {}, "at step 3: ValueError: could not convert"),
    ("finite", at(4, math.nan), {}, "at step 4: the value is nan"),
    ("finite", Custom(at(19.25, math.inf)), {}, "at step 19.5: the value is inf"),
    ("finite", Custom(lambda t: t if t > -0.75 else math.inf), {}, "at step -1: the value is inf"),
    ("pure", counting(), {}, "at step 0: the value was 0.0, then 58"),
    ("pure", remembering(), {}, "at step 5: the value was 0.0, then 1.0"),
    ("pure", Custom(remembering()), {}, "at step 5: the value was 0.0, then 1.0"),
    ("bounds", UP, {"high": 0.75}, r"at step 8: 0.8 is not within \[-inf, 0.75\]"),
    ("bounds", UP, {"low": 0.75}, r"at step 0: 0.0 is not within \[0.75, inf\]"),
    ("bounds", lambda t: t, {"low": 0, "high": 11}, r"at step 12: 12.0 is not within"),
    ("bounds", Leaky(UP, 0.0, 0.5), {"high": 0.9}, r"at step 6: 0.6 is not within \[0.0, 0.5\]"),
    ("held", Climbing(), {}, "at step 6: the value is 6.0, but 5.0 at step 5"),
    ("held", lambda t: min(t, 25), {"end": 18}, "at step 19: the value is 19, but 18 at step 18"),
    ("held", at(21, None), {"end": 20}, "at step 21: the value is None, but 0.5 at step 20"),
    ("held", InverseSqrt(1.0, 5.0), {"end": 9.5}, "at step 11: the value is 0"),
    ("array", Torn(), {}, "at step 6: an array holds 6.00000000[56].*, a single step gives 6.0"),
    ("array", Shapeless(), {}, r"steps of float64 and shape \(3, 2\) gave shape \(6,\)"),
    ("array", Narrow(), {}, r"steps of float64 and shape \(\d+,\) gave no array of float64, but"),
    ("array", Single(), {}, "gave NotImplementedError: one step at a time"),
    ("frozen", Open(), {}, "'value' can be set"),
    ("frozen", Plain(), {}, "Plain must be a frozen attrs record"),
    ("copy", Unequal(), {}, r"Unequal\(\) became Unequal\(\)"),
    ("pickle", Sticky(), {}, "TypeError: not to be pickled"),
    ("repr", Silent(2.0), {}, "at step 5: the copy gives 0.0, not 2.0"),
    ("repr", Mute(2.0), {}, "TypeError: .*missing 1 required positional argument"),
    ("json", deep(), {}, "ValueError: data must be nested at most 100 deep"),
]


@pytest.mark.parametrize(
    ("law", "mutant", "options", "match"),
    MUTANTS,
    ids=[f"{law}-{index}" for index, (law, *_) in enumerate(MUTANTS)],
)
def test_a_broken_law_is_named(law: str, mutant: Any, options: Any, match: str) -> None:
    """With the smallest step that breaks it, and the values."""
    with pytest.raises(AssertionError, match=f"^law '{law}' is broken.*{match}"):
        check_schedule(mutant, 20, **options)


@pytest.mark.parametrize(
    "good",
    [
        UP,
        Custom(lambda step: step * step),
        Custom(double) * 2.0 + UP,
        lambda step: 0.5**step,
        1.0 - Exponential(1.0, 0.5, 5000),
        (1.0 - Exponential(1.0, 0.5, 5000)) * 1e6,
        Joined((UP, Custom(lambda step: 1 / (step + 1)) + 1.0), (10,)),
        (1.0 / UP).shift(-5).reverse(3),
        np.float32,
        lambda step: step if 0 <= step < 20 and type(step) is int else None,
        Torn,
    ],
)
def test_what_keeps_the_laws_passes(good: Any) -> None:
    """Records, records with a function inside, and functions that know the run alone."""
    check_schedule(good() if good is Torn else good, 20, rtol=1e-8 if good is Torn else 1e-12)


@settings(max_examples=300)
@given(schedules())
def test_every_schedule_keeps_every_law(schedule: Schedule) -> None:
    """The laws of the library, on all that it can build."""
    check_schedule(schedule, num_steps=60)


@given(st.data(), schedules())
def test_a_step_has_one_value_as_a_number_and_in_an_array(
    data: st.DataObject, schedule: Schedule
) -> None:
    """At steps where that is hard."""
    step = data.draw(steps(schedule))
    check_schedule(schedule.shift(-int(step)), num_steps=3)


def test_a_long_run_is_spread_evenly() -> None:
    """With its first and its last step, at most 100,000 of them."""
    seen: list[int] = []

    def function(step: int) -> float:
        seen.append(step)
        return 0.0

    check_schedule(function, 10**7)
    assert {0, 100, 10**7 - 1} <= set(seen)
    assert len(set(seen)) == 10**5 + 1


@pytest.mark.parametrize(
    ("check", "error", "match"),
    [
        (lambda: check_schedule(3, 5), TypeError, "schedule_or_function must be a schedule or a"),
        (lambda: check_schedule(UP, 0), ValueError, "num_steps must be >= 1, got 0"),
        (lambda: check_schedule(UP, 5, low="0"), TypeError, "low must be a real number"),
        (lambda: check_schedule(UP, 5, high=math.nan), ValueError, "high must not be NaN"),
        (lambda: check_schedule(UP, 5, end=math.inf), ValueError, "end must be finite"),
        (lambda: check_schedule(UP, 5, rtol=-1), ValueError, "rtol must be >= 0, got -1"),
        (lambda: assert_within(UP, 1, 0, 5), ValueError, "high must be >= low"),
        (lambda: assert_within(3, 0, 1, 5), TypeError, "schedule must be a schedule or a function"),
        (lambda: assert_within(UP, 0, 1, 0.5), ValueError, "num_steps must be a whole number"),
        (lambda: assert_monotone(UP, 5, increasing=1), TypeError, "increasing must be a bool"),
        (lambda: assert_continuous(UP, 5, -1), ValueError, "max_jump must be >= 0, got -1"),
        (lambda: assert_matches(UP, UP, 5, rtol=-1), ValueError, "rtol must be >= 0, got -1"),
        (lambda: assert_matches(UP, UP, 5, atol="1"), TypeError, "atol must be a real number"),
        (lambda: assert_matches(UP, "abc", 5), TypeError, "other must be a schedule, a function"),
        (lambda: assert_matches(UP, [1, 2], 5), ValueError, r"other must have the shape \(5,\)"),
    ],
)
def test_checks_name_bad_arguments(
    check: Callable[[], None], error: type[Exception], match: str
) -> None:
    """A mistake in a test is no broken law."""
    with pytest.raises(error, match=match):
        check()


# Assertions


@pytest.mark.parametrize(
    ("check", "match"),
    [
        (
            lambda: assert_within(UP, 0.0, 0.75, 20),
            r"the value at step 8 must be within \[0.0, 0.75\], got 0.8",
        ),
        (lambda: assert_within(UP, 0.05, None, 20), r"at step 0 .* \[0.05, inf\], got 0.0"),
        (lambda: assert_within(at(6, math.nan), None, None, 20), "at step 6 .* got nan"),
        (
            lambda: assert_monotone(UP.then(Constant(0.5), at=7), 20, increasing=True),
            r"the value at step 7 must not fall below the one before \(0.6.*\), got 0.5",
        ),
        (
            lambda: assert_monotone(UP, 20, increasing=False),
            r"the value at step 1 must not rise above the one before \(0.0\), got 0.1",
        ),
        (lambda: assert_monotone(at(9, 2.0, 1.0), 20, increasing=False), "at step 9 .* rise"),
        (lambda: assert_monotone(lambda t: abs(t - 3), 10), "at step 1 .* fall below .*3.0.* 2.0"),
        (lambda: assert_monotone(lambda t: -abs(t - 3), 10), "at step 1 .* rise above"),
        (lambda: assert_monotone(at(6, math.nan), 20, increasing=True), "at step 6 .* got nan"),
        (
            lambda: assert_continuous(UP.then(Constant(0.5), at=8), 20, 0.11),
            r"the value at step 8 must be within 0.11 of the one before \(0.7\), got 0.5",
        ),
        (lambda: assert_continuous(at(6, math.nan), 20, max_jump=9), "at step 6 .* got nan"),
        (
            lambda: assert_matches(UP, lambda t: t / 10, 20),
            r"the value at step 11 must be 1.1 \(rtol 1e-09, atol 0.0\), got 1.0",
        ),
        (lambda: assert_matches(UP, UP + 1e-6, 20, atol=1e-7), "at step 0 must be 1e-06"),
        (lambda: assert_matches(UP, np.zeros(20), 20), "at step 1 must be 0.0 .* got 0.1"),
        (lambda: assert_matches(at(6, math.nan), at(6, 1.0), 20), "at step 6 .* got nan"),
    ],
)
def test_a_failed_assertion_names_the_first_step(check: Callable[[], None], match: str) -> None:
    """With what is there and what should be."""
    with pytest.raises(AssertionError, match=match):
        check()


def test_assertions_that_hold() -> None:
    """The last step of a run is `num_steps` - 1; equal neighbours are no turn."""
    assert_within(UP, 0.0, 0.9, 10)
    assert_within(UP.clip(0.2, 0.7), 0.2, 0.7, 30)
    assert_monotone(UP, 30)
    assert_monotone(-UP, 30)
    assert_monotone(UP.then(Constant(0.0), at=10), 10, increasing=True)
    assert_continuous(UP, 30, max_jump=0.1 + 1e-15)
    assert_matches(UP, [0, 0.5, 1, 1], 4, atol=0.8)
    assert_matches(UP, np.arange(10, dtype=np.float32) / 10, 10, rtol=1e-6)
    assert_matches(lambda t: t + 1e-12, lambda t: t, 10, atol=1e-12)
    assert_matches(at(3, math.inf), at(3, math.inf), 10)
