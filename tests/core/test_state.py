"""`ScheduleState`, `init` and `advance`: where a run stands, as a value."""

from __future__ import annotations

import copy
import json
import math
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import tsa_core
from tests.helpers import NAMES, Config, configs, label
from tsa_core import Linear, ScheduleState, advance, init
from tsa_core.state import product, products, scaled

FADE = Linear(1.0, 0.0, 10)
BAD_STEPS: list[tuple[Any, type[Exception]]] = [
    (-1, ValueError),
    (-0.5, ValueError),
    (math.nan, ValueError),
    (math.inf, ValueError),
    (-math.inf, ValueError),
    ("3", TypeError),
    ([3], TypeError),
    (3j, TypeError),
    (True, TypeError),
]


def test_init_is_the_state_before_the_first_update() -> None:
    """`init` stands at step 0 with one multiplier for each base value."""
    assert init(FADE, (0.1, 0.2)) == ScheduleState(0, (1.0, 1.0), (0.1, 0.2))
    assert init(FADE, (0.1, 0.2), step=5) == ScheduleState(5, (0.5, 0.5), (0.1, 0.2))


def test_values_are_base_values_times_multipliers() -> None:
    """`.values` is derived: one product for each base value."""
    state = init(FADE, (0.1, 0.3), step=3)
    assert state.values == (0.1 * FADE(3), 0.3 * FADE(3))


ANY = st.floats(allow_nan=False)


@example(bases=[0.0, 2.0], multiplier=math.inf)
@given(bases=st.lists(ANY, min_size=1), multiplier=st.floats() | st.sampled_from([0.0, -0.0]))
def test_many_are_scaled_as_one_is(bases: list[float], multiplier: float) -> None:
    """One by one, together, as an array, and as pairs: the same floats, and 0 times inf is 0."""
    each = [product(base, multiplier) for base in bases]
    for values in (
        scaled(bases, multiplier),
        scaled(np.array(bases), multiplier),
        products(bases, (multiplier,) * len(bases)),
    ):
        assert set(map(type, values)) == {float}
        np.testing.assert_array_equal(values, each)
        np.testing.assert_array_equal(np.signbit(values), np.signbit(each))


@given(pairs=st.lists(st.tuples(ANY, ANY)))
def test_pairs_are_scaled_as_one_is(pairs: list[tuple[float, float]]) -> None:
    """Also where each has a multiplier of its own."""
    each = [product(base, multiplier) for base, multiplier in pairs]
    assert products([base for base, _ in pairs], [multiplier for _, multiplier in pairs]) == each


def test_advance_moves_one_step() -> None:
    """Without a step `advance` makes one more update, and leaves its argument alone."""
    first = init(FADE, (0.1,))
    second = advance(FADE, first)
    assert (first.step, second.step) == (0, 1)
    assert second.multipliers == (FADE(1),)


@pytest.mark.parametrize("step", [0, 3, 2.5, 1e6, np.int64(4), np.float32(0.5)])
def test_advance_seeks_any_step(step: float) -> None:
    """With a step `advance` is there at once, forwards or backwards, and twice is once."""
    there = advance(FADE, init(FADE, (0.1,), step=7), step=step)
    assert there == init(FADE, (0.1,), step=step) == advance(FADE, there, step=step)
    assert there.multipliers == (FADE(step),)


@given(configs(longest=50), st.integers(0, 60))
def test_a_jump_equals_single_steps(config: Config, steps: int) -> None:
    """K single steps and one jump to k give the same state, bit for bit."""
    schedule = config.schedule
    walked = init(schedule, (0.1, 0.003))
    for _ in range(steps):
        walked = advance(schedule, walked)
    assert walked == advance(schedule, init(schedule, (0.1, 0.003)), step=steps)


@pytest.mark.parametrize("name", NAMES)
def test_state_of_each_of_the_thirteen_is_plain_data(name: str) -> None:
    """Pickle, copies, `eval(repr())` and JSON give an equal state."""
    state = init(Config.of(name).schedule, (0.1, 0.2), step=3)
    data = json.loads(json.dumps(tsa_core.to_dict(state)))
    for other in (
        pickle.loads(pickle.dumps(state)),
        copy.copy(state),
        copy.deepcopy(state),
        eval(repr(state), dict(vars(tsa_core))),
        tsa_core.from_dict(data),
    ):
        assert other == state
        assert hash(other) == hash(state)


@pytest.mark.parametrize("field", ["step", "multipliers", "base_values", "values", "other"])
def test_the_state_is_frozen(field: str) -> None:
    """No field can be set, and no attribute added."""
    state = init(FADE, (0.1,))
    with pytest.raises(AttributeError):
        setattr(state, field, 1)


def test_one_schedule_for_each_base_value() -> None:
    """A sequence of schedules gives each base value its own multiplier."""
    schedules = (FADE, Linear(0.0, 1.0, 10))
    assert init(schedules, (0.1, 0.2), step=2).multipliers == (schedules[0](2), schedules[1](2))
    with pytest.raises(ValueError, match="schedule must"):
        init(schedules, (0.1,))


@pytest.mark.parametrize(("step", "error"), BAD_STEPS, ids=label)
def test_a_bad_step_is_named(step: Any, error: type[Exception]) -> None:
    """A step that is no finite number >= 0 is an error that names `step`, everywhere."""
    with pytest.raises(error, match="step must"):
        init(FADE, (0.1,), step=step)
    with pytest.raises(error, match="step must"):
        advance(FADE, init(FADE, (0.1,)), step=step)
    with pytest.raises(error, match="step must"):
        ScheduleState(step, (1.0,), (0.1,))


@pytest.mark.parametrize(
    ("bases", "error"),
    [
        ("ab", TypeError),
        (None, TypeError),
        (["x"], TypeError),
        ([math.nan], ValueError),
        ([1j], TypeError),
        ([True], TypeError),
        (math.nan, ValueError),
    ],
    ids=label,
)
def test_bad_base_values_are_named(bases: Any, error: type[Exception]) -> None:
    """Base values that are no real numbers are an error that names `base_values`."""
    with pytest.raises(error, match=r"base_values.* must"):
        init(FADE, bases)


@pytest.mark.parametrize("schedule", [None, "x", 3, math.sin, [None]], ids=label)
def test_something_that_is_no_schedule_is_named(schedule: Any) -> None:
    """A schedule that is none is a `TypeError` that names `schedule`."""
    with pytest.raises(TypeError, match=r"schedule.* must"):
        init(schedule, (0.1,))
    with pytest.raises(TypeError, match=r"schedule.* must"):
        advance(schedule, init(FADE, (0.1,)))


@pytest.mark.parametrize("state", [None, 3, {"step": 1}, (0, (1.0,), (0.1,))], ids=label)
def test_something_that_is_no_state_is_named(state: Any) -> None:
    """A state that is none is a `TypeError` that names `state`."""
    with pytest.raises(TypeError, match="state must"):
        advance(FADE, state)


def test_as_many_multipliers_as_base_values() -> None:
    """A state whose tuples differ in length cannot be built."""
    with pytest.raises(ValueError, match="multipliers must"):
        ScheduleState(0, (1.0, 1.0), (0.1,))


SEVERAL = {"lr": FADE, "weight_decay": (FADE, Linear(0.0, 1.0, 10))}
BASES = {"lr": 0.1, "weight_decay": (0.2, 0.4)}


def test_several_targets_in_one_state() -> None:
    """Each by its name, with one or more values; a jump is as many single steps."""
    state = init(SEVERAL, BASES, step=5)
    assert state.multipliers == {"lr": (0.5,), "weight_decay": (0.5, 0.5)}
    assert dict(state.values) == {"lr": (0.05,), "weight_decay": (0.1, 0.2)}
    walked = init(SEVERAL, BASES)
    for _ in range(7):
        walked = advance(SEVERAL, walked)
    assert walked == advance(SEVERAL, state, step=7)
    assert walked != state
    assert len(walked.values) == 2


def test_a_state_of_several_targets_is_plain_data() -> None:
    """It has a hash, and pickle, copies, `eval(repr())` and JSON give an equal one."""
    state = init({**SEVERAL, "type": FADE}, {**BASES, "type": 1.0}, step=3)
    data = json.loads(json.dumps(tsa_core.to_dict(state)))
    for other in (
        pickle.loads(pickle.dumps(state)),
        copy.deepcopy(state),
        eval(repr(state), dict(vars(tsa_core))),
        tsa_core.from_dict(data),
    ):
        assert other == state
        assert hash(other) == hash(state)


@pytest.mark.parametrize(
    ("build", "error", "match"),
    [
        (lambda: init(FADE, {"lr": 0.1}), TypeError, "schedule must be a mapping like base_values"),
        (lambda: init({"wd": FADE}, {"lr": 0.1}), KeyError, "schedule must name the targets"),
        (lambda: init({"lr": FADE}, 0.1), TypeError, "schedule must"),
        (lambda: init({"lr": FADE}, {"lr": {"x": 1}}), TypeError, "base_values must map names"),
        (lambda: init({3: FADE}, {3: 0.1}), TypeError, "base_values must map names"),
        (lambda: init({"lr": FADE}, {"lr": "x"}), TypeError, r"base_values\['lr'\]"),
        (lambda: init({"lr": [FADE]}, {"lr": (1, 2)}), ValueError, "one item for each of 2"),
        (lambda: ScheduleState(0, {"lr": (1,)}, (1,)), ValueError, "multipliers must have"),
        (
            lambda: ScheduleState(0, {"lr": ("x",)}, {"lr": (1,)}),
            TypeError,
            r"multipliers\['lr'\]\[0\] must be a real number, got 'x'",
        ),
        (
            lambda: tsa_core.from_dict({"version": 1, "type": "FrozenDict", "items": {}}),
            ValueError,
            "got 'FrozenDict'",
        ),
    ],
)
def test_what_does_not_fit_several_targets_is_named(
    build: Any, error: type[Exception], match: str
) -> None:
    """The shapes of schedules and base values must be the same."""
    with pytest.raises(error, match=match):
        build()
