"""pytorch_optimizer.lr_scheduler, where torch and transformers have no such schedule."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tsa_core as tsa
from tests.oracles.helpers import assert_equal, base_values, load_part, run_torch, sgd

# Its package compiles functions of its optimizers when it is imported, which torch warns of.
theirs_package = load_part("pytorch_optimizer", "lr_scheduler")


@base_values
@pytest.mark.parametrize("kind", ["linear", "cosine", "1-sqrt", "1-square"])
def test_wsd(base: float, kind: Any) -> None:
    """Every cooldown; the warmup starts at 0, the floor is that of the cosine only."""
    floor = 0.1 if kind == "cosine" else 0.0
    theirs = run_torch(
        lambda o: theirs_package.get_wsd_schedule(o, 10, 20, 30, floor, cooldown_type=kind),
        80,
        base,
    )
    ours = tsa.warmup_stable_decay(10, 20, 30, end=floor, decay_kind=kind)
    assert_equal(ours * base, theirs, base)


@base_values
@pytest.mark.parametrize(("warm", "gain", "growth"), [(0, 1.0, 1.0), (4, 0.5, 1.0), (0, 0.9, 2.0)])
def test_restarts(base: float, warm: int, gain: float, growth: float) -> None:
    """A warmup in each cycle, lower peaks, longer cycles."""
    theirs = run_torch(
        lambda o: theirs_package.CosineAnnealingWarmupRestarts(
            o, 20, growth, base, 0.1 * base, warm, gain
        ),
        150,
        base,
    )
    cycles = None if growth == 1 else 5
    ours = tsa.cosine_with_restarts(
        20, cycles, growth=growth, gain=gain, floor=0.1, num_warmup_steps=warm
    )
    # Without a warmup too they begin at the floor, before their first step.
    assert theirs[0] == pytest.approx(0.1 * base, rel=1e-12)
    assert_equal((ours * base).shift(-1), theirs[1:], base)
    assert ours(0) == (0.1 if warm else 1.0)


@base_values
def test_restarts_that_grow_behind_a_warmup(base: float) -> None:
    """There the part behind the warmup grows, here the whole cycle: `join` makes theirs."""
    theirs = run_torch(
        lambda o: theirs_package.CosineAnnealingWarmupRestarts(
            o, 20, 2.0, base, 0.0, warmup_steps=4, gamma=1.0
        ),
        100,
        base,
    )
    pieces = [tsa.cosine_with_warmup(4, 4 + 16 * 2**k) for k in range(3)]
    assert_equal(tsa.join(pieces, [20, 56]) * base, theirs, base)
    ours = tsa.cosine_with_restarts(20, 3, growth=2, num_warmup_steps=4)
    assert (ours(60), ours(64)) == (0.0, 1.0)


@base_values
def test_rex(base: float) -> None:
    """Theirs sets the value of step t at its t-th call."""
    scheduler = theirs_package.REXScheduler(sgd(base), 80, base, 0.1 * base)
    # The constructor makes the first call.
    theirs = [scheduler.step() for _ in range(100)]
    assert_equal((tsa.rex_decay(80, end=0.1) * base).shift(-1), theirs, base)


@base_values
def test_linear_cosine_with_warmup(base: float) -> None:
    """The pairs with a linear warmup."""
    end = 0.1
    for kind, decay in (
        (theirs_package.LinearScheduler, tsa.linear_decay(70, end=end)),
        (theirs_package.CosineScheduler, tsa.cosine_decay(70, end=end)),
    ):
        scheduler = kind(sgd(base), 80, base, end * base, 0.01 * base, 10)
        theirs = [scheduler.step() for _ in range(80)]
        assert_equal(tsa.with_warmup(decay, 10, start=0.01) * base, theirs, base)


def test_chebyshev() -> None:
    """The same numbers in the same order; theirs repeats the first at first."""
    for number in (8, 32):
        theirs = run_torch(lambda o: theirs_package.get_chebyshev_schedule(o, number), number, 0.1)  # noqa: B023 - called at once
        ours = tsa.chebyshev_steps(number) * 0.1
        assert_equal(ours, theirs[2:], 0.1)
        assert theirs[0] == theirs[1] == theirs[2]
    five = tsa.chebyshev_steps(5)
    assert len({five(step) for step in range(5)}) == 5
    assert five(99) == five(4)


@base_values
def test_proportion(base: float) -> None:
    """A second hyperparameter on the straight line through two pairs."""
    from torch.optim.lr_scheduler import CosineAnnealingLR

    optimizer = sgd(base)
    rate = CosineAnnealingLR(optimizer, 50)
    follower = theirs_package.ProportionScheduler(rate, base, 0.0, 2.0, 0.5)
    theirs = []
    for _ in range(50):
        theirs.append(follower.get_lr())
        optimizer.step()
        rate.step()
        follower.step()
    ours = tsa.proportional(
        tsa.cosine_decay(50) * base, low=0.0, high=base, to_low=0.5, to_high=2.0
    )
    assert_equal(ours, np.array(theirs))
