"""What the pure part costs: a trajectory, one value, the import."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from typing import Any

import attrs
import jax
import numpy as np
import optax

import tsa_core
from benchmarks import bare
from benchmarks.bare import END, TOP, TOTAL, WARMUP
from benchmarks.goals import STATED, Goal, Row, Section, duration
from benchmarks.old import Old
from benchmarks.timing import Timed, race, timed

MILLION = 1_000_000


@attrs.frozen
class Curve:
    """One of ours, and the same by hand: for a number, and for an array."""

    ours: Callable[..., tsa_core.Schedule]
    function: Callable[..., Callable[[float], float]]
    over_array: Callable[..., Any]

    def verify(self, steps: Any, total: int) -> None:
        """Raise where the formula by hand is another one."""
        values = self.ours(TOP, END, WARMUP, total)(steps)
        by_hand = self.function(total)
        np.testing.assert_allclose(values, self.over_array(steps, total), rtol=1e-9)
        np.testing.assert_allclose(values[::999], [by_hand(t) for t in steps[::999]], rtol=1e-9)


CURVES = {
    "cosine": Curve(tsa_core.cosine_annealing_with_warmup, bare.cosine, bare.cosine_array),
    "quadratic": Curve(
        tsa_core.quadratic_schedule_with_warmup, bare.quadratic, bare.quadratic_array
    ),
}


def trajectory() -> Section:
    """A million steps at once."""
    steps = np.arange(MILLION)
    contenders: dict[str, Timed] = {}
    for name, curve in CURVES.items():
        curve.verify(steps, MILLION)
        schedule = curve.ours(TOP, END, WARMUP, MILLION)
        contenders[name] = timed("f(t)", f=schedule, t=steps)
        by_hand = timed("f(t, n)", f=curve.over_array, t=steps, n=MILLION)
        contenders[f"{name} by hand"] = by_hand
    with closing(Old()) as old:
        contenders["1.2.3"] = old.timed("trajectory", 1)
        run = race(contenders)
    rows = [
        Row.raced(
            run,
            f"a trajectory of 1,000,000 steps, {name}",
            "NumPy by hand",
            (name, f"{name} by hand"),
            Goal.at_most(1.0),
        )
        for name in CURVES
    ]
    names, goal = ("cosine", "1.2.3"), Goal.faster(300)
    gain = Row.raced(run, rows[0].what, "stepping 1.2.3", names, goal, scale=MILLION)
    all_steps = duration(MILLION * run.cost("1.2.3").median)
    return Section(
        (*rows, attrs.evolve(gain, theirs=f"{all_steps} (scaled)")),
        """\
`schedule(numpy.arange(1_000_000))` against the same formula with two `numpy.where`, which evaluates
every branch everywhere. 1.2.3 has no other way than to step and to keep what `get_last_lr()` says:
each round times some thousand such steps of one group, and the time is scaled to a million.""",
        opening=(("a cosine over 1,000,000 steps", rows[0].ours, f"NumPy {rows[0].theirs}"),),
    )


def value() -> Section:
    """One value at one step."""
    contenders: dict[str, Timed] = {}
    for name, curve in CURVES.items():
        contenders[name] = timed("f(12345)", f=curve.ours(TOP, END, WARMUP, TOTAL))
        contenders[f"{name} by hand"] = timed("f(12345)", f=curve.function())
    peer = optax.warmup_cosine_decay_schedule(0.0, TOP, WARMUP, TOTAL, END)
    wait = "f(12345).block_until_ready()"
    contenders["optax, jitted"] = timed(wait, f=jax.jit(peer))
    contenders["optax, eager"] = timed(wait, f=peer)
    run = race(contenders)
    rows = []
    for name in CURVES:
        names, goal = (name, f"{name} by hand"), Goal.at_most(1.5)
        rows.append(Row.raced(run, f"`schedule(12345)`, {name}", "a Python function", names, goal))
    for name in ("optax, jitted", "optax, eager"):
        names, goal = ("cosine", name), Goal.faster(10)
        rows.append(Row.raced(run, "`schedule(12345)`, cosine", name, names, goal))
    return Section(
        tuple(rows),
        "A Python int in, a Python float out. The function by hand is a closure with the same "
        "branches. optax is `warmup_cosine_decay_schedule` (half a period of a cosine) called with "
        "the same int, until its value is there.",
        opening=(("one value of a cosine", rows[0].ours, f"optax, jitted: {rows[-2].theirs}"),),
    )


def imports() -> Section:
    """`import tsa_core` in a fresh process."""
    ours, two, three = "tsa_core", "numpy, attrs", "numpy, attrs, array_api_compat"
    run = race({modules: _import_time(modules) for modules in (ours, two, three)}, rounds=25)
    what = "`import tsa_core`"
    return Section(
        (
            Row.raced(run, what, "importing numpy, attrs", (ours, two), Goal.at_most(1.25)),
            Row.raced(run, what, f"importing {three}", (ours, three), STATED),
        ),
        "The import alone, without the start of the interpreter, in a fresh process each time, "
        "with bytecode in place. `tsa_core` needs array_api_compat as well, hence the second row.",
    )


def _import_time(modules: str) -> Timed:
    program = (
        "import time; begin = time.process_time_ns(); "
        f"import {modules}; print(time.process_time_ns() - begin)"
    )

    # The first run, which is not counted, leaves bytecode for the others.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}

    def run() -> float:
        command = [sys.executable, "-c", program]
        done = subprocess.run(command, capture_output=True, check=True, env=environment)
        return float(done.stdout)

    return run
