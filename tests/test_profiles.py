"""Hypothesis draws the same examples in every run of the suite, and others in `make fuzz`."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROPERTIES = """
import sys

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

numbers = st.integers(0, 10**12)
few = settings(max_examples=5, stateful_step_count=3, suppress_health_check=list(HealthCheck))


@few
@given(numbers)
def test_property(number):
    print("property", number)


class Machine(RuleBasedStateMachine):
    @rule(number=numbers)
    def draw(self, number):
        print("machine", number)


class TestMachine(Machine.TestCase):
    settings = few


def test_machine_in_a_function():
    run_state_machine_as_test(Machine, settings=few)
"""


def drawn(folder: Path, *options: str) -> list[str]:
    """What a fresh process draws in three tests under this suite's `conftest.py`."""
    folder.mkdir(exist_ok=True)
    shutil.copy(Path(__file__).with_name("conftest.py"), folder)
    (folder / "test_drawn.py").write_text(PROPERTIES, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-s", "-p", "no:randomly", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, *options, "test_drawn.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return re.findall(r"(?:property|machine) \d+", done.stdout)


def test_the_suite_draws_the_same_in_every_process(tmp_path: Path) -> None:
    """For a property, for a state machine, and for one that a function runs."""
    first, second = drawn(tmp_path / "one"), drawn(tmp_path / "two")
    assert {line.split()[0] for line in first} == {"property", "machine"}
    assert first == second


@pytest.mark.parametrize("kind", ["property", "machine"])
def test_fuzzing_draws_anew(tmp_path: Path, kind: str) -> None:
    """Each process draws other numbers."""
    runs = [drawn(tmp_path / name, "--hypothesis-profile=fuzz") for name in ("one", "two")]
    first, second = ([line for line in run if line.startswith(kind)] for run in runs)
    assert first
    assert first != second
