"""Anything in any order: a state machine beside a model of what a reader of the loop expects."""

from __future__ import annotations

import copy
import json
import pickle
import warnings
from collections.abc import Callable
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

import tsa_torch
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
class Model:
    """What the groups should hold: the position, and each group's initial and present value.

    An initial value of None is one that no scheduler has seen yet; `late` is the schedule of
    groups to come, and `rounded` is a value as the groups can hold it.
    """

    step: float
    schedules: tuple[Any, ...]
    late: Any
    bases: tuple[float | None, ...]
    values: tuple[float, ...]
    rounded: Callable[[float], float]

    def seen(self) -> Model:
        """A group that has come is scaled from what it holds."""
        pairs = zip(self.bases, self.values, strict=True)
        return replace(self, bases=tuple(value if base is None else base for base, value in pairs))

    def at(self, step: float) -> Model:
        """Moved to a number of updates; what was edited by hand is overwritten."""
        known = self.seen()
        return replace(known, step=step, values=known.planned(step))

    def planned(self, step: float) -> tuple[float | None, ...]:
        """The initial values, scaled."""
        pairs = zip(self.bases, self.schedules, strict=True)
        return tuple(
            None if base is None else self.rounded(base * schedule(step) + 0.0)
            for base, schedule in pairs
        )

    def under(self, schedules: tuple[Any, ...], step: float) -> Model:
        """Other schedules scale what was there before any, unless it was edited since."""
        rows = zip(self.bases, self.values, self.planned(self.step), strict=True)
        bases = tuple(base if value == due else value for base, value, due in rows)
        return replace(self, schedules=schedules, late=schedules[-1], bases=bases).at(step)

    def without(self, index: int) -> Model:
        """A group fewer."""
        return replace(
            self,
            schedules=self.schedules[:index] + self.schedules[index + 1 :],
            bases=self.bases[:index] + self.bases[index + 1 :],
            values=self.values[:index] + self.values[index + 1 :],
        )

    def joined_by(self, value: float) -> Model:
        """A group more."""
        return replace(
            self,
            schedules=(*self.schedules, self.late),
            bases=(*self.bases, None),
            values=(*self.values, value),
        )


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

    def build(self, schedule: Any, **options: Any) -> Any:
        """Our scheduler on the optimizer."""
        return tsa_torch.HyperparameterScheduler(self.optimizer, schedule, self.target, **options)

    @initialize(values=st.lists(NUMBERS, min_size=1, max_size=3), schedule=GIVEN)
    def start(self, values: list[float], schedule: Any) -> None:
        self.optimizer = AdamW([self.group(value) for value in values])
        self.scheduler = self.build(given(schedule, len(values)))
        held = tuple(map(self.rounded, values))
        each = one_each(schedule, len(values))
        self.model = Model(0, each, each[-1], held, held, self.rounded).at(0)
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
        index %= len(self.model.values)
        self.edit_group(self.optimizer.param_groups[index], value)
        values = list(self.model.values)
        values[index] = self.rounded(value)
        self.model = replace(self.model, values=tuple(values))

    @precondition(lambda self: len(self.model.values) < 4)
    @rule(value=NUMBERS)
    def add_group(self, value: float) -> None:
        self.optimizer.add_param_group(self.group(value))
        self.model = self.model.joined_by(self.rounded(value))

    @precondition(lambda self: len(self.model.values) > 1)
    @rule(index=st.integers(0, 3))
    def drop_group(self, index: int) -> None:
        index %= len(self.model.values)
        del self.optimizer.param_groups[index]
        self.model = self.model.without(index)

    @precondition(lambda self: len(self.model.values) > 1)
    @rule(index=st.integers(1, 3))
    def exchange_group(self, index: int) -> None:
        """Drop a group for a new one that starts with the very value of the first."""
        index = 1 + index % (len(self.model.values) - 1)
        self.drop_group(index)
        self.optimizer.add_param_group(self.group_like(self.optimizer.param_groups[0]))
        self.model = self.model.joined_by(self.model.values[0])

    @rule(schedule=GIVEN, step=STEPS | st.none())
    def replace_schedule(self, schedule: Any, step: float | None) -> None:
        options = {} if step is None else {"last_epoch": step}
        groups = len(self.model.values)
        self.scheduler = self.build(given(schedule, groups), **options)
        self.model = self.model.under(one_each(schedule, groups), step or 0)

    @rule()
    def save(self) -> None:
        state = copy.deepcopy(self.optimizer.state_dict())
        text = json.dumps(self.scheduler.state_dict())
        self.saved.append((json.loads(text), state, self.model))

    @precondition(lambda self: self.saved)
    @rule(which=st.integers(0, 9), order=st.sampled_from(("s", "o", "so", "os")))
    def load(self, which: int, order: str) -> None:
        state, optimizer_state, then = self.saved[which % len(self.saved)]
        if len(then.values) != len(self.model.values):
            return self.refused(state)
        for one in order:
            if one == "o":
                self.optimizer.load_state_dict(optimizer_state)
                self.model = replace(self.model, values=then.values)
            else:
                self.load_scheduler(state)
                bases = then.seen().bases
                self.model = replace(self.model, bases=bases).at(then.step)
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

    @invariant()
    def as_planned(self) -> None:
        repr(self.scheduler)
        assert self.held(self.optimizer) == self.model.values
        assert self.scheduler.last_epoch == self.model.step
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
        own = super().build(schedule, **options)
        return tsa_torch.SynchronousSchedule([own])


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


SETTINGS = settings(
    max_examples=1700,
    stateful_step_count=8,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

pytestmark = pytest.mark.hypothesis  # so that `make fuzz` runs them too


def test_floats() -> None:
    """1,700 of the 5,100 runs."""
    run_state_machine_as_test(Floats, settings=SETTINGS)


def test_elements_of_a_tuple() -> None:
    """1,700 more."""
    run_state_machine_as_test(Elements, settings=SETTINGS)


def test_tensors() -> None:
    """And 1,700 more."""
    run_state_machine_as_test(Tensors, settings=SETTINGS)
