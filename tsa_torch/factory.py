"""arbitrary_schedule_factory: any torch scheduler on any target."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

from tsa_torch.checkpoint import VERSION, check_header
from tsa_torch.param_groups import (
    Target,
    View,
    extend_optimizer,
    groups_of,
    require,
    snapshot,
)

_KEYS = {"version", "schedule_target", "scheduler", "groups"}


class BoundScheduler(LRScheduler):
    """A torch scheduler that drives one target of an optimizer.

    Attributes that it does not have itself are those of the torch scheduler.
    """

    def __init__(self, inner: LRScheduler, optimizer: Any, target: Target) -> None:
        self._inner = inner
        self.optimizer = optimizer
        self.schedule_target = target.name
        self._target = target

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "_inner":
            raise AttributeError(name)
        return getattr(self._inner, name)

    @property
    def takes_metrics(self) -> bool:
        """Whether `step` needs a metric."""
        return isinstance(self._inner, ReduceLROnPlateau)

    def step(self, *args: Any, **kwargs: Any) -> None:
        """Step the torch scheduler, with its own arguments; all of it or nothing."""
        undo = self._undo()
        try:
            self._inner.step(*args, **kwargs)
        except BaseException:
            undo()
            raise

    def get_last_lr(self) -> list[float]:  # type: ignore[override]  # never tensors
        """The values last written, one a group."""
        return [float(value) for value in self._inner.get_last_lr()]

    def get_lr(self) -> list[float]:  # type: ignore[override]  # never tensors
        """The values last written; reading has no side effect here."""
        return self.get_last_lr()

    def state_dict(self) -> dict[str, Any]:
        """The torch scheduler's state and the groups' values, as plain JSON types."""
        values = [self._target.read(group) for group in groups_of(self.optimizer)]
        view = self._inner.optimizer
        private = view.private() if isinstance(view, View) else [{} for _ in values]
        return {
            "version": VERSION,
            "schedule_target": self.schedule_target,
            "scheduler": _encode(self._inner.state_dict()),
            "groups": [
                {"value": value, "private": _encode(kept)}
                for value, kept in zip(values, private, strict=True)
            ],
        }

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Continue from a checkpoint, and write its values into the groups.

        The bare state of a torch scheduler, as the 1.x line saved it, is read as well.

        Args:
            state_dict: What `state_dict` returned. It is not changed.

        Raises:
            TypeError: If something in it is of another type.
            ValueError: If it is of another version, target, scheduler or number of groups.
                Nothing has changed then.
        """
        inner, groups = self._parse(state_dict)
        undo = self._undo()
        try:
            self._inner.load_state_dict(inner)
            self._restore(groups)
        except BaseException:
            undo()
            raise

    def _undo(self) -> Callable[[], None]:
        restore = snapshot(self.optimizer)
        state = copy.deepcopy(self._inner.state_dict())
        view = self._inner.optimizer
        private = [dict(kept) for kept in view.private()] if isinstance(view, View) else []

        def undo() -> None:
            restore()
            self._inner.load_state_dict(state)
            if isinstance(view, View):
                for kept, before in zip(view.private(), private, strict=True):
                    kept.clear()
                    kept.update(before)

        return undo

    def _parse(self, state_dict: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"state_dict must be a mapping, got {state_dict!r}")
        if "version" not in state_dict and "_last_lr" in state_dict:
            inner = copy.deepcopy(dict(state_dict))
            groups = [{"value": float(v), "private": {}} for v in inner["_last_lr"]]
        else:
            check_header(state_dict, _KEYS, self.schedule_target)
            inner = _decode(state_dict["scheduler"])
            groups = _decode(state_dict["groups"])
        own = self._inner.state_dict()
        if not isinstance(inner, dict) or inner.keys() != own.keys():
            raise ValueError(
                f"scheduler must have the keys of {type(self._inner).__name__}: {sorted(own)}"
            )
        for key, value in inner.items():
            _check_number(key, value, own[key])
        self._check_groups(groups)
        return inner, groups

    def _check_groups(self, groups: Any) -> None:
        number = len(groups_of(self.optimizer))
        if not isinstance(groups, list) or len(groups) != number:
            raise ValueError(f"groups must have one item for each of {number}, got {groups!r}")
        for entry in groups:
            if not isinstance(entry, dict) or entry.keys() != {"value", "private"}:
                raise ValueError(f"groups must hold value and private, got {entry!r}")
            _check_number("value", entry["value"], 0.0)

    def _restore(self, groups: list[dict[str, Any]]) -> None:
        view = self._inner.optimizer
        for group, entry in zip(groups_of(self.optimizer), groups, strict=True):
            self._target.write(group, entry["value"])
        if isinstance(view, View):
            for kept, entry in zip(view.private(), groups, strict=True):
                kept.update(entry["private"])

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.schedule_target!r}, {type(self._inner).__name__})"


def arbitrary_schedule_factory(
    optimizer: Any,
    schedule_factory: Callable[[Any], LRScheduler],
    default_value: float | None = None,
    schedule_target: str = "lr",
) -> BoundScheduler:
    """Let a torch scheduler drive any hyperparameter.

    Args:
        optimizer: The optimizer, or anything with `param_groups`.
        schedule_factory: Called with an optimizer whose `lr` is the target; returns a torch
            scheduler on it.
        default_value: Value for groups that lack the target; ignored where it exists.
        schedule_target: What to schedule: a key, or an element such as `"betas[0]"`.

    Returns:
        A scheduler to step like the torch one.

    Raises:
        KeyError: If a group lacks the target and there is no default.
        TypeError: If an argument is of another type, or the factory returns something else
            than a scheduler on the optimizer it was handed.
        ValueError: If an argument is not allowed, or the scheduler would write another
            hyperparameter as well. The param groups are as before after any of these.

    Example:
        >>> from torch.optim.lr_scheduler import StepLR
        >>> weight = torch.nn.Parameter(torch.zeros(1))
        >>> optimizer = torch.optim.SGD([weight], weight_decay=0.1)
        >>> scheduler = arbitrary_schedule_factory(
        ...     optimizer, lambda opt: StepLR(opt, 1, 0.5), schedule_target="weight_decay"
        ... )
        >>> scheduler.step()
        >>> optimizer.param_groups[0]["weight_decay"]
        0.05
    """
    if not callable(schedule_factory):
        raise TypeError(f"schedule_factory must be callable, got {schedule_factory!r}")
    target = Target.parse(schedule_target)
    restore = snapshot(optimizer)
    try:
        if default_value is not None and not all(map(target.exists, groups_of(optimizer))):
            extend_optimizer(optimizer, schedule_target, default_value)
        require(optimizer, target)
        for group in groups_of(optimizer):
            target.read(group)
            target.unshare(group)
        view = View(optimizer, target)
        scheduler = schedule_factory(view)
        if not isinstance(scheduler, LRScheduler) or scheduler.optimizer is not view:
            raise TypeError(
                "schedule_factory must return a scheduler on the optimizer it is handed, "
                f"got {scheduler!r}"
            )
    except BaseException:
        restore()
        raise
    return BoundScheduler(scheduler, optimizer, target)


def _check_number(name: str, value: Any, own: Any) -> None:
    if isinstance(own, bool) or not isinstance(own, (int, float)):
        return
    if type(value) not in (int, float):
        raise TypeError(f"{name} must be a number, got {value!r}")
    if value != value:
        raise ValueError(f"{name} must not be NaN, got {value!r}")


def _encode(value: Any) -> Any:
    """A scheduler's state in JSON types; what JSON lacks is tagged."""
    if isinstance(value, Tensor):
        return {"__tensor__": value.item(), "dtype": str(value.dtype).removeprefix("torch.")}
    if isinstance(value, dict) and not all(isinstance(key, str) for key in value):
        items = [[_encode(key), _encode(item)] for key, item in value.items()]
        return {"__counter__" if isinstance(value, Counter) else "__items__": items}
    if isinstance(value, dict):
        return {key: _encode(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return {"__tuple__": [_encode(item) for item in value]}
    if isinstance(value, list):
        return [_encode(item) for item in value]
    return value


def _decode(value: Any) -> Any:
    if isinstance(value, list):
        return [_decode(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "__tensor__" in value:
        return torch.tensor(value["__tensor__"], dtype=getattr(torch, value["dtype"]))
    if "__tuple__" in value:
        return tuple(_decode(item) for item in value["__tuple__"])
    if "__counter__" in value or "__items__" in value:
        kind = Counter if "__counter__" in value else dict
        (items,) = value.values()
        return kind({_decode(key): _decode(item) for key, item in items})
    return {key: _decode(item) for key, item in value.items()}
