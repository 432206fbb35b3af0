"""Bad arguments of the thirteen and of a call: the right error, naming argument and value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import tsa_core
from tests.helpers import GOOD, NAMES, NOT_FINITE, NOT_NUMBERS, PARAMETERS, Config, label

STEPS = ("num_warmup_steps", "num_training_steps")


def bad_values(argument: str) -> Iterator[tuple[Any, type[Exception]]]:
    """Every bad value of an argument with the error it is to raise."""
    yield from ((value, TypeError) for value in NOT_NUMBERS)
    yield from ((value, ValueError) for value in NOT_FINITE)
    yield from ((value, ValueError) for value in (-1, -1.0, np.float64(-0.5), np.int64(-3)))
    if argument in STEPS:
        yield from ((value, ValueError) for value in (2.5, np.float32(4.5), Fraction(9, 2)))
    if argument == "polynomial_exponent":
        yield from ((value, ValueError) for value in (0, 0.0, -0.0))


CASES = [
    pytest.param(name, argument, value, error, id=f"{name}-{argument}-{str(value)[:12]}-{index}")
    for name in NAMES
    for argument in PARAMETERS[name]
    for index, (value, error) in enumerate(bad_values(argument))
]


@pytest.mark.parametrize(("name", "argument", "value", "error"), CASES)
def test_a_bad_argument_is_named_with_its_value(
    name: str, argument: str, value: Any, error: type[Exception]
) -> None:
    """The class is right and the one-line message holds the argument's name and value."""
    arguments = {**Config.of(name).kwargs, argument: value}
    with pytest.raises(error, match=rf"^{argument} must .*{re.escape(repr(value))}") as caught:
        getattr(tsa_core, name)(**arguments)
    assert type(caught.value) is error
    assert len(caught.value.args) == 1


@pytest.mark.parametrize(
    "name", [name for name in NAMES if "num_training_steps" in PARAMETERS[name]]
)
def test_an_end_before_the_warmup_is_refused(name: str) -> None:
    """M < L: a `ValueError` with both names and both values."""
    arguments = Config.of(name, num_warmup_steps=10).kwargs | {"num_training_steps": 9}
    with pytest.raises(ValueError, match=r"num_training_steps must .*num_warmup_steps.*10.*9"):
        getattr(tsa_core, name)(**arguments)


@pytest.mark.parametrize("name", [name for name in NAMES if "inverse" in name])
def test_a_warmup_that_starts_at_infinity_is_refused(name: str) -> None:
    """W * R that overflows: a `ValueError` naming the multiplier."""
    arguments = {**Config.of(name).kwargs, "warmup_to_value": 1e300, "warmup_multiplier": 1e300}
    with pytest.raises(ValueError, match=r"warmup_multiplier must .*1e\+300"):
        getattr(tsa_core, name)(**arguments)


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_or_unknown_argument_is_a_type_error(name: str) -> None:
    """Python's own errors for calls that do not fit."""
    with pytest.raises(TypeError, match="missing"):
        getattr(tsa_core, name)()
    with pytest.raises(TypeError, match="nonsense"):
        getattr(tsa_core, name)(**Config.of(name).kwargs, nonsense=1)


@pytest.mark.parametrize("kind", [float, np.float64, np.float32, np.int64, Fraction, int])
@pytest.mark.parametrize("name", NAMES)
def test_any_kind_of_whole_number_is_accepted(name: str, kind: Any) -> None:
    """100.0, NumPy's numbers and fractions are numbers like any other."""
    whole = {key: int(GOOD[key]) + 1 for key in PARAMETERS[name]}
    converted = {key: kind(value) for key, value in whole.items()}
    schedule = getattr(tsa_core, name)(**converted)
    assert schedule == getattr(tsa_core, name)(**whole)
    assert repr(schedule) == repr(getattr(tsa_core, name)(**whole))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("step", "error"),
    [(value, TypeError) for value in ("1", None, [1], 1j, True, {}, np.array(["a"]), np.bool_(1))]
    + [(value, ValueError) for value in (float("nan"), np.float64("nan"))],
    ids=label,
)
def test_a_bad_step_is_named_with_its_value(name: str, step: Any, error: type[Exception]) -> None:
    """Calling a schedule with no real number is an error that names `step`."""
    with pytest.raises(error, match="step must"):
        Config.of(name).schedule(step)
