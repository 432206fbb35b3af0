"""Hugging Face `Trainer(optimizers=...)`, with checkpoints every few steps and resume."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch.optim import AdamW
from transformers import GPT2Config, GPT2LMHeadModel, Trainer, TrainerCallback, TrainingArguments

import tsa_torch
from tests.loops.helpers import BETA, LR, WEIGHT_DECAY, bind, now, planned, same, weights

STEPS, SAVE_STEPS = 12, 3


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)


class Texts(torch.utils.data.Dataset[dict[str, torch.Tensor]]):
    """Sixteen sentences of six tokens."""

    def __len__(self) -> int:
        return 16

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        tokens = (torch.arange(6) * (index + 1)) % 11
        return {"input_ids": tokens, "labels": tokens}


def network() -> GPT2LMHeadModel:
    """A tiny transformer, built from its configuration."""
    torch.manual_seed(0)
    config = GPT2Config(vocab_size=11, n_positions=8, n_embd=8, n_layer=1, n_head=2)
    return GPT2LMHeadModel(config)


def optimizer_of(module: torch.nn.Module) -> AdamW:
    """Two groups, as Trainer makes them itself: no weight decay for vectors."""
    matrices = [weight for weight in module.parameters() if weight.ndim > 1]
    vectors = [weight for weight in module.parameters() if weight.ndim == 1]
    groups = [{"params": matrices}, {"params": vectors, "weight_decay": 0.0}]
    return AdamW(groups, lr=LR, weight_decay=WEIGHT_DECAY, betas=(BETA, 0.875))


def single(optimizer: Any) -> Any:
    """The rate alone."""
    return tsa_torch.linear_schedule_with_warmup(optimizer, 1.0, 0.0, 4, 20)


def trainer(folder: Path, schedule: Any = bind, **options: Any) -> tuple[Trainer, list[Any]]:
    """A trainer on a fresh model, and what its updates use."""
    module = network()
    optimizer = optimizer_of(module)
    used: list[Any] = []
    optimizer.register_step_pre_hook(lambda *_: used.append((now(optimizer, 0), now(optimizer, 1))))
    arguments = TrainingArguments(
        output_dir=str(folder),
        max_steps=STEPS,
        per_device_train_batch_size=4,
        save_steps=SAVE_STEPS,
        logging_steps=1,
        report_to=[],
        use_cpu=True,
        disable_tqdm=True,
        seed=0,
        **options,
    )
    scheduler = schedule(optimizer)
    run = Trainer(module, arguments, train_dataset=Texts(), optimizers=(optimizer, scheduler))
    return run, used


def by_hand(step: int) -> Any:
    """What both groups use; the second keeps its weight decay of zero."""
    rate, decay, beta = planned(step)
    return (rate, decay, beta), (rate, 0.0, beta)


def test_every_update_uses_the_plan_and_the_log_says_so(tmp_path: Path) -> None:
    """Trainer logs the rate of the update that it has just made."""
    run, used = trainer(tmp_path)
    run.train()
    assert used == [by_hand(step) for step in range(STEPS)]
    rates = [entry["learning_rate"] for entry in run.state.log_history if "learning_rate" in entry]
    assert rates == [planned(step)[0] for step in range(STEPS)]


def test_accumulated_gradients_step_the_schedule_once_an_update(tmp_path: Path) -> None:
    """Two batches an update."""
    run, used = trainer(tmp_path, gradient_accumulation_steps=2)
    run.train()
    assert used == [by_hand(step) for step in range(STEPS)]


@pytest.mark.parametrize("schedule", [bind, single])
def test_resume_from_checkpoint_is_the_uninterrupted_run(schedule: Any, tmp_path: Path) -> None:
    """From each checkpoint that Trainer has written: values, and weights bit for bit."""
    whole, used = trainer(tmp_path, schedule)
    whole.train()
    assert len(used) == STEPS
    for step in range(SAVE_STEPS, STEPS, SAVE_STEPS):
        resumed, again = trainer(tmp_path / f"from {step}", schedule)
        resumed.train(resume_from_checkpoint=str(tmp_path / f"checkpoint-{step}"))
        assert again == used[step:]
        assert same(weights(resumed.model), weights(whole.model))


class Stop(TrainerCallback):
    """Stops after a number of updates, as an interrupted job would."""

    def __init__(self, step: int) -> None:
        self.step = step

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        control.should_training_stop = state.global_step == self.step


def test_a_stopped_run_goes_on_in_its_own_folder(tmp_path: Path) -> None:
    """`resume_from_checkpoint=True` finds the last checkpoint, which is older than the stop."""
    stopped, used = trainer(tmp_path)
    stopped.add_callback(Stop(8))
    stopped.train()
    assert used == [by_hand(step) for step in range(8)]
    for checkpoint in tmp_path.glob("checkpoint-8"):  # written at the stop: go back further
        checkpoint.rename(tmp_path / "last")
    resumed, again = trainer(tmp_path)
    resumed.train(resume_from_checkpoint=True)
    assert again == [by_hand(step) for step in range(6, STEPS)]
