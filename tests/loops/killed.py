"""A training process that is killed over and over: `python -m tests.loops.killed FOLDER KILLS`.

The server imports torch once; each trainer is a fork of it, killed by SIGKILL at a moment drawn
at random, every fifth at the first save after it. The trainer starts from the last checkpoint,
if there is one, and notes in `log` what each update uses.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import Any

import torch

import tsa_torch
from tests.loops.helpers import adamw, loss, model, weights
from tsa_core import Cosine, Linear

STEPS = 3000


def build() -> tuple[torch.nn.Module, torch.optim.Optimizer, tsa_torch.SynchronousSchedule]:
    """Floats, a tensor, an element of a tuple, a key of our own, and a torch scheduler."""
    module = model()
    optimizer = adamw(module, lr=torch.tensor(0.1), weight_decay=0.3)
    tsa_torch.extend_optimizer(optimizer, "clip", 0.7)
    tsa_torch.extend_optimizer(optimizer, "noise", 0.9)
    warm = Linear(0.0, 1.0, 137).then(Cosine(1.0, 0.1, 2001), at=137)
    ours = {
        "lr": warm,
        "weight_decay": Linear(1.0, 3.0, 1999),
        "betas[0]": Cosine(1.0, 1.7, 2500),
        "clip": warm * 0.3,
    }
    noise = tsa_torch.arbitrary_schedule_factory(
        optimizer,
        lambda view: torch.optim.lr_scheduler.ExponentialLR(view, 0.999),
        schedule_target="noise",
    )
    own = tsa_torch.bind_schedules(optimizer, ours)
    return module, optimizer, tsa_torch.SynchronousSchedule([own, noise])


def save(folder: Path, state: Any) -> None:
    """Write it under another name, and let that replace the last checkpoint at once."""
    temporary = folder / "checkpoint.tmp"
    torch.save(state, temporary)
    temporary.replace(folder / "checkpoint.pt")


def train(folder: Path, last: int = STEPS) -> None:
    """From the last checkpoint to the end, with a checkpoint after two updates of three."""
    module, optimizer, sync = build()
    start = 0
    path = folder / "checkpoint.pt"
    if path.exists():
        state = torch.load(path, weights_only=True)
        start = state["step"]
        module.load_state_dict(state["module"])
        loads = [
            lambda: optimizer.load_state_dict(state["optimizer"]),
            lambda: sync.load_state_dict(state["sync"]),
        ]
        for load in loads[:: 1 if start % 2 else -1]:  # neither order matters
            load()
    log = os.open(folder / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for step in range(start, last):
        group = optimizer.param_groups[0]
        used = (group["lr"].item(), group["weight_decay"], *group["betas"])
        row = [float(value).hex() for value in (*used, group["clip"], group["noise"])]
        os.write(log, (json.dumps([step, *row]) + "\n").encode())
        optimizer.zero_grad()
        loss(module, step).backward()
        optimizer.step()
        sync.step()
        if step % 3 != 1:
            state = {
                "step": step + 1,
                "module": module.state_dict(),
                "optimizer": optimizer.state_dict(),
                "sync": sync.state_dict(),
            }
            save(folder, state)
    torch.save(weights(module), folder / "weights.tmp")
    (folder / "weights.tmp").replace(folder / "weights.pt")


def fork(folder: Path) -> int:
    """A trainer; its process id."""
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        train(folder)
        status = 0
    finally:
        os._exit(status)


def uninterrupted(folder: Path) -> float:
    """The same run without a kill; how long it took, in seconds."""
    folder.mkdir()
    start = time.perf_counter()
    _, status = os.waitpid(fork(folder), 0)
    assert status == 0, status
    return time.perf_counter() - start


def wait_for_a_save(folder: Path) -> None:
    """Until a checkpoint is being written, or half a second."""
    last = time.perf_counter() + 0.5
    while time.perf_counter() < last and not (folder / "checkpoint.tmp").exists():
        pass


def main(folder: Path, kills: int) -> None:
    """Kill `kills` trainers, let the next one end, and report.

    A trainer that ends before its moment has come has finished the run: another run begins.
    """
    torch.set_num_threads(1)
    (folder / "warm").mkdir()
    train(folder / "warm", last=8)  # what torch does only once, it has done before the forks
    longest = uninterrupted(folder / "whole") / 100
    moments = random.Random(20)
    report = {"killed": 0, "while_saving": 0, "from_checkpoint": 0, "runs": 1}
    run = folder / "run-1"
    run.mkdir()
    while report["killed"] < kills:
        report["from_checkpoint"] += (run / "checkpoint.pt").exists()
        pid = fork(run)
        time.sleep(moments.uniform(0.0, longest))
        if report["killed"] % 5 == 4:
            wait_for_a_save(run)
        os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        if status == 0:
            report["runs"] += 1
            run = folder / f"run-{report['runs']}"
            run.mkdir()
            continue
        assert status == signal.SIGKILL, status
        report["killed"] += 1
        report["while_saving"] += (run / "checkpoint.tmp").exists()
        (run / "checkpoint.tmp").unlink(missing_ok=True)
    _, status = os.waitpid(fork(run), 0)
    assert status == 0, status
    (folder / "report.json").write_text(json.dumps(report))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
