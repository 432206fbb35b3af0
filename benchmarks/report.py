"""The page that the program writes: a table of goals, then how each figure comes about."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
from collections.abc import Iterable, Mapping
from pathlib import Path

import attrs

from benchmarks.goals import Section

OPENING = """\
This is what schedules cost in a training loop, beside the libraries that you would otherwise use.
In each step ours move two hyperparameters, while the others move the learning rate alone. The
goals, all other figures and how each was measured are below."""
METHOD = """\
Each ratio is the median over paired rounds, with the quartiles in brackets; each time is a median
of its own. All contenders of a section take turns on one core, in blocks of a few milliseconds with
the garbage collector off, so that whatever else the machine does affects all of them alike. Times
are processor time. `make bench` writes this page; it is not edited by hand."""


def document(sections: Mapping[str, Section], versions: Mapping[str, str]) -> str:
    """The page in Markdown."""
    opening = [row for section in sections.values() for row in section.opening]
    header = ("what", "against", "ours", "theirs", "ratio", "goal", "")
    rows = [attrs.astuple(row) for section in sections.values() for row in section.rows]
    parts = ["# Benchmarks", OPENING, table([("", "ours", "others"), *opening])]
    parts += ["## Goals", METHOD, machine(versions), table([header, *rows])]
    for name, section in sections.items():
        parts += [f"## {name.capitalize()}", section.how]
        if section.figures:
            parts.append(table(section.figures))
    return "\n\n".join(parts) + "\n"


def table(rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table; the first row is its header."""
    header, *body = rows
    lines = [header, tuple("---" for _ in header), *body]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def machine(versions: Mapping[str, str]) -> str:
    """Day, processor, cores and versions: what the figures hold for."""
    day = datetime.datetime.now(datetime.UTC).date()
    python = f"{platform.python_implementation()} {platform.python_version()}"
    packages = ", ".join(f"{name} {version}" for name, version in versions.items())
    return (
        f"Measured on {day}: {_processor()}, {os.cpu_count()} cores, {platform.system()} "
        f"{platform.machine()}; {python}, {packages}."
    )


def installed(names: Iterable[str]) -> dict[str, str]:
    """The versions of installed packages."""
    return {name: importlib.metadata.version(name) for name in names}


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor()
