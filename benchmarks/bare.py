"""The yardstick: the same two formulas and the same writes, as one would write them by hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

TOP, END, WARMUP, TOTAL = 1.0, 0.01, 100, 10_000_000
"""Multipliers and lengths of every schedule here: no benchmark runs past the end."""

LR, WEIGHT_DECAY = 1e-3, 1e-2


def cosine(total: int = TOTAL) -> Callable[[float], float]:
    """A linear warmup, then a quarter cosine, then the end value: one Python function."""

    def multiplier(step: float) -> float:
        if step < WARMUP:
            return TOP * step / WARMUP
        if step >= total:
            return END
        return END + (TOP - END) * math.cos(math.pi / 2 * (step - WARMUP) / (total - WARMUP))

    return multiplier


def quadratic(total: int = TOTAL) -> Callable[[float], float]:
    """A linear warmup, then the square of the time that is left, then the end value."""

    def multiplier(step: float) -> float:
        if step < WARMUP:
            return TOP * step / WARMUP
        if step >= total:
            return END
        return END + (TOP - END) * (1 - (step - WARMUP) / (total - WARMUP)) ** 2

    return multiplier


def cosine_array(steps: NDArray[Any], total: int) -> NDArray[Any]:
    """The first formula over an axis of steps, by `where`."""
    annealed = END + (TOP - END) * np.cos(np.pi / 2 * (steps - WARMUP) / (total - WARMUP))
    return np.where(steps < WARMUP, TOP * steps / WARMUP, np.where(steps >= total, END, annealed))


def quadratic_array(steps: NDArray[Any], total: int) -> NDArray[Any]:
    """The second formula over an axis of steps, by `where`."""
    decayed = END + (TOP - END) * (1 - (steps - WARMUP) / (total - WARMUP)) ** 2
    return np.where(steps < WARMUP, TOP * steps / WARMUP, np.where(steps >= total, END, decayed))


def loop(optimizer: Any) -> Callable[[], None]:
    """The bare loop: count, two formulas, and one pass over the groups for each target."""
    lr_multiplier, decay_multiplier = cosine(), quadratic()
    lrs = [group["lr"] for group in optimizer.param_groups]
    decays = [group["weight_decay"] for group in optimizer.param_groups]
    count = 0

    def step() -> None:
        nonlocal count
        count += 1
        multiplier = lr_multiplier(count)
        for group, lr in zip(optimizer.param_groups, lrs):  # noqa: B905 - as one writes it
            group["lr"] = lr * multiplier
        multiplier = decay_multiplier(count)
        for group, decay in zip(optimizer.param_groups, decays):  # noqa: B905 - the same
            group["weight_decay"] = decay * multiplier

    return step
