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
    """What two processes print that run a program, warnings as errors."""
    (folder / "train.py").write_text(text, encoding="utf-8")
    paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    launcher = ["torch.distributed.run", "--standalone", "--nproc-per-node", str(RANKS)]
    done = subprocess.run(
        [sys.executable, "-m", *launcher, "train.py", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


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


@pytest.mark.parametrize("step", ["sync.step((batch + 1) // MICRO)", "sync.step()"])
def test_the_accelerate_page_and_its_trap_on_two_processes(step: str, tmp_path: Path) -> None:
    """By number the page's own assertions hold; a bare step is as often as there are processes."""
    text = program("accelerate.md")
    whole, _, _ = text.partition("first = build()")
    assert whole.count("sync.step((batch + 1) // MICRO)") == 1
    watched = whole.replace("sync.step((batch + 1) // MICRO)", f"{step}; log(batch, sync)")
    log = "def log(batch, sync):\n    if batch == 9: print('after 5:', sync.scheduler.last_epoch)\n"
    by_number = "(" in step.removeprefix("sync.step(")
    shown = launch(log + watched, tmp_path)
    expected = 5 if by_number else 5 * RANKS
    assert re.findall("after 5: (.*)", shown) == [str(expected)] * RANKS
