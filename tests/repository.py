"""Which files belong to the repository."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent


def files(folder: Path) -> set[str]:
    """What is tracked or could be, from the root; all that git is not told to ignore.

    An unpacked sdist has no repository: one in `folder` stands in for it.
    """
    git = ["git"]
    if not (ROOT / ".git").exists():
        git += [f"--git-dir={folder / 'git'}", f"--work-tree={ROOT}"]
        subprocess.run(["git", "init", "-q", "--bare", str(folder / "git")], check=True)
    command = [*git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    listed = set(done.stdout.decode().split("\0")) - {""}
    return {name for name in listed if (ROOT / name).is_file()}
