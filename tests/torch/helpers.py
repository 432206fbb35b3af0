"""What the torch tests share: optimizers, torch's schedulers, and what must not change."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch.optim import AdamW, Optimizer
from torch.optim import lr_scheduler as lrs

Factory = Callable[[Any], lrs.LRScheduler]


def adamw(*, lr: float = 0.1, weight_decay: float = 0.1, second: float | None = 0.02) -> AdamW:
    """An AdamW of two groups, of which the second has `second` as lr and weight decay."""
    first_weight = torch.nn.Parameter(torch.ones(2))
    second_weight = torch.nn.Parameter(torch.ones(3))
    own = {} if second is None else {"lr": second, "weight_decay": second}
    groups = [{"params": [first_weight]}, {"params": [second_weight], **own}]
    return AdamW(groups, lr=lr, weight_decay=weight_decay)


def column(optimizer: Any, key: str) -> list[Any]:
    """What each group holds for `key`."""
    return [group[key] for group in optimizer.param_groups]


def picture(optimizer: Any) -> tuple[Any, ...]:
    """All that a failed call must leave alone: groups, defaults, the optimizer's attributes."""
    groups = [
        (
            id(group),
            {key: copy.deepcopy(value) for key, value in group.items() if key != "params"},
            [id(weight) for weight in group["params"]],
        )
        for group in optimizer.param_groups
    ]
    return groups, copy.deepcopy(optimizer.defaults), sorted(vars(optimizer))


def metric(step: int) -> float:
    """A loss that improves, stalls and gets worse."""
    return (5.0, 3.0, 3.0, 4.0)[step % 4] + 0.25 * step


def double(step: int) -> float:
    """A multiplier for `MultiplicativeLR` and `LambdaLR`."""
    return 1.5 if step % 2 else 0.75


def _one_cycle(optimizer: Any) -> lrs.LRScheduler:
    return lrs.OneCycleLR(optimizer, max_lr=0.5, total_steps=20, cycle_momentum=False)


def _cyclic(optimizer: Any) -> lrs.LRScheduler:
    return lrs.CyclicLR(optimizer, 0.01, 0.1, step_size_up=3, cycle_momentum=False)


def _cyclic_range(optimizer: Any) -> lrs.LRScheduler:
    return lrs.CyclicLR(optimizer, 0.01, 0.1, 3, mode="exp_range", gamma=0.9, cycle_momentum=False)


def _sequential(optimizer: Any) -> lrs.LRScheduler:
    parts = [lrs.ConstantLR(optimizer, 0.1, 3), lrs.ExponentialLR(optimizer, 0.9)]
    return lrs.SequentialLR(optimizer, parts, milestones=[3])


def _chained(optimizer: Any) -> lrs.LRScheduler:
    parts = [lrs.LinearLR(optimizer, 0.25, total_iters=4), lrs.ExponentialLR(optimizer, 0.9)]
    return lrs.ChainedScheduler(parts, optimizer)


SCHEDULERS: dict[str, Factory] = {
    "LambdaLR": lambda optimizer: lrs.LambdaLR(optimizer, double),
    "MultiplicativeLR": lambda optimizer: lrs.MultiplicativeLR(optimizer, double),
    "StepLR": lambda optimizer: lrs.StepLR(optimizer, 3, 0.5),
    "MultiStepLR": lambda optimizer: lrs.MultiStepLR(optimizer, [2, 5, 5, 9], 0.3),
    "ConstantLR": lambda optimizer: lrs.ConstantLR(optimizer, 0.3, 4),
    "LinearLR": lambda optimizer: lrs.LinearLR(optimizer, 0.2, 1.0, 6),
    "ExponentialLR": lambda optimizer: lrs.ExponentialLR(optimizer, 0.9),
    "PolynomialLR": lambda optimizer: lrs.PolynomialLR(optimizer, 8, 2.0),
    "CosineAnnealingLR": lambda optimizer: lrs.CosineAnnealingLR(optimizer, 8, 0.001),
    "CosineAnnealingWarmRestarts": lambda opt: lrs.CosineAnnealingWarmRestarts(opt, 3, 2),
    "OneCycleLR": _one_cycle,
    "CyclicLR": _cyclic,
    "CyclicLR exp_range": _cyclic_range,
    "SequentialLR": _sequential,
    "ChainedScheduler": _chained,
    "ReduceLROnPlateau": lambda opt: lrs.ReduceLROnPlateau(opt, factor=0.5, patience=1),
}
"""torch's schedulers by name, each as a factory."""


def advance(name: str, scheduler: Any, optimizer: Optimizer, step: int) -> None:
    """One update of the optimizer, then one step of the scheduler, with its metric if any."""
    optimizer.step()
    if name == "ReduceLROnPlateau":
        scheduler.step(metric(step))
    else:
        scheduler.step()
