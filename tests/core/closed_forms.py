"""Schedules whose integral has a closed form: the testing kit's curves, joined, added and so on."""

from __future__ import annotations

from hypothesis import strategies as st

import tsa_core as tsa
from tsa_core.testing import curves

LEVELS = st.sampled_from((0.0, 0.1, 0.5, 1.0, -1.0)) | st.floats(-4.0, 4.0, width=32)
"""Values of a schedule."""

SIZES = st.sampled_from((0.1, 1.0)) | st.floats(0.0625, 4.0, width=32)
"""Values above 0."""

STEPS = st.integers(0, 60) | st.integers(0, 240).map(lambda quarters: quarters / 4)


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


def closed(max_leaves: int = 4) -> st.SearchStrategy[tsa.Schedule]:
    """Schedules whose integral has a closed form."""
    return st.recursive(curves(max_steps=60), linear_in_time, max_leaves=max_leaves)
