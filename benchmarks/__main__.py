"""Measure what a step, a value and a trajectory cost, beside the peers."""

from __future__ import annotations

import argparse
import time
import warnings
from pathlib import Path

import torch

from benchmarks import adapter, core, peers, state, timing
from benchmarks.old import VERSION
from benchmarks.report import document, installed

MEASURES = {
    "step": adapter.step,
    "distinct": adapter.distinct,
    "growth": adapter.growth,
    "jump": adapter.jump,
    "tensors": adapter.tensors,
    "build": state.build,
    "memory": state.memory,
    "trajectory": core.trajectory,
    "value": core.value,
    "imports": core.imports,
}
PACKAGES = ("torch", "numpy", "attrs", "array-api-compat", "optax", "jax", "transformers")


def main() -> None:
    """Run the sections that were asked for, print the page, and write it where wanted."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--only", nargs="+", choices=MEASURES, metavar="SECTION", help=", ".join(MEASURES)
    )
    parser.add_argument("--out", type=Path, help="write the page there as well")
    arguments = parser.parse_args()
    timing.pin_to_one_core()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")  # the peers' own: deprecated arguments, the order of steps
    sections = {}
    for name in arguments.only or MEASURES:
        begin = time.monotonic()
        sections[name] = MEASURES[name]()
        print(f"{name}: {time.monotonic() - begin:.0f} s", flush=True)
    versions = installed((*PACKAGES, "pytorch-ignite"))
    page = document(sections, {**versions, "timm": peers.TIMM, "torch-schedule-anything": VERSION})
    print(page)
    if arguments.out is not None:
        arguments.out.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
