"""The table behind the pages of all schedules: complete, and each call makes what it names."""

from __future__ import annotations

import inspect
from collections import Counter
from typing import Any
from xml.etree import ElementTree

import formulas
import gallery
import numpy as np
import pictures
import pytest

import tsa_core

ENTRIES: list[dict[str, Any]] = [entry for group in gallery.groups() for entry in group["schedule"]]


def test_every_public_schedule_is_shown_once() -> None:
    """A new public schedule fails here until `docs/schedules.toml` has a call of it."""
    shown = Counter(entry["name"] for entry in ENTRIES)
    missing, unknown = gallery.builders() - shown.keys(), shown.keys() - gallery.builders()
    assert not missing, f"add to docs/schedules.toml: {sorted(missing)}"
    assert not unknown, f"no public schedule: {sorted(unknown)}"
    assert set(shown.values()) == {1}


def test_builders_are_what_makes_a_schedule() -> None:
    """Records and functions that return one count; the base, the state and the rest do not."""
    found = gallery.builders()
    assert {"Linear", "Custom", "join", "cosine_annealing_with_warmup"} <= found
    assert not {"Schedule", "ScheduleState", "init", "advance", "to_dict", "from_dict"} & found


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["name"])
def test_call_is_of_its_name_and_draws(entry: dict[str, Any]) -> None:
    """The call names the entry, makes a schedule, and its picture is the schedule's values."""
    assert entry["call"].startswith(f"{entry['name']}(")
    schedule = eval(entry["call"], dict(vars(tsa_core)))
    assert isinstance(schedule, tsa_core.Schedule)
    steps, values = pictures.trace(schedule, entry.get("steps", gallery.STEPS))
    assert np.isfinite(values).all()
    assert values[240] == pytest.approx(schedule(steps[240]), rel=1e-12)
    assert "<path" in pictures.draw({"": (steps, values)}, small=True)


def test_parts_of_a_docstring() -> None:
    """Summary, formula and sections come apart."""
    found = gallery.parts(
        "One.\n\n::\n\n    a = 1\n    b = 2\n\nMore.\n\nSource:\n    Me,\n    here.\n"
    )
    assert found["Summary"] == "One."
    assert found["Formula"] == "a = 1\nb = 2"
    assert found["More"] == "More."
    assert found["Source"] == "Me,\nhere."


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["name"])
def test_every_formula_is_typeset(entry: dict[str, Any]) -> None:
    """Each formula of a docstring becomes MathML that is well formed."""
    doc = inspect.getdoc(getattr(tsa_core, entry["name"]))
    formula = gallery.parts(doc)["Formula"]
    found = ElementTree.fromstring(f"<div>{formulas.mathml(formula)}</div>")
    assert len(found.findall("math")) == len(formulas.definitions(formula))


def test_formulas_in_mathml() -> None:
    """Fractions, powers, indices, cases; parentheses only where they are needed."""

    def text(formula: str) -> str:
        return "".join(ElementTree.fromstring(formulas.mathml(formula)).itertext())

    assert text("a = (b + c) * d / 2 - e") == "a=(b+c)·d2\N{MINUS SIGN}e"
    assert text("a = b * c / (d - 1)") == "a=b·cd\N{MINUS SIGN}1"
    assert text("a = b - (c - d)") == "a=b\N{MINUS SIGN}(c\N{MINUS SIGN}d)"
    assert text("a = (1 + t) ** -k") == "a=(1+t)\N{MINUS SIGN}k"
    assert text("f(t) = floor(pi * t) + x[i]") == "f(t)=⌊π·t⌋+xi"
    assert text("a = b    # t < 2\n    c    # t >= 2") == "a={bt < 2ct ≥ 2"
    assert "<msub><mi>begin</mi><mi>i</mi></msub>" in formulas.mathml("begin_i = 0")
    assert "<msub><mi>a</mi><mrow><mi>i</mi>" in formulas.mathml("b = a_(i - 1)")
    assert formulas.definitions("a = 1,   b = 2") == [("a", [("1", "")]), ("b", [("2", "")])]
    with pytest.raises(SyntaxError):
        formulas.mathml("a = not b")
