"""The thirteen schedules against closed forms of 50 digits, and their laws."""

import copy
import json
import math
import pickle

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tsa_core

POWERS = {"linear": 1, "quadratic": 2, "sqrt": 0.5}


def oracle(name, arguments, t):
    """The documented formula, in mpmath."""
    with mp.workdps(50):
        named = dict(arguments)
        top = mp.mpf(named["warmup_to_value"])
        warm = named["num_warmup_steps"]
        total = named.get("num_training_steps", warm)
        end = mp.mpf(named.get("anneal_to_value", top))
        if t < warm:
            if "inverse" not in name:
                return top * t / warm
            ratio = mp.mpf(named["warmup_multiplier"])
            return top * (ratio - (ratio - 1) * mp.mpf(t) / warm)
        if t >= total:
            return end
        done = mp.mpf(t - warm) / (total - warm)
        if name.startswith("cosine"):
            return end + (top - end) * mp.cos(mp.pi / 2 * done)
        power = named.get("polynomial_exponent", POWERS.get(name.split("_")[0], 1))
        return end + (top - end) * (1 - done) ** mp.mpf(power)


CONFIGS = [
    (1.0, 0.0, 10, 200),
    (1.0, 0.01, 100, 1000),
    (0.1, 1.0, 100, 1000),
    (0.3, 0.3, 7, 50),
    (3e-4, 7.0, 0, 333),
    (0.7, 0.0, 13, 13),
    (0.0, 1.0, 5, 2000),
]
SHAPES = [
    f"{shape}_{middle}with_{kind}warmup"
    for shape, middle in [
        ("cosine", "annealing_"),
        ("polynomial", "schedule_"),
        ("linear", "schedule_"),
        ("quadratic", "schedule_"),
        ("sqrt", "schedule_"),
    ]
    for kind in ("", "inverse_")
]


def cases():
    """Every schedule in several configurations."""
    for name in SHAPES:
        for top, end, warm, total in CONFIGS:
            named = {
                "warmup_to_value": top,
                "anneal_to_value": end,
                "num_warmup_steps": warm,
                "num_training_steps": total,
            }
            powers = [0.5, 1, 2, 2.7, 3] if name.startswith("polynomial") else [None]
            ratios = [20.0, 1.5] if "inverse" in name else [None]
            for power in powers:
                for ratio in ratios:
                    extra = {"polynomial_exponent": power, "warmup_multiplier": ratio}
                    yield name, named | {k: v for k, v in extra.items() if v is not None}
    yield "constant_with_warmup", {"warmup_to_value": 0.3, "num_warmup_steps": 90}
    yield (
        "constant_with_inverse_warmup",
        {"warmup_to_value": 0.3, "num_warmup_steps": 90, "warmup_multiplier": 20.0},
    )


CASES = list(cases())


@pytest.mark.parametrize(("name", "named"), CASES)
def test_is_within_four_ulp_of_the_closed_form_and_exact_at_the_ends(name, named):
    """At every step, and in one call over all of them."""
    schedule = getattr(tsa_core, name)(**named)
    warm = named["num_warmup_steps"]
    total = named.get("num_training_steps", warm)
    steps = np.arange(0, total + 3)
    array = schedule(steps)
    assert array.dtype == np.float64
    for t, from_array in zip(steps.tolist(), array.tolist(), strict=True):
        exact, value = oracle(name, named, t), schedule(t)
        assert type(value) is float
        assert abs(mp.mpf(value) - exact) <= 4 * math.ulp(float(exact)), (t, value, exact)
        assert abs(mp.mpf(from_array) - exact) <= 8 * math.ulp(float(exact)), (t, from_array)
    end = named.get("anneal_to_value", named["warmup_to_value"])
    assert schedule(total) == schedule(10 * total + 1) == schedule(math.inf) == end
    if warm < total:
        assert schedule(warm) == named["warmup_to_value"]
    assert schedule(-5) == schedule(0)


values = st.floats(0, 1e6, allow_subnormal=False)
lengths = st.integers(0, 10_000)


@st.composite
def schedules(draw):
    """One of the eleven that anneal, with its extremes and phases."""
    name = draw(st.sampled_from(SHAPES))
    top, end, warm, rest = draw(values), draw(values), draw(lengths), draw(lengths)
    named = {}
    if name.startswith("polynomial"):
        named["polynomial_exponent"] = draw(st.floats(0.1, 10))
    start = 0.0 if warm else top
    if "inverse" in name:
        named["warmup_multiplier"] = draw(st.floats(0, 100))
        start = top * named["warmup_multiplier"] if warm else top
    schedule = getattr(tsa_core, name)(top, end, warm, warm + rest, **named)
    return schedule, (start, top if rest else end, end), (warm, warm + rest)


@given(schedules(), st.data())
def test_stays_between_its_ends_in_each_phase_and_is_monotone(built, data):
    """Two steps of a phase lie in the order of its ends, up to the last bits."""
    schedule, (start, top, end), (warm, total) = built
    for low, high, first, last in ((0, warm, start, top), (warm, total, top, end)):
        pair = sorted(data.draw(st.tuples(st.integers(low, high), st.integers(low, high))))
        a, b = schedule(pair[0]), schedule(pair[1])
        if low < high:
            lowest, highest = sorted((first, last)) if high == total else (0.0, math.inf)
            assert lowest <= a <= highest
            slack = 4 * math.ulp(max(a, b))
            if high == total:
                assert (b - a) * (1 if last >= first else -1) >= -slack


@given(schedules(), st.lists(st.floats(-10, 30_000), min_size=1, max_size=20))
def test_a_number_and_an_array_agree(built, steps):
    """To the last few bits, whichever way the step comes."""
    schedule = built[0]
    one_by_one = np.array([schedule(step) for step in steps])
    np.testing.assert_allclose(schedule(np.array(steps)), one_by_one, rtol=1e-13, atol=1e-290)


@given(schedules())
def test_is_data(built):
    """Equal, hashed alike, printed, pickled, copied and written to JSON and back."""
    schedule = built[0]
    again = [
        eval(repr(schedule), dict(vars(tsa_core))),
        pickle.loads(pickle.dumps(schedule)),
        copy.deepcopy(schedule),
        tsa_core.from_dict(json.loads(json.dumps(tsa_core.to_dict(schedule)))),
    ]
    for other in again:
        assert other == schedule
        assert hash(other) == hash(schedule)
        assert other(7) == schedule(7)


VALID = dict(CASES)
NUMBERS = [
    "warmup_to_value",
    "anneal_to_value",
    "warmup_multiplier",
    "polynomial_exponent",
]


def bad_arguments():
    """Every argument with every kind of mistake."""
    yield "constant_schedule", {"value": 1.0}, "value", -1.0, ValueError
    for name, named in VALID.items():
        for argument in named:
            for wrong in ("1", None, [1.0], 1j, True):
                yield name, named, argument, wrong, TypeError
            for wrong in (math.nan, math.inf, -1):
                yield name, named, argument, wrong, ValueError
            if argument not in NUMBERS:
                yield name, named, argument, 2.5, ValueError
        if "polynomial_exponent" in named:
            yield name, named, "polynomial_exponent", 0, ValueError
        if "num_training_steps" in named:
            early = named["num_warmup_steps"] - 1
            yield name, named, "num_training_steps", early, ValueError
        if "warmup_multiplier" in named:
            large = named | {"warmup_to_value": 1e300}
            yield name, large, "warmup_multiplier", 1e300, ValueError


@pytest.mark.parametrize(("name", "named", "argument", "wrong", "error"), list(bad_arguments()))
def test_bad_arguments_are_named(name, named, argument, wrong, error):
    """With what came."""
    with pytest.raises(error, match=argument) as caught:
        getattr(tsa_core, name)(**(named | {argument: wrong}))
    assert repr(wrong) in str(caught.value)


def test_a_whole_float_is_a_number_of_steps():
    """100.0 is 100."""
    assert tsa_core.constant_with_warmup(1, 100.0) == tsa_core.constant_with_warmup(1.0, 100)
