"""What each process of the distributed tests runs: `python -m tests.loops.ranks FOLDER RANK`.

Everything that the tests look at is written to FOLDER as `NAME-RANK.pt`.
"""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
import torch.distributed.checkpoint as dcp
from torch.distributed.checkpoint.state_dict import get_model_state_dict, get_optimizer_state_dict
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor.debug import CommDebugMode
from torch.nn.parallel import DistributedDataParallel
from torch.optim import AdamW

import tsa_torch
from tests.loops.helpers import BETA, LR, WEIGHT_DECAY, adamw, batch, bind, model, now, recorded

RANKS, STEPS, SAVED = 2, 20, 12


def loss(module: torch.nn.Module, step: int, rank: int) -> torch.Tensor:
    """Other data on each rank."""
    result: torch.Tensor = module(batch(step) + rank).square().mean()
    return result


def train(
    module: torch.nn.Module, rank: int, folder: Path, name: str, calls: list[int]
) -> dict[str, Any]:
    """Train to the end; save by torch.distributed.checkpoint on the way, from both ranks."""
    optimizer = adamw(module)
    tsa_torch.extend_optimizer(optimizer, "clip", 8.0)
    used = recorded(optimizer)
    clips = []
    with CommDebugMode() as mode:
        sync = bind(optimizer)
        fade = tsa_torch.linear_schedule_with_warmup(optimizer, 1.0, 0.0, 4, 20, "clip")
    calls.append(mode.get_total_counts())
    for step in range(STEPS):
        if step == SAVED:
            state = {
                "model": get_model_state_dict(module),
                "optimizer": get_optimizer_state_dict(module, optimizer),
                "sync": sync,
                "fade": fade,
            }
            dcp.save(state, checkpoint_id=folder / name)
        clips.append(optimizer.param_groups[0]["clip"])
        optimizer.zero_grad()
        loss(module, step, rank).backward()
        optimizer.step()
        with CommDebugMode() as mode:
            sync.step()
            fade.step()
            saved = sync.state_dict()
            sync.load_state_dict(saved)
        calls.append(mode.get_total_counts())
    whole = get_model_state_dict(module)
    weights = {key: _full(value) for key, value in whole.items()}
    return {"used": used, "clips": clips, "weights": weights, "state": saved}


def _full(value: Any) -> torch.Tensor:
    full: torch.Tensor = value.full_tensor() if hasattr(value, "full_tensor") else value
    return full.detach().clone()


def ddp(rank: int, folder: Path, calls: list[int]) -> dict[str, Any]:
    """Data parallel."""
    return train(DistributedDataParallel(model()), rank, folder, "ddp", calls)


def fsdp(rank: int, folder: Path, calls: list[int]) -> dict[str, Any]:
    """Fully sharded: each rank holds half of each parameter."""
    module = model()
    fully_shard(module, mesh=init_device_mesh("cpu", (RANKS,)))
    return train(module, rank, folder, "fsdp", calls)


def zero(rank: int) -> dict[str, Any]:
    """Data parallel, with an optimizer that keeps its state in shards."""
    from torch.distributed.optim import ZeroRedundancyOptimizer

    module = DistributedDataParallel(model())
    defaults = {"lr": LR, "weight_decay": WEIGHT_DECAY, "betas": (BETA, 0.875)}
    optimizer = ZeroRedundancyOptimizer(module.parameters(), AdamW, **defaults)
    tsa_torch.extend_optimizer(optimizer, "clip", 8.0)
    used = recorded(optimizer.optim)
    sync = bind(optimizer)
    fade = tsa_torch.linear_schedule_with_warmup(optimizer, 1.0, 0.0, 4, 20, "clip")
    clips = []
    optimizer.optim.register_step_pre_hook(
        lambda local, *_: clips.append(local.param_groups[0]["clip"])
    )
    for step in range(STEPS):
        optimizer.zero_grad()
        loss(module, step, rank).backward()
        optimizer.step()
        sync.step()
        fade.step()
    weights = {key: value.detach().clone() for key, value in module.module.state_dict().items()}
    return {"used": used, "clips": clips, "weights": weights}


def accelerated(rank: int, by_count: bool, split_batches: bool) -> list[Any]:
    """Accelerate's loop; it repeats `step` on each process as many times as there are processes."""
    from accelerate import Accelerator, DataLoaderConfiguration

    configuration = DataLoaderConfiguration(split_batches=split_batches)
    accelerator = Accelerator(cpu=True, dataloader_config=configuration)
    assert accelerator.num_processes == RANKS
    module = model()
    optimizer = adamw(module)
    used = recorded(optimizer)
    prepared, updates, sync = accelerator.prepare(module, optimizer, bind(optimizer))
    for step in range(STEPS // 2):
        accelerator.backward(loss(prepared, step, rank))
        updates.step()
        sync.step(*((step + 1,) if by_count else ()))
        updates.zero_grad()
    used.append(now(optimizer))
    return used


def main(folder: Path, rank: int) -> None:
    """Run all of it on one rank."""
    torch.set_num_threads(1)
    os.environ |= {"RANK": f"{rank}", "LOCAL_RANK": f"{rank}", "WORLD_SIZE": f"{RANKS}"}
    os.environ |= {"MASTER_ADDR": "localhost", "MASTER_PORT": "0"}  # not used: the file is
    dist.init_process_group("gloo", f"file://{folder}/meeting", rank=rank, world_size=RANKS)
    calls: list[int] = []
    results = {"ddp": ddp(rank, folder, calls), "fsdp": fsdp(rank, folder, calls)}
    with CommDebugMode() as mode:
        dist.all_reduce(torch.ones(1))
    results["zero"] = zero(rank)
    results["calls"], results["seen"] = calls, mode.get_total_counts()
    for by_count in (False, True):
        for split in (False, True):
            name = f"accelerate by_count={by_count} split={split}"
            results[name] = accelerated(rank, by_count, split)
    torch.save(results, folder / f"results-{rank}.pt")
    dist.barrier()
    gc.collect()  # a DDP model that outlives the group can deadlock torch
    dist.destroy_process_group()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
