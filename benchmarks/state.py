"""What a scheduler costs beside its steps: to build, to save, to load, to keep."""

from __future__ import annotations

import gc
import json
import sys
import tracemalloc
from collections.abc import Callable
from typing import Any

import torch_schedule_anything as tsa
from benchmarks import peers
from benchmarks.adapter import ARGUMENTS, both_targets
from benchmarks.goals import STATED, Goal, Row, Section, number
from benchmarks.groups import optimizer
from benchmarks.timing import CLOCK, Timed, race, timed

PER_BLOCK = 5
STEPS = 1_000_000


def _ours(bound: Any) -> tsa.HyperparameterScheduler:
    return tsa.cosine_annealing_with_warmup(bound, *ARGUMENTS)


MAKERS: dict[str, Callable[[Any], Any]] = {"ours": _ours, "torch": peers.lambda_lr}


def build() -> Section:
    """Building, saving and loading for 1,000 groups, beside `LambdaLR`."""
    contenders: dict[str, Timed] = {}
    for who, make in MAKERS.items():
        scheduler = make(optimizer(1_000))
        saved = scheduler.state_dict()
        contenders[f"building {who}"] = _building(make)
        contenders[f"`state_dict()` {who}"] = timed("f()", f=scheduler.state_dict)
        if who == "ours":
            load = timed("f(saved)", f=scheduler.load_state_dict, saved=saved)
            contenders["`load_state_dict()` ours"] = load
    loaded = MAKERS["torch"](optimizer(1_000))
    loaded.optimizer.step()
    contenders["load and step torch"] = timed(
        "f(saved); g()", f=loaded.load_state_dict, g=loaded.step, saved=loaded.state_dict()
    )
    run = race(contenders)
    rows = []
    goals = {"building": Goal.at_most(1.5), "`state_dict()`": Goal.at_most(1.0)}
    for what, goal in goals.items():
        names = (f"{what} ours", f"{what} torch")
        rows.append(Row.raced(run, f"{what}, 1,000 groups", "`LambdaLR`", names, goal))
    names, against = (
        ("`load_state_dict()` ours", "load and step torch"),
        "`LambdaLR`, and a `step()`",
    )
    goal = Goal.at_most(1.0)
    rows.append(Row.raced(run, "`load_state_dict()`, 1,000 groups", against, names, goal))
    return Section(
        tuple(rows),
        """\
One target on both sides. Each building is on an optimizer that carried no scheduler before; making
the optimizers is not measured. `LambdaLR.state_dict()` is a copy of an attribute dict that shares
its lists with the scheduler, and its `load_state_dict()` updates that dict: it checks nothing and
writes no value into the groups, which a `step()` does later. Ours are plain JSON types with the
schedule as data, checked on load, and written into the groups.""",
    )


def _building(make: Callable[[Any], Any]) -> Timed:
    def block() -> float:
        fresh = [optimizer(1_000) for _ in range(PER_BLOCK)]
        gc.disable()
        begin = CLOCK()
        for bound in fresh:
            make(bound)
        spent = CLOCK() - begin
        gc.enable()
        return spent / PER_BLOCK

    return block


def memory() -> Section:
    """Whether a million steps leave anything behind, and what a group costs."""
    grown = _growth()
    goal = Goal.at_most(100, "no growth: ≤ 100 blocks")
    kept = {who: _bytes_per_group(make) for who, make in MAKERS.items()}
    ours, theirs = kept["ours"][0], kept["torch"][0]
    rows = (
        Row.counted(f"memory blocks gained in {STEPS:,} steps", "none", grown, 0, goal),
        Row(
            "state per group and target",
            "`LambdaLR`",
            f"{ours:.0f} bytes",
            f"{theirs:.0f} bytes",
            number(ours / theirs),
            STATED.text,
            "",
        ),
    )
    return Section(
        rows,
        f"""\
The gain is the change of `sys.getallocatedblocks()` over {STEPS:,} `sync.step()` of one group and
two targets. State per group is what `tracemalloc` sees a scheduler of 2,000 groups keep more than
one of 1,000, each group counted, the values that it puts into the groups included. In a state dict
written as JSON a group takes {kept["ours"][1]:.0f} bytes of ours and {kept["torch"][1]:.0f} of
`LambdaLR`'s.""",
    )


def _growth() -> int:
    step = both_targets(optimizer(1)).step
    for _ in range(1_000):
        step()
    gc.collect()
    before = sys.getallocatedblocks()
    for _ in range(STEPS):
        step()
    gc.collect()
    return sys.getallocatedblocks() - before


def _bytes_per_group(make: Callable[[Any], Any]) -> tuple[float, float]:
    kept, saved = [], []
    for groups in (1_000, 2_000):
        bound = optimizer(groups)
        gc.collect()
        tracemalloc.start()
        scheduler = make(bound)
        bound.step()  # torch's schedulers warn if they move first
        scheduler.step()
        gc.collect()
        kept.append(tracemalloc.get_traced_memory()[0])
        tracemalloc.stop()
        data = {k: v for k, v in scheduler.state_dict().items() if k != "lr_lambdas"}
        saved.append(len(json.dumps(data)))
    return (kept[1] - kept[0]) / 1_000, (saved[1] - saved[0]) / 1_000
