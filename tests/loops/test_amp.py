"""Mixed precision: `GradScaler` skips updates, and the schedule goes by those made."""

from __future__ import annotations

import warnings

import pytest
import torch
from torch.optim.lr_scheduler import LambdaLR

from tests.loops.helpers import adamw, bind, by_hand, loss, model, now, planned, recorded, same
from tests.loops.helpers import weights as copied

ITERATIONS = 24
OVERFLOWS = ({0}, {0, 1, 2}, {3, 4, 11, 20}, set(range(0, ITERATIONS, 2)), set(range(ITERATIONS)))


@pytest.mark.parametrize("overflows", OVERFLOWS, ids=lambda steps: f"{len(steps)} skipped")
@pytest.mark.parametrize("way", ["count", "scale"])
def test_skipped_updates_do_not_move_the_schedule(overflows: set[int], way: str) -> None:
    """By the optimizer's own count, or by a step only when the scale did not fall."""
    module = model()
    optimizer = adamw(module)
    used = recorded(optimizer)
    sync = bind(optimizer)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**10, growth_interval=1000)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for iteration in range(ITERATIONS):
            before = scaler.get_scale()
            _update(module, optimizer, scaler, len(used), iteration in overflows)
            if way == "count":
                sync.step(len(used))
            elif scaler.get_scale() == before:
                sync.step()
    made = ITERATIONS - len(overflows)
    assert used == [planned(step) for step in range(made)]
    assert now(optimizer) == planned(made)
    assert same(copied(module), by_hand(made)[0])


def _update(
    module: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    scaler: torch.amp.GradScaler,
    step: int,
    overflow: bool,
) -> None:
    optimizer.zero_grad()
    scaler.scale(loss(module, step)).backward()
    if overflow:
        next(module.parameters()).grad.fill_(torch.inf)  # type: ignore[union-attr]  # set above
    scaler.step(optimizer)
    scaler.update()


def test_the_count_is_that_of_adamw_itself() -> None:
    """`state["step"]` of a parameter, where a loop keeps no count of its own."""
    module = model()
    optimizer = adamw(module)
    sync = bind(optimizer)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**10)
    for iteration in range(ITERATIONS):
        _update(module, optimizer, scaler, iteration, iteration % 3 == 0)
        state = optimizer.state.get(next(module.parameters()), {})
        sync.step(int(state.get("step", 0)))
    assert now(optimizer) == planned(ITERATIONS - ITERATIONS // 3)


def test_torch_warns_in_the_same_loop() -> None:
    """The loop above is one in which a scheduler that watches `optimizer.step` complains."""
    module = model()
    optimizer = adamw(module)
    scheduler = LambdaLR(optimizer, lambda step: 1.0)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**10)
    _update(module, optimizer, scaler, 0, True)
    with pytest.warns(UserWarning, match="before `optimizer.step"):
        scheduler.step()


def test_half_precision_autocast_trains_on_the_plan() -> None:
    """The whole recipe, autocast included; the scale grows and the plan does not notice."""
    module = model()
    optimizer = adamw(module)
    used = recorded(optimizer)
    sync = bind(optimizer)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0, growth_interval=3)
    for step in range(ITERATIONS):
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            value = loss(module, step)
        scaler.scale(value).backward()
        scaler.step(optimizer)
        scaler.update()
        sync.step()
    assert scaler.get_scale() > 2.0
    assert used == [planned(step) for step in range(ITERATIONS)]
