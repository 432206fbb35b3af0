"""A row of the table: what was measured, against what, and whether the goal is met."""

from __future__ import annotations

from typing import Any

import attrs

from benchmarks.timing import Race, Spread


@attrs.frozen
class Goal:
    """What a figure should be; without limits it is only stated."""

    text: str
    low: float = float("-inf")
    high: float = float("inf")

    @classmethod
    def at_most(cls, limit: float, text: str = "") -> Goal:
        """A cost, as a multiple of the other's."""
        return cls(text or f"≤ {limit}", high=limit)

    @classmethod
    def faster(cls, limit: float) -> Goal:
        """A gain: how often ours fits into the other's time."""
        return cls(f"≥ {limit} × faster", low=limit)

    def verdict(self, figure: float) -> str:
        """Whether the figure meets it; empty where there is no limit."""
        if self == Goal(self.text):
            return ""
        return "met" if self.low <= figure <= self.high else "**not met**"


STATED = Goal("stated")


@attrs.frozen
class Row:
    """The cells of one row."""

    what: str
    against: str
    ours: str
    theirs: str
    ratio: str
    goal: str
    verdict: str

    @classmethod
    def raced(
        cls, run: Race, what: str, against: str, names: tuple[str, str], goal: Goal, **options: Any
    ) -> Row:
        """Two contenders of a race; `options` as for `Race.ratio`.

        A cost is ours over theirs, a gain theirs over ours.
        """
        ours, theirs = names
        gain = goal.low > 0
        ratio = run.ratio(*((theirs, ours) if gain else (ours, theirs)), **options)
        mine, other = (duration(run.cost(name).median) for name in names)
        verdict = goal.verdict(ratio.median)
        return cls(what, against, mine, other, spread(ratio), goal.text, verdict)

    @classmethod
    def counted(cls, what: str, against: str, ours: int, theirs: int, goal: Goal) -> Row:
        """Two counts; the goal is for ours."""
        ratio = number(ours / theirs) if theirs else ""
        return cls(what, against, f"{ours}", f"{theirs}", ratio, goal.text, goal.verdict(ours))


@attrs.frozen
class Section:
    """Some rows that are measured together, how, and further figures without goals."""

    rows: tuple[Row, ...]
    how: str
    figures: tuple[tuple[str, ...], ...] = ()
    """A table: its header, then its rows."""

    opening: tuple[tuple[str, str, str], ...] = ()
    """Rows for the table that the page opens with: what, ours, and the others."""


def duration(ns: float) -> str:
    """Nanoseconds in the unit that reads best."""
    for unit, size in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if ns >= size:
            return f"{number(ns / size)} {unit}"
    return f"{number(ns)} ns"


def number(value: float) -> str:
    """Three digits, and whole from 100 on."""
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"


def spread(ratio: Spread) -> str:
    """A median, with its quartiles."""
    return f"{number(ratio.median)} ({number(ratio.low)}–{number(ratio.high)})"


def counted(groups: int) -> str:
    """A number of groups, in words that agree."""
    return f"{groups:,} group{'s' * (groups > 1)}"
