"""What published training code does with its schedules, done with ours."""

from __future__ import annotations

import copy
import math
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.optim import AdamW

import tsa_torch as tsa
from tsa_core import Cosine, Exponential, Linear

LAYERS, DECAY = 12, 0.75


def adjust_learning_rate(optimizer: Any, epoch: float, lr: float, warmup: int, epochs: int) -> None:
    """The half cosine of the fine-tuning code of MAE, with its factor for each layer."""
    if epoch < warmup:
        rate = lr * epoch / warmup
    else:
        rate = lr * 0.5 * (1 + math.cos(math.pi * (epoch - warmup) / (epochs - warmup)))
    for group in optimizer.param_groups:
        group["lr"] = rate * group["lr_scale"]


def layered(lr: float) -> AdamW:
    """One group for each layer, with `lr_scale` as its code writes it."""
    return AdamW(
        [
            {
                "params": [torch.nn.Parameter(torch.ones(1))],
                "lr_scale": DECAY ** (LAYERS - 1 - depth),
            }
            for depth in range(LAYERS)
        ],
        lr=lr,
    )


@given(st.floats(0, 25), st.floats(1e-5, 1.0))
def test_layer_wise_decay_by_lr_scale(epoch: float, lr: float) -> None:
    """12 groups: the noted rate is the layer's, and one multiplier moves them all."""
    theirs, ours = layered(lr), layered(lr)
    adjust_learning_rate(theirs, min(epoch, 20), lr, 5, 20)
    scheduler = tsa.HyperparameterScheduler(
        ours,
        Linear(0.0, 1.0, 5).then(Cosine(1.0, 0.0, 15), at=5),
        initial_values=[lr * group["lr_scale"] for group in ours.param_groups],
    )
    scheduler.step(epoch)
    for own, other in zip(ours.param_groups, theirs.param_groups, strict=True):
        assert own["lr"] == pytest.approx(other["lr"], rel=1e-9, abs=lr * 1e-15)
        assert own["lr_scale"] == other["lr_scale"]
    assert len(scheduler.scalars()) == LAYERS


class Algorithm:
    """How Stable-Baselines3 calls a schedule: by the progress that remains, from 1 to 0."""

    def __init__(self, lr_schedule: Any, total_timesteps: int) -> None:
        self.lr_schedule = lr_schedule
        self.total_timesteps = total_timesteps
        self.optimizer = AdamW([torch.nn.Parameter(torch.ones(1))], lr=1.0)

    def learn(self, every: int) -> list[float]:
        """The rate of each update."""
        rates = []
        for num_timesteps in range(0, self.total_timesteps + 1, every):
            progress_remaining = 1.0 - float(num_timesteps) / float(self.total_timesteps)
            for group in self.optimizer.param_groups:
                group["lr"] = float(self.lr_schedule(progress_remaining))
            rates.append(self.optimizer.param_groups[0]["lr"])
        return rates


@pytest.mark.parametrize("schedule", [Linear(3e-4, 0.0, 1), Cosine(1e-3, 1e-5, 1)])
def test_progress_that_remains(schedule: Any) -> None:
    """`schedule.reverse(1)` is called with what remains, and gives what is due."""
    rates = Algorithm(schedule.reverse(1), 1000).learn(100)
    assert rates == pytest.approx([schedule(step / 10) for step in range(11)], rel=1e-12)
    assert (rates[0], rates[-1]) == (schedule(0), schedule(1))


class EMA:
    """An average of weights, as diffusion and self-supervised code keeps it."""

    def __init__(self, model: torch.nn.Module, decay: float) -> None:
        self.model = copy.deepcopy(model)
        self.decay = decay

    @torch.no_grad()
    def update(self, model: torch.nn.Module) -> None:
        for own, new in zip(self.model.parameters(), model.parameters(), strict=True):
            own.lerp_(new, 1 - self.decay)


def test_an_average_whose_decay_is_a_schedule() -> None:
    """The average equals the one by hand, with the schedule's value at each update."""
    torch.manual_seed(0)
    model = torch.nn.Linear(2, 1, bias=False)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    ema = EMA(model, decay=0.9)
    decay = Exponential(0.5, 0.99, 20)
    sync = tsa.SynchronousSchedule(
        {
            "lr": tsa.HyperparameterScheduler(optimizer, Linear(1.0, 0.0, 20)),
            "ema": tsa.HyperparameterScheduler(
                tsa.attribute_groups(ema), decay, "decay", absolute=True
            ),
        }
    )
    expected = model.weight.detach().clone()
    for step in range(20):
        optimizer.zero_grad()
        model(torch.randn(8, 2)).square().mean().backward()
        optimizer.step()
        ema.update(model)
        expected.lerp_(model.weight.detach(), 1 - decay(step))
        sync.step()
    assert torch.equal(ema.model.weight, expected)
    assert sync.scalars() == {"lr": 0.0, "ema": 0.99}
