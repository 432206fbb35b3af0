"""The laws that every schedule keeps, and the smallest step at which one is broken."""

from __future__ import annotations

import contextlib
import copy
import json
import math
import numbers
import pickle
from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import Any

import attrs
import numpy as np

import tsa_core
from tsa_core import _checks
from tsa_core._arrays import NumpyArrays
from tsa_core.combinators import Clipped, Custom
from tsa_core.schedule import Schedule
from tsa_core.serialization import from_dict, to_dict
from tsa_core.testing._assertions import Steps
from tsa_core.testing._strategies import around

_MOST_STEPS = 100_000
_LATE = (10**6, 10**9, 1e9 + 0.5)
"""Steps that no run reaches, but that a schedule answers all the same."""


def check_schedule(
    schedule_or_function: Steps,
    num_steps: int,
    *,
    low: float | None = None,
    high: float | None = None,
    end: float | None = None,
    rtol: float = 1e-12,
) -> None:
    """Assert the laws that hold for every schedule.

    ============ ================================================================= ==========
    law          what is asserted                                                  applies to
    ============ ================================================================= ==========
    defined      every step has a real number as value (a `float` from a record)   all
    finite       no value is infinite or NaN                                       all
    pure         the same step has the same value again, in any order of calls     all
    bounds       no value is below `low` or above `high`, nor outside a `Clipped`  all
    held         one value before the first step and one from the last step on     see `end`
    array        NumPy arrays of any shape hold what single steps give             records
    frozen       no field can be set and none be added                             records
    copy         copies are equal, of equal hash and of equal values               records
    pickle       so is what pickle gives back                                      data
    repr         so is what `eval(repr(schedule))` gives back                      data
    json         so is what `from_dict(to_dict(schedule))` gives back              data
    ============ ================================================================= ==========

    Data are records without a `Custom` inside. A
    record is also called before step 0, after the run, between whole steps, and close to
    where its pieces meet; a function at the whole steps of the run only.

    Args:
        schedule_or_function: A schedule, or a plain function of the step.
        num_steps: Length of the run, in steps: whole steps from 0 to `num_steps` - 1 are
            checked, all of them up to 100,000 and as many spread evenly beyond.
        low: The lowest value allowed, or None for any.
        high: The highest value allowed, or None for any.
        end: The step from which the value is held. A record of tsa_core knows its own; for a
            function, and for a record of your own, None does not check it.
        rtol: How far an array may be from single steps, as a share of the value; a thousandth
            of it as a share of the largest number inside, since terms that cancel leave a
            rounding of theirs.

    Raises:
        AssertionError: If a law is broken. The message names the law, the smallest step in
            size that breaks it, and the values.
        TypeError: If an argument is of another type.
        ValueError: If an argument is out of its range.

    Example:
        >>> from tsa_core import Cosine
        >>> check_schedule(Cosine(1.0, 0.1, 100), num_steps=200, low=0.1, high=1.0)
        >>> check_schedule(lambda step: 1 / (step - 7) if step < 9 else 0.5, num_steps=10)
        Traceback (most recent call last):
        AssertionError: law 'defined' is broken at step 7: ZeroDivisionError: division by zero
    """
    if not callable(schedule_or_function):
        raise TypeError(
            f"schedule_or_function must be a schedule or a function, got {schedule_or_function!r}"
        )
    run = _checks.count("num_steps", num_steps, low=1)
    least = -math.inf if low is None else _checks.real("low", low)
    most = math.inf if high is None else _checks.real("high", high)
    share = _checks.non_negative("rtol", rtol)
    last = None if end is None else math.ceil(_checks.finite("end", end))
    steps = _steps(schedule_or_function, run)
    values = _defined(schedule_or_function, steps)
    _finite(steps, values)
    _pure(schedule_or_function, steps, values)
    _bounds(schedule_or_function, steps, values, least, most)
    _held(schedule_or_function, last)
    if isinstance(schedule_or_function, Schedule):
        _frozen(schedule_or_function)
        _array(schedule_or_function, steps, values, share)
        _copies(schedule_or_function, steps, values)


def _broken(law: str, detail: str, step: float | None = None) -> AssertionError:
    place = "" if step is None else f" at step {step!r}"
    return AssertionError(f"law {law!r} is broken{place}: {detail}")


def _steps(schedule: Steps, num_steps: int) -> list[float]:
    """The steps to look at, from the smallest in size; of two alike the positive first."""
    stride = max(1, math.ceil(num_steps / _MOST_STEPS))
    steps: set[float] = {*range(0, num_steps, stride), num_steps - 1}
    if isinstance(schedule, Schedule):
        steps |= {step for point in (*schedule._bends(), num_steps) for step in around(point)}
        steps |= {sign * step for step in (0.5, 1, num_steps + 0.25, *_LATE) for sign in (1, -1)}
    return sorted(steps, key=lambda step: (abs(step), step < 0))


def _value(law: str, function: Steps, step: Any) -> Any:
    try:
        return function(step)
    except Exception as error:
        raise _broken(law, f"{type(error).__name__}: {error}", step) from error


def _defined(function: Steps, steps: list[float]) -> list[float]:
    allowed = float if isinstance(function, Schedule) else numbers.Real
    values = []
    for step in steps:
        value = _value("defined", function, step)
        if not isinstance(value, allowed) or isinstance(value, bool):
            raise _broken("defined", f"the value is not a real number, but {value!r}", step)
        values.append(float(value))
    return values


def _finite(steps: list[float], values: list[float]) -> None:
    for step, value in zip(steps, values, strict=True):
        if not math.isfinite(value):
            raise _broken("finite", f"the value is {value!r}", step)


def _pure(function: Steps, steps: list[float], values: list[float]) -> None:
    backwards = [(function(step), function(step)) for step in reversed(steps)]
    for step, value, pair in zip(steps, values, reversed(backwards), strict=True):
        for again in pair:
            if again != value:
                raise _broken("pure", f"the value was {value!r}, then {again!r}", step)


def _bounds(
    function: Steps, steps: list[float], values: list[float], low: float, high: float
) -> None:
    if isinstance(function, Clipped):
        low = low if function.low is None else max(low, function.low)
        high = high if function.high is None else min(high, function.high)
    for step, value in zip(steps, values, strict=True):
        if not low <= value <= high:
            raise _broken("bounds", f"{value!r} is not within [{low!r}, {high!r}]", step)


def _held(function: Steps, end: int | None) -> None:
    first, last = -math.inf, math.inf
    if isinstance(function, Schedule):
        first, last = function._begin, function.length
        if not isinstance(last, int) and last < math.inf:
            last = math.ceil(last) + 1  # one that is not a whole number may be late by a rounding
    last = last if end is None else end
    distances = (0, 1, 2, 10, 1000, 10**6)
    if first > -math.inf:
        _same(function, [first - 0.5 - distance for distance in distances])
    if last < math.inf:
        _same(function, [last + distance for distance in distances])


def _same(function: Steps, steps: list[float]) -> None:
    first, *others = [_value("held", function, step) for step in steps]
    for step, value in zip(steps[1:], others, strict=True):
        if value != first:
            detail = f"the value is {value!r}, but {first!r} at step {steps[0]!r}"
            raise _broken("held", detail, step)


def _array(schedule: Schedule, steps: list[float], values: list[float], rtol: float) -> None:
    known = dict(zip(steps, values, strict=True))
    # Terms that cancel leave a rounding of their own size, not of the result's.
    so_far = accumulate(map(abs, values), max, initial=_largest(schedule, steps))
    next(so_far)
    largest = dict(zip(steps, so_far, strict=True))
    whole = [step for step in steps if isinstance(step, int)]
    for some, dtype, shape in (
        (steps, np.float64, (-1,)),
        (whole, np.int64, (-1,)),
        (steps[:6], np.float64, (3, 2)),
        (steps[:1], np.float64, ()),
        ([], np.float64, (2, 0)),
    ):
        result = _over(schedule, np.array(some, dtype=dtype).reshape(shape))
        for step, value in zip(some, result, strict=True):
            slack = rtol * (abs(known[step]) + 1e-3 * largest[step])
            if not abs(value - known[step]) <= slack:
                detail = f"an array holds {value!r}, a single step gives {known[step]!r}"
                raise _broken("array", detail, step)


class _Watching(NumpyArrays):
    """The operations on NumPy's arrays, which note the largest value of what is nested."""

    largest = 0.0

    def apply(self, schedule: Schedule, t: Any) -> Any:
        values = super().apply(schedule, t)
        if not self._depth:
            return values
        sizes = np.abs(values)
        self.largest = max(self.largest, float(sizes.max(initial=0.0, where=np.isfinite(sizes))))
        return values


def _largest(schedule: Schedule, steps: list[float]) -> float:
    """The largest value that the schedules inside another have at some steps."""
    watching = _Watching(np)
    with contextlib.suppress(Exception):  # what arrays do wrong is said where they are compared
        watching.evaluate(schedule, np.array(steps, dtype=np.float64))
    return watching.largest


def _over(schedule: Schedule, steps: np.ndarray[Any, Any]) -> list[float]:
    given = f"steps of {steps.dtype} and shape {steps.shape} gave"
    try:
        result = schedule(steps)
    except Exception as error:
        raise _broken("array", f"{given} {type(error).__name__}: {error}") from error
    if not isinstance(result, np.ndarray) or result.dtype != np.float64:
        raise _broken("array", f"{given} no array of float64, but {result!r}")
    if result.shape != steps.shape:
        raise _broken("array", f"{given} shape {result.shape}")
    return [float(value) for value in result.ravel()]


def _frozen(schedule: Schedule) -> None:
    if not attrs.has(type(schedule)):
        raise _broken("frozen", f"{type(schedule).__name__} must be a frozen attrs record")
    for name in (*_fields(schedule), "something_new"):
        try:
            setattr(schedule, name, getattr(schedule, name, None))
        except AttributeError:
            continue
        raise _broken("frozen", f"{name!r} can be set")


def _fields(record: Any) -> list[str]:
    return [field.name for field in attrs.fields(type(record))]


def _parts(record: Any) -> Iterator[Any]:
    """A record and all that it is made of."""
    if isinstance(record, tuple):
        for item in record:
            yield from _parts(item)
    elif isinstance(record, Schedule):
        yield record
        for name in _fields(record):
            yield from _parts(getattr(record, name))


def _routes(schedule: Schedule) -> dict[str, Callable[[Schedule], Any]]:
    """The ways to a copy, by the law that says it is one."""
    routes: dict[str, Callable[[Schedule], Any]] = {"copy": _copied}
    kinds = {type(part).__name__: type(part) for part in _parts(schedule)}
    if Custom in kinds.values():
        return routes
    routes["pickle"] = lambda record: pickle.loads(pickle.dumps(record))
    routes["repr"] = lambda record: eval(repr(record), {**vars(tsa_core), **kinds})
    allow = {f"{kind.__module__}:{kind.__qualname__}": kind for kind in kinds.values()}
    routes["json"] = lambda record: from_dict(
        json.loads(json.dumps(to_dict(record), allow_nan=False)), allow=allow
    )
    return routes


def _copied(schedule: Any) -> Any:
    return copy.deepcopy(attrs.evolve(copy.copy(schedule)))


def _copies(schedule: Schedule, steps: list[float], values: list[float]) -> None:
    for law, route in _routes(schedule).items():
        try:
            other = route(schedule)
            same = other == schedule and hash(other) == hash(schedule)
        except Exception as error:
            raise _broken(law, f"{type(error).__name__}: {error}") from error
        if not same:
            raise _broken(law, f"{schedule!r} became {other!r}")
        for step, value in zip(steps, values, strict=True):
            if other(step) != value:
                raise _broken(law, f"the copy gives {other(step)!r}, not {value!r}", step)
