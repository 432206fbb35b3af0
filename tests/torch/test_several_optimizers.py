"""Several optimizers in lockstep: one step, one state dict, one log, all or none."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch.optim import SGD, AdamW, Muon
from torch.optim.lr_scheduler import LRScheduler, StepLR

import tsa_torch as tsa
from tests.torch.helpers import picture
from tsa_core import Constant, Cosine, Linear

STEPS = 60
WARM = Linear(0.0, 1.0, 10).then(Cosine(1.0, 0.1, STEPS - 10), at=10)


def digits() -> tuple[torch.Tensor, torch.Tensor]:
    """The 1797 handwritten digits of scikit-learn, between 0 and 1."""
    images, labels = load_digits(return_X_y=True)
    return torch.tensor(images / 16, dtype=torch.float32), torch.tensor(labels)


def build() -> tuple[torch.nn.Module, Muon, AdamW, tsa.SynchronousSchedule]:
    """Muon for the matrices inside, AdamW for the rest."""
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(64, 32), torch.nn.ReLU(), torch.nn.Linear(32, 10))
    muon = Muon([model[0].weight], lr=0.1, weight_decay=0.01)
    adamw = AdamW([model[0].bias, *model[2].parameters()], lr=0.02)
    sync = tsa.SynchronousSchedule(
        {
            "muon": tsa.HyperparameterScheduler(muon, WARM),
            "adamw": tsa.HyperparameterScheduler(adamw, WARM),
            "momentum": tsa.HyperparameterScheduler(
                muon, Linear(0.85, 0.95, 20), "momentum", absolute=True
            ),
        }
    )
    return model, muon, adamw, sync


def train(parts: Any, steps: range, seen: list[Any] | None = None) -> float:
    """Some updates, each on a batch of its own; the mean loss of the last ten."""
    model, muon, adamw, sync = parts
    images, labels = digits()
    losses = []
    for step in steps:
        chosen = np.random.default_rng(step).integers(0, len(images), 64)
        loss = torch.nn.functional.cross_entropy(model(images[chosen]), labels[chosen])
        for optimizer in (muon, adamw):
            optimizer.zero_grad()
        loss.backward()
        if seen is not None:
            seen.append((muon.param_groups[0]["lr"], adamw.param_groups[0]["lr"]))
        for optimizer in (muon, adamw):
            optimizer.step()
        sync.step()
        losses.append(loss.item())
    return float(np.mean(losses[-10:]))


def test_muon_and_adamw_learn_digits_by_one_plan() -> None:
    """Each update uses the planned rates, and the model learns."""
    parts = build()
    seen: list[Any] = []
    loss = train(parts, range(STEPS), seen)
    assert seen == [(0.1 * WARM(step), 0.02 * WARM(step)) for step in range(STEPS)]
    assert loss < 0.7  # 2.3 before
    assert parts[3].scalars() == {"muon": 0.1 * 0.1, "adamw": 0.02 * 0.1, "momentum": 0.95}
    assert parts[3].get_last_lr() == [0.1 * 0.1, 0.02 * 0.1]


@pytest.mark.parametrize("restored", ["before", "after"])
def test_a_resumed_run_is_the_uninterrupted_one(restored: str) -> None:
    """Saved as JSON at step 25, built anew, loaded: the same weights bit for bit."""
    whole = build()
    train(whole, range(STEPS))
    first = build()
    train(first, range(25))
    states = [copy.deepcopy(part.state_dict()) for part in first[:3]]
    saved = json.loads(json.dumps(first[3].state_dict()))
    resumed = build()
    if restored == "after":
        resumed[3].load_state_dict(saved)
    for part, state in zip(resumed[:3], states, strict=True):
        part.load_state_dict(state)
    if restored == "before":
        resumed[3].load_state_dict(saved)
    train(resumed, range(25, STEPS))
    for one, other in zip(resumed[0].parameters(), whole[0].parameters(), strict=True):
        assert torch.equal(one, other)


class Refusing(dict[str, Any]):
    """A group that lets no rate of 0.5 be written."""

    def __setitem__(self, key: str, value: Any) -> None:
        if value == 0.5:
            raise RuntimeError("not 0.5")
        super().__setitem__(key, value)


def pair() -> tuple[SGD, SGD]:
    """Two optimizers of one group."""
    first, second = (SGD([torch.nn.Parameter(torch.ones(1))], lr=1.0) for _ in range(2))
    return first, second


@pytest.mark.parametrize("failure", ["plan", "write", "load"])
def test_all_or_none_across_optimizers(failure: str) -> None:
    """Whatever fails in the second optimizer, the first is as it was, hand edits too."""
    one, two = pair()
    if failure == "write":
        two.param_groups[0] = Refusing(two.param_groups[0])
    fall = Linear(1.0, 0.0, 4) if failure == "write" else Linear(1.0, -1.0, 4)
    sync = tsa.SynchronousSchedule(
        {
            "one": tsa.HyperparameterScheduler(one, Linear(1.0, 0.0, 10)),
            "two": tsa.HyperparameterScheduler(two, fall),
        }
    )
    sync.step()
    before = picture(one), picture(two)
    saved = sync.state_dict()
    if failure == "load":
        saved["two"]["base_values"] = [1.0, 2.0]
        with pytest.raises(ValueError, match="base_values must have one item"):
            sync.load_state_dict(saved)
    elif failure == "write":
        with pytest.raises(RuntimeError, match=r"not 0\.5"):
            sync.step()
    else:
        with pytest.raises(ValueError, match="lr must be >= 0"):
            sync.step(4)
    assert (picture(one), picture(two)) == before
    assert sync.last_epoch == 1


def test_one_target_of_different_groups() -> None:
    """Two members may share a target where they share no group, and else are refused."""
    groups = [{"params": [torch.nn.Parameter(torch.ones(1))]} for _ in range(2)]
    optimizer = SGD(groups, lr=1.0)
    head = tsa.HyperparameterScheduler(optimizer, Constant(0.5), groups=[1])
    body = tsa.HyperparameterScheduler(optimizer, Constant(0.25), groups=[0])
    sync = tsa.SynchronousSchedule({"body": body, "head": head})
    assert sync.scalars() == {"body/0": 0.25, "head/1": 0.5}
    both = tsa.HyperparameterScheduler(optimizer, Constant(1.0))
    with pytest.raises(ValueError, match="twice, got 'head' and 'both' on 'lr' of group 1"):
        tsa.SynchronousSchedule({"head": head, "both": both})


class OptimizersContainer:
    """torchtitan's container: it is one optimizer to the loop, and holds several."""

    def __init__(self, optimizers: list[Any]) -> None:
        self.optimizers = optimizers

    def __iter__(self) -> Iterator[Any]:
        return iter(self.optimizers)

    def step(self) -> None:
        for optimizer in self.optimizers:
            optimizer.step()


class LRSchedulersContainer:
    """torchtitan's: one lambda for all, the state of the first only, loaded into each."""

    def __init__(self, optimizers: Any, schedule: Any) -> None:
        self.schedulers = [tsa.HyperparameterScheduler(one, schedule) for one in optimizers]

    def step(self) -> None:
        for scheduler in self.schedulers:
            scheduler.step()

    def state_dict(self) -> dict[str, Any]:
        return self.schedulers[0].state_dict()

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        for scheduler in self.schedulers:
            scheduler.load_state_dict(copy.deepcopy(state_dict))


def test_the_container_of_torchtitan() -> None:
    """A sync takes the place of its container of schedulers, and keeps one state for each."""
    one, two = pair()
    container = OptimizersContainer([one, two])
    theirs = LRSchedulersContainer(container, WARM)
    for _ in range(7):
        container.step()
        theirs.step()
    expected = [group["lr"] for optimizer in container for group in optimizer.param_groups]
    again = OptimizersContainer(list(pair()))
    sync = tsa.SynchronousSchedule(
        {
            f"optimizer{index}": tsa.HyperparameterScheduler(one, WARM)
            for index, one in enumerate(again)
        }
    )
    for _ in range(7):
        again.step()
        sync.step()
    assert [*sync.scalars().values()] == expected == [WARM(7)] * 2
    restored = LRSchedulersContainer(OptimizersContainer(list(pair())), WARM)
    restored.load_state_dict(theirs.state_dict())
    assert [one.get_last_lr() for one in restored.schedulers] == [[WARM(7)]] * 2
    assert isinstance(sync, LRScheduler)


def test_a_torch_scheduler_beside_ours() -> None:
    """Members of any kind, on different optimizers, move and load together."""

    def make() -> tsa.SynchronousSchedule:
        one, two = pair()
        ours = tsa.HyperparameterScheduler(one, WARM)
        bound = tsa.arbitrary_schedule_factory(two, lambda opt: StepLR(opt, 2, 0.5))
        return tsa.SynchronousSchedule({"ours": ours, "theirs": bound})

    sync = make()
    for _ in range(5):
        sync.step()
    assert sync.scalars() == {"ours": WARM(5), "theirs": 0.25}
    twin = make()
    twin.load_state_dict(sync.state_dict())
    assert (twin.scalars(), twin.last_epoch) == (sync.scalars(), 5)
