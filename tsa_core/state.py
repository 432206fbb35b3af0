"""Where a run stands: an immutable state, and the pure functions from one to the next.

A state holds the values of one hyperparameter (a tuple, one for each param group) or of
several, by name (a mapping of such tuples).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from tsa_core import _checks
from tsa_core._fields import checked
from tsa_core.schedule import Schedule

if TYPE_CHECKING:
    from numpy.typing import NDArray


class FrozenDict(Mapping[str, Any]):
    """A mapping that cannot change, so that a state with one has a hash."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[str, Any]) -> None:
        self._items = dict(items)

    def __getitem__(self, key: str) -> Any:
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(frozenset(self._items.items()))

    def __repr__(self) -> str:
        return repr(self._items)


def _numbers(name: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return _named(name, value, _numbers)
    given = _checks.items(name, value)
    if set(map(type, given)) == {float} and not any(map(math.isnan, given)):
        return given
    return tuple(_checks.real(f"{name}[{index}]", number) for index, number in enumerate(given))


def _named(name: str, value: Mapping[Any, Any], check: Callable[[str, Any], Any]) -> FrozenDict:
    for key, one in value.items():
        if not isinstance(key, str) or isinstance(one, Mapping):
            raise TypeError(f"{name} must map names to numbers, got {key!r}: {one!r}")
    return FrozenDict({key: check(f"{name}[{key!r}]", one) for key, one in value.items()})


class _Draft:
    """The fields of a state while it is made; it is frozen by turning it into a `ScheduleState`.

    A transition trusts what it was prepared with: it skips the checks, and the frozen
    constructor, which cost more than all the rest of a training step.
    """

    __slots__ = ("__weakref__", "base_values", "multipliers", "step")

    step: float
    multipliers: Any
    base_values: Any


@attrs.frozen
class ScheduleState(_Draft):
    """The values of one or more hyperparameters at one step.

    Args:
        step: Number of updates made, >= 0; the values are those of the next update.
        multipliers: The schedule's value at `step`, one for each base value. For several
            targets a mapping from name to such a tuple.
        base_values: What each multiplier scales, in the same shape.

    Raises:
        TypeError: If a field is not a number, a sequence or a mapping of numbers.
        ValueError: If `step` is negative or not finite, or the shapes differ.

    Example:
        >>> ScheduleState(10, (0.5, 0.5), (0.1, 0.01)).values
        (0.05, 0.005)
    """

    step: float = checked(lambda name, value: _checks.step(value, name))
    multipliers: Any = checked(_numbers)
    base_values: Any = checked(_numbers)

    def __attrs_post_init__(self) -> None:
        if _shape(self.multipliers) != _shape(self.base_values):
            raise ValueError(
                f"multipliers must have the shape of base_values ({_shape(self.base_values)}), "
                f"got {_shape(self.multipliers)}: {self.multipliers!r}"
            )

    @property
    def values(self) -> Any:
        """The scheduled values, in the shape of the base values; a multiplier of 0 gives 0."""
        if isinstance(self.base_values, FrozenDict):
            bases, multipliers = self.base_values, self.multipliers
            return FrozenDict({key: tuple(products(bases[key], multipliers[key])) for key in bases})
        return tuple(products(self.base_values, self.multipliers))


def _shape(numbers: Any) -> Any:
    if isinstance(numbers, FrozenDict):
        return {key: len(one) for key, one in numbers.items()}
    return len(numbers)


def product(base_value: float, multiplier: float) -> float:
    """A base value times a multiplier, where 0 times any number, infinity included, is 0.

    Args:
        base_value: The value to scale; not NaN.
        multiplier: The value of a schedule; NaN gives NaN.

    Example:
        >>> product(0.1, 0.5), product(math.inf, 0.0), product(0.0, math.inf)
        (0.05, 0.0, 0.0)
    """
    value = base_value * multiplier
    if value == value:
        return value
    return 0.0 if multiplier == multiplier else multiplier  # 0 times infinity, or NaN


def scaled(base_values: Sequence[float] | NDArray[np.float64], multiplier: float) -> list[float]:
    """The product of each base value and one multiplier.

    Args:
        base_values: The values to scale; not NaN. For several hundred an array is faster.
        multiplier: The value of a schedule; NaN gives NaN.

    Example:
        >>> scaled((0.1, 0.2), 0.5), scaled((math.inf, 0.2), 0.0)
        ([0.05, 0.1], [0.0, 0.0])
    """
    values: list[float]
    if isinstance(base_values, np.ndarray):
        with np.errstate(all="ignore"):  # as with floats
            values = (base_values * multiplier).tolist()
    else:
        values = [base * multiplier for base in base_values]
    if (multiplier and math.isfinite(multiplier)) or not math.isnan(sum(values)):
        return values
    return [product(float(base), multiplier) for base in base_values]  # 0 times infinity


def products(base_values: Sequence[float], multipliers: Sequence[float]) -> list[float]:
    """The product of each pair.

    Example:
        >>> products((0.1, math.inf), (0.5, 0.0))
        [0.05, 0.0]
    """
    if multipliers and multipliers.count(multipliers[0]) == len(multipliers):
        return scaled(base_values, multipliers[0])
    return list(map(product, base_values, multipliers))


Schedules = Schedule | Sequence[Schedule] | Mapping[str, Schedule | Sequence[Schedule]]
BaseValues = float | Sequence[float] | Mapping[str, float | Sequence[float]]
Transition = Callable[..., ScheduleState]


def init(schedule: Schedules, base_values: BaseValues, step: float = 0) -> ScheduleState:
    """The state before the first update, or at any other step.

    Args:
        schedule: One schedule for all base values, or a sequence with one for each. For several
            targets a mapping from name to either.
        base_values: The value that each multiplier scales; one number or a sequence, or
            a mapping from name to either.
        step: Number of updates made, >= 0.

    Returns:
        The state at `step`.

    Raises:
        TypeError: If an argument is of another type.
        ValueError: If `step` is negative or not finite, a base value is NaN, or there is
            not one schedule for each base value.
        KeyError: If `schedule` and `base_values` do not name the same targets.

    Example:
        >>> from tsa_core import Constant, Linear
        >>> init(Linear(1.0, 0.0, 10), (0.1, 0.01), step=5).values
        (0.05, 0.005)
        >>> both = {"lr": Linear(1.0, 0.0, 10), "weight_decay": Constant(0.5)}
        >>> init(both, {"lr": 0.1, "weight_decay": 0.02}, step=5).values["weight_decay"]
        (0.01,)
    """
    return transition(schedule, base_values)(None, _checks.step(step))


def advance(schedule: Schedules, state: ScheduleState, step: float | None = None) -> ScheduleState:
    """The state after one more update, or after `step` updates in all.

    Jumping to step k gives the same as k single steps, at the cost of one.

    Args:
        schedule: The schedule, or schedules, that `init` was called with.
        state: The state to start from; it is not changed.
        step: Number of updates made, >= 0; None means `state.step + 1`.

    Returns:
        The new state.

    Raises:
        TypeError: If an argument is of another type.
        ValueError: If `step` is negative or not finite, or the schedules do not fit the
            state.
        KeyError: If `schedule` does not name the targets of the state.

    Example:
        >>> from tsa_core import Linear
        >>> fade = Linear(1.0, 0.0, 10)
        >>> advance(fade, init(fade, 0.1)).step
        1
    """
    if not isinstance(state, ScheduleState):
        raise TypeError(f"state must be a ScheduleState, got {state!r}")
    move = transition(schedule, state.base_values)
    return move(state, None if step is None else _checks.step(step))


def transition(schedule: Schedules, base_values: BaseValues) -> Transition:
    """The step from one state to the next, with schedules and base values checked once.

    This is what a training loop calls; `init` and `advance` prepare it again each time.

    Args:
        schedule: As for `init`.
        base_values: As for `init`.

    Returns:
        A function of a state and a step that returns the state at that step, or, where the
        step is None, one update later. It trusts its arguments: the state is one with these
        base values, and may be None where the step is given; the step is a number >= 0.

    Raises:
        TypeError: If an argument is of another type.
        ValueError: If a base value is NaN, or there is not one schedule for each.
        KeyError: If `schedule` and `base_values` do not name the same targets.

    Example:
        >>> from tsa_core import Linear
        >>> move = transition(Linear(1.0, 0.0, 10), 0.1)
        >>> state = move(None, 4)
        >>> move(state).values
        (0.05,)
    """
    bases = _bases("base_values", base_values)
    schedules = _fitting(schedule, bases)
    if isinstance(schedules, Schedule):
        return _uniform(schedules, bases)
    multipliers_at = _multipliers_at(schedules, bases)

    def move(state: ScheduleState | None, step: float | None = None) -> ScheduleState:
        if step is None:
            step = state.step + 1  # type: ignore[union-attr]  # None comes with a step
        return _frozen(step, multipliers_at(step), bases)

    return move


def _uniform(schedule: Schedule, bases: tuple[float, ...]) -> Transition:
    """The transition of one schedule for all base values, which nearly every loop uses."""
    function, number = schedule._function(), len(bases)
    draft, frozen = _Draft, ScheduleState

    def move(state: ScheduleState | None, step: float | None = None) -> ScheduleState:
        if step is None:
            step = state.step + 1  # type: ignore[union-attr]  # None comes with a step
        new: Any = draft()  # as `_frozen` does, without a call
        new.step = step
        new.multipliers = (function(step),) * number
        new.base_values = bases
        new.__class__ = frozen
        return new  # type: ignore[no-any-return]  # the line before has changed its class

    return move


def _frozen(step: float, multipliers: Any, base_values: Any) -> ScheduleState:
    new: Any = _Draft()
    new.step, new.multipliers, new.base_values = step, multipliers, base_values
    new.__class__ = ScheduleState
    return new  # type: ignore[no-any-return]  # the line before has changed its class


def _bases(name: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return _named(name, value, _bases)
    alone = not isinstance(value, (str, bytes)) and not hasattr(value, "__iter__")
    return _numbers(name, (value,) if alone else value)


def _fitting(schedule: Any, bases: Any) -> Any:
    """The schedules, as one, a tuple or a mapping, in the shape of the base values."""
    if isinstance(bases, FrozenDict):
        if not isinstance(schedule, Mapping):
            raise TypeError(f"schedule must be a mapping like base_values, got {schedule!r}")
        if schedule.keys() != bases.keys():
            raise KeyError(f"schedule must name the targets {[*bases]}, got {[*schedule]}")
        return {key: _fitting(schedule[key], one) for key, one in bases.items()}
    if isinstance(schedule, Schedule):
        return schedule
    given = _checks.items("schedule", schedule)
    for index, one in enumerate(given):
        if not isinstance(one, Schedule):
            raise TypeError(f"schedule[{index}] must be a Schedule, got {one!r}")
    if len(given) != len(bases):
        raise ValueError(
            f"schedule must have one item for each of {len(bases)} base values, got {len(given)}"
        )
    return given


def _multipliers_at(schedule: Any, bases: Any) -> Callable[[float], Any]:
    """The multipliers as a function of the step, in the shape of the base values."""
    if isinstance(schedule, Schedule):
        function, number = schedule._function(), len(bases)
        return lambda step: (function(step),) * number
    if isinstance(schedule, dict):
        parts = {key: _multipliers_at(schedule[key], bases[key]) for key in bases}
        return lambda step: FrozenDict({key: part(step) for key, part in parts.items()})
    functions = [one._function() for one in schedule]
    return lambda step: tuple([one(step) for one in functions])
