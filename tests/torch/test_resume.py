"""Save and load at every step of a run: the continuation is the run, bit for bit."""

from __future__ import annotations

import copy
import io
import json
import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.optim import AdamW
from torch.optim.lr_scheduler import StepLR

import tsa_torch as tsa
from tests.helpers import NAMES, Config, label
from tests.mismatches import warns_of_initial_values
from tests.torch.helpers import SCHEDULERS, adamw, metric, picture

STEPS = 12
BUILT_IN = {name: f"x_{name}" for name in NAMES}
BOUND = {name: f"y_{name.replace(' ', '_')}" for name in SCHEDULERS}
KEYS = ("lr", "weight_decay", "betas", *BUILT_IN.values(), *BOUND.values())


def optimizer_of(start: float = 0.1) -> AdamW:
    """An AdamW with one key for each scheduler, different in the two groups."""
    optimizer = adamw()
    for number, key in enumerate((*BUILT_IN.values(), *BOUND.values())):
        tsa.extend_optimizer(optimizer, key, start + 0.01 * number)
        optimizer.param_groups[1][key] = 0.07 + 0.003 * number
    return optimizer


def schedule(optimizer: AdamW) -> tsa.SynchronousSchedule:
    """The thirteen, torch's schedulers, and a plain torch one on `lr`, in lockstep."""
    own = [
        getattr(tsa, name)(optimizer, **Config.of(name).kwargs, schedule_target=key)
        for name, key in BUILT_IN.items()
    ]
    bound = [
        tsa.arbitrary_schedule_factory(optimizer, SCHEDULERS[name], schedule_target=key)
        for name, key in BOUND.items()
    ]
    element = tsa.linear_schedule_with_warmup(optimizer, 1.0, 0.2, 3, 9, "betas[0]")
    decay = tsa.cosine_annealing_with_warmup(optimizer, 1.0, 0.2, 3, 9, "weight_decay")
    return tsa.SynchronousSchedule([*own, StepLR(optimizer, 2, 0.5), *bound, element, decay])


def run(optimizer: AdamW, sync: tsa.SynchronousSchedule, first: int) -> list[Any]:
    """Train from step `first` to the end; the scheduled values of each update."""
    rows = [values(optimizer)]
    for step in range(first, STEPS):
        optimizer.step()
        sync.step(metrics=metric(step))
        rows.append(values(optimizer))
        assert sync.get_last_lr() == [group["lr"] for group in optimizer.param_groups]
    return rows


def values(optimizer: AdamW) -> list[list[Any]]:
    """The scheduled values of each group."""
    return [[group[key] for key in KEYS] for group in optimizer.param_groups]


def by_json(checkpoint: Any) -> Any:
    """The scheduler's state through JSON text; the optimizer's through torch, as is usual."""
    return by_torch({"optimizer": checkpoint["optimizer"]}) | {
        "scheduler": json.loads(json.dumps(checkpoint["scheduler"]))
    }


def by_torch(checkpoint: Any) -> Any:
    """Through `torch.save` and `torch.load` with its default `weights_only=True`."""
    file = io.BytesIO()
    torch.save(checkpoint, file)
    file.seek(0)
    return torch.load(file, weights_only=True)


def _scheduler_last(checkpoint: Any) -> tuple[AdamW, tsa.SynchronousSchedule]:
    optimizer = optimizer_of()
    sync = schedule(optimizer)
    optimizer.load_state_dict(checkpoint["optimizer"])
    sync.load_state_dict(checkpoint["scheduler"])
    return optimizer, sync


def _optimizer_last(checkpoint: Any) -> tuple[AdamW, tsa.SynchronousSchedule]:
    optimizer = optimizer_of()
    sync = schedule(optimizer)
    sync.load_state_dict(checkpoint["scheduler"])
    optimizer.load_state_dict(checkpoint["optimizer"])
    return optimizer, sync


def _built_after_the_optimizer_load(checkpoint: Any) -> tuple[AdamW, tsa.SynchronousSchedule]:
    optimizer = optimizer_of()
    optimizer.load_state_dict(checkpoint["optimizer"])
    sync = schedule(optimizer)
    sync.load_state_dict(checkpoint["scheduler"])
    return optimizer, sync


def _scheduler_only(checkpoint: Any) -> tuple[AdamW, tsa.SynchronousSchedule]:
    optimizer = optimizer_of(start=0.9)
    sync = schedule(optimizer)
    with warns_of_initial_values():
        sync.load_state_dict(checkpoint["scheduler"])
    return optimizer, sync


ORDERS = (_scheduler_last, _optimizer_last, _built_after_the_optimizer_load, _scheduler_only)


@pytest.mark.parametrize("codec", [by_json, by_torch])
@pytest.mark.parametrize("order", ORDERS)
def test_a_resume_at_every_step_continues_bit_for_bit(
    order: Callable[[Any], tuple[AdamW, tsa.SynchronousSchedule]], codec: Callable[[Any], Any]
) -> None:
    """In any order of loads the groups are written at load and the run goes on as if unbroken."""
    optimizer = optimizer_of()
    sync = schedule(optimizer)
    uninterrupted = run(optimizer_of_run := optimizer_of(), schedule(optimizer_of_run), 0)
    for stop in range(STEPS + 1):
        checkpoint = {"optimizer": optimizer.state_dict(), "scheduler": sync.state_dict()}
        resumed, resumed_sync = order(codec(checkpoint))
        assert values(resumed) == uninterrupted[stop], f"written at load, step {stop}"
        assert resumed_sync.state_dict() == sync.state_dict()
        assert run(resumed, resumed_sync, stop) == uninterrupted[stop:], f"from step {stop}"
        if stop < STEPS:
            optimizer.step()
            sync.step(metrics=metric(stop))


@pytest.mark.parametrize("name", NAMES)
def test_each_of_the_thirteen_resumes_alone(name: str) -> None:
    """A scheduler's own state dict works without a `SynchronousSchedule`."""

    def build() -> tuple[AdamW, Any]:
        optimizer = adamw()
        kwargs = Config.of(name).kwargs
        return optimizer, getattr(tsa, name)(optimizer, **kwargs, schedule_target="weight_decay")

    optimizer, scheduler = build()
    for _ in range(STEPS):
        fresh_optimizer, fresh = build()
        fresh.load_state_dict(json.loads(json.dumps(scheduler.state_dict())))
        for one, other in zip(fresh_optimizer.param_groups, optimizer.param_groups, strict=True):
            assert one["weight_decay"] == other["weight_decay"]
        assert fresh.get_last_lr() == scheduler.get_last_lr()
        assert fresh.last_epoch == scheduler.last_epoch
        scheduler.step()


def test_a_load_leaves_its_argument_alone_and_can_be_repeated() -> None:
    """The loaded dict is not changed and not aliased; loading twice is loading once."""
    optimizer, other = optimizer_of(), optimizer_of()
    sync, fresh = schedule(optimizer), schedule(other)
    run(optimizer, sync, 5)
    state = sync.state_dict()
    kept = copy.deepcopy(state)
    fresh.load_state_dict(state)
    fresh.load_state_dict(state)
    run(other, fresh, 8)
    assert state == kept
    fresh.load_state_dict(state)
    assert values(other) == values(optimizer)


def test_a_state_dict_is_a_copy() -> None:
    """Later steps do not reach into a state dict that was taken before."""
    optimizer = optimizer_of()
    sync = schedule(optimizer)
    state = sync.state_dict()
    kept = copy.deepcopy(state)
    run(optimizer, sync, 0)
    assert state == kept


def test_the_state_maps_schedule_names_to_states() -> None:
    """The documented shape: one entry for each schedule name, of plain JSON types."""
    sync = schedule(optimizer_of())
    state = sync.state_dict()
    assert list(state) == sync.schedule_names
    assert json.loads(json.dumps(state)) == state


OURS, THEIRS = BUILT_IN["constant_with_warmup"], BOUND["CyclicLR"]


def _set(name: str, *path: Any, to: Any) -> Callable[[dict[str, Any]], None]:
    def change(state: dict[str, Any]) -> None:
        place = state[name]
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = to

    return change


def _delete(name: str, *path: Any) -> Callable[[dict[str, Any]], None]:
    def change(state: dict[str, Any]) -> None:
        place = state
        for key in (name, *path)[:-1]:
            place = place[key]
        del place[(name, *path)[-1]]

    return change


def _add(state: dict[str, Any]) -> None:
    state["unexpected"] = dict(state["weight_decay"])


def _clear(state: dict[str, Any]) -> None:
    state.clear()


FAILURES: dict[str, tuple[Callable[[dict[str, Any]], None], type[Exception], str]] = {
    "missing": (_delete("weight_decay"), KeyError, "weight_decay"),
    "unexpected": (_add, KeyError, "unexpected"),
    "empty": (_clear, KeyError, "weight_decay"),
    "no step": (_delete("weight_decay", "step"), ValueError, "step"),
    "no base values": (_delete(OURS, "base_values"), ValueError, "base_values"),
    "extra key": (_set(OURS, "more", to=1), ValueError, "more"),
    "NaN step": (_set("weight_decay", "step", to=math.nan), ValueError, "step .*nan"),
    "infinite step": (_set(OURS, "step", to=math.inf), ValueError, "step .*inf"),
    "negative step": (_set(OURS, "step", to=-1), ValueError, "step .*-1"),
    "text step": (_set(OURS, "step", to="3"), TypeError, "step .*'3'"),
    "no number of steps": (_set(OURS, "step", to=None), TypeError, "step .*None"),
    "bool step": (_set(OURS, "step", to=True), TypeError, "step .*True"),
    "wrong version": (_set("weight_decay", "version", to=99), ValueError, "version .*99"),
    "text version": (_set(OURS, "version", to="2"), ValueError, "version .*'2'"),
    "wrong target": (_set(OURS, "schedule_target", to="lr"), ValueError, "schedule_target .*'lr'"),
    "NaN base": (_set(OURS, "base_values", 1, to=math.nan), ValueError, "base_values.*nan"),
    "text base": (_set(OURS, "base_values", 0, to="x"), TypeError, "base_values.*'x'"),
    "one base": (_set(OURS, "base_values", to=[0.1]), ValueError, "base_values"),
    "text bases": (_set(OURS, "base_values", to="ab"), TypeError, "base_values .*'ab'"),
    "no bases": (_set(OURS, "base_values", to=None), TypeError, "base_values .*None"),
    "member is a list": (lambda s: s.update(weight_decay=[]), TypeError, r"\[\]"),
    "member is None": (lambda s: s.update({THEIRS: None}), TypeError, "None"),
    "bound: no scheduler": (_delete(THEIRS, "scheduler"), ValueError, "scheduler"),
    "bound: no position": (_delete(THEIRS, "scheduler", "last_epoch"), ValueError, "scheduler"),
    "bound: no dict": (_set(THEIRS, "scheduler", to=3), (ValueError, TypeError), "scheduler"),
    "bound: version": (_set(THEIRS, "version", to=0), ValueError, "version .*0"),
    "bound: target": (_set(THEIRS, "schedule_target", to="x"), ValueError, "schedule_target .*'x'"),
    "bound: one group": (lambda s: s[THEIRS]["groups"].pop(), ValueError, "groups"),
    "bound: NaN": (_set(THEIRS, "groups", 1, "value", to=math.nan), ValueError, "value .*nan"),
    "bound: text": (_set(THEIRS, "groups", 0, "value", to="x"), TypeError, "value .*'x'"),
    "bound: NaN step": (
        _set(THEIRS, "scheduler", "last_epoch", to=math.nan),
        ValueError,
        "last_epoch .*nan",
    ),
    "bound: text step": (
        _set(THEIRS, "scheduler", "last_epoch", to="3"),
        TypeError,
        "last_epoch .*'3'",
    ),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_a_failed_load_says_what_is_wrong_and_changes_nothing(failure: str) -> None:
    """Groups, states and the next steps are as if the load had not been tried."""
    change, error, message = FAILURES[failure]
    source, optimizer, control = optimizer_of(), optimizer_of(), optimizer_of()
    saved, sync, control_sync = schedule(source), schedule(optimizer), schedule(control)
    run(source, saved, 4)
    run(optimizer, sync, 9)
    run(control, control_sync, 9)
    state = json.loads(json.dumps(saved.state_dict()))
    change(state)
    groups, own = picture(optimizer), sync.state_dict()
    with pytest.raises(error, match=message):
        sync.load_state_dict(state)
    assert picture(optimizer) == groups
    assert sync.state_dict() == own
    assert run(optimizer, sync, 10) == run(control, control_sync, 10)


@pytest.mark.parametrize("state", [None, [], "state", 3], ids=label)
def test_a_state_that_is_no_mapping_is_a_type_error(state: Any) -> None:
    """The message names `state_dict`, for a lockstep, our own and a bound scheduler alike."""
    optimizer = adamw()
    ours = tsa.constant_schedule(optimizer, 0.5, "weight_decay")
    bound = tsa.arbitrary_schedule_factory(optimizer, SCHEDULERS["StepLR"])
    for loader in (ours, bound, tsa.SynchronousSchedule([ours, bound])):
        with pytest.raises(TypeError, match="state_dict must"):
            loader.load_state_dict(state)


def test_another_schedule_in_the_code_wins_with_a_warning() -> None:
    """Position and initial values come from the checkpoint, the schedule from the code."""
    old, new = adamw(), adamw()
    before = tsa.linear_schedule_with_warmup(old, 1.0, 0.0, 0, 10)
    after = tsa.linear_schedule_with_warmup(new, 1.0, 0.0, 0, 20)
    before.step(5)
    with pytest.warns(tsa.ScheduleMismatchWarning, match="num_steps"):
        after.load_state_dict(before.state_dict())
    assert new.param_groups[0]["lr"] == 0.1 * 0.75
