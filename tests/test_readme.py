"""Every Python block of the README runs as it stands, each on its own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

README = Path(__file__).parent.parent / "README.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```", README.read_text("utf-8"), re.DOTALL | re.MULTILINE)


def test_the_readme_has_examples() -> None:
    """One example for torch and one for the core at least, so that no test below is empty."""
    assert len(BLOCKS) >= 2


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_block_runs(number: int) -> None:
    """A block needs nothing but its own lines, and raises no warning."""
    namespace: dict[str, Any] = {"__name__": "readme"}
    exec(compile(BLOCKS[number], f"README.md, block {number + 1}", "exec"), namespace)


def test_pictures_exist() -> None:
    """Every picture that the README shows is in the repository."""
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README.read_text("utf-8"))
    assert pictures
    for picture in pictures:
        assert (README.parent / picture).is_file(), picture
