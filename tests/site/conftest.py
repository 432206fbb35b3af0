"""The site, built once and served, and a real browser to open it in."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from selenium.webdriver import Chrome

from tests.conftest import LEFT_OUT
from tests.site import browsers

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "docs" / "_ext"))  # the site's extensions, as Sphinx finds them


def build(folder: Path) -> Path:
    """Build from a copy of the sources, so that the work tree stays as it is."""
    tree = folder / "tree"
    tree.mkdir()
    for path in ROOT.iterdir():
        if path.name != "docs" and not path.name.startswith("."):
            (tree / path.name).symlink_to(path)
    leave = shutil.ignore_patterns("_build", "generated", "notebooks", "schedules", "__pycache__")
    shutil.copytree(ROOT / "docs", tree / "docs", ignore=leave)
    site = folder / "site"
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html"]
    done = subprocess.run(
        [*command, str(tree / "docs"), str(site)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return site


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The folder of the built site: built by the first worker that asks, warnings as errors."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "site-build"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            folder.mkdir()
            build(folder)
    assert (folder / "site" / "index.html").is_file(), "the build has failed before"
    return folder / "site"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """Where the site is served."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(site)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """The browser of this machine. Without one its tests are left out, but never in CI."""
    try:
        chrome = browsers.start(tmp_path_factory.mktemp("profile"))
    except browsers.NoBrowserError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"{LEFT_OUT} {error}")
    yield chrome
    chrome.quit()
