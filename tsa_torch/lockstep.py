"""Moving schedulers to another step: all of them, or none where one cannot be moved."""

from __future__ import annotations

import operator
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
        initial: What the group held when it was first seen, or was given in its place.
    """

    params: tuple[Any, ...]
    initial: tuple[float, ...]

    def present(self, groups: Sequence[Group]) -> tuple[Sequence[int], Sequence[int]]:
        """Where the driven groups are: positions in `groups`, and places in the roster."""
        if self.is_all(groups):
            return range(len(groups)), range(len(groups))
        place = {id(params): index for index, params in enumerate(self.params)}
        found = [place.get(id(group["params"])) for group in groups]
        positions = [position for position, index in enumerate(found) if index is not None]
        return positions, [index for index in found if index is not None]

    def is_all(self, groups: Sequence[Group]) -> bool:
        """Whether the driven groups are all groups, in their order."""
        if len(groups) != len(self.params):
            return False
        return all(map(operator.is_, map(_params_of, groups), self.params))


_params_of = operator.itemgetter("params")

Move = tuple["HyperparameterScheduler", Roster | None, float, list[float]]
"""A scheduler, its new roster or None for the present one, the step, the schedules' values."""


def scaled(base: float, factor: float) -> float:
    """The product; 0 where a factor of 0 turns an infinite base off."""
    value = base * factor
    return value if value == value else 0.0


def advance(schedulers: Sequence[HyperparameterScheduler], epoch: float | None) -> None:
    """Move to the next step, or to `epoch` updates made."""
    if epoch is not None:
        epoch = _checks.step(epoch, "epoch")
    moves: list[Move] = []
    for scheduler in schedulers:
        step = scheduler._step + 1 if epoch is None else epoch
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
        scheduler._step, scheduler._factors = step, factors


def _settle(moves: Sequence[Move]) -> None:
    restores = [snapshot(scheduler.optimizer, scheduler._target.key) for scheduler, *_ in moves]
    before = [(scheduler, dict(vars(scheduler))) for scheduler, *_ in moves]
    try:
        for scheduler, roster, step, factors in moves:
            scheduler._settle(roster or scheduler._grown(), step, factors)
    except BaseException:
        for restore in restores:
            restore()
        for scheduler, attributes in before:
            vars(scheduler).update(attributes)
        raise
