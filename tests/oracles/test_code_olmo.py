"""OLMo's and OLMo-core's schedulers: the formula as the code has it, and one expression of ours."""

from __future__ import annotations

import math

import pytest

from tests.oracles.helpers import assert_equal
from tests.oracles.test_code_language import LR, D, N, Rate, W, half_cosine
from tsa_core import parse


def olmo(kind: str) -> Rate:
    """OLMo's schedulers, whose warmup begins at a tenth of the rate."""

    def rate(step: int) -> float:
        if step < W:
            return 0.1 * LR + (LR - 0.1 * LR) * step / W
        if kind == "inverse square root":
            return LR * math.sqrt(W / step)
        u = min((step - W) / (N - W), 1.0)
        low = 0.1 * LR
        return LR - (LR - low) * u if kind == "linear" else low + (LR - low) * half_cosine(u)

    return rate


def olmo_bolt_on(step: int) -> float:
    """`BoltOnWarmupScheduler` around the linear one; before the warmup it gives 0."""
    begin, end = 100, 130
    if step < begin:
        return 0.0
    if step < end:
        return olmo("linear")(end) * (step - begin) / (end - begin)
    return olmo("linear")(step)


def olmo_envelope(step: int) -> float:
    """`CosLinearEnvelope`: a cosine times a line, above the floor."""
    low = 0.1 * LR
    if step < W:
        return low + (LR - low) * step / W
    u = min((step - W) / (N - W), 1.0)
    return low + (1 - u) * (LR - low) * half_cosine(u)


def olmo_core_power(step: int) -> float:
    """OLMo-core's `PowerLR`: a power law, with a line from where it stands down to 0."""
    if step <= W:
        return LR * step / W
    if step >= N - D:
        return LR * ((N - D) / W) ** -0.51 * max(N - step, 0) / D
    return LR * (step / W) ** -0.51


def olmo_core_half_cosine(step: int) -> float:
    """OLMo-core's `HalfCosWithWarmup`: the second half of a cosine."""
    low = 0.1 * LR
    if step < W:
        return (low + (LR - low) / 2) * step / W
    u = min((step - W) / (N - W), 1.0)
    return low + (LR - low) * half_cosine(0.5 + u / 2)


def olmo_core_wsds(step: int) -> float:
    """OLMo-core's `WSDS`: a decay at the end of each period, and back to the top."""
    if step < W:
        return LR * step / W
    begin, end = next(((a, b) for a, b in ((W, 80), (80, 140), (140, N)) if step < b), (N, N))
    left = min((end - step) / 15, 1.0) if end > begin else 0.0
    return 2e-5 + (LR - 2e-5) * left


def olmo_core_wsd(step: int) -> float:
    """OLMo-core's `WSD`."""
    if step < W:
        return LR * step / W
    return LR * min(max(N - step, 0), D) / D


RAMP = f"start={0.1 * LR!r}, peak={LR}, end={0.1 * LR!r}"
CASES: dict[str, tuple[Rate, str]] = {
    "OLMo cosine": (olmo("cosine"), f"cosine_with_warmup(20, 200, {RAMP})"),
    "OLMo linear": (olmo("linear"), "with_warmup(Linear(3e-4, 3e-5, 180), 20, start=3e-5)"),
    "OLMo inverse square root": (
        olmo("inverse square root"),
        "inverse_sqrt_with_warmup(20, start=3e-5, peak=3e-4)",
    ),
    "OLMo BoltOnWarmup": (
        olmo_bolt_on,
        "with_rewarmup(with_warmup(Linear(3e-4, 3e-5, 180), 20, start=3e-5), 100, 30)"
        " * constant_then_full(100, start=0)",
    ),
    "OLMo Max": (
        lambda step: max(olmo("cosine")(step), olmo_core_wsd(step)),
        f"cosine_with_warmup(20, 200, {RAMP}).maximum(trapezoidal(20, 60, 200, peak=3e-4))",
    ),
    "OLMo envelope": (
        olmo_envelope,
        "with_warmup(Cosine(2.7e-4, 0, 180) * Linear(1, 0, 180) + 3e-5, 20, start=3e-5)",
    ),
    "OLMo-core PowerLR": (
        olmo_core_power,
        "with_swa(with_warmup(InversePower(3e-4, 20, 0.51), 20), 140, 60, 0, kind='linear')",
    ),
    "OLMo-core HalfCosWithWarmup": (
        olmo_core_half_cosine,
        "with_warmup(Cosine(3e-4, 3e-5, 360).shift(-180), 20)",
    ),
    "OLMo-core WSDS": (
        olmo_core_wsds,
        "warmup_stable_decay(20, 45, 15, peak=3e-4, end=2e-5)"
        ".then(warmup_stable_decay(0, 45, 15, peak=3e-4, end=2e-5).repeat(60, 2), at=80)",
    ),
    "OLMo-core WSD": (olmo_core_wsd, "trapezoidal(20, 60, 200, peak=3e-4)"),
}


@pytest.mark.parametrize("name", CASES)
def test_at_every_step(name: str) -> None:
    """And a while past the end."""
    theirs, expression = CASES[name]
    assert_equal(parse(expression), map(theirs, range(N + 40)), LR)
