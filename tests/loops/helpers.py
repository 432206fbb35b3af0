"""What the loops share: a small model, a plan that floats hold exactly, and a recorder."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from filelock import FileLock
from torch.optim import AdamW, Optimizer

import tsa_torch
from tsa_core import Linear, Schedule

TARGETS = ("lr", "weight_decay", "betas[0]")
LR, WEIGHT_DECAY, BETA = 0.5, 0.25, 0.5


def schedules() -> dict[str, Schedule]:
    """Warmup and decay of the rate, more weight decay, more momentum."""
    return {
        "lr": Linear(0.0, 1.0, 4).then(Linear(1.0, 0.0, 16), at=4),
        "weight_decay": Linear(1.0, 2.0, 16),
        "betas[0]": Linear(1.0, 1.5, 8),
    }


def planned(step: float) -> tuple[float, float, float]:
    """The same by hand, of the initial values above; every whole step is exact in binary."""
    rate = step / 4 if step < 4 else max(0.0, 1.0 - (step - 4) / 16)
    return (
        LR * rate,
        WEIGHT_DECAY * (1.0 + min(step, 16) / 16),
        BETA * (1.0 + min(step, 8) / 16),
    )


def model() -> torch.nn.Module:
    """Always the same four weights and two biases."""
    layer = torch.nn.Linear(2, 2)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[0.5, -1.0], [2.0, 0.25]]))
        layer.bias.copy_(torch.tensor([1.0, -0.5]))
    return layer


def batch(step: int) -> torch.Tensor:
    """Other inputs at every step, the same in every run."""
    return torch.tensor([[1.0, 0.5], [-0.25, 2.0], [0.125, -1.0]]) * (1.0 + step % 5)


def loss(module: torch.nn.Module, step: int) -> torch.Tensor:
    """A loss with a gradient that is not constant."""
    result: torch.Tensor = module(batch(step)).square().mean()
    return result


def adamw(module: torch.nn.Module, **options: Any) -> AdamW:
    """AdamW at the initial values of the plan."""
    defaults = {"lr": LR, "weight_decay": WEIGHT_DECAY, "betas": (BETA, 0.875)}
    return AdamW(module.parameters(), **(defaults | options))


def bind(optimizer: Any) -> tsa_torch.SynchronousSchedule:
    """The plan on an optimizer."""
    return tsa_torch.bind_schedules(optimizer, schedules())


def now(optimizer: Any, group: int = 0) -> tuple[Any, Any, Any]:
    """The scheduled values that a group holds."""
    held = optimizer.param_groups[group]
    return held["lr"], held["weight_decay"], held["betas"][0]


def recorded(optimizer: Optimizer) -> list[tuple[Any, Any, Any]]:
    """A list that grows by the values which each update uses."""
    used: list[tuple[Any, Any, Any]] = []
    optimizer.register_step_pre_hook(lambda *_: used.append(now(optimizer)))
    return used


def weights(module: torch.nn.Module) -> list[torch.Tensor]:
    """A copy of the parameters."""
    return [weight.detach().clone() for weight in module.parameters()]


def same(left: list[torch.Tensor], right: list[torch.Tensor]) -> bool:
    """Whether they are equal bit for bit."""
    return all(torch.equal(a, b) for a, b in zip(left, right, strict=True))


def by_hand(updates: int) -> tuple[list[torch.Tensor], AdamW]:
    """The weights after `updates` updates whose values are written by hand, and the optimizer."""
    module = model()
    optimizer = adamw(module)
    for step in range(updates):
        rate, decay, beta = planned(step)
        optimizer.param_groups[0].update(lr=rate, weight_decay=decay, betas=(beta, 0.875))
        optimizer.zero_grad()
        loss(module, step).backward()
        optimizer.step()
    return weights(module), optimizer


def once(factory: pytest.TempPathFactory, name: str, fill: Callable[[Path], None]) -> Path:
    """A folder that one of pytest's processes fills, for all of them."""
    root = factory.getbasetemp()
    folder = (root.parent if "PYTEST_XDIST_WORKER" in os.environ else root) / name
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            folder.mkdir()
            fill(folder)
    return folder


def start(module: str, *arguments: object) -> subprocess.Popen[str]:
    """A process of its own that runs a module of these tests on one thread."""
    root = str(Path(__file__).parents[2])
    paths = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    return subprocess.Popen(
        [sys.executable, "-m", f"tests.loops.{module}", *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(*processes: subprocess.Popen[str]) -> None:
    """Wait for them; all must have ended well."""
    try:
        output = [process.communicate(timeout=600)[0] for process in processes]
    finally:
        for process in processes:
            process.kill()
    assert [process.returncode for process in processes] == [0] * len(processes), "".join(output)
