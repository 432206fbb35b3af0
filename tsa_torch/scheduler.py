"""HyperparameterScheduler: one schedule on one target of an optimizer."""

from __future__ import annotations

import functools
import math
import numbers
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from torch import Tensor
from torch.optim.lr_scheduler import LRScheduler

from tsa_core import Custom, Schedule, ScheduleState, _checks
from tsa_torch.checkpoint import VERSION, check_header, schedule_text, warn_of_mismatch
from tsa_torch.lockstep import Move, advance, make
from tsa_torch.param_groups import (
    Group,
    Target,
    Written,
    extend_optimizer,
    groups_of,
    note,
    require,
    snapshot,
    write,
)
from tsa_torch.standing import Roster, Standing, before_any, enter
from tsa_torch.torch_state import decode, encode, plain_numbers

_KEYS = {"version", "schedule_target", "step", "base_values", "schedule"}


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
        restore = snapshot(optimizer, target.key)
        try:
            if default_value is not None and not all(map(target.exists, groups_of(optimizer))):
                extend_optimizer(optimizer, schedule_target, default_value)
            self.optimizer = optimizer
            self.schedule_target = schedule_target
            self._target = target
            self._follows_all = groups is None
            chosen = _chosen(groups_of(optimizer), groups)
            require(chosen, target)
            self._schedules = _as_schedules(schedule, len(chosen))
            self._one_for_all = not isinstance(schedule, (list, tuple))
            self._functions = [schedule._function() for schedule in self._schedules]
            initial = _initial(initial_values, before_any(optimizer, target, chosen))
            fresh = type(last_epoch) is int and last_epoch == -1
            step = 0 if fresh else _checks.step(last_epoch, "last_epoch")
            self._written: Written | None = None
            self._standing = Standing(absolute)
            self._settle(Roster(tuple(chosen), tuple(initial)), step, self._factors_at(step))
            enter(self, self._standing)
        except BaseException:
            restore()
            raise

    @property
    def schedule(self) -> Schedule | tuple[Schedule, ...]:
        """The schedule, or the tuple of one per group."""
        return self._schedules[0] if self._one_for_all else self._schedules

    @property
    def state(self) -> ScheduleState:
        """The immutable state: step, multipliers, initial values."""
        now = self._standing
        return ScheduleState(now.step, now.multipliers(), now.bases())

    def step(self, epoch: float | None = None) -> None:
        """Move to the next update, or to `epoch` updates made, and write the values.

        Args:
            epoch: Number of updates made, any real number >= 0; the same number twice is
                the same as once.

        Raises:
            TypeError: If `epoch` is no number.
            ValueError: If it is negative or not finite, or the schedule's value is NaN, or
                no such value is allowed (a beta outside [0, 1)).
        """
        advance((self,), epoch)

    def get_last_lr(self) -> list[float]:  # type: ignore[override]  # never tensors
        """The values last written, one for each driven group of the optimizer.

        A group that was added since the last step shows what it holds.
        """
        roster = self._grown()
        written = self._standing.values()
        values = [*written, *roster.initial[len(written) :]]
        return [values[place] for place in roster.present(groups_of(self.optimizer))[1]]

    get_lr = get_last_lr  # type: ignore[assignment]  # reading has no side effect here

    @property
    def last_epoch(self) -> Any:  # type: ignore[override]  # derived here
        """Number of updates made."""
        return self._standing.step

    @property
    def base_lrs(self) -> Any:  # type: ignore[override]  # derived here
        """The initial values, one for each driven group of the optimizer."""
        groups = groups_of(self.optimizer)
        if self._standing.roster.is_all(groups):
            return list(self._standing.roster.initial)
        roster = self._grown()
        return [roster.initial[place] for place in roster.present(groups)[1]]

    @property
    def _step_count(self) -> Any:
        return self._standing.step + 1

    @_step_count.setter
    def _step_count(self, value: Any) -> None:
        # Some wrappers count here the batches that make no update; the step does not move.
        del value

    @property
    def _last_lr(self) -> Any:  # type: ignore[override]  # derived here
        return self.get_last_lr()

    def state_dict(self) -> dict[str, Any]:
        """The state as plain JSON types, with the schedule as data (a JSON text)."""
        bases = self.base_lrs
        return {
            "version": VERSION,
            "schedule_target": self.schedule_target,
            "step": self._standing.step,
            "base_values": bases if all(map(math.isfinite, bases)) else encode(bases),
            "schedule": self._text,
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
        make([self._loaded(state_dict)])

    def _loaded(self, state_dict: Mapping[str, Any]) -> Move:
        step, saved = self._parse(state_dict)
        step = _checks.step(step)
        factors = self._factors_at(step)
        roster = self._grown()
        places = roster.present(groups_of(self.optimizer))[1]
        if len(saved) != len(places):
            raise ValueError(
                f"base_values must have one item for each of the {len(places)} groups, "
                f"got {len(saved)}"
            )
        initial = list(roster.initial)
        for index, (place, base) in enumerate(zip(places, saved, strict=True)):
            plain = type(base) is float and base == base
            initial[place] = base if plain else _checks.real(f"base_values[{index}]", decode(base))
        if roster is self._standing.roster and tuple(initial) == roster.initial:
            return self, None, step, factors, self._scaled(factors)
        return self, Roster(roster.groups, tuple(initial)), step, factors, []

    def _parse(self, state_dict: Any) -> tuple[Any, Any]:
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"state_dict must be a mapping, got {state_dict!r}")
        if "version" not in state_dict and {"last_epoch", "base_lrs"} <= state_dict.keys():
            return state_dict["last_epoch"], plain_numbers("base_lrs", state_dict["base_lrs"])
        check_header(state_dict, _KEYS, self.schedule_target)
        if not isinstance(state_dict["base_values"], (list, tuple)):
            raise TypeError(f"base_values must be a list, got {state_dict['base_values']!r}")
        warn_of_mismatch(state_dict["schedule"], self.schedule, self.schedule_target)
        return state_dict["step"], state_dict["base_values"]

    def _factors_at(self, step: float) -> list[float]:
        """The schedules' values, each once."""
        factors = [function(step) for function in self._functions]
        if any(factor != factor for factor in factors):
            raise self._not_a_number(step)
        return factors

    def _not_a_number(self, step: float) -> ValueError:
        return ValueError(f"the schedule of {self.schedule_target!r} gives NaN at step {step!r}")

    def _grown(self) -> Roster:
        """The roster with the groups that have come since, each with its own initial value."""
        roster, groups = self._standing.roster, groups_of(self.optimizer)
        if not self._follows_all or roster.is_all(groups):
            return roster
        known = roster.places()
        new = [
            group
            for group in groups
            if id(group["params"]) not in known and self._target.exists(group)
        ]
        if not new:
            return roster
        return Roster(
            (*roster.groups, *new),
            (*roster.initial, *map(self._target.read, new)),
        )

    def _scaled(self, factors: list[float]) -> list[float]:
        """The distinct values, each by one multiplication."""
        values = []
        for which, base in self._pairs:
            values.append(base * factors[which])
        if self._delicate:
            values = [self._target.check(value if value == value else 0.0) for value in values]
        return values

    def _return_to(self, standing: Standing) -> None:
        now = self._standing
        now.roster, now.step, now.factors = standing.roster, standing.step, standing.factors
        self._written = None

    def _settle(self, roster: Roster, step: float, factors: list[float]) -> None:
        """Look at every group anew, write into it what is due, and note what was written."""
        groups, now = groups_of(self.optimizer), self._standing
        known = len(now.roster.groups)
        roster = roster.seen(groups)
        now.roster, now.step, now.factors = roster, step, factors
        positions, places = roster.present(groups)
        bases, last = now.bases(), len(factors) - 1
        distinct: dict[tuple[int, float], int] = {}
        slots = [
            distinct.setdefault((place if place < last else last, bases[place]), len(distinct))
            for place in places
        ]
        self._pairs = list(distinct)
        self._delicate = self._target.index is not None or any(map(math.isinf, bases))
        values = self._scaled(factors)
        new = [place >= known for place in places]
        write(self._target, [groups[position] for position in positions], slots, values, new)
        self._written = note(self._target, groups, slots, values, positions)

    @functools.cached_property
    def _text(self) -> str | None:
        return schedule_text(self.schedule)

    def __getstate__(self) -> dict[str, Any]:
        # Compiled functions do not pickle, and a copy drives groups of its own.
        return {**self.__dict__, "_functions": None, "_written": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._functions = [schedule._function() for schedule in self._schedules]
        enter(self, self._standing)

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}({self.schedule_target!r}, {self.schedule!r}, "
            f"step={self._standing.step!r}, values={self.get_last_lr()!r})"
        )


def _chosen(groups: list[Group], chosen: Iterable[Any] | None) -> list[Group]:
    if chosen is None:
        return groups
    if isinstance(chosen, (str, bytes, Mapping)) or not isinstance(chosen, Iterable):
        raise TypeError(f"groups must be a sequence of indices or param groups, got {chosen!r}")
    result = []
    for one in chosen:
        whole = isinstance(one, numbers.Integral) and not isinstance(one, bool)
        if whole and 0 <= one < len(groups):
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


def _as_schedules(schedule: Any, number: int) -> tuple[Schedule, ...]:
    """One schedule for all, or one for each group."""
    if not isinstance(schedule, (list, tuple)):
        return (_one_schedule(schedule),)
    if len(schedule) != number:
        raise ValueError(
            f"schedule must have one item for each of the {number} groups, got {len(schedule)}"
        )
    return tuple(_one_schedule(one) for one in schedule)


def _one_schedule(schedule: Any) -> Schedule:
    if isinstance(schedule, Schedule):
        return schedule
    if callable(schedule):
        return Custom(schedule)
    raise TypeError(f"schedule must be a Schedule or a function of the step, got {schedule!r}")


def _initial(given: Any, bases: list[float]) -> Sequence[float]:
    if given is None:
        return bases
    if isinstance(given, (Tensor, np.ndarray)):
        given = given.tolist()
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
