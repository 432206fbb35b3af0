"""The metric-driven schedule: a rule, a state and a pure update."""

from __future__ import annotations

import math
from typing import Any, Literal

import attrs

from tsa_core import _checks
from tsa_core._fields import checked, count_field


def _metric(name: str, value: object) -> float:
    if isinstance(value, (str, bytes, bool)) or not hasattr(value, "__float__"):
        raise TypeError(f"{name} must be a real number, got {value!r}")
    return float(value)


def _choice(*choices: str) -> Any:
    def check(name: str, value: object) -> str:
        if value not in choices:
            raise ValueError(f"{name} must be {' or '.join(map(repr, choices))}, got {value!r}")
        return str(value)

    return checked(check, default=choices[0])


def _fraction(name: str, value: object) -> float:
    number = _checks.non_negative(name, value)
    if number >= 1:
        raise ValueError(f"{name} must be < 1, got {value!r}")
    return number


def _best(name: str, value: object) -> float | None:
    return None if value is None else _checks.real(name, value)


@attrs.frozen
class PlateauState:
    """The state of a `ReduceOnPlateau`.

    Args:
        value: The scheduled value.
        best: The best metric so far; None before the first that counts.
        num_bad: Bad evaluations in a row.
        cooldown_left: Further evaluations that cannot count as bad.

    Raises:
        TypeError: If a field is of another type.
        ValueError: If `value` is not finite, `best` is NaN, or a count is negative.

    Example:
        >>> PlateauState(0.1).num_bad
        0
    """

    value: float = checked(_checks.finite)
    best: float | None = checked(_best, default=None)
    num_bad: int = count_field(default=0)
    cooldown_left: int = count_field(default=0)


@attrs.frozen
class ReduceOnPlateau:
    """Multiply the value by `factor` when a metric stops improving.

    An evaluation is bad if its metric does not pass the best so far by more than the
    threshold; NaN never does. After more than `patience` bad ones in a row the value becomes
    `max(value * factor, min_value)`, unless that would lower it by `eps` or less.

    Args:
        mode: Whether the metric should become small (`"min"`) or large (`"max"`).
        factor: What the value is multiplied by, in [0, 1).
        patience: Bad evaluations in a row that are tolerated.
        threshold: By how much a metric must improve, >= 0.
        threshold_mode: Whether that is a share of the best metric (`"rel"`) or an amount (`"abs"`).
        cooldown: Evaluations after a cut that never count as bad.
        min_value: The floor, in the unit of the value.
        eps: The smallest change of the value that is made, >= 0.

    Raises:
        TypeError: If an argument is not a number.
        ValueError: If a number or a mode is not allowed.

    Source:
        torch's `ReduceLROnPlateau`, which it follows evaluation by evaluation.

    Example:
        >>> rule = ReduceOnPlateau(factor=0.5, patience=1)
        >>> state = rule.init(0.1)
        >>> for loss in (3.0, 2.0, 2.5, 2.5):
        ...     state = rule.update(state, loss)
        >>> rule.value(state)
        0.05
    """

    mode: Literal["min", "max"] = _choice("min", "max")
    factor: float = checked(_fraction, default=0.1)
    patience: int = count_field(default=10)
    threshold: float = checked(_checks.non_negative, default=1e-4)
    threshold_mode: Literal["rel", "abs"] = _choice("rel", "abs")
    cooldown: int = count_field(default=0)
    min_value: float = checked(_checks.finite, default=0.0)
    eps: float = checked(_checks.non_negative, default=1e-8)

    def init(self, initial_value: float = 1.0) -> PlateauState:
        """The state before the first evaluation.

        Args:
            initial_value: The value to start from; 1.0 makes the value a multiplier.

        Raises:
            TypeError: If it is not a number.
            ValueError: If it is not finite.
        """
        return PlateauState(_checks.finite("initial_value", initial_value))

    def update(self, state: PlateauState, metric: Any) -> PlateauState:
        """The state after one more evaluation.

        Args:
            state: The state to start from; it is not changed.
            metric: What was measured: a number, or an array of one.

        Raises:
            TypeError: If `state` is not a `PlateauState` or `metric` is not a number.
        """
        number = _metric("metric", metric)
        better = self._is_better(number, self._checked(state))
        best = number if better else state.best
        num_bad, cooldown = (0 if better else state.num_bad + 1), state.cooldown_left
        if cooldown > 0:
            num_bad, cooldown = 0, cooldown - 1
        if num_bad <= self.patience:
            return PlateauState(state.value, best, num_bad, cooldown)
        cut = state.value if self.is_exhausted(state) else self._cut(state)
        return PlateauState(cut, best, 0, self.cooldown)

    def value(self, state: PlateauState) -> float:
        """The scheduled value in a state."""
        return self._checked(state).value

    def is_exhausted(self, state: PlateauState) -> bool:
        """Whether a further cut would change nothing: the floor or `eps` is reached."""
        return not self._checked(state).value - self._cut(state) > self.eps

    def _cut(self, state: PlateauState) -> float:
        return max(state.value * self.factor, self.min_value)

    def _is_better(self, metric: float, state: PlateauState) -> bool:
        low = self.mode == "min"
        best = (math.inf if low else -math.inf) if state.best is None else state.best
        if self.threshold_mode == "rel":
            mark = best * (1.0 - self.threshold if low else self.threshold + 1.0)
        else:
            mark = best - self.threshold if low else best + self.threshold
        return metric < mark if low else metric > mark

    @staticmethod
    def _checked(state: object) -> PlateauState:
        if not isinstance(state, PlateauState):
            raise TypeError(f"state must be a PlateauState, got {state!r}")
        return state
