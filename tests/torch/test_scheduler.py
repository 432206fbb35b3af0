"""HyperparameterScheduler, bind_schedules, simulate: our own schedulers in torch loops."""

import copy
import gc
import json
import math
import pickle
import warnings
import weakref
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch.optim.lr_scheduler import CosineAnnealingLR, LambdaLR, LRScheduler, StepLR

import tsa_core
import tsa_torch
from tests.helpers import brief
from tests.mismatches import warns_of_initial_values
from tsa_core import Constant, Linear
from tsa_torch import (
    HyperparameterScheduler,
    ScheduleMismatchWarning,
    SynchronousSchedule,
    arbitrary_schedule_factory,
    bind_schedules,
    schedule_from_torch,
    simulate,
)

FADE = Linear(1.0, 0.0, 10)


def parameter() -> torch.nn.Parameter:
    """A parameter of its own."""
    return torch.nn.Parameter(torch.zeros(2))


def adamw(**options: Any) -> torch.optim.Optimizer:
    """Two groups of different rates."""
    groups = [{"params": [parameter()]}, {"params": [parameter()], "lr": 0.2}]
    return torch.optim.AdamW(groups, **({"lr": 0.1, "weight_decay": 0.01} | options))


def rates(optimizer: Any, key: str = "lr") -> list[Any]:
    """What the groups hold."""
    return [group[key] for group in optimizer.param_groups]


def test_the_value_of_every_step_is_written_and_nothing_else() -> None:
    """Initial value times the schedule, from building on; only the note is added."""
    optimizer = adamw()
    keys, attributes = set(optimizer.param_groups[0]), set(vars(optimizer))
    scheduler = HyperparameterScheduler(optimizer, FADE)
    for step in range(12):
        assert rates(optimizer) == [0.1 * FADE(step), 0.2 * FADE(step)]
        assert scheduler.get_last_lr() == scheduler.get_lr() == rates(optimizer)
        scheduler.step()
    assert set(optimizer.param_groups[0]) == keys | {"initial_lr"}
    assert set(vars(optimizer)) == attributes


def test_it_looks_like_a_torch_scheduler() -> None:
    """Where other code reads."""
    optimizer = adamw()
    scheduler = HyperparameterScheduler(optimizer, FADE)
    scheduler.step()
    assert isinstance(scheduler, LRScheduler)
    assert scheduler.optimizer is optimizer
    assert (scheduler.last_epoch, scheduler._step_count) == (1, 2)
    assert scheduler.base_lrs == [0.1, 0.2]
    assert scheduler._last_lr == rates(optimizer)
    assert scheduler.schedule == FADE
    assert scheduler.state.step == 1
    assert "step=1" in repr(scheduler)


def test_a_sync_prints_a_table() -> None:
    """Target, mode, step, initial and present values, schedule."""
    sync = bind_schedules(adamw(), {"lr": FADE, "weight_decay": Constant(0.5)})
    lines = repr(sync).splitlines()
    columns = ["target", "mode", "step", "initial", "present", "schedule"]
    assert lines[0].split() == columns
    assert lines[1].startswith("lr ")
    row = lines[2].split()
    assert row[:6] == ["weight_decay", "multiplier", "0", "2", "x", "0.01"]


def test_elements_of_tuples_are_rebuilt() -> None:
    """`betas[0]` moves, `betas[1]` stays, the tuple stays a tuple."""
    optimizer = adamw()
    HyperparameterScheduler(optimizer, FADE, "betas[0]").step(5)
    assert rates(optimizer, "betas") == [(0.45, 0.999), (0.45, 0.999)]
    with pytest.raises(KeyError, match=r"betas\[7\]"):
        HyperparameterScheduler(optimizer, FADE, "betas[7]")


def test_tensors_are_filled_in_place_and_not_shared() -> None:
    """Each group its own, the user's untouched, floats handed out."""
    lr = torch.tensor(0.1)
    groups = [{"params": [parameter()]}, {"params": [parameter()]}]
    optimizer = torch.optim.Adam(groups, lr=lr, foreach=False)
    scheduler = HyperparameterScheduler(optimizer, [FADE, Constant(0.5)])
    held = rates(optimizer)
    scheduler.step(5)
    assert rates(optimizer)[0] is held[0]
    assert [value.item() for value in held] == [
        pytest.approx(0.1 * FADE(5)),
        pytest.approx(0.05),
    ]
    assert lr.item() == pytest.approx(0.1)
    assert all(type(value) is float for value in scheduler.get_last_lr())
    optimizer.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    scheduler.step(10)
    assert rates(optimizer)[0].item() == 0.0


def test_an_int_is_scaled_as_a_float() -> None:
    """A learning rate of 1 must not be rounded to 0."""
    optimizer = torch.optim.SGD([parameter()], lr=1)
    HyperparameterScheduler(optimizer, FADE).step(5)
    assert rates(optimizer) == [0.5]


def test_absolute_values() -> None:
    """The schedule's value itself."""
    optimizer = adamw()
    HyperparameterScheduler(optimizer, FADE, absolute=True).step(5)
    assert rates(optimizer) == [0.5, 0.5]


def test_a_subset_of_groups() -> None:
    """By index or by the group; the others and later ones are left alone."""
    optimizer = adamw()
    scheduler = HyperparameterScheduler(optimizer, FADE, groups=[1])
    optimizer.add_param_group({"params": [parameter()]})
    scheduler.step(5)
    assert rates(optimizer) == [0.1, 0.1, 0.1]
    assert scheduler.get_last_lr() == [0.1]
    HyperparameterScheduler(optimizer, FADE, groups=[optimizer.param_groups[0]]).step(5)
    assert rates(optimizer)[0] == 0.05


@pytest.mark.parametrize("regrouped", [False, True])
@pytest.mark.parametrize("groups", [[2, 0], ["tail", "head"]])
def test_groups_in_another_order(groups: list[Any], *, regrouped: bool) -> None:
    """Lists follow the order of `groups`, results the optimizer's, also after a resume."""

    def build() -> tuple[torch.optim.SGD, HyperparameterScheduler]:
        named = zip(("head", "body", "tail"), (0.1, 0.2, 0.4), strict=True)
        optimizer = torch.optim.SGD(
            [{"params": [parameter()], "lr": rate, "name": name} for name, rate in named]
        )
        schedules = [Constant(0.5), FADE]
        return optimizer, HyperparameterScheduler(
            optimizer, schedules, groups=groups, initial_values=[4.0, 1.0]
        )

    optimizer, scheduler = build()
    scheduler.step(3)
    if regrouped:
        del optimizer.param_groups[1]
        scheduler.step(3)
    assert scheduler.get_last_lr() == [FADE(3), 2.0]
    assert scheduler.base_lrs == [1.0, 4.0]
    saved = scheduler.state_dict()
    optimizer, scheduler = build()
    scheduler.load_state_dict(saved)
    assert [group["lr"] for group in optimizer.param_groups] == [FADE(3), 0.2, 2.0]


def test_a_group_that_comes_later_joins_by_its_name() -> None:
    """Where that is what was chosen; one of another name, or of none, is left alone."""
    optimizer = torch.optim.SGD([{"params": [parameter()], "name": "head"}], lr=0.2)
    scheduler = HyperparameterScheduler(optimizer, FADE, groups=["head"])
    for name in ({"name": "head"}, {"name": "body"}, {}):
        optimizer.add_param_group({"params": [parameter()], "lr": 0.4, **name})
    scheduler.step(5)
    assert rates(optimizer) == [0.1, 0.2, 0.4, 0.4]


def test_equal_groups_that_change_places_at_zero() -> None:
    """Each keeps its schedule, though nothing in the groups tells them apart."""
    first, second, third = ({"lr": 1.0} for _ in range(3))
    wrapper = SimpleNamespace(param_groups=[first, second, third])
    pulses = [lambda step, peak=peak: 0.0 if step == 1 else peak for peak in (2.0, 3.0)]
    scheduler = HyperparameterScheduler(wrapper, [*pulses, FADE])
    scheduler.step()
    wrapper.param_groups[:2] = [second, first]
    scheduler.step()
    assert [group["lr"] for group in (first, second, third)] == [2.0, 3.0, FADE(2)]


def test_groups_come_and_go() -> None:
    """A new one starts from its own value; a returned one from its note, by the last schedule."""
    optimizer = adamw()
    scheduler = HyperparameterScheduler(optimizer, [FADE, Constant(1.0)])
    scheduler.step(4)
    optimizer.add_param_group({"params": [parameter()], "lr": 3.0})
    optimizer.add_param_group({"params": [parameter()], "lr": 5.0})
    scheduler.step()
    assert rates(optimizer) == [0.05, 0.2, 3.0, 5.0]
    dropped = optimizer.param_groups.pop(0)
    scheduler.step()
    assert dropped["lr"] == 0.05
    assert scheduler.base_lrs == [0.2, 3.0, 5.0]
    optimizer.param_groups.append(dropped)
    scheduler.step(8)
    assert dropped["lr"] == 0.1


def test_a_new_group_under_absolute_values() -> None:
    """Takes the schedule's value like the others."""
    optimizer = adamw()
    scheduler = HyperparameterScheduler(optimizer, FADE, absolute=True)
    optimizer.add_param_group({"params": [parameter()]})
    scheduler.step(5)
    assert rates(optimizer) == [0.5, 0.5, 0.5]


def test_an_edit_by_hand_lasts_until_the_next_step() -> None:
    """The group's value is never an input."""
    optimizer = adamw()
    scheduler = HyperparameterScheduler(optimizer, FADE)
    optimizer.param_groups[0]["lr"] = 77.0
    scheduler.step()
    assert rates(optimizer)[0] == pytest.approx(0.09)


def test_a_second_scheduler_scales_what_was_there_before_the_first() -> None:
    """A value set by hand does not change it; `initial_values` does, and is noted."""
    optimizer = adamw()
    first = HyperparameterScheduler(optimizer, FADE)
    first.step(10)
    second = HyperparameterScheduler(optimizer, Constant(0.5))
    assert rates(optimizer) == [0.05, 0.1]
    optimizer.param_groups[0]["lr"] = 0.01
    third = HyperparameterScheduler(optimizer, Constant(0.5))
    assert rates(optimizer) == [0.05, 0.1]
    HyperparameterScheduler(optimizer, Constant(0.5), initial_values=[1.0, 2.0])
    assert rates(optimizer) == [0.5, 1.0]
    HyperparameterScheduler(optimizer, Constant(0.5), initial_values=4.0)
    assert rates(optimizer) == [2.0, 2.0]
    assert rates(optimizer, "initial_lr") == [4.0, 4.0]
    assert second.base_lrs == third.base_lrs == [0.1, 0.2]


def test_a_second_scheduler_on_tensors() -> None:
    """The same, where values are rounded to float32."""
    optimizer = torch.optim.SGD([parameter()], lr=torch.tensor(0.1), foreach=False)
    first = HyperparameterScheduler(optimizer, Linear(0.3, 0.7, 10))
    second = HyperparameterScheduler(optimizer, Constant(1.0))
    assert second.base_lrs == first.base_lrs


def test_a_start_at_a_later_step() -> None:
    """`last_epoch` is the number of updates made."""
    optimizer = adamw()
    assert HyperparameterScheduler(optimizer, FADE, last_epoch=5).last_epoch == 5
    assert rates(optimizer) == [0.05, 0.1]


def test_any_object_with_param_groups() -> None:
    """No torch optimizer is needed, nor one that can be referred to weakly."""
    wrapper = SimpleNamespace(param_groups=[{"params": [], "lr": 0.1}])
    sync = bind_schedules(wrapper, {"lr": FADE, "clip": FADE}, default_values={"clip": 2.0})
    sync.step(5)
    assert rates(wrapper) == [0.05]
    assert rates(wrapper, "clip") == [1.0]


def test_it_keeps_no_optimizer_alive() -> None:
    """No cycle: the optimizer goes when the last name does."""
    optimizer = adamw()
    scheduler = HyperparameterScheduler(optimizer, FADE)
    gone = weakref.ref(optimizer)
    gc.disable()
    try:
        del optimizer, scheduler
        assert gone() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("copier", [copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))])
@pytest.mark.parametrize(
    "build",
    [
        lambda optimizer: HyperparameterScheduler(optimizer, FADE),
        lambda optimizer: arbitrary_schedule_factory(
            optimizer, lambda opt: StepLR(opt, 2, 0.5), schedule_target="weight_decay"
        ),
        lambda optimizer: bind_schedules(optimizer, {"lr": FADE}),
    ],
)
def test_schedulers_copy_and_pickle_with_their_optimizer(build: Any, copier: Any) -> None:
    """The copy drives the copied optimizer and leaves the original alone."""
    original = build(adamw())
    original.step()
    twin = copier(original)
    before = [rates(original.optimizer), rates(original.optimizer, "weight_decay")]
    for _ in range(3):
        twin.step()
    assert [rates(original.optimizer), rates(original.optimizer, "weight_decay")] == before
    for _ in range(3):
        original.step()
    assert rates(twin.optimizer) == rates(original.optimizer)
    assert rates(twin.optimizer, "weight_decay") == rates(original.optimizer, "weight_decay")


def test_a_checkpoint_of_another_schedule_warns_and_the_code_wins() -> None:
    """The fields that differ are named."""
    saved = json.loads(
        json.dumps(HyperparameterScheduler(adamw(), FADE, last_epoch=4).state_dict())
    )
    optimizer = adamw()
    scheduler = HyperparameterScheduler(optimizer, Linear(1.0, 0.5, 20))
    with pytest.warns(ScheduleMismatchWarning, match=r"schedule\.end, schedule\.num_steps"):
        scheduler.load_state_dict(saved)
    assert rates(optimizer) == [0.1 * 0.9, 0.2 * 0.9]
    per_group = HyperparameterScheduler(adamw(), [FADE, FADE])
    with pytest.warns(ScheduleMismatchWarning, match=r"differ in: schedule$"):
        per_group.load_state_dict(saved)
    other = HyperparameterScheduler(adamw(), [FADE, Constant(2.0)])
    with pytest.warns(ScheduleMismatchWarning, match=r"schedule\[1\]"):
        other.load_state_dict(per_group.state_dict())


def test_functions_are_not_written_and_not_compared() -> None:
    """A lambda has no importable name; the state still loads."""
    state = HyperparameterScheduler(adamw(), lambda step: 0.5**step, last_epoch=2).state_dict()
    assert state["schedule"] is None
    optimizer = adamw()
    HyperparameterScheduler(optimizer, lambda step: 0.5**step).load_state_dict(state)
    assert rates(optimizer) == [0.025, 0.05]


def test_states_of_the_old_line_load() -> None:
    """A mapping of target to the state of a torch scheduler."""
    old = torch.optim.SGD([parameter()], lr=0.1, weight_decay=0.3)
    states = {}
    for target in ("lr", "weight_decay"):
        twin = torch.optim.SGD([parameter()], lr=old.param_groups[0][target])
        scheduler = LambdaLR(twin, lambda step: 0.5**step)
        for _ in range(3):
            twin.step()
            scheduler.step()
        states[target] = scheduler.state_dict()
    fresh = torch.optim.SGD([parameter()], lr=9.0, weight_decay=9.0)
    bound = arbitrary_schedule_factory(
        fresh, lambda opt: LambdaLR(opt, lambda step: 0.5**step), schedule_target="weight_decay"
    )
    sync = SynchronousSchedule([HyperparameterScheduler(fresh, lambda step: 0.5**step), bound])
    with warns_of_initial_values():
        sync.load_state_dict(states)
    assert (rates(fresh), rates(fresh, "weight_decay")) == ([0.0125], [0.3 * 0.125])
    sync.step()
    assert rates(fresh, "weight_decay") == [0.3 * 0.0625]


def test_nan_is_never_written() -> None:
    """Not by a step, and not by a load."""
    optimizer = adamw()
    scheduler = HyperparameterScheduler(optimizer, lambda step: math.nan if step == 3 else 1.0)
    with pytest.raises(ValueError, match="schedule of 'lr' gives NaN at step 3"):
        scheduler.step(3)
    state = scheduler.state_dict() | {"step": 3}
    with pytest.raises(ValueError, match="gives NaN"):
        scheduler.load_state_dict(state)
    assert rates(optimizer) == [0.1, 0.2]
    assert scheduler.last_epoch == 0


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"schedule": 3}, TypeError, "schedule must be a Schedule or a function"),
        ({"schedule": [FADE]}, ValueError, "schedule must have one item for each of the 2"),
        ({"schedule_target": ""}, ValueError, "schedule_target must name"),
        ({"schedule_target": 3}, TypeError, "schedule_target must be a str, got 3"),
        ({"schedule_target": "weight_decya"}, KeyError, "no param group has 'weight_decya'"),
        (
            {"schedule_target": "foreach"},
            TypeError,
            "foreach of a param group must be a real number",
        ),
        ({"schedule_target": "clip", "default_value": "1"}, TypeError, "default_value"),
        ({"schedule_target": "x[0]", "default_value": 1.0}, ValueError, "name must be a key"),
        ({"absolute": 1}, TypeError, "absolute must be a bool"),
        ({"groups": 3}, TypeError, "groups must be a sequence"),
        ({"groups": [2]}, ValueError, "groups must be param groups or indices below 2, got 2"),
        ({"groups": [0, 0]}, ValueError, "groups must be distinct"),
        ({"groups": []}, ValueError, "groups must be distinct and at least one"),
        ({"initial_values": [1.0]}, ValueError, "initial_values must have one item for each"),
        ({"initial_values": math.nan}, ValueError, "NaN"),
        ({"last_epoch": -2}, ValueError, "last_epoch must be >= 0, got -2"),
        ({"last_epoch": True}, TypeError, "last_epoch must be a real number, got True"),
    ],
)
def test_bad_arguments_change_nothing(options: Any, error: type[Exception], match: str) -> None:
    """The message names the argument; the groups are as before."""
    optimizer = adamw(foreach=False)
    before, defaults = [dict(g) for g in optimizer.param_groups], dict(optimizer.defaults)
    with pytest.raises(error, match=match):
        HyperparameterScheduler(optimizer, **({"schedule": FADE} | options))
    assert [dict(g) for g in optimizer.param_groups] == before
    assert optimizer.defaults == defaults


def test_nan_and_missing_groups_are_refused() -> None:
    """Before anything is written."""
    optimizer = adamw()
    optimizer.param_groups[0]["lr"] = math.nan
    with pytest.raises(ValueError, match="lr of a param group must not be NaN"):
        HyperparameterScheduler(optimizer, FADE)
    with pytest.raises(TypeError, match="optimizer must have param_groups"):
        HyperparameterScheduler(3, FADE)


def test_tensors_are_put_back_after_a_failure() -> None:
    """The same object, with the value it had."""
    lr = torch.tensor(0.1)
    optimizer = torch.optim.SGD([parameter()], lr=lr, foreach=False)
    with pytest.raises(KeyError, match="momentun"):
        bind_schedules(optimizer, {"lr": FADE, "momentun": FADE})
    assert rates(optimizer)[0] is lr
    assert lr.item() == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        (([FADE],), TypeError, "schedules must be a mapping"),
        (({},), ValueError, "schedules must have at least one item"),
    ],
)
def test_bind_schedules_checks_its_arguments(arguments: Any, error: Any, match: str) -> None:
    """By name."""
    with pytest.raises(error, match=match):
        bind_schedules(adamw(), *arguments)
    with pytest.raises(TypeError, match="default_values must be a real number"):
        bind_schedules(adamw(), {"lr": FADE}, default_values=[1])


def test_one_failing_member_leaves_all_where_they_were() -> None:
    """Torch schedulers too, in whatever order they stand."""
    optimizer = adamw()

    def broken(step: int) -> float:
        if step == 2:
            raise ArithmeticError("no value")
        return 1.0

    sync = SynchronousSchedule(
        [
            HyperparameterScheduler(optimizer, FADE),
            arbitrary_schedule_factory(
                optimizer, lambda opt: StepLR(opt, 1, 0.5), schedule_target="weight_decay"
            ),
            arbitrary_schedule_factory(
                optimizer, lambda opt: LambdaLR(opt, broken), schedule_target="eps"
            ),
        ]
    )
    sync.step()
    groups, state = [dict(g) for g in optimizer.param_groups], sync.state_dict()
    with pytest.raises(ArithmeticError, match="no value"):
        sync.step()
    assert [dict(g) for g in optimizer.param_groups] == groups
    assert sync.state_dict() == state


def test_a_plain_torch_scheduler_alone_is_undone() -> None:
    """Its own optimizer, without a view."""
    optimizer = adamw()

    def broken(step: int) -> float:
        return 1.0 / (1 - step)

    sync = SynchronousSchedule([LambdaLR(optimizer, broken)])
    optimizer.step()
    with pytest.raises(ZeroDivisionError):
        sync.step()
    assert sync.last_epoch == 0
    assert rates(optimizer) == [0.1, 0.2]
    assert sync.base_lrs == [0.1, 0.2]
    assert sync._last_lr == sync.get_lr() == [0.1, 0.2]
    assert sync._step_count == 1
    sync.load_state_dict(json.loads(json.dumps(sync.state_dict())))
    assert rates(optimizer) == [0.1, 0.2]


def test_metrics_nobody_asked_for_are_refused() -> None:
    """Rather than dropped without a word."""
    with pytest.raises(ValueError, match="metrics must be left out"):
        bind_schedules(adamw(), {"lr": FADE}).step(metrics=1.0)


def test_a_target_without_lr_reports_none() -> None:
    """An object without `lr` has no rates to log."""
    wrapper = SimpleNamespace(param_groups=[{"params": [], "clip": 1.0}])
    assert bind_schedules(wrapper, {"clip": FADE}).get_last_lr() == []


def test_simulate_and_schedule_from_torch() -> None:
    """A torch scheduler as numbers and as a schedule."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        values = simulate(lambda opt: CosineAnnealingLR(opt, 50), 51, 0.1)
    np.testing.assert_allclose(
        values, 0.1 * tsa_core.Cosine(1.0, 0.0, 50)(np.arange(51)), atol=1e-16
    )
    schedule = schedule_from_torch(lambda opt: StepLR(opt, 2, 0.1), 5)
    assert [schedule(t) for t in range(7)] == pytest.approx([1, 1, 0.1, 0.1, 0.01, 0.01, 0.01])
    with pytest.raises(ValueError, match="num_steps must be >= 1, got 0"):
        simulate(lambda opt: StepLR(opt, 2), 0)


def test_the_documented_name_is_the_same_library() -> None:
    """Every public name, and nothing else."""
    import torch_schedule_anything

    assert torch_schedule_anything.__all__ == tsa_torch.__all__
    for name in tsa_torch.__all__:
        assert getattr(torch_schedule_anything, name) is getattr(tsa_torch, name)


@pytest.mark.parametrize(
    ("broken", "error", "match"),
    [
        ({"schedule": "[" * 100_000}, ValueError, "schedule must be a JSON string"),
        ({"schedule": 5}, TypeError, "schedule must be a JSON string, got 5"),
        ({"base_values": ["0.5", 1.0]}, TypeError, r"base_values\[0\]"),
        ({"base_values": [{"__no__": 1}, 1.0]}, ValueError, "tags"),
    ],
    ids=brief,
)
def test_what_no_state_holds_is_refused_by_name(
    broken: dict[str, Any], error: type[Exception], match: str
) -> None:
    """Also where the code's schedule is a function that cannot be compared."""
    optimizer = adamw()
    scheduler = HyperparameterScheduler(optimizer, lambda step: 0.5)
    before = scheduler.state_dict()
    with pytest.raises(error, match=match):
        scheduler.load_state_dict(before | broken)
    assert scheduler.state_dict() == before


@pytest.mark.parametrize(
    "bases", [None, "12", ["0.5", 1.0], [math.nan, 1.0], [None, 1.0]], ids=repr
)
def test_broken_states_of_the_old_line(bases: Any) -> None:
    """The initial values are checked by name; tensors are numbers."""
    scheduler = HyperparameterScheduler(adamw(), FADE)
    before = scheduler.state_dict()
    with pytest.raises((TypeError, ValueError), match="base_lrs"):
        scheduler.load_state_dict({"last_epoch": 3, "base_lrs": bases})
    assert scheduler.state_dict() == before
    with warns_of_initial_values():
        scheduler.load_state_dict({"last_epoch": 3, "base_lrs": [torch.tensor(0.5), 1.0]})
    assert scheduler.base_lrs == [0.5, 1.0]


def test_the_warning_of_a_mismatch_points_at_the_load() -> None:
    """At the line of the caller."""
    state = HyperparameterScheduler(adamw(), FADE).state_dict()
    other = HyperparameterScheduler(adamw(), Linear(1.0, 0.0, 20))
    with pytest.warns(ScheduleMismatchWarning, match="num_steps") as caught:
        other.load_state_dict(state)
    assert caught[0].filename == __file__
