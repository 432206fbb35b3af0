"""Training code of vision and self-supervised models, and of frameworks: theirs beside ours."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable

import numpy as np
import pytest

from tests.oracles.helpers import assert_equal
from tsa_core import parse

LR, LOW, W, N = 0.1, 1e-5, 20, 200
"""Peak, floor, steps of warmup and of the whole run."""

EPOCH = 8
"""Steps of an epoch, where the code counts both."""

Rate = Callable[[int], float]


def half_cosine(share: float) -> float:
    """From 1 to 0."""
    return 0.5 * (1 + math.cos(math.pi * share))


def held(values: list[float]) -> Rate:
    """A table as the code makes it; its last value after its end."""
    return lambda step: values[min(step, len(values) - 1)]


def dino(base: float, final: float, warmup: int, start: float) -> list[float]:
    """`utils.cosine_scheduler`: both ends of a `linspace`, so the peak comes twice."""
    rise = np.linspace(start, base, warmup) if warmup else np.array([])
    steps = np.arange(N - warmup)
    fall = final + 0.5 * (base - final) * (1 + np.cos(np.pi * steps / len(steps)))
    return [*np.concatenate((rise, fall)).tolist(), final]


def dino_temperature(step: int) -> float:
    """A value for each epoch: `linspace` for the warmup, then its top."""
    table = np.concatenate((np.linspace(0.04, 0.07, 10), np.ones(40) * 0.07))
    return float(table[step // EPOCH])


def dinov2(step: int) -> float:
    """`CosineScheduler` with `freeze_iters`; the last layer's rate is 0 for the first steps."""
    freeze = 15
    if step < freeze:
        return 0.0
    rise = np.linspace(0, LR, W).tolist()
    count = N - W - freeze
    steps = np.arange(count)
    fall = (LOW + 0.5 * (LR - LOW) * (1 + np.cos(np.pi * steps / count))).tolist()
    schedule = [0.0] * freeze + rise + fall
    return schedule[step] if step < N else LOW


def mae(step: int) -> float:
    """`lr_sched.adjust_learning_rate`, called with fractions of an epoch."""
    epoch, warmup, epochs = step / EPOCH, 3, 25
    if epoch < warmup:
        return LR * epoch / warmup
    share = min((epoch - warmup) / (epochs - warmup), 1.0)
    return LOW + (LR - LOW) * 0.5 * (1 + math.cos(math.pi * share))


def ijepa(step: int) -> float:
    """`WarmupCosineSchedule`, which counts before it answers."""
    now = step + 1
    if now < W:
        return 1e-3 + now / W * (LR - 1e-3)
    share = min((now - W) / (N - W), 1.0)
    return max(LOW, LOW + (LR - LOW) * 0.5 * (1 + math.cos(math.pi * share)))


def ijepa_weight_decay(step: int) -> float:
    """`CosineWDSchedule`."""
    share = min((step + 1) / N, 1.0)
    return min(0.4, 0.4 + (0.04 - 0.4) * 0.5 * (1 + math.cos(math.pi * share)))


def ultralytics(cosine: bool) -> Rate:
    """The rate of an epoch, times the way from the start of the warmup."""
    epochs, last = 25, 0.01

    def of_epoch(x: float) -> float:
        if cosine:
            return max((1 - math.cos(x * math.pi / epochs)) / 2, 0) * (last - 1) + 1
        return max(1 - x / epochs, 0) * (1 - last) + last

    def rate(step: int) -> float:
        target = LR * of_epoch(min(step // EPOCH, epochs))
        return float(np.interp(step, [0, W], [0.0, target]))

    return rate


def ultralytics_bias(step: int) -> float:
    """Biases come down from a higher rate."""
    target = LR * (max(1 - min(step // EPOCH, 25) / 25, 0) * 0.99 + 0.01)
    return float(np.interp(step, [0, W], [0.2, target]))


def big_vision(kind: str) -> Rate:
    """`create_learning_rate_schedule`."""

    def rate(step: int) -> float:
        u = min(max((step - W) / (N - W), 0.0), 1.0)
        lr = LR
        if kind == "linear":
            lr = 1e-3 + (lr - 1e-3) * (1 - u)
        elif kind == "polynomial":
            lr = 1e-3 + (lr - 1e-3) * (1 - u) ** 2
        elif kind == "cosine":
            lr = lr * 0.5 * (1 + math.cos(math.pi * u))
        elif kind == "rsqrt":
            lr = lr / math.sqrt((step + 50 - W) / 50) if step > W else lr
        elif kind == "stair":
            lr = lr * [1.0, 0.1, 0.01][bisect_right([60, 120], step)]
        lr = lr * min(1.0, step / W)
        cooldown = 40
        if kind == "rsqrt":
            lr = lr * min(1.0, max(N - step, 0) / cooldown)
        return lr

    return rate


def fastai_one_cycle(step: int) -> float:
    """`combined_cos(pct, start, middle, end)`."""
    pos, pct = min(step / N, 1.0), 0.25
    if pos < pct:
        return LR + (LR / 25 - LR) * half_cosine(pos / pct)
    u = (pos - pct) / (1 - pct)
    return LR / 1e5 + (LR - LR / 1e5) * half_cosine(u)


def fastai_sgdr(step: int) -> float:
    """`fit_sgdr`: cycles of 1, 2 and 4 lengths."""
    begin, length = 0, 25
    while step >= begin + length and length < 100:
        begin, length = begin + length, length * 2
    return LR * half_cosine(min((step - begin) / length, 1.0))


def keras_cosine(step: int) -> float:
    """`CosineDecay` with a warmup to a target."""
    if step < W:
        return 0.01 + (LR - 0.01) * step / W
    share = min(step - W, N) / N
    return LR * ((1 - 0.05) * half_cosine(share) + 0.05)


def keras_restarts(step: int) -> float:
    """`CosineDecayRestarts`; the floor is a share of the first peak."""
    i, begin, length = 0, 0.0, 20.0
    while step >= begin + length:
        i, begin, length = i + 1, begin + length, length * 1.5
    fraction = 0.8**i * half_cosine((step - begin) / length)
    return LR * ((1 - 0.05) * fraction + 0.05)


def keras_polynomial(step: int) -> float:
    """`PolynomialDecay(cycle=True)`: the length grows, and the curve with it."""
    length = 30 * max(1, math.ceil(step / 30))
    return (LR - LOW) * (1 - step / length) ** 2 + LOW


def paddle_noam(epoch: int) -> float:
    """`NoamDecay`, which has no infinity at 0."""
    a = 1.0 if epoch == 0 else epoch**-0.5
    return 1.0 * 512**-0.5 * min(a, W**-1.5 * epoch)


def paddle_warmup(epoch: int) -> float:
    """`LinearWarmup` around `PolynomialDecay`."""
    if epoch < W:
        return (LR - LOW) * epoch / W + LOW
    return (LR - 1e-4) * (1 - min(epoch - W, N) / N) ** 0.9 + 1e-4


def mmengine_linear(step: int) -> float:
    """`LinearLR(start_factor, by_epoch=False, begin=0, end=W)`: it arrives at W - 1."""
    factor = 0.001
    value = LR * factor
    for current in range(1, step + 1):
        if current <= W - 1:
            value *= 1 + (1 - factor) / ((W - 1) * factor + (current - 1) * (1 - factor))
    return value


def mmengine_poly(step: int) -> float:
    """`PolyLR(eta_min, power)`, in its closed form: it arrives at N - 1."""
    return (LR - LOW) * (1 - min(step, N - 1) / (N - 1)) ** 0.9 + LOW


HELD = "stretch(8).hold(8)"
CASES: dict[str, tuple[Rate, str]] = {
    "DINO": (
        held(dino(LR, LOW, W, 1e-3)),
        "Linear(1e-3, 0.1, 19).then(Cosine(0.1, 1e-5, 180), at=20)",
    ),
    "DINO weight decay": (held(dino(0.04, 0.4, 0, 0.0)), "Cosine(0.04, 0.4, 200)"),
    "DINO momentum": (held(dino(0.996, 1.0, 0, 0.0)), "teacher_momentum(200)"),
    "DINO temperature": (dino_temperature, f"teacher_temperature(9).{HELD}"),
    "DINOv2": (
        dinov2,
        "Constant(0).then(Linear(0, 0.1, 19).then(Cosine(0.1, 1e-5, 165), at=20), at=15)",
    ),
    "DINOv2 last layer": (
        lambda step: 0.0 if step < 50 else dinov2(step),
        "Constant(0).then(Linear(0, 0.1, 19).then(Cosine(0.1, 1e-5, 165), at=20), at=15)"
        " * constant_then_full(50, start=0)",
    ),
    "ConvNeXt": (
        held(dino(4e-3, 1e-6, W, 0.0)),
        "Linear(0, 4e-3, 19).then(Cosine(4e-3, 1e-6, 180), at=20)",
    ),
    "MAE": (mae, "cosine_with_warmup(3, 25, peak=0.1, end=1e-5).stretch(8)"),
    "I-JEPA": (ijepa, "cosine_with_warmup(20, 200, start=1e-3, peak=0.1, end=1e-5).shift(-1)"),
    "I-JEPA weight decay": (ijepa_weight_decay, "Cosine(0.04, 0.4, 200).shift(-1)"),
    "I-JEPA momentum": (
        lambda step: 0.996 + min(step, N) * (1.0 - 0.996) / N,
        "Linear(0.996, 1, 200)",
    ),
    "Ultralytics": (ultralytics(False), f"Linear(0.1, 1e-3, 25).{HELD} * Linear(0, 1, 20)"),
    "Ultralytics cosine": (ultralytics(True), f"Cosine(0.1, 1e-3, 25).{HELD} * Linear(0, 1, 20)"),
    "Ultralytics bias": (
        ultralytics_bias,
        f"(Linear(0.1, 1e-3, 25).{HELD} - 0.2) * Linear(0, 1, 20) + 0.2",
    ),
    "Ultralytics momentum": (
        lambda step: float(np.interp(step, [0, W], [0.8, 0.937])),
        "Linear(0.8, 0.937, 20)",
    ),
    "Ultralytics EMA": (
        lambda step: 0.9999 * (1 - math.exp(-step / 2000)),
        f"0.9999 * (1 - Decay(1, {math.exp(-1)!r}, 1).stretch(2000))",
    ),
    "big_vision linear": (
        big_vision("linear"),
        "with_warmup(Linear(0.1, 1e-3, 180), 20)",
    ),
    "big_vision polynomial": (
        big_vision("polynomial"),
        "with_warmup(Polynomial(0.1, 1e-3, 180, 2), 20)",
    ),
    "big_vision cosine": (big_vision("cosine"), "cosine_with_warmup(20, 200, peak=0.1)"),
    "big_vision rsqrt": (
        big_vision("rsqrt"),
        "with_cooldown(inverse_sqrt_with_warmup(20, timescale=50, peak=0.1), 160, 40)",
    ),
    "big_vision stair": (
        big_vision("stair"),
        "Linear(0, 0.1, 20) * multi_step_decay((60, 120), 0.1)",
    ),
    "fastai one cycle": (
        fastai_one_cycle,
        "one_cycle(50, 200, start=1 / 25, end=1e-5) * 0.1",
    ),
    "fastai flat cosine": (
        lambda step: LR * half_cosine(max(min(step / N, 1) - 0.72, 0) / (1 - 0.72)),
        "flat_cosine(144, 200) * 0.1",
    ),
    "fastai SGDR": (fastai_sgdr, "cosine_with_restarts(25, 3, growth=2, peak=0.1)"),
    "fastai lr_find": (
        lambda step: 1e-7 * (10 / 1e-7) ** min(step / N, 1.0),
        "Exponential(1e-7, 10, 200)",
    ),
    "Keras CosineDecay": (
        keras_cosine,
        "with_warmup(Cosine(0.1, 0.005, 200), 20, start=0.01)",
    ),
    "Keras CosineDecayRestarts": (
        keras_restarts,
        "(cosine_with_restarts(20, 9, growth=1.5, gain=0.8) * 0.95 + 0.05) * 0.1",
    ),
    "Keras ExponentialDecay": (
        lambda step: LR * 0.7 ** (step // 30),
        "step_decay(30, 0.7, start=0.1)",
    ),
    "Keras InverseTimeDecay": (
        lambda step: LR / (1 + 0.5 * (step / 30)),
        "inverse_time_decay(30 / 0.5, start=0.1)",
    ),
    "Keras InverseTimeDecay in stairs": (
        lambda step: LR / (1 + 0.5 * (step // 30)),
        "inverse_time_decay(30 / 0.5, start=0.1).hold(30)",
    ),
    "Keras PiecewiseConstantDecay": (
        lambda step: LR if step <= 60 else 0.05 if step <= 120 else 0.01,
        "piecewise_constant((61, 121), (0.1, 0.05, 0.01))",
    ),
    "Paddle NoamDecay": (paddle_noam, "noam(512, 20)"),
    "Paddle NaturalExpDecay": (
        lambda step: LR * math.exp(-0.02 * step),
        f"Decay(0.1, {math.exp(-0.02)!r}, 1)",
    ),
    "Paddle InverseTimeDecay": (
        lambda step: LR / (1 + 0.02 * step),
        "inverse_time_decay(50, start=0.1)",
    ),
    "Paddle LinearWarmup": (
        paddle_warmup,
        "with_warmup(Polynomial(0.1, 1e-4, 200, 0.9), 20, start=1e-5)",
    ),
    "Paddle PiecewiseDecay": (
        lambda step: LR if step < 60 else 0.05 if step < 120 else 0.01,
        "piecewise_constant((60, 120), (0.1, 0.05, 0.01))",
    ),
    "mmengine LinearLR": (mmengine_linear, "Linear(1e-4, 0.1, 19)"),
    "mmengine PolyLR": (mmengine_poly, "Polynomial(0.1, 1e-5, 199, 0.9)"),
}


@pytest.mark.parametrize("name", CASES)
def test_at_every_step(name: str) -> None:
    """And a while past the end."""
    theirs, expression = CASES[name]
    assert_equal(parse(expression), map(theirs, range(N + 40)), LR)


def test_a_polynomial_that_starts_again_is_another_curve() -> None:
    """Keras' `cycle=True` is longer and flatter in each round: a round is a piece of its own."""
    rounds = [f"Polynomial(0.1, 1e-5, {30 * k}, 2).shift({-30 * (k - 1)})" for k in range(1, 9)]
    # Each round of theirs ends with its own last step, so ours begin a step later.
    later = [piece.replace("shift(", "shift(-1 + ") for piece in rounds[1:]]
    boundaries = tuple(30 * k + 1 for k in range(1, 8))
    joined = parse(f"join(({rounds[0]}, {', '.join(later)}), {boundaries})")
    assert_equal(joined, map(keras_polynomial, range(N)), LR)
