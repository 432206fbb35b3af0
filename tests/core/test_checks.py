"""The checks of arguments, at the very edge of what each allows."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsa_core import _checks

LONGEST = 2**53


@pytest.mark.parametrize("zero", [0, 0.0, -0.0, np.int64(0), np.float32(0)], ids=repr)
def test_zero_is_a_step(zero: Any) -> None:
    """Of whatever type, and it comes back as an int."""
    assert _checks.step(zero) == 0
    assert type(_checks.step(zero)) is int
    assert _checks.non_negative("n", zero) == 0
    assert _checks.count("n", zero) == 0


def test_a_phase_has_at_most_2_to_the_53_steps() -> None:
    """That many are allowed, and not one more that a float can tell from it."""
    assert _checks.count("n", LONGEST) == LONGEST
    with pytest.raises(ValueError, match=r"^n must be <= 2\*\*53, got 9007199254740994$"):
        _checks.count("n", LONGEST + 2)
    assert _checks.count("n", 3, low=3) == 3
    with pytest.raises(ValueError, match=r"^n must be >= 3, got 2$"):
        _checks.count("n", 2, low=3)


@given(st.integers(-(2**53), 2**53) | st.sampled_from([2**62, -(2**62)]))
def test_whole_steps_stay_whole(number: int) -> None:
    """However they are written, as far as arrays of whole numbers count."""
    for given_as in (number, float(number)):
        assert _checks.clock("by", given_as) == number
        assert type(_checks.clock("by", given_as)) is int


def test_steps_beyond_whole_numbers_are_floats() -> None:
    """What arrays of whole numbers do not hold."""
    assert type(_checks.clock("by", 2.0**63)) is float
    assert type(_checks.clock("by", -(2.0**63))) is float


@pytest.mark.parametrize(
    ("value", "hint"), [(2.5, ""), (3 - 1e-9, "; round it to 3"), (3 - 1e-5, "")], ids=str
)
def test_only_what_rounding_made_is_to_be_rounded(value: float, hint: str) -> None:
    with pytest.raises(ValueError, match=f"^n must be a whole number, got {value!r}{hint}$"):
        _checks.count("n", value)


@pytest.mark.parametrize(
    ("values", "strictly", "fault"),
    [
        ((1, 3, 2), False, "in ascending order, got (1, 3, 2): item 2 (2) does not follow 3"),
        ((3, 3), True, "strictly increasing, got (3, 3): item 1 (3) does not follow 3"),
    ],
    ids=str,
)
def test_the_item_out_of_order_is_named(
    values: tuple[float, ...], strictly: bool, fault: str
) -> None:
    with pytest.raises(ValueError, match=f"^steps must be {re.escape(fault)}$"):
        _checks.ascending("steps", values, strictly=strictly)
    _checks.ascending("steps", (1, 1, 2), strictly=False)
