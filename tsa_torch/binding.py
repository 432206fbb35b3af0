"""Binding: which schedule moves which group, and the transition prepared for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import attrs
import numpy as np
from torch import Tensor

from tsa_core import ScheduleState, _checks
from tsa_core.state import Transition, products, scaled, transition
from tsa_torch.known_groups import KnownGroups

_FEW = 200
"""Up to so many values, multiplying them one by one is faster than as an array."""


@attrs.frozen(eq=False)
class Binding:
    """Schedules on the groups that were seen, and the way from one state to the next."""

    known: KnownGroups
    schedules: Any
    """A `Schedule` for all groups, or a tuple of one or None for each."""
    together: Any
    """The base values where one multiplier scales them all, in the faster form; or None."""
    absolute: bool
    move: Transition
    one_value: bool
    """Whether all groups hold one value."""
    outermost: Sequence[int]
    """The rows whose values lie between the same limits if, and only if, all do."""

    @classmethod
    def of(cls, known: KnownGroups, schedules: Any, absolute: bool) -> Binding:
        """Prepare the transition."""
        bases = (1.0,) * len(known.driven) if absolute else known.initial_values
        each: Any = schedules
        if isinstance(schedules, tuple):
            each = tuple(schedules[place] for place in known.schedules)
        one_value = each is schedules and len(bases) > 0 and bases.count(bases[0]) == len(bases)
        outermost: Sequence[int] = range(len(bases))
        together: Any = None
        if each is schedules and bases:
            outermost = bases.index(min(bases)), bases.index(max(bases))
            together = np.array(bases) if len(bases) > _FEW else bases
        move = transition(each, bases)
        return cls(known, schedules, together, absolute, move, one_value, outermost)

    def values(self, state: ScheduleState) -> list[float]:
        """The value of each driven group."""
        if self.together is None:
            return products(state.base_values, state.multipliers)
        return scaled(self.together, state.multipliers[0])

    def on(self, known: KnownGroups) -> Binding:
        """The same schedules on other groups."""
        same = known.initial_values == self.known.initial_values
        if same and known.schedules == self.known.schedules:
            return attrs.evolve(self, known=known)
        return Binding.of(known, self.schedules, self.absolute)

    @property
    def late(self) -> int | None:
        """The place of the schedule that a new group follows: the last one."""
        if not isinstance(self.schedules, tuple):
            return 0
        return None if self.schedules[-1] is None else len(self.schedules) - 1

    def __reduce__(self) -> tuple[Any, ...]:
        return Binding.of, (self.known, self.schedules, self.absolute)


def first_step(last_epoch: Any) -> float:
    """The argument `last_epoch`: -1 is a fresh start."""
    fresh = type(last_epoch) is int and last_epoch == -1
    return 0 if fresh else _checks.step(last_epoch, "last_epoch")


def given_initial_values(given: Any, number: int) -> tuple[float, ...]:
    """The argument `initial_values`: one number for all groups, or one for each."""
    if isinstance(given, (Tensor, np.ndarray)):
        given = given.tolist()
    if not isinstance(given, Iterable):
        return (_checks.real("initial_values", given),) * number
    items = _checks.items("initial_values", given)
    values = tuple(_checks.real(f"initial_values[{i}]", value) for i, value in enumerate(items))
    if len(values) != number:
        raise ValueError(
            f"initial_values must have one item for each of the {number} groups, got {len(values)}"
        )
    return values
