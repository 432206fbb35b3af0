"""The pages of frameworks whose loops need several processes, run by torch's own launcher.

What runs in one process is in `test_documents.py`.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = ROOT / "docs" / "frameworks"
RANKS = 2


def program(page: str) -> str:
    """The Python blocks of a page, one below the other."""
    text = (PAGES / page).read_text(encoding="utf-8")
    return "\n".join(re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))


def launch(text: str, folder: Path, *arguments: str) -> str:
    """What two processes print that run a program together, on this machine alone."""
    (folder / "train.py").write_text(text, encoding="utf-8")
    paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    launcher = ["torch.distributed.run", "--standalone", "--local-addr", "localhost"]
    process = subprocess.Popen(
        [sys.executable, "-m", *launcher, "--nproc-per-node", f"{RANKS}", "train.py", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        shown, errors = process.communicate(timeout=300)
    finally:
        process.terminate()  # the launcher ends its processes with itself
    assert process.returncode == 0, shown + errors
    return shown


@pytest.mark.parametrize("way", ["ddp", "fsdp"])
def test_the_distributed_page_runs_on_two_processes(way: str, tmp_path: Path) -> None:
    """Each rank says that its resumed run was the uninterrupted one, and shows the same values."""
    shown = launch(program("distributed.md"), tmp_path, way)
    for rank in range(RANKS):
        assert f"rank {rank}: resumed bit for bit" in shown
    values = re.findall(r"^(lr|weight_decay) .* 40 +(\S+)$", shown, re.MULTILINE)
    assert sorted(values) == [("lr", "0")] * RANKS + [("weight_decay", "0.1")] * RANKS


def test_the_launch_of_every_way_is_on_the_page() -> None:
    """The commands shown are those run above."""
    text = (PAGES / "distributed.md").read_text(encoding="utf-8")
    for way in ("ddp", "fsdp"):
        assert f"$ torchrun --standalone --nproc-per-node {RANKS} train.py {way}\n" in text


BY_NUMBER = "sync.step((batch + 1) // MICRO)"


@pytest.mark.parametrize(("step", "updates"), [(BY_NUMBER, 5), ("sync.step()", 5 * RANKS)])
def test_the_accelerate_page_and_its_trap_on_two_processes(
    step: str, updates: int, tmp_path: Path
) -> None:
    """After five updates `step(n)` stands at 5; a bare step counts each as often as the ranks."""
    loop, _, rest = program("accelerate.md").partition("\n\nwhole = build()\n")
    assert loop.count(BY_NUMBER) == 1
    assert rest
    text = (
        loop.replace(BY_NUMBER, step)
        + """

*parts, sync = build()
train(*parts, sync, range(5 * MICRO))
print("at", sync.scheduler.last_epoch)
"""
    )
    shown = launch(text, tmp_path)
    assert re.findall("at (.*)", shown) == [str(updates)] * RANKS


def test_the_accelerate_page_runs_on_two_processes(tmp_path: Path) -> None:
    """All of it, with its own assertions and its checkpoint."""
    launch(program("accelerate.md"), tmp_path)
