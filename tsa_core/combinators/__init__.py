"""Schedules made of schedules."""

from tsa_core.combinators.clocks import Clocked, Held, Reversed, Shifted, Stretched
from tsa_core.combinators.phases import Joined, Repeated, join
from tsa_core.combinators.terms import Maximum, Minimum, Product, Quotient, Sum
from tsa_core.combinators.values import Clipped, Custom, Rounded

__all__ = [
    "Clipped",
    "Clocked",
    "Custom",
    "Held",
    "Joined",
    "Maximum",
    "Minimum",
    "Product",
    "Quotient",
    "Repeated",
    "Reversed",
    "Rounded",
    "Shifted",
    "Stretched",
    "Sum",
    "join",
]
