"""PlainScheduler: a torch scheduler that writes into the real groups by itself."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any

from torch import Tensor
from torch.optim.lr_scheduler import LRScheduler

from tsa_torch import checkpoint, torch_state
from tsa_torch.bound import BoundScheduler
from tsa_torch.plans import Plan
from tsa_torch.targets import Target, groups_of
from tsa_torch.torch_state import parts
from tsa_torch.writes import write


class PlainScheduler(BoundScheduler):
    """A torch scheduler on `lr`, as a member of a `SynchronousSchedule`.

    It was built on the optimizer itself, so it writes for itself, after all others.
    """

    def __init__(self, inner: LRScheduler) -> None:
        self._inner = inner
        self.optimizer = inner.optimizer
        self._target = Target.parse("lr")
        self.schedule_target = "lr"
        self._limits = self._target.limits(inner.optimizer)

    def get_last_lr(self) -> list[float]:  # type: ignore[override]  # never tensors
        """The values last written; a group that torch has not written yet holds its own."""
        written = [float(value) for value in self._inner.get_last_lr()]
        late = groups_of(self.optimizer)[len(written) :]
        return [*written, *map(self._target.read, late)]

    def state_dict(self) -> dict[str, Any]:
        """The torch scheduler's state and the groups' values, as plain JSON types."""
        return {
            "version": checkpoint.VERSION,
            "schedule_target": self.schedule_target,
            "scheduler": torch_state.encode(self._inner.state_dict()),
            "groups": [
                {
                    "value": self._target.read(group),
                    "private": {},
                    "beside": {one.name: one.read(group) for one in self._beside()},
                }
                for group in groups_of(self.optimizer)
            ],
        }

    def _plan(self, *args: Any, **kwargs: Any) -> Plan:
        with self._epoch_allowed(*args, **kwargs):
            return _Plan(self, functools.partial(self._stepped, *args, **kwargs))

    def _stepped(self, *args: Any, **kwargs: Any) -> None:
        with self._epoch_allowed(*args, **kwargs):
            self._inner.step(*args, **kwargs)

    def _loaded(self, state_dict: Any) -> Plan:
        inner, entries = self._parse(state_dict, [one.name for one in self._beside()])
        self._warn_of_names(torch_state.other_settings(self._inner, inner))

        def load() -> None:
            self._inner.load_state_dict(inner)
            for group, entry in zip(groups_of(self.optimizer), entries, strict=True):
                write(self._target, [group], [entry["value"]], [False])
                for name, value in entry["beside"].items():
                    write(Target.parse(name), [group], [value], [False])

        return _Plan(self, load)

    def _beside(self) -> list[Target]:
        """What the torch scheduler writes besides `lr`: the cycled momentum."""
        names = {
            "betas[0]" if vars(part)["use_beta1"] else "momentum"
            for part in parts(self._inner)
            if vars(part).get("cycle_momentum")
        }
        return [Target.parse(name) for name in sorted(names)]


class _Plan(Plan):
    """What the torch scheduler will do; a copy of all that it may write takes it back."""

    def __init__(self, plain: PlainScheduler, act: Callable[[], None]) -> None:
        self._plain = plain
        self._act = act
        self._restore = _snapshot(plain.optimizer)
        self._rewind = torch_state.remembered(plain._inner)

    def prepare(self) -> None:
        pass

    def write(self) -> None:
        self._act()
        groups = groups_of(self._plain.optimizer)
        self._plain._allowed(self._plain._target.current(group) for group in groups)

    def adoption(self) -> Iterable[tuple[Any, str, Any]]:
        return ()

    def settle(self) -> None:
        pass

    def discard(self) -> None:
        pass

    def put_back(self) -> None:
        self._restore()
        self._rewind()


def _snapshot(optimizer: Any) -> Callable[[], None]:
    """Note what the groups hold; the result puts it back."""
    kept = [(group, dict(group)) for group in groups_of(optimizer)]
    tensors = [
        (item, item.clone())
        for _, entries in kept
        for value in entries.values()  # that of "params" is a list
        for item in (value if isinstance(value, tuple) else (value,))
        if isinstance(item, Tensor)
    ]

    def restore() -> None:
        for group, entries in kept:
            group.clear()
            group.update(entries)
        for tensor, value in tensors:
            tensor.data.copy_(value)

    return restore
