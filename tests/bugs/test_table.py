"""Every bug that is known has a test, and a row on the page of the docs."""

from __future__ import annotations

import re
from pathlib import Path

IDS = {
    f"{letter}{number:02}"
    for letter, count in {
        "R": 19,
        "C": 12,
        "S": 13,
        "D": 13,
        "G": 8,
        "T": 5,
        "O": 10,
        "E": 16,
    }.items()
    for number in range(1, count + 1)
} - {"E04"}
HERE = Path(__file__).parent
PAGE = HERE.parent.parent / "docs" / "bugs.md"


def _tests() -> dict[str, set[str]]:
    """The names of the tests by id."""
    found: dict[str, set[str]] = {}
    for file in HERE.glob("test_*.py"):
        for name in re.findall(r"^def (test_[a-z]\d\d_\w+)", file.read_text(), re.MULTILINE):
            found.setdefault(name[5:8].upper(), set()).add(name)
    return found


def _rows() -> dict[str, list[str]]:
    """The cells of the page's tables by id, and what is out of reach under `out`."""
    told, _, beyond = PAGE.read_text().partition("## Out of reach")
    found = {}
    for line in told.splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if cells and re.fullmatch(r"[A-Z]\d\d", cells[0]):
            assert cells[0] not in found, line
            found[cells[0]] = cells[1:]
    found["out"] = re.findall(r"[A-Z]\d\d", beyond)
    return found


def test_there_are_as_many_bugs_as_were_collected() -> None:
    assert len(IDS) == 95


def test_every_bug_has_a_test() -> None:
    """And every test belongs to a bug."""
    assert _tests().keys() == IDS


def test_the_page_tells_of_every_bug_and_names_its_tests() -> None:
    """Each row says what happened, what happens here, and where that is shown."""
    told = _rows()
    assert told.keys() - {"out"} == IDS
    assert set(told["out"]) <= IDS
    for bug, names in _tests().items():
        cells = told[bug]
        assert all(cells), bug
        assert set(re.findall(r"test_\w+", cells[-1])) == names
