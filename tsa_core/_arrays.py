"""The operations that formulas are written in, over arrays.

Every record writes its formula once, as `_formula(t, ops)`. With `Arrays` it runs on any
array library. With `Symbols` (see `_symbols.py`) it is traced into a function of one number.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from tsa_core.schedule import Schedule

Curve = Callable[[Any], Any]
"""A formula in the clock `t`."""

Ends = tuple[float, float]
"""The values held before and after."""


class Arrays:
    """The operations on arrays of one library, for the time of one evaluation."""

    def __init__(self, xp: Any) -> None:
        self._xp = xp
        self._tables: dict[Any, Any] = {}
        self.where = xp.where
        self.sin = xp.sin
        self.cos = xp.cos
        self.exp = xp.exp
        self.expm1 = xp.expm1
        self.log = xp.log
        self.log1p = xp.log1p
        self.sqrt = xp.sqrt
        self.round = xp.round

    def apply(self, schedule: Schedule, t: Any) -> Any:
        """The values of another schedule at `t`."""
        return schedule._formula(t, self)

    def full(self, t: Any, value: float) -> Any:
        """`value` in the shape, device and floating dtype that `t` leads to."""
        return self._xp.full_like(t / 1, value)

    def within(
        self, t: Any, low: float, high: float, ends: Ends, between: Curve, *, exact: bool = False
    ) -> Any:
        """`between(t)` for low < t < high, and the two `ends` outside.

        Every item is evaluated: one outside sees the first step, whose value is not used.

        Args:
            t: The clock.
            low: Where the formula begins.
            high: Where it ends.
            ends: The values up to `low` and from `high` on.
            between: The formula.
            exact: Whether the formula in float64 gives the first end at `low` itself.
        """
        below, above = t <= low, t >= high
        inner = between(self.where(below | above, low, t))
        return self.where(above, ends[1], self.where(below, ends[0], inner))

    def not_past(self, value: Any, near: float, far: float, *, exact: bool) -> Any:
        """`value`, or `far` where a rounding has passed it.

        Args:
            value: What the formula gives.
            near: The end that it comes from.
            far: The end that it should not pass.
            exact: Whether it cannot pass it in float64; other dtypes always look.
        """
        past = value > far if far > near else value < far
        return self.where(past, far, value)

    def pick(self, t: Any, boundaries: Sequence[float], pieces: Sequence[Curve]) -> Any:
        """`pieces[k](t - boundaries[k - 1])` from that boundary to the next."""
        return self._pick(t, boundaries, pieces, 0, len(pieces) - 1)

    def _pick(
        self, t: Any, boundaries: Sequence[float], pieces: Sequence[Curve], first: int, last: int
    ) -> Any:
        # Halving keeps the nesting low for many pieces. An item outside a piece sees its
        # first step.
        if first < last:
            middle = (first + last) // 2
            early = self._pick(t, boundaries, pieces, first, middle)
            late = self._pick(t, boundaries, pieces, middle + 1, last)
            return self.where(t < boundaries[middle], early, late)
        clock, outside = t, None
        if first > 0:
            clock, outside = t - boundaries[first - 1], t < boundaries[first - 1]
        if first < len(boundaries):
            late = t >= boundaries[first]
            outside = late if outside is None else outside | late
        return pieces[first](clock if outside is None else self.where(outside, 0, clock))

    def floor_divide(self, t: Any, every: float) -> Any:
        """The number of whole periods before `t`; flat, so of no slope in a gradient."""
        if isinstance(every, int) and not self._is_floating(t):
            return t // every
        return self._xp.floor(t / every)

    def position(self, sorted_values: tuple[float, ...], t: Any) -> Any:
        """How many of `sorted_values` are at most `t`."""
        return self._xp.searchsorted(self._table(sorted_values, t), t, side="right")

    def item(self, values: tuple[float, ...], index: Any, t: Any) -> Any:
        """The entry of a table of floats at each index."""
        return self._table(values, t / 1)[index]

    def knot(self, steps: tuple[float, ...], index: Any, t: Any) -> Any:
        """The entry of a table of steps: whole where both it and `t` are."""
        return self._table(steps, t)[index]

    def chain(self, operator: str, first: Any, others: Sequence[Any]) -> Any:
        """A sum or a product, from left to right."""
        for other in others:
            first = first + other if operator == "+" else first * other
        return first

    def least(self, values: Sequence[Any]) -> Any:
        """The least of several values."""
        return reduce(lambda a, b: self.where(b < a, b, a), values)

    def greatest(self, values: Sequence[Any]) -> Any:
        """The greatest of several values."""
        return reduce(lambda a, b: self.where(b > a, b, a), values)

    def call(self, function: Callable[[Any], Any], t: Any) -> Any:
        """A user's function, handed the array."""
        return function(t)

    def _is_floating(self, t: Any) -> bool:
        return bool(self._xp.isdtype(t.dtype, "real floating"))

    def _table(self, values: tuple[float, ...], t: Any) -> Any:
        whole = not self._is_floating(t) and all(isinstance(value, int) for value in values)
        return self._xp.asarray(
            values, dtype=t.dtype if whole else (t / 1).dtype, device=getattr(t, "device", None)
        )


class NumpyArrays(Arrays):
    """The operations on NumPy's arrays, a block of one axis at a time.

    A block stays in the cache, and a piece that no step of it falls into is not evaluated.
    """

    BLOCK = 32768
    EXACT = 2**40
    _whole: bool
    _dtype: Any
    _known: tuple[Any, Any, Any] = (None, None, None)
    """An array with its least and its greatest item: the clock that is in use."""

    def evaluate(self, schedule: Schedule, steps: Any, clock: Callable[[Any], Any]) -> Any:
        """The values at an array of any shape."""
        flat = steps.reshape(-1)
        self._whole, self._dtype = steps.dtype.kind in "iu", (flat[:0] / 1).dtype
        values = np.empty(flat.shape, dtype=self._dtype)
        for start in range(0, len(flat), self.BLOCK):
            block = slice(start, start + self.BLOCK)
            values[block] = schedule._formula(self._quick(clock(flat[block])), self)
        return values.reshape(steps.shape)

    def _quick(self, t: Any) -> Any:
        # float64 is faster than int64, and as exact for all but astronomic steps.
        if t.dtype == np.float16:  # which ends at 65504 and warns beyond
            t = t.astype(np.float32)
        low, high = t.min(), t.max()
        if t.dtype == np.int64 and low > -self.EXACT and high < self.EXACT:
            t = t.astype(np.float64)
        self._known = t, low, high
        return t

    def _range(self, t: Any) -> tuple[Any, Any]:
        known, low, high = self._known
        return (low, high) if t is known else (t.min(), t.max())

    def full(self, t: Any, value: float) -> Any:
        """`value`, to be broadcast, in the floating dtype that `t` leads to."""
        return np.asarray(value, dtype=self._dtype)

    def within(
        self, t: Any, low: float, high: float, ends: Ends, between: Curve, *, exact: bool = False
    ) -> Any:
        """`between(t)` for low < t < high, and the two `ends` outside."""
        first, last = self._range(t)
        if first > low and last < high:
            return between(t)
        if first >= high:
            return self.full(t, ends[1])
        if last <= low:
            return self.full(t, ends[0])
        return super().within(t, low, high, ends, between)

    def pick(self, t: Any, boundaries: Sequence[float], pieces: Sequence[Curve]) -> Any:
        """`pieces[k](t - boundaries[k - 1])` from that boundary to the next."""
        low, high = self._range(t)
        if low != low:  # a NaN hides where the others are
            return super().pick(t, boundaries, pieces)
        first, last = bisect_right(boundaries, low), bisect_right(boundaries, high)
        if first < last:
            return self._pick(t, boundaries, pieces, first, last)
        if first == 0:
            return pieces[0](t)
        begin = boundaries[first - 1]
        clock = t - begin
        self._known = clock, low - begin, high - begin
        return pieces[first](clock)

    def not_past(self, value: Any, near: float, far: float, *, exact: bool) -> Any:
        """`value`, or `far` where a rounding has passed it."""
        if exact and self._dtype == np.float64:
            return value
        return super().not_past(value, near, far, exact=exact)

    def floor_divide(self, t: Any, every: float) -> Any:
        """The number of whole periods before `t`, as Python counts them."""
        return t // every if isinstance(every, int) else np.floor(t / every)

    def call(self, function: Callable[[Any], Any], t: Any) -> Any:
        """A user's function, handed the steps one by one: whole ones where they were given so."""
        if self._whole and (t == np.floor(t)).all():
            t = t.astype(np.int64)
        return np.asarray([float(function(step)) for step in t.tolist()], dtype=self._dtype)

    def _table(self, values: tuple[float, ...], t: Any) -> Any:
        key = id(values), t.dtype
        if key not in self._tables:  # with the values, so that no others come to have their id
            self._tables[key] = values, super()._table(values, t)
        return self._tables[key][1]
