"""Train on handwritten digits with three scheduled hyperparameters, resume, and compare.

The run saves a checkpoint half way. A fresh process goes on from there; its scheduled values
and final weights must be those of the uninterrupted run, bit for bit.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
import torch
from sklearn.datasets import load_digits
from torch import nn
from tqdm import tqdm

import torch_schedule_anything as tsa

mpl.use("Agg")
from matplotlib import pyplot as plt

OUTPUT = Path(__file__).parent / "output"
TARGETS = ("lr", "weight_decay", "gradient_clip_threshold")
Data = tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]
Row = dict[str, float]


def load() -> Data:
    """The digits, scaled to [0, 1] and split by a fixed permutation."""
    digits = load_digits()
    images = torch.tensor(digits.data, dtype=torch.float32) / 16
    labels = torch.tensor(digits.target)
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))
    train, test = order[:1400], order[1400:]
    return images[train], labels[train], images[test], labels[test]


def build(steps: int) -> tuple[nn.Module, torch.optim.Optimizer, tsa.SynchronousSchedule]:
    """The network, its optimizer of two groups, and the three schedules in lockstep."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
    groups: list[dict[str, Any]] = [
        {"params": [p for p in model.parameters() if p.ndim > 1]},
        {"params": [p for p in model.parameters() if p.ndim == 1], "lr": 1e-2},
    ]
    optimizer = torch.optim.AdamW(groups, lr=5e-3, weight_decay=0.05)
    tsa.extend_optimizer(optimizer, "gradient_clip_threshold", default_value=1.0)
    warmup = steps // 10
    sync = tsa.SynchronousSchedule(
        [
            tsa.cosine_annealing_with_warmup(optimizer, 1.0, 0.01, warmup, steps),
            tsa.quadratic_schedule_with_warmup(
                optimizer, 0.1, 1.0, warmup, steps, schedule_target="weight_decay"
            ),
            tsa.cosine_annealing_with_inverse_warmup(
                optimizer, 1.0, 0.2, warmup, steps, 5.0, schedule_target="gradient_clip_threshold"
            ),
        ]
    )
    return model, optimizer, sync


def update(
    model: nn.Module, optimizer: torch.optim.Optimizer, data: Data, batches: torch.Generator
) -> float:
    """One update on a random batch, clipped group by group; returns the loss."""
    images, labels, _, _ = data
    batch = torch.randint(len(labels), (64,), generator=batches)
    loss = nn.functional.cross_entropy(model(images[batch]), labels[batch])
    optimizer.zero_grad()
    torch.autograd.backward(loss)
    key = "gradient_clip_threshold"
    for threshold, params, _ in tsa.get_param_groups_regrouped_by_key(optimizer, key):
        nn.utils.clip_grad_norm_(params, threshold)
    optimizer.step()
    return loss.item()


def accuracy(model: nn.Module, data: Data) -> float:
    """Share of the test digits that are named right."""
    with torch.no_grad():
        right = model(data[2]).argmax(1) == data[3]
    return float(right.float().mean())


def scheduled(sync: tsa.SynchronousSchedule) -> Row:
    """Every scheduled value; the first group's under the target's name alone."""
    row: Row = {}
    for name in TARGETS:
        first, second = sync.get_last_schedule(name)
        row |= {name: first, f"{name}, second group": second}
    return row


def train(steps: int, checkpoint: Path, *, resume: bool) -> tuple[list[Row], Any]:
    """Train, saving half way or going on from there; returns the history and the weights."""
    data = load()
    model, optimizer, sync = build(steps)
    batches = torch.Generator().manual_seed(1)
    first = 0
    if resume:
        saved = torch.load(checkpoint)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        sync.load_state_dict(saved["schedule"])
        batches.set_state(saved["batches"])
        first = saved["step"]
    rows = []
    for step in tqdm(range(first, steps), desc="resumed" if resume else "training"):
        if step == steps // 2 and not resume:
            saved = {
                "model": model.state_dict(),
                "optimizer": optimizer.state_dict(),
                "schedule": sync.state_dict(),
                "batches": batches.get_state(),
                "step": step,
            }
            torch.save(saved, checkpoint)
        row = scheduled(sync)
        row |= {"step": step, "loss": update(model, optimizer, data, batches)}
        sync.step()
        rows.append(row | {"accuracy": accuracy(model, data)})
    return rows, model.state_dict()


def print_table(rows: list[Row]) -> None:
    """A row in every tenth of the run."""
    print()
    print(f"{'step':>5} {'lr':>9} {'weight decay':>13} {'clip at':>8} {'loss':>8} {'accuracy':>9}")
    for row in [*rows[:: max(1, len(rows) // 10)], rows[-1]]:
        lr, decay, clip = (row[name] for name in TARGETS)
        print(
            f"{row['step']:5.0f} {lr:9.6f} {decay:13.6f} {clip:8.4f} "
            f"{row['loss']:8.4f} {row['accuracy']:9.3f}"
        )


def draw(rows: list[Row], path: Path) -> None:
    """The scheduled values and the loss, one panel each."""
    titles = {
        "lr": "Learning rate",
        "weight_decay": "Weight decay",
        "gradient_clip_threshold": "Gradient clip threshold",
        "loss": "Training loss (log scale)",
    }
    figure, panels = plt.subplots(2, 2, figsize=(9, 5), sharex=True, layout="constrained")
    steps = [row["step"] for row in rows]
    for panel, (name, title) in zip(panels.flat, titles.items(), strict=True):
        panel.plot(steps, [row[name] for row in rows], color="#1f5fa8", linewidth=1.5)
        panel.set_title(title, loc="left", fontsize=11)
        panel.grid(alpha=0.25)
        panel.spines[["top", "right"]].set_visible(False)
    panels[1, 1].set_yscale("log")
    for panel in panels[1]:
        panel.set_xlabel("update")
    figure.savefig(path, dpi=110)
    plt.close(figure)


def main() -> int:
    """Run it all; the exit status says whether the two runs agree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=400, help="number of updates")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="folder to write to")
    parser.add_argument("--resume", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.steps < 1:
        parser.error(f"--steps must be >= 1, got {options.steps}")
    options.output.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    checkpoint, second = options.output / "checkpoint.pt", options.output / "resumed.pt"
    rows, weights = train(options.steps, checkpoint, resume=options.resume)
    if options.resume:
        torch.save({"rows": rows, "weights": weights}, second)
        return 0
    again = [sys.executable, __file__, "--resume", "--steps", str(options.steps)]
    subprocess.run([*again, "--output", str(options.output)], check=True)
    resumed = torch.load(second)
    print_table(rows)
    draw(rows, options.output / "training.png")
    same_values = resumed["rows"] == rows[options.steps // 2 :]
    same_weights = all(torch.equal(weights[name], resumed["weights"][name]) for name in weights)
    print(f"\nresumed at step {options.steps // 2} in a fresh process:")
    print(f"  scheduled values and losses equal, bit for bit: {same_values}")
    print(f"  final weights equal, bit for bit: {same_weights}")
    print(f"picture: {options.output / 'training.png'}")
    return 0 if same_values and same_weights else 1


if __name__ == "__main__":
    sys.exit(main())
