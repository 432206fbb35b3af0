"""Laws that the thirteen keep for any valid arguments."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from tests.helpers import NAMES, Config, configs
from tsa_core.testing import assert_monotone, check_schedule


def extremes(config: Config) -> tuple[float, float]:
    """The lowest and the highest of m(0), W and A."""
    ends = (config.first, config.top, config.end) if config.warmup else (config.top, config.end)
    return min(ends), max(ends)


@given(configs(longest=2000))
def test_every_step_keeps_the_laws(config: Config) -> None:
    """No value leaves the range of m(0), W and A, and A is held from M on."""
    low, high = extremes(config)
    check_schedule(
        config.schedule, config.total + 10, low=low, high=high, end=config.total, rtol=1e-14
    )


@given(configs())
def test_long_schedules_keep_the_laws(config: Config) -> None:
    """At the first steps, around L and M, and past the end."""
    low, high = extremes(config)
    check_schedule(config.schedule, 30, low=low, high=high, end=config.total, rtol=1e-14)


@given(configs(longest=20_000))
def test_each_phase_is_monotone(config: Config) -> None:
    """From m(0) to W and from W to A the values never turn back."""
    schedule = config.schedule
    if config.warmup:
        assert_monotone(schedule, config.warmup, increasing=config.top >= config.first)
    annealing = schedule.shift(-config.warmup)
    assert_monotone(
        annealing, config.total - config.warmup + 2, increasing=config.end >= config.top
    )


@pytest.mark.parametrize("name", NAMES)
def test_an_array_has_exact_ends(name: str) -> None:
    """The array path gives W at L and A at M and after it, bit for bit."""
    config = Config.of(name, warmup_to_value=0.7, anneal_to_value=0.1)
    at = config.schedule(np.array([config.warmup, config.total, config.total + 99]))
    assert at.tolist() == [config.top, config.end, config.end]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", [int, float, np.int64, np.int32, np.uint8, np.float32, np.float64])
def test_a_scalar_step_gives_a_python_float(name: str, kind: type) -> None:
    """Any kind of real number as a step gives a Python `float`, the same for all."""
    schedule = Config.of(name).schedule
    for step in (0, 3, 4, 7, 10, 12):
        assert type(schedule(kind(step))) is float
        assert schedule(kind(step)) == schedule(step)


@pytest.mark.parametrize("name", NAMES)
def test_other_arguments_give_an_unequal_schedule(name: str) -> None:
    """A change of any argument shows in `==`."""
    base = Config.of(name)
    for key, value in base.arguments:
        assert Config.of(name, **{key: value + 1}).schedule != base.schedule
