"""What a step, a value and a trajectory cost, beside the same written by hand.

Counted, where counting is enough: instructions of the interpreter and operations of torch are
the same on a busy machine. Each limit lies so close above what was counted that a change which
makes the matter slower by half fails, and a change that makes it much faster asks for a new
limit: `close` sees to both.
"""

from __future__ import annotations

import gc
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch.optim.lr_scheduler import LambdaLR

import torch_schedule_anything as tsa
import tsa_core
from benchmarks import bare
from benchmarks.bare import END, TOP, TOTAL, WARMUP
from benchmarks.counting import Operations, instructions, native_calls
from benchmarks.groups import optimizer

ROOT = Path(__file__).parent.parent
ARGUMENTS = (TOP, END, WARMUP, TOTAL)


def close(figure: float, limit: float) -> bool:
    """Whether `figure` keeps the limit, and half as much again would not."""
    assert figure <= limit, f"{figure:.3f} is above the limit of {limit}: it became slower"
    assert figure > limit / 1.5, f"{figure:.3f} is far below {limit}: lower the limit"
    return True


def both_targets(groups: int, arguments: tuple = ARGUMENTS) -> tsa.SynchronousSchedule:
    bound = optimizer(groups)
    sync = tsa.SynchronousSchedule(
        [
            tsa.cosine_annealing_with_warmup(bound, *arguments),
            tsa.quadratic_schedule_with_warmup(bound, *arguments, schedule_target="weight_decay"),
        ]
    )
    sync.step(WARMUP)
    return sync


def bare_loop(groups: int):
    step = bare.loop(optimizer(groups))
    for _ in range(WARMUP):
        step()
    return step


def scheduler(groups: int, kind: str):
    bound = optimizer(groups)
    if kind == "ours":
        return tsa.cosine_annealing_with_warmup(bound, *ARGUMENTS)
    return LambdaLR(bound, bare.cosine())


@pytest.mark.parametrize(("groups", "limit"), [(1, 3.6), (10, 2.1), (100, 1.4), (1000, 1.25)])
def test_a_step_executes_few_times_the_instructions_of_the_bare_loop(groups, limit):
    ours, by_hand = both_targets(groups).step, bare_loop(groups)
    assert close(instructions(ours) / instructions(by_hand), limit)


def test_a_step_calls_no_function_for_a_group():
    few, many = (native_calls(both_targets(groups).step) for groups in (100, 200))
    assert many == few


def test_the_cost_of_a_step_is_linear_in_the_groups():
    small, middle, large = (instructions(both_targets(n).step) for n in (100, 550, 1_000))
    assert large - middle == middle - small


def test_the_bare_loop_is_what_it_is_taken_for():
    ours, by_hand = optimizer(3), optimizer(3)
    sync = tsa.SynchronousSchedule(
        [
            tsa.cosine_annealing_with_warmup(ours, *ARGUMENTS),
            tsa.quadratic_schedule_with_warmup(ours, *ARGUMENTS, schedule_target="weight_decay"),
        ]
    )
    step = bare.loop(by_hand)
    for _ in range(WARMUP + 50):
        sync.step()
        step()
    for mine, theirs in zip(ours.param_groups, by_hand.param_groups, strict=True):
        assert mine["lr"] == pytest.approx(theirs["lr"], rel=1e-14)
        assert mine["weight_decay"] == pytest.approx(theirs["weight_decay"], rel=1e-14)


def test_any_step_costs_the_same():
    sync = both_targets(2, (TOP, END, 5, 10**13))
    near, far, farther = (
        instructions(lambda k=k: sync.step(k)) for k in (10, 1_000_000, 1_000_000_000_000)
    )
    assert near == far == farther


@pytest.mark.parametrize("name", ["cosine", "quadratic"])
def test_a_value_executes_few_times_the_instructions_of_a_function(name):
    make = {
        "cosine": tsa_core.cosine_annealing_with_warmup,
        "quadratic": tsa_core.quadratic_schedule_with_warmup,
    }[name]
    schedule, by_hand = make(*ARGUMENTS), getattr(bare, name)()
    schedule(1)  # compiled at the first use
    ours, theirs = (instructions(lambda f=f: f(12345)) for f in (schedule, by_hand))
    assert close(ours / theirs, 2.2)


TRAJECTORY = """
import numpy as np
import tsa_core
from benchmarks import bare
from benchmarks.timing import pin_to_one_core, race, timed

pin_to_one_core()
steps = np.arange(300_000)
schedule = tsa_core.{name}_with_warmup(bare.TOP, bare.END, bare.WARMUP, len(steps))
run = race(
    {{
        "ours": timed("f(t)", f=schedule, t=steps),
        "by hand": timed("f(t, n)", f=bare.{by_hand}_array, t=steps, n=len(steps)),
    }}
)
pairs = zip(run.rounds["ours"], run.rounds["by hand"], strict=True)
print(min(ours / theirs for ours, theirs in pairs))
"""


@pytest.mark.parametrize(
    ("name", "by_hand", "limit"),
    [("cosine_annealing", "cosine", 0.8), ("quadratic_schedule", "quadratic", 0.5)],
)
def test_a_trajectory_takes_less_than_numpy_by_hand(name, by_hand, limit):
    # In a process of its own, which no tracer slows down, and by the best of the rounds.
    code = TRAJECTORY.format(name=name, by_hand=by_hand)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert float(done.stdout) <= limit


@pytest.mark.parametrize(
    ("what", "limit"), [("build", 3.3), ("state_dict", 0.036), ("load_state_dict", 1.9)]
)
def test_building_and_state_against_lambda_lr(what, limit):
    def one(kind: str, groups: int) -> int:
        if what == "build":
            made = optimizer(groups)
            build = {
                "ours": lambda: tsa.cosine_annealing_with_warmup(made, *ARGUMENTS),
                "torch": lambda: LambdaLR(made, bare.cosine()),
            }
            return instructions(build[kind])
        built = scheduler(groups, kind)
        saved = built.state_dict()
        if what == "state_dict":
            return instructions(built.state_dict)
        built.optimizer.step()

        def load() -> None:
            built.load_state_dict(saved)
            if kind == "torch":
                built.step()  # torch writes the values then, ours with the load

        return instructions(load)

    assert close(one("ours", 300) / one("torch", 300), limit)


def test_tensors_are_written_in_few_operations():
    bound = optimizer(100)
    for group in bound.param_groups:
        group["lr"] = torch.tensor(group["lr"])
    driver = tsa.cosine_annealing_with_warmup(bound, *ARGUMENTS)
    driver.step(WARMUP)
    with Operations() as operations:
        driver.step()
    assert close(sum(operations.counts.values()), 4)
    assert not operations.counts.keys() & {"_local_scalar_dense", "equal", "is_nonzero"}


def test_steps_leave_nothing_behind_not_even_cycles():
    step = both_targets(3).step
    gc.collect()
    gc.disable()
    try:
        for _ in range(2_000):  # the interpreter fills its lists of free objects
            step()
        before = sys.getallocatedblocks()
        for _ in range(2_000):
            step()
        assert sys.getallocatedblocks() - before < 20
    finally:
        gc.enable()


def test_instructions_are_counted():
    def loop(times: int) -> int:
        total = 0
        for one in range(times):
            total += one
        return total

    small, middle, large = (instructions(lambda n=n: loop(n)) for n in (10, 20, 30))
    assert large - middle == middle - small > 0
    assert native_calls(lambda: [abs(x) for x in (1, 2, 3)]) == 3
