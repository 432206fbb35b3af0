"""Bad arguments of every torch function: an error that names them, and untouched groups."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest
from torch.optim.lr_scheduler import ReduceLROnPlateau, StepLR

import tsa_core
import tsa_torch as tsa
from tests.helpers import NAMES, NOT_FINITE, NOT_NUMBERS, PARAMETERS, Config, label
from tests.torch.factories import SCHEDULERS
from tests.torch.helpers import adamw, picture

FADE = tsa_core.Linear(1.0, 0.0, 10)
STEPS = ("num_warmup_steps", "num_training_steps")
NO_OPTIMIZER: tuple[Any, ...] = (None, 3, "adamw", [], {}, 1j, math.nan)
Call = Callable[[Any], Any]
Case = tuple[str, Any, type[Exception], Call]


def refused(value: Any, error: type[Exception], argument: str, call: Call) -> None:
    """`call(optimizer)` raises `error` naming argument and value, and changes nothing."""
    optimizer = adamw()
    before = picture(optimizer)
    shown = re.escape(value if error is KeyError else repr(value))
    with pytest.raises(error, match=rf"(?s)\b{argument}\b.*{shown}") as caught:
        call(optimizer)
    assert type(caught.value) is error
    assert picture(optimizer) == before


def targets(argument: str, call: Callable[[Any, Any], Any]) -> list[Case]:
    """The bad values of a name of a hyperparameter."""
    cases = [(value, TypeError) for value in (3, None, ["lr"], b"lr", True, 1j, math.nan)]
    cases += [(value, ValueError) for value in ("", "params")]
    return [(argument, v, e, lambda opt, v=v: call(opt, v)) for v, e in cases]


def each(
    argument: str, values: Any, error: type[Exception], call: Callable[[Any, Any], Any]
) -> list[Case]:
    """One case for each value: `call(optimizer, value)` is to raise `error`."""
    return [(argument, v, error, lambda opt, v=v: call(opt, v)) for v in values]


def thirteen(name: str) -> list[Case]:
    """The bad values of every argument of one of the thirteen, bound."""
    function, good = getattr(tsa, name), Config.of(name).kwargs
    cases = targets("schedule_target", lambda opt, v: function(opt, **good, schedule_target=v))
    cases += each("optimizer", NO_OPTIMIZER, TypeError, lambda _, v: function(v, **good))
    for argument in PARAMETERS[name]:

        def call(opt: Any, value: Any, argument: str = argument) -> Any:
            return function(opt, **{**good, argument: value})

        cases += each(argument, NOT_NUMBERS, TypeError, call)
        bad: tuple[Any, ...] = (*NOT_FINITE, -1, -0.5)
        bad += (2.5,) if argument in STEPS else ()
        bad += (0.0,) if argument == "polynomial_exponent" else ()
        bad += (3,) if argument == "num_training_steps" else ()
        cases += each(argument, bad, ValueError, call)
    return cases


def extend() -> list[Case]:
    """Bad values of `extend_optimizer`."""
    function = tsa.extend_optimizer
    new = each(
        "default_value", (*NOT_NUMBERS, np.bool_(True)), TypeError, lambda o, v: function(o, "c", v)
    )
    old = each("default_value", NOT_NUMBERS, TypeError, lambda o, v: function(o, "lr", v, True))
    return [
        *new,
        *old,
        *each(
            "default_value",
            (math.nan, np.float32("nan")),
            ValueError,
            lambda o, v: function(o, "c", v),
        ),
        *targets("name", lambda opt, v: function(opt, v, 1.0)),
        *each("optimizer", NO_OPTIMIZER, TypeError, lambda _, v: function(v, "c", 1.0)),
        *each(
            "overwrite_values",
            (None, 1, "yes", []),
            TypeError,
            lambda o, v: function(o, "c", 1.0, v),
        ),
    ]


def regroup() -> list[Case]:
    """Bad values of `get_param_groups_regrouped_by_key`."""
    function = tsa.get_param_groups_regrouped_by_key
    return [
        *each("optimizer", NO_OPTIMIZER, TypeError, lambda _, v: function(v, "lr")),
        *[case for case in targets("schedule_target", function) if case[2] is TypeError],
    ]


def factory() -> list[Case]:
    """Bad values of `arbitrary_schedule_factory`."""
    function = tsa.arbitrary_schedule_factory

    def step_lr(optimizer: Any) -> StepLR:
        return StepLR(optimizer, 3)

    no_numbers = [value for value in NOT_NUMBERS if value is not None]
    return [
        *each("optimizer", NO_OPTIMIZER, TypeError, lambda _, v: function(v, step_lr)),
        *each("schedule_factory", (None, 3, "x", [step_lr]), TypeError, function),
        *targets("schedule_target", lambda o, v: function(o, step_lr, schedule_target=v)),
        *targets("schedule_target", lambda o, v: function(o, step_lr, 1.0, v)),
        *each("default_value", no_numbers, TypeError, lambda o, v: function(o, step_lr, v, "c")),
        *each("default_value", (math.nan,), ValueError, lambda o, v: function(o, step_lr, v, "c")),
        *each("has", ("weight_decya",), KeyError, lambda o, v: function(o, step_lr, None, v)),
    ]


def scheduler() -> list[Case]:
    """Bad values of `HyperparameterScheduler`."""
    build = tsa.HyperparameterScheduler
    no_numbers = [value for value in NOT_NUMBERS if value is not None]
    texts = ("x", ["x", 1.0], [1j, 1.0], [None, 1.0], True, 1j)
    return [
        *each("optimizer", NO_OPTIMIZER, TypeError, lambda _, v: build(v, FADE)),
        *each("schedule", (None, 3, "x", {}, 1j), TypeError, build),
        *targets("schedule_target", lambda o, v: build(o, FADE, v)),
        *each("has", ("weight_decya",), KeyError, lambda o, v: build(o, FADE, v)),
        *each(
            "default_value",
            no_numbers,
            TypeError,
            lambda o, v: build(o, FADE, "c", default_value=v),
        ),
        *each(
            "default_value",
            (math.nan,),
            ValueError,
            lambda o, v: build(o, FADE, "c", default_value=v),
        ),
        *each("absolute", (None, 1, "yes"), TypeError, lambda o, v: build(o, FADE, absolute=v)),
        *each("groups", (3, "01", {}), TypeError, lambda o, v: build(o, FADE, groups=v)),
        *[
            ("groups", bad, ValueError, lambda o, v=bad: build(o, FADE, groups=[v]))
            for bad in (2, -1, 1.5, "0", None, True)
        ],
        *[
            ("initial_values", shown, TypeError, lambda o, v=v: build(o, FADE, initial_values=v))
            for v, shown in zip(texts, ("x", "x", 1j, None, True, 1j), strict=True)
        ],
        *[
            ("initial_values", shown, ValueError, lambda o, v=v: build(o, FADE, initial_values=v))
            for v, shown in ((math.nan, math.nan), ([math.nan, 1.0], math.nan), ([1.0], 1))
        ],
        *each(
            "last_epoch",
            ("3", None, [], 1j, True),
            TypeError,
            lambda o, v: build(o, FADE, last_epoch=v),
        ),
        *each(
            "last_epoch",
            (-2, -0.5, math.nan, math.inf),
            ValueError,
            lambda o, v: build(o, FADE, last_epoch=v),
        ),
    ]


def bind() -> list[Case]:
    """Bad values of `bind_schedules`."""
    function = tsa.bind_schedules
    return [
        *each("optimizer", NO_OPTIMIZER, TypeError, lambda _, v: function(v, {"lr": FADE})),
        *each("schedules", (None, 3, "lr", [FADE], FADE), TypeError, function),
        ("schedules", {}, ValueError, lambda o: function(o, {})),
        *each(
            "schedule", (None, 3, "x"), TypeError, lambda o, v: function(o, {"lr": FADE, "eps": v})
        ),
        *each("has", ("weight_decya",), KeyError, lambda o, v: function(o, {"lr": FADE, v: FADE})),
        *each(
            "default_values",
            ("c", [1.0], 1j, True),
            TypeError,
            lambda o, v: function(o, {"c": FADE}, default_values=v),
        ),
        *each(
            "default_values",
            ("x", [1.0], 1j, True),
            TypeError,
            lambda o, v: function(o, {"lr": FADE, "c": FADE}, default_values={"c": v}),
        ),
        *each(
            "absolute",
            (None, 1, "yes"),
            TypeError,
            lambda o, v: function(o, {"lr": FADE}, absolute=v),
        ),
    ]


CASES: dict[str, list[Case]] = {
    **{name: thirteen(name) for name in NAMES},
    "extend_optimizer": extend(),
    "get_param_groups_regrouped_by_key": regroup(),
    "arbitrary_schedule_factory": factory(),
    "HyperparameterScheduler": scheduler(),
    "bind_schedules": bind(),
}


@pytest.mark.parametrize(
    ("argument", "value", "error", "call"),
    [
        pytest.param(*case, id=f"{name}-{case[0]}-{type(case[1]).__name__}-{index}")
        for name, cases in CASES.items()
        for index, case in enumerate(cases)
    ],
)
def test_a_bad_argument_is_named_and_nothing_changes(
    argument: str, value: Any, error: type[Exception], call: Call
) -> None:
    """The class is right, the message names argument and value, the optimizer is as before."""
    refused(value, error, argument, call)


@pytest.mark.parametrize("schedules", [None, 3, "lr", b"lr"], ids=label)
def test_schedules_that_are_no_sequence_are_refused(schedules: Any) -> None:
    """`SynchronousSchedule` wants a sequence or a mapping, and says what it got."""
    with pytest.raises(TypeError, match=f"schedules must.*{re.escape(repr(schedules))}"):
        tsa.SynchronousSchedule(schedules)


@pytest.mark.parametrize("item", [None, 3, "lr", FADE, StepLR, [], math.nan], ids=label)
def test_a_member_that_is_no_scheduler_is_refused(item: Any) -> None:
    """In a sequence and in a mapping; the message names `schedules` and shows the item."""
    good = tsa.constant_schedule(adamw(), 0.5)
    for schedules in ([good, item], {"good": good, "bad": item}):
        with pytest.raises(TypeError, match=f"schedules must.*{re.escape(repr(item))}"):
            tsa.SynchronousSchedule(schedules)


def test_a_mapping_of_schedules_has_names_and_at_least_one_item() -> None:
    """As a sequence has."""
    for empty in ({}, []):
        with pytest.raises(ValueError, match="schedules must have at least one item"):
            tsa.SynchronousSchedule(empty)
    with pytest.raises(TypeError, match="schedules must have names as keys, got 3"):
        tsa.SynchronousSchedule({3: tsa.constant_schedule(adamw(), 0.5)})


def test_an_optimizer_as_a_member_is_refused() -> None:
    """The likely slip of handing over the optimizer itself."""
    with pytest.raises(TypeError, match="schedules must"):
        tsa.SynchronousSchedule([adamw()])


BAD_EPOCHS = [(value, ValueError) for value in (-1, -0.5, math.nan, math.inf, -math.inf, 10**400)]
BAD_EPOCHS += [(value, TypeError) for value in ("3", [3], (), 1j, True, {})]


@pytest.mark.parametrize("alone", [True, False], ids=["alone", "in lockstep"])
@pytest.mark.parametrize(("epoch", "error"), BAD_EPOCHS, ids=label)
def test_a_bad_epoch_moves_nothing(epoch: Any, error: type[Exception], alone: bool) -> None:
    """`step` names `epoch` and its value, and neither groups nor states have moved."""
    optimizer = adamw()
    schedulers: Any = [
        tsa.HyperparameterScheduler(optimizer, FADE, key) for key in ("lr", "weight_decay")
    ]
    schedulers = schedulers[0] if alone else tsa.SynchronousSchedule(schedulers)
    schedulers.step()
    before, state = picture(optimizer), schedulers.state_dict()
    with pytest.raises(error, match=rf"\bepoch must.*{re.escape(repr(epoch))}"):
        schedulers.step(epoch)
    assert picture(optimizer) == before
    assert schedulers.state_dict() == state


@pytest.mark.parametrize("metrics", ["bad", [1.0, 2.0], {}, 1j, np.array([1.0, 2.0])], ids=label)
def test_a_metric_that_is_no_number_moves_nothing(metrics: Any) -> None:
    """`sync.step` names `metrics` and its value, and nothing has moved."""
    optimizer = adamw()
    sync = tsa.SynchronousSchedule(
        [
            tsa.HyperparameterScheduler(optimizer, FADE),
            tsa.arbitrary_schedule_factory(
                optimizer, ReduceLROnPlateau, schedule_target="weight_decay"
            ),
        ]
    )
    before, state = picture(optimizer), sync.state_dict()
    with pytest.raises(TypeError, match=f"(?s)metrics must.*{re.escape(repr(metrics))}"):
        sync.step(metrics=metrics)
    assert picture(optimizer) == before
    assert sync.state_dict() == state


@pytest.mark.parametrize("name", ["nope", "", None, 3, math.nan], ids=label)
def test_an_unknown_schedule_name_is_a_key_error(name: Any) -> None:
    """`get_last_schedule` shows what was asked for and the names that exist."""
    sync = tsa.SynchronousSchedule([tsa.constant_schedule(adamw(), 0.5)])
    with pytest.raises(KeyError, match=f"{re.escape(str(name))}.*lr"):
        sync.get_last_schedule(name)


@pytest.mark.parametrize("value", ["x", None, [1.0], True, math.nan], ids=label)
def test_a_group_that_holds_no_number_is_refused(value: Any) -> None:
    """A target whose current value cannot be scaled is an error that names it."""
    optimizer = adamw()
    optimizer.param_groups[1]["clip"] = optimizer.param_groups[0]["clip"] = value
    error = ValueError if isinstance(value, float) else TypeError
    before = picture(optimizer)
    for bind_it in (
        lambda: tsa.constant_schedule(optimizer, 0.5, "clip"),
        lambda: tsa.arbitrary_schedule_factory(
            optimizer, lambda opt: StepLR(opt, 3), schedule_target="clip"
        ),
    ):
        with pytest.raises(error, match=rf"clip.*{re.escape(repr(value))}"):
            bind_it()
        if not isinstance(value, float):  # NaN is not equal to itself
            assert picture(optimizer) == before


def step_lr(optimizer: Any) -> StepLR:
    """A factory for the two functions below."""
    return StepLR(optimizer, 3)


@pytest.mark.parametrize("function", [tsa.simulate, tsa.schedule_from_torch])
@pytest.mark.parametrize(
    ("value", "error"),
    [(-1, ValueError)]
    + [(value, (TypeError, ValueError)) for value in (2.5, math.nan, math.inf)]
    + [(value, TypeError) for value in ("3", None, [], 1j, True)],
    ids=label,
)
def test_a_bad_number_of_steps_is_named(function: Any, value: Any, error: Any) -> None:
    """`simulate` and `schedule_from_torch` check `num_steps`."""
    with pytest.raises(error, match=f"num_steps must.*{re.escape(repr(value))}"):
        function(step_lr, value)


@pytest.mark.parametrize("function", [tsa.simulate, tsa.schedule_from_torch])
@pytest.mark.parametrize("value", [None, 3, "x", [step_lr]], ids=label)
def test_something_that_is_no_factory_is_named(function: Any, value: Any) -> None:
    """`simulate` and `schedule_from_torch` check `schedule_factory`."""
    with pytest.raises(TypeError, match="schedule_factory must"):
        function(value, 3)


@pytest.mark.parametrize(
    ("value", "error"),
    [(math.nan, ValueError), ("3", TypeError), (None, TypeError), (1j, TypeError), ([], TypeError)],
    ids=label,
)
def test_a_bad_initial_value_is_named(value: Any, error: Any) -> None:
    """`simulate` checks `initial_value`."""
    with pytest.raises(error, match=f"initial_value must.*{re.escape(repr(value))}"):
        tsa.simulate(step_lr, 3, value)


@pytest.mark.parametrize("target", ["lr[0]", "betas[2]", "clip[0]"])
def test_an_element_that_does_not_exist_is_named(target: str) -> None:
    """An index into a number, past a tuple's end or of no key at all: the target is named."""
    optimizer = adamw()
    before = picture(optimizer)
    for bind_it in (
        lambda: tsa.constant_schedule(optimizer, 0.5, target),
        lambda: tsa.HyperparameterScheduler(optimizer, FADE, target, default_value=1.0),
        lambda: tsa.arbitrary_schedule_factory(optimizer, step_lr, None, target),
        lambda: tsa.arbitrary_schedule_factory(optimizer, step_lr, 1.0, target),
        lambda: tsa.bind_schedules(optimizer, {"lr": FADE, target: FADE}),
    ):
        with pytest.raises((KeyError, TypeError, ValueError), match=re.escape(target)):
            bind_it()
        assert picture(optimizer) == before
    assert tsa.get_param_groups_regrouped_by_key(optimizer, target) == []


def test_a_default_for_no_target_is_named() -> None:
    """A typo in `default_values` is a `KeyError`, and nothing has changed."""
    optimizer = adamw()
    before = picture(optimizer)
    with pytest.raises(KeyError, match="default_values must name targets"):
        tsa.bind_schedules(optimizer, {"clip": FADE}, default_values={"clpi": 1.0})
    assert picture(optimizer) == before


class Betas(NamedTuple):
    first: float
    second: float


def test_named_tuples_stay_named_tuples() -> None:
    """An element of one is a target like that of a plain tuple."""
    holder = SimpleNamespace(param_groups=[{"params": [], "betas": Betas(0.9, 0.99)}])
    tsa.HyperparameterScheduler(holder, lambda step: 0.5**step, "betas[0]").step(1)
    assert holder.param_groups[0]["betas"] == Betas(0.45, 0.99)
    assert holder.param_groups[0]["betas"].second == 0.99


@pytest.mark.parametrize("name", ["SequentialLR", "ChainedScheduler"])
def test_a_composite_that_takes_no_epoch_says_so(name: str) -> None:
    """By name, in a lockstep as alone, and nothing has changed."""
    optimizer = adamw()
    bound = tsa.arbitrary_schedule_factory(optimizer, SCHEDULERS[name], schedule_target="lr")
    sync = tsa.SynchronousSchedule([bound, tsa.constant_schedule(optimizer, 0.5, "weight_decay")])
    before = picture(optimizer)
    for scheduler in (bound, sync):
        with pytest.raises(ValueError, match=f"epoch must be left out: 'lr' .* {name}.* got 3"):
            scheduler.step(3)
    assert picture(optimizer) == before
