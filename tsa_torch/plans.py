"""Plan, then commit: what moves schedulers to another state, all of them or none."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import chain, repeat, starmap
from typing import TYPE_CHECKING, Any, Protocol

from tsa_core import _checks
from tsa_core.state import ScheduleState, product

if TYPE_CHECKING:
    from tsa_torch.scheduler import HyperparameterScheduler
    from tsa_torch.targets import Group
    from tsa_torch.writes import Swap


class Plan(Protocol):
    """What one scheduler will write and hold; making it changes nothing."""

    def prepare(self) -> None:
        """Compute and check what is left to compute; no group is written."""

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


_Write = tuple["HyperparameterScheduler", "Swap | None", "Sequence[Group]", Any]
"""A scheduler, its quick way to write, the groups and what to write."""

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
    writes: list[_Write] = []
    fills: list[_Write] = []  # last, when nothing can fail: a tensor's content is lost
    for scheduler in schedulers:
        try:
            state = scheduler._move(scheduler._state, step)
        except (TypeError, ValueError):
            scheduler._check_functions(scheduler.schedule, step)
            raise
        states.append(state)
        value: Any
        if scheduler._one_value:
            value = product(state.base_values[0], state.multipliers[0])
            if not scheduler._low <= value <= scheduler._high:
                raise scheduler._refusal(value, state.step)
            due = writes
        else:
            value = scheduler._allowed(state, scheduler._binding)
            ready = scheduler._swap is not None and scheduler._ready is not None
            due = fills if ready else writes
        due.append((scheduler, scheduler._swap, scheduler.optimizer.param_groups, value))
    if fills:
        writes += fills
    try:
        for current, swap, groups, value in writes:  # noqa: B007  # used after the loop
            if swap is not None and swap(groups, value):
                continue  # a jump inside `try`: were the `if` last, CPython 3.12 put it outside
            break
        else:
            any(map(setattr, schedulers, _STATE, states))  # no signal comes in between
            return
        in_order = [one for one, *_ in writes]
        for done in in_order[: in_order.index(current)]:
            done._unstep()
    except BaseException:
        for scheduler in schedulers:
            scheduler._write_back()
        raise
    carry_out([partial(scheduler._plan, step) for scheduler in schedulers])


def carry_out(planners: Iterable[Callable[[], Plan]]) -> None:
    """Make all plans, write them and adopt the new states; if anything fails, none."""
    plans = [planner() for planner in planners]
    written: list[Plan] = []
    adopted: list[Plan] = []
    try:  # only one: a signal may come between two
        for plan in plans:
            plan.prepare()
        for plan in plans:
            written.append(plan)
            plan.write()
        adoptions = [one for plan in plans for one in plan.adoption()]
        adopt = chain(starmap(setattr, adoptions), map(adopted.append, plans))
        deque(adopt, 0)  # one call: no signal comes in between, but one may come right after
    except BaseException:
        for plan in reversed(() if adopted else plans):
            if written:
                plan.put_back()
            else:
                plan.discard()
        raise
    for plan in plans:
        plan.settle()
