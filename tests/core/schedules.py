"""Hypothesis strategies that build schedules of every kind out of tame numbers."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

import tsa_core as tsa

LEVELS = st.sampled_from((0.0, 0.1, 0.5, 1.0, -1.0)) | st.floats(-4.0, 4.0, width=32)
"""Values of a schedule."""

SIZES = st.sampled_from((0.1, 1.0)) | st.floats(0.0625, 4.0, width=32)
"""Values above 0."""

LENGTHS = st.integers(0, 40)
STEPS = st.integers(0, 60) | st.integers(0, 240).map(lambda quarters: quarters / 4)
RATES = st.sampled_from((0.5, 1.0)) | st.floats(0.25, 1.5, width=32)


@st.composite
def _interpolated(draw: st.DrawFn) -> tsa.Schedule:
    kind: Any = draw(st.sampled_from(("linear", "previous", "cosine", "log")))
    steps = draw(st.lists(st.integers(-20, 80), min_size=1, max_size=5, unique=True))
    level = SIZES if kind == "log" else LEVELS
    values = draw(st.lists(level, min_size=len(steps), max_size=len(steps)))
    return tsa.Interpolated(tuple(sorted(steps)), tuple(values), kind)


def curves() -> st.SearchStrategy[tsa.Schedule]:
    """Every curve."""
    ramp = (LEVELS, LEVELS, LENGTHS)
    return st.one_of(
        st.builds(tsa.Constant, LEVELS),
        st.builds(tsa.Linear, *ramp),
        st.builds(tsa.Polynomial, *ramp, st.sampled_from((0.5, 1, 2, 3)) | st.floats(0.25, 5)),
        st.builds(tsa.Cosine, *ramp),
        st.builds(tsa.QuarterCosine, *ramp),
        st.builds(tsa.Exponential, SIZES, SIZES, LENGTHS),
        st.builds(tsa.Decay, LEVELS, RATES, st.integers(8, 30), st.booleans()),
        st.builds(tsa.InverseSqrt, LEVELS, SIZES),
        st.builds(tsa.InversePower, LEVELS, SIZES, SIZES),
        _interpolated(),
    )


@st.composite
def _joined(draw: st.DrawFn, inner: st.SearchStrategy[tsa.Schedule]) -> tsa.Schedule:
    pieces = draw(st.lists(inner, min_size=1, max_size=3))
    edges = draw(st.lists(STEPS, min_size=len(pieces) - 1, max_size=len(pieces) - 1))
    return tsa.Joined(tuple(pieces), tuple(sorted(edges)))


@st.composite
def _clipped(draw: st.DrawFn, inner: st.SearchStrategy[tsa.Schedule]) -> tsa.Schedule:
    low, high = sorted((draw(LEVELS), draw(LEVELS)))
    keep = draw(st.sampled_from(((low, high), (low, None), (None, high), (None, None))))
    return tsa.Clipped(draw(inner), *keep)


def linear_in_time(inner: st.SearchStrategy[tsa.Schedule]) -> st.SearchStrategy[tsa.Schedule]:
    """The combinators of which every integral has a closed form."""
    return st.one_of(
        _joined(inner),
        st.builds(lambda *terms: tsa.Sum(terms), inner, inner),
        st.builds(lambda one, factor: one * factor, inner, LEVELS),
        st.builds(lambda one, divisor: one / divisor, inner, SIZES),
        _clipped(inner),
        st.builds(tsa.Shifted, inner, STEPS | STEPS.map(lambda step: -step)),
        st.builds(tsa.Stretched, inner, SIZES),
        st.builds(
            tsa.Repeated,
            inner,
            st.integers(7, 40) | st.floats(7, 40, width=32),
            st.none() | st.integers(1, 5),
            st.sampled_from((0.5, 1.0, 1.25)),
        ),
        st.builds(tsa.Reversed, inner, STEPS),
    )


def _any_combinator(inner: st.SearchStrategy[tsa.Schedule]) -> st.SearchStrategy[tsa.Schedule]:
    return st.one_of(
        linear_in_time(inner),
        st.builds(lambda *both: tsa.Product(both), inner, inner),
        st.builds(lambda one, clock: tsa.Clocked(one, clock * 10.0), inner, curves()),
    )


def closed(max_leaves: int = 4) -> st.SearchStrategy[tsa.Schedule]:
    """Schedules whose integral has a closed form."""
    return st.recursive(curves(), linear_in_time, max_leaves=max_leaves)


def schedules(max_leaves: int = 4) -> st.SearchStrategy[tsa.Schedule]:
    """Schedules of every kind but quotients by what may be 0, and functions."""
    return st.recursive(curves(), _any_combinator, max_leaves=max_leaves)
