"""The demo, from the command line, with few updates."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

DEMO = Path(__file__).parent.parent / "demo" / "train_digits.py"


def run(output: Path, steps: int) -> subprocess.CompletedProcess[str]:
    """Run the demo in a fresh process, writing to `output`."""
    command = [sys.executable, "-W", "error", str(DEMO), "--steps", str(steps)]
    command += ["--output", str(output)]
    return subprocess.run(command, cwd=output, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("steps", [1, 21])
def test_resumed_run_agrees(tmp_path: Path, steps: int) -> None:
    """The fresh process ends where the uninterrupted one does; table and picture are there."""
    done = run(tmp_path, steps)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("bit for bit: True") == 2
    assert "accuracy" in done.stdout
    assert (tmp_path / "training.png").read_bytes().startswith(b"\x89PNG")


def test_too_few_steps_is_a_clear_error(tmp_path: Path) -> None:
    """A run of no updates is refused by name, before anything is written."""
    done = run(tmp_path, 0)
    assert done.returncode == 2
    assert "--steps must be >= 1, got 0" in done.stderr
    assert not list(tmp_path.iterdir())
