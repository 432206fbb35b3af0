"""What the adapter costs: a step, its growth with the groups, building, state, tensors, memory."""

from __future__ import annotations

import json
import sys
import tracemalloc
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

import torch_schedule_anything as tsa
from benchmarks import peers
from benchmarks.bare import END, TOP, TOTAL, WARMUP, cosine, loop
from benchmarks.groups import optimizer
from benchmarks.old import Old
from benchmarks.report import Row, Section, duration, number, spread
from benchmarks.timing import Race, Spread, race, timed

GROUPS = (1, 10, 100, 1_000)
BARE_GOALS = {1: 3.0, 10: 2.3, 100: 1.5, 1_000: 1.5}
ARGUMENTS = (TOP, END, WARMUP, TOTAL)


def both_targets(bound: Any, arguments: tuple[Any, ...] = ARGUMENTS) -> tsa.SynchronousSchedule:
    """Cosine on `lr` and quadratic on `weight_decay`, past their warmup."""
    sync = tsa.SynchronousSchedule(
        [
            tsa.cosine_annealing_with_warmup(bound, *arguments),
            tsa.quadratic_schedule_with_warmup(bound, *arguments, schedule_target="weight_decay"),
        ]
    )
    sync.step(WARMUP)
    return sync


def _bare(groups: int) -> Callable[[], None]:
    step = loop(optimizer(groups))
    for _ in range(WARMUP + 1):
        step()
    return step


def _row(
    what: str, against: str, run: Race, names: tuple[str, str], ratio: Spread, goal: str, met: bool
) -> Row:
    ours, theirs = (duration(run.cost(name).median) for name in names)
    return Row(what, against, ours, theirs, spread(ratio), goal, met)


def step() -> Section:
    """`sync.step()` for two targets."""
    rows: list[Row] = []
    figures: list[list[str]] = []
    with closing(Old()) as old:
        for groups in GROUPS:
            contenders = {
                "sync.step(), two targets": timed("f()", f=both_targets(optimizer(groups)).step),
                "bare loop, two targets": timed("f()", f=_bare(groups)),
                "1.2.3, two targets": old.timed("two targets", groups),
            }
            for name, one in peers.steps(groups).items():
                contenders[f"{name}, lr alone"] = timed("f()", f=one)
            run = race(contenders)
            rows.extend(_step_rows(groups, run))
            figures = figures or [[name] for name in contenders]
            for line, name in zip(figures, contenders, strict=True):
                line.append(duration(run.cost(name).median))
    header = ("one step", *(f"{groups} groups" for groups in GROUPS))
    return Section(
        tuple(rows),
        "`sync` holds `cosine_annealing_with_warmup` on `lr` and `quadratic_schedule_with_warmup` "
        "on `weight_decay`; every step lies in the annealing phase. The bare loop counts, calls "
        "the same two formulas written as plain Python functions, and writes "
        '`group["lr"] = base * multiplier` in one pass over the groups for each target, without '
        "looking at what it overwrites. `LambdaLR` and the other peers do half the work: `lr` "
        "alone. Per target means half of our step against one step of `LambdaLR`. 1.2.3 drives "
        "the same two targets in a process of its own, in turns with this one.",
        (header, *(tuple(line) for line in figures)),
    )


def _step_rows(groups: int, run: Race) -> list[Row]:
    ours, bare, old = "sync.step(), two targets", "bare loop, two targets", "1.2.3, two targets"
    half = "torch LambdaLR, lr alone"
    what = f"`sync.step()`, two targets, {groups} group{'s' * (groups > 1)}"
    ratio, goal = run.ratio(ours, bare), BARE_GOALS[groups]
    rows = [_row(what, "bare loop", run, (ours, bare), ratio, f"≤ {goal}", ratio.median <= goal)]
    if groups == 1:
        ratio = run.ratio(ours, half)
        met = ratio.median <= 1
        return [*rows, _row(what, "one `LambdaLR.step()`", run, (ours, half), ratio, "≤ 1", met)]
    if groups >= 100:
        ratio = run.ratio(old, ours)
        met = ratio.median >= 30
        rows.append(_row(what, "1.2.3", run, (ours, old), ratio, "≥ 30 × faster", met))
    ratio = run.ratio(half, ours, scale=2)
    met = ratio.median >= 5
    against = "`LambdaLR`, per target"
    return [*rows, _row(what, against, run, (ours, half), ratio, "≥ 5 × faster", met)]


def growth() -> Section:
    """The cost per group from 100 to 10,000 groups."""
    sizes = (100, 1_000, 10_000)
    contenders = {}
    for groups in sizes:
        contenders[f"ours {groups}"] = timed("f()", f=both_targets(optimizer(groups)).step)
        contenders[f"bare {groups}"] = timed("f()", f=_bare(groups))
    run = race(contenders)
    ours, bare = (run.ratio(f"{who} 10000", f"{who} 100", 1 / 100) for who in ("ours", "bare"))
    per_group = [duration(run.cost(f"ours {groups}").median / groups) for groups in sizes]
    row = Row(
        "growth of `sync.step()` per group, 100 to 10,000 groups",
        "growth of the bare loop",
        spread(ours),
        spread(bare),
        spread(Spread.of(_quotients(run, sizes))),
        "linear: ≤ 1.1",
        Spread.of(_quotients(run, sizes)).median <= 1.1,
    )
    figures = [
        ("per group, two targets", *(f"{groups} groups" for groups in sizes)),
        ("`sync.step()`", *per_group),
        ("bare loop", *(duration(run.cost(f"bare {n}").median / n) for n in sizes)),
    ]
    return Section(
        (row,),
        "Cost per group at 10,000 groups over cost per group at 100. Ten thousand groups do not "
        "fit the processor's caches; the bare loop, which does nothing but write, shows how much "
        "of the growth is the memory's. The ratio is our growth over the bare loop's.",
        tuple(figures),
    )


def _quotients(run: Race, sizes: tuple[int, ...]) -> list[float]:
    first, last = sizes[0], sizes[-1]
    costs = (run.rounds[f"{who} {n}"] for who in ("ours", "bare") for n in (last, first))
    return [a / b / (c / d) for a, b, c, d in zip(*costs, strict=True)]


def jump() -> Section:
    """`sync.step(k)` for small and huge k."""
    sync = both_targets(optimizer(1), (TOP, END, 5, 10**13))
    names = {"k = 10": 10, "k = 10^6": 10**6, "k = 10^12": 10**12}
    run = race({name: timed("f(k)", f=sync.step, k=k) for name, k in names.items()})
    ratio = Spread.of([max(costs) / min(costs) for costs in zip(*run.rounds.values(), strict=True)])
    low, *_, high = sorted((run.cost(name).median for name in names))
    row = Row(
        "`sync.step(k)`, k = 10, 10^6, 10^12",
        "the slowest against the fastest",
        duration(low),
        duration(high),
        spread(Spread(high / low, 1.0, ratio.high)),
        "the same: ≤ 1.1",
        high / low <= 1.1,
    )
    return Section(
        (row,),
        "One group, two targets; the annealing lasts 10^13 steps, so that the three lie in the "
        "same phase. The ratio is that of the medians; the upper bound is the upper quartile of "
        "slowest over fastest within a round.",
        (("k", "one step"), *((n, duration(run.cost(n).median)) for n in names)),
    )


def build() -> Section:
    """Building, saving and loading for 1,000 groups, beside LambdaLR."""
    makers = {
        "ours": lambda bound: tsa.cosine_annealing_with_warmup(bound, *ARGUMENTS),
        "torch": peers.lambda_lr,
    }
    contenders = {}
    for who, make in makers.items():
        contenders[f"building {who}"] = _building(make)
        scheduler = make(optimizer(1_000))
        contenders[f"`state_dict()` {who}"] = timed("f()", f=scheduler.state_dict)
        saved = scheduler.state_dict()
        load = timed("f(saved)", f=scheduler.load_state_dict, saved=saved)
        contenders[f"`load_state_dict()` {who}"] = load
    run = race(contenders)
    rows = []
    for what in ("building", "`state_dict()`", "`load_state_dict()`"):
        names = (f"{what} ours", f"{what} torch")
        ratio = run.ratio(*names)
        title = f"{what}, 1,000 groups"
        rows.append(_row(title, "`LambdaLR`", run, names, ratio, "≤ 1", ratio.median <= 1))
    return Section(
        tuple(rows),
        "One target on both sides. Each building is done on an optimizer that has carried no "
        "scheduler yet; making the optimizers is not measured. `LambdaLR.state_dict()` copies one "
        "attribute dict and shares its lists; ours writes plain JSON types, schedule included. "
        "`LambdaLR.load_state_dict()` writes no value into the groups and checks nothing.",
    )


def _building(make: Callable[[Any], Any]) -> Callable[[], float]:
    def block() -> float:
        fresh = iter([optimizer(1_000) for _ in range(4)])
        return once(fresh)

    def once(fresh: Any) -> float:
        import time  # noqa: PLC0415

        begin = time.perf_counter_ns()
        for bound in fresh:
            make(bound)
        return (time.perf_counter_ns() - begin) / 4

    return block


class Calls(TorchDispatchMode):
    """Counts the operations that torch is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: Counter[str] = Counter()

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        """Count and go on."""
        self.counts[str(func.name()).removeprefix("aten::")] += 1
        return func(*args, **(kwargs or {}))


def tensors() -> Section:
    """A learning rate that is a 0-dim tensor, in 1,000 groups."""
    ours, bare = (_with_tensors(1_000) for _ in range(2))
    scheduler = tsa.cosine_annealing_with_warmup(ours, *ARGUMENTS)
    scheduler.step(WARMUP)
    by_hand = _fills(bare)
    run = race({"ours": timed("f()", f=scheduler.step), "fills": timed("f()", f=by_hand)})
    ratio = run.ratio("ours", "fills")
    with Calls() as calls:
        scheduler.step()
    total = sum(calls.counts.values())
    seen = ", ".join(f"{count} {name}" for name, count in calls.counts.most_common())
    synchronising = sum(calls.counts[n] for n in ("_local_scalar_dense", "item", "equal"))
    rows = (
        _row(
            "one step, one target, 1,000 tensors",
            "a loop of `fill_`",
            run,
            ("ours", "fills"),
            ratio,
            "≤ 1",
            ratio.median <= 1,
        ),
        Row(
            "operations of torch in that step",
            "one a group",
            str(total),
            "1000",
            number(total / 1_000),
            "a constant: ≤ 10",
            total <= 10,
        ),
        Row(
            "of these, reads back from the device",
            "none",
            str(synchronising),
            "0",
            "",
            "0",
            synchronising == 0,
        ),
    )
    return Section(
        rows,
        'Each `group["lr"]` is a float32 tensor of no dimension on the CPU. By hand: '
        '`group["lr"].fill_(base * multiplier)` under `torch.no_grad()`. Operations are those '
        f"that reach torch's dispatcher in one step: {seen}.",
    )


def _with_tensors(groups: int) -> torch.optim.Optimizer:
    bound = optimizer(groups)
    for group in bound.param_groups:
        group["lr"] = torch.tensor(group["lr"])
    return bound


def _fills(bound: torch.optim.Optimizer) -> Callable[[], None]:
    formula = cosine()
    bases = [group["lr"].item() for group in bound.param_groups]
    count = WARMUP

    def step() -> None:
        nonlocal count
        count += 1
        multiplier = formula(count)
        with torch.no_grad():
            for group, base in zip(bound.param_groups, bases):  # noqa: B905
                group["lr"].fill_(base * multiplier)

    return step


def memory() -> Section:
    """Whether a million steps leave anything behind, and what a group costs."""
    sync = both_targets(optimizer(1))
    for _ in range(1_000):
        sync.step()
    before = sys.getallocatedblocks()
    for _ in range(1_000_000):
        sync.step()
    grown = sys.getallocatedblocks() - before
    per_group, saved = _state_per_group(lambda bound: tsa.constant_schedule(bound, 0.5))
    lambdas, lambdas_saved = _state_per_group(lambda bound: peers.LambdaLR(bound, cosine()))
    rows = (
        Row(
            "memory after 1,000,000 steps",
            "before them",
            f"{grown} blocks",
            "",
            "",
            "no growth: < 100 blocks",
            grown < 100,
        ),
        Row(
            "state per group and target",
            "`LambdaLR`",
            f"{per_group:.0f} bytes",
            f"{lambdas:.0f} bytes",
            number(per_group / lambdas),
            "stated",
            None,
        ),
    )
    return Section(
        rows,
        "Growth is the change of `sys.getallocatedblocks()` over 1,000,000 `sync.step()` of one "
        "group and two targets. State per group is what `tracemalloc` sees a scheduler of 2,000 "
        "groups keep more than one of 1,000, by group, the values that it wrote into the groups "
        f"included. Saved as JSON a group takes {saved:.0f} bytes in our state dict and "
        f"{lambdas_saved:.0f} in that of `LambdaLR`.",
    )


def _state_per_group(make: Callable[[Any], Any]) -> tuple[float, float]:
    kept, saved = [], []
    for groups in (1_000, 2_000):
        bound = optimizer(groups)
        tracemalloc.start()
        scheduler = make(bound)
        kept.append(tracemalloc.get_traced_memory()[0])
        tracemalloc.stop()
        data = {k: v for k, v in scheduler.state_dict().items() if k != "lr_lambdas"}
        saved.append(len(json.dumps(data)))
    return (kept[1] - kept[0]) / 1_000, (saved[1] - saved[0]) / 1_000


SECTIONS: dict[str, Callable[[], Section]] = {
    "step": step,
    "growth": growth,
    "jump": jump,
    "build": build,
    "tensors": tensors,
    "memory": memory,
}
