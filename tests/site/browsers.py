"""Which browser opens the site: Chromium or Chrome, whatever this machine has."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from selenium.common.exceptions import WebDriverException
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class NoBrowserError(Exception):
    """Nothing here could be started, and Selenium's manager got nothing either."""


def program() -> str | None:
    """The browser: what `CHROME` names, else the first that is there."""
    named = os.environ.get("CHROME")
    if named and shutil.which(named) is None:
        raise FileNotFoundError(f"CHROME={named} is no program")
    return named or next(filter(None, map(shutil.which, NAMES)), None)


def services() -> list[Service]:
    """The driver on the path, if there is one; then the one that Selenium's manager finds."""
    driver = shutil.which("chromedriver")
    return [*([Service(driver)] if driver else []), Service()]


def start(profile: Path) -> Chrome:
    """A browser with a profile of its own.

    Raises:
        NoBrowserError: If there is none.
    """
    options = ChromeOptions()
    if found := program():
        options.binary_location = found
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    reasons = []
    for service in services():
        try:
            return Chrome(options=options, service=service)
        except WebDriverException as error:
            reasons.append(str(error.msg))
    raise NoBrowserError("; ".join(reasons))
