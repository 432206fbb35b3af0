"""States of bound schedulers: older ones, broken ones, and those of plain torch schedulers."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from torch.distributed import checkpoint as dcp
from torch.optim import Optimizer
from torch.optim import lr_scheduler as lrs

import tsa_torch as tsa
from tests.helpers import brief, label
from tests.torch.factories import (
    SCHEDULERS,
    STEPS,
    advance,
    by_json,
    by_torch,
    made,
    metric,
    others,
    plain,
    read,
)

TARGET = "weight_decay"


def bound(optimizer: Optimizer, name: str, target: str = TARGET) -> Any:
    return tsa.arbitrary_schedule_factory(optimizer, SCHEDULERS[name], schedule_target=target)


class TestOlderStates:
    """What the 1.x line saved: torch's own `state_dict()`, by target."""

    @pytest.mark.parametrize("alone", [True, False])
    @pytest.mark.parametrize("name", SCHEDULERS)
    def test_the_run_continues(self, name: str, alone: bool) -> None:
        """From the bare state of torch's scheduler, which drove the same numbers as `lr`."""
        twin, optimizer = made("SGD", (0.1, 0.02)), made("SGD")
        original, scheduler = plain(name, twin), bound(optimizer, name)
        for step in range(4):
            advance(original, twin, step)
        state = original.state_dict()
        kept = copy.deepcopy(state)
        if alone:
            scheduler.load_state_dict(state)
        else:
            tsa.SynchronousSchedule([scheduler]).load_state_dict({TARGET: state})
        assert repr(state) == repr(kept)
        assert read(optimizer, TARGET) == read(twin, "lr")
        for step in range(4, STEPS):
            advance(original, twin, step)
            advance(scheduler, optimizer, step)
            assert read(optimizer, TARGET) == read(twin, "lr")

    @pytest.mark.parametrize("name", [n for n in SCHEDULERS if n != "LambdaLR, an object"])
    def test_what_other_versions_of_torch_save_is_no_obstacle(self, name: str) -> None:
        """Flags that came or went, at any depth of a composite."""

        def older(state: dict[str, Any]) -> dict[str, Any]:
            state = {k: v for k, v in state.items() if k not in ("_is_initial", "mode_worse")}
            if "_schedulers" in state:
                state["_schedulers"] = [older(part) for part in state["_schedulers"]]
            return state | {"verbose": False}

        twin, optimizer, same = made("SGD", (0.1, 0.02)), made("SGD"), made("SGD")
        original = plain(name, twin)
        for step in range(5):
            advance(original, twin, step)
        one, other = bound(optimizer, name), bound(same, name)
        one.load_state_dict(older(original.state_dict()))
        other.load_state_dict(original.state_dict())
        assert one.state_dict() == other.state_dict()
        saved = one.state_dict()
        one.load_state_dict(saved | {"scheduler": older(saved["scheduler"])})
        assert one.state_dict() == saved

    @pytest.mark.parametrize(
        ("change", "error", "message"),
        [
            ({"_last_lr": [0.1]}, ValueError, r"_last_lr must have one item for each of 2"),
            ({"_last_lr": [0.1, "x"]}, TypeError, r"_last_lr\[1\] must be a number, got 'x'"),
            ({"_last_lr": 0.1}, TypeError, "_last_lr must be a list, got 0.1"),
            ({"base_lrs": [0.1, math.nan]}, ValueError, r"base_lrs\[1\] must not be NaN"),
            ({"last_epoch": None}, TypeError, "last_epoch must be a number, got None"),
            ({"more": 1}, ValueError, r"scheduler must have the keys of CosineAnnealingLR.*'more'"),
            ({3: 1}, ValueError, "scheduler must have the keys of CosineAnnealingLR"),
            ({"_is_initial": 3}, TypeError, "_is_initial must be a bool, got 3"),
        ],
        ids=brief,
    )
    def test_a_broken_one_changes_nothing(
        self, change: dict[Any, Any], error: type[Exception], message: str
    ) -> None:
        """The message names the entry."""
        optimizer = made("SGD")
        scheduler = bound(optimizer, "CosineAnnealingLR")
        scheduler.step()
        bare = plain("CosineAnnealingLR", made("SGD")).state_dict()
        before = others(optimizer), scheduler.state_dict()
        with pytest.raises(error, match=message):
            scheduler.load_state_dict({**bare, **change})
        assert (others(optimizer), scheduler.state_dict()) == before


def _at(*path: Any) -> Callable[[Any, Any], None]:
    def put(state: Any, value: Any) -> None:
        for key in path[:-1]:
            state = state[key]
        state[path[-1]] = value

    return put


BROKEN: list[tuple[str, Callable[[Any, Any], None], Any, type[Exception], str]] = [
    ("StepLR", _at("groups"), None, ValueError, "groups must have one item for each of 2"),
    ("StepLR", _at("groups", 1), 3, ValueError, "groups must hold value, private and beside"),
    ("StepLR", _at("groups", 1, "value"), None, TypeError, "value must be a number, got None"),
    ("StepLR", _at("groups", 1, "value"), True, TypeError, "value must be a number, got True"),
    ("StepLR", _at("groups", 1, "private"), [1], TypeError, r"private must be a dict, got \[1\]"),
    ("StepLR", _at("groups", 0, "beside"), {"lr": 1}, ValueError, r"beside must hold \[\]"),
    ("StepLR", _at("groups", 0, "beside"), None, ValueError, r"beside must hold \[\], got None"),
    ("StepLR", _at("scheduler"), [1], TypeError, r"scheduler must be the state of a StepLR"),
    ("StepLR", _at("scheduler", "gamma"), "x", TypeError, "gamma must be a number, got 'x'"),
    ("StepLR", _at("scheduler", "gamma"), "__nan__", ValueError, "gamma must not be Na"),
    ("MultiStepLR", _at("scheduler", "milestones"), [2], TypeError, "milestones must be a dict"),
    ("LambdaLR", _at("scheduler", "lr_lambdas"), [None], ValueError, "lr_lambdas must have one it"),
    ("OneCycleLR", _at("scheduler", "_schedule_phases"), 3, TypeError, "_schedule_phases must be"),
    ("OneCycleLR", _at("scheduler", "_anneal_func_type"), 3, TypeError, "must be a str, got 3"),
    ("SequentialLR", _at("scheduler", "_schedulers"), [], ValueError, "_schedulers must be 2 stat"),
    ("SequentialLR", _at("scheduler", "_schedulers"), 3, ValueError, "_schedulers must be 2 stat"),
    ("SequentialLR", _at("scheduler", "_schedulers", 0), 3, TypeError, "state of a part of Sequen"),
    (
        "SequentialLR",
        _at("scheduler", "_schedulers", 1, "last_epoch"),
        "x",
        TypeError,
        "last_epoch must be a number",
    ),
]


@pytest.mark.parametrize(("name", "put", "value", "error", "message"), BROKEN, ids=label)
def test_a_broken_state_changes_nothing(
    name: str, put: Any, value: Any, error: type[Exception], message: str
) -> None:
    """Found before anything is written; the run goes on as if it had not been tried."""
    optimizer, control = made("SGD"), made("SGD")
    scheduler, other = bound(optimizer, name), bound(control, name)
    state = by_json(scheduler.state_dict())
    put(state, value)
    for step in range(5):
        advance(scheduler, optimizer, step)
        advance(other, control, step)
    with pytest.raises(error, match=message):
        scheduler.load_state_dict(state)
    for step in range(5, STEPS):
        advance(scheduler, optimizer, step)
        advance(other, control, step)
        assert scheduler.state_dict() == other.state_dict()
        assert read(optimizer, TARGET) == read(control, TARGET)


class Stubborn(lrs.StepLR):
    """Fails in the middle of a load, after it has taken some of the state."""

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.gamma = state_dict["gamma"]
        if state_dict["step_size"] == 7:
            raise OSError("half way")
        super().load_state_dict(state_dict)


@pytest.mark.parametrize("half", ["half way", "beta"])
def test_a_load_that_fails_half_way_is_taken_back(half: str) -> None:
    """By the torch scheduler itself, or when the loaded value turns out to be no beta."""
    optimizer = made("Adam")
    scheduler = tsa.arbitrary_schedule_factory(
        optimizer, lambda opt: Stubborn(opt, 1, 0.5), schedule_target="betas[0]"
    )
    state = scheduler.state_dict()
    scheduler.step()
    before = others(optimizer), scheduler.state_dict()
    if half == "beta":
        state["groups"][1]["value"] = 1.0
    else:
        state["scheduler"] |= {"step_size": 7, "gamma": 0.1}
    with pytest.raises((OSError, ValueError), match=half):
        scheduler.load_state_dict(state)
    assert (others(optimizer), scheduler.state_dict()) == before
    assert scheduler.gamma == 0.5


class Own(lrs.StepLR):
    """Not one of torch's own: which of its attributes are settings only its author knows."""


def test_settings_of_other_people_s_schedulers_are_not_judged() -> None:
    """Their state comes back as it was, without a warning."""
    saved = tsa.arbitrary_schedule_factory(made("SGD"), lambda opt: Own(opt, 3)).state_dict()
    scheduler = tsa.arbitrary_schedule_factory(made("SGD"), lambda opt: Own(opt, 4))
    scheduler.load_state_dict(saved)
    assert scheduler.step_size == 3


class Slotted:
    """A function of the step without a `__dict__`, which torch cannot save."""

    __slots__ = ()

    def __call__(self, step: int) -> float:
        return 0.5**step


class Counted:
    """A function of the step that counts its calls, in a state that torch saves."""

    def __init__(self) -> None:
        self.calls = [0]

    def __call__(self, step: int) -> float:
        self.calls[0] += 1
        return math.nan if step == 2 else 0.5**step


class Number(float):
    """A class called as a function: what it has is no state of the schedule."""


@pytest.mark.parametrize("function", [Slotted(), Counted(), abs, Number])
def test_a_failed_step_takes_back_the_state_of_functions(function: Any) -> None:
    """Where they have one; all kinds of functions can be stepped, as in torch."""
    optimizer = made("SGD")
    scheduler = tsa.arbitrary_schedule_factory(optimizer, lambda opt: lrs.LambdaLR(opt, function))
    scheduler.step()
    before = others(optimizer), scheduler.last_epoch, copy.copy(getattr(function, "calls", None))
    if isinstance(function, Counted):
        with pytest.raises(ValueError, match="lr of a param group must not be NaN"):
            scheduler.step()
        calls = copy.copy(function.calls)
        assert (others(optimizer), scheduler.last_epoch, calls) == before
    else:
        scheduler.step()
        assert read(optimizer, "lr") == [0.01 * function(2), 0.02 * function(2)]


def test_numpy_factors_do_not_keep_a_state_from_being_saved() -> None:
    """A function of the step that answers in NumPy's numbers."""
    optimizer, fresh = made("SGD"), made("SGD")

    def build(on: Optimizer) -> Any:
        return tsa.arbitrary_schedule_factory(
            on, lambda opt: lrs.LambdaLR(opt, lambda step: np.float64(0.5) ** step)
        )

    scheduler = build(optimizer)
    scheduler.step()
    for codec in (by_json, by_torch):
        build(fresh).load_state_dict(codec(scheduler.state_dict()))
        assert read(fresh, "lr") == [0.005, 0.01]


# torch says that one process is one process.
@pytest.mark.filterwarnings("ignore:torch.distributed is disabled")
def test_a_distributed_checkpoint_takes_every_state(tmp_path: Path) -> None:
    """Its plan is made from the fresh scheduler's state, leaf by leaf."""

    def build(on: Optimizer) -> tsa.SynchronousSchedule:
        targets = [f"target {index}" for index in range(len(SCHEDULERS))]
        members = []
        for name, target in zip(SCHEDULERS, targets, strict=True):
            tsa.extend_optimizer(on, target, 0.5)
            members.append(bound(on, name, target))
        return tsa.SynchronousSchedule(members)

    sync, fresh = build(made("SGD")), build(made("SGD"))
    for step in range(7):
        sync.step(metrics=metric(step))
    dcp.save({"sync": sync}, checkpoint_id=tmp_path, no_dist=True)
    dcp.load({"sync": fresh}, checkpoint_id=tmp_path, no_dist=True)
    assert fresh.state_dict() == sync.state_dict()


class TestPlainTorch:
    """Plain torch schedulers in a `SynchronousSchedule`."""

    @pytest.mark.parametrize(
        "factory",
        [
            lambda opt: lrs.OneCycleLR(opt, 0.5, 20),
            lambda opt: lrs.CyclicLR(opt, 0.01, 0.1, 3),
            lambda opt: lrs.ChainedScheduler([lrs.OneCycleLR(opt, 0.5, 20)]),
        ],
        ids=["OneCycleLR", "CyclicLR", "inside another"],
    )
    @pytest.mark.parametrize("kind", ["SGD", "Adam"])
    def test_a_load_restores_the_momentum_that_it_cycles(self, kind: str, factory: Any) -> None:
        """At once, from the scheduler's state alone; the second beta is left alone."""
        optimizer, fresh = made(kind), made(kind)
        sync = tsa.SynchronousSchedule([factory(optimizer)])
        for _ in range(4):
            optimizer.step()
            sync.step()
        key = "betas" if kind == "Adam" else "momentum"
        resumed = tsa.SynchronousSchedule([factory(fresh)])
        assert read(fresh, key) != read(optimizer, key)
        resumed.load_state_dict(by_json(sync.state_dict()))
        assert read(fresh, key) == read(optimizer, key)
        fresh.step()
        for _ in range(4, 12):
            optimizer.step()
            fresh.step()
            sync.step()
            resumed.step()
            assert read(fresh, key) == read(optimizer, key)
            assert read(fresh, "lr") == read(optimizer, "lr")

    @pytest.mark.parametrize("beside", [{}, {"betas[0]": math.nan}, {"betas[0]": "x"}], ids=str)
    def test_a_state_without_that_momentum_is_refused(self, beside: Any) -> None:
        """Before anything has changed."""
        optimizer = made("Adam")
        sync = tsa.SynchronousSchedule([lrs.OneCycleLR(optimizer, 0.5, 20)])
        state = copy.deepcopy(sync.state_dict())
        optimizer.step()
        sync.step()
        before = others(optimizer), sync.state_dict()
        state["lr"]["groups"][1]["beside"] = beside
        with pytest.raises((TypeError, ValueError), match=r"betas\[0\]"):
            sync.load_state_dict(state)
        assert (others(optimizer), sync.state_dict()) == before

    @pytest.mark.parametrize("name", SCHEDULERS)
    def test_a_bare_state_continues_in_lockstep(self, name: str) -> None:
        """A checkpoint of 1.x in which torch's own scheduler drove `lr`."""
        twin, optimizer = made("SGD", (0.1, 0.02)), made("SGD", (0.5, 0.25))
        original = plain(name, twin)
        sync = tsa.SynchronousSchedule([plain(name, optimizer)])
        for step in range(4):
            advance(original, twin, step)
        sync.load_state_dict({"lr": original.state_dict()})
        assert read(optimizer, "lr") == read(twin, "lr") == sync.get_last_lr()
        for step in range(4, STEPS):
            optimizer.step()
            advance(original, twin, step)
            sync.step(**({"metrics": metric(step)} if "Plateau" in name else {}))
            assert read(optimizer, "lr") == read(twin, "lr")

    def test_initial_values_of_a_plain_plateau_are_the_present_ones(self) -> None:
        """A torch plateau keeps none of its own."""
        sync = tsa.SynchronousSchedule([plain("ReduceLROnPlateau", made("SGD"))])
        assert sync.base_lrs == [0.01, 0.02]


@pytest.mark.parametrize("count", [-3, math.inf, 10**400, "3", None, True])
@pytest.mark.parametrize("name", SCHEDULERS)
def test_a_position_that_no_scheduler_has_changes_nothing(name: str, count: Any) -> None:
    """Torch would take it, and compute on."""
    optimizer = made("SGD")
    scheduler = bound(optimizer, name)
    advance(scheduler, optimizer, 0)
    before, groups = scheduler.state_dict(), others(optimizer)
    for key in {"last_epoch", "_step_count", "T_cur", "num_bad_epochs"} & set(before["scheduler"]):
        broken = copy.deepcopy(before)
        broken["scheduler"][key] = count
        with pytest.raises((TypeError, ValueError), match=key):
            scheduler.load_state_dict(broken)
        assert scheduler.state_dict() == before
        assert others(optimizer) == groups
