"""fvcore.common.param_scheduler: functions of the fraction of the training that is done."""

from __future__ import annotations

from typing import Any

import pytest
from fvcore.common import param_scheduler as fv

import tsa_core as tsa
from tests.oracles.helpers import assert_equal, base_values

TOTAL = 120


def run_fvcore(scheduler: Any, num_steps: int = TOTAL) -> list[float]:
    """The values of a training of `TOTAL` steps."""
    return [scheduler(step / TOTAL) for step in range(num_steps)]


@base_values
def test_constant_linear_cosine(base: float) -> None:
    """Between two values."""
    assert_equal(tsa.constant_schedule(base), run_fvcore(fv.ConstantParamScheduler(base)), base)
    theirs = run_fvcore(fv.LinearParamScheduler(base, 0.1 * base), TOTAL + 1)
    assert_equal(tsa.linear_decay(TOTAL, end=0.1) * base, theirs, base)
    theirs = run_fvcore(fv.CosineParamScheduler(base, 0.1 * base), TOTAL + 1)
    assert_equal(tsa.cosine_decay(TOTAL, end=0.1) * base, theirs, base)


@base_values
@pytest.mark.parametrize("decay", [0.02, 0.5, 1.5])
def test_exponential(base: float, decay: float) -> None:
    """Their decay is that of the whole training."""
    theirs = run_fvcore(fv.ExponentialParamScheduler(base, decay), TOTAL + 30)
    assert_equal(tsa.exponential_decay(TOTAL, decay) * base, theirs, base)


@base_values
@pytest.mark.parametrize("power", [0.9, 1.0, 2.0])
def test_polynomial(base: float, power: float) -> None:
    """To zero."""
    theirs = run_fvcore(fv.PolynomialDecayParamScheduler(base, power), TOTAL + 1)
    assert_equal(tsa.polynomial_decay(TOTAL, power) * base, theirs, base)


@base_values
def test_stairs(base: float) -> None:
    """Equal stairs by values or a factor, and stairs at given steps."""
    levels = [1.0, 0.5, 0.2, 0.1]
    theirs = run_fvcore(fv.StepParamScheduler(TOTAL, [base * level for level in levels]))
    assert_equal(tsa.piecewise_constant((30, 60, 90), levels) * base, theirs, base)
    theirs = run_fvcore(fv.StepWithFixedGammaParamScheduler(base, 3, 0.1, TOTAL))
    assert_equal(tsa.step_decay(30, 0.1) * base, theirs, base)
    theirs = run_fvcore(
        fv.MultiStepParamScheduler([base * level for level in levels], TOTAL, [10, 50, 100])
    )
    assert_equal(tsa.piecewise_constant((10, 50, 100), levels) * base, theirs, base)


@base_values
@pytest.mark.parametrize(
    "clocks", [["rescaled"] * 3, ["fixed"] * 3, ["rescaled", "fixed", "fixed"]]
)
@pytest.mark.parametrize("fractions", [[0.25, 0.35, 0.4], [0.1, 0.2, 0.7], [1 / 3, 1 / 3, 1 / 3]])
def test_composite(base: float, clocks: Any, fractions: list[float]) -> None:
    """By fractions, on both kinds of clock."""
    theirs = fv.CompositeParamScheduler(
        [
            fv.LinearParamScheduler(0.1 * base, base),
            fv.CosineParamScheduler(base, 0.2 * base),
            fv.ConstantParamScheduler(0.2 * base),
        ],
        list(fractions),
        clocks,
    )
    ours = tsa.by_fractions(
        [tsa.Linear(0.1, 1.0, 1), tsa.Cosine(1.0, 0.2, 1), tsa.Constant(0.2)],
        fractions,
        TOTAL,
        clocks=clocks,
    )
    assert_equal(ours * base, run_fvcore(theirs), base)
