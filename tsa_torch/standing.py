"""Where a scheduler stands on which groups, and who stood there before."""

from __future__ import annotations

import operator
import weakref
from collections.abc import Iterator, Sequence
from typing import Any

import attrs
from torch.utils.weak import WeakIdKeyDictionary

from tsa_torch.param_groups import Group, Target, groups_of

_params_of = operator.itemgetter("params")


@attrs.frozen(eq=False)
class Roster:
    """The driven groups, told apart by their lists of parameters, and what each is scaled from.

    The list survives the optimizer's `load_state_dict`, the group does not; where a framework
    puts another list into a group, the group survives. So it is the list that is now in the
    group of the last look.

    Args:
        groups: The groups as they were last seen.
        initial: What the group held when it was first seen, or was given in its place.
    """

    groups: tuple[Group, ...] = ()
    initial: tuple[float, ...] = ()

    def present(self, groups: Sequence[Group]) -> tuple[Sequence[int], Sequence[int]]:
        """Where the driven groups are: positions in `groups`, and places in the roster."""
        if self.is_all(groups):
            return range(len(groups)), range(len(groups))
        places = self.places()
        found = [places.get(id(group["params"])) for group in groups]
        positions = [position for position, place in enumerate(found) if place is not None]
        return positions, [place for place in found if place is not None]

    def places(self) -> dict[int, int]:
        """The place of each list of parameters, by its identity."""
        return {id(group["params"]): place for place, group in enumerate(self.groups)}

    def is_all(self, groups: Sequence[Group]) -> bool:
        """Whether the driven groups are all groups, in their order."""
        if len(groups) != len(self.groups):
            return False
        if all(map(operator.is_, groups, self.groups)):
            return True
        return all(map(operator.is_, map(_params_of, groups), map(_params_of, self.groups)))

    def seen(self, groups: Sequence[Group]) -> Roster:
        """The same roster with the groups as they are now."""
        now = {id(group["params"]): group for group in groups}
        return Roster(tuple(now.get(id(one["params"]), one) for one in self.groups), self.initial)


@attrs.define(eq=False)
class Standing:
    """Where a scheduler stands: the only thing of it that moves.

    Args:
        absolute: Whether the schedules give the values themselves.
        roster: The groups.
        step: Number of updates made.
        factors: The value of each schedule at `step`.
    """

    absolute: bool
    roster: Roster = Roster()
    step: float = 0
    factors: list[float] = attrs.field(factory=list)

    def bases(self) -> Sequence[float]:
        """What the schedules multiply: the initial values, or 1 for absolute values."""
        return [1.0] * len(self.roster.initial) if self.absolute else self.roster.initial

    def multipliers(self) -> list[float]:
        """The schedule's value for each group; late ones follow the last schedule."""
        late = len(self.roster.initial) - len(self.factors)
        return [*self.factors, *self.factors[-1:] * late]

    def values(self) -> list[float]:
        """The scheduled value of each group; 0 where that turns an infinite one off."""
        products = map(operator.mul, self.bases(), self.multipliers())
        return [value if value == value else 0.0 for value in products]


_standings: Any = WeakIdKeyDictionary()
"""For each optimizer what stood on each target, oldest first: nothing may be planted on it.

A scheduler built where another one stood scales what was there before either, unless that was
changed by hand since. A standing keeps param groups alive, but no optimizer.
"""


def enter(scheduler: Any, standing: Standing) -> None:
    """Note a new standing; those of which it takes over every group are forgotten."""
    notes, name = _notes(scheduler), scheduler.schedule_target
    own = standing.roster.places().keys()
    former = notes.get(name, [])
    notes[name] = [one for one in former if one.roster.places().keys() - own] + [standing]


def before_any(optimizer: Any, target: Target, groups: Sequence[Group]) -> list[float]:
    """What each group held before any schedule, as far as that is known."""
    values = [target.read(group) for group in groups]
    for standing in _on_groups_of(optimizer, target.name):
        written, places = standing.values(), standing.roster.places()
        for index, group in enumerate(groups):
            place = places.get(id(group["params"]))
            if place is not None and target.holds(group, written[place]):
                values[index] = standing.roster.initial[place]
    return values


def _on_groups_of(optimizer: Any, name: str) -> Iterator[Standing]:
    """What stands on a target of an optimizer, or of a wrapper that shows the same groups."""
    mine = groups_of(optimizer)[:1]
    for owner, notes in list(_standings.items()):
        theirs = groups_of(owner if hasattr(owner, "param_groups") else owner.optimizer)[:1]
        if mine and theirs and theirs[0] is mine[0]:
            yield from notes.get(name, [])


def _notes(scheduler: Any) -> dict[str, list[Standing]]:
    """What is noted of an optimizer; of one that takes no weak reference, of its scheduler."""
    owner = scheduler.optimizer
    try:
        weakref.ref(owner)
    except TypeError:
        owner = scheduler
    notes: dict[str, list[Standing]] = _standings.setdefault(owner, {})
    return notes
