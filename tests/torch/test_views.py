"""What a torch scheduler sees of the real groups, and how its state is kept."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch.optim.lr_scheduler import LambdaLR, OneCycleLR, StepLR
from torch.optim.lr_scheduler import ReduceLROnPlateau as Plateau
from transformers import get_polynomial_decay_schedule_with_warmup

from tsa_core import Constant
from tsa_torch import arbitrary_schedule_factory, bind_schedules, constant_schedule


def sgd(**options: Any) -> torch.optim.Optimizer:
    """One group, with momentum."""
    weight = torch.nn.Parameter(torch.zeros(1))
    return torch.optim.SGD([weight], **({"lr": 0.1, "momentum": 0.9} | options))


class Steps:
    """A function of the step with a state that `LambdaLR` saves."""

    def __init__(self) -> None:
        self.factors = (1.0, 0.5, 0.25)

    def __call__(self, step: int) -> float:
        return self.factors[min(step, 2)]


def test_a_view_is_a_mapping_with_the_target_as_lr() -> None:
    """What is written beside it stays in the view; other hyperparameters refuse."""
    optimizer = sgd(weight_decay=0.5)
    seen = []

    def factory(view: Any) -> StepLR:
        (group,) = view.param_groups
        seen.extend([dict(group)["lr"], len(group) == len(list(group)), repr(view)])
        group["initial_lr"] = 7.0
        del group["initial_lr"]
        assert "initial_lr" not in group
        return StepLR(view, 1, 0.5)

    bound = arbitrary_schedule_factory(optimizer, factory, schedule_target="weight_decay")
    bound.step()
    assert seen[:2] == [0.5, True]
    assert seen[2] == "StandIn('weight_decay', 1 groups)"
    assert optimizer.param_groups[0]["weight_decay"] == 0.25
    assert "initial_lr" not in optimizer.param_groups[0]
    assert repr(bound) == "BoundScheduler('weight_decay', StepLR)"
    assert bound.get_lr() == bound.get_last_lr() == [0.25]
    assert bound.gamma == 0.5


def test_a_second_hyperparameter_is_refused_with_the_way_out() -> None:
    """OneCycleLR cycles momentum unless told not to."""
    optimizer = sgd()
    before = dict(optimizer.param_groups[0])
    with pytest.raises(ValueError, match="cycle_momentum=False"):
        arbitrary_schedule_factory(optimizer, lambda opt: OneCycleLR(opt, 1.0, total_steps=9))
    assert dict(optimizer.param_groups[0]) == before


def test_tensors_and_tuples_in_a_state_survive_json() -> None:
    """Saved as plain types, restored as what they were."""
    source, fresh = (sgd(lr=torch.tensor(0.1), foreach=False) for _ in range(2))
    saved = arbitrary_schedule_factory(source, lambda opt: LambdaLR(opt, Steps()))
    loaded = arbitrary_schedule_factory(fresh, lambda opt: LambdaLR(opt, Steps()))
    saved.step()
    loaded.load_state_dict(json.loads(json.dumps(saved.state_dict())))
    for _ in range(2):
        assert torch.equal(fresh.param_groups[0]["lr"], source.param_groups[0]["lr"])
        saved.step()
        loaded.step()
    assert isinstance(loaded.lr_lambdas[0].factors, tuple)


@pytest.mark.parametrize(
    ("groups", "error", "match"),
    [
        ([{"value": 0.1}], ValueError, "groups must hold value, private and beside"),
        ([{"value": 0.1, "private": 3, "beside": {}}], TypeError, "private must be a dict, got 3"),
    ],
)
def test_a_load_that_fails_is_undone(groups: Any, error: type[Exception], match: str) -> None:
    """Whether it fails before or half way."""
    optimizer = sgd()
    bound = arbitrary_schedule_factory(optimizer, lambda opt: StepLR(opt, 1, 0.5))
    state = bound.state_dict() | {"groups": groups}
    bound.step()
    before = bound.state_dict()
    with pytest.raises(error, match=match):
        bound.load_state_dict(state)
    assert bound.state_dict() == before
    assert optimizer.param_groups[0]["lr"] == 0.05


def test_an_object_without_defaults_is_restored_as_well() -> None:
    """Only the groups are there to put back."""
    wrapper = SimpleNamespace(param_groups=[{"params": [], "lr": 0.1}])
    with pytest.raises(KeyError, match="clip"):
        bind_schedules(wrapper, {"lr": Constant(0.5), "clip": Constant(0.5)})
    assert wrapper.param_groups == [{"params": [], "lr": 0.1}]


def test_the_defaults_have_the_target_as_lr() -> None:
    """Some schedulers of other libraries take their initial value from there."""
    seen = []

    def factory(view: Any) -> StepLR:
        seen.append(view.defaults)
        return StepLR(view, 1, 0.5)

    optimizer = torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))], lr=0.1, weight_decay=0.5)
    arbitrary_schedule_factory(optimizer, factory, schedule_target="weight_decay")
    arbitrary_schedule_factory(optimizer, factory, schedule_target="betas[1]")
    optimizer.param_groups[0]["own"] = 3.0
    arbitrary_schedule_factory(optimizer, factory, schedule_target="own")
    assert [defaults.get("lr") for defaults in seen] == [0.5, 0.999, None]
    assert all(defaults["betas"] == (0.9, 0.999) for defaults in seen)
    assert optimizer.defaults["lr"] == 0.1


def test_transformers_polynomial_decay_on_another_target() -> None:
    """It divides by the default rate."""

    def factory(optimizer: Any) -> Any:
        return get_polynomial_decay_schedule_with_warmup(optimizer, 2, 8, lr_end=1e-3)

    weight = torch.nn.Parameter(torch.zeros(1))
    plain = torch.optim.SGD([weight], lr=0.5)
    optimizer = torch.optim.SGD([weight], lr=0.1, weight_decay=0.5)
    reference = factory(plain)
    scheduler = arbitrary_schedule_factory(optimizer, factory, schedule_target="weight_decay")
    for _ in range(9):
        assert optimizer.param_groups[0]["weight_decay"] == plain.param_groups[0]["lr"]
        plain.step()
        reference.step()
        scheduler.step()


@pytest.mark.parametrize("build", [lambda opt: StepLR(opt, 2, 0.5), Plateau])
def test_an_epoch_is_passed_on_and_checked(build: Any) -> None:
    """Torch would warn of every one, and take any."""
    optimizer = sgd()
    bound = arbitrary_schedule_factory(optimizer, build)
    before = () if isinstance(build(sgd()), StepLR) else (1.0,)
    bound.step(*before, 4)
    bound.step(*before, epoch=5)
    assert bound.last_epoch == 5
    for bad, error in ((-3, ValueError), (float("nan"), ValueError), ("3", TypeError)):
        with pytest.raises(error, match="epoch must"):
            bound.step(*before, bad)
    assert bound.last_epoch == 5


def test_what_other_people_s_schedulers_take_is_their_own() -> None:
    """A number that is no epoch."""

    class Signed(StepLR):
        def step(self, change: float = 0.0) -> None:
            self.change = change
            super().step()

    bound = arbitrary_schedule_factory(sgd(), lambda opt: Signed(opt, 1, 0.5))
    bound.step(-1.0)
    assert bound.change == -1.0
    assert bound.get_last_lr() == [0.05]


def test_a_schedule_of_ours_needs_no_factory() -> None:
    """It takes any target itself; the message says so."""
    optimizer = sgd()
    with pytest.raises(TypeError, match=r"must return a torch scheduler, got Hyper.* no factory"):
        arbitrary_schedule_factory(optimizer, lambda opt: constant_schedule(opt, 0.5))
    assert optimizer.param_groups[0]["lr"] == 0.1
