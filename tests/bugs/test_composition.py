"""S: schedules one after another, at once, and inside each other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler as lrs

import tsa_torch
from tests.bugs.helpers import Scheduler, bound, drive, rates, sgd
from tsa_core import Constant, Cosine, Custom, Decay, Joined, Linear, ReduceOnPlateau, join


def test_s01_a_sequence_in_a_sequence_of_one_is_the_same_pytorch_196243() -> None:
    """Wrapped once or twice, the values do not change."""
    inner = join([Constant(0.05), Constant(0.02)], [2])
    for wrapped in (join([inner], []), Joined((Joined((inner,), ()),), ())):
        one, other = sgd(), sgd()
        expected = drive(one, Scheduler(one, inner), 4)
        assert drive(other, Scheduler(other, wrapped), 4) == expected == [0.05, 0.05] + [0.02] * 3


def test_s02_an_empty_first_phase_is_skipped_pytorch_185872() -> None:
    """A boundary at step 0."""
    optimizer = sgd()
    schedule = join([Constant(0.1), Decay(1.0, 0.5, 1)], [0])
    assert drive(optimizer, Scheduler(optimizer, schedule), 2) == [1.0, 0.5, 0.25]


def test_s03_a_sequence_starts_with_its_first_piece_pytorch_72874() -> None:
    """Whatever was built before or after it."""
    last, first = Constant(0.3), Constant(0.5)
    optimizer = sgd()
    values = drive(optimizer, Scheduler(optimizer, first.then(last, 2)), 4)
    assert values == [0.5, 0.5, 0.3, 0.3, 0.3]


def test_s04_a_plateau_goes_with_any_schedule_pytorch_68978() -> None:
    """Its state is kept by the loop and gives a multiplier; torch's cuts are the same."""
    losses = (3.0, 2.0, 2.5, 2.5, 2.5, 1.0, 1.5, 1.5)
    rule = ReduceOnPlateau(factor=0.5, patience=1)
    states = [rule.init()]
    warmup = Linear(0.0, 1.0, 4)
    optimizer, twin = sgd(), torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=1.0)
    plateau = lrs.ReduceLROnPlateau(twin, factor=0.5, patience=1)
    scheduler = Scheduler(optimizer, lambda step: warmup(step) * rule.value(states[-1]))
    for step, loss in enumerate(losses, start=1):
        states.append(rule.update(states[-1], loss))
        plateau.step(loss)
        scheduler.step()
        assert rates(optimizer) == [warmup(step) * rates(twin)[0]]
    assert rates(twin) == [0.25]


def test_s04_a_plateau_steps_in_lockstep_with_others_pytorch_110761() -> None:
    """Torch's own, through the factory: the metric goes to it alone."""
    optimizer = sgd(weight_decay=0.5)
    sync = tsa_torch.SynchronousSchedule(
        [
            Scheduler(optimizer, Linear(1.0, 0.0, 4)),
            bound(optimizer, lambda opt: lrs.ReduceLROnPlateau(opt, patience=0), "weight_decay"),
        ]
    )
    for loss in (1.0, 2.0):
        sync.step(metrics=loss)
    assert rates(optimizer) == [0.5]
    assert rates(optimizer, "weight_decay") == [0.05]


def test_s05_a_product_has_all_its_factors_pytorch_129565() -> None:
    """Also the one before a function of the step."""
    optimizer = sgd()
    schedule = Decay(1.0, 0.9, 1) * Custom(lambda step: 0.5**step)
    assert drive(optimizer, Scheduler(optimizer, schedule), 3) == [
        0.9**k * 0.5**k for k in range(4)
    ]


def test_s06_a_product_stays_one_after_a_factor_was_zero_pytorch_13022() -> None:
    """At every step the factors' values multiplied."""
    swing = Cosine(1.0, 0.0, 5).then(Cosine(0.0, 1.0, 5), 5)
    decay = Decay(1.0, 0.5, 1)
    optimizer = sgd()
    values = drive(optimizer, Scheduler(optimizer, swing * decay), 10)
    assert values == [swing(step) * decay(step) for step in range(11)]
    assert values[5] == 0.0
    assert values[6] > 0.0


def test_s07_a_second_scheduler_does_not_move_the_first_one_s_base_pytorch_21965() -> None:
    """Each keeps its own initial values; the groups hold none."""
    optimizer = sgd()
    warmup = Scheduler(optimizer, Linear(0.5, 1.0, 4))
    cycle = bound(optimizer, lambda opt: lrs.OneCycleLR(opt, 1.0, 10, cycle_momentum=False))
    values = []
    for step in range(3):
        warmup.step(step)
        values += rates(optimizer)
    assert values == [0.5, 0.625, 0.75]
    assert cycle.base_lrs == [0.04]
    assert warmup.base_lrs == [1.0]


def test_s08_a_cycle_keeps_its_own_bottom_pytorch_21965() -> None:
    """Whatever an earlier scheduler left in the group."""
    optimizer = sgd(5.0)
    earlier = lrs.LambdaLR(optimizer, lambda step: 1.0)
    assert earlier.base_lrs == [5.0]
    cycle = bound(optimizer, lambda opt: lrs.CyclicLR(opt, 0.1, 1.0, 2, cycle_momentum=False))
    assert min(drive(optimizer, cycle, 8)) == 0.1
    triangle = Linear(0.1, 1.0, 2).then(Linear(1.0, 0.1, 2), 2).repeat(4)
    assert min(drive(optimizer, Scheduler(optimizer, triangle, absolute=True), 8)) == 0.1


@pytest.mark.parametrize(
    "build",
    [
        lambda opt: Scheduler(opt, join([Constant(0.1), Constant(1.0)], [2])),
        lambda opt: tsa_torch.bind_schedules(opt, {"lr": Constant(1.0), "momentum": Constant(1)}),
        lambda opt: tsa_torch.constant_schedule(opt, 1.0),
        lambda opt: bound(opt, lrs.ReduceLROnPlateau),
        lambda opt: bound(opt, lambda o: lrs.ChainedScheduler([lrs.StepLR(o, 2)])),
        lambda opt: bound(
            opt, lambda o: lrs.SequentialLR(o, [lrs.StepLR(o, 2), lrs.StepLR(o, 3)], [2])
        ),
    ],
)
def test_s09_every_kind_has_what_generic_code_reads_pytorch_2849(build: Any) -> None:
    """Composites and plateaus as much as the others."""
    optimizer = sgd(0.5, 0.25)
    scheduler = build(optimizer)
    assert isinstance(scheduler, lrs.LRScheduler)
    assert scheduler.optimizer is optimizer
    assert (scheduler.last_epoch, scheduler._step_count) == (0, 1)
    assert len(scheduler.base_lrs) == len(scheduler.get_last_lr()) == len(scheduler.get_lr()) == 2
    scheduler.load_state_dict(scheduler.state_dict())


def test_s10_warmup_then_restarts_with_falling_peaks_pytorch_80308() -> None:
    """Three parts and no class of its own."""
    restarts = Cosine(1.0, 0.0, 4).repeat(4) * Decay(1.0, 0.9, 1)
    schedule = Linear(0.0, 1.0, 2).then(restarts, 2)
    assert [schedule(step) for step in (0, 1, 2)] == [0.0, 0.5, 1.0]
    assert [schedule(2 + peak) for peak in (0, 4, 8)] == pytest.approx([1.0, 0.6561, 0.43046721])
    optimizer = sgd(0.5)
    values = drive(optimizer, Scheduler(optimizer, schedule), 20)
    assert values == pytest.approx((0.5 * schedule(np.arange(21))).tolist(), rel=1e-15)


def test_s11_a_second_stage_scales_the_note_and_starts_anew_if_told_pytorch_33416() -> None:
    """As in torch, a value written by hand is not the initial one; three ways make it that."""
    optimizer = sgd()
    first = Scheduler(optimizer, Cosine(1.0, 0.0, 10))
    drive(optimizer, first, 4)
    optimizer.param_groups[0]["lr"] = 0.01
    second = Scheduler(optimizer, Decay(1.0, 0.5, 1))
    assert second.base_lrs == [1.0]
    assert drive(optimizer, second, 2) == [1.0, 0.5, 0.25]
    third = bound(optimizer, lambda opt: lrs.ExponentialLR(opt, 0.5))
    assert third.base_lrs == [1.0]

    told = Scheduler(optimizer, Decay(1.0, 0.5, 1), initial_values=0.01)
    assert told.base_lrs == [0.01]
    assert drive(optimizer, told, 2) == [0.01, 0.005, 0.0025]

    tsa_torch.extend_optimizer(optimizer, "lr", 0.04, overwrite_values=True)
    extended = bound(optimizer, lambda opt: lrs.ExponentialLR(opt, 0.5))
    assert extended.base_lrs == [0.04]
    assert drive(optimizer, extended, 2) == [0.04, 0.02, 0.01]

    replaced = Scheduler(optimizer, Decay(1.0, 0.5, 1), absolute=True)
    replaced.replace(Decay(0.08, 0.5, 1))
    assert drive(optimizer, replaced, 2) == [0.08, 0.04, 0.02]


def test_s12_an_anneal_of_no_steps_is_at_its_end_pytorch_47578() -> None:
    """As a schedule of ours, and through the factory."""
    optimizer = sgd()
    schedule = Cosine(1.0, 0.05, 0)
    assert drive(optimizer, Scheduler(optimizer, schedule), 2) == [0.05] * 3
    anneal = bound(optimizer, lambda opt: torch.optim.swa_utils.SWALR(opt, 0.5, anneal_epochs=0))
    assert drive(optimizer, anneal, 3)[1:] == [0.5] * 3


def test_s13_a_sequence_warns_of_nothing_pytorch_76113(recwarn: pytest.WarningsRecorder) -> None:
    """Stepped past every boundary, by count and by number."""
    optimizer = sgd()
    sync = tsa_torch.SynchronousSchedule(
        [
            Scheduler(optimizer, join([Constant(0.1), Decay(1.0, 0.9, 1)], [3])),
            bound(
                optimizer,
                lambda opt: lrs.SequentialLR(opt, [lrs.ConstantLR(opt), lrs.StepLR(opt, 2)], [3]),
                "weight_decay",
            ),
        ]
    )
    drive(optimizer, sync, 8)
    Scheduler(optimizer, Constant(1.0).then(Constant(0.5), 2), "momentum").step(5)
    assert [str(warning.message) for warning in recwarn] == []
