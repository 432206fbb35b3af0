"""Formulas that no installed library has, as their papers or their public code compute them."""

from __future__ import annotations

import math

import numpy as np
import pytest

import tsa_core as tsa
from tests.oracles.helpers import assert_equal


@pytest.mark.parametrize(("start", "total"), [(0.996, 100), (0.99, 37)])
def test_teacher_momentum_of_byol(start: float, total: int) -> None:
    """1 - (1 - tau) (cos(pi k / K) + 1) / 2."""
    theirs = [1 - (1 - start) * (math.cos(math.pi * k / total) + 1) / 2 for k in range(total + 1)]
    assert_equal(tsa.teacher_momentum(total, start=start), theirs)


def test_cosine_schedules_of_dino() -> None:
    """Momentum, weight decay and rate: half a period over the steps behind a linear warmup."""
    base, final, warm, total = 5e-4, 1e-6, 10, 100
    steps = np.arange(total - warm)
    cosine = final + 0.5 * (base - final) * (1 + np.cos(np.pi * steps / len(steps)))
    assert_equal(
        tsa.cosine_with_warmup(warm, total, peak=base, end=final).shift(-warm), cosine, base
    )
    weight_decay = 0.4 + 0.5 * (0.04 - 0.4) * (1 + np.cos(np.pi * steps / len(steps)))
    assert_equal(tsa.cosine_decay(len(steps), start=0.04, end=0.4), weight_decay)


@pytest.mark.parametrize("warm", [30, 7])
def test_teacher_temperature_of_dino(warm: int) -> None:
    """`linspace` has both ends, so the last step of their warmup is at its top."""
    theirs = np.concatenate((np.linspace(0.04, 0.07, warm), np.full(20, 0.07)))
    assert_equal(tsa.teacher_temperature(warm - 1), theirs)
    assert tsa.teacher_temperature(warm)(warm - 1) < 0.07


@pytest.mark.parametrize(("rate", "length"), [(0.5, 10), (1.0, 7)])
def test_inverse_time_of_keras(rate: float, length: int) -> None:
    """Initial / (1 + rate * step / decay_steps)."""
    theirs = [0.1 / (1 + rate * step / length) for step in range(200)]
    assert_equal(tsa.inverse_time_decay(length / rate) * 0.1, theirs, 0.1)


def test_slanted_triangles_of_ulmfit() -> None:
    """Equation 3: by the cut and its fraction, which meet where the cut is a whole number."""
    total, share, ratio = 100, 0.1, 32.0
    cut = math.floor(total * share)
    theirs = []
    for t in range(total + 1):
        p = t / cut if t < cut else 1 - (t - cut) / (cut * (1 / share - 1))
        theirs.append(0.01 * (1 + p * (ratio - 1)) / ratio)
    assert_equal(tsa.slanted_triangular(cut, total, ratio=ratio) * 0.01, theirs, 0.01)


@pytest.mark.parametrize("ratio", [0.5, 2.0, 1.5])
def test_scale_schedule_ratio_of_composer(ratio: float) -> None:
    """Every length is multiplied by it before the schedule is built: `.stretch` after it."""
    stretched = tsa.with_warmup(tsa.multi_step_decay((40, 80)), 20).stretch(ratio)
    scaled = tsa.with_warmup(
        tsa.multi_step_decay((40 * ratio, 80 * ratio)), int(20 * ratio), start=0.0
    )
    assert_equal(stretched, [scaled(step) for step in range(200)])


def test_flat_cosine_of_fastai() -> None:
    """`combined_cos`: constant for a share, then a cosine to a final value."""
    share, total = 0.75, 80
    theirs = []
    for step in range(total + 1):
        done = max(0.0, step / total - share) / (1 - share)
        theirs.append(1e-5 + (1 + math.cos(math.pi * done)) * (0.1 - 1e-5) / 2)
    assert_equal(tsa.flat_cosine(60, total, end=1e-4) * 0.1, theirs, 0.1)
