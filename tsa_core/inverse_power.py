"""Inverse powers of the time that has gone by, without end."""

from __future__ import annotations

from typing import Any

import attrs

from tsa_core._fields import finite_field, positive_field
from tsa_core.schedule import Schedule


@attrs.frozen(eq=False, repr=False)
class InversePower(Schedule):
    """An inverse power of time.

    ::

        value(t) = start * (1 + t / timescale) ** -exponent

    Args:
        start: Value at step 0 and before.
        timescale: Steps after which the value is `start * 2 ** -exponent`; > 0.
        exponent: The power, > 0; 0.5 is `InverseSqrt`, 1 is inverse time.

    Raises:
        TypeError: If an argument is no number.
        ValueError: If a value is not finite, or `timescale` or `exponent` is not above 0.

    Source:
        timm's `WSDLRScheduler(stable_fn="power")`; Keras' `InverseTimeDecay`.

    Example:
        >>> InversePower(1.0, 100.0, 2.0)(100)
        0.25
    """

    start: float = finite_field()
    timescale: float = positive_field()
    exponent: float = positive_field()

    def _formula(self, t: Any, ops: Any) -> Any:
        clock = ops.where(t > 0, t, 0)
        share: Any = (self.timescale / (clock + self.timescale)) ** self.exponent
        return self.start * share


@attrs.frozen(eq=False, repr=False)
class InverseSqrt(Schedule):
    """The inverse square root of time.

    ::

        value(t) = start * sqrt(timescale / (t + timescale))

    Args:
        start: Value at step 0 and before.
        timescale: Steps after which the value is `start / sqrt(2)`; > 0.

    Raises:
        TypeError: If an argument is no number.
        ValueError: If a value is not finite or `timescale` is not above 0.

    Source:
        Vaswani et al., arXiv:1706.03762, section 5.3; transformers'
        `get_inverse_sqrt_schedule`.

    Example:
        >>> InverseSqrt(1.0, 100.0)(300)
        0.5
    """

    start: float = finite_field()
    timescale: float = positive_field()

    def _formula(self, t: Any, ops: Any) -> Any:
        clock = ops.where(t > 0, t, 0)
        return self.start * ops.sqrt(self.timescale / (clock + self.timescale))
