"""What a step of the adapter costs: with more groups, at any k, and on tensors."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import Any

import torch

import torch_schedule_anything as tsa
from benchmarks import peers
from benchmarks.bare import END, TOP, TOTAL, WARMUP, cosine, loop
from benchmarks.counting import Operations
from benchmarks.goals import Goal, Row, Section, counted, duration, spread
from benchmarks.groups import optimizer
from benchmarks.old import Old
from benchmarks.timing import Race, Spread, race, timed

GROUPS = (1, 10, 100, 1_000)
BARE_GOALS = {1: 2.2, 10: 1.9, 100: 1.4, 1_000: 1.25}
IGNITE_GOALS = {1: 1.1, 10: 1.1, 100: 1.25, 1_000: 1.1}
Arguments = tuple[float, float, int, int]
ARGUMENTS: Arguments = (TOP, END, WARMUP, TOTAL)
ALONE, IGNITE = "ours, `lr` alone", "ignite, `lr` alone"
OURS, BARE, OLD = "ours, two targets", "bare loop, two targets", "1.2.3, two targets"
LAMBDA = f"{peers.LAMBDA}, `lr` alone"


def both_targets(bound: Any, arguments: Arguments = ARGUMENTS) -> tsa.SynchronousSchedule:
    """Cosine on `lr` and quadratic on `weight_decay`, past their warmup."""
    sync = tsa.SynchronousSchedule(
        [
            tsa.cosine_annealing_with_warmup(bound, *arguments),
            tsa.quadratic_schedule_with_warmup(bound, *arguments, schedule_target="weight_decay"),
        ]
    )
    sync.step(WARMUP)
    return sync


def lr_alone(bound: Any) -> tsa.HyperparameterScheduler:
    """Cosine on `lr`, past its warmup."""
    scheduler = tsa.cosine_annealing_with_warmup(bound, *ARGUMENTS)
    scheduler.step(WARMUP)
    return scheduler


def bare_loop(bound: torch.optim.Optimizer) -> Callable[[], None]:
    """The bare loop, past the warmup too."""
    step = loop(bound)
    for _ in range(WARMUP):
        step()
    return step


def step() -> Section:
    """`sync.step()` for two targets, beside all peers."""
    rows: list[Row] = []
    costs: dict[str, list[str]] = {}
    with closing(Old()) as old:
        for groups in GROUPS:
            contenders = {
                OURS: timed("f()", f=both_targets(optimizer(groups)).step),
                ALONE: timed("f()", f=lr_alone(optimizer(groups)).step),
                BARE: timed("f()", f=bare_loop(optimizer(groups))),
                OLD: old.timed("two targets", groups),
            }
            for name, one in peers.steps(groups).items():
                contenders[f"{name}, `lr` alone"] = timed("f()", f=one)
            run = race(contenders)
            rows += _step_rows(groups, run)
            for name in contenders:
                costs.setdefault(name, []).append(duration(run.cost(name).median))
    header = ("one step", *map(counted, GROUPS))
    return Section(
        tuple(rows),
        """\
`sync` holds `cosine_annealing_with_warmup` on `lr` and `quadratic_schedule_with_warmup` on
`weight_decay`; every step lies past the warmup. The bare loop counts, calls the same two formulas
written as Python functions, and writes `group[key] = base * multiplier` in one pass over the groups
for each target; it does not look at what it overwrites, and expects the groups it began with.
`LambdaLR` and the other peers do half the work: `lr` alone, `LambdaLR` with the same cosine. "Per
target" is half of our step against one step of `LambdaLR`. 1.2.3 drives the same two targets in
a process of its own. All groups begin with the same values.""",
        (header, *((name, *line) for name, line in costs.items())),
        tuple(_opening(costs, groups) for groups in (1, 100)),
    )


def _opening(costs: dict[str, list[str]], groups: int) -> tuple[str, str, str]:
    """The step of one number of groups, as the page opens with it."""
    column = GROUPS.index(groups)
    names = (peers.LAMBDA, "transformers", "timm", "ignite", "anyschedule")
    others = ", ".join(f"{name} {costs[f'{name}, `lr` alone'][column]}" for name in names)
    return f"one step, {counted(groups)}", costs[OURS][column], f"`lr` alone: {others}"


def _step_rows(groups: int, run: Race) -> list[Row]:
    what = f"`sync.step()`, two targets, {counted(groups)}"
    rows = [Row.raced(run, what, "bare loop", (OURS, BARE), Goal.at_most(BARE_GOALS[groups]))]
    alone, goal = f"`step()`, one target, {counted(groups)}", Goal.at_most(IGNITE_GOALS[groups])
    rows.append(Row.raced(run, alone, "ignite", (ALONE, IGNITE), goal))
    if groups == 1:
        names, goal = (OURS, LAMBDA), Goal.at_most(1.0)
        return [*rows, Row.raced(run, what, "one `LambdaLR.step()`, one target", names, goal)]
    if groups >= 100:
        rows.append(Row.raced(run, what, "1.2.3", (OURS, OLD), Goal.faster(30)))
    names = (OURS, LAMBDA)
    rows.append(Row.raced(run, what, "`LambdaLR`, per target", names, Goal.faster(5), scale=2))
    return rows


def distinct() -> Section:
    """The same step where no two groups begin with the same values."""
    rows = []
    for groups in (100, 1_000):
        ours, bare = optimizer(groups, distinct=True), optimizer(groups, distinct=True)
        run = race(
            {
                OURS: timed("f()", f=both_targets(ours).step),
                BARE: timed("f()", f=bare_loop(bare)),
            }
        )
        what = f"`sync.step()`, two targets, {counted(groups)}, all values different"
        rows.append(Row.raced(run, what, "bare loop", (OURS, BARE), Goal.at_most(1.8)))
    return Section(
        tuple(rows),
        "As before, but each group has a learning rate and a weight decay of its own, as with a "
        "decay by layer: nothing can be computed once for several groups.",
    )


def growth() -> Section:
    """The cost per group from 100 to 10,000 groups."""
    sizes = (100, 1_000, 10_000)
    contenders = {}
    for groups in sizes:
        contenders[f"ours {groups}"] = timed("f()", f=both_targets(optimizer(groups)).step)
        contenders[f"bare {groups}"] = timed("f()", f=bare_loop(optimizer(groups)))
    run = race(contenders)
    ours = [big / small / 100 for small, big in _ends(run, "ours", sizes)]
    bare = [big / small / 100 for small, big in _ends(run, "bare", sizes)]
    ratio = Spread.of([mine / theirs for mine, theirs in zip(ours, bare, strict=True)])
    goal = Goal.at_most(1.1, "linear: ≤ 1.1")
    row = Row(
        "cost of `sync.step()` per group, 10,000 groups over 100",
        "the same of the bare loop",
        spread(Spread.of(ours)),
        spread(Spread.of(bare)),
        spread(ratio),
        goal.text,
        goal.verdict(ratio.median),
    )
    figures = [
        (name, *(duration(run.cost(f"{who} {n}").median / n) for n in sizes))
        for name, who in (("`sync.step()`", "ours"), ("bare loop", "bare"))
    ]
    return Section(
        (row,),
        "Ten thousand groups do not fit the caches of a processor; the bare loop, which does "
        "little but write, shows how much of the growth is the memory's. The ratio is our growth "
        "over its growth.",
        (("per group, two targets", *map(counted, sizes)), *figures),
    )


def _ends(run: Race, who: str, sizes: tuple[int, ...]) -> list[tuple[float, float]]:
    small, big = (run.rounds[f"{who} {groups}"] for groups in (sizes[0], sizes[-1]))
    return list(zip(small, big, strict=True))


def jump() -> Section:
    """`sync.step(k)` for small and huge k."""
    sync = both_targets(optimizer(1), (TOP, END, 5, 10**13))
    steps = {"10": 10, "10^6": 10**6, "10^12": 10**12}
    contenders = {name: timed(f"f({k})", f=sync.step) for name, k in steps.items()}
    run = race({**contenders, "none": timed("f()", f=sync.step)})
    goal = Goal("the same: 0.9 to 1.1", low=-1.1, high=1.1)
    rows = [
        Row.raced(run, f"`sync.step({name})`", "`sync.step(10)`", (name, "10"), goal)
        for name in ("10^6", "10^12")
    ]
    rows.append(Row.raced(run, "`sync.step(10)`", "`sync.step()`", ("10", "none"), Goal("stated")))
    return Section(
        tuple(rows),
        "One group, two targets. The annealing lasts 10^13 steps, so that all three lie in it and "
        "take the same branch.",
    )


READS_BACK = ("_local_scalar_dense", "equal", "is_nonzero")
"""Operations for which a GPU's queue must run empty."""


def tensors() -> Section:
    """A learning rate that is a 0-dim tensor, in 1,000 groups."""
    ours, bare = (_with_tensors(1_000) for _ in range(2))
    scheduler = tsa.cosine_annealing_with_warmup(ours, *ARGUMENTS)
    scheduler.step(WARMUP)
    run = race({"ours": timed("f()", f=scheduler.step), "fill": timed("f()", f=_fills(bare))})
    with Operations() as operations:
        scheduler.step()
    counts = operations.counts
    total, reads = sum(counts.values()), sum(counts[name] for name in READS_BACK)
    seen = ", ".join(f"{count} of `{name}`" for name, count in counts.most_common())
    few, none = Goal.at_most(10, "one write: ≤ 10"), Goal.at_most(0, "0")
    what = "one step, one target, 1,000 tensors"
    rows = (
        Row.raced(run, what, "a loop of `fill_`", ("ours", "fill"), Goal.at_most(1.0)),
        Row.counted("torch operations in that step", "the loop", total, 1_000, few),
        Row.counted("of these, reads back", "the loop", reads, 0, none),
    )
    return Section(
        rows,
        'Each `group["lr"]` is a float32 tensor of no dimension, on the CPU. By hand: '
        '`group["lr"].fill_(base * multiplier)` under `torch.no_grad()`. The operations are those '
        f"that reach torch's dispatcher in one step: {seen}. One that reads back would wait for a "
        "GPU.",
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
            for group, base in zip(bound.param_groups, bases):  # noqa: B905 - as the bare loop
                group["lr"].fill_(base * multiplier)

    return step
