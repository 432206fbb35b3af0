"""Laws that the thirteen keep for any valid arguments."""

from __future__ import annotations

import copy
import itertools
import json
import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tsa_core
from tests.helpers import NAMES, Config, configs

steps = st.integers(-10, 300_000) | st.floats(-10.0, 3e5)


@given(configs(), steps)
def test_stays_between_its_extremes(config: Config, step: float) -> None:
    """No value is below the lowest or above the highest of m(0), W and A."""
    extremes = (config.first, config.top, config.end)
    if config.warmup == 0:
        extremes = (config.top, config.end)
    assert min(extremes) <= config.schedule(step) <= max(extremes)


@given(configs(), st.data())
def test_each_phase_is_monotone(config: Config, data: st.DataObject) -> None:
    """From m(0) to W and from W to A the values never turn back."""
    schedule = config.schedule
    for low, high, start, end in (
        (0, config.warmup - 1, config.first, config.top),
        (config.warmup, config.total, config.top, config.end),
    ):
        if high <= low:
            continue
        drawn = data.draw(st.lists(st.integers(low, high), max_size=30))
        row = [schedule(step) for step in sorted({*drawn, low, low + 1, high - 1, high})]
        pairs = list(itertools.pairwise(row))
        assert all(a <= b for a, b in pairs) if end >= start else all(a >= b for a, b in pairs)


@given(configs(), st.data())
def test_an_array_of_steps_gives_what_the_scalars_give(config: Config, data: st.DataObject) -> None:
    """A NumPy array of steps gives float64 values of its shape, equal to the last few bits."""
    shape = data.draw(hnp.array_shapes(max_dims=3, max_side=6))
    dtype = data.draw(st.sampled_from((np.int64, np.int32, np.float64)))
    elements = st.integers(-5, 250_000)
    array = data.draw(hnp.arrays(dtype, shape, elements=elements))
    result = config.schedule(array)
    assert isinstance(result, np.ndarray)
    assert result.shape == shape
    assert result.dtype == np.float64
    for step, value in zip(array.ravel().tolist(), result.ravel().tolist(), strict=True):
        scalar = config.schedule(step)
        assert abs(value - scalar) <= 1e-14 * abs(scalar) + 4 * math.ulp(scalar)


@pytest.mark.parametrize("name", NAMES)
def test_an_array_has_exact_ends(name: str) -> None:
    """The array path gives W at L and A at M and after it, bit for bit."""
    config = Config.of(name, warmup_to_value=0.7, anneal_to_value=0.1)
    at = config.schedule(np.array([config.warmup, config.total, config.total + 99]))
    assert at.tolist() == [config.top, config.end, config.end]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", [(), (0,), (1,), (2, 0, 3)])
def test_empty_and_scalar_shapes_are_kept(name: str, shape: tuple[int, ...]) -> None:
    """A 0-dim or an empty array of steps gives an array of the same shape."""
    result = Config.of(name).schedule(np.zeros(shape))
    assert isinstance(result, np.ndarray)
    assert (result.shape, result.dtype) == (shape, np.float64)


@given(configs(), st.integers(0, 1000), st.integers(0, 1000))
def test_is_constant_after_the_end(config: Config, one: int, other: int) -> None:
    """Any two steps at or after the end have the same value."""
    assert config.schedule(config.total + one) == config.schedule(config.total + other)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", [int, float, np.int64, np.int32, np.uint8, np.float32, np.float64])
def test_a_scalar_step_gives_a_python_float(name: str, kind: type) -> None:
    """Any kind of real number as a step gives a Python `float`, the same for all."""
    schedule = Config.of(name).schedule
    for step in (0, 3, 4, 7, 10, 12):
        assert type(schedule(kind(step))) is float
        assert schedule(kind(step)) == schedule(step)


@given(configs())
def test_copies_are_equal(config: Config) -> None:
    """Pickle, copy, deepcopy and `eval(repr())` give an equal schedule with an equal hash."""
    schedule = config.schedule
    schedule(1)
    for other in (
        config.schedule,
        pickle.loads(pickle.dumps(schedule)),
        copy.copy(schedule),
        copy.deepcopy(schedule),
        eval(repr(schedule), dict(vars(tsa_core))),
    ):
        assert other == schedule
        assert hash(other) == hash(schedule)
        assert other(1) == schedule(1)


@given(configs())
def test_json_round_trip(config: Config) -> None:
    """`to_dict` survives JSON and `from_dict` gives an equal schedule."""
    schedule = config.schedule
    data = json.loads(json.dumps(tsa_core.to_dict(schedule), allow_nan=False))
    assert tsa_core.from_dict(data) == schedule


@pytest.mark.parametrize("name", NAMES)
def test_is_frozen(name: str) -> None:
    """Neither a field nor a new attribute can be set."""
    schedule = Config.of(name).schedule
    field = schedule.__attrs_attrs__[0].name
    with pytest.raises(AttributeError):
        setattr(schedule, field, getattr(schedule, field))
    with pytest.raises(AttributeError):
        schedule.anything = 1  # type: ignore[attr-defined]  # the error is the point


@pytest.mark.parametrize("name", NAMES)
def test_other_arguments_give_an_unequal_schedule(name: str) -> None:
    """A change of any argument shows in `==`."""
    base = Config.of(name)
    for key, value in base.arguments:
        assert Config.of(name, **{key: value + 1}).schedule != base.schedule
