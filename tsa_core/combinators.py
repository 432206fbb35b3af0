"""Schedules made of schedules."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import attrs

from tsa_core import _checks
from tsa_core._fields import checked, positive_field, tuple_field
from tsa_core.curves import LARGEST
from tsa_core.schedule import Schedule


def _schedule(name: str, value: object) -> Schedule:
    if not isinstance(value, Schedule):
        raise TypeError(f"{name} must be a Schedule, got {value!r}; Custom() takes a function")
    return value


def _longest_of(schedules: Iterable[Schedule], *others: float) -> int:
    whole = [abs(other) for other in others if isinstance(other, int)]
    return max([0, *whole, *(schedule._longest() for schedule in schedules)])


@attrs.frozen(eq=False, repr=False)
class Joined(Schedule):
    """One schedule after another, each on its own clock from its boundary on.

    A piece of length 0 (two equal boundaries, or a first one at 0) is skipped.

    Args:
        schedules: The pieces, in order.
        boundaries: The step at which each piece after the first takes over: real numbers
            >= 0 in ascending order, one fewer than the pieces.

    Raises:
        TypeError: If a piece is no schedule or a boundary no number.
        ValueError: If the boundaries are not in order or not one fewer than the pieces.

    Source:
        optax's `join_schedules`; torch's `SequentialLR`.

    Example:
        >>> from tsa_core import Linear
        >>> Joined((Linear(0.0, 1.0, 10), Linear(1.0, 0.0, 10)), (10,))(15)
        0.5
    """

    schedules: tuple[Schedule, ...] = tuple_field(_schedule)
    boundaries: tuple[float, ...] = tuple_field(lambda name, value: _checks.step(value, name))

    def __attrs_post_init__(self) -> None:
        if len(self.boundaries) != len(self.schedules) - 1:
            raise ValueError(
                "boundaries must be one fewer than the schedules, "
                f"got {len(self.boundaries)} for {len(self.schedules)}: {self.boundaries!r}"
            )
        _checks.ascending("boundaries", self.boundaries, strictly=False)

    @property
    def length(self) -> float:
        """The step from which the value is held; `math.inf` where it never is."""
        return (0, *self.boundaries)[-1] + self.schedules[-1].length

    def _formula(self, t: Any, ops: Any) -> Any:
        pieces = [functools.partial(ops.apply, schedule) for schedule in self.schedules]
        return ops.pick(t, self.boundaries, pieces)

    def _longest(self) -> int:
        return _longest_of(self.schedules, *self.boundaries)


@attrs.frozen(eq=False, repr=False)
class _Terms(Schedule):
    schedules: tuple[Schedule, ...] = tuple_field(_schedule)

    def __attrs_post_init__(self) -> None:
        if not self.schedules:
            raise ValueError(f"schedules must have at least one item, got {self.schedules!r}")

    @property
    def length(self) -> float:
        """The step from which the value is held; `math.inf` where it never is."""
        return max(schedule.length for schedule in self.schedules)

    def _longest(self) -> int:
        return _longest_of(self.schedules)


@attrs.frozen(eq=False, repr=False)
class Sum(_Terms):
    """The sum of schedules, added from left to right.

    Args:
        schedules: The terms, at least one.

    Raises:
        TypeError: If a term is no schedule.
        ValueError: If there is none.

    Example:
        >>> from tsa_core import Constant
        >>> Sum((Constant(1.0), Constant(2.0)))(0)
        3.0
    """

    def _formula(self, t: Any, ops: Any) -> Any:
        first, *others = [ops.apply(schedule, t) for schedule in self.schedules]
        return ops.chain("+", first, others)


@attrs.frozen(eq=False, repr=False)
class Product(_Terms):
    """The product of schedules, multiplied from left to right.

    Args:
        schedules: The factors, at least one.

    Raises:
        TypeError: If a factor is no schedule.
        ValueError: If there is none.

    Example:
        >>> from tsa_core import Constant
        >>> Product((Constant(2.0), Constant(3.0)))(0)
        6.0
    """

    def _formula(self, t: Any, ops: Any) -> Any:
        first, *others = [ops.apply(schedule, t) for schedule in self.schedules]
        return ops.chain("*", first, others)


@attrs.frozen(eq=False, repr=False)
class Minimum(_Terms):
    """At every step the least value of several schedules.

    Args:
        schedules: The schedules, at least one.

    Raises:
        TypeError: If one is no schedule.
        ValueError: If there is none.

    Example:
        >>> from tsa_core import Constant, Linear
        >>> Minimum((Linear(0.0, 1.0, 10), Constant(0.3)))(8)
        0.3
    """

    def _formula(self, t: Any, ops: Any) -> Any:
        return ops.least([ops.apply(schedule, t) for schedule in self.schedules])


@attrs.frozen(eq=False, repr=False)
class Maximum(_Terms):
    """At every step the greatest value of several schedules.

    Args:
        schedules: The schedules, at least one.

    Raises:
        TypeError: If one is no schedule.
        ValueError: If there is none.

    Example:
        >>> from tsa_core import Constant, Linear
        >>> Maximum((Linear(1.0, 0.0, 10), Constant(0.3)))(8)
        0.3
    """

    def _formula(self, t: Any, ops: Any) -> Any:
        return ops.greatest([ops.apply(schedule, t) for schedule in self.schedules])


@attrs.frozen(eq=False, repr=False)
class Quotient(Schedule):
    """One schedule divided by another, which must not reach 0.

    Args:
        schedule: The dividend.
        divisor: The divisor; where it is 0, a number raises `ZeroDivisionError` and an
            array holds what its library divides to.

    Raises:
        TypeError: If either is no schedule.

    Example:
        >>> from tsa_core import Constant
        >>> Quotient(Constant(1.0), Constant(4.0))(0)
        0.25
    """

    schedule: Schedule = checked(_schedule)
    divisor: Schedule = checked(_schedule)

    @property
    def length(self) -> float:
        """The step from which the value is held; `math.inf` where it never is."""
        return max(self.schedule.length, self.divisor.length)

    def _formula(self, t: Any, ops: Any) -> Any:
        return ops.apply(self.schedule, t) / ops.apply(self.divisor, t)

    def _longest(self) -> int:
        return _longest_of((self.schedule, self.divisor))


def _bound(name: str, value: object) -> float | None:
    return None if value is None else _checks.finite(name, value)


@attrs.frozen(eq=False, repr=False)
class Clipped(Schedule):
    """A schedule kept between two values.

    Args:
        schedule: The schedule.
        low: The least value, or None for no floor.
        high: The greatest value, or None for no ceiling.

    Raises:
        TypeError: If `schedule` is no schedule or a bound no number.
        ValueError: If a bound is not finite or `high` lies below `low`.

    Example:
        >>> from tsa_core import Linear
        >>> Clipped(Linear(1.0, 0.0, 10), 0.1, None)(10)
        0.1
    """

    schedule: Schedule = checked(_schedule)
    low: float | None = checked(_bound, default=None)
    high: float | None = checked(_bound, default=None)

    def __attrs_post_init__(self) -> None:
        if self.low is not None and self.high is not None and self.high < self.low:
            raise ValueError(f"high must be >= low ({self.low!r}), got {self.high!r}")

    @property
    def length(self) -> float:
        """The step from which the value is held; `math.inf` where it never is."""
        return self.schedule.length

    def _formula(self, t: Any, ops: Any) -> Any:
        value = ops.apply(self.schedule, t)
        if self.low is not None:
            value = ops.where(value < self.low, self.low, value)
        if self.high is not None:
            value = ops.where(value > self.high, self.high, value)
        return value

    def _longest(self) -> int:
        return self.schedule._longest()


@attrs.frozen(eq=False, repr=False)
class Rounded(Schedule):
    """A schedule rounded to the nearest multiple of a number; ties go to the even multiple.

    Args:
        schedule: The schedule.
        to: What the values are multiples of, > 0; 1 gives whole numbers.

    Raises:
        TypeError: If `schedule` is no schedule or `to` no number.
        ValueError: If `to` is not finite or not above 0.

    Example:
        >>> from tsa_core import Linear
        >>> batch_size = Rounded(Linear(32.0, 256.0, 100), to=8)
        >>> batch_size(33)
        104.0
    """

    schedule: Schedule = checked(_schedule)
    to: float = positive_field(default=1.0)

    @property
    def length(self) -> float:
        """The step from which the value is held; `math.inf` where it never is."""
        return self.schedule.length

    def _formula(self, t: Any, ops: Any) -> Any:
        value = ops.apply(self.schedule, t)
        multiple = value / self.to
        # From 2**52 on every float is whole; a quotient that overflows is not rounded either.
        whole = ops.where(multiple > -EVERY_WHOLE, ops.round(multiple) * self.to, value)
        return ops.where(multiple < EVERY_WHOLE, whole, value)

    def _longest(self) -> int:
        return self.schedule._longest()


EVERY_WHOLE = 2.0**52
"""From here on every float is a whole number."""


@attrs.frozen(eq=False, repr=False)
class Shifted(Schedule):
    """A schedule that starts later: `value(t) = schedule(t - by)`.

    Args:
        schedule: The schedule.
        by: Delay, in steps; negative is earlier.

    Raises:
        TypeError: If `schedule` is no schedule or `by` no number.
        ValueError: If `by` is not finite.

    Example:
        >>> from tsa_core import Linear
        >>> Shifted(Linear(0.0, 1.0, 10), 5)(10)
        0.5
    """

    schedule: Schedule = checked(_schedule)
    by: float = checked(_checks.clock)

    @property
    def length(self) -> float:
        """The step from which the value is held; `math.inf` where it never is."""
        return max(self.schedule.length + self.by, 0)

    def _formula(self, t: Any, ops: Any) -> Any:
        return ops.apply(self.schedule, t - self.by)

    def _longest(self) -> int:
        return _longest_of((self.schedule,), self.by)


@attrs.frozen(eq=False, repr=False)
class Stretched(Schedule):
    """A schedule that takes `factor` times as long: `value(t) = schedule(t / factor)`.

    Args:
        schedule: The schedule.
        factor: How many times as long, > 0.

    Raises:
        TypeError: If `schedule` is no schedule or `factor` no number.
        ValueError: If `factor` is not finite or not above 0.

    Example:
        >>> from tsa_core import Linear
        >>> Stretched(Linear(0.0, 1.0, 10), 2.0)(10)
        0.5
    """

    schedule: Schedule = checked(_schedule)
    factor: float = positive_field()

    @property
    def length(self) -> float:
        """The step from which the value is held; `math.inf` where it never is."""
        return self.schedule.length * self.factor

    def _formula(self, t: Any, ops: Any) -> Any:
        return ops.apply(self.schedule, t / self.factor)

    def _longest(self) -> int:
        return self.schedule._longest()


def _period(name: str, value: object) -> float:
    _checks.positive(name, value)
    return _checks.clock(name, value)


@attrs.frozen(eq=False, repr=False)
class Held(Schedule):
    """A staircase of any schedule: its value is looked up once in a period and held.

    ::

        value(t) = schedule(floor(t / every) * every)

    Args:
        schedule: The schedule.
        every: Length of a stair, in steps; a real number > 0. The steps of one epoch give a
            schedule by epochs.

    Raises:
        TypeError: If `schedule` is no schedule or `every` no number.
        ValueError: If `every` is not finite or not above 0.

    Example:
        >>> from tsa_core import Linear
        >>> Held(Linear(1.0, 0.0, 100), 10)(39)
        0.7
    """

    schedule: Schedule = checked(_schedule)
    every: float = checked(_period)

    @property
    def length(self) -> float:
        """The step from which the value is held; `math.inf` where it never is."""
        return (
            -(-self.schedule.length // self.every) * self.every
            if self.schedule.length < math.inf
            else math.inf
        )

    def _formula(self, t: Any, ops: Any) -> Any:
        return ops.apply(self.schedule, ops.floor_divide(t, self.every) * self.every)

    def _longest(self) -> int:
        return _longest_of((self.schedule,), self.every)


def _rounds(name: str, value: object) -> int | None:
    return None if value is None else _checks.count(name, value, low=1)


@attrs.frozen(eq=False, repr=False)
class Repeated(Schedule):
    """A schedule again and again, each round `gain` times the one before.

    Round k covers `k * every <= t < (k + 1) * every`, so the value at `every` is the first
    of round 1. After the last of `times` rounds its end, `schedule(every)`, is held.

    Args:
        schedule: One round.
        every: Length of a round, in steps; a real number > 0.
        times: Number of rounds (>= 1), or None for no end.
        gain: Factor from round to round, > 0; above 1 it grows up to about 1e150 times.

    Raises:
        TypeError: If an argument is of another type.
        ValueError: If `every` or `gain` is not above 0, or `times` is below 1 or not whole.

    Example:
        >>> from tsa_core import Linear
        >>> Repeated(Linear(1.0, 0.0, 10), 10, None, 0.5)(10)
        0.5
    """

    schedule: Schedule = checked(_schedule)
    every: float = checked(_period)
    times: int | None = checked(_rounds, default=None)
    gain: float = positive_field(default=1.0)

    @property
    def length(self) -> float:
        """The step from which the value is held; `math.inf` where it never is."""
        return math.inf if self.times is None else self.every * self.times

    def _formula(self, t: Any, ops: Any) -> Any:
        t = ops.where(t > 0, t, 0)
        whole = ops.floor_divide(t, self.every)
        if self.times is not None:
            whole = ops.where(whole > self.times - 1, self.times - 1, whole)
        clock = t - whole * self.every
        clock = ops.where(clock < 0, 0, ops.where(clock > self.every, self.every, clock))
        value = ops.apply(self.schedule, clock)
        return value if self.gain == 1 else value * self._amplitude(whole, ops)

    def _amplitude(self, whole: Any, ops: Any) -> Any:
        rounds = whole / 1
        if self.gain > 1:
            limit = math.log(LARGEST) / math.log(self.gain)
            rounds = ops.where(rounds > limit, limit, rounds)
        return self.gain**rounds

    def _longest(self) -> int:
        return _longest_of((self.schedule,), self.every)


@attrs.frozen(eq=False, repr=False)
class Reversed(Schedule):
    """A schedule run backwards: `value(t) = schedule(num_steps - t)`, held outside.

    Args:
        schedule: The schedule.
        num_steps: The step at which it begins, >= 0; it ends at the schedule's step 0.

    Raises:
        TypeError: If `schedule` is no schedule or `num_steps` no number.
        ValueError: If `num_steps` is negative or not finite.

    Example:
        >>> from tsa_core import Linear
        >>> Reversed(Linear(0.0, 1.0, 10), 10)(0)
        1.0
    """

    schedule: Schedule = checked(_schedule)
    num_steps: float = checked(lambda name, value: _checks.step(value, name))

    @property
    def length(self) -> float:
        """The step from which the value is held; `math.inf` where it never is."""
        return self.num_steps

    def _formula(self, t: Any, ops: Any) -> Any:
        t = ops.where(t > 0, t, 0)
        t = ops.where(t > self.num_steps, self.num_steps, t)
        return ops.apply(self.schedule, self.num_steps - t)

    def _longest(self) -> int:
        return _longest_of((self.schedule,), self.num_steps)


def _function(name: str, value: object) -> Callable[[Any], Any]:
    if isinstance(value, Schedule) or not callable(value):
        raise TypeError(f"{name} must be a function of the step, got {value!r}")
    return value


@attrs.frozen(eq=False, repr=False)
class Custom(Schedule):
    """Any function of the step.

    A number of steps gives the function that number; so does each item of a NumPy array.
    An array of another library is handed over whole, for the function to trace.

    Args:
        function: Called with the step; returns the value.

    Raises:
        TypeError: If `function` cannot be called.

    Example:
        >>> Custom(lambda step: 1.0 if step < 100 else 0.1)(250)
        0.1
    """

    function: Callable[[Any], Any] = checked(_function)

    def _formula(self, t: Any, ops: Any) -> Any:
        return ops.call(self.function, t)


def join(schedules: Sequence[Schedule], boundaries: Sequence[float]) -> Schedule:
    """Run schedules one after another, each on its own clock.

    Args:
        schedules: The pieces, in order.
        boundaries: The step at which each piece after the first takes over.

    Returns:
        The only piece where there is one, else `Joined`.

    Raises:
        TypeError: If a piece is no schedule or a boundary no number.
        ValueError: If the boundaries are not in order or not one fewer than the pieces.

    Example:
        >>> from tsa_core import Constant
        >>> join([Constant(1.0), Constant(0.1)], [100])(100)
        0.1
    """
    joined = Joined(tuple(schedules), tuple(boundaries))
    return joined if joined.boundaries else joined.schedules[0]
