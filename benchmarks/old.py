"""Version 1.2.3 in a process of its own: it has the import name of the present one.

The parent sends one JSON line a request, `[name, groups, number]`, and gets the nanoseconds of
one repetition back. While one side works, the other waits: they never compete for the core.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import timeit
from pathlib import Path
from typing import Any

from benchmarks.bare import END, TOP, TOTAL, WARMUP
from benchmarks.groups import optimizer
from benchmarks.timing import CLOCK, Timed, repetitions

VERSION = "1.2.3"
FOLDER = Path(__file__).parent / ".peers" / f"torch-schedule-anything-{VERSION}"


class Old:
    """The running child process."""

    def __init__(self) -> None:
        if not FOLDER.is_dir():
            raise SystemExit(
                f"{FOLDER} is missing; `make bench` makes it, or: pip install --no-deps "
                f"--target {FOLDER} torch-schedule-anything=={VERSION}"
            )
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "benchmarks.old"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def timed(self, name: str, groups: int) -> Timed:
        """A contender that runs over there."""
        self._ask(name, groups, 2)
        number = repetitions(self._ask(name, groups, 3))
        return lambda: self._ask(name, groups, number)

    def close(self) -> None:
        """End the child."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def _ask(self, name: str, groups: int, number: int) -> float:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps([name, groups, number]), file=self._process.stdin, flush=True)
        return float(json.loads(self._process.stdout.readline()))


def _timers(groups: int, tsa: Any) -> dict[str, timeit.Timer]:
    arguments = (TOP, END, WARMUP, TOTAL)
    bound = optimizer(groups)
    both = tsa.SynchronousSchedule(
        [
            tsa.cosine_annealing_with_warmup(bound, *arguments),
            tsa.quadratic_schedule_with_warmup(bound, *arguments, schedule_target="weight_decay"),
        ]
    )
    alone = tsa.cosine_annealing_with_warmup(optimizer(groups), *arguments)
    for _ in range(WARMUP + 1):
        both.step()
        alone.step()
    return {
        "two targets": timeit.Timer("step()", "", CLOCK, {"step": both.step}),
        "trajectory": timeit.Timer(
            "step(); values.append(last()[0])",
            "values = []",
            CLOCK,
            {"step": alone.step, "last": alone.get_last_lr},
        ),
    }


def main() -> None:
    """Answer requests until the parent closes the pipe."""
    sys.path.insert(0, os.fspath(FOLDER))
    tsa: Any = importlib.import_module("torch_schedule_anything")
    if tsa.__version__ != VERSION:
        raise SystemExit(f"expected version {VERSION}, got {tsa.__version__} ({tsa.__file__})")
    made: dict[int, dict[str, timeit.Timer]] = {}
    for line in sys.stdin:
        name, groups, number = json.loads(line)
        if groups not in made:
            made[groups] = _timers(groups, tsa)
        print(json.dumps(made[groups][name].timeit(number) / number), flush=True)


if __name__ == "__main__":
    main()
