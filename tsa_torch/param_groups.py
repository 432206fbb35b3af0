"""The only module that reads or writes a param group."""

from __future__ import annotations

import numbers
import re
from collections.abc import Callable, Iterator, MutableMapping
from typing import Any

import attrs
import torch
from torch import Tensor

from tsa_core import _checks

Group = MutableMapping[str, Any]


@attrs.frozen
class Target:
    """The place of one hyperparameter in a group: a key, or one element of a tuple."""

    name: str
    key: str
    index: int | None

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

    def exists(self, group: Group) -> bool:
        """Whether the group has it."""
        if self.index is None or self.key not in group:
            return self.key in group
        items = group[self.key]
        return isinstance(items, (tuple, list)) and self.index < len(items)

    def current(self, group: Group) -> Any:
        """What the group holds, as it is."""
        return group[self.key] if self.index is None else group[self.key][self.index]

    def read(self, group: Group) -> float:
        """The value as a number that shares nothing with the group."""
        value = self.current(group)
        if isinstance(value, Tensor):
            value = value.item()
        _checks.real(f"{self.name} of a param group", value)
        return _plain(value)

    def write(self, group: Group, value: float) -> None:
        """Write a number: into the tensor where one is there, else in its place."""
        old = self.current(group)
        if isinstance(old, Tensor):
            with torch.no_grad():
                old.fill_(value)
        else:
            self._put(group, value)

    def holds(self, group: Group, value: float) -> bool:
        """Whether the group has this value, as exactly as its kind of number can."""
        current = self.current(group)
        if isinstance(current, Tensor):
            return bool(current == torch.as_tensor(value, dtype=current.dtype))
        return bool(current == value)

    def unshare(self, group: Group) -> None:
        """Give the group a tensor of its own: torch hands one default to all of them."""
        value = self.current(group)
        if isinstance(value, Tensor):
            self._put(group, value.detach().clone())

    def _put(self, group: Group, value: Any) -> None:
        if self.index is None:
            group[self.key] = value
        else:
            items = list(group[self.key])
            items[self.index] = value
            group[self.key] = type(group[self.key])(items)


def groups_of(optimizer: object) -> list[Group]:
    """The param groups of an optimizer, of a wrapper, of anything that has some."""
    groups = getattr(optimizer, "param_groups", None)
    if not isinstance(groups, (list, tuple)):
        raise TypeError(f"optimizer must have param_groups, got {optimizer!r}")
    return list(groups)


def require(optimizer: object, target: Target) -> None:
    """Raise unless every group has the target."""
    groups = groups_of(optimizer)
    if not all(target.exists(group) for group in groups):
        keys = dict.fromkeys(key for group in groups for key in group if key != "params")
        raise KeyError(f"no param group has {target.name!r}; the keys are: {', '.join(keys)}")


def snapshot(optimizer: object) -> Callable[[], None]:
    """Note what the groups and the defaults hold; the result puts it back."""
    kept = [
        (group, dict(group), {k: v.clone() for k, v in group.items() if isinstance(v, Tensor)})
        for group in groups_of(optimizer)
    ]
    defaults = getattr(optimizer, "defaults", None)
    kept_defaults = dict(defaults) if isinstance(defaults, dict) else None

    def restore() -> None:
        for group, entries, tensors in kept:
            group.clear()
            group.update(entries)
            for key, value in tensors.items():
                group[key].data.copy_(value)
        if isinstance(defaults, dict) and kept_defaults is not None:
            defaults.clear()
            defaults.update(kept_defaults)

    return restore


def extend_optimizer(
    optimizer: Any, name: str, default_value: float, overwrite_values: bool = False
) -> Any:
    """Give every param group a hyperparameter of your own.

    Groups that are added to the optimizer later get it too.

    Args:
        optimizer: The optimizer, or anything with `param_groups`.
        name: The key to add.
        default_value: A real number; infinity is allowed (a limit that is off), NaN is not.
        overwrite_values: Whether groups that have the key already take the value as well.

    Returns:
        The same optimizer.

    Raises:
        TypeError: If an argument is of another type.
        ValueError: If `name` is empty or `"params"`, or `default_value` is NaN.

    Example:
        >>> weight = torch.nn.Parameter(torch.zeros(1))
        >>> optimizer = extend_optimizer(torch.optim.SGD([weight]), "clip", 10.0)
        >>> optimizer.param_groups[0]["clip"]
        10.0
    """
    groups = groups_of(optimizer)
    target = Target.parse(name, "name")
    if target.index is not None:
        raise ValueError(f"name must be a key, not an element of one, got {name!r}")
    _checks.real("default_value", default_value)
    value = _plain(default_value)
    if not isinstance(overwrite_values, bool):
        raise TypeError(f"overwrite_values must be a bool, got {overwrite_values!r}")
    for group in groups:
        if name not in group:
            group[name] = value
        elif overwrite_values:
            target.write(group, value)
    defaults = getattr(optimizer, "defaults", None)
    if isinstance(defaults, dict) and (overwrite_values or name not in defaults):
        defaults[name] = value
    return optimizer


def get_param_groups_regrouped_by_key(
    optimizer: Any, schedule_target: str
) -> list[tuple[Any, list[Any], Group]]:
    """Each group's value of one hyperparameter, beside its parameters and the group itself.

    Args:
        optimizer: The optimizer, or anything with `param_groups`.
        schedule_target: The key, or an element such as `"betas[0]"`.

    Returns:
        `(value, params, group)` for each group that has it, in the groups' order; empty
        where none has.

    Raises:
        TypeError: If an argument is of another type.
        ValueError: If `schedule_target` is empty or `"params"`.

    Example:
        >>> weight = torch.nn.Parameter(torch.zeros(1))
        >>> optimizer = torch.optim.SGD([weight], lr=0.5)
        >>> [lr for lr, params, group in get_param_groups_regrouped_by_key(optimizer, "lr")]
        [0.5]
    """
    groups = groups_of(optimizer)
    target = Target.parse(schedule_target)
    return [
        (target.current(group), group["params"], group) for group in groups if target.exists(group)
    ]


def _plain(value: Any) -> float:
    """A NumPy number as Python's, so that a checkpoint holds plain types."""
    return int(value) if isinstance(value, numbers.Integral) else float(value)


PRIVATE_KEYS = ("initial_lr", "max_lr", "min_lr", "max_momentum", "base_momentum", "swa_lr")
"""What torch's schedulers plant in "their" group; a view keeps it out of the real one."""


class GroupView(MutableMapping[str, Any]):
    """A param group in which the target goes by the name `lr`."""

    def __init__(self, group: Group, target: Target, private: dict[str, Any]) -> None:
        self._group = group
        self._target = target
        self._private = private

    def __getitem__(self, key: str) -> Any:
        if key == "lr":
            return self._target.current(self._group)
        if key in PRIVATE_KEYS or key in self._private:
            return self._private[key]
        return self._group[key]

    def __setitem__(self, key: str, value: Any) -> None:
        if key == "lr":
            self._target._put(self._group, value)
        elif key in self._group and key not in PRIVATE_KEYS:
            raise ValueError(
                f"the scheduler would also write {key!r}; build it with cycle_momentum=False "
                "(OneCycleLR, CyclicLR) and give that hyperparameter a schedule of its own"
            )
        else:
            self._private[key] = value

    def __delitem__(self, key: str) -> None:
        del self._private[key]

    def __iter__(self) -> Iterator[str]:
        shown = [key for key in self._group if key not in PRIVATE_KEYS and key != "lr"]
        return iter(["lr", *shown, *self._private])

    def __len__(self) -> int:
        return len(list(iter(self)))


class View(torch.optim.Optimizer):
    """An optimizer for torch's schedulers, whose `lr` is the target of the real one."""

    _opt_called = True  # a scheduler looks here before it warns about the step order

    def __init__(self, optimizer: Any, target: Target) -> None:
        self._optimizer = optimizer
        self._target = target
        self._private: list[tuple[Any, dict[str, Any]]] = []

    def step(self, closure: Any = None) -> None:  # type: ignore[override]  # never called
        """Do nothing: the real optimizer steps itself."""

    # A scheduler that finds this mark leaves the method unpatched.
    step._wrapped_by_lr_sched = True  # type: ignore[attr-defined]  # as torch does

    @property
    def defaults(self) -> Any:  # type: ignore[override]  # read through
        """The real optimizer's defaults."""
        return getattr(self._optimizer, "defaults", {})

    @property
    def param_groups(self) -> list[Any]:  # type: ignore[override]  # read through
        """The real groups of this moment, each seen with the target as `lr`."""
        known = {id(params): private for params, private in self._private}
        views = []
        for group in groups_of(self._optimizer):
            params = group["params"]
            if id(params) not in known:
                known[id(params)] = {}
                self._private.append((params, known[id(params)]))
            views.append(GroupView(group, self._target, known[id(params)]))
        return views

    def private(self) -> list[dict[str, Any]]:
        """What the scheduler keeps in each group of this moment."""
        return [view._private for view in self.param_groups]

    def __getstate__(self) -> dict[str, Any]:
        return dict(self.__dict__)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    def __repr__(self) -> str:
        return f"View({self._optimizer!r}, {self._target.name!r})"
