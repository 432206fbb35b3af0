"""HyperparameterScheduler: one schedule on one target of an optimizer."""

from __future__ import annotations

import warnings
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from torch.optim.lr_scheduler import LRScheduler
from torch.utils.weak import WeakIdKeyDictionary

import tsa_core
from tsa_core import Custom, Schedule, ScheduleState, _checks
from tsa_torch.checkpoint import VERSION, check_header
from tsa_torch.param_groups import (
    Group,
    Target,
    extend_optimizer,
    groups_of,
    require,
    snapshot,
)

_KEYS = {"version", "schedule_target", "step", "base_values", "schedule"}


_drivers: Any = WeakIdKeyDictionary()
"""For each optimizer, the latest scheduler of each target, all held weakly.

A scheduler built on a target that another one drives scales what was there before either,
unless it has been changed by hand since; no group and no optimizer has a place to note that.
"""


class ScheduleMismatchWarning(UserWarning):
    """A checkpoint was written under another schedule than the code's, which is used."""


class HyperparameterScheduler(LRScheduler):
    """Drives one hyperparameter of an optimizer by a schedule.

    Building it writes the value of step 0. After n calls of `step()` the groups hold
    `initial value * schedule(n)`, whatever was written in between.

    Args:
        optimizer: The optimizer, or anything with `param_groups`.
        schedule: A `Schedule`, a function of the step, or a sequence of one per group.
        schedule_target: What to schedule: a key, or an element such as `"betas[0]"`.
        default_value: Value for groups that lack the target.
        absolute: Whether the schedule gives the value itself instead of a multiplier.
        groups: The groups to drive (indices or the groups themselves); None is all,
            including those added later.
        initial_values: What is scaled, one number or one per group, where that is not what
            the groups hold.
        last_epoch: Number of updates made; -1 is a fresh start.

    Raises:
        TypeError: If an argument is of another type.
        ValueError: If an argument is not allowed.
        KeyError: If a group lacks the target and there is no default.

    Example:
        >>> import torch
        >>> from tsa_core import Linear
        >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
        >>> scheduler = HyperparameterScheduler(optimizer, Linear(1.0, 0.0, 10))
        >>> scheduler.step(5)
        >>> optimizer.param_groups[0]["lr"]
        0.05
    """

    def __init__(
        self,
        optimizer: Any,
        schedule: Schedule | Callable[[Any], Any] | Sequence[Any],
        schedule_target: str = "lr",
        *,
        default_value: float | None = None,
        absolute: bool = False,
        groups: Iterable[Any] | None = None,
        initial_values: float | Sequence[float] | None = None,
        last_epoch: float = -1,
    ) -> None:
        target = Target.parse(schedule_target)
        if not isinstance(absolute, bool):
            raise TypeError(f"absolute must be a bool, got {absolute!r}")
        restore = snapshot(optimizer)
        try:
            if default_value is not None and not all(map(target.exists, groups_of(optimizer))):
                extend_optimizer(optimizer, schedule_target, default_value)
            require(optimizer, target)
            self.optimizer = optimizer
            self.schedule_target = schedule_target
            self._target = target
            self._absolute = absolute
            self._follows_all = groups is None
            chosen = _chosen(groups_of(optimizer), groups)
            self._members: list[Any] = [group["params"] for group in chosen]
            self._schedule = _as_schedule(schedule, len(chosen))
            initial = self._untouched(chosen)
            bases = _initial(initial_values, [1.0] * len(chosen) if absolute else initial)
            fresh = type(last_epoch) is int and last_epoch == -1
            step = 0 if fresh else _checks.step(last_epoch, "last_epoch")
            state = tsa_core.init(self._schedules(len(bases)), bases, step)
            for group in chosen:
                target.unshare(group)
            self._untouched_values = initial
            self._commit(state)
            self._remember()
        except BaseException:
            restore()
            raise

    @property
    def schedule(self) -> Schedule | tuple[Schedule, ...]:
        """The schedule, or the tuple of one per group."""
        return self._schedule

    @property
    def state(self) -> ScheduleState:
        """The immutable state: step, multipliers, initial values."""
        return self._state

    def step(self, epoch: float | None = None) -> None:
        """Move to the next update, or to `epoch` updates made, and write the values.

        Args:
            epoch: Number of updates made, any real number >= 0; the same number twice is
                the same as once.

        Raises:
            TypeError: If `epoch` is no number.
            ValueError: If it is negative or not finite, or the schedule's value is NaN.
        """
        self._commit(self._advanced(epoch))

    def get_last_lr(self) -> list[float]:  # type: ignore[override]  # never tensors
        """The values last written, one for each driven group of the optimizer."""
        values = self._state.values
        return [values[index] for _, index in self._present()]

    get_lr = get_last_lr  # type: ignore[assignment]  # reading has no side effect here

    @property
    def last_epoch(self) -> Any:  # type: ignore[override]  # derived here
        """Number of updates made."""
        return self._state.step

    @property
    def base_lrs(self) -> Any:  # type: ignore[override]  # derived here
        """The initial values, one for each driven group of the optimizer."""
        return [self._state.base_values[index] for _, index in self._present()]

    @property
    def _step_count(self) -> Any:  # type: ignore[override]  # derived here
        return self._state.step + 1

    @property
    def _last_lr(self) -> Any:  # type: ignore[override]  # derived here
        return self.get_last_lr()

    def state_dict(self) -> dict[str, Any]:
        """The state as plain JSON types, with the schedule as data."""
        return {
            "version": VERSION,
            "schedule_target": self.schedule_target,
            "step": self._state.step,
            "base_values": self.base_lrs,
            "schedule": _data(self._schedule),
        }

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take position and initial values from a checkpoint, and write the values.

        The schedule stays the code's; if the checkpoint's differs, a
        `ScheduleMismatchWarning` names the fields. The state of a torch `LambdaLR`, as the
        1.x line saved it, is read as well.

        Args:
            state_dict: What `state_dict` returned. It is not changed.

        Raises:
            TypeError: If something in it is of another type.
            ValueError: If it is of another version, target or number of groups, lacks or
                adds a key, or holds NaN. Nothing has changed then.
        """
        self._commit(self._loaded(state_dict))

    def _advanced(self, epoch: float | None) -> ScheduleState:
        if epoch is not None:
            _checks.step(epoch, "epoch")
        state = self._grown()
        state = tsa_core.advance(self._schedules(len(state.base_values)), state, epoch)
        _reject_nan(state, self.schedule_target)
        return state

    def _loaded(self, state_dict: Mapping[str, Any]) -> ScheduleState:
        step, saved = self._parse(state_dict)
        current = self._grown()
        present = self._present()
        bases = list(current.base_values)
        if len(saved) != len(present):
            raise ValueError(
                f"base_values must have one item for each of the {len(present)} groups, "
                f"got {len(saved)}"
            )
        for (_, index), base in zip(present, saved, strict=True):
            bases[index] = base
        state = tsa_core.init(self._schedules(len(bases)), bases, step)
        _reject_nan(state, self.schedule_target)
        return state

    def _parse(self, state_dict: Any) -> tuple[Any, Any]:
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"state_dict must be a mapping, got {state_dict!r}")
        if "version" not in state_dict and {"last_epoch", "base_lrs"} <= state_dict.keys():
            return state_dict["last_epoch"], [float(base) for base in state_dict["base_lrs"]]
        check_header(state_dict, _KEYS, self.schedule_target)
        if not isinstance(state_dict["base_values"], (list, tuple)):
            raise TypeError(f"base_values must be a list, got {state_dict['base_values']!r}")
        _warn_of_mismatch(state_dict["schedule"], _data(self._schedule), self.schedule_target)
        return state_dict["step"], state_dict["base_values"]

    def _commit(self, state: ScheduleState) -> None:
        self._state = state
        values = state.values
        for group, index in self._present():
            self._target.write(group, values[index])

    def _present(self) -> list[tuple[Group, int]]:
        """The driven groups that the optimizer has now, with their place in the state."""
        place = {id(params): index for index, params in enumerate(self._members)}
        return [
            (group, place[id(group["params"])])
            for group in groups_of(self.optimizer)
            if id(group["params"]) in place
        ]

    def _grown(self) -> ScheduleState:
        """The state with groups that have come since, each with its own initial value."""
        state = self._state
        if not self._follows_all:
            return state
        known = {id(params) for params in self._members}
        new = [
            group
            for group in groups_of(self.optimizer)
            if id(group["params"]) not in known and self._target.exists(group)
        ]
        if not new:
            return state
        values = [self._target.read(group) for group in new]
        bases = (*state.base_values, *([1.0] * len(new) if self._absolute else values))
        state = tsa_core.init(self._schedules(len(bases)), bases, state.step)
        for group in new:
            self._target.unshare(group)
            self._members.append(group["params"])
        self._untouched_values = [*self._untouched_values, *values]
        self._state = state
        return state

    def _untouched(self, groups: list[Group]) -> list[float]:
        """What each group held before any schedule, as far as that can be known."""
        values = [self._target.read(group) for group in groups]
        former = _latest(self.optimizer).get(self.schedule_target, lambda: None)()
        if former is None:
            return values
        written = former._state.values
        place = {id(group): index for group, index in former._present()}
        for position, group in enumerate(groups):
            index = place.get(id(group))
            if index is not None and self._target.holds(group, written[index]):
                values[position] = former._untouched_values[index]
        return values

    def _remember(self) -> None:
        _latest(self.optimizer)[self.schedule_target] = weakref.ref(self)

    def _schedules(self, number: int) -> Schedule | tuple[Schedule, ...]:
        """One schedule per group; late groups take the last one."""
        if isinstance(self._schedule, Schedule):
            return self._schedule
        return self._schedule + self._schedule[-1:] * (number - len(self._schedule))

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}({self.schedule_target!r}, {self._schedule!r}, "
            f"step={self._state.step!r}, values={self.get_last_lr()!r})"
        )


def _latest(optimizer: Any) -> dict[str, Any]:
    try:
        weakref.ref(optimizer)
    except TypeError:  # an object of the simplest kind: nothing to hang a note on
        return {}
    latest: dict[str, Any] = _drivers.setdefault(optimizer, {})
    return latest


def _chosen(groups: list[Group], chosen: Iterable[Any] | None) -> list[Group]:
    if chosen is None:
        return groups
    if isinstance(chosen, (str, bytes, Mapping)) or not isinstance(chosen, Iterable):
        raise TypeError(f"groups must be a sequence of indices or param groups, got {chosen!r}")
    result = []
    for one in chosen:
        if isinstance(one, int) and not isinstance(one, bool) and 0 <= one < len(groups):
            result.append(groups[one])
        elif any(one is group for group in groups):
            result.append(one)
        else:
            raise ValueError(
                f"groups must be param groups or indices below {len(groups)}, got {one!r}"
            )
    if len({id(group) for group in result}) != len(result) or not result:
        raise ValueError(f"groups must be distinct and at least one, got {len(result)} items")
    return result


def _as_schedule(schedule: Any, number: int) -> Schedule | tuple[Schedule, ...]:
    if isinstance(schedule, (list, tuple)):
        if len(schedule) != number:
            raise ValueError(
                f"schedule must have one item for each of the {number} groups, got {len(schedule)}"
            )
        return tuple(_one_schedule(one) for one in schedule)
    return _one_schedule(schedule)


def _one_schedule(schedule: Any) -> Schedule:
    if isinstance(schedule, Schedule):
        return schedule
    if callable(schedule):
        return Custom(schedule)
    raise TypeError(f"schedule must be a Schedule or a function of the step, got {schedule!r}")


def _initial(given: Any, bases: list[float]) -> Sequence[float]:
    if given is None:
        return bases
    if not isinstance(given, Iterable):
        return [_checks.real("initial_values", given)] * len(bases)
    items = _checks.items("initial_values", given)
    values = [_checks.real(f"initial_values[{i}]", value) for i, value in enumerate(items)]
    if len(values) != len(bases):
        raise ValueError(
            f"initial_values must have one item for each of the {len(bases)} groups, "
            f"got {len(values)}"
        )
    return values


def _reject_nan(state: ScheduleState, name: str) -> None:
    if any(value != value for value in set(state.multipliers)):
        raise ValueError(f"the schedule of {name!r} gives NaN at step {state.step!r}")


def _data(schedule: Schedule | tuple[Schedule, ...]) -> Any:
    if not isinstance(schedule, Schedule):
        return [_data(one) for one in schedule]
    try:
        return tsa_core.to_dict(schedule)
    except (TypeError, ValueError):
        return None  # a function without an importable name cannot be written as data


def _warn_of_mismatch(saved: Any, current: Any, name: str) -> None:
    fields = sorted(_differences(saved, current, "schedule"))
    if fields and saved is not None and current is not None:
        warnings.warn(
            f"the checkpoint of {name!r} was written under another schedule; the code's is "
            f"used. They differ in: {', '.join(fields)}",
            ScheduleMismatchWarning,
            stacklevel=4,
        )


def _differences(saved: Any, current: Any, path: str) -> set[str]:
    if isinstance(saved, dict) and isinstance(current, dict) and saved.keys() == current.keys():
        pairs = [(saved[key], current[key], f"{path}.{key}") for key in saved]
    elif isinstance(saved, list) and isinstance(current, list) and len(saved) == len(current):
        rows = enumerate(zip(saved, current, strict=True))
        pairs = [(a, b, f"{path}[{index}]") for index, (a, b) in rows]
    else:
        return set() if saved == current else {path}
    return {field for a, b, where in pairs for field in _differences(a, b, where)}
