"""Whatever happens to a bound scheduler, each group follows its own run of torch's scheduler."""

from __future__ import annotations

import contextlib
import copy
import os
import pickle
from typing import Any

import pytest
import torch
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

import tsa_torch
from tests.mismatches import whatever_initial_values
from tests.refusing import Refusing
from tests.torch.factories import ONE_PER_GROUP, SCHEDULERS, by_json

NAMES = [name for name in SCHEDULERS if "Plateau" not in name and name not in ONE_PER_GROUP]
LAST = 15  # some of the schedulers end at step 20
starts = st.floats(0.01, 0.9)


class Bound(RuleBasedStateMachine):
    """The model: a step, each group's initial value, and which ones were not seen yet (`raw`)."""

    name = ""

    def __init__(self) -> None:
        super().__init__()
        self.optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.5)
        self.scheduler = self.build(self.optimizer)
        self.step = 0
        self.initial = [0.5]
        self.raw: set[int] = set()

    def build(self, optimizer: Any) -> Any:
        return tsa_torch.arbitrary_schedule_factory(optimizer, SCHEDULERS[self.name])

    def expected(self) -> list[float]:
        """A group that has come since the last step still holds what it came with."""
        return [
            value
            if index in self.raw
            else tsa_torch.simulate(SCHEDULERS[self.name], self.step + 1, value)[-1]
            for index, value in enumerate(self.initial)
        ]

    def values(self) -> list[float]:
        return [group["lr"] for group in self.optimizer.param_groups]

    @precondition(lambda self: self.step < LAST)
    @rule()
    def update(self) -> None:
        self.scheduler.step()
        self.step += 1
        self.raw = set()

    @precondition(lambda self: self.step < LAST and len(self.initial) < 5)
    @rule(value=starts)
    def add(self, value: float) -> None:
        group = {"params": [torch.nn.Parameter(torch.ones(1))], "lr": value}
        self.optimizer.add_param_group(group)
        self.raw.add(len(self.initial))
        self.initial.append(value)

    @precondition(lambda self: len(self.initial) > 1)
    @rule(data=st.data())
    def drop(self, data: Any) -> None:
        index = data.draw(st.integers(0, len(self.initial) - 1))
        self._arrange([i for i in range(len(self.initial)) if i != index])

    @rule(data=st.data())
    def shuffle(self, data: Any) -> None:
        self._arrange(data.draw(st.permutations(range(len(self.initial)))))

    def _arrange(self, order: list[int]) -> None:
        groups = self.optimizer.param_groups
        self.optimizer.param_groups[:] = [groups[index] for index in order]
        self.initial = [self.initial[index] for index in order]
        self.raw = {place for place, index in enumerate(order) if index in self.raw}

    @rule(value=starts)
    def resume(self, value: float) -> None:
        """In fresh objects that hold something else; a group that had just come joins here."""
        before = self.values()
        saved = by_json(self.scheduler.state_dict())
        assert self.values() == before
        groups = [{"params": [torch.nn.Parameter(torch.ones(1))]} for _ in self.initial]
        self.optimizer = torch.optim.SGD(groups, lr=value)
        self.scheduler = self.build(self.optimizer)
        with whatever_initial_values():
            self.scheduler.load_state_dict(saved)
        self.raw = set()

    @rule()
    def copy(self) -> None:
        self.optimizer, self.scheduler = copy.deepcopy((self.optimizer, self.scheduler))

    @rule(how=st.sampled_from(("the same", "copied", "pickled", "restored")))
    def build_anew(self, how: str) -> None:
        """On the optimizer alone: the scheduler starts again at the noted initial values."""
        if how == "copied":
            self.optimizer = copy.deepcopy(self.optimizer)
        elif how == "pickled":
            self.optimizer = pickle.loads(pickle.dumps(self.optimizer))
        elif how == "restored":
            state = by_json(self.optimizer.state_dict()["param_groups"])
            groups = [{"params": [torch.nn.Parameter(torch.ones(1))]} for _ in self.initial]
            self.optimizer = torch.optim.SGD(groups, lr=0.25)
            self.optimizer.load_state_dict({"state": {}, "param_groups": state})
        self.scheduler = self.build(self.optimizer)
        self.step = 0
        self.raw = set()

    @precondition(lambda self: self.step < LAST)
    @rule(nth=st.integers(0, 9), error=st.sampled_from((RuntimeError, KeyboardInterrupt)))
    def interrupt(self, nth: int, error: type[BaseException]) -> None:
        """Break off one of the writes, if there are so many; then the step is made."""
        groups = self.optimizer.param_groups
        index = nth % len(groups)
        groups[index] = group = Refusing(groups[index], 1 + nth // len(groups), error)
        with contextlib.suppress(error):
            self.scheduler.step()
            self.step += 1
            self.raw = set()
        group.left = 0
        groups[index] = dict(group)

    @rule()
    def reload_the_optimizer(self) -> None:
        self.optimizer.load_state_dict(self.optimizer.state_dict())

    @precondition(lambda self: self.step < LAST)
    @rule()
    def fail(self) -> None:
        """A step with an argument too many, and a load of nonsense."""
        for attempt in (
            lambda: self.scheduler.step(1, 2, 3),
            lambda: self.scheduler.load_state_dict({"version": 1}),
        ):
            try:
                attempt()
            except (TypeError, ValueError):
                continue
            raise AssertionError("nothing was raised")

    @invariant()
    def the_groups_follow(self) -> None:
        assert self.values() == self.scheduler.get_last_lr()
        assert self.values() == pytest.approx(self.expected(), rel=1e-12)
        assert self.scheduler.last_epoch == self.step
        notes = [group.get("initial_lr") for group in self.optimizer.param_groups]
        assert notes == [
            None if index in self.raw else value for index, value in enumerate(self.initial)
        ]


def _machine(name: str) -> Any:
    machine = type("Bound", (Bound,), {"name": name})
    case = machine.TestCase
    case.settings = settings(
        max_examples=int(os.environ.get("FACTORY_EXAMPLES", "25")), stateful_step_count=20
    )
    return case


class TestLambda(_machine("LambdaLR")): ...


class TestCosine(_machine("CosineAnnealingLR")): ...


class TestRestarts(_machine("CosineAnnealingWarmRestarts")): ...


class TestOneCycle(_machine("OneCycleLR")): ...


class TestCyclic(_machine("CyclicLR, exp_range")): ...


class TestSequential(_machine("SequentialLR, nested")): ...


class TestChained(_machine("ChainedScheduler, nested")): ...


class TestSwa(_machine("SWALR")): ...


class TestLinear(_machine("LinearLR")): ...


class TestMultiplicative(_machine("MultiplicativeLR")): ...
