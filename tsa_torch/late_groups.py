"""Torch schedulers are built for the groups of that moment: how later groups join."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from torch import Tensor
from torch.optim.lr_scheduler import (
    CosineAnnealingWarmRestarts,
    CyclicLR,
    LambdaLR,
    LRScheduler,
    OneCycleLR,
    ReduceLROnPlateau,
    SequentialLR,
)

from tsa_torch import torch_state
from tsa_torch.scheduler import HyperparameterScheduler
from tsa_torch.stand_in import PRIVATE_KEYS, StandIn, copied
from tsa_torch.targets import Group, Target, groups_of
from tsa_torch.torch_state import PER_GROUP, parts

if TYPE_CHECKING:
    from tsa_torch.bound import BoundScheduler

Factory = Callable[[Any], LRScheduler]

_BY_POSITION = (LambdaLR, OneCycleLR, CyclicLR, CosineAnnealingWarmRestarts)
"""Torch's schedulers whose `get_lr` is a function of the position alone."""


def build(optimizer: Any, target: Target, factory: Factory) -> tuple[LRScheduler, StandIn]:
    """Call the factory on a stand-in, and check what it returns.

    The stand-in starts at the initial values. A scheduler that is built for a later position,
    with torch's `last_epoch`, goes on from the present values instead.

    Args:
        optimizer: The optimizer, or anything with `param_groups`.
        target: The hyperparameter.
        factory: The caller's.
    """
    groups = groups_of(optimizer)
    stand_in = StandIn(optimizer, target)
    stand_in.start(groups)
    try:
        scheduler = _called(factory, stand_in)
        started = torch_state.position(scheduler) == 0
    except KeyError:
        started = False  # torch looks for `initial_lr` in the groups
    if not started:
        stand_in = StandIn(optimizer, target)
        stand_in.resume(groups)
        scheduler = _called(factory, stand_in)
    stand_in.check_other_keys()
    for own, group in zip(stand_in.param_groups, groups, strict=True):
        own.setdefault("initial_lr", target.initial(group))
    return scheduler, stand_in


def _called(factory: Factory, stand_in: StandIn) -> LRScheduler:
    scheduler = factory(stand_in)
    if not isinstance(scheduler, LRScheduler) or scheduler.optimizer is not stand_in:
        raise TypeError(
            "schedule_factory must return a scheduler on the optimizer that it receives, "
            f"got {scheduler!r}"
        )
    if isinstance(scheduler, HyperparameterScheduler):
        raise TypeError(
            f"schedule_factory must return a torch scheduler, got {scheduler!r}, which needs no "
            "factory: pass it the optimizer and schedule_target"
        )
    return scheduler


def follow(bound: BoundScheduler, groups: Sequence[Group], where: list[int | None]) -> None:
    """Give each present group its stand-in and its items in the torch scheduler's lists.

    Args:
        bound: The scheduler; its stand-ins are those of the groups it saw last.
        groups: The present groups.
        where: Where each of them was; None for one that is new.

    Raises:
        ValueError: If a new group cannot join.
    """
    stand_in, inner = bound._stand_in, bound._inner
    late = [index for index, place in enumerate(where) if place is None]
    twin = _newcomers(bound, groups, where) if late else inner
    for part, other in zip(parts(inner), parts(twin), strict=True):
        for name in PER_GROUP:
            if name in vars(part):
                kept, new = vars(part)[name], vars(other)[name]
                vars(part)[name] = [
                    new[index] if place is None else kept[place]
                    for index, place in enumerate(where)
                ]
    stands, others = stand_in.param_groups, twin.optimizer.param_groups
    stand_in.param_groups = [
        others[index] if place is None else stands[place] for index, place in enumerate(where)
    ]
    joined = {index: stand_in.param_groups[index]["lr"] for index in late}
    stand_in.copy_in(groups)
    for index, value in joined.items():
        stand_in.param_groups[index]["lr"] = value


def _newcomers(
    bound: BoundScheduler, groups: Sequence[Group], where: list[int | None]
) -> LRScheduler:
    """The same torch scheduler at the same position, for all present groups."""
    inner = bound._inner
    try:
        if bound._factory is None:
            raise TypeError("an unpickled scheduler has no factory")
        twin, _ = build(bound.optimizer, bound._target, bound._factory)
        if all(map(torch_state.is_torchs, parts(inner))):
            _take_settings(twin, inner, where)
        _move(twin, inner)
    except Exception as reason:
        raise ValueError(
            f"{type(inner).__name__} cannot drive a param group that was added later; "
            "build a new scheduler, or use a HyperparameterScheduler"
        ) from reason
    return twin


def _take_settings(twin: LRScheduler, inner: LRScheduler, where: list[int | None]) -> None:
    """Give a scheduler the settings of another: a load may have changed them.

    A late group's own setting follows that of a group for which the factory gives the same.
    """
    for part, other in zip(parts(twin), parts(inner), strict=True):
        for name in torch_state.settings(other):
            vars(part)[name] = copied(vars(other)[name])
        for name in PER_GROUP:
            if name in vars(part):
                _follow_alike(vars(part)[name], vars(other)[name], where)
    stands, kept = twin.optimizer.param_groups, inner.optimizer.param_groups
    for key in PRIVATE_KEYS:
        if all(key in own for own in (*stands, *kept)):
            entries = [own[key] for own in stands]
            _follow_alike(entries, [own[key] for own in kept], where)
            for own, entry in zip(stands, entries, strict=True):
                own[key] = copied(entry)


def _follow_alike(entries: list[Any], kept: list[Any], where: list[int | None]) -> None:
    alike = list(entries)
    for index, place in enumerate(where):
        if place is not None:
            entries[index] = kept[place]
            continue
        for other, former in enumerate(where):
            if former is not None and alike[other] == alike[index]:
                entries[index] = kept[former]
                break


def _move(twin: LRScheduler, inner: LRScheduler) -> None:
    """Bring a scheduler that was just built to the position of another."""
    if isinstance(inner, ReduceLROnPlateau):
        return  # cuts that were made before a group came are not made up for
    closed = hasattr(type(inner), "_get_closed_form_lr")
    if not torch_state.is_torchs(inner) or not (closed or type(inner) in _BY_POSITION):
        if all(map(torch_state.is_torchs, parts(inner))):
            for own in twin.optimizer.param_groups:
                _set_lr(own, own["initial_lr"])
            _restart(twin)
        for _ in range(torch_state.position(inner) - torch_state.position(twin)):
            twin.step()
        return
    for name in torch_state.COUNTS & vars(inner).keys():
        vars(twin)[name] = vars(inner)[name]
    twin._get_lr_called_within_step = True
    values = twin._get_closed_form_lr() if closed else twin.get_lr()  # type: ignore[attr-defined]
    twin._get_lr_called_within_step = False
    for own, value in zip(twin.optimizer.param_groups, values, strict=True):
        _set_lr(own, value)
    twin._last_lr = [copied(own["lr"]) for own in twin.optimizer.param_groups]


def _restart(part: Any) -> None:
    """Run the initial step again, as torch's constructors do, under the present settings."""
    children = getattr(part, "_schedulers", ())
    for child in children:
        _restart(child)
    if isinstance(part, SequentialLR):
        part.last_epoch = 0
        for own in part.optimizer.param_groups:
            _set_lr(own, own["initial_lr"])
        part.recursive_undo()
        first = children[bisect_right(part._milestones, 0)]
        first._initial_step()
        part._last_lr = first.get_last_lr()
    elif not children:
        part.last_epoch = -1
        part._initial_step()


def _set_lr(own: dict[str, Any], value: Any) -> None:
    if isinstance(own["lr"], Tensor):
        own["lr"].fill_(float(value))
    else:
        own["lr"] = value
