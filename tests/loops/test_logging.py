"""`scalars()` in one line of each logger, with the real packages; what was logged is read back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import pytest
import torch
import wandb
from lightning.pytorch.loggers import CSVLogger
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch.optim import AdamW
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter
from transformers import TrainerCallback

import tsa_torch as tsa
from tests.loops.helpers import planned
from tests.loops.test_transformers import STEPS as TRAINER_STEPS
from tests.loops.test_transformers import trainer
from tsa_core import Cosine, Linear

STEPS = 6
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*does not have many workers"),
    pytest.mark.filterwarnings("ignore:.*LeafSpec.*is deprecated"),
]


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)


def named() -> AdamW:
    """Two groups, of which the second has a name."""
    weights = [torch.nn.Parameter(torch.ones(2)) for _ in range(2)]
    groups = [{"params": weights[:1]}, {"params": weights[1:], "lr": 1e-3, "name": "head"}]
    return AdamW(groups, lr=1e-2, weight_decay=0.1)


def bind(optimizer: Any) -> tsa.SynchronousSchedule:
    """The rate of all groups, and the weight decay of the first."""
    return tsa.bind_schedules(
        optimizer,
        {"lr": Cosine(1.0, 0.0, STEPS), "weight_decay": Linear(1.0, 2.0, STEPS)},
        groups={"weight_decay": [0]},
    )


def expected(step: int) -> dict[str, float]:
    """What is to be logged at a step."""
    rate = Cosine(1.0, 0.0, STEPS)(step)
    decay = 0.1 * Linear(1.0, 2.0, STEPS)(step)
    return {"lr/0": 1e-2 * rate, "lr/head": 1e-3 * rate, "weight_decay/0": decay}


def test_tensorboard(tmp_path: Path) -> None:
    """The event file holds each value at its step, in float32."""
    sync = bind(named())
    with SummaryWriter(tmp_path) as writer:
        for step in range(STEPS):
            for name, value in sync.scalars().items():
                writer.add_scalar(name, value, step)
            sync.step()
    events = EventAccumulator(str(tmp_path)).Reload()
    assert events.Tags()["scalars"] == list(expected(0))
    for name in expected(0):
        found = [(event.step, event.value) for event in events.Scalars(name)]
        assert found == [
            (step, pytest.approx(expected(step)[name], rel=1e-7)) for step in range(STEPS)
        ]


@pytest.mark.parametrize("mode", ["disabled", "offline"])
def test_wandb(mode: Any, tmp_path: Path) -> None:
    """`run.log(sync.scalars())`; the summary of an offline run holds the last values."""
    sync = bind(named())
    settings = wandb.Settings(silent=True, console="off", x_disable_stats=True)
    with wandb.init(mode=mode, project="test", dir=tmp_path, settings=settings) as run:
        for _ in range(STEPS):
            run.log({"loss": 1.0, **sync.scalars()})
            sync.step()
        if mode == "offline":
            found = {name: run.summary[name] for name in expected(0)}
            assert found == expected(STEPS - 1)


class Module(pl.LightningModule):
    """A model that logs its schedules in one line."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(4, 1)

    def training_step(self, inputs: torch.Tensor, index: int) -> torch.Tensor:
        self.log_dict(self.lr_schedulers().scalars())
        return self.layer(inputs).square().mean()

    def configure_optimizers(self) -> Any:
        weight, bias = self.layer.parameters()
        optimizer = AdamW(
            [{"params": [weight]}, {"params": [bias], "lr": 1e-3, "name": "head"}],
            lr=1e-2,
            weight_decay=0.1,
        )
        return [optimizer], [{"scheduler": bind(optimizer), "interval": "step"}]


def test_lightning(tmp_path: Path) -> None:
    """`self.log_dict(self.lr_schedulers().scalars())`, read back from the file of its logger."""
    logger = CSVLogger(tmp_path, flush_logs_every_n_steps=1)
    pl.Trainer(
        max_epochs=1,
        accelerator="cpu",
        logger=logger,
        log_every_n_steps=1,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    ).fit(Module(), DataLoader(torch.ones(STEPS, 4), batch_size=1))
    head, *rows = (Path(logger.log_dir) / "metrics.csv").read_text().splitlines()
    names = head.split(",")
    found = [dict(zip(names, row.split(","), strict=True)) for row in rows]
    assert len(found) == STEPS
    for step, row in enumerate(found):
        for name, value in expected(step).items():
            assert float(row[name]) == pytest.approx(value, rel=1e-6)


class LogSchedules(TrainerCallback):
    """What the page shows: a callback of one line, for whatever takes a dict."""

    def __init__(self, log: Any) -> None:
        self.log = log

    def on_step_end(
        self, args: Any, state: Any, control: Any, lr_scheduler: Any = None, **kwargs: Any
    ) -> None:
        self.log({"step": state.global_step, **lr_scheduler.scalars()})


def test_trainer(tmp_path: Path) -> None:
    """After each update there is a row of what every group holds for the next one."""
    rows: list[dict[str, float]] = []
    run, _ = trainer(tmp_path)
    run.add_callback(LogSchedules(rows.append))
    run.train()
    assert [row.pop("step") for row in rows] == [*range(1, TRAINER_STEPS + 1)]
    for step, row in enumerate(rows, 1):
        rate, decay, beta = planned(step)
        assert row == {
            "lr/0": rate,
            "lr/1": rate,
            "weight_decay/0": decay,
            "weight_decay/1": 0.0,
            "betas[0]/0": beta,
            "betas[0]/1": beta,
        }
