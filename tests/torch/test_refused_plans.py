"""A step that cannot be planned leaves every group as it was, hand edits included."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from tsa_core import Custom, Linear
from tsa_torch import HyperparameterScheduler, SynchronousSchedule, bind_schedules

FADE = Linear(1.0, 0.5, 10)


@pytest.mark.parametrize("as_tensor", [False, True])
def test_a_group_without_the_tuple_of_an_element(as_tensor: bool) -> None:
    """The other target keeps what was set by hand; with the tuple back, the step is made."""
    groups: list[dict[str, Any]] = [{"params": [torch.nn.Parameter(torch.zeros(2))]} for _ in "ab"]
    optimizer = torch.optim.AdamW(groups, lr=torch.tensor(0.1) if as_tensor else 0.1, foreach=False)
    sync = bind_schedules(optimizer, {"lr": FADE, "betas[0]": FADE})
    sync.step()
    betas = optimizer.param_groups[1].pop("betas")
    optimizer.param_groups[0]["lr"] = torch.tensor(0.75) if as_tensor else 0.75
    before = [dict(group) for group in optimizer.param_groups]
    with pytest.raises(KeyError, match=r"not every param group has 'betas\[0\]'; the keys are: lr"):
        sync.step()
    assert [dict(group) for group in optimizer.param_groups] == before
    assert sync.last_epoch == 1
    optimizer.param_groups[1]["betas"] = betas
    sync.step()
    assert [float(group["lr"]) for group in optimizer.param_groups] == pytest.approx([0.09, 0.09])
    assert [group["betas"] for group in optimizer.param_groups] == [(0.81, 0.999)] * 2


def test_a_tensor_filled_by_hand_keeps_what_was_filled_in() -> None:
    """A target that is written quickly does not lose it where another cannot be planned."""
    weights = [torch.nn.Parameter(torch.zeros(2))]
    optimizer = torch.optim.AdamW(weights, lr=torch.tensor(0.1), foreach=False)
    sync = bind_schedules(optimizer, {"lr": FADE, "betas[0]": FADE})
    sync.step()
    (group,) = optimizer.param_groups
    rate = group["lr"].fill_(0.75)
    betas = group.pop("betas")
    with pytest.raises(KeyError, match=r"no param group has 'betas\[0\]'"):
        sync.step()
    assert group["lr"] is rate
    assert (float(rate), sync.last_epoch) == (0.75, 1)
    group["betas"] = betas
    sync.step()
    assert float(rate) == pytest.approx(0.09)


@pytest.mark.parametrize("as_tensor", [False, True])
def test_a_tensor_filled_by_hand_beside_another_optimizer(as_tensor: bool) -> None:
    """The same where a group of another optimizer, of floats or of tensors, cannot join."""
    rates: list[Any] = [torch.tensor(0.1), torch.tensor(0.1) if as_tensor else 0.1]
    optimizers = [
        torch.optim.AdamW([torch.nn.Parameter(torch.zeros(2))], lr=rate, foreach=False)
        for rate in rates
    ]
    body, head = (HyperparameterScheduler(optimizer, FADE) for optimizer in optimizers)
    sync = SynchronousSchedule({"body": body, "head": head})
    sync.step()
    rate = optimizers[0].param_groups[0]["lr"].fill_(0.75)
    late = {"params": [torch.nn.Parameter(torch.zeros(2))]}
    optimizers[1].param_groups.append(late)
    with pytest.raises(KeyError, match="not every param group has 'lr'"):
        sync.step()
    assert (float(rate), sync.last_epoch) == (0.75, 1)
    optimizers[1].param_groups.remove(late)
    sync.step()
    held = [float(one.param_groups[0]["lr"]) for one in optimizers]
    assert held == pytest.approx([0.09, 0.09])


def test_a_function_inside_another_schedule_fails_as_it_does() -> None:
    """Its own error goes on, and nothing has changed."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(2))], lr=0.1)
    schedule = Custom(lambda step: None if step else 1.0) * 0.5
    scheduler = HyperparameterScheduler(optimizer, schedule)
    with pytest.raises(TypeError, match="NoneType"):
        scheduler.step()
    assert (optimizer.param_groups[0]["lr"], scheduler.last_epoch) == (0.05, 0)
