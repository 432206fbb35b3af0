"""Pictures of schedules and of what a run recorded.

Needs matplotlib: `pip install "torch-schedule-anything[plot]"`. Figures are made without pyplot,
so there is no window, no backend and no global state: `figure.savefig("plan.png")` writes one,
and a notebook shows the one that a cell returns.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np

try:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
except ImportError as error:
    raise ImportError(
        "tsa_core.plotting needs matplotlib: "
        "install it with `pip install 'torch-schedule-anything[plot]'`"
    ) from error

from tsa_core import _checks
from tsa_core._panels import Floats, Line, draw
from tsa_core._sparkline import sparkline
from tsa_core.analysis import breakpoints
from tsa_core.analysis._trajectory import run_of
from tsa_core.schedule import Schedule

__all__ = ["plot", "plot_history", "sparkline"]

_SAMPLES = 1201
_MOST_MARKS = 12
"""A schedule with more boundaries is drawn without them: they would hide the curve."""

Units = str | Mapping[str, str] | None


@runtime_checkable
class Scheduling(Protocol):
    """What knows the schedules of a run: for each panel of a picture its schedules by name."""

    def __plot_schedules__(self) -> Mapping[str, Mapping[str, Schedule]]: ...


def plot(
    schedules: Schedule | Mapping[str, Schedule] | Scheduling,
    num_steps: int | None = None,
    *,
    units: Units = None,
    ax: Axes | None = None,
) -> Figure:
    """Draw schedules over the steps of a run.

    Each curve has its name at its right end. Curves whose largest values differ by at most a factor
    of ten share a panel. Dotted lines mark where a schedule goes from one phase to the next; one
    with more than 12 boundaries is drawn without them.

    A scheduler or a `SynchronousSchedule` is drawn in absolute values: a panel per target, and one
    line for all groups that hold the same value. Torch schedulers in it are left out;
    `schedule_from_torch` turns them into schedules.

    Args:
        schedules: One schedule, or several by name; or anything with a method
            `__plot_schedules__()`, as schedulers have it, that returns for the name of each
            panel its schedules by name.
        num_steps: Length of the run, in steps (a whole number >= 1); the axis ends there. None
            means the longest `length` of the schedules.
        units: What the values are, such as `"multiplier"`: one text for all, or one by name.
        ax: Axes to draw everything into, in one panel; None makes a figure.

    Returns:
        The figure; that of `ax` if one is given.

    Raises:
        TypeError: If an argument is of another type.
        ValueError: If there is no schedule, `num_steps` is not a whole number >= 1, `num_steps` is
            None for a schedule without an end, `units` has a name that `schedules` lacks, or a
            value is not finite.

    Example:
        >>> from tsa_core import Cosine, Linear
        >>> lr = Linear(0.0, 3e-4, 1000).then(Cosine(3e-4, 0.0, 9000), at=1000)
        >>> figure = plot({"lr": lr, "weight_decay": Cosine(0.04, 0.4, 10_000)}, 10_000)
        >>> len(figure.axes)
        2
    """
    if isinstance(schedules, Scheduling):
        return _draw_panels(schedules.__plot_schedules__(), num_steps, units, _axes(ax))
    named = {"": schedules} if isinstance(schedules, Schedule) else _named("schedules", schedules)
    count = max(run_of(schedule, num_steps) for schedule in named.values())
    lines = [_line(name, schedule, count) for name, schedule in named.items()]
    return draw(lines, _units(lines, units), _axes(ax))


def plot_history(
    history: Mapping[str, Sequence[float]] | Sequence[Mapping[str, float]],
    *,
    units: Units = None,
    ax: Axes | None = None,
) -> Figure:
    """Draw what a run recorded, in the same form as `plot`.

    Args:
        history: Either the values by name, each as long as the others, or one row for each
            record: the values of that moment by name. A row may omit names: the line continues at
            the next row that has one, while NaN breaks it. What is recorded as `"step"`
            gives the axis; without it records are counted from 0.
        units: What the values are: one text for all, or one by name.
        ax: Axes to draw everything into, in one panel; None makes a figure.

    Returns:
        The figure; that of `ax` if one is given.

    Raises:
        TypeError: If an argument is of another type, or a value no real number.
        ValueError: If nothing is recorded, the lengths differ, a step is missing or not finite, or
            `units` has a name that `history` has not.

    Example:
        >>> rows = [{"step": 10 * i, "lr": 0.1 / (1 + i), "loss": 2.0 - 0.1 * i} for i in range(9)]
        >>> figure = plot_history(rows)
        >>> len(figure.axes)
        2
    """
    lines = _rows(history) if not isinstance(history, Mapping) else _columns(history)
    if not lines:
        raise ValueError(f"history must have at least one value by name, got {history!r}")
    return draw(lines, _units(lines, units), _axes(ax))


def _draw_panels(
    named: Mapping[str, Mapping[str, Schedule]],
    num_steps: int | None,
    units: Units,
    ax: Axes | None,
) -> Figure:
    if not named:
        raise ValueError("schedules must have at least one schedule, got torch schedulers only")
    drawn = [schedule for schedules in named.values() for schedule in schedules.values()]
    count = max(run_of(schedule, num_steps) for schedule in drawn)
    panels = [
        [_line(name, schedule, count) for name, schedule in schedules.items()]
        for schedules in named.values()
    ]
    lines = [line for panel in panels for line in panel]
    return draw(lines, _units(lines, units), ax, panels)


def _named(argument: str, value: Any) -> dict[str, Schedule]:
    if not isinstance(value, Mapping):
        raise TypeError(f"{argument} must be a Schedule or a mapping, got {value!r}")
    if not value:
        raise ValueError(f"{argument} must have at least one schedule, got {value!r}")
    for name, schedule in value.items():
        if not isinstance(name, str) or not isinstance(schedule, Schedule):
            raise TypeError(f"{argument} must map names to schedules, got {name!r}: {schedule!r}")
    return dict(value)


def _line(name: str, schedule: Schedule, num_steps: int) -> Line:
    """A schedule at evenly spread steps, and on both sides of each boundary."""
    marks: tuple[float, ...] = ()
    with contextlib.suppress(ValueError):  # more rounds than anybody could see
        marks = breakpoints(schedule, num_steps)
    sides = np.array(marks, dtype=np.float64)
    steps = np.concatenate((np.linspace(0, num_steps, _SAMPLES), sides, np.nextafter(sides, -1)))
    steps = np.unique(steps.clip(0, num_steps))
    if num_steps in marks:  # where the next phase begins the run is over
        steps = steps[:-1]
    values = np.asarray(schedule(steps), dtype=np.float64)
    if not np.isfinite(values).all():
        step = float(steps[~np.isfinite(values)][0])
        raise ValueError(f"schedules[{name!r}] must be finite, got {schedule(step)!r} at {step:g}")
    inside = tuple(mark for mark in marks if 0 < mark < num_steps)
    return Line(name, steps, values, inside if len(inside) <= _MOST_MARKS else ())


def _columns(history: Mapping[str, Any]) -> list[Line]:
    columns = {name: _numbers(name, history[name]) for name in history}
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"history must have equally many values for each name, got {lengths}")
    steps = columns.pop("step", None)
    return [
        Line(name, np.arange(float(len(values))) if steps is None else _clock(steps), values)
        for name, values in columns.items()
    ]


def _rows(history: Any) -> list[Line]:
    rows = _checks.items("history", history)
    for index, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise TypeError(f"history[{index}] must be a mapping of values, got {row!r}")
        if ("step" in row) != ("step" in rows[0]):
            raise ValueError(f"history must have a step in each row or in none, got {row!r}")
    steps = _clock(_numbers("step", [row.get("step", i) for i, row in enumerate(rows)]))
    lines = []
    for name in dict.fromkeys(name for row in rows for name in row if name != "step"):
        having = [index for index, row in enumerate(rows) if name in row]
        values = _numbers(name, [rows[index][name] for index in having])
        lines.append(Line(name, steps[having], values))
    return lines


def _clock(steps: Floats) -> Floats:
    if not np.isfinite(steps).all():
        raise ValueError("history['step'] must be finite in every record")
    return steps


def _numbers(name: Any, values: Any) -> Floats:
    if not isinstance(name, str):
        raise TypeError(f"history must have names that are strings, got {name!r}")
    column = np.asarray(_checks.items(f"history[{name!r}]", values))
    if column.ndim != 1 or (column.dtype.kind not in "iuf" and column.size):
        raise TypeError(f"history[{name!r}] must be real numbers, got {values!r}")
    return column.astype(np.float64)


def _axes(ax: Any) -> Axes | None:
    if ax is not None and not isinstance(ax, Axes):
        raise TypeError(f"ax must be a matplotlib Axes, got {ax!r}")
    return ax


def _units(lines: list[Line], units: Units) -> dict[str, str]:
    names = [line.name for line in lines]
    if units is None or isinstance(units, str):
        return dict.fromkeys(names, units or "")
    if not isinstance(units, Mapping):
        raise TypeError(f"units must be a string or a mapping, got {units!r}")
    for name, text in units.items():
        if name not in names:
            raise ValueError(f"units must have names among {names}, got {name!r}")
        if not isinstance(text, str):
            raise TypeError(f"units[{name!r}] must be a string, got {text!r}")
    return dict.fromkeys(names, "") | dict(units)
