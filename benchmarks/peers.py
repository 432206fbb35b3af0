"""The peers, as they are installed: each gives the function that moves it one step on `lr`."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import anyschedule
import torch
from ignite.handlers.param_scheduler import CosineAnnealingScheduler
from torch.optim.lr_scheduler import CosineAnnealingLR, LambdaLR, LinearLR, SequentialLR
from transformers.optimization import get_cosine_schedule_with_warmup

from benchmarks.bare import END, LR, TOTAL, WARMUP, cosine
from benchmarks.groups import optimizer

LAMBDA = "torch LambdaLR"
TIMM = "1.0.31"
TIMM_FOLDER = Path(__file__).parent / ".peers" / f"timm-{TIMM}"
Step = Callable[[], Any]


def lambda_lr(bound: torch.optim.Optimizer) -> LambdaLR:
    """Torch's scheduler for a function of the step, with the hand-written cosine."""
    return LambdaLR(bound, cosine())


def steps(groups: int) -> dict[str, Step]:
    """One step of each peer, past its warmup, on an optimizer of its own."""
    makers: dict[str, Callable[[Any], Step]] = {
        LAMBDA: lambda bound: lambda_lr(bound).step,
        "torch CosineAnnealingLR": lambda bound: CosineAnnealingLR(bound, TOTAL, LR * END).step,
        "torch SequentialLR": _sequential,
        "transformers": lambda bound: get_cosine_schedule_with_warmup(bound, WARMUP, TOTAL).step,
        "ignite": _ignite,
        "timm": _timm,
        "anyschedule": _anyschedule,
    }
    return {name: _started(make, groups) for name, make in makers.items()}


def _started(make: Callable[[Any], Step], groups: int) -> Step:
    bound = optimizer(groups)
    step = make(bound)
    bound.step()  # torch's schedulers warn if they move first
    for _ in range(WARMUP + 1):
        step()
    return step


def _sequential(bound: torch.optim.Optimizer) -> Step:
    warmup = LinearLR(bound, 1 / WARMUP, total_iters=WARMUP)
    cosine_part = CosineAnnealingLR(bound, TOTAL - WARMUP, LR * END)
    return SequentialLR(bound, [warmup, cosine_part], [WARMUP]).step


def _ignite(bound: torch.optim.Optimizer) -> Step:
    scheduler = CosineAnnealingScheduler(bound, "lr", LR, LR * END, cycle_size=TOTAL)
    return lambda: scheduler(None)


def _anyschedule(bound: torch.optim.Optimizer) -> Step:
    config = {"lr": {"mode": "cosine", "end": TOTAL, "warmup": WARMUP, "min_value": END}}
    step: Step = anyschedule.AnySchedule(bound, config=config).step
    return step


def _timm(bound: torch.optim.Optimizer) -> Step:
    scheduler = timm_scheduler().CosineLRScheduler(
        bound, t_initial=TOTAL, lr_min=LR * END, warmup_t=WARMUP, t_in_epochs=False
    )
    count = 0

    def step() -> None:
        nonlocal count
        count += 1
        scheduler.step_update(count)

    return step


def timm_scheduler() -> ModuleType:
    """`timm.scheduler` alone: the package itself wants torchvision, its schedulers do not."""
    if not TIMM_FOLDER.is_dir():
        raise SystemExit(
            f"{TIMM_FOLDER} is missing; `make bench` makes it, or: pip install --no-deps "
            f"--target {TIMM_FOLDER} timm=={TIMM}"
        )
    if "timm" not in sys.modules:
        package = ModuleType("timm")
        package.__path__ = [str(TIMM_FOLDER / "timm")]
        sys.modules["timm"] = package
    return importlib.import_module("timm.scheduler")
