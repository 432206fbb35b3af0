"""bs-scheduler: the batch sizes of a real `DataLoader`, in whole numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import bs_scheduler
import pytest
from torch.utils.data import BatchSampler, DataLoader, SequentialSampler

import tsa_core as tsa

NUM_EPOCHS = 80
MOST = {"max_batch_size": 500}


def theirs(build: Callable[..., Any], *args: Any, **options: Any) -> list[int]:
    """The batch size of each epoch."""
    loader = DataLoader(range(1000), batch_size=10)
    scheduler = build(loader, *args, **options)
    sizes = []
    for _ in range(NUM_EPOCHS):
        sizes.append(loader.batch_sampler.batch_size)
        scheduler.step()
    return sizes


# Lengths and sizes without a value in the middle of two whole numbers, where a last bit decides.
@pytest.mark.parametrize(
    ("name", "options", "schedule"),
    [
        ("ConstantBS", {"factor": 4, "milestone": 5}, tsa.constant_then_full(5, start=4.0) * 10),
        ("StepBS", {"step_size": 20, "gamma": 2.0, **MOST}, tsa.step_decay(20, 2.0, start=10)),
        (
            "MultiStepBS",
            {"milestones": [7, 30], "gamma": 3.0, **MOST},
            tsa.multi_step_decay((7, 30), 3.0, start=10),
        ),
        ("LinearBS", {"start_factor": 3.0, "milestone": 5}, tsa.Linear(30, 10, 5)),
        ("ExponentialBS", {"gamma": 1.05, **MOST}, tsa.Decay(10, 1.05, 1).clip(high=500)),
        (
            "LambdaBS",
            {"bs_lambda": lambda epoch: 1 + epoch / 7, **MOST},
            tsa.Linear(10, 150, 98),
        ),
        (
            "CyclicBS",
            {"step_size_down": 11, "min_batch_size": 2},
            tsa.triangular(11, floor=10, peak=2),
        ),
        (
            "CyclicBS",
            {"step_size_down": 11, "mode": "triangular2", "min_batch_size": 2},
            tsa.triangular2(11, floor=10, peak=2),
        ),
        (
            "CosineAnnealingBS",
            {"total_iters": 25, "max_batch_size": 333},
            tsa.cosine_cycles(25, floor=10, peak=333),
        ),
        (
            "CosineAnnealingBSWithWarmRestarts",
            {"t_0": 19, "max_batch_size": 333},
            tsa.Cosine(10, 333, 19).repeat(20),
        ),
        (
            "OneCycleBS",
            {"total_steps": 60, "min_batch_size": 4, "max_batch_size": 334},
            tsa.piecewise_cosine((0, 18, 60), (10, 4, 334)),
        ),
        (
            "OneCycleBS",
            {"total_steps": 60, "strategy": "linear", "min_batch_size": 3, "max_batch_size": 333},
            tsa.piecewise_linear((0, 18, 60), (10, 3, 333)),
        ),
    ],
)
def test_every_epoch_has_the_same_size(
    name: str, options: dict[str, Any], schedule: tsa.Schedule
) -> None:
    """`.round()` gives the whole numbers."""
    sizes = theirs(getattr(bs_scheduler, name), **options)
    assert [schedule.round()(epoch) for epoch in range(NUM_EPOCHS)] == sizes


def test_a_polynomial_rises_by_factors_of_its_own() -> None:
    """Theirs multiplies the rounded size of each epoch; ours is the curve from end to end."""
    sizes = theirs(bs_scheduler.PolynomialBS, 30, 2.0)
    assert sizes[1] / sizes[0] > 1.5
    assert tsa.Polynomial(10, 200, 30, 2.0).round()(30) == 200


def test_the_sampler_of_a_loader_can_read_a_schedule() -> None:
    """No scheduler object: the sampler holds the batch size, and the loop sets it."""
    sampler = BatchSampler(SequentialSampler(range(60)), 1, drop_last=False)
    loader = DataLoader(range(60), batch_sampler=sampler)
    growing = tsa.Linear(8, 32, 4).round(to=8)
    seen = []
    for epoch in range(6):
        sampler.batch_size = int(growing(epoch))
        seen.append(next(len(batch) for batch in loader))
    assert seen == [8, 16, 16, 24, 32, 32]
