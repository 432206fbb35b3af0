"""What the program writes: one table of goals, one of peers, and the notes below them."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
import sys
from collections.abc import Iterable
from pathlib import Path

import attrs

from benchmarks.old import VERSION
from benchmarks.peers import TIMM
from benchmarks.timing import Spread

PACKAGES = ("torch", "numpy", "attrs", "array-api-compat", "optax", "jax", "transformers")


@attrs.frozen
class Row:
    """One goal: what was measured, against what, and whether it is met."""

    what: str
    against: str
    ours: str
    theirs: str
    ratio: str
    goal: str
    met: bool | None

    def cells(self) -> tuple[str, ...]:
        """The cells of the table."""
        verdict = {True: "met", False: "**not met**", None: ""}[self.met]
        return (*attrs.astuple(self)[:-1], verdict)


@attrs.frozen
class Section:
    """Some rows that are measured together, further figures, and how they come about."""

    rows: tuple[Row, ...]
    how: str
    figures: tuple[tuple[str, ...], ...] = ()
    """A table without goals: its header, then its rows."""


def duration(ns: float) -> str:
    """Nanoseconds in the unit that reads best."""
    for unit, size in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if ns >= size:
            return f"{ns / size:.3g} {unit}"
    return f"{ns:.3g} ns"


def number(value: float) -> str:
    """Three digits, and whole from 100 on."""
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"


def spread(ratio: Spread) -> str:
    """A median, with its quartiles."""
    return f"{number(ratio.median)} ({number(ratio.low)}–{number(ratio.high)})"


def table(rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table; the first row is its header."""
    header, *body = rows
    lines = [header, tuple("---" for _ in header), *body]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def machine() -> str:
    """Processor, cores, system, versions and day: what the figures hold for."""
    versions = [f"{name} {importlib.metadata.version(name)}" for name in PACKAGES]
    versions += [f"pytorch-ignite {importlib.metadata.version('pytorch-ignite')}", f"timm {TIMM}"]
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return (
        f"{_processor()}, {os.cpu_count()} cores, {platform.system()}; {python}; "
        f"{', '.join(versions)}; torch-schedule-anything {VERSION}; "
        f"{datetime.datetime.now(datetime.UTC).date()}."
    )


def document(sections: dict[str, Section]) -> str:
    """The page."""
    header = ("what", "against", "ours", "theirs", "ratio", "goal", "")
    rows = [row.cells() for section in sections.values() for row in section.rows]
    parts = [
        "# Benchmarks",
        "Measured by `make bench` (`python -m benchmarks`) on " + machine(),
        "Each ratio is the median over paired rounds, with the quartiles in brackets. All of "
        "one section take turns on one core, in blocks of a few milliseconds, so that what "
        "else the machine does falls on all of them alike. Times are medians of their own.",
        table([header, *rows]),
    ]
    for name, section in sections.items():
        parts.append(f"## {name.capitalize()}")
        parts.append(section.how)
        if section.figures:
            parts.append(table(section.figures))
    return "\n\n".join(parts) + "\n"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or sys.platform
