"""Wrappers as published ones are built: their groups are no torch optimizer's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.optim import Optimizer
from torch.optim import lr_scheduler as lrs

from tsa_core import Decay
from tsa_torch import (
    HyperparameterScheduler,
    SynchronousSchedule,
    arbitrary_schedule_factory,
    bind_schedules,
    get_param_groups_regrouped_by_key,
)

BATCHES = 60
RATE = 0.98


class Gate:
    """Accumulates batches until their mean gradient is short enough; the limit is its `lr`.

    Its groups have no parameters. `step` returns whether the optimizer made a step, and is not
    to be replaced.
    """

    def __init__(self, optimizer: Optimizer) -> None:
        self.optimizer = optimizer
        self.param_groups = [{"lr": 1.0}]
        self.batches = 0

    def __setattr__(self, name: str, value: Any) -> None:
        if name in ("step", "zero_grad"):
            raise AttributeError(f"{name} must not be replaced")
        super().__setattr__(name, value)

    def step(self) -> bool:
        """Step if the gradient of the batches so far is within the limit."""
        self.batches += 1
        weights = [weight for group in self.optimizer.param_groups for weight in group["params"]]
        total = sum(float(weight.grad.norm()) for weight in weights) / self.batches
        if self.held(total):
            return False
        for weight in weights:
            weight.grad /= self.batches
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.batches = 0
        return True

    def held(self, norm: float) -> bool:
        """Whether to wait for another batch."""
        return norm > self.param_groups[0]["lr"]


class AtLeast(Gate):
    """The limit is a number of batches."""

    def held(self, norm: float) -> bool:
        return self.batches < 4 * self.param_groups[0]["lr"]


class Relative(Gate):
    """The limit is relative to the weights."""

    def held(self, norm: float) -> bool:
        (group,) = self.optimizer.param_groups
        size = sum(float(weight.detach().norm()) for weight in group["params"])
        return norm > self.param_groups[0]["lr"] * max(size, 1.0)


def of_torch(kind: type[Gate]) -> type[Any]:
    """The same as a subclass of torch's class, which torch's own schedulers insist on."""

    class OfTorch(kind, Optimizer):  # type: ignore[misc, valid-type]  # a class by its name
        def step(self) -> bool:  # type: ignore[override]  # as published
            return bool(kind.step(self))

        step._wrapped_by_lr_sched = True  # type: ignore[attr-defined]  # or torch replaces it

    return OfTorch


def ours(gate: Any) -> Any:
    return HyperparameterScheduler(gate, Decay(1.0, RATE, 1))


def synchronous(gate: Any) -> Any:
    return bind_schedules(gate, {"lr": Decay(1.0, RATE, 1)})


def the_factorys(gate: Any) -> Any:
    return arbitrary_schedule_factory(gate, lambda opt: lrs.ExponentialLR(opt, RATE))


def torchs(gate: Any) -> Any:
    return lrs.ExponentialLR(gate, RATE)


def torchs_synchronous(gate: Any) -> Any:
    return SynchronousSchedule([torchs(gate)])


@pytest.mark.filterwarnings("ignore:Detected call of")  # torch looks for a step of its own
@pytest.mark.parametrize("kind", [Gate, AtLeast, Relative])
@pytest.mark.parametrize(
    "build", [ours, synchronous, the_factorys, torchs, torchs_synchronous], ids=lambda f: f.__name__
)
def test_sixty_batches_through_a_wrapper(build: Callable[[Any], Any], kind: type[Gate]) -> None:
    """The limit is on its curve at each batch, however many of them make an update."""
    torch.manual_seed(0)
    model = torch.nn.Linear(3, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    gate = (of_torch(kind) if build.__name__.startswith("torchs") else kind)(optimizer)
    scheduler = build(gate)
    stepped = []
    for batch in range(BATCHES):
        assert gate.param_groups[0]["lr"] == pytest.approx(RATE**batch, rel=1e-12)
        ((limit, params, group),) = get_param_groups_regrouped_by_key(gate, "lr")
        assert (limit, params, group) == (gate.param_groups[0]["lr"], [], gate.param_groups[0])
        (0.2 * model(torch.randn(8, 3)).square().mean()).backward()
        stepped.append(gate.step())
        scheduler.step()
    assert set(map(type, stepped)) == {bool}
    assert 0 < sum(stepped) <= BATCHES
    assert scheduler.get_last_lr() == [gate.param_groups[0]["lr"]]
    assert set(gate.param_groups[0]) == {"lr", "initial_lr"}
    assert gate.param_groups[0]["initial_lr"] == 1.0
    assert "step" not in vars(gate)


def test_the_wrapped_optimizer_has_a_schedule_of_its_own() -> None:
    """Both in one `SynchronousSchedule`: a limit below 0 is the wrapper's own affair."""
    weight = torch.nn.Parameter(torch.ones(1))
    optimizer = torch.optim.SGD([weight], lr=0.1)
    gate = Gate(optimizer)
    sync = SynchronousSchedule(
        {
            "limit": HyperparameterScheduler(gate, Decay(1.0, RATE, 1)),
            "rate": HyperparameterScheduler(optimizer, Decay(1.0, 0.5, 1)),
        }
    )
    sync.step()
    assert sync.scalars() == {"limit": RATE, "rate": 0.05}
    restored = SynchronousSchedule(
        {
            "limit": ours(Gate(optimizer)),
            "rate": HyperparameterScheduler(optimizer, Decay(1.0, 0.5, 1)),
        }
    )
    restored.load_state_dict(sync.state_dict())
    assert restored.scalars() == sync.scalars()


def test_values_that_torch_would_refuse_are_refused_where_torch_reads_them() -> None:
    """Through any wrapper of a torch optimizer; a holder of other numbers may hold any."""
    weight = torch.nn.Parameter(torch.ones(1))
    gate = Gate(torch.optim.SGD([weight], lr=0.1))
    gates = Gate(gate)  # type: ignore[arg-type]  # a wrapper of a wrapper
    for wrapper in (gate.optimizer, gate, gates):
        with pytest.raises(ValueError, match=r"lr must be >= 0.*maximize=True"):
            HyperparameterScheduler(wrapper, lambda step: -1.0)
    gate.optimizer = gate  # type: ignore[assignment]  # one that wraps itself
    gate.param_groups = [{"lr": 1.0}]
    HyperparameterScheduler(gate, lambda step: -1.0)
    assert gate.param_groups[0]["lr"] == -1.0
