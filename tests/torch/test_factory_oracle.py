"""torch's own schedulers through the factory: the same numbers on another key."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.optim import SGD
from torch.optim.lr_scheduler import CosineAnnealingLR, LRScheduler, StepLR

import tsa_torch as tsa
from tests.torch.helpers import SCHEDULERS, adamw, advance, column, metric, picture

STEPS = 19


@pytest.mark.parametrize("name", SCHEDULERS)
def test_on_weight_decay_equals_on_lr_bit_for_bit(name: str) -> None:
    """At every step the scheduled weight decay is the lr of a twin under the plain scheduler."""
    twin, ours = adamw(), adamw()
    plain = SCHEDULERS[name](twin)
    bound = tsa.arbitrary_schedule_factory(ours, SCHEDULERS[name], schedule_target="weight_decay")
    assert isinstance(bound, LRScheduler)
    for step in range(STEPS):
        assert column(ours, "weight_decay") == column(twin, "lr")
        assert bound.get_last_lr() == list(plain.get_last_lr()) == column(twin, "lr")
        assert all(type(value) is float for value in column(ours, "weight_decay"))
        advance(name, plain, twin, step)
        advance(name, bound, ours, step)
    assert column(ours, "weight_decay") == column(twin, "lr")


@pytest.mark.parametrize("name", SCHEDULERS)
def test_on_lr_equals_the_plain_scheduler(name: str) -> None:
    """The default target is `lr`, and the factory changes nothing about it."""
    twin, ours = adamw(), adamw()
    plain, bound = SCHEDULERS[name](twin), tsa.arbitrary_schedule_factory(ours, SCHEDULERS[name])
    for step in range(STEPS):
        advance(name, plain, twin, step)
        advance(name, bound, ours, step)
        assert column(ours, "lr") == column(twin, "lr")


@pytest.mark.parametrize("name", SCHEDULERS)
def test_in_a_synchronous_schedule_the_numbers_are_the_same(name: str) -> None:
    """`SynchronousSchedule` steps a bound scheduler as it is stepped alone."""
    alone, together = adamw(), adamw()
    bound = tsa.arbitrary_schedule_factory(alone, SCHEDULERS[name], schedule_target="weight_decay")
    sync = tsa.SynchronousSchedule(
        [
            tsa.constant_schedule(together, 0.5),
            tsa.arbitrary_schedule_factory(
                together, SCHEDULERS[name], schedule_target="weight_decay"
            ),
        ]
    )
    for step in range(STEPS):
        advance(name, bound, alone, step)
        if name == "ReduceLROnPlateau":
            sync.step(metrics=metric(step))
        else:
            sync.step()
        assert sync.get_last_schedule("weight_decay") == column(alone, "weight_decay")
        assert column(together, "weight_decay") == column(alone, "weight_decay")
        assert column(together, "lr") == [0.05, 0.01]


@pytest.mark.parametrize("name", SCHEDULERS)
def test_nothing_but_the_target_is_touched(name: str) -> None:
    """The lr and every other key stay; only the note is added, and no attribute."""
    optimizer = adamw()
    groups, defaults, attributes = picture(optimizer)
    bound = tsa.arbitrary_schedule_factory(
        optimizer, SCHEDULERS[name], schedule_target="weight_decay"
    )
    for step in range(STEPS):
        advance(name, bound, optimizer, step)
        after, defaults_after, attributes_after = picture(optimizer)
        assert (defaults_after, attributes_after) == (defaults, attributes)
        assert "step" not in vars(optimizer)
        for (identity, before, params), (same, now, same_params) in zip(groups, after, strict=True):
            assert (identity, params) == (same, same_params)
            assert now.pop("initial_weight_decay") == before["weight_decay"]
            del now["weight_decay"]
            assert now == {k: v for k, v in before.items() if k != "weight_decay"}


@pytest.mark.parametrize("name", SCHEDULERS)
def test_a_new_key_is_scheduled_from_the_default_value(name: str) -> None:
    """With `default_value` the target and its note are created, and nothing else is."""
    twin, ours = adamw(lr=0.3, second=None), adamw()
    keys = {key for group in ours.param_groups for key in group}
    plain = SCHEDULERS[name](twin)
    bound = tsa.arbitrary_schedule_factory(ours, SCHEDULERS[name], 0.3, "threshold")
    for step in range(STEPS):
        advance(name, plain, twin, step)
        advance(name, bound, ours, step)
        assert column(ours, "threshold") == column(twin, "lr")
    added = {"threshold", "initial_threshold"}
    assert {key for group in ours.param_groups for key in group} == keys | added
    assert column(ours, "lr") == [0.1, 0.02]


def test_the_default_value_is_ignored_where_the_key_exists() -> None:
    """A group's own value wins over `default_value`."""
    optimizer = adamw()
    tsa.arbitrary_schedule_factory(optimizer, SCHEDULERS["StepLR"], 7.0, "weight_decay")
    assert column(optimizer, "weight_decay") == [0.1, 0.02]


def test_an_element_of_a_tuple_can_be_the_target() -> None:
    """`betas[0]` is scheduled and `betas[1]` kept; the tuple stays a tuple."""
    optimizer = adamw()
    bound = tsa.arbitrary_schedule_factory(
        optimizer, lambda opt: StepLR(opt, 1, 0.5), schedule_target="betas[0]"
    )
    bound.step()
    assert column(optimizer, "betas") == [(0.45, 0.999), (0.45, 0.999)]


def test_a_tensor_is_filled_in_place() -> None:
    """A 0-dim tensor stays the same object, and no two groups share one."""
    weights = [torch.nn.Parameter(torch.ones(1)) for _ in range(2)]
    optimizer = SGD([{"params": [weight]} for weight in weights], lr=torch.tensor(0.5))
    bound = tsa.arbitrary_schedule_factory(optimizer, lambda opt: StepLR(opt, 1, 0.5))
    first, second = column(optimizer, "lr")
    assert first is not second
    bound.step()
    assert column(optimizer, "lr")[0] is first
    assert (first.item(), second.item()) == (0.25, 0.25)


def test_the_factory_sees_an_optimizer_with_the_real_parameters() -> None:
    """What the factory is handed is an `Optimizer` whose groups hold the real parameters."""
    optimizer = adamw()
    seen: list[Any] = []

    def factory(handed: Any) -> LRScheduler:
        seen.append(handed)
        return CosineAnnealingLR(handed, 5)

    tsa.arbitrary_schedule_factory(optimizer, factory, schedule_target="weight_decay")
    assert isinstance(seen[0], torch.optim.Optimizer)
    for view, group in zip(seen[0].param_groups, optimizer.param_groups, strict=True):
        assert view["params"] is group["params"]
        assert view["lr"] == group["weight_decay"]


def test_a_scheduler_that_would_write_another_key_is_refused() -> None:
    """OneCycleLR with its default cycle_momentum=True is an error, and nothing has changed."""
    optimizer = adamw()
    before = picture(optimizer)
    with pytest.raises(ValueError, match="cycle_momentum=False"):
        tsa.arbitrary_schedule_factory(
            optimizer,
            lambda opt: torch.optim.lr_scheduler.OneCycleLR(opt, 0.5, 20),
            schedule_target="weight_decay",
        )
    assert picture(optimizer) == before
