"""What the ramps share: from one value to another, exact at both ends and held outside."""

from __future__ import annotations

import abc
import math
from collections.abc import Sequence
from typing import Any

from tsa_core._fields import count_field, finite_field, record
from tsa_core._pieces import Piece, flat, within
from tsa_core.schedule import Schedule


@record
class Ramp(Schedule, abc.ABC):
    """From `start` to `end` in `num_steps`; subclasses say what lies between."""

    start: float = finite_field()
    end: float = finite_field()
    num_steps: int = count_field()

    def __attrs_post_init__(self) -> None:
        if math.isinf(self.end - self.start):
            raise ValueError(
                f"end must be within the largest float of start ({self.start!r}), got {self.end!r}"
            )
        if self.num_steps:
            object.__setattr__(self, "_prepared", self._prepare())

    def _prepare(self) -> Any:
        """What the formula needs and a compiler of arrays could not trace."""

    @abc.abstractmethod
    def _between(self, t: Any, ops: Any) -> Any:
        """The value for 0 < t < num_steps."""

    def formula(self, t: Any, ops: Any) -> Any:
        """The value at the clock `t`, in the operations `ops`."""
        if self.num_steps == 0 or self.start == self.end:
            return ops.full(t, self.end)
        return ops.hold_outside(
            t,
            0,
            self.num_steps,
            (self.start, self.end),
            lambda t: self._between(t, ops),
            exact=self._exact,
        )

    @property
    def _bounded(self) -> bool:
        """Whether the share is 1 at its own end, and no rounding brings it above."""
        return True

    @property
    def _from_end(self) -> bool:
        """Whether the formula starts from the end, which is the one nearer to 0."""
        return abs(self.end) <= abs(self.start)

    @property
    def _exact(self) -> bool:
        """Whether the nearer end and a share of the way cannot pass the other end."""
        near, far = (self.end, self.start) if self._from_end else (self.start, self.end)
        return self._bounded and near + (far - near) == far

    def _from_nearer(self, share: Any, ops: Any) -> Any:
        """The value at a share of the way from the end nearer to 0, which keeps its digits."""
        near, far = (self.end, self.start) if self._from_end else (self.start, self.end)
        value = share if far - near == 1 else (far - near) * share
        if near:
            value = near + value
        return ops.clamp(value, near, far, exact=self._exact)

    @property
    def length(self) -> float:
        """The step from which the value is held: `num_steps`."""
        return self.num_steps

    @property
    def _begin(self) -> float:
        return 0

    def _bends(self) -> Sequence[float]:
        return (0, self.num_steps)

    @abc.abstractmethod
    def _integral(self, a: float, b: float) -> float:
        """The area between two steps of the ramp."""

    def _pieces(self, start: float, stop: float) -> list[Piece]:
        if self.num_steps == 0 or self.start == self.end:
            return within([flat(self.end)], start, stop)
        end = self.num_steps
        middle = Piece(0, end, self, self._integral)
        return within([flat(self.start, stop=0), middle, flat(self.end, start=end)], start, stop)
