"""What a param group may hold, and in what form arguments may come."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
import torch
from torch.optim.lr_scheduler import LambdaLR

from tests.mismatches import warns_of_initial_values
from tsa_core import Constant, Linear
from tsa_torch import (
    HyperparameterScheduler,
    SynchronousSchedule,
    arbitrary_schedule_factory,
    bind_schedules,
    extend_optimizer,
)

FADE = Linear(1.0, 0.0, 10)


def sgd(**options: Any) -> torch.optim.Optimizer:
    """Two groups."""
    groups = [{"params": [torch.nn.Parameter(torch.zeros(1))]} for _ in range(2)]
    return torch.optim.SGD(groups, **({"lr": 0.1} | options))


def rates(optimizer: torch.optim.Optimizer, key: str = "lr") -> list[Any]:
    """What the groups hold."""
    return [group[key] for group in optimizer.param_groups]


def test_a_tensor_of_one_element_keeps_its_shape() -> None:
    """Torch takes a rate of shape (1,) too."""
    optimizer = sgd(lr=torch.tensor([0.5]))
    scheduler = HyperparameterScheduler(optimizer, FADE)
    scheduler.step(5)
    assert rates(optimizer) == [torch.tensor([0.25])] * 2
    assert scheduler.get_last_lr() == [0.25, 0.25]


@pytest.mark.parametrize("shape", [(), (1,)])
def test_a_step_that_fails_leaves_a_tensor_as_it_was(shape: tuple[int, ...]) -> None:
    """Whether torch's scheduler wrote NaN into it, or another of the schedules failed."""
    optimizer = sgd(lr=torch.full(shape, 0.5))
    optimizer.param_groups[1]["lr"] = 0.5  # of two kinds: every write is looked at
    failing = HyperparameterScheduler(
        optimizer, lambda step: math.nan if step > 1 else 1.0, "weight_decay"
    )
    sync = SynchronousSchedule([HyperparameterScheduler(optimizer, FADE), failing])
    sync.step()
    with pytest.raises(ValueError, match="NaN"):
        sync.step()
    assert [float(rate) for rate in rates(optimizer)] == pytest.approx([0.45, 0.45])
    bound = arbitrary_schedule_factory(
        optimizer, lambda opt: LambdaLR(opt, lambda step: math.nan if step else 1.0)
    )
    with pytest.raises(ValueError, match="NaN"):
        bound.step()
    assert [float(rate) for rate in rates(optimizer)] == pytest.approx([0.5, 0.5])


def test_a_tensor_of_several_numbers_is_refused() -> None:
    """It is no hyperparameter."""
    optimizer = sgd()
    optimizer.param_groups[0]["lr"] = torch.tensor([0.1, 0.2])
    with pytest.raises(TypeError, match="lr of a param group must be a real number, got tensor"):
        HyperparameterScheduler(optimizer, FADE)


def test_a_tensor_of_whole_numbers_becomes_one_of_floats() -> None:
    """As an int becomes a float: 3 * 0.5 is not 1. Also where a load brings it back."""
    optimizer = sgd()
    for group in optimizer.param_groups:
        group["k"] = torch.tensor(3)
    whole = optimizer.state_dict()
    scheduler = HyperparameterScheduler(optimizer, FADE, "k")
    scheduler.step(5)
    assert rates(optimizer, "k") == [torch.tensor(1.5)] * 2
    optimizer.load_state_dict(whole)
    scheduler.step(5)
    assert rates(optimizer, "k") == [torch.tensor(1.5)] * 2


def test_a_default_device_does_not_matter() -> None:
    """The values are made where numbers are."""
    optimizer = sgd(lr=torch.tensor(0.5))
    scheduler = HyperparameterScheduler(optimizer, FADE)
    with torch.device("meta"):
        scheduler.step(5)
        follower = HyperparameterScheduler(optimizer, FADE)
    assert rates(optimizer) == [torch.tensor(0.5)] * 2
    assert follower.base_lrs == [0.5, 0.5]


@pytest.mark.parametrize(
    "given",
    [
        0.5,
        np.float32(0.5),
        np.array(0.5),
        torch.tensor(0.5),
        np.full(2, 0.5),
        torch.full((2,), 0.5),
    ],
    ids=repr,
)
def test_initial_values_of_every_kind(given: Any) -> None:
    """One number or one a group; from torch and NumPy too."""
    scheduler = HyperparameterScheduler(sgd(), FADE, initial_values=given)
    assert scheduler.base_lrs == [0.5, 0.5]


def test_groups_by_numpy_indices() -> None:
    """As they come out of a NumPy selection."""
    optimizer = sgd()
    HyperparameterScheduler(optimizer, Constant(0.5), groups=np.flatnonzero([0, 1]))
    assert rates(optimizer) == [0.1, 0.05]
    with pytest.raises(ValueError, match="groups must be param groups or indices below 2, got -1"):
        HyperparameterScheduler(optimizer, Constant(0.5), groups=[-1])


def test_only_the_chosen_groups_need_the_target() -> None:
    """The message says whether some have it."""
    optimizer = sgd()
    optimizer.param_groups[1]["clip"] = 2.0
    with pytest.raises(KeyError, match="not every param group has 'clip'; the keys are: lr, "):
        HyperparameterScheduler(optimizer, FADE, "clip")
    with pytest.raises(KeyError, match="no param group has 'clip'; the keys are: lr, "):
        HyperparameterScheduler(optimizer, FADE, "clip", groups=[0])
    HyperparameterScheduler(optimizer, FADE, "clip", groups=[1]).step(5)
    assert optimizer.param_groups[1]["clip"] == 1.0
    assert "clip" not in optimizer.param_groups[0]


def test_a_late_group_joins_where_a_group_that_is_not_chosen_lacks_the_target() -> None:
    """A late group without it is refused, and a known one that has lost it gets it back."""
    optimizer = sgd()
    optimizer.param_groups[1] |= {"name": "head", "clip": 2.0}
    scheduler = HyperparameterScheduler(optimizer, FADE, "clip", groups=["head"])
    del optimizer.param_groups[1]["clip"]
    late = {"params": [torch.nn.Parameter(torch.zeros(1))], "name": "head"}
    optimizer.add_param_group(late)
    with pytest.raises(KeyError, match="no param group has 'clip'; the keys are: "):
        scheduler.step()
    late["clip"] = 4.0
    scheduler.step(5)
    assert [group.get("clip") for group in optimizer.param_groups] == [None, 1.0, 2.0]


def test_a_loaded_state_of_the_optimizer_may_lack_the_key() -> None:
    """One that was saved before there was the key; ours writes it again, torch's cannot."""
    optimizer = sgd()
    older = optimizer.state_dict()
    scheduler = bind_schedules(optimizer, {"clip": FADE}, default_values={"clip": 2.0})
    optimizer.load_state_dict(older)
    scheduler.step(5)
    assert rates(optimizer, "clip") == [1.0, 1.0]
    bound = arbitrary_schedule_factory(
        optimizer, lambda opt: LambdaLR(opt, FADE), schedule_target="clip"
    )
    optimizer.load_state_dict(older)
    with pytest.raises(KeyError, match="no param group has 'clip'; the keys are: lr, "):
        bound.step()


def test_a_state_with_an_infinite_value_is_strict_json() -> None:
    """A limit that is off."""
    states = []
    for start in (math.inf, 1.0):
        optimizer = extend_optimizer(sgd(), "clip", start)
        sync = bind_schedules(optimizer, {"clip": Constant(2.0)})
        states.append(json.dumps(sync.state_dict(), allow_nan=False))
    with warns_of_initial_values():
        sync.load_state_dict(json.loads(states[0]))
    assert rates(optimizer, "clip") == [math.inf, math.inf]


def test_a_group_that_loses_a_key_has_it_again_after_the_next_step() -> None:
    """Deleting it is an edit by hand like any other."""
    optimizer = extend_optimizer(sgd(), "clip", 2.0)
    sync = bind_schedules(optimizer, {"lr": FADE, "clip": FADE})
    del optimizer.param_groups[1]["clip"]
    sync.step(5)
    assert rates(optimizer, "clip") == [1.0, 1.0]
    assert rates(optimizer) == [0.05, 0.05]


@pytest.mark.parametrize("tensors", [False, True])
def test_an_element_that_is_gone_stops_all_schedules(*, tensors: bool) -> None:
    """Of a tuple that is not there nothing can be written; the others are taken back."""
    lr = torch.tensor(0.5) if tensors else 0.5
    betas = tuple(map(torch.tensor, (0.9, 0.99))) if tensors else (0.9, 0.99)
    weight = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.Adam([weight], lr=lr, betas=betas, foreach=False)
    sync = bind_schedules(optimizer, {"lr": FADE, "betas[0]": FADE})
    sync.step(2)
    (group,) = optimizer.param_groups
    kept = group.pop("betas")
    with pytest.raises(KeyError, match="betas"):
        sync.step(3)
    assert sync.last_epoch == 2
    assert float(group["lr"]) == pytest.approx(0.4)
    group["betas"] = kept
    sync.step(5)
    assert float(group["lr"]) == 0.25
    assert float(group["betas"][0]) == pytest.approx(0.45)


def test_what_was_edited_is_written_again() -> None:
    """The element that is scheduled, beside an edited one; and a number in the second group."""
    optimizer = sgd()
    scheduler = HyperparameterScheduler(optimizer, FADE)
    optimizer.param_groups[1]["lr"] = 7.0
    scheduler.step(5)
    assert rates(optimizer) == [0.05, 0.05]
    weight = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.Adam([weight], betas=(0.8, 0.99))
    sync = bind_schedules(optimizer, {"lr": FADE, "betas[0]": FADE})
    optimizer.param_groups[0]["betas"] = (0.1, 0.95)
    sync.step(5)
    assert optimizer.param_groups[0]["betas"] == (0.4, 0.95)


def test_a_tensor_that_was_replaced_is_the_one_that_is_filled() -> None:
    """After one with a float of its own beside it, where every write is looked at."""
    optimizer = sgd(lr=torch.tensor(0.5))
    extend_optimizer(optimizer, "clip", 2.0)
    optimizer.param_groups[0]["clip"] = torch.tensor(2.0)
    sync = bind_schedules(optimizer, {"clip": FADE, "lr": FADE})
    mine = optimizer.param_groups[0]["lr"] = torch.tensor(7.0)
    sync.step(5)
    assert optimizer.param_groups[0]["lr"] is mine
    assert rates(optimizer) == [torch.tensor(0.25)] * 2
    assert rates(optimizer, "clip") == [torch.tensor(1.0), 1.0]
