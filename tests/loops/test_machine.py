"""Anything in any order: a state machine beside a model of what a reader of the loop expects."""

from __future__ import annotations

import contextlib
import copy
import json
import os
import pickle
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR
from torch.overrides import TorchFunctionMode

import tsa_torch
from tests.refusing import Refusing
from tsa_core import Constant, Cosine, Decay, Linear


def triangle(step: float) -> float:
    """A schedule that is a plain function."""
    return abs(step % 8 - 4) / 4


SCHEDULES: tuple[Any, ...] = (
    Linear(1.0, 0.0, 8),
    Constant(0.5),
    Cosine(0.25, 1.0, 6).then(Decay(1.0, 0.5, 3), at=6),
    Linear(0.0, 1.0, 3) * 0.75,
    triangle,
)
GIVEN = st.sampled_from(SCHEDULES) | st.tuples(*[st.sampled_from(SCHEDULES)] * 4)
NUMBERS = st.sampled_from((0.0625, 0.1, 0.3, 0.75, 0.9))
STEPS = st.integers(0, 12) | st.floats(0, 12)


def given(schedule: Any, groups: int) -> Any:
    """One schedule for all groups, or a sequence of one for each."""
    return list(schedule[:groups]) if isinstance(schedule, tuple) else schedule


def one_each(schedule: Any, groups: int) -> tuple[Any, ...]:
    """The same, written out."""
    return schedule[:groups] if isinstance(schedule, tuple) else (schedule,) * groups


@dataclass(frozen=True)
class Row:
    """What is known of a param group.

    An initial value of None is one that the scheduler has not seen yet, a note of None one that
    the group does not have.
    """

    schedule: Any
    value: float
    initial: float | None = None
    note: float | None = None

    @property
    def noted(self) -> float:
        """What a scheduler that sees the group for the first time scales."""
        return self.value if self.note is None else self.note


@dataclass(frozen=True)
class Model:
    """What the groups should hold; `late` is the schedule of groups to come.

    `rounded` is a value as the groups can hold it.
    """

    step: float
    late: Any
    rows: tuple[Row, ...]
    rounded: Callable[[float], float]

    @property
    def values(self) -> tuple[float, ...]:
        """What the groups hold."""
        return tuple(row.value for row in self.rows)

    def each(self, change: Callable[[Row], Row]) -> Model:
        """Every group changed."""
        return replace(self, rows=tuple(map(change, self.rows)))

    def due(self, row: Row, step: float) -> float:
        """The initial value, scaled."""
        return self.rounded(row.initial * row.schedule(step) + 0.0)

    def seen(self) -> Model:
        """A group that has come is scaled from its note, else from what it holds."""
        return self.each(
            lambda row: replace(row, initial=row.noted) if row.initial is None else row
        )

    def at(self, step: float) -> Model:
        """Moved to a number of updates; what was edited by hand is overwritten."""

        def write(row: Row) -> Row:
            note = row.initial if row.note is None else row.note
            return replace(row, value=self.due(row, step), note=note)

        return replace(self.seen().each(write), step=step)

    def under(self, schedules: tuple[Any, ...]) -> Model:
        """The same groups under other schedules."""
        pairs = zip(self.rows, schedules, strict=True)
        rows = tuple(replace(row, schedule=schedule) for row, schedule in pairs)
        return replace(self, rows=rows, late=schedules[-1])

    def anew(self, schedules: tuple[Any, ...], step: float) -> Model:
        """A new scheduler scales the notes, and what the groups without one hold."""
        return self.each(lambda row: replace(row, initial=row.noted)).under(schedules).at(step)

    def restored(self) -> Model:
        """After a write that was broken off: the values of the state that stays."""
        return self.each(
            lambda row: row if row.initial is None else replace(row, value=self.due(row, self.step))
        )

    def loaded(self, then: Model) -> Model:
        """The initial values and the step of a checkpoint, and its notes with them."""
        pairs = zip(self.rows, then.seen().rows, strict=True)
        rows = tuple(replace(row, initial=of.initial, note=of.initial) for row, of in pairs)
        return replace(self, rows=rows).at(then.step)

    def with_optimizer(self, then: Model) -> Model:
        """The values and the notes of an optimizer's checkpoint."""
        pairs = zip(self.rows, then.rows, strict=True)
        rows = tuple(replace(row, value=of.value, note=of.note) for row, of in pairs)
        return replace(self, rows=rows)

    def without(self, index: int) -> Model:
        """A group fewer."""
        return replace(self, rows=self.rows[:index] + self.rows[index + 1 :])

    def joined_by(self, value: float) -> Model:
        """A group more."""
        return replace(self, rows=(*self.rows, Row(self.late, value)))

    def edited(self, index: int, value: float) -> Model:
        """A value written by hand, which changes no initial value."""
        row = replace(self.rows[index], value=value)
        return replace(self, rows=(*self.rows[:index], row, *self.rows[index + 1 :]))


class RefusedFill(TorchFunctionMode):
    """While it lasts, one of the writes into tensors raises."""

    def __init__(self, nth: int, error: type[BaseException]) -> None:
        super().__init__()
        self.left, self.error = nth, error

    def __torch_function__(
        self, function: Any, types: Any, arguments: Any = (), options: Any = None
    ) -> Any:
        if function in (torch.Tensor.fill_, torch._foreach_copy_):
            self.left -= 1
            if self.left == 0:
                raise self.error(function)
        return function(*arguments, **(options or {}))


def never(_step: float) -> float:
    """A schedule that is refused."""
    return float("nan")


class Machine(RuleBasedStateMachine):
    """One optimizer and one scheduler; the subclasses say what kind of value is scheduled."""

    target, key = "lr", "lr"

    def number(self, value: float) -> Any:
        """A value as a user would put it into a group."""
        return value

    def group(self, value: float) -> dict[str, Any]:
        """A new param group."""
        return {"params": [torch.nn.Parameter(torch.zeros(1))], "lr": self.number(value)}

    def group_like(self, group: dict[str, Any]) -> dict[str, Any]:
        """A new param group with the value of another, the same object."""
        return {"params": [torch.nn.Parameter(torch.zeros(1))], self.key: group[self.key]}

    def held(self, optimizer: Any) -> tuple[float, ...]:
        """What the groups hold."""
        return tuple(group["lr"] for group in optimizer.param_groups)

    def rounded(self, value: float) -> float:
        """A value as exactly as the groups can hold it."""
        return value

    def edit_group(self, group: dict[str, Any], value: float) -> None:
        """Write by hand."""
        group["lr"] = self.number(value)

    @contextlib.contextmanager
    def refusing(self, nth: int, error: type[BaseException]) -> Iterator[None]:
        """Let one of the writes raise, if there are so many."""
        groups = self.optimizer.param_groups
        index = nth % len(groups)
        groups[index] = group = Refusing(groups[index], 1 + nth // len(groups), error)
        try:
            yield
        finally:
            group.left = 0
            groups[index] = dict(group)

    def build(self, schedule: Any, **options: Any) -> Any:
        """Our scheduler on the optimizer."""
        return tsa_torch.HyperparameterScheduler(self.optimizer, schedule, self.target, **options)

    def own(self) -> Any:
        """The scheduler itself, whatever it is part of."""
        return self.scheduler

    @initialize(values=st.lists(NUMBERS, min_size=1, max_size=3), schedule=GIVEN)
    def start(self, values: list[float], schedule: Any) -> None:
        self.optimizer = AdamW([self.group(value) for value in values])
        self.scheduler = self.build(given(schedule, len(values)))
        rows = tuple(Row(None, self.rounded(value)) for value in values)
        each = one_each(schedule, len(values))
        self.model = Model(0, each[-1], rows, self.rounded).anew(each, 0)
        self.saved: list[tuple[Any, Any, Model]] = []
        self.left: list[tuple[Any, tuple[float, ...]]] = []

    @rule(times=st.integers(1, 3))
    def step(self, times: int) -> None:
        for _ in range(times):
            self.scheduler.step()
            self.model = self.model.at(self.model.step + 1)

    @rule(step=STEPS, times=st.integers(1, 2))
    def seek(self, step: float, times: int) -> None:
        for _ in range(times):
            self.scheduler.step(step)
        self.model = self.model.at(step)

    @rule(index=st.integers(0, 2), value=NUMBERS)
    def edit(self, index: int, value: float) -> None:
        index %= len(self.model.rows)
        self.edit_group(self.optimizer.param_groups[index], value)
        self.model = self.model.edited(index, self.rounded(value))

    @precondition(lambda self: len(self.model.rows) < 4)
    @rule(value=NUMBERS)
    def add_group(self, value: float) -> None:
        self.optimizer.add_param_group(self.group(value))
        self.model = self.model.joined_by(self.rounded(value))

    @precondition(lambda self: len(self.model.rows) > 1)
    @rule(index=st.integers(0, 3))
    def drop_group(self, index: int) -> None:
        index %= len(self.model.rows)
        del self.optimizer.param_groups[index]
        self.model = self.model.without(index)

    @precondition(lambda self: len(self.model.rows) > 1)
    @rule(index=st.integers(1, 3))
    def exchange_group(self, index: int) -> None:
        """Drop a group for a new one that starts with the very value of the first."""
        index = 1 + index % (len(self.model.rows) - 1)
        self.drop_group(index)
        self.optimizer.add_param_group(self.group_like(self.optimizer.param_groups[0]))
        self.model = self.model.joined_by(self.model.values[0])

    @rule(schedule=GIVEN, step=STEPS | st.none())
    def build_anew(self, schedule: Any, step: float | None) -> None:
        options = {} if step is None else {"last_epoch": step}
        groups = len(self.model.rows)
        self.scheduler = self.build(given(schedule, groups), **options)
        self.model = self.model.anew(one_each(schedule, groups), step or 0)

    @rule(schedule=GIVEN)
    def replace_schedule(self, schedule: Any) -> None:
        groups = len(self.model.rows)
        self.own().replace(given(schedule, groups))
        self.model = self.model.seen().under(one_each(schedule, groups)).at(self.model.step)

    @rule()
    def refused_schedule(self) -> None:
        """Hand edits stay, too."""
        with pytest.raises(ValueError, match="NaN"):
            self.own().replace(never)

    @rule(
        nth=st.integers(0, 12),
        error=st.sampled_from((RuntimeError, KeyboardInterrupt)),
        step=STEPS | st.none(),
    )
    def interrupt(self, nth: int, error: type[BaseException], step: float | None) -> None:
        """Break off one of the writes, if there are so many."""
        then = self.model.step + 1 if step is None else step
        try:
            with self.refusing(nth, error):
                self.scheduler.step(step)
            self.model = self.model.at(then)
        except error:
            self.model = self.model.restored()

    @rule(factor=st.sampled_from((1.0, 0.5)), times=st.integers(0, 3))
    def under_torch(self, factor: float, times: int) -> None:
        """Let a scheduler of torch's drive the target, through the factory, for a while."""
        bound = tsa_torch.arbitrary_schedule_factory(
            self.optimizer,
            lambda optimizer: LambdaLR(optimizer, lambda step: factor * 0.5**step),
            schedule_target=self.target,
        )
        for _ in range(times):
            bound.step()
        scaled = factor * 0.5**times
        self.model = self.model.each(
            lambda row: replace(row, note=row.noted, value=self.rounded(row.noted * scaled))
        )

    @rule()
    def save(self) -> None:
        state = copy.deepcopy(self.optimizer.state_dict())
        text = json.dumps(self.scheduler.state_dict())
        self.saved.append((json.loads(text), state, self.model))

    @precondition(lambda self: self.saved)
    @rule(which=st.integers(0, 9), order=st.sampled_from(("s", "o", "so", "os")))
    def load(self, which: int, order: str) -> None:
        state, optimizer_state, then = self.saved[which % len(self.saved)]
        if len(then.rows) != len(self.model.rows):
            return self.refused(state)
        for one in order:
            if one == "o":
                self.optimizer.load_state_dict(optimizer_state)
                self.model = self.model.with_optimizer(then)
            else:
                self.load_scheduler(state)
                self.model = self.model.loaded(then)
        return None

    def load_scheduler(self, state: Any) -> None:
        """Load, whatever schedule the state was written under."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", tsa_torch.ScheduleMismatchWarning)
            self.scheduler.load_state_dict(state)

    def refused(self, state: Any) -> None:
        """A state of another number of groups raises, and the invariants see no change."""
        with pytest.raises(ValueError, match="one item for each of the"):
            self.load_scheduler(state)

    @rule(pickled=st.booleans())
    def copy(self, pickled: bool) -> None:
        self.left = [(self.optimizer, self.held(self.optimizer))]
        both = (self.optimizer, self.scheduler)
        self.optimizer, self.scheduler = (
            pickle.loads(pickle.dumps(both)) if pickled else copy.deepcopy(both)
        )
        assert self.scheduler.optimizer is self.optimizer

    @rule(
        how=st.sampled_from(("copied", "pickled", "restored")),
        schedule=GIVEN,
        step=STEPS | st.none(),
    )
    def the_optimizer_alone(self, how: str, schedule: Any, step: float | None) -> None:
        """Copy, pickle or restore it without its scheduler, and build one on the result."""
        self.left = [(self.optimizer, self.held(self.optimizer))]
        if how == "copied":
            self.optimizer = copy.deepcopy(self.optimizer)
        elif how == "pickled":
            self.optimizer = pickle.loads(pickle.dumps(self.optimizer))
        else:
            state = copy.deepcopy(self.optimizer.state_dict())
            self.optimizer = AdamW([self.group(0.25) for _ in self.model.rows])
            self.optimizer.load_state_dict(state)
        self.build_anew(schedule, step)

    @invariant()
    def as_planned(self) -> None:
        repr(self.scheduler)
        assert self.held(self.optimizer) == self.model.values
        assert self.scheduler.last_epoch == self.model.step
        notes = [group.get(f"initial_{self.target}") for group in self.optimizer.param_groups]
        assert notes == [row.note for row in self.model.rows]
        for optimizer, values in self.left:
            assert self.held(optimizer) == values


class Floats(Machine):
    """Plain floats."""


class Elements(Machine):
    """An element of a tuple, in a `SynchronousSchedule`."""

    target, key = "betas[0]", "betas"

    def group(self, value: float) -> dict[str, Any]:
        return {"params": [torch.nn.Parameter(torch.zeros(1))], "betas": (value, 0.99)}

    def held(self, optimizer: Any) -> tuple[float, ...]:
        assert all(type(group["betas"]) is tuple for group in optimizer.param_groups)
        assert all(group["betas"][1] == 0.99 for group in optimizer.param_groups)
        return tuple(group["betas"][0] for group in optimizer.param_groups)

    def edit_group(self, group: dict[str, Any], value: float) -> None:
        group["betas"] = (value, 0.99)

    def build(self, schedule: Any, **options: Any) -> Any:
        return tsa_torch.SynchronousSchedule([super().build(schedule, **options)])

    def own(self) -> Any:
        return self.scheduler.schedules[self.target]


class Tensors(Machine):
    """Tensors of float32, filled in place."""

    def number(self, value: float) -> Any:
        return torch.tensor(value)

    def group_like(self, group: dict[str, Any]) -> dict[str, Any]:
        return {"params": [torch.nn.Parameter(torch.zeros(1))], "lr": group["lr"].clone()}

    def held(self, optimizer: Any) -> tuple[float, ...]:
        tensors = [group["lr"] for group in optimizer.param_groups]
        assert len({tensor.data_ptr() for tensor in tensors}) == len(tensors)
        return tuple(tensor.item() for tensor in tensors)

    def rounded(self, value: float) -> float:
        return float(np.float32(value))

    def edit_group(self, group: dict[str, Any], value: float) -> None:
        group["lr"].fill_(value)

    def refusing(self, nth: int, error: type[BaseException]) -> Any:
        return RefusedFill(1 + nth % 4, error)


EXAMPLES = int(os.environ.get("MACHINE_EXAMPLES", "600"))
"""Of each kind."""

SETTINGS = settings(
    max_examples=EXAMPLES,
    stateful_step_count=8,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

pytestmark = pytest.mark.hypothesis  # so that `make fuzz` runs them too


def test_floats() -> None:
    """In a list of groups of any kind."""
    run_state_machine_as_test(Floats, settings=SETTINGS)


def test_elements_of_a_tuple() -> None:
    """The rest of the tuple stays."""
    run_state_machine_as_test(Elements, settings=SETTINGS)


def test_tensors() -> None:
    """None of them is shared."""
    run_state_machine_as_test(Tensors, settings=SETTINGS)
