"""A record in one class, a user's or ours, is seen everywhere."""

from __future__ import annotations

import copy
import json
import math
import pickle
import traceback
from typing import Any

import attrs
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, find, settings

import tsa_core
from tsa_core import Linear, Schedule, from_dict, to_dict
from tsa_core._fields import count_field, positive_field, record, schedule_field
from tsa_core._svg import reach
from tsa_core.analysis import bounds, breakpoints, crossings, integral, sample, summarize
from tsa_core.curves._ramp import Ramp
from tsa_core.plotting import plot
from tsa_core.testing import check_schedule, schedules, steps


@attrs.frozen
class Wave(Schedule):
    """What a user writes: fields, and one public method."""

    period: float
    floor: float = 0.0

    def formula(self, t: Any, ops: Any) -> Any:
        share = (1 + ops.cos(2 * math.pi / self.period * t)) / 2
        return ops.maximum(share, self.floor)


@attrs.frozen
class Every(Schedule):
    """Each operation and operator that a formula may use."""

    inner: Schedule

    def formula(self, t: Any, ops: Any) -> Any:
        part = abs(t % 7 + t // 3 % 5 + abs(-t) % 2 - (2 - t) % 3)
        smooth = ops.sin(part) + ops.tanh(t / 9) + ops.exp(-abs(t) / 50) + ops.expm1(-part / 90)
        smooth = smooth + ops.log(2 + part) + ops.log1p(part) + ops.sqrt(3 + part)
        inside = ((t > 2) & (t <= 9)) | ~(t >= 0) | (t == 12) | (t != t)
        whole = ops.round(part / 4) + ops.floor(part / 3) + 2**part / 64 + (1.0 + part) ** -1
        chosen = ops.where(inside, ops.minimum(smooth, whole), ops.maximum(smooth, whole, 1.0))
        return chosen + ops.apply(self.inner, t) + 4.0 / (1.0 + part) - 3 // (1 + part)


WAVES = [Wave(20.0), Wave(20.0, 0.25), Wave(7.0) * 3e-4, Wave(30.0).then(Wave(9.0), at=12)]
WAVES += [Every(Linear(0.0, 1.0, 10)), Wave(20.0).hold(3), Linear(0.0, 9.0, 30) + Wave(5.0)]
QUICK = settings(max_examples=3000, database=None, deadline=None)
STEPS = [-30, -1, 0, 1, 2, 3, 9, 10, 12, 14, 20, 31, 600]


@pytest.mark.parametrize("schedule", WAVES, ids=str)
def test_numbers_and_arrays_of_every_library(schedule: Schedule) -> None:
    """Agree, whole steps and others, compiled or not."""
    values = [schedule(step) for step in STEPS]
    assert all(type(value) is float for value in values)
    np.testing.assert_allclose(schedule(np.array(STEPS)), values, rtol=1e-13, atol=1e-15)
    exact = schedule(torch.tensor(STEPS, dtype=torch.float64))
    np.testing.assert_allclose(exact.numpy(), values, rtol=1e-13, atol=1e-15)
    compiled = torch.compile(schedule, fullgraph=True, backend="eager")
    torch.testing.assert_close(compiled(torch.tensor(STEPS, dtype=torch.float64)), exact)
    torch._dynamo.reset()
    for function in (schedule, jax.jit(schedule), jax.vmap(schedule)):
        found = np.asarray(function(jnp.array(STEPS)))
        np.testing.assert_allclose(found, values, rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize("schedule", WAVES, ids=str)
def test_the_laws(schedule: Schedule) -> None:
    """As for any record of ours: copies, pickle, repr and JSON included."""
    check_schedule(schedule, 100, rtol=1e-11)


def test_it_is_a_value() -> None:
    """Compared, hashed, printed, copied and pickled."""
    wave = Wave(20.0)
    assert wave == Wave(20.0) != Wave(21.0)
    assert len({wave, Wave(20.0), Wave(21.0)}) == 2
    assert repr(wave) == "Wave(period=20.0, floor=0.0)"
    assert copy.deepcopy(wave) == pickle.loads(pickle.dumps(wave)) == wave
    assert attrs.evolve(wave, floor=0.5) == Wave(20.0, 0.5)


def test_it_is_written_by_its_module_and_read_where_it_is_allowed() -> None:
    """Also inside another."""
    schedule, name = Wave(20.0).then(Linear(1.0, 0.0, 5), at=40), f"{__name__}:Wave"
    data = json.loads(json.dumps(to_dict(schedule)))
    assert data["schedules"][0] == {"type": name, "period": 20.0, "floor": 0.0}
    assert from_dict(data, allow={name: Wave}) == schedule
    said = rf"one of allow \(\[\]\), got '{name}'; to allow it, pass allow=\{{'{name}': Wave\}}$"
    with pytest.raises(ValueError, match=said):
        from_dict(data)


def test_it_is_drawn_and_summarised() -> None:
    """Sampled where nothing is known of it."""
    wave = Wave(20.0)
    assert "<polyline" in wave._repr_html_()
    assert len(plot(wave, 40).axes) == 1
    assert wave.length == math.inf
    assert integral(wave, 0, 20) == pytest.approx(10, rel=1e-12)
    assert crossings(wave, 0.5, 20) == pytest.approx((5, 15), rel=1e-12)
    assert breakpoints(wave) == ()
    assert bounds(wave, 40) == (0.0, 1.0)
    assert summarize(wave, 40).total == pytest.approx(sample(wave, 40).sum())


def test_mistakes_in_a_formula_are_named() -> None:
    """Those that would go unnoticed, or that nobody understands, among them."""

    @attrs.frozen
    class Branching(Schedule):
        def formula(self, t: Any, ops: Any) -> Any:
            return 1.0 if t > 3 else 0.0

    @attrs.frozen
    class OfMath(Schedule):
        def formula(self, t: Any, ops: Any) -> Any:
            return math.exp(t)

    with pytest.raises(TypeError, match=r"branch on a step with `if`; write ops\.where"):
        Branching()(1)
    with pytest.raises(TypeError, match=r"functions of math; write ops\.exp"):
        OfMath()(1)


def test_a_traceback_shows_the_traced_source() -> None:
    """The line that failed, with its numbers."""
    with pytest.raises(ZeroDivisionError) as caught:
        (1 / Linear(2.0, 0.0, 10))(10)
    shown = "".join(traceback.format_exception(caught.value))
    assert "return 1.0 / (0.0 if t >= 10 else 2.0 if t <= 0 else 2.0 * ((10 - t) / 10))" in shown


def test_a_traceback_shows_each_its_own() -> None:
    """Though two are of one kind."""
    for number in (3.0, 4.0):
        with pytest.raises(ZeroDivisionError) as caught:
            (number / Linear(2.0, 0.0, 10))(10)
        assert f"return {number} / (" in "".join(traceback.format_exception(caught.value))


@record
class Sawtooth(Schedule):
    """A record as we write them: what it does not say, the package finds out."""

    schedule: Schedule = schedule_field()
    period: int = count_field()
    depth: float = positive_field()

    def formula(self, t: Any, ops: Any) -> Any:
        """The value at the clock `t`, in the operations `ops`."""
        tooth = t % (self.period + 1) / (self.period + 1)
        return ops.apply(self.schedule, t) - self.depth * tooth


def test_a_record_of_ours_in_one_class_is_seen_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once it is exported: by the strategies, as data under its own name, in expressions."""
    monkeypatch.setattr(tsa_core, "Sawtooth", Sawtooth, raising=False)
    monkeypatch.setattr(tsa_core, "__all__", [*tsa_core.__all__, "Sawtooth"])
    quick = settings(
        max_examples=3000, database=None, deadline=None, suppress_health_check=list(HealthCheck)
    )
    found = find(schedules(1), lambda one: isinstance(one, Sawtooth), settings=quick)
    assert isinstance(found, Sawtooth)
    saw = Sawtooth(Linear(0.0, 1.0, 10), 6, 0.5)
    assert to_dict(saw)["type"] == "Sawtooth"
    assert from_dict(to_dict(saw)) == saw == eval(repr(saw), vars(tsa_core))
    assert saw._children() == [saw.schedule]
    assert (saw._bends(), reach(saw)) == ([0, 10], 10)
    assert "<polyline" in saw._repr_html_()
    assert find(steps(saw), lambda step: step > 5, settings=quick) > 5
    assert math.isfinite(integral(Linear(0.0, 1.0, 10) * saw, 0, 5))
    assert summarize(saw, 20).last == saw(19)
    check_schedule(saw, 50)


@record
class Smoothstep(Ramp):
    """A curve as we write them: what lies between the ends, and its area."""

    def _between(self, t: Any, ops: Any) -> Any:
        steps = self.num_steps - t if self._from_end else t
        share = steps / self.num_steps
        return self._from_nearer(share * share * (3 - 2 * share), ops)

    def _integral(self, a: float, b: float) -> float:
        return (self(a) + 4 * self((a + b) / 2) + self(b)) / 6 * (b - a)


@pytest.mark.parametrize("ends", [(0.0, 1.0), (1.0, 0.25)])
def test_a_curve_of_ours_has_its_area(ends: tuple[float, float]) -> None:
    """Between its ends by the formula that it must have, and as long as a value is held."""
    expected = 5 * sum(ends) + 3 * ends[1]
    assert integral(Smoothstep(*ends, 10), 0, 13) == pytest.approx(expected, rel=1e-13)
    with pytest.raises(TypeError, match="abstract"):
        type("Areal", (Ramp,), {"_between": Smoothstep._between})(*ends, 10)


@pytest.mark.parametrize("by_value", [False, True])
def test_900_nested_records_work(by_value: bool) -> None:
    """For numbers, and for arrays of every library, with pieces, tables and functions inside."""
    inner = Linear(0.0, 1.0, 10).then(tsa_core.Interpolated((0, 5, 9), (1.0, 2.0, 3.0)), at=20)
    inner = inner + tsa_core.Decay(1.0, 0.5, 4, True) + tsa_core.Custom(lambda step: step * 0.0 + 2)
    inner = inner * tsa_core.Constant(2.0)
    deep: Schedule = inner
    for _ in range(900):
        deep = deep.clip(-9.0, 99.0) if by_value else deep.shift(1)
    late = [step + (0 if by_value else 900) for step in (-3, 0, 7, 15, 23, 99)]
    values = [inner(step) for step in (-3, 0, 7, 15, 23, 99)]
    assert [deep(step) for step in late] == values
    assert deep(np.array(late)).tolist() == values
    assert deep(np.array(late, dtype=np.float64)).tolist() == values
    assert deep(torch.tensor(late, dtype=torch.float64)).tolist() == values
    assert np.asarray(deep(jnp.array(late))) == pytest.approx(values, rel=1e-6)


def test_many_pieces_cost_a_search() -> None:
    """Of a thousand, one is compiled and one is called."""
    pieces = tuple(Linear(float(n), 0.0, 10) for n in range(1000))
    joined = tsa_core.Joined(pieces, tuple(range(10, 10_000, 10)))
    assert joined(5003) == Linear(500.0, 0.0, 10)(3)
    assert sum(hasattr(piece, "_scalar") for piece in pieces) == 1
    late = np.array([5003, -2, 9999, 10**6, 17])
    assert joined(late).tolist() == [joined(step) for step in late.tolist()]
    every = np.arange(-20, 10_020)
    assert joined(every).tolist() == [joined(step) for step in every.tolist()]
