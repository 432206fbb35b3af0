"""`ReduceOnPlateau` follows torch's `ReduceLROnPlateau`, as a pure function of its state."""

from __future__ import annotations

import copy
import json
import math
import pickle
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.optim.lr_scheduler import ReduceLROnPlateau

import tsa_core
from tsa_core import PlateauState, ReduceOnPlateau

METRICS = st.sampled_from((0.0, 1.0, 0.9999, -1.0, math.inf, -math.inf, math.nan)) | st.floats()
RULES = st.fixed_dictionaries(
    {},
    optional={
        "mode": st.sampled_from(("min", "max")),
        "factor": st.sampled_from((0.0, 0.1, 0.5)) | st.floats(0.0, 0.99),
        "patience": st.integers(0, 3),
        "threshold": st.sampled_from((0.0, 1e-4, 0.5)),
        "threshold_mode": st.sampled_from(("rel", "abs")),
        "cooldown": st.integers(0, 3),
        "min_value": st.sampled_from((0.0, 1e-3, 0.05)),
        "eps": st.sampled_from((0.0, 1e-8, 1e-3)),
    },
)


@given(RULES, st.lists(METRICS, max_size=30), st.sampled_from((0.1, 3e-4)))
def test_it_follows_torch(options: dict[str, Any], metrics: list[float], base: float) -> None:
    """Value, best metric and counters are equal after every evaluation, NaN included."""
    weight = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([weight], lr=base)
    theirs = {("min_lr" if key == "min_value" else key): options[key] for key in options}
    oracle = ReduceLROnPlateau(optimizer, **theirs)
    rule = ReduceOnPlateau(**options)
    state = rule.init(base)
    for metric in metrics:
        oracle.step(metric)
        state = rule.update(state, metric)
        assert rule.value(state) == optimizer.param_groups[0]["lr"]
        assert (state.num_bad, state.cooldown_left) == (
            oracle.num_bad_epochs,
            oracle.cooldown_counter,
        )
        assert state.best == (None if oracle.best == oracle.mode_worse else oracle.best)


def test_nan_is_a_bad_evaluation_and_never_the_best() -> None:
    """A run of them cuts the value like any other standstill."""
    rule = ReduceOnPlateau(factor=0.5, patience=1)
    state = rule.init()
    for _ in range(2):
        state = rule.update(state, math.nan)
    assert (rule.value(state), state.best) == (0.5, None)


@given(RULES, st.lists(METRICS, min_size=1, max_size=10))
def test_an_update_is_pure_and_its_state_is_data(
    options: dict[str, Any], metrics: list[float]
) -> None:
    """The state given in stays as it is; rule and state compare, copy, pickle and serialise."""
    rule = ReduceOnPlateau(**options)
    state = rule.init(0.1)
    for metric in metrics:
        before = copy.deepcopy(state)
        after = rule.update(state, metric)
        assert state == before
        assert rule.update(state, metric) == after
        state = after
    for record in (rule, state):
        data = json.loads(json.dumps(tsa_core.to_dict(record)))
        copies = (pickle.loads(pickle.dumps(record)), tsa_core.from_dict(data))
        for twin in (*copies, eval(repr(record), {**vars(tsa_core), "inf": math.inf})):
            assert twin == record
            assert hash(twin) == hash(record)


def test_it_says_when_a_cut_would_change_nothing() -> None:
    """At the floor, and where the change would be under `eps`."""
    rule = ReduceOnPlateau(factor=0.5, patience=0, min_value=0.3)
    state = rule.init()
    assert not rule.is_exhausted(state)
    for _ in range(4):
        state = rule.update(state, 1.0)
    assert rule.value(state) == 0.3
    assert rule.is_exhausted(state)
    assert ReduceOnPlateau().is_exhausted(PlateauState(1e-8))


@pytest.mark.parametrize("metric", [np.float32(2.0), torch.tensor(2.0), np.array(2.0), 2])
def test_a_metric_may_be_an_array_of_one(metric: Any) -> None:
    """As losses come out of a loop."""
    assert ReduceOnPlateau().update(PlateauState(1.0), metric).best == 2.0


@pytest.mark.parametrize(
    ("build", "error", "match"),
    [
        (lambda: ReduceOnPlateau("mean"), ValueError, "mode must be 'min' or 'max', got 'mean'"),
        (lambda: ReduceOnPlateau(factor=1.0), ValueError, "factor must be < 1, got 1.0"),
        (lambda: ReduceOnPlateau(factor=-0.1), ValueError, "factor must be >= 0, got -0.1"),
        (lambda: ReduceOnPlateau(patience=1.5), ValueError, "patience must be a whole number"),
        (lambda: ReduceOnPlateau(threshold_mode="x"), ValueError, "threshold_mode must be 'rel'"),
        (lambda: ReduceOnPlateau(eps="1"), TypeError, "eps must be a real number"),
        (lambda: ReduceOnPlateau().init(math.inf), ValueError, "initial_value must be finite"),
        (lambda: ReduceOnPlateau().update(3, 1.0), TypeError, "state must be a PlateauState"),
        (lambda: ReduceOnPlateau().value(None), TypeError, "state must be a PlateauState"),
        (
            lambda: ReduceOnPlateau().update(PlateauState(1.0), "2"),
            TypeError,
            "metric must be a real number, got '2'",
        ),
        (lambda: PlateauState(1.0, math.nan), ValueError, "best must not be NaN"),
    ],
)
def test_errors_name_the_argument(build: Any, error: type[Exception], match: str) -> None:
    """And say what came."""
    with pytest.raises(error, match=match):
        build()
