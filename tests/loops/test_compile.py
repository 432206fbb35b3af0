"""A compiled optimizer step: tensors are filled in place, so nothing is compiled again.

`torch.compile` traces with the backend "eager": guards and recompilations are dynamo's, the same
with every backend, and there is no C++ to build.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
import torch._dynamo
from torch._dynamo.utils import counters
from torch.optim import AdamW, Muon, Optimizer

import tsa_torch
from tsa_core import Linear

# Dynamo's first use imports a part of torch that still carries its own deprecated scripting.
pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit.script_method. is deprecated")

STEPS = 100
SCHEDULES = {"lr": Linear(0.25, 1.0, 10).then(Linear(1.0, 0.0, 90), at=10)}
BOTH = SCHEDULES | {"weight_decay": Linear(1.0, 3.0, 64)}


@pytest.fixture(autouse=True)
def _fresh_compiler() -> Iterator[None]:
    torch._dynamo.reset()
    counters.clear()
    logging.getLogger("torch._dynamo").setLevel(logging.ERROR)
    yield
    torch._dynamo.reset()


def muon(weight: torch.nn.Parameter, decay: Any) -> Optimizer:
    """Its step is one graph: it never asks whether the weight decay is zero."""
    return Muon([weight], lr=torch.tensor(0.125), weight_decay=decay)


def adamw(weight: torch.nn.Parameter, decay: Any) -> Optimizer:
    """Torch asks a tensor weight decay whether it is zero, which splits its graph."""
    return AdamW([weight], lr=torch.tensor(0.125), weight_decay=decay)


def train(
    build: Callable[[torch.nn.Parameter, Any], Optimizer],
    targets: dict[str, Any],
    decay: Any,
    compiled: bool,
) -> tuple[torch.Tensor, list[tuple[float, float]]]:
    """100 scheduled updates; the first may compile, a later one that does raises."""
    weight = torch.nn.Parameter(torch.linspace(-1.0, 1.0, 12).reshape(3, 4))
    optimizer = build(weight, decay)
    sync = tsa_torch.bind_schedules(optimizer, targets)
    held = {key: value for key, value in optimizer.param_groups[0].items() if _is_tensor(value)}
    update = torch.compile(optimizer.step, backend="eager") if compiled else optimizer.step
    used = []
    for step in range(STEPS):
        group = optimizer.param_groups[0]
        used.append((float(group["lr"]), float(group["weight_decay"])))
        weight.grad = torch.cos(torch.arange(12.0).reshape(3, 4) + step)
        with torch._dynamo.config.patch(error_on_recompile=step > 0):
            update()
        sync.step()
        assert all(group[key] is tensor for key, tensor in held.items())
    return weight.detach(), used


def _is_tensor(value: Any) -> bool:
    return isinstance(value, torch.Tensor)


def by_hand(step: int, decays: bool = True) -> tuple[float, float]:
    """What update `step` should use, in float32."""
    rate = 0.25 + 0.75 * step / 10 if step < 10 else 1.0 - (step - 10) / 90
    decay = 0.25 * (1.0 + 2.0 * min(step, 64) / 64 if decays else 1.0)
    return float(torch.tensor(0.125 * rate)), decay


@pytest.mark.parametrize("build", [muon, adamw])
def test_100_steps_of_tensor_rate_and_weight_decay_compile_once(build: Any) -> None:
    """Zero recompilations after the first, and what the same loop gives without compiling."""
    weight, used = train(build, BOTH, torch.tensor(0.25), compiled=True)
    assert used == [pytest.approx(by_hand(step), rel=2e-7) for step in range(STEPS)]
    graphs = counters["stats"]["unique_graphs"]
    assert graphs >= 1
    expected, again = train(build, BOTH, torch.tensor(0.25), compiled=False)
    assert used == again
    # Muon rounds its steps to bfloat16; a rate that stood still would be out by more than 0.1.
    torch.testing.assert_close(weight, expected, rtol=0, atol=1e-2)
    assert counters["stats"]["unique_graphs"] == graphs


def test_muon_is_compiled_whole() -> None:
    """So that the test above is of one graph with both tensors as its inputs."""
    train(muon, BOTH, torch.tensor(0.25), compiled=True)
    assert not counters["graph_break"]
    assert counters["stats"]["unique_graphs"] == 1
    assert counters["stats"]["calls_captured"] > 10


def test_adamw_is_compiled_where_its_weight_decay_is_off() -> None:
    """Torch traces AdamW itself then; the rate is an input of the graph."""
    _, used = train(adamw, SCHEDULES, 0.0, compiled=True)
    assert [rate for rate, _ in used] == [
        pytest.approx(by_hand(step)[0], rel=2e-7) for step in range(STEPS)
    ]
    assert counters["stats"]["calls_captured"] > 5


def test_a_float_would_have_been_compiled_again() -> None:
    """The counting works: a weight decay that is no tensor is a constant of the first graph."""
    with pytest.raises(torch._dynamo.exc.RecompileError, match="weight_decay"):
        train(muon, BOTH, 0.25, compiled=True)


def test_a_resumed_run_fills_the_tensors_that_the_optimizer_has_loaded() -> None:
    """`optimizer.load_state_dict` puts other tensors into the groups; those are the ones filled."""
    first, second = (torch.nn.Parameter(torch.ones(2, 2)) for _ in range(2))
    optimizer, other = muon(first, torch.tensor(0.25)), muon(second, torch.tensor(0.25))
    sync, resumed = (tsa_torch.bind_schedules(one, BOTH) for one in (optimizer, other))
    sync.step(20)
    other.load_state_dict(optimizer.state_dict())
    resumed.load_state_dict(sync.state_dict())
    resumed.step()
    group = other.param_groups[0]
    assert (float(group["lr"]), float(group["weight_decay"])) == pytest.approx(
        by_hand(21), rel=2e-7
    )
    assert float(optimizer.param_groups[0]["weight_decay"]) == by_hand(20)[1]
