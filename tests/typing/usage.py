"""Typical calls of the public API, for the type checkers: what a user's editor sees.

`test_typing.py` runs mypy --strict and pyright over this file, and runs it. A line with
`type: ignore` is a mistake that the checkers must find: an ignore that is not needed is an
error too.
"""

from __future__ import annotations

from typing import assert_type

import attrs
import numpy as np
import torch
from numpy.typing import NDArray
from torch.optim.lr_scheduler import LRScheduler, StepLR

import torch_schedule_anything as tsa
import tsa_core
from tsa_core import Cosine, Linear, Schedule, ScheduleState


def values() -> None:
    """A schedule is a function of the step."""
    schedule = Linear(0.0, 1.0, 10).then(Cosine(1.0, 0.0, 90), at=10)
    assert_type(schedule, Schedule)
    assert_type(schedule(5), float)
    assert_type(schedule(np.int64(5)), float)
    steps: NDArray[np.float64] = np.arange(100.0)
    assert_type(schedule(steps), NDArray[np.float64])
    assert_type(schedule(torch.arange(100)), torch.Tensor)
    schedule("5")  # type: ignore[call-overload]  # pyright: ignore


def arithmetic() -> Schedule:
    """Operators and methods give schedules."""
    warmup = Linear(0.0, 1.0, 10)
    assert_type(warmup * 3e-4, Schedule)
    assert_type(0.5 * warmup + 1.0 - warmup / 2, Schedule)
    assert_type(-warmup, Schedule)
    repeated = warmup.repeat(every=20, times=3, gain=0.5).clip(low=0.1).shift(5).stretch(2.0)
    warmup + "1"  # type: ignore[operator]  # pyright: ignore
    warmup.repeat(20, times="3")  # type: ignore[arg-type]  # pyright: ignore
    return repeated.reverse(100)


def records() -> None:
    """Records show their fields, and refuse what is no number."""
    line = Linear(start=1.0, end=0.0, num_steps=10)
    assert_type(line.start, float)
    assert_type(line.num_steps, int)
    assert_type(tsa_core.Joined((line, line), (10,)).schedules, tuple[Schedule, ...])
    assert_type(attrs.evolve(line, end=0.5), Linear)
    assert_type(line.length, float)
    Linear("1.0", 0.0, 10)  # type: ignore[arg-type]  # pyright: ignore
    Linear(1.0, 0.0)  # type: ignore[call-arg]  # pyright: ignore
    tsa_core.Joined((line, line))  # type: ignore[call-arg]  # pyright: ignore
    line.start = 2.0  # type: ignore[misc]  # pyright: ignore


def functions() -> None:
    """The documented schedules, and schedules as data."""
    assert_type(tsa_core.cosine_annealing_with_warmup(1.0, 0.01, 10, 100), Schedule)
    assert_type(tsa_core.join([Linear(0.0, 1.0, 10), Cosine(1.0, 0.0, 90)], [10]), Schedule)
    data = tsa_core.to_dict(Linear(0.0, 1.0, 10))
    restored: Schedule = tsa_core.from_dict(data, allow={"module:name": abs})
    restored(0)
    tsa_core.constant_schedule("1")  # type: ignore[arg-type]  # pyright: ignore


def state() -> None:
    """States go in and come out."""
    schedule = Linear(1.0, 0.0, 10)
    begin = tsa_core.init(schedule, (0.1, 0.01))
    assert_type(begin, ScheduleState)
    assert_type(tsa_core.advance(schedule, begin), ScheduleState)
    rates: tuple[float, ...] = tsa_core.advance([schedule, schedule], begin, 5).values
    assert rates == (0.05, 0.005)


def steady(step: float) -> float:
    """A schedule of one's own."""
    return 1.0


def torch_loop() -> None:
    """Binding, stepping, reading, saving."""
    model = torch.nn.Linear(4, 1)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    tsa.extend_optimizer(optimizer, "clip", default_value=1.0)
    sync = tsa.bind_schedules(
        optimizer,
        {"lr": Linear(1.0, 0.0, 10), "weight_decay": steady, "clip": Cosine(1.0, 0.5, 9)},
    )
    assert_type(sync, tsa.SynchronousSchedule)
    plain: LRScheduler = sync
    plain.step()
    sync.step(5)
    assert_type(sync.get_last_lr(), list[float])
    assert_type(sync.get_last_schedule("clip"), list[float])
    assert_type(sync.schedule_names, list[str])
    sync.load_state_dict(sync.state_dict())
    for threshold, params, _group in tsa.get_param_groups_regrouped_by_key(optimizer, "clip"):
        torch.nn.utils.clip_grad_norm_(params, threshold)
    sync.get_last_schedule(0)  # type: ignore[arg-type]  # pyright: ignore


def schedulers() -> None:
    """One scheduler at a time, ours and torch's."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    own = tsa.cosine_annealing_with_warmup(optimizer, 1.0, 0.01, 10, 100, schedule_target="lr")
    assert_type(own, tsa.HyperparameterScheduler)
    assert_type(own.state, ScheduleState)
    bound = tsa.arbitrary_schedule_factory(
        optimizer, lambda opt: StepLR(opt, 30), default_value=0.9, schedule_target="momentum"
    )
    members: list[LRScheduler] = [own, bound]
    tsa.SynchronousSchedule(members).step()
    assert_type(tsa.schedule_from_torch(lambda opt: StepLR(opt, 1), 3), Schedule)
    assert_type(tsa.simulate(lambda opt: StepLR(opt, 1), 3), NDArray[np.float64])
    tsa.simulate(StepLR(optimizer, 1), 3)  # type: ignore[arg-type]  # pyright: ignore
