"""What is published: wheel and sdist, their page, and the core in an environment without torch."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import tomllib
import venv
from email.message import Message
from email.parser import Parser
from pathlib import Path
from types import SimpleNamespace
from zipfile import ZipFile

import numpy
import pytest

from tests.repository import ROOT, files
from tsa_torch._require_torch import OLDEST, require_torch

INFO = "torch_schedule_anything-2.0.0.dist-info"
PACKAGES = ("torch_schedule_anything", "tsa_core", "tsa_torch")


def run(*arguments: str, cwd: Path) -> str:
    """Run this interpreter; returns what it printed, and shows all of it on a failure."""
    done = subprocess.run(
        [sys.executable, *arguments], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with sdist and wheel, built by the declared back end without the network."""
    folder = tmp_path_factory.mktemp("dist")
    run("-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT), cwd=folder)
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    """The wheel: the one that is built from the sdist."""
    (found,) = built.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def sdist(built: Path) -> Path:
    """The archive of the source."""
    (found,) = built.glob("*.tar.gz")
    return found


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
    assert tops == {*PACKAGES, INFO}
    sources = {
        path.relative_to(ROOT).as_posix()
        for name in PACKAGES
        for path in ROOT.glob(f"{name}/**/*.py")
    }
    others = {f"{name}/py.typed" for name in PACKAGES}
    others |= {f"{INFO}/{name}" for name in ("METADATA", "WHEEL", "RECORD", "licenses/LICENSE")}
    assert names == sources | others


def test_sdist_holds_the_repository(sdist: Path, tmp_path: Path) -> None:
    """All of it, so that its tests can run; nothing else but the metadata."""
    with tarfile.open(sdist) as archive:
        names = {path.partition("/")[2] for path in archive.getnames()}
    assert names - {"PKG-INFO"} == files(tmp_path) - {"PKG-INFO"}


def test_the_page_on_pypi_is_rendered(built: Path) -> None:
    """By the check that PyPI makes before it takes a release, with warnings as errors."""
    files = [str(path) for path in built.iterdir()]
    assert "PASSED" in run("-m", "twine", "check", "--strict", *files, cwd=built)


def test_the_page_on_pypi_leads_on(wheel: Path) -> None:
    """It links to all that a reader may look for, at one address."""
    links = dict(link.split(", ") for link in metadata(wheel).get_all("Project-URL", []))
    assert links.keys() == {"Homepage", "Documentation", "Issues", "Changelog"}
    assert all(link.startswith(links["Homepage"]) for link in links.values())


def test_extras_are_for_users(wheel: Path) -> None:
    """What developers need is in dependency groups; without an extra there is no torch."""
    found = metadata(wheel)
    assert set(found.get_all("Provides-Extra", [])) == {"torch", "plot", "testing"}
    always = [need for need in found.get_all("Requires-Dist", []) if "extra ==" not in need]
    assert {re.split("[<>=]", need)[0] for need in always} == {"array-api-compat", "attrs", "numpy"}


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


@pytest.fixture(scope="module")
def bare(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment without torch, into which pip installed the wheel alone.

    What the core requires is there by links to the packages of this environment.
    """
    home = tmp_path_factory.mktemp("bare")
    venv.create(home, symlinks=os.name != "nt")
    (packages,) = home.glob("lib/python*/site-packages")
    for pattern in ("numpy*", "attr*", "array_api_compat*"):
        for path in Path(numpy.__file__).parent.parent.glob(pattern):
            (packages / path.name).symlink_to(path)
    python = home / "bin" / "python"
    run("-m", "pip", "--python", str(python), "install", "--no-index", str(wheel), cwd=home)
    return python


def ask(python: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Run a program there, with warnings as errors and nothing of this environment on the path."""
    command = [str(python), "-I", "-W", "error", "-c", code]
    return subprocess.run(command, cwd=python.parent, capture_output=True, text=True, check=False)


def test_the_core_runs_where_torch_is_not(bare: Path) -> None:
    """The README's examples without torch, from the installed wheel."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    core = [block for block in blocks if "import torch" not in block]
    assert len(core) == len(blocks) - 1
    done = ask(bare, "\n".join(core))
    assert done.returncode == 0, done.stderr
    assert "█" in done.stdout


def test_without_torch_the_adapter_says_what_to_install(bare: Path) -> None:
    """Under each of its names."""
    for name in ("tsa_torch", "torch_schedule_anything"):
        done = ask(bare, f"import {name}")
        assert done.stderr.splitlines()[-1] == (
            "ImportError: torch_schedule_anything needs torch 2.10 or newer, and it is not "
            'installed: pip install "torch>=2.10", or stay on the 1.x line with pip install '
            '"torch-schedule-anything<2"'
        )


def test_an_old_torch_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything of it is used, with the same ways out."""
    for version in ("1.13.1+cu117", "2.9.1"):
        monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(__version__=version))
        with pytest.raises(
            ImportError, match=rf"2\.10 or newer, and this is {re.escape(version)}:"
        ):
            require_torch()
    for version in ("2.10.0", "2.11.0a0+git1234", "3.0"):
        monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(__version__=version))
        require_torch()


def test_a_missing_torch_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process too, where torch cannot be found."""
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match=r"2\.10 or newer, and it is not installed:"):
        require_torch()


def test_a_broken_torch_is_not_taken_for_a_missing_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What torch itself fails to import is named as it is."""
    (tmp_path / "torch.py").write_text("import nowhere_to_be_found", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "torch")
    with pytest.raises(ModuleNotFoundError, match="nowhere_to_be_found"):
        require_torch()


def test_the_extra_asks_for_the_torch_that_the_import_asks_for() -> None:
    """One number in two places."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    oldest = ".".join(map(str, OLDEST))
    assert project["optional-dependencies"]["torch"] == [f"torch>={oldest}"]


def test_core_imports_no_torch(tmp_path: Path) -> None:
    """In a fresh process, neither the import of the core nor an evaluation brings torch in."""
    code = (
        "import sys, numpy, tsa_core\n"
        "schedule = tsa_core.cosine_annealing_with_warmup(1.0, 0.1, 2, 10)\n"
        "schedule(3), schedule(numpy.arange(12))\n"
        "print('torch' in sys.modules)\n"
    )
    assert run("-I", "-c", code, cwd=tmp_path).strip() == "False"
