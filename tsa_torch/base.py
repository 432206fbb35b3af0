"""What other code reads from a torch scheduler, derived from the state and without effect."""

from __future__ import annotations

from typing import Any

from torch.optim.lr_scheduler import LRScheduler


class DerivedScheduler(LRScheduler):
    """A torch scheduler whose attributes are all derived; the subclass says from what."""

    optimizer: Any

    def get_lr(self) -> Any:
        """The values last written; reading has no side effect here."""
        return self.get_last_lr()

    @property
    def _last_lr(self) -> Any:  # type: ignore[override]  # derived here
        return self.get_last_lr()

    @property
    def _step_count(self) -> Any:
        return self.last_epoch + 1

    @_step_count.setter
    def _step_count(self, value: Any) -> None:
        # Some wrappers count here the batches that make no update; the step does not move.
        del value
