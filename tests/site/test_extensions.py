"""What the site's own extensions do that no page of today shows."""

from __future__ import annotations

import importlib
import pkgutil

import pictures
import pytest
import reference

import tsa_core


def test_lines_of_a_picture() -> None:
    """A schedule, a function and recorded values, each under its name or the empty one."""
    line = tsa_core.Linear(0.0, 1.0, 10)
    steps, values = pictures.traces(line, 10)[""]
    assert (steps[0], steps[-1], values[0], values[-1]) == (0.0, 10.0, 0.0, 1.0)
    halves = pictures.traces({"a": lambda step: step / 2}, 10)["a"]
    assert halves == (steps, [step / 2 for step in steps])
    assert pictures.traces([3, 1, 2], 10)[""] == ([0.0, 1.0, 2.0], [3.0, 1.0, 2.0])


@pytest.mark.parametrize("number", [1, 2, 9])
def test_a_panel_for_each_name(number: int) -> None:
    """More names than colours is no error, and each name is in the picture."""
    series = pictures.traces({f"name {n}": tsa_core.Constant(float(n)) for n in range(number)}, 5)
    drawn = pictures.draw(series, small=False)
    assert all(f">name {n}<" in drawn for n in range(number))


def test_pictures_are_the_same_every_time() -> None:
    """No date and no random id: an unchanged schedule is an unchanged file."""
    series = pictures.traces(tsa_core.Cosine(1.0, 0.0, 10), 10)
    assert pictures.draw(series, small=False) == pictures.draw(series, small=False)


def test_interactive_code_without_its_errors() -> None:
    """The statements of an interactive block run, except those that show an error."""
    text = (
        ">>> a = 1\n>>> a / 0\nTraceback (most recent call last):\nZeroDivisionError: x\n>>> a\n1\n"
    )
    assert pictures._code(text) == "a = 1\na\n"
    assert pictures._code("a = 1\n") == "a = 1\n"


@pytest.mark.parametrize("package", reference.PACKAGES)
def test_every_name_has_a_section_and_something_to_see_also(package: str) -> None:
    """In the API reference; a family's schedules lead to each other, the rest to their section."""
    found = reference.sections(package)
    names = [name for names in found.values() for name in names]
    assert sorted(names) == sorted(importlib.import_module(package).__all__)
    for name in names:
        others = reference.neighbours(package, name)
        assert others, name
        assert all(other.rpartition(".")[2] != name for other in others)
        assert all(pkgutil.resolve_name(other) for other in others)


def test_code_may_break_after_a_mark() -> None:
    """Inside of code only, and never inside an entity."""
    context = {"body": '<p>a_b <span class="pre">a_b.c(&lt;d_</span></p>'}
    reference.breakable(None, "", "", context, None)  # type: ignore[arg-type]  # not used
    assert context["body"] == '<p>a_b <span class="pre">a_<wbr>b.<wbr>c(&lt;d_</span></p>'
