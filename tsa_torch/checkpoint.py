"""What every state dict of ours begins with, the schedule in it, and the checks on load."""

from __future__ import annotations

import json
import math
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping, Set
from typing import TYPE_CHECKING, Any

import attrs
import torch
from torch import Tensor

import tsa_core
from tsa_core import Schedule, _checks
from tsa_core.state import product
from tsa_torch.torch_state import decode, encode, plain_numbers

if TYPE_CHECKING:
    from tsa_torch.known_groups import KnownGroups
    from tsa_torch.scheduler import HyperparameterScheduler

VERSION = 2
_KEYS = {"version", "schedule_target", "step", "base_values", "schedule"}


class ScheduleMismatchWarning(UserWarning):
    """A checkpoint was written with settings that differ from the code's."""


def warn(message: str) -> None:
    """Warn of a mismatch at the line that called this package."""
    level = 1
    frame = sys._getframe()
    while frame.f_back and frame.f_globals.get("__name__", "").partition(".")[0] == __package__:
        frame, level = frame.f_back, level + 1
    warnings.warn(message, ScheduleMismatchWarning, stacklevel=level)


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


@attrs.frozen
class Saved:
    """What a checkpoint says of a scheduler of ours; None where it does not say.

    Args:
        step: Number of updates made.
        base_values: The initial value of each driven group.
        schedule: The schedule as data.
        absolute: The mode.
    """

    step: float
    base_values: tuple[float, ...]
    schedule: Any
    absolute: bool | None


def write(scheduler: HyperparameterScheduler) -> dict[str, Any]:
    """The state of a scheduler of ours, in plain JSON types."""
    bases = scheduler.base_lrs
    return {
        "version": VERSION,
        "schedule_target": scheduler.schedule_target,
        "step": scheduler.state.step,
        "base_values": bases if math.isfinite(sum(bases)) else encode(bases),
        "schedule": scheduler._schedule_text(),
        "absolute": scheduler._absolute,
    }


def read(state_dict: Any, schedule_target: str) -> Saved:
    """Read such a state, of this version or an older one, and check everything in it."""
    if not isinstance(state_dict, Mapping):
        raise TypeError(f"state_dict must be a mapping, got {state_dict!r}")
    if "version" not in state_dict and {"last_epoch", "base_lrs"} <= state_dict.keys():
        bases = plain_numbers("base_lrs", state_dict["base_lrs"])
        return Saved(_checks.step(state_dict["last_epoch"]), tuple(bases), None, None)
    newer = "absolute" in state_dict
    check_header(state_dict, _KEYS | ({"absolute"} if newer else set()), schedule_target)
    values = state_dict["base_values"]
    if not isinstance(values, (list, tuple)):
        raise TypeError(f"base_values must be a list, got {values!r}")
    bases = [
        base
        if type(base) is float and base == base
        else _checks.real(f"base_values[{index}]", decode(base))
        for index, base in enumerate(values)
    ]
    absolute = _checks.flag("absolute", state_dict["absolute"]) if newer else None
    schedule = _schedule_data(state_dict["schedule"])
    return Saved(_checks.step(state_dict["step"]), tuple(bases), schedule, absolute)


def schedule_text(schedule: Schedule | tuple[Schedule | None, ...]) -> str | None:
    """A schedule as JSON, or None where it holds a function without an importable name.

    One leaf, whatever the schedule: distributed checkpoints plan a load by the nesting.
    """
    data = _data(schedule)
    return None if data is None else json.dumps(data)


def _schedule_data(text: Any) -> Any:
    if text is None:
        return None
    if not isinstance(text, str):
        raise TypeError(f"schedule must be a JSON string, got {text!r}")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError(f"schedule must be a JSON string, got {text[:200]!r}") from None


def _data(schedule: Schedule | tuple[Schedule | None, ...] | None) -> Any:
    if isinstance(schedule, tuple):
        return [_data(one) for one in schedule]
    if schedule is None:
        return None
    try:
        return tsa_core.to_dict(schedule)
    except (TypeError, ValueError):
        return None  # a function without an importable name cannot be written as data


def warn_of_differences(
    saved: Saved, scheduler: HyperparameterScheduler, known: KnownGroups
) -> None:
    """Warn where the code has another schedule, mode or initial value than a checkpoint."""
    name, absolute = scheduler.schedule_target, scheduler._absolute
    fields = _schedule_differences(saved.schedule, scheduler.schedule)
    if fields:
        warn(
            f"the checkpoint of {name!r} was written under another schedule; the code's is "
            f"used. They differ in: {', '.join(fields)}"
        )
    if saved.absolute is not None and saved.absolute != absolute:
        warn(
            f"the checkpoint of {name!r} was written with absolute={saved.absolute}; the "
            f"code's absolute={absolute} is used"
        )
    if saved.base_values != known.initial_values and not (saved.absolute and absolute):
        warn_of_initial_values(name, saved.step, _initial_values(saved, scheduler, known))


def _initial_values(
    saved: Saved, scheduler: HyperparameterScheduler, known: KnownGroups
) -> Iterator[tuple[float, float, float, Any]]:
    """For each group that differs: the saved initial value, the code's, and the saved value."""
    schedules, current = _saved_schedules(saved), scheduler.schedule
    pairs = zip(saved.base_values, known.initial_values, strict=True)
    for row, (base, initial) in enumerate(pairs):
        if base != initial:
            place = known.schedules[row]
            schedule = schedules[min(place, len(schedules) - 1)]  # a late group follows the last
            if schedule is None:
                schedule = current[place] if isinstance(current, tuple) else current
            multiplier = schedule(saved.step)
            value = multiplier if saved.absolute else product(base, multiplier)
            yield base, initial, value, scheduler._target.find(known.groups[row])


def warn_of_initial_values(
    name: str, step: float, rows: Iterable[tuple[float, float, float, Any]]
) -> None:
    """Warn where the code has another initial value than a checkpoint.

    An optimizer that was restored without a note holds the saved value instead of the initial
    one, and a tensor holds either as it can round it: neither is a difference.

    Args:
        name: The target.
        step: Number of updates made.
        rows: For each group its initial value in the checkpoint and in the code, its saved
            value at the step, and what it holds.
    """
    found = []
    for saved, initial, value, held in rows:
        dtype = held.dtype if isinstance(held, Tensor) else torch.float32
        if _rounded(initial, dtype) not in (_rounded(saved, dtype), _rounded(value, dtype)):
            found.append(f"{saved!r} in the checkpoint, {initial!r} in the code")
    if found:
        warn(
            f"the checkpoint of {name!r} has other initial values than the code: "
            f"{'; '.join(dict.fromkeys(found))}. The checkpoint's are used; to use the code's, "
            f"build the scheduler with initial_values= and last_epoch={step!r} and do not load"
        )


def _saved_schedules(saved: Saved) -> list[Any]:
    """What the saved values were made by; None where the checkpoint does not say it."""
    found: list[Any] = []
    for item in saved.schedule if isinstance(saved.schedule, list) else [saved.schedule]:
        try:
            found.append(tsa_core.from_dict(item))
        except (TypeError, ValueError):
            found.append(None)
    return found or [None]


def _rounded(value: float, dtype: torch.dtype) -> float:
    return torch.tensor(value, dtype=torch.float64).to(dtype).item()


def _schedule_differences(saved: Any, schedule: Any) -> list[str]:
    current = _data(schedule)
    if saved is None or current is None:
        return []
    return sorted(_differences(saved, current, "schedule"))


def _differences(saved: Any, current: Any, path: str) -> set[str]:
    if isinstance(saved, dict) and isinstance(current, dict) and saved.keys() == current.keys():
        pairs = [(saved[key], current[key], f"{path}.{key}") for key in saved]
    elif isinstance(saved, list) and isinstance(current, list) and len(saved) == len(current):
        rows = enumerate(zip(saved, current, strict=True))
        pairs = [(a, b, f"{path}[{index}]") for index, (a, b) in rows]
    else:
        return set() if saved == current else {path}
    return {field for a, b, where in pairs for field in _differences(a, b, where)}
