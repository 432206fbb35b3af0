"""A hyperparameter's place in a param group, and what a group says about it."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any

import attrs
import torch
from torch import Tensor

from tsa_core import _checks

Group = MutableMapping[str, Any]

_BELOW_ONE = math.nextafter(1.0, 0.0)
_NEVER_NEGATIVE = ("lr", "weight_decay", "momentum", "eps")


@attrs.frozen
class Target:
    """The place of one hyperparameter in a group: a key, or one element of a tuple."""

    name: str
    key: str
    index: int | None
    note: str = attrs.field(init=False)
    """The key under which a group keeps the initial value, as torch's `initial_lr`."""

    @note.default
    def _initial_name(self) -> str:
        return f"initial_{self.name}"

    @classmethod
    def parse(cls, name: object, argument: str = "schedule_target") -> Target:
        """Read `"lr"` or `"betas[0]"`."""
        if not isinstance(name, str):
            raise TypeError(f"{argument} must be a str, got {name!r}")
        if name in ("", "params"):
            raise ValueError(f"{argument} must name a hyperparameter, got {name!r}")
        element = re.fullmatch(r"(.+)\[(\d+)\]", name)
        if element:
            return cls(name, element[1], int(element[2]))
        return cls(name, name, None)

    def exists(self, group: Mapping[str, Any]) -> bool:
        """Whether the group has it."""
        if self.index is None or self.key not in group:
            return self.key in group
        items = group[self.key]
        return isinstance(items, (tuple, list)) and self.index < len(items)

    def current(self, group: Mapping[str, Any]) -> Any:
        """What the group holds, as it is."""
        return group[self.key] if self.index is None else group[self.key][self.index]

    def find(self, group: Mapping[str, Any]) -> Any:
        """What the group holds, or None where it lacks it."""
        if self.index is None:
            return group.get(self.key)
        return self.current(group) if self.exists(group) else None

    def read(self, group: Mapping[str, Any]) -> float:
        """The value as a number that shares nothing with the group."""
        return as_number(self.name, self.current(group))

    def initial(self, group: Mapping[str, Any], default: float | None = None) -> float:
        """The value before any schedule: the note of it, else what the group holds.

        Args:
            group: The group.
            default: What it will hold if it lacks the target.
        """
        note = group.get(self.note)
        if note is None and "schedule_namespaces" in group:  # the note of the 1.x line
            note = group["schedule_namespaces"].get(self.name, {}).get("initial_lr")
        if note is not None:
            return as_number(self.note, note)
        if default is not None and not self.exists(group):
            return float(default)
        return as_number(self.name, self.current(group))

    def held(self, groups: Sequence[Mapping[str, Any]]) -> list[Any]:
        """What each group holds, or None where it lacks it."""
        if self.index is None:
            return [group.get(self.key) for group in groups]
        return [self.find(group) for group in groups]

    def initial_values(
        self, groups: Sequence[Mapping[str, Any]], default: float | None
    ) -> tuple[float, ...]:
        """The value of each group before any schedule."""
        values = [group.get(self.note) for group in groups]
        if not any("schedule_namespaces" in group for group in groups):
            held = self.held(groups)
            values = [
                value if note is None else note for note, value in zip(values, held, strict=True)
            ]
        return tuple(
            [
                value if type(value) is float and value == value else self.initial(group, default)
                for value, group in zip(values, groups, strict=True)
            ]
        )

    def put(self, group: Group, value: Any) -> None:
        """Put something in its place, whatever is there; of a tuple the rest is kept."""
        if self.index is None:
            group[self.key] = value
        else:
            old = group[self.key]
            items = [*old[: self.index], value, *old[self.index + 1 :]]
            named = hasattr(old, "_fields")
            group[self.key] = type(old)(*items) if named else type(old)(items)

    def limits(self, optimizer: object) -> tuple[float, float]:
        """The least and the greatest value that a torch optimizer, unwrapped, would accept."""
        if not isinstance(_unwrapped(optimizer), torch.optim.Optimizer):
            return -math.inf, math.inf
        if self.key == "betas":
            return 0.0, _BELOW_ONE
        return (0.0 if self.name in _NEVER_NEGATIVE else -math.inf), math.inf

    def refusal(self, value: float, step: object) -> ValueError:
        """The error for a value outside the limits."""
        if self.key == "betas":
            return ValueError(f"{self.name} must be in [0, 1), got {value!r} at step {step!r}")
        hint = "; to maximize, build the optimizer with maximize=True" if self.name == "lr" else ""
        return ValueError(f"{self.name} must be >= 0, got {value!r} at step {step!r}{hint}")


def as_number(name: str, value: Any) -> float:
    """A value of a param group as a float, or raise unless it is a real number."""
    if type(value) is float and value == value:
        return value
    if isinstance(value, Tensor) and value.numel() == 1:
        value = value.item()
    if isinstance(value, (tuple, list)):
        raise TypeError(
            f"{name} of a param group must be a real number, got {value!r}; name one of its "
            f"elements: {name}[0]"
        )
    return _checks.real(f"{name} of a param group", value)


def _unwrapped(optimizer: Any) -> Any:
    for _ in range(10):  # wrappers of wrappers; one that wraps itself ends here too
        if isinstance(optimizer, torch.optim.Optimizer) or not hasattr(optimizer, "optimizer"):
            break
        optimizer = optimizer.optimizer
    return optimizer


def groups_of(optimizer: object) -> list[Group]:
    """The param groups of an optimizer, of a wrapper, of anything that has some."""
    groups = getattr(optimizer, "param_groups", None)
    if not isinstance(groups, (list, tuple)):
        raise TypeError(f"optimizer must have param_groups, got {optimizer!r}")
    return list(groups)


def same(groups: Sequence[Group], seen: Sequence[Group]) -> bool:
    """Whether these are the same groups in the same order."""
    return len(groups) == len(seen) and all(map(operator.is_, groups, seen))


def require(groups: Sequence[Group], target: Target) -> None:
    """Raise unless every one of the groups has the target."""
    if None in target.held(groups) and not all(map(target.exists, groups)):
        raise lacking(groups, target)


def lacking(groups: Sequence[Group], target: Target) -> KeyError:
    """The error for groups that lack the target."""
    keys = dict.fromkeys(key for group in groups for key in group if key != "params")
    which = "not every" if any(map(target.exists, groups)) else "no"
    if target.name == "momentum" and "betas" in keys:
        hint = "momentum is betas[0] here"
    elif target.index is not None and target.key not in keys and "momentum" in keys:
        hint = "momentum is the target here"
    elif target.index is None:
        hint = "to add it, give default_value=... (default_values=... to bind_schedules)"
    else:
        hint = "an element must be there before it is scheduled"
    return KeyError(
        f"{which} param group has {target.name!r}; the keys are: {', '.join(keys)}; {hint}"
    )
