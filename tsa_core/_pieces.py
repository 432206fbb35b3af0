"""A schedule as a row of pieces, on each of which it is one smooth formula."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import attrs
import numpy as np

from tsa_core._numeric import first_at, quadrature, turning_points
from tsa_core.schedule import Schedule

INF = math.inf
Formula = Callable[[Any], Any]
Area = Callable[[float, float], float]

MOST_PIECES = 1_000_000


def endless(why: str) -> ValueError:
    """The error of a question that cannot be answered for all steps at once."""
    return ValueError(f"num_steps must be given for a schedule that {why}")


def numbered(first: float, last: float, what: str) -> range:
    """The numbers of the periods from `first` to before `last`; `what` says what they are.

    Raises:
        ValueError: If there are more than a million.
    """
    if not last - first <= MOST_PIECES:  # nor NaN, which infinity less infinity is
        count = last - first if last < INF else last
        raise ValueError(f"num_steps must leave at most {MOST_PIECES} {what}, got {count}")
    return range(int(first), int(last))


@attrs.frozen(eq=False)
class Piece:
    """A stretch on which a schedule is one formula; at its ends, the limits from inside."""

    start: float
    stop: float
    value: Formula
    """The formula, of a number or a NumPy array of steps within the piece."""

    area: Area
    """Its integral from one step of the piece to a later one."""

    constant: float | None = None
    """Its only value, where it has one."""

    monotone: bool = True
    """Whether it never turns; where False, it may."""

    opaque: bool = False
    """Whether it holds a function of which nothing is known."""

    def cut(self, start: float, stop: float) -> Piece:
        """The same formula between two steps of the piece."""
        if start == self.start and stop == self.stop:
            return self
        return self._with(start, stop, self.value, self.area)

    def _with(self, start: float, stop: float, value: Formula, area: Area) -> Piece:
        # Not attrs.evolve, which takes longer than all else that is done to a piece.
        return Piece(start, stop, value, area, self.constant, self.monotone, self.opaque)

    def scaled(self, factor: float) -> Piece:
        """`factor` times the piece."""
        if self.constant is not None:
            return flat(self.constant * factor, self.start, self.stop)
        if factor == 1:
            return self
        value, area = self.value, self.area
        return self._with(
            self.start, self.stop, lambda t: value(t) * factor, lambda a, b: area(a, b) * factor
        )

    def divided(self, divisor: float) -> Piece:
        """The piece divided by a number."""
        if self.constant is not None:
            return flat(self.constant / divisor, self.start, self.stop)
        value, area = self.value, self.area
        return self._with(
            self.start, self.stop, lambda t: value(t) / divisor, lambda a, b: area(a, b) / divisor
        )

    def moved(self, by: float) -> Piece:
        """The piece, `by` steps later."""
        value, area = self.value, self.area
        return self._placed(
            self.start + by,
            self.stop + by,
            lambda t: value(t - by),
            lambda a, b: area(a - by, b - by),
        )

    def stretched(self, factor: float) -> Piece:
        """The piece, `factor` times as long."""
        value, area = self.value, self.area
        return self._placed(
            self.start * factor,
            self.stop * factor,
            lambda t: value(t / factor),
            lambda a, b: area(a / factor, b / factor) * factor,
        )

    def mirrored(self, end: float) -> Piece:
        """The piece on a clock that runs down from `end`."""
        value, area = self.value, self.area
        return self._placed(
            end - self.stop,
            end - self.start,
            lambda t: value(end - t),
            lambda a, b: area(end - b, end - a),
        )

    def _placed(self, start: float, stop: float, value: Formula, area: Area) -> Piece:
        if self.constant is not None:
            return self.cut(start, stop)
        return self._with(start, stop, value, area)

    def turns(self) -> list[float]:
        """The steps inside at which it turns."""
        if self.monotone:
            return []
        if math.isinf(self.start) or math.isinf(self.stop):
            raise endless("may turn without end")
        found = turning_points(self.value, self.start, self.stop)
        return [turn for turn in found if self.start < turn < self.stop]

    def monotone_parts(self) -> list[Piece]:
        """The piece, cut where it turns."""
        if self.monotone:
            return [self]
        cuts = [self.start, *self.turns(), self.stop]
        return [attrs.evolve(self, start=a, stop=b, monotone=True) for a, b in pairwise(cuts)]

    def crosses(self, target: float) -> Iterator[float]:
        """The steps inside at which the value passes `target`."""
        for part in self.monotone_parts():
            first, last = part.value(part.start), part.value(part.stop)
            if min(first, last) < target < max(first, last):
                yield first_at(part.value, target, part.start, part.stop)


def flat(value: float, start: float = -INF, stop: float = INF) -> Piece:
    """A piece with one value."""

    def held(t: Any) -> Any:
        return np.full(t.shape, value) if isinstance(t, np.ndarray) else value

    return Piece(start, stop, held, lambda a, b: value * (b - a), value)


def within(parts: Sequence[Piece], start: float, stop: float) -> list[Piece]:
    """What lies between two steps, without empty pieces."""
    cut = (part.cut(max(part.start, start), min(part.stop, stop)) for part in parts)
    return [part for part in cut if part.start < part.stop]


def sampled(start: float, stop: float, value: Formula, opaque: bool) -> Piece:
    """A piece of which no more is known than its values."""
    area = functools.partial(quadrature, value)
    return Piece(start, stop, value, area, monotone=False, opaque=opaque)


def fitted(schedule: Schedule, row: list[Piece], start: float, stop: float) -> list[Piece]:
    """A row that was moved, from `start` to `stop` exactly: moving rounds its edges."""
    if not row:
        return [flat(schedule(start), start, stop)] if start < stop else []
    edges = [start, *(min(max(piece.stop, start), stop) for piece in row[:-1]), stop]
    pairs = zip(row, pairwise(edges), strict=True)
    return [piece.cut(a, b) for piece, (a, b) in pairs if a < b]


def split(piece: Piece, cuts: Iterable[float]) -> list[Piece]:
    """The piece in parts, from each cut inside to the next."""
    edges = [piece.start, *sorted(set(cuts)), piece.stop]
    return [piece.cut(a, b) for a, b in pairwise(edges) if a < b]


def inner(piece: Piece) -> float:
    """The value half-way, or somewhere inside of what has no end."""
    start, stop = piece.start, piece.stop
    if math.isinf(start):
        return float(piece.value(0.0 if math.isinf(stop) else stop - 1))
    return float(piece.value(start + 1 if math.isinf(stop) else start + (stop - start) / 2))


def overlay(
    schedules: Sequence[Schedule], start: float, stop: float
) -> Iterator[tuple[Piece, ...]]:
    """Pieces of several schedules, cut so that all change together."""
    rows = [schedule._pieces(start, stop) for schedule in schedules]
    edges = sorted({edge for row in rows for piece in row for edge in (piece.start, piece.stop)})
    places = [0] * len(rows)
    for a, b in pairwise(edges):
        for index, row in enumerate(rows):
            while row[places[index]].stop <= a:
                places[index] += 1
        yield tuple(row[place].cut(a, b) for row, place in zip(rows, places, strict=True))


def added(terms: Sequence[Piece]) -> Piece:
    """The sum of pieces from and to the same steps."""
    constants = [term.constant for term in terms if term.constant is not None]
    if len(constants) == len(terms):
        return flat(sum(constants), terms[0].start, terms[0].stop)
    return Piece(
        terms[0].start,
        terms[0].stop,
        lambda t: functools.reduce(lambda a, b: a + b, [term.value(t) for term in terms]),
        lambda a, b: math.fsum(term.area(a, b) for term in terms),
        monotone=_one_way(terms),
        opaque=any(term.opaque for term in terms),
    )


def _one_way(terms: Sequence[Piece]) -> bool:
    if not all(term.monotone for term in terms):
        return False
    changes = [term.value(term.stop) - term.value(term.start) for term in terms]
    return bool(min(changes) >= 0 or max(changes) <= 0)
