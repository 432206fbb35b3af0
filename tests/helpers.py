"""What the tests share: the thirteen as a table, their closed forms, and Hypothesis strategies."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
from hypothesis import strategies as st

import tsa_core

mpmath.mp.dps = 50

WARMUP = ("warmup_to_value", "num_warmup_steps")
FOUR = ("warmup_to_value", "anneal_to_value", "num_warmup_steps", "num_training_steps")

PARAMETERS: dict[str, tuple[str, ...]] = {
    "cosine_annealing_with_warmup": FOUR,
    "cosine_annealing_with_inverse_warmup": (*FOUR, "warmup_multiplier"),
    "polynomial_schedule_with_warmup": (*FOUR, "polynomial_exponent"),
    "polynomial_schedule_with_inverse_warmup": (
        *FOUR,
        "polynomial_exponent",
        "warmup_multiplier",
    ),
    "linear_schedule_with_warmup": FOUR,
    "linear_schedule_with_inverse_warmup": (*FOUR, "warmup_multiplier"),
    "quadratic_schedule_with_warmup": FOUR,
    "quadratic_schedule_with_inverse_warmup": (*FOUR, "warmup_multiplier"),
    "sqrt_schedule_with_warmup": FOUR,
    "sqrt_schedule_with_inverse_warmup": (*FOUR, "warmup_multiplier"),
    "constant_with_warmup": WARMUP,
    "constant_with_inverse_warmup": (*WARMUP, "warmup_multiplier"),
    "constant_schedule": ("value",),
}
"""The documented arguments of each, in order."""

NAMES = tuple(PARAMETERS)
EXPONENTS = {"linear": 1.0, "quadratic": 2.0, "sqrt": 0.5}
GOOD: dict[str, float] = {
    "warmup_to_value": 1.0,
    "anneal_to_value": 0.1,
    "num_warmup_steps": 4,
    "num_training_steps": 10,
    "polynomial_exponent": 1.5,
    "warmup_multiplier": 3.0,
    "value": 0.5,
}
"""One valid value of each argument."""


@dataclass(frozen=True)
class Config:
    """One of the thirteen with its arguments, and what the documentation says of it."""

    name: str
    arguments: tuple[tuple[str, float], ...]

    @classmethod
    def of(cls, name: str, **values: float) -> Config:
        """The arguments that `name` takes, out of `values`; the others from `GOOD`."""
        known = {**GOOD, **values}
        return cls(name, tuple((key, known[key]) for key in PARAMETERS[name]))

    @property
    def kwargs(self) -> dict[str, float]:
        """The arguments by name."""
        return dict(self.arguments)

    @property
    def schedule(self) -> tsa_core.Schedule:
        """The schedule itself."""
        return getattr(tsa_core, self.name)(**self.kwargs)

    @property
    def top(self) -> float:
        """W, the value at the end of the warmup."""
        return self.kwargs.get("warmup_to_value", self.kwargs.get("value", 0.0))

    @property
    def anneals(self) -> bool:
        """Whether there is a second phase."""
        return "anneal_to_value" in self.kwargs

    @property
    def end(self) -> float:
        """A, the value that is held."""
        return self.kwargs.get("anneal_to_value", self.top)

    @property
    def warmup(self) -> int:
        """L, where the warmup ends."""
        return int(self.kwargs.get("num_warmup_steps", 0))

    @property
    def total(self) -> int:
        """M, where the value is held from."""
        return int(self.kwargs.get("num_training_steps", self.warmup))

    @property
    def first(self) -> float:
        """m(0)."""
        if self.warmup == 0:
            return self.end if self.total == 0 else self.top
        return self.top * self.kwargs.get("warmup_multiplier", 0.0)

    def truth(self, step: float) -> Any:
        """The documented closed form at `step` >= 0, to 50 digits."""
        t, top, end = mpmath.mpf(step), mpmath.mpf(self.top), mpmath.mpf(self.end)
        if t >= self.total:
            return end
        if t < self.warmup:
            factor = mpmath.mpf(self.kwargs.get("warmup_multiplier", 0.0))
            return top * (factor - (factor - 1) * t / self.warmup)
        u = (t - self.warmup) / (self.total - self.warmup)
        if self.name.startswith("cosine"):
            return end + (top - end) * mpmath.cos(mpmath.pi / 2 * u)
        kind = self.name.split("_")[0]
        exponent = EXPONENTS.get(kind, self.kwargs.get("polynomial_exponent"))
        return end + (top - end) * mpmath.power(1 - u, mpmath.mpf(exponent))

    def error_in_ulp(self, step: float, value: float) -> float:
        """How far `value` is from the truth, in units in the last place of the truth."""
        truth = self.truth(step)
        return float(abs(mpmath.mpf(value) - truth) / mpmath.mpf(math.ulp(float(truth))))


def values(largest: float = 1e6) -> st.SearchStrategy[float]:
    """Multipliers: 0, round numbers, and anything between 1e-9 and `largest`."""
    return st.sampled_from((0.0, 0.1, 1.0)) | st.floats(1e-9, largest)


@st.composite
def configs(draw: st.DrawFn, longest: int = 100_000) -> Config:
    """Any of the thirteen with any valid arguments."""
    warmup = draw(st.integers(0, longest))
    rest = draw(st.integers(0, longest))
    return Config.of(
        draw(st.sampled_from(NAMES)),
        warmup_to_value=draw(values()),
        anneal_to_value=draw(values()),
        num_warmup_steps=warmup,
        num_training_steps=warmup + rest,
        polynomial_exponent=draw(st.sampled_from((0.5, 1.0, 2.0, 3.0, 2.7)) | st.floats(0.25, 8.0)),
        warmup_multiplier=draw(values(1e3)),
        value=draw(values()),
    )


NOT_NUMBERS: tuple[Any, ...] = ("1", None, [1.0], (1.0,), {}, 1j, True, np.array([1.0, 2.0]))
"""Values of a wrong type wherever a real number is wanted."""

NOT_FINITE = (math.nan, math.inf, -math.inf, np.float64("nan"), 10**400)
"""Numbers that are none of the finite floats."""


def label(value: Any) -> str:
    """A test id that is the same in every process: no address, no length."""
    return f"{type(value).__name__} {brief(value, 16).split(' at 0x')[0]}"


def brief(value: Any, length: int = 40) -> str:
    """The beginning of what prints, as a test id: no character that pytest would have to escape.

    It escapes once more whenever it collects, so `make mutants` would not find the test again.
    """
    return re.sub(r"[^ -~]|\\", "_", str(value)[:length])
