"""The only module that writes a scheduled value into a param group."""

from __future__ import annotations

import contextlib
import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import attrs
import torch
from torch import Tensor

from tsa_torch.targets import Group, Target, same

Swap = Callable[[Sequence[Group], Any], bool]
"""Takes the present groups and what to write: one float for all groups, or one for each.

Returns whether it was written; it is not, and nothing has changed, where these are not the
groups of the last look or one of them holds something else than was left in it.
"""


def write(target: Target, groups: Sequence[Group], values: Sequence[float], new: Any) -> None:
    """Write into groups, whatever they hold.

    Args:
        target: The hyperparameter.
        groups: The groups.
        values: A value for each.
        new: For each whether it was not driven before. A tensor in such a one, in two groups
            at once, or of whole numbers, is replaced by one of the group's own first.
    """
    if target.index is None and not tensors_in(target.held(groups)):
        for group, value in zip(groups, values, strict=True):
            group[target.key] = value
        return
    filled = set()
    for group, value, is_new in zip(groups, values, new, strict=True):
        held = target.find(group)
        if isinstance(held, Tensor):
            if is_new or id(held) in filled or not held.is_floating_point():
                held = own_tensor(held)
                target.put(group, held)
            filled.add(id(held))
            with torch.no_grad():
                held.fill_(value)
        else:
            target.put(group, value)


def tensors_in(values: Sequence[Any]) -> list[Tensor]:
    """Those that are tensors."""
    if not any(issubclass(kind, Tensor) for kind in set(map(type, values))):
        return []
    return [value for value in values if isinstance(value, Tensor)]


class Records:
    """What some entries held, so that they can be put back."""

    def __init__(self) -> None:
        self._kept: list[tuple[Any, str, Any]] = []

    def keep(self, mappings: Iterable[Any], key: str) -> None:
        """Note what groups, or other mappings, hold under a key."""
        self._kept += [(entries, key, entries.get(key, self)) for entries in mappings]

    def put_back(self) -> None:
        """Put everything back; what refuses is left."""
        for entries, key, value in reversed(self._kept):
            with contextlib.suppress(Exception):
                if value is self:
                    entries.pop(key, None)
                else:
                    entries[key] = value


def own_tensor(value: Tensor) -> Tensor:
    """A floating clone: torch hands one default tensor to all groups."""
    kind = value.dtype if value.is_floating_point() else torch.get_default_dtype()
    return value.detach().to(kind, copy=True)


def note_initial_values(
    target: Target,
    groups: Sequence[Group],
    initial_values: Sequence[float],
    records: Records,
    *,
    overwrite: bool,
) -> None:
    """Note the initial value in each group that lacks the note, or in all of them."""
    pairs = [
        (group, value)
        for group, value in zip(groups, initial_values, strict=True)
        if (note := group.get(target.note)) is None or (overwrite and note is not value)
    ]
    records.keep([group for group, _ in pairs], target.note)
    for group, value in pairs:
        group[target.note] = value


@attrs.frozen
class Quick:
    """How to write again what was just written into the same groups.

    Args:
        swap: Writes; None where only a look at every group will do.
        one_value: Whether it takes one float for all groups instead of one for each.
        ready: Whether `swap` will write, where that has to be known before another target is
            written: a tensor's former content is not kept, so filling it cannot be undone.
    """

    swap: Swap | None
    one_value: bool = False
    ready: Callable[[Sequence[Group]], bool] | None = None


def quick(
    target: Target,
    seen: Sequence[Group],
    driven: Sequence[int] | None,
    values: list[float],
    one_value: bool,
) -> Quick:
    """The quick way to replace what was just written.

    A float is found again as the very object that was written: nothing was put there since,
    so the next one may take its place without a look at its type.

    Args:
        target: The hyperparameter.
        seen: All groups of the optimizer, in the type of its `param_groups`.
        driven: Where in `seen` the driven groups are; None for all.
        values: What each driven group holds.
        one_value: Whether that is one and the same object.
    """
    groups = seen if driven is None else [seen[index] for index in driven]
    held = target.held(groups)
    tensors = tensors_in(held)
    if tensors:
        return _fill(target, seen, driven, tensors) if len(tensors) == len(held) else Quick(None)
    if one_value and driven is None and target.index is None:
        return Quick(_swap_one(target.key, seen, values[0]), one_value=True)
    return Quick(_swap_each(target, seen, driven, values))


def _swap_one(key: str, seen: Sequence[Group], old: float) -> Swap:
    def swap(groups: Sequence[Group], new: Any) -> bool:
        nonlocal old
        try:
            # All hold one value, so equal groups may have changed places.
            if groups != seen:
                return False
        except Exception:
            return False  # a replaced parameter of several elements has no truth value
        try:
            for group in groups:
                if group[key] is not old:
                    break
                group[key] = new
            else:
                old = new
                return True
        except KeyError:
            pass
        for group in groups:
            if group.get(key) is new:
                group[key] = old
        return False

    return swap


def _swap_each(
    target: Target, seen: Sequence[Group], driven: Sequence[int] | None, old: list[float]
) -> Swap:
    put_each = _put_each if target.index is None else _put_each_element
    # Each of all groups holds a float object of its own, so that object tells equal groups apart.
    unchanged = _alike if driven is None and len(set(map(id, old))) == len(old) else same

    def swap(groups: Sequence[Group], new: Any) -> bool:
        nonlocal old
        if not unchanged(groups, seen):
            return False
        if driven is not None:
            groups = [groups[index] for index in driven]
        if put_each(target, groups, old, new):
            old = new
            return True
        for group, was, value in zip(groups, old, new, strict=True):
            if target.find(group) is value:
                target.put(group, was)
        return False

    return swap


def _put_each(target: Target, groups: Sequence[Group], old: Any, new: Any) -> bool:
    key = target.key
    try:
        for group, was, value in zip(groups, old, new):  # noqa: B905  # one for each group
            if group[key] is not was:
                return False
            group[key] = value
    except KeyError:
        return False
    return True


def _put_each_element(target: Target, groups: Sequence[Group], old: Any, new: Any) -> bool:
    for group, was, value in zip(groups, old, new, strict=True):
        if target.find(group) is not was:
            return False
        target.put(group, value)
    return True


def _fill(
    target: Target, seen: Sequence[Group], driven: Sequence[int] | None, tensors: list[Tensor]
) -> Quick:
    """Fill 0-dim tensors in place: those of one device in one call, without waiting."""
    batches = _batches(tensors)

    def ready(groups: Sequence[Group]) -> bool:
        if not same(groups, seen):
            return False
        if driven is not None:
            groups = [groups[index] for index in driven]
        return all(map(operator.is_, target.held(groups), tensors))

    def swap(_groups: Sequence[Group], new: Any) -> bool:
        with torch.no_grad():
            for alike, places, stage, views in batches:
                due = [new[place] for place in places]
                stage.copy_(torch.tensor(due, dtype=stage.dtype, device="cpu"), non_blocking=True)
                torch._foreach_copy_(alike, views)
        return True

    return Quick(swap, ready=ready)


def _batches(
    tensors: list[Tensor],
) -> list[tuple[list[Tensor], list[int], Tensor, tuple[Tensor, ...]]]:
    """For each device and dtype: its tensors, their places, room for new values, views of it."""
    kinds: dict[Any, tuple[list[Tensor], list[int]]] = {}
    for place, tensor in enumerate(tensors):
        alike, places = kinds.setdefault((tensor.device, tensor.dtype), ([], []))
        alike.append(tensor)
        places.append(place)
    batches = []
    for (device, dtype), (alike, places) in kinds.items():
        stage = torch.empty(len(alike), dtype=dtype, device=device)
        batches.append((alike, places, stage, stage.unbind()))
    return batches


def _alike(groups: Sequence[Group], seen: Sequence[Group]) -> bool:
    try:
        return groups == seen  # twenty times as fast as by identity, where they are identical
    except Exception:
        return False  # a replaced parameter of several elements has no truth value
