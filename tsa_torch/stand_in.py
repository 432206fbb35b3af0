"""StandIn: the optimizer that a torch scheduler drives in place of the real one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from tsa_torch.targets import Group, Target, groups_of

PRIVATE_KEYS = ("initial_lr", "max_lr", "min_lr", "max_momentum", "base_momentum", "swa_lr")
"""What torch's schedulers plant in their groups; a stand-in keeps it out of the real ones."""


class StandIn(torch.optim.Optimizer):
    """Plain groups, one for each real one, whose `lr` is the target.

    They hold the other keys of the real groups too. Values are copied in before the scheduler
    moves and copied out after it, so the scheduler never touches a real group.

    Args:
        optimizer: The real optimizer, or anything with `param_groups`.
        target: The hyperparameter.
    """

    _opt_called = True  # a scheduler looks here before it warns about the step order

    def __init__(self, optimizer: Any, target: Target) -> None:
        self._target = target
        self.defaults = dict(getattr(optimizer, "defaults", {}))
        default = target.find(self.defaults)
        self.defaults.pop("lr", None)
        if default is not None:
            self.defaults["lr"] = default
        groups = groups_of(optimizer)
        self.param_groups = [{} for _ in groups]
        self.copy_in(groups)

    def copy_in(self, groups: Sequence[Group]) -> None:
        """Take over what the real groups hold.

        Raises:
            TypeError: If a value of the target is not a number.
            ValueError: If it is NaN.
        """
        self._copies = []
        for own, group in zip(self.param_groups, groups, strict=True):
            self._target.read(group)
            copies = {key: copied(value) for key, value in group.items() if not _hidden(key)}
            own.update(copies, params=group.get("params", []))
            value = copied(self._target.current(group))
            if isinstance(value, Tensor) and not value.is_floating_point():
                value = value.to(torch.get_default_dtype())
            own["lr"] = value
            self._copies.append(copies)

    def start(self, groups: Sequence[Group]) -> None:
        """Put the initial value of each group in the place of its present one."""
        for own, group in zip(self.param_groups, groups, strict=True):
            self._set_initial(own, "lr", group)

    def resume(self, groups: Sequence[Group]) -> None:
        """Keep the present values, and hand on the initial values that are noted."""
        for own, group in zip(self.param_groups, groups, strict=True):
            if group.get(self._target.note) is not None:
                self._set_initial(own, "initial_lr", group)

    def _set_initial(self, own: Group, key: str, group: Group) -> None:
        held, initial = own["lr"], self._target.initial(group)
        own[key] = held.clone().fill_(initial) if isinstance(held, Tensor) else initial

    def check_other_keys(self) -> None:
        """Raise ValueError if the scheduler has written another hyperparameter as well."""
        for own, copies in zip(self.param_groups, self._copies, strict=True):
            for key, value in copies.items():
                if own.get(key) is not value or _written_to(value):
                    raise ValueError(
                        f"the scheduler would also write {key!r}; build it with "
                        "cycle_momentum=False (OneCycleLR, CyclicLR) and schedule "
                        "that hyperparameter separately"
                    )

    def planted(self) -> list[dict[str, Any]]:
        """What the scheduler keeps in each group."""
        pairs = zip(self.param_groups, self._copies, strict=True)
        return [
            {key: own[key] for key in own.keys() - copies.keys() - {"lr", "params"}}
            for own, copies in pairs
        ]

    def step(self, closure: Any = None) -> None:  # type: ignore[override]  # never called
        """Do nothing: the real optimizer steps itself."""

    # A scheduler that finds this mark leaves the method unpatched.
    step._wrapped_by_lr_sched = True  # type: ignore[attr-defined]  # as torch does

    def __getstate__(self) -> dict[str, Any]:
        return dict(self.__dict__)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    def __repr__(self) -> str:
        return f"StandIn({self._target.name!r}, {len(self.param_groups)} groups)"


def copied(value: Any) -> Any:
    """Copy plain data and tensors, and keep anything else as it is."""
    if isinstance(value, Tensor):
        return value.detach().clone()
    if type(value) in (list, tuple):
        return type(value)(copied(item) for item in value)
    if isinstance(value, dict):
        result = value.copy()
        for key, item in value.items():
            result[key] = copied(item)
        return result
    return value


def _hidden(key: str) -> bool:
    return key in ("lr", "params", *PRIVATE_KEYS) or key.startswith("initial_")


def _written_to(value: Any) -> bool:
    items = value if isinstance(value, (list, tuple)) else (value,)
    return any(isinstance(item, Tensor) and item._version > 0 for item in items)
