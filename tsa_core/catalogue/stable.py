"""A plateau, and ways down from it."""

from __future__ import annotations

from tsa_core import _checks
from tsa_core.catalogue._shared import (
    COOLDOWNS,
    RAMPS,
    WARMUPS,
    DecayKind,
    RampKind,
    WarmupKind,
    finite,
    in_order,
    lengths,
    ramp_of,
    schedule_of,
    share_left,
)
from tsa_core.combinators import join
from tsa_core.curves import Constant
from tsa_core.schedule import Schedule


def warmup_stable_decay(
    num_warmup_steps: float,
    num_stable_steps: float,
    num_decay_steps: float,
    *,
    start: float = 0.0,
    peak: float = 1.0,
    end: float = 0.0,
    warmup_kind: WarmupKind = "linear",
    decay_kind: DecayKind = "linear",
) -> Schedule:
    """Up, along, and down (WSD).

    ::

        value(t) = start + (peak - start) * done(u)   # for num_warmup_steps
                   peak                               # for num_stable_steps
                   end + (peak - end) * left(u)       # for num_decay_steps, then end

    `u` is the share of the phase that is done. `left(u)` is `1 - u` (linear),
    `(1 + cos(pi * u)) / 2` (cosine), `1 - sqrt(u)` (1-sqrt), `1 - u**2` (1-square) or
    `2 * 0.5**u - 1` (exponential). A geometric decay is `peak * (end / peak)**u`, a straight line
    in the logarithm. An inverse decay is `1 / (1 / peak + (1 / end - 1 / peak) * u)`, a straight
    line in the reciprocal. For `done(u)` see `with_warmup`.

    Args:
        num_warmup_steps: Length of the rise, in steps, >= 0; it may be a fraction.
        num_stable_steps: Length of the plateau, likewise.
        num_decay_steps: Length of the fall, likewise.
        start: Multiplier at step 0 (transformers starts at `end`).
        peak: Multiplier of the plateau.
        end: Multiplier after the fall; for the kinds geometric and inverse of the sign of
            `peak` and not 0.
        warmup_kind: Shape of the rise.
        decay_kind: Shape of the fall.

    Raises:
        TypeError: If an argument is of another type.
        ValueError: If a value is not finite, a length negative, or a kind unknown or not
            possible for the value at the end.

    Source:
        Hu et al., MiniCPM, arXiv:2404.06395; Hägele et al., arXiv:2405.18392 (1-sqrt);
        transformers' and pytorch-optimizer's `get_wsd_schedule`; timm's `WSDLRScheduler`;
        Megatron-LM (exponential); fairseq's `tri_stage` (geometric); lingua (inverse).

    Example:
        >>> warmup_stable_decay(10, 80, 10, decay_kind="1-sqrt")(90 + 2.5)
        0.5
    """
    low, top, last = finite(start=start, peak=peak, end=end)
    warm, flat, rest = lengths(
        num_warmup_steps=num_warmup_steps,
        num_stable_steps=num_stable_steps,
        num_decay_steps=num_decay_steps,
    )
    fall = ramp_of(COOLDOWNS, decay_kind, "decay_kind")(top, last, rest)
    rise = ramp_of(WARMUPS, warmup_kind, "warmup_kind")(low, top, warm)
    return join([rise, Constant(top), fall], [warm, warm + flat])


def trapezoidal(
    num_warmup_steps: float,
    num_decay_steps: float,
    num_training_steps: float,
    *,
    peak: float = 1.0,
    end: float = 0.0,
) -> Schedule:
    """Straight up, along, and straight down: `warmup_stable_decay` by its total length.

    ::

        value(t) = peak * t / num_warmup_steps                          # warmup
                   peak                                                 # between
                   end + (peak - end) * (num_training_steps - t) / num_decay_steps

    Args:
        num_warmup_steps: Length of the rise, in steps, >= 0; it may be a fraction.
        num_decay_steps: Length of the fall, in steps, >= 0; likewise.
        num_training_steps: Where the fall ends (at least both lengths together).
        peak: Multiplier between them.
        end: Multiplier after the fall.

    Raises:
        TypeError: If an argument is not a number.
        ValueError: If a value is not finite, or a length negative or too long.

    Source:
        Xing et al., arXiv:1802.08770; pytorch-scheduler's `TrapezoidalScheduler`.

    Example:
        >>> trapezoidal(10, 20, 100)(90)
        0.5
    """
    warm, rest, total = lengths(
        num_warmup_steps=num_warmup_steps,
        num_decay_steps=num_decay_steps,
        num_training_steps=num_training_steps,
    )
    in_order(**{"num_warmup_steps + num_decay_steps": warm + rest, "num_training_steps": total})
    return warmup_stable_decay(warm, total - (warm + rest), rest, peak=peak, end=end)


def flat_cosine(
    num_flat_steps: float, num_training_steps: float, *, start: float = 1.0, end: float = 0.0
) -> Schedule:
    """Constant, then half a period of a cosine.

    ::

        value(t) = start                                              # t <= num_flat_steps
                   end + (start - end) * (1 + cos(pi * u)) / 2        # after it
        u = (t - num_flat_steps) / (num_training_steps - num_flat_steps)

    Args:
        num_flat_steps: Length of the constant phase, in steps, >= 0; it may be a fraction.
        num_training_steps: Step from which `end` is held (>= `num_flat_steps`).
        start: Multiplier of the constant phase.
        end: Multiplier at the end.

    Raises:
        TypeError: If an argument is not a number.
        ValueError: If a value is not finite, or a length negative or not in order.

    Source:
        fastai's `fit_flat_cos`; pytorch-scheduler's `FlatCosineScheduler`.

    Example:
        >>> flat_cosine(70, 100)(70)
        1.0
    """
    flat, total = in_order(num_flat_steps=num_flat_steps, num_training_steps=num_training_steps)
    high, low = finite(start=start, end=end)
    return Constant(high).then(ramp_of(RAMPS, "cosine")(high, low, total - flat), at=flat)


def with_cooldown(
    schedule: Schedule,
    at: float,
    num_decay_steps: float,
    *,
    end: float = 0.0,
    kind: DecayKind = "linear",
) -> Schedule:
    """Any schedule, brought down to `end` from step `at` on while it keeps running.

    ::

        value(t) = schedule(t)                                  # t < at
                   end + (schedule(t) - end) * left(u)          # u = (t - at) / num_decay_steps

    `left(u)` as in `warmup_stable_decay`; for the kinds geometric and inverse, the share by
    which those are above `end` where they start from `schedule(at)`. `with_swa` goes down from
    the value at `at` alone, which it holds.

    Args:
        schedule: The schedule.
        at: Where the cooldown begins, in steps, >= 0; it may be a fraction.
        num_decay_steps: Length of the cooldown, in steps, >= 0; likewise.
        end: Value after it, in the unit of `schedule`; for the kinds geometric and inverse of
            the sign of `schedule(at)` and not 0.
        kind: Shape of the cooldown.

    Raises:
        TypeError: If `schedule` is not a schedule or another argument of another type.
        ValueError: If `end` is not finite, a length negative, or `kind` unknown or not possible
            for `end`.

    Source:
        Zhai et al., arXiv:2106.04560; timm's `WSDLRScheduler`.

    Example:
        >>> from tsa_core import InverseSqrt
        >>> with_cooldown(InverseSqrt(1.0, 100), 300, 100)(300)
        0.5
    """
    begin, rest = lengths(at=at, num_decay_steps=num_decay_steps)
    running, low = schedule_of("schedule", schedule), _checks.finite("end", end)
    left = share_left(kind, running(begin), low, rest)
    fading = running.shift(-begin) * left
    return running.then(fading + (left * -low + low) if low else fading, at=begin)


def with_swa(
    schedule: Schedule, at: float, num_anneal_steps: float, end: float, *, kind: RampKind = "cosine"
) -> Schedule:
    """A cooldown from a held value: a schedule until `at`, then from its value there to `end`.

    ::

        value(t) = schedule(t)                                    # t < at
                   schedule(at) -> end                            # for num_anneal_steps
                   end                                            # after them

    Named after what it is often used for, the averaging of weights from step `at` on. In
    `with_cooldown` the schedule keeps running while it is brought down.

    Args:
        schedule: What runs before.
        at: Where the cooldown begins, in steps, >= 0.
        num_anneal_steps: Length of the way to `end`, in steps, >= 0; it may be a fraction.
        end: Value that is held after it, in the unit of `schedule`.
        kind: `"cosine"` or `"linear"`.

    Raises:
        TypeError: If `schedule` is not a schedule or another argument of another type.
        ValueError: If `end` is not finite, a length negative, or `kind` unknown.

    Source:
        Izmailov et al., SWA, arXiv:1803.05407; torch's `SWALR`; OLMo-core's linear cooldown.

    Example:
        >>> from tsa_core import Constant
        >>> with_swa(Constant(1.0), 100, 10, 0.5, kind="linear")(105)
        0.75
    """
    begin, length = lengths(at=at, num_anneal_steps=num_anneal_steps)
    ramp, last = ramp_of(RAMPS, kind), _checks.finite("end", end)
    before = schedule_of("schedule", schedule)
    return before.then(ramp(before(begin), last, length), at=begin)
