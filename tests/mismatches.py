"""Loads into objects that started from something else than the checkpoint says."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tsa_torch import ScheduleMismatchWarning


def warns_of_initial_values() -> Any:
    """The code's initial values are others than the checkpoint's, and a load says so."""
    return pytest.warns(ScheduleMismatchWarning, match="other initial values than the code")


@contextmanager
def whatever_initial_values() -> Iterator[None]:
    """The same, where some of the schedulers scale no initial value, and have none to differ."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*other initial values", ScheduleMismatchWarning)
        yield
