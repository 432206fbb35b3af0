"""E15 and E16: a Lightning run that is resumed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import pytest
import torch
from lightning.pytorch.callbacks import ModelCheckpoint
from torch.utils.data import DataLoader

import tsa_torch
from tsa_core import Cosine, Linear

BATCHES = 4
CYCLE = Linear(0.04, 1.0, 3).then(Cosine(1.0, 0.0, 5), 3)

pytestmark = [
    # Lightning's advice on speed and on folders, and its use of what torch has renamed.
    pytest.mark.filterwarnings("ignore:.*does not have many workers"),
    pytest.mark.filterwarnings("ignore:.*LeafSpec.*is deprecated"),
    pytest.mark.filterwarnings("ignore:Checkpoint directory .* exists and is not empty"),
]


class Module(pl.LightningModule):
    """One weight, and a note of the rate that each update uses."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(1, 1)
        self.used: list[float] = []

    def training_step(self, batch: torch.Tensor, index: int) -> torch.Tensor:
        self.used.append(self.optimizers().param_groups[0]["lr"])
        return self.layer(batch).square().mean()

    def configure_optimizers(self) -> Any:
        optimizer = torch.optim.SGD(self.parameters(), lr=0.5)
        scheduler = tsa_torch.HyperparameterScheduler(optimizer, CYCLE)
        return [optimizer], [{"scheduler": scheduler, "interval": "step"}]


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with caplog.at_level("ERROR", "lightning.pytorch"):
        yield


def fit(folder: Path, epochs: int, resume: str | None = None) -> list[float]:
    """Train to the end of epoch `epochs`; the rates that the updates used."""
    module = Module()
    trainer = pl.Trainer(
        default_root_dir=folder,
        accelerator="cpu",
        devices=1,
        max_epochs=epochs,
        enable_progress_bar=False,
        enable_model_summary=False,
        logger=False,
        callbacks=[ModelCheckpoint(folder, filename="{epoch}", save_top_k=-1)],
    )
    batches = DataLoader(torch.ones(BATCHES, 1, 1), batch_size=None)
    trainer.fit(module, batches, ckpt_path=resume)
    return module.used


def test_e15_a_finished_run_goes_on_with_more_epochs_lightning_15462(tmp_path: Path) -> None:
    """Past the end of its schedule, at the last value; nothing raises."""
    first = fit(tmp_path, 2)
    assert first == [0.5 * CYCLE(step) for step in range(8)]
    more = fit(tmp_path, 4, str(tmp_path / "epoch=1.ckpt"))
    assert more == [0.5 * CYCLE(8)] * 8 == [0.0] * 8


def test_e16_a_resumed_run_uses_the_rates_of_the_whole_one_lightning_4655(tmp_path: Path) -> None:
    """Lightning restores the optimizer and the scheduler in its own order."""
    whole = fit(tmp_path, 3)
    assert fit(tmp_path, 3, str(tmp_path / "epoch=0.ckpt")) == whole[4:]
