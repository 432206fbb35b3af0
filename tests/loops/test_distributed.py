"""Two processes with gloo: DDP, FSDP2, Accelerate; saved on two ranks, resumed on one."""

from __future__ import annotations

import os
import subprocess
import sys
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
from tests.loops.helpers import adamw, batch, bind, model, now, planned, recorded
from tests.loops.ranks import RANKS, SAVED, STEPS

WAYS = ("ddp", "fsdp")
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where two processes have written what they saw."""
    folder = tmp_path_factory.mktemp("ranks")
    paths = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    environment = os.environ | {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1"}
    commands = [
        [sys.executable, "-m", "tests.loops.ranks", str(folder), str(rank)] for rank in range(RANKS)
    ]
    ranks = [
        subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        for command in commands
    ]
    try:
        output = [rank.communicate(timeout=240)[0] for rank in ranks]
    finally:
        for rank in ranks:
            rank.kill()
    assert [rank.returncode for rank in ranks] == [0] * RANKS, "\n".join(output)
    return folder


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
