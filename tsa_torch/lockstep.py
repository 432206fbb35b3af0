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


Move = tuple["HyperparameterScheduler", Roster | None, float, list[float], list[float]]
"""A scheduler, its new roster or None for the present one, the step, the schedules' values, and
the distinct values to write under the present roster."""


def advance(schedulers: Sequence[HyperparameterScheduler], epoch: float | None) -> None:
    """Move to the next step, or to `epoch` updates made."""
    if epoch is not None:
        epoch = _checks.step(epoch, "epoch")
    moves: list[Move] = []
    for scheduler in schedulers:
        step = scheduler._standing.step + 1 if epoch is None else epoch
        factors: list[float] = []  # as `_factors_at` does, without a call: every step comes by here
        for function in scheduler._functions:
            factor = function(step)
            if factor != factor:
                raise scheduler._not_a_number(step)
            factors.append(factor)
        moves.append((scheduler, None, step, factors, scheduler._scaled(factors)))
    make(moves)


def make(moves: Sequence[Move]) -> None:
    """Make all moves, or none if one of them cannot be made.

    Where every group still holds what was written last, the new values take its place. Else
    all groups are looked at anew.
    """
    seen, done = None, 0
    for scheduler, roster, _, _, values in moves:
        written = scheduler._written
        if roster is not None or written is None:
            break
        if written.groups is not seen:
            if not written.sees(scheduler.optimizer.param_groups):
                break
            seen = written.groups = seen or written.groups  # the next step looks once for all
        if not written.replace(values):
            break
        done += 1
    else:
        for scheduler, _, step, factors, _ in moves:
            standing = scheduler._standing
            standing.step, standing.factors = step, factors
        return
    for scheduler, *_ in moves[:done]:
        present = scheduler._scaled(scheduler._standing.factors)
        scheduler._written.replace(present)  # type: ignore[union-attr]  # as it was just now
    _settle(moves)


def _settle(moves: Sequence[Move]) -> None:
    restores = [snapshot(scheduler.optimizer, scheduler._target.key) for scheduler, *_ in moves]
    before = [(scheduler, copy.copy(scheduler._standing)) for scheduler, *_ in moves]
    try:
        for scheduler, roster, step, factors, _ in moves:
            scheduler._settle(roster or scheduler._grown(), step, factors)
    except BaseException:
        for restore in restores:
            restore()
        for scheduler, standing in before:
            scheduler._return_to(standing)
        raise
