"""Compiling: a traced formula becomes the plain Python function that answers for one number.

No array machinery, and only the branch that is taken runs. Formulas of one shape, which differ in
their constants only, share the code that was compiled for the first of them.
"""

from __future__ import annotations

import ast
import functools
import itertools
import operator
from bisect import bisect_right
from collections.abc import Callable, Sequence
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

from tsa_core._tracer import OF_MATH, Row, Symbol, Tracer, choice

if TYPE_CHECKING:
    from tsa_core.schedule import Schedule

Shape = tuple[tuple[Any, ...], ...]
"""A formula without its constants: a row for each symbol, the result's first.

A row is a function and its arguments: the number of another row, or `~k` for constant k. Where the
constant is not a number, or the function is not among `_WRITTEN` and `_CALLED`, it is its name.
"""


# Nodes that know their place in the source: all of a function is one line, below its `def`. To
# hand it to each would cost as much as all else.


def _placed(kind: type[ast.expr]) -> Any:
    return type(kind.__name__, (kind,), {"lineno": 2, "col_offset": 4})


_Name, _Constant, _NamedExpr = map(_placed, (ast.Name, ast.Constant, ast.NamedExpr))
_BinOp, _UnaryOp, _Compare = map(_placed, (ast.BinOp, ast.UnaryOp, ast.Compare))
_Call, _IfExp, _Subscript = map(_placed, (ast.Call, ast.IfExp, ast.Subscript))
_LOAD, _STORE = ast.Load(), ast.Store()
_STEP = _Name("t", _LOAD)


def _of_operator(operation: ast.operator) -> Any:
    return lambda left, right: _BinOp(left, operation, right)


def _of_comparison(operation: ast.cmpop) -> Any:
    return lambda left, right: _Compare(left, [operation], [right])


_WRITTEN: dict[Any, Callable[..., Any]] = {
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
    operator.neg: lambda one: _UnaryOp(ast.USub(), one),
    operator.invert: lambda one: _UnaryOp(ast.Not(), one),
    operator.getitem: lambda table, index: _Subscript(table, index, _LOAD),
}
"""How the functions that Python has a sign for are written."""

_FUNCTIONS = (*OF_MATH, operator.abs, bisect_right, float, max, min, round)
_CALLED = {function.__name__: function for function in _FUNCTIONS}
"""What is called by its own name."""

_KNOWN = {id(function) for function in (*_WRITTEN, *_FUNCTIONS, choice, None)}
"""Any other function, hashable or not, is a constant."""

_MOST_SHAPES = 1000
"""How many are kept; the one that was not needed for the longest time goes."""


def _taken_apart(result: Symbol) -> tuple[Shape, frozenset[int], list[Any]]:
    """The shape of a formula, which rows have several readers, and the constants."""
    shape: list[tuple[Any, ...]] = []
    shared: set[int] = set()
    constants: list[Any] = []
    symbols, places = [result], {id(result): 0}
    for symbol in symbols:
        row = [symbol.function]
        if id(symbol.function) not in _KNOWN:
            row = [f"c{len(constants)}"]
            constants.append(symbol.function)
        for one in symbol.arguments:
            if type(one) is Symbol:
                place = places.setdefault(id(one), len(symbols))
                if place == len(symbols):
                    symbols.append(one)
                else:
                    shared.add(place)
                row.append(place)
            else:
                number = type(one) is float or type(one) is int
                row.append(~len(constants) if number else f"c{len(constants)}")
                constants.append(one)
        shape.append(tuple(row))
    return tuple(shape), frozenset(shared), constants


class _Writer:
    """Writes a shape as one Python expression.

    A symbol with several readers is stored in a local where it is first evaluated; inside a
    branch that name holds for the branch only.
    """

    def __init__(
        self, shape: Shape, shared: frozenset[int], constants: Sequence[Any] | None
    ) -> None:
        self._shape, self._shared, self._constants = shape, shared, constants
        self._known: dict[int, Any] = {}
        self._locals = 0

    def write(self, place: Any) -> Any:
        """A row by its number, or a constant."""
        if type(place) is str:
            return _Name(place, _LOAD)
        if place < 0:
            return _Constant(self._constants[~place] if self._constants else str(~place))
        node = self._known.get(place)
        if node is not None:
            return node
        function, *arguments = self._shape[place]
        if function is None:
            return _STEP
        if function is choice:
            node = self._choice(*arguments)
        else:
            node = self._operation(function, [self.write(one) for one in arguments])
        return self._named(place, node) if place in self._shared else node

    def _named(self, place: int, node: Any) -> Any:
        self._locals += 1
        name = f"v{self._locals}"
        self._known[place] = _Name(name, _LOAD)
        return _NamedExpr(_Name(name, _STORE), node)

    def _choice(self, condition: Any, yes: Any, no: Any) -> Any:
        test, outer = self.write(condition), self._known
        self._known = dict(outer)
        first = self.write(yes)
        self._known = dict(outer)
        second = self.write(no)
        self._known = outer
        return _IfExp(test, first, second)

    def _operation(self, function: Any, arguments: list[Any]) -> Any:
        if function in _WRITTEN:
            return _WRITTEN[function](*arguments)
        name = function if type(function) is str else function.__name__
        return _Call(_Name(name, _LOAD), arguments, [])


_ARGUMENTS = ast.arguments([], [ast.arg("t", lineno=1, col_offset=0)], None, [], [], None, [])


def _written(
    shape: Shape, shared: frozenset[int], constants: Sequence[Any] | None = None
) -> ast.Module:
    """The function of a shape; without constants, their numbers stand for them, as strings."""
    value = _Writer(shape, shared, constants).write(0)
    body: list[ast.stmt] = [ast.Return(value, lineno=2, col_offset=4)]
    return ast.Module([ast.FunctionDef("value", _ARGUMENTS, body, [], lineno=1, col_offset=0)], [])


@functools.lru_cache(_MOST_SHAPES)
def _compiled(shape: Shape, shared: frozenset[int]) -> tuple[CodeType, list[tuple[int, int]]]:
    """The code of a shape, and where among its constants which of the formula's go."""
    module = compile(_written(shape, shared), "<a formula>", "exec")
    code = next(one for one in module.co_consts if isinstance(one, CodeType))
    places = enumerate(code.co_consts)
    return code, [(place, int(name)) for place, name in places if type(name) is str]


_FLOATS = frozenset(map(id, (operator.truediv, float, *OF_MATH)))
_MIXED = frozenset(map(id, (operator.add, operator.sub, operator.mul, operator.pow)))
_ALIKE = frozenset(map(id, (operator.neg, operator.abs, min, max)))


def _is_float(node: Any) -> bool:
    """Whether the value is a float whatever the step is; False where that cannot be told."""
    if not isinstance(node, Symbol):
        return type(node) is float
    function, arguments = node.function, node.arguments
    if id(function) in _MIXED:
        return any(map(_is_float, arguments))
    if function is choice:
        return all(map(_is_float, arguments[1:]))
    if id(function) in _ALIKE:
        return all(map(_is_float, arguments))
    if function is operator.getitem:
        return type(arguments[0][0]) is float
    return id(function) in _FLOATS or isinstance(function, Row)


class _Source:
    """Shows the source of a compiled formula in tracebacks, written when one asks for it."""

    def __init__(self, *taken_apart: Any) -> None:
        self._taken_apart = taken_apart

    def get_source(self, _name: str) -> str:
        """What `linecache` shows."""
        return ast.unparse(_written(*self._taken_apart))


_numbers = itertools.count(1)


def compile_scalar(schedule: Schedule) -> Callable[[float], float]:
    """Trace a schedule's formula and return it as a Python function of one number."""
    traced = Tracer().apply(schedule, Symbol(None))
    if not (isinstance(traced, Symbol) and _is_float(traced)):
        traced = Symbol(float, traced)
    shape, shared, constants = _taken_apart(traced)
    code, places = _compiled(shape, shared)
    values = list(code.co_consts)
    for place, k in places:
        values[place] = constants[k]
    kind = type(schedule).__name__
    file = f"<{kind} {next(_numbers)}>, traced"
    others = {f"c{k}": one for k, one in enumerate(constants) if type(one) not in (int, float)}
    about = {"__name__": f"tsa_core.{kind}", "__loader__": _Source(shape, shared, constants)}
    code = code.replace(co_consts=tuple(values), co_filename=file)
    return FunctionType(code, _CALLED | others | about)
