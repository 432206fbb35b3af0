"""Which param groups a scheduler drives: chosen when it is built, found again later."""

from __future__ import annotations

import numbers
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import attrs

from tsa_torch.targets import Group, Target, lacking, same


@attrs.frozen(eq=False)
class KnownGroups:
    """The groups as a scheduler last saw them.

    Args:
        seen: All groups of the optimizer, in the type of its `param_groups`.
        driven: Where in `seen` the driven ones are.
        initial_values: What each driven group held before any schedule.
        schedules: For each driven group the place of its schedule.
    """

    seen: Sequence[Group]
    driven: tuple[int, ...]
    initial_values: tuple[float, ...]
    schedules: tuple[int, ...]

    @classmethod
    def first(
        cls,
        groups: Sequence[Group],
        chosen: Sequence[tuple[int, int]],
        target: Target,
        default: float | None,
    ) -> KnownGroups:
        """The first look.

        Args:
            groups: The `param_groups`.
            chosen: The places of the groups to drive, and of the schedule of each.
            target: The hyperparameter.
            default: What a group that lacks it will hold.
        """
        driven, schedules = zip(*chosen, strict=True)
        initial = target.initial_values([groups[index] for index in driven], default)
        return cls(_copied(groups), driven, initial, schedules)

    @property
    def groups(self) -> list[Group]:
        """The driven groups."""
        return [self.seen[index] for index in self.driven]

    def look(
        self,
        groups: Sequence[Group],
        target: Target,
        joins: Callable[[Group], bool],
        late_schedule: int | None,
    ) -> tuple[KnownGroups, list[int | None]]:
        """The same for the present groups, and the former row of each driven one.

        Args:
            groups: The present `param_groups`.
            target: The hyperparameter.
            joins: Whether a new group is driven. Its row is None.
            late_schedule: The place of its schedule; None where it has none.

        Raises:
            KeyError: If a new group that is to be driven lacks the target.
        """
        if same(groups, self.seen):
            return self, list(range(len(self.driven)))
        row_of = {place: row for row, place in enumerate(self.driven)}
        driven, initial, schedules, rows = [], [], [], []
        for index, place in enumerate(places(groups, self.seen)):
            row = None if place is None else row_of.get(place)
            if row is not None:
                initial.append(self.initial_values[row])
                schedules.append(self.schedules[row])
            elif place is None and late_schedule is not None and joins(groups[index]):
                if not target.exists(groups[index]):
                    raise lacking(groups, target)
                initial.append(target.initial(groups[index]))
                schedules.append(late_schedule)
            else:
                continue
            driven.append(index)
            rows.append(row)
        return KnownGroups(_copied(groups), tuple(driven), tuple(initial), tuple(schedules)), rows


def places(groups: Sequence[Group], seen: Sequence[Group]) -> list[int | None]:
    """Where each of the present groups was at the last look; None for one that is new.

    A group is told by the dict itself, or by its list of parameters: an optimizer's
    `load_state_dict` replaces the one, frameworks that shard parameters the other.

    Args:
        groups: The present groups.
        seen: Those of the last look.
    """
    if same(groups, seen):
        return list(range(len(groups)))
    by_dict = {id(group): place for place, group in enumerate(seen)}
    found = [by_dict.get(id(group)) for group in groups]
    former, present = _by_params(seen), _by_params(groups)
    for params, index in present.items():
        if found[index] is None and former.get(params) not in found:
            found[index] = former.get(params)
    return found


def _by_params(groups: Sequence[Group]) -> dict[int, int]:
    """The places of the groups by their lists of parameters, of those that only one has."""
    lists = [id(group["params"]) if "params" in group else None for group in groups]
    counts = Counter(lists)
    return {one: place for place, one in enumerate(lists) if one is not None and counts[one] == 1}


def _copied(groups: Sequence[Group]) -> Sequence[Group]:
    return type(groups)(groups)  # type: ignore[call-arg]  # a list or a tuple, by groups_of


@attrs.frozen
class Selection:
    """The argument `groups`: None for all, or indices, groups, names, or a rule."""

    rule: Callable[[Group], bool] | None
    names: frozenset[str]

    def joins(self, group: Group) -> bool:
        """Whether a group that is added later is driven."""
        return group.get("name") in self.names if self.rule is None else self.rule(group)


def _any_group(_group: Group) -> bool:
    return True


def select(groups: list[Group], chosen: Any) -> tuple[list[int], Selection]:
    """Where the chosen groups are, and which of those that come later are chosen too.

    Raises:
        TypeError: If `chosen` is neither a sequence nor a function.
        ValueError: If one of its items is not found, or there is none, or one comes twice.
    """
    if chosen is None:
        return list(range(len(groups))), Selection(_any_group, frozenset())
    if callable(chosen):
        found = [index for index, group in enumerate(groups) if chosen(group)]
        if not found:
            raise ValueError(f"groups must select at least one param group, got {chosen!r}")
        return found, Selection(chosen, frozenset())
    if isinstance(chosen, (str, bytes, Mapping)) or not isinstance(chosen, Iterable):
        raise TypeError(
            "groups must be a sequence of indices, names or param groups, or a function of a "
            f"group, got {chosen!r}"
        )
    items = list(chosen)
    found = [index for item in items for index in _found(groups, item)]
    if len(set(found)) != len(found) or not found:
        raise ValueError(f"groups must be distinct and at least one, got {len(found)} items")
    return found, Selection(None, frozenset(item for item in items if isinstance(item, str)))


def _found(groups: list[Group], item: Any) -> list[int]:
    if isinstance(item, str):
        found = [index for index, group in enumerate(groups) if group.get("name") == item]
    elif isinstance(item, numbers.Integral) and not isinstance(item, bool):
        found = [int(item)] if 0 <= int(item) < len(groups) else []
    else:
        found = [index for index, group in enumerate(groups) if group is item]
    if found:
        return found
    names = [group["name"] for group in groups if "name" in group]
    of_names = f"the names {', '.join(map(repr, names))}, " if names else ""
    raise ValueError(
        f"groups must be {of_names}param groups or indices below {len(groups)}, got {item!r}"
    )
