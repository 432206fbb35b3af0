"""The operations that formulas are written in, over symbols: the way to one quick number.

A formula is traced once, and the trace becomes the plain Python function that answers for one
number: no array machinery, and only the branch that is taken runs.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import reduce
from operator import add, mul
from typing import TYPE_CHECKING, Any

from tsa_core._arrays import Curve, Ends

if TYPE_CHECKING:
    from tsa_core.schedule import Schedule

_LONGEST_CHAIN = 100
"""More terms than this are added in a loop: Python limits the length of an expression."""

_INLINE_DEPTH = 16
"""Records nested deeper than this are called, not inlined: Python limits nested brackets."""


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

    def least(self, values: Sequence[Any]) -> Any:
        """The least of several values."""
        return self._extreme(min, values)

    def greatest(self, values: Sequence[Any]) -> Any:
        """The greatest of several values."""
        return self._extreme(max, values)

    def _extreme(self, choose: Callable[..., Any], values: Sequence[Any]) -> Any:
        slots = ", ".join("{}" for _ in values)
        return Symbol(f"{{}}({slots})", choose, *values) if len(values) > 1 else values[0]

    def round(self, x: Any) -> Symbol:
        """The nearest whole number, of two the even one."""
        return Symbol("{}({})", round, x)

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
