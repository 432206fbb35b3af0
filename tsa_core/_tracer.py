"""Tracing: a formula becomes the plain Python function that answers for one number.

A formula runs once over symbols, and what it asked of them is compiled: no array machinery, and
only the branch that is taken runs.
"""

from __future__ import annotations

import ast
import itertools
import math
import operator
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any, NoReturn

from tsa_core._arrays import ELEMENTWISE, Curve, Ends

if TYPE_CHECKING:
    from tsa_core.schedule import Schedule

_LONGEST_CHAIN = 100
"""More terms than this are added in a loop: Python limits the depth of an expression."""

_DEEPEST, _MOST_RECORDS = 16, 64
"""Records beyond these are called, not inlined, for the same reason."""

_MOST_BRANCHES = 8
"""Among more pieces than this, the piece is looked up, and compiled when it is first needed."""


def _binary(function: Callable[[Any, Any], Any]) -> Any:
    return lambda self, other: Symbol(function, self, other)


def _reflected(function: Callable[[Any, Any], Any]) -> Any:
    return lambda self, other: Symbol(function, other, self)


def _unary(function: Callable[[Any], Any]) -> Any:
    return lambda self: Symbol(function, self)


class Symbol:
    """A function that is still to be called, and its arguments: numbers or other symbols."""

    __slots__ = ("arguments", "function", "least")

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.function = function
        self.arguments = arguments
        self.least = -math.inf
        """What its value never lies below."""

    __add__, __radd__ = _binary(operator.add), _reflected(operator.add)
    __sub__, __rsub__ = _binary(operator.sub), _reflected(operator.sub)
    __mul__, __rmul__ = _binary(operator.mul), _reflected(operator.mul)
    __truediv__, __rtruediv__ = _binary(operator.truediv), _reflected(operator.truediv)
    __floordiv__, __rfloordiv__ = _binary(operator.floordiv), _reflected(operator.floordiv)
    __mod__, __rmod__ = _binary(operator.mod), _reflected(operator.mod)
    __pow__, __rpow__ = _binary(operator.pow), _reflected(operator.pow)
    __and__, __or__ = _binary(operator.and_), _binary(operator.or_)
    __lt__, __le__ = _binary(operator.lt), _binary(operator.le)
    __gt__, __ge__ = _binary(operator.gt), _binary(operator.ge)
    __eq__, __ne__ = _binary(operator.eq), _binary(operator.ne)
    __neg__, __abs__ = _unary(operator.neg), _unary(operator.abs)
    __invert__ = _unary(operator.invert)
    __hash__ = object.__hash__

    def __bool__(self) -> NoReturn:
        raise TypeError("a formula cannot branch on a step with `if`; write ops.where(...)")

    def __float__(self) -> NoReturn:
        raise TypeError("a formula cannot call functions of math; write ops.exp(...) and so on")


_CHOICE = object()
"""The function of a symbol that is a choice: Python evaluates one side only."""


class Tracer:
    """The operations that formulas are written in, over symbols."""

    def __init__(self) -> None:
        self._depth = self._records = 0

    def apply(self, schedule: Schedule, t: Any) -> Any:
        """Trace another schedule in place, or call it where there are very many."""
        if self._depth == _DEEPEST or self._records == _MOST_RECORDS:
            return self.call(schedule, t)
        self._depth += 1
        self._records += 1
        value = schedule.formula(t, self)
        self._depth -= 1
        return value

    def where(self, condition: Any, yes: Any, no: Any) -> Symbol:
        """A choice."""
        return Symbol(_CHOICE, condition, yes, no)

    def full(self, _t: Any, value: float) -> float:
        """A constant."""
        return value

    def hold_outside(
        self, t: Any, low: float, high: float, ends: Ends, between: Curve, *, exact: bool = False
    ) -> Symbol:
        """`between(t)` for low < t < high, and the two `ends` outside."""
        inner = between(t)
        if not (exact and t.least >= low):
            inner = self.where(t <= low, ends[0], inner)
        return self.where(t >= high, ends[1], inner)

    def clamp(self, value: Any, near: float, far: float, *, exact: bool) -> Any:
        """`value`, or `far` where a rounding has passed it."""
        past = operator.gt if far > near else operator.lt
        return value if exact else self.where(past(value, far), far, value)

    def switch(self, t: Any, boundaries: Sequence[float], schedules: Sequence[Schedule]) -> Any:
        """The schedule that `t` falls into, on its own clock."""
        if len(schedules) > _MOST_BRANCHES:
            return Symbol(_Row(boundaries, schedules), t)

        def between(first: int, last: int) -> Any:
            if first < last:
                middle = (first + last) // 2
                early, late = between(first, middle), between(middle + 1, last)
                return self.where(t < boundaries[middle], early, late)
            clock = t
            if first > 0:
                clock = t - boundaries[first - 1]
                clock.least = 0.0
            return self.apply(schedules[first], clock)

        return between(0, len(schedules) - 1)

    def at_most(self, value: Any, limit: float) -> Any:
        """`value`, or `limit` where it is above or not known."""
        return value if limit == math.inf else self.where(value < limit, value, limit)

    def floor_divide(self, t: Any, every: float) -> Any:
        """The number of whole periods before `t`."""
        return t // every if isinstance(every, int) else t / every // 1

    def position(self, sorted_values: tuple[float, ...], t: Any) -> Symbol:
        """How many of `sorted_values` are at most `t`."""
        return Symbol(bisect_right, sorted_values, t)

    def lookup(self, values: tuple[float, ...], index: Any, _t: Any) -> Symbol:
        """The entry of a table of floats."""
        return Symbol(operator.getitem, values, index)

    lookup_step = lookup

    def sum(self, values: Sequence[Any]) -> Any:
        """The sum, from left to right."""
        return self._chain(operator.add, values)

    def product(self, values: Sequence[Any]) -> Any:
        """The product, from left to right."""
        return self._chain(operator.mul, values)

    def _chain(self, function: Any, values: Sequence[Any]) -> Any:
        if len(values) <= _LONGEST_CHAIN:
            return reduce(lambda left, right: Symbol(function, left, right), values)
        return Symbol(lambda *terms: reduce(function, terms), *values)

    def minimum(self, *values: Any) -> Any:
        """The least of several values."""
        return Symbol(min, *values) if len(values) > 1 else values[0]

    def maximum(self, *values: Any) -> Any:
        """The greatest of several values."""
        return Symbol(max, *values) if len(values) > 1 else values[0]

    def call(self, function: Callable[[Any], Any], t: Any) -> Symbol:
        """A call of any function."""
        return Symbol(float, Symbol(function, t))

    def floor(self, x: Any) -> Symbol:
        """The nearest whole number below."""
        return Symbol(operator.floordiv, x, 1)

    def round(self, x: Any) -> Symbol:
        """The nearest whole number; of two, the even one."""
        return Symbol(round, x)


def _called(function: Callable[[Any], Any]) -> Any:
    return lambda self, x: Symbol(function, x)


_OF_MATH = tuple(getattr(math, name) for name in ELEMENTWISE)
for _function in _OF_MATH:
    setattr(Tracer, _function.__name__, _called(_function))


class _Row:
    """Very many pieces, as a function of one number: a binary search, and one call."""

    def __init__(self, boundaries: Sequence[float], schedules: Sequence[Schedule]) -> None:
        self._boundaries, self._begins, self._schedules = boundaries, (0, *boundaries), schedules

    def __call__(self, t: float) -> float:
        index = bisect_right(self._boundaries, t)
        return self._schedules[index](t - self._begins[index])


# Nodes that know their place in the source: all of a function is one line, below its `def`. To
# hand it to each would cost as much as all else.


def _placed(kind: type[ast.expr]) -> Any:
    return type(kind.__name__, (kind,), {"lineno": 2, "col_offset": 4})


_Name, _Constant, _NamedExpr = map(_placed, (ast.Name, ast.Constant, ast.NamedExpr))
_BinOp, _UnaryOp, _Compare = map(_placed, (ast.BinOp, ast.UnaryOp, ast.Compare))
_Call, _IfExp, _Subscript = map(_placed, (ast.Call, ast.IfExp, ast.Subscript))
_LOAD, _STORE = ast.Load(), ast.Store()
_STEP = _Name("t", _LOAD)

_Build = Callable[[list[Any]], Any]


def _of_operator(operation: ast.operator) -> _Build:
    return lambda sides: _BinOp(sides[0], operation, sides[1])


def _of_comparison(operation: ast.cmpop) -> _Build:
    return lambda sides: _Compare(sides[0], [operation], [sides[1]])


_BUILT: dict[Any, _Build] = {
    operator.add: _of_operator(ast.Add()),
    operator.sub: _of_operator(ast.Sub()),
    operator.mul: _of_operator(ast.Mult()),
    operator.truediv: _of_operator(ast.Div()),
    operator.floordiv: _of_operator(ast.FloorDiv()),
    operator.mod: _of_operator(ast.Mod()),
    operator.pow: _of_operator(ast.Pow()),
    operator.and_: _of_operator(ast.BitAnd()),
    operator.or_: _of_operator(ast.BitOr()),
    operator.lt: _of_comparison(ast.Lt()),
    operator.le: _of_comparison(ast.LtE()),
    operator.gt: _of_comparison(ast.Gt()),
    operator.ge: _of_comparison(ast.GtE()),
    operator.eq: _of_comparison(ast.Eq()),
    operator.ne: _of_comparison(ast.NotEq()),
    operator.neg: lambda one: _UnaryOp(ast.USub(), one[0]),
    operator.invert: lambda one: _UnaryOp(ast.Not(), one[0]),
    operator.getitem: lambda pair: _Subscript(pair[0], pair[1], _LOAD),
}
"""How the functions that Python has a sign for are written; all others are called by name."""

_BUILT_BY_ID = {id(function): build for function, build in _BUILT.items()}
"""The same for any function, hashable or not."""


class _Writer:
    """Writes a traced formula as one Python expression.

    A symbol with several readers is stored in a local where it is first evaluated; inside a
    branch that name holds for the branch only.
    """

    def __init__(self) -> None:
        self.constants: dict[str, Any] = {}
        self._known: dict[int, str] = {}
        self._names: dict[int, str] = {}
        self._shared: dict[int, bool] = {}
        self._locals = 0

    def count(self, node: Symbol) -> None:
        """Note which symbols have several readers."""
        waiting = [node]
        while waiting:
            for argument in waiting.pop().arguments:
                if isinstance(argument, Symbol):
                    seen = id(argument) in self._shared
                    self._shared[id(argument)] = seen
                    if not seen:
                        waiting.append(argument)

    def write(self, node: Any) -> Any:
        if type(node) is not Symbol:
            return self._constant(node)
        if not node.arguments:
            return _STEP
        name = self._names.get(id(node))
        if name is not None:
            return _Name(name, _LOAD)
        written = self._choice(node) if node.function is _CHOICE else self._operation(node)
        if not self._shared.get(id(node)):
            return written
        self._locals += 1
        name = self._names[id(node)] = f"v{self._locals}"
        return _NamedExpr(_Name(name, _STORE), written)

    def _choice(self, node: Symbol) -> Any:
        condition, yes, no = node.arguments
        test, outer = self.write(condition), self._names
        self._names = dict(outer)
        first = self.write(yes)
        self._names = dict(outer)
        second = self.write(no)
        self._names = outer
        return _IfExp(test, first, second)

    def _operation(self, node: Symbol) -> Any:
        arguments = [self.write(one) for one in node.arguments]
        build = _BUILT_BY_ID.get(id(node.function))
        return build(arguments) if build else _Call(self._constant(node.function), arguments, [])

    def _constant(self, value: Any) -> Any:
        if type(value) in (int, float):
            return _Constant(value)
        name = self._known.get(id(value))
        if name is None:
            plain = getattr(value, "__module__", "") in ("math", "builtins") and callable(value)
            name = value.__name__ if plain else f"c{len(self.constants)}"
            self._known[id(value)], self.constants[name] = name, value
        return _Name(name, _LOAD)


_FLOATS = frozenset(map(id, (operator.truediv, float, *_OF_MATH)))
_MIXED = frozenset(map(id, (operator.add, operator.sub, operator.mul, operator.pow)))
_ALIKE = frozenset(map(id, (operator.neg, operator.abs, min, max)))


def _is_float(node: Any) -> bool:
    """Whether the value is a float whatever the step is; False where that cannot be told."""
    if not isinstance(node, Symbol):
        return type(node) is float
    function, arguments = node.function, node.arguments
    if id(function) in _MIXED:
        return any(map(_is_float, arguments))
    if function is _CHOICE:
        return all(map(_is_float, arguments[1:]))
    if id(function) in _ALIKE:
        return all(map(_is_float, arguments))
    if function is operator.getitem:
        return type(arguments[0][0]) is float
    return id(function) in _FLOATS or isinstance(function, _Row)


class _Source:
    """Shows the source of a compiled formula in tracebacks, written when one asks for it."""

    def __init__(self, traced: Any) -> None:
        self._traced = traced

    def get_source(self, _name: str) -> str:
        """What `linecache` shows."""
        return ast.unparse(_written(self._traced)[0])


def _written(traced: Any) -> tuple[ast.Module, dict[str, Any]]:
    """The function of a traced formula, and what its names stand for."""
    writer = _Writer()
    result = traced if _is_float(traced) else Symbol(float, traced)
    writer.count(Symbol(None, result))
    body = ast.Return(writer.write(result), lineno=2, col_offset=4)
    step = ast.arg("t", lineno=1, col_offset=0)
    arguments = ast.arguments([], [step], None, [], [], None, [])
    function = ast.FunctionDef("value", arguments, [body], [], lineno=1, col_offset=0)
    return ast.Module([function], []), writer.constants


_numbers = itertools.count(1)


def compile_scalar(schedule: Schedule) -> Callable[[float], float]:
    """Trace a schedule's formula and return it as a Python function of one number."""
    traced = Tracer().apply(schedule, Symbol(None))
    tree, namespace = _written(traced)
    kind = type(schedule).__name__
    namespace |= {"__name__": f"tsa_core.{kind}", "__loader__": _Source(traced)}
    exec(compile(tree, f"<{kind} {next(_numbers)}>, traced", "exec"), namespace)  # ours: no input
    function: Callable[[float], float] = namespace["value"]
    return function
