"""Whole numbers that an array library cannot hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tsa_core.schedule import Schedule


def _records(schedule: Schedule) -> list[Schedule]:
    """A schedule and all that it is made of, each once."""
    found, seen = [schedule], {id(schedule)}
    for one in found:
        children = [child for child in one._children() if id(child) not in seen]
        seen |= set(map(id, children))
        found += children
    return found


def _longest(record: Schedule) -> int:
    """The largest whole number in the fields."""
    longest = 0
    for value in record._fields().values():
        numbers = value if isinstance(value, tuple) else (value,)
        longest = max([longest, *(abs(n) for n in numbers if type(n) is int)])
    return longest


def in_floats(schedule: Schedule, most: int) -> Schedule:
    """The schedule, or where it has whole numbers above `most`, one with floats in their place.

    That one is good for an evaluation only: its fields are not what they were checked to be.
    """
    records = _records(schedule)
    if max(map(_longest, records)) <= most:
        return schedule
    copies = {id(one): object.__new__(type(one)) for one in records}

    def converted(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(converted, value))
        too_large = type(value) is int and abs(value) > most
        return float(value) if too_large else copies.get(id(value), value)

    for one in records:
        prepared = {"_prepared": one._prepared} if hasattr(one, "_prepared") else {}
        for name, value in (vars(one) | one._fields() | prepared).items():
            object.__setattr__(copies[id(one)], name, converted(value))
    return copies[id(schedule)]
