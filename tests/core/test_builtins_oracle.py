"""The thirteen against their closed forms in 50 digits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tsa_core
from tests.helpers import NAMES, Config, configs

VALUES = ((1.0, 0.0), (1.0, 0.01), (0.1, 1.0), (0.0, 1.0), (1.0, 1.0), (3.7, 0.3), (0.3, 0.1))
LENGTHS = ((0, 7), (3, 10), (10, 10), (0, 0), (10, 110), (37, 241))
EXPONENTS = (0.5, 1.0, 2.0, 3.0, 2.7)
MULTIPLIERS = (20.0, 0.0, 0.5, 1.0, 3.3)


def table(name: str) -> list[Config]:
    """Every combination of the values and lengths above, and some long ones."""
    short = [
        Config.of(
            name,
            warmup_to_value=top,
            anneal_to_value=end,
            num_warmup_steps=warmup,
            num_training_steps=total,
            polynomial_exponent=EXPONENTS[index % len(EXPONENTS)],
            warmup_multiplier=MULTIPLIERS[index % len(MULTIPLIERS)],
            value=top,
        )
        for index, (top, end) in enumerate(VALUES)
        for warmup, total in LENGTHS
    ]
    long = [
        Config.of(
            name,
            warmup_to_value=top,
            anneal_to_value=end,
            num_warmup_steps=100,
            num_training_steps=2000,
            polynomial_exponent=exponent,
        )
        for top, end in VALUES[:3]
        for exponent in EXPONENTS
    ]
    return list(dict.fromkeys(short + long))


@pytest.mark.parametrize("name", NAMES)
def test_error_is_under_4_ulp_at_every_step(name: str) -> None:
    """At each whole step from 0 to M, and past M, the value is the closed form's to 4 ulp."""
    for config in table(name):
        schedule = config.schedule
        for step in (*range(config.total + 1), config.total + 1, 10 * config.total + 5):
            value = schedule(step)
            error = config.error_in_ulp(step, value)
            assert error < 4, f"{config} at {step}: {value!r}, {error:.1f} ulp"


@given(configs(), st.data())
def test_error_is_under_4_ulp_for_any_arguments(config: Config, data: st.DataObject) -> None:
    """The same for any valid arguments, at sampled steps and around the two ends."""
    schedule = config.schedule
    drawn = data.draw(st.lists(st.integers(0, config.total), max_size=20))
    near = [config.warmup - 1, config.warmup, config.warmup + 1, config.total - 1, config.total]
    for step in (*drawn, *(step for step in near if step >= 0), 0, 1):
        error = config.error_in_ulp(step, schedule(step))
        assert error < 4, f"step {step}: {error:.1f} ulp"


@given(configs())
def test_ends_are_exact(config: Config) -> None:
    """m(0), m(L) and m(M) are the documented numbers, bit for bit."""
    schedule = config.schedule
    assert schedule(0) == config.first
    if config.total > config.warmup or not config.anneals:
        assert schedule(config.warmup) == config.top
    assert schedule(config.total) == config.end


@given(configs(), st.integers(0, 10**12), st.floats(0, 1e12))
def test_past_the_end_the_last_value_is_held(config: Config, more: int, further: float) -> None:
    """After M the value is A, as a float and never complex, however late."""
    schedule = config.schedule
    for step in (config.total + more, config.total + further):
        assert type(schedule(step)) is float
        assert schedule(step) == config.end


@given(configs(), st.floats(max_value=0, allow_infinity=False), st.integers(max_value=0))
def test_before_the_start_the_first_value_is_held(
    config: Config, before: float, earlier: int
) -> None:
    """For t < 0 the value is m(0)."""
    schedule = config.schedule
    assert schedule(before) == schedule(earlier) == schedule(0) == config.first


@pytest.mark.parametrize("name", NAMES)
def test_arguments_go_by_position_in_the_documented_order(name: str) -> None:
    """The documented order of arguments gives the same schedule as their names."""
    config = Config.of(name)
    assert getattr(tsa_core, name)(*config.kwargs.values()) == config.schedule


@pytest.mark.parametrize("name", [name for name in NAMES if "inverse" in name])
def test_the_default_warmup_multiplier_is_20(name: str) -> None:
    """Left out, `warmup_multiplier` is 20."""
    given = {k: v for k, v in Config.of(name).kwargs.items() if k != "warmup_multiplier"}
    assert getattr(tsa_core, name)(**given)(0) == 20.0


@pytest.mark.parametrize(
    "name", ["polynomial_schedule_with_warmup", "polynomial_schedule_with_inverse_warmup"]
)
def test_the_default_polynomial_exponent_is_2(name: str) -> None:
    """Left out, `polynomial_exponent` is 2."""
    assert getattr(tsa_core, name)(1.0, 0.0, 10, 110)(60) == 0.25


@pytest.mark.parametrize(
    ("config", "steps"),
    [
        (
            Config.of(
                "polynomial_schedule_with_warmup",
                warmup_to_value=0.0,
                anneal_to_value=1.0,
                num_warmup_steps=0,
                num_training_steps=24942,
                polynomial_exponent=exponent,
            ),
            (1, 12471, 18000, 24000, 24930, 24940, 24941),
        )
        for exponent in (0.05, 0.1, 0.25)
    ]
    + [
        (
            Config.of(
                "cosine_annealing_with_warmup",
                warmup_to_value=top,
                anneal_to_value=end,
                num_warmup_steps=0,
                num_training_steps=total,
            ),
            (step, *range(1, total, 101)),
        )
        for top, end, total, step in (
            (6.857638005194674e-08, 0.0034090906981041683, 14880, 4953),
            (1.3913701144122221e-08, 0.19451936395147693, 39717, 27270),
            (6.8e-08, 0.0034090906981041683, 39717, 13476),
            (6.8e-08, 0.0034090906981041683, 24942, 8093),
        )
    ],
    ids=lambda value: value.name if isinstance(value, Config) else "",
)
def test_error_is_under_4_ulp_where_it_is_hardest(config: Config, steps: tuple[int, ...]) -> None:
    """Rising curves: a small exponent near its steep end, a cosine at any angle."""
    worst = max((config.error_in_ulp(step, config.schedule(step)), step) for step in steps)
    assert worst[0] < 4
