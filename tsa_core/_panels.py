"""The drawing itself: curves in panels, each with its name at its end."""

from __future__ import annotations

import io
from collections.abc import Callable
from itertools import pairwise

import attrs
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

_COLOURS = ("#1f6fb4", "#d1603d", "#2f9461", "#8d5bb0", "#b58a1b", "#3fa3b8", "#c2528b", "#6b7280")
_ROUND = [1, 2, 2.5, 5, 10]
_LABEL_HEIGHT = 13.0
"""Distance of two labels, in points."""

Floats = npt.NDArray[np.float64]


@attrs.frozen(eq=False)
class Line:
    """One curve of a picture: `steps` and `values` are float64 of shape `(n,)`."""

    name: str
    steps: Floats
    values: Floats
    marks: tuple[float, ...] = ()

    @property
    def seen(self) -> Floats:
        """The values that can be drawn."""
        return self.values[np.isfinite(self.values)]

    @property
    def end(self) -> float:
        """The last value that can be drawn."""
        return float(self.seen[-1]) if self.seen.size else 0.0

    @property
    def mean(self) -> float:
        """The mean of the values that can be drawn."""
        return float(self.seen.sum()) / max(self.seen.size, 1)

    @property
    def scale(self) -> float:
        """The largest value in size."""
        return float(np.abs(self.seen).max(initial=0.0))


class Picture(Figure):
    """A figure that notebooks show, as they do those of pyplot."""

    def _repr_png_(self) -> bytes:
        file = io.BytesIO()
        self.savefig(file, format="png")
        return file.getvalue()


def _panels(lines: list[Line]) -> list[list[Line]]:
    """The lines by scale, in the order in which they are given."""
    panels: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.scale, reverse=True):
        if panels and line.scale * 10 >= panels[-1][0].scale * (1 - 1e-9):
            panels[-1].append(line)
        else:
            panels.append([line])
    ordered = [sorted(panel, key=lines.index) for panel in panels]
    return sorted(ordered, key=lambda panel: lines.index(panel[0]))


def draw(
    lines: list[Line],
    units: dict[str, str],
    ax: Axes | None,
    panels: list[list[Line]] | None = None,
) -> Figure:
    """The lines with what their values are, in panels of a new figure or all in `ax`.

    Without `panels` they are made by scale.
    """
    colours = {line.name: _COLOURS[i % len(_COLOURS)] for i, line in enumerate(lines)}
    figure: Figure
    if ax is None:
        panels = panels or _panels(lines)
        figure = Picture(figsize=(8.0, 0.7 + 1.9 * len(panels)), layout="constrained")
        axes = list(figure.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0])
    else:
        panels, axes, figure = [lines], [ax], ax.figure.figure
    for one, panel in zip(axes, panels, strict=True):
        _draw_panel(one, panel, units, colours)
    axes[-1].set_xlabel("step")
    return figure


def _draw_panel(
    ax: Axes, lines: list[Line], units: dict[str, str], colours: dict[str, str]
) -> None:
    for mark in sorted({mark for line in lines for mark in line.marks}):
        ax.axvline(mark, color="0.6", linewidth=0.9, linestyle=(0, (1, 3)), zorder=0)
    for line in lines:
        alone = "." if len(line.seen) == 1 else None
        ax.plot(line.steps, line.values, color=colours[line.name], linewidth=1.8, marker=alone)
    _style(ax, lines)
    shared = {units[line.name] for line in lines}
    if len(shared) == 1:
        ax.set_ylabel(shared.pop())
        units = dict.fromkeys(units, "")
    _label(ax, lines, units, colours)


def _style(ax: Axes, lines: list[Line]) -> None:
    """Limits, ticks and frame."""
    first = min(float(line.steps.min()) for line in lines)
    last = max(float(line.steps.max()) for line in lines)
    ax.set_xlim(first, last if last > first else first + 1)
    ax.set_ylim(*_limits(np.concatenate([line.seen for line in lines])))
    ax.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True, steps=_ROUND))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda step, _: f"{step:,.0f}"))
    ax.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=_ROUND))
    ax.yaxis.set_major_formatter(FuncFormatter(_number(max(line.scale for line in lines))))
    ax.grid(axis="y", color="0.5", alpha=0.15, linewidth=0.8)
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color("0.6")
    ax.tick_params(color="0.6", labelsize=9)


def _number(scale: float) -> Callable[[float, int], str]:
    """How the ticks of an axis are written, all in one way."""
    return _scientific if scale and not 1e-3 <= scale < 1e6 else _plain


def _plain(value: float, _: int) -> str:
    return f"{value:.6g}"


def _scientific(value: float, _: int) -> str:
    mantissa, exponent = f"{value:.3e}".split("e")
    return f"{float(mantissa):g}e{int(exponent)}" if value else "0"


def _limits(values: Floats) -> tuple[float, float]:
    """A range with some air; from 0 where that is not far."""
    if not values.size:
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    if low >= 0 and low <= high / 2:
        low = 0.0
    room = 0.06 * (high - low) or 0.1 * abs(high) or 1.0
    return low - room, high + room


def _label(ax: Axes, lines: list[Line], units: dict[str, str], colours: dict[str, str]) -> None:
    """Write each name beside the end of its curve, and none over another."""
    low, high = ax.get_ylim()
    named = [line for line in lines if line.name]
    ends = [(line.end - low) / (high - low) for line in named]
    # Curves that meet at their end are named in the order in which they came there.
    order = sorted(range(len(named)), key=lambda i: (round(ends[i], 2), named[i].mean))
    height = ax.get_window_extent().height / ax.figure.figure.dpi * 72
    for line, place in zip(named, _apart(ends, order, _LABEL_HEIGHT / height), strict=True):
        unit = units[line.name]
        ax.annotate(
            f"{line.name} ({unit})" if unit else line.name,
            xy=(1.0, place),
            xycoords="axes fraction",
            xytext=(6.0, 0.0),
            textcoords="offset points",
            verticalalignment="center",
            color=colours[line.name],
            annotation_clip=False,
        )


def _apart(places: list[float], order: list[int], gap: float) -> list[float]:
    """The places, moved so that they lie `gap` apart in that order and, if they fit, below 1."""
    result = list(places)
    for before, index in pairwise(order):
        result[index] = max(result[index], result[before] + gap)
    limit = 1.0
    for index in reversed(order):
        result[index] = min(result[index], limit)
        limit = result[index] - gap
    return result
