"""A step, a load, a replacement or a construction happens, or nothing does."""

from __future__ import annotations

import contextlib
import copy
import math
import os
import random
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch.optim import SGD
from torch.optim import lr_scheduler as lrs

from tests.torch.factories import advance, made
from tsa_core import Constant, Linear
from tsa_torch import (
    HyperparameterScheduler,
    SynchronousSchedule,
    arbitrary_schedule_factory,
    bind_schedules,
    extend_optimizer,
)

FADE = Linear(1.0, 0.0, 100)
PACKAGES = ("tsa_torch", "tsa_core")
MOST = int(os.environ.get("INTERRUPTS", "800"))
"""Interrupts of one kind of call."""


def parameter() -> torch.nn.Parameter:
    return torch.nn.Parameter(torch.ones(1))


def sgd(*rates: Any, **options: Any) -> SGD:
    return SGD([{"params": [parameter()], "lr": rate} for rate in rates], **options)


def picture(optimizer: SGD) -> Any:
    """All that the groups hold."""
    return [
        {key: copy.deepcopy(value) for key, value in group.items() if key != "params"}
        for group in optimizer.param_groups
    ]


def nan_at_three(step: float) -> float:
    return math.nan if step == 3 else 1.0


class Interrupter:
    """Raises KeyboardInterrupt before the nth bytecode instruction of this library."""

    def __init__(self, nth: int) -> None:
        self.left = nth

    def __call__(self, frame: Any, event: str, _: Any) -> Any:
        if frame.f_globals.get("__name__", "").partition(".")[0] not in PACKAGES:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode" and self.left:
            self.left -= 1
            if not self.left:
                raise KeyboardInterrupt
        return self


@contextlib.contextmanager
def interrupted(nth: int) -> Iterator[Interrupter]:
    """One interrupt, if there are so many instructions."""
    interrupter, before = Interrupter(nth), sys.gettrace()
    sys._getframe().f_trace_opcodes = True  # from 3.12 on `settrace` looks whether any frame asks
    sys.settrace(interrupter)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            yield interrupter
    finally:
        sys.settrace(before)


class Case:
    """Schedulers on one or more optimizers, something to do with them, and what is right."""

    def __init__(self) -> None:
        self.optimizer = sgd(0.1, 0.2, weight_decay=0.5, momentum=0.9)
        self.sync: Any = self.built()
        self.optimizer.step()
        self.sync.step()
        self.sync.step()
        self.prepare()

    def built(self) -> Any:
        return bind_schedules(self.optimizer, {"lr": FADE, "weight_decay": FADE, "momentum": FADE})

    def prepare(self) -> None:
        """Before the step that is interrupted."""

    def act(self) -> None:
        self.sync.step()

    def steps(self) -> set[float]:
        return {member.last_epoch for member in self.sync.schedules.values()}

    def check(self) -> None:
        """The members are together, and the groups hold what the members say."""
        (step,) = self.steps()
        for group, rate in zip(self.optimizer.param_groups, (0.1, 0.2), strict=False):
            assert group["lr"] == rate * FADE(step)
            assert group["weight_decay"] == 0.5 * FADE(step)
            assert group["momentum"] == 0.9 * FADE(step)

    def go_on(self) -> None:
        """The next valid step works."""
        (step,) = self.steps()
        self.sync.step()
        assert self.steps() == {step + 1}
        self.check()


class Seek(Case):
    def act(self) -> None:
        self.sync.step(7.5)


class OneScheduler(Case):
    """On its own, and without a `SynchronousSchedule`."""

    def act(self) -> None:
        for member in self.sync.schedules.values():
            member.step()

    def check(self) -> None:
        for key, initial in (("lr", 0.1), ("weight_decay", 0.5), ("momentum", 0.9)):
            step = self.sync.schedules[key].last_epoch
            assert self.optimizer.param_groups[0][key] == initial * FADE(step)

    def go_on(self) -> None:
        self.sync.step(9)
        assert self.steps() == {9}
        self.check()


class OneSchedulerSeeks(OneScheduler):
    def act(self) -> None:
        for member in self.sync.schedules.values():
            member.step(3)


class EditedByHand(Case):
    """The quick way finds another value, and every group is looked at."""

    def prepare(self) -> None:
        self.optimizer.param_groups[1]["weight_decay"] = 0.25

    def check(self) -> None:
        (step,) = self.steps()
        if step == 2 and self.optimizer.param_groups[1]["weight_decay"] == 0.25:
            self.optimizer.param_groups[1]["weight_decay"] = 0.5 * FADE(step)
        super().check()


class LateGroup(Case):
    """A group that joins, or keeps what it holds."""

    def prepare(self) -> None:
        self.optimizer.add_param_group({"params": [parameter()], "lr": 0.4})

    def check(self) -> None:
        super().check()
        (step,) = self.steps()
        assert self.optimizer.param_groups[2]["lr"] == (0.4 if step == 2 else 0.4 * FADE(step))


class Load(Case):
    def prepare(self) -> None:
        self.saved = self.sync.state_dict()
        self.sync.step(50)

    def act(self) -> None:
        self.sync.load_state_dict(self.saved)


class SeveralOptimizers(Case):
    """Members that belong to different ones."""

    def built(self) -> Any:
        self.other = sgd(0.3)
        return SynchronousSchedule(
            {
                "first": bind_schedules(self.optimizer, {"lr": FADE}).schedules["lr"],
                "decay": HyperparameterScheduler(self.optimizer, FADE, "weight_decay"),
                "momentum": HyperparameterScheduler(self.optimizer, FADE, "momentum"),
                "second": HyperparameterScheduler(self.other, FADE),
            }
        )

    def check(self) -> None:
        super().check()
        (step,) = self.steps()
        assert self.other.param_groups[0]["lr"] == 0.3 * FADE(step)


class WithTheFactory(Case):
    """Ours and one of torch's through the factory."""

    def built(self) -> Any:
        bound = arbitrary_schedule_factory(
            self.optimizer, lambda opt: lrs.LambdaLR(opt, FADE), schedule_target="momentum"
        )
        return SynchronousSchedule(
            [bind_schedules(self.optimizer, {"lr": FADE, "weight_decay": FADE}), bound]
        )


class WithPlainTorch(Case):
    """Ours and one of torch's that writes for itself."""

    def built(self) -> Any:
        own = bind_schedules(self.optimizer, {"weight_decay": FADE, "momentum": FADE})
        return SynchronousSchedule([own, lrs.LambdaLR(self.optimizer, FADE)])


CASES = (
    Case,
    Seek,
    OneScheduler,
    OneSchedulerSeeks,
    EditedByHand,
    LateGroup,
    Load,
    SeveralOptimizers,
    WithTheFactory,
    WithPlainTorch,
)


def instructions(act: Callable[[], Any]) -> Iterator[int]:
    """Where to interrupt a call: all its instructions, or of many a part, another each time."""
    with interrupted(1_000_000) as interrupter:
        act()
    number = 1_000_000 - interrupter.left
    assert number > 100
    stride = 1 + number // MOST
    return iter(range(1 + random.randrange(stride), number + 1, stride))


@pytest.mark.parametrize("case", CASES)
def test_an_interrupt_at_any_instruction_splits_nothing(case: type[Case]) -> None:
    """Members never stand apart, every group holds what they say, and the next step works."""
    for nth in instructions(case().act):
        one = case()
        with interrupted(nth) as interrupter:
            one.act()
        assert interrupter.left == 0
        one.check()
        one.go_on()


def test_an_interrupt_while_building_leaves_the_groups_alone_or_scheduled() -> None:
    """The key that was to be added, too, and the note."""

    def bind(optimizer: SGD) -> Any:
        targets = {"lr": FADE, "clip": FADE}
        return bind_schedules(optimizer, targets, default_values={"clip": 1.0}, last_epoch=50)

    for nth in instructions(lambda: bind(sgd(0.1, 0.2))):
        optimizer = sgd(0.1, 0.2)
        before = picture(optimizer)
        with interrupted(nth):
            bind(optimizer)
        if picture(optimizer) != before:  # all was written and adopted when it came
            assert [group["lr"] for group in optimizer.param_groups] == [0.05, 0.1]
            assert [group["clip"] for group in optimizer.param_groups] == [0.5, 0.5]
            assert [group["initial_lr"] for group in optimizer.param_groups] == [0.1, 0.2]
            assert [group["initial_clip"] for group in optimizer.param_groups] == [1.0, 1.0]


@pytest.mark.parametrize("edit", [False, True])
def test_a_refused_plan_keeps_edits_by_hand(*, edit: bool) -> None:
    """Of a step, a seek, a load and a replacement; the next valid call works."""
    optimizer = sgd(0.1, 0.2, weight_decay=0.5)
    sync = bind_schedules(optimizer, {"lr": FADE, "weight_decay": nan_at_three})
    sync.step(2)
    if edit:
        optimizer.param_groups[1]["lr"] = 7.0
    before = picture(optimizer)
    broken = {**sync.state_dict()}
    broken["weight_decay"] = broken["weight_decay"] | {"step": 3}
    calls: tuple[Callable[[], Any], ...] = (
        sync.step,
        lambda: sync.step(3),
        lambda: sync.load_state_dict(broken),
        lambda: sync.schedules["lr"].replace(lambda step: math.nan),
        lambda: sync.schedules["lr"].replace(Constant(-1.0)),
    )
    for call in calls:
        with pytest.raises(ValueError, match=r"NaN|must be >= 0"):
            call()
        assert picture(optimizer) == before
        assert sync.last_epoch == 2
    sync.step(4)
    assert [group["lr"] for group in optimizer.param_groups] == [0.1 * FADE(4), 0.2 * FADE(4)]


def test_a_group_that_was_refused_and_dropped_is_forgotten() -> None:
    """It does not keep refusing later steps."""
    optimizer = sgd(0.1)
    scheduler = HyperparameterScheduler(optimizer, FADE)
    optimizer.add_param_group({"params": [parameter()], "lr": 0.2})
    optimizer.param_groups[1]["lr"] = -0.2
    with pytest.raises(ValueError, match="lr must be >= 0"):
        scheduler.step()
    del optimizer.param_groups[1]
    scheduler.step()
    assert optimizer.param_groups[0]["lr"] == 0.1 * FADE(1)


def test_an_optimizer_whose_groups_went_away_harms_no_other() -> None:
    """Schedulers on others are built, stepped and read; its own waits."""
    gone = sgd(0.1)
    scheduler = HyperparameterScheduler(gone, FADE)
    gone.param_groups.clear()
    other = sgd(0.1)
    HyperparameterScheduler(other, FADE).step(50)
    assert other.param_groups[0]["lr"] == 0.05
    scheduler.step()
    assert scheduler.get_last_lr() == []


@pytest.mark.parametrize("multiplier", [math.inf, 0.0])
@pytest.mark.parametrize("start", [0.0, 0.5, math.inf])
def test_zero_times_anything_is_zero(start: float, multiplier: float) -> None:
    """In the group, in `get_last_lr` and in the state alike."""
    optimizer = extend_optimizer(sgd(0.1, 0.1), "clip", start)
    scheduler = HyperparameterScheduler(optimizer, Constant(1.0), "clip")
    scheduler.replace(lambda step: multiplier)
    for _ in range(2):
        scheduler.step()
        expected = 0.0 if 0.0 in (start, multiplier) else math.inf
        assert [group["clip"] for group in optimizer.param_groups] == [expected] * 2
        assert scheduler.get_last_lr() == list(scheduler.state.values) == [expected] * 2


def test_the_state_is_the_same_object_until_the_next_step() -> None:
    """It is what moves, and what it says is what the groups hold."""
    optimizer = sgd(0.1, 0.2)
    scheduler = HyperparameterScheduler(optimizer, FADE)
    before = scheduler.state
    assert scheduler.state is before
    with pytest.raises(TypeError):
        scheduler.step("x")
    assert scheduler.state is before
    scheduler.step()
    assert before.step == 0
    assert scheduler.state.values == (0.1 * FADE(1), 0.2 * FADE(1))
    assert [group["lr"] for group in optimizer.param_groups] == list(scheduler.state.values)


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("rates", [(0.1, 0.2, 0.4), (0.1, 0.1, 0.1)])
def test_a_mapping_that_refuses_for_good_is_left(rates: tuple[float, ...], *, late: bool) -> None:
    """The others are written back, the first exception goes on, and the next step works."""

    class Locked(dict[str, Any]):
        locked = False

        def __setitem__(self, key: str, value: Any) -> None:
            if self.locked:
                raise RuntimeError(f"{key} is locked")
            super().__setitem__(key, value)

    def held() -> list[float]:
        return [one["lr"] for one in optimizer.param_groups]

    optimizer = sgd(*rates)
    optimizer.param_groups[1] = group = Locked(optimizer.param_groups[1])
    scheduler = HyperparameterScheduler(optimizer, FADE)
    scheduler.step()
    rates += (0.8,) * late
    if late:
        optimizer.add_param_group({"params": [parameter()], "lr": 0.8})
    group.locked = True
    for step in (None, 9):
        with pytest.raises(RuntimeError, match="lr is locked"):
            scheduler.step(step)
        assert held()[:3] == [rate * FADE(1) for rate in rates[:3]]
        assert held()[3:] == list(rates[3:])
        assert scheduler.last_epoch == 1
    group.locked = False
    scheduler.step()
    assert held() == [rate * FADE(2) for rate in rates]


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_the_first_exception_goes_on_beside_a_group_that_cannot_join(
    error: type[BaseException],
) -> None:
    """Writing back is no second look at the groups, and reaches the other optimizers."""

    class Refusing(dict[str, Any]):
        error: BaseException | None = None

        def __setitem__(self, key: str, value: Any) -> None:
            error, self.error = self.error, None
            if error is not None:
                raise error
            super().__setitem__(key, value)

    optimizers = [sgd(0.1), sgd(0.2, 0.2), sgd(0.4)]
    optimizers[1].param_groups[1] = group = Refusing(optimizers[1].param_groups[1])
    sync = SynchronousSchedule(
        {str(place): HyperparameterScheduler(one, FADE) for place, one in enumerate(optimizers)}
    )
    sync.step()
    before = [picture(one) for one in optimizers]
    late = {"params": [parameter()]}
    optimizers[2].param_groups.append(late)
    group.error = error()
    with pytest.raises(error):
        sync.step()
    assert [picture(one) for one in optimizers] == [*before[:2], [*before[2], {}]]
    assert sync.last_epoch == 1
    optimizers[2].param_groups.remove(late)
    sync.step()
    assert [one.param_groups[0]["lr"] for one in optimizers] == [
        rate * FADE(2) for rate in (0.1, 0.2, 0.4)
    ]


def test_a_scheduler_of_the_factory_that_is_refused_goes_on() -> None:
    """A write that fails puts torch's scheduler and its stand-in back as well."""

    class Refusing(dict[str, Any]):
        left = math.inf

        def __setitem__(self, key: str, value: Any) -> None:
            self.left -= 1
            if self.left == 0:
                raise RuntimeError(key)
            super().__setitem__(key, value)

    optimizer, twin = made("SGD"), made("SGD")
    optimizer.param_groups[1] = group = Refusing(optimizer.param_groups[1])
    bound = arbitrary_schedule_factory(optimizer, lambda opt: lrs.ExponentialLR(opt, 0.5))
    original = lrs.ExponentialLR(twin, 0.5)
    for step in range(4):
        before = [one["lr"] for one in optimizer.param_groups]
        group.left = 1
        with pytest.raises(RuntimeError, match="lr"):
            bound.step()
        assert [one["lr"] for one in optimizer.param_groups] == before
        assert bound.last_epoch == step
        group.left = math.inf
        advance(original, twin, step)
        advance(bound, optimizer, step)
        assert [one["lr"] for one in optimizer.param_groups] == [
            one["lr"] for one in twin.param_groups
        ]
