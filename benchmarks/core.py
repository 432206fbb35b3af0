"""What the pure part costs: a trajectory, one value, the import."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import closing

import jax
import numpy as np
import optax

import tsa_core
from benchmarks.bare import (
    END,
    TOP,
    TOTAL,
    WARMUP,
    cosine,
    cosine_array,
    quadratic,
    quadratic_array,
)
from benchmarks.old import Old
from benchmarks.report import Row, Section, duration, spread
from benchmarks.timing import Race, Spread, race, timed

MILLION = 1_000_000
CURVES = {
    "cosine": (tsa_core.cosine_annealing_with_warmup, cosine, cosine_array),
    "quadratic": (tsa_core.quadratic_schedule_with_warmup, quadratic, quadratic_array),
}


def _row(run: Race, what: str, names: tuple[str, str], ratio: Spread, goal: str, met: bool) -> Row:
    ours, theirs = (duration(run.cost(name).median) for name in names)
    return Row(what, names[1], ours, theirs, spread(ratio), goal, met)


def trajectory() -> Section:
    """A million steps at once."""
    steps = np.arange(MILLION)
    contenders = {}
    for name, (make, _, by_hand) in CURVES.items():
        schedule = make(TOP, END, WARMUP, MILLION)
        if not np.allclose(schedule(steps), by_hand(steps, MILLION), rtol=1e-9, atol=0):
            raise AssertionError(f"{name}: the formula by hand is another one")
        contenders[f"{name}: ours"] = timed("f(t)", f=schedule, t=steps)
        contenders[f"{name}: by hand"] = timed("f(t, n)", f=by_hand, t=steps, n=MILLION)
    with closing(Old()) as old:
        contenders["1.2.3"] = old.timed("one target", 1)
        run = race(contenders)
    rows = []
    for name in CURVES:
        names = (f"{name}: ours", f"{name}: by hand")
        what = f"a trajectory of 1,000,000 steps, {name}"
        ratio = run.ratio(*names)
        row = _row(run, what, names, ratio, "≤ 1.0", ratio.median <= 1)
        rows.append(Row(row.what, "NumPy by hand", *row.cells()[2:6], row.met))
    ratio = run.ratio("1.2.3", "cosine: ours", scale=MILLION)
    rows.append(
        Row(
            "the same, cosine",
            "stepping 1.2.3",
            duration(run.cost("cosine: ours").median),
            duration(run.cost("1.2.3").median * MILLION),
            spread(ratio),
            "≥ 300 × faster",
            ratio.median >= 300,
        )
    )
    return Section(
        tuple(rows),
        "`schedule(numpy.arange(1_000_000))` with a warmup of 100 steps, against the same formula "
        "with two `numpy.where`, which evaluates each branch everywhere. 1.2.3 has no way but to "
        "step: some thousand steps of one group are timed in each round, and scaled to a million.",
    )


def value() -> Section:
    """One value at one step."""
    schedule = tsa_core.cosine_annealing_with_warmup(TOP, END, WARMUP, TOTAL)
    square = tsa_core.quadratic_schedule_with_warmup(TOP, END, WARMUP, TOTAL)
    peer = optax.warmup_cosine_decay_schedule(0.0, TOP, WARMUP, TOTAL, END)
    jitted = jax.jit(peer)
    wait = "f(12345).block_until_ready()"
    run = race(
        {
            "cosine: ours": timed("f(12345)", f=schedule),
            "cosine: by hand": timed("f(12345)", f=cosine()),
            "quadratic: ours": timed("f(12345)", f=square),
            "quadratic: by hand": timed("f(12345)", f=quadratic()),
            "optax, jitted": timed(wait, f=jitted),
            "optax, eager": timed(wait, f=peer),
        }
    )
    rows = []
    for name in CURVES:
        names = (f"{name}: ours", f"{name}: by hand")
        ratio = run.ratio(*names)
        row = _row(run, f"`schedule(12345)`, {name}", names, ratio, "≤ 1.5", ratio.median <= 1.5)
        rows.append(Row(row.what, "a Python function", *row.cells()[2:6], row.met))
    for name, goal in (("optax, jitted", 10), ("optax, eager", 0)):
        ratio = run.ratio(name, "cosine: ours")
        text = f"≥ {goal} × faster" if goal else "stated"
        names = ("cosine: ours", name)
        row = _row(run, "`schedule(12345)`, cosine", names, ratio, text, ratio.median >= goal)
        rows.append(row)
    return Section(
        tuple(rows),
        "A Python int in, a Python float out. The function by hand is a closure with the same "
        "branches. optax is `warmup_cosine_decay_schedule` (half a period of the cosine), called "
        "with the same int, until its value is there.",
    )


def imports() -> Section:
    """`import tsa_core` in a fresh process."""
    modules = {
        "import tsa_core": "tsa_core",
        "numpy, attrs": "numpy, attrs",
        "numpy, attrs, array_api_compat": "numpy, attrs, array_api_compat",
    }
    run = race({name: _import_time(names) for name, names in modules.items()}, rounds=25)
    ratio = run.ratio("import tsa_core", "numpy, attrs")
    also = run.ratio("import tsa_core", "numpy, attrs, array_api_compat")
    names = ("import tsa_core", "numpy, attrs")
    return Section(
        (_row(run, "`import tsa_core`", names, ratio, "≤ 1.25", ratio.median <= 1.25),),
        "The import alone, without the start of the interpreter, in a fresh process each time, "
        f"with compiled bytecode in place. Against numpy, attrs and array_api_compat: {spread(also)}"
        f" ({duration(run.cost('numpy, attrs, array_api_compat').median)}).",
    )


def _import_time(modules: str) -> Callable[[], float]:
    program = (
        "import time; begin = time.perf_counter_ns(); "
        f"import {modules}; print(time.perf_counter_ns() - begin)"
    )

    def run() -> float:
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        )
        return float(done.stdout)

    return run


SECTIONS: dict[str, Callable[[], Section]] = {
    "trajectory": trajectory,
    "value": value,
    "imports": imports,
}
