"""What the rate does while weights are averaged."""

from __future__ import annotations

from tsa_core import _checks
from tsa_core.catalogue._shared import RAMPS, RampKind, ramp_of, schedule_of
from tsa_core.schedule import Schedule


def with_swa(
    schedule: Schedule, at: float, num_anneal_steps: int, end: float, *, kind: RampKind = "cosine"
) -> Schedule:
    """A schedule until step `at`, then from its value there to `end`, which is held.

    ::

        value(t) = schedule(t)                                    # t < at
                   schedule(at) -> end                            # for num_anneal_steps
                   end                                            # after them

    Args:
        schedule: What runs before the averaging.
        at: Where the averaging begins, in steps, >= 0.
        num_anneal_steps: Length of the way to `end`, in steps (a whole number >= 0).
        end: Value that is held, in the unit of `schedule`.
        kind: `"cosine"` or `"linear"`.

    Raises:
        TypeError: If `schedule` is no schedule or another argument of another type.
        ValueError: If `end` is not finite, a length negative or not whole, or `kind` unknown.

    Source:
        Izmailov et al., SWA, arXiv:1803.05407; torch's `SWALR`.

    Example:
        >>> from tsa_core import Constant
        >>> with_swa(Constant(1.0), 100, 10, 0.5, kind="linear")(105)
        0.75
    """
    begin = _checks.step(at, "at")
    length = _checks.count("num_anneal_steps", num_anneal_steps)
    ramp, last = ramp_of(RAMPS, kind), _checks.finite("end", end)
    before = schedule_of("schedule", schedule)
    return before.then(ramp(before(begin), last, length), at=begin)
