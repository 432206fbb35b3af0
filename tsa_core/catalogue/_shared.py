"""What the catalogue's functions are built with: checked arguments and ramps by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Literal

from tsa_core import _checks
from tsa_core._fields import schedule as _schedule
from tsa_core.combinators import Clocked, join
from tsa_core.curves import Constant, Cosine, Exponential, Linear, Logarithmic, Polynomial
from tsa_core.schedule import Schedule

Ramp = Callable[[float, float, int], Schedule]
FreeRamp = Callable[[float, float, float], Schedule]
RampKind = Literal["linear", "cosine"]
WarmupKind = Literal["linear", "cosine", "1-sqrt", "1-square", "log"]
DecayKind = Literal["linear", "cosine", "1-sqrt", "1-square", "exponential", "geometric", "inverse"]


def _early(exponent: float) -> Ramp:
    def build(start: float, end: float, num_steps: int) -> Schedule:
        return Polynomial(end, start, num_steps, exponent).reverse(num_steps)

    return build


def _late(exponent: float) -> Ramp:
    return lambda start, end, num_steps: Polynomial(start, end, num_steps, exponent)


def _exponential(start: float, end: float, num_steps: int) -> Schedule:
    return Clocked(Linear(start, end, 1), 2 - Exponential(2.0, 1.0, num_steps))


def _geometric(start: float, end: float, num_steps: int) -> Schedule:
    _same_sign("geometric", start, end)
    return Exponential(start, end, num_steps)


def _inverse(start: float, end: float, num_steps: int) -> Schedule:
    _same_sign("inverse", start, end)
    return (Constant(start) / Linear(1.0, start / end, num_steps)).then(Constant(end), num_steps)


def _same_sign(kind: str, start: float, end: float) -> None:
    if not (start > 0 < end or start < 0 > end):
        raise ValueError(
            f"end must not be 0 and must have the sign of the value that the decay starts from "
            f"({start!r}) where it is {kind!r}, got {end!r}"
        )


schedule_of = _schedule
"""The value, which must be a schedule, checked under its name."""

RAMPS: dict[str, Ramp] = {"linear": Linear, "cosine": Cosine}
"""From `start` to `end`, by the name of the curve."""

COOLDOWNS: dict[str, Ramp] = {
    **RAMPS,
    "1-sqrt": _early(0.5),
    "1-square": _early(2.0),
    "exponential": _exponential,
    "geometric": _geometric,
    "inverse": _inverse,
}
"""With u = t / num_steps, the share that is left is `1 - u`, `(1 + cos(pi u)) / 2`, `1 -
sqrt(u)`, `1 - u**2` or `2 * 0.5**u - 1`; the last two are straight lines in the logarithm of the
value and in one over it."""

WARMUPS: dict[str, Ramp] = {
    **RAMPS,
    "1-sqrt": _late(0.5),
    "1-square": _late(2.0),
    "log": Logarithmic,
}
"""The mirror images of the first four; or along the logarithm of 1 + t."""


def share_left(kind: object, start: float, end: float, num_steps: float) -> Schedule:
    """From 1 to 0 as that kind of cooldown goes from `start` to `end`."""
    ramp = ramp_of(COOLDOWNS, kind)
    if kind in ("geometric", "inverse") and start != end:
        return (ramp(start, end, num_steps) - end) / (start - end)
    return ramp_of(COOLDOWNS, "linear" if start == end else kind)(1.0, 0.0, num_steps)


def ramp_of(kinds: Mapping[str, Ramp], kind: object, name: str = "kind") -> FreeRamp:
    """The ramp of that name, for a length that may be a fraction of a step or 0."""
    if not isinstance(kind, str) or kind not in kinds:
        allowed = ", ".join(map(repr, kinds))
        raise ValueError(f"{name} must be one of {allowed}, got {kind!r}")

    return partial(_ramp, kinds[kind])


def _ramp(build: Ramp, start: float, end: float, num_steps: float) -> Schedule:
    if num_steps == 0:
        return Constant(end)
    if num_steps == int(num_steps):
        return build(start, end, int(num_steps))
    if build is Logarithmic:
        raise ValueError(f"a warmup of kind 'log' must have whole steps, got {num_steps!r} of them")
    return build(start, end, 1).stretch(num_steps)


def through(kind: object, steps: Sequence[float], values: Sequence[float]) -> Schedule:
    """Ramps of one kind from point to point; the first of `steps` is 0."""
    ramp = ramp_of(RAMPS, kind)
    sides = zip(pairwise(values), pairwise(steps), strict=True)
    return join([ramp(a, b, last - first) for (a, b), (first, last) in sides], steps[1:-1])


def finite(**values: object) -> tuple[float, ...]:
    """The values as finite floats, each checked under its name."""
    return tuple(_checks.finite(name, value) for name, value in values.items())


def span(name: str, value: object) -> float:
    """A length above 0, in steps, whole or not; an int stays one."""
    _checks.positive(name, value)
    return _checks.clock(name, value)


def counts(**lengths: object) -> tuple[int, ...]:
    """The lengths as whole numbers of steps, each checked under its name."""
    return tuple(_checks.count(name, value) for name, value in lengths.items())


def lengths(**steps: object) -> tuple[float, ...]:
    """The lengths in steps, >= 0 and whole or not, each checked under its name."""
    return tuple(_checks.step(length, name) for name, length in steps.items())


def in_order(**steps: object) -> tuple[float, ...]:
    """Points in time, none before step 0 or before the one in front of it."""
    checked = {name: _checks.step(value, name) for name, value in steps.items()}
    for (before, low), (after, high) in pairwise(checked.items()):
        if high < low:
            raise ValueError(f"{after} must be >= {before} ({low!r}), got {steps[after]!r}")
    return tuple(checked.values())
