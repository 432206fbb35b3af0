"""The operations that formulas are written in, over arrays.

Every record writes its formula once, as `formula(t, ops)`. With `Arrays` it runs on any array
library. With `Tracer` (see `_tracer.py`) it is compiled into a function of one number.
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

ELEMENTWISE = ("sin", "cos", "tanh", "exp", "expm1", "log", "log1p", "sqrt")
"""The functions that array libraries and `math` give the same name."""

_DEEPEST = 50
"""Records nested deeper than this are flattened: Python limits the depth of calls."""


class Arrays:
    """The operations on arrays of one library, for the time of one evaluation."""

    def __init__(self, xp: Any) -> None:
        self._xp = xp
        self._tables: dict[Any, Any] = {}
        self._depth = 0
        self.where = xp.where
        self.floor = xp.floor
        self.round = xp.round
        for name in ELEMENTWISE:
            setattr(self, name, getattr(xp, name))

    def apply(self, schedule: Schedule, t: Any) -> Any:
        """The values of another schedule at `t`."""
        if self._depth == _DEEPEST:
            from tsa_core._flattened import evaluate

            return evaluate(schedule, t, self)
        self._depth += 1
        values = schedule.formula(t, self)
        self._depth -= 1
        return self.full(t, values) if isinstance(values, (int, float)) else values

    def full(self, t: Any, value: float) -> Any:
        """`value` in the shape, device and floating dtype that `t` leads to."""
        return self._xp.full_like(t / 1, value)

    def hold_outside(
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

    def clamp(self, value: Any, near: float, far: float, *, exact: bool) -> Any:
        """`value`, or `far` where a rounding has passed it.

        Args:
            value: What the formula gives.
            near: The end that it comes from.
            far: The end that it should not pass.
            exact: Whether it cannot pass it in float64; other dtypes always look.
        """
        past = value > far if far > near else value < far
        return self.where(past, far, value)

    def switch(self, t: Any, boundaries: Sequence[float], schedules: Sequence[Schedule]) -> Any:
        """`schedules[k]` at `t - boundaries[k - 1]` from that boundary to the next."""
        return self._switch(t, boundaries, schedules, 0, len(schedules) - 1)

    def _switch(
        self, t: Any, boundaries: Sequence[float], schedules: Sequence[Schedule], *ends: int
    ) -> Any:
        # Halving keeps the nesting low for many pieces. An item outside a piece sees its
        # first step.
        first, last = ends
        if first < last:
            middle = (first + last) // 2
            early = self._switch(t, boundaries, schedules, first, middle)
            late = self._switch(t, boundaries, schedules, middle + 1, last)
            return self.where(t < boundaries[middle], early, late)
        clock, outside = t, None
        if first > 0:
            clock, outside = t - boundaries[first - 1], t < boundaries[first - 1]
        if first < len(boundaries):
            late = t >= boundaries[first]
            outside = late if outside is None else outside | late
        return self.apply(
            schedules[first], clock if outside is None else self.where(outside, 0, clock)
        )

    def at_most(self, value: Any, limit: float) -> Any:
        """`value`, or `limit` where it is above or, as the periods before infinity, not known."""
        return self.where(value < limit, value, limit)

    def floor_divide(self, t: Any, every: float) -> Any:
        """The number of whole periods before `t`; flat, so of no slope in a gradient."""
        if isinstance(every, int) and not self._is_floating(t):
            return t // every
        return self.floor(t / every)

    def position(self, sorted_values: tuple[float, ...], t: Any) -> Any:
        """How many of `sorted_values` are at most `t`."""
        return self._xp.searchsorted(self._table(sorted_values, t), t, side="right")

    def lookup(self, values: tuple[float, ...], index: Any, t: Any) -> Any:
        """The entry of a table of floats at each index."""
        return self._table(values, t / 1)[index]

    def lookup_step(self, steps: tuple[float, ...], index: Any, t: Any) -> Any:
        """The entry of a table of steps: whole where both it and `t` are."""
        return self._table(steps, t)[index]

    def sum(self, values: Sequence[Any]) -> Any:
        """The sum, from left to right."""
        return reduce(lambda a, b: a + b, values)

    def product(self, values: Sequence[Any]) -> Any:
        """The product, from left to right."""
        return reduce(lambda a, b: a * b, values)

    def minimum(self, *values: Any) -> Any:
        """The least of several values."""
        return reduce(lambda a, b: self.where(b < a, b, a), values)

    def maximum(self, *values: Any) -> Any:
        """The greatest of several values."""
        return reduce(lambda a, b: self.where(b > a, b, a), values)

    def call(self, function: Callable[[Any], Any], t: Any) -> Any:
        """A user's function, called with the array."""
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

    A block and what is made of it stay in the cache, and small enough that the allocator keeps
    their memory from call to call. A piece that no step of a block falls into is not evaluated.
    """

    BLOCK = 16384
    EXACT = 2**40
    _whole: bool
    _dtype: Any
    _known: tuple[Any, Any, Any] = (None, None, None)
    """An array with its least and its greatest item: the clock that is in use."""

    def evaluate(self, schedule: Schedule, steps: Any) -> Any:
        """The values at an array of any shape."""
        flat = steps.reshape(-1)
        self._whole, self._dtype = steps.dtype.kind in "iu", (flat[:0] / 1).dtype
        values = np.empty(flat.shape, dtype=self._dtype)
        with np.errstate(over="ignore", invalid="ignore"):
            for start in range(0, len(flat), self.BLOCK):
                block = slice(start, start + self.BLOCK)
                values[block] = self.apply(schedule, self._quick(_clock(flat[block], self._xp)))
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

    def hold_outside(
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
        return super().hold_outside(t, low, high, ends, between)

    def switch(self, t: Any, boundaries: Sequence[float], schedules: Sequence[Schedule]) -> Any:
        """`schedules[k]` at `t - boundaries[k - 1]` from that boundary to the next."""
        low, high = self._range(t)
        # A NaN hides where the others are, and is itself no more than the last boundary.
        first, last = (
            (bisect_right(boundaries, low), bisect_right(boundaries, high))
            if low == low
            else (0, len(boundaries))
        )
        if first == last:
            begin = boundaries[first - 1] if first else 0
            clock = t - begin if first else t
            self._known = clock, low - begin, high - begin
            return self.apply(schedules[first], clock)
        values = np.empty_like(t, dtype=self._dtype)
        for index, where in _parts(t, boundaries, first, last):
            clock = t[where] - boundaries[index - 1] if index else t[where]
            values[where] = self.apply(schedules[index], clock)
        return values

    def clamp(self, value: Any, near: float, far: float, *, exact: bool) -> Any:
        """`value`, or `far` where a rounding has passed it."""
        if exact and self._dtype == np.float64:
            return value
        return super().clamp(value, near, far, exact=exact)

    def floor_divide(self, t: Any, every: float) -> Any:
        """The number of whole periods before `t`, as Python counts them."""
        return t // every if isinstance(every, int) else np.floor(t / every)

    def call(self, function: Callable[[Any], Any], t: Any) -> Any:
        """A user's function, called with one step at a time; whole steps stay whole numbers."""
        if self._whole and (t == np.floor(t)).all():
            t = t.astype(np.int64)
        return np.asarray([float(function(step)) for step in t.tolist()], dtype=self._dtype)

    def _table(self, values: tuple[float, ...], t: Any) -> Any:
        key = id(values), t.dtype
        if key not in self._tables:  # with the values, so that no others come to have their id
            self._tables[key] = values, super()._table(values, t)
        return self._tables[key][1]


def _parts(t: Any, boundaries: Sequence[float], first: int, last: int) -> Any:
    """Which of the pieces `first` to `last` have steps in `t`, and where: a slice or a mask."""
    edges = np.asarray(boundaries[first:last], dtype=np.float64)
    if (t[1:] >= t[:-1]).all():
        cuts = [0, *np.searchsorted(t, edges, side="left").tolist(), len(t)]
        return [
            (first + index, slice(cuts[index], cuts[index + 1]))
            for index in range(last - first + 1)
            if cuts[index] < cuts[index + 1]
        ]
    places = np.searchsorted(edges, t, side="right")
    return [(first + index, places == index) for index in np.unique(places).tolist()]


def evaluate(schedule: Schedule, steps: Any) -> Any:
    """The values of a schedule at an array of steps of any library."""
    xp = _library(steps)
    if not xp.isdtype(steps.dtype, ("integral", "real floating")):
        raise TypeError(f"step must be an array of real numbers, got dtype {steps.dtype}")
    if isinstance(steps, np.ndarray):
        return NumpyArrays(xp).evaluate(schedule, steps)
    most = xp.iinfo(xp.asarray(0).dtype).max
    if most < 2**62:  # JAX without x64 stops at int32
        from tsa_core._in_floats import in_floats

        schedule = in_floats(schedule, most)
    return Arrays(xp).apply(schedule, _clock(steps, xp))


def _library(step: Any) -> Any:
    """The array namespace of `step`; for torch without the look-up, which it cannot compile."""
    if type(step).__module__.partition(".")[0] == "torch":
        from array_api_compat import torch as namespace

        return namespace
    import array_api_compat

    if not array_api_compat.is_array_api_obj(step):
        raise TypeError(f"step must be a real number or an array, got {step!r}")
    return array_api_compat.array_namespace(step)


def _clock(steps: Any, xp: Any) -> Any:
    if xp.isdtype(steps.dtype, "real floating"):
        return steps
    # Signed and as wide as the library has it, so that `t - boundary` does not wrap.
    whole = xp.asarray(0).dtype
    most = xp.iinfo(whole).max
    wide = xp.asarray(steps, dtype=whole)
    if xp.iinfo(steps.dtype).max > most:  # unsigned: what wraps to below 0 is late
        wide = xp.where(wide < 0, most, wide)
    return wide
