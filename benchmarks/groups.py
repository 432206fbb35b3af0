"""Optimizers with as many param groups as a row asks for."""

from __future__ import annotations

import torch

from benchmarks.bare import LR, WEIGHT_DECAY


def optimizer(number: int, *, distinct: bool = False) -> torch.optim.Optimizer:
    """An AdamW of `number` groups with one parameter each, of equal or all `distinct` values.

    The groups are put in place at once: `add_param_group` compares with all former groups,
    and takes minutes for ten thousand.
    """
    made = torch.optim.AdamW(_parameters(1), lr=LR, weight_decay=WEIGHT_DECAY)
    pattern = made.param_groups[0]
    made.param_groups = [{**pattern, "params": [one]} for one in _parameters(number)]
    if distinct:
        for index, group in enumerate(made.param_groups):
            group["lr"] *= 1 - index / (2 * number)
            group["weight_decay"] *= 1 + index / number
    return made


def _parameters(number: int) -> list[torch.nn.Parameter]:
    return [torch.nn.Parameter(torch.zeros(1)) for _ in range(number)]
