"""SynchronousSchedule: several schedulers, moved together."""

from __future__ import annotations

import functools
import numbers
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from torch import Tensor
from torch.optim.lr_scheduler import LRScheduler

from tsa_core import Schedule, _checks
from tsa_torch import display
from tsa_torch.base import DerivedScheduler
from tsa_torch.binding import first_step
from tsa_torch.bound import BoundScheduler
from tsa_torch.param_groups import get_param_groups_regrouped_by_key
from tsa_torch.plain import PlainScheduler
from tsa_torch.plans import Plan, advance, carry_out
from tsa_torch.scheduler import HyperparameterScheduler
from tsa_torch.targets import Target, groups_of

Member = HyperparameterScheduler | BoundScheduler


class SynchronousSchedule(DerivedScheduler):
    """Steps several schedulers in lockstep and returns each value by its name.

    Args:
        schedules: Schedulers of one optimizer: ours, bound or plain torch ones, or another
            `SynchronousSchedule`, whose members are taken over. Or a mapping from the name of
            each to a scheduler: then they may belong to several optimizers, or drive the same
            target of different groups.

    Raises:
        TypeError: If `schedules` is neither, or an item is not a scheduler.
        ValueError: If it is empty, the schedulers of a sequence have different optimizers,
            they are at different steps, or two of a mapping drive the same value.
        RuntimeError: If two of a sequence drive the same target.

    Example:
        >>> import torch
        >>> from tsa_torch import constant_schedule
        >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
        >>> SynchronousSchedule([constant_schedule(optimizer, 0.5)]).get_last_lr()
        [0.05]
    """

    def __init__(self, schedules: Iterable[LRScheduler] | Mapping[str, LRScheduler]) -> None:
        self._members = _named(schedules)
        members = list(self._members.values())
        _check_steps({name: member.last_epoch for name, member in self._members.items()})
        self._own = [one for one in members if isinstance(one, HyperparameterScheduler)]
        # A plain torch scheduler writes for itself: it comes last.
        self._bound: list[BoundScheduler] = sorted(
            (one for one in members if isinstance(one, BoundScheduler)),
            key=lambda one: isinstance(one, PlainScheduler),
        )
        self.optimizer = members[0].optimizer

    @property
    def schedule_names(self) -> list[str]:
        """The name of each schedule, in the order given."""
        return list(self._members)

    @property
    def schedules(self) -> dict[str, Member]:
        """The schedulers by name."""
        return dict(self._members)

    def step(self, epoch: float | None = None, *, metrics: Any = None) -> None:
        """Move all schedules, or none if one of them cannot.

        Args:
            epoch: Passed on; for our schedules the number of updates made, any real number
                >= 0.
            metrics: For metric-driven schedulers, such as `ReduceLROnPlateau`.

        Raises:
            TypeError: If an argument is of another type.
            ValueError: If `epoch` is not allowed, or `metrics` is missing or not needed.
        """
        if epoch is not None and isinstance(epoch, Tensor):
            raise TypeError(
                f"epoch must be a real number, got {epoch!r}; pass a loss as step(metrics=...)"
            )
        if not self._bound and metrics is None:
            advance(self._own, epoch)
            return
        _check_metrics(metrics, [one for one in self._bound if one.takes_metrics])
        position = () if epoch is None else (epoch,)
        checked = None if epoch is None else _checks.step(epoch, "epoch")
        planners: list[Callable[[], Plan]] = [
            functools.partial(member._plan, checked) for member in self._own
        ]
        for member in self._bound:
            metric = (metrics,) if member.takes_metrics else ()
            planners.append(functools.partial(member._plan, *metric, *position))
        carry_out(planners)

    def get_last_schedule(self, name: str) -> list[float]:
        """The values that a schedule last wrote, one per group.

        Args:
            name: One of `schedule_names`.

        Raises:
            KeyError: If there is no such schedule.
        """
        if name not in self._members:
            raise KeyError(
                f"no schedule is named {name!r}; the names are: {', '.join(self._members)}"
            )
        return self._members[name].get_last_lr()

    def get_last_lr(self) -> list[float]:  # type: ignore[override]  # never tensors
        """The learning rate of each group of each optimizer, scheduled or not."""
        target, rates = Target.parse("lr"), []
        for optimizer in self._optimizers():
            groups = get_param_groups_regrouped_by_key(optimizer, "lr")
            rates += [target.read(group) for _, _, group in groups]
        return rates

    def scalars(self) -> dict[str, float]:
        """The values of all schedules, by names for a logger.

        Returns:
            For each schedule what its own `scalars()` gives, under its name in the mapping.

        Example:
            >>> import torch
            >>> from tsa_core import Constant
            >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
            >>> bind_schedules(optimizer, {"lr": Constant(0.5)}).scalars()
            {'lr': 0.05}
        """
        found: dict[str, float] = {}
        for name, member in self._members.items():
            found |= member._scalars(name)
        return found

    @property
    def last_epoch(self) -> Any:  # type: ignore[override]  # derived here
        """Number of updates made."""
        return next(iter(self._members.values())).last_epoch

    @property
    def base_lrs(self) -> Any:  # type: ignore[override]  # derived here
        """The initial learning rates, or the current ones where `lr` has no schedule."""
        return self._members["lr"].base_lrs if "lr" in self._members else self.get_last_lr()

    def state_dict(self) -> dict[str, Any]:
        """The state of each schedule by its name, in plain JSON types."""
        return {name: member.state_dict() for name, member in self._members.items()}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Restore all schedules and write their values, or change nothing.

        Args:
            state_dict: What `state_dict` returned. It is not changed.

        Raises:
            KeyError: If a name is missing or unknown.
            TypeError: If something in it is of another type.
            ValueError: If the state of a schedule is not valid.
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"state_dict must be a mapping, got {state_dict!r}")
        if state_dict.keys() != self._members.keys():
            raise KeyError(
                f"state_dict must name the schedules {self.schedule_names}, got {list(state_dict)}"
            )
        names = {id(member): name for name, member in self._members.items()}
        members: list[Member] = [*self._own, *self._bound]
        carry_out(
            functools.partial(member._loaded, state_dict[names[id(member)]]) for member in members
        )

    def _optimizers(self) -> list[Any]:
        """The optimizer of each member, each once."""
        found: list[Any] = []
        for member in self._members.values():
            if not any(member.optimizer is one for one in found):
                found.append(member.optimizer)
        return found

    def __repr__(self) -> str:
        return display.table(self._members)

    def _repr_html_(self) -> str:
        return display.to_html(self._members)

    def __plot_schedules__(self) -> dict[str, dict[str, Schedule]]:
        return display.plotted(self._members)


def bind_schedules(
    optimizer: Any,
    schedules: Mapping[str, Schedule | Callable[[Any], float] | Sequence[Any]],
    *,
    default_values: float | Mapping[str, float] | None = None,
    absolute: bool | Mapping[str, bool] = False,
    groups: Any = None,
    initial_values: Any = None,
    last_epoch: float | Mapping[str, float] = -1,
) -> SynchronousSchedule:
    """Bind a schedule to each of several targets, in lockstep.

    Each option is one value for all targets, or a mapping by target; a target that the mapping
    lacks has the default.

    Args:
        optimizer: The optimizer, or anything with `param_groups`.
        schedules: What `HyperparameterScheduler` takes, by target.
        default_values: Values for groups that lack a target.
        absolute: Whether the schedules give the values themselves.
        groups: The groups to drive, as `HyperparameterScheduler` takes them.
        initial_values: What is scaled instead of the noted or present values.
        last_epoch: Number of updates made; -1 starts at step 0.

    Raises:
        TypeError: If an argument is of another type.
        ValueError: If `schedules` is empty or an argument not allowed.
        KeyError: If a group lacks a target and there is no default. Nothing has changed
            after any of these.

    Example:
        >>> import torch
        >>> from tsa_core import Constant
        >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
        >>> bind_schedules(optimizer, {"lr": Constant(0.5)}).get_last_lr()
        [0.05]
    """
    groups_of(optimizer)
    if not isinstance(schedules, Mapping):
        raise TypeError(f"schedules must be a mapping, got {schedules!r}")
    if not schedules:
        raise ValueError(f"schedules must have at least one item, got {schedules!r}")
    given = {
        "default_value": ("default_values", default_values),
        "absolute": ("absolute", absolute),
        "groups": ("groups", groups),
        "initial_values": ("initial_values", initial_values),
        "last_epoch": ("last_epoch", last_epoch),
    }
    options: dict[str, dict[str, Any]] = {target: {} for target in schedules}
    for option, (argument, value) in given.items():
        for target, one in _by_target(argument, value, schedules).items():
            if option == "default_value" and one is not None:
                _checks.real(argument, one)
            options[target][option] = one
    _check_steps({target: first_step(one.get("last_epoch", -1)) for target, one in options.items()})
    made = {
        target: HyperparameterScheduler.__new__(HyperparameterScheduler) for target in schedules
    }
    carry_out(
        functools.partial(made[target]._first_plan, optimizer, schedule, target, **options[target])
        for target, schedule in schedules.items()
    )
    return SynchronousSchedule(made.values())


def _by_target(argument: str, value: Any, schedules: Mapping[str, Any]) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        return dict.fromkeys(schedules, value)
    for name in value:
        if name not in schedules:
            raise KeyError(f"{argument} must name targets of {[*schedules]}, got {name!r}")
    return value


def _check_metrics(metrics: Any, takers: list[BoundScheduler]) -> None:
    if takers and metrics is None:
        names = ", ".join(member.schedule_target for member in takers)
        raise ValueError(f"metrics must be given for {names}: step(metrics=...)")
    if metrics is not None and not takers:
        raise ValueError(f"metrics must be left out: no schedule uses it, got {metrics!r}")
    alone = isinstance(metrics, (Tensor, np.ndarray)) and metrics.ndim == 0
    if takers and not alone and not isinstance(metrics, numbers.Real):
        raise TypeError(f"metrics must be a number, got {metrics!r}")


def _check_steps(steps: Mapping[str, float]) -> None:
    if len(set(steps.values())) > 1:
        where = ", ".join(f"{name!r} at {step!r}" for name, step in steps.items())
        raise ValueError(f"schedules must be at the same step, got {where}")


def _named(schedules: Any) -> dict[str, Member]:
    """The members by the name to go by."""
    if isinstance(schedules, Mapping):
        return _of_mapping(schedules)
    if isinstance(schedules, (str, bytes)) or not isinstance(schedules, Iterable):
        raise TypeError(
            f"schedules must be a sequence or a mapping of schedulers, got {schedules!r}"
        )
    members: list[Member] = []
    for schedule in schedules:
        nested = isinstance(schedule, SynchronousSchedule)
        members += schedule._members.values() if nested else [_member(schedule)]
    if not members:
        raise ValueError("schedules must have at least one item, got []")
    if any(member.optimizer is not members[0].optimizer for member in members):
        kinds = ", ".join(type(member.optimizer).__name__ for member in members)
        raise ValueError(
            f"schedules must be on one optimizer, got several ({kinds}); give each a name: "
            'SynchronousSchedule({"body": ..., "head": ...})'
        )
    named: dict[str, Member] = {}
    for member in members:
        name = member.schedule_target
        if name in named:
            raise RuntimeError(f"schedules must drive each name once, got {name!r} twice")
        named[name] = member
    return named


def _of_mapping(schedules: Mapping[Any, Any]) -> dict[str, Member]:
    if not schedules:
        raise ValueError("schedules must have at least one item, got {}")
    driven: dict[tuple[str, int], str] = {}
    named: dict[str, Member] = {}
    for name, schedule in schedules.items():
        if not isinstance(name, str):
            raise TypeError(f"schedules must have names as keys, got {name!r}")
        named[name] = member = _member(schedule)
        for index in member._driven():
            place = member.schedule_target, id(groups_of(member.optimizer)[index])
            if place in driven:
                raise ValueError(
                    f"schedules must not drive the same value twice, got {driven[place]!r} and "
                    f"{name!r} on {member.schedule_target!r} of group {index}"
                )
            driven[place] = name
    return named


def _member(schedule: Any) -> Member:
    if isinstance(schedule, (HyperparameterScheduler, BoundScheduler)):
        return schedule
    if isinstance(schedule, LRScheduler) and not isinstance(schedule, SynchronousSchedule):
        return PlainScheduler(schedule)
    bind = "; bind it first: HyperparameterScheduler(optimizer, ...)"
    hint = bind if isinstance(schedule, Schedule) else ""
    raise TypeError(f"schedules must hold schedulers only, got {schedule!r}{hint}")
