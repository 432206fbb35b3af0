"""Checkpoints in one process: torch.distributed.checkpoint, torch.save, JSON."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed.checkpoint as dcp
from torch.distributed.checkpoint.state_dict import (
    StateDictOptions,
    get_optimizer_state_dict,
    set_optimizer_state_dict,
)
from torch.distributed.checkpoint.stateful import Stateful
from torch.optim import AdamW
from torch.optim import lr_scheduler as lrs

import tsa_torch
from tests.loops.helpers import adamw, bind, loss, model, now, planned, recorded, same, weights
from tsa_core import Constant, Linear

pytestmark = pytest.mark.filterwarnings(
    "ignore:torch.distributed is disabled, .* in a single process"
)

STEPS = 20
BOUND: dict[str, Callable[[Any], lrs.LRScheduler]] = {
    "StepLR": lambda view: lrs.StepLR(view, 3, 0.5),
    "MultiStepLR": lambda view: lrs.MultiStepLR(view, [2, 5, 5, 9], 0.25),
    "CosineAnnealingLR": lambda view: lrs.CosineAnnealingLR(view, 8, 0.001),
    "CosineAnnealingWarmRestarts": lambda view: lrs.CosineAnnealingWarmRestarts(view, 3, 2),
    "OneCycleLR": lambda view: lrs.OneCycleLR(view, 0.5, 40, cycle_momentum=False),
    "SequentialLR": lambda view: lrs.SequentialLR(
        view, [lrs.ConstantLR(view, 0.25, 3), lrs.ExponentialLR(view, 0.5)], milestones=[3]
    ),
}


class Run:
    """A model, its optimizer with a key of our own, and schedules on five targets."""

    def __init__(self, bound: str = "StepLR", tensors: bool = False) -> None:
        self.module = model()
        options = {"lr": torch.tensor(0.5), "weight_decay": torch.tensor(0.25)} if tensors else {}
        self.optimizer = adamw(self.module, **options)
        tsa_torch.extend_optimizer(self.optimizer, "clip", 8.0)
        tsa_torch.extend_optimizer(self.optimizer, "noise", 2.0)
        self.used = recorded(self.optimizer)
        fade = tsa_torch.linear_schedule_with_warmup(self.optimizer, 1.0, 0.0, 4, 20, "clip")
        torch_one = tsa_torch.arbitrary_schedule_factory(
            self.optimizer, BOUND[bound], schedule_target="noise"
        )
        self.sync = tsa_torch.SynchronousSchedule([bind(self.optimizer), fade, torch_one])
        self.rows: list[Any] = []

    def train(self, steps: range) -> None:
        """Some updates; what each of them uses goes into `rows`."""
        for step in steps:
            group = self.optimizer.param_groups[0]
            self.rows.append([*map(float, now(self.optimizer)), group["clip"], group["noise"]])
            self.optimizer.zero_grad()
            loss(self.module, step).backward()
            self.optimizer.step()
            self.sync.step()

    def state(self) -> dict[str, Any]:
        """What torch's guide to distributed checkpoints saves."""
        return {
            "model": self.module,
            "optimizer": get_optimizer_state_dict(self.module, self.optimizer),
            "sync": self.sync,
        }


def test_our_schedulers_are_stateful() -> None:
    """By the protocol, so that DCP calls their own `load_state_dict`."""
    optimizer = adamw(model())
    sync = bind(optimizer)
    tsa_torch.extend_optimizer(optimizer, "clip", 8.0)
    bound = tsa_torch.arbitrary_schedule_factory(optimizer, BOUND["StepLR"], schedule_target="clip")
    own = tsa_torch.constant_schedule(optimizer, 0.5, "eps")
    assert all(isinstance(scheduler, Stateful) for scheduler in (sync, bound, own))


@pytest.mark.parametrize("tensors", [False, True], ids=["floats", "tensors"])
@pytest.mark.parametrize("bound", BOUND)
def test_a_distributed_checkpoint_continues_the_run(
    bound: str, tensors: bool, tmp_path: Path
) -> None:
    """Our targets, a torch scheduler on a key of our own, and the optimizer by torch's helpers."""
    whole = Run(bound, tensors)
    whole.train(range(7))
    dcp.save(whole.state(), checkpoint_id=tmp_path)
    whole.train(range(7, STEPS))
    resumed = Run(bound, tensors)
    state = resumed.state()
    dcp.load(state, checkpoint_id=tmp_path)
    set_optimizer_state_dict(resumed.module, resumed.optimizer, state["optimizer"])
    resumed.train(range(7, STEPS))
    assert resumed.rows == whole.rows[7:]
    assert same(weights(resumed.module), weights(whole.module))
    expected = [planned(step) for step in range(STEPS)]
    assert [tuple(row[:3]) for row in whole.rows] == expected
    assert [row[3] for row in whole.rows] == [16 * rate for rate, _, _ in expected]


@pytest.mark.parametrize("flat", [False, True])
@pytest.mark.parametrize("first", ["optimizer", "scheduler"])
def test_the_optimizer_helpers_carry_our_keys(flat: bool, first: str) -> None:
    """`get_` and `set_optimizer_state_dict`, flat or not, whichever of the two loads first."""
    options = StateDictOptions(flatten_optimizer_state_dict=flat)
    run, fresh = Run(), Run()
    run.train(range(6))
    saved = get_optimizer_state_dict(run.module, run.optimizer, options=options)
    held = {**run.optimizer.param_groups[0], "params": None}
    assert held["clip"] == 16 * planned(6)[0]
    loads = {
        "optimizer": lambda: set_optimizer_state_dict(
            fresh.module, fresh.optimizer, saved, options=options
        ),
        "scheduler": lambda: fresh.sync.load_state_dict(run.sync.state_dict()),
    }
    loads.pop(first)()
    loads.popitem()[1]()
    assert {**fresh.optimizer.param_groups[0], "params": None} == held
    run.train(range(6, STEPS))
    fresh.train(range(6, STEPS))
    assert fresh.rows == run.rows[6:]


def one(schedule: Any, groups: int = 1) -> tuple[AdamW, Any]:
    """A schedule on the rates of an optimizer with some groups."""
    parameters = [{"params": [torch.nn.Parameter(torch.ones(1))]} for _ in range(groups)]
    optimizer = AdamW(parameters, lr=0.5)
    return optimizer, tsa_torch.bind_schedules(optimizer, {"lr": schedule})


def test_a_longer_schedule_in_the_code_wins_and_is_named(tmp_path: Path) -> None:
    """DCP hands us the checkpoint's schedule; the code's is used."""
    _, sync = one(Linear(1.0, 0.0, 8))
    sync.step(4)
    dcp.save({"sync": sync}, checkpoint_id=tmp_path)
    optimizer, longer = one(Linear(1.0, 0.0, 16))
    with pytest.warns(tsa_torch.ScheduleMismatchWarning, match="schedule.num_steps"):
        dcp.load({"sync": longer}, checkpoint_id=tmp_path)
    assert optimizer.param_groups[0]["lr"] == 0.375


def test_another_number_of_groups_is_refused(tmp_path: Path) -> None:
    """With our message, and nothing changed."""
    _, sync = one(Linear(1.0, 0.0, 8), groups=2)
    sync.step(4)
    dcp.save({"sync": sync}, checkpoint_id=tmp_path)
    optimizer, other = one(Linear(1.0, 0.0, 8), groups=1)
    with pytest.raises(ValueError, match="one item for each of the 1 groups, got 2"):
        dcp.load({"sync": other}, checkpoint_id=tmp_path)
    assert optimizer.param_groups[0]["lr"] == 0.5
    assert other.last_epoch == 0


def by_torch(state: Any) -> Any:
    """Through a file of torch, loaded with no pickled code."""
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    return torch.load(file, weights_only=True)


def by_json(state: Any) -> Any:
    """Through JSON text."""
    return json.loads(json.dumps(state))


@pytest.mark.parametrize("way", [by_torch, by_json])
@pytest.mark.parametrize("tensors", [False, True], ids=["floats", "tensors"])
@pytest.mark.parametrize("first", ["optimizer", "scheduler"])
def test_a_file_continues_the_run(way: Any, tensors: bool, first: str) -> None:
    """The schedulers' state by torch or as text, loaded before or after the optimizer's."""
    run, fresh = Run("OneCycleLR", tensors), Run("OneCycleLR", tensors)
    run.train(range(9))
    saved = way(run.sync.state_dict())
    optimizer, network = by_torch(run.optimizer.state_dict()), by_torch(run.module.state_dict())
    fresh.module.load_state_dict(network)
    loads = {
        "optimizer": lambda: fresh.optimizer.load_state_dict(optimizer),
        "scheduler": lambda: fresh.sync.load_state_dict(saved),
    }
    loads.pop(first)()
    loads.popitem()[1]()
    run.train(range(9, STEPS))
    fresh.train(range(9, STEPS))
    assert fresh.rows == run.rows[9:]
    assert same(weights(fresh.module), weights(run.module))


def test_another_shape_of_schedule_in_the_code_wins_too(tmp_path: Path) -> None:
    """DCP plans a load from the state that we have now: the schedule must be one entry of it."""
    _, sync = one(Linear(1.0, 0.0, 8))
    sync.step(4)
    dcp.save({"sync": sync}, checkpoint_id=tmp_path)
    for schedule, match in (
        (Constant(0.5), "schedule"),
        (Linear(1.0, 0.0, 8).then(Constant(0.0), at=8), "schedule"),
        ([Constant(0.5)], "schedule"),
    ):
        optimizer, other = one(schedule)
        with pytest.warns(tsa_torch.ScheduleMismatchWarning, match=match):
            dcp.load({"sync": other}, checkpoint_id=tmp_path)
        assert optimizer.param_groups[0]["lr"] == 0.25
        assert other.last_epoch == 4
