"""What a scheduler shows of itself: a table in text, a table with curves, and pictures."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.optim import SGD, AdamW
from torch.optim.lr_scheduler import StepLR

import tsa_torch as tsa
from tsa_core import Constant, Cosine, Linear, Schedule
from tsa_core.plotting import plot
from tsa_core.testing import schedules

WARM = Linear(0.0, 1.0, 10).then(Cosine(1.0, 0.0, 90), at=10)


def layers(*rates: float, **options: Any) -> AdamW:
    """An AdamW of one group for each rate."""
    groups = [{"params": [torch.nn.Parameter(torch.ones(1))], "lr": rate} for rate in rates]
    return AdamW(groups, **options)


def three() -> tsa.SynchronousSchedule:
    """A multiplier, an absolute one and a torch scheduler, at step 5."""
    optimizer = layers(1e-2, 1e-3, weight_decay=0.04)
    sync = tsa.SynchronousSchedule(
        [
            tsa.HyperparameterScheduler(optimizer, WARM),
            tsa.HyperparameterScheduler(optimizer, Linear(0.8, 0.9, 10), "betas[0]", absolute=True),
            tsa.arbitrary_schedule_factory(
                optimizer, lambda opt: StepLR(opt, 3), schedule_target="weight_decay"
            ),
        ]
    )
    for _ in range(5):
        sync.step()
    return sync


def test_the_table() -> None:
    """Each target with mode, step, initial and present values, and its schedule."""
    head, *rows = str(three()).splitlines()
    assert re.split(r"\s\s+", head) == ["target", "mode", "step", "initial", "present", "schedule"]
    cells = [re.split(r"\s\s+", row) for row in rows]
    assert cells[0][:5] == ["lr", "multiplier", "5", "0.01, 0.001", "0.005, 0.0005"]
    assert re.fullmatch(r"Joined\(.+….+\)", cells[0][5])
    assert cells[1] == [
        *("betas[0]", "absolute", "5", "2 x 0.9", "2 x 0.85"),
        "Linear(start=0.8, end=0.9, num_steps=10)",
    ]
    assert cells[2][:5] == ["weight_decay", "torch", "5", "2 x 0.04", "2 x 0.004"]
    assert cells[2][5] == "BoundScheduler('weight_decay', StepLR)"


def test_a_peak_on_a_rate_shows() -> None:
    """3e-4 multiplied on 1e-2, and a multiplier taken for the value: both can be read off."""
    optimizer = layers(1e-2)
    wrong = tsa.bind_schedules(
        optimizer,
        {"lr": Linear(3e-4, 0.0, 10), "weight_decay": Linear(1.0, 0.0, 10)},
        absolute={"weight_decay": True},
    )
    _, rate, decay = str(wrong).splitlines()
    assert re.match(r"lr +multiplier +0 +0\.01 +3e-06 ", rate)
    assert re.match(r"weight_decay +absolute +0 +0\.01 +1 ", decay)


@settings(deadline=None)
@given(
    schedules(),
    st.lists(st.floats(0, 1e9), min_size=1, max_size=15),
    st.text("abc", min_size=1, max_size=60),
    st.floats(0, 1e12),
)
def test_the_table_is_at_most_100_columns_wide(
    schedule: Schedule, values: list[float], name: str, step: float
) -> None:
    """Whatever the names, the schedules and the number of groups."""
    groups = SimpleNamespace(param_groups=[{"x": value} for value in values])
    scheduler = tsa.HyperparameterScheduler(groups, schedule, "x", last_epoch=step)
    text = str(tsa.SynchronousSchedule({name: scheduler}))
    assert max(map(len, text.splitlines())) <= 100


def scheduler_on_another() -> tsa.HyperparameterScheduler:
    return tsa.HyperparameterScheduler(layers(0.1), Constant(1.0))


def test_long_things_are_cut_in_the_middle() -> None:
    """Beginning and end stay, of schedules and of names; of many values the first and last."""
    optimizer = layers(*(1e-3 * 0.7**depth for depth in range(12)))
    name = "the_learning_rate_of_all_the_layers"
    scheduler = tsa.HyperparameterScheduler(optimizer, WARM)
    row = str(tsa.SynchronousSchedule({name: scheduler})).splitlines()[1]
    cells = re.split(r"\s\s+", row)
    assert cells[0] == "the_learn…yers: lr"
    assert cells[3] == "0.001 … 1.977e-05"
    assert cells[4] == "12 x 0"
    assert cells[5].startswith("Joined(")
    assert cells[5].endswith("(10,))")


def test_html_is_the_table_with_curves() -> None:
    """Well-formed, one row a target, one curve for each of ours, a dot at the step."""
    sync = three()
    table = ET.fromstring(sync._repr_html_())
    rows = table.findall("tr")
    assert [row[0].text for row in rows] == ["target", "lr", "betas[0]", "weight_decay"]
    assert [row[4].text for row in rows[1:3]] == ["0.005, 0.0005", "2 x 0.85"]
    svg = "{http://www.w3.org/2000/svg}"
    assert [len(row.findall(f".//{svg}circle")) for row in rows] == [0, 1, 1, 0]
    (curve,) = rows[2].iter(f"{svg}polyline")
    (dot,) = rows[2].iter(f"{svg}circle")
    points = [tuple(map(float, point.split(","))) for point in curve.get("points", "").split()]
    x, y = float(dot.get("cx", "")), float(dot.get("cy", ""))
    assert min(abs(x - a) + abs(y - b) for a, b in points) < 2  # it lies on the curve
    top, bottom = points[-1][1], points[0][1]
    assert y == pytest.approx((top + bottom) / 2, abs=0.5)  # half way of a straight line


def test_html_fits_light_and_dark() -> None:
    """Text and lines have the page's own colour; nothing has a ground of its own."""
    text = three()._repr_html_()
    assert "currentColor" in text
    assert set(re.findall(r"background:(\w+)", text)) == {"transparent"}
    assert set(re.findall(r"#\w{6}", text)) == {"#3b82f6", "#d1603d"}  # read well on both
    assert len(text) < 10_000


def test_a_scheduler_shows_itself_as_well() -> None:
    """One row; of several schedules three curves at most; a step past the end is in the picture."""
    optimizer = layers(*[0.1] * 5)
    many = [Linear(1.0, 0.0, 10 + index) for index in range(4)]
    scheduler = tsa.HyperparameterScheduler(optimizer, [*many, None])
    scheduler.step(1000)
    text = scheduler._repr_html_()
    assert text.count("<tr") == 2
    assert text.count("<svg") == 3
    assert all(58 <= float(x) <= 312.1 for x in re.findall(r'cx="([\d.]+)"', text))


def test_html_escapes() -> None:
    """A name is text, whatever is in it."""
    sync = tsa.SynchronousSchedule({"<b>&": scheduler_on_another()})
    assert "<td>&lt;b&gt;&amp;: lr</td>" in sync._repr_html_()


def curves(figure: Any) -> list[list[Any]]:
    """For each panel its curves, without the marks of boundaries."""
    return [[line for line in ax.get_lines() if len(line.get_xdata()) > 2] for ax in figure.axes]


def names(figure: Any) -> list[set[str]]:
    """What is written beside each panel's curves."""
    return [{text.get_text() for text in ax.texts} for ax in figure.axes]


def test_a_picture_of_absolute_values() -> None:
    """A panel for each target, a line for each distinct group, in the values to be written."""
    optimizer = layers(1e-2, 1e-3, 1e-2, weight_decay=0.04)
    sync = tsa.bind_schedules(
        optimizer,
        {"lr": WARM, "weight_decay": Linear(1.0, 2.0, 100), "betas[0]": Linear(0.8, 0.9, 100)},
        absolute={"betas[0]": True},
    )
    figure = plot(sync, 100)
    assert names(figure) == [{"lr/0 and 1 more", "lr/1"}, {"weight_decay"}, {"betas[0]"}]
    first, second, third = curves(figure)
    assert [max(line.get_ydata()) for line in first] == [1e-2, 1e-3]
    for lines, schedule in ((second, Linear(0.04, 0.08, 100)), (third, Linear(0.8, 0.9, 100))):
        (line,) = lines
        for step, value in zip(line.get_xdata(), line.get_ydata(), strict=True):
            assert value == pytest.approx(schedule(step), rel=1e-12)


def test_a_picture_of_what_is_written() -> None:
    """The lines go through the values that a run finds in the groups."""
    optimizer = layers(1e-2, 3e-3)
    scheduler = tsa.HyperparameterScheduler(optimizer, [WARM, Linear(1.0, 0.0, 50)])
    (lines,) = curves(plot(scheduler, 40))
    for step in range(41):
        for line, group in zip(lines, optimizer.param_groups, strict=True):
            drawn = dict(zip(line.get_xdata(), line.get_ydata(), strict=True))
            assert drawn[min(drawn, key=lambda x: abs(x - step))] == pytest.approx(
                group["lr"], rel=1e-2, abs=1e-5
            )
        scheduler.step()


def test_a_picture_of_named_groups_and_units() -> None:
    """Groups by name, a member by its name in the mapping; units as for schedules."""
    weights = [torch.nn.Parameter(torch.ones(1)) for _ in range(2)]
    optimizer = SGD(
        [
            {"params": [weights[0]], "name": "body"},
            {"params": [weights[1]], "name": "head", "lr": 1.0},
        ],
        lr=0.1,
    )
    sync = tsa.SynchronousSchedule({"rate": tsa.HyperparameterScheduler(optimizer, WARM)})
    figure = plot(sync, 100, units={"rate/head": "per step"})
    assert names(figure) == [{"rate/body", "rate/head (per step)"}]


def test_torch_schedulers_are_left_out() -> None:
    """Of a sync the others are drawn; of one that has no others nothing can be."""
    assert names(plot(three(), 20)) == [{"lr/0", "lr/1"}, {"betas[0]"}]
    bound = tsa.arbitrary_schedule_factory(layers(0.1), lambda opt: StepLR(opt, 3))
    with pytest.raises(ValueError, match="schedules must have at least one schedule, got torch"):
        plot(tsa.SynchronousSchedule([bound]), 20)


def test_anything_that_keeps_to_the_protocol() -> None:
    """The core knows no torch: whatever has the method is drawn."""

    class Run:
        def __plot_schedules__(self) -> Mapping[str, Mapping[str, Schedule]]:
            return {"one": {"a": Constant(1.0), "b": Constant(100.0)}, "two": {"c": Constant(1.0)}}

    assert names(plot(Run(), 10)) == [{"a", "b"}, {"c"}]
