"""The catalogue: what every function in it keeps, for any valid arguments and for bad ones."""

from __future__ import annotations

import ast
import inspect
import math
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import tsa_core
from tests.core.catalogue_table import ENTRIES
from tests.helpers import NOT_FINITE, NOT_NUMBERS, label
from tsa_core import Constant, Cosine, InverseSqrt, Linear, Schedule, catalogue
from tsa_core.testing import check_schedule

NAMES = sorted(ENTRIES)
every_function = pytest.mark.parametrize("name", NAMES)


def function(name: str) -> Callable[..., Schedule]:
    """The function of that name."""
    found: Callable[..., Schedule] = getattr(catalogue, name)
    return found


def test_every_function_is_in_the_table_and_is_exported() -> None:
    """A new one without an entry fails here."""
    assert sorted(catalogue.__all__) == NAMES
    for name in NAMES:
        assert getattr(tsa_core, name) is function(name)
        assert name in tsa_core.__all__


@every_function
def test_an_example_names_every_parameter(name: str) -> None:
    """So that the tests of bad arguments miss none, and no other is taken."""
    assert list(ENTRIES[name].example) == list(inspect.signature(function(name)).parameters)
    assert isinstance(function(name)(**ENTRIES[name].example), Schedule)


@every_function
def test_the_code_has_ten_lines_or_fewer(name: str) -> None:
    """Without signature and docstring: a shape is put together, not programmed."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function(name)))).body[0]
    assert isinstance(tree, ast.FunctionDef)
    body = tree.body[1:]
    assert (body[-1].end_lineno or 0) - body[0].lineno < 10


@every_function
def test_the_docstring_is_complete(name: str) -> None:
    """A formula, each argument, the errors, the source and an example."""
    text = inspect.getdoc(function(name)) or ""
    for part in ("::\n", "Args:\n", "Raises:\n", "Source:\n", "Example:\n    >>> "):
        assert part in text, part
    for argument in inspect.signature(function(name)).parameters:
        assert f"    {argument}: " in text, argument


@every_function
@settings(max_examples=60)
@given(data=st.data())
def test_the_laws_are_kept(name: str, data: st.DataObject) -> None:
    """Finite everywhere, pure, data, the same for arrays, held outside: for any valid arguments."""
    schedule = function(name)(**data.draw(ENTRIES[name].arguments))
    check_schedule(schedule, data.draw(st.integers(1, 60)))


@every_function
def test_torch_and_jax_give_what_the_scalars_give(name: str) -> None:
    """Torch in float64, JAX under jit in float32."""
    schedule = function(name)(**ENTRIES[name].example)
    drawn = [-3, *range(0, 45, 3), 1000]
    scalars = [schedule(step) for step in drawn]
    double = schedule(torch.tensor(drawn, dtype=torch.float64))
    np.testing.assert_allclose(double, scalars, rtol=1e-13, atol=1e-15)
    single = jax.jit(schedule)(jnp.array(drawn))
    np.testing.assert_allclose(single, scalars, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("name", [name for name in NAMES if ENTRIES[name].end is not None])
@settings(max_examples=40)
@given(data=st.data())
def test_past_the_end_one_value_is_held(name: str, data: st.DataObject) -> None:
    """Exactly, and it is the documented one."""
    arguments = data.draw(ENTRIES[name].arguments)
    end = ENTRIES[name].end
    assert end is not None
    step, value = end(arguments)
    assume(step < math.inf)
    schedule = function(name)(**arguments)
    held = schedule(step)
    assert value is None or held == value
    for more in data.draw(st.lists(st.integers(0, 10**12) | st.floats(0, 1e12), max_size=5)):
        assert schedule(step + more) == held


STARTING = [
    name
    for name in NAMES
    if "start" in ENTRIES[name].example and name not in ("tanh_decay", "with_rewarmup")
]


@pytest.mark.parametrize("name", STARTING)
@settings(max_examples=40)
@given(data=st.data())
def test_the_start_is_exact(name: str, data: st.DataObject) -> None:
    """Bit for bit, unless it is below a floor or the first phase has no length."""
    arguments = data.draw(ENTRIES[name].arguments)
    assume(all(value for key, value in arguments.items() if key.startswith("num_")))
    assume(all(step > 0 for step in arguments.get("boundaries", ())))
    clipped = name in ("exponential_decay", "power_decay")
    first = max(arguments["start"], arguments["floor"]) if clipped else arguments["start"]
    assert function(name)(**arguments)(0) == first


def bad_values(annotation: str) -> Iterator[tuple[Any, type[Exception]]]:
    """What an argument of that type must refuse, and the error."""
    if annotation.startswith(("int", "float")):
        optional = "None" in annotation
        yield from ((one, TypeError) for one in NOT_NUMBERS if not (optional and one is None))
        yield from ((value, ValueError) for value in NOT_FINITE)
    if annotation.startswith("int"):
        yield from ((value, ValueError) for value in (-1, 2.5, 2**60))
    if annotation == "Schedule":
        yield from ((value, TypeError) for value in (1.0, None, "cosine", math.cos))
    if annotation.endswith("Kind"):
        yield from ((value, ValueError) for value in ("spline", None, 3, ["linear"]))
    if annotation.startswith("Sequence"):
        yield from ((value, TypeError) for value in (3, "1", {}))


BAD = [
    (name, argument, value, error)
    for name in NAMES
    for argument, parameter in inspect.signature(function(name)).parameters.items()
    for value, error in bad_values(parameter.annotation)
]


@pytest.mark.parametrize(
    ("name", "argument", "value", "error"),
    BAD,
    ids=[f"{name} {argument} {label(value)}" for name, argument, value, _ in BAD],
)
def test_a_bad_argument_is_named(
    name: str, argument: str, value: Any, error: type[Exception]
) -> None:
    """Of a wrong type, not finite, no whole number, no schedule, an unknown kind."""
    with pytest.raises(error, match=rf"^{argument} must"):
        function(name)(**{**ENTRIES[name].example, argument: value})


@pytest.mark.parametrize(
    ("name", "changes", "match"),
    [
        ("polynomial_decay", {"exponent": 0}, "exponent must be > 0, got 0"),
        ("exponential_decay", {"rate": 0}, "rate must be > 0"),
        ("exponential_decay", {"floor": -1}, "floor must be >= 0, got -1"),
        ("exponential_decay", {"start": -1}, "start must be >= 0, got -1"),
        ("exponential_decay", {"num_steps": 0}, "num_steps must be >= 1, got 0"),
        ("power_decay", {"floor": -1}, "floor must be >= 0, got -1"),
        ("power_decay", {"timescale": 0}, "timescale must be > 0, got 0"),
        ("inverse_sqrt_with_warmup", {"timescale": 0}, "timescale must be > 0, got 0"),
        ("inverse_sqrt_with_warmup", {"num_warmup_steps": -0.5}, "num_warmup_steps must be >= 0"),
        ("with_warmup", {"kind": "log"}, "kind 'log' must have whole steps, got 10.5 of them"),
        ("with_rewarmup", {"at": -1}, "at must be >= 0, got -1"),
        (
            "with_cooldown",
            {"kind": "geometric", "end": 0},
            r"end must not be 0 and must .* starts from \(0.5\) where it is 'geometric', got 0.0",
        ),
        ("with_cooldown", {"kind": "inverse", "end": -1}, "where it is 'inverse', got -1.0"),
        (
            "warmup_stable_decay",
            {"decay_kind": "inverse", "end": 0},
            r"starts from \(1.0\) where it is 'inverse', got 0.0",
        ),
        ("warmup_stable_decay", {"warmup_kind": "inverse"}, "warmup_kind must be one of 'linear'"),
        ("warmup_stable_decay", {"decay_kind": "log"}, "decay_kind must be one of 'linear', 'cos"),
        ("ema_decay", {"floor": 1.0}, r"decay must be >= floor \(1.0\), got 0.9999"),
        ("ema_decay", {"power": 0}, "power must be > 0, got 0"),
        ("ema_decay", {"inv_gamma": 0}, "inv_gamma must be > 0, got 0"),
        ("gaussian_ramp", {"sharpness": 0}, "sharpness must be > 0, got 0"),
        ("logistic_ramp", {"steepness": 0}, "steepness must be > 0, got 0"),
        ("logistic_ramp", {"midpoint": -1}, "midpoint must be >= 0, got -1"),
        ("noam", {"model_size": 0}, "model_size must be >= 1, got 0"),
        ("noam", {"num_warmup_steps": 0}, "num_warmup_steps must be >= 1, got 0"),
        (
            "cosine_with_warmup",
            {"num_training_steps": 9},
            r"num_training_steps must be >= num_warmup_steps \(10.5\), got 9",
        ),
        ("multi_step_decay", {"boundaries": (3, 1)}, "boundaries must be in ascending order"),
        ("multi_step_decay", {"boundaries": (-3, 1)}, r"boundaries\[0\] must be >= 0, got -3"),
        ("constant_then_full", {"num_steps": -1}, "num_steps must be >= 0, got -1"),
        ("piecewise_constant", {"values": (1.0,)}, "values must be one more than the 2 boundaries"),
        ("piecewise_constant", {"values": (1, 2, math.nan)}, r"values\[2\] must not be NaN"),
        ("piecewise_linear", {"steps": (1, 1, 2)}, "steps must be strictly increasing"),
        ("piecewise_cosine", {"values": (1, 2)}, "values must have one item for each of the 3"),
        ("with_restarts", {"num_cycles": None}, "num_cycles must be given where growth is not 1"),
        ("with_restarts", {"num_cycles": 0}, "num_cycles must be >= 1, got 0"),
        ("with_restarts", {"num_cycles": 0, "growth": 1}, "num_cycles must be >= 1, got 0"),
        ("with_restarts", {"gain": 0}, "gain must be > 0, got 0"),
        ("with_restarts", {"gain": 1e200}, "gain must keep the last of 3 cycles finite, got 1e"),
        ("cosine_with_restarts", {"gain": 1e200}, "gain must keep the last of 3 cycles finite"),
        ("with_restarts", {"growth": 0}, "growth must be > 0, got 0"),
        ("with_restarts", {"growth": 1e6, "num_cycles": 99}, "num_cycles must leave each > 0"),
        ("with_restarts", {"growth": 1e-6, "num_cycles": 99}, "num_cycles must leave each > 0"),
        ("with_restarts", {"num_cycle_steps": 0}, "num_cycle_steps must be > 0, got 0"),
        (
            "cosine_with_restarts",
            {"num_warmup_steps": 21},
            r"num_warmup_steps must be <= the shortest cycle \(20\), got 21",
        ),
        (
            "cosine_with_restarts",
            {"num_warmup_steps": 6, "growth": 0.5},
            r"num_warmup_steps must be <= the shortest cycle \(5.0\), got 6",
        ),
        (
            "one_cycle",
            {"num_training_steps": 5},
            r"num_training_steps must be >= num_warmup_steps \(10.5\), got 5",
        ),
        (
            "one_cycle_three_phase",
            {"num_training_steps": 15},
            r"num_training_steps must be >= num_warmup_steps \+ num_decay_steps \(15.5\), got 15",
        ),
        ("one_cycle", {"kind": "1-sqrt"}, "kind must be one of 'linear', 'cosine', got '1-sqrt'"),
        ("triangular", {"num_up_steps": 0}, "num_up_steps must be > 0, got 0"),
        ("triangular", {"num_down_steps": -1}, "num_down_steps must be > 0, got -1"),
        ("exp_range", {"rate": 0}, "rate must be > 0, got 0"),
        (
            "trapezoidal",
            {"num_training_steps": 12},
            r"num_training_steps must be >= num_warmup_steps \+ num_decay_steps \(13.5\), got 12",
        ),
        ("slanted_triangular", {"ratio": 0}, "ratio must be > 0, got 0"),
        ("with_swa", {"at": -1}, "at must be >= 0, got -1"),
        ("proportional", {"high": 0.0}, r"high must differ from low \(0.0\), got 0.0"),
        ("with_noise", {"num_steps": 0}, "num_steps must be >= 1, got 0"),
        ("with_noise", {"std": 0}, "std must be > 0, got 0"),
        ("with_noise", {"limit": 0}, "limit must be > 0, got 0"),
        ("by_fractions", {"fractions": (0.3, 0.6)}, "fractions must add up to 1"),
        ("by_fractions", {"fractions": (1.0005, 0.0001)}, "fractions must add up to 1"),
        ("by_fractions", {"fractions": ()}, "fractions must add up to 1"),
        ("by_fractions", {"fractions": (0.0, 1.0)}, r"fractions\[0\] must be > 0, got 0.0"),
        ("by_fractions", {"fractions": (1.0,)}, "schedules must have as many items as fractions"),
        ("by_fractions", {"clocks": ("fixed",)}, "clocks must have as many items as fractions"),
        ("by_fractions", {"clocks": ("fixed", "own")}, "clocks must be 'rescaled' or 'fixed'"),
        ("tanh_decay", {"lower": 4.0}, "lower must be < upper, both in"),
        ("tanh_decay", {"upper": 301.0}, "lower must be < upper, both in"),
        ("tanh_decay", {"num_steps": 0}, "num_steps must be >= 1, got 0"),
        ("hyperbolic_decay", {"num_steps": 0}, "num_steps must be >= 1, got 0"),
        ("hyperbolic_decay", {"upper_bound": 9}, r"upper_bound must be >= num_steps \(10\), got 9"),
        ("exp_hyperbolic_decay", {"floor": 0}, "floor must be of the sign of start"),
        ("exp_hyperbolic_decay", {"start": 0}, "floor must be of the sign of start"),
        ("exp_hyperbolic_decay", {"start": -1}, "floor must be of the sign of start"),
        ("k_decay", {"exponent": 0}, "exponent must be > 0, got 0"),
        ("k_decay", {"num_steps": 0}, "num_steps must be >= 1, got 0"),
        ("chebyshev_steps", {"largest": 0.01}, "largest must be >= smallest"),
        ("chebyshev_steps", {"smallest": 0}, "smallest must be > 0, got 0"),
    ],
)
def test_a_value_out_of_its_range_is_named(name: str, changes: dict[str, Any], match: str) -> None:
    """With what is allowed and what came."""
    with pytest.raises(ValueError, match=match):
        function(name)(**{**ENTRIES[name].example, **changes})


def test_an_item_that_is_no_schedule_is_named() -> None:
    """In a sequence of pieces."""
    with pytest.raises(TypeError, match=r"schedules\[1\] must be a Schedule, got 3"):
        catalogue.by_fractions([Constant(1.0), 3], [0.5, 0.5], 10)


@pytest.mark.parametrize("kind", ["linear", "cosine", "1-sqrt", "1-square"])
def test_a_warmup_is_the_mirror_image_of_a_cooldown(kind: Any) -> None:
    """Of the same kind, and both have exact ends."""
    whole = catalogue.warmup_stable_decay(
        10, 5, 10, start=0.1, peak=0.9, end=0.1, warmup_kind=kind, decay_kind=kind
    )
    for step in range(26):
        assert whole(step) == pytest.approx(whole(25 - step), rel=1e-14)
    assert [whole(step) for step in (0, 10, 15, 25)] == [0.1, 0.9, 0.9, 0.1]
    alone = catalogue.with_warmup(Constant(0.9), 10, start=0.1, kind=kind)
    assert [alone(step) for step in range(16)] == [whole(step) for step in range(16)]


def test_restarts_find_the_cycle_at_exact_powers() -> None:
    """`int(math.log(243, 3))` is 4: no logarithm is asked."""
    for growth in (2, 3, 5, 10):
        restarts = catalogue.cosine_with_restarts(1, 15, growth=growth)
        begins = [(growth**k - 1) // (growth - 1) for k in range(15)]
        assert [restarts(begin) for begin in begins] == [1.0] * 15
        assert restarts(np.array(begins)).tolist() == [1.0] * 15
        for k in range(1, 15):
            before = math.cos(math.pi * (growth ** (k - 1) - 1) / growth ** (k - 1))
            assert restarts(begins[k] - 1) == pytest.approx((1 + before) / 2, abs=1e-15)


def test_restarts_of_equal_cycles_have_no_end_unless_told() -> None:
    """And hold the floor after the last."""
    endless = catalogue.cosine_with_restarts(10, gain=0.5, peak=0.8, floor=0.2)
    assert endless(10) == pytest.approx(0.4, rel=1e-15)
    assert endless(20) == pytest.approx(0.2, rel=1e-15)
    assert catalogue.cosine_with_restarts(10)(10**9) == 1.0
    assert catalogue.cosine_with_restarts(10, 3, floor=0.2)(30) == 0.2


def test_restarts_of_a_schedule_that_has_no_end_stop_all_the_same() -> None:
    """At the end of the last cycle, whether cycles grow or not."""
    for growth, end in ((1, 30), (2, 70)):
        restarts = catalogue.with_restarts(
            tsa_core.Decay(1.0, 0.5, 10), 10, 3, growth=growth, gain=0.5
        )
        assert restarts(end - 10 * growth**2) == 0.25
        assert restarts(end) == restarts(end + 999) == 0.125


def test_noise_is_drawn_once_and_only_where_it_is_asked_for() -> None:
    """Between the limits, with the mean and spread of the distribution."""
    noisy = catalogue.with_noise(Constant(2.0), 4000, begin=100, std=0.1, limit=0.2, seed=3)
    assert [noisy(step) for step in (-7, 0, 99, 4100, 10**9)] == [2.0] * 5
    noise = noisy(np.arange(100, 4100)) / 2 - 1
    assert abs(noise).max() <= 0.2
    assert abs(noise.mean()) < 0.005
    assert noise.std() == pytest.approx(0.088, abs=0.003)  # a normal cut off at two deviations
    assert noisy == catalogue.with_noise(Constant(2.0), 4000, begin=100, std=0.1, limit=0.2, seed=3)
    assert noisy != catalogue.with_noise(Constant(2.0), 4000, begin=100, std=0.1, limit=0.2, seed=4)


def test_fractions_whose_sum_is_rounded_meet_their_step() -> None:
    """0.1 + 0.2 is not 0.3; the third piece begins at step 3 all the same."""
    pieces = [Constant(0.0), Constant(1.0), Constant(2.0)]
    schedule = catalogue.by_fractions(pieces, [0.1, 0.2, 0.7], 10)
    assert [schedule(step) for step in range(5)] == [0.0, 1.0, 1.0, 2.0, 2.0]


def test_a_shape_on_another_clock() -> None:
    """A constant clock, a clock outside the shape, a clock that is a shape."""
    clocked = tsa_core.Clocked
    assert clocked(tsa_core.Polynomial(1.0, 0.0, 10, 0.5), Constant(-5.0))(3) == 1.0
    assert clocked(Linear(1.0, 0.0, 10), Linear(-5.0, 15.0, 20))(10) == 0.5
    assert clocked(Cosine(1.0, 0.0, 10), Linear(0.0, 10.0, 20))(np.array([20])).tolist() == [0.0]
    with pytest.raises(TypeError, match="clock must be a Schedule, got 3"):
        clocked(Constant(1.0), 3)


def test_an_inverse_power() -> None:
    """Held before step 0; half powers and whole ones."""
    curve = tsa_core.InversePower(2.0, 10.0, 1.0)
    assert [curve(step) for step in (-5, 0, 10, 30)] == [2.0, 2.0, 1.0, 0.5]
    assert curve(np.array([-5, 10])).tolist() == [2.0, 1.0]
    with pytest.raises(ValueError, match="exponent must be > 0, got 0"):
        tsa_core.InversePower(1.0, 1.0, 0)


@pytest.mark.parametrize("kind", ["geometric", "inverse"])
@settings(max_examples=30)
@given(
    peak=st.floats(0.05, 5.0),
    end=st.floats(0.05, 5.0),
    num_steps=st.integers(1, 500) | st.floats(0.5, 500.0),
    sign=st.sampled_from((1.0, -1.0)),
)
def test_a_cooldown_that_is_straight_in_another_scale(
    kind: Any, peak: float, end: float, num_steps: float, sign: float
) -> None:
    """In the logarithm, or in one over the value; the ends are exact, and the laws are kept."""
    whole = catalogue.warmup_stable_decay(
        5, 5, num_steps, peak=sign * peak, end=sign * end, decay_kind=kind
    )
    bent = catalogue.with_cooldown(Constant(sign * peak), 10, num_steps, end=sign * end, kind=kind)
    check_schedule(whole, 40)
    check_schedule(bent, 40)
    scale = math.log if kind == "geometric" else lambda value: 1 / value
    for share in (0.25, 0.5, 0.75):
        exact = (1 - share) * scale(peak) + share * scale(end)
        for schedule in (whole, bent):
            value = scale(sign * schedule(10 + share * num_steps))
            assert value == pytest.approx(exact, rel=1e-9, abs=1e-9)
    for schedule in (whole, bent):
        assert schedule(10) == sign * peak
        assert schedule((10 + num_steps) * (1 + 1e-12)) == sign * end


def test_a_geometric_cooldown_of_a_schedule_that_runs_on() -> None:
    """It keeps its own course, and comes down by the share that a held one would."""
    running = InverseSqrt(1.0, 10.0)
    down = catalogue.with_cooldown(running, 30, 10, end=0.1, kind="geometric")
    for step in range(10):
        left = (0.5 * (0.1 / 0.5) ** (step / 10) - 0.1) / (0.5 - 0.1)
        assert down(30 + step) == pytest.approx(0.1 + (running(30 + step) - 0.1) * left, rel=1e-13)
    level = catalogue.with_cooldown(Constant(0.3), 5, 10, end=0.3, kind="geometric")
    assert [level(step) for step in range(20)] == pytest.approx([0.3] * 20, rel=1e-15)


def test_a_length_that_a_product_has_missed_says_what_to_write() -> None:
    """0.29 * 100 is 28.999999999999996; where only whole steps are taken, the message helps."""
    message = "num_steps must be a whole number, got 28.999999999999996; round it to 29"
    with pytest.raises(ValueError, match=message):
        catalogue.cosine_decay(0.29 * 100)
    with pytest.raises(ValueError, match=r"got 2.5$"):
        catalogue.cosine_decay(2.5)
    assert catalogue.with_warmup(Constant(1.0), 0.29 * 100)(29) == 1.0


def test_a_warmup_in_mid_run() -> None:
    """Before and after it the schedule is as it was; at step 0 nothing is delayed."""
    run = Linear(1.0, 0.0, 100)
    again = catalogue.with_rewarmup(run, 40, 20, start=0.1, kind="log")
    for step in (*range(40), *range(60, 120)):
        assert again(step) == run(step)
    for step in range(20):
        done = math.log(1 + step) / math.log(21)
        assert again(40 + step) == pytest.approx(0.1 + (run(60) - 0.1) * done, rel=1e-13)
    assert [catalogue.with_rewarmup(run, 0, 20)(step) for step in (0, 10, 30)] == [0.0, 0.4, 0.7]
