"""The files beside the code agree with it: citation, changelog, templates, hooks."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

import torch_schedule_anything
from tests.repository import ROOT, files
from tools.matrix import claimed

VERSION = torch_schedule_anything.__version__
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
TEMPLATES = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
FORMS = [path for path in TEMPLATES if path.name != "config.yml"]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
SCHEMAS = {
    "github-workflows": WORKFLOWS,
    "github-issue-forms": FORMS,
    "github-issue-config": [path for path in TEMPLATES if path not in FORMS],
    "citation-file-format": [ROOT / "CITATION.cff"],
}
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


@pytest.mark.parametrize("schema", SCHEMAS)
def test_files_for_others_fit_their_schema(schema: str) -> None:
    """Those that ship with check-jsonschema, so that nothing is fetched."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}"]
    paths = [str(path) for path in SCHEMAS[schema]]
    done = subprocess.run([*command, *paths], capture_output=True, text=True, check=False)
    assert paths
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_python_that_is_claimed_is_tested() -> None:
    """By the classifiers, from the required one on; a workflow runs the suite on each."""
    claims = claimed()
    assert PROJECT["requires-python"] == f">={claims[0]}"
    jobs = load(ROOT / ".github" / "workflows" / "tests.yml")["jobs"]
    assert jobs["test"]["strategy"]["matrix"]["python"] == claims
    (setup,) = (
        step["with"]["python-version"]
        for step in load(ROOT / ".github" / "workflows" / "matrix.yml")["jobs"]["matrix"]["steps"]
        if "setup-python" in step.get("uses", "")
    )
    assert sorted(setup.split()) == claims


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_call_targets_that_exist(path: Path) -> None:
    """Each `make` in a workflow names a target of the Makefile."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"make PYTHON=python (\w+)", path.read_text(encoding="utf-8")):
        assert re.search(rf"^{target}:", makefile, re.M), target


def test_publishing_needs_no_secret() -> None:
    """A tag publishes what another workflow has built and checked, by trusted publishing."""
    text = (ROOT / ".github" / "workflows" / "publish.yml").read_text(encoding="utf-8")
    jobs = load(ROOT / ".github" / "workflows" / "publish.yml")["jobs"]
    assert jobs["publish"]["needs"] == "package"
    assert jobs["publish"]["permissions"] == {"id-token": "write"}
    assert "secrets" not in text


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
