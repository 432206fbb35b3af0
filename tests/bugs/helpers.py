"""Small optimizers and loops for the tests of known bugs."""

from __future__ import annotations

from typing import Any

import torch

import tsa_torch
from tsa_torch import HyperparameterScheduler

Scheduler = HyperparameterScheduler


def weight() -> torch.nn.Parameter:
    return torch.nn.Parameter(torch.ones(1))


def sgd(*rates: Any, **options: Any) -> torch.optim.SGD:
    """An SGD with one group for each learning rate."""
    groups = [{"params": [weight()], "lr": rate} for rate in rates or (1.0,)]
    return torch.optim.SGD(groups, **options)


def adam(**options: Any) -> torch.optim.Adam:
    return torch.optim.Adam([weight()], **{"lr": 1.0, **options})


def rates(optimizer: Any, key: str = "lr") -> list[float]:
    """The value that each group holds, as a number."""
    return [float(group[key]) for group in optimizer.param_groups]


def drive(optimizer: Any, scheduler: Any, steps: int, key: str = "lr") -> list[float]:
    """Make `steps` updates; the first group's value for each, and for the one after them."""
    values = [rates(optimizer, key)[0]]
    for _ in range(steps):
        optimizer.step()
        scheduler.step()
        values.append(rates(optimizer, key)[0])
    return values


def bound(optimizer: Any, factory: Any, target: str = "lr") -> Any:
    """A torch scheduler through the factory."""
    return tsa_torch.arbitrary_schedule_factory(optimizer, factory, schedule_target=target)


def after(steps: int, scheduler: Any, optimizer: Any) -> dict[str, Any]:
    """A checkpoint taken after `steps` updates."""
    drive(optimizer, scheduler, steps)
    return {"optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict()}
