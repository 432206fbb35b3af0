"""The thirteen documented schedules, as plain values: a warmup, then a decay.

Each is a multiplier of step t. With W = `warmup_to_value`, A = `anneal_to_value`, L =
`num_warmup_steps` and M = `num_training_steps`, all reach W at L and A at M exactly and hold A
from there on. L = 0 skips the warmup; M = L goes to A at once.
"""

from __future__ import annotations

from tsa_core import _checks
from tsa_core.combinators import Joined
from tsa_core.curves import Constant, Linear, Polynomial, QuarterCosine
from tsa_core.schedule import Schedule


def cosine_annealing_with_warmup(
    warmup_to_value: float,
    anneal_to_value: float,
    num_warmup_steps: int,
    num_training_steps: int,
) -> Schedule:
    """Linear warmup from 0, then a quarter period of a cosine.

    The cosine is a quarter of a period: half-way, 0.71 of the height is left, where the usual half
    period (`Cosine`) has 0.5.

    Args:
        warmup_to_value: Multiplier at the end of the warmup, >= 0.
        anneal_to_value: Multiplier at the end of training and after it, >= 0.
        num_warmup_steps: Length of the warmup, in steps (a whole number >= 0).
        num_training_steps: Step at which the annealing ends (>= `num_warmup_steps`).

    Raises:
        TypeError: If an argument is not a number.
        ValueError: If a value is negative or not finite, or a length not whole or not in
            order.

    Example:
        >>> cosine_annealing_with_warmup(1.0, 0.0, 10, 100)(5)
        0.5
    """
    top, end, warm, rest = _phases(
        warmup_to_value, anneal_to_value, num_warmup_steps, num_training_steps
    )
    return _warm(0.0, top, warm, QuarterCosine(top, end, rest))


def cosine_annealing_with_inverse_warmup(
    warmup_to_value: float,
    anneal_to_value: float,
    num_warmup_steps: int,
    num_training_steps: int,
    warmup_multiplier: float = 20.0,
) -> Schedule:
    """Linear descent from above, then a quarter period of a cosine.

    The cosine is a quarter of a period: half-way, 0.71 of the height is left, where the usual half
    period (`Cosine`) has 0.5. Unlike a usual warmup this one falls, from `warmup_multiplier` times
    the top (20 by default).

    Args:
        warmup_to_value: Multiplier at the end of the warmup, >= 0.
        anneal_to_value: Multiplier at the end of training and after it, >= 0.
        num_warmup_steps: Length of the warmup, in steps (a whole number >= 0).
        num_training_steps: Step at which the annealing ends (>= `num_warmup_steps`).
        warmup_multiplier: How many times `warmup_to_value` the warmup starts at, >= 0.

    Raises:
        TypeError: If an argument is not a number.
        ValueError: If a value is negative or not finite, or a length not whole or not in
            order.

    Example:
        >>> cosine_annealing_with_inverse_warmup(1.0, 0.0, 10, 100)(0)
        20.0
    """
    top, end, warm, rest = _phases(
        warmup_to_value, anneal_to_value, num_warmup_steps, num_training_steps
    )
    return _warm(_above(top, warmup_multiplier), top, warm, QuarterCosine(top, end, rest))


def polynomial_schedule_with_warmup(
    warmup_to_value: float,
    anneal_to_value: float,
    num_warmup_steps: int,
    num_training_steps: int,
    polynomial_exponent: float = 2.0,
) -> Schedule:
    """Linear warmup from 0, then a power of the time that is left.

    The default exponent is 2, so half-way 0.25 of the height is left; the polynomial decay of
    Transformers has a default of 1, a straight line.

    Args:
        warmup_to_value: Multiplier at the end of the warmup, >= 0.
        anneal_to_value: Multiplier at the end of training and after it, >= 0.
        num_warmup_steps: Length of the warmup, in steps (a whole number >= 0).
        num_training_steps: Step at which the decay ends (>= `num_warmup_steps`).
        polynomial_exponent: The power, > 0.

    Raises:
        TypeError: If an argument is not a number.
        ValueError: If a value is negative or not finite, a length not whole or not in order,
            or the exponent not above 0.

    Example:
        >>> polynomial_schedule_with_warmup(1.0, 0.0, 10, 110)(60)
        0.25
    """
    top, end, warm, rest = _phases(
        warmup_to_value, anneal_to_value, num_warmup_steps, num_training_steps
    )
    exponent = _checks.positive("polynomial_exponent", polynomial_exponent)
    return _warm(0.0, top, warm, Polynomial(top, end, rest, exponent))


def polynomial_schedule_with_inverse_warmup(
    warmup_to_value: float,
    anneal_to_value: float,
    num_warmup_steps: int,
    num_training_steps: int,
    polynomial_exponent: float = 2.0,
    warmup_multiplier: float = 20.0,
) -> Schedule:
    """Linear descent from above, then a power of the time that is left.

    The default exponent is 2, so half-way 0.25 of the height is left; the polynomial decay of
    Transformers has a default of 1, a straight line. Unlike a usual warmup this one falls, from
    `warmup_multiplier` times the top (20 by default).

    Args:
        warmup_to_value: Multiplier at the end of the warmup, >= 0.
        anneal_to_value: Multiplier at the end of training and after it, >= 0.
        num_warmup_steps: Length of the warmup, in steps (a whole number >= 0).
        num_training_steps: Step at which the decay ends (>= `num_warmup_steps`).
        polynomial_exponent: The power, > 0.
        warmup_multiplier: How many times `warmup_to_value` the warmup starts at, >= 0.

    Raises:
        TypeError: If an argument is not a number.
        ValueError: If a value is negative or not finite, a length not whole or not in order,
            or the exponent not above 0.

    Example:
        >>> polynomial_schedule_with_inverse_warmup(1.0, 0.0, 10, 110)(5)
        10.5
    """
    top, end, warm, rest = _phases(
        warmup_to_value, anneal_to_value, num_warmup_steps, num_training_steps
    )
    exponent = _checks.positive("polynomial_exponent", polynomial_exponent)
    return _warm(_above(top, warmup_multiplier), top, warm, Polynomial(top, end, rest, exponent))


def linear_schedule_with_warmup(
    warmup_to_value: float,
    anneal_to_value: float,
    num_warmup_steps: int,
    num_training_steps: int,
) -> Schedule:
    """`polynomial_schedule_with_warmup` of exponent 1: a straight line.

    Half-way, 0.5 of the height is left, as in the linear schedule of Transformers.

    Arguments and errors are those of `polynomial_schedule_with_warmup`.

    Example:
        >>> linear_schedule_with_warmup(1.0, 0.0, 10, 110)(60)
        0.5
    """
    return polynomial_schedule_with_warmup(
        warmup_to_value, anneal_to_value, num_warmup_steps, num_training_steps, 1.0
    )


def linear_schedule_with_inverse_warmup(
    warmup_to_value: float,
    anneal_to_value: float,
    num_warmup_steps: int,
    num_training_steps: int,
    warmup_multiplier: float = 20.0,
) -> Schedule:
    """`polynomial_schedule_with_inverse_warmup` of exponent 1: a straight line.

    Half-way, 0.5 of the height is left, as in the linear schedule of Transformers. Unlike a usual
    warmup this one falls, from `warmup_multiplier` times the top (20 by default).

    Arguments and errors are those of `polynomial_schedule_with_inverse_warmup`.

    Example:
        >>> linear_schedule_with_inverse_warmup(1.0, 0.0, 10, 110, 3.0)(5)
        2.0
    """
    return polynomial_schedule_with_inverse_warmup(
        warmup_to_value,
        anneal_to_value,
        num_warmup_steps,
        num_training_steps,
        1.0,
        warmup_multiplier,
    )


def quadratic_schedule_with_warmup(
    warmup_to_value: float,
    anneal_to_value: float,
    num_warmup_steps: int,
    num_training_steps: int,
) -> Schedule:
    """`polynomial_schedule_with_warmup` of exponent 2.

    It is steep at first and flat at the end: half-way, 0.25 of the height is left.

    Arguments and errors are those of `polynomial_schedule_with_warmup`.

    Example:
        >>> quadratic_schedule_with_warmup(1.0, 0.0, 10, 110)(60)
        0.25
    """
    return polynomial_schedule_with_warmup(
        warmup_to_value, anneal_to_value, num_warmup_steps, num_training_steps, 2.0
    )


def quadratic_schedule_with_inverse_warmup(
    warmup_to_value: float,
    anneal_to_value: float,
    num_warmup_steps: int,
    num_training_steps: int,
    warmup_multiplier: float = 20.0,
) -> Schedule:
    """`polynomial_schedule_with_inverse_warmup` of exponent 2.

    It is steep at first and flat at the end: half-way, 0.25 of the height is left. Unlike a usual
    warmup this one falls, from `warmup_multiplier` times the top (20 by default).

    Arguments and errors are those of `polynomial_schedule_with_inverse_warmup`.

    Example:
        >>> quadratic_schedule_with_inverse_warmup(1.0, 0.0, 10, 110)(10)
        1.0
    """
    return polynomial_schedule_with_inverse_warmup(
        warmup_to_value,
        anneal_to_value,
        num_warmup_steps,
        num_training_steps,
        2.0,
        warmup_multiplier,
    )


def sqrt_schedule_with_warmup(
    warmup_to_value: float,
    anneal_to_value: float,
    num_warmup_steps: int,
    num_training_steps: int,
) -> Schedule:
    """`polynomial_schedule_with_warmup` of exponent 1/2.

    It is flat at first and steep at the end: half-way, 0.71 of the height is left. It is not the
    inverse square root of the step (`inverse_sqrt_with_warmup`).

    Arguments and errors are those of `polynomial_schedule_with_warmup`.

    Example:
        >>> sqrt_schedule_with_warmup(1.0, 0.0, 0, 100)(75)
        0.5
    """
    return polynomial_schedule_with_warmup(
        warmup_to_value, anneal_to_value, num_warmup_steps, num_training_steps, 0.5
    )


def sqrt_schedule_with_inverse_warmup(
    warmup_to_value: float,
    anneal_to_value: float,
    num_warmup_steps: int,
    num_training_steps: int,
    warmup_multiplier: float = 20.0,
) -> Schedule:
    """`polynomial_schedule_with_inverse_warmup` of exponent 1/2.

    It is flat at first and steep at the end: half-way, 0.71 of the height is left. It is not the
    inverse square root of the step (`inverse_sqrt_with_warmup`). Unlike a usual warmup this one
    falls, from `warmup_multiplier` times the top (20 by default).

    Arguments and errors are those of `polynomial_schedule_with_inverse_warmup`.

    Example:
        >>> sqrt_schedule_with_inverse_warmup(1.0, 0.0, 10, 110)(0)
        20.0
    """
    return polynomial_schedule_with_inverse_warmup(
        warmup_to_value,
        anneal_to_value,
        num_warmup_steps,
        num_training_steps,
        0.5,
        warmup_multiplier,
    )


def constant_with_warmup(warmup_to_value: float, num_warmup_steps: int) -> Schedule:
    """Linear warmup from 0, then constant.

    There is no decay after the warmup.

    Args:
        warmup_to_value: Multiplier after the warmup, >= 0.
        num_warmup_steps: Length of the warmup, in steps (a whole number >= 0).

    Raises:
        TypeError: If an argument is not a number.
        ValueError: If one is negative or not finite, or the length is not whole.

    Example:
        >>> constant_with_warmup(1.0, 10)(5)
        0.5
    """
    top = _checks.non_negative("warmup_to_value", warmup_to_value)
    return _warm(0.0, top, _checks.count("num_warmup_steps", num_warmup_steps), Constant(top))


def constant_with_inverse_warmup(
    warmup_to_value: float, num_warmup_steps: int, warmup_multiplier: float = 20.0
) -> Schedule:
    """Linear descent from above, then constant.

    There is no decay after the warmup. Unlike a usual warmup this one falls, from
    `warmup_multiplier` times the top (20 by default).

    Args:
        warmup_to_value: Multiplier after the warmup, >= 0.
        num_warmup_steps: Length of the warmup, in steps (a whole number >= 0).
        warmup_multiplier: How many times `warmup_to_value` the warmup starts at, >= 0.

    Raises:
        TypeError: If an argument is not a number.
        ValueError: If one is negative or not finite, or the length is not whole.

    Example:
        >>> constant_with_inverse_warmup(1.0, 10, 3.0)(5)
        2.0
    """
    top = _checks.non_negative("warmup_to_value", warmup_to_value)
    warm = _checks.count("num_warmup_steps", num_warmup_steps)
    return _warm(_above(top, warmup_multiplier), top, warm, Constant(top))


def constant_schedule(value: float) -> Schedule:
    """The same multiplier at every step.

    As a multiplier, 0.5 halves the initial value; it does not set it to 0.5.

    Args:
        value: The multiplier, >= 0.

    Raises:
        TypeError: If `value` is not a number.
        ValueError: If it is negative or not finite.

    Example:
        >>> constant_schedule(0.5)(100)
        0.5
    """
    return Constant(_checks.non_negative("value", value))


def _phases(top: object, end: object, warm: object, total: object) -> tuple[float, float, int, int]:
    """The checked arguments, with the length of the second phase in place of the total."""
    top_value = _checks.non_negative("warmup_to_value", top)
    end_value = _checks.non_negative("anneal_to_value", end)
    warm_steps = _checks.count("num_warmup_steps", warm)
    total_steps = _checks.count("num_training_steps", total)
    if total_steps < warm_steps:
        raise ValueError(
            f"num_training_steps must be >= num_warmup_steps ({warm_steps}), got {total!r}"
        )
    return top_value, end_value, warm_steps, total_steps - warm_steps


def _above(top: float, multiplier: object) -> float:
    factor = _checks.non_negative("warmup_multiplier", multiplier)
    if top * factor == float("inf"):
        raise ValueError(
            f"warmup_multiplier must keep warmup_to_value ({top!r}) finite, got {multiplier!r}"
        )
    return top * factor


def _warm(start: float, top: float, num_steps: int, rest: Schedule) -> Schedule:
    return Joined((Linear(start, top, num_steps), rest), (num_steps,)) if num_steps else rest
