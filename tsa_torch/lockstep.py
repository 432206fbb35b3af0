"""Moving schedulers to another step: all of them, or none where one cannot be moved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import attrs

from tsa_core import _checks
from tsa_torch.param_groups import Group, snapshot

if TYPE_CHECKING:
    from tsa_torch.scheduler import HyperparameterScheduler


@attrs.frozen(eq=False)
class Roster:
    """The driven groups, by their lists of parameters, and what each is scaled from.

    The list survives the optimizer's `load_state_dict`; the group does not.

    Args:
        params: The list of parameters of each group.
        bases: What the schedule multiplies.
        held: What the group held before any schedule.
    """

    params: tuple[Any, ...]
    bases: tuple[float, ...]
    held: tuple[float, ...]

    def present(self, groups: Sequence[Group]) -> list[tuple[int, int]]:
        """Where the driven groups are: the position in `groups`, the place in the roster."""
        place = {id(params): index for index, params in enumerate(self.params)}
        return [
            (position, place[id(group["params"])])
            for position, group in enumerate(groups)
            if id(group["params"]) in place
        ]


@attrs.frozen(eq=False)
class Move:
    """Where one scheduler is to go."""

    scheduler: HyperparameterScheduler
    roster: Roster
    step: float
    factors: list[float]


def scaled(base: float, factor: float) -> float:
    """The product; 0 where a factor of 0 turns an infinite base off."""
    value = base * factor
    return value if value == value else 0.0


def advance(schedulers: Sequence[HyperparameterScheduler], epoch: float | None) -> None:
    """Move to the next step, or to `epoch` updates made.

    Where every group still holds what was written last, the new values take its place. Else
    all groups are looked at anew.
    """
    if epoch is not None:
        epoch = _checks.step(epoch, "epoch")
    plans = []
    for scheduler in schedulers:
        step = scheduler._step + 1 if epoch is None else epoch
        factors: list[float] = []
        for function in scheduler._functions:
            factor = function(step)
            if factor != factor:
                raise scheduler._not_a_number(step)
            factors.append(factor)
        plans.append((scheduler, step, factors, scheduler._scaled(factors)))
    for scheduler, _, _, values in plans:
        written = scheduler._written
        if written is None or not written.replace(scheduler.optimizer.param_groups, values):
            _put_back(plans, scheduler)
            settle([Move(one, one._grown(), step, factors) for one, step, factors, _ in plans])
            return
    for scheduler, step, factors, _ in plans:
        scheduler._step, scheduler._factors = step, factors


def _put_back(plans: list[Any], last: HyperparameterScheduler) -> None:
    for scheduler, _, _, _ in plans:
        if scheduler is last:
            return
        scheduler._written.replace(
            scheduler.optimizer.param_groups, scheduler._scaled(scheduler._factors)
        )


def settle(moves: Sequence[Move]) -> None:
    """Make the moves with a look at every group; if one fails, all is as it was before."""
    restores = [snapshot(move.scheduler.optimizer) for move in moves[:1]]
    before = [(move.scheduler, dict(move.scheduler.__dict__)) for move in moves]
    try:
        for move in moves:
            move.scheduler._settle(move.roster, move.step, move.factors)
    except BaseException:
        for restore in restores:
            restore()
        for scheduler, attributes in before:
            scheduler.__dict__.update(attributes)
        raise
