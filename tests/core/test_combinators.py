"""Schedules made of schedules: values, folding, arithmetic, data."""

import functools
import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tsa_core
from tsa_core import (
    Clipped,
    Constant,
    Cosine,
    Custom,
    Decay,
    Interpolated,
    Joined,
    Linear,
    Product,
    Quotient,
    Repeated,
    Reversed,
    Schedule,
    ScheduleState,
    Shifted,
    Stretched,
    Sum,
    from_dict,
    join,
    to_dict,
)
from tsa_core.testing import check_schedule

UP = Linear(0.0, 1.0, 10)
DOWN = Cosine(1.0, 0.0, 20)


def double(step: float) -> float:
    """A function that can be imported by its name."""
    return 2.0 * step


EVERY = [
    Joined((UP, DOWN, Constant(0.5)), (10, 30)),
    Joined((UP, DOWN), (0,)),
    Joined((UP, DOWN, UP), (7, 7)),
    Sum((UP, DOWN, UP)),
    Product((UP, DOWN, Constant(0.1))),
    Quotient(UP, DOWN + 1.0),
    Clipped(UP, 0.2, 0.8),
    Clipped(UP, None, 0.8),
    Clipped(UP, 0.2),
    Shifted(UP, 3.5),
    Stretched(DOWN, 2.5),
    Repeated(DOWN, 20, None, 0.5),
    Repeated(DOWN, 12.5, 3, 1.5),
    Reversed(DOWN, 20),
    Interpolated((0, 5.5, 30), (1.0, 0.2, 0.4), "cosine"),
    Decay(1.0, 0.9, 7, staircase=True) * UP,
    ((UP - DOWN) / 3 + 1).shift(2).clip(0.1, 1.2).stretch(2).repeat(50, 2).reverse(90),
]


@pytest.mark.parametrize("schedule", EVERY, ids=lambda s: type(s).__name__)
def test_every_combinator_keeps_the_laws(schedule: Schedule) -> None:
    """At every whole step of a run, and around the places where pieces meet."""
    check_schedule(schedule, num_steps=200)


def test_joined_pieces_run_on_their_own_clocks() -> None:
    """A piece begins at its boundary; empty pieces are skipped."""
    joined = join([UP, DOWN, Constant(0.25)], [10, 30])
    assert [joined(t) for t in (-1, 5, 10, 20, 30, 99)] == pytest.approx(
        [0.0, 0.5, 1.0, 0.5, 0.25, 0.25], rel=1e-15
    )
    assert join([UP, DOWN, Constant(7.0)], [0, 0])(0) == 7.0
    assert join([UP], []) is UP
    assert Joined((UP,), ())(5) == 0.5


def test_a_long_chain_is_one_record_and_still_fast() -> None:
    """A thousand pieces compile, and answer from the right one."""
    schedule: Schedule = Constant(0.0)
    for index in range(1, 1000):
        schedule = schedule.then(Constant(float(index)), at=index)
    assert isinstance(schedule, Joined)
    assert len(schedule.schedules) == 1000
    assert [schedule(t) for t in (0, 1, 500.5, 5000)] == [0.0, 1.0, 500.0, 999.0]


def test_then_before_the_last_boundary_cuts_off() -> None:
    """The later piece takes over where it is told to."""
    assert UP.then(Constant(5.0), at=8).then(Constant(7.0), at=4)(9) == 7.0


def test_a_chain_at_one_step_is_one_record_too() -> None:
    """The piece between lasts no time, and the record stays flat."""
    chain = UP.then(Constant(5.0), at=10).then(DOWN, at=10)
    assert chain == Joined((UP, Constant(5.0), DOWN), (10, 10))
    assert chain(10) == DOWN(0)


def test_a_clip_to_one_value_is_that_value() -> None:
    """Limits may be equal; only a lower one above the upper one is a mistake."""
    assert [UP.clip(0.5, 0.5)(t) for t in (0, 5, 10)] == [0.5, 0.5, 0.5]


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: UP.clip("low"), "low must be a real number"),
        (lambda: UP.clip(None, "high"), "high must be a real number"),
        (lambda: UP.repeat("often"), "every must be a real number"),
        (lambda: Joined((UP, DOWN), ()), "boundaries must be one fewer than the schedules, "),
    ],
)
def test_the_field_at_fault_is_named(build: Callable[[], Schedule], message: str) -> None:
    """At the beginning of the message."""
    with pytest.raises((TypeError, ValueError), match=f"^{message}"):
        build()


def test_deep_nesting() -> None:
    """A hundred records inside each other: value, array, repr."""
    schedule: Schedule = UP
    for _ in range(90):
        schedule = Clipped(schedule, -1.0, 2.0)
    assert schedule(5) == 0.5
    assert schedule(np.array([5])).tolist() == [0.5]
    assert eval(repr(schedule), dict(vars(tsa_core))) == schedule


def test_repeated_counts_whole_rounds() -> None:
    """Gain from round to round, the end held after the last, at exact multiples too."""
    saw = Linear(1.0, 0.0, 10).repeat(every=10, times=3, gain=0.5)
    assert [saw(t) for t in (-5, 0, 10, 25, 29, 30, 300)] == [1, 1, 0.5, 0.125, 0.025, 0, 0]
    long = Constant(1.0).repeat(3, gain=0.5)
    assert [long(3**5), long(3**5 - 1)] == [0.5**81, 0.5**80]
    assert math.isfinite(Constant(1.0).repeat(1, gain=2.0)(10**9))


def test_a_schedule_run_backwards_ends_at_its_step_0() -> None:
    """What it does before step 0 is not seen."""
    back = Interpolated((-10, 0, 5), (0.0, 1.0, 3.0)).reverse(5)
    assert [back(t) for t in (-1, 0, 5, 6, 100)] == [3.0, 3.0, 1.0, 1.0, 1.0]
    assert back(np.array([-1, 0, 5, 6, 100])).tolist() == [3.0, 3.0, 1.0, 1.0, 1.0]


def test_arithmetic_reads_as_on_paper() -> None:
    """Numbers and schedules on either side, NumPy's numbers too."""
    assert (UP * 3e-4)(5) == (3e-4 * UP)(5) == (np.float64(3e-4) * UP)(5) == 0.5 * 3e-4
    assert (UP + 1)(5) == (1 + UP)(5) == 1.5
    assert (UP - 1)(5) == -0.5
    assert (1 - UP)(5) == 0.5
    assert (UP / 2)(5) == 0.25
    assert (1 / (UP + 1))(10) == 0.5
    assert (-UP)(5) == -0.5


def test_folding_is_exact() -> None:
    """Constants fold, neutral elements vanish, sums and products stay flat."""
    assert Constant(2.0) * 3 * Constant(4.0) == Constant(24.0)
    assert Constant(2.0) + 3 == Constant(5.0)
    assert Constant(3.0) / 2 == Constant(1.5)
    assert UP * 1 is UP
    assert 1 * UP is UP
    assert UP + 0 is UP
    assert 0 + UP is UP
    assert UP / 1 is UP
    assert Sum((UP, DOWN, UP)) == UP + DOWN + UP
    assert Product((UP, DOWN, UP)) == UP * DOWN * UP


def test_custom_functions() -> None:
    """Called step by step for numbers and NumPy; written by name, read by permission."""
    schedule = Custom(lambda step: 1 if step < 5 else 0.1)
    assert schedule(3) == 1.0
    assert schedule(np.array([[3, 7]])).tolist() == [[1.0, 0.1]]
    with pytest.raises(ValueError, match="importable by its name"):
        to_dict(schedule)
    data = json.loads(json.dumps(to_dict(Custom(double) * 2.0)))
    name = f"{__name__}:double"
    assert from_dict(data, allow={name: double}) == Custom(double) * 2.0
    with pytest.raises(ValueError, match="function must be one of allow"):
        from_dict(data)
    with pytest.raises(TypeError, match="function must be a name"):
        from_dict({"version": 1, "type": "Custom", "function": 3})


def test_custom_hands_other_arrays_over_whole() -> None:
    """So that the library can trace the function."""
    import torch

    seen = []

    def record(steps: Any) -> Any:
        seen.append(steps)
        return steps * 2

    steps = torch.tensor([1.0, 2.0])
    assert Custom(record)(steps).tolist() == [2.0, 4.0]
    assert seen[0] is steps


def test_torch_tensors_answer_in_kind() -> None:
    """Shape and floating dtype kept; whole steps give the default float."""
    import torch

    schedule = UP.then(DOWN, at=10)
    steps = torch.arange(0, 40, dtype=torch.float64).reshape(4, 10)
    expected = schedule(steps.numpy())
    np.testing.assert_allclose(schedule(steps).numpy(), expected, rtol=1e-14)
    assert schedule(steps.long()).dtype == torch.float32


def test_steps_beyond_the_arrays_range_are_compared_as_floats() -> None:
    """A boundary that a whole-number dtype cannot hold is no error."""
    schedule = Constant(1.0).then(Constant(2.0), at=2**62) * Linear(1.0, 1.0, 3)
    assert schedule(np.array([5], dtype=np.int32)).tolist() == [1.0]
    wide = Shifted(Constant(1.0), 2**70)
    assert wide(np.array([5])).tolist() == [1.0]


def test_state_is_data() -> None:
    """As schedules are."""
    state = ScheduleState(3, (0.5, 1.0), (0.1, 0.2))
    assert from_dict(json.loads(json.dumps(to_dict(state)))) == state


@pytest.mark.parametrize(
    ("build", "error", "match"),
    [
        (lambda: Joined((UP,), (1,)), ValueError, "boundaries must be one fewer"),
        (lambda: join([UP, UP, UP], [5, 3]), ValueError, "boundaries must be in ascending order"),
        (lambda: join([UP, UP], [-1]), ValueError, r"boundaries\[0\] must be >= 0, got -1"),
        (lambda: join([UP, 3], [1]), TypeError, r"schedules\[1\] must be a Schedule, got 3"),
        (lambda: UP.then(DOWN, at=math.nan), ValueError, "at must not be NaN"),
        (lambda: Sum(()), ValueError, "schedules must have at least one item"),
        (lambda: UP.clip(1, 0), ValueError, "high must be >= low"),
        (lambda: UP.stretch(0), ValueError, "factor must be > 0, got 0"),
        (lambda: UP.repeat(0), ValueError, "every must be > 0, got 0"),
        (lambda: UP.repeat(1, 0), ValueError, "times must be >= 1, got 0"),
        (lambda: UP.reverse(-1), ValueError, "num_steps must be >= 0, got -1"),
        (lambda: UP.shift("1"), TypeError, "by must be a real number, got '1'"),
        (lambda: Custom(3), TypeError, "function must be a function of the step"),
        (lambda: Custom(UP), TypeError, "function must be a function of the step"),
        (lambda: UP + "1", TypeError, "unsupported operand"),
        (lambda: UP * True, TypeError, "unsupported operand"),
        (lambda: UP / 0, ZeroDivisionError, "divided by 0"),
        (lambda: to_dict(3), TypeError, "record must be a schedule, a rule or a state"),
        (lambda: to_dict(Custom(json.JSONDecoder().decode)), ValueError, "importable"),
        (lambda: from_dict([]), TypeError, "data must be a mapping"),
        (lambda: from_dict({"type": "Linear"}), ValueError, "version must be 1, got None"),
        (lambda: from_dict({"version": 1, "type": "os"}), ValueError, "type must be one of"),
        (lambda: from_dict({"version": 1, "type": [1]}), ValueError, "type must be one of"),
        (
            lambda: from_dict({"version": 1, "type": "Constant"}),
            ValueError,
            "Constant must have the fields value; missing: value; unknown: nothing$",
        ),
        (
            lambda: from_dict({"version": 1, "type": "Constant", "value": 1, "x": 1, "valu": 2}),
            ValueError,
            "Constant must have the fields value; missing: nothing; unknown: valu, x$",
        ),
        (
            lambda: from_dict({"version": 1, "type": "Constant", "value": "1"}),
            TypeError,
            "value must be a real number",
        ),
    ],
)
def test_errors_name_the_argument(build: Any, error: type[Exception], match: str) -> None:
    """And say what came."""
    with pytest.raises(error, match=match):
        build()


def test_data_nested_too_deep_are_refused() -> None:
    """On the way out and on the way in."""
    schedule: Schedule = UP
    for _ in range(101):
        schedule = Clipped(schedule, 0.0, 1.0)
    with pytest.raises(ValueError, match="at most 100 deep"):
        to_dict(schedule)
    data: dict[str, Any] = {"type": "Constant", "value": 1.0}
    for _ in range(101):
        data = {"type": "Shifted", "schedule": data, "by": 1}
    with pytest.raises(ValueError, match="at most 100 deep"):
        from_dict({"version": 1, **data})


def test_a_fraction_as_period_begins_again_where_its_quotient_says() -> None:
    """For a number as for an array: ten rounds of a tenth end at 1."""
    saw = Linear(1.0, 0.0, 10).repeat(0.1)
    assert saw(1.0) == 1.0
    np.testing.assert_array_equal(saw(np.array([1.0, 2.0, 0.3])), [saw(1.0), saw(2.0), saw(0.3)])


@pytest.mark.parametrize("step", [10**6, 1e300])
def test_growth_stays_finite_in_products(step: float) -> None:
    """Rounds that grow, and a decay that does, whatever they are multiplied by."""
    for schedule in (Constant(10.0).repeat(1, gain=2.0), Decay(1.0, 3.0, 1) * 1e100):
        assert math.isfinite(schedule(step))
        assert np.isfinite(schedule(np.array([float(step)]))).all()


def test_a_function_gets_whole_steps_where_they_were_whole() -> None:
    """From an array as from a number."""
    table = Custom([1.0, 2.0, 3.0].__getitem__)
    assert table(1) == 2.0
    np.testing.assert_array_equal(table.shift(1)(np.array([[1, 2], [3, 1]])), [[1, 2], [3, 1]])


@pytest.mark.parametrize("kind", ["Sum", "Product"])
def test_many_terms(kind: str) -> None:
    """More than Python could take in one expression, added from left to right all the same."""
    terms = tuple(Linear(0.99, 1.0 + 1e-7 * index, 10) for index in range(5000))
    schedule = getattr(tsa_core, kind)(terms)
    fold = {"Sum": lambda a, b: a + b, "Product": lambda a, b: a * b}[kind]
    assert schedule(7) == functools.reduce(fold, [term(7) for term in terms])
    assert schedule(7) == schedule(np.array([7]))[0]


STATE = {"version": 1, "type": "ScheduleState", "step": 1, "base_values": [1.0]}
IN_LISTS: list[Any] = functools.reduce(lambda inner, _: [inner], range(5000), [])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            {**STATE, "multipliers": {"type": "FrozenDict", "items": [1]}},
            r"items must be a mapping, got \[1\]",
        ),
        (
            {"version": 1, "type": "Sum", "schedules": IN_LISTS},
            "data must not contain a list in a list",
        ),
    ],
    ids=["items", "lists"],
)
def test_data_of_the_wrong_type(data: Any, message: str) -> None:
    """A mapping that is none, and lists deeper than Python's stack."""
    with pytest.raises(TypeError, match=message):
        from_dict(data)


class Mine(Linear):
    """A record of a user's own."""


def test_a_record_of_ones_own_inside_another_is_written_with_its_module() -> None:
    """And read where it is allowed, as what it is."""
    schedule, name = Mine(0.0, 1.0, 10).clip(0.0, 0.5), f"{__name__}:Mine"
    data = json.loads(json.dumps(to_dict(schedule)))
    assert data["schedule"]["type"] == name
    assert from_dict(data, allow={name: Mine}) == schedule
    with pytest.raises(ValueError, match=r"type must be one of allow \(\[\]\), got 'tests"):
        from_dict(data)
    with pytest.raises(TypeError, match=r"allow\['.*:Mine'\] must be a record of type Schedule"):
        from_dict(data, allow={name: len})


def test_what_is_no_record_is_not_written() -> None:
    """A class without fields, nor anything else."""

    class Plain(Schedule):
        pass

    for other in (Plain(), 3):
        with pytest.raises(TypeError, match="record must be a schedule, a rule or a state, got"):
            to_dict(other)  # type: ignore[arg-type]  # the error is the point


def test_a_function_of_a_module_that_is_gone_is_not_written() -> None:
    def gone(step: float) -> float:
        return 2.0 * step

    gone.__module__ = "there.is.no.such"
    with pytest.raises(ValueError, match="function must be importable by its name"):
        to_dict(Custom(gone))
