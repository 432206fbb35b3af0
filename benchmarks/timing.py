"""Times several contenders in turns, so that what disturbs the machine disturbs all alike."""

from __future__ import annotations

import os
import statistics
import time
import timeit
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs

Timed = Callable[[], float]
"""Runs one block of repetitions; returns nanoseconds per repetition."""

CLOCK = time.process_time_ns
"""Time on the processor: it stands still while another process has the core."""

ROUNDS = 31
BLOCK_NS = 8_000_000
"""How long a block should take: short, so that the blocks of a round lie close together."""


@attrs.frozen
class Spread:
    """The median of the rounds, and the quartiles around it."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, samples: Iterable[float]) -> Spread:
        """The spread of two or more samples."""
        low, median, high = statistics.quantiles(samples, n=4, method="inclusive")
        return cls(median, low, high)


@attrs.frozen
class Race:
    """Nanoseconds of each contender in each round; round i of all lies close in time."""

    rounds: Mapping[str, list[float]]

    def cost(self, name: str) -> Spread:
        """Nanoseconds of one repetition."""
        return Spread.of(self.rounds[name])

    def ratio(self, name: str, other: str, scale: float = 1.0) -> Spread:
        """How many times the cost of `other` one repetition of `name` takes, by rounds."""
        pairs = zip(self.rounds[name], self.rounds[other], strict=True)
        return Spread.of([scale * mine / theirs for mine, theirs in pairs])


def pin_to_one_core() -> int | None:
    """Keep this process and its children on one core; None where the system cannot."""
    if not hasattr(os, "sched_setaffinity"):
        return None
    core = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    return core


def repetitions(once_ns: float) -> int:
    """How often to repeat what takes `once_ns`, so that a block is long enough."""
    return max(2, min(5_000, int(BLOCK_NS / max(once_ns, 1.0))))


def timed(statement: str, **names: Any) -> Timed:
    """A contender: one Python statement over `names`, repeated without the collector."""
    timer = timeit.Timer(statement, timer=CLOCK, globals=names)
    timer.timeit(2)  # what is done once (compiled, cached, warned of) is not measured
    number = repetitions(min(timer.timeit(3) / 3 for _ in range(3)))
    return lambda: timer.timeit(number) / number


def race(contenders: Mapping[str, Timed], rounds: int = ROUNDS) -> Race:
    """Run the contenders in turns; each round begins with another one."""
    names = list(contenders)
    costs: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(-1, rounds):
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            cost = contenders[name]()
            if turn >= 0:  # the first turn only warms the caches
                costs[name].append(cost)
    return Race(costs)
