"""A group stays the same group when something puts another list of parameters into it.

Accelerate (FSDP2, fp8, XLA) and Lightning's Fabric do so after the scheduler was built.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch.optim.lr_scheduler import LambdaLR, StepLR

from tsa_core import Linear
from tsa_torch import HyperparameterScheduler, arbitrary_schedule_factory

RISE = Linear(0.0, 1.0, 10)


def sgd() -> torch.optim.Optimizer:
    """Two groups of different rates."""
    return torch.optim.SGD(
        [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": lr} for lr in (0.1, 0.2)]
    )


def swap(optimizer: torch.optim.Optimizer) -> None:
    """Put other parameters into every group, as a framework that shards them does."""
    for group in optimizer.param_groups:
        group["params"] = [torch.nn.Parameter(one.detach().clone()) for one in group["params"]]


def reload(optimizer: torch.optim.Optimizer) -> None:
    """Let torch replace the dictionaries."""
    optimizer.load_state_dict(copy.deepcopy(optimizer.state_dict()))


def edit(optimizer: torch.optim.Optimizer) -> None:
    """Make the next write look at every group anew."""
    optimizer.param_groups[0]["lr"] = torch.tensor(7.0, dtype=torch.float64)


def rates(optimizer: torch.optim.Optimizer) -> list[float]:
    """What the groups hold."""
    return [float(group["lr"]) for group in optimizer.param_groups]


def ours(optimizer: Any) -> Any:
    """A schedule of this library."""
    return HyperparameterScheduler(optimizer, RISE)


def bound(optimizer: Any) -> Any:
    """A torch scheduler with one item a group in its state."""
    return arbitrary_schedule_factory(optimizer, lambda opt: LambdaLR(opt, RISE))


@pytest.mark.parametrize(
    "events",
    [(swap,), (swap, edit), (swap, reload), (swap, reload, edit), (swap, swap)],
    ids=lambda events: " ".join(event.__name__ for event in events),
)
@pytest.mark.parametrize("build", [ours, bound])
def test_the_groups_keep_their_initial_values(
    build: Callable[[Any], Any], events: tuple[Callable[[Any], None], ...]
) -> None:
    """Reading, stepping and saving go on from what was there before any schedule."""
    optimizer = sgd()
    scheduler = build(optimizer)
    scheduler.step()
    for event in events:
        event(optimizer)
        assert scheduler.base_lrs == [0.1, 0.2]
        assert scheduler.get_last_lr() == pytest.approx([0.01, 0.02])
    saved = scheduler.state_dict()
    for _ in range(4):
        scheduler.step()
    assert rates(optimizer) == scheduler.get_last_lr() == pytest.approx([0.05, 0.1])
    fresh = sgd()
    resumed = build(fresh)
    resumed.load_state_dict(saved)
    for _ in range(4):
        resumed.step()
    assert rates(fresh) == pytest.approx([0.05, 0.1])


@pytest.mark.parametrize("build", [ours, bound])
def test_after_a_load_that_a_step_has_seen(build: Callable[[Any], Any]) -> None:
    """The dictionary of the last look counts, not that of the first."""
    optimizer = sgd()
    scheduler = build(optimizer)
    reload(optimizer)
    scheduler.step()
    swap(optimizer)
    edit(optimizer)
    scheduler.step()
    assert rates(optimizer) == scheduler.get_last_lr() == pytest.approx([0.02, 0.04])
    assert scheduler.base_lrs == [0.1, 0.2]


@pytest.mark.parametrize("build", [ours, bound])
def test_a_group_that_was_taken_out_and_added_again(build: Callable[[Any], Any]) -> None:
    """With a new list of parameters, as torch adds it, it is still no new group."""
    optimizer = sgd()
    scheduler = build(optimizer)
    scheduler.step()
    again = optimizer.param_groups.pop(0)
    optimizer.add_param_group(again)
    scheduler.step()
    assert rates(optimizer) == pytest.approx([0.04, 0.02])
    assert scheduler.base_lrs == [0.2, 0.1]


def test_a_follower_scales_what_was_there_before() -> None:
    """A schedule that takes over after the swap."""
    optimizer = sgd()
    ours(optimizer).step(5)
    swap(optimizer)
    assert ours(optimizer).base_lrs == [0.1, 0.2]


def test_a_copy_knows_its_groups() -> None:
    """A deep copy of both goes on by itself."""
    optimizer = sgd()
    scheduler = arbitrary_schedule_factory(optimizer, lambda opt: StepLR(opt, 1, 0.5))
    twin, copied = copy.deepcopy((optimizer, scheduler))
    swap(twin)
    copied.step()
    assert rates(twin) == [0.05, 0.1]
    assert copied.base_lrs == rates(optimizer) == [0.1, 0.2]


def test_a_follower_on_a_wrapper_scales_what_was_there_before() -> None:
    """The optimizer was wrapped in between; the wrapper has its groups. And the other way.

    A `SimpleNamespace` takes no weak reference.
    """
    optimizer = sgd()
    wrapper = SimpleNamespace(param_groups=optimizer.param_groups)
    for index, of in enumerate((optimizer, wrapper, wrapper, optimizer)):
        scheduler = ours(of)
        scheduler.step(5 + index)
        assert scheduler.base_lrs == [0.1, 0.2]
