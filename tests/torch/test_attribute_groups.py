"""Attributes of any objects, driven like the hyperparameters of an optimizer."""

from __future__ import annotations

import copy
import io
import json
import math
import pickle
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.data import BatchSampler, DataLoader, SequentialSampler, TensorDataset

import torch_schedule_anything
import tsa_torch as tsa
from tsa_core import Constant, Cosine, Exponential, Linear

FADE = Linear(0.4, 0.0, 10)
NOT_ONE_OBJECT: tuple[Any, ...] = ("dropout", b"x", 3, 0.5, 1j, [], (1,), {1}, {"p": 1}, iter([]))


def doubling(step: float) -> float:
    """A batch size that doubles every two steps."""
    return 4.0 * 2.0 ** (step // 2)


def bound(*objects: Any, absolute: bool = True, **options: Any) -> tsa.HyperparameterScheduler:
    """`FADE` on the attribute `p` of objects."""
    groups = tsa.attribute_groups(*objects)
    return tsa.HyperparameterScheduler(groups, FADE, "p", absolute=absolute, **options)


@given(st.lists(st.floats(0, 1e3), min_size=1, max_size=5), st.integers(0, 20))
def test_each_object_is_a_group(values: list[float], step: int) -> None:
    """Each attribute is its own initial value times the multiplier, or the value itself."""
    objects = [SimpleNamespace(p=value) for value in values]
    bound(*objects, absolute=False).step(step)
    assert [one.p for one in objects] == [value * FADE(step) for value in values]
    bound(*objects).step(step)
    assert {one.p for one in objects} == {FADE(step)}


def test_notes_are_kept_beside_the_objects() -> None:
    """The objects have the attributes that they had; the note is in the group."""
    module = torch.nn.Dropout(0.5)
    before = set(vars(module))
    scheduler = bound(module, absolute=False)
    scheduler.step()
    assert set(vars(module)) == before
    assert scheduler.optimizer.param_groups[0]["initial_p"] == 0.5
    again = tsa.HyperparameterScheduler(scheduler.optimizer, Constant(2.0), "p")
    assert (again.base_lrs, module.p) == ([0.5], 1.0)


def test_an_attribute_of_the_name_of_a_note_is_left_alone() -> None:
    """An object may have an `initial_p` of its own: it is neither read nor written."""
    one = SimpleNamespace(p=2.0, initial_p=100.0)
    assert bound(one, absolute=False).base_lrs == [2.0]
    assert (one.p, one.initial_p) == (0.8, 100.0)


def test_an_attribute_whose_name_begins_like_a_note_can_be_driven() -> None:
    """`initial_temperature` is an attribute where there is no `temperature`."""
    one = SimpleNamespace(initial_temperature=2.0)
    groups = tsa.attribute_groups(one)
    tsa.HyperparameterScheduler(groups, Constant(0.5), "initial_temperature")
    assert one.initial_temperature == 1.0
    assert groups.param_groups[0]["initial_initial_temperature"] == 2.0


def test_properties_slots_and_tuples() -> None:
    """Whatever reads and writes as an attribute is one."""

    class Guarded:
        __slots__ = ("_p", "pair")

        def __init__(self) -> None:
            self._p, self.pair = 1.0, (0.9, 0.99)

        @property
        def p(self) -> float:
            return self._p

        @p.setter
        def p(self, value: float) -> None:
            self._p = value

    one = Guarded()
    groups = tsa.attribute_groups(one)
    tsa.bind_schedules(groups, {"p": Constant(0.5), "pair[0]": Constant(0.5)})
    assert (one.p, one.pair) == (0.5, (0.45, 0.99))
    assert dict(groups.param_groups[0]) == {"initial_p": 1.0, "initial_pair[0]": 0.9}


def test_a_tensor_is_filled_in_place() -> None:
    """After the first write a buffer stays the same tensor, as on a device it has to."""
    module = torch.nn.Module()
    module.register_buffer("weight", torch.tensor(2.0))
    groups = tsa.attribute_groups(module)
    scheduler = tsa.HyperparameterScheduler(groups, Linear(1.0, 0.0, 4), "weight")
    held = module.weight
    scheduler.step(1)
    assert module.weight is held
    assert module.state_dict()["weight"] == 1.5


@pytest.mark.parametrize("workers", [{}, {"num_workers": 1, "multiprocessing_context": "spawn"}])
def test_a_loader_takes_the_batch_size_of_each_step(workers: dict[str, Any]) -> None:
    """A `DataLoader` slices by an int: the sampler holds one, and batches grow by the schedule.

    The workers are spawned: a fork of a process in which other tests started JAX may deadlock.
    """
    sampler = BatchSampler(SequentialSampler(range(60)), batch_size=4, drop_last=False)
    loader = DataLoader(TensorDataset(torch.arange(60)), batch_sampler=sampler, **workers)
    groups = tsa.attribute_groups(sampler)
    scheduler = tsa.HyperparameterScheduler(groups, doubling, "batch_size", absolute=True)
    sizes = []
    for _ in range(3):  # one epoch for each step: a loader asks for the size when it begins
        assert type(sampler.batch_size) is int
        sizes.append(len(next(iter(loader))[0]))
        scheduler.step()
    assert sizes == [4, 4, 8]


def test_the_batch_size_grows_in_mid_epoch() -> None:
    """A sampler of one's own that reads its `batch_size` for each batch may grow at any step."""

    class Growing:
        batch_size = 2

        def __iter__(self) -> Any:
            begin = 0
            while begin < 30:
                end = min(begin + self.batch_size, 30)
                yield range(begin, end)
                begin = end

    sampler = Growing()
    scheduler = tsa.HyperparameterScheduler(
        tsa.attribute_groups(sampler),
        lambda step: 2.0 + 2 * (step // 2),
        "batch_size",
        absolute=True,
    )
    sizes = []
    for (batch,) in DataLoader(TensorDataset(torch.arange(30)), batch_sampler=sampler):
        sizes.append(len(batch))
        scheduler.step()
    assert sizes == [2, 2, 4, 4, 6, 6, 6]


def test_an_int_takes_fractions_and_comes_back_as_an_int() -> None:
    """`Dropout(0)` may rise to 0.5; at 1 it is an int again, since it was one first."""
    module = torch.nn.Dropout(0)
    scheduler = tsa.HyperparameterScheduler(
        tsa.attribute_groups(module), Linear(0.0, 1.0, 2), "p", absolute=True
    )
    seen = []
    for _ in range(3):
        seen.append((module.p, type(module.p)))
        scheduler.step()
    assert seen == [(0, int), (0.5, float), (1, int)]
    assert scheduler.get_last_lr() == [1.0]


def test_in_lockstep_with_an_optimizer() -> None:
    """Rate, dropout and the decay of an average move by one step, into one state and one log."""

    def build() -> tuple[Any, ...]:
        model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Dropout(0.5))
        ema = SimpleNamespace(decay=0.9)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        sync = tsa.SynchronousSchedule(
            {
                "lr": tsa.HyperparameterScheduler(optimizer, Cosine(1.0, 0.0, 10)),
                "dropout": bound(model[1]),
                "ema": tsa.HyperparameterScheduler(
                    tsa.attribute_groups(ema), Exponential(0.9, 0.999, 10), "decay", absolute=True
                ),
            }
        )
        return model, optimizer, ema, sync

    model, _, ema, sync = build()
    for _ in range(4):
        sync.step()
    expected = {
        "lr": 0.1 * Cosine(1.0, 0.0, 10)(4),
        "dropout": FADE(4),
        "ema": Exponential(0.9, 0.999, 10)(4),
    }
    assert sync.scalars() == expected
    assert (model[1].p, ema.decay) == (expected["dropout"], expected["ema"])
    saved = json.loads(json.dumps(sync.state_dict()))
    model, _, ema, sync = build()
    sync.load_state_dict(saved)
    assert sync.scalars() == expected
    assert (model[1].p, ema.decay) == (expected["dropout"], expected["ema"])


def test_all_or_none_with_an_optimizer() -> None:
    """Where one member cannot move, no attribute and no group has changed."""
    module, optimizer = torch.nn.Dropout(0.5), torch.optim.SGD([torch.zeros(1)], lr=0.1)

    def broken(step: float) -> float:
        return math.nan if step == 2 else 1.0

    sync = tsa.SynchronousSchedule(
        {"p": bound(module), "lr": tsa.HyperparameterScheduler(optimizer, broken)}
    )
    sync.step()
    with pytest.raises(ValueError, match="'lr' gives NaN at step 2"):
        sync.step()
    assert (module.p, sync.last_epoch) == (FADE(1), 1)


@pytest.mark.parametrize("way", ["deepcopy", "pickle", "torch"])
def test_copies_belong_to_each_other(way: str) -> None:
    """A copied scheduler drives the copied object, and the first one is left alone."""
    module = torch.nn.Dropout(0.5)
    pair = (module, bound(module))
    if way == "deepcopy":
        twin, scheduler = copy.deepcopy(pair)
    elif way == "pickle":
        twin, scheduler = pickle.loads(pickle.dumps(pair))
    else:
        file = io.BytesIO()
        torch.save(pair, file)
        file.seek(0)
        twin, scheduler = torch.load(file, weights_only=False)
    scheduler.step(5)
    assert (twin.p, module.p) == (0.2, 0.4)
    assert scheduler.optimizer.param_groups[0]["initial_p"] == 0.5


def test_objects_by_name() -> None:
    """A `name` of the object is the name of its group."""
    pair = [SimpleNamespace(name=name, p=1.0) for name in ("early", "late")]
    scheduler = bound(*pair, groups=["late"])
    assert [one.p for one in pair] == [1.0, 0.4]
    assert scheduler.scalars() == {"p/late": 0.4}


def test_a_missing_attribute_is_named() -> None:
    """A typo is a KeyError with the names there are; nothing has been set."""
    module = torch.nn.Dropout(0.5)
    with pytest.raises(KeyError, match=r"no param group has 'q'; the keys are: .*\bp\b"):
        tsa.HyperparameterScheduler(tsa.attribute_groups(module), FADE, "q")
    assert not hasattr(module, "q")


def test_a_default_value_makes_the_attribute() -> None:
    """As with `extend_optimizer`, and a failure takes it back."""
    one = SimpleNamespace()
    groups = tsa.attribute_groups(one)
    tsa.HyperparameterScheduler(groups, Constant(0.5), "weight", default_value=4.0)
    assert vars(one) == {"weight": 2.0}

    class Stubborn(SimpleNamespace):
        def __setattr__(self, name: str, value: Any) -> None:
            if value == 2.0:
                raise RuntimeError("not 2")
            super().__setattr__(name, value)

    other = Stubborn()
    groups = tsa.attribute_groups(other)
    with pytest.raises(RuntimeError, match="not 2"):
        tsa.HyperparameterScheduler(groups, Constant(0.5), "weight", default_value=4.0)
    assert vars(other) == {}
    assert len(groups.param_groups[0]) == 0


def test_a_group_is_a_mapping() -> None:
    """Keys come and go as in a dict."""
    (group,) = tsa.attribute_groups(SimpleNamespace(p=1.0, _hidden=2)).param_groups
    assert (list(group), len(group)) == (["p"], 1)
    group["initial_p"] = 3.0
    assert dict(group) == {"p": 1.0, "initial_p": 3.0}
    del group["initial_p"], group["p"]
    assert dict(group) == {}
    with pytest.raises(KeyError, match="p"):
        del group["p"]


@pytest.mark.parametrize("value", NOT_ONE_OBJECT)
def test_what_is_not_an_object_with_attributes(value: Any) -> None:
    with pytest.raises(TypeError, match=r"objects must be passed one by one, as in attribute_g"):
        tsa.attribute_groups(torch.nn.Dropout(), value)


def test_none_or_one_twice() -> None:
    module = torch.nn.Dropout()
    for objects in ((), (module, module)):
        with pytest.raises(ValueError, match="objects must be distinct and at least one"):
            tsa.attribute_groups(*objects)


def test_it_shows_its_objects() -> None:
    assert repr(tsa.attribute_groups(torch.nn.Dropout(0.5))) == (
        "attribute_groups(Dropout(p=0.5, inplace=False))"
    )
    assert torch_schedule_anything.attribute_groups is tsa.attribute_groups
