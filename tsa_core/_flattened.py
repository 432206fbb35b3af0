"""Arrays of a schedule that is nested very deep: flattened first, so that no call nests."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from tsa_core._arrays import ELEMENTWISE, Arrays
from tsa_core._tracer import Symbol

if TYPE_CHECKING:
    from tsa_core.schedule import Schedule

_DEFERRED = (
    *("where", "floor", "round", *ELEMENTWISE, "full"),
    *("floor_divide", "position", "lookup", "lookup_step", "call"),
)


def _same(values: Any) -> Any:
    return values


class _Flattener(Arrays):
    """The operations of an array library on symbols; what is nested waits for its turn."""

    def __init__(self, real: Arrays) -> None:
        for name in _DEFERRED:
            setattr(self, name, partial(Symbol, getattr(real, name)))
        self.waiting: list[tuple[Symbol, Schedule, Any]] = []

    def apply(self, schedule: Schedule, t: Any) -> Any:
        """A symbol, for a formula that is looked at later."""
        node = Symbol(_same)
        self.waiting.append((node, schedule, t))
        return node


def evaluate(schedule: Schedule, t: Any, ops: Arrays) -> Any:
    """The values of a schedule at `t` in the operations `ops`, however deep it is nested."""
    flattener, clock = _Flattener(ops), Symbol(None)
    root = flattener.apply(schedule, clock)
    while flattener.waiting:
        node, inner, time = flattener.waiting.pop()
        values = inner.formula(time, flattener)
        constant = isinstance(values, (int, float))
        node.arguments = (flattener.full(time, values) if constant else values,)
    return _run(root, {id(clock): t})


def _run(root: Symbol, known: dict[int, Any]) -> Any:
    """The value of a symbol: each is evaluated once, and dropped after its last reader."""
    readers: dict[int, int] = {id(root): 1}
    waiting = [root]
    while waiting:
        for argument in waiting.pop().arguments:
            if isinstance(argument, Symbol):
                if id(argument) not in readers:
                    waiting.append(argument)
                readers[id(argument)] = readers.get(id(argument), 0) + 1
    waiting = [root]
    while waiting:
        node = waiting[-1]
        inputs = () if id(node) in known else node.arguments
        missing = [one for one in inputs if isinstance(one, Symbol) and id(one) not in known]
        if missing:
            waiting += missing
            continue
        waiting.pop()
        if id(node) not in known:
            values = [_taken(one, known, readers) for one in node.arguments]
            known[id(node)] = node.function(*values)
    return known[id(root)]


def _taken(argument: Any, known: dict[int, Any], readers: dict[int, int]) -> Any:
    if not isinstance(argument, Symbol):
        return argument
    readers[id(argument)] -= 1
    return known[id(argument)] if readers[id(argument)] else known.pop(id(argument))
