"""Prove things about schedules: Hypothesis strategies, the laws of a schedule, assertions.

Needs Hypothesis: `pip install "torch-schedule-anything[testing]"`.

Example:
    >>> from hypothesis import given
    >>> from tsa_core.testing import assert_within, check_schedule, schedules
    >>> @given(schedules())
    ... def test_of_mine(schedule):
    ...     check_schedule(schedule, num_steps=50)
    ...     assert_within(schedule.clip(0.0, 1.0), 0.0, 1.0, num_steps=50)
    >>> test_of_mine()
"""

try:
    import hypothesis as _hypothesis  # noqa: F401  # only to say what to install
except ImportError as error:
    raise ImportError(
        "tsa_core.testing needs Hypothesis: "
        "install it with `pip install 'torch-schedule-anything[testing]'`"
    ) from error

from tsa_core.testing._assertions import (
    assert_continuous,
    assert_matches,
    assert_monotone,
    assert_within,
)
from tsa_core.testing._laws import check_schedule
from tsa_core.testing._strategies import curves, schedules, steps

__all__ = [
    "assert_continuous",
    "assert_matches",
    "assert_monotone",
    "assert_within",
    "check_schedule",
    "curves",
    "schedules",
    "steps",
]
