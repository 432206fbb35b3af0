"""The pages of frameworks whose loops need several processes, run by torch's own launcher.

What runs in one process is in `test_documents.py`.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = ROOT / "docs" / "frameworks"
RANKS = 2


def program(page: str) -> str:
    """The Python blocks of a page, one below the other."""
    text = (PAGES / page).read_text(encoding="utf-8")
    return "\n".join(re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))


def launch(text: str, folder: Path, *arguments: str) -> list[str]:
    """What each of two processes prints that run a program together, on this machine alone."""
    (folder / "train.py").write_text(text, encoding="utf-8")
    paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    options = ["--standalone", "--local-addr", "localhost", "--nproc-per-node", f"{RANKS}"]
    options += ["--redirects", "3", "--log-dir", "logs"]  # else their lines could mix
    process = subprocess.Popen(
        [sys.executable, "-m", "torch.distributed.run", *options, "train.py", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        process.wait(timeout=300)
    finally:
        process.terminate()  # the launcher ends its processes with itself
    logs = sorted((folder / "logs").rglob("std*.log"))
    assert process.returncode == 0, "\n".join(log.read_text(encoding="utf-8") for log in logs)
    return [log.read_text(encoding="utf-8") for log in logs if log.name == "stdout.log"]


@pytest.mark.parametrize("way", ["ddp", "fsdp"])
def test_the_distributed_page_runs_on_two_processes(way: str, tmp_path: Path) -> None:
    """Each rank says that its resumed run was the uninterrupted one, and shows the same values."""
    shown = launch(program("distributed.md"), tmp_path, way)
    assert len(shown) == RANKS
    for rank, text in enumerate(shown):
        assert f"rank {rank}: resumed bit for bit" in text
        values = re.findall(r"^(lr|weight_decay) .* 40 +\S+ +(\S+) ", text, re.MULTILINE)
        assert values == [("lr", "0"), ("weight_decay", "0.1")]


def test_the_launch_of_every_way_is_on_the_page() -> None:
    """The commands shown are those run above."""
    text = (PAGES / "distributed.md").read_text(encoding="utf-8")
    for way in ("ddp", "fsdp"):
        assert f"$ torchrun --standalone --nproc-per-node {RANKS} train.py {way}\n" in text


def accelerated(text: str) -> str:
    """The program, ended as `docs/frameworks/distributed.md` says: first models, then the group."""
    body = textwrap.indent(text, "    ")
    end = "import gc; gc.collect()\nfrom accelerate import PartialState\n"
    return f"def run():\n{body}\nrun()\n{end}PartialState().destroy_process_group()\n"


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
    shown = launch(accelerated(text), tmp_path)
    assert shown == [f"at {updates}\n"] * RANKS


def test_the_accelerate_page_runs_on_two_processes(tmp_path: Path) -> None:
    """All of it, with its own assertions and its checkpoint."""
    launch(accelerated(program("accelerate.md")), tmp_path)
