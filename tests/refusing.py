"""A param group that breaks a write off."""

from __future__ import annotations

from typing import Any


class Refusing(dict[str, Any]):
    """A param group that raises at one of its writes."""

    left = 0  # for copies of it, which a scheduler's note of its groups leads to

    def __init__(self, group: dict[str, Any], nth: int, error: type[BaseException]) -> None:
        super().__init__(group)
        self.left, self.error = nth, error

    def __setitem__(self, key: str, value: Any) -> None:
        self.left -= 1
        if self.left == 0:
            raise self.error(key)
        super().__setitem__(key, value)
