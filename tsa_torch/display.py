"""What a scheduler shows of itself: numbers for a logger."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tsa_torch.targets import groups_of


def scalars(prefix: str, optimizer: Any, values: Iterable[tuple[int, float]]) -> dict[str, float]:
    """Name each value: by the prefix alone, or with its group's name or number.

    Args:
        prefix: What the names begin with.
        optimizer: The optimizer, or anything with `param_groups`.
        values: The number of a group, and its value.
    """
    groups = groups_of(optimizer)
    names = [group.get("name") for group in groups]
    labels = [
        name if isinstance(name, str) and names.count(name) == 1 else str(index)
        for index, name in enumerate(names)
    ]
    alone = len(groups) == 1
    return {prefix if alone else f"{prefix}/{labels[index]}": value for index, value in values}
