"""Plant small faults in modules, one at a time, and see which of them their tests notice.

mutmut plants them, in the bodies of functions without decorators, in a copy of the repository,
and asks, for each, only the tests that run the function it is in. What survives is printed as a
diff: write the test that notices it, or add it to the equivalent ones in docs/laws.md with the
reason.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from mutmut.mutation.file_mutation import mutate_file_contents
from mutmut.utils.format_utils import get_mutant_name

from tools.matrix import ROOT

CONFIGURATION = """
[tool.mutmut]
source_paths = ["{package}/"]
only_mutate = ["{modules}"]
also_copy = {others}
pytest_add_cli_args = {options}
pytest_add_cli_args_test_selection = {tests}
"""
OPTIONS = ["-n", "0", "-p", "no:randomly", "-p", "no:cacheprovider"]
OPTIONS += ["-k", "not compile and not points_at"]
"""In one process and in order; torch cannot compile what mutmut has wrapped, and a warning that is
to point at the caller points at the wrapper."""

PACKAGES = ("tsa_core", "tsa_torch", "torch_schedule_anything")
BESIDE = ("tests", "tools", "benchmarks", "docs", "README.md", "constraints.txt")


def copy(modules: str, tests: list[str], folder: Path) -> None:
    """The parts of the repository that tests need, and how mutmut goes about it."""
    package = modules.split("/", maxsplit=1)[0]
    for name in (*PACKAGES, *BESIDE):
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
    others = [name for name in (*PACKAGES, *BESIDE) if name != package]
    settings = CONFIGURATION.format(
        package=package, modules=modules, others=others, options=OPTIONS, tests=tests
    )
    text = (ROOT / "pyproject.toml").read_text("utf-8") + settings.replace("'", '"')
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")


def mutmut(folder: Path, *arguments: str) -> str:
    """What mutmut prints; its errors end the program."""
    done = subprocess.run(
        [sys.executable, "-m", "mutmut", *arguments],
        cwd=folder,
        # The copy, not what the caller imports from; and no threads, which torch lacks in a fork.
        env=os.environ | {"PYTHONPATH": "", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(done.stdout[-5000:] + done.stderr[-5000:])
    return done.stdout


def planted(modules: str, folder: Path) -> list[str]:
    """The names of all faults that mutmut knows for the modules, in the order of their lines."""
    names = []
    with contextlib.chdir(folder):  # where mutmut looks for its settings
        for path in sorted(Path().glob(modules)):
            mutated = mutate_file_contents(str(path), path.read_text("utf-8"))
            names += [get_mutant_name(path, name) for name in mutated.mutant_names]
    return names


def spread(names: list[str], number: int) -> list[str]:
    """One name at random of each of `number` stretches of equal length: the same every time."""
    ends = [len(names) * end // number for end in range(number + 1)]
    draw = random.Random(0).choice
    return [draw(names[first:end]) for first, end in itertools.pairwise(ends) if first < end]


def survey(
    modules: str, tests: list[str], sample: int | None = None
) -> tuple[dict[str, str], dict[str, str]]:
    """What became of each fault, by its name; and the diffs of those that nothing noticed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy(modules, tests, folder)
        chosen = spread(planted(modules, folder), sample) if sample else []
        mutmut(folder, "run", "--max-children", "1", *chosen)
        listed = mutmut(folder, "results", "--all", "true")
        fates = dict(re.findall(r"^ *(\S+): (.+)$", listed, re.MULTILINE))
        fates = {name: fates[name] for name in chosen or fates}
        alive = [name for name, fate in fates.items() if not caught(fate)]
        left = {name: mutmut(folder, "show", name) for name in alive}
    return fates, left


def caught(fate: str) -> bool:
    """Whether a test failed, or did not end, because of the fault."""
    return fate in ("killed", "timeout", "segfault", "caught by type check")


def main() -> None:
    """Print the faults that survive, and how many there were."""
    parser = argparse.ArgumentParser(prog="python -m tools.mutants", description=__doc__)
    parser.add_argument("modules", help="a file or a pattern, such as 'tsa_core/curves/*.py'")
    parser.add_argument("tests", nargs="+", help="their own tests: files or folders")
    parser.add_argument("--sample", type=int, help="so many faults, spread over the modules")
    arguments = parser.parse_args()
    fates, left = survey(arguments.modules, arguments.tests, arguments.sample)
    for diff in left.values():
        print(diff)
    noticed = len(fates) - len(left)
    print(f"{arguments.modules}: {noticed} of {len(fates)} noticed")


if __name__ == "__main__":
    main()
