"""The catalogue as a table: for each function its arguments, its end and one valid example."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.core.catalogue_strategies import (
    Entry,
    at,
    cooldowns,
    counts,
    cycles,
    cycles_end,
    lengths,
    nearly,
    not_negative,
    of,
    ordered,
    phases,
    points,
    positive,
    ramps,
    rises,
    schedules,
    shares,
    spans,
    values,
    with_rest,
)
from tsa_core import Constant, InverseSqrt, Linear
from tsa_core.catalogue import cosine_decay, linear_decay

SCHEDULE = cosine_decay(20)

ENTRIES: dict[str, Entry] = {
    "linear_decay": Entry(
        {"num_steps": 10, "start": 1.0, "end": 0.1},
        of(num_steps=counts, start=values, end=values),
        at("num_steps", "end"),
    ),
    "cosine_decay": Entry(
        {"num_steps": 10, "start": 1.0, "end": 0.1},
        of(num_steps=counts, start=values, end=values),
        at("num_steps", "end"),
    ),
    "polynomial_decay": Entry(
        {"num_steps": 10, "exponent": 2.0, "start": 1.0, "end": 0.1},
        of(num_steps=counts, exponent=positive, start=values, end=values),
        at("num_steps", "end"),
    ),
    "exponential_decay": Entry(
        {"num_steps": 10, "rate": 0.5, "start": 1.0, "floor": 0.1},
        of(num_steps=lengths, rate=positive, start=not_negative, floor=not_negative),
    ),
    "inverse_time_decay": Entry(
        {"timescale": 10.0, "start": 1.0}, of(timescale=positive, start=values)
    ),
    "power_decay": Entry(
        {"timescale": 10.0, "exponent": 0.5, "start": 1.0, "floor": 0.1},
        of(timescale=positive, exponent=positive, start=not_negative, floor=not_negative),
    ),
    "inverse_sqrt_with_warmup": Entry(
        {"num_warmup_steps": 10.5, "timescale": 5.0, "start": 0.1, "peak": 1.0},
        of(num_warmup_steps=spans, timescale=st.none() | positive, start=values, peak=values),
    ),
    "noam": Entry(
        {"model_size": 512, "num_warmup_steps": 10, "scale": 1.0},
        of(model_size=lengths, num_warmup_steps=lengths, scale=values),
    ),
    "with_warmup": Entry(
        {"schedule": SCHEDULE, "num_warmup_steps": 10.5, "start": 0.1, "kind": "linear"},
        rises(),
    ),
    "with_rewarmup": Entry(
        {
            "schedule": SCHEDULE,
            "at": 5.0,
            "num_warmup_steps": 10.5,
            "start": 0.1,
            "kind": "linear",
        },
        st.tuples(rises(), of(at=spans)).map(lambda drawn: {**drawn[0], **drawn[1]}),
    ),
    "cosine_with_warmup": Entry(
        {
            "num_warmup_steps": 10.5,
            "num_training_steps": 30.0,
            "start": 0.1,
            "peak": 1.0,
            "end": 0.1,
        },
        ordered(
            "num_warmup_steps",
            "num_training_steps",
            each=spans,
            start=values,
            peak=values,
            end=values,
        ),
        at("num_training_steps", "end"),
    ),
    "step_decay": Entry(
        {"num_steps": 10, "rate": 0.5, "start": 1.0},
        of(num_steps=lengths, rate=positive, start=values),
    ),
    "multi_step_decay": Entry(
        {"boundaries": (10, 20), "rate": 0.5, "start": 1.0},
        of(boundaries=st.lists(counts, max_size=5).map(sorted), rate=positive, start=values),
        lambda given: (max(given["boundaries"], default=0), None),
    ),
    "constant_then_full": Entry(
        {"num_steps": 10.0, "start": 0.5, "end": 1.0},
        of(num_steps=spans, start=values, end=values),
        at("num_steps", "end"),
    ),
    "piecewise_constant": Entry(
        {"boundaries": (10, 20), "values": (1.0, 0.5, 0.1)},
        points(1, "boundaries"),
        lambda given: (given["boundaries"][-1], given["values"][-1]),
    ),
    "piecewise_linear": Entry(
        {"steps": (10, 20, 30), "values": (1.0, 0.5, 0.1)},
        points(),
        lambda given: (given["steps"][-1], given["values"][-1]),
    ),
    "piecewise_cosine": Entry(
        {"steps": (10, 20, 30), "values": (1.0, 0.5, 0.1)},
        points(),
        lambda given: (given["steps"][-1], given["values"][-1]),
    ),
    "with_restarts": Entry(
        {
            "schedule": SCHEDULE,
            "num_cycle_steps": 20.0,
            "num_cycles": 3,
            "growth": 2.0,
            "gain": 0.5,
        },
        st.tuples(cycles(), schedules).map(lambda drawn: {**drawn[0], "schedule": drawn[1]}),
        lambda given: (cycles_end(given), None),
    ),
    "cosine_with_restarts": Entry(
        {
            "num_cycle_steps": 20.0,
            "num_cycles": 3,
            "growth": 2.0,
            "gain": 0.5,
            "peak": 1.0,
            "floor": 0.1,
            "num_warmup_steps": 2,
        },
        st.tuples(cycles(), of(peak=values, floor=values, num_warmup_steps=st.integers(0, 2))).map(
            lambda drawn: {**drawn[0], **drawn[1]}
        ),
        lambda given: (cycles_end(given), given["floor"]),
    ),
    "one_cycle": Entry(
        {
            "num_warmup_steps": 10.5,
            "num_training_steps": 30.0,
            "start": 0.1,
            "peak": 1.0,
            "end": 0.01,
            "kind": "cosine",
        },
        ordered(
            "num_warmup_steps",
            "num_training_steps",
            each=spans,
            start=values,
            peak=values,
            end=values,
            kind=ramps,
        ),
        at("num_training_steps", "end"),
    ),
    "one_cycle_three_phase": Entry(
        {
            "num_warmup_steps": 10.5,
            "num_decay_steps": 5.0,
            "num_training_steps": 30.0,
            "start": 0.1,
            "peak": 1.0,
            "end": 0.01,
            "kind": "cosine",
        },
        of(
            num_warmup_steps=spans,
            num_decay_steps=spans,
            num_training_steps=spans,
            start=values,
            peak=values,
            end=values,
            kind=ramps,
        ).map(with_rest("num_training_steps", "num_warmup_steps", "num_decay_steps")),
        at("num_training_steps", "end"),
    ),
    "one_cycle_momentum": Entry(
        {
            "num_warmup_steps": 10.5,
            "num_training_steps": 30.0,
            "peak": 0.95,
            "floor": 0.85,
            "kind": "linear",
        },
        ordered(
            "num_warmup_steps",
            "num_training_steps",
            each=spans,
            peak=values,
            floor=values,
            kind=ramps,
        ),
        at("num_training_steps", "peak"),
    ),
    **{
        name: Entry(
            {"num_up_steps": 4.0, "num_down_steps": 6.0, **more, "floor": 0.1, "peak": 1.0},
            of(
                num_up_steps=spans,
                num_down_steps=st.none() | spans,
                floor=values,
                peak=values,
                **dict.fromkeys(more, positive),
            ),
        )
        for name, more in (
            ("triangular", {}),
            ("triangular2", {}),
            ("exp_range", {"rate": 0.9}),
            ("cosine_cycles", {}),
        )
    },
    "warmup_stable_decay": Entry(
        {
            "num_warmup_steps": 5.5,
            "num_stable_steps": 10.0,
            "num_decay_steps": 8.0,
            "start": 0.0,
            "peak": 1.0,
            "end": 0.1,
            "warmup_kind": "linear",
            "decay_kind": "1-sqrt",
        },
        of(
            num_warmup_steps=spans,
            num_stable_steps=spans,
            num_decay_steps=spans,
            start=values,
            peak=values,
            end=values,
            warmup_kind=phases,
            decay_kind=cooldowns,
        ),
        nearly("num_warmup_steps", "num_stable_steps", "num_decay_steps"),
    ),
    "trapezoidal": Entry(
        {
            "num_warmup_steps": 5.5,
            "num_decay_steps": 8.0,
            "num_training_steps": 30.0,
            "peak": 1.0,
            "end": 0.1,
        },
        of(
            num_warmup_steps=spans,
            num_decay_steps=spans,
            num_training_steps=spans,
            peak=values,
            end=values,
        ).map(with_rest("num_training_steps", "num_warmup_steps", "num_decay_steps")),
        nearly("num_training_steps"),
    ),
    "flat_cosine": Entry(
        {"num_flat_steps": 10.5, "num_training_steps": 30.0, "start": 1.0, "end": 0.1},
        ordered("num_flat_steps", "num_training_steps", each=spans, start=values, end=values),
        at("num_training_steps", "end"),
    ),
    "with_cooldown": Entry(
        {
            "schedule": InverseSqrt(1.0, 10.0),
            "at": 30.0,
            "num_decay_steps": 10.5,
            "end": 0.1,
            "kind": "linear",
        },
        of(schedule=schedules, at=spans, num_decay_steps=spans, end=values, kind=cooldowns),
        nearly("at", "num_decay_steps"),
    ),
    "slanted_triangular": Entry(
        {"num_warmup_steps": 5.5, "num_training_steps": 50.0, "ratio": 32.0, "peak": 1.0},
        ordered("num_warmup_steps", "num_training_steps", each=spans, ratio=positive, peak=values),
        lambda given: (given["num_training_steps"], given["peak"] / given["ratio"]),
    ),
    "teacher_momentum": Entry(
        {"num_training_steps": 10, "start": 0.996, "end": 1.0},
        of(num_training_steps=counts, start=values, end=values),
        at("num_training_steps", "end"),
    ),
    "teacher_temperature": Entry(
        {"num_warmup_steps": 10, "start": 0.04, "end": 0.07},
        of(num_warmup_steps=counts, start=values, end=values),
        at("num_warmup_steps", "end"),
    ),
    "ema_decay": Entry(
        {"decay": 0.9999, "inv_gamma": 1.0, "power": 0.75, "floor": 0.1},
        of(decay=not_negative, inv_gamma=positive, power=positive, floor=not_negative).map(
            with_rest("decay", "floor")
        ),
    ),
    "gaussian_ramp": Entry(
        {"num_steps": 10, "sharpness": 5.0, "peak": 1.0},
        of(num_steps=counts, sharpness=positive, peak=values),
        at("num_steps", "peak"),
    ),
    "logistic_ramp": Entry(
        {"midpoint": 10.5, "steepness": 0.5, "peak": 1.0},
        of(midpoint=spans, steepness=positive, peak=values),
    ),
    "with_swa": Entry(
        {"schedule": SCHEDULE, "at": 12.0, "num_anneal_steps": 5.5, "end": 0.2, "kind": "linear"},
        of(schedule=schedules, at=spans, num_anneal_steps=spans, end=values, kind=ramps),
        nearly("at", "num_anneal_steps"),
    ),
    "proportional": Entry(
        {"schedule": SCHEDULE, "low": 0.0, "high": 1.0, "to_low": 0.1, "to_high": 2.0},
        of(schedule=schedules, low=not_negative, high=positive, to_low=values, to_high=values).map(
            with_rest("high", "low")
        ),
    ),
    "with_noise": Entry(
        {"schedule": SCHEDULE, "num_steps": 10, "begin": 3, "std": 0.1, "limit": 0.2, "seed": 7},
        of(
            schedule=schedules,
            num_steps=st.integers(1, 60),
            begin=counts,
            std=positive,
            limit=positive,
            seed=counts,
        ),
    ),
    "by_fractions": Entry(
        {
            "schedules": (Linear(0.0, 1.0, 1), Constant(0.5)),
            "fractions": (0.3, 0.7),
            "num_training_steps": 100.0,
            "clocks": ("rescaled", "fixed"),
        },
        shares(),
    ),
    "rex_decay": Entry(
        {"num_steps": 10, "start": 1.0, "end": 0.1},
        of(num_steps=counts, start=values, end=values),
        at("num_steps", "end"),
    ),
    "tanh_decay": Entry(
        {"num_steps": 10, "lower": -6.0, "upper": 3.0, "start": 1.0, "end": 0.1},
        of(
            num_steps=lengths,
            lower=st.floats(-300.0, -0.1),
            upper=st.floats(0.0, 300.0),
            start=values,
            end=values,
        ),
        at("num_steps", "end"),
    ),
    "hyperbolic_decay": Entry(
        {"num_steps": 10, "upper_bound": 15, "start": 1.0, "floor": 0.1},
        ordered("num_steps", "upper_bound", each=lengths, start=values, floor=values),
        at("num_steps"),
    ),
    "exp_hyperbolic_decay": Entry(
        {"num_steps": 10, "upper_bound": 15, "start": 1.0, "floor": 0.1},
        ordered("num_steps", "upper_bound", each=lengths, start=positive, floor=positive),
        at("num_steps"),
    ),
    "k_decay": Entry(
        {"schedule": linear_decay(10), "num_steps": 10, "exponent": 2.0},
        of(schedule=schedules, num_steps=lengths, exponent=positive),
        at("num_steps"),
    ),
    "chebyshev_steps": Entry(
        {"num_steps": 10, "smallest": 0.05, "largest": 1.0},
        of(num_steps=st.integers(1, 70), smallest=positive, largest=positive).map(
            with_rest("largest", "smallest")
        ),
        lambda given: (given["num_steps"] - 1, None),
    ),
}
