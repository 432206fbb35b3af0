"""What the table of the catalogue is made of: an entry, and strategies for arguments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tsa_core import Constant, Cosine, Decay, InverseSqrt, Linear, Polynomial, Schedule

Kwargs = dict[str, Any]
End = Callable[[Kwargs], tuple[float, float | None]]

values = st.sampled_from((0.0, 0.1, 1.0)) | st.floats(-5.0, 5.0)
positive = st.sampled_from((0.5, 1.0, 2.0)) | st.floats(0.05, 5.0)
not_negative = values.map(abs)
counts = st.integers(0, 5000)
lengths = st.integers(1, 5000)
spans = lengths | st.floats(0.5, 5000.0)
ramps = st.sampled_from(("linear", "cosine"))
phases = st.sampled_from(("linear", "cosine", "1-sqrt", "1-square"))
cooldowns = phases | st.just("exponential")
schedules: st.SearchStrategy[Schedule] = st.sampled_from(
    (
        Linear(1.0, 0.0, 100),
        Cosine(0.2, 1.0, 37),
        Constant(0.5),
        Decay(1.0, 0.9, 7),
        InverseSqrt(2.0, 50.0),
        Polynomial(1.0, 0.1, 64, 2.0).then(Constant(0.3), at=50),
    )
)


@dataclass(frozen=True)
class Entry:
    """How to call one function, and what its documentation says of its end."""

    example: Kwargs
    """Valid arguments, every parameter named."""

    arguments: st.SearchStrategy[Kwargs]

    end: End | None = None
    """The step from which one value is held, and the value where it is documented exactly."""


def of(**strategies: st.SearchStrategy[Any]) -> st.SearchStrategy[Kwargs]:
    """Independent arguments."""
    return st.fixed_dictionaries(strategies)


def ordered(
    *names: str, each: st.SearchStrategy[Any] = counts, **others: st.SearchStrategy[Any]
) -> st.SearchStrategy[Kwargs]:
    """Steps in ascending order, and independent arguments."""
    sorted_steps = st.tuples(*(each for _ in names)).map(sorted)
    return st.tuples(sorted_steps, of(**others)).map(
        lambda drawn: {**dict(zip(names, drawn[0], strict=True)), **drawn[1]}
    )


def with_rest(name: str, *parts: str) -> Callable[[Kwargs], Kwargs]:
    """Add the sum of the parts to the last length, so that they fit into it."""
    return lambda given: {**given, name: given[name] + sum(given[part] for part in parts)}


@st.composite
def points(draw: st.DrawFn, fewer: int = 0, first: str = "steps") -> Kwargs:
    """Steps in ascending order, none twice, and values for them."""
    steps = sorted(draw(st.sets(st.integers(0, 5000), min_size=1, max_size=6)))
    size = len(steps) + fewer
    return {first: steps, "values": draw(st.lists(values, min_size=size, max_size=size))}


@st.composite
def shares(draw: st.DrawFn) -> Kwargs:
    """Pieces with their fractions."""
    parts = draw(st.lists(st.integers(1, 9), min_size=1, max_size=4))
    size = len(parts)
    pieces = st.sampled_from((Linear(0.0, 1.0, 1), Cosine(1.0, 0.1, 1), Constant(0.4)))
    clock = st.sampled_from(("rescaled", "fixed"))
    return {
        "schedules": draw(st.lists(pieces, min_size=size, max_size=size)),
        "fractions": [part / sum(parts) for part in parts],
        "num_training_steps": draw(spans),
        "clocks": draw(st.none() | st.lists(clock, min_size=size, max_size=size)),
    }


@st.composite
def cycles(draw: st.DrawFn) -> Kwargs:
    """Restarts with and without growth, an end and a warmup."""
    growth = draw(st.sampled_from((1.0, 1.5, 2, 3.0, 0.75)))
    number = draw(st.integers(1, 8))
    return {
        "num_cycle_steps": draw(st.integers(20, 500) | st.floats(20.0, 500.0)),
        "num_cycles": draw(st.none()) if growth == 1 and draw(st.booleans()) else number,
        "growth": growth,
        "gain": draw(st.sampled_from((1.0, 0.5, 0.9, 1.1))),
    }


def cycles_end(given: Kwargs) -> float:
    """Where the last cycle ends."""
    if given["num_cycles"] is None:
        return float("inf")
    total: float = sum(
        given["num_cycle_steps"] * given["growth"] ** k for k in range(given["num_cycles"])
    )
    return total * (1 + 1e-12)


def at(name: str, value: str | None = None) -> End:
    """The end is at the step that one argument names, its value another."""
    return lambda given: (given[name], None if value is None else given[value])


def nearly(*names: str) -> End:
    """The end is the sum of lengths, which may be rounded; its value is `end`."""
    return lambda given: (sum(given[name] for name in names) * (1 + 1e-12), given["end"])


@st.composite
def rises(draw: st.DrawFn) -> Kwargs:
    """A schedule behind a warmup of any kind; along a logarithm it has a whole length."""
    kind = draw(phases | st.just("log"))
    return {
        "schedule": draw(schedules),
        "num_warmup_steps": draw(counts if kind == "log" else spans),
        "start": draw(values),
        "kind": kind,
    }
