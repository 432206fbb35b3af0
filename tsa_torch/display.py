"""What schedulers show of themselves: numbers for a logger, a table, HTML, curves."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tsa_core import Schedule
from tsa_core._svg import curve, expression
from tsa_torch.targets import groups_of

_WIDTH = 100
_HEAD = ("target", "mode", "step", "initial", "present", "schedule")
_WIDEST = (18, 10, 10, 22, 22)
"""The most characters of each column but the last, which has what is left of the width."""

_MOST_CURVES = 3


def scalars(prefix: str, optimizer: Any, values: Iterable[tuple[int, float]]) -> dict[str, float]:
    """Name each value: by the prefix alone, or with its group's name or number.

    Args:
        prefix: What the names begin with.
        optimizer: The optimizer, or anything with `param_groups`.
        values: The number of a group, and its value.
    """
    labels = _labels(prefix, optimizer)
    return {labels[index]: value for index, value in values}


def _labels(prefix: str, optimizer: Any) -> list[str]:
    """What the value of each group of an optimizer is called."""
    groups = groups_of(optimizer)
    if len(groups) == 1:
        return [prefix]
    names = [group.get("name") for group in groups]
    return [
        f"{prefix}/{name if isinstance(name, str) and names.count(name) == 1 else index}"
        for index, name in enumerate(names)
    ]


def table(members: Mapping[str, Any]) -> str:
    """Each scheduler's mode, initial and present values and schedule, in 100 columns."""
    rows = [_HEAD, *(_row(name, member) for name, member in members.items())]
    widths = [
        min(max(len(row[column]) for row in rows), widest) for column, widest in enumerate(_WIDEST)
    ]
    widths.append(_WIDTH - sum(widths) - 2 * len(widths))
    return "\n".join(
        "  ".join(
            _cut(cell, width).ljust(width) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    )


def to_html(members: Mapping[str, Any]) -> str:
    """The table with a small curve for each target, and a dot where the run stands."""
    lines = ["".join(f"<th>{cell}</th>" for cell in _HEAD)]
    for name, member in members.items():
        *cells, schedule = (html.escape(_cut(cell, 200)) for cell in _row(name, member))
        drawn = "".join(curve(one, member.last_epoch) for one in _distinct(member)[:_MOST_CURVES])
        last = f'<td><code style="word-break:break-word">{schedule}</code>{drawn}</td>'
        lines.append("".join(f"<td>{cell}</td>" for cell in cells) + last)
    body = "".join(f'<tr style="text-align:left;vertical-align:top">{one}</tr>' for one in lines)
    return f'<table style="color:inherit;background:transparent">{body}</table>'


def plotted(members: Mapping[str, Any]) -> dict[str, dict[str, Schedule]]:
    """For each scheduler of ours: by the names of its groups what they will hold."""
    return {
        name: _lines(name, member) for name, member in members.items() if not _is_torchs(member)
    }


def _lines(name: str, member: Any) -> dict[str, Schedule]:
    """One schedule of absolute values for all groups that hold the same."""
    known, labels = member._look()[0], _labels(name, member.optimizer)
    places: dict[Schedule, list[int]] = {}
    for index, initial, place in zip(
        known.driven, known.initial_values, known.schedules, strict=True
    ):
        schedule = _each(member)[place]
        line = schedule if member._absolute else initial * schedule
        places.setdefault(line, []).append(index)
    if len(places) == 1:
        return dict.fromkeys([name], *places)
    return {_shared(labels, indices): line for line, indices in places.items()}


def _shared(labels: list[str], indices: list[int]) -> str:
    more = f" and {len(indices) - 1} more" if len(indices) > 1 else ""
    return labels[indices[0]] + more


def _is_torchs(member: Any) -> bool:
    return not hasattr(member, "schedule")


def _each(member: Any) -> Sequence[Schedule]:
    schedules = member.schedule
    return schedules if isinstance(schedules, tuple) else (schedules,)


def _distinct(member: Any) -> list[Schedule]:
    """The different schedules of a scheduler of ours; of a torch scheduler none."""
    if _is_torchs(member):
        return []
    return [one for one in dict.fromkeys(_each(member)) if one is not None]


def _row(name: str, member: Any) -> tuple[str, ...]:
    mode, schedule = "torch", repr(member)
    if not _is_torchs(member):
        mode = "absolute" if member._absolute else "multiplier"
        schedule = expression(member.schedule)
    target = member.schedule_target
    return (
        name if name == target else f"{name}: {target}",
        mode,
        f"{member.last_epoch:g}",
        _numbers(member.base_lrs),
        _numbers(member.get_last_lr()),
        schedule,
    )


def _numbers(values: list[float]) -> str:
    """The values, if they are different and not too many, else what stands for all of them."""
    texts = [f"{value:.6g}" for value in values]
    if len(texts) > 1 and len(set(texts)) == 1:
        return f"{len(texts)} x {texts[0]}"
    text = ", ".join(texts)
    return text if len(text) <= _WIDEST[-1] else f"{values[0]:.4g} … {values[-1]:.4g}"


def _cut(text: str, width: int) -> str:
    """The text, cut in the middle where it is too long."""
    if len(text) <= width:
        return text
    tail = (width - 1) // 2
    return f"{text[: width - 1 - tail]}…{text[len(text) - tail :]}"
