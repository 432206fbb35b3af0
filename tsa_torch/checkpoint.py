"""What every state dict of ours begins with, and the check of it on load."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

VERSION = 2


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
