"""The files beside the code agree with it: citation, changelog, templates, hooks."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

import torch_schedule_anything
from tests.repository import ROOT, files

VERSION = torch_schedule_anything.__version__
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
TEMPLATES = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
FORMS = [path for path in TEMPLATES if path.name != "config.yml"]
KINDS = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]

LARGEST = 300_000
LARGE: set[str] = set()
"""Tracked files that may be larger than `LARGEST` bytes, by name."""


def load(path: Path) -> Any:
    """A YAML file."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_citation_names_this_version() -> None:
    """The citation file has what the format asks for, and speaks of this project."""
    citation = load(ROOT / "CITATION.cff")
    assert {"cff-version", "message", "title", "authors"} <= citation.keys()
    assert citation["title"] == PROJECT["name"]
    assert citation["version"] == VERSION
    assert citation["license"] == PROJECT["license"]


def test_site_names_this_version() -> None:
    """The site's version is the project's."""
    text = (ROOT / "docs" / "conf.py").read_text(encoding="utf-8")
    assert f'version = "{VERSION}"' in text


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_issue_form_is_complete(path: Path) -> None:
    """A form has a name, a description, and fields of distinct ids."""
    form = load(path)
    assert {"name", "description", "body"} <= form.keys()
    names = [field["id"] for field in form["body"]]
    assert names
    assert len(set(names)) == len(names)
    assert all(field["attributes"]["label"] for field in form["body"])


def test_changelog_keeps_its_form() -> None:
    """Versions in order, the newest first, each with sections of the known kinds."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## \[([^\]]+)\] - (?:unreleased|\d{4}-\d\d-\d\d)$", text, re.M)
    assert len(versions) == len(re.findall(r"^## ", text, re.M))
    assert versions[0] == VERSION
    assert set(re.findall(r"^### (.*)$", text, re.M)) <= set(KINDS)


def test_hooks_call_the_tools_of_make() -> None:
    """Each hook is local and runs what `make lint` and `make types` run."""
    (repository,) = load(ROOT / ".pre-commit-config.yaml")["repos"]
    assert repository["repo"] == "local"
    hooks = {hook["entry"].removeprefix(".venv/bin/") for hook in repository["hooks"]}
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for command in hooks:
        tool = " ".join(word for word in command.split() if not word.startswith("--"))
        assert f"$(BIN)/{tool}" in makefile, command
    assert {hook.split()[0] for hook in hooks} == {"ruff", "mypy"}


def test_no_large_file_is_tracked(tmp_path: Path) -> None:
    """What is built, downloaded or recorded stays outside, unless it is listed above."""
    names = files(tmp_path)
    assert "pyproject.toml" in names
    assert {name for name in names if (ROOT / name).stat().st_size > LARGEST} == LARGE
