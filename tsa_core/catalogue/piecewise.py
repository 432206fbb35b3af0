"""Through given values, in stairs or along lines and cosines."""

from __future__ import annotations

from collections.abc import Sequence

from tsa_core import _checks
from tsa_core.combinators import join
from tsa_core.curves import Constant, Interpolated
from tsa_core.schedule import Schedule


def piecewise_constant(boundaries: Sequence[float], values: Sequence[float]) -> Schedule:
    """One value until each boundary, another from it on.

    ::

        value(t) = values[number of boundaries <= t]

    optax's `piecewise_constant_schedule` takes factors, which multiply up: the values here are
    `itertools.accumulate(factors, operator.mul)`.

    Args:
        boundaries: Where the value changes, in steps: numbers >= 0 in ascending order.
        values: The values, one more than the boundaries.

    Raises:
        TypeError: If an argument is of another type.
        ValueError: If a value is not finite, the boundaries are not in order, or the values
            are not one more.

    Source:
        optax's `piecewise_constant_schedule`; fvcore's `MultiStepParamScheduler`.

    Example:
        >>> piecewise_constant((100, 200), (1.0, 0.5, 0.1))(100)
        0.5
    """
    steps, levels = _checks.items("boundaries", boundaries), _checks.items("values", values)
    if len(levels) != len(steps) + 1:
        raise ValueError(
            f"values must be one more than the {len(steps)} boundaries, got {len(levels)}"
        )
    named = [_checks.finite(f"values[{index}]", level) for index, level in enumerate(levels)]
    return join([Constant(level) for level in named], steps)


def piecewise_linear(steps: Sequence[float], values: Sequence[float]) -> Schedule:
    """Straight lines through points; the first and the last value are held outside.

    ::

        value(t) = values[i] + (values[i + 1] - values[i]) * u
        u = (t - steps[i]) / (steps[i + 1] - steps[i])

    ignite allows a step twice, for a jump; `join` two of these instead.

    Args:
        steps: Where the points are, in steps, strictly increasing.
        values: The value at each.

    Raises:
        TypeError: If an argument is of another type.
        ValueError: If the points are none, not in order, not finite or not as many.

    Source:
        ignite's `PiecewiseLinear`; optax's `piecewise_interpolate_schedule("linear")`, which
        takes factors that multiply up.

    Example:
        >>> piecewise_linear((0, 10, 20), (0.0, 1.0, 0.5))(15)
        0.75
    """
    return Interpolated(_checks.items("steps", steps), _checks.items("values", values))


def piecewise_cosine(steps: Sequence[float], values: Sequence[float]) -> Schedule:
    """Half periods of a cosine through points, flat at each.

    ::

        value(t) = values[i] + (values[i + 1] - values[i]) * (1 - cos(pi * u)) / 2
        u = (t - steps[i]) / (steps[i + 1] - steps[i])

    Args:
        steps: Where the points are, in steps, strictly increasing.
        values: The value at each; the first and the last are held outside.

    Raises:
        TypeError: If an argument is of another type.
        ValueError: If the points are none, not in order, not finite or not as many.

    Source:
        optax's `piecewise_interpolate_schedule("cosine")`, which takes factors that multiply up.

    Example:
        >>> piecewise_cosine((0, 10, 20), (0.0, 1.0, 0.5))(20)
        0.5
    """
    return Interpolated(_checks.items("steps", steps), _checks.items("values", values), "cosine")
