"""Run the tests of core, adapter, bugs and oracles with every version that pyproject.toml claims.

A row is an environment of its own, made in a temporary folder and removed after its tests: each
Python at hand with the versions of constraints.txt, then this Python with the lowest version of
each package that users install. A row that cannot be made says why.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
TESTS = ("tests/core", "tests/torch", "tests/bugs", "tests/oracles", "tsa_core", "tsa_torch")
PICTURES = "tests/core/test_plotting.py::test_pictures_are_the_approved_ones"
"""Compared where matplotlib is the one that drew the approved ones: others have other fonts."""

KEPT = ("torch", "matplotlib", "hypothesis", "mpmath", "pip", "pytest", "pytest-xdist")
"""Beside a lowest version these stay as in constraints.txt; the others become what fits it."""


@dataclass(frozen=True)
class Row:
    """An environment: a version of Python, and a package at its lowest version, if any."""

    python: str
    package: str = ""
    lowest: str = ""

    @property
    def name(self) -> str:
        """What the table calls it, and what selects it on the command line."""
        return f"{self.package} {self.lowest}" if self.package else f"Python {self.python}"

    def constraints(self) -> list[str]:
        """The lines of the constraints file for pip."""
        lines = (ROOT / "constraints.txt").read_text("utf-8").split()
        if not self.package:
            return lines
        pinned = {line.split("==")[0]: line for line in lines}
        others = [pinned[name] for name in KEPT if name != self.package]
        return [*others, f"{self.package}=={self.lowest}"]


class CannotBeMadeError(Exception):
    """There is no environment for a row; the text says why."""


def claimed() -> list[str]:
    """The versions of Python that the classifiers name, such as 3.11."""
    found = (re.fullmatch(r".* :: (3\.\d+)", line) for line in PROJECT["classifiers"])
    return [match[1] for match in found if match]


def lowest() -> dict[str, str]:
    """The lowest version of each package that users install."""
    extras = PROJECT["optional-dependencies"].values()
    needs = [*PROJECT["dependencies"], *(need for extra in extras for need in extra)]
    return {name: version for name, _, version in (need.partition(">=") for need in needs)}


def rows() -> list[Row]:
    """All of them."""
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    return [
        *(Row(python) for python in claimed()),
        *(Row(here, name, version) for name, version in lowest().items()),
    ]


def interpreter(version: str) -> str:
    """The program of that version: on the path, or kept by pyenv."""
    for command in _candidates(version):
        asked = [command, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
        if _output(asked) == version:
            return command
    raise CannotBeMadeError(f"there is no Python {version} here")


def _candidates(version: str) -> Iterable[str]:
    yield sys.executable
    yield f"python{version}"
    for kept in reversed(_output(["pyenv", "versions", "--bare"]).split()):
        if kept.startswith(f"{version}."):
            yield str(Path(_output(["pyenv", "prefix", kept])) / "bin" / "python")


def _output(command: list[str]) -> str:
    """What a program prints; nothing where it is missing or fails."""
    if shutil.which(command[0]) is None:
        return ""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def make(row: Row, folder: Path) -> Path:
    """The environment of a row; returns its Python."""
    subprocess.run([interpreter(row.python), "-m", "venv", str(folder)], check=True)
    python = folder / "bin" / "python"
    constraints = folder / "constraints.txt"
    constraints.write_text("\n".join(row.constraints()), encoding="utf-8")
    pip = [str(python), "-m", "pip", "install", "--no-compile", "--constraint", str(constraints)]
    for needs in (
        ["pip>=25.1"],
        ["--editable", ".[torch,plot,testing]", "--group", "tests"],
        ["--no-deps", "timm"],
    ):
        done = subprocess.run([*pip, *needs], cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise CannotBeMadeError(_reason(done.stderr))
    return python


def _reason(text: str) -> str:
    errors = [line for line in text.splitlines() if line.startswith("ERROR:")]
    return (errors or text.splitlines() or ["pip says nothing"])[0]


def test(row: Row, python: Path, log: Path) -> str:
    """The last line of the row's tests, the whole of which goes into `log`."""
    command = [str(python), "-m", "pytest", "-n", "2", "-p", "no:cacheprovider", *TESTS]
    if row.package in ("matplotlib", "numpy"):
        command += ["--deselect", PICTURES]
    with log.open("w", encoding="utf-8") as out:
        subprocess.run(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, check=False)
    return log.read_text("utf-8").strip().splitlines()[-1].strip("= ")


def run(row: Row, logs: Path) -> str:
    """The result of a row."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            python = make(row, Path(folder))
        except CannotBeMadeError as error:
            return f"cannot be made: {error}"
        return test(row, python, logs / f"{row.name.replace(' ', '-')}.log")


def chosen(names: list[str]) -> list[Row]:
    """The rows in whose name one of `names` stands; all of them where none is given."""
    return [row for row in rows() if not names or any(name in row.name for name in names)]


def main() -> None:
    """Run the rows that were asked for, print the table, and fail if one of them is red."""
    parser = argparse.ArgumentParser(prog="python -m tools.matrix", description=__doc__)
    parser.add_argument("names", nargs="*", help="part of a row's name: Python, numpy, 3.12")
    parser.add_argument("--logs", type=Path, default=ROOT / "build" / "matrix")
    arguments = parser.parse_args()
    arguments.logs.mkdir(parents=True, exist_ok=True)
    results = []
    for row in chosen(arguments.names):
        begin = time.monotonic()
        results.append(run(row, arguments.logs))
        seconds = time.monotonic() - begin
        print(f"| {row.name} | {results[-1]} | {seconds:.0f} s |", flush=True)
    if any("failed" in result or "error" in result for result in results):
        sys.exit(f"a row is red: see {arguments.logs}")


if __name__ == "__main__":
    main()
