"""optax.schedules, computed in float64 (by itself it is float32, good to 1e-7 of the base)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import accumulate
from operator import mul
from typing import Any

import jax
import numpy as np
import optax
import pytest

import tsa_core as tsa
from tests.oracles.helpers import Values, assert_equal, base_values


@pytest.fixture(autouse=True)
def double_precision() -> Iterator[None]:
    """JAX in float64, for this module's tests only."""
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", before)


def run_optax(schedule: Callable[[Any], Any], num_steps: int) -> Values:
    """The values at the first steps, all at once."""
    values = jax.vmap(schedule)(jax.numpy.arange(num_steps))
    assert values.dtype == np.float64
    return np.asarray(values)


@base_values
def test_constant_schedule(base: float) -> None:
    """The same at every step."""
    theirs = [optax.constant_schedule(base)(step) for step in range(5)]
    assert_equal(tsa.constant_schedule(1.0) * base, theirs)


@base_values
@pytest.mark.parametrize("begin", [0, 13])
@pytest.mark.parametrize(("power", "end"), [(1.0, 0.0), (2.0, 0.1), (0.5, 0.3)])
def test_polynomial_schedule(base: float, begin: int, power: float, end: float) -> None:
    """`transition_begin` is a shift: a curve holds its start."""
    theirs = run_optax(optax.polynomial_schedule(base, end * base, power, 40, begin), 80)
    assert_equal(tsa.polynomial_decay(40, power, end=end).shift(begin) * base, theirs, base)
    linear = run_optax(optax.linear_schedule(base, end * base, 40, begin), 80)
    assert_equal(tsa.linear_decay(40, end=end).shift(begin) * base, linear, base)


@base_values
@pytest.mark.parametrize(("length", "end"), [(100, 0.0), (37, 0.1), (1, 0.5)])
def test_cosine_decay_schedule(base: float, length: int, end: float) -> None:
    """Their `alpha` is our `end`."""
    theirs = run_optax(optax.cosine_decay_schedule(base, length, end), 130)
    assert_equal(tsa.cosine_decay(length, end=end) * base, theirs, base)


@base_values
def test_cosine_decay_schedule_with_an_exponent(base: float) -> None:
    """Whole exponents are products of the curve with itself."""
    theirs = run_optax(optax.cosine_decay_schedule(base, 50, 0.1, exponent=3.0), 80)
    cosine = tsa.cosine_decay(50)
    assert_equal((cosine * cosine * cosine * 0.9 + 0.1) * base, theirs, base)


@base_values
@pytest.mark.parametrize("rate", [0.9, 0.1, 1.05])
def test_exponential_decay(base: float, rate: float) -> None:
    """Smooth, in stairs, late, and with a bound."""
    theirs = run_optax(optax.exponential_decay(base, 10, rate), 100)
    assert_equal(tsa.exponential_decay(10, rate) * base, theirs, base)
    stairs = run_optax(optax.exponential_decay(base, 10, rate, 7, staircase=True), 100)
    assert_equal(tsa.step_decay(10, rate).shift(7) * base, stairs, base)
    if rate < 1:
        low = run_optax(optax.exponential_decay(base, 10, rate, end_value=0.4 * base), 100)
        assert_equal(tsa.exponential_decay(10, rate, floor=0.4) * base, low, base)


@base_values
def test_piecewise_constant_schedule(base: float) -> None:
    """Their factors multiply up; given as values they would be another schedule."""
    factors = {10: 0.5, 30: 0.1, 60: 2.0}
    theirs = run_optax(optax.piecewise_constant_schedule(base, factors), 100)
    multiplied = list(accumulate((1.0, *factors.values()), mul))
    assert_equal(tsa.piecewise_constant(list(factors), multiplied) * base, theirs, base)
    as_values = tsa.piecewise_constant(list(factors), (1.0, *factors.values())) * base
    assert as_values(30) == pytest.approx(theirs[30] * 2, rel=1e-12)


@base_values
@pytest.mark.parametrize("kind", ["linear", "cosine"])
def test_piecewise_interpolate_schedule(base: float, kind: str) -> None:
    """Along lines or cosines, between values that multiply up likewise."""
    factors = {10: 0.5, 30: 3.0, 60: 0.01}
    theirs = run_optax(optax.piecewise_interpolate_schedule(kind, base, factors), 100)
    build = {"linear": tsa.piecewise_linear, "cosine": tsa.piecewise_cosine}[kind]
    ours = build((0, *factors), list(accumulate((1.0, *factors.values()), mul)))
    assert_equal(ours * base, theirs, base)


@base_values
@pytest.mark.parametrize("length", [100, 37])
def test_onecycle_schedules(base: float, length: int) -> None:
    """Two phases along cosines, three along lines. The final value of the latter is the start
    over `final_div_factor`; that of the former, the peak over both factors.
    """
    theirs = run_optax(optax.cosine_onecycle_schedule(length, base), 130)
    assert_equal(tsa.one_cycle(int(0.3 * length), length) * base, theirs, base)
    linear = run_optax(optax.linear_onecycle_schedule(length, base, 0.3, 0.85, 10.0, 1e3), 130)
    up, low = int(0.3 * length), int(0.85 * length)
    ours = tsa.one_cycle_three_phase(up, low - up, length, start=0.1, end=1e-4, kind="linear")
    assert_equal(ours * base, linear, base)


@base_values
def test_warmups(base: float) -> None:
    """In front of a constant, a cosine and an exponential."""
    theirs = run_optax(optax.warmup_constant_schedule(0.1 * base, base, 10), 30)
    assert_equal(tsa.with_warmup(tsa.Constant(1.0), 10, start=0.1) * base, theirs, base)
    theirs = run_optax(optax.warmup_cosine_decay_schedule(0.0, base, 10, 80, 0.1 * base), 100)
    assert_equal(tsa.cosine_with_warmup(10, 80, end=0.1) * base, theirs, base)
    theirs = run_optax(optax.warmup_exponential_decay_schedule(0.0, base, 10, 20, 0.5), 100)
    assert_equal(tsa.with_warmup(tsa.exponential_decay(20, 0.5), 10) * base, theirs, base)


@base_values
def test_sgdr_schedule(base: float) -> None:
    """A list of cycles is `join`; a regular list is `cosine_with_restarts`."""
    cycles = [
        {
            "init_value": 0.0,
            "peak_value": base * 0.5**k,
            "warmup_steps": 5,
            "decay_steps": 20 * 2**k,
            "end_value": 0.0,
        }
        for k in range(4)
    ]
    theirs = run_optax(optax.sgdr_schedule(cycles), 320)
    ours = tsa.cosine_with_restarts(20, 4, growth=2, gain=0.5, num_warmup_steps=5)
    assert_equal(ours * base, theirs, base)
    pieces = [tsa.cosine_with_warmup(5, 20 * 2**k, peak=0.5**k) for k in range(4)]
    assert_equal(tsa.join(pieces, [20, 60, 140]) * base, theirs, base)


@base_values
def test_join_schedules(base: float) -> None:
    """Each piece on its own clock."""
    pieces = [optax.linear_schedule(0.0, base, 10), optax.cosine_decay_schedule(base, 30)]
    theirs = run_optax(optax.join_schedules([*pieces, pieces[0]], [10, 25]), 60)
    up, down = tsa.Linear(0.0, 1.0, 10), tsa.cosine_decay(30)
    assert_equal(tsa.join([up, down, up], [10, 25]) * base, theirs, base)
