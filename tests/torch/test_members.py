"""Members of several kinds, chosen groups and values of several kinds in one schedule."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
import torch
from torch.optim import SGD
from torch.optim import lr_scheduler as lrs

from tests.refusing import Refusing
from tsa_core import Constant, Linear
from tsa_torch import (
    HyperparameterScheduler,
    SynchronousSchedule,
    arbitrary_schedule_factory,
    bind_schedules,
)

FADE = Linear(1.0, 0.0, 10)


def sgd(*rates: Any, shape: int = 1, **options: Any) -> SGD:
    groups = [{"params": [torch.nn.Parameter(torch.ones(shape))], "lr": rate} for rate in rates]
    return SGD(groups, **options)


def held(optimizer: Any, key: str = "lr") -> list[float]:
    return [float(group[key]) for group in optimizer.param_groups]


def halving(optimizer: Any, target: str = "lr") -> Any:
    return arbitrary_schedule_factory(
        optimizer, lambda opt: lrs.ExponentialLR(opt, 0.5), schedule_target=target
    )


def test_schedulers_at_different_steps_do_not_go_together() -> None:
    """The message says where each stands."""
    optimizer = sgd(0.1, weight_decay=0.5)
    first = HyperparameterScheduler(optimizer, FADE)
    second = HyperparameterScheduler(optimizer, FADE, "weight_decay")
    first.step()
    with pytest.raises(ValueError, match="same step, got 'lr' at 1, 'weight_decay' at 0"):
        SynchronousSchedule([first, second])


@pytest.mark.parametrize("build", [halving, lambda opt: HyperparameterScheduler(opt, FADE)])
def test_one_value_of_a_group_has_one_schedule(build: Any) -> None:
    """Also under two names of a mapping."""
    optimizer = sgd(0.1)
    with pytest.raises(ValueError, match=r"same value twice, got 'a' and 'b' on 'lr' of group 0"):
        SynchronousSchedule({"a": build(optimizer), "b": build(optimizer)})


def test_the_same_target_of_different_groups_and_names_for_loggers() -> None:
    """The groups are chosen by a rule, which decides on later ones as well."""
    optimizer = sgd(0.1, 0.2)
    sync = SynchronousSchedule(
        {
            "low": HyperparameterScheduler(optimizer, FADE, groups=lambda one: one["lr"] < 0.15),
            "high": HyperparameterScheduler(optimizer, Constant(0.5), groups=[1]),
        }
    )
    optimizer.add_param_group({"params": [torch.nn.Parameter(torch.ones(1))], "lr": 0.05})
    sync.step(5)
    assert held(optimizer) == [0.05, 0.1, 0.025]
    assert sync.scalars() == {"low/0": 0.05, "low/2": 0.025, "high/1": 0.1}
    with pytest.raises(ValueError, match="groups must select at least one param group"):
        HyperparameterScheduler(optimizer, FADE, groups=lambda group: False)


def test_a_bound_scheduler_names_its_values_for_loggers() -> None:
    """Under its target, or its name in a mapping."""
    bound = halving(sgd(0.5, 0.25))
    bound.step()
    assert bound.scalars() == {"lr/0": 0.25, "lr/1": 0.125}
    assert SynchronousSchedule({"a": bound}).scalars() == {"a/0": 0.25, "a/1": 0.125}


def test_a_sequence_with_none_is_saved_and_loaded() -> None:
    """The group without a schedule is left alone."""
    optimizer = sgd(0.1, 0.2)
    scheduler = HyperparameterScheduler(optimizer, [None, FADE])
    scheduler.step(5)
    saved = scheduler.state_dict()
    fresh = sgd(0.7, 0.2)
    HyperparameterScheduler(fresh, [None, FADE]).load_state_dict(saved)
    assert held(fresh) == [0.7, 0.1]
    with pytest.raises(ValueError, match="schedule must have at least one item that is not None"):
        HyperparameterScheduler(optimizer, [None, None])


def test_a_load_that_differs_in_the_mode_only() -> None:
    """Named in the warning; the code's mode is used."""
    saved = HyperparameterScheduler(sgd(1.0), Constant(0.5)).state_dict()
    optimizer = sgd(1.0)
    absolute = HyperparameterScheduler(optimizer, Constant(0.5), absolute=True)
    with pytest.warns(UserWarning, match="absolute=False; the code's absolute=True is used"):
        absolute.load_state_dict(saved)
    both = HyperparameterScheduler(sgd(3.0), Constant(0.5), absolute=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        both.load_state_dict(absolute.state_dict())
    assert both.get_last_lr() == [0.5]


@pytest.mark.parametrize("first", [0.1, 0.2])
def test_replaced_parameters_of_several_elements(first: float) -> None:
    """They have no truth value where lists of them are compared."""
    optimizer = sgd(first, 0.2, shape=3)
    one = HyperparameterScheduler(optimizer, FADE)
    each = HyperparameterScheduler(optimizer, [FADE, Constant(0.5)], "momentum")
    for step in (1, 2):
        optimizer.param_groups[0] = {
            **optimizer.param_groups[0],
            "params": [torch.nn.Parameter(torch.ones(3))],
        }
        one.step(step)
        each.step(step)
        assert held(optimizer) == [first * FADE(step), 0.2 * FADE(step)]
        assert held(optimizer, "initial_lr") == [first, 0.2]


@pytest.mark.parametrize("target", ["weight_decay", "betas[0]"])
def test_an_edit_by_hand_in_the_last_group_takes_the_quick_write_back(target: str) -> None:
    """Different values, and elements of tuples: all of the groups are written all the same."""
    weights = [torch.nn.Parameter(torch.ones(1)) for _ in range(2)]
    groups = [
        {"params": [weight], "weight_decay": value, "betas": (value, 0.9)}
        for weight, value in zip(weights, (0.5, 0.25), strict=True)
    ]
    optimizer = torch.optim.Adam(groups)
    scheduler = HyperparameterScheduler(optimizer, FADE, target)
    scheduler.step()
    optimizer.param_groups[1] |= {"weight_decay": 0.125, "betas": (0.125, 0.9)}
    scheduler.step()
    assert scheduler.get_last_lr() == [0.5 * FADE(2), 0.25 * FADE(2)]
    if target == "weight_decay":
        assert held(optimizer, target) == scheduler.get_last_lr()
        del optimizer.param_groups[1][target]
        scheduler.step()
        assert held(optimizer, target) == [0.5 * FADE(3), 0.25 * FADE(3)]
    else:
        assert [one["betas"] for one in optimizer.param_groups] == [
            (0.5 * FADE(2), 0.9),
            (0.25 * FADE(2), 0.9),
        ]


def test_a_member_that_is_edited_by_hand_holds_up_none() -> None:
    """What the first has written quickly is taken back, and all are written anew."""
    optimizer = sgd(0.1, weight_decay=0.5)
    sync = bind_schedules(optimizer, {"lr": FADE, "weight_decay": FADE})
    sync.step()
    optimizer.param_groups[0]["weight_decay"] = 0.75
    sync.step()
    assert (held(optimizer), held(optimizer, "weight_decay")) == ([0.1 * FADE(2)], [0.5 * FADE(2)])


def test_a_construction_that_cannot_write_leaves_nothing() -> None:
    """Neither a value nor a note; the mapping's own exception is raised."""
    for build in (lambda opt: HyperparameterScheduler(opt, Constant(0.5)), halving):
        for nth in (1, 2):
            optimizer = sgd(0.1, 0.2)
            group = Refusing(optimizer.param_groups[1], nth, RuntimeError)
            optimizer.param_groups[1] = group
            with pytest.raises(RuntimeError, match="lr"):
                build(optimizer)
            assert held(optimizer) == [0.1, 0.2]
            assert not any("initial_lr" in one for one in optimizer.param_groups)


def test_tensors_are_filled_with_what_they_held_after_a_broken_write() -> None:
    """Of a bound scheduler beside one of ours whose group refuses."""
    optimizer = sgd(torch.tensor(0.5), foreach=False, weight_decay=0.5)
    bound = halving(optimizer)
    own = HyperparameterScheduler(optimizer, FADE, "weight_decay")
    sync = SynchronousSchedule([bound, own])
    sync.step()
    held_tensor = optimizer.param_groups[0]["lr"]
    group = Refusing(optimizer.param_groups[0], 1, RuntimeError)
    optimizer.param_groups[0] = group
    with pytest.raises(RuntimeError, match="weight_decay"):
        sync.step()
    assert optimizer.param_groups[0]["lr"] is held_tensor
    assert (held(optimizer), held(optimizer, "weight_decay")) == ([0.25], [0.45])
    sync.step()
    assert (held(optimizer), held(optimizer, "weight_decay")) == ([0.125], [0.4])


def test_a_plain_torch_scheduler_on_a_tensor_is_taken_back() -> None:
    """It writes for itself, and last: a value that is refused then undoes the whole step."""
    optimizer = sgd(torch.tensor(0.5), foreach=False, weight_decay=0.5)
    optimizer.step()
    plain = lrs.LambdaLR(optimizer, lambda step: -1.0 if step == 2 else 0.5)
    own = HyperparameterScheduler(optimizer, FADE, "weight_decay")
    sync = SynchronousSchedule([own, plain])
    optimizer.step()
    sync.step()
    for _ in range(2):
        with pytest.raises(ValueError, match="lr must be >= 0"):
            sync.step()
        assert (held(optimizer), held(optimizer, "weight_decay")) == ([0.25], [0.45])
        assert {one.last_epoch for one in sync.schedules.values()} == {1}
    optimizer.add_param_group({"params": [torch.nn.Parameter(torch.ones(1))], "lr": 0.75})
    assert sync.get_last_schedule("lr") == [0.25, 0.75]


def test_a_tensor_of_whole_numbers_through_the_factory() -> None:
    """The group gets a floating tensor instead."""
    optimizer = sgd(0.1)
    optimizer.param_groups[0]["batches"] = torch.tensor(4)
    bound = halving(optimizer, "batches")
    bound.step()
    bound.step()
    bound.step()
    assert optimizer.param_groups[0]["batches"].dtype == torch.float32
    assert held(optimizer, "batches") == [0.5]


class Twice(lrs.ExponentialLR):
    """A scheduler of a user's own."""


def test_a_late_group_under_a_users_own_scheduler() -> None:
    """It is replayed on what the user's class does."""
    optimizer = sgd(0.5)
    bound = arbitrary_schedule_factory(optimizer, lambda opt: Twice(opt, 0.5))
    for _ in range(3):
        bound.step()
    optimizer.add_param_group({"params": [torch.nn.Parameter(torch.ones(1))], "lr": 0.75})
    bound.step()
    assert held(optimizer) == [0.5 / 16, 0.75 / 16]


def test_tensors_of_chosen_groups_are_filled_in_place() -> None:
    """Those of the other groups stay."""
    optimizer = sgd(torch.tensor(0.5), torch.tensor(0.5), torch.tensor(0.25), foreach=False)
    scheduler = HyperparameterScheduler(optimizer, FADE, groups=[0, 2])
    tensors = [group["lr"] for group in optimizer.param_groups]
    for step in range(1, 11):
        scheduler.step()
        assert held(optimizer) == pytest.approx([0.5 * FADE(step), 0.5, 0.25 * FADE(step)])
        assert all(
            group["lr"] is one for group, one in zip(optimizer.param_groups, tensors, strict=True)
        )
