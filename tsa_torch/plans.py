"""Plan, then commit: what moves schedulers to another state, all of them or none."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import repeat, starmap
from typing import TYPE_CHECKING, Any, Protocol

from tsa_core import _checks
from tsa_core.state import ScheduleState, product

if TYPE_CHECKING:
    from tsa_torch.scheduler import HyperparameterScheduler


class Plan(Protocol):
    """What one scheduler will write and hold; everything is computed and checked."""

    def write(self) -> None:
        """Write into the groups."""

    def adoption(self) -> Iterable[tuple[Any, str, Any]]:
        """The attributes to set once everything is written: object, name and value."""

    def settle(self) -> None:
        """Note what was written, so that the next write is quick."""

    def discard(self) -> None:
        """Take back what planning has changed; no group was written."""

    def put_back(self) -> None:
        """Write the values of the state that stays into every group, then discard."""


_STATE = repeat("_state")
"""The attribute that a step sets."""


def advance(  # noqa: C901, PLR0912  # every training step runs it: a call would cost as much
    schedulers: Sequence[HyperparameterScheduler], step: float | None
) -> None:
    """Move to the next step, or to `step` updates made.

    Where every group is as it was left, the new values take the place of the old ones. Else
    every group is looked at anew.
    """
    if step is not None:
        step = _checks.step(step, "epoch")
    states: list[ScheduleState] = []
    values: list[Any] = []
    for scheduler in schedulers:
        try:
            state = scheduler._move(scheduler._state, step)
        except (TypeError, ValueError):
            scheduler._check_functions(scheduler.schedule, step)
            raise
        if scheduler._one_value:
            value = product(state.base_values[0], state.multipliers[0])
            if not scheduler._low <= value <= scheduler._high:
                raise scheduler._refusal(value, state.step)
        else:
            value = scheduler._allowed(state, scheduler._binding)  # type: ignore[assignment]
        states.append(state)
        values.append(value)
    done = 0
    try:
        for scheduler, value in zip(schedulers, values):  # noqa: B905  # one for each
            swap = scheduler._swap
            if swap is None or not swap(scheduler.optimizer.param_groups, value):
                break
            done += 1
        else:
            if len(states) == 1:
                scheduler._state = states[0]
            else:
                any(map(setattr, schedulers, _STATE, states))  # no signal comes in between
            return
        for scheduler in schedulers[:done]:
            scheduler._unstep()
    except BaseException:
        for scheduler in schedulers:
            scheduler._write_back()
        raise
    carry_out([partial(scheduler._plan, step) for scheduler in schedulers])


def carry_out(planners: Iterable[Callable[[], Plan]]) -> None:
    """Make all plans, write them and adopt the new states; if anything fails, none."""
    plans: list[Plan] = []
    try:
        for planner in planners:
            plans.append(planner())
    except BaseException:
        for plan in reversed(plans):
            plan.discard()
        raise
    try:
        for plan in plans:
            plan.write()
        adoptions = [one for plan in plans for one in plan.adoption()]
        deque(starmap(setattr, adoptions), 0)  # one call: no signal comes between two
    except BaseException:
        for plan in reversed(plans):
            plan.put_back()
        raise
    for plan in plans:
        plan.settle()
