"""Moving schedulers to another step: all of them, or none where one cannot be moved."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tsa_core import _checks
from tsa_torch.param_groups import snapshot
from tsa_torch.standing import Roster

if TYPE_CHECKING:
    from tsa_torch.scheduler import HyperparameterScheduler


Move = tuple["HyperparameterScheduler", Roster | None, float, list[float]]
"""A scheduler, its new roster or None for the present one, the step, the schedules' values."""


def advance(schedulers: Sequence[HyperparameterScheduler], epoch: float | None) -> None:
    """Move to the next step, or to `epoch` updates made."""
    if epoch is not None:
        epoch = _checks.step(epoch, "epoch")
    moves: list[Move] = []
    for scheduler in schedulers:
        step = scheduler._standing.step + 1 if epoch is None else epoch
        factors: list[float] = []
        for function in scheduler._functions:
            factor = function(step)
            if factor != factor:
                raise scheduler._not_a_number(step)
            factors.append(factor)
        moves.append((scheduler, None, step, factors))
    make(moves)


def make(moves: Sequence[Move]) -> None:
    """Make all moves, or none if one of them cannot be made.

    Where every group still holds what was written last, the new values take its place. Else
    all groups are looked at anew.
    """
    if not moves:
        return
    values = [scheduler._scaled(factors) for scheduler, _, _, factors in moves]
    groups = moves[0][0].optimizer.param_groups
    seen = None
    for index, (scheduler, roster, _, _) in enumerate(moves):
        written = scheduler._written if roster is None else None
        if written is not None and written.groups is not seen:
            if not written.sees(groups):
                written = None
            elif seen is None:
                seen = written.groups
            else:
                written.groups = seen  # two of one optimizer look once from now on
        if written is None or not written.replace(values[index]):
            for done, *_ in moves[:index]:
                done._put_back()
            _settle(moves)
            return
    for scheduler, _, step, factors in moves:
        standing = scheduler._standing
        standing.step, standing.factors = step, factors


def _settle(moves: Sequence[Move]) -> None:
    restores = [snapshot(scheduler.optimizer, scheduler._target.key) for scheduler, *_ in moves]
    before = [(scheduler, copy.copy(scheduler._standing)) for scheduler, *_ in moves]
    try:
        for scheduler, roster, step, factors in moves:
            scheduler._settle(roster or scheduler._grown(), step, factors)
    except BaseException:
        for restore in restores:
            restore()
        for scheduler, standing in before:
            scheduler._return_to(standing)
        raise
