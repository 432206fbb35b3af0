"""The operations that formulas are written in, over arrays and over symbols.

Every record writes its formula once, as `_formula(t, ops)`. With `Arrays` it runs on any
array library. With `Symbols` it is traced, and the trace becomes the plain Python function
that answers for one number: no array machinery, and only the branch that is taken runs.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import reduce
from operator import add, mul
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from tsa_core.schedule import Schedule

Curve = Callable[[Any], Any]
"""A formula in the clock `t`."""

Ends = tuple[float, float]
"""The values held before and after."""

_LONGEST_CHAIN = 100
"""More terms than this are added in a loop: Python limits the length of an expression."""

_INLINE_DEPTH = 16
"""Records nested deeper than this are called, not inlined: Python limits nested brackets."""


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

    BLOCK = 16384
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


class Symbol:
    """A node of a traced formula: a template over its arguments."""

    __slots__ = ("arguments", "lazy", "least", "template")

    def __init__(self, template: str, *arguments: Any, lazy: int | None = None) -> None:
        self.template = template
        self.arguments = arguments
        self.lazy = lazy
        """Index of the first argument that may not be evaluated at all."""
        self.least = -math.inf
        """What its value never lies below."""

    def __add__(self, other: Any) -> Symbol:
        return Symbol("({} + {})", self, other)

    def __radd__(self, other: Any) -> Symbol:
        return Symbol("({} + {})", other, self)

    def __sub__(self, other: Any) -> Symbol:
        return Symbol("({} - {})", self, other)

    def __rsub__(self, other: Any) -> Symbol:
        return Symbol("({} - {})", other, self)

    def __mul__(self, other: Any) -> Symbol:
        return Symbol("({} * {})", self, other)

    def __rmul__(self, other: Any) -> Symbol:
        return Symbol("({} * {})", other, self)

    def __truediv__(self, other: Any) -> Symbol:
        return Symbol("({} / {})", self, other)

    def __rtruediv__(self, other: Any) -> Symbol:
        return Symbol("({} / {})", other, self)

    def __pow__(self, other: Any) -> Symbol:
        return Symbol("({} ** {})", self, other)

    def __rpow__(self, other: Any) -> Symbol:
        return Symbol("({} ** {})", other, self)

    def __neg__(self) -> Symbol:
        return Symbol("(-{})", self)

    def __lt__(self, other: Any) -> Symbol:
        return Symbol("({} < {})", self, other)

    def __le__(self, other: Any) -> Symbol:
        return Symbol("({} <= {})", self, other)

    def __gt__(self, other: Any) -> Symbol:
        return Symbol("({} > {})", self, other)

    def __ge__(self, other: Any) -> Symbol:
        return Symbol("({} >= {})", self, other)


class Symbols:
    """The same operations on symbols, which record what is asked of them."""

    def __init__(self) -> None:
        self._depth = 0

    def apply(self, schedule: Schedule, t: Any) -> Any:
        """Trace another schedule in place, or call it where the nesting is deep."""
        if self._depth == _INLINE_DEPTH:
            return self.call(schedule, t)
        self._depth += 1
        try:
            return schedule._formula(t, self)
        finally:
            self._depth -= 1

    def where(self, condition: Any, yes: Any, no: Any) -> Symbol:
        """A choice of which Python evaluates one side only."""
        return Symbol("({1} if {0} else {2})", condition, yes, no, lazy=1)

    def full(self, _t: Any, value: float) -> float:
        """A constant."""
        return value

    def within(
        self, t: Any, low: float, high: float, ends: Ends, between: Curve, *, exact: bool = False
    ) -> Symbol:
        """`between(t)` for low < t < high, and the two `ends` outside."""
        inner = between(t)
        if not (exact and t.least >= low):
            inner = self.where(t <= low, ends[0], inner)
        return self.where(t >= high, ends[1], inner)

    def not_past(self, value: Any, near: float, far: float, *, exact: bool) -> Any:
        """`value`, or `far` where a rounding has passed it."""
        past = value > far if far > near else value < far
        return value if exact else self.where(past, far, value)

    def pick(self, t: Any, boundaries: Sequence[float], pieces: Sequence[Curve]) -> Any:
        """The piece that `t` falls into, on its own clock."""

        def between(first: int, last: int) -> Any:
            if first == last:
                if first == 0:
                    return pieces[0](t)
                clock = t - boundaries[first - 1]
                clock.least = 0.0
                return pieces[first](clock)
            middle = (first + last) // 2
            early, late = between(first, middle), between(middle + 1, last)
            return self.where(t < boundaries[middle], early, late)

        return between(0, len(pieces) - 1)

    def floor_divide(self, t: Any, every: float) -> Symbol:
        """The number of whole periods before `t`."""
        return Symbol("({} // {})" if isinstance(every, int) else "({} / {} // 1)", t, every)

    def position(self, sorted_values: tuple[float, ...], t: Any) -> Symbol:
        """How many of `sorted_values` are at most `t`."""
        return Symbol("{}({}, {})", bisect_right, sorted_values, t)

    def item(self, values: tuple[float, ...], index: Any, _t: Any) -> Symbol:
        """The entry of a table of floats."""
        return Symbol("{}[{}]", values, index)

    knot = item

    def chain(self, operator: str, first: Any, others: Sequence[Any]) -> Symbol:
        """A sum or a product, from left to right."""
        if len(others) < _LONGEST_CHAIN:
            slots = f" {operator} ".join("{}" for _ in range(1 + len(others)))
            return Symbol(f"({slots})", first, *others)
        apply = {"+": add, "*": mul}[operator]
        slots = ", ".join("{}" for _ in range(1 + len(others)))
        return Symbol(f"{{}}({{}}, ({slots}))", reduce, apply, first, *others)

    def call(self, function: Callable[[Any], Any], t: Any) -> Symbol:
        """A call of any function."""
        return Symbol("float({}({}))", function, t)

    def sin(self, x: Any) -> Symbol:
        """Sine."""
        return Symbol("{}({})", math.sin, x)

    def cos(self, x: Any) -> Symbol:
        """Cosine."""
        return Symbol("{}({})", math.cos, x)

    def exp(self, x: Any) -> Symbol:
        """Exponential."""
        return Symbol("{}({})", math.exp, x)

    def expm1(self, x: Any) -> Symbol:
        """Exponential less one."""
        return Symbol("{}({})", math.expm1, x)

    def log(self, x: Any) -> Symbol:
        """Natural logarithm."""
        return Symbol("{}({})", math.log, x)

    def log1p(self, x: Any) -> Symbol:
        """Logarithm of one more."""
        return Symbol("{}({})", math.log1p, x)

    def sqrt(self, x: Any) -> Symbol:
        """Square root."""
        return Symbol("{}({})", math.sqrt, x)


class _Writer:
    """Writes a traced formula as one Python expression.

    A node with several readers is stored in a local where it is first evaluated; inside a
    branch that name holds for the branch only.
    """

    def __init__(self) -> None:
        self.constants: dict[str, Any] = {}
        self._names: dict[int, str] = {}
        self._readers: dict[int, int] = {}
        self._locals = 0

    def count(self, node: Any) -> None:
        if isinstance(node, Symbol):
            seen = self._readers.get(id(node), 0)
            self._readers[id(node)] = seen + 1
            if not seen:
                for argument in node.arguments:
                    self.count(argument)

    def write(self, node: Any) -> str:
        if not isinstance(node, Symbol):
            return self._constant(node)
        if not node.arguments:
            return node.template
        if id(node) in self._names:
            return self._names[id(node)]
        text = node.template.format(*self._arguments(node))
        if self._readers[id(node)] > 1:
            self._locals += 1
            name = self._names[id(node)] = f"v{self._locals}"
            return f"({name} := {text})"
        return text

    def _arguments(self, node: Symbol) -> list[str]:
        texts = []
        for index, argument in enumerate(node.arguments):
            outer = dict(self._names)
            texts.append(self.write(argument))
            if node.lazy is not None and index >= node.lazy:
                self._names = outer
        return texts

    def _constant(self, value: Any) -> str:
        if type(value) in (int, float) and math.isfinite(value):
            return repr(value) if value >= 0 else f"({value!r})"
        for name, known in self.constants.items():
            if known is value:
                return name
        name = f"c{len(self.constants)}"
        self.constants[name] = value
        return name


def compile_scalar(schedule: Schedule) -> Callable[[float], float]:
    """Trace a schedule's formula and return it as a Python function of one number."""
    writer = _Writer()
    result = Symbols().apply(schedule, Symbol("t"))
    writer.count(result)
    body = writer.write(result)
    namespace = writer.constants
    exec(f"def scalar(t):\n    return {body}\n", namespace)  # our own text: numbers and operators
    function: Callable[[float], float] = namespace["scalar"]
    return function
