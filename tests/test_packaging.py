"""The wheel holds the three packages and nothing else, and the core does without torch."""

from __future__ import annotations

import subprocess
import sys
from email.message import Message
from email.parser import Parser
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("torch_schedule_anything", "tsa_core", "tsa_torch")


def run(*arguments: str, cwd: Path) -> str:
    """Run this interpreter; returns what it printed, and shows all of it on a failure."""
    done = subprocess.run(
        [sys.executable, *arguments], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built by the declared back end without the network."""
    folder = tmp_path_factory.mktemp("wheel")
    run("-m", "build", "--no-isolation", "--wheel", "--outdir", str(folder), str(ROOT), cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


def metadata(wheel: Path) -> Message:
    """The wheel's METADATA, parsed."""
    with ZipFile(wheel) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        return Parser().parsestr(archive.read(name).decode())


def test_wheel_holds_the_three_packages_only(wheel: Path) -> None:
    """At the top level: the packages and the metadata; every module of the source is inside."""
    with ZipFile(wheel) as archive:
        names = set(archive.namelist())
    tops = {name.split("/")[0] for name in names}
    assert tops == {*PACKAGES, "torch_schedule_anything-2.0.0.dist-info"}
    sources = {
        path.relative_to(ROOT).as_posix()
        for name in PACKAGES
        for path in ROOT.glob(f"{name}/**/*.py")
    }
    assert {name for name in names if name.endswith(".py")} == sources


@pytest.mark.parametrize("package", PACKAGES)
def test_wheel_is_typed(wheel: Path, package: str) -> None:
    """Type checkers believe the annotations of each package."""
    with ZipFile(wheel) as archive:
        assert f"{package}/py.typed" in archive.namelist()


def test_wheel_names_itself(wheel: Path) -> None:
    """Name, version, licence and the required Python are in the metadata."""
    found = metadata(wheel)
    assert found["Name"] == "torch-schedule-anything"
    assert found["Version"] == "2.0.0"
    assert found["License-Expression"] == "MIT"
    assert found["Requires-Python"] == ">=3.11"


def test_wheel_runs_away_from_the_repository(wheel: Path, tmp_path: Path) -> None:
    """What was packed is complete: it imports from the wheel itself, and works."""
    code = (
        f"import sys; sys.path.insert(0, {str(wheel)!r})\n"
        "import torch_schedule_anything, tsa_core\n"
        "assert all('.whl' in m.__file__ for m in (torch_schedule_anything, tsa_core))\n"
        "print(tsa_core.cosine_annealing_with_warmup(1.0, 0.1, 2, 10)(10))\n"
    )
    assert run("-I", "-c", code, cwd=tmp_path).strip() == "0.1"


def test_core_imports_no_torch(tmp_path: Path) -> None:
    """In a fresh process, neither the import of the core nor an evaluation brings torch in."""
    code = (
        "import sys, numpy, tsa_core\n"
        "schedule = tsa_core.cosine_annealing_with_warmup(1.0, 0.1, 2, 10)\n"
        "schedule(3), schedule(numpy.arange(12))\n"
        "print('torch' in sys.modules)\n"
    )
    assert run("-I", "-c", code, cwd=tmp_path).strip() == "False"
