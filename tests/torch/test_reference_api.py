"""The documented API, and each point that the reference left open."""

from __future__ import annotations

import inspect
import math
import warnings
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch.optim import SGD, Adam
from torch.optim.lr_scheduler import (
    CosineAnnealingLR,
    ExponentialLR,
    LRScheduler,
    ReduceLROnPlateau,
    StepLR,
)

import torch_schedule_anything as tsa
import tsa_core
import tsa_torch
from tests.helpers import NAMES, PARAMETERS, Config, label
from tests.torch.helpers import adamw, column, picture


def plateau(optimizer: Any) -> ReduceLROnPlateau:
    """Halves at the first evaluation without progress."""
    return ReduceLROnPlateau(optimizer, factor=0.5, patience=0)


def test_the_documented_import_name_re_exports_tsa_torch_and_nothing_else() -> None:
    """`torch_schedule_anything` has the names of `tsa_torch`, the same objects."""
    assert sorted(tsa.__all__) == sorted(tsa_torch.__all__)
    assert all(getattr(tsa, name) is getattr(tsa_torch, name) for name in tsa_torch.__all__)


@pytest.mark.parametrize("name", NAMES)
def test_signatures_are_the_documented_ones(name: str) -> None:
    """`optimizer` first, the documented arguments, then `schedule_target="lr"`."""
    parameters = inspect.signature(getattr(tsa, name)).parameters
    assert tuple(parameters) == ("optimizer", *PARAMETERS[name], "schedule_target")
    assert parameters["schedule_target"].default == "lr"
    bare = inspect.signature(getattr(tsa_core, name)).parameters
    assert tuple(bare) == PARAMETERS[name]
    assert all(parameters[key].default == bare[key].default for key in bare)


@pytest.mark.parametrize("name", NAMES)
def test_each_of_the_thirteen_scales_the_initial_values_by_the_core(name: str) -> None:
    """Building applies m(0) at once; after t steps a group holds its initial value times m(t)."""
    config, optimizer = Config.of(name), adamw()
    scheduler = getattr(tsa, name)(optimizer, *config.kwargs.values(), "weight_decay")
    assert isinstance(scheduler, LRScheduler)
    for step in range(13):
        m = config.schedule(step)
        assert column(optimizer, "weight_decay") == [0.1 * m, 0.02 * m]
        assert scheduler.get_last_lr() == [0.1 * m, 0.02 * m]
        assert scheduler.last_epoch == step
        assert column(optimizer, "lr") == [0.1, 0.02]
        scheduler.step()


@pytest.mark.parametrize("name", NAMES)
def test_binding_touches_nothing_but_the_target(name: str) -> None:
    """Only the note is added: no attribute, no patched method, no changed default."""
    optimizer = adamw()
    groups, defaults, attributes = picture(optimizer)
    scheduler = getattr(tsa, name)(optimizer, **Config.of(name).kwargs)
    for _ in range(5):
        scheduler.step()
    after, defaults_after, attributes_after = picture(optimizer)
    assert (defaults_after, attributes_after) == (defaults, attributes)
    for (_, before, _), (_, now, _) in zip(groups, after, strict=True):
        assert now | {"lr": 0} == before | {"lr": 0, "initial_lr": before["lr"]}


def test_our_own_schedulers_do_not_warn_about_the_step_order() -> None:
    """Stepping before or after the optimizer is not our business."""
    optimizer = adamw()
    scheduler = tsa.constant_schedule(optimizer, 0.5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scheduler.step()
        optimizer.step()
        scheduler.step()


class TestScheduleNames:
    """`schedule_names`, and what a `SynchronousSchedule` accepts."""

    def test_raw_is_lr_and_bound_is_its_target_in_the_order_given(self) -> None:
        """A raw torch scheduler is `lr`; ours and bound ones go by their target."""
        optimizer = adamw()
        tsa.extend_optimizer(optimizer, "clip", 1.0)
        decay = tsa.constant_schedule(optimizer, 0.5, "weight_decay")
        raw = StepLR(optimizer, 3)
        clip = tsa.arbitrary_schedule_factory(
            optimizer, lambda opt: StepLR(opt, 3), schedule_target="clip"
        )
        sync = tsa.SynchronousSchedule([decay, raw, clip])
        assert sync.schedule_names == ["weight_decay", "lr", "clip"]
        assert sync.optimizer is optimizer
        assert isinstance(sync, LRScheduler)

    def test_schedule_names_is_a_copy(self) -> None:
        """Changing the returned list changes nothing."""
        sync = tsa.SynchronousSchedule([tsa.constant_schedule(adamw(), 0.5)])
        sync.schedule_names.append("more")
        assert sync.schedule_names == ["lr"]

    @pytest.mark.parametrize("target", ["lr", "weight_decay"])
    def test_two_schedules_on_one_name_are_refused(self, target: str) -> None:
        """`RuntimeError` naming the name."""
        optimizer = adamw()
        two = [tsa.constant_schedule(optimizer, 0.5, target) for _ in range(2)]
        with pytest.raises(RuntimeError, match=target):
            tsa.SynchronousSchedule(two)

    def test_a_raw_scheduler_and_ours_on_lr_are_refused(self) -> None:
        """The raw one is `lr` too."""
        optimizer = adamw()
        with pytest.raises(RuntimeError, match="'lr'"):
            tsa.SynchronousSchedule([StepLR(optimizer, 3), tsa.constant_schedule(optimizer, 0.5)])

    def test_different_optimizers_are_refused(self) -> None:
        """`ValueError`, for raw and for our own schedulers."""
        one, other = adamw(), adamw()
        for schedules in (
            [tsa.constant_schedule(one, 1.0), tsa.constant_schedule(other, 1.0, "weight_decay")],
            [StepLR(one, 3), tsa.constant_schedule(other, 1.0, "weight_decay")],
        ):
            with pytest.raises(ValueError, match="one optimizer"):
                tsa.SynchronousSchedule(schedules)

    @pytest.mark.parametrize("empty", [[], ()])
    def test_an_empty_list_is_refused(self, empty: Any) -> None:
        """`ValueError` naming `schedules`."""
        with pytest.raises(ValueError, match="schedules must"):
            tsa.SynchronousSchedule(empty)

    def test_a_nested_schedule_is_flattened(self) -> None:
        """The members of an inner `SynchronousSchedule` become members, in order."""
        optimizer = adamw()
        inner = tsa.SynchronousSchedule(
            [tsa.constant_schedule(optimizer, 0.5, key) for key in ("weight_decay", "eps")]
        )
        outer = tsa.SynchronousSchedule([tsa.constant_schedule(optimizer, 0.5), inner])
        assert outer.schedule_names == ["lr", "weight_decay", "eps"]
        assert list(outer.state_dict()) == outer.schedule_names
        assert outer.get_last_schedule("eps") == column(optimizer, "eps")

    def test_a_name_twice_through_nesting_is_refused(self) -> None:
        """Flattening does not hide a duplicate."""
        optimizer = adamw()
        inner = tsa.SynchronousSchedule([tsa.constant_schedule(optimizer, 0.5)])
        with pytest.raises(RuntimeError, match="'lr'"):
            tsa.SynchronousSchedule([tsa.constant_schedule(optimizer, 0.5), inner])


class TestLastValues:
    """`get_last_schedule` and `get_last_lr`."""

    def test_get_last_schedule_is_what_the_groups_hold(self) -> None:
        """One value a group, for each name, at every step."""
        optimizer = adamw()
        sync = tsa.SynchronousSchedule(
            [
                tsa.cosine_annealing_with_warmup(optimizer, 1.0, 0.1, 3, 9),
                tsa.arbitrary_schedule_factory(
                    optimizer, lambda opt: ExponentialLR(opt, 0.9), None, "weight_decay"
                ),
            ]
        )
        for _ in range(12):
            for name in ("lr", "weight_decay"):
                assert sync.get_last_schedule(name) == column(optimizer, name)
            assert sync.get_last_lr() == column(optimizer, "lr")
            sync.step()

    def test_get_last_lr_without_a_schedule_on_lr_is_the_current_lr(self) -> None:
        """Logging keeps working, also after lr is changed by hand."""
        optimizer = adamw()
        sync = tsa.SynchronousSchedule([tsa.constant_schedule(optimizer, 0.5, "weight_decay")])
        assert sync.get_last_lr() == [0.1, 0.02]
        optimizer.param_groups[0]["lr"] = 0.7
        assert sync.get_last_lr() == [0.7, 0.02]

    def test_an_unknown_name_is_a_key_error_naming_the_others(self) -> None:
        """The message holds the name asked for and those that exist."""
        optimizer = adamw()
        sync = tsa.SynchronousSchedule(
            [tsa.constant_schedule(optimizer, 0.5, key) for key in ("weight_decay", "eps")]
        )
        with pytest.raises(KeyError, match=r"'lr'.*weight_decay, eps"):
            sync.get_last_schedule("lr")

    def test_the_returned_lists_are_copies(self) -> None:
        """Changing one changes nothing."""
        sync = tsa.SynchronousSchedule([tsa.constant_schedule(adamw(), 0.5)])
        sync.get_last_lr()[0] = 9.0
        sync.get_last_schedule("lr")[0] = 9.0
        assert sync.get_last_lr() == sync.get_last_schedule("lr") == [0.05, 0.01]


class TestStep:
    """`sync.step`: in lockstep, to a position, with a metric."""

    @pytest.mark.parametrize("epoch", [0, 1, 7, 2.5, 1e6, 0.0, np.int64(3), np.float32(4.5)])
    def test_an_epoch_is_the_number_of_updates_made(self, epoch: Any) -> None:
        """Any real number >= 0, forwards and backwards, twice is once, and no warning."""
        optimizer = adamw()
        config = Config.of("cosine_annealing_with_warmup")
        sync = tsa.SynchronousSchedule(
            [
                getattr(tsa, config.name)(optimizer, **config.kwargs, schedule_target=key)
                for key in ("lr", "weight_decay")
            ]
        )
        for _ in range(5):
            sync.step()
        m = config.schedule(epoch)
        for _ in range(2):
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                sync.step(epoch)
            assert column(optimizer, "lr") == column(optimizer, "weight_decay")
            assert column(optimizer, "lr") == [0.1 * m, 0.02 * m]
        sync.step()
        assert sync.get_last_lr()[0] == 0.1 * config.schedule(epoch + 1)

    def test_the_epoch_is_given_by_position_or_name(self) -> None:
        """`step(3)` and `step(epoch=3)` are the same."""
        one, other = (
            tsa.SynchronousSchedule([tsa.linear_schedule_with_warmup(adamw(), 1.0, 0.0, 0, 10)])
            for _ in range(2)
        )
        one.step(3)
        other.step(epoch=3)
        assert one.get_last_lr() == other.get_last_lr()

    def test_the_epoch_is_passed_on_to_torch_schedulers(self) -> None:
        """A raw torch scheduler is given the epoch, with what torch says of that."""
        optimizer, twin = adamw(), adamw()
        plain = CosineAnnealingLR(twin, 10)
        sync = tsa.SynchronousSchedule([CosineAnnealingLR(optimizer, 10)])
        optimizer.step()
        twin.step()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            plain.step(4)
            sync.step(4)
        assert column(optimizer, "lr") == column(twin, "lr")

    def _with_plateau(self) -> tuple[Any, tsa.SynchronousSchedule]:
        optimizer = adamw()
        sync = tsa.SynchronousSchedule(
            [
                tsa.linear_schedule_with_warmup(optimizer, 1.0, 0.0, 0, 10),
                tsa.arbitrary_schedule_factory(optimizer, plateau, schedule_target="weight_decay"),
                tsa.arbitrary_schedule_factory(
                    optimizer, lambda opt: StepLR(opt, 1, 0.5), schedule_target="eps"
                ),
            ]
        )
        return optimizer, sync

    @pytest.mark.parametrize("kind", [float, np.float64, np.float32, torch.tensor, int])
    def test_a_metric_reaches_the_schedulers_that_need_one(self, kind: Any) -> None:
        """ReduceLROnPlateau cuts through `sync.step(metrics=...)`, the others step as ever."""
        optimizer, sync = self._with_plateau()
        sync.step(metrics=kind(1))
        assert column(optimizer, "weight_decay") == [0.1, 0.02]
        sync.step(metrics=kind(2))
        assert column(optimizer, "weight_decay") == [0.05, 0.01]
        assert column(optimizer, "lr") == [0.1 * 0.8, 0.02 * 0.8]
        assert column(optimizer, "eps") == [0.25e-8, 0.25e-8]

    def test_without_the_metric_nothing_moves(self) -> None:
        """A clear error that names `metrics` and the schedule, before anything moved."""
        optimizer, sync = self._with_plateau()
        sync.step(metrics=1.0)
        before, state = picture(optimizer), sync.state_dict()
        for arguments in ((), (3,)):
            with pytest.raises((TypeError, ValueError), match=r"metrics.*weight_decay"):
                sync.step(*arguments)
        assert picture(optimizer) == before
        assert sync.state_dict() == state

    def test_a_raw_plateau_scheduler_works_as_well(self) -> None:
        """ReduceLROnPlateau on `lr`, without the factory."""
        optimizer = adamw()
        sync = tsa.SynchronousSchedule(
            [plateau(optimizer), tsa.constant_schedule(optimizer, 0.5, "weight_decay")]
        )
        sync.step(metrics=1.0)
        sync.step(metrics=2.0)
        assert column(optimizer, "lr") == [0.05, 0.01] == sync.get_last_lr()
        with pytest.raises((TypeError, ValueError), match="metrics"):
            sync.step()

    def test_if_one_scheduler_fails_none_has_moved(self) -> None:
        """An exception from one of them leaves groups and states as they were."""
        optimizer = adamw()

        def late(step: int) -> float:
            if step == 2:
                raise OSError("the disk is full")
            return 1.0 / (1 + step)

        sync = tsa.SynchronousSchedule(
            [
                tsa.linear_schedule_with_warmup(optimizer, 1.0, 0.0, 0, 10),
                tsa.arbitrary_schedule_factory(
                    optimizer, lambda opt: StepLR(opt, 1, 0.5), schedule_target="eps"
                ),
                tsa.arbitrary_schedule_factory(
                    optimizer,
                    lambda opt: torch.optim.lr_scheduler.LambdaLR(opt, late),
                    schedule_target="weight_decay",
                ),
            ]
        )
        sync.step()
        before, state = picture(optimizer), sync.state_dict()
        with pytest.raises(OSError, match="disk"):
            sync.step()
        assert picture(optimizer) == before
        assert sync.state_dict() == state


class TestRegrouped:
    """`get_param_groups_regrouped_by_key`."""

    def test_one_tuple_a_group_in_their_order(self) -> None:
        """Value, parameters and the group itself, for groups of equal values too."""
        optimizer = adamw(second=None)
        result = tsa.get_param_groups_regrouped_by_key(optimizer, "lr")
        assert isinstance(result, list)
        assert len(result) == 2
        for (value, params, group), real in zip(result, optimizer.param_groups, strict=True):
            assert value == real["lr"]
            assert params is real["params"]
            assert group is real

    def test_a_key_that_no_group_has_gives_an_empty_list(self) -> None:
        """Existing code tests for that."""
        assert tsa.get_param_groups_regrouped_by_key(adamw(), "gradient_clip_threshold") == []

    def test_groups_without_the_key_are_left_out(self) -> None:
        """Only groups that have it appear."""
        optimizer = adamw()
        optimizer.param_groups[1]["clip"] = 3.0
        ((value, _, group),) = tsa.get_param_groups_regrouped_by_key(optimizer, "clip")
        assert value == 3.0
        assert group is optimizer.param_groups[1]

    def test_reading_changes_nothing(self) -> None:
        """The optimizer is as before."""
        optimizer = adamw()
        before = picture(optimizer)
        tsa.get_param_groups_regrouped_by_key(optimizer, "lr")
        assert picture(optimizer) == before


class TestExtendOptimizer:
    """`extend_optimizer`."""

    @pytest.mark.parametrize(
        "value",
        [1, 0, -2.5, np.float32(0.5), np.int64(7), Fraction(1, 2), math.inf, -math.inf],
        ids=label,
    )
    def test_any_real_number_is_set_in_all_groups(self, value: Any) -> None:
        """NumPy's numbers and infinity too; the same optimizer comes back."""
        optimizer = adamw()
        assert tsa.extend_optimizer(optimizer, "clip", value) is optimizer
        assert column(optimizer, "clip") == [value, value]

    def test_existing_values_are_kept(self) -> None:
        """By default only groups without the key get the value."""
        optimizer = adamw()
        optimizer.param_groups[1]["clip"] = 3.0
        tsa.extend_optimizer(optimizer, "clip", default_value=10.0)
        assert column(optimizer, "clip") == [10.0, 3.0]
        tsa.extend_optimizer(optimizer, "lr", 5.0)
        assert column(optimizer, "lr") == [0.1, 0.02]
        assert optimizer.defaults["lr"] == 0.1

    def test_existing_values_are_overwritten_on_request(self) -> None:
        """With `overwrite_values=True` all groups get the value."""
        optimizer = adamw()
        tsa.extend_optimizer(optimizer, "weight_decay", 0.5, overwrite_values=True)
        assert column(optimizer, "weight_decay") == [0.5, 0.5]
        assert column(optimizer, "lr") == [0.1, 0.02]

    @pytest.mark.parametrize("overwrite", [False, True])
    def test_a_group_added_later_gets_the_value(self, overwrite: bool) -> None:
        """Through `optimizer.defaults`, unless the group has its own."""
        optimizer = adamw()
        tsa.extend_optimizer(optimizer, "clip", 10.0, overwrite)
        optimizer.add_param_group({"params": [torch.nn.Parameter(torch.ones(1))]})
        optimizer.add_param_group({"params": [torch.nn.Parameter(torch.ones(1))], "clip": 2.0})
        assert column(optimizer, "clip") == [10.0, 10.0, 10.0, 2.0]

    def test_the_new_key_survives_the_optimizer_state_dict(self) -> None:
        """It is saved and loaded with the groups."""
        optimizer, fresh = adamw(), adamw()
        tsa.extend_optimizer(optimizer, "clip", 10.0)
        fresh.load_state_dict(optimizer.state_dict())
        assert column(fresh, "clip") == [10.0, 10.0]

    def test_no_attribute_is_set_on_the_optimizer(self) -> None:
        """Only `param_groups` and `defaults` change."""
        optimizer = adamw()
        before = sorted(vars(optimizer))
        tsa.extend_optimizer(optimizer, "clip", 10.0)
        assert sorted(vars(optimizer)) == before


class TestFactory:
    """`arbitrary_schedule_factory` where the reference leaves it open."""

    def test_an_unknown_target_without_a_default_names_the_keys(self) -> None:
        """`KeyError` with the name asked for and the keys that exist, nothing changed."""
        optimizer = adamw()
        before = picture(optimizer)
        with pytest.raises(KeyError, match=r"weight_decya.*lr.*betas.*weight_decay"):
            tsa.arbitrary_schedule_factory(
                optimizer, lambda opt: StepLR(opt, 3), schedule_target="weight_decya"
            )
        assert picture(optimizer) == before

    def test_the_documented_momentum_example(self) -> None:
        """Adam has no momentum; the default creates it and StepLR drives it."""
        optimizer = Adam([torch.nn.Parameter(torch.ones(1))], lr=0.001)
        scheduler = tsa.arbitrary_schedule_factory(
            optimizer=optimizer,
            schedule_factory=lambda opt: StepLR(opt, step_size=30, gamma=0.5),
            default_value=0.9,
            schedule_target="momentum",
        )
        for _ in range(100):
            scheduler.step()
        assert column(optimizer, "momentum") == [0.9 * 0.5**3]
        assert column(optimizer, "lr") == [0.001]

    @pytest.mark.parametrize("result", [None, 3, "scheduler", StepLR, [1]], ids=label)
    def test_a_factory_that_returns_no_scheduler_is_refused(self, result: Any) -> None:
        """`TypeError` naming `schedule_factory`, nothing changed."""
        optimizer = adamw()
        before = picture(optimizer)
        with pytest.raises(TypeError, match="schedule_factory must"):
            tsa.arbitrary_schedule_factory(optimizer, lambda _: result, 1.0, "clip")
        assert picture(optimizer) == before

    def test_a_factory_that_binds_another_optimizer_is_refused(self) -> None:
        """`TypeError` for a scheduler on something else than what was handed over."""
        optimizer, other = adamw(), adamw()
        before = picture(optimizer)
        with pytest.raises(TypeError, match="schedule_factory must"):
            tsa.arbitrary_schedule_factory(optimizer, lambda _: StepLR(other, 3))
        assert picture(optimizer) == before

    def test_a_factory_that_raises_leaves_no_trace(self) -> None:
        """Its own exception comes through, and the groups are as before."""
        optimizer = adamw()
        before = picture(optimizer)

        def factory(handed: Any) -> LRScheduler:
            ExponentialLR(handed, 0.5).step()
            raise OSError("no")

        with pytest.raises(OSError, match="no"):
            tsa.arbitrary_schedule_factory(optimizer, factory, 1.0, "clip")
        assert picture(optimizer) == before

    def test_the_scheduler_takes_a_metric_by_position_or_name(self) -> None:
        """A bound ReduceLROnPlateau is stepped as the plain one."""
        optimizer = adamw()
        bound = tsa.arbitrary_schedule_factory(optimizer, plateau, schedule_target="weight_decay")
        bound.step(1.0)
        bound.step(metrics=2.0)
        assert column(optimizer, "weight_decay") == [0.05, 0.01]


class TestBinding:
    """`HyperparameterScheduler` and `bind_schedules`."""

    def test_bind_schedules_drives_each_target(self) -> None:
        """One call gives a `SynchronousSchedule` over a mapping, in its order."""
        optimizer = adamw()
        fade = tsa_core.Linear(1.0, 0.0, 10)
        sync = tsa.bind_schedules(
            optimizer,
            {"weight_decay": fade, "lr": fade * 0.5, "betas[0]": fade, "clip": fade},
            default_values={"clip": 8.0},
        )
        assert isinstance(sync, tsa.SynchronousSchedule)
        assert sync.schedule_names == ["weight_decay", "lr", "betas[0]", "clip"]
        sync.step(5)
        assert column(optimizer, "weight_decay") == [0.05, 0.01]
        assert column(optimizer, "lr") == [0.025, 0.005]
        assert column(optimizer, "betas") == [(0.45, 0.999)] * 2
        assert column(optimizer, "clip") == [4.0, 4.0]

    def test_absolute_sets_the_schedule_s_own_value(self) -> None:
        """With `absolute=True` the value is not scaled by the initial one."""
        optimizer = adamw()
        fade = tsa_core.Linear(1.0, 0.0, 10)
        tsa.HyperparameterScheduler(optimizer, fade, "weight_decay", absolute=True).step(5)
        tsa.bind_schedules(optimizer, {"lr": fade}, absolute=True).step(2)
        assert column(optimizer, "weight_decay") == [0.5, 0.5]
        assert column(optimizer, "lr") == [0.8, 0.8]

    def test_a_schedule_for_each_group_and_a_subset_of_groups(self) -> None:
        """A sequence gives one schedule a group; `groups=` leaves the others alone."""
        optimizer = adamw()
        constants = [tsa_core.Constant(0.5), tsa_core.Constant(2.0)]
        tsa.HyperparameterScheduler(optimizer, constants)
        tsa.HyperparameterScheduler(optimizer, constants[0], "weight_decay", groups=[1])
        assert column(optimizer, "lr") == [0.05, 0.04]
        assert column(optimizer, "weight_decay") == [0.1, 0.01]

    def test_initial_values_and_last_epoch_place_a_fresh_scheduler(self) -> None:
        """Any step of a run can be built from its initial values and its number alone."""
        optimizer = adamw()
        fade = tsa_core.Linear(1.0, 0.0, 10)
        scheduler = tsa.HyperparameterScheduler(
            optimizer, fade, initial_values=[0.4, 0.8], last_epoch=5
        )
        assert column(optimizer, "lr") == [0.2, 0.4]
        assert scheduler.base_lrs == [0.4, 0.8]
        assert scheduler.last_epoch == 5

    def test_any_function_of_the_step_is_a_schedule(self) -> None:
        """A plain callable is called with the number of updates made."""
        optimizer = adamw()
        scheduler = tsa.HyperparameterScheduler(optimizer, lambda step: 1.0 / (1 + step))
        scheduler.step()
        assert column(optimizer, "lr") == [0.05, 0.01]

    def test_an_object_with_param_groups_is_enough(self) -> None:
        """No instance of `Optimizer` is needed, and it may refuse attributes."""

        class Wrapper:
            __slots__ = ("param_groups",)

        wrapper = Wrapper()
        wrapper.param_groups = [{"params": [], "lr": 0.5}]
        sync = tsa.SynchronousSchedule([tsa.linear_schedule_with_warmup(wrapper, 1.0, 0.0, 0, 4)])
        sync.step(2)
        assert sync.get_last_lr() == [0.25]
        plain = SimpleNamespace(param_groups=[{"params": [], "lr": 0.5}])
        tsa.extend_optimizer(plain, "clip", 1.0)
        tsa.arbitrary_schedule_factory(plain, lambda opt: StepLR(opt, 1, 0.5), None, "clip").step()
        assert plain.param_groups[0]["clip"] == 0.5

    def test_a_tensor_learning_rate_is_filled_in_place(self) -> None:
        """The tensor in the group stays the same object; what is reported is a number."""
        optimizer = SGD([torch.nn.Parameter(torch.ones(1))], lr=torch.tensor(0.5))
        sync = tsa.SynchronousSchedule([tsa.linear_schedule_with_warmup(optimizer, 1.0, 0.0, 0, 4)])
        tensor = optimizer.param_groups[0]["lr"]
        sync.step()
        assert optimizer.param_groups[0]["lr"] is tensor
        assert tensor.item() == 0.375
        assert sync.get_last_lr() == [0.375]
