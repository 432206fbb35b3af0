"""Accelerate: `prepare`, accumulation, `save_state` and `load_state`.

Its repeated steps on several processes are in `test_distributed.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from accelerate import Accelerator
from accelerate.state import AcceleratorState, GradientState

import tsa_torch
from tests.loops.helpers import (
    LR,
    adamw,
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

STEPS = 24


@pytest.fixture(autouse=True)
def _reset() -> Iterator[None]:
    AcceleratorState._reset_state(reset_partial_state=True)
    GradientState._reset_state()
    yield
    AcceleratorState._reset_state(reset_partial_state=True)
    GradientState._reset_state()


def prepared(**options: Any) -> tuple[Accelerator, Any, Any, Any, list[Any]]:
    """The plain loop's model, optimizer and schedule, prepared, and what the updates use."""
    accelerator = Accelerator(cpu=True, **options)
    module = model()
    optimizer = adamw(module)
    used = recorded(optimizer)
    module, optimizer, sync = accelerator.prepare(module, optimizer, bind(optimizer))
    return accelerator, module, optimizer, sync, used


def train(accelerator: Any, module: Any, optimizer: Any, sync: Any, steps: range) -> None:
    """Accelerate's loop, as its guide writes it."""
    for step in steps:
        with accelerator.accumulate(module):
            accelerator.backward(loss(module, step))
            optimizer.step()
            sync.step()
            optimizer.zero_grad()


def test_a_prepared_loop_is_the_plain_loop() -> None:
    """On one process: each update uses the plan, and the weights are those by hand."""
    accelerator, module, optimizer, sync, used = prepared()
    train(accelerator, module, optimizer, sync, range(STEPS))
    assert used == [planned(step) for step in range(STEPS)]
    assert same(weights(module), by_hand(STEPS)[0])
    assert sync.get_last_lr() == [planned(STEPS)[0]]


@pytest.mark.parametrize("micro", [2, 3])
def test_micro_batches_leave_the_schedule_alone(micro: int) -> None:
    """Accelerate steps it where it steps the optimizer, and only there."""
    accelerator, module, optimizer, sync, used = prepared(gradient_accumulation_steps=micro)
    train(accelerator, module, optimizer, sync, range(STEPS))
    assert used == [planned(step) for step in range(STEPS // micro)]


def test_save_state_and_load_state_continue_the_run(tmp_path: Path) -> None:
    """At every fourth step, into fresh objects: values, and weights bit for bit."""
    accelerator, module, optimizer, sync, used = prepared()
    for step in range(0, STEPS, 4):
        accelerator.save_state(str(tmp_path / str(step)))
        train(accelerator, module, optimizer, sync, range(step, step + 4))
    for step in range(0, STEPS, 4):
        other, twin, updates, resumed, again = prepared()
        other.load_state(str(tmp_path / str(step)))
        assert now(updates) == planned(step)
        train(other, twin, updates, resumed, range(step, STEPS))
        assert again == used[step:]
        assert same(weights(twin), weights(module))


def test_a_schedule_that_is_not_prepared_is_registered(tmp_path: Path) -> None:
    """`register_for_checkpointing`, for loops that step by the number of updates."""
    runs = []
    for start in (0, 10):
        accelerator = Accelerator(cpu=True)
        module = model()
        inner = adamw(module)
        used = recorded(inner)
        sync = bind(inner)
        module, optimizer = accelerator.prepare(module, inner)
        accelerator.register_for_checkpointing(sync)
        if start:
            accelerator.load_state(str(tmp_path / "ten"))
        for step in range(start, STEPS):
            if step == 10 and not start:
                accelerator.save_state(str(tmp_path / "ten"))
            accelerator.backward(loss(module, step))
            optimizer.step()
            sync.step(step + 1)
            optimizer.zero_grad()
        assert used == [planned(step) for step in range(start, STEPS)]
        runs.append(weights(module))
    assert same(*runs)


def test_a_schedule_on_the_prepared_optimizer() -> None:
    """Built after `prepare`, on Accelerate's wrapper."""
    accelerator = Accelerator(cpu=True)
    module = model()
    inner = adamw(module)
    used = recorded(inner)
    module, optimizer = accelerator.prepare(module, inner)
    scheduler = tsa_torch.HyperparameterScheduler(optimizer, schedules()["lr"])
    for step in range(STEPS):
        accelerator.backward(loss(module, step))
        optimizer.step()
        scheduler.step()
        optimizer.zero_grad()
    assert [rate for rate, _, _ in used] == [planned(step)[0] for step in range(STEPS)]
    assert scheduler.base_lrs == [LR]
    assert "step" not in vars(inner)
