"""One schedule of every kind, and nested ones, for tests that go through all of them."""

from __future__ import annotations

from typing import Any

import tsa_core
from tsa_core import (
    Clipped,
    Clocked,
    Constant,
    Cosine,
    Decay,
    Exponential,
    Held,
    Interpolated,
    InversePower,
    InverseSqrt,
    Joined,
    Linear,
    Logarithmic,
    Maximum,
    Minimum,
    Polynomial,
    Product,
    QuarterCosine,
    Quotient,
    Repeated,
    Reversed,
    Rounded,
    Schedule,
    Shifted,
    Stretched,
    Sum,
)

UP = Linear(0.0, 1.0, 10)
STEPS, VALUES = (0, 7, 20), (0.5, 2.0, 1.0)

EXAMPLES: dict[str, Schedule] = {
    "Constant": Constant(0.25),
    "Linear": Linear(0.1, 0.7, 13),
    "Polynomial": Polynomial(1.0, 0.1, 20, 2.7),
    "Polynomial up": Polynomial(0.1, 1.0, 20, 0.5),
    "Cosine": Cosine(1.0, 0.1, 17),
    "Cosine up": Cosine(0.1, 1.0, 17),
    "QuarterCosine": QuarterCosine(1.0, 0.1, 17),
    "QuarterCosine up": QuarterCosine(0.1, 1.0, 17),
    "Exponential": Exponential(1.0, 0.01, 15),
    "Logarithmic": Logarithmic(1.0, 0.1, 17),
    "Logarithmic up": Logarithmic(0.1, 1.0, 17),
    "Decay": Decay(1.0, 0.5, 6),
    "Decay in stairs": Decay(1.0, 0.5, 6, True),
    "InverseSqrt": InverseSqrt(1.0, 9.0),
    "InversePower": InversePower(1.0, 9.0, 1.3),
    "Interpolated": Interpolated(STEPS, VALUES),
    "Interpolated previous": Interpolated(STEPS, VALUES, "previous"),
    "Interpolated cosine": Interpolated(STEPS, VALUES, "cosine"),
    "Interpolated log": Interpolated(STEPS, VALUES, "log"),
    "Joined": Joined((UP, Cosine(1.0, 0.0, 20), Constant(0.3)), (10, 25)),
    "Sum": Sum((UP, Constant(0.5), Decay(1.0, 0.9, 3))),
    "Product": Product((UP, Cosine(1.0, 0.2, 30))),
    "Quotient": Quotient(UP, Linear(1.0, 2.0, 30)),
    "Minimum": Minimum((UP, Cosine(1.0, 0.2, 30), Constant(0.9))),
    "Maximum": Maximum((UP, Cosine(1.0, 0.2, 30), Constant(0.3))),
    "Rounded": Rounded(Linear(0.07, 3.0, 20), 0.25),
    "Held": Held(Cosine(1.0, 0.1, 17), 5),
    "Held for parts of steps": Held(Cosine(1.0, 0.1, 17), 2.5),
    "Clipped": Clipped(UP, 0.25, 0.75),
    "Shifted": Shifted(UP, 5),
    "Stretched": Stretched(UP, 1.5),
    "Repeated": Repeated(UP, 11, 3, 0.5),
    "Repeated for ever": Repeated(UP, 7.5),
    "Reversed": Reversed(UP, 8),
    "Clocked": Clocked(Cosine(1.0, 0.1, 17), Polynomial(20.0, 0.0, 30, 1.5)),
    "Clocked by a constant": Clocked(Polynomial(1.0, 0.1, 20, 0.5), Constant(7.0)),
    "cosine_annealing_with_warmup": tsa_core.cosine_annealing_with_warmup(1.0, 0.1, 5, 30),
    "nested": (UP.then(Cosine(1.0, 0.1, 20), at=10).repeat(35, 2, 0.5) * 3e-4).clip(1e-5, None),
}


def own_kinds() -> dict[str, Any]:
    """Every record of the package that is a schedule, by name."""
    return {
        name: kind
        for name, kind in vars(tsa_core).items()
        if isinstance(kind, type) and issubclass(kind, Schedule) and kind is not Schedule
    }
