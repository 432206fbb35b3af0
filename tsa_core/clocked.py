"""A schedule that reads its time from another schedule."""

from __future__ import annotations

from typing import Any

import attrs

from tsa_core._fields import checked
from tsa_core.combinators import _schedule
from tsa_core.schedule import Schedule


@attrs.frozen(eq=False, repr=False)
class Clocked(Schedule):
    """A schedule on the clock of another: `value(t) = schedule(clock(t))`.

    Args:
        schedule: What is evaluated.
        clock: A schedule whose values are steps of `schedule`.

    Raises:
        TypeError: If either is no schedule.

    Example:
        >>> from tsa_core import Interpolated, Linear
        >>> twice_as_fast_at_first = Interpolated((0, 10, 30), (0.0, 20.0, 30.0))
        >>> Clocked(Linear(1.0, 0.0, 40), twice_as_fast_at_first)(10)
        0.5
    """

    schedule: Schedule = checked(_schedule)
    clock: Schedule = checked(_schedule)

    @property
    def length(self) -> float:
        """The step from which the value is held; `math.inf` where it never is."""
        return self.clock.length

    def _formula(self, t: Any, ops: Any) -> Any:
        # The zeros bring a constant clock into the shape of `t`, and into the trace.
        return ops.apply(self.schedule, ops.apply(self.clock, t) + ops.where(t < 0, 0, 0))

    def _longest(self) -> int:
        return self.clock._longest()
