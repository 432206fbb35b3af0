"""The function of one number: formulas of one shape share code, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsa_core import Constant, Custom, Linear, Schedule, Sum, cosine_annealing_with_warmup
from tsa_core._compiling import _compiled
from tsa_core.testing import schedules


def misses(call: Callable[[], Any]) -> int:
    """How many formulas a call compiles anew."""
    before = _compiled.cache_info().misses
    call()
    return _compiled.cache_info().misses - before


def test_another_schedule_of_a_kind_is_not_compiled_again() -> None:
    """Whatever its numbers are, unless they lead to another formula."""
    cosine_annealing_with_warmup(1.0, 0.1, 10, 100)(0)
    other = cosine_annealing_with_warmup(1.0, 0.25, 7, 2**50)
    assert misses(lambda: other(5)) == 0
    assert other(5) == pytest.approx(5 / 7)
    assert misses(lambda: (other + Linear(0.0, 1.0, 3).shift(2.5))(5)) == 1
    assert misses(lambda: (other + Linear(0.0, 1.0, 9).shift(2))(5)) == 0


@given(schedules(), schedules(), st.integers(-10, 400))
def test_what_was_compiled_before_changes_no_value(a: Schedule, b: Schedule, step: int) -> None:
    """To the last bit, in either order."""
    values = []
    for first, second in ((a, b), (b, a)):
        _compiled.cache_clear()
        fresh = [attrs.evolve(first), attrs.evolve(second)]
        values += [(one, one(step)) for one in fresh]
    for one, value in values:
        assert attrs.evolve(one)(step) == value


def test_functions_of_ones_own_are_not_shared() -> None:
    """They are constants, as numbers are."""
    first, second = (Custom(lambda step, by=by: step + by) + Linear(0.0, 1.0, 4) for by in (1, 2))
    assert (first(2), second(2)) == (3.5, 4.5)
    assert misses(lambda: (Custom(abs) + Linear(0.0, 1.0, 4))(2)) == 0


@attrs.frozen
class Switched(Schedule):
    """A formula that chooses by a field, adds constants, and gives a constant."""

    on: bool

    def formula(self, t: Any, ops: Any) -> Any:
        return ops.where(self.on, 2, ops.maximum(1.0, 0.5))


def test_what_does_not_depend_on_the_step_is_worked_out_once() -> None:
    """And is a float all the same."""
    assert [Switched(True)(3), Switched(False)(3)] == [2.0, 1.0]
    assert type(Switched(True)(3)) is float
    assert Sum((Constant(0.1), Constant(0.2)))(3) == 0.1 + 0.2
