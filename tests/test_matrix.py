"""The rows of `make matrix`, without making any."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.repository import ROOT
from tools import matrix
from tools.matrix import CannotBeMadeError, Row

OWN = ("benchmarks", "tests", "tools", "torch_schedule_anything", "tsa_core", "tsa_torch")


def test_each_claim_is_a_row() -> None:
    """Every Python of the classifiers, and the lowest of each package that users install."""
    names = [row.name for row in matrix.rows()]
    assert names[:3] == ["Python 3.11", "Python 3.12", "Python 3.13"]
    packages = {name.split()[0] for name in names[3:]}
    assert packages == {
        "array-api-compat",
        "attrs",
        "hypothesis",
        "matplotlib",
        "numpy",
        "torch",
    }


def test_a_row_pins_what_it_is_about() -> None:
    """With the tools of today; a row of a Python takes all versions of today."""
    found = Row("3.11", "torch", "2.10").constraints()
    assert "torch==2.10" in found
    assert len([line for line in found if line.startswith("torch==")]) == 1
    assert any(line.startswith("pytest==") for line in found)
    assert not any(line.startswith("jax==") for line in found)
    today = (ROOT / "constraints.txt").read_text("utf-8").split()
    assert Row("3.12").constraints() == today


def test_names_choose_rows() -> None:
    """By a part of them."""
    assert [row.name for row in matrix.chosen(["numpy", "3.12"])] == ["Python 3.12", "numpy 1.26"]
    assert matrix.chosen([]) == matrix.rows()


def test_a_python_is_found_or_missed_by_its_number() -> None:
    """The one that runs is the nearest."""
    here = "{}.{}".format(*sys.version_info)
    assert matrix.interpreter(here) == sys.executable
    with pytest.raises(CannotBeMadeError, match=r"there is no Python 3\.0 here"):
        matrix.interpreter("3.0")


def test_what_pip_says_is_the_reason() -> None:
    """Its error, among its warnings."""
    said = "WARNING: old\nERROR: No matching distribution found for torch==0.1\nERROR: more"
    assert matrix._reason(said) == "ERROR: No matching distribution found for torch==0.1"
    assert matrix._reason("") == "pip says nothing"


def test_each_row_has_what_its_tests_import() -> None:
    """Beside our own packages and Python's: what users install, and the group `tests`."""
    found = packages_distributions()
    imported = {name for folder in matrix.TESTS for name in imports(ROOT / folder)}
    outside = {_normal(found[name][0]) for name in imported if name in found and name not in OWN}
    assert {"dask", "scikit-learn", "matplotlib"} <= outside
    assert outside <= installed() | {"distributed", "timm"}  # dask[distributed]; see `make`


def imports(folder: Path) -> Iterator[str]:
    """The top-level names that the modules of a folder import, inside functions too."""
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                yield from (alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.module.split(".")[0]


def installed() -> set[str]:
    """The packages that every row has."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]
    needs = [need for need in (*groups["tests"], *groups["demo"]) if isinstance(need, str)]
    return set(matrix.lowest()) | {_normal(re.split(r"[\[<>=]", need)[0]) for need in needs}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
