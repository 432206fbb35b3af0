"""Param groups that come, go and change places under a bound torch scheduler."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
import torch
from torch.optim import Optimizer
from torch.optim import lr_scheduler as lrs

import tsa_torch as tsa
from tests.mismatches import whatever_initial_values
from tests.torch.factories import (
    ONE_PER_GROUP,
    SCHEDULERS,
    START,
    STEPS,
    advance,
    by_json,
    made,
    others,
    plain,
    read,
)

TARGET = "weight_decay"
LATE = 0.05
BY_STEP = [name for name in SCHEDULERS if "Plateau" not in name and name not in ONE_PER_GROUP]


def bound(optimizer: Optimizer, name: str, target: str = TARGET) -> Any:
    return tsa.arbitrary_schedule_factory(optimizer, SCHEDULERS[name], schedule_target=target)


def add(optimizer: Optimizer, value: Any = LATE) -> None:
    optimizer.add_param_group({"params": [torch.nn.Parameter(torch.ones(1))], TARGET: value})


@pytest.mark.parametrize("late", [0, 1, 7])
@pytest.mark.parametrize("name", BY_STEP)
def test_a_late_group_joins_at_the_next_step(name: str, late: int) -> None:
    """It has what it would have had from the start, to 1e-12; the others do not notice."""
    optimizer = made("SGD")
    twin = made("SGD", (*START[TARGET], LATE))
    scheduler, original = bound(optimizer, name), plain(name, twin)
    for step in range(STEPS):
        if step == late:
            add(optimizer)
            assert scheduler.get_last_lr() == [*read(twin, "lr")[:2], LATE]
        advance(original, twin, step)
        advance(scheduler, optimizer, step)
        number = 3 if step >= late else 2
        values = read(optimizer, TARGET)
        assert values == scheduler.get_last_lr()
        assert values[:2] == read(twin, "lr")[:2]
        assert values == pytest.approx(read(twin, "lr")[:number], rel=1e-12, abs=1e-15)
        assert scheduler.base_lrs == [float(v) for v in _bases(original, twin)[:number]]


def _bases(original: Any, twin: Optimizer) -> Any:
    return [group["initial_lr"] for group in twin.param_groups]


@pytest.mark.parametrize("name", BY_STEP)
def test_a_run_with_a_late_group_continues_exactly(name: str) -> None:
    """Saved before the late group's first step or after it, in fresh objects with all groups."""
    for stop in (4, 5, 8):
        optimizer, fresh = made("SGD"), made("SGD", (0.1, 0.2, 0.3))
        scheduler = bound(optimizer, name)
        for step in range(4):
            advance(scheduler, optimizer, step)
        add(optimizer)
        for step in range(4, stop):
            advance(scheduler, optimizer, step)
        before = others(optimizer)
        saved = by_json(scheduler.state_dict())
        assert others(optimizer) == before
        resumed = bound(fresh, name)
        with whatever_initial_values():
            resumed.load_state_dict(saved)
        for step in range(stop, STEPS):
            advance(scheduler, optimizer, step)
            advance(resumed, fresh, step)
            assert read(fresh, TARGET) == read(optimizer, TARGET)


def test_a_late_group_under_a_plateau_takes_part_in_the_cuts_to_come() -> None:
    """Cuts that were made before it came are not made up for: its value is its own."""
    optimizer = made("SGD")
    scheduler = bound(optimizer, "ReduceLROnPlateau")
    for value in (1.0, 2.0, 2.0):
        scheduler.step(value)
    assert read(optimizer, TARGET) == [0.05, 0.01]
    add(optimizer)
    scheduler.step(2.0)
    assert read(optimizer, TARGET) == [0.05, 0.01, LATE]
    scheduler.step(2.0)
    assert read(optimizer, TARGET) == [0.025, 0.005, LATE / 2]
    assert scheduler.base_lrs == [0.1, 0.02, LATE]


@pytest.mark.parametrize("name", ONE_PER_GROUP)
def test_a_list_of_one_setting_per_group_has_none_for_a_late_one(name: str) -> None:
    """The error says what to do; nothing has changed, and it goes on once the group is gone."""
    optimizer, twin = made("SGD"), made("SGD", START[TARGET])
    scheduler, original = bound(optimizer, name), plain(name, twin)
    advance(scheduler, optimizer, 0)
    advance(original, twin, 0)
    add(optimizer)
    before, state = others(optimizer), copy.deepcopy(vars(scheduler._inner)["_last_lr"])
    for attempt in (lambda: advance(scheduler, optimizer, 1), scheduler.state_dict):
        with pytest.raises(ValueError, match="added later; build a new scheduler"):
            attempt()
        assert others(optimizer) == before
        assert vars(scheduler._inner)["_last_lr"] == state
    del optimizer.param_groups[2]
    for step in range(1, STEPS):
        advance(scheduler, optimizer, step)
        advance(original, twin, step)
        assert read(optimizer, TARGET) == read(twin, "lr")


def test_a_pickled_scheduler_has_no_factory_for_a_late_group() -> None:
    """A deep copy has; one that was pickled says what to do."""
    pair = optimizer, scheduler = made("SGD"), bound(made("SGD"), "StepLR")
    optimizer = scheduler.optimizer
    pair = optimizer, scheduler
    for copied, works in ((copy.deepcopy(pair), True), (pickle.loads(pickle.dumps(pair)), False)):
        twin, other = copied
        add(twin)
        if works:
            other.step()
            assert read(twin, TARGET) == [0.1, 0.02, LATE]
        else:
            with pytest.raises(ValueError, match="StepLR cannot drive a param group"):
                other.step()


def test_a_late_group_without_the_target_is_an_error() -> None:
    """Named as when the scheduler is built; a default of the optimizer would have helped."""
    optimizer = made("SGD")
    scheduler = bound(optimizer, "StepLR", "threshold")
    optimizer.add_param_group({"params": [torch.nn.Parameter(torch.ones(1))]})
    with pytest.raises(KeyError, match="not every param group has 'threshold'"):
        scheduler.step()
    optimizer.param_groups[2]["threshold"] = 0.5
    for _ in range(3):
        scheduler.step()
    assert read(optimizer, "threshold") == [0.15, 0.035, 0.25]


def test_a_late_tensor_stays_the_group_s_own() -> None:
    """It is cloned once, when it joins, and filled in place after that."""
    optimizer = made("SGD")
    scheduler = bound(optimizer, "ExponentialLR")
    scheduler.step()
    value = torch.tensor(0.5, dtype=torch.float64)
    add(optimizer, value)
    scheduler.step()
    held = optimizer.param_groups[2][TARGET]
    assert held is not value
    scheduler.step()
    assert optimizer.param_groups[2][TARGET] is held
    assert (held.item(), value.item()) == (pytest.approx(0.5 * 0.9**3, rel=1e-15), 0.5)


@pytest.mark.parametrize("name", BY_STEP)
def test_groups_are_told_apart_by_identity(name: str) -> None:
    """One that goes takes its part of the schedule along; places may change."""
    optimizer = made("SGD", (0.1, 0.2, 0.3))
    for group, value in zip(optimizer.param_groups, (0.1, 0.02, 0.05), strict=True):
        group[TARGET] = value
    twin = made("SGD", (0.1, 0.02, 0.05))
    scheduler, original = bound(optimizer, name), plain(name, twin)
    order = [0, 1, 2]
    for step in range(STEPS):
        if step == 4:
            optimizer.param_groups.reverse()
            order = [2, 1, 0]
        if step == 9:
            del optimizer.param_groups[1]
            order = [2, 0]
        saved = scheduler.state_dict()
        assert [entry["value"] for entry in saved["groups"]] == read(optimizer, TARGET)
        advance(scheduler, optimizer, step)
        advance(original, twin, step)
        expected = [read(twin, "lr")[index] for index in order]
        assert read(optimizer, TARGET) == expected == scheduler.get_last_lr()


def test_a_plain_torch_scheduler_keeps_torch_s_own_rule() -> None:
    """In a `SynchronousSchedule` as by itself: some take a late group, others raise."""
    optimizer = made("SGD")
    sync = tsa.SynchronousSchedule([lrs.StepLR(optimizer, 1, 0.5)])
    optimizer.step()
    sync.step()
    add(optimizer)
    optimizer.param_groups[2]["lr"] = 0.5
    assert sync.get_last_lr() == [0.005, 0.01, 0.5]
    sync.step()
    assert sync.get_last_lr() == [0.0025, 0.005, 0.25]
    assert sync.state_dict()["lr"]["groups"][2]["value"] == 0.25
