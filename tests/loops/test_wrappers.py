"""Optimizers that come wrapped, and objects that are no optimizers at all."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from pytorch_optimizer import Lookahead

import tsa_torch
from tests.loops.helpers import (
    BETA,
    LR,
    WEIGHT_DECAY,
    adamw,
    bind,
    by_hand,
    loss,
    model,
    now,
    planned,
    recorded,
    same,
    schedules,
    weights,
)

STEPS = 24


class Forwarding:
    """Forwards what it is asked for, has no place for attributes, and guards `step`."""

    __slots__ = ("_wrapped",)

    def __init__(self, wrapped: Any) -> None:
        object.__setattr__(self, "_wrapped", wrapped)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._wrapped, name)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{name} cannot be set")

    def step(self) -> None:
        self._wrapped.step()


class Copied:
    """Hands out a new list of the same groups each time, as a property."""

    def __init__(self, wrapped: Any) -> None:
        self._wrapped = wrapped

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        return list(self._wrapped.param_groups)

    def step(self) -> None:
        self._wrapped.step()


@pytest.mark.parametrize("wrap", [Forwarding, Copied, lambda plain: plain])
def test_training_through_a_wrapper_is_training(wrap: Any) -> None:
    """Values, weights, a method that is still its own afterwards, and no keys but the notes."""
    module = model()
    optimizer = adamw(module)
    used = recorded(optimizer)
    wrapper = wrap(optimizer)
    before = set(vars(optimizer)), type(optimizer).step
    keys = set(optimizer.param_groups[0])
    sync = bind(wrapper)
    for step in range(STEPS):
        optimizer.zero_grad()
        loss(module, step).backward()
        wrapper.step()
        sync.step()
        assert sync.get_last_schedule("betas[0]") == [planned(step + 1)[2]]
    assert used == [planned(step) for step in range(STEPS)]
    assert same(weights(module), by_hand(STEPS)[0])
    assert "step" not in vars(optimizer)
    assert before == (set(vars(optimizer)), type(optimizer).step)
    notes = {"initial_lr", "initial_weight_decay", "initial_betas[0]"}
    assert set(optimizer.param_groups[0]) == keys | notes


def test_a_wrapper_that_averages_weights_keeps_the_plan() -> None:
    """Lookahead copies neither groups nor values; its inner optimizer uses the plan."""
    module = model()
    inner = adamw(module)
    used = recorded(inner)
    optimizer = Lookahead(inner, k=3)
    sync = bind(optimizer)
    for step in range(STEPS):
        optimizer.zero_grad()
        loss(module, step).backward()
        optimizer.step()
        sync.step()
    assert used == [planned(step) for step in range(STEPS)]


@pytest.mark.parametrize("wrap", [Forwarding, Copied])
def test_the_state_saved_through_a_wrapper_resumes_without_it(wrap: Any) -> None:
    """And the other way round: the state knows nothing of the wrapper."""
    wrapper, plain = wrap(adamw(model())), adamw(model())
    wrapped, unwrapped = bind(wrapper), bind(plain)
    wrapped.step(7)
    unwrapped.load_state_dict(wrapped.state_dict())
    assert now(plain) == planned(7)
    unwrapped.step()
    wrapped.load_state_dict(unwrapped.state_dict())
    assert now(wrapper) == planned(8)


@pytest.mark.parametrize("wrap", [Forwarding, Copied])
def test_torch_schedulers_are_bound_through_a_wrapper(wrap: Any) -> None:
    """The factory needs the groups alone as well."""
    wrapper = wrap(adamw(model()))
    scheduler = tsa_torch.arbitrary_schedule_factory(
        wrapper,
        lambda view: torch.optim.lr_scheduler.StepLR(view, 2, 0.5),
        schedule_target="weight_decay",
    )
    for step in range(STEPS):
        assert now(wrapper)[1] == WEIGHT_DECAY * 0.5 ** (step // 2)
        scheduler.step()


class Slotted:
    """The least that has groups: no attributes, no weak references."""

    __slots__ = ("param_groups",)

    def __init__(self, param_groups: list[dict[str, Any]]) -> None:
        self.param_groups = param_groups


@pytest.mark.parametrize("make", [lambda groups: SimpleNamespace(param_groups=groups), Slotted])
def test_an_object_that_only_has_param_groups(make: Any) -> None:
    """It is scheduled, extended, saved and loaded; it gains notes, and no attribute."""
    groups = [{"params": [], "lr": LR, "weight_decay": WEIGHT_DECAY, "betas": (BETA, 0.875)}]
    holder = make(groups)
    tsa_torch.extend_optimizer(holder, "clip", 8.0)
    sync = tsa_torch.bind_schedules(holder, {**schedules(), "clip": schedules()["lr"]})
    for step in range(STEPS):
        assert now(holder) == planned(step)
        assert groups[0]["clip"] == 16 * planned(step)[0]
        sync.step()
    saved = sync.state_dict()
    sync.step(3)
    sync.load_state_dict(saved)
    assert now(holder) == planned(STEPS)
    keys = {"params", "lr", "weight_decay", "betas", "clip"}
    notes = {"initial_lr", "initial_weight_decay", "initial_betas[0]", "initial_clip"}
    assert set(groups[0]) == keys | notes
    assert not hasattr(holder, "step")
    assert not hasattr(holder, "defaults")


def test_replacing_a_schedule_on_a_holder_without_weak_references() -> None:
    """The new schedule scales what was there before the old one, as on any other object."""
    holder = Slotted([{"params": [], "lr": LR}])
    first = tsa_torch.HyperparameterScheduler(holder, schedules()["lr"])
    first.step(2)
    assert holder.param_groups[0]["lr"] == LR / 2
    tsa_torch.HyperparameterScheduler(holder, lambda step: 0.25)
    assert holder.param_groups[0]["lr"] == LR / 4
