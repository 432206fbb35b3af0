"""Training code of language models: the formula as its code has it, and one expression of ours."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from tests.oracles.helpers import assert_equal
from tsa_core import parse

LR, LOW, W, N, D = 3e-4, 2e-5, 20, 200, 60
"""Peak, floor, steps of warmup, of the whole run and of its decay."""

Rate = Callable[[int], float]


def half_cosine(share: float) -> float:
    """From 1 to 0."""
    return 0.5 * (1 + math.cos(math.pi * share))


def nanogpt(it: int) -> float:
    """`get_lr` of train.py: the warmup counts from 1 to W + 1."""
    if it < W:
        return LR * (it + 1) / (W + 1)
    if it > N:
        return LOW
    return LOW + half_cosine((it - W) / (N - W)) * (LR - LOW)


def nanochat(it: int) -> float:
    """`get_lr_multiplier` of base_train.py: the warmup counts from 1 to W."""
    if it < W:
        return (it + 1) / W
    if it <= N - D:
        return 1.0
    progress = min((N - it) / D, 1) if it < N else 0.0
    return progress * 1.0 + (1 - progress) * 0.05


def modded_nanogpt(step: int) -> float:
    """`get_lr` of train_gpt.py: a rate for each third, and a cooldown."""
    x = min(step / N, 1.0)
    most = 1.73 if x > 2 / 3 else 1.52 if x > 1 / 3 else 1.0
    if x < 1 - 0.45:
        return most
    w = (1 - x) / 0.45
    return most * w + (1 - w) * 0.1


def modded_nanogpt_momentum(step: int) -> float:
    """`get_muon_momentum`: up at first, and down in the last steps."""
    if step < W:
        return 0.85 + step / W * (0.95 - 0.85)
    if step > N - D:
        return 0.95 - min((step - (N - D)) / D, 1) * (0.95 - 0.85)
    return 0.95


def megatron(style: str) -> Rate:
    """`OptimizerParamScheduler.get_lr`."""

    def rate(step: int) -> float:
        if step <= W:
            return 1e-6 + (LR - 1e-6) * step / W
        if style == "inverse-square-root":
            return max(LOW, LR * W**0.5 / step**0.5)
        if step > N:
            return LOW
        u = (step - W) / (N - W)
        late = max((step - (N - D)) / D, 0.0)
        left = {
            "linear": 1 - u,
            "cosine": 0.5 * (math.cos(math.pi * u) + 1),
            "WSD linear": 1 - late,
            "WSD cosine": 0.5 * (math.cos(math.pi * late) + 1),
            "WSD exponential": 2 * 0.5**late - 1,
            "WSD minus_sqrt": 1 - late**0.5,
        }
        return LOW + left[style] * (LR - LOW)

    return rate


def megatron_weight_decay(style: str) -> Rate:
    """`get_wd`."""

    def decay(step: int) -> float:
        u = min(step / N, 1.0)
        coefficient = u if style == "linear" else 0.5 * (math.cos(math.pi * (1 - u)) + 1)
        return 0.01 + coefficient * (0.1 - 0.01)

    return decay


def deepspeed_warmup(kind: str) -> Rate:
    """`WarmupLR`; its default is the logarithm."""

    def rate(it: int) -> float:
        gamma = 1.0
        if it < W:
            gamma = math.log(it + 1) / math.log(W) if kind == "log" else it / W
        return LOW + (LR - LOW) * gamma

    return rate


def deepspeed_warmup_decay(it: int) -> float:
    """`WarmupDecayLR` with the default warmup."""
    if it < W:
        return LOW + (LR - LOW) * math.log(it + 1) / math.log(W)
    return LOW + (LR - LOW) * max(0.0, (N - it) / max(1.0, N - W))


def deepspeed_warmup_cosine(it: int) -> float:
    """`WarmupCosineLR`: the cosine is one step ahead of its warmup."""
    if it < W:
        return LR * (0.01 + (1 - 0.01) * it / W)
    share = min((it - W + 1) / (N - W), 1.0)
    return LR * (0.1 + (1 - 0.1) * half_cosine(share))


def deepspeed_one_cycle(last: int) -> float:
    """`OneCycle`: a triangle, then decay by one over time; it looks one step ahead."""
    it = last + 1
    if it <= 2 * W:
        return LOW + (LR - LOW) * (it / W if it <= W else (2 * W - it) / W)
    return LOW / (1 + 0.5 * (it - 2 * W) / 10)


def deepspeed_range_test(last: int) -> float:
    """`LRRangeTest` in stairs."""
    return LOW * (1 + 0.7 * math.floor((last + 1) / 25))


def torchtitan(kind: str) -> Rate:
    """`linear_warmup_stable_decay`, which counts from 1."""
    stable = N - W - D

    def factor(step: int) -> float:
        if step < W:
            return (step + 1) / W
        if step < W + stable:
            return 1.0
        u = min((step + 1 - W - stable) / D, 1.0)
        left = {"linear": 1 - u, "sqrt": 1 - math.sqrt(u), "cosine": half_cosine(u)}[kind]
        return 0.1 + (1 - 0.1) * left

    return factor


def fairseq_inverse_sqrt(updates: int) -> float:
    """`inverse_sqrt` with a `warmup_init_lr`."""
    if updates < W:
        return 1e-7 + updates * (LR - 1e-7) / W
    return LR * W**0.5 * updates**-0.5


def fairseq_polynomial(updates: int) -> float:
    """`polynomial_decay`."""
    if updates <= W:
        return LR * updates / W
    if updates >= N:
        return LOW
    return (LR - LOW) * (1 - (updates - W) / (N - W)) ** 1.5 + LOW


def fairseq_tri_stage(updates: int) -> float:
    """`tri_stage`: linear, constant, exponential."""
    if updates < W:
        return 0.01 * LR + (LR - 0.01 * LR) / W * updates
    if updates < N - D:
        return LR
    return LR * math.exp(math.log(0.05) / D * min(updates - (N - D), D))


def fairseq_cosine(updates: int) -> float:
    """`cosine` with `t_mult` and `lr_shrink`, which shrinks the floor, too."""
    if updates < W:
        return 1e-7 + (LR - 1e-7) / W * updates
    current, period, growth, shrink = updates - W, 25, 2, 0.5
    i = math.floor(math.log(1 - current / period * (1 - growth), growth) + 1e-12)
    length = growth**i * period
    t = current - (1 - growth**i) / (1 - growth) * period
    low, high = LOW * shrink**i, LR * shrink**i
    return low + 0.5 * (high - low) * (1 + math.cos(math.pi * t / length))


def llm_foundry(step: int) -> float:
    """`InverseSquareRootWithWarmupScheduler`, with its cooldown from the value at its start."""

    def decayed(t: int) -> float:
        return 0.1 + (1 - 0.1) / math.sqrt((t - W) / 30 + 1)

    if step < W:
        return step / W
    if step < N - D:
        return decayed(step)
    return 0.02 + (decayed(N - D) - 0.02) * (1 - min((step - (N - D)) / D, 1.0))


def lingua_inverse_sqrt(step: int) -> float:
    """`lr_inv_sqrt`."""
    return step / W if step < W else max(W**0.6 / step**0.6, 0.3)


def lingua_cosine(step: int) -> float:
    """`lr_cosine`, whose cosine runs below the warmup from step 0 on, on a power of time."""
    if step < W:
        return step / W
    return 0.1 + (1 - 0.1) * half_cosine(min(step / N, 1.0) ** 1.5)


def lingua_wsd(step: int) -> float:
    """`lr_wsd`: the decay is a straight line in one over the rate."""
    if step < W:
        return step / W
    u = min(max(step - (N - D), 0) / D, 1.0)
    return 1 / (u * (1 / 0.05) + (1 - u))


def nanotron(kind: str) -> Rate:
    """`lr_scheduler_builder`."""

    def rate(step: int) -> float:
        if step <= W:
            return LR * step / W
        u = min(max(step - (N - D), 0) / D, 1.0)
        left = {"linear": 1 - u, "cosine": half_cosine(u), "1-sqrt": 1 - math.sqrt(u)}[kind]
        return LOW + (LR - LOW) * left

    return rate


def t5x_rsqrt(step: int) -> float:
    """`constant * linear_warmup * rsqrt_normalized_decay`."""
    return LR * min(1.0, step / W) * math.sqrt(W) / math.sqrt(max(step, W))


def palm(step: int) -> float:
    """T5's and PaLM's: constant, then the inverse square root."""
    return min(1e-2, 1 / math.sqrt(max(step, 1)))


CASES: dict[str, tuple[Rate, str]] = {
    "nanoGPT": (nanogpt, "cosine_with_warmup(20, 200, start=3e-4 / 21, peak=3e-4, end=2e-5)"),
    "nanochat": (nanochat, "warmup_stable_decay(19, 121, 60, start=1 / 20, end=0.05)"),
    "nanochat momentum": (
        lambda it: (1 - min(it / 150, 1)) * 0.85 + min(it / 150, 1) * 0.95,
        "Linear(0.85, 0.95, 150)",
    ),
    "nanochat weight decay": (
        lambda it: 0.2 * half_cosine(min(it / N, 1.0)),
        "Cosine(0.2, 0, 200)",
    ),
    "modded-nanogpt": (
        modded_nanogpt,
        "with_cooldown(piecewise_constant((200 / 3, 400 / 3), (1, 1.52, 1.73)), "
        "(1 - 0.45) * 200, 0.45 * 200, end=0.1)",
    ),
    "modded-nanogpt momentum": (
        modded_nanogpt_momentum,
        "warmup_stable_decay(20, 120, 60, start=0.85, peak=0.95, end=0.85)",
    ),
    **{
        f"Megatron {style}": (
            megatron(style),
            f"with_warmup({curve}, 20, start=1e-6)",
        )
        for style, curve in (
            ("linear", "Linear(3e-4, 2e-5, 180)"),
            ("cosine", "Cosine(3e-4, 2e-5, 180)"),
            ("inverse-square-root", "InverseSqrt(3e-4, 20).maximum(2e-5)"),
        )
    },
    **{
        f"Megatron WSD {style}": (
            megatron(f"WSD {style}"),
            "warmup_stable_decay(20, 120, 60, start=1e-6, peak=3e-4, end=2e-5, "
            f"decay_kind='{kind}')",
        )
        for style, kind in (
            ("linear", "linear"),
            ("cosine", "cosine"),
            ("exponential", "exponential"),
            ("minus_sqrt", "1-sqrt"),
        )
    },
    "Megatron weight decay linear": (megatron_weight_decay("linear"), "Linear(0.01, 0.1, 200)"),
    "Megatron weight decay cosine": (megatron_weight_decay("cosine"), "Cosine(0.01, 0.1, 200)"),
    "DeepSpeed WarmupLR": (deepspeed_warmup("log"), "Logarithmic(2e-5, 3e-4, 19)"),
    "DeepSpeed WarmupLR linear": (deepspeed_warmup("linear"), "Linear(2e-5, 3e-4, 20)"),
    "DeepSpeed WarmupDecayLR": (
        deepspeed_warmup_decay,
        "with_warmup(Constant(3e-4), 19, start=2e-5, kind='log').then(Linear(3e-4, 2e-5, 180), 20)",
    ),
    "DeepSpeed WarmupCosineLR": (
        deepspeed_warmup_cosine,
        "Linear(0.01, 1, 20).then(Cosine(1, 0.1, 180).shift(-1)) * 3e-4",
    ),
    "DeepSpeed OneCycle": (
        deepspeed_one_cycle,
        "piecewise_linear((0, 20, 40), (2e-5, 3e-4, 2e-5))"
        ".then(inverse_time_decay(10 / 0.5, start=2e-5)).shift(-1)",
    ),
    "DeepSpeed LRRangeTest": (
        deepspeed_range_test,
        "Linear(2e-5, 2e-5 * (1 + 0.7 * 10), 250).hold(25).shift(-1)",
    ),
    **{
        f"torchtitan {kind}": (
            torchtitan(kind),
            f"warmup_stable_decay(19, 120, 60, start=1 / 20, end=0.1, decay_kind='{ours}')",
        )
        for kind, ours in (("linear", "linear"), ("sqrt", "1-sqrt"), ("cosine", "cosine"))
    },
    "fairseq inverse_sqrt": (
        fairseq_inverse_sqrt,
        "inverse_sqrt_with_warmup(20, start=1e-7, peak=3e-4)",
    ),
    "fairseq polynomial_decay": (
        fairseq_polynomial,
        "with_warmup(Polynomial(3e-4, 2e-5, 180, 1.5), 20)",
    ),
    "fairseq tri_stage": (
        fairseq_tri_stage,
        "warmup_stable_decay(20, 120, 60, start=0.01, end=0.05, decay_kind='geometric') * 3e-4",
    ),
    "fairseq cosine": (
        fairseq_cosine,
        "with_warmup(with_restarts(Cosine(3e-4, 2e-5, 25), 25, 8, growth=2, gain=0.5), 20, "
        "start=1e-7)",
    ),
    "llm-foundry inverse square root": (
        llm_foundry,
        "with_swa(with_warmup(InverseSqrt(1, 30) * 0.9 + 0.1, 20), 140, 60, 0.02, kind='linear')",
    ),
    "lingua inv_sqrt": (lingua_inverse_sqrt, "with_warmup(power_decay(20, 0.6, floor=0.3), 20)"),
    "lingua cosine": (
        lingua_cosine,
        "Linear(0, 1, 20).then(k_decay(Cosine(1, 0.1, 200), 200, 1.5).shift(-20), at=20)",
    ),
    "lingua WSD": (
        lingua_wsd,
        "warmup_stable_decay(20, 120, 60, end=0.05, decay_kind='inverse')",
    ),
    **{
        f"nanotron {kind}": (
            nanotron(kind),
            f"warmup_stable_decay(20, 120, 60, peak=3e-4, end=2e-5, decay_kind='{kind}')",
        )
        for kind in ("linear", "cosine", "1-sqrt")
    },
    "t5x rsqrt": (t5x_rsqrt, "inverse_sqrt_with_warmup(20, peak=3e-4)"),
    "PaLM": (palm, "Constant(1e-2).then(InverseSqrt(1e-2, 10000), at=10000)"),
}


@pytest.mark.parametrize("name", CASES)
def test_at_every_step(name: str) -> None:
    """And a while past the end."""
    theirs, expression = CASES[name]
    assert_equal(
        parse(expression), map(theirs, range(N + 40)), 1.0 if theirs(N // 2) > 1e-2 else LR
    )


def test_palm_behind_its_plateau() -> None:
    """The plateau ends far behind the steps of the other tests."""
    schedule = parse(CASES["PaLM"][1])
    for step in (9_999, 10_000, 10_001, 40_000, 255_000):
        assert schedule(step) == pytest.approx(palm(step), rel=1e-13)
