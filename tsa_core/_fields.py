"""What records are made of: one decorator, and fields that are converted, checked and named."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from tsa_core import _checks
from tsa_core.schedule import Schedule

__all__ = [
    "DRAWN",
    "bound_field",
    "checked",
    "count_field",
    "finite_field",
    "flag_field",
    "function_field",
    "length_field",
    "period_field",
    "positive_field",
    "record",
    "rounds_field",
    "schedule",
    "schedule_field",
    "schedules_field",
    "shift_field",
    "shifts_field",
    "step_field",
    "steps_field",
    "values_field",
]

T = TypeVar("T")

DRAWN = "tsa_core.drawn"
"""Where the metadata of a field keep what kind of value it takes: the testing kit draws one."""


def checked(check: Callable[[str, Any], Any], **options: Any) -> Any:
    """A field whose value is what `check(name, value)` returns."""
    return attrs.field(converter=_converter(check), **options)


@functools.cache
def _converter(check: Callable[[str, Any], Any]) -> Any:
    # One for all fields of a kind: attrs inspects the signature of each.
    def convert(value: Any, field: attrs.Attribute[Any]) -> Any:
        return check(field.name, value)

    return attrs.Converter(convert, takes_field=True)


def schedule(name: str, value: object) -> Schedule:
    """Return a schedule."""
    if not isinstance(value, Schedule):
        raise TypeError(f"{name} must be a Schedule, got {value!r}; Custom() takes a function")
    return value


def _function(name: str, value: object) -> Callable[[Any], Any]:
    if isinstance(value, Schedule) or not callable(value):
        raise TypeError(f"{name} must be a function of the step, got {value!r}")
    return value


def _length(name: str, value: object) -> int:
    return _checks.count(name, value, low=1)


def _period(name: str, value: object) -> float:
    _checks.positive(name, value)
    return _checks.clock(name, value)


def _step(name: str, value: object) -> float:
    return _checks.step(value, name)


def _or_none(check: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
    return lambda name, value: None if value is None else check(name, value)


def _all(check: Callable[[str, Any], Any]) -> Callable[[str, Any], tuple[Any, ...]]:
    def check_items(name: str, value: Any) -> tuple[Any, ...]:
        items = _checks.items(name, value)
        return tuple(check(f"{name}[{index}]", item) for index, item in enumerate(items))

    return check_items


def _kind(check: Callable[[str, Any], Any], drawn: str = "") -> Callable[..., Any]:
    def field(**options: Any) -> Any:
        return checked(check, metadata={DRAWN: drawn}, **options)

    return field


if TYPE_CHECKING:
    # Type checkers know the originals: which arguments are required, and that records are frozen.
    from attrs import field as bound_field
    from attrs import field as count_field
    from attrs import field as finite_field
    from attrs import field as flag_field
    from attrs import field as function_field
    from attrs import field as length_field
    from attrs import field as period_field
    from attrs import field as positive_field
    from attrs import field as rounds_field
    from attrs import field as schedule_field
    from attrs import field as schedules_field
    from attrs import field as shift_field
    from attrs import field as shifts_field
    from attrs import field as step_field
    from attrs import field as steps_field
    from attrs import field as values_field
    from attrs import frozen as record
else:

    def record(cls: type[T]) -> type[T]:
        """A frozen record; `Schedule` compares, hashes and prints for all of them."""
        return attrs.frozen(eq=False, repr=False)(cls)

    finite_field = _kind(_checks.finite, "value")
    """A finite number."""

    positive_field = _kind(_checks.positive, "positive")
    """A finite number above 0."""

    bound_field = _kind(_or_none(_checks.finite))
    """A finite number or None."""

    flag_field = _kind(_checks.flag, "flag")
    """True or False."""

    count_field = _kind(_checks.count, "length")
    """A whole number of steps, 0 included."""

    length_field = _kind(_length, "period")
    """A whole number of steps, at least 1."""

    rounds_field = _kind(_or_none(_length))
    """A whole number of rounds, at least 1, or None."""

    step_field = _kind(_step, "step")
    """A step, whole or not, at least 0."""

    shift_field = _kind(_checks.clock, "shift")
    """A number of steps, whole or not, of either sign."""

    period_field = _kind(_period, "period")
    """A number of steps, whole or not, above 0."""

    steps_field = _kind(_all(_step))
    """A tuple of steps."""

    shifts_field = _kind(_all(_checks.clock))
    """A tuple of numbers of steps."""

    values_field = _kind(_all(_checks.finite))
    """A tuple of finite numbers."""

    schedule_field = _kind(schedule, "schedule")
    """A schedule."""

    schedules_field = _kind(_all(schedule), "schedules")
    """A tuple of schedules."""

    function_field = _kind(_function)
    """A function of the step."""
