"""torch's schedulers and optimizers as tables, for the tests of the factory.

All values stay in [0, 1), so that each scheduler may drive a beta.
"""

from __future__ import annotations

import copy
import io
import json
import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch.optim import Optimizer
from torch.optim import lr_scheduler as lrs
from torch.optim.swa_utils import SWALR

Factory = Callable[[Any], lrs.LRScheduler]
STEPS = 16
TARGETS = ("weight_decay", "threshold", "betas[0]")
START = {"weight_decay": (0.1, 0.02), "threshold": (0.3, 0.07), "betas[0]": (0.9, 0.8)}
"""What two groups hold for each target before any schedule."""


def halves(step: int) -> float:
    return 1.0 / (1 + step % 3)


def thirds(step: int) -> float:
    return 1.0 - step / 30


def damped(cycle: float) -> float:
    return 0.5**cycle


class Steps:
    """A function of the step with a state that `LambdaLR` saves."""

    def __init__(self) -> None:
        self.factors = (1.0, 0.5, 0.25)
        self.calls = 0

    def __call__(self, step: int) -> float:
        self.calls += 1
        return self.factors[step % 3]


def one_cycle(optimizer: Any) -> lrs.LRScheduler:
    return lrs.OneCycleLR(optimizer, max_lr=0.5, total_steps=20, cycle_momentum=False)


def one_cycle_linear(optimizer: Any) -> lrs.LRScheduler:
    return lrs.OneCycleLR(
        optimizer, 0.5, 20, anneal_strategy="linear", three_phase=True, cycle_momentum=False
    )


def one_cycle_per_group(optimizer: Any) -> lrs.LRScheduler:
    return lrs.OneCycleLR(optimizer, [0.5, 0.25], 20, cycle_momentum=False)


def _cyclic(**options: Any) -> Factory:
    return lambda opt: lrs.CyclicLR(opt, 0.01, 0.1, 3, cycle_momentum=False, **options)


def sequential(optimizer: Any) -> lrs.LRScheduler:
    pieces = [lrs.ConstantLR(optimizer, 0.1, 3), lrs.ExponentialLR(optimizer, 0.9)]
    return lrs.SequentialLR(optimizer, pieces, milestones=[3])


def sequential_nested(optimizer: Any) -> lrs.LRScheduler:
    inner = [lrs.LinearLR(optimizer, 0.2, total_iters=2), lrs.CosineAnnealingLR(optimizer, 6)]
    first = lrs.SequentialLR(optimizer, inner, [3])
    return lrs.SequentialLR(optimizer, [first, lrs.StepLR(optimizer, 2, 0.5)], milestones=[8])


def sequential_chained(optimizer: Any) -> lrs.LRScheduler:
    first = lrs.ChainedScheduler([lrs.ExponentialLR(optimizer, 0.9), lrs.StepLR(optimizer, 2)])
    return lrs.SequentialLR(optimizer, [first, lrs.PolynomialLR(optimizer, 5)], milestones=[4])


def chained(optimizer: Any) -> lrs.LRScheduler:
    pieces = [lrs.LinearLR(optimizer, 0.25, total_iters=4), lrs.ExponentialLR(optimizer, 0.9)]
    return lrs.ChainedScheduler(pieces, optimizer)


def chained_nested(optimizer: Any) -> lrs.LRScheduler:
    return lrs.ChainedScheduler([sequential(optimizer), lrs.MultiStepLR(optimizer, [2, 6], 0.5)])


def plateau_max(optimizer: Any) -> lrs.LRScheduler:
    return lrs.ReduceLROnPlateau(
        optimizer, "max", 0.5, 1, 0.01, "abs", cooldown=2, min_lr=[0.01, 0.001]
    )


SCHEDULERS: dict[str, Factory] = {
    "LambdaLR": lambda opt: lrs.LambdaLR(opt, halves),
    "LambdaLR, one per group": lambda opt: lrs.LambdaLR(opt, [halves, thirds]),
    "LambdaLR, an object": lambda opt: lrs.LambdaLR(opt, Steps()),
    "MultiplicativeLR": lambda opt: lrs.MultiplicativeLR(opt, thirds),
    "StepLR": lambda opt: lrs.StepLR(opt, 3, 0.5),
    "MultiStepLR": lambda opt: lrs.MultiStepLR(opt, [2, 5, 5, 9], 0.3),
    "ConstantLR": lambda opt: lrs.ConstantLR(opt, 0.3, 4),
    "LinearLR": lambda opt: lrs.LinearLR(opt, 0.2, 1.0, 6),
    "ExponentialLR": lambda opt: lrs.ExponentialLR(opt, 0.9),
    "PolynomialLR": lambda opt: lrs.PolynomialLR(opt, 8, 2.0),
    "CosineAnnealingLR": lambda opt: lrs.CosineAnnealingLR(opt, 6, 0.001),
    "CosineAnnealingWarmRestarts": lambda opt: lrs.CosineAnnealingWarmRestarts(opt, 3, 2),
    "OneCycleLR": one_cycle,
    "OneCycleLR, linear": one_cycle_linear,
    "OneCycleLR, one per group": one_cycle_per_group,
    "CyclicLR": _cyclic(),
    "CyclicLR, triangular2": _cyclic(mode="triangular2"),
    "CyclicLR, exp_range": _cyclic(mode="exp_range", gamma=0.9),
    "CyclicLR, a function": _cyclic(scale_fn=damped, scale_mode="iterations"),
    "SequentialLR": sequential,
    "SequentialLR, nested": sequential_nested,
    "SequentialLR, chained": sequential_chained,
    "ChainedScheduler": chained,
    "ChainedScheduler, nested": chained_nested,
    "ReduceLROnPlateau": lambda opt: lrs.ReduceLROnPlateau(opt, factor=0.5, patience=1),
    "ReduceLROnPlateau, max": plateau_max,
    "SWALR": lambda opt: SWALR(opt, 0.05, 5),
    "SWALR, linear": lambda opt: SWALR(opt, 0.05, 5, "linear"),
}
"""Each class of torch's, and the ways of it that differ, as a factory."""

ONE_PER_GROUP = ("LambdaLR, one per group", "OneCycleLR, one per group", "ReduceLROnPlateau, max")
"""Those that were given a list of one setting for each of two groups."""


def _momentum(kind: Callable[..., Optimizer]) -> Callable[..., Optimizer]:
    return lambda groups, **options: kind(groups, momentum=0.9, **options)


OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {
    "SGD": _momentum(torch.optim.SGD),
    "Adam": torch.optim.Adam,
    "AdamW": torch.optim.AdamW,
    "RMSprop": _momentum(torch.optim.RMSprop),
    "Adagrad": torch.optim.Adagrad,
    "NAdam": torch.optim.NAdam,
}


def plain(name: str, optimizer: Optimizer) -> Any:
    """The scheduler of torch itself on `lr`.

    torch steps the parts of a composite when it puts it together, and then says falsely that
    this came before the first `optimizer.step()`.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Detected call of `lr_scheduler\.step\(\)` before")
        return SCHEDULERS[name](optimizer)


def has(optimizer: str, target: str) -> bool:
    """Whether an optimizer knows the target."""
    return target != "betas[0]" or optimizer in ("Adam", "AdamW", "NAdam")


def made(kind: str, rates: tuple[float, ...] = (0.01, 0.02)) -> Optimizer:
    """An optimizer with one group for each learning rate, and what `START` says."""
    groups = []
    for index, rate in enumerate(rates):
        group: dict[str, Any] = {"params": [torch.nn.Parameter(torch.ones(1))], "lr": rate}
        group["weight_decay"] = START["weight_decay"][index % 2]
        if has(kind, "betas[0]"):
            group["betas"] = (START["betas[0]"][index % 2], 0.95)
        groups.append(group)
    optimizer = OPTIMIZERS[kind](groups)
    for index, group in enumerate(optimizer.param_groups):
        group["threshold"] = START["threshold"][index % 2]
    return optimizer


def read(optimizer: Optimizer, target: str) -> list[Any]:
    """What each group holds for the target."""
    if target in ("betas[0]", "betas[1]"):
        return [group["betas"][int(target[6])] for group in optimizer.param_groups]
    return [group[target] for group in optimizer.param_groups]


def others(optimizer: Optimizer, target: str | None = None) -> Any:
    """Everything there is, but for the target and the note of its initial value."""
    groups = []
    for group in optimizer.param_groups:
        kept = {key: copy.copy(value) for key, value in group.items() if key != "params"}
        if target in ("betas[0]", "betas[1]"):
            kept["betas"] = kept["betas"][1 - int(target[6])]
        elif target is not None:
            del kept[target]
        kept.pop(f"initial_{target}", None)
        groups.append((kept, [id(weight) for weight in group["params"]]))
    return groups, dict(optimizer.defaults), sorted(vars(optimizer)), type(optimizer)


def metric(step: int) -> float:
    """A loss that improves, stalls and gets worse."""
    return (5.0, 3.0, 3.0, 4.0)[step % 4] + 0.25 * step


def advance(scheduler: Any, optimizer: Optimizer, step: int) -> None:
    """One update, then one step of the scheduler, with its metric if it takes one."""
    optimizer.step()
    by_metric = isinstance(scheduler, lrs.ReduceLROnPlateau) or getattr(
        scheduler, "takes_metrics", False
    )
    scheduler.step(*([metric(step)] if by_metric else []))


def by_json(state: Any) -> Any:
    """Through JSON text as the standard has it: no NaN, no Infinity."""
    return json.loads(json.dumps(state, allow_nan=False))


def by_torch(state: Any) -> Any:
    """Through `torch.save` and `torch.load(weights_only=True)`."""
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    return torch.load(file, weights_only=True)
