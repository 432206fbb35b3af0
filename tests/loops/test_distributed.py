"""Two processes with gloo: DDP, FSDP2, ZeRO, Accelerate; saved on two ranks, resumed on one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed.checkpoint as dcp
from torch.distributed.checkpoint.state_dict import (
    get_model_state_dict,
    get_optimizer_state_dict,
    set_model_state_dict,
    set_optimizer_state_dict,
)

import tsa_torch
from tests.loops.helpers import (
    adamw,
    batch,
    bind,
    finish,
    model,
    now,
    once,
    planned,
    recorded,
    start,
)
from tests.loops.ranks import RANKS, SAVED, STEPS

WAYS = ("ddp", "fsdp")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where two processes have written what they saw."""
    return once(tmp_path_factory, "ranks", _both_ranks)


def _both_ranks(folder: Path) -> None:
    finish(*[start("ranks", folder, rank) for rank in range(RANKS)])


@pytest.fixture
def results(folder: Path) -> list[Any]:
    """What each rank saw."""
    return [torch.load(folder / f"results-{rank}.pt") for rank in range(RANKS)]


@pytest.mark.parametrize("way", WAYS)
def test_every_rank_uses_the_plan(way: str, results: list[Any]) -> None:
    """The same values everywhere, hence the same weights; a key of our own as well."""
    for result in results:
        assert result[way]["used"] == [planned(step) for step in range(STEPS)]
        assert result[way]["clips"] == [16 * planned(step)[0] for step in range(STEPS)]
        assert result[way]["state"] == results[0][way]["state"]
        for key, weight in result[way]["weights"].items():
            assert torch.equal(weight, results[0][way]["weights"][key])


def test_an_optimizer_that_is_itself_sharded_uses_the_plan(results: list[Any]) -> None:
    """ZeRO hands its groups on to a local optimizer on each rank, with our key and all."""
    for result in results:
        assert result["zero"]["used"] == [planned(step) for step in range(STEPS)]
        assert result["zero"]["clips"] == [16 * planned(step)[0] for step in range(STEPS)]
        for key, weight in result["zero"]["weights"].items():
            assert torch.equal(weight, results[0]["zero"]["weights"][key])


def test_nothing_of_ours_communicates(results: list[Any]) -> None:
    """Collectives while schedulers are built, stepped, saved and loaded, as torch counts them."""
    for result in results:
        assert result["seen"] == 1  # the counter does see one
        assert result["calls"] == [0] * (len(WAYS) * (STEPS + 1))


def on_one_rank() -> tuple[Any, Any, list[Any], Any, Any]:
    """The model, unsharded, with its optimizer and schedules."""
    module = model()
    optimizer = adamw(module)
    tsa_torch.extend_optimizer(optimizer, "clip", 8.0)
    used = recorded(optimizer)
    sync = bind(optimizer)
    fade = tsa_torch.linear_schedule_with_warmup(optimizer, 1.0, 0.0, 4, 20, "clip")
    return module, optimizer, used, sync, fade


@pytest.mark.filterwarnings("ignore:torch.distributed is disabled, .* load in a single process")
@pytest.mark.parametrize("way", WAYS)
def test_what_two_ranks_saved_is_resumed_on_one(way: str, folder: Path, results: list[Any]) -> None:
    """Values bit for bit; weights as near as sums of gradients in another order can be."""
    module, optimizer, used, sync, fade = on_one_rank()
    state = {
        "model": get_model_state_dict(module),
        "optimizer": get_optimizer_state_dict(module, optimizer),
        "sync": sync,
        "fade": fade,
    }
    dcp.load(state, checkpoint_id=folder / way)
    assert now(optimizer) == planned(SAVED)
    set_model_state_dict(module, state["model"])
    set_optimizer_state_dict(module, optimizer, state["optimizer"])
    assert now(optimizer) == planned(SAVED)
    assert optimizer.param_groups[0]["clip"] == 16 * planned(SAVED)[0]
    used.clear()  # torch makes an update of its own at a rate of 0, to have a state to load into
    for step in range(SAVED, STEPS):
        optimizer.zero_grad()
        both = [module(batch(step) + rank).square().mean() for rank in range(RANKS)]
        (sum(both) / RANKS).backward()
        optimizer.step()
        sync.step()
        fade.step()
    assert used == [planned(step) for step in range(SAVED, STEPS)]
    assert sync.state_dict() == results[0][way]["state"]
    for key, weight in results[0][way]["weights"].items():
        torch.testing.assert_close(module.state_dict()[key], weight, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("split", [False, True])
@pytest.mark.parametrize("by_count", [False, True])
def test_accelerate_repeats_steps_and_the_number_of_updates_does_not_mind(
    by_count: bool, split: bool, results: list[Any]
) -> None:
    """`step()` goes with the number of processes, as for any scheduler; `step(n)` never does."""
    pace = 1 if by_count or split else RANKS
    for result in results:
        used = result[f"accelerate by_count={by_count} split={split}"]
        assert used == [planned(pace * step) for step in range(STEPS // 2 + 1)]
