"""The base of every schedule: a frozen record that is a function from step to value."""

from __future__ import annotations

import math
import numbers
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast, overload

import numpy as np

from tsa_core import _arrays
from tsa_core._compiling import compile_scalar

if TYPE_CHECKING:
    from tsa_core._limits import Limits
    from tsa_core._pieces import Piece


class _Array(Protocol):
    @property
    def shape(self) -> Any: ...

    @property
    def dtype(self) -> Any: ...


ArrayT = TypeVar("ArrayT", bound=_Array)


_MOST = sys.float_info.max


class Schedule:
    """A value over steps: an immutable record that is called with a step.

    A subclass is a frozen attrs record with one method, `formula(t, ops)`. That makes it a
    schedule like any other: called with numbers and arrays, combined, compared, printed, drawn,
    summarised and, by the name of its module, written as data.

    Example:
        >>> from tsa_core import Linear
        >>> warmup = Linear(0.0, 1.0, 10)
        >>> warmup(5)
        0.5
        >>> (warmup * 0.1).then(Linear(0.1, 0.0, 90), at=10)(100)
        0.0
    """

    # torch's LambdaLR saves and loads the `__dict__` of a callable, and torch.compile looks for
    # the object's own: it is there, and empty.
    __slots__ = ("__dict__", "_prepared", "_scalar")
    __array_ufunc__ = None  # NumPy numbers leave the arithmetic to us
    _prepared: Any
    _scalar: Callable[[float], float]

    def formula(self, t: Any, ops: Any) -> Any:
        """The value over the clock, written in operators and the operations `ops`.

        It runs over arrays of any library, and once over a symbol that stands for one number. So it
        branches with `ops.where(condition, yes, no)`, never with `if` on `t`.

        Args:
            t: The clock, in steps: whole or not, and of either sign.
            ops: `where`, `minimum`, `maximum`, `sin`, `cos`, `tanh`, `exp`, `expm1`, `log`,
                `log1p`, `sqrt`, `floor`, `round`; `apply(schedule, t)` is the value of another
                schedule.

        Returns:
            The value, finite for every real `t`.

        Raises:
            NotImplementedError: If the subclass has none.

        Example:
            >>> import attrs
            >>> @attrs.frozen
            ... class Wave(Schedule):
            ...     period: float
            ...
            ...     def formula(self, t, ops):
            ...         return (1 + ops.cos(6.283185307179586 / self.period * t)) / 2
            >>> Wave(10.0)(5)
            0.0
        """
        raise NotImplementedError(f"{type(self).__name__} has no formula")

    @property
    def length(self) -> float:
        """The step from which the value is held; `math.inf` where it never is."""
        return math.inf

    @overload
    def __call__(self, step: float | np.integer[Any] | np.floating[Any]) -> float: ...
    @overload
    def __call__(self, step: ArrayT) -> ArrayT: ...
    def __call__(self, step: Any) -> Any:
        """The value at `step`.

        Args:
            step: A real number of steps, or an array of them (NumPy, torch, JAX, …).

        Returns:
            A float for a number; for an array, one of the same library, device and shape.
            Floating steps keep their dtype, whole ones give the library's default float.

        Raises:
            TypeError: If `step` is neither.
            ValueError: If `step` is NaN.
        """
        kind = type(step)
        if kind is int or (kind is float and step - step == 0):
            try:
                scalar = self._scalar
            except AttributeError:
                scalar = self._function()
            try:
                return scalar(step)
            except OverflowError:
                return self._far(step)
        if isinstance(step, numbers.Real):
            number = _number(step)
            return self(number) if number - number == 0 else self._far(number)
        return _arrays.evaluate(self, step)

    def _far(self, step: float) -> float:
        """The value at infinity, and at a whole number that no float holds."""
        try:
            if math.isfinite(step):
                return self._scalar(step)  # the error is the schedule's own
        except OverflowError:
            if abs(step) < _MOST:
                raise
        return float(_arrays.evaluate(self, np.asarray(math.inf if step > 0 else -math.inf)))

    def _fields(self) -> dict[str, Any]:
        """The fields by name, in their order."""
        fields = getattr(type(self), "__attrs_attrs__", ())
        return {field.name: getattr(self, field.name) for field in fields}

    # One of each for all records: attrs would compile them for every class, at every import.

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Schedule) or type(other) is not type(self):
            return NotImplemented
        return self._fields() == other._fields()

    def __hash__(self) -> int:
        return hash((type(self), *self._fields().values()))

    def __repr__(self) -> str:
        fields = (f"{name}={value!r}" for name, value in self._fields().items())
        return f"{type(self).__name__}({', '.join(fields)})"

    def __reduce__(self) -> tuple[Any, ...]:
        # Copies and pickles are built, and so checked, like any other record.
        return type(self), tuple(self._fields().values())

    def _function(self) -> Callable[[float], float]:
        """The schedule as a plain function of one number, compiled at the first use."""
        try:
            return self._scalar
        except AttributeError:
            scalar = compile_scalar(self)
            object.__setattr__(self, "_scalar", scalar)
            return scalar

    # What the package asks of a record. Each answer is right for any record, and a record that
    # knows more of itself gives a better one.

    def _children(self) -> list[Schedule]:
        """The schedules that this one is made of, each once."""
        found: dict[int, Schedule] = {}
        for value in self._fields().values():
            items = value if isinstance(value, tuple) else (value,)
            found |= {id(item): item for item in items if isinstance(item, Schedule)}
        return list(found.values())

    @property
    def _begin(self) -> float:
        """The step up to which the value is the same; -inf where that is not known."""
        return -math.inf

    def _bends(self) -> Sequence[float]:
        """Steps that are worth a look: where the curve bends or jumps, and of one that never ends
        how far it is drawn.
        """
        return sorted({0, *(bend for child in self._children() for bend in child._bends())})

    def _pieces(self, start: float, stop: float) -> list[Piece]:
        """Smooth pieces from `start` to `stop`, each beginning where the last ends."""
        from tsa_core._pieces import INF, sampled, within

        return within([sampled(-INF, INF, self, opaque=True)], start, stop)

    def _area(self, start: float, stop: float) -> float:
        """The integral from `start` to a later `stop`."""
        return math.fsum(piece.area(piece.start, piece.stop) for piece in self._pieces(start, stop))

    def _limits(self, start: float, stop: float) -> Limits:
        """What the value tends to at the ends of each piece from `start` to a later `stop`."""
        from tsa_core._limits import of_pieces

        return of_pieces(self._pieces(start, stop))

    @classmethod
    def _strategy(cls, given: Any) -> Any:
        """How hypothesis builds one, out of what the testing kit has `given`."""
        return given.by_fields(cls)

    def __add__(self, other: Schedule | float) -> Schedule:
        from tsa_core.arithmetic import add

        return add(self, other) if _is_operand(other) else cast(Schedule, NotImplemented)

    def __radd__(self, other: float) -> Schedule:
        from tsa_core.arithmetic import add

        return add(other, self) if _is_operand(other) else cast(Schedule, NotImplemented)

    def __sub__(self, other: Schedule | float) -> Schedule:
        from tsa_core.arithmetic import subtract

        return subtract(self, other) if _is_operand(other) else cast(Schedule, NotImplemented)

    def __rsub__(self, other: float) -> Schedule:
        from tsa_core.arithmetic import subtract

        return subtract(other, self) if _is_operand(other) else cast(Schedule, NotImplemented)

    def __mul__(self, other: Schedule | float) -> Schedule:
        from tsa_core.arithmetic import multiply

        return multiply(self, other) if _is_operand(other) else cast(Schedule, NotImplemented)

    def __rmul__(self, other: float) -> Schedule:
        from tsa_core.arithmetic import multiply

        return multiply(other, self) if _is_operand(other) else cast(Schedule, NotImplemented)

    def __truediv__(self, other: Schedule | float) -> Schedule:
        from tsa_core.arithmetic import divide

        return divide(self, other) if _is_operand(other) else cast(Schedule, NotImplemented)

    def __rtruediv__(self, other: float) -> Schedule:
        from tsa_core.arithmetic import divide

        return divide(other, self) if _is_operand(other) else cast(Schedule, NotImplemented)

    def __neg__(self) -> Schedule:
        return self * -1.0

    def then(self, other: Schedule, at: float | None = None) -> Schedule:
        """This schedule until a step, then another on its own clock (from 0).

        Args:
            other: What takes over.
            at: When, in steps: a real number >= 0. None is this schedule's `length`.

        Raises:
            TypeError: If `other` is not a schedule or `at` is not a number.
            ValueError: If `at` is negative or not finite, or None where the length is infinite.
        """
        from tsa_core.arithmetic import then

        return then(self, other, at)

    def clip(self, low: float | None = None, high: float | None = None) -> Schedule:
        """This schedule, kept between two values.

        Args:
            low: The lowest value, or None for no floor.
            high: The highest value, or None for no ceiling.

        Raises:
            TypeError: If a bound is not a number.
            ValueError: If a bound is not finite or `high` lies below `low`.
        """
        from tsa_core.combinators import Clipped

        return Clipped(self, low, high)

    def minimum(self, other: Schedule | float) -> Schedule:
        """The lower of this schedule and another.

        Args:
            other: A schedule or a number.

        Raises:
            TypeError: If `other` is neither.
            ValueError: If `other` is a number that is not finite.
        """
        from tsa_core.arithmetic import minimum

        return minimum(self, other)

    def maximum(self, other: Schedule | float) -> Schedule:
        """The higher of this schedule and another.

        Args:
            other: A schedule or a number.

        Raises:
            TypeError: If `other` is neither.
            ValueError: If `other` is a number that is not finite.
        """
        from tsa_core.arithmetic import maximum

        return maximum(self, other)

    def hold(self, every: float) -> Schedule:
        """This schedule as a staircase: its value at the start of each period, held.

        Args:
            every: Length of a stair, in steps, > 0.

        Raises:
            TypeError: If `every` is not a number.
            ValueError: If `every` is not finite or not above 0.
        """
        from tsa_core.combinators import Held

        return Held(self, every)

    def round(self, to: float = 1.0) -> Schedule:
        """This schedule, rounded to the nearest multiple; ties go to the even one.

        Args:
            to: What the values are multiples of, > 0.

        Raises:
            TypeError: If `to` is not a number.
            ValueError: If `to` is not finite or not above 0.
        """
        from tsa_core.combinators import Rounded

        return Rounded(self, to)

    def shift(self, by: float) -> Schedule:
        """This schedule, later.

        Args:
            by: Delay, in steps; negative is earlier.

        Raises:
            TypeError: If `by` is not a number.
            ValueError: If `by` is not finite.
        """
        from tsa_core.combinators import Shifted

        return Shifted(self, by)

    def stretch(self, factor: float) -> Schedule:
        """This schedule, longer.

        Args:
            factor: How many times as long, > 0.

        Raises:
            TypeError: If `factor` is not a number.
            ValueError: If `factor` is not finite or not above 0.
        """
        from tsa_core.combinators import Stretched

        return Stretched(self, factor)

    def repeat(self, every: float, times: int | None = None, gain: float = 1.0) -> Schedule:
        """This schedule, repeated.

        Args:
            every: Length of a round, in steps, > 0.
            times: Number of rounds (>= 1), or None for no end.
            gain: Factor from round to round, > 0.

        Raises:
            TypeError: If an argument is of another type.
            ValueError: If a number is out of its range.
        """
        from tsa_core.combinators import Repeated

        return Repeated(self, every, times, gain)

    def reverse(self, num_steps: float) -> Schedule:
        """This schedule backwards.

        Args:
            num_steps: The step at which it begins, >= 0; it ends at step 0.

        Raises:
            TypeError: If `num_steps` is not a number.
            ValueError: If `num_steps` is negative or not finite.
        """
        from tsa_core.combinators import Reversed

        return Reversed(self, num_steps)

    def _repr_html_(self) -> str:
        """The expression and a small curve, for notebooks."""
        from tsa_core import _svg

        return _svg.to_html(self)


def _number(step: numbers.Real) -> float:
    if isinstance(step, (bool, np.bool_)):
        raise TypeError(f"step must be a real number or an array, got {step!r}")
    number = int(step) if isinstance(step, numbers.Integral) else float(step)
    if number != number:
        raise ValueError(f"step must not be NaN, got {step!r}")
    return number


def _is_operand(value: object) -> bool:
    return isinstance(value, (Schedule, numbers.Real)) and not isinstance(value, bool)
