"""Each torch scheduler on each target of each optimizer: as on `lr`, and nothing else."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.optim import Optimizer
from torch.optim import lr_scheduler as lrs
from torch.optim.swa_utils import SWALR

import tsa_torch as tsa
from tests.torch.factories import (
    OPTIMIZERS,
    SCHEDULERS,
    START,
    STEPS,
    TARGETS,
    advance,
    by_json,
    by_torch,
    has,
    made,
    others,
    plain,
    plateau_max,
    read,
)
from tsa_torch.factory import BoundScheduler

CASES = [
    (optimizer, target) for optimizer in OPTIMIZERS for target in TARGETS if has(optimizer, target)
]


def bound(optimizer: Optimizer, name: str, target: str) -> BoundScheduler:
    return tsa.arbitrary_schedule_factory(optimizer, SCHEDULERS[name], schedule_target=target)


def test_the_table_has_every_scheduler_of_torch() -> None:
    """A class that a new torch brings is missed here first."""
    classes = {
        value
        for value in vars(lrs).values()
        if isinstance(value, type) and issubclass(value, lrs.LRScheduler)
    }
    abstract = {lrs.LRScheduler, lrs._LRScheduler}
    tried = {type(plain(name, made("SGD"))) for name in SCHEDULERS}
    assert tried == (classes - abstract) | {SWALR}


@pytest.mark.parametrize(("kind", "target"), CASES)
@pytest.mark.parametrize("name", SCHEDULERS)
def test_the_target_takes_the_values_that_lr_would(name: str, kind: str, target: str) -> None:
    """Bit for bit at every step; no other key, default or attribute changes, none is added."""
    twin, ours = made(kind, START[target]), made(kind)
    before = others(ours, target)
    original, scheduler = plain(name, twin), bound(ours, name, target)
    for step in range(STEPS):
        assert read(ours, target) == read(twin, "lr") == scheduler.get_last_lr()
        assert others(ours, target) == before
        advance(original, twin, step)
        advance(scheduler, ours, step)
        assert scheduler.last_epoch == step + 1
    assert read(ours, target) == read(twin, "lr")
    assert others(ours, target) == before


def _scheduler_last(optimizer: Optimizer, build: Any, saved: Any) -> BoundScheduler:
    scheduler = build()
    optimizer.load_state_dict(saved["optimizer"])
    scheduler.load_state_dict(saved["scheduler"])
    return scheduler


def _optimizer_last(optimizer: Optimizer, build: Any, saved: Any) -> BoundScheduler:
    scheduler = build()
    scheduler.load_state_dict(saved["scheduler"])
    optimizer.load_state_dict(saved["optimizer"])
    return scheduler


def _built_in_between(optimizer: Optimizer, build: Any, saved: Any) -> BoundScheduler:
    optimizer.load_state_dict(saved["optimizer"])
    scheduler = build()
    scheduler.load_state_dict(saved["scheduler"])
    return scheduler


def _scheduler_alone(optimizer: Optimizer, build: Any, saved: Any) -> BoundScheduler:
    scheduler = build()
    scheduler.load_state_dict(saved["scheduler"])
    return scheduler


ORDERS = (_scheduler_last, _optimizer_last, _built_in_between, _scheduler_alone)


def resumes(
    name: str, kind: str, target: str, stop: int, order: Any, codec: Callable[[Any], Any]
) -> None:
    """Stop after `stop` steps, go on in fresh objects, and compare to the end."""
    whole = made(kind)
    running = bound(whole, name, target)
    for step in range(stop):
        advance(running, whole, step)
    saved = {"optimizer": whole.state_dict(), "scheduler": codec(running.state_dict())}
    fresh = made(kind)
    scheduler = order(fresh, lambda: bound(fresh, name, target), saved)
    for step in range(stop, STEPS):
        assert read(fresh, target) == read(whole, target), step
        assert scheduler.state_dict() == running.state_dict()
        assert scheduler.base_lrs == running.base_lrs
        advance(running, whole, step)
        advance(scheduler, fresh, step)
    assert read(fresh, target) == read(whole, target)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", SCHEDULERS)
def test_a_run_continues_exactly(name: str, target: str, order: Any) -> None:
    """Whatever the order of restores, through JSON and through torch's own files."""
    for stop, codec in ((0, by_json), (3, by_torch), (4, by_json), (9, by_json)):
        resumes(name, "AdamW", target, stop, order, codec)


@pytest.mark.parametrize(("kind", "target"), CASES)
@pytest.mark.parametrize("name", SCHEDULERS)
def test_a_run_on_any_optimizer_continues_exactly(name: str, kind: str, target: str) -> None:
    """The scheduler's state is enough, on each optimizer."""
    resumes(name, kind, target, 5, _scheduler_alone, by_json)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda pair: pickle.loads(pickle.dumps(pair))])
@pytest.mark.parametrize("name", SCHEDULERS)
def test_a_copy_goes_on_alone(name: str, copied: Callable[[Any], Any]) -> None:
    """Pickled or deep-copied with its optimizer, it continues and leaves the original alone."""
    optimizer = made("Adam")
    scheduler = bound(optimizer, name, "betas[0]")
    for step in range(4):
        advance(scheduler, optimizer, step)
    twin, other = copied((optimizer, scheduler))
    assert other.optimizer is twin
    for step in range(4, STEPS):
        kept = read(optimizer, "betas[0]")
        advance(other, twin, step)
        assert read(optimizer, "betas[0]") == kept
        advance(scheduler, optimizer, step)
        assert read(twin, "betas[0]") == read(optimizer, "betas[0]")


def test_what_does_not_pickle_says_so_as_torch_does() -> None:
    """A lambda inside the torch scheduler is the caller's own; a factory that is one is not."""
    scheduler = tsa.arbitrary_schedule_factory(
        made("SGD"), lambda opt: lrs.LambdaLR(opt, lambda step: 1.0)
    )
    with pytest.raises((AttributeError, pickle.PicklingError), match="lambda"):
        pickle.dumps(scheduler)
    assert copy.deepcopy(scheduler).get_last_lr() == [0.01, 0.02]


@pytest.mark.parametrize("name", SCHEDULERS)
def test_it_has_what_other_code_looks_for(name: str) -> None:
    """Also where torch's own class lacks it: composites and ReduceLROnPlateau."""
    optimizer = made("SGD")
    scheduler = bound(optimizer, name, "weight_decay")
    first = (scheduler.last_epoch, scheduler.base_lrs)
    advance(scheduler, optimizer, 0)
    assert first == (0, scheduler.base_lrs)
    assert len(scheduler.base_lrs) == 2
    assert scheduler.last_epoch == 1
    assert scheduler._step_count == 2
    assert scheduler.optimizer is optimizer
    scheduler._step_count += 1
    assert scheduler.last_epoch == 1
    assert scheduler.get_lr() == scheduler.get_last_lr() == read(optimizer, "weight_decay")
    with pytest.raises(AttributeError, match="no_such_thing"):
        _ = scheduler.no_such_thing


def test_initial_values_of_a_plateau_survive_its_cuts() -> None:
    """`base_lrs` is what the groups held before, also after a load."""
    optimizer, fresh = made("SGD"), made("SGD", (0.5, 0.6))
    scheduler = tsa.arbitrary_schedule_factory(optimizer, plateau_max, None, "weight_decay")
    for value in (3.0, 2.0, 2.0, 2.0):
        scheduler.step(value)
    assert read(optimizer, "weight_decay") == [0.05, 0.01]
    loaded = tsa.arbitrary_schedule_factory(fresh, plateau_max, None, "weight_decay")
    loaded.load_state_dict(scheduler.state_dict())
    assert loaded.base_lrs == scheduler.base_lrs == [0.1, 0.02]


CYCLES: dict[str, Callable[[Any], lrs.LRScheduler]] = {
    "OneCycleLR": lambda opt: lrs.OneCycleLR(opt, 0.5, 20),
    "CyclicLR": lambda opt: lrs.CyclicLR(opt, 0.01, 0.1, 3),
    "inside another": lambda opt: lrs.SequentialLR(
        opt, [lrs.StepLR(opt, 1), lrs.OneCycleLR(opt, 0.5, 20)], [3]
    ),
}


@pytest.mark.parametrize("kind", OPTIMIZERS)
@pytest.mark.parametrize("name", CYCLES)
def test_a_scheduler_that_cycles_momentum_as_well_is_refused(name: str, kind: str) -> None:
    """The error names the argument that turns it off, and nothing has changed."""
    for target in ("lr", "momentum", "weight_decay", "threshold", "betas[0]", "betas[1]"):
        optimizer = made(kind)
        before = others(optimizer)
        if target == "momentum" and kind not in ("SGD", "RMSprop"):
            continue
        if target.startswith("betas") and not has(kind, "betas[0]"):
            continue
        with pytest.raises(ValueError, match="cycle_momentum"):
            tsa.arbitrary_schedule_factory(optimizer, CYCLES[name], schedule_target=target)
        assert others(optimizer) == before


@pytest.mark.parametrize("kind", ["SGD", "Adam"])
def test_the_way_out_that_the_error_names_works(kind: str) -> None:
    """With `cycle_momentum=False`, and a schedule of its own for the other one."""
    optimizer = made(kind)
    target = "betas[0]" if kind == "Adam" else "momentum"
    sync = tsa.SynchronousSchedule(
        [
            tsa.arbitrary_schedule_factory(optimizer, SCHEDULERS["OneCycleLR"]),
            tsa.arbitrary_schedule_factory(optimizer, SCHEDULERS["CyclicLR"], None, target),
        ]
    )
    twin, other = made(kind), made(kind)
    originals = plain("OneCycleLR", twin), plain("CyclicLR", other)
    for step in range(STEPS):
        optimizer.step()
        sync.step()
        advance(originals[0], twin, step)
        advance(originals[1], other, step)
        assert sync.get_last_lr() == read(twin, "lr")
        assert sync.get_last_schedule(target) == read(other, "lr")


class Late(lrs.LRScheduler):
    """Writes a second hyperparameter, but not before its third step."""

    def get_lr(self) -> list[Any]:
        if self.last_epoch == 3:
            for group in self.optimizer.param_groups:
                group["lr"] = 0.5
                group["momentum"] = 0.5
        return [group["lr"] * 0.5 for group in self.optimizer.param_groups]


def test_a_scheduler_that_writes_something_else_later_is_refused_then() -> None:
    """That step changes nothing at all; its state is that of the step before."""
    optimizer = made("SGD")
    scheduler = tsa.arbitrary_schedule_factory(optimizer, Late, schedule_target="weight_decay")
    scheduler.step()
    scheduler.step()
    before = others(optimizer), scheduler.state_dict(), scheduler.get_last_lr()
    for _ in range(2):
        with pytest.raises(ValueError, match=r"momentum.*cycle_momentum=False"):
            scheduler.step()
        assert (others(optimizer), scheduler.state_dict(), scheduler.get_last_lr()) == before


@pytest.mark.parametrize(
    ("factor", "target", "message"),
    [
        (float("nan"), "weight_decay", "weight_decay.*NaN"),
        (1.5, "betas[0]", r"betas\[0\] must be in \[0, 1\), got 1\.3"),
        (-1.0, "betas[1]", r"betas\[1\] must be in \[0, 1\), got -0\.95"),
    ],
)
def test_a_value_that_no_optimizer_can_use_is_refused(
    factor: float, target: str, message: str
) -> None:
    """When built and when stepped; the groups are as before."""
    optimizer = made("Adam")
    before = others(optimizer)
    noted = others(optimizer, target)

    def factory(first: float) -> Callable[[Any], lrs.LRScheduler]:
        return lambda opt: lrs.LambdaLR(opt, lambda step: factor if step else first)

    with pytest.raises(ValueError, match=message):
        tsa.arbitrary_schedule_factory(optimizer, factory(factor), None, target)
    assert others(optimizer) == before
    scheduler = tsa.arbitrary_schedule_factory(optimizer, factory(1.0), None, target)
    held = read(optimizer, target)
    with pytest.raises(ValueError, match=message):
        scheduler.step()
    assert read(optimizer, target) == held
    assert others(optimizer, target) == noted
    assert scheduler.last_epoch == 0


def test_a_tensor_is_filled_in_place_at_every_step_and_load() -> None:
    """The value that a compiled step holds on to stays the same object."""
    values = [torch.tensor(0.5), torch.tensor(0.25)]
    weights = [torch.nn.Parameter(torch.ones(1)) for _ in values]
    groups = [{"params": [w], "lr": v} for w, v in zip(weights, values, strict=True)]
    optimizer = torch.optim.SGD(groups, lr=torch.tensor(1.0))
    twin = torch.optim.SGD(
        [{"params": [torch.nn.Parameter(torch.ones(1))], "lr": v.clone()} for v in values]
    )
    for name in ("SequentialLR, nested", "OneCycleLR", "SWALR", "CosineAnnealingLR"):
        original = plain(name, twin)
        scheduler = tsa.arbitrary_schedule_factory(optimizer, SCHEDULERS[name])
        held = read(optimizer, "lr")
        start = scheduler.state_dict()
        for step in range(STEPS):
            assert all(map(torch.equal, read(optimizer, "lr"), read(twin, "lr")))
            assert all(a is b for a, b in zip(read(optimizer, "lr"), held, strict=True))
            advance(original, twin, step)
            advance(scheduler, optimizer, step)
        scheduler.load_state_dict(by_json(start))
        assert all(a is b for a, b in zip(read(optimizer, "lr"), held, strict=True))
        for one, other in ((optimizer, values), (twin, values)):
            for group, value in zip(one.param_groups, other, strict=True):
                group.pop("initial_lr", None)
                group["lr"].fill_(value)
    assert [value.item() for value in values] == [0.5, 0.25]


def test_the_parts_of_a_composite_keep_their_order() -> None:
    """The documented example of a chain, and one three levels deep, beside torch."""
    for name in ("ChainedScheduler", "SequentialLR, nested"):
        optimizer, twin = made("SGD"), made("SGD", START["threshold"])
        scheduler = bound(optimizer, name, "threshold")
        original = plain(name, twin)
        for step in range(STEPS):
            advance(original, twin, step)
            advance(scheduler, optimizer, step)
            assert scheduler.get_last_lr() == list(original.get_last_lr())
