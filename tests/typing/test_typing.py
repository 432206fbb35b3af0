"""Typical calls pass mypy and pyright, wrong ones do not, and the calls run as typed."""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
USAGE = Path(__file__).parent / "usage.py"


def check(tool: str, text: str, folder: Path) -> str:
    """What a type checker prints of a file with this text, in strict mode."""
    (folder / "usage.py").write_text(text, encoding="utf-8")
    settings = {
        "include": ["usage.py"],
        "typeCheckingMode": "strict",
        "enableTypeIgnoreComments": False,  # those are mypy's
        "reportUnnecessaryTypeIgnoreComment": True,
        "extraPaths": [str(ROOT)],
    }
    (folder / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    cache = str(ROOT / ".mypy_cache")
    commands = {
        "mypy": ["mypy", "--config-file=", "--strict", f"--cache-dir={cache}", "usage.py"],
        "pyright": ["pyright", "--pythonpath", sys.executable],
    }
    done = subprocess.run(
        [sys.executable, "-m", *commands[tool]],
        cwd=folder,
        env={**os.environ, "MYPYPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("tool", ["mypy", "pyright"])
def test_typical_calls_pass(tool: str, tmp_path: Path) -> None:
    """Each call has the type that it says, and each marked mistake is one."""
    shown = check(tool, USAGE.read_text("utf-8"), tmp_path)
    assert re.search(r"^(Success: no issues found|0 errors, 0 warnings)", shown, re.M), shown


@pytest.mark.parametrize("tool", ["mypy", "pyright"])
def test_mistakes_are_found(tool: str, tmp_path: Path) -> None:
    """Without their marks, the mistakes are errors, line by line, and nothing else is."""
    text = USAGE.read_text("utf-8")
    marked = {n for n, line in enumerate(text.splitlines(), 1) if "# type: ignore[" in line}
    shown = check(tool, re.sub(r"  # type: ignore.*", "", text), tmp_path)
    assert {int(line) for line in re.findall(r"usage\.py:(\d+):.* error", shown)} == marked, shown
    assert len(marked) >= 8


def test_calls_run_as_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same file without its mistakes runs: the types say nothing that is not so."""
    text = re.sub(r".*# type: ignore\[.*\n", "", USAGE.read_text("utf-8"))
    (tmp_path / "usage_that_runs.py").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    usage = importlib.import_module("usage_that_runs")
    calls = ("values", "arithmetic", "records", "functions", "state", "torch_loop", "schedulers")
    for call in calls:
        getattr(usage, call)()
    del sys.modules["usage_that_runs"]
