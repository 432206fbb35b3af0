"""Plant small faults in a module, one at a time, and see which of them its tests notice.

mutmut plants them in a copy of the repository and asks, for each, only the tests that run the
function it is in. What survives is printed as a diff: write the test that notices it, or add it
to the equivalent ones in docs/laws.md with the reason.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.matrix import ROOT

CONFIGURATION = """
[tool.mutmut]
source_paths = ["{package}/"]
only_mutate = ["{module}"]
also_copy = {others}
pytest_add_cli_args = {options}
pytest_add_cli_args_test_selection = {tests}
"""
OPTIONS = ["-n", "0", "-p", "no:randomly", "-p", "no:cacheprovider", "-k", "not compile"]
"""In one process and in order; torch cannot compile what mutmut has wrapped."""

PACKAGES = ("tsa_core", "tsa_torch", "torch_schedule_anything")
BESIDE = ("tests", "tools", "benchmarks", "docs", "README.md", "constraints.txt")


def copy(module: str, tests: list[str], folder: Path) -> None:
    """The parts of the repository that tests need, and how mutmut goes about it."""
    package = module.split("/", maxsplit=1)[0]
    for name in (*PACKAGES, *BESIDE):
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
    others = [name for name in (*PACKAGES, *BESIDE) if name != package]
    settings = CONFIGURATION.format(
        package=package, module=module, others=others, options=OPTIONS, tests=tests
    )
    text = (ROOT / "pyproject.toml").read_text("utf-8") + settings.replace("'", '"')
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")


def mutmut(folder: Path, *arguments: str) -> str:
    """What mutmut prints; its errors end the program."""
    done = subprocess.run(
        [sys.executable, "-m", "mutmut", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": ""},  # the copy, not what the caller imports from
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(done.stdout[-5000:] + done.stderr[-5000:])
    return done.stdout


def survey(module: str, tests: list[str]) -> tuple[dict[str, str], dict[str, str]]:
    """What became of each fault, by its name; and the diffs of those that nothing noticed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy(module, tests, folder)
        mutmut(folder, "run")
        listed = mutmut(folder, "results", "--all", "true")
        fates = dict(re.findall(r"^ *(\S+): (.+)$", listed, re.MULTILINE))
        alive = [name for name, fate in fates.items() if not caught(fate)]
        left = {name: mutmut(folder, "show", name) for name in alive}
    return fates, left


def caught(fate: str) -> bool:
    """Whether a test failed, or did not end, because of the fault."""
    return fate in ("killed", "timeout", "segfault", "caught by type check")


def main() -> None:
    """Print the faults that survive, and how many there were."""
    parser = argparse.ArgumentParser(prog="python -m tools.mutants", description=__doc__)
    parser.add_argument("module", help="such as tsa_core/arithmetic.py")
    parser.add_argument("tests", nargs="+", help="its own tests: files or folders")
    arguments = parser.parse_args()
    fates, left = survey(arguments.module, arguments.tests)
    for diff in left.values():
        print(diff)
    noticed = len(fates) - len(left)
    print(f"{arguments.module}: {noticed} of {len(fates)} noticed")


if __name__ == "__main__":
    main()
