"""The browser that is found, and what happens without one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.repository import ROOT
from tests.site import browsers

NONE = """
import selenium.webdriver
from selenium.common.exceptions import WebDriverException


def none(**arguments):
    raise WebDriverException("nothing to start")


selenium.webdriver.Chrome = none
"""


def executable(path: Path) -> str:
    """A program that does nothing."""
    path.touch(mode=0o755)
    return str(path)


def test_the_named_browser_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then Chromium, then Chrome, then what Selenium's manager finds by itself."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(browsers, "NAMES", ("chromium", "google-chrome"))
    monkeypatch.delenv("CHROME", raising=False)
    assert browsers.program() is None
    chrome = executable(tmp_path / "google-chrome")
    assert browsers.program() == chrome
    chromium = executable(tmp_path / "chromium")
    assert browsers.program() == chromium
    monkeypatch.setenv("CHROME", executable(tmp_path / "mine"))
    assert browsers.program() == str(tmp_path / "mine")
    monkeypatch.setenv("CHROME", "not-there")
    with pytest.raises(FileNotFoundError, match="CHROME=not-there is no program"):
        browsers.program()


def test_the_driver_on_the_path_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that does not fit the browser is no end: Selenium's manager gets another."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert [service.path for service in browsers.services()] == [""]
    driver = executable(tmp_path / "chromedriver")
    assert [service.path for service in browsers.services()] == [driver, ""]


@pytest.mark.parametrize("ci", ["", "true"])
def test_without_a_browser_its_tests_are_left_out_but_not_in_ci(tmp_path: Path, ci: str) -> None:
    """The last lines say so; in CI each of them fails."""
    (tmp_path / "no_browser.py").write_text(NONE, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-n", "0", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "-p", "no_browser", "tests/site/test_browser.py"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(tmp_path), "CI": ci, "CHROME": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    said = "tests of the site were left out; install Chromium"
    assert (said in done.stdout) != bool(ci), done.stdout
    assert ("NoBrowserError: nothing to start" in done.stdout) == bool(ci)
    assert done.returncode == bool(ci)
