"""Counts of what is executed: the same in every run, however busy the machine."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

from torch.utils._python_dispatch import TorchDispatchMode


def instructions(run: Callable[[], Any]) -> int:
    """How many instructions of the interpreter a call of `run` executes, in all it calls."""
    count = 0

    def trace(frame: Any, event: str, _argument: Any) -> Any:
        nonlocal count
        frame.f_trace_lines = False
        frame.f_trace_opcodes = True
        count += event == "opcode"
        return trace

    former = sys.gettrace()
    sys._getframe().f_trace_opcodes = True  # from 3.12 on `settrace` looks whether any frame asks
    sys.settrace(trace)
    try:
        run()
    finally:
        sys.settrace(former)
    return count


def native_calls(run: Callable[[], Any]) -> int:
    """How many functions written in C a call of `run` calls from Python."""
    count = -1  # the call that ends the counting

    def profile(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal count
        count += event == "c_call"

    former = sys.getprofile()
    sys.setprofile(profile)
    try:
        run()
    finally:
        sys.setprofile(former)
    return count


class Operations(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch's own
    """Counts the operations that torch is asked for while it is entered."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch's own
        self.counts: Counter[str] = Counter()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Count and go on."""
        self.counts[str(func.name()).removeprefix("aten::")] += 1
        return func(*args, **(kwargs or {}))
