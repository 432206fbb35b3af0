"""SynchronousSchedule: several schedulers of one optimizer, moved together."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from torch import Tensor
from torch.optim.lr_scheduler import LRScheduler

from tsa_core import Schedule
from tsa_torch.factory import BoundScheduler
from tsa_torch.lockstep import advance, make
from tsa_torch.param_groups import Target, get_param_groups_regrouped_by_key, groups_of, snapshot
from tsa_torch.scheduler import HyperparameterScheduler

Member = HyperparameterScheduler | BoundScheduler


class SynchronousSchedule(LRScheduler):
    """Steps several schedulers in lockstep and names each value for what it is.

    Args:
        schedules: Schedulers of one optimizer: ours, bound or plain torch ones, or another
            `SynchronousSchedule`, whose members are taken over.

    Raises:
        TypeError: If `schedules` is no sequence, or an item no scheduler.
        ValueError: If it is empty or the optimizers differ.
        RuntimeError: If two of them drive the same name.

    Example:
        >>> import torch
        >>> from tsa_torch import constant_schedule
        >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
        >>> SynchronousSchedule([constant_schedule(optimizer, 0.5)]).get_last_lr()
        [0.05]
    """

    def __init__(self, schedules: Iterable[LRScheduler]) -> None:
        members = _members(schedules)
        names = [member.schedule_target for member in members]
        for name in names:
            if names.count(name) > 1:
                raise RuntimeError(f"schedules must drive each name once, got {name!r} twice")
        if any(member.optimizer is not members[0].optimizer for member in members):
            raise ValueError("schedules must be on one optimizer, got several")
        self._members: dict[str, Member] = dict(zip(names, members, strict=True))
        self._own = [one for one in members if isinstance(one, HyperparameterScheduler)]
        self._bound = [one for one in members if isinstance(one, BoundScheduler)]
        self.optimizer = members[0].optimizer

    @property
    def schedule_names(self) -> list[str]:
        """The name that each schedule drives, in the order given."""
        return list(self._members)

    def step(self, epoch: float | None = None, *, metrics: Any = None) -> None:
        """Move all schedules, or none if one of them cannot.

        Args:
            epoch: Passed on; for our schedules the number of updates made, any real number
                >= 0.
            metrics: For schedulers that go by a metric, such as `ReduceLROnPlateau`.

        Raises:
            TypeError: If an argument is of another type.
            ValueError: If `epoch` is not allowed, or `metrics` is missing or not needed.
        """
        if not self._bound and metrics is None:
            advance(self._own, epoch)
            return
        by_metric = [member for member in self._bound if member.takes_metrics]
        if by_metric and metrics is None:
            names = ", ".join(member.schedule_target for member in by_metric)
            raise ValueError(f"metrics must be given: {names} goes by a metric")
        if metrics is not None and not by_metric:
            raise ValueError(f"metrics must be left out: no schedule uses it, got {metrics!r}")
        if by_metric:
            _check_metric(metrics)
        position = () if epoch is None else (epoch,)
        moves = [
            partial(member.step, *((metrics,) if member.takes_metrics else ()), *position)
            for member in self._bound
        ]
        self._together([*moves, partial(advance, self._own, epoch)])

    def get_last_schedule(self, name: str) -> list[float]:
        """The values that a schedule last wrote, one a group.

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
        """The learning rate of each group, scheduled or not."""
        if "lr" in self._members:
            return self._members["lr"].get_last_lr()
        groups = get_param_groups_regrouped_by_key(self.optimizer, "lr")
        return [Target.parse("lr").read(group) for _, _, group in groups]

    get_lr = get_last_lr  # type: ignore[assignment]  # reading has no side effect here

    @property
    def last_epoch(self) -> Any:  # type: ignore[override]  # derived here
        """Number of updates made."""
        return next(iter(self._members.values())).last_epoch

    @property
    def base_lrs(self) -> Any:  # type: ignore[override]  # derived here
        """The initial learning rates, or the current ones where `lr` has no schedule."""
        return self._members["lr"].base_lrs if "lr" in self._members else self.get_last_lr()

    @property
    def _step_count(self) -> Any:
        return self.last_epoch + 1

    @_step_count.setter
    def _step_count(self, value: Any) -> None:
        # Some wrappers count here the batches that make no update; the step does not move.
        del value

    @property
    def _last_lr(self) -> Any:  # type: ignore[override]  # derived here
        return self.get_last_lr()

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
        moves = [member._loaded(state_dict[member.schedule_target]) for member in self._own]
        loads = [
            partial(member.load_state_dict, state_dict[member.schedule_target])
            for member in self._bound
        ]
        self._together([*loads, partial(make, moves)])

    def _together(self, calls: list[Callable[[], None]]) -> None:
        """Make all calls; if one fails, undo those of the bound schedulers."""
        undos = [member._undo() for member in self._bound]
        try:
            for call in calls:
                call()
        except BaseException:
            for undo in reversed(undos):
                undo()
            raise

    def __repr__(self) -> str:
        rows = [("target", "schedule", "step", "values")]
        for name, member in self._members.items():
            own = isinstance(member, HyperparameterScheduler)
            schedule = member.schedule if own else member
            values = ", ".join(f"{value:.6g}" for value in member.get_last_lr())
            rows.append((name, str(schedule), f"{member.last_epoch}", values))
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
        return "\n".join(lines)


def bind_schedules(
    optimizer: Any,
    schedules: Mapping[str, Schedule | Callable[[Any], float] | Sequence[Any]],
    *,
    default_values: Mapping[str, float] | None = None,
    absolute: bool = False,
) -> SynchronousSchedule:
    """Bind a schedule to each of several targets, in lockstep.

    Args:
        optimizer: The optimizer, or anything with `param_groups`.
        schedules: What `HyperparameterScheduler` takes, by target.
        default_values: Values for targets that the groups lack.
        absolute: Whether the schedules give the values themselves.

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
    defaults = {} if default_values is None else default_values
    if not isinstance(defaults, Mapping):
        raise TypeError(f"default_values must be a mapping, got {default_values!r}")
    for name in defaults:
        if name not in schedules:
            raise KeyError(f"default_values must name targets of {[*schedules]}, got {name!r}")
    restore = snapshot(optimizer)
    try:
        return SynchronousSchedule(
            [
                HyperparameterScheduler(
                    optimizer,
                    schedule,
                    target,
                    default_value=defaults.get(target),
                    absolute=absolute,
                )
                for target, schedule in schedules.items()
            ]
        )
    except BaseException:
        restore()
        raise


def _check_metric(metrics: Any) -> None:
    alone = isinstance(metrics, (Tensor, np.ndarray)) and metrics.ndim == 0
    if not alone and not isinstance(metrics, numbers.Real):
        raise TypeError(f"metrics must be a number, got {metrics!r}")


def _members(schedules: Any) -> list[Member]:
    if isinstance(schedules, (str, bytes, Mapping)) or not isinstance(schedules, Iterable):
        raise TypeError(f"schedules must be a sequence of schedulers, got {schedules!r}")
    members: list[Member] = []
    for schedule in schedules:
        if isinstance(schedule, SynchronousSchedule):
            members.extend(schedule._members.values())
        elif isinstance(schedule, (HyperparameterScheduler, BoundScheduler)):
            members.append(schedule)
        elif isinstance(schedule, LRScheduler):
            members.append(BoundScheduler(schedule, schedule.optimizer, Target.parse("lr")))
        else:
            raise TypeError(f"schedules must hold schedulers only, got {schedule!r}")
    if not members:
        raise ValueError("schedules must have at least one item, got []")
    return members
