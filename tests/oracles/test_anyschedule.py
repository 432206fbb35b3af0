"""anyschedule: several hyperparameters from one configuration, in factors of the initial values."""

from __future__ import annotations

import copy
from typing import Any

import anyschedule
import numpy as np
import pytest

import tsa_core as tsa
import tsa_torch
from tests.oracles.helpers import sgd

NUM_STEPS = 130
PAIRS: dict[str, tuple[dict[str, Any], str]] = {
    "constant": ({"mode": "constant", "end": 100}, "Constant(1)"),
    "cosine": (
        {"mode": "cosine", "end": 100, "warmup": 10, "min_value": 0.1},
        "cosine_with_warmup(10, 100, end=0.1)",
    ),
    "cosine in stairs": (
        {"mode": "cosine", "end": 100, "step_size": 5, "min_value": 0.1},
        "cosine_decay(100, end=0.1).hold(5)",
    ),
    "polynomial": (
        {"mode": "polynomial", "end": 130, "power": 2, "warmup": 10, "init_value": 0.5},
        "with_warmup(polynomial_decay(120, 2), 10, start=0.5)",
    ),
    "power": (
        {"mode": "power", "end": 130, "s0": 10, "b": -0.5, "min_value": 0.3},
        "power_decay(10, 0.5, floor=0.3)",
    ),
    "step": ({"mode": "step", "end": 130, "gamma": 0.97}, "Decay(1, 0.97, 1)"),
    "composer": (
        {
            "mode": "composer",
            "end": 130,
            "schedules": [
                {"mode": "constant", "end": 50, "value": 1.0, "warmup": 10},
                {"mode": "cosine", "end": 80, "value": 1.0, "min_value": 0.2},
                {"mode": "constant", "end": 130, "value": 0.2},
            ],
        },
        "with_warmup(Constant(1), 10).then(Cosine(1, 0.2, 30), at=50)",
    ),
    "composer, by shares": (
        {
            "mode": "composer",
            "end": 130,
            "schedules": [
                {"mode": "constant", "end": 0.4, "value": 1.0, "warmup": 10},
                {"mode": "cosine", "end": 0.8, "value": 1.0, "min_value": 0.2},
                {"mode": "constant", "end": 1.0, "value": 0.2},
            ],
        },
        "by_fractions((Constant(1), Cosine(1, 0.2, 1), Constant(0.2)), (0.4, 0.4, 0.2), 130)"
        ".minimum(Linear(0, 1, 10))",
    ),
}


def run(config: dict[str, Any], key: str) -> list[float]:
    """What it writes before each update."""
    optimizer = sgd(0.1)
    scheduler = anyschedule.AnySchedule(optimizer, config=config)
    values = []
    for _ in range(NUM_STEPS):
        values.append(optimizer.param_groups[0][key])
        optimizer.step()
        scheduler.step()
    return values


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("key", ["lr", "momentum"])
def test_a_key_of_the_optimizer(name: str, key: str) -> None:
    """The same configuration as one expression for the key."""
    config, expression = PAIRS[name]
    theirs = run({"lr": {"mode": "constant", "end": 500}, key: copy.deepcopy(config)}, key)
    optimizer = sgd(0.1)
    sync = tsa_torch.bind_schedules(optimizer, {key: tsa.parse(expression)})
    ours = []
    for _ in range(NUM_STEPS):
        ours.append(optimizer.param_groups[0][key])
        optimizer.step()
        sync.step()
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-16)
