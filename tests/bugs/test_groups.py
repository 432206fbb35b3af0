"""G and T: param groups that come and go, and rates that are tensors."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch._dynamo.testing import CompileCounter
from torch.optim import lr_scheduler as lrs

import tsa_torch
from tests.bugs.helpers import Scheduler, bound, drive, rates, sgd, weight
from tests.helpers import NAMES, Config
from tsa_core import Constant, Cosine, Decay, Linear

LATE = (
    lambda opt: lrs.LambdaLR(opt, lambda step: 1 / (1 + step)),
    lambda opt: lrs.MultiplicativeLR(opt, lambda step: 0.9),
    lambda opt: lrs.CyclicLR(opt, 0.1, 1.0, 2, cycle_momentum=False),
    lambda opt: lrs.OneCycleLR(opt, 1.0, 20, cycle_momentum=False),
    lambda opt: lrs.CosineAnnealingWarmRestarts(opt, 4),
    lambda opt: torch.optim.swa_utils.SWALR(opt, 0.1),
    lambda opt: lrs.CosineAnnealingLR(opt, 4),
)


def add(optimizer: Any, rate: Any) -> None:
    optimizer.add_param_group({"params": [weight()], "lr": rate})


@pytest.mark.parametrize("name", NAMES)
def test_g01_a_late_group_is_taken_in_by_our_schedules_pytorch_79888(name: str) -> None:
    """Each of the thirteen goes on, with the late group's own value as its initial one."""
    config = Config.of(name)
    optimizer = sgd(0.5)
    scheduler = Scheduler(optimizer, config.schedule)
    drive(optimizer, scheduler, 2)
    add(optimizer, 0.25)
    for step in range(3, 12):
        scheduler.step()
        assert rates(optimizer) == [0.5 * config.schedule(step), 0.25 * config.schedule(step)]


@pytest.mark.parametrize("factory", LATE)
def test_g01_a_late_group_is_taken_in_by_torch_s_schedulers_pytorch_53712(factory: Any) -> None:
    """From its first step on it is where it would be, had it been there from the start."""
    optimizer, twin = sgd(0.5), sgd(0.5, 0.25)
    scheduler, whole = bound(optimizer, factory), bound(twin, factory)
    for step in range(15):
        if step == 3:
            add(optimizer, 0.25)
        scheduler.step()
        whole.step()
        assert rates(optimizer) == rates(twin)[: 1 if step < 3 else 2]


def test_g02_no_error_waits_for_the_turn_of_the_cosine_pytorch_53712() -> None:
    """Ours and torch's, over several turns."""
    for build in (
        lambda opt: Scheduler(opt, Cosine(1.0, 0.0, 4).then(Cosine(0.0, 1.0, 4), 4).repeat(8)),
        lambda opt: bound(opt, lambda o: lrs.CosineAnnealingLR(o, 4)),
    ):
        optimizer = sgd()
        scheduler = build(optimizer)
        drive(optimizer, scheduler, 2)
        add(optimizer, 1.0)
        for _ in range(20):
            scheduler.step()
            assert rates(optimizer)[0] == pytest.approx(rates(optimizer)[1], abs=1e-15)


def test_g03_groups_with_one_rate_are_on_one_curve_cf_pytorch_79888() -> None:
    """Whenever they came."""
    optimizer = sgd()
    scheduler = Scheduler(optimizer, Cosine(1.0, 0.0, 10))
    drive(optimizer, scheduler, 5)
    add(optimizer, 1.0)
    scheduler.step()
    assert rates(optimizer) == [Cosine(1.0, 0.0, 10)(6)] * 2


def test_g04_a_plateau_cuts_a_late_group_as_well_pytorch_20997() -> None:
    """One lower limit given as a number holds for it, too."""
    optimizer = sgd()
    scheduler = bound(optimizer, lambda opt: lrs.ReduceLROnPlateau(opt, patience=0, min_lr=0.05))
    scheduler.step(1.0)
    add(optimizer, 0.2)
    scheduler.step(2.0)
    assert rates(optimizer) == [0.1, 0.05]


def test_g05_a_group_may_vanish_transformers_43692() -> None:
    """Its neighbours keep their own schedules, by whoever they are driven."""
    optimizer = torch.optim.SGD(
        [
            {"params": [weight()], "lr": 1.0},
            {"params": [], "lr": 0.5},
            {"params": [weight()], "lr": 0.2},
        ]
    )
    per_group = Scheduler(optimizer, [Constant(0.5), Constant(0.25), Constant(0.1)])
    for group, value in zip(optimizer.param_groups, (0.9, 0.6, 0.3), strict=True):
        group["momentum"] = value
    torch_s = bound(
        optimizer, lambda opt: lrs.LambdaLR(opt, lambda step: 1 / (1 + step)), "momentum"
    )
    del optimizer.param_groups[1]
    sync = tsa_torch.SynchronousSchedule([per_group, torch_s])
    sync.step()
    assert rates(optimizer) == [0.5, 0.2 * 0.1] == sync.get_last_lr()
    assert rates(optimizer, "momentum") == [0.45, 0.15] == sync.get_last_schedule("momentum")


def test_g06_one_group_alone_can_be_scheduled_pytorch_67761() -> None:
    """By its index or by itself; the others are left alone."""
    for chosen in ([0], None):
        optimizer = sgd(0.1, 0.1)
        groups = chosen or [optimizer.param_groups[0]]
        drive(optimizer, Scheduler(optimizer, Constant(0.5), groups=groups), 3)
        assert rates(optimizer) == [0.05, 0.1]


def test_g07_one_number_leaves_groups_different_katsura_jp_11() -> None:
    """A schedule multiplies each group's own value, unless absolute values are asked for."""
    cycle = Linear(0.04, 1.0, 3).then(Cosine(1.0, 0.0, 7), 3)
    optimizer = sgd(1.0, 0.1)
    Scheduler(optimizer, cycle)
    assert rates(optimizer) == [0.04, 0.1 * 0.04]
    Scheduler(optimizer, cycle, absolute=True)
    assert rates(optimizer) == [0.04, 0.04]
    Scheduler(optimizer, [cycle, cycle * 0.5], absolute=True)
    assert rates(optimizer) == [0.04, 0.02]


def test_g08_groups_do_not_share_one_tensor_cf_pytorch_163103() -> None:
    """Each scheduled group gets a clone when the scheduler is built."""
    for build in (
        lambda opt: Scheduler(opt, [Constant(0.1), Constant(0.5)]),
        lambda opt: bound(opt, lambda o: lrs.LambdaLR(o, [lambda step: 0.1, lambda step: 0.5])),
    ):
        optimizer = torch.optim.SGD(
            [{"params": [weight()]}, {"params": [weight()]}], torch.tensor(1.0)
        )
        first, second = (group["lr"] for group in optimizer.param_groups)
        assert first is second
        scheduler = build(optimizer)
        drive(optimizer, scheduler, 2)
        assert rates(optimizer) == pytest.approx([0.1, 0.5])


def test_t01_another_optimizer_and_the_caller_s_tensor_stay_cf_pytorch_195984() -> None:
    """The tensor that was passed in is not the one that is written."""
    for build in (
        lambda opt: Scheduler(opt, Constant(0.5)),
        lambda opt: bound(opt, lambda o: lrs.ConstantLR(o, 0.5)),
    ):
        mine = torch.tensor(1.0)
        one = torch.optim.SGD([weight()], lr=mine)
        other = torch.optim.SGD([weight()], lr=mine)
        drive(one, build(one), 2)
        assert rates(one) == [0.5]
        assert rates(other) == [1.0]
        assert mine.item() == 1.0


def test_t02_nothing_handed_out_is_the_live_tensor_pytorch_163103() -> None:
    """Reported values, initial values and states are numbers, and stay as they were."""
    for build in (
        lambda opt: Scheduler(opt, Decay(1.0, 0.5, 1)),
        lambda opt: bound(opt, lambda o: lrs.LambdaLR(o, lambda step: 0.5**step)),
        lambda opt: bound(
            opt, lambda o: lrs.SequentialLR(o, [lrs.ConstantLR(o, 1.0), lrs.StepLR(o, 1, 0.5)], [1])
        ),
    ):
        optimizer = sgd(torch.tensor(1.0))
        scheduler = build(optimizer)
        seen = scheduler.get_last_lr(), scheduler.base_lrs, scheduler.get_lr()
        drive(optimizer, scheduler, 3)
        assert seen == ([1.0], [1.0], [1.0])
        assert scheduler.base_lrs == [1.0]
        assert all(type(value) is float for values in seen for value in values)


def test_t03_a_plateau_keeps_the_tensor_pytorch_163093() -> None:
    """It is filled in place, and stays the same object."""
    optimizer = sgd(torch.tensor(1.0))
    scheduler = bound(optimizer, lambda opt: lrs.ReduceLROnPlateau(opt, patience=0))
    held = optimizer.param_groups[0]["lr"]
    for value in (1.0, 2.0, 3.0):
        scheduler.step(value)
    assert optimizer.param_groups[0]["lr"] is held
    assert held.item() == pytest.approx(0.01)


# torch compiles with parts of its own that it has declared old.
@pytest.mark.filterwarnings("ignore:.torch.jit.script_method. is deprecated")
def test_t04_a_compiled_step_is_compiled_once_pytorch_130467() -> None:
    """With a tensor, changing the value changes no code: one graph for all updates."""
    torch._dynamo.reset()
    optimizer = torch.optim.SGD([weight()], lr=torch.tensor(0.1), foreach=False)
    optimizer.param_groups[0]["params"][0].grad = torch.ones(1)
    scheduler = Scheduler(optimizer, Cosine(1.0, 0.0, 10))
    counter = CompileCounter()
    compiled = torch.compile(optimizer.step, backend=counter)
    compiled()
    graphs = counter.frame_count
    for _ in range(8):
        scheduler.step()
        compiled()
    assert counter.frame_count == graphs >= 1


def test_t05_a_tensor_replaced_by_a_load_is_found_torch_load_state_dict() -> None:
    """Looked up in the group at each write; a number that a load brought stays a number."""
    optimizer = sgd(torch.tensor(1.0))
    ours = Scheduler(optimizer, Decay(1.0, 0.5, 1))
    held = optimizer.param_groups[0]["lr"]
    optimizer.load_state_dict(optimizer.state_dict())
    assert optimizer.param_groups[0]["lr"] is not held
    ours.step()
    assert rates(optimizer) == [0.5]
    optimizer.load_state_dict(sgd(1.0).state_dict())
    ours.step()
    assert optimizer.param_groups[0]["lr"] == 0.25
    assert type(optimizer.param_groups[0]["lr"]) is float
