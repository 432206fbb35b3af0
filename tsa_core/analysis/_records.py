"""What a question about a schedule answers: immutable records that print as small tables."""

from __future__ import annotations

import attrs

_SHOWN = 6


def _table(rows: dict[str, str]) -> str:
    width = max(map(len, rows))
    return "\n".join(f"{name:<{width}}  {text}" for name, text in rows.items())


def _at(value: float, step: int | None) -> str:
    return f"{value:.6g}" if step is None else f"{value:<12.6g} at step {step}"


def _listed(steps: tuple[float, ...]) -> str:
    shown = ", ".join(f"{step:.12g}" for step in steps[:_SHOWN])
    more = f", ... ({len(steps)} in all)" if len(steps) > _SHOWN else ""
    return f"{shown}{more}" if steps else "none"


@attrs.frozen
class Summary:
    """What a schedule does at the steps 0 to `num_steps - 1`.

    Args:
        num_steps: The number of updates.
        first: The value at step 0.
        last: The value at step `num_steps - 1`.
        lowest: The lowest value.
        lowest_step: The first step that has it.
        highest: The greatest value.
        highest_step: The first step that has it.
        mean: `total / num_steps`.
        total: The sum of the values of all updates: the area under the schedule as a run
            sees it, each value held for one step; infinite beyond the largest float.
        discontinuities: The steps, whole or not, at which the schedule jumps.

    Example:
        >>> from tsa_core import Linear
        >>> from tsa_core.analysis import summarize
        >>> summarize(Linear(1.0, 0.0, 4), 5).total
        2.5
    """

    num_steps: int
    first: float
    last: float
    lowest: float
    lowest_step: int
    highest: float
    highest_step: int
    mean: float
    total: float
    discontinuities: tuple[float, ...]

    def __str__(self) -> str:
        """An aligned table."""
        return _table(
            {
                "steps": str(self.num_steps),
                "first": _at(self.first, 0),
                "last": _at(self.last, self.num_steps - 1),
                "lowest": _at(self.lowest, self.lowest_step),
                "highest": _at(self.highest, self.highest_step),
                "mean": _at(self.mean, None),
                "total": _at(self.total, None),
                "jumps at": _listed(self.discontinuities),
            }
        )


@attrs.frozen
class Comparison:
    """How two schedules differ at the steps 0 to `num_steps - 1`.

    Args:
        num_steps: The number of updates.
        largest_absolute: The greatest `|a - b|`.
        largest_absolute_step: The first step that has it; None if there is no difference.
        largest_relative: The greatest `|a - b| / max(|a|, |b|)`; 0 where both are 0.
        largest_relative_step: The first step that has it; None if there is no difference.
        first_difference: The first step at which the two are not the same float, or None.

    Example:
        >>> from tsa_core import Cosine, Linear
        >>> from tsa_core.analysis import compare
        >>> compare(Linear(1.0, 0.0, 4), Cosine(1.0, 0.0, 4), 5).first_difference
        1
    """

    num_steps: int
    largest_absolute: float
    largest_absolute_step: int | None
    largest_relative: float
    largest_relative_step: int | None
    first_difference: int | None

    def __str__(self) -> str:
        """An aligned table."""
        first = self.first_difference
        return _table(
            {
                "steps": str(self.num_steps),
                "largest absolute difference": _at(
                    self.largest_absolute, self.largest_absolute_step
                ),
                "largest relative difference": _at(
                    self.largest_relative, self.largest_relative_step
                ),
                "first difference": "none" if first is None else f"at step {first}",
            }
        )
