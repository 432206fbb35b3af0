"""The benchmark program's own arithmetic: pairs, quartiles, verdicts, tables."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import numpy as np
import pytest

from benchmarks import bare, report
from benchmarks.goals import STATED, Goal, Row, Section, duration
from benchmarks.timing import Race, Spread, race, repetitions


def test_a_ratio_is_taken_round_by_round():
    run = Race({"ours": [1.0, 20.0, 3.0], "theirs": [2.0, 40.0, 6.0]})
    assert run.ratio("ours", "theirs") == Spread(0.5, 0.5, 0.5)
    assert run.ratio("theirs", "ours", scale=10) == Spread(20.0, 20.0, 20.0)
    assert run.cost("ours") == Spread(3.0, 2.0, 11.5)


def test_contenders_take_turns_and_none_is_always_first():
    order: list[str] = []

    def contender(name):
        clock = itertools.count()
        return lambda: (order.append(name), float(next(clock)))[1]

    run = race({name: contender(name) for name in "abc"}, rounds=6)
    rounds = ["".join(order[i : i + 3]) for i in range(0, len(order), 3)]
    assert rounds == ["cab", "abc", "bca", "cab", "abc", "bca", "cab"]
    assert run.rounds["a"] == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]  # the first turn only warms


@pytest.mark.parametrize(
    ("goal", "met", "missed"),
    [
        (Goal.at_most(1.5), 1.5, 1.51),
        (Goal.faster(30), 30.0, 29.9),
        (Goal("the same", 0.9, 1.1), 1.0, 0.8),
    ],
)
def test_a_goal_is_met_or_not(goal, met, missed):
    assert goal.verdict(met) == "met"
    assert goal.verdict(missed) == "**not met**"
    assert STATED.verdict(missed) == ""


def test_a_gain_is_their_time_over_ours_and_a_cost_ours_over_theirs():
    run = Race({"ours": [2.0, 2.0], "theirs": [80.0, 80.0]})
    names = ("ours", "theirs")
    gain = Row.raced(run, "a step", "1.2.3", names, Goal.faster(30))
    cost = Row.raced(run, "a step", "1.2.3", names, Goal.at_most(0.5))
    assert (gain.ratio, gain.verdict) == ("40 (40–40)", "met")  # noqa: RUF001 - a dash between numbers
    assert (cost.ratio, cost.verdict) == ("0.025 (0.025–0.025)", "met")  # noqa: RUF001 - a dash between numbers


def test_the_page_has_every_row_and_the_versions():
    row = Row("a step", "the loop", "2 ns", "1 ns", "2", "≤ 3", "met")
    opening = (("one step", "2 ns", "the loop 1 ns"),)
    section = Section((row,), "How it is done.", (("one", "two"), ("1", "2")), opening)
    page = report.document({"step": section}, {"torch": "2.13.0"})
    assert "| a step | the loop | 2 ns | 1 ns | 2 | ≤ 3 | met |\n" in page
    assert page.endswith("## Step\n\nHow it is done.\n\n| one | two |\n| --- | --- |\n| 1 | 2 |\n")
    assert "torch 2.13.0." in page
    assert page.index("| one step | 2 ns | the loop 1 ns |\n") < page.index("## Goals")


def test_the_page_of_the_docs_opens_with_figures_of_its_sheet():
    """Each time in the small table stands in the sheet below it."""
    page = (Path(__file__).parent.parent / "docs" / "benchmarks.md").read_text("utf-8")
    opening, sheet = page.split("## Goals")
    assert opening.startswith(f"# Benchmarks\n\n{report.OPENING}\n\n|  | ours | others |\n")
    times = re.findall(r"[\d.]+ (?:ns|µs|ms)", opening)
    assert len(times) == 16
    assert [time for time in times if f"| {time} |" not in sheet] == []


@pytest.mark.parametrize(
    ("ns", "text"),
    [(12.345, "12.3 ns"), (1_500.0, "1.5 µs"), (2.5e6, "2.5 ms"), (4.02e9, "4.02 s")],
)
def test_durations_read_well(ns, text):
    assert duration(ns) == text


def test_blocks_are_long_enough_and_not_endless():
    assert repetitions(1e9) == 2
    assert repetitions(8_000.0) == 1_000
    assert repetitions(0.0) == 5_000


@pytest.mark.parametrize("name", ["cosine", "quadratic"])
def test_the_formulas_by_hand_agree_with_each_other(name):
    steps = np.arange(1_200)
    one, array = getattr(bare, name)(1_000), getattr(bare, f"{name}_array")(steps, 1_000)
    np.testing.assert_allclose(array, [one(t) for t in steps], rtol=1e-13)
