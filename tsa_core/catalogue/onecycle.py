"""One cycle: up, down, and down further; the inverse for momentum."""

from __future__ import annotations

from tsa_core import _checks
from tsa_core.catalogue._shared import RampKind, finite, in_order, through
from tsa_core.schedule import Schedule


def one_cycle(
    num_warmup_steps: float,
    num_training_steps: float,
    *,
    start: float = 1 / 25,
    peak: float = 1.0,
    end: float = 1 / 25e4,
    kind: RampKind = "cosine",
) -> Schedule:
    """Up to the peak and down to almost nothing, in two phases.

    ::

        value(t) = start -> peak    # 0 .. num_warmup_steps
                   peak  -> end     # num_warmup_steps .. num_training_steps, then held

    with straight lines or half periods of a cosine. torch's `OneCycleLR(total_steps=n,
    pct_start=p)` reaches its peak at step `p * n - 1` and its end at `n - 1`:
    `one_cycle(p * n - 1, n - 1)`; it raises past the end. optax's are `one_cycle(int(p * n), n)`.

    Args:
        num_warmup_steps: Length of the rise, in steps, >= 0; it may be a fraction.
        num_training_steps: Where the end is reached, in steps (>= `num_warmup_steps`).
        start: Multiplier at step 0.
        peak: Multiplier at the top.
        end: Multiplier at the end.
        kind: `"cosine"` or `"linear"`.

    Raises:
        TypeError: If an argument is of another type.
        ValueError: If a number is not finite, a length negative or not in order, or `kind`
            unknown.

    Source:
        Smith and Topin, Super-convergence, arXiv:1708.07120; torch's `OneCycleLR`; optax's
        `cosine_onecycle_schedule`.

    Example:
        >>> one_cycle(30, 100)(30)
        1.0
    """
    steps = in_order(num_warmup_steps=num_warmup_steps, num_training_steps=num_training_steps)
    return through(kind, (0, *steps), finite(start=start, peak=peak, end=end))


def one_cycle_three_phase(
    num_warmup_steps: float,
    num_decay_steps: float,
    num_training_steps: float,
    *,
    start: float = 1 / 25,
    peak: float = 1.0,
    end: float = 1 / 25e4,
    kind: RampKind = "cosine",
) -> Schedule:
    """Up to the peak, back to the start, and down to almost nothing.

    ::

        value(t) = start -> peak    # for num_warmup_steps
                   peak  -> start   # for num_decay_steps
                   start -> end     # until num_training_steps, then held

    torch's `OneCycleLR(total_steps=n, pct_start=p, three_phase=True)` is
    `one_cycle_three_phase(p * n - 1, p * n - 1, n - 1)`.

    Args:
        num_warmup_steps: Length of the rise, in steps, >= 0; it may be a fraction.
        num_decay_steps: Length of the first fall, in steps, >= 0.
        num_training_steps: Where the end is reached, in steps (>= both lengths together).
        start: Multiplier at step 0 and at the end of the first fall.
        peak: Multiplier at the top.
        end: Multiplier at the end.
        kind: `"cosine"` or `"linear"`.

    Raises:
        TypeError: If an argument is of another type.
        ValueError: If a number is not finite, a length negative or not in order, or `kind`
            unknown.

    Source:
        Smith, arXiv:1803.09820; torch's `OneCycleLR(three_phase=True)`; optax's
        `linear_onecycle_schedule`.

    Example:
        >>> one_cycle_three_phase(30, 30, 100, start=0.5)(60)
        0.5
    """
    up = _checks.step(num_warmup_steps, "num_warmup_steps")
    low = up + _checks.step(num_decay_steps, "num_decay_steps")
    (total,) = in_order(num_training_steps=num_training_steps)
    in_order(**{"num_warmup_steps + num_decay_steps": low, "num_training_steps": total})
    first, top, last = finite(start=start, peak=peak, end=end)
    return through(kind, (0, up, low, total), (first, top, first, last))


def one_cycle_momentum(
    num_warmup_steps: float,
    num_training_steps: float,
    *,
    peak: float = 0.95,
    floor: float = 0.85,
    kind: RampKind = "cosine",
) -> Schedule:
    """The inverse of `one_cycle`, for momentum: down while the rate goes up, then back.

    ::

        value(t) = peak  -> floor    # 0 .. num_warmup_steps
                   floor -> peak     # num_warmup_steps .. num_training_steps, then held

    The values are momenta, to be bound with `absolute=True`. Beside a rate of three phases the
    second ends with the rate's second; what follows is held.

    Args:
        num_warmup_steps: Length of the fall, in steps, >= 0; it may be a fraction.
        num_training_steps: Where the peak is reached again, in steps.
        peak: Momentum at both ends.
        floor: Momentum while the rate is highest.
        kind: `"cosine"` or `"linear"`.

    Raises:
        TypeError: If an argument is of another type.
        ValueError: If a number is not finite, a length negative or not in order, or `kind`
            unknown.

    Source:
        Smith, arXiv:1803.09820; torch's `OneCycleLR(cycle_momentum=True)`.

    Example:
        >>> one_cycle_momentum(30, 100)(30)
        0.85
    """
    steps = in_order(num_warmup_steps=num_warmup_steps, num_training_steps=num_training_steps)
    high, low = finite(peak=peak, floor=floor)
    return through(kind, (0, *steps), (high, low, high))
