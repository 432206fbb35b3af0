"""Every schedule as a row of pieces, on each of which it is one smooth formula.

Each record has one rule, `pieces(record, start, stop)`. A new curve needs a function for its
area and one line at the end of this module.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import attrs
import numpy as np

from tsa_core.analysis import _areas
from tsa_core.analysis._numeric import first_at
from tsa_core.analysis._piece import INF, Formula, Piece, fitted, flat, sampled, within
from tsa_core.analysis._rounds import MOST_ROUNDS, Rounds, endless
from tsa_core.clocked import Clocked
from tsa_core.combinators import (
    EVERY_WHOLE,
    Clipped,
    Custom,
    Held,
    Joined,
    Maximum,
    Minimum,
    Product,
    Quotient,
    Repeated,
    Reversed,
    Rounded,
    Shifted,
    Stretched,
    Sum,
)
from tsa_core.curves import (
    Constant,
    Cosine,
    Decay,
    Exponential,
    Interpolated,
    Linear,
    Logarithmic,
    Polynomial,
    QuarterCosine,
    _finite_powers,
)
from tsa_core.inverse_power import InversePower, InverseSqrt
from tsa_core.schedule import Schedule


@functools.singledispatch
def pieces(schedule: Schedule, start: float, stop: float) -> list[Piece]:
    """The pieces of a schedule from `start` to `stop`, each beginning where the last ends.

    A record without a rule, such as a user's own, is one piece that is sampled.

    Raises:
        ValueError: If there are more than a million.
    """
    return within([sampled(-INF, INF, schedule, opaque=True)], start, stop)


def _ramp(area: Callable[[Any, float, float], float]) -> Any:
    """The rule of a curve from `start` to `end` that holds both outside."""

    def rule(curve: Any, start: float, stop: float) -> list[Piece]:
        if curve.num_steps == 0 or curve.start == curve.end:
            return within([flat(curve.end)], start, stop)
        end = curve.num_steps
        middle = Piece(0, end, curve, functools.partial(area, curve))
        row = [flat(curve.start, stop=0), middle, flat(curve.end, start=end)]
        return within(row, start, stop)

    return rule


def _tail(area: Callable[[Any, float, float], float]) -> Any:
    """The rule of a monotone curve that holds `start` before step 0 and has no end."""

    def rule(curve: Any, start: float, stop: float) -> list[Piece]:
        later = Piece(0, INF, curve, functools.partial(area, curve))
        return within([flat(curve.start, stop=0), later], start, stop)

    return rule


def _decay(decay: Decay, start: float, stop: float) -> list[Piece]:
    if decay.staircase:
        return _rounds(Rounds.of_decay(decay), start, stop)
    limit = _finite_powers(decay.rate, decay.start)
    top = INF if limit is None else limit * decay.num_steps
    row: list[Piece] = _tail(_areas.decay)(decay, start, min(stop, top))
    return row if limit is None else row + within([flat(decay(top), top)], start, stop)


def _interpolated(curve: Interpolated, start: float, stop: float) -> list[Piece]:
    steps, values = curve.steps, curve.values
    row = [flat(values[0], stop=steps[0])]
    for index, (a, b) in enumerate(pairwise(steps)):
        left, right = values[index], values[index + 1]
        if curve.kind == "previous" or left == right:
            row.append(flat(left, a, b))
        else:
            area = functools.partial(_areas.SEGMENTS[curve.kind], curve, left, right, b - a)
            row.append(Piece(a, b, curve, area))
    return within([*row, flat(values[-1], start=steps[-1])], start, stop)


def _joined(joined: Joined, start: float, stop: float) -> list[Piece]:
    row = []
    for schedule, begin, a, b in windows(joined, start, stop):
        moved = [piece.moved(begin) for piece in pieces(schedule, a - begin, b - begin)]
        row += fitted(joined, moved, a, b)
    return row


def windows(
    joined: Joined, start: float, stop: float
) -> Iterator[tuple[Schedule, float, float, float]]:
    """Each schedule, the step of its own step 0, and where it runs within the limits."""
    edges = (-INF, *joined.boundaries, INF)
    for schedule, begin, (low, high) in zip(
        joined.schedules, (0, *joined.boundaries), pairwise(edges), strict=True
    ):
        a, b = max(low, start), min(high, stop)
        if a < b:
            yield schedule, begin, a, b


def _overlay(
    schedules: Sequence[Schedule], start: float, stop: float
) -> Iterator[tuple[Piece, ...]]:
    """Pieces of several schedules, cut so that all change together."""
    rows = [pieces(schedule, start, stop) for schedule in schedules]
    edges = sorted({edge for row in rows for piece in row for edge in (piece.start, piece.stop)})
    places = [0] * len(rows)
    for a, b in pairwise(edges):
        for index, row in enumerate(rows):
            while row[places[index]].stop <= a:
                places[index] += 1
        yield tuple(row[place].cut(a, b) for row, place in zip(rows, places, strict=True))


def _sum(total: Sum, start: float, stop: float) -> list[Piece]:
    return [_added(terms) for terms in _overlay(total.schedules, start, stop)]


def _added(terms: tuple[Piece, ...]) -> Piece:
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


def _product(product: Product, start: float, stop: float) -> list[Piece]:
    return [
        functools.reduce(_multiplied, factors)
        for factors in _overlay(product.schedules, start, stop)
    ]


def _multiplied(a: Piece, b: Piece) -> Piece:
    for factor, other in ((a.constant, b), (b.constant, a)):
        if factor is not None:
            return flat(0.0, a.start, a.stop) if factor == 0 else other.scaled(factor)
    return sampled(a.start, a.stop, lambda t: a.value(t) * b.value(t), a.opaque or b.opaque)


def _quotient(quotient: Quotient, start: float, stop: float) -> list[Piece]:
    both = (quotient.schedule, quotient.divisor)
    return [_divided(a, b) for a, b in _overlay(both, start, stop)]


def _divided(a: Piece, b: Piece) -> Piece:
    if b.constant:
        return a.divided(b.constant)
    return sampled(a.start, a.stop, lambda t: a.value(t) / b.value(t), a.opaque or b.opaque)


def _lowest(lowest: Minimum, start: float, stop: float) -> list[Piece]:
    rows = _overlay(lowest.schedules, start, stop)
    return [part for terms in rows for part in functools.reduce(_lower_of, terms[1:], [terms[0]])]


def _highest(highest: Maximum, start: float, stop: float) -> list[Piece]:
    negative = [term * -1.0 for term in highest.schedules]
    return [part.scaled(-1.0) for part in _lowest(Minimum(tuple(negative)), start, stop)]


def _lower_of(row: list[Piece], other: Piece) -> list[Piece]:
    """The lower of what is known so far and one more piece."""
    return [part for piece in row for part in _lower(piece, other.cut(piece.start, piece.stop))]


def _lower(a: Piece, b: Piece) -> list[Piece]:
    if a.opaque or b.opaque:
        both = functools.partial(_least, a.value, b.value)
        return [sampled(a.start, a.stop, both, True)]
    apart = _added((a, b.scaled(-1.0)))
    cuts = [a.start, *sorted(set(apart.crosses(0.0))), a.stop]
    return [
        (a if apart.value(_inner(low, high)) <= 0 else b).cut(low, high)
        for low, high in pairwise(cuts)
        if low < high
    ]


def _least(a: Formula, b: Formula, t: Any) -> Any:
    return np.minimum(a(t), b(t)) if isinstance(t, np.ndarray) else min(a(t), b(t))


def _rounded(rounded: Rounded, start: float, stop: float) -> list[Piece]:
    return [
        part
        for piece in pieces(rounded.schedule, start, stop)
        for part in _rounded_piece(rounded, piece)
    ]


def _rounded_piece(rounded: Rounded, piece: Piece) -> list[Piece]:
    def value(t: Any) -> Any:
        return np.round(piece.value(t) / rounded.to) * rounded.to

    if piece.constant is not None:
        return [flat(float(value(piece.start)), piece.start, piece.stop)]
    if piece.opaque:
        return [sampled(piece.start, piece.stop, value, True)]
    row = []
    for part in piece.monotone_parts():
        ends = (part.value(part.start) / rounded.to, part.value(part.stop) / rounded.to)
        levels = _halves(min(ends), max(ends))
        if levels is None:
            return [sampled(piece.start, piece.stop, value, True)]
        inside = {step for level in levels for step in part.crosses((level + 0.5) * rounded.to)}
        cuts = [part.start, *sorted(inside), part.stop]
        row += [flat(float(value(_inner(a, b))), a, b) for a, b in pairwise(cuts) if a < b]
    return row


_MOST_LEVELS = 100_000


def _halves(low: float, high: float) -> range | None:
    """The whole numbers k of which k + 1/2 lies between two numbers; None for too many."""
    if not (abs(low) < EVERY_WHOLE and abs(high) < EVERY_WHOLE and high - low < _MOST_LEVELS):
        return None
    return range(math.floor(low - 0.5), math.ceil(high + 0.5))


def _held(held: Held, start: float, stop: float) -> list[Piece]:
    inner, every = held.schedule, held.every
    first, last = -INF if start == -INF else start // every, INF if stop == INF else stop // every
    row = []
    for piece in pieces(inner, first * every, (last + 1) * every):
        row += _stairs(inner, every, piece)
    return fitted(held, within(row, start, stop), start, stop)


def _stairs(inner: Schedule, every: float, piece: Piece) -> list[Piece]:
    """The stairs that begin on a piece."""
    first, stop = -(-piece.start // every), -(-piece.stop // every)
    if piece.constant is not None:
        first = piece.start if math.isinf(piece.start) else first
        stop = piece.stop if math.isinf(piece.stop) else stop
        return [flat(piece.constant, first * every, stop * every)] if first < stop else []
    if stop - first > MOST_ROUNDS:
        raise ValueError(f"num_steps must leave at most {MOST_ROUNDS} stairs, got {stop - first}")
    if math.isinf(piece.start) or math.isinf(piece.stop):
        raise endless("has stairs without end")
    numbers = range(int(first), int(stop))
    return [flat(inner(k * every), k * every, (k + 1) * every) for k in numbers]


def _clipped(clipped: Clipped, start: float, stop: float) -> list[Piece]:
    limits = [limit for limit in (clipped.low, clipped.high) if limit is not None]
    row = []
    for piece in pieces(clipped.schedule, start, stop):
        if piece.opaque:
            kept = functools.partial(_kept, clipped, piece.value)
            row.append(sampled(piece.start, piece.stop, kept, True))
            continue
        inside = sorted({step for limit in limits for step in piece.crosses(limit)})
        cuts = [piece.start, *inside, piece.stop]
        row += [_limited(clipped, piece.cut(a, b)) for a, b in pairwise(cuts) if a < b]
    return row


def _kept(clipped: Clipped, value: Callable[[Any], Any], t: Any) -> Any:
    low = -INF if clipped.low is None else clipped.low
    return np.clip(value(t), low, INF if clipped.high is None else clipped.high)


def _limited(clipped: Clipped, piece: Piece) -> Piece:
    """The piece or the limit that holds all over it, by its value in the middle."""
    value = piece.value(_inner(piece.start, piece.stop))
    if clipped.low is not None and value < clipped.low:
        return flat(clipped.low, piece.start, piece.stop)
    if clipped.high is not None and value > clipped.high:
        return flat(clipped.high, piece.start, piece.stop)
    return piece


def _inner(start: float, stop: float) -> float:
    if math.isinf(start):
        return 0.0 if math.isinf(stop) else stop - 1
    return start + 1 if math.isinf(stop) else start + (stop - start) / 2


def _shifted(shifted: Shifted, start: float, stop: float) -> list[Piece]:
    inner = pieces(shifted.schedule, start - shifted.by, stop - shifted.by)
    return fitted(shifted, [piece.moved(shifted.by) for piece in inner], start, stop)


def _stretched(stretched: Stretched, start: float, stop: float) -> list[Piece]:
    factor = stretched.factor
    inner = pieces(stretched.schedule, start / factor, stop / factor)
    return fitted(stretched, [piece.stretched(factor) for piece in inner], start, stop)


def _reversed(schedule: Reversed, start: float, stop: float) -> list[Piece]:
    end, inner = schedule.num_steps, schedule.schedule
    low, high = max(start, 0), min(stop, end)
    row = pieces(inner, end - high, end - low) if low < high else []
    middle = fitted(schedule, [piece.mirrored(end) for piece in reversed(row)], low, high)
    held = [flat(inner(end), stop=0), *middle, flat(inner(0), start=end)]
    return within(held, start, stop)


def _clocked(clocked: Clocked, start: float, stop: float) -> list[Piece]:
    ticks = pieces(clocked.clock, start, stop)
    return [piece for tick in ticks for piece in _ticking(clocked.schedule, tick)]


def _ticking(schedule: Schedule, tick: Piece) -> Iterator[Piece]:
    """The pieces of a schedule on a piece of its clock."""
    if tick.opaque:
        yield sampled(tick.start, tick.stop, lambda t: schedule(tick.value(t)), True)
        return
    for part in tick.monotone_parts():
        first, last = part.value(part.start), part.value(part.stop)
        if first == last:
            yield flat(schedule(first), part.start, part.stop)
            continue
        row = pieces(schedule, min(first, last), max(first, last))
        edges = [piece.stop for piece in row[:-1]]
        if last < first:
            row, edges = row[::-1], edges[::-1]
        cuts = [first_at(part.value, edge, part.start, part.stop) for edge in edges]
        pairs = zip(row, pairwise((part.start, *cuts, part.stop)), strict=True)
        yield from (_timed(piece, part.value, a, b) for piece, (a, b) in pairs if a < b)


def _timed(piece: Piece, clock: Formula, start: float, stop: float) -> Piece:
    if piece.constant is not None:
        return flat(piece.constant, start, stop)
    whole = sampled(start, stop, lambda t: piece.value(clock(t)), piece.opaque)
    return attrs.evolve(whole, monotone=piece.monotone)


def _repeated(repeated: Repeated, start: float, stop: float) -> list[Piece]:
    return _rounds(Rounds.of_repeated(repeated), start, stop)


def _rounds(rounds: Rounds, start: float, stop: float) -> list[Piece]:
    one, every = pieces(rounds.schedule, 0, min(rounds.every, max(stop, 0))), rounds.every
    row = [flat(rounds.schedule(0), stop=0)]
    for number in rounds.numbers(start, stop):
        factor, begin = rounds.amplitude(number), number * every
        moved = [piece.scaled(factor).moved(begin) for piece in one]
        row += fitted(rounds.schedule, moved, begin, (number + 1) * every)
    if rounds.times is not None:
        row.append(flat(rounds.held, start=rounds.end))
    return fitted(rounds.schedule, within(row, start, stop), start, stop)


RULES: dict[type[Schedule], Any] = {
    Clocked: _clocked,
    Constant: lambda curve, start, stop: within([flat(curve.value)], start, stop),
    Linear: _ramp(_areas.line),
    Polynomial: _ramp(_areas.power),
    Cosine: _ramp(_areas.half_wave),
    QuarterCosine: _ramp(_areas.quarter_wave),
    Exponential: _ramp(_areas.exponential),
    Logarithmic: _ramp(_areas.logarithmic),
    Decay: _decay,
    InversePower: _tail(_areas.inverse_power),
    InverseSqrt: _tail(_areas.inverse_sqrt),
    Interpolated: _interpolated,
    Joined: _joined,
    Sum: _sum,
    Product: _product,
    Quotient: _quotient,
    Minimum: _lowest,
    Maximum: _highest,
    Clipped: _clipped,
    Rounded: _rounded,
    Held: _held,
    Shifted: _shifted,
    Stretched: _stretched,
    Repeated: _repeated,
    Reversed: _reversed,
    Custom: pieces.dispatch(Schedule),
}
"""How each record falls into pieces."""

for _record, _rule in RULES.items():
    pieces.register(_record, _rule)
