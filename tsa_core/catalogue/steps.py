"""Decays in stairs."""

from __future__ import annotations

from collections.abc import Sequence

from tsa_core import _checks
from tsa_core.catalogue.piecewise import piecewise_constant
from tsa_core.curves import Decay
from tsa_core.schedule import Schedule


def step_decay(num_steps: int, rate: float = 0.1, *, start: float = 1.0) -> Schedule:
    """Multiplied by `rate` at every `num_steps`-th step.

    ::

        value(t) = start * rate ** floor(t / num_steps)

    Args:
        num_steps: Length of a stair, in steps (a whole number >= 1).
        rate: Factor from stair to stair, > 0.
        start: Multiplier of the first stair.

    Raises:
        TypeError: If an argument is no number.
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

    A boundary that is given twice counts twice. timm's `MultiStepLRScheduler` falls one step
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
    """One value for a while, then another.

    ::

        value(t) = start        # t < num_steps
                   end          # t >= num_steps

    Args:
        num_steps: Length of the first phase, in steps, >= 0.
        start: Multiplier in it.
        end: Multiplier after it.

    Raises:
        TypeError: If an argument is no number.
        ValueError: If one is not finite, or `num_steps` is negative.

    Source:
        torch's `ConstantLR`; composer's `ConstantScheduler`.

    Example:
        >>> constant_then_full(5, start=0.5)(5)
        1.0
    """
    values = (_checks.finite("start", start), _checks.finite("end", end))
    return piecewise_constant((_checks.step(num_steps, "num_steps"),), values)
