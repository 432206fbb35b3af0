"""The only module that reads or writes a param group."""

from __future__ import annotations

import numbers
import operator
import re
from collections.abc import Callable, Iterator, MutableMapping, Sequence
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

    def find(self, group: Group) -> Any:
        """What the group holds, or None where it lacks it."""
        if self.index is None:
            return group.get(self.key)
        return self.current(group) if self.exists(group) else None

    def read(self, group: Group) -> float:
        """The value as a number that shares nothing with the group."""
        value = self.current(group)
        if type(value) is float and value == value:
            return value
        if isinstance(value, Tensor) and value.numel() == 1:
            value = value.item()
        _checks.real(f"{self.name} of a param group", value)
        return _plain(value)

    def check(self, value: float) -> float:
        """Return a number that the hyperparameter may take, or raise."""
        if self.key == "betas" and not 0 <= value < 1:
            raise ValueError(f"{self.name} must be in [0, 1), got {value!r}")
        return value

    def write(self, group: Group, value: float) -> None:
        """Write a number: into the tensor where one is there, else in its place."""
        old = self.current(group)
        if isinstance(old, Tensor):
            with torch.no_grad():
                old.fill_(value)
        else:
            self.put(group, value)

    def holds(self, group: Group, value: float) -> bool:
        """Whether the group has this value, as exactly as its kind of number can."""
        current = self.current(group)
        if isinstance(current, Tensor):
            return bool(
                current == torch.as_tensor(value, dtype=current.dtype, device=current.device)
            )
        return bool(current == value)

    def unshare(self, group: Group) -> None:
        """Give the group a float tensor of its own: torch hands one default to all of them."""
        value = self.current(group)
        if isinstance(value, Tensor):
            kind = value.dtype if value.is_floating_point() else torch.get_default_dtype()
            self.put(group, value.detach().to(kind, copy=True))

    def put(self, group: Group, value: Any) -> None:
        """Put something in its place, whatever is there; of a tuple the rest is kept."""
        if self.index is None:
            group[self.key] = value
        else:
            old = group[self.key]
            items = [*old[: self.index], value, *old[self.index + 1 :]]
            named = hasattr(old, "_fields")
            group[self.key] = type(old)(*items) if named else type(old)(items)


def groups_of(optimizer: object) -> list[Group]:
    """The param groups of an optimizer, of a wrapper, of anything that has some."""
    groups = getattr(optimizer, "param_groups", None)
    if not isinstance(groups, (list, tuple)):
        raise TypeError(f"optimizer must have param_groups, got {optimizer!r}")
    return list(groups)


def require(groups: Sequence[Group], target: Target) -> None:
    """Raise unless every one of the groups has the target."""
    having = sum(map(target.exists, groups))
    if having < len(groups):
        keys = dict.fromkeys(key for group in groups for key in group if key != "params")
        which = "not every" if having else "no"
        raise KeyError(f"{which} param group has {target.name!r}; the keys are: {', '.join(keys)}")


def snapshot(optimizer: object, *keys: str) -> Callable[[], None]:
    """Note what the groups and the defaults hold; the result puts it back.

    Args:
        optimizer: The optimizer, or anything with `param_groups`.
        keys: The keys that may change; none is all of them.
    """
    groups = groups_of(optimizer)
    kept = [(group, {key: group[key] for key in keys or group if key in group}) for group in groups]
    tensors = [
        (item, item.clone())
        for _, entries in kept
        for value in entries.values()
        for item in (value if isinstance(value, (tuple, list)) else (value,))
        if isinstance(item, Tensor) and item.numel() == 1
    ]
    defaults = getattr(optimizer, "defaults", None)
    kept_defaults = dict(defaults) if isinstance(defaults, dict) else None

    def restore() -> None:
        for group, entries in kept:
            for key in [key for key in keys or group if key not in entries]:
                group.pop(key, None)
            group.update(entries)
        for tensor, value in tensors:
            tensor.data.copy_(value)
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


def write(
    target: Target,
    groups: Sequence[Group],
    slots: Sequence[int],
    values: Sequence[float],
    new: Sequence[bool],
) -> None:
    """Write into groups, whatever they hold.

    Args:
        target: The hyperparameter.
        groups: The groups.
        slots: For each the place of its value in `values`.
        values: The distinct values.
        new: Whether the group was not driven before. A tensor in such a one, in two groups
            at once, or of whole numbers, is replaced by one of the group's own first.
    """
    seen = set()
    for group, slot, is_new in zip(groups, slots, new, strict=True):
        held = target.find(group)  # a loaded state of the optimizer may lack the key
        if isinstance(held, Tensor):
            if is_new or id(held) in seen or not held.is_floating_point():
                target.unshare(group)
            seen.add(id(target.current(group)))
            target.write(group, values[slot])
        else:
            target.put(group, values[slot])


def note(
    target: Target,
    groups: list[Group],
    slots: Sequence[int],
    values: list[float],
    positions: Sequence[int],
) -> Written | None:
    """A note of what was just written, or None where floats and tensors are mixed."""
    held = [target.current(groups[position]) for position in positions]
    tensors = [one for one in held if isinstance(one, Tensor)]
    if not tensors:
        kind = WrittenFloats if target.index is None else Written
        return kind(target, groups, slots, values, positions)
    if len(tensors) < len(held):
        return None
    return WrittenTensors(target, groups, slots, tensors, positions)


class Written:
    """What was last written into each driven group, so that the next write can be quick.

    Each distinct value is a float object of its own. Finding that very object in a group
    again shows that nothing was put there since; then the next float may take its place
    without a look at the type.

    Args:
        target: The hyperparameter.
        groups: All groups of the optimizer.
        slots: For each driven group the place of its value in `values`.
        values: The distinct values, as they are in the groups.
        positions: Where in `groups` the driven ones are.
    """

    __slots__ = ("_positions", "_slots", "_target", "_values", "groups")

    def __init__(
        self,
        target: Target,
        groups: list[Group],
        slots: Sequence[int],
        values: list[Any],
        positions: Sequence[int],
    ) -> None:
        self.groups = groups
        self._target = target
        self._slots = slots
        self._values = values
        self._positions = None if len(positions) == len(groups) else positions

    def sees(self, groups: Sequence[Group]) -> bool:
        """Whether these are the groups of the last look: the same objects in the same order."""
        same = not any(map(operator.is_not, groups, self.groups))
        return same and len(groups) == len(self.groups)

    def replace(self, values: list[float]) -> bool:
        """Write new values; where something else is found than was left, change nothing.

        Args:
            values: New distinct values: objects that are held by nobody else.

        Returns:
            Whether the values were written.
        """
        groups: Sequence[Group] = self.groups
        if self._positions is not None:
            groups = [groups[position] for position in self._positions]
        if self._swap(groups, self._values, values):
            self._values = values
            return True
        self._swap(groups, values, self._values)
        return False

    def _swap(self, groups: Sequence[Group], olds: list[Any], news: list[float]) -> bool:
        """Put each new value where the old one is, up to the first group that lacks it."""
        target = self._target
        for group, slot in zip(groups, self._slots, strict=True):
            if target.find(group) is not olds[slot]:
                return False
            target.put(group, news[slot])
        return True


class WrittenFloats(Written):
    """Floats under a key: the loop that a step goes through for most hyperparameters."""

    __slots__ = ()

    def _swap(self, groups: Sequence[Group], olds: list[float], news: list[float]) -> bool:
        key = self._target.key
        try:
            if len(olds) == 1:
                old, new = olds[0], news[0]
                for group in groups:
                    if group[key] is not old:
                        return False
                    group[key] = new
            else:
                for group, slot in zip(groups, self._slots):  # noqa: B905  # as many, by replace()
                    if group[key] is not olds[slot]:
                        return False
                    group[key] = news[slot]
        except KeyError:
            return False
        return True


class WrittenTensors(Written):
    """0-dim tensors: filled in place, those of one device in one call, without waiting."""

    __slots__ = ("_batches", "_tensors")

    def __init__(
        self,
        target: Target,
        groups: list[Group],
        slots: Sequence[int],
        values: list[Any],
        positions: Sequence[int],
    ) -> None:
        super().__init__(target, groups, slots, values, positions)
        self._tensors = values
        self._batches = _batches(values, slots)

    def _swap(self, groups: Sequence[Group], olds: list[Any], news: list[float]) -> bool:
        if not all(map(operator.is_, map(self._target.find, groups), self._tensors)):
            return False
        with torch.no_grad():
            for tensors, slots, stage, views in self._batches:
                due = torch.tensor([news[slot] for slot in slots], dtype=stage.dtype, device="cpu")
                stage.copy_(due, non_blocking=True)
                torch._foreach_copy_(tensors, views)
        return True


def _batches(
    tensors: list[Tensor], slots: Sequence[int]
) -> list[tuple[list[Tensor], list[int], Tensor, tuple[Tensor, ...]]]:
    """For each device and dtype: its tensors, their slots, room for new values, views of it."""
    kinds: dict[Any, tuple[list[Tensor], list[int]]] = {}
    for tensor, slot in zip(tensors, slots, strict=True):
        batch = kinds.setdefault((tensor.device, tensor.dtype), ([], []))
        batch[0].append(tensor)
        batch[1].append(slot)
    batches = []
    for (device, dtype), (alike, places) in kinds.items():
        stage = torch.empty(len(alike), dtype=dtype, device=device)
        batches.append((alike, places, stage, stage.unbind()))
    return batches


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
            self._target.put(self._group, value)
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
        self._private: list[tuple[Group, dict[str, Any]]] = []

    def step(self, closure: Any = None) -> None:  # type: ignore[override]  # never called
        """Do nothing: the real optimizer steps itself."""

    # A scheduler that finds this mark leaves the method unpatched.
    step._wrapped_by_lr_sched = True  # type: ignore[attr-defined]  # as torch does

    @property
    def defaults(self) -> Any:  # type: ignore[override]  # read through
        """The real optimizer's defaults, seen with the target as `lr`."""
        defaults = dict(getattr(self._optimizer, "defaults", {}))
        value = self._target.find(defaults)
        defaults.pop("lr", None)
        return defaults if value is None else {**defaults, "lr": value}

    @property
    def param_groups(self) -> list[Any]:  # type: ignore[override]  # read through
        """The real groups of this moment, each seen with the target as `lr`."""
        seen = {id(group["params"]): (group, private) for group, private in self._private}
        views = []
        for group in groups_of(self._optimizer):
            _, private = seen.get(id(group["params"]), (group, {}))
            seen[id(group["params"])] = (group, private)
            views.append(GroupView(group, self._target, private))
        self._private = list(seen.values())
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
