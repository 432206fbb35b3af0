"""Warm restarts: cycles that begin again at the top, longer and lower if wanted."""

from __future__ import annotations

import math
from itertools import accumulate, repeat
from operator import mul

from tsa_core import _checks
from tsa_core.catalogue._shared import (
    RAMPS,
    finite,
    ramp_of,
    schedule_of,
    span,
)
from tsa_core.catalogue.warmup import with_warmup
from tsa_core.combinators import Repeated, join
from tsa_core.curves import Constant
from tsa_core.schedule import Schedule


def with_restarts(
    schedule: Schedule,
    num_cycle_steps: float,
    num_cycles: int | None = None,
    *,
    growth: float = 1.0,
    gain: float = 1.0,
) -> Schedule:
    """Any schedule repeated, each cycle `growth` times as long and `gain` times as high.

    ::

        value(t) = gain**k * schedule((t - begin_k) / growth**k)
        begin_k  = num_cycle_steps * (1 + growth + ... + growth**(k - 1))

    The whole cycle is stretched, a warmup included. After the last cycle its end is held. With
    `growth` other than 1 each cycle is a separate record, so their number must be given; fifty
    doublings outlast any run.

    Args:
        schedule: The first cycle.
        num_cycle_steps: Length of it, in steps, > 0; it may be a fraction.
        num_cycles: How many cycles (a whole number >= 1); None for no end.
        growth: Length of a cycle over that of the one before, > 0.
        gain: Height of a cycle over that of the one before, > 0.

    Raises:
        TypeError: If an argument is of another type.
        ValueError: If a number is out of its range, or `num_cycles` is None while `growth` is
            not 1.

    Source:
        timm's `cycle_mul`, `cycle_decay` and `cycle_limit`; ignite's `cycle_mult`.

    Example:
        >>> from tsa_core import Linear
        >>> with_restarts(Linear(1.0, 0.0, 10), 10, 3, growth=2, gain=0.5)(20)
        0.25
    """
    once = schedule_of("schedule", schedule)
    if _checks.positive("growth", growth) == 1:
        return Repeated(once, span("num_cycle_steps", num_cycle_steps), _times(num_cycles), gain)
    lengths = _lengths(num_cycle_steps, num_cycles, growth)
    heights = _heights(1.0, gain, len(lengths))
    sizes = zip(lengths, heights, strict=True)
    cycles = [once.stretch(length / lengths[0]) * height for length, height in sizes]
    end = Constant(once(lengths[0]) * heights[-1])
    return join([*cycles, end], list(accumulate(lengths)))


def cosine_with_restarts(
    num_cycle_steps: float,
    num_cycles: int | None = None,
    *,
    growth: float = 1.0,
    gain: float = 1.0,
    peak: float = 1.0,
    floor: float = 0.0,
    num_warmup_steps: int = 0,
) -> Schedule:
    """Half a period of a cosine from peak to floor, repeated (SGDR).

    ::

        value(t) = floor + (gain**k * peak - floor) * s(t - begin_k)
        s(c)     = c / num_warmup_steps                                       # c < num_warmup_steps
                   (1 + cos(pi * (c - num_warmup_steps) / (length_k - num_warmup_steps))) / 2
        length_k = num_cycle_steps * growth**k
        begin_k  = length_0 + ... + length_(k - 1)

    Every cycle has the same warmup. For a warmup before the first only, put `with_warmup` in
    front. Lengths that `growth` makes fractions of a step stay so (torch and timm, too;
    ignite and pytorch-optimizer cut them down). After the last cycle `floor` is held. The
    cycle of a step is found by comparing boundaries, so it is right at exact powers.

    Args:
        num_cycle_steps: Length of the first cycle, warmup included, in steps, > 0.
        num_cycles: How many cycles (a whole number >= 1); None for no end, with `growth` 1.
        growth: Length of a cycle over that of the one before, > 0.
        gain: Peak of a cycle over that of the one before, > 0.
        peak: Multiplier at the top of the first cycle.
        floor: Multiplier at the end of each cycle.
        num_warmup_steps: Linear rise from `floor` in each cycle, in steps (a whole number >=
            0, no longer than the shortest cycle).

    Raises:
        TypeError: If an argument is of another type.
        ValueError: If a number is out of its range, or `num_cycles` is None while `growth` is
            not 1.

    Source:
        Loshchilov and Hutter, SGDR, arXiv:1608.03983; torch's `CosineAnnealingWarmRestarts`;
        timm's `CosineLRScheduler`; pytorch-optimizer's `CosineAnnealingWarmupRestarts`.

    Example:
        >>> cosine_with_restarts(10, 3, growth=2, gain=0.5)(30)
        0.25
    """
    top, low = finite(peak=peak, floor=floor)
    warm = _checks.count("num_warmup_steps", num_warmup_steps)
    if _checks.positive("growth", growth) == 1:
        return _equal_cycles(num_cycle_steps, _times(num_cycles), gain, top, low, warm)
    lengths = _lengths(num_cycle_steps, num_cycles, growth)
    sizes = zip(lengths, _heights(top, gain, len(lengths)), strict=True)
    cycles = [_cycle(length, height, low, warm) for length, height in sizes]
    return join(cycles, list(accumulate(lengths[:-1])))


def _equal_cycles(
    length: float, times: int | None, gain: float, top: float, low: float, warm: int
) -> Schedule:
    every = span("num_cycle_steps", length)
    if _checks.positive("gain", gain) == 1 or low == 0:
        return Repeated(_cycle(every, top, low, warm), every, times, gain)
    falling = Repeated(_cycle(every, top, 0.0, warm), every, times, gain)
    return falling + Repeated(_cycle(every, 0.0, low, warm), every, times)


def _cycle(length: float, top: float, low: float, warm: int) -> Schedule:
    if length < warm:
        raise ValueError(f"num_warmup_steps must be <= the shortest cycle ({length}), got {warm}")
    return with_warmup(ramp_of(RAMPS, "cosine")(top, low, length - warm), warm, start=low)


def _lengths(first: float, num_cycles: int | None, growth: float) -> list[float]:
    """The cycles' lengths; whole ones stay whole, so that their sums are exact."""
    length, factor = span("num_cycle_steps", first), _checks.positive("growth", growth)
    if (times := _times(num_cycles)) is None:
        raise ValueError("num_cycles must be given where growth is not 1, got None")
    whole = int(factor) if factor == int(factor) else factor
    lengths = list(accumulate(repeat(whole, times - 1), mul, initial=length))
    if not 0 < lengths[-1] <= _checks.MAX_STEPS:
        raise ValueError(f"num_cycles must leave each > 0 and <= 2**53 steps, got {num_cycles!r}")
    return lengths


def _heights(first: float, gain: float, number: int) -> list[float]:
    factor = _checks.positive("gain", gain)
    heights = list(accumulate(repeat(factor, number - 1), mul, initial=first))
    if math.isinf(heights[-1]):
        raise ValueError(f"gain must keep the last of {number} cycles finite, got {gain!r}")
    return heights


def _times(num_cycles: object) -> int | None:
    return None if num_cycles is None else _checks.count("num_cycles", num_cycles, low=1)
