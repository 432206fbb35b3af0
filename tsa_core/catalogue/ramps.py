"""Ramps of what grows during training, such as a teacher's momentum and temperature."""

from __future__ import annotations

from tsa_core import _checks
from tsa_core.curves import Cosine, Linear
from tsa_core.schedule import Schedule


def teacher_momentum(
    num_training_steps: int, *, start: float = 0.996, end: float = 1.0
) -> Schedule:
    """The weight of the old teacher in its moving average, up to 1 along a cosine.

    ::

        value(t) = end - (end - start) * (1 + cos(pi * t / num_training_steps)) / 2

    The values are momenta themselves: evaluate, or bind with `absolute=True`.

    Args:
        num_training_steps: Length, in steps (a whole number >= 0).
        start: Momentum at step 0.
        end: Momentum at the end and after it.

    Raises:
        TypeError: If an argument is no number.
        ValueError: If a value is not finite, or the length negative or not whole.

    Source:
        Grill et al., BYOL, arXiv:2006.07733, section 3.2; Caron et al., DINO, arXiv:2104.14294.

    Example:
        >>> teacher_momentum(100)(0)
        0.996
    """
    return Cosine(start, end, _checks.count("num_training_steps", num_training_steps))


def teacher_temperature(
    num_warmup_steps: int, *, start: float = 0.04, end: float = 0.07
) -> Schedule:
    """The temperature of the teacher's softmax, up in a straight line and held.

    ::

        value(t) = start + (end - start) * t / num_warmup_steps      # then end

    DINO's own code reaches `end` one step earlier, at the last step of its warmup. Give it its
    length less one.

    Args:
        num_warmup_steps: Length of the rise, in steps (a whole number >= 0).
        start: Temperature at step 0.
        end: Temperature after the rise.

    Raises:
        TypeError: If an argument is no number.
        ValueError: If a value is not finite, or the length negative or not whole.

    Source:
        Caron et al., DINO, arXiv:2104.14294, section 3.2.

    Example:
        >>> teacher_temperature(30)(30)
        0.07
    """
    return Linear(start, end, _checks.count("num_warmup_steps", num_warmup_steps))
