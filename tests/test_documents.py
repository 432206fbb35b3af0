"""Every Python block of the README and of the site runs, in order, page by page."""

from __future__ import annotations

import doctest
import re
import tomllib
from pathlib import Path

import pytest
from sybil import Sybil
from sybil.parsers.myst import PythonCodeBlockParser

ROOT = Path(__file__).parent.parent
BUILT = ("_build", "generated", "notebooks", "schedules")
DOCUMENTS = (
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted(
        path
        for path in (ROOT / "docs").rglob("*.md")
        if not set(path.relative_to(ROOT / "docs").parts).intersection(BUILT)
    ),
)
LANGUAGES = {"python", "console", "text", "json", "toml", "yaml", "make"}
"""What a fence may be called: `python` runs, the others are not Python."""

DIRECTIVES = {"draw", "eval-rst", "gallery", "toctree", "toctree-if-there"}
DIRECTIVES |= {"note", "warning", "tip", "seealso", "picture", "tab-set", "tab-item"}
FENCE = re.compile(r"^ *(`{3,}|:{3,})(.*)$", re.MULTILINE)
SYBIL = Sybil(
    parsers=[PythonCodeBlockParser(doctest_optionflags=doctest.ELLIPSIS)], encoding="utf-8"
)


def name(path: Path) -> str:
    """A document's name, from the root."""
    return path.relative_to(ROOT).as_posix()


def openings(text: str) -> list[str]:
    """What stands behind the opening line of each fence, nested ones included."""
    found: list[str] = []
    open_fences: list[str] = []
    for mark, rest in FENCE.findall(text):
        if open_fences and not rest.strip() and len(mark) >= len(open_fences[-1]):
            open_fences.pop()
        else:
            open_fences.append(mark)
            found.append(rest.strip())
    assert not open_fences, f"a fence is not closed: {found[-1]}"
    return found


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_python_runs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The blocks of a page run one after another, as a reader would type them."""
    monkeypatch.chdir(tmp_path)
    for example in SYBIL.parse(path):
        example.evaluate()


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_no_python_hides(path: Path) -> None:
    """Each fence says what it is, so that no block of Python escapes the test above."""
    text = path.read_text(encoding="utf-8")
    found = openings(text)
    for opening in found:
        directive = re.match(r"\{([\w-]+)\}", opening)
        known = directive[1] in DIRECTIVES if directive else opening in LANGUAGES
        assert known, f"{name(path)}: a fence is called {opening!r}"
    assert len(list(SYBIL.parse(path))) >= found.count("python")


def test_the_start_of_everything_has_examples() -> None:
    """The tests above are not empty: these pages show code."""
    for path in ("README.md", "docs/index.md", "docs/infrastructure.md"):
        assert list(SYBIL.parse(ROOT / path)), path


def test_pictures_of_the_readme_exist() -> None:
    """By a whole address, so that the page on PyPI shows them too, and in the repository."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    home = project["urls"]["Homepage"].replace("github.com", "raw.githubusercontent.com")
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", (ROOT / "README.md").read_text("utf-8"))
    assert pictures
    for picture in pictures:
        assert picture.startswith(f"{home}/main/"), picture
        assert (ROOT / picture.removeprefix(f"{home}/main/")).is_file(), picture


def test_the_readme_begins_with_pip() -> None:
    """Those who install come before those who have a checkout."""
    text = (ROOT / "README.md").read_text("utf-8")
    assert 0 < text.index("$ pip install") < text.index("$ make")
