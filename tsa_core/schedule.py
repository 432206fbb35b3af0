"""The base of every schedule: a frozen record that is a function from step to value."""

from __future__ import annotations

import functools
import math
import numbers
from collections.abc import Callable
from typing import Any, Protocol, TypeVar, cast, overload

import array_api_compat
import numpy as np

from tsa_core._arrays import Arrays, NumpyArrays
from tsa_core._symbols import compile_scalar


class _Array(Protocol):
    @property
    def shape(self) -> Any: ...

    @property
    def dtype(self) -> Any: ...


ArrayT = TypeVar("ArrayT", bound=_Array)


class Schedule:
    """A value over steps: an immutable record, called with a step.

    Subclasses are frozen attrs records with one method, `_formula(t, ops)`: the formula over
    an array of steps, written in the operations `ops`. It must be finite for every real `t`.

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
    __slots__ = ("__dict__", "_constants", "_scalar")
    __array_ufunc__ = None  # NumPy numbers leave the arithmetic to us
    _constants: Any
    _scalar: Callable[[float], float]

    def _formula(self, t: Any, ops: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} has no formula")

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
        if kind is int or (kind is float and step == step):
            try:
                scalar = self._scalar
            except AttributeError:
                scalar = self._function()
            return scalar(step)
        return self._evaluate(step)

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

    def _evaluate(self, step: Any) -> Any:
        if isinstance(step, numbers.Real):
            return self._function()(_number(step))
        xp = _library(step)
        if not xp.isdtype(step.dtype, ("integral", "real floating")):
            raise TypeError(f"step must be an array of real numbers, got dtype {step.dtype}")
        clock = functools.partial(_clock, xp=xp, longest=self._longest())
        if isinstance(step, np.ndarray):
            return NumpyArrays(xp).evaluate(self, step, clock)
        return self._formula(clock(step), Arrays(xp))

    def _longest(self) -> int:
        """The largest whole number of steps that the formula compares with."""
        return 0

    def __add__(self, other: Schedule | float) -> Schedule:
        return _binary("add", self, other)

    def __radd__(self, other: float) -> Schedule:
        return _binary("add", other, self)

    def __sub__(self, other: Schedule | float) -> Schedule:
        return _binary("subtract", self, other)

    def __rsub__(self, other: float) -> Schedule:
        return _binary("subtract", other, self)

    def __mul__(self, other: Schedule | float) -> Schedule:
        return _binary("multiply", self, other)

    def __rmul__(self, other: float) -> Schedule:
        return _binary("multiply", other, self)

    def __truediv__(self, other: Schedule | float) -> Schedule:
        return _binary("divide", self, other)

    def __rtruediv__(self, other: float) -> Schedule:
        return _binary("divide", other, self)

    def __neg__(self) -> Schedule:
        return self * -1.0

    @property
    def length(self) -> float:
        """The step from which the value is held; `math.inf` where it never is."""
        return math.inf

    def then(self, other: Schedule, at: float | None = None) -> Schedule:
        """This schedule until a step, then another on its own clock (from 0).

        Args:
            other: What takes over.
            at: When, in steps: a real number >= 0. None is this schedule's `length`.

        Raises:
            TypeError: If `other` is no schedule or `at` no number.
            ValueError: If `at` is negative or not finite, or None where the length is infinite.
        """
        return _made("then", self, other, at)

    def clip(self, low: float | None = None, high: float | None = None) -> Schedule:
        """This schedule, kept between two values.

        Args:
            low: The least value, or None for no floor.
            high: The greatest value, or None for no ceiling.

        Raises:
            TypeError: If a bound is no number.
            ValueError: If a bound is not finite or `high` lies below `low`.
        """
        return _made("Clipped", self, low, high)

    def minimum(self, other: Schedule | float) -> Schedule:
        """The lower of this schedule and another.

        Args:
            other: A schedule or a number.

        Raises:
            TypeError: If `other` is neither.
            ValueError: If `other` is a number that is not finite.
        """
        return _made("minimum", self, other)

    def maximum(self, other: Schedule | float) -> Schedule:
        """The higher of this schedule and another.

        Args:
            other: A schedule or a number.

        Raises:
            TypeError: If `other` is neither.
            ValueError: If `other` is a number that is not finite.
        """
        return _made("maximum", self, other)

    def hold(self, every: float) -> Schedule:
        """This schedule as a staircase: looked up every so many steps, and held.

        Args:
            every: Length of a stair, in steps, > 0.

        Raises:
            TypeError: If `every` is no number.
            ValueError: If `every` is not finite or not above 0.
        """
        return _made("Held", self, every)

    def round(self, to: float = 1.0) -> Schedule:
        """This schedule, rounded to the nearest multiple; ties go to the even one.

        Args:
            to: What the values are multiples of, > 0.

        Raises:
            TypeError: If `to` is no number.
            ValueError: If `to` is not finite or not above 0.
        """
        return _made("Rounded", self, to)

    def shift(self, by: float) -> Schedule:
        """This schedule, later.

        Args:
            by: Delay, in steps; negative is earlier.

        Raises:
            TypeError: If `by` is no number.
            ValueError: If `by` is not finite.
        """
        return _made("Shifted", self, by)

    def stretch(self, factor: float) -> Schedule:
        """This schedule, longer.

        Args:
            factor: How many times as long, > 0.

        Raises:
            TypeError: If `factor` is no number.
            ValueError: If `factor` is not finite or not above 0.
        """
        return _made("Stretched", self, factor)

    def repeat(self, every: float, times: int | None = None, gain: float = 1.0) -> Schedule:
        """This schedule again and again.

        Args:
            every: Length of a round, in steps, > 0.
            times: Number of rounds (>= 1), or None for no end.
            gain: Factor from round to round, > 0.

        Raises:
            TypeError: If an argument is of another type.
            ValueError: If a number is out of its range.
        """
        return _made("Repeated", self, every, times, gain)

    def reverse(self, num_steps: float) -> Schedule:
        """This schedule backwards.

        Args:
            num_steps: The step at which it begins, >= 0; it ends at step 0.

        Raises:
            TypeError: If `num_steps` is no number.
            ValueError: If `num_steps` is negative or not finite.
        """
        return _made("Reversed", self, num_steps)

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


def _library(step: Any) -> Any:
    """The array namespace of `step`; for torch without the look-up, which it cannot compile."""
    if type(step).__module__.partition(".")[0] == "torch":
        from array_api_compat import torch as namespace

        return namespace
    if not array_api_compat.is_array_api_obj(step):
        raise TypeError(f"step must be a real number or an array, got {step!r}")
    return array_api_compat.array_namespace(step)


def _clock(steps: Any, xp: Any, longest: int) -> Any:
    if xp.isdtype(steps.dtype, "real floating"):
        return steps
    # Signed and wide enough that `t - boundary` cannot wrap; JAX without x64 stops at int32.
    whole = xp.asarray(0, dtype=None).dtype
    most = xp.iinfo(whole).max
    wide = xp.asarray(steps, dtype=whole)
    if xp.iinfo(steps.dtype).max > most:  # unsigned: what wraps to below 0 is late
        wide = xp.where(wide < 0, most, wide)
    return wide if longest <= xp.iinfo(wide.dtype).max else wide / 1


def _binary(name: str, left: object, right: object) -> Schedule:
    for side in (left, right):
        if isinstance(side, bool) or not isinstance(side, (Schedule, numbers.Real)):
            return cast(Schedule, NotImplemented)
    return _made(name, left, right)


def _made(name: str, *arguments: object) -> Schedule:
    # These modules build on this one; the methods that reach forward look them up late.
    from tsa_core import arithmetic, combinators

    home = arithmetic if hasattr(arithmetic, name) else combinators
    result: Schedule = getattr(home, name)(*arguments)
    return result
