"""What every state dict of ours begins with, the schedule in it, and the checks on load."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Set
from typing import Any

import tsa_core
from tsa_core import Schedule

VERSION = 2


class ScheduleMismatchWarning(UserWarning):
    """A checkpoint was written under another schedule than the code's, which is used."""


def check_header(state_dict: Mapping[str, Any], keys: Set[str], schedule_target: str) -> None:
    """Raise unless the keys, the version and the target are those expected."""
    if state_dict.keys() != keys:
        raise ValueError(
            f"state_dict must have the keys {sorted(keys)}, got {sorted(map(str, state_dict))}"
        )
    if state_dict["version"] != VERSION:
        raise ValueError(f"version must be {VERSION}, got {state_dict['version']!r}")
    if state_dict["schedule_target"] != schedule_target:
        raise ValueError(
            f"schedule_target must be {schedule_target!r}, got {state_dict['schedule_target']!r}"
        )


def schedule_text(schedule: Schedule | tuple[Schedule, ...]) -> str | None:
    """A schedule as JSON, or None where it holds a function without an importable name.

    One leaf, whatever the schedule: distributed checkpoints plan a load by the nesting.
    """
    data = _data(schedule)
    return None if data is None else json.dumps(data)


def _data(schedule: Schedule | tuple[Schedule, ...]) -> Any:
    if not isinstance(schedule, Schedule):
        return [_data(one) for one in schedule]
    try:
        return tsa_core.to_dict(schedule)
    except (TypeError, ValueError):
        return None  # a function without an importable name cannot be written as data


def warn_of_mismatch(saved_text: Any, schedule: Any, name: str) -> None:
    """Name the fields in which a saved schedule differs from the code's."""
    if saved_text is None:
        return
    if not isinstance(saved_text, str):
        raise TypeError(f"schedule must be a JSON text, got {saved_text!r}")
    try:
        saved = json.loads(saved_text)
    except (ValueError, RecursionError):
        raise ValueError(f"schedule must be a JSON text, got {saved_text[:200]!r}") from None
    current = _data(schedule)
    fields = sorted(_differences(saved, current, "schedule")) if current is not None else ()
    if fields:
        warnings.warn(
            f"the checkpoint of {name!r} was written under another schedule; the code's is "
            f"used. They differ in: {', '.join(fields)}",
            ScheduleMismatchWarning,
            stacklevel=5,
        )


def _differences(saved: Any, current: Any, path: str) -> set[str]:
    if isinstance(saved, dict) and isinstance(current, dict) and saved.keys() == current.keys():
        pairs = [(saved[key], current[key], f"{path}.{key}") for key in saved]
    elif isinstance(saved, list) and isinstance(current, list) and len(saved) == len(current):
        rows = enumerate(zip(saved, current, strict=True))
        pairs = [(a, b, f"{path}[{index}]") for index, (a, b) in rows]
    else:
        return set() if saved == current else {path}
    return {field for a, b, where in pairs for field in _differences(a, b, where)}
