"""Warmups: in front of any schedule, and the most common pairs."""

from __future__ import annotations

from tsa_core import _checks
from tsa_core.catalogue._shared import (
    RAMPS,
    WARMUPS,
    WarmupKind,
    finite,
    in_order,
    lengths,
    ramp_of,
    schedule_of,
    through,
)
from tsa_core.curves import InverseSqrt
from tsa_core.schedule import Schedule


def with_warmup(
    schedule: Schedule,
    num_warmup_steps: float,
    *,
    start: float = 0.0,
    kind: WarmupKind = "linear",
) -> Schedule:
    """Rise from `start` to the schedule's first value, then run the schedule.

    ::

        value(t) = start + (schedule(0) - start) * done(t / num_warmup_steps)   # warmup
                   schedule(t - num_warmup_steps)                               # after it

    `done(u)` is `u` (linear), `(1 - cos(pi * u)) / 2` (cosine), `1 - sqrt(1 - u)` (1-sqrt),
    `1 - (1 - u)**2` (1-square) or `log(1 + t) / log(1 + num_warmup_steps)` (log).

    A warmup that counts from 1, as many training loops do, is one of `W - 1` steps with
    `start=peak / W`. One that does not delay the schedule is `with_rewarmup(schedule, 0, W)`.

    Args:
        schedule: What comes after the warmup, on its own clock.
        num_warmup_steps: Length of the warmup, in steps, >= 0; it may be a fraction, except for
            the kind log.
        start: Value at step 0, in the unit of `schedule`.
        kind: Shape of the rise.

    Raises:
        TypeError: If `schedule` is not a schedule or another argument of another type.
        ValueError: If `start` is not finite, `num_warmup_steps` negative or not finite, or
            `kind` unknown.

    Source:
        Goyal et al., arXiv:1706.02677; ignite's `create_lr_scheduler_with_warmup`, which
        reaches the top one step earlier; optax's `warmup_*` schedules; DeepSpeed's `WarmupLR`
        (log).

    Example:
        >>> from tsa_core import Constant
        >>> with_warmup(Constant(0.5), 10)(5)
        0.25
    """
    low, top = _checks.finite("start", start), schedule_of("schedule", schedule)(0)
    warm = _checks.step(num_warmup_steps, "num_warmup_steps")
    rise = ramp_of(WARMUPS, kind)(low, top, warm)
    return rise.then(schedule, at=warm) if warm else schedule


def with_rewarmup(
    schedule: Schedule,
    at: float,
    num_warmup_steps: float,
    *,
    start: float = 0.0,
    kind: WarmupKind = "linear",
) -> Schedule:
    """Warm up in mid-run: drop to `start` at step `at`, and rise back onto the schedule.

    ::

        value(t) = schedule(t)                                   # t < at, t >= at + W
                   start + (schedule(at + W) - start) * done(u)  # u = (t - at) / W between
        W        = num_warmup_steps

    `done(u)` as in `with_warmup`. The schedule keeps its own clock: nothing is delayed. For a run
    that continues without its optimizer's state, or on other data.

    Args:
        schedule: The schedule of the whole run.
        at: Where the warmup begins, in steps, >= 0.
        num_warmup_steps: Length of the warmup, in steps, >= 0.
        start: Value at step `at`, in the unit of `schedule`.
        kind: Shape of the rise.

    Raises:
        TypeError: If `schedule` is not a schedule or another argument of another type.
        ValueError: If `start` is not finite, a length negative or not finite, or `kind` unknown.

    Source:
        OLMo's `BoltOnWarmupScheduler`; Gupta et al., arXiv:2308.04014.

    Example:
        >>> from tsa_core import Linear
        >>> with_rewarmup(Linear(1.0, 0.0, 100), 40, 10)(45)
        0.25
    """
    low, run = _checks.finite("start", start), schedule_of("schedule", schedule)
    begin, warm = lengths(at=at, num_warmup_steps=num_warmup_steps)
    rise = ramp_of(WARMUPS, kind)(low, run(begin + warm), warm)
    again = rise.then(run.shift(-(begin + warm)), at=warm)
    return run.then(again, at=begin) if begin else again


def cosine_with_warmup(
    num_warmup_steps: float,
    num_training_steps: float,
    *,
    start: float = 0.0,
    peak: float = 1.0,
    end: float = 0.0,
) -> Schedule:
    """Linear warmup, then half a period of a cosine.

    ::

        value(t) = start + (peak - start) * t / num_warmup_steps      # warmup
                   end + (peak - end) * (1 + cos(pi * u)) / 2         # after it
        u = (t - num_warmup_steps) / (num_training_steps - num_warmup_steps)

    `cosine_annealing_with_warmup` is another curve: a quarter of a period.

    Args:
        num_warmup_steps: Length of the warmup, in steps, >= 0; it may be a fraction.
        num_training_steps: Step from which `end` is held (>= `num_warmup_steps`).
        start: Multiplier at step 0.
        peak: Multiplier after the warmup.
        end: Multiplier at the end.

    Raises:
        TypeError: If an argument is not a number.
        ValueError: If a value is not finite, or a length negative or not in order.

    Source:
        transformers' `get_cosine_schedule_with_warmup`, which rises again after the end; optax's
        `warmup_cosine_decay_schedule`.

    Example:
        >>> cosine_with_warmup(10, 110)(5)
        0.5
    """
    warm, total = in_order(num_warmup_steps=num_warmup_steps, num_training_steps=num_training_steps)
    first, top, last = finite(start=start, peak=peak, end=end)
    return with_warmup(ramp_of(RAMPS, "cosine")(top, last, total - warm), warm, start=first)


def inverse_sqrt_with_warmup(
    num_warmup_steps: float,
    *,
    timescale: float | None = None,
    start: float = 0.0,
    peak: float = 1.0,
) -> Schedule:
    """Linear warmup, then the inverse square root of time.

    ::

        value(t) = start + (peak - start) * t / num_warmup_steps              # warmup
                   peak * sqrt(timescale / (t - num_warmup_steps + timescale))  # after it

    Args:
        num_warmup_steps: Length of the warmup, in steps, >= 0; it may be a fraction.
        timescale: Steps after the warmup until the value is `peak / sqrt(2)`, > 0; by default
            `num_warmup_steps`, or 10,000 if that is 0.
        start: Multiplier at step 0.
        peak: Multiplier after the warmup.

    Raises:
        TypeError: If an argument is not a number.
        ValueError: If a value is not finite, `timescale` is not above 0, or
            `num_warmup_steps` is negative.

    Source:
        Zhai et al., arXiv:2106.04560; transformers' `get_inverse_sqrt_schedule`; fairseq's
        `inverse_sqrt` (`start` is its `warmup_init_lr`).

    Example:
        >>> inverse_sqrt_with_warmup(100)(400)
        0.5
    """
    first, top = finite(start=start, peak=peak)
    warm = _checks.step(num_warmup_steps, "num_warmup_steps")
    scale = (warm or 10_000) if timescale is None else timescale
    return with_warmup(InverseSqrt(top, scale), warm, start=first)


def noam(model_size: int, num_warmup_steps: int, *, scale: float = 1.0) -> Schedule:
    """The schedule of the Transformer: an absolute rate, to bind with `absolute=True`.

    ::

        value(t) = scale * model_size**-0.5 * min(t**-0.5, t * num_warmup_steps**-1.5)

    The value at step 0 is 0; implementations that count steps from 1 are one step ahead.

    Args:
        model_size: Width of the model (a whole number >= 1).
        num_warmup_steps: Length of the warmup, in steps (a whole number >= 1).
        scale: Factor of the whole schedule.

    Raises:
        TypeError: If an argument is not a number.
        ValueError: If `scale` is not finite, or one of the others is below 1 or not whole.

    Source:
        Vaswani et al., arXiv:1706.03762, section 5.3, equation 3.

    Example:
        >>> noam(400, 100)(100)
        0.005
    """
    width = _checks.count("model_size", model_size, low=1)
    warm = _checks.count("num_warmup_steps", num_warmup_steps, low=1)
    peak = _checks.finite("scale", scale) / (width**0.5 * warm**0.5)
    return inverse_sqrt_with_warmup(warm, peak=peak)


def slanted_triangular(
    num_warmup_steps: float, num_training_steps: float, *, ratio: float = 32.0, peak: float = 1.0
) -> Schedule:
    """A short straight rise and a long straight fall, between `peak / ratio` and `peak`.

    ::

        value(t) = peak * (1 + p * (ratio - 1)) / ratio
        p = t / num_warmup_steps                                                        # rise
            (num_training_steps - t) / (num_training_steps - num_warmup_steps)          # fall

    Args:
        num_warmup_steps: Length of the rise, in steps, >= 0; it may be a fraction.
        num_training_steps: Where the fall ends (>= `num_warmup_steps`).
        ratio: How many times the lowest value the peak is, > 0.
        peak: Multiplier at the top.

    Raises:
        TypeError: If an argument is not a number.
        ValueError: If a value is not finite, `ratio` not above 0, or a length negative or not
            in order.

    Source:
        Howard and Ruder, ULMFiT, arXiv:1801.06146, equation 3 (its `cut` is
        `num_warmup_steps`); pytorch-scheduler's `SlantedTriangularScheduler`.

    Example:
        >>> slanted_triangular(10, 100, ratio=2.0)(55)
        0.75
    """
    steps = in_order(num_warmup_steps=num_warmup_steps, num_training_steps=num_training_steps)
    top = _checks.finite("peak", peak)
    low = top / _checks.positive("ratio", ratio)
    return through("linear", (0, *steps), (low, top, low))
