"""Ignite: our schedulers as event handlers."""

from __future__ import annotations

from typing import Any

import pytest
import torch

import tsa_torch
from tests.loops.helpers import (
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

# Ignite imports parts of torch that still carry torch's own deprecated scripting.
pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit.(script|interface). is deprecated")

STEPS, EPOCHS = 6, 4


def engine(module: torch.nn.Module, optimizer: torch.optim.Optimizer, micro: int = 1) -> Any:
    """A trainer that makes an update every `micro` iterations."""
    from ignite.engine import Engine

    def update(trainer: Any, _: Any) -> None:
        loss(module, trainer.state.iteration - 1).backward()
        if trainer.state.iteration % micro == 0:
            optimizer.step()
            optimizer.zero_grad()

    return Engine(update)


@pytest.mark.parametrize("micro", [1, 3])
def test_as_an_event_handler_it_follows_the_updates(micro: int) -> None:
    """`step()` at every completed update, or `step(n)` at every completed iteration."""
    runs = [_followed(micro, by_count) for by_count in (False, True)]
    assert same(*runs)
    assert micro > 1 or same(runs[0], by_hand(STEPS * EPOCHS)[0])


def _followed(micro: int, by_count: bool) -> list[torch.Tensor]:
    from ignite.engine import Events

    module = model()
    optimizer = adamw(module)
    used = recorded(optimizer)
    sync = bind(optimizer)
    trainer = engine(module, optimizer, micro)
    if by_count:
        trainer.add_event_handler(
            Events.ITERATION_COMPLETED, lambda trainer: sync.step(trainer.state.iteration // micro)
        )
    else:
        trainer.add_event_handler(
            Events.ITERATION_COMPLETED(every=micro), lambda trainer: sync.step()
        )
    trainer.run(range(STEPS), max_epochs=EPOCHS)
    assert used == [planned(step) for step in range(STEPS * EPOCHS // micro)]
    return weights(module)


def test_once_an_epoch() -> None:
    """A schedule in epochs; a fraction of one is as good a step."""
    from ignite.engine import Events

    module = model()
    optimizer = adamw(module)
    used = recorded(optimizer)
    scheduler = tsa_torch.HyperparameterScheduler(optimizer, schedules()["lr"])
    trainer = engine(module, optimizer)
    trainer.add_event_handler(
        Events.ITERATION_COMPLETED, lambda trainer: scheduler.step(trainer.state.iteration / STEPS)
    )
    trainer.run(range(STEPS), max_epochs=EPOCHS)
    rates = [rate for rate, _, _ in used]
    assert rates == pytest.approx(
        [planned(step / STEPS)[0] for step in range(STEPS * EPOCHS)], rel=1e-15
    )


def test_ignite_saves_and_resumes_it(tmp_path: Any) -> None:
    """`Checkpoint` takes what has a state; the resumed trainer goes on where the first stopped."""
    from ignite.engine import Events
    from ignite.handlers import Checkpoint, DiskSaver

    def objects() -> tuple[torch.nn.Module, list[Any], dict[str, Any]]:
        module = model()
        optimizer = adamw(module)
        used = recorded(optimizer)
        sync = bind(optimizer)
        trainer = engine(module, optimizer)
        trainer.add_event_handler(Events.ITERATION_COMPLETED, lambda trainer: sync.step())
        parts = {"module": module, "optimizer": optimizer, "sync": sync, "trainer": trainer}
        return module, used, parts

    whole, used, parts = objects()
    saver = DiskSaver(tmp_path, create_dir=False, require_empty=False)
    keep = Checkpoint(parts, saver, n_saved=None, global_step_transform=lambda *_: _epoch(parts))
    parts["trainer"].add_event_handler(Events.EPOCH_COMPLETED, keep)
    parts["trainer"].run(range(STEPS), max_epochs=EPOCHS)
    for epoch in range(1, EPOCHS):
        module, again, fresh = objects()
        Checkpoint.load_objects(fresh, torch.load(tmp_path / f"checkpoint_{epoch}.pt"))
        assert now(fresh["optimizer"]) == planned(epoch * STEPS)
        fresh["trainer"].run(range(STEPS), max_epochs=EPOCHS)
        assert again == used[epoch * STEPS :]
        assert same(weights(module), weights(whole))


def _epoch(parts: dict[str, Any]) -> int:
    epoch: int = parts["trainer"].state.epoch
    return epoch
