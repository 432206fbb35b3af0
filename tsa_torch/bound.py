"""BoundScheduler: a torch scheduler on one target of an optimizer."""

from __future__ import annotations

import contextlib
import copy
import functools
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from torch import Tensor
from torch.optim.lr_scheduler import (
    ChainedScheduler,
    LRScheduler,
    ReduceLROnPlateau,
    SequentialLR,
)

from tsa_core import _checks
from tsa_torch import checkpoint, torch_state
from tsa_torch.base import DerivedScheduler
from tsa_torch.display import scalars
from tsa_torch.known_groups import places
from tsa_torch.late_groups import build, follow
from tsa_torch.plans import Plan, carry_out
from tsa_torch.stand_in import PRIVATE_KEYS, StandIn, copied
from tsa_torch.targets import Group, Target, as_number, groups_of, require
from tsa_torch.torch_state import parts
from tsa_torch.writes import Records, note_initial_values, write

_KEYS = {"version", "schedule_target", "scheduler", "groups"}


class BoundScheduler(DerivedScheduler):
    """A torch scheduler bound to one target of an optimizer.

    It runs on a stand-in optimizer whose `lr` is the target. A param group that is added later
    joins at the next step, at the schedule's present position, scaled from its noted initial value
    or from what it holds then. Other attributes are those of the torch scheduler.

    Example:
        >>> import torch
        >>> from torch.optim.lr_scheduler import StepLR
        >>> from tsa_torch import arbitrary_schedule_factory
        >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
        >>> bound = arbitrary_schedule_factory(optimizer, lambda opt: StepLR(opt, 1, 0.5))
        >>> bound.step()
        >>> bound.get_last_lr()
        [0.25]
    """

    _inner: Any
    _stand_in: StandIn

    def __init__(
        self, optimizer: Any, target: Target, factory: Callable[[Any], LRScheduler]
    ) -> None:
        self.optimizer = optimizer
        self.schedule_target = target.name
        self._target = target
        self._factory: Callable[[Any], LRScheduler] | None = factory
        self._limits = target.limits(optimizer)
        self._seen: list[Group] = []
        self._inner, self._stand_in = build(optimizer, target, factory)
        carry_out([lambda: _Plan(self, lambda: None)])

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "_inner":
            raise AttributeError(name)
        return getattr(self._inner, name)

    def __getstate__(self) -> dict[str, Any]:
        """Everything but the factory, a function of the caller's that seldom pickles."""
        return {**self.__dict__, "_factory": None}

    def __deepcopy__(self, memo: dict[int, Any]) -> BoundScheduler:
        twin = memo[id(self)] = type(self).__new__(type(self))
        twin.__dict__.update(copy.deepcopy(self.__dict__, memo))
        return twin

    @property
    def takes_metrics(self) -> bool:
        """Whether `step` needs a metric."""
        return isinstance(self._inner, ReduceLROnPlateau)

    @property
    def last_epoch(self) -> Any:  # type: ignore[override]  # derived here
        """Number of steps made; of a composite without a count, that of its first part."""
        return torch_state.position(self._inner)

    @property
    def base_lrs(self) -> Any:  # type: ignore[override]  # derived here
        """The initial values, one per group."""
        for part in parts(self._inner):
            if "base_lrs" in vars(part):
                return [float(value) for value in part.base_lrs]
        groups = self._inner.optimizer.param_groups
        return [float(group.get("initial_lr", group["lr"])) for group in groups]

    def step(self, *args: Any, **kwargs: Any) -> None:
        """Step the torch scheduler, with its own arguments; all of it or nothing.

        Raises:
            KeyError: If a group lacks the target.
            TypeError: If the epoch is not a number.
            ValueError: If it is negative or not finite, or the torch scheduler takes no epoch; if
                a group that has been added cannot join, or a value is NaN or one that the
                optimizer would refuse.
        """
        carry_out([functools.partial(self._plan, *args, **kwargs)])

    def get_last_lr(self) -> list[float]:  # type: ignore[override]  # never tensors
        """The values last written, one per group; a new group shows what it holds."""
        groups, written = groups_of(self.optimizer), self._inner.get_last_lr()
        return [
            float(self._target.current(group) if place is None else written[place])
            for group, place in zip(groups, places(groups, self._seen), strict=True)
        ]

    def scalars(self) -> dict[str, float]:
        """The values last written, by names for a logger; see `HyperparameterScheduler`."""
        return self._scalars(self.schedule_target)

    def _scalars(self, name: str) -> dict[str, float]:
        return scalars(name, self.optimizer, enumerate(self.get_last_lr()))

    def _driven(self) -> list[int]:
        """Where the driven groups are."""
        return list(range(len(groups_of(self.optimizer))))

    def state_dict(self) -> dict[str, Any]:
        """The torch scheduler's state and the groups' values, as plain JSON types."""
        undo = self._undo()
        try:
            return self._data(self._follow())
        finally:
            undo()

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Continue from a checkpoint, and write its values into the groups.

        As with torch's own schedulers, the settings of the checkpoint come back with its
        position; a `ScheduleMismatchWarning` names those that differ from the code's. The bare
        state of a torch scheduler, as the 1.x line saved it, is read as well.

        Args:
            state_dict: What `state_dict` returned. It is not changed.

        Raises:
            TypeError: If something in it is of another type.
            ValueError: If it is of another version, target, scheduler or number of groups.
                Nothing has changed then.
        """
        carry_out([functools.partial(self._loaded, state_dict)])

    def _plan(self, *args: Any, **kwargs: Any) -> Plan:
        if self.takes_metrics and not args and "metrics" not in kwargs:
            raise ValueError(f"metrics must be given for {self.schedule_target}: step(metrics=...)")
        return _Plan(self, functools.partial(self._move, *args, **kwargs))

    def _move(self, *args: Any, **kwargs: Any) -> None:
        with self._epoch_allowed(*args, **kwargs):
            self._follow()
            self._inner.step(*args, **kwargs)

    def _loaded(self, state_dict: Any) -> Plan:
        return _Plan(self, functools.partial(self._load, state_dict))

    @contextlib.contextmanager
    def _epoch_allowed(self, *args: Any, **kwargs: Any) -> Iterator[None]:
        """Check an epoch for torch's own schedulers, which accept anything and warn of each."""
        rest = args[1:] if self.takes_metrics else args
        epoch = kwargs.get("epoch", rest[0] if rest else None)
        if epoch is None or not torch_state.is_torchs(self._inner):
            yield
            return
        if isinstance(self._inner, (SequentialLR, ChainedScheduler)):
            kind = type(self._inner).__name__
            raise ValueError(
                f"epoch must be left out: {self.schedule_target!r} is driven by a {kind}, "
                f"which takes no epoch, got {epoch!r}"
            )
        _checks.step(epoch, "epoch")
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "The epoch parameter in")
            yield

    def _follow(self) -> list[Group]:
        """Bring the stand-ins in line with the real groups; return those groups."""
        groups = groups_of(self.optimizer)
        require(groups, self._target)
        where = places(groups, self._seen)
        if where == list(range(len(self._seen))):
            self._stand_in.copy_in(groups)
        else:
            follow(self, groups, where)
        return groups

    def _undo(self) -> Callable[[], None]:
        """Note the torch scheduler and the stand-ins; the result puts them back."""
        rewind, stand_in = torch_state.remembered(self._inner), self._stand_in
        kept = [(own, dict(own)) for own in stand_in.param_groups]

        def undo() -> None:
            rewind()
            stand_in.param_groups = [own for own, _ in kept]
            for own, entries in kept:
                own.clear()
                own.update(entries)

        return undo

    def _results(self) -> list[float]:
        """What the torch scheduler has written, checked."""
        self._stand_in.check_other_keys()
        return self._allowed(own["lr"] for own in self._stand_in.param_groups)

    def _allowed(self, held: Iterable[Any]) -> list[float]:
        low, high = self._limits
        values = [as_number(self._target.name, value) for value in held]
        for value in values:
            if not low <= value <= high:
                raise self._target.refusal(value, self.last_epoch)
        return values

    def _data(self, groups: list[Group]) -> dict[str, Any]:
        rows = zip(groups, self._stand_in.param_groups, self._stand_in.planted(), strict=True)
        return {
            "version": checkpoint.VERSION,
            "schedule_target": self.schedule_target,
            "scheduler": torch_state.encode(self._inner.state_dict()),
            "groups": [
                {
                    "value": as_number(self._target.name, own["lr"]),
                    "initial": self._target.initial(group),
                    "private": torch_state.encode(planted),
                    "beside": {},
                }
                for group, own, planted in rows
            ],
        }

    def _parse(self, state_dict: Any, beside: list[str]) -> tuple[dict[str, Any], list[Any]]:
        """The torch scheduler's part of a state, and an entry for each group."""
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"state_dict must be a mapping, got {state_dict!r}")
        name, own = type(self._inner).__name__, self._inner.state_dict()
        if "version" not in state_dict and "_last_lr" in state_dict:
            inner = torch_state.fitted(copy.deepcopy(dict(state_dict)), own, name)
            last = torch_state.plain_numbers("_last_lr", inner["_last_lr"])
            return inner, [{"value": value, "private": {}, "beside": {}} for value in last]
        checkpoint.check_header(state_dict, _KEYS, self.schedule_target)
        inner = torch_state.fitted(torch_state.decode(state_dict["scheduler"]), own, name)
        entries = torch_state.decode(state_dict["groups"])
        torch_state.check_entries(entries, len(groups_of(self.optimizer)), beside)
        return inner, entries

    def _load(self, state_dict: Any) -> list[float]:
        """Load into the torch scheduler and its stand-ins; return the initial values."""
        self._follow()
        inner, entries = self._parse(state_dict, [])
        self._warn_of_settings(inner, entries)
        stands = self._stand_in.param_groups
        bases = inner.get("base_lrs", [own["initial_lr"] for own in stands])
        initial = [
            float(entry.get("initial", entry["private"].get("initial_lr", base)))
            for entry, base in zip(entries, bases, strict=True)
        ]
        self._warn_of_initial_values(initial, entries)
        self._inner.load_state_dict(inner)
        for own, entry in zip(stands, entries, strict=True):
            own.update(entry["private"])
            if isinstance(own["lr"], Tensor):
                own["lr"].fill_(entry["value"])
            else:
                own["lr"] = entry["value"]
        return initial

    def _warn_of_settings(self, inner: dict[str, Any], entries: list[Any]) -> None:
        names = torch_state.other_settings(self._inner, inner)
        for kept, entry in zip(self._stand_in.planted(), entries, strict=True):
            saved = {key: entry["private"][key] for key in PRIVATE_KEYS if key in entry["private"]}
            names |= torch_state.differing({key: kept.get(key) for key in saved}, saved)
        self._warn_of_names(names)

    def _warn_of_names(self, names: set[str]) -> None:
        if names:
            checkpoint.warn(
                f"the checkpoint of {self.schedule_target!r} was written by a "
                f"{type(self._inner).__name__} with other settings, which are used from here on "
                f"as torch does. They differ in: {', '.join(sorted(names))}"
            )

    def _warn_of_initial_values(self, initial: list[float], entries: list[Any]) -> None:
        groups = groups_of(self.optimizer)
        own = [self._target.initial(group) for group in groups]
        if [float(stand["initial_lr"]) for stand in self._stand_in.param_groups] != own:
            return  # a scheduler of absolute values, such as OneCycleLR, scales none
        checkpoint.warn_of_initial_values(
            self.schedule_target,
            self.last_epoch,
            [
                (saved, current, entry["value"], self._target.find(group))
                for saved, current, entry, group in zip(initial, own, entries, groups, strict=True)
            ],
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.schedule_target!r}, {type(self._inner).__name__})"


class _Plan(Plan):
    """What a bound scheduler does on its stand-ins, and the value of every group.

    Args:
        bound: The scheduler.
        act: Moves the torch scheduler; it may return initial values that are to be noted.
    """

    def __init__(self, bound: BoundScheduler, act: Callable[[], Any]) -> None:
        self._bound = bound
        self._undo = bound._undo()
        self._act = act
        self._records = Records()

    def prepare(self) -> None:
        bound = self._bound
        self._initial = self._act()
        self._groups = groups_of(bound.optimizer)
        self._held = [copied(bound._target.current(group)) for group in self._groups]
        self._values = bound._results()

    def write(self) -> None:
        target, groups = self._bound._target, self._groups
        self._records.keep(groups, target.key)
        initial = self._initial or [target.initial(group) for group in groups]
        note_initial_values(
            target, groups, initial, self._records, overwrite=self._initial is not None
        )
        known = {id(group) for group in self._bound._seen}
        write(target, groups, self._values, [id(group) not in known for group in groups])

    def adoption(self) -> Iterable[tuple[Any, str, Any]]:
        return [(self._bound, "_seen", self._groups)]

    def settle(self) -> None:
        pass

    def discard(self) -> None:
        self._undo()

    def put_back(self) -> None:
        self._undo()
        self._records.put_back()
        for group, value in zip(self._groups, self._held, strict=True):
            with contextlib.suppress(Exception):
                if isinstance(value, Tensor):
                    write(self._bound._target, [group], [value.item()], [False])
