"""BoundScheduler: a torch scheduler on one target of an optimizer."""

from __future__ import annotations

import contextlib
import copy
import warnings
from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any

from torch.optim.lr_scheduler import (
    ChainedScheduler,
    LRScheduler,
    ReduceLROnPlateau,
    SequentialLR,
)

from tsa_core import _checks
from tsa_torch.checkpoint import VERSION, ScheduleMismatchWarning, check_header
from tsa_torch.param_groups import (
    PRIVATE_KEYS,
    Group,
    Target,
    View,
    groups_of,
    require,
    snapshot,
)
from tsa_torch.scheduler import HyperparameterScheduler
from tsa_torch.torch_state import (
    PER_GROUP,
    check_entries,
    copied,
    decode,
    differing,
    encode,
    fitted,
    other_settings,
    parts,
    remembered,
)

_KEYS = {"version", "schedule_target", "scheduler", "groups"}


class BoundScheduler(LRScheduler):
    """A torch scheduler that drives one target of an optimizer.

    A param group that is added later joins at the next step, at the schedule's present
    position, with what it holds then as its initial value. Attributes that a bound scheduler
    does not have itself are those of the torch scheduler.

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

    def __init__(
        self,
        inner: LRScheduler,
        optimizer: Any,
        target: Target,
        factory: Callable[[Any], LRScheduler] | None = None,
    ) -> None:
        self._inner = inner
        self.optimizer = optimizer
        self.schedule_target = target.name
        self._target = target
        self._factory = factory
        self._members = groups_of(optimizer)

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
        counts = (vars(part).get("last_epoch") for part in parts(self._inner))
        return next(count for count in counts if count is not None)

    @property
    def base_lrs(self) -> Any:  # type: ignore[override]  # derived here
        """The initial values, one a group."""
        for part in parts(self._inner):
            if "base_lrs" in vars(part):
                return [float(value) for value in part.base_lrs]
        groups = self._inner.optimizer.param_groups
        return [float(group.get("initial_lr", group["lr"])) for group in groups]

    @property
    def _step_count(self) -> Any:
        return self.last_epoch + 1

    @_step_count.setter
    def _step_count(self, value: int) -> None:
        """Ignore it: Accelerate counts here the batches that it does not step for."""

    def step(self, *args: Any, **kwargs: Any) -> None:
        """Step the torch scheduler, with its own arguments; all of it or nothing.

        Raises:
            KeyError: If a group lacks the target.
            TypeError: If the number of an epoch is none.
            ValueError: If it is negative or not finite, or the torch scheduler takes none; if
                a group that has been added cannot join, or a value is NaN or a beta outside
                [0, 1).
        """
        undo = self._undo()
        try:
            self._follow()
            with self._epoch_allowed(*args, **kwargs):
                self._inner.step(*args, **kwargs)
            self._settle()
        except BaseException:
            undo()
            raise

    @contextlib.contextmanager
    def _epoch_allowed(self, *args: Any, **kwargs: Any) -> Iterator[None]:
        """Check an epoch for torch's own schedulers, which take any; their warning is no news."""
        rest = args[1:] if self.takes_metrics else args
        epoch = kwargs.get("epoch", rest[0] if rest else None)
        if epoch is None or not type(self._inner).__module__.startswith("torch.optim."):
            yield
            return
        if isinstance(self._inner, (SequentialLR, ChainedScheduler)):
            kind = type(self._inner).__name__
            raise ValueError(
                f"epoch must be left out: {self.schedule_target!r} is driven by a {kind}, "
                f"which takes none, got {epoch!r}"
            )
        _checks.step(epoch, "epoch")
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "The epoch parameter in")
            yield

    def get_last_lr(self) -> list[float]:  # type: ignore[override]  # never tensors
        """The values last written, one a group; a group that has just come holds its own."""
        written = dict(zip(map(id, self._known()), self._inner.get_last_lr(), strict=True))
        return [
            float(written.get(id(group["params"]), self._target.current(group)))
            for group in groups_of(self.optimizer)
        ]

    def get_lr(self) -> list[float]:  # type: ignore[override]  # never tensors
        """The values last written; reading has no side effect here."""
        return self.get_last_lr()

    def state_dict(self) -> dict[str, Any]:
        """The torch scheduler's state and the groups' values, as plain JSON types."""
        if _same(self._known(), self._present()):
            return self._data()
        undo = self._undo()
        try:
            self._follow()
            return self._data()
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
        undo = self._undo()
        try:
            self._follow()
            inner, groups = self._parse(state_dict)
            self._warn_of_settings(inner, groups)
            self._inner.load_state_dict(inner)
            self._restore(groups)
            self._settle()
        except BaseException:
            undo()
            raise

    def _data(self) -> dict[str, Any]:
        groups = groups_of(self.optimizer)
        return {
            "version": VERSION,
            "schedule_target": self.schedule_target,
            "scheduler": encode(self._inner.state_dict()),
            "groups": [
                {
                    "value": self._target.read(group),
                    "private": encode(kept),
                    "beside": {one.name: one.read(group) for one in self._beside()},
                }
                for group, kept in zip(groups, self._private(), strict=True)
            ],
        }

    def _present(self) -> list[Any]:
        """What tells the groups of this moment apart, in their order."""
        return [group["params"] for group in groups_of(self.optimizer)]

    def _known(self) -> list[Any]:
        """The same of the groups last seen: a group that was given another list has it here too."""
        return [group["params"] for group in self._members]

    def _private(self) -> list[dict[str, Any]]:
        """What the torch scheduler keeps in each group; one without a view uses the real one."""
        view = self._inner.optimizer
        return view.private() if isinstance(view, View) else [{} for _ in self._present()]

    def _beside(self) -> list[Target]:
        """What a plain torch scheduler writes besides its target: the cycled momentum."""
        names = {
            "betas[0]" if vars(part)["use_beta1"] else "momentum"
            for part in parts(self._inner)
            if vars(part).get("cycle_momentum")
        }
        return [Target.parse(name) for name in sorted(names)]

    def _undo(self) -> Callable[[], None]:
        restore, rewind = snapshot(self.optimizer), remembered(self._inner)
        private = [dict(kept) for kept in self._private()]
        members = self._members

        def undo() -> None:
            restore()
            rewind()
            for own, before in zip(self._private(), private, strict=True):
                own.clear()
                own.update(before)
            self._members = members

        return undo

    def _settle(self) -> None:
        """Check what has been written, and note the groups that it was written into."""
        for group in groups_of(self.optimizer):
            self._target.check(self._target.read(group))
        self._members = groups_of(self.optimizer)

    def _follow(self) -> None:
        """Bring the torch scheduler's lists, one item a group, in line with the groups."""
        require(groups_of(self.optimizer), self._target)
        known, present = self._known(), self._present()
        if _same(known, present) or not isinstance(self._inner.optimizer, View):
            return
        place = {id(params): index for index, params in enumerate(known)}
        late = [index for index, params in enumerate(present) if id(params) not in place]
        twin = self._twin() if late else self._inner
        for part, other in zip(parts(self._inner), parts(twin), strict=True):
            for name, kept in _per_group(part):
                new = vars(other)[name]
                vars(part)[name] = [
                    kept[place[id(params)]] if id(params) in place else new[index]
                    for index, params in enumerate(present)
                ]
        for index in late:
            self._join(groups_of(self.optimizer)[index], self._private()[index], twin, index)
        self._members = groups_of(self.optimizer)

    def _twin(self) -> LRScheduler:
        """The same torch scheduler at the same position, on copies of the present groups."""
        groups = []
        known = set(map(id, self._known()))
        for group, kept in zip(groups_of(self.optimizer), self._private(), strict=True):
            now = self._target.current(group)
            value = kept["initial_lr"] if id(group["params"]) in known else now
            groups.append({**group, "params": [], "lr": copied(value)})
        stand_in = SimpleNamespace(param_groups=groups, defaults=self._inner.optimizer.defaults)
        try:
            if self._factory is None:
                raise TypeError("a scheduler that was pickled has no factory any more")
            lr = Target.parse("lr")
            twin = build(View(stand_in, lr), self._factory, lr)
            for _ in range(0 if self.takes_metrics else self.last_epoch):
                twin.step()
        except Exception as reason:
            raise ValueError(
                f"{type(self._inner).__name__} cannot take in a param group that was added later; "
                "build the scheduler anew, or use a HyperparameterScheduler"
            ) from reason
        return twin

    def _join(self, group: Group, kept: dict[str, Any], twin: Any, index: int) -> None:
        self._target.unshare(group)
        self._target.write(group, float(twin.optimizer.param_groups[index]["lr"]))
        kept.update(twin.optimizer.private()[index])

    def _parse(self, state_dict: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"state_dict must be a mapping, got {state_dict!r}")
        name, own = type(self._inner).__name__, self._inner.state_dict()
        if "version" not in state_dict and "_last_lr" in state_dict:
            inner = fitted(copy.deepcopy(dict(state_dict)), own, name)
            last = [float(value) for value in inner["_last_lr"]]
            return inner, [{"value": value, "private": {}, "beside": {}} for value in last]
        check_header(state_dict, _KEYS, self.schedule_target)
        inner = fitted(decode(state_dict["scheduler"]), own, name)
        groups = decode(state_dict["groups"])
        check_entries(groups, len(self._present()), [target.name for target in self._beside()])
        return inner, groups

    def _warn_of_settings(self, inner: dict[str, Any], groups: list[dict[str, Any]]) -> None:
        names = other_settings(self._inner, inner)
        for kept, entry in zip(self._private(), groups, strict=True):
            saved = {key: entry["private"][key] for key in PRIVATE_KEYS if key in entry["private"]}
            names |= differing({key: kept.get(key) for key in saved}, saved)
        if names:
            warnings.warn(
                f"the checkpoint of {self.schedule_target!r} was written by a "
                f"{type(self._inner).__name__} with other settings, which are used from here on "
                f"as torch does. They differ in: {', '.join(sorted(names))}",
                ScheduleMismatchWarning,
                stacklevel=3,
            )

    def _restore(self, groups: list[dict[str, Any]]) -> None:
        for group, kept, entry in zip(
            groups_of(self.optimizer), self._private(), groups, strict=True
        ):
            self._target.write(group, entry["value"])
            kept.update(entry["private"])
            for name, value in entry["beside"].items():
                Target.parse(name).write(group, value)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.schedule_target!r}, {type(self._inner).__name__})"


def build(view: View, factory: Callable[[Any], LRScheduler], target: Target) -> LRScheduler:
    """Call the factory on a view of the groups, and check what it returns and writes."""
    initial = []
    for group in groups_of(view._optimizer):
        target.read(group)
        target.unshare(group)
        initial.append(copied(target.current(group)))
    scheduler = factory(view)
    if not isinstance(scheduler, LRScheduler) or scheduler.optimizer is not view:
        raise TypeError(
            "schedule_factory must return a scheduler on the optimizer it is handed, "
            f"got {scheduler!r}"
        )
    if isinstance(scheduler, HyperparameterScheduler):
        raise TypeError(
            f"schedule_factory must return a torch scheduler, got {scheduler!r}, which needs no "
            "factory: hand it the optimizer and schedule_target"
        )
    for seen, value in zip(view.param_groups, initial, strict=True):
        seen.setdefault("initial_lr", value)
    for group in groups_of(view._optimizer):
        target.check(target.read(group))
    return scheduler


def _per_group(part: LRScheduler) -> list[tuple[str, Any]]:
    return [(name, vars(part)[name]) for name in PER_GROUP if name in vars(part)]


def _same(some: list[Any], others: list[Any]) -> bool:
    return list(map(id, some)) == list(map(id, others))
