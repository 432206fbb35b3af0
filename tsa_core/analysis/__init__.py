"""Questions about a schedule, answered before training: values, totals, bounds, crossings."""

from tsa_core.analysis._measures import bounds, breakpoints, crossings, integral, summarize
from tsa_core.analysis._records import Comparison, Summary
from tsa_core.analysis._trajectory import compare, match_total, sample

__all__ = [
    "Comparison",
    "Summary",
    "bounds",
    "breakpoints",
    "compare",
    "crossings",
    "integral",
    "match_total",
    "sample",
    "summarize",
]
