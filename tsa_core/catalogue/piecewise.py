"""Through given values: in stairs, along lines, along cosines."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tsa_core import _checks
from tsa_core.combinators import join
from tsa_core.curves import Constant, Decay, Interpolated
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


def step_decay(num_steps: int, rate: float = 0.1, *, start: float = 1.0) -> Schedule:
    """Multiplied by `rate` at every `num_steps`-th step.

    ::

        value(t) = start * rate ** floor(t / num_steps)

    Args:
        num_steps: Length of a stair, in steps (a whole number >= 1).
        rate: Factor from stair to stair, > 0.
        start: Multiplier of the first stair.

    Raises:
        TypeError: If an argument is not a number.
        ValueError: If a value is not finite, `rate` is not above 0, or `num_steps` is below 1
            or not whole.

    Source:
        torch's `StepLR`; timm's `StepLRScheduler`; fvcore's
        `StepWithFixedGammaParamScheduler` (`num_steps` the run over `num_decays + 1`).

    Example:
        >>> step_decay(30, 0.5)(60)
        0.25
    """
    return Decay(start, rate, num_steps, staircase=True)


def multi_step_decay(
    boundaries: Sequence[float], rate: float = 0.1, *, start: float = 1.0
) -> Schedule:
    """Multiplied by `rate` at each of the given steps.

    ::

        value(t) = start * rate ** (number of boundaries <= t)

    A boundary that is listed twice counts twice. timm's `MultiStepLRScheduler` falls one step
    before each.

    Args:
        boundaries: Where the value falls, in steps: numbers >= 0 in ascending order.
        rate: Factor at each, > 0.
        start: Multiplier before the first.

    Raises:
        TypeError: If an argument is of another type.
        ValueError: If a value is not finite, `rate` is not above 0, or the boundaries are not
            in order.

    Source:
        torch's `MultiStepLR`.

    Example:
        >>> multi_step_decay((30, 80), 0.5)(80)
        0.25
    """
    stairs = Decay(start, rate, 1)
    steps = _checks.items("boundaries", boundaries)
    return piecewise_constant(steps, [stairs(index) for index in range(len(steps) + 1)])


def constant_then_full(num_steps: float, *, start: float = 1 / 3, end: float = 1.0) -> Schedule:
    """One value until a step, then another.

    ::

        value(t) = start        # t < num_steps
                   end          # t >= num_steps

    Args:
        num_steps: Length of the first phase, in steps, >= 0.
        start: Multiplier in it.
        end: Multiplier after it.

    Raises:
        TypeError: If an argument is not a number.
        ValueError: If one is not finite, or `num_steps` is negative.

    Source:
        torch's `ConstantLR`; composer's `ConstantScheduler`.

    Example:
        >>> constant_then_full(5, start=0.5)(5)
        1.0
    """
    values = (_checks.finite("start", start), _checks.finite("end", end))
    return piecewise_constant((_checks.step(num_steps, "num_steps"),), values)


def chebyshev_steps(num_steps: int, *, smallest: float = 0.05, largest: float = 1.0) -> Schedule:
    """The step sizes that are best for a quadratic whose curvatures lie in an interval.

    ::

        value(t) = 1 / (c - r * cos(pi * (order[t] + 1 / 2) / num_steps))
        c = (largest + smallest) / 2,    r = (largest - smallest) / 2

    Large and small steps alternate in fractal order, so that errors do not accumulate: `order` is
    (0), (0, 1), (0, 3, 1, 2), …, each twice as long as the one before, without the numbers from
    `num_steps` on. The last value is held.

    pytorch-optimizer's `get_chebyshev_schedule` rounds `num_steps` up to a power of two and
    uses the first value three times: its epoch e is step `max(e - 2, 0)` here.
    pytorch-scheduler's `ChebyshevScheduler` falls steadily: `cosine_decay(n).shift(-0.5)`.

    Args:
        num_steps: Number of values (a whole number >= 1); the record holds each.
        smallest: The smallest curvature, > 0.
        largest: The largest curvature, >= `smallest`.

    Raises:
        TypeError: If an argument is not a number.
        ValueError: If a curvature is not finite, not above 0 or not in order, or `num_steps`
            is below 1 or not whole.

    Source:
        Agarwal et al., Acceleration via fractal learning rate schedules, arXiv:2103.01338.

    Example:
        >>> chebyshev_steps(8, smallest=1.0, largest=1.0)(5)
        1.0
    """
    number = _checks.count("num_steps", num_steps, low=1)
    low, high = _checks.positive("smallest", smallest), _checks.positive("largest", largest)
    if high < low:
        raise ValueError(f"largest must be >= smallest ({low!r}), got {largest!r}")
    order = [0]
    while len(order) < number:
        order = [item for index in order for item in (index, 2 * len(order) - 1 - index)]
    angles = [math.pi * (index + 0.5) / number for index in order if index < number]
    values = [2 / (high + low - (high - low) * math.cos(angle)) for angle in angles]
    return Interpolated(tuple(range(number)), tuple(values), "previous")
