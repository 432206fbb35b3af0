"""R: what goes wrong when a run is resumed."""

from __future__ import annotations

import copy
import io
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.distributed import checkpoint as dcp
from torch.distributed.checkpoint.state_dict import (
    get_optimizer_state_dict,
    set_optimizer_state_dict,
)
from torch.optim import lr_scheduler as lrs
from torch.optim.swa_utils import SWALR

import tsa_core
import tsa_torch
from tests.bugs.helpers import Scheduler, adam, after, bound, drive, rates, sgd
from tests.helpers import NAMES, Config
from tests.mismatches import warns_of_initial_values
from tsa_core import Constant, Cosine, Custom, Decay, Linear, join

COSINE = Cosine(1.0, 0.0, 20)


def test_r01_load_writes_the_groups_pytorch_29697() -> None:
    """From the scheduler's state alone, at once, and every later step follows."""
    saved = after(6, Scheduler(old := sgd(), Decay(1.0, 0.1, 3, staircase=True)), old)
    fresh = sgd()
    scheduler = Scheduler(fresh, Decay(1.0, 0.1, 3, staircase=True))
    scheduler.load_state_dict(saved["scheduler"])
    assert rates(fresh) == rates(old) == [pytest.approx(0.01)]
    assert drive(fresh, scheduler, 4) == pytest.approx([0.01, 0.01, 0.01, 0.001, 0.001])


def test_r01_load_of_a_torch_scheduler_writes_the_groups_pytorch_65342() -> None:
    """The same through the factory."""
    running = bound(old := sgd(), lambda opt: lrs.StepLR(opt, 3))
    saved = after(6, running, old)
    fresh = sgd()
    scheduler = bound(fresh, lambda opt: lrs.StepLR(opt, 3))
    scheduler.load_state_dict(saved["scheduler"])
    assert rates(fresh) == rates(old) == [pytest.approx(0.01)]
    assert drive(fresh, scheduler, 4) == drive(old, running, 4)


def test_r02_the_reported_rate_is_the_one_in_the_group_pytorch_29697() -> None:
    """`get_last_lr` after a load, for ours, for torch's and for both together."""
    old = sgd()
    saved = after(5, tsa_torch.bind_schedules(old, {"lr": COSINE, "momentum": COSINE}), old)
    fresh = sgd(momentum=0.5)
    sync = tsa_torch.bind_schedules(fresh, {"lr": COSINE, "momentum": COSINE})
    with warns_of_initial_values():
        sync.load_state_dict(saved["scheduler"])
    assert sync.get_last_lr() == rates(fresh) == rates(old)
    assert sync.get_last_schedule("momentum") == rates(fresh, "momentum")
    torch_like = bound(fresh, lambda opt: lrs.ExponentialLR(opt, 0.5))
    state = torch_like.state_dict()
    drive(fresh, torch_like, 3)
    torch_like.load_state_dict(state)
    assert torch_like.get_last_lr() == rates(fresh)


@pytest.mark.parametrize("order", ["obs", "bos", "bso", "bs"])
def test_r03_the_order_of_restores_does_not_matter_pytorch_119168(order: str) -> None:
    """o: load the optimizer, b: build, s: load the scheduler; also without the optimizer."""
    old = sgd()
    running = Scheduler(old, COSINE)
    saved = copy.deepcopy(after(7, running, old))
    fresh = sgd()
    scheduler: Any = None
    for action in order:
        if action == "o":
            fresh.load_state_dict(saved["optimizer"])
        elif action == "b":
            scheduler = Scheduler(fresh, COSINE)
        else:
            scheduler.load_state_dict(saved["scheduler"])
    assert drive(fresh, scheduler, 8) == drive(old, running, 8)


@pytest.mark.parametrize("name", NAMES)
def test_r04_one_recipe_resumes_every_schedule_at_every_step_pytorch_120735(name: str) -> None:
    """`last_epoch` is the number of updates made, and the initial value is said."""
    schedule = Config.of(name).schedule
    whole = drive(old := sgd(), Scheduler(old, schedule), 13)
    for made in range(13):
        restored = sgd(whole[made])
        scheduler = Scheduler(restored, schedule, initial_values=1.0, last_epoch=made)
        assert drive(restored, scheduler, 13 - made) == whole[made:]


def test_r05_a_fresh_optimizer_starts_at_any_step_pytorch_160626() -> None:
    """No key is asked for; the note of the initial value is all that is added."""
    optimizer = sgd(0.5)
    keys = set(optimizer.param_groups[0])
    scheduler = Scheduler(optimizer, COSINE, last_epoch=15)
    assert rates(optimizer) == [0.5 * COSINE(15)]
    scheduler.step(3)
    assert rates(optimizer) == [0.5 * COSINE(3)]
    assert set(optimizer.param_groups[0]) == keys | {"initial_lr"}


def test_r06_the_first_update_after_a_late_start_is_on_the_curve_pytorch_60265() -> None:
    """Not at the initial value, and not a step late."""
    optimizer = sgd(0.001)
    scheduler = Scheduler(optimizer, Cosine(1.0, 0.0, 100), last_epoch=45)
    expected = [0.001 * Cosine(1.0, 0.0, 100)(step) for step in (45, 46, 47)]
    assert drive(optimizer, scheduler, 2) == expected


def test_r07_a_sequence_starts_in_the_phase_of_its_step_pytorch_162591() -> None:
    """Joined phases know from the step alone which one it is."""
    schedule = join([Constant(0.1), Decay(1.0, 0.9, 1)], [3])
    optimizer = sgd()
    scheduler = Scheduler(optimizer, schedule, last_epoch=4)
    assert drive(optimizer, scheduler, 3) == [0.9**k for k in (1, 2, 3, 4)]


def test_r08_a_late_start_among_growing_cycles_finds_its_own_pytorch_88791() -> None:
    """Cycles of 3, 6, 12 and 24 steps, from a step past several restarts."""
    starts = [3, 9, 21]
    cycles = join([Cosine(1.0, 0.0, 3 * 2**k) for k in range(4)], starts)
    twin = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=1.0)
    whole = drive(twin, lrs.CosineAnnealingWarmRestarts(twin, 3, 2), 40)
    for made in range(36):
        optimizer = sgd()
        scheduler = Scheduler(optimizer, cycles, last_epoch=made)
        assert drive(optimizer, scheduler, 3) == pytest.approx(whole[made : made + 4], abs=1e-15)


def test_r08_a_restart_scheduler_of_torch_resumes_past_several_restarts_pytorch_88791() -> None:
    """Through the factory, from its state."""

    def factory(opt: Any) -> Any:
        return lrs.CosineAnnealingWarmRestarts(opt, 3, 2)

    running = bound(old := sgd(), factory)
    saved = after(25, running, old)
    scheduler = bound(fresh := sgd(), factory)
    scheduler.load_state_dict(saved["scheduler"])
    assert drive(fresh, scheduler, 30) == drive(old, running, 30)


def test_r09_what_is_derived_from_the_state_is_restored_pytorch_52911() -> None:
    """CyclicLR's scale of each cycle comes from the gamma that was saved."""

    def factory(gamma: float) -> Any:
        return lambda opt: lrs.CyclicLR(
            opt, 0.1, 1.0, 2, mode="exp_range", gamma=gamma, cycle_momentum=False
        )

    running = bound(old := sgd(), factory(0.9))
    saved = after(3, running, old)
    scheduler = bound(fresh := sgd(), factory(0.5))
    with pytest.warns(tsa_torch.ScheduleMismatchWarning, match="gamma"):
        scheduler.load_state_dict(saved["scheduler"])
    assert drive(fresh, scheduler, 8) == drive(old, running, 8)


def test_r10_a_longer_schedule_in_the_code_wins_vortex_70() -> None:
    """The checkpoint gives the position, and a warning names the field that differs."""
    saved = after(50, Scheduler(old := sgd(), Cosine(1.0, 0.0, 100)), old)
    fresh = sgd()
    scheduler = Scheduler(fresh, Cosine(1.0, 0.0, 1000))
    with pytest.warns(tsa_torch.ScheduleMismatchWarning, match="schedule.num_steps"):
        scheduler.load_state_dict(saved["scheduler"])
    assert rates(fresh) == [Cosine(1.0, 0.0, 1000)(50)]


def test_r10_settings_of_torch_that_come_back_are_named_simpletuner_163() -> None:
    """Torch's own schedulers take the checkpoint's settings, but no longer without a word."""

    def cosine(length: int) -> Any:
        return lambda opt: lrs.CosineAnnealingLR(opt, length)

    def cycle(top: float) -> Any:
        return lambda opt: lrs.OneCycleLR(opt, top, 20, cycle_momentum=False)

    def chain(length: int) -> Any:
        return lambda opt: lrs.ChainedScheduler([lrs.StepLR(opt, length), cosine(9)(opt)])

    for before, now, field in (
        (cosine(100), cosine(1000), "T_max"),
        (cycle(0.5), cycle(1.0), "max_lr, min_lr"),
        (chain(3), chain(4), "step_size"),
    ):
        running = bound(old := sgd(), before)
        saved = after(5, running, old)
        scheduler = bound(fresh := sgd(), now)
        with pytest.warns(tsa_torch.ScheduleMismatchWarning, match=f"They differ in: {field}$"):
            scheduler.load_state_dict(saved["scheduler"])
        assert drive(fresh, scheduler, 5) == drive(old, running, 5)


@pytest.mark.parametrize("name", NAMES)
def test_r11_training_longer_than_planned_holds_the_last_value_pytorch_38170(name: str) -> None:
    """Past its end, also right after a resume there, no schedule raises."""
    config = Config.of(name)
    running = Scheduler(old := sgd(), config.schedule)
    saved = after(25, running, old)
    scheduler = Scheduler(fresh := sgd(), config.schedule)
    scheduler.load_state_dict(saved["scheduler"])
    assert drive(fresh, scheduler, 10) == [config.end] * 11


def test_r11_a_torch_scheduler_that_ends_raises_and_changes_nothing_pytorch_38170() -> None:
    """OneCycleLR's own limit stays its own; as a schedule it holds its end."""

    def factory(opt: Any) -> Any:
        return lrs.OneCycleLR(opt, 1.0, 10, cycle_momentum=False)

    optimizer = sgd()
    scheduler = bound(optimizer, factory)
    drive(optimizer, scheduler, 10)
    before = rates(optimizer), scheduler.state_dict()
    with pytest.raises(ValueError, match="total steps is 10"):
        scheduler.step()
    assert (rates(optimizer), scheduler.state_dict()) == before
    schedule = tsa_torch.schedule_from_torch(factory, 10)
    assert schedule(1000) == schedule(9) == pytest.approx(4e-6)


def test_r12_the_state_of_something_else_is_refused_lightning_11665() -> None:
    """Another kind, a key with a typo, another target: an error, and nothing has changed."""
    optimizer = sgd()
    ours = Scheduler(optimizer, COSINE)
    cosine = bound(optimizer, lambda opt: lrs.CosineAnnealingLR(opt, 10), "weight_decay")
    step = bound(optimizer, lambda opt: lrs.StepLR(opt, 3), "weight_decay")
    drive(optimizer, ours, 4)
    before = rates(optimizer), ours.state_dict(), cosine.state_dict()
    typo = {"last_epohc" if key == "step" else key: v for key, v in ours.state_dict().items()}
    for scheduler, state in (
        (ours, typo),
        (ours, {"last_epohc": 7}),
        (ours, step.state_dict()),
        (ours, Scheduler(optimizer, COSINE, "momentum").state_dict()),
        (cosine, step.state_dict()),
        (cosine, {"last_epohc": 7}),
        (cosine, lrs.StepLR(sgd(), 3).state_dict()),
    ):
        with pytest.raises(ValueError, match="must"):
            scheduler.load_state_dict(state)
    assert (rates(optimizer), ours.state_dict(), cosine.state_dict()) == before


def test_r13_a_load_leaves_the_dict_as_it_is_pytorch_32756() -> None:
    """It can be loaded a second time, by ours and by CyclicLR, which empties it in torch."""
    optimizer = sgd()
    cyclic = bound(optimizer, lambda opt: lrs.CyclicLR(opt, 0.1, 1.0, 2, cycle_momentum=False))
    for scheduler in (cyclic, Scheduler(optimizer, COSINE)):
        state = scheduler.state_dict()
        kept = copy.deepcopy(state)
        drive(optimizer, scheduler, 3)
        scheduler.load_state_dict(state)
        scheduler.load_state_dict(state)
        assert state == kept == scheduler.state_dict()


# torch says that one process is one process.
@pytest.mark.filterwarnings("ignore:torch.distributed is disabled")
def test_r14_a_distributed_checkpoint_loses_nothing_pytorch_126948(tmp_path: Path) -> None:
    """The note travels in it, and the schedule beside it as a `Stateful` of its own."""
    model, other = torch.nn.Linear(1, 1), torch.nn.Linear(1, 1)
    old = torch.optim.SGD(model.parameters(), lr=1.0)
    running = Scheduler(old, COSINE)
    drive(old, running, 5)
    dcp.save(
        {"optimizer": get_optimizer_state_dict(model, old), "schedule": running},
        checkpoint_id=tmp_path,
        no_dist=True,
    )
    fresh = torch.optim.SGD(other.parameters(), lr=0.3)
    scheduler = Scheduler(fresh, COSINE)
    optimizer_state = get_optimizer_state_dict(other, fresh)
    with warns_of_initial_values():
        dcp.load(
            {"optimizer": optimizer_state, "schedule": scheduler},
            checkpoint_id=tmp_path,
            no_dist=True,
        )
    set_optimizer_state_dict(other, fresh, optim_state_dict=optimizer_state)
    assert fresh.param_groups[0]["initial_lr"] == 1.0
    assert drive(fresh, scheduler, 8) == drive(old, running, 8)


def test_r15_states_are_plain_numbers_pytorch_98921() -> None:
    """`torch.load(weights_only=True)` takes them, and no optimizer comes along."""
    optimizer = sgd()
    sync = tsa_torch.SynchronousSchedule(
        [
            Scheduler(optimizer, COSINE),
            bound(optimizer, lambda opt: lrs.MultiStepLR(opt, [2, 4]), "momentum"),
            bound(optimizer, lambda opt: SWALR(opt, 0.1), "weight_decay"),
            bound(
                optimizer, lambda o: lrs.OneCycleLR(o, 1.0, 9, cycle_momentum=False), "dampening"
            ),
        ]
    )
    file = io.BytesIO()
    torch.save(sync.state_dict(), file)
    assert len(file.getvalue()) < 10_000
    file.seek(0)
    assert torch.load(file, weights_only=True) == sync.state_dict()


def test_r16_schedulers_pickle_pytorch_7255() -> None:
    """Schedules are records, not closures, so the scheduler and the optimizer pickle."""
    optimizer = sgd()
    sync = tsa_torch.bind_schedules(optimizer, {"lr": Linear(0.0, 1.0, 3).then(COSINE, 3)})
    drive(optimizer, sync, 5)
    twin, other = pickle.loads(pickle.dumps((optimizer, sync)))
    assert drive(twin, other, 8) == drive(optimizer, sync, 8)


def first_function(step: float) -> float:
    return 2.0**-step


def second_function(step: float) -> float:
    return 2.0**step


def test_r17_another_schedule_on_resume_is_noticed_torch_lambda_lr() -> None:
    """Records are compared field by field; functions by the name they are imported by."""
    for before, now, field in (
        (COSINE, Linear(1.0, 0.0, 20), "schedule"),
        (Custom(first_function), Custom(second_function), "schedule.function"),
    ):
        saved = after(4, Scheduler(old := sgd(), before), old)
        scheduler = Scheduler(fresh := sgd(), now)
        with pytest.warns(tsa_torch.ScheduleMismatchWarning, match=field):
            scheduler.load_state_dict(saved["scheduler"])
        assert rates(fresh) == [now(4)]
    assert tsa_core.to_dict(Custom(first_function)) != tsa_core.to_dict(Custom(second_function))


def test_r18_another_initial_value_on_resume_simpletuner_163() -> None:
    """A load brings the checkpoint's back, as documented; a new start at the step has the code's.

    That holds whichever of the two states is loaded, and in which order.
    """
    saved = copy.deepcopy(after(8, Scheduler(old := sgd(1.0), COSINE), old))
    restored = sgd(0.01)
    scheduler = Scheduler(restored, COSINE)
    with warns_of_initial_values():
        scheduler.load_state_dict(saved["scheduler"])
    assert scheduler.base_lrs == [1.0]
    assert rates(restored) == rates(old)
    new = sgd(0.01)
    new.load_state_dict(saved["optimizer"])
    step = saved["scheduler"]["step"]
    scheduler = Scheduler(new, COSINE, initial_values=0.01, last_epoch=step)
    assert drive(new, scheduler, 3) == [0.01 * COSINE(step + k) for k in range(4)]


@pytest.mark.parametrize(
    "factory",
    [
        lambda opt: lrs.ConstantLR(opt, 0.25, 9),
        lambda opt: lrs.LinearLR(opt, 0.25, 1.0, 9),
        lambda opt: lrs.ExponentialLR(opt, 0.9),
        lambda opt: lrs.PolynomialLR(opt, 20),
        lambda opt: lrs.CosineAnnealingLR(opt, 20),
        lambda opt: lrs.StepLR(opt, 4),
        lambda opt: SWALR(opt, 0.1, 9),
    ],
)
def test_r19_building_on_a_restored_optimizer_does_no_harm_pytorch_65342(factory: Any) -> None:
    """The optimizer first, then the torch scheduler is built, then it is restored."""
    running = bound(old := adam(), factory)
    saved = copy.deepcopy(after(5, running, old))
    fresh = adam()
    fresh.load_state_dict(saved["optimizer"])
    scheduler = bound(fresh, factory)
    scheduler.load_state_dict(saved["scheduler"])
    assert drive(fresh, scheduler, 12) == drive(old, running, 12)
