"""The tool behind `make mutants`, on a module of two lines."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools import mutants

MODULE = """
def positive(number: float) -> bool:
    return number > 0


def larger(one: float, other: float) -> float:
    return one if one > other else other
"""
TESTS = """
from tsa_core.small import larger, positive


def test_positive():
    assert [positive(number) for number in (-1, 0, 1)] == [False, False, True]


def test_larger():
    assert (larger(1, 2), larger(2, 1)) == (2, 1 + 1)
"""


def repository(folder: Path) -> Path:
    """A repository with a module and its tests; `larger` of two equal numbers is not tested."""
    for name in (*mutants.PACKAGES, *mutants.BESIDE):
        path = folder / name
        path.write_text("") if path.suffix else path.mkdir()
    (folder / "pyproject.toml").write_text("[tool.pytest.ini_options]\n")
    (folder / "tsa_core" / "__init__.py").write_text("")
    (folder / "tsa_core" / "small.py").write_text(MODULE)
    (folder / "tests" / "test_small.py").write_text(TESTS)
    return folder


def test_a_fault_that_no_test_notices_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`>=` for `>` makes no difference to `larger`, and a great one to `positive`."""
    monkeypatch.setattr(mutants, "ROOT", repository(tmp_path))
    monkeypatch.setattr("sys.argv", ["mutants", "tsa_core/small.py", "tests/test_small.py"])
    mutants.main()
    shown = capsys.readouterr().out
    assert "+    return one if one >= other else other" in shown
    assert "positive" not in shown
    noticed, planted = re.fullmatch(r".*: (\d+) of (\d+) noticed", shown.splitlines()[-1]).groups()
    assert int(noticed) == int(planted) - 1


def test_tests_that_fail_by_themselves_are_no_measure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What mutmut says is shown."""
    monkeypatch.setattr(mutants, "ROOT", repository(tmp_path))
    (tmp_path / "tests" / "test_small.py").write_text(f"{TESTS}    assert positive(0)\n")
    with pytest.raises(SystemExit, match="failed to collect stats"):
        mutants.survey("tsa_core/small.py", ["tests/test_small.py"])


def test_a_sample_is_the_same_every_time_and_spread_over_the_modules(tmp_path: Path) -> None:
    """One fault of each of the stretches, in order; where there are fewer faults, each of them."""
    folder = repository(tmp_path)
    (folder / "pyproject.toml").write_text('[tool.mutmut]\nsource_paths = ["tsa_core"]\n')
    (folder / "tsa_core" / "more.py").write_text(MODULE)
    names = mutants.planted("tsa_core/*.py", folder)
    chosen = mutants.spread(names, 4)
    assert chosen == mutants.spread(names, 4)
    places = [names.index(name) * 4 // len(names) for name in chosen]
    assert places == [0, 1, 2, 3]
    assert [name.split(".")[1] for name in chosen] == ["more", "more", "small", "small"]
    assert mutants.spread(names, len(names) + 3) == names


def test_only_the_sample_is_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And counted."""
    monkeypatch.setattr(mutants, "ROOT", repository(tmp_path))
    arguments = ["mutants", "tsa_core/small.py", "tests/test_small.py", "--sample", "2"]
    monkeypatch.setattr("sys.argv", arguments)
    mutants.main()
    assert re.search(r": [12] of 2 noticed\n$", capsys.readouterr().out)
