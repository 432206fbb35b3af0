"""The contributors' page, walked: its ten steps on a copy of the packages, in its own words."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.repository import ROOT
from tsa_core import Schedule

PAGE = (ROOT / "docs" / "contributing.md").read_text("utf-8")
STEPS = re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:11]
MADE = {"tsa_core/curves/smoothstep.py", "tests/core/test_smoothstep.py"}
"""The files that do not exist until the steps are taken."""

SEEN = """
import json

from hypothesis import find

import tsa_core
from tsa_core import Smoothstep, from_dict, parse, to_dict
from tsa_core.testing import check_schedule, curves

record = Smoothstep(1.0, 0.1, 80)
assert repr(record) == "Smoothstep(start=1.0, end=0.1, num_steps=80)"
assert eval(repr(record), vars(tsa_core)) == parse(repr(record)) == record
data = json.loads(json.dumps(to_dict(record)))
assert data["type"] == "Smoothstep"
assert from_dict(data) == record
check_schedule(record * 0.5, 100, low=0.05, high=0.5, end=80)
find(curves(), lambda curve: type(curve) is Smoothstep)
"""


def fences(step: int, language: str) -> list[str]:
    """The blocks that a step shows in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", STEPS[step - 1], re.M | re.S)


def insert(path: Path, before: str, text: str) -> None:
    """Put text in front of what a file has once."""
    old = path.read_text("utf-8")
    assert old.count(before) == 1, before
    path.write_text(old.replace(before, f"{text}{before}"), "utf-8")


def run(tree: Path, *arguments: str) -> str:
    """Run Python in the copy; what it prints."""
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository in which the steps have been taken, as the page says."""
    tree = tmp_path_factory.mktemp("contribution")
    leave = shutil.ignore_patterns("_build", "generated", "notebooks", "schedules", "__pycache__")
    for name in ("tsa_core", "tsa_torch", "torch_schedule_anything", "tests", "docs"):
        shutil.copytree(ROOT / name, tree / name, ignore=leave)
    shutil.copy(ROOT / "pyproject.toml", tree)

    (code,) = fences(4, "python")
    (tree / "tsa_core/curves/smoothstep.py").write_text(code, "utf-8")
    (public,) = fences(7, "text")
    imported, entry = public.splitlines(keepends=True)
    insert(tree / "tsa_core/__init__.py", "from tsa_core.parsing import parse\n", imported)
    insert(tree / "tsa_core/__init__.py", '    "Stretched",\n', f"    {entry}")
    (oracle,), (laws,) = fences(8, "python"), fences(9, "python")
    test = f"from tsa_core import Smoothstep\n{oracle}\n{laws}"
    (tree / "tests/core/test_smoothstep.py").write_text(test, "utf-8")
    (example,) = fences(9, "text")
    insert(tree / "tests/core/examples.py", '    "Joined": Joined(', f"    {example}")
    (shown,) = fences(10, "toml")
    last = '[[group]]\ntitle = "Decays to an end"'
    insert(tree / "docs/schedules.toml", last, f"{shown}\n")
    return tree


def test_there_are_ten_steps() -> None:
    """In order; step 4 shows the record and the others what is added for it."""
    assert [step.split(".")[0] for step in STEPS] == [str(number) for number in range(1, 11)]


def test_every_file_that_the_page_names_exists() -> None:
    """Or is made by one of the steps."""
    named = set(re.findall(r"`((?:[\w.]+/)+[\w.]*|[A-Z]+\.md)`", PAGE))
    assert {"tsa_core/curves/", "tsa_core/_fields.py", "docs/schedules.toml"} <= named
    assert named >= MADE
    assert not [name for name in named - MADE if not (ROOT / name).exists()]


@pytest.mark.parametrize("page", ["docs/contributing.md", "CONTRIBUTING.md"])
def test_commands_are_targets_of_the_makefile(page: str) -> None:
    """Every `make …` that a contributor is asked to run."""
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    asked = re.findall(r"`make (?:[A-Z]+=\S+ )?(\w+)", (ROOT / page).read_text("utf-8"))
    assert "test" in asked
    assert set(asked) <= set(targets)


def test_what_a_record_may_override_exists() -> None:
    """The table of step 4 names methods of `Schedule`, with their parameters, and no other."""
    rows = [row.split("|")[1] for row in STEPS[3].splitlines() if row.startswith("| `")]
    methods = dict(re.findall(r"`(\w+)(\([^)]*\))?`", " ".join(rows)))
    own = {"length", "_begin", "_bends", "_pieces", "_area", "_limits", "_strategy"}
    assert methods.keys() == own
    for name, parameters in methods.items():
        function = vars(Schedule)[name]
        code = getattr(function, "fget", function)
        code = getattr(code, "__func__", code).__code__
        names = code.co_varnames[1 : code.co_argcount]
        assert f"({', '.join(names)})" == (parameters or "()"), name


def test_the_record_is_seen_everywhere(tree: Path) -> None:
    """By repr, parse, JSON and the testing kit."""
    run(tree, "-c", SEEN)


def test_the_code_passes_ruff(tree: Path) -> None:
    """After the formatting that step 10 asks for, which may only order names."""
    changed = ["tsa_core", "tests/core/examples.py"]
    run(tree, "-m", "ruff", "check", "--fix", "--quiet", *changed)
    run(tree, "-m", "ruff", "format", "--check", *changed)


def test_the_tests_that_the_page_names_pass(tree: Path) -> None:
    """Docstring, example, oracle, laws and gallery, the tests that fail if one is missing."""
    tests = ["tsa_core/curves/smoothstep.py", "tests/core/test_smoothstep.py"]
    tests += ["tests/core/test_arrays.py", "tests/test_docstrings.py", "tests/site/test_gallery.py"]
    chosen = "moothstep or example_of_every_kind or every_public_schedule"
    printed = run(tree, "-m", "pytest", "-n0", "-v", "-pno:cacheprovider", *tests, "-k", chosen)
    for test in (
        "smoothstep.Smoothstep",
        "test_smoothstep_is_its_formula",
        "test_smoothstep_rises_the_same_from_both_ends",
        "test_there_is_an_example_of_every_kind",
        "test_public_name_is_documented[tsa_core.Smoothstep]",
        "test_every_public_schedule_is_shown_once",
        "test_call_is_of_its_name_and_draws[Smoothstep]",
        "test_every_formula_is_typeset[Smoothstep]",
    ):
        assert re.search(rf"{re.escape(test)} PASSED", printed), test
