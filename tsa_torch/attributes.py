"""attribute_groups: the attributes of any objects, in the form of param groups."""

from __future__ import annotations

import re
from collections.abc import Iterator, MutableMapping
from typing import Any

_NOT_ONE_OBJECT = (str, bytes, int, float, complex, list, tuple, set, frozenset, dict, Iterator)


class AttributeGroups:
    """Objects in the form of an optimizer: `param_groups` has a mapping for each of them.

    Example:
        >>> import torch
        >>> attribute_groups(torch.nn.Dropout(0.1)).param_groups[0]["p"]
        0.1
    """

    def __init__(self, objects: tuple[Any, ...]) -> None:
        self.param_groups: list[MutableMapping[str, Any]] = [_Attributes(one) for one in objects]

    def __repr__(self) -> str:
        return f"attribute_groups({', '.join(map(repr, self.param_groups))})"


def attribute_groups(*objects: Any) -> AttributeGroups:
    """Let schedules drive attributes of any objects, as if they were param groups.

    The initial value that a scheduler notes is kept in the result, not on the object. An attribute
    that holds an int gets whole numbers as ints, as the `batch_size` of a `BatchSampler` requires;
    any other number is written as a float.

    Args:
        objects: The objects, one param group each. They are kept alive, and copied and pickled
            along with the result.

    Returns:
        An object that every scheduler accepts as an optimizer. The target is the attribute's name.

    Raises:
        TypeError: If an argument is a number, a text or a collection.
        ValueError: If there is no object, or one is passed twice.

    Example:
        >>> import torch
        >>> from tsa_core import Linear
        >>> from tsa_torch import HyperparameterScheduler
        >>> dropout = torch.nn.Dropout()
        >>> scheduler = HyperparameterScheduler(
        ...     attribute_groups(dropout), Linear(0.3, 0.1, 10), "p", absolute=True
        ... )
        >>> scheduler.step(5)
        >>> dropout.p
        0.2
    """
    for one in objects:
        if isinstance(one, _NOT_ONE_OBJECT):
            raise TypeError(
                "objects must be passed one by one, as in attribute_groups(*objects), and have "
                f"attributes, got {one!r}"
            )
    if not objects or len(set(map(id, objects))) < len(objects):
        raise ValueError(f"objects must be distinct and at least one, got {objects!r}")
    return AttributeGroups(objects)


class _Attributes(MutableMapping[str, Any]):
    """The attributes of one object, and beside them the notes of schedulers.

    All attributes are found by name; iteration lists the public ones of the instance.
    """

    def __init__(self, owner: Any) -> None:
        self._owner = owner
        self._notes: dict[str, Any] = {}
        self._whole: set[str] = set()  # what held an int when it was first written

    def __getitem__(self, key: str) -> Any:
        if self._is_note(key):
            return self._notes[key]
        try:
            return getattr(self._owner, key)
        except AttributeError:
            raise KeyError(key) from None

    def __setitem__(self, key: str, value: Any) -> None:
        if self._is_note(key):
            self._notes[key] = value
            return
        if type(getattr(self._owner, key, None)) is int:
            self._whole.add(key)
        if key in self._whole and isinstance(value, float) and value.is_integer():
            value = int(value)
        setattr(self._owner, key, value)

    def __delitem__(self, key: str) -> None:
        if key not in self:
            raise KeyError(key)
        if self._is_note(key):
            del self._notes[key]
        else:
            delattr(self._owner, key)

    def __iter__(self) -> Iterator[str]:
        names = getattr(self._owner, "__dict__", ())
        return iter([*(name for name in names if not name.startswith("_")), *self._notes])

    def __len__(self) -> int:
        return len(list(iter(self)))

    def _is_note(self, key: str) -> bool:
        """Whether it is the note of an attribute, which the object may have under that name."""
        noted = re.fullmatch(r"initial_(.+?)(\[\d+\])?", key)
        return noted is not None and hasattr(self._owner, noted[1])

    def __repr__(self) -> str:
        return repr(self._owner)
