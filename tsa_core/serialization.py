"""Schedules as plain data: JSON types with a version, and nothing executed on load."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable, Mapping
from typing import Any

import attrs

import tsa_core
from tsa_core.combinators import Custom
from tsa_core.plateau import PlateauState, ReduceOnPlateau
from tsa_core.schedule import Schedule
from tsa_core.state import FrozenDict, ScheduleState

VERSION = 1
_MAX_DEPTH = 100

Record = Schedule | ScheduleState | ReduceOnPlateau | PlateauState


def _known(name: Any) -> type[Any] | None:
    """The record of that public name of `tsa_core`."""
    found = getattr(tsa_core, name, None) if isinstance(name, str) else None
    fits = isinstance(found, type) and issubclass(found, Record) and attrs.has(found)
    return found if fits else None


def _names() -> str:
    return ", ".join(filter(_known, tsa_core.__all__))


def _name_of(record: Any) -> str:
    """How a record is named in data: ours by their public name, others by their module too."""
    kind = type(record)
    if not (isinstance(record, Record) and attrs.has(kind)):
        raise TypeError(f"record must be a schedule, a rule or a state, got {record!r}")
    known = _known(kind.__name__) is kind
    return kind.__name__ if known else f"{kind.__module__}:{kind.__qualname__}"


def to_dict(record: Record) -> dict[str, Any]:
    """Write a schedule, a plateau rule or a state as plain JSON types.

    Args:
        record: The schedule, the rule or the state.

    Returns:
        Its type, its fields and the version of the format. A record of your own and a function in
        `Custom` are written as `"module:QualifiedName"`.

    Raises:
        TypeError: If `record` is of another type.
        ValueError: If it holds a function that cannot be imported by name, or is nested
            more than 100 deep.

    Example:
        >>> from tsa_core import Constant
        >>> to_dict(Constant(0.5))
        {'version': 1, 'type': 'Constant', 'value': 0.5}
    """
    _name_of(record)
    return {"version": VERSION, **_encode(record, 1)}


def from_dict(
    data: Mapping[str, Any], *, allow: Mapping[str, Callable[..., Any]] | None = None
) -> Any:
    """Read what `to_dict` wrote; every field is checked, and nothing is imported or run.

    Args:
        data: The mapping.
        allow: Your own records and the functions of `Custom` that it may use, by the name in
            `data`.

    Returns:
        The schedule, the rule or the state.

    Raises:
        TypeError: If something is of another type than the format says.
        ValueError: If the version, a type or a field is unknown or missing, a value is not
            allowed, a record or a function is not in `allow`, or the data are nested more than
            100 deep.

    Example:
        >>> from_dict({"version": 1, "type": "Constant", "value": 0.5})
        Constant(value=0.5)
    """
    if not isinstance(data, Mapping):
        raise TypeError(f"data must be a mapping, got {data!r}")
    if allow is not None and not isinstance(allow, Mapping):
        raise TypeError(
            f'allow must be a mapping by name, as in {{"module:Name": Name}}, got {allow!r}'
        )
    rest = dict(data)
    version = rest.pop("version", None)
    if type(version) is not int or version != VERSION:
        raise ValueError(f"version must be {VERSION}, got {version!r}")
    if rest.get("type") == "FrozenDict":
        raise ValueError(f"type must be one of {_names()}, got 'FrozenDict'")
    return _decode(rest, allow or {}, 1)


def _check_depth(depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise ValueError(f"data must be nested at most {_MAX_DEPTH} deep")


def _encode(value: Any, depth: int) -> Any:
    if isinstance(value, Record):
        _check_depth(depth)
        name = _name_of(value)
        fields = {
            field: _encode(getattr(value, field), depth + 1) for field in _fields(type(value))
        }
        return {"type": name, **fields}
    if isinstance(value, tuple):
        return [_encode(item, depth) for item in value]
    if isinstance(value, FrozenDict):
        items = {key: _encode(item, depth) for key, item in value.items()}
        return {"type": "FrozenDict", "items": items}
    return _qualified_name(value) if callable(value) else value


def _fields(kind: Any) -> list[str]:
    return [field.name for field in attrs.fields(kind)]


def _qualified_name(function: Any) -> str:
    module, name = getattr(function, "__module__", None), getattr(function, "__qualname__", None)
    found: Any = None
    with contextlib.suppress(ImportError):
        found = importlib.import_module(module) if module else None
    for part in (name or "").split("."):
        found = getattr(found, part, None)
    if found is not function:
        raise ValueError(f"function must be importable by its name to be written, got {function!r}")
    return f"{module}:{name}"


def _decode(data: Any, allow: Mapping[str, Callable[..., Any]], depth: int) -> Any:
    if isinstance(data, list):
        if any(isinstance(item, list) for item in data):
            raise TypeError("data must not contain a list in a list")
        return tuple(_decode(item, allow, depth) for item in data)
    if not isinstance(data, dict):
        return data
    _check_depth(depth)
    name = data.get("type")
    if name == "FrozenDict" and data.keys() == {"type", "items"}:
        return _decode_items(data["items"], allow, depth)
    record = _known(name) or _own(name, allow)
    names = _fields(record)
    if data.keys() - {"type"} != set(names):
        missing = ", ".join(one for one in names if one not in data) or "nothing"
        unknown = ", ".join(sorted(map(str, data.keys() - {"type", *names}))) or "nothing"
        raise ValueError(
            f"{name} must have the fields {', '.join(names)}; missing: {missing}; "
            f"unknown: {unknown}"
        )
    if record is Custom:
        return Custom(_allowed("function", data["function"], allow))
    return record(**{field: _decode(data[field], allow, depth + 1) for field in names})


def _own(name: Any, allow: Mapping[str, Callable[..., Any]]) -> Any:
    """The user's record that `allow` has under that name."""
    if not isinstance(name, str) or ":" not in name:
        raise ValueError(f"type must be one of {_names()}, got {name!r}")
    kind = _allowed("type", name, allow)
    if not (isinstance(kind, type) and issubclass(kind, Schedule) and attrs.has(kind)):
        raise TypeError(f"allow[{name!r}] must be a record of type Schedule, got {kind!r}")
    return kind


def _decode_items(items: Any, allow: Mapping[str, Callable[..., Any]], depth: int) -> Any:
    if not isinstance(items, dict):
        raise TypeError(f"items must be a mapping, got {items!r}")
    return {key: _decode(item, allow, depth + 1) for key, item in items.items()}


def _allowed(field: str, name: Any, allow: Mapping[str, Callable[..., Any]]) -> Callable[..., Any]:
    if not isinstance(name, str):
        raise TypeError(f"{field} must be a name, got {name!r}")
    if name not in allow:
        raise ValueError(
            f"{field} must be one of allow ({sorted(allow)}), got {name!r}; to allow it, pass "
            f"allow={{{name!r}: {name.rpartition(':')[2]}}}"
        )
    return allow[name]
