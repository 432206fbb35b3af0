"""The state of a torch scheduler as plain data: written, read back and checked."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.optim.lr_scheduler import LRScheduler

from tsa_core import _checks
from tsa_torch.stand_in import copied

PER_GROUP = (
    "base_lrs",
    "_last_lr",
    "lr_lambdas",
    "max_lrs",
    "min_lrs",
    "base_momentums",
    "max_momentums",
)
"""Lists of torch's schedulers with one item for each param group."""

_BY_TORCH_VERSION = {
    "_anneal_func_type",
    "_anneal_strategy",
    "_get_lr_called_within_step",
    "_is_initial",
    "_scale_fn_custom",
    "_scale_fn_ref",
    "anneal_func",
    "default_min_lr",
    "mode_worse",
    "verbose",
}
"""What some versions of torch save and others do not; where it lacks, the code's own is right."""

COUNTS = {
    "T_cur",
    "T_i",
    "_step_count",
    "cooldown_counter",
    "last_epoch",
    "num_bad_epochs",
}
"""Where torch's schedulers stand; each level of a composite may count its parts back by one."""

_PROGRESS = {
    "T_cur",
    "T_i",
    "_last_lr",
    "_schedulers",
    "_step_count",
    "base_lrs",
    "best",
    "cooldown_counter",
    "initial_lr",
    "last_epoch",
    "lr_lambdas",
    "num_bad_epochs",
} | _BY_TORCH_VERSION
"""What torch's own schedulers change as they go; the rest are their settings."""

_DTYPES = {
    "bfloat16": torch.bfloat16,
    "bool": torch.bool,
    "float16": torch.float16,
    "float32": torch.float32,
    "float64": torch.float64,
    "int16": torch.int16,
    "int32": torch.int32,
    "int64": torch.int64,
    "int8": torch.int8,
    "uint8": torch.uint8,
}


_FLOATS = {"__inf__": math.inf, "__-inf__": -math.inf, "__nan__": math.nan}
"""Numbers that JSON lacks, each as one leaf: a distributed checkpoint plans by leaves."""


def parts(scheduler: LRScheduler) -> Iterator[LRScheduler]:
    """The scheduler and, of a composite, all that it is made of."""
    yield scheduler
    for part in getattr(scheduler, "_schedulers", ()):
        yield from parts(part)


def is_torchs(scheduler: LRScheduler) -> bool:
    """Whether it is one of torch's own classes, of which is known what they hold."""
    return type(scheduler).__module__.startswith("torch.optim.")


def position(scheduler: LRScheduler) -> int:
    """Number of steps made; of a composite without a count, that of its first part."""
    counts = (vars(part).get("last_epoch") for part in parts(scheduler))
    count: int = next(count for count in counts if count is not None)
    return count


def settings(scheduler: LRScheduler) -> set[str]:
    """The attributes of one of torch's schedulers that stay while it steps."""
    return vars(scheduler).keys() - _PROGRESS - {*PER_GROUP, "optimizer"}


def remembered(scheduler: LRScheduler) -> Callable[[], None]:
    """Note the state of a scheduler and of its parts; the result puts it back.

    Not by `state_dict`, which some functions of the step cannot be part of.
    """
    live = [vars(part) for part in parts(scheduler)]
    for part in parts(scheduler):
        for function in (*vars(part).get("lr_lambdas", ()), vars(part).get("_scale_fn_custom")):
            state = getattr(function, "__dict__", None)
            if isinstance(state, dict):
                live.append(state)
    kept = [copied(state) for state in live]

    def restore() -> None:
        for now, before in zip(live, kept, strict=True):
            now.clear()
            now.update(before)

    return restore


def other_settings(scheduler: LRScheduler, state: dict[str, Any]) -> set[str]:
    """The settings of torch's own schedulers that differ between one and a state for it."""
    found = set()
    for part, saved in zip(parts(scheduler), _states(state), strict=True):
        if is_torchs(part):
            found |= differing(part.state_dict(), saved)
    return found


def differing(own: dict[str, Any], saved: dict[str, Any]) -> set[str]:
    """The settings by name whose values are not the same."""
    return {key for key in own.keys() - _PROGRESS if encode(own[key]) != encode(saved[key])}


def _states(state: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield state
    for part in state.get("_schedulers", ()):
        yield from _states(part)


def encode(value: Any) -> Any:
    """Return a state in strict JSON types; what JSON lacks goes under a tag."""
    if isinstance(value, Tensor):
        dtype = str(value.dtype).removeprefix("torch.")
        return {"__tensor__": [encode(value.tolist()), dtype]}
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return f"__{value}__"
    if isinstance(value, str) and value in _FLOATS:
        return {"__str__": value}
    if isinstance(value, dict):
        return _encode_dict(value)
    if isinstance(value, (list, tuple)):
        items = [encode(item) for item in value]
        return items if isinstance(value, list) else {"__tuple__": items}
    return value


def _encode_dict(value: dict[Any, Any]) -> dict[str, Any]:
    counts = isinstance(value, Counter)
    if not counts and all(isinstance(key, str) and not key.startswith("__") for key in value):
        return {key: encode(item) for key, item in value.items()}
    items = [[encode(key), encode(item)] for key, item in value.items()]
    return {"__counter__" if counts else "__items__": items}


def decode(value: Any) -> Any:
    """Return what `encode` was given.

    Raises:
        ValueError: If a tag, or what stands under it, is not one that `encode` writes.
    """
    if isinstance(value, list):
        return [decode(item) for item in value]
    if isinstance(value, str):
        return _FLOATS.get(value, value)
    if not isinstance(value, dict):
        return value
    tags = [key for key in value if not isinstance(key, str) or key.startswith("__")]
    if not tags:
        return {key: decode(item) for key, item in value.items()}
    if len(value) != 1 or tags[0] not in _DECODERS:
        raise ValueError(f"state_dict must have the tags {sorted(_DECODERS)} only, got {value!r}")
    try:
        return _DECODERS[tags[0]](value[tags[0]])
    except (TypeError, ValueError, KeyError, RuntimeError, OverflowError) as reason:
        raise ValueError(f"state_dict must hold what was saved, got {value!r}") from reason


def _tensor(content: Any) -> Tensor:
    numbers, dtype = content
    return torch.tensor(decode(numbers), dtype=_DTYPES[dtype])


def _str(content: Any) -> str:
    if content not in _FLOATS:
        raise ValueError(f"expected one of {list(_FLOATS)}, got {content!r}")
    return str(content)


def _items(content: Any) -> dict[Any, Any]:
    return {decode(key): decode(item) for key, item in _list(content)}


def _list(content: Any) -> list[Any]:
    if not isinstance(content, list):
        raise TypeError(f"expected a list, got {content!r}")
    return content


_DECODERS: dict[str, Callable[[Any], Any]] = {
    "__tensor__": _tensor,
    "__str__": _str,
    "__tuple__": lambda content: tuple(map(decode, _list(content))),
    "__items__": _items,
    "__counter__": lambda content: Counter(_items(content)),
}


def fitted(state: Any, own: dict[str, Any], name: str, low: int = 0) -> dict[str, Any]:
    """Return a saved state with the keys of this version of torch.

    Args:
        state: What was saved.
        own: What the scheduler that is to take it holds now.
        name: The scheduler's, for the message.
        low: The least number of steps.

    Raises:
        TypeError: If something in it is of another type than in `own`.
        ValueError: If a key is missing or unknown, a list has not one item for each param
            group, or a number is NaN.
    """
    if not isinstance(state, dict):
        raise TypeError(f"scheduler must be the state of a {name}, got {state!r}")
    if (state.keys() ^ own.keys()) - _BY_TORCH_VERSION:
        raise ValueError(
            f"scheduler must have the keys of {name}, {sorted(own)}, got {sorted(map(str, state))}"
        )
    result = {key: state.get(key, value) for key, value in own.items()}
    for key, value in result.items():
        if key != "_schedulers":
            _check(key, value, own[key])
            if key in COUNTS and not low <= value <= _checks.MAX_STEPS:
                raise ValueError(f"{key} must be in [{low}, 2**53], got {value!r}")
    if "_schedulers" in own:
        saved = result["_schedulers"]
        if not isinstance(saved, (list, tuple)) or len(saved) != len(own["_schedulers"]):
            raise ValueError(f"_schedulers must be {len(own['_schedulers'])} states, got {saved!r}")
        pairs = zip(saved, own["_schedulers"], strict=True)
        result["_schedulers"] = [
            fitted(part, mine, f"part of {name}", low - 1) for part, mine in pairs
        ]
    return result


def _check(name: str, value: Any, own: Any) -> None:
    if isinstance(own, (bool, str)):
        if type(value) is not type(own):
            raise TypeError(f"{name} must be a {type(own).__name__}, got {value!r}")
    elif isinstance(own, (int, float)):
        check_number(name, value)
    elif isinstance(own, (list, tuple)):
        _check_list(name, value, own)
    elif isinstance(own, dict) and not isinstance(value, dict):
        raise TypeError(f"{name} must be a dict, got {value!r}")


def _check_list(name: str, value: Any, own: Any) -> None:
    if not isinstance(value, (list, tuple)):
        raise TypeError(f"{name} must be a list, got {value!r}")
    if name not in PER_GROUP:
        return
    if len(value) != len(own):
        raise ValueError(f"{name} must have one item for each of {len(own)}, got {value!r}")
    for index, item in enumerate(value):
        if name != "lr_lambdas":
            check_number(f"{name}[{index}]", item)


def check_entries(groups: Any, number: int, beside: list[str]) -> None:
    """Raise unless there is an entry for each group, with the values named in `beside`."""
    if not isinstance(groups, list) or len(groups) != number:
        raise ValueError(f"groups must have one item for each of {number}, got {groups!r}")
    for entry in groups:
        keys = {"value", "private", "beside"}
        if not isinstance(entry, dict) or entry.keys() - {"initial"} != keys:
            raise ValueError(f"groups must hold value, private and beside, got {entry!r}")
        for name in ("value", "initial"):
            check_number(name, entry.get(name, 0.0))
        if not isinstance(entry["private"], dict):
            raise TypeError(f"private must be a dict, got {entry['private']!r}")
        if not isinstance(entry["beside"], dict) or list(entry["beside"]) != beside:
            raise ValueError(f"beside must hold {beside}, got {entry['beside']!r}")
        for name in beside:
            check_number(name, entry["beside"][name])


def plain_numbers(name: str, values: Any) -> list[float]:
    """Return a list of numbers as floats, or raise unless each can be in a param group."""
    if not isinstance(values, (list, tuple)):
        raise TypeError(f"{name} must be a list, got {values!r}")
    for index, value in enumerate(values):
        check_number(f"{name}[{index}]", value)
    return list(map(float, values))


def check_number(name: str, value: Any) -> None:
    """Raise unless it is a number that a param group can hold."""
    number = value.item() if isinstance(value, Tensor) and value.numel() == 1 else value
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        raise TypeError(f"{name} must be a number, got {value!r}")
    if number != number:
        raise ValueError(f"{name} must not be NaN, got {value!r}")
