"""The page that says where a shape of another library is: every name in it exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import tsa_core
import tsa_torch
from tsa_core import catalogue

PAGE = Path(__file__).parents[2] / "docs" / "peers.md"
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.read_text(encoding="utf-8").splitlines()
    if line.startswith("| ")
]
TABLE = {row[0]: row[-1] for row in ROWS if row[-1] != "here"}

SHAPES = (
    "constant",
    "linear",
    "polynomial",
    "half-period cosine",
    "quarter-period cosine",
    "exponential, continuous",
    "exponential staircase",
    "multi-step",
    "piecewise constant",
    "piecewise linear",
    "piecewise cosine",
    "warmup, then anything",
    "warm restarts",
    "one-cycle, two phases",
    "one-cycle, three phases",
    "cyclic",
    "cosine cycles",
    "inverse square root",
    "warmup-stable-decay",
    "trapezoidal",
    "flat, then cosine",
    "REX",
    "tanh",
    "slanted triangular",
    "hyperbolic",
    "exponential-hyperbolic",
    "power decay",
    "Chebyshev steps",
    "proportional to another hyperparameter's schedule",
    "reduce on plateau",
    "greedy",
    "SWA: anneal, then hold",
    "noise on top of any",
    "batch size",
    "one after another, by boundaries",
    "one after another, by fractions",
    "product",
    "warmup in front of any",
    "a function of the step",
    "one for each parameter group",
    'time as a fraction, units in the value ("10ba", "0.25dur")',
    "a scale factor on all times (SSR)",
    "clip, shift, reverse, repeat of any",
)
"""What the page must keep."""


def names(cell: str) -> list[str]:
    """The names in backticks; the operators `+`, `-`, `*` and `/` do not count."""
    return [name for name in re.findall(r"`([^`]+)`", cell) if name not in "+-*/"]


@pytest.mark.parametrize("row", TABLE)
def test_a_row_has_names_that_exist_or_a_reason(row: str) -> None:
    """In the core, on every schedule, or in the adapter."""
    cell = TABLE[row]
    assert names(cell) or cell.startswith("— : ")
    for name in names(cell):
        if name.startswith("."):
            assert callable(getattr(tsa_core.Schedule, name[1:])), name
        elif name.startswith("tsa_torch."):
            assert name.removeprefix("tsa_torch.") in tsa_torch.__all__, name
        else:
            assert name in tsa_core.__all__, name


def test_the_page_has_every_known_shape() -> None:
    """Rows may be added, not lost."""
    assert set(SHAPES) <= set(TABLE)


def test_the_page_names_the_whole_catalogue() -> None:
    """A function that is not in it cannot be found by what it is called elsewhere."""
    found = {name for cell in TABLE.values() for name in names(cell)}
    assert set(catalogue.__all__) <= found
