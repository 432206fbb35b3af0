"""How the state of a torch scheduler becomes JSON and comes back, or is refused."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from torch.optim import Optimizer

import tsa_torch as tsa
from tests.torch.factories import (
    SCHEDULERS,
    by_json,
    made,
    others,
)
from tsa_torch.torch_state import decode, encode

TARGET = "weight_decay"


def bound(optimizer: Optimizer, name: str, target: str = TARGET) -> Any:
    return tsa.arbitrary_schedule_factory(optimizer, SCHEDULERS[name], schedule_target=target)


def _at(*path: Any) -> Callable[[Any, Any], None]:
    def put(state: Any, value: Any) -> None:
        for key in path[:-1]:
            state = state[key]
        state[path[-1]] = value

    return put


HOSTILE: tuple[Any, ...] = (
    {"__tensor__": [1.0, "nn"]},
    {"__tensor__": [1.0, "load"]},
    {"__tensor__": [1.0, ["float32"]]},
    {"__tensor__": ["text", "float32"]},
    {"__tensor__": [[[1.0], 2.0], "float32"]},
    {"__tensor__": 1.0},
    {"__tensor__": [1.0, "float32"], "dtype": "float32"},
    {"__str__": "1e9"},
    {"__str__": ["__inf__"]},
    {"__tuple__": 3},
    {"__tuple__": "abc"},
    {"__items__": [[1, 2, 3]]},
    {"__items__": [[[1], 2]]},
    {"__items__": {"a": 1}},
    {"__counter__": 7},
    {"__class__": "os.system"},
    {"__reduce__": ["os.system", ["true"]]},
    {"a": 1, "__tuple__": []},
    {3: 4},
)


@pytest.mark.parametrize("data", HOSTILE, ids=str)
def test_data_that_was_never_written_is_refused(data: Any) -> None:
    """A tag or a dtype that is unknown, or a tag over the wrong thing, at any depth."""
    for nested in (data, [data], {"a": {"b": data}}, {"__tuple__": [data]}):
        with pytest.raises(ValueError, match="state_dict must"):
            decode(nested)
    optimizer = made("SGD")
    scheduler = bound(optimizer, "StepLR")
    before = others(optimizer), scheduler.state_dict()
    for put in (
        _at("scheduler", "gamma"),
        _at("groups", 0, "private", "initial_lr"),
        _at("groups"),
    ):
        state = by_json(scheduler.state_dict())
        put(state, data)
        with pytest.raises(ValueError, match="state_dict must"):
            scheduler.load_state_dict(state)
    assert (others(optimizer), scheduler.state_dict()) == before


scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False)
    | st.text(max_size=12)
    | st.sampled_from(["__tuple__", "__tensor__", "__inf__"])
)
keys = st.text(max_size=8) | st.integers() | st.sampled_from(["__tuple__", "__items__"])
plain_data = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(keys, inner, max_size=4)
        | st.dictionaries(st.integers(0, 9), st.integers(0, 9), max_size=4).map(Counter)
    ),
    max_leaves=20,
)


@given(plain_data)
@example(["__inf__", math.inf, {"__-inf__": "__nan__"}, -math.inf])
@example({"__tuple__": (1, 2), 3: Counter({2: 1})})
def test_any_data_comes_back_from_json_as_it_was(data: Any) -> None:
    """Types and values, whatever its keys are called."""
    result = decode(by_json(encode(data)))
    assert result == data
    assert repr(result) == repr(data)


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "bfloat16", "int64", "bool"])
@pytest.mark.parametrize("content", [0.5, math.inf, [1.0, 0.25], [[1.0], [0.0]]], ids=str)
def test_tensors_come_back_with_their_dtype(content: Any, dtype: str) -> None:
    """0-dim ones are what torch's schedulers hold; others survive as well."""
    if content == math.inf and dtype in ("int64", "bool"):
        content = 1
    value = torch.tensor(content, dtype=getattr(torch, dtype))
    result = decode(by_json(encode(value)))
    assert result.dtype == value.dtype
    assert torch.equal(result, value)


def test_nan_and_numpy_numbers_become_json() -> None:
    """NumPy's scalars are written as Python's; NaN under its tag."""
    assert json.dumps(encode(np.float32(0.5)), allow_nan=False) == "0.5"
    assert encode(np.float64("-inf")) == "__-inf__"
    assert math.isnan(decode(by_json(encode(math.nan))))
