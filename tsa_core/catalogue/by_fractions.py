"""Schedules one after another, by fractions of the training."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any, Literal

from tsa_core import _checks
from tsa_core.catalogue._shared import schedule_of, span
from tsa_core.combinators import join
from tsa_core.schedule import Schedule

Clock = Literal["rescaled", "fixed"]


def by_fractions(
    schedules: Sequence[Schedule],
    fractions: Sequence[float],
    num_training_steps: float,
    *,
    clocks: Sequence[Clock] | None = None,
) -> Schedule:
    """Run schedules of length 1 one after another, each for its share of the training.

    ::

        value(t) = schedule_i((t - begin_i) / (fraction_i * num_training_steps))   # rescaled
                   schedule_i(t / num_training_steps)                              # fixed
        begin_i  = num_training_steps * (fraction_0 + ... + fraction_(i - 1))

    Args:
        schedules: The pieces, written for a time from 0 to 1, such as `Linear(0.0, 1.0, 1)`.
        fractions: The share of each, > 0; together 1 to within a thousandth, which the last
            makes up for.
        num_training_steps: Length of all of it, in steps, > 0.
        clocks: For each piece, whether its time is that of its own share (`"rescaled"`, also
            if left out) or that of the whole training (`"fixed"`).

    Raises:
        TypeError: If an argument is of another type.
        ValueError: If the sequences differ in length or are empty, a fraction is not above 0,
            their sum is not 1, or a clock is unknown.

    Source:
        fvcore's `CompositeParamScheduler`.

    Example:
        >>> from tsa_core import Constant, Linear
        >>> by_fractions([Linear(0.0, 1.0, 1), Constant(0.5)], [0.3, 0.7], 100)(15)
        0.5
    """
    total, shares = span("num_training_steps", num_training_steps), _shares(fractions)
    given = enumerate(_as_many("schedules", schedules, len(shares)))
    pieces = [schedule_of(f"schedules[{index}]", piece) for index, piece in given]
    rescaled = ("rescaled",) * len(shares)
    kinds = _as_many("clocks", rescaled if clocks is None else clocks, len(shares))
    # Rounded, so that a sum such as 0.1 + 0.2 does not miss the step that it stands for.
    begins = [round(total * begin, 9) for begin in accumulate((0.0, *shares[:-1]))]
    sides = zip(pieces, kinds, shares, begins, strict=True)
    return join([_placed(p, k, share * total, b, total) for p, k, share, b in sides], begins[1:])


def _shares(fractions: object) -> tuple[float, ...]:
    named = enumerate(_checks.items("fractions", fractions))
    shares = tuple(_checks.positive(f"fractions[{index}]", share) for index, share in named)
    rest = 1 - sum(shares[:-1])
    if rest <= 0 or abs(sum(shares) - 1) > 1e-3:
        raise ValueError(f"fractions must add up to 1, got {fractions!r}")
    return (*shares[:-1], rest)


def _as_many(name: str, value: object, number: int) -> tuple[Any, ...]:
    items = _checks.items(name, value)
    if len(items) != number:
        raise ValueError(f"{name} must be as many as fractions ({number}), got {len(items)}")
    return items


def _placed(
    schedule: Schedule, clock: object, length: float, begin: float, total: float
) -> Schedule:
    if clock == "rescaled":
        return schedule.stretch(length)
    if clock != "fixed":
        raise ValueError(f"clocks must be 'rescaled' or 'fixed', got {clock!r}")
    return schedule.stretch(total).shift(-begin)
