"""The plain loop, gradient accumulation, and a schedule driven by the updates made."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.optim.lr_scheduler import LambdaLR

import tsa_torch
from tests.loops.helpers import (
    LR,
    adamw,
    batch,
    bind,
    by_hand,
    loss,
    model,
    now,
    planned,
    recorded,
    same,
    schedules,
    weights,
)
from tests.mismatches import warns_of_initial_values
from tsa_core import Constant

STEPS = 24


def test_a_plain_loop_is_the_loop_with_values_written_by_hand() -> None:
    """Each update uses the planned values, and the weights come out bit for bit the same."""
    module = model()
    optimizer = adamw(module)
    used = recorded(optimizer)
    sync = bind(optimizer)
    for step in range(STEPS):
        optimizer.zero_grad()
        loss(module, step).backward()
        optimizer.step()
        sync.step()
    assert used == [planned(step) for step in range(STEPS)]
    assert same(weights(module), by_hand(STEPS)[0])


def test_a_learning_rate_is_what_torch_makes_of_the_same_function() -> None:
    """Torch's LambdaLR in a twin loop, read where loggers read."""
    module, twin = model(), model()
    optimizer, other = adamw(module), adamw(twin)
    scheduler = tsa_torch.HyperparameterScheduler(optimizer, schedules()["lr"])
    reference = LambdaLR(other, lambda step: planned(step)[0] / LR)
    for step in range(STEPS):
        assert scheduler.get_last_lr() == reference.get_last_lr()
        assert scheduler.last_epoch == reference.last_epoch == step
        for network, update, schedule in ((module, optimizer, scheduler), (twin, other, reference)):
            update.zero_grad()
            loss(network, step).backward()
            update.step()
            schedule.step()
    assert same(weights(module), weights(twin))


@pytest.mark.parametrize("micro", [2, 3, 4])
def test_accumulated_gradients_step_the_schedule_once_an_update(micro: int) -> None:
    """By stepping beside the optimizer, and by its own count at every micro-batch."""
    module, used = _accumulated(micro, by_count=False)
    assert used == [planned(step) for step in range(STEPS // micro)]
    twin, again = _accumulated(micro, by_count=True)
    assert again == used
    assert same(weights(module), weights(twin))
    assert same(weights(module), _accumulated_by_hand(micro))


def _accumulated(micro: int, by_count: bool) -> tuple[torch.nn.Module, list[Any]]:
    module = model()
    optimizer = adamw(module)
    used = recorded(optimizer)
    sync = bind(optimizer)
    for step in range(STEPS):
        (loss(module, step) / micro).backward()
        if (step + 1) % micro == 0:
            optimizer.step()
            optimizer.zero_grad()
            if not by_count:
                sync.step()
        if by_count:  # at every micro-batch, which is too often for anything that counts itself
            sync.step(updates(optimizer))
    return module, used


def _accumulated_by_hand(micro: int) -> list[torch.Tensor]:
    module = model()
    optimizer = adamw(module)
    for step in range(STEPS):
        (loss(module, step) / micro).backward()
        if (step + 1) % micro == 0:
            rate, decay, beta = planned(step // micro)
            optimizer.param_groups[0].update(lr=rate, weight_decay=decay, betas=(beta, 0.875))
            optimizer.step()
            optimizer.zero_grad()
    return weights(module)


def updates(optimizer: torch.optim.Optimizer) -> int:
    """The updates that the optimizer itself has counted."""
    state = optimizer.state.get(optimizer.param_groups[0]["params"][0])
    return int(state["step"]) if state else 0


EVENTS = st.lists(st.sampled_from(["accumulate", "update", "skip", "repeat"]), max_size=20)


@settings(max_examples=150)
@given(EVENTS)
def test_step_n_follows_the_number_of_updates_made(events: list[str]) -> None:
    """Skipped, repeated and accumulated steps leave the plan alone; only updates move it."""
    module = torch.nn.Linear(2, 2)
    optimizer = adamw(module)
    used = recorded(optimizer)
    sync = bind(optimizer)
    for event in events:
        if event in ("accumulate", "update"):
            module(batch(0)).sum().backward()
        if event == "update":
            optimizer.step()
            optimizer.zero_grad()
        for _ in range(3 if event == "repeat" else 1):
            sync.step(updates(optimizer))
        assert now(optimizer) == planned(len(used))
    made = events.count("update")
    assert used == [planned(step) for step in range(made)]
    assert sync.last_epoch == made


def test_a_step_that_is_taken_back_takes_the_schedule_back() -> None:
    """A run that returns to an earlier update after a loss spike needs its number alone."""
    optimizer = adamw(model())
    sync = bind(optimizer)
    sync.step(12)
    assert now(optimizer) == planned(12)
    sync.step(5)
    assert now(optimizer) == planned(5)
    sync.step()
    assert now(optimizer) == planned(6)


def test_a_schedule_replaced_in_a_resumed_run_scales_what_the_checkpoint_says() -> None:
    """The code of the resumed run starts from another rate: the checkpoint's is the initial one."""
    optimizer = adamw(model())
    scheduler = tsa_torch.HyperparameterScheduler(optimizer, Constant(0.5))
    saved = scheduler.state_dict()
    other = adamw(model(), lr=0.125)
    resumed = tsa_torch.HyperparameterScheduler(other, Constant(0.5))
    with warns_of_initial_values():
        resumed.load_state_dict(saved)
    for one in (optimizer, other):
        tsa_torch.HyperparameterScheduler(one, Constant(0.75))
        assert one.param_groups[0]["lr"] == 0.75 * LR


def test_a_group_added_with_the_tensor_of_another_gets_one_of_its_own() -> None:
    """As `lr=optimizer.param_groups[0]["lr"]` does; each then goes by its own initial value."""
    optimizer = adamw(model(), lr=torch.tensor(LR))
    scheduler = tsa_torch.HyperparameterScheduler(optimizer, schedules()["lr"])
    scheduler.step(2)
    first = optimizer.param_groups[0]["lr"]
    late = {"params": [torch.nn.Parameter(torch.ones(1))], "lr": first}
    optimizer.add_param_group(late)
    scheduler.step(4)
    second = optimizer.param_groups[1]["lr"]
    assert optimizer.param_groups[0]["lr"] is first
    assert second is not first
    assert (first.item(), second.item()) == (planned(4)[0], planned(2)[0])


def test_replacing_the_schedule_of_one_of_two_subsets() -> None:
    """Each subset goes by a scheduler of its own; a new one takes over where the old one was."""
    groups = [{"params": [torch.nn.Parameter(torch.ones(1))], "lr": LR} for _ in range(2)]
    optimizer = torch.optim.SGD(groups)
    old = [tsa_torch.HyperparameterScheduler(optimizer, Constant(0.5), groups=[i]) for i in (0, 1)]
    new = tsa_torch.HyperparameterScheduler(optimizer, Constant(0.75), groups=[0])
    assert [group["lr"] for group in optimizer.param_groups] == [0.75 * LR, 0.5 * LR]
    old[1].step()
    new.step()
    assert [group["lr"] for group in optimizer.param_groups] == [0.75 * LR, 0.5 * LR]
