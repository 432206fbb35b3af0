"""The initial value is noted in the group: whatever happens to the optimizer, it is the same."""

from __future__ import annotations

import copy
import gc
import io
import pickle
import warnings
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import torch.distributed.checkpoint as dcp
from hypothesis import given
from hypothesis import strategies as st
from torch.distributed.checkpoint import CheckpointException, DefaultLoadPlanner
from torch.optim import SGD
from torch.optim import lr_scheduler as lrs

from tests.mismatches import warns_of_initial_values
from tsa_core import Constant, Linear
from tsa_torch import (
    HyperparameterScheduler,
    ScheduleMismatchWarning,
    arbitrary_schedule_factory,
    bind_schedules,
    extend_optimizer,
)

pytestmark = pytest.mark.filterwarnings(
    "ignore:torch.distributed is disabled, .* in a single process"
)
RATES = (0.1, 0.02)
HALF = Constant(0.5)
FADE = Linear(1.0, 0.0, 10)


def sgd(*rates: Any, **options: Any) -> SGD:
    groups = [{"params": [torch.nn.Parameter(torch.ones(1))], "lr": rate} for rate in rates]
    return SGD(groups, **options)


def held(optimizer: Any, key: str = "lr") -> list[float]:
    return [float(group[key]) for group in optimizer.param_groups]


def scheduled() -> SGD:
    """An optimizer on which a schedule has run for three steps."""
    optimizer = sgd(*RATES)
    HyperparameterScheduler(optimizer, FADE).step(3)
    assert held(optimizer) == [0.1 * FADE(3), 0.02 * FADE(3)]
    return optimizer


def by_torch(state: Any) -> Any:
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    return torch.load(file, weights_only=True)


def restored(optimizer: SGD) -> SGD:
    """In a process of its own: fresh objects, with another rate in the code."""
    fresh = sgd(7.0, 8.0)
    fresh.load_state_dict(by_torch(optimizer.state_dict()))
    return fresh


def another(optimizer: SGD) -> Any:
    """An optimizer of another kind over the same groups."""
    return torch.optim.RMSprop(optimizer.param_groups)


def with_new_list(optimizer: SGD) -> SGD:
    optimizer.param_groups = list(optimizer.param_groups)
    return optimizer


def with_new_dicts(optimizer: SGD) -> SGD:
    optimizer.param_groups = [dict(group) for group in optimizer.param_groups]
    return optimizer


def with_new_lists_of_parameters(optimizer: SGD) -> SGD:
    for group in optimizer.param_groups:
        group["params"] = list(group["params"])
    return optimizer


WAYS: dict[str, Callable[[SGD], Any]] = {
    "the same": lambda optimizer: optimizer,
    "deepcopy": copy.deepcopy,
    "pickle": lambda optimizer: pickle.loads(pickle.dumps(optimizer)),
    "state_dict": restored,
    "another optimizer": another,
    "a new list": with_new_list,
    "new dicts": with_new_dicts,
    "new lists of parameters": with_new_lists_of_parameters,
    "a wrapper": lambda optimizer: SimpleNamespace(param_groups=optimizer.param_groups),
}


def ours(optimizer: Any) -> Any:
    return HyperparameterScheduler(optimizer, HALF)


def the_factorys(optimizer: Any) -> Any:
    return arbitrary_schedule_factory(optimizer, lambda opt: lrs.ConstantLR(opt, 0.5, 99))


BUILD = {"ours": ours, "the factory's": the_factorys}


@pytest.mark.parametrize("build", BUILD.values(), ids=BUILD)
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_scheduler_scales_what_was_there_before_any(
    way: Callable[[SGD], Any], build: Callable[[Any], Any]
) -> None:
    """Not the value that another schedule has written."""
    optimizer = way(scheduled())
    scheduler = build(optimizer)
    assert held(optimizer) == [0.05, 0.01]
    assert scheduler.base_lrs == [*RATES]
    assert held(optimizer, "initial_lr") == [*RATES]


@given(st.lists(st.sampled_from([*WAYS][1:]), max_size=5), st.integers(0, 12))
def test_ways_one_after_another_and_a_start_at_any_step(names: list[str], step: int) -> None:
    """With `last_epoch=N` and without."""
    optimizer: Any = scheduled()
    for name in names:
        source = optimizer
        if isinstance(source, SimpleNamespace) or not isinstance(source, SGD):
            source = SGD(source.param_groups)
        optimizer = WAYS[name](source)
        HyperparameterScheduler(optimizer, HALF)
        assert held(optimizer) == [0.05, 0.01]
    scheduler = HyperparameterScheduler(optimizer, FADE, last_epoch=step)
    assert held(optimizer) == [rate * FADE(step) for rate in RATES]
    scheduler.step()
    assert held(optimizer) == [rate * FADE(step + 1) for rate in RATES]


def test_a_target_that_is_part_of_a_tuple() -> None:
    """Its note is a number of its own."""
    weight = torch.nn.Parameter(torch.ones(1))
    optimizer = torch.optim.Adam([weight], betas=(0.8, 0.99))
    HyperparameterScheduler(optimizer, FADE, "betas[0]").step(5)
    twin = copy.deepcopy(optimizer)
    HyperparameterScheduler(twin, HALF, "betas[0]")
    assert twin.param_groups[0]["betas"] == (0.4, 0.99)
    assert twin.param_groups[0]["initial_betas[0]"] == 0.8


@pytest.mark.parametrize("build", BUILD.values(), ids=BUILD)
def test_torchs_scheduler_before_ours(build: Callable[[Any], Any]) -> None:
    """Torch's own note, `initial_lr`, is the same note."""
    optimizer = sgd(*RATES)
    plain = lrs.ExponentialLR(optimizer, 0.5)
    optimizer.step()
    plain.step()
    assert held(optimizer) == [0.05, 0.01]
    assert build(optimizer).base_lrs == [*RATES]
    assert held(optimizer) == [0.05, 0.01]


def test_ours_before_torchs() -> None:
    """Torch's scheduler scales the value that ours has noted."""
    optimizer = scheduled()
    optimizer.step()
    lrs.LambdaLR(optimizer, lambda step: 0.5)
    assert held(optimizer) == [0.05, 0.01]
    HyperparameterScheduler(optimizer, FADE).step(5)
    plain = lrs.LambdaLR(optimizer, lambda step: 0.25, last_epoch=4)
    assert plain.base_lrs == [*RATES]
    assert held(optimizer) == [0.025, 0.005]


def test_the_factory_with_torchs_last_epoch() -> None:
    """It goes on from the present values, and scales the note."""
    optimizer = scheduled()
    bound = arbitrary_schedule_factory(optimizer, lambda opt: lrs.LambdaLR(opt, FADE, last_epoch=3))
    assert bound.last_epoch == 4
    assert held(optimizer) == [rate * FADE(4) for rate in RATES]
    fresh = sgd(*RATES)
    with pytest.raises(KeyError, match="initial_lr"):
        arbitrary_schedule_factory(fresh, lambda opt: lrs.LambdaLR(opt, FADE, last_epoch=3))
    assert held(fresh) == [*RATES]


def test_wrappers_come_go_and_change_the_order() -> None:
    """Several optimizers behind one list; the list is new each time and in another order."""
    first, second = sgd(0.1, 0.2), sgd(0.4)
    groups = [*first.param_groups, *second.param_groups]
    for order in ((0, 1, 2), (2, 0, 1), (1, 2, 0)):
        wrapper = SimpleNamespace(param_groups=[groups[index] for index in order])
        scheduler = HyperparameterScheduler(wrapper, FADE)
        scheduler.step(5)
        assert scheduler.base_lrs == [(0.1, 0.2, 0.4)[index] for index in order]
        del wrapper, scheduler
        gc.collect()
        assert held(first) == [0.05, 0.1]
        assert held(second) == [0.2]
    HyperparameterScheduler(second, HALF)
    HyperparameterScheduler(first, HALF)
    assert (held(first), held(second)) == ([0.05, 0.1], [0.2])


def test_wrappers_with_one_list_of_groups() -> None:
    """Two optimizers that take turns behind it keep their own values."""
    first, second, groups = sgd(0.1), sgd(0.4), []
    wrapper = SimpleNamespace(param_groups=groups)
    for _ in range(3):
        for optimizer, rate in ((first, 0.1), (second, 0.4)):
            groups[:] = optimizer.param_groups
            scheduler = HyperparameterScheduler(wrapper, FADE)
            scheduler.step(5)
            assert scheduler.base_lrs == [rate]
            assert held(optimizer) == [rate * 0.5]


def test_an_optimizer_state_of_the_1x_line() -> None:
    """Its note is another one; ours is written beside it."""
    optimizer = sgd(0.025, weight_decay=0.05)
    optimizer.param_groups[0]["schedule_namespaces"] = {
        "lr": {"initial_lr": 0.1},
        "weight_decay": {"initial_lr": 0.2},
        "momentum": {},
    }
    fresh = sgd(9.0)
    fresh.load_state_dict(by_torch(optimizer.state_dict()))
    bind_schedules(fresh, {"lr": HALF, "weight_decay": HALF}, last_epoch=5)
    assert (held(fresh), held(fresh, "weight_decay")) == ([0.05], [0.1])
    assert fresh.param_groups[0]["initial_weight_decay"] == 0.2
    fresh.param_groups[0]["momentum"] = 0.5
    assert HyperparameterScheduler(fresh, HALF, "momentum").base_lrs == [0.5]
    extend_optimizer(fresh, "momentum", 0.25, overwrite_values=True)
    assert HyperparameterScheduler(fresh, HALF, "momentum").base_lrs == [0.25]


def test_what_rewrites_the_note_and_what_does_not() -> None:
    """`initial_values`, a load and `extend_optimizer(overwrite_values=True)`; no hand edit."""
    optimizer = sgd(*RATES)
    scheduler = HyperparameterScheduler(optimizer, HALF)
    saved = scheduler.state_dict()
    optimizer.param_groups[0]["lr"] = 5.0
    assert HyperparameterScheduler(optimizer, HALF).base_lrs == [*RATES]
    HyperparameterScheduler(optimizer, HALF, initial_values=[1.0, 2.0])
    assert held(optimizer, "initial_lr") == [1.0, 2.0]
    scheduler.load_state_dict(saved)
    assert held(optimizer, "initial_lr") == [*RATES]
    extend_optimizer(optimizer, "lr", 3.0)
    assert held(optimizer, "initial_lr") == [*RATES]
    extend_optimizer(optimizer, "lr", 3.0, overwrite_values=True)
    assert held(optimizer) == held(optimizer, "initial_lr") == [3.0, 3.0]
    scheduler.step()
    assert held(optimizer) == [0.05, 0.01]
    assert HyperparameterScheduler(optimizer, HALF).base_lrs == [3.0, 3.0]


def test_a_load_warns_of_another_initial_value_and_notes_it() -> None:
    """Of ours and of the factory's; not where the optimizer was restored without a note."""
    for build in BUILD.values():
        optimizer = sgd(*RATES)
        saved = build(optimizer).state_dict()
        fresh = sgd(1.0, 0.02)
        scheduler = build(fresh)
        with warns_of_initial_values():
            scheduler.load_state_dict(saved)
        assert held(fresh, "initial_lr") == scheduler.base_lrs == [*RATES]
        without_note = sgd(*held(optimizer))
        build(without_note).load_state_dict(saved)
        assert held(without_note, "initial_lr") == [*RATES]


def test_a_load_warns_of_no_initial_value_where_one_group_is_left_alone() -> None:
    """The others hold their saved values, whatever schedules the code has now."""
    scheduler = HyperparameterScheduler(sgd(0.1, 0.2, 0.3), [FADE, None, FADE])
    scheduler.step(4)
    optimizer = sgd(*held(scheduler.optimizer))
    fresh = HyperparameterScheduler(optimizer, [HALF, None, HALF])
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        fresh.load_state_dict(scheduler.state_dict())
    assert [str(one.message).partition(";")[0] for one in found] == [
        "the checkpoint of 'lr' was written under another schedule"
    ]
    assert fresh.base_lrs == [0.1, 0.3]


def test_a_checkpoint_with_a_list_of_no_schedules() -> None:
    """The code's schedule says what the saved values were."""
    scheduler = HyperparameterScheduler(sgd(0.1), FADE)
    scheduler.step(4)
    fresh = HyperparameterScheduler(sgd(*held(scheduler.optimizer)), FADE)
    with pytest.warns(ScheduleMismatchWarning, match="written under another schedule"):
        fresh.load_state_dict({**scheduler.state_dict(), "schedule": "[]"})
    assert held(fresh.optimizer) == held(scheduler.optimizer)


def test_the_way_in_which_nanogpt_resumes() -> None:
    """The optimizer and the step number: no state of a schedule is saved."""
    schedule = Linear(1.0, 0.1, 8000)
    optimizer = sgd(1e-3)
    HyperparameterScheduler(optimizer, schedule).step(2000)
    resumed = restored_with_one_group(optimizer)
    HyperparameterScheduler(resumed, schedule, last_epoch=2000)
    assert held(resumed) == pytest.approx([7.75e-4], rel=1e-15)


def restored_with_one_group(optimizer: SGD) -> SGD:
    fresh = sgd(1e-3)
    fresh.load_state_dict(by_torch(optimizer.state_dict()))
    return fresh


def test_a_range_test_before_the_run() -> None:
    """A sweep of the rate down to 0 leaves the initial value as it was."""
    optimizer = sgd(0.1)
    sweep = HyperparameterScheduler(optimizer, Linear(0.0, 1.0, 5).then(Constant(0.0), at=6))
    for _ in range(6):
        sweep.step()
    assert held(optimizer) == [0.0]
    HyperparameterScheduler(optimizer, HALF)
    assert held(optimizer) == [0.05]


def test_a_bind_that_fails_keeps_the_initial_values() -> None:
    """Of what stood there before: values, notes and keys."""
    optimizer = scheduled()
    before = [{k: v for k, v in group.items() if k != "params"} for group in optimizer.param_groups]
    with pytest.raises(KeyError, match="weight_decya"):
        bind_schedules(optimizer, {"lr": HALF, "momentum": HALF, "weight_decya": HALF})
    with pytest.raises(ValueError, match="NaN"):
        bind_schedules(
            optimizer,
            {"clip": HALF, "lr": HALF, "momentum": lambda step: float("nan")},
            default_values={"clip": 1.0},
            initial_values={"lr": 4.0},
        )
    with pytest.raises(ValueError, match="must be at the same step, got 'lr' at 5, 'momentum'"):
        bind_schedules(
            optimizer,
            {"lr": HALF, "momentum": HALF, "clip": HALF},
            default_values={"clip": 1.0},
            last_epoch={"lr": 5, "clip": 5},
        )
    after = [{k: v for k, v in group.items() if k != "params"} for group in optimizer.param_groups]
    assert after == before
    assert "clip" not in optimizer.defaults
    assert HyperparameterScheduler(optimizer, HALF).base_lrs == [*RATES]


def test_whether_an_unrelated_group_was_dropped_does_not_matter() -> None:
    """It is dropped; the optimizer is saved, loaded alone under another schedule, built again."""
    found = []
    for dropped in (False, True):
        optimizer = sgd(0.1, 0.3) if dropped else sgd(0.1)
        HyperparameterScheduler(optimizer, HALF)
        del optimizer.param_groups[1:]
        saved = copy.deepcopy(optimizer.state_dict())
        HyperparameterScheduler(optimizer, Linear(1.0, 0.0, 8))
        optimizer.load_state_dict(saved)
        found.append(HyperparameterScheduler(optimizer, HALF).base_lrs)
    assert found == [[0.1], [0.1]]


class Saved:
    """One model with its optimizer, in a distributed checkpoint."""

    def __init__(self, rate: float) -> None:
        self.optimizer = sgd(rate)

    def state(self) -> dict[str, Any]:
        return {
            "groups": [
                {key: value for key, value in group.items() if key != "params"}
                for group in self.optimizer.param_groups
            ]
        }

    def take(self, state: dict[str, Any]) -> None:
        for group, entries in zip(self.optimizer.param_groups, state["groups"], strict=True):
            group.update(entries)


@pytest.mark.parametrize("order", ["build, load", "load, build", "load, build, without"])
def test_a_distributed_checkpoint_in_each_order(tmp_path: Path, order: str) -> None:
    """With the note it may be loaded before the schedulers are built or after."""
    old = Saved(0.1)
    running = HyperparameterScheduler(old.optimizer, FADE)
    running.step(5)
    state = old.state()
    if "without" in order:
        del state["groups"][0]["initial_lr"]
    dcp.save({**state, "schedule": running}, checkpoint_id=tmp_path, no_dist=True)
    new = Saved(0.1)
    if order.startswith("build"):
        scheduler = HyperparameterScheduler(new.optimizer, FADE)
        state = new.state()
        dcp.load({**state, "schedule": scheduler}, checkpoint_id=tmp_path, no_dist=True)
        new.take(state)
    else:
        state = new.state()
        dcp.load(state, checkpoint_id=tmp_path, no_dist=True)
        new.take(state)
        scheduler = HyperparameterScheduler(new.optimizer, FADE)
        dcp.load({"schedule": scheduler}, checkpoint_id=tmp_path, no_dist=True)
    assert held(new.optimizer) == [0.05]
    assert scheduler.base_lrs == [0.1]
    scheduler.step()
    assert held(new.optimizer) == [0.1 * FADE(6)]


def test_a_distributed_checkpoint_without_the_note_after_the_build(tmp_path: Path) -> None:
    """Torch wants every key of the present groups, unless it may load a part."""
    old, new = Saved(0.1), Saved(0.1)
    dcp.save(old.state(), checkpoint_id=tmp_path, no_dist=True)
    HyperparameterScheduler(new.optimizer, HALF)
    with pytest.raises((CheckpointException, RuntimeError), match="initial_lr"):
        dcp.load(new.state(), checkpoint_id=tmp_path, no_dist=True)
    planner = DefaultLoadPlanner(allow_partial_load=True)
    dcp.load(state := new.state(), checkpoint_id=tmp_path, no_dist=True, planner=planner)
    new.take(state)
    assert HyperparameterScheduler(new.optimizer, HALF).base_lrs == [0.1]


def test_a_group_beyond_the_saved_list_followed_its_last_schedule() -> None:
    """It had joined late, so the value it was restored with is told by that schedule."""
    schedules = [Linear(1.0, 0.0, 8), Constant(0.5)]
    before = sgd(0.1, 0.2)
    first = HyperparameterScheduler(before, schedules)
    before.add_param_group({"params": [torch.nn.Parameter(torch.ones(1))], "lr": 0.4})
    first.step(4)
    after = sgd(0.05, 0.1, 0.2)
    second = HyperparameterScheduler(after, [*schedules, Constant(0.5)], last_epoch=4)
    with pytest.warns(ScheduleMismatchWarning) as raised:
        second.load_state_dict(first.state_dict())
    assert [str(one.message).partition(";")[0] for one in raised] == [
        "the checkpoint of 'lr' was written under another schedule"
    ]
    assert second.base_lrs == [0.1, 0.2, 0.4]
    assert held(after) == [0.05, 0.1, 0.2]
