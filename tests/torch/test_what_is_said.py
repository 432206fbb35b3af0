"""Nothing passes in silence: each mistake is named, with the next thing to write."""

from __future__ import annotations

import functools
import math
import re
import types
import warnings
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.optim import SGD, Adam, AdamW
from torch.optim.lr_scheduler import LambdaLR, LRScheduler, ReduceLROnPlateau, StepLR

import torch_schedule_anything
import tsa_core
import tsa_torch as tsa
from tests.torch.helpers import adamw, picture
from tsa_core import Constant, Linear

Scheduler = tsa.HyperparameterScheduler
CATALOGUE = tsa_core.cosine_with_warmup


def only_first(step: float) -> float | None:
    """A function that forgets to return."""
    return 1.0 if step < 2 else None


def plateau(optimizer: Any) -> LRScheduler:
    return ReduceLROnPlateau(optimizer)


def three(optimizer: Any) -> LRScheduler:
    return StepLR(optimizer, 3)


def sgd() -> SGD:
    return SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1, momentum=0.9)


def named(*names: str) -> SGD:
    """SGD with a group for each name."""
    groups = [{"params": [torch.nn.Parameter(torch.ones(2))], "name": name} for name in names]
    return SGD(groups, lr=0.1)


def one(**options: Any) -> AdamW:
    return AdamW([torch.nn.Parameter(torch.ones(1))], lr=0.1, **options)


SAID: dict[str, tuple[Callable[[Any], Any], type[Exception], str]] = {
    "a function that gives None": (
        lambda opt: Scheduler(opt, lambda _: None),
        TypeError,
        r"the schedule of 'lr' must return a number at step 0, got None from <function",
    ),
    "one of several functions": (
        lambda opt: Scheduler(opt, [None, lambda _: "fast"], "weight_decay"),
        TypeError,
        r"the schedule of 'weight_decay' must return a number at step 0, got 'fast'",
    ),
    "a factory of the catalogue": (
        lambda opt: Scheduler(opt, CATALOGUE),
        TypeError,
        r"schedule must .*, got <function cosine_with_warmup.*pass what it returns: "
        r"cosine_with_warmup\(\.\.\.\)",
    ),
    "a factory of one argument": (
        lambda opt: Scheduler(opt, tsa_core.constant_schedule),
        TypeError,
        r"'lr' must return a number at step 0, got Constant\(.*constant_schedule.*call it first",
    ),
    "one of the thirteen": (
        lambda opt: tsa.bind_schedules(opt, {"lr": tsa.cosine_annealing_with_warmup}),
        TypeError,
        r"pass what it returns: cosine_annealing_with_warmup\(\.\.\.\)",
    ),
    "a record's class": (
        lambda opt: Scheduler(opt, Linear),
        TypeError,
        r"pass what it returns: Linear\(\.\.\.\)",
    ),
    "a torch scheduler's class": (
        lambda opt: Scheduler(opt, StepLR),
        TypeError,
        r"arbitrary_schedule_factory\(optimizer, lambda opt: StepLR\(opt, \.\.\.\)\)",
    ),
    "a torch scheduler": (
        lambda opt: tsa.bind_schedules(opt, {"lr": StepLR(sgd(), 3)}),
        TypeError,
        r"arbitrary_schedule_factory\(optimizer, lambda opt: StepLR\(opt, \.\.\.\)\)",
    ),
    "a torch scheduler half called": (
        lambda opt: Scheduler(opt, functools.partial(StepLR, step_size=3)),
        TypeError,
        r"arbitrary_schedule_factory\(optimizer, lambda opt: StepLR\(opt, \.\.\.\)\)",
    ),
    "a number": (lambda opt: Scheduler(opt, 0.5), TypeError, "must be a Schedule or a function"),
    "a missing key": (
        lambda opt: Scheduler(opt, Constant(1.0), "clip"),
        KeyError,
        r"no param group has 'clip'; the keys are: lr, .*; to add it, give default_value=",
    ),
    "a missing key of several": (
        lambda opt: tsa.bind_schedules(opt, {"lr": Constant(1.0), "clip": Constant(1.0)}),
        KeyError,
        r"'clip'; the keys are: lr, .*default_values=",
    ),
    "a missing key of a factory": (
        lambda opt: tsa.arbitrary_schedule_factory(opt, three, schedule_target="clip"),
        KeyError,
        r"'clip'; the keys are: lr, .*default_value=",
    ),
    "all betas": (
        lambda opt: Scheduler(opt, Constant(1.0), "betas"),
        TypeError,
        r"betas of a param group .* got \(0\.9, 0\.999\); name one of its elements: betas\[0\]",
    ),
    "all betas of a factory": (
        lambda opt: tsa.arbitrary_schedule_factory(opt, three, schedule_target="betas"),
        TypeError,
        r"name one of its elements: betas\[0\]",
    ),
    "the momentum of an Adam": (
        lambda opt: Scheduler(opt, Constant(1.0), "momentum"),
        KeyError,
        r"'momentum'; the keys are: lr, .*; momentum is betas\[0\] here",
    ),
    "the first beta of an SGD": (
        lambda _: Scheduler(sgd(), Constant(1.0), "betas[0]"),
        KeyError,
        r"'betas\[0\]'; the keys are: lr, momentum.*; momentum is the target here",
    ),
    "a third beta": (
        lambda opt: Scheduler(opt, Constant(1.0), "betas[2]"),
        KeyError,
        r"'betas\[2\]'; the keys are: .*; an element must be there",
    ),
    "a missing metric": (
        lambda opt: tsa.SynchronousSchedule([tsa.arbitrary_schedule_factory(opt, plateau)]).step(),
        ValueError,
        r"metrics must be given for lr: step\(metrics=\.\.\.\)",
    ),
    "a missing metric of one": (
        lambda opt: tsa.arbitrary_schedule_factory(opt, plateau).step(),
        ValueError,
        r"metrics must be given for lr: step\(metrics=\.\.\.\)",
    ),
    "two optimizers in a list": (
        lambda opt: tsa.SynchronousSchedule(
            [Scheduler(opt, Constant(1.0)), Scheduler(sgd(), Constant(1.0))]
        ),
        ValueError,
        r"one optimizer, got several \(AdamW, SGD\); give each a name: "
        r"SynchronousSchedule\(\{",
    ),
    "a schedule that is not bound": (
        lambda _: tsa.SynchronousSchedule({"lr": Constant(1.0)}),
        TypeError,
        r"got Constant\(value=1.0\); bind it first: HyperparameterScheduler\(",
    ),
    "no scheduler at all": (
        lambda _: tsa.SynchronousSchedule([StepLR]),
        TypeError,
        r"schedules must hold schedulers only, got <class .*StepLR'>$",
    ),
    "a loss as a step": (
        lambda opt: tsa.bind_schedules(opt, {"lr": Constant(1.0)}).step(torch.tensor(2.31)),
        TypeError,
        r"epoch must be a real number, got tensor\(2\.3100\).* step\(metrics=\.\.\.\)",
    ),
    "the name of a group": (
        lambda opt: Scheduler(opt, Constant(1.0), groups=["head"]),
        ValueError,
        r"groups must be .*indices below 2, got 'head'",
    ),
    "a name that no group has": (
        lambda _: Scheduler(named("body", "head"), Constant(1.0), groups=["haed"]),
        ValueError,
        "groups must be the names 'body', 'head', param groups or indices below 2, got 'haed'",
    ),
    "a data dict's wrong field": (
        lambda _: tsa_core.from_dict(
            {"version": 1, "type": "Linear", "begin": 0.0, "end": 1.0, "num_steps": 9}
        ),
        ValueError,
        r"Linear must have the fields start, end, num_steps; missing: start; unknown: begin",
    ),
    "a data dict's missing field": (
        lambda _: tsa_core.from_dict({"version": 1, "type": "Constant"}),
        ValueError,
        r"missing: value; unknown: nothing",
    ),
    "a data dict's unknown field": (
        lambda _: tsa_core.from_dict({"version": 1, "type": "Constant", "value": 1.0, "x": 1}),
        ValueError,
        r"missing: nothing; unknown: x",
    ),
    "a list of what is allowed": (
        lambda _: tsa_core.from_dict(
            {"version": 1, "type": "Custom", "function": "math:sqrt"},
            allow=[math.sqrt],
        ),
        TypeError,
        r'allow must be a mapping by name, as in \{"module:Name": Name\}, got',
    ),
    "a function that is not allowed": (
        lambda _: tsa_core.from_dict({"version": 1, "type": "Custom", "function": "math:sqrt"}),
        ValueError,
        r"got 'math:sqrt'; to allow it, pass allow=\{'math:sqrt': sqrt\}",
    ),
    "members at different steps": (
        lambda opt: tsa.SynchronousSchedule(
            [
                Scheduler(opt, Constant(1.0)),
                Scheduler(opt, Constant(1.0), "weight_decay", last_epoch=3),
            ]
        ),
        ValueError,
        r"the same step, got 'lr' at 0, 'weight_decay' at 3",
    ),
}


@pytest.mark.parametrize("mistake", SAID)
def test_a_mistake_is_named(mistake: str) -> None:
    """The error says what was wrong and what to write, on one line."""
    call, error, message = SAID[mistake]
    with pytest.raises(error, match=message) as caught:
        call(adamw())
    assert type(caught.value) is error
    assert "\n" not in str(caught.value)


def test_a_function_that_stops_giving_numbers() -> None:
    """Alone or in a sync, the target, the step and the value are named, and nothing moves."""
    for build in (
        lambda opt: Scheduler(opt, only_first),
        lambda opt: tsa.bind_schedules(opt, {"weight_decay": Constant(1.0), "lr": only_first}),
    ):
        optimizer = adamw()
        scheduler = build(optimizer)
        scheduler.step()
        before = picture(optimizer)
        with pytest.raises(TypeError, match="'lr' must return a number at step 2, got None"):
            scheduler.step()
        assert picture(optimizer) == before
        with pytest.raises(TypeError, match=r"'lr' must return a number at step 7\.5, got None"):
            scheduler.step(7.5)
        assert scheduler.last_epoch == 1


@pytest.mark.parametrize("error", [TypeError, ValueError, RuntimeError])
def test_what_a_function_raises_itself_goes_on(error: type[Exception]) -> None:
    """An error from within the function is the user's own, and stays it."""

    def broken(_: float) -> float:
        raise error("of my own")

    with pytest.raises(error, match=r"^of my own$"):
        Scheduler(adamw(), broken)


def test_a_function_that_fails_once() -> None:
    """It is asked again to see what it gives; where that is a number, its first error goes on."""
    asked: list[float] = []

    def moody(step: float) -> float:
        asked.append(step)
        if len(asked) == 1:
            raise TypeError("not today")
        return 1.0

    with pytest.raises(TypeError, match=r"^not today$"):
        Scheduler(adamw(), moody)
    assert asked == [0, 0]


def test_functions_without_a_signature_are_taken() -> None:
    """Functions written in C, callables of a class, and any with defaults."""

    class Half:
        def __call__(self, step: float, factor: float = 0.5) -> float:
            return factor

    for function in (math.exp, Half(), functools.partial(max, 0.5), float, max):
        optimizer = one()
        if function is max:
            with pytest.raises(TypeError):
                Scheduler(optimizer, function)
        else:
            assert Scheduler(optimizer, function).last_epoch == 0


REFUSED: Any = [
    (one, "lr", Linear(1.0, -1.0, 10), r"lr must be >= 0, got -0\.0.* at step 6; .*maximize=True"),
    (one, "weight_decay", Linear(1.0, -1.0, 10), r"weight_decay must be >= 0, got -0\.0.* step 6$"),
    (one, "eps", Linear(1.0, -1.0, 10), r"eps must be >= 0, got -.* step 6$"),
    (sgd, "momentum", Linear(1.0, -1.0, 10), r"momentum must be >= 0, got -.* step 6$"),
    (one, "betas[1]", Linear(1.0, 1.2, 10), r"betas\[1\] must be in \[0, 1\), got 1\.0.* step 1$"),
    (one, "betas[0]", Linear(1.0, -1.0, 10), r"betas\[0\] must be in \[0, 1\), got -.* step 6$"),
]


@pytest.mark.parametrize(("make", "target", "schedule", "message"), REFUSED)
def test_what_torch_would_refuse(make: Any, target: str, schedule: Any, message: str) -> None:
    """Refused before it is written, with target, value and step; nothing changes."""
    optimizer = make()
    scheduler = Scheduler(optimizer, schedule, target)
    refused_at = int(re.findall(r"step (\d+)", message)[0])
    for _ in range(refused_at - 1):
        scheduler.step()
    before = picture(optimizer)
    with pytest.raises(ValueError, match=message):
        scheduler.step()
    assert (picture(optimizer), scheduler.last_epoch) == (before, refused_at - 1)


def test_what_torch_would_refuse_of_a_scheduler_of_torchs() -> None:
    """Refused in the same words."""
    optimizer = one()
    bound = tsa.arbitrary_schedule_factory(optimizer, lambda opt: LambdaLR(opt, lambda n: 2.0 - n))
    bound.step()
    bound.step()
    with pytest.raises(ValueError, match=r"lr must be >= 0, got -.* at step 3; .*maximize=True"):
        bound.step()


def test_a_key_of_ones_own_may_hold_any_number() -> None:
    """What torch's own optimizers do not check is not checked here either."""
    optimizer = tsa.extend_optimizer(one(), "temperature", 1.0)
    scheduler = Scheduler(optimizer, Linear(1.0, -1.0, 10), "temperature")
    scheduler.step(10)
    assert optimizer.param_groups[0]["temperature"] == -1.0
    other = types.SimpleNamespace(param_groups=[{"lr": 1.0}])
    Scheduler(other, Constant(-1.0))
    assert other.param_groups == [{"lr": -1.0, "initial_lr": 1.0}]


def warned(build: Callable[[], Any], saved: Any) -> list[warnings.WarningMessage]:
    """Load; the warnings."""
    scheduler = build()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        scheduler.load_state_dict(saved)  # the user's line
    return caught


def test_another_initial_value_is_named() -> None:
    """The checkpoint's wins, and both values and the way out are in the warning."""
    saved = Scheduler(
        SGD([torch.zeros(1)], lr=1e-2), Linear(1.0, 0.0, 10), last_epoch=4
    ).state_dict()
    optimizer = SGD([torch.zeros(1)], lr=3e-2)
    (caught,) = warned(lambda: Scheduler(optimizer, Linear(1.0, 0.0, 10)), saved)
    assert caught.category is tsa.ScheduleMismatchWarning
    assert re.search(
        r"'lr' .*0\.01 in the checkpoint, 0\.03 in the code.*initial_values= and last_epoch=4",
        str(caught.message),
    )
    assert optimizer.param_groups[0]["lr"] == 1e-2 * Linear(1.0, 0.0, 10)(4)


@pytest.mark.parametrize("absolute", [True, False])
def test_another_mode_is_named(absolute: bool) -> None:
    """The code's mode wins, and the warning says so."""
    saved = Scheduler(one(), Linear(0.5, 0.0, 10), absolute=not absolute).state_dict()
    optimizer = one()
    (caught,) = warned(lambda: Scheduler(optimizer, Linear(0.5, 0.0, 10), absolute=absolute), saved)
    assert f"absolute={not absolute}; the code's absolute={absolute} is used" in str(caught.message)
    assert optimizer.param_groups[0]["lr"] == (0.5 if absolute else 0.05)


def test_a_warning_points_at_the_line_that_loads() -> None:
    """Alone and in a sync, the file is the caller's and not ours."""
    saved = Scheduler(one(), Linear(1.0, 0.0, 10)).state_dict()
    (alone,) = warned(lambda: Scheduler(one(), Linear(1.0, 0.0, 20)), saved)
    (both,) = warned(lambda: tsa.bind_schedules(one(), {"lr": Linear(1.0, 0.0, 20)}), {"lr": saved})
    assert alone.filename == both.filename == __file__
    assert alone.lineno == both.lineno


ORDERS = ["scheduler first", "optimizer first", "optimizer before it is built", "no optimizer"]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("noted", [True, False])
def test_no_false_alarm(order: str, noted: bool) -> None:
    """However a run is restored, with notes in the optimizer or without: not a word."""
    old = one()
    scheduler = Scheduler(old, Linear(1.0, 0.2, 10))
    scheduler.step(3)
    saved, groups = scheduler.state_dict(), old.state_dict()
    for group in groups["param_groups"]:
        if not noted:
            del group["initial_lr"]
    new = one()
    if order == "optimizer before it is built":
        new.load_state_dict(groups)
    scheduler = Scheduler(new, Linear(1.0, 0.2, 10))
    if order == "optimizer first":
        new.load_state_dict(groups)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scheduler.load_state_dict(saved)
    if order == "scheduler first":
        new.load_state_dict(groups)
    assert new.param_groups[0]["lr"] == old.param_groups[0]["lr"]
    assert scheduler.base_lrs == [0.1]


@pytest.mark.parametrize("package", [tsa, torch_schedule_anything])
def test_records_live_in_the_core(package: types.ModuleType) -> None:
    """`tsa.Linear` says where it is; any other name is missing as usual."""
    name = package.__name__
    with pytest.raises(
        AttributeError,
        match=rf"'{name}' has no attribute 'Linear'; .*: from tsa_core import Linear$",
    ):
        package.Linear  # noqa: B018
    with pytest.raises(AttributeError, match=rf"^module '{name}' has no attribute 'Liner'$"):
        package.Liner  # noqa: B018
    assert not hasattr(package, "__path_of_nothing__")


def test_the_early_then_stays() -> None:
    """A shape that is cut off before its end is what was written, and no mistake."""
    schedule = Linear(0.0, 1.0, 200).then(Constant(1.0), at=100)
    assert (schedule(99), schedule(100)) == (99 / 200, 1.0)


def test_betas_of_an_adam_as_the_message_says() -> None:
    """What the messages tell to write works."""
    optimizer = Adam([torch.nn.Parameter(torch.ones(1))], lr=0.1)
    tsa.bind_schedules(
        optimizer,
        {"betas[0]": Constant(0.5), "clip": Constant(0.5)},
        default_values={"clip": 2.0},
    )
    assert optimizer.param_groups[0]["betas"] == (0.45, 0.999)
    assert optimizer.param_groups[0]["clip"] == 1.0


def test_code_without_a_module_is_warned_as_well() -> None:
    """Code that `exec` runs in a bare namespace has no `__name__`: the warning still comes."""
    saved = Scheduler(one(), Linear(1.0, 0.0, 10)).state_dict()
    names = {"scheduler": Scheduler(one(), Linear(1.0, 0.0, 20)), "saved": saved}
    with pytest.warns(tsa.ScheduleMismatchWarning, match="num_steps"):
        exec("scheduler.load_state_dict(saved)", names)
