"""The primitive shapes: where every other schedule starts.

A curve runs from step 0 to its last step and holds its end values outside.
"""

from tsa_core.curves.others import Constant, Decay, Interpolated, InversePower, InverseSqrt
from tsa_core.curves.ramps import (
    Cosine,
    Exponential,
    Linear,
    Logarithmic,
    Polynomial,
    QuarterCosine,
)

__all__ = [
    "Constant",
    "Cosine",
    "Decay",
    "Exponential",
    "Interpolated",
    "InversePower",
    "InverseSqrt",
    "Linear",
    "Logarithmic",
    "Polynomial",
    "QuarterCosine",
]
