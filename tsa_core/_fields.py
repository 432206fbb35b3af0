"""The attrs fields that records are made of: converted, checked and named in errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

from tsa_core import _checks


def checked(check: Callable[[str, Any], Any], **options: Any) -> Any:
    """A field whose value is what `check(name, value)` returns."""

    def convert(value: Any, field: attrs.Attribute[Any]) -> Any:
        return check(field.name, value)

    return attrs.field(converter=attrs.Converter(convert, takes_field=True), **options)


def finite_field(**options: Any) -> Any:
    """A finite number."""
    return checked(_checks.finite, **options)


def positive_field(**options: Any) -> Any:
    """A finite number above 0."""
    return checked(_checks.positive, **options)


def count_field(low: int = 0, **options: Any) -> Any:
    """A whole number of at least `low`."""
    return checked(lambda name, value: _checks.count(name, value, low=low), **options)


def tuple_field(check: Callable[[str, Any], Any], **options: Any) -> Any:
    """A tuple, each item of which passes `check`."""

    def check_items(name: str, value: Any) -> tuple[Any, ...]:
        items = _checks.items(name, value)
        return tuple(check(f"{name}[{index}]", item) for index, item in enumerate(items))

    return checked(check_items, **options)
