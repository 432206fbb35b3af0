"""HyperparameterScheduler: one schedule on one target of an optimizer."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import attrs

from tsa_core import Schedule, ScheduleState, _checks
from tsa_core.state import Transition, product
from tsa_torch import checkpoint, display
from tsa_torch.base import DerivedScheduler
from tsa_torch.binding import Binding, first_step, given_initial_values
from tsa_torch.functions import as_schedules, check_functions
from tsa_torch.known_groups import KnownGroups, select
from tsa_torch.param_groups import default_for, extend_optimizer, keep_extension
from tsa_torch.plans import Plan, advance, carry_out
from tsa_torch.targets import Group, Target, groups_of, lacking, require
from tsa_torch.writes import Records, Swap, note_initial_values, quick, write


class HyperparameterScheduler(DerivedScheduler):
    """Drives one hyperparameter of an optimizer with a schedule.

    Building it writes the value of step 0. After n calls of `step()` the groups hold
    `initial value * schedule(n)`, whatever was written in between. The initial value is noted in
    each group as `initial_<target>`, as torch notes `initial_lr`; a group that already has the
    note is scaled from it.

    Args:
        optimizer: The optimizer, or anything with `param_groups`.
        schedule: A `Schedule`, a function of the step, or a sequence of one per group, in
            which None leaves a group alone.
        schedule_target: What to schedule: a key, or an element such as `"betas[0]"`.
        default_value: Value for groups that lack the target.
        absolute: Whether the schedule gives the value itself instead of a multiplier.
        groups: The groups to drive: indices, the groups themselves, names (`group["name"]`),
            or a function of a group that returns true or false. None drives all. Groups that are
            added later join under None, a name or a function. Sequences of schedules and initial
            values follow the order given here; whatever is returned, the optimizer's.
        initial_values: What is scaled instead of the noted or present values, one number or
            one per group. The notes are rewritten.
        last_epoch: Number of updates made; -1 starts at step 0.

    Raises:
        TypeError: If an argument is of another type.
        ValueError: If an argument is not allowed, or the optimizer would refuse a value.
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

    # What moves is the state. The rest is made anew when groups or schedules change, and only
    # makes the next step quick.
    _state: ScheduleState
    _binding: Binding
    _move: Transition
    _one_value: bool
    _swap: Swap | None
    _ready: Callable[[Sequence[Group]], bool] | None
    _text: str | None

    def __init__(
        self,
        optimizer: Any,
        schedule: Schedule | Callable[[Any], Any] | Sequence[Any],
        schedule_target: str = "lr",
        *,
        default_value: float | None = None,
        absolute: bool = False,
        groups: Iterable[Any] | Callable[[Group], Any] | None = None,
        initial_values: float | Sequence[float] | None = None,
        last_epoch: float = -1,
    ) -> None:
        build = functools.partial(
            self._first_plan,
            optimizer,
            schedule,
            schedule_target,
            default_value=default_value,
            absolute=absolute,
            groups=groups,
            initial_values=initial_values,
            last_epoch=last_epoch,
        )
        carry_out([build])

    def _first_plan(
        self,
        optimizer: Any,
        schedule: Any,
        schedule_target: str,
        *,
        default_value: Any = None,
        absolute: Any = False,
        groups: Any = None,
        initial_values: Any = None,
        last_epoch: Any = -1,
    ) -> _Plan:
        self.optimizer = optimizer
        self.schedule_target = schedule_target
        self._target = target = Target.parse(schedule_target)
        self._absolute = _checks.flag("absolute", absolute)
        self._low, self._high = target.limits(optimizer)
        present = groups_of(optimizer)
        chosen, self._selection = select(present, groups)
        schedules, rows = as_schedules(schedule, chosen)
        picked = [present[index] for index in chosen]
        if None not in target.held(picked) or all(map(target.exists, picked)):
            default_value = None
        elif default_value is None:
            raise lacking(picked, target)
        else:
            default_value = default_for(target, default_value)
        order = sorted(range(len(rows)), key=rows.__getitem__)  # the optimizer's, from here on
        ordered = [rows[row] for row in order]
        known = KnownGroups.first(optimizer.param_groups, ordered, target, default_value)
        if initial_values is not None:
            given = given_initial_values(initial_values, len(rows))
            known = attrs.evolve(known, initial_values=tuple(given[row] for row in order))
        step = first_step(last_epoch)
        self._state = None  # type: ignore[assignment]  # until the plan is carried out
        self._swap = self._ready = self._text = None
        binding = Binding.of(known, schedules, self._absolute)
        notes = initial_values is not None
        return _Plan(self, binding, step, [None] * len(rows), notes, default_value)

    @property
    def schedule(self) -> Schedule | tuple[Schedule | None, ...]:
        """The schedule, or the tuple of one per group."""
        schedules: Schedule | tuple[Schedule | None, ...] = self._binding.schedules
        return schedules

    @property
    def state(self) -> ScheduleState:
        """The immutable state: step, multipliers, base values (1.0 for absolute values)."""
        return self._state

    def step(self, epoch: float | None = None) -> None:
        """Move to the next update, or to `epoch` updates made, and write the values.

        Args:
            epoch: Number of updates made, any real number >= 0; the same number twice is
                the same as once.

        Raises:
            TypeError: If `epoch` is not a number.
            ValueError: If it is negative or not finite, or the schedule's value is NaN or one
                that the optimizer would refuse.
            KeyError: If a new group lacks the target.
        """
        if epoch is not None or not self._one_value or not self._step_alone():
            advance((self,), epoch)

    def _step_alone(self) -> bool:
        """Make the next step as `advance` does; False, and no change, where only that can."""
        swap = self._swap
        if swap is None:
            return False
        try:
            state = self._move(self._state)
            value = product(state.base_values[0], state.multipliers[0])
            if not self._low <= value <= self._high:
                return False
        except (TypeError, ValueError):
            return False
        try:
            if not swap(self.optimizer.param_groups, value):
                return False
            self._state = state
        except BaseException:
            self._write_back()
            raise
        return True

    def replace(self, schedule: Schedule | Callable[[Any], Any] | Sequence[Any]) -> None:
        """Put another schedule in place of this one, at the same step.

        Groups, initial values and mode stay; the value at the present step is written.

        Args:
            schedule: As for the constructor; a sequence has one for each driven group, in the
                optimizer's order.

        Raises:
            TypeError: If it is of another type.
            ValueError: If it has the wrong number of items, or its value is NaN or one that
                the optimizer would refuse.

        Example:
            >>> import torch
            >>> from tsa_core import Constant, Linear
            >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
            >>> scheduler = HyperparameterScheduler(optimizer, Linear(1.0, 0.0, 10))
            >>> scheduler.step(5)
            >>> scheduler.replace(Constant(0.25))
            >>> scheduler.last_epoch, scheduler.get_last_lr()
            (5, [0.025])
        """
        carry_out([functools.partial(self._replacement, schedule)])

    def get_last_lr(self) -> list[float]:  # type: ignore[override]  # never tensors
        """The values last written, one for each driven group of the optimizer.

        A group that was added since the last step shows what it holds.
        """
        return [value for _, value in self._present()]

    def scalars(self) -> dict[str, float]:
        """The values last written, by names for a logger.

        Returns:
            `{"lr": …}` where the optimizer has one group, else `"lr/0"`, or `"lr/NAME"` for a
            group whose `"name"` no other group has.

        Example:
            >>> import torch
            >>> from tsa_core import Constant
            >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
            >>> HyperparameterScheduler(optimizer, Constant(0.5)).scalars()
            {'lr': 0.05}
        """
        return self._scalars(self.schedule_target)

    def _scalars(self, name: str) -> dict[str, float]:
        return display.scalars(name, self.optimizer, self._present())

    def _driven(self) -> list[int]:
        """Where the driven groups are."""
        return list(self._look()[0].driven)

    @property
    def last_epoch(self) -> Any:  # type: ignore[override]  # derived here
        """Number of updates made."""
        return self._state.step

    @property
    def base_lrs(self) -> Any:  # type: ignore[override]  # derived here
        """The initial values, one for each driven group of the optimizer."""
        return list(self._look()[0].initial_values)

    def state_dict(self) -> dict[str, Any]:
        """The state as plain JSON types, with the schedule as data (a JSON string)."""
        return checkpoint.write(self)

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take position and initial values from a checkpoint, and write the values.

        The schedule and the mode stay the code's. Where they or the initial values differ, a
        `ScheduleMismatchWarning` says in what. The state of a torch `LambdaLR`, as the 1.x
        line saved it, is read as well.

        Args:
            state_dict: What `state_dict` returned. It is not changed.

        Raises:
            TypeError: If something in it is of another type.
            ValueError: If it is of another version, target or number of groups, lacks or
                adds a key, or holds NaN. Nothing has changed then.
        """
        carry_out([functools.partial(self._loaded, state_dict)])

    def _plan(self, step: float | None) -> _Plan:
        """The same after a look at every group."""
        known, rows = self._look()
        return _Plan(self, self._binding.on(known), step, rows)

    def _replacement(self, schedule: Any) -> _Plan:
        known, rows = self._look()
        schedules, kept = as_schedules(schedule, range(len(rows)))
        known = attrs.evolve(
            known,
            driven=tuple(known.driven[row] for row, _ in kept),
            initial_values=tuple(known.initial_values[row] for row, _ in kept),
            schedules=tuple(place for _, place in kept),
        )
        binding = Binding.of(known, schedules, self._absolute)
        return _Plan(self, binding, self._state.step, [rows[row] for row, _ in kept])

    def _loaded(self, state_dict: Mapping[str, Any]) -> _Plan:
        saved = checkpoint.read(state_dict, self.schedule_target)
        known, rows = self._look()
        if len(saved.base_values) != len(rows):
            raise ValueError(
                f"base_values must have one item for each of the {len(rows)} groups, "
                f"got {len(saved.base_values)}"
            )
        restored = attrs.evolve(known, initial_values=saved.base_values)
        plan = _Plan(self, self._binding.on(restored), saved.step, rows, rewrite_notes=True)
        checkpoint.warn_of_differences(saved, self, known)
        return plan

    def _look(self) -> tuple[KnownGroups, list[int | None]]:
        groups = self.optimizer.param_groups
        binding = self._binding
        return binding.known.look(groups, self._target, self._selection.joins, binding.late)

    def _present(self) -> list[tuple[int, float]]:
        """Where each driven group is, and its value; a new one shows what it holds."""
        known, rows = self._look()
        values = self._state.values
        return [
            (index, self._target.read(known.seen[index]) if row is None else values[row])
            for index, row in zip(known.driven, rows, strict=True)
        ]

    def _allowed(self, state: ScheduleState, binding: Binding) -> list[float]:
        """The value of each group, or raise if one is NaN or outside the limits."""
        if self._ready is not None and not self._ready(self.optimizer.param_groups):
            self._swap = None
        values = binding.values(state)
        for row in binding.outermost:
            if not self._low <= values[row] <= self._high:
                raise self._refusal(values[row], state.step)
        return values

    def _unstep(self) -> None:
        """Take back a quick write."""
        values = self._state.values
        swap: Any = self._swap
        swap(self.optimizer.param_groups, values[0] if self._one_value else values)

    def _check_functions(self, schedules: Any, step: float | None) -> None:
        """Raise where a function was the reason why the next step, or `step`, has failed."""
        due = self._state.step + 1 if step is None else step
        check_functions(self.schedule_target, schedules, due)

    def _refusal(self, value: float, step: float) -> ValueError:
        if value != value:
            return ValueError(
                f"the schedule of {self.schedule_target!r} gives NaN at step {step!r}"
            )
        return self._target.refusal(value, step)

    def _write_back(self) -> None:
        """Write the values of the present state; a group that refuses is left."""
        self._swap = None
        groups, values = self.optimizer.param_groups, self._state.values
        # No new group joins: it holds nothing of this state, and might be refused.
        known, rows = self._binding.known.look(groups, self._target, self._selection.joins, None)
        row: Any
        for group, row in zip(known.groups, rows, strict=True):
            with contextlib.suppress(Exception):
                write(self._target, [group], [values[row]], [False])

    def _schedule_text(self) -> str | None:
        if self._text is None:
            self._text = checkpoint.schedule_text(self.schedule)
        return self._text

    def __getstate__(self) -> dict[str, Any]:
        # What makes a write quick holds for these groups only.
        return {**self.__dict__, "_swap": None, "_ready": None, "_move": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():  # by name: CPython reads attributes faster then
            setattr(self, name, value)
        self._move = self._binding.move

    def _repr_html_(self) -> str:
        return display.to_html({self.schedule_target: self})

    def __plot_schedules__(self) -> dict[str, dict[str, Schedule]]:
        return display.plotted({self.schedule_target: self})

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}({self.schedule_target!r}, {self.schedule!r}, "
            f"step={self._state.step!r}, values={self.get_last_lr()!r})"
        )


class _Plan(Plan):
    """The next binding and state of a scheduler, and the value of every group."""

    def __init__(
        self,
        scheduler: HyperparameterScheduler,
        binding: Binding,
        step: float | None,
        rows: list[int | None],
        rewrite_notes: bool = False,
        default_value: float | None = None,
    ) -> None:
        self._scheduler = scheduler
        self._binding = binding
        if scheduler._target.index is not None:  # a missing key is written, an element cannot be
            require(binding.known.groups, scheduler._target)
        try:
            self._state = binding.move(scheduler._state, step)
        except (TypeError, ValueError):
            scheduler._check_functions(binding.schedules, step)
            raise
        self._values = scheduler._allowed(self._state, binding)
        if binding.one_value:
            self._values = self._values[:1] * len(rows)
        self._new = [row is None for row in rows]
        self._rewrite_notes = rewrite_notes
        self._default_value = default_value
        self._records = Records()

    def prepare(self) -> None:
        pass

    def write(self) -> None:
        scheduler, records = self._scheduler, self._records
        target, known = scheduler._target, self._binding.known
        scheduler._swap = None
        if self._default_value is not None:
            keep_extension(records, scheduler.optimizer, target)
            extend_optimizer(scheduler.optimizer, target.key, self._default_value)
        groups = known.groups
        records.keep([one for one, new in zip(groups, self._new, strict=True) if new], target.key)
        note_initial_values(
            target, groups, known.initial_values, records, overwrite=self._rewrite_notes
        )
        write(target, groups, self._values, self._new)

    def adoption(self) -> Iterable[tuple[Any, str, Any]]:
        scheduler, binding = self._scheduler, self._binding
        return (
            (scheduler, "_binding", binding),
            (scheduler, "_move", binding.move),
            (scheduler, "_state", self._state),
            (scheduler, "_text", None),
            (scheduler, "_one_value", False),  # until it is settled how to write quickly
        )

    def settle(self) -> None:
        scheduler, binding = self._scheduler, self._binding
        known = binding.known
        driven = None if len(known.driven) == len(known.seen) else known.driven
        way = quick(scheduler._target, known.seen, driven, self._values, binding.one_value)
        scheduler._one_value = way.one_value
        scheduler._ready = way.ready
        scheduler._swap = way.swap

    def discard(self) -> None:
        pass

    def put_back(self) -> None:
        self._records.put_back()
        if self._scheduler._state is not None:
            self._scheduler._write_back()
