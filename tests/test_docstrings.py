"""Every public name says what it is, what it takes, what it refuses, and shows a call."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from types import FunctionType
from typing import Any

import attrs
import pytest

from tests.public import NAMES

ELSEWHERE = re.compile(r"Arguments and errors are those of\s+`(\w+)`\.")
HANDED_OUT = {"BoundScheduler", "Comparison", "Summary"}
"""Public for `isinstance` and annotations only: a function returns them, callers build none."""

FOLKLORE = {"Linear", "Polynomial", "Exponential"}
"""Curves of the school book: their formula has no source to name."""


def docstring(found: Any) -> str:
    """An object's own docstring; the inherited one does not count."""
    text = found.__doc__ if inspect.isclass(found) else inspect.getdoc(found)
    return inspect.cleandoc(text or "")


def sections(text: str) -> dict[str, str]:
    """A docstring's sections by title; what comes before is under the empty one."""
    head, *rest = re.split(r"^([A-Z]\w+):\n", text, flags=re.MULTILINE)
    return {"": head, **dict(zip(rest[::2], rest[1::2], strict=True))}


def documented(found: Any) -> dict[str, str]:
    """The sections, those of the function that the docstring refers to included."""
    own = sections(docstring(found))
    other = ELSEWHERE.search(own[""])
    if other is None:
        return own
    return documented(getattr(inspect.getmodule(found), other[1])) | own


def is_error(found: Any) -> bool:
    """Whether it is an exception or a warning."""
    return inspect.isclass(found) and issubclass(found, Exception)


def parameters(found: Any) -> list[str]:
    """What a caller may pass; nothing to a class that callers do not build."""
    if is_error(found) or found.__name__ in HANDED_OUT:
        return []
    if attrs.has(found):
        return [field.name for field in attrs.fields(found) if field.init]
    return [name for name in inspect.signature(found).parameters if name != "self"]


def methods(found: Any) -> Iterator[tuple[str, Any]]:
    """The public methods and properties that a class defines itself."""
    for name, value in vars(found).items():
        function = value.fget if isinstance(value, property) else value
        if not name.startswith("_") and isinstance(function, FunctionType):
            yield name, function


def faults(name: str, found: Any) -> list[str]:
    """What a public name's docstring lacks."""
    parts = documented(found)
    missing = []
    summary = docstring(found).split("\n\n")[0]
    if not re.search(r"[.!?]$", summary) or "\n" in summary:
        missing.append("a summary of one line")
    arguments = parts.get("Args", "")
    missing += [
        f"Args: {parameter}"
        for parameter in parameters(found)
        if not re.search(rf"^ +\*{{0,2}}{parameter}: \S", arguments, re.MULTILINE)
    ]
    if parameters(found) and "Raises" not in parts:
        missing.append("Raises")
    if not is_error(found) and ">>> " not in parts.get("Example", ""):
        missing.append("an example")
    if needs_source(found, parts) and "Source" not in parts:
        missing.append("Source")
    return [f"{name}: {fault}" for fault in missing]


def needs_source(found: Any, parts: dict[str, str]) -> bool:
    """Whether somebody else had the formula first."""
    module = inspect.getmodule(found).__name__  # type: ignore[union-attr]  # all have one
    if module.startswith("tsa_core.catalogue"):
        return True
    formulas = ("tsa_core.curves.ramps", "tsa_core.curves.others")
    return module in formulas and "::" in parts[""] and found.__name__ not in FOLKLORE


@pytest.mark.parametrize("name", NAMES)
def test_public_name_is_documented(name: str) -> None:
    """A summary, each argument, the errors, an example, the source of a formula."""
    assert not faults(name, NAMES[name])


@pytest.mark.parametrize("name", [name for name, found in NAMES.items() if inspect.isclass(found)])
def test_methods_are_documented(name: str) -> None:
    """Each public method has a summary; one of several parameters mentions each of them."""
    for method, function in methods(NAMES[name]):
        text = docstring(function)
        assert text.split("\n")[0].endswith("."), f"{name}.{method} has no summary"
        names = [one for one in parameters(function) if one not in ("args", "kwargs")]
        for parameter in names if len(names) > 1 else []:
            mentioned = re.search(rf"`{parameter}`|\b{parameter}: ", text)
            assert mentioned, f"{name}.{method} does not mention {parameter}"


def bare(value: float, other: float = 1.0) -> float:
    return value * other


def half(value: float, other: float = 1.0) -> float:  # noqa: D417 - that is what it is for
    """The product.

    Args:
        value: One factor.

    Raises:
        TypeError: If it is no number.

    Example:
        >>> half(2.0)
        2.0
    """
    return value * other


def test_what_is_missing_is_named() -> None:
    """The check sees an empty docstring and a forgotten argument."""
    assert faults("bare", bare) == [
        "bare: a summary of one line",
        "bare: Args: value",
        "bare: Args: other",
        "bare: Raises",
        "bare: an example",
    ]
    assert faults("half", half) == ["half: Args: other"]
