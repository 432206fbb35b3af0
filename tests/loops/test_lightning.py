"""Lightning: `configure_optimizers`, checkpoint and resume, the monitor, a late backbone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import pytest
import torch
from lightning.pytorch.callbacks import BaseFinetuning, LearningRateMonitor, ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger, Logger
from torch.utils.data import DataLoader

import tsa_torch
from tests.loops.helpers import (
    LR,
    WEIGHT_DECAY,
    adamw,
    batch,
    bind,
    by_hand,
    model,
    now,
    planned,
    same,
    schedules,
    weights,
)

BATCHES, EPOCHS = 6, 4
STEPS = BATCHES * EPOCHS

pytestmark = [
    # Advice on how to be faster, Lightning's own use of what torch has renamed, and a word on
    # the folder that a resumed run shares with the run before it.
    pytest.mark.filterwarnings("ignore:.*does not have many workers"),
    pytest.mark.filterwarnings("ignore:.*LeafSpec.*is deprecated"),
    pytest.mark.filterwarnings("ignore:Checkpoint directory .* exists and is not empty"),
]


class Module(pl.LightningModule):
    """The model of the plain loop, which notes what each update uses."""

    def __init__(self, single: bool = False) -> None:
        super().__init__()
        self.layer = model()
        self.single = single
        self.used: list[Any] = []

    def training_step(self, inputs: torch.Tensor, index: int) -> torch.Tensor:
        return self.layer(inputs).square().mean()

    def configure_optimizers(self) -> Any:
        optimizer = adamw(self)
        optimizer.register_step_pre_hook(lambda *_: self.used.append(now(optimizer)))
        scheduler = (
            tsa_torch.HyperparameterScheduler(optimizer, schedules()["lr"])
            if self.single
            else bind(optimizer)
        )
        return [optimizer], [{"scheduler": scheduler, "interval": "step"}]


class Batches(torch.utils.data.Dataset[torch.Tensor]):
    """The batches of the plain loop for the first epoch, which come again in each."""

    def __len__(self) -> int:
        return BATCHES

    def __getitem__(self, index: int) -> torch.Tensor:
        return batch(index)


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with caplog.at_level("ERROR", "lightning.pytorch"):
        yield


def trainer(folder: Path, epochs: int = EPOCHS, **options: Any) -> pl.Trainer:
    """A trainer that is silent and writes into a folder of the test."""
    defaults: dict[str, Any] = {"logger": False, "enable_checkpointing": False}
    return pl.Trainer(
        default_root_dir=folder,
        accelerator="cpu",
        devices=1,
        max_epochs=epochs,
        enable_progress_bar=False,
        enable_model_summary=False,
        log_every_n_steps=1,
        **(defaults | options),
    )


def keeping(folder: Path, **options: Any) -> dict[str, Any]:
    """The options by which Lightning keeps every checkpoint; a resumed run must have them too."""
    callback = ModelCheckpoint(folder, save_top_k=-1, **options)
    return {"callbacks": [callback], "enable_checkpointing": True}


def fit(run: pl.Trainer, module: pl.LightningModule, **options: Any) -> None:
    """Train on the batches in their order."""
    run.fit(module, DataLoader(Batches(), batch_size=None), **options)


def test_every_update_uses_the_plan(tmp_path: Path) -> None:
    """Stepped by Lightning once an update."""
    module = Module()
    fit(trainer(tmp_path), module)
    assert module.used == [planned(step) for step in range(STEPS)]


def test_one_scheduler_alone_with_accumulated_gradients(tmp_path: Path) -> None:
    """Two batches an update; Lightning steps the schedule after the second."""
    module = Module(single=True)
    fit(trainer(tmp_path, accumulate_grad_batches=2), module)
    rates = [planned(step)[0] for step in range(STEPS // 2)]
    assert module.used == [(rate, *planned(0)[1:]) for rate in rates]


def test_the_weights_are_those_of_the_loop_by_hand(tmp_path: Path) -> None:
    """One epoch, whose batches are those of the plain loop; five of them are all different."""
    module = Module()
    fit(trainer(tmp_path, 1, max_steps=5), module)
    assert same(weights(module.layer), by_hand(5)[0])


@pytest.mark.parametrize("single", [False, True])
def test_a_resumed_run_is_the_uninterrupted_run(single: bool, tmp_path: Path) -> None:
    """From the checkpoint of every epoch but the last, which Lightning writes itself."""
    whole = Module(single)
    keep: dict[str, Any] = {"filename": "{epoch}", "every_n_epochs": 1}
    fit(trainer(tmp_path, **keeping(tmp_path, **keep)), whole)
    assert len(whole.used) == STEPS
    for epoch in range(EPOCHS - 1):
        resumed = Module(single)
        run = trainer(tmp_path, **keeping(tmp_path, **keep))
        fit(run, resumed, ckpt_path=tmp_path / f"epoch={epoch}.ckpt")
        assert resumed.used == whole.used[(epoch + 1) * BATCHES :]
        assert same(weights(resumed.layer), weights(whole.layer))


@pytest.mark.filterwarnings("ignore:You're resuming from a checkpoint that ended before the epoch")
def test_a_run_resumed_in_the_middle_of_an_epoch(tmp_path: Path) -> None:
    """Checkpoints by number of steps: the position is that of the update, not of the epoch."""
    whole = Module()
    keep: dict[str, Any] = {"filename": "{step}", "every_n_train_steps": 4}
    fit(trainer(tmp_path, **keeping(tmp_path, **keep)), whole)
    for step in (4, 8, 16, 20):
        resumed = Module()
        run = trainer(tmp_path, **keeping(tmp_path, **keep))
        fit(run, resumed, ckpt_path=tmp_path / f"step={step}.ckpt")
        assert resumed.used == [planned(made) for made in range(step, STEPS)]


def test_the_monitor_logs_what_the_update_uses(tmp_path: Path) -> None:
    """Rate, weight decay and beta, as Lightning's own callback reads them."""
    logger = CSVLogger(tmp_path, flush_logs_every_n_steps=1)
    monitor = LearningRateMonitor("step", log_momentum=True, log_weight_decay=True)
    recorder = Recorder()
    fit(trainer(tmp_path, logger=[logger, recorder], callbacks=[monitor]), Module())
    names = ("lr-AdamW", "lr-AdamW-weight_decay", "lr-AdamW-momentum")
    logged = [tuple(row[name] for name in names) for row in recorder.rows if names[0] in row]
    assert logged == [planned(step) for step in range(STEPS)]
    assert monitor.lrs["lr-AdamW"] == [planned(step)[0] for step in range(STEPS)]


class Recorder(Logger):
    """A logger that keeps the rows."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[dict[str, float]] = []

    @property
    def name(self) -> str:
        return "recorder"

    @property
    def version(self) -> int:
        return 0

    def log_hyperparams(self, *args: Any, **kwargs: Any) -> None:
        """Keep nothing."""

    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        self.rows.append(dict(metrics))


LATE, LATE_LR = 2, 0.125


class Unfreeze(BaseFinetuning):
    """Trains the backbone from the third epoch on, at a rate of its own."""

    def freeze_before_training(self, pl_module: Any) -> None:
        self.freeze(pl_module.backbone)

    def finetune_function(self, pl_module: Any, epoch: int, optimizer: Any) -> None:
        if epoch == LATE:
            self.unfreeze_and_add_param_group(pl_module.backbone, optimizer, lr=LATE_LR)
        elif epoch > LATE:  # on resume Lightning brings back the group, but leaves it frozen
            self.make_trainable(pl_module.backbone)


class Backbone(pl.LightningModule):
    """A head on a backbone that comes late."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = model()
        self.head = model()
        self.used: list[Any] = []

    def training_step(self, inputs: torch.Tensor, index: int) -> torch.Tensor:
        return self.head(self.backbone(inputs)).square().mean()

    def configure_optimizers(self) -> Any:
        optimizer = adamw(self.head)
        optimizer.register_step_pre_hook(self._note)
        return [optimizer], [{"scheduler": bind(optimizer), "interval": "step"}]

    def _note(self, optimizer: Any, *_: Any) -> None:
        self.used.append([now(optimizer, index) for index in range(len(optimizer.param_groups))])


def unfrozen(step: int) -> list[Any]:
    """By hand: the late group keeps its own value until the step after it came, then the plan.

    What it held when it was first seen is its initial value: the rate it was given, and the
    optimizer's defaults for the others.
    """
    if step < LATE * BATCHES:
        return [planned(step)]
    if step == LATE * BATCHES:
        return [planned(step), (LATE_LR, *planned(0)[1:])]
    return [planned(step), (LATE_LR * planned(step)[0] / LR, *planned(step)[1:])]


def test_a_backbone_that_is_unfrozen_late_joins_the_plan(tmp_path: Path) -> None:
    """`BaseFinetuning` adds a param group in the middle of the run; the first goes on."""
    module = Backbone()
    fit(trainer(tmp_path, callbacks=[Unfreeze()]), module)
    assert module.used == [unfrozen(step) for step in range(STEPS)]


@pytest.mark.parametrize("epoch", range(EPOCHS - 1))
def test_a_run_with_a_late_backbone_resumes(epoch: int, tmp_path: Path) -> None:
    """Before and after it came; Lightning gives the fresh optimizer the group before it loads."""
    whole, resumed = Backbone(), Backbone()
    for module, start in ((whole, None), (resumed, tmp_path / f"epoch={epoch}.ckpt")):
        options = keeping(tmp_path, filename="{epoch}", every_n_epochs=1)
        options["callbacks"].append(Unfreeze())
        fit(trainer(tmp_path, **options), module, ckpt_path=start)
    assert resumed.used == whole.used[(epoch + 1) * BATCHES :]
    assert same(weights(resumed), weights(whole))


class Plateau(Module):
    """A torch scheduler that goes by a metric, on the weight decay."""

    def training_step(self, inputs: torch.Tensor, index: int) -> torch.Tensor:
        result = super().training_step(inputs, index)
        self.log("stalled", 1.0, on_epoch=True, on_step=False)
        return result

    def configure_optimizers(self) -> Any:
        (optimizer,), _ = super().configure_optimizers()
        bound = tsa_torch.arbitrary_schedule_factory(
            optimizer,
            lambda view: torch.optim.lr_scheduler.ReduceLROnPlateau(view, factor=0.5, patience=0),
            schedule_target="weight_decay",
        )
        options = {"reduce_on_plateau": True, "monitor": "stalled", "interval": "epoch"}
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": bound, **options}}


def test_a_bound_plateau_takes_its_metric_from_lightning(tmp_path: Path) -> None:
    """`reduce_on_plateau=True` is what Lightning sets for torch's own; nothing ever improves."""
    module = Plateau()
    fit(trainer(tmp_path), module)
    decays = [WEIGHT_DECAY * 0.5 ** max(0, epoch - 1) for epoch in range(EPOCHS)]
    assert [decay for _, decay, _ in module.used[::BATCHES]] == decays


class Manual(Module):
    """Manual optimization: an update for every second batch, the schedule by their number."""

    automatic_optimization = False

    def training_step(self, inputs: torch.Tensor, index: int) -> None:
        self.manual_backward(self.layer(inputs).square().mean())
        if index % 2:
            optimizer = self.optimizers()
            optimizer.step()
            optimizer.zero_grad()
        self.lr_schedulers().step(len(self.used))


def test_manual_optimization_by_the_number_of_updates(tmp_path: Path) -> None:
    """`self.lr_schedulers()` is our own object; `step(n)` at every batch is right."""
    module = Manual()
    fit(trainer(tmp_path), module)
    assert module.used == [planned(step) for step in range(STEPS // 2)]
