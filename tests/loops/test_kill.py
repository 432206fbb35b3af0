"""Killed 125 times, at random moments and in the middle of saves, the run is as if undisturbed."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.loops.helpers import finish, once, same, start
from tests.loops.killed import STEPS

KILLS = 125


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the trainers have left their logs."""
    return once(tmp_path_factory, "killed", lambda folder: finish(start("killed", folder, KILLS)))


def logged(folder: Path) -> dict[int, set[tuple[str, ...]]]:
    """Everything that any trainer has used for each update."""
    used: dict[int, set[tuple[str, ...]]] = {}
    for line in (folder / "log").read_text().splitlines():
        step, *row = json.loads(line)
        used.setdefault(step, set()).add(tuple(row))
    return used


def test_there_were_as_many_kills_and_some_of_them_in_the_middle_of_a_save(folder: Path) -> None:
    """The fault test has tested faults: trainers went on from checkpoints, and saves were cut."""
    report = json.loads((folder / "report.json").read_text())
    assert report["killed"] == KILLS
    assert report["while_saving"] >= 10
    assert report["from_checkpoint"] >= KILLS / 2
    lines = sum(len((run / "log").read_text().splitlines()) for run in folder.glob("run-*"))
    assert lines > STEPS * report["runs"]  # updates that were lost were made again


def test_the_values_are_those_of_the_uninterrupted_run(folder: Path) -> None:
    """Each update, however often it was made, used the same values bit for bit."""
    whole = logged(folder / "whole")
    assert list(whole) == list(range(STEPS))
    assert all(len(rows) == 1 for rows in whole.values())
    for run in folder.glob("run-*"):
        assert logged(run) == whole


def test_the_weights_are_those_of_the_uninterrupted_run(folder: Path) -> None:
    """Which they can be only if every update was as planned."""
    expected = torch.load(folder / "whole" / "weights.pt")
    for run in folder.glob("run-*"):
        assert same(torch.load(run / "weights.pt"), expected)


def by_hand(step: int) -> list[Any]:
    """What update `step` uses, by the formulas."""
    past = min(max(step - 137, 0), 2001) / 2001
    rate = step / 137 if step < 137 else 0.1 + 0.9 * (1 + math.cos(math.pi * past)) / 2
    beta = 1.7 - 0.7 * (1 + math.cos(math.pi * min(step, 2500) / 2500)) / 2
    decay = 0.3 * (1 + 2 * min(step, 1999) / 1999)
    return [0.1 * rate, decay, 0.5 * beta, 0.875, 0.7 * 0.3 * rate, 0.9 * 0.999**step]


def test_the_values_are_those_of_the_formulas(folder: Path) -> None:
    """Both runs could be wrong in the same way: the plan by hand, the rate in float32."""
    for step, rows in logged(folder / "whole").items():
        (row,) = rows
        rate, *others = map(float.fromhex, row)
        expected, *rest = by_hand(step)
        assert rate == pytest.approx(expected, rel=2e-7)
        assert others == pytest.approx(rest, rel=1e-11)
