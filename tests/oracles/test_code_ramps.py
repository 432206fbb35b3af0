"""Values that are no rates, in code as it is: averages, weights of losses, exploration, sizes."""

from __future__ import annotations

import math
from collections.abc import Callable
from importlib.machinery import SourceFileLoader
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from tests.oracles.helpers import assert_equal
from tsa_core import ema_decay, parse

W, N = 20, 200
"""Steps of a ramp, and of the whole run."""

Value = Callable[[int], float]


def diffusers_ema(update: int) -> float:
    """`EMAModel.get_decay` with `use_ema_warmup`."""
    step = max(0, update - 0 - 1)
    if step <= 0:
        return 0.0
    value = 1 - (1 + step / 1.5) ** -(3 / 4)
    return max(min(value, 0.95), 0.0)


def tensorflow_ema(step: int) -> float:
    """`ExponentialMovingAverage(num_updates=…)`, and diffusers without its warmup."""
    return min(0.97, (1 + step) / (10 + step))


def stylegan3_beta(step: int) -> float:
    """A half-life in images that grows with the images seen."""
    batch, most, ramp = 32, 5000.0, 0.5
    half_life = min(most, step * batch * ramp)
    return float(0.5 ** (batch / max(half_life, 1e-8)))


def ademamix_beta(step: int) -> float:
    """`linear_hl_warmup_scheduler`: straight in the half-life."""

    def half_life(beta: float) -> float:
        return math.log(0.5) / math.log(beta) - 1

    share = min(step / N, 1.0)
    if share == 1.0:
        return 0.9999
    t = (1 - share) * half_life(0.9) + share * half_life(0.9999)
    return math.pow(0.5, 1 / (t + 1))


def mean_teacher(current: int) -> float:
    """`sigmoid_rampup`, which is no sigmoid."""
    phase = 1.0 - float(np.clip(current, 0.0, 80)) / 80
    return float(np.exp(-5.0 * phase * phase))


def sentence_vae(step: int) -> float:
    """`kl_anneal_function("logistic", step, k, x0)`."""
    return float(1 / (1 + np.exp(-0.05 * (step - 100))))


def cyclical(step: int) -> float:
    """`frange_cycle_linear` of cyclical annealing: up for half of each period."""
    period = N / 4
    return min((step % period) / (period * 0.5), 1.0)


def cyclical_sigmoid(step: int) -> float:
    """`frange_cycle_sigmoid`: a logistic curve over -6 to 6."""
    period = N / 4
    return 1 / (1 + math.exp(-(min((step % period) / (period * 0.5), 1.0) * 12.0 - 6.0)))


def consistency_scales(step: int) -> float:
    """`create_ema_and_scales_fn` in its progressive mode: how many scales."""
    start, end = 2, 150
    now = step / (N * 2)
    scales = math.ceil(math.sqrt(now * ((end + 1) ** 2 - start**2) + start**2) - 1)
    return max(scales, 1) + 1


def consistency_ema(step: int) -> float:
    """The same function's EMA rate, in its adaptive mode."""
    return math.exp(math.log(0.95) * 2 / (consistency_scales(step) - 1))


def edm2(step: int) -> float:
    """`learning_rate_schedule`: constant, then the inverse square root of the images seen."""
    batch, reference = 64, 70
    images = step * batch
    rate = 1e-2 / math.sqrt(max(images / (reference * batch), 1))
    return rate * min(images / (10 * batch), 1)


def sb3_linear(step: int) -> float:
    """`get_linear_fn(1.0, 0.05, 0.3)` of the progress that remains."""
    remaining = 1.0 - step / N
    if 1 - remaining > 0.3:
        return 0.05
    return 1.0 + (1 - remaining) * (0.05 - 1.0) / 0.3


HALF = "Decay(1, 0.5, 1)"
SCALES = (
    "(Clocked(Polynomial(151, 0, 1, 0.5), Linear(1 - 4 / 151 ** 2, 0, 400)) - 1 + (0.5 - 1e-9))"
    ".round().maximum(1)"
)
CASES: dict[str, tuple[Value, str]] = {
    "diffusers EMA": (diffusers_ema, "ema_decay(0.95, inv_gamma=1.5, power=3 / 4).shift(1)"),
    "TensorFlow EMA": (tensorflow_ema, "(1 - InversePower(0.9, 10, 1)).clip(high=0.97)"),
    "StyleGAN3": (
        stylegan3_beta,
        f"Clocked({HALF}, 32 / Linear(0, 32 * 0.5 * 400, 400).clip(1e-8, 5000))",
    ),
    "AdEMAMix": (
        ademamix_beta,
        f"Clocked({HALF}, 1 / Linear({math.log(0.5) / math.log(0.9)!r}, "
        f"{math.log(0.5) / math.log(0.9999)!r}, 200))",
    ),
    "mean teacher": (mean_teacher, "gaussian_ramp(80)"),
    "mean teacher, down": (
        lambda step: mean_teacher(max(80 - step, 0)),
        "gaussian_ramp(80).reverse(80)",
    ),
    "mean teacher linear": (lambda step: min(step, W) / W, "Linear(0, 1, 20)"),
    "mean teacher cosine": (
        lambda step: 0.5 * (math.cos(math.pi * min(step, N) / N) + 1),
        "Cosine(1, 0, 200)",
    ),
    "Sentence-VAE": (sentence_vae, "logistic_ramp(100, 0.05)"),
    "Sentence-VAE linear": (lambda step: min(1, step / 100), "Linear(0, 1, 100)"),
    "cyclical annealing": (cyclical, "Linear(0, 1, 25).repeat(50)"),
    "cyclical annealing, sigmoid": (
        cyclical_sigmoid,
        "Clocked(logistic_ramp(6, 1), Linear(0, 12, 25)).repeat(50)",
    ),
    "dVAE temperature": (
        lambda step: max(math.exp(-0.01 * step), 0.5),
        f"Decay(1, {math.exp(-0.01)!r}, 1).clip(0.5)",
    ),
    "consistency models, scales": (consistency_scales, f"{SCALES} + 1"),
    "consistency models, EMA": (
        consistency_ema,
        f"Clocked(Decay(1, 0.95, 1), 2 / {SCALES})",
    ),
    "improved consistency models, scales": (
        lambda step: min(10 * 2 ** (step // 25), 1280) + 1,
        "step_decay(25, 2, start=10).minimum(1280) + 1",
    ),
    "EDM2": (
        edm2,
        "Constant(1e-2).then(InverseSqrt(1e-2, 70), at=70) * Linear(0, 1, 10)",
    ),
    "OpenAI baselines LinearSchedule": (
        lambda t: 1.0 + min(float(t) / 80, 1.0) * (0.02 - 1.0),
        "Linear(1, 0.02, 80)",
    ),
    "OpenAI baselines PiecewiseSchedule": (
        lambda t: float(np.interp(t, [0, 60, 120], [1.0, 0.1, 0.01])),
        "piecewise_linear((0, 60, 120), (1, 0.1, 0.01))",
    ),
    "dqn_zoo LinearSchedule": (
        lambda t: 1.0 + min(max(t - W, 0), 80) * ((0.1 - 1.0) / 80),
        "Linear(1, 0.1, 80).shift(20)",
    ),
    "prioritised replay beta": (
        lambda t: 0.4 + min(t / N, 1.0) * (1.0 - 0.4),
        "Linear(0.4, 1, 200)",
    ),
    "CleanRL epsilon": (
        lambda t: max((0.05 - 1.0) / 100 * t + 1.0, 0.05),
        "Linear(1, 0.05, 100)",
    ),
    "Stable-Baselines3": (
        sb3_linear,
        "Linear(1, 0.05, 0.3 * 200)",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_at_every_step(name: str) -> None:
    """And a while past the end, where the code goes on."""
    theirs, expression = CASES[name]
    assert_equal(parse(expression), map(theirs, range(N + 1)))


def test_a_schedule_of_the_progress_that_remains() -> None:
    """As Stable-Baselines3 calls it, from 1 down to 0."""
    ours = parse("Linear(1, 0.05, 1).stretch(0.3).reverse(1)")
    for step in range(N + 1):
        assert ours(1.0 - step / N) == pytest.approx(sb3_linear(step), rel=1e-12)


def test_timm_averages_with_the_same_decay() -> None:
    """`ModelEmaV3` itself, with a later start and a floor."""
    place = find_spec("timm")
    assert place is not None
    assert place.origin is not None
    file = Path(place.origin).parent / "utils" / "model_ema.py"
    averages = ModuleType("model_ema")
    SourceFileLoader("model_ema", str(file)).exec_module(averages)
    model = averages.ModelEmaV3(
        torch.nn.Linear(1, 1), decay=0.99, min_decay=0.2, update_after_step=5, use_warmup=True
    )
    ours = ema_decay(0.99, floor=0.2).shift(6)
    theirs = [model.get_decay(step) for step in range(7, 300)]
    assert_equal(ours.shift(-7), theirs)
    assert [model.get_decay(step) for step in range(7)] == [0.0] * 7
