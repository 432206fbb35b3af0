"""The notebooks: kept without outputs, run by the build of the site, shown there with outputs.

MyST-NB runs each of them once while it builds, and an error breaks the build. What it ran lies
beside the site, so nothing is run a second time here.
"""

from __future__ import annotations

import math
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest

ROOT = Path(__file__).parent.parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
TOPICS = (
    "first_schedule",
    "weight_decay",
    "custom_keys",
    "tests",
    "torch_and_jax",
    "recipes",
    "run_have_done",
)

each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read(path: Path) -> Any:
    """A notebook, checked against its format."""
    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    return notebook


def code(notebook: Any) -> list[Any]:
    """Its cells of code."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def ran(site: Path, path: Path) -> Any:
    """The notebook as the build of the site has run it."""
    return read(site.parent / "jupyter_execute" / "notebooks" / path.name)


def test_there_is_one_for_each_topic() -> None:
    """They are numbered in the order to read them in."""
    assert [path.stem[0] for path in NOTEBOOKS] == [f"{n}" for n in range(1, len(TOPICS) + 1)]
    for path, topic in zip(NOTEBOOKS, TOPICS, strict=True):
        assert path.stem.endswith(topic)


@each
def test_it_is_kept_without_outputs(path: Path) -> None:
    """No output, no count, no metadata but the kernel's name; `make format` makes it so."""
    notebook = read(path)
    assert notebook.metadata == {"kernelspec": KERNEL}
    for index, cell in enumerate(notebook.cells):
        assert cell.metadata == {}
        assert cell.id == f"{index}"
        assert cell.source.strip() == cell.source != ""
    for cell in code(notebook):
        assert cell.outputs == []
        assert cell.execution_count is None


def test_stripping_is_what_make_format_does(tmp_path: Path) -> None:
    """The command of the Makefile brings a notebook that was run back to the file that is kept."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (options,) = re.findall(r"^\t\$\(BIN\)/nbstripout (.*) notebooks/\*\.ipynb$", makefile, re.M)
    notebook = read(NOTEBOOKS[0])
    notebook.metadata["language_info"] = {"name": "python", "version": "3.11.7"}
    for count, cell in enumerate(code(notebook), start=1):
        cell.execution_count, cell.id = count, f"saved-{count}"
        cell.outputs = [nbformat.v4.new_output("stream", text="output")]
        cell.metadata["execution"] = {"iopub.status.busy": "2026-01-01T00:00:00Z"}
    saved = tmp_path / "saved.ipynb"
    nbformat.write(notebook, saved)
    strip = [sys.executable, "-m", "nbstripout", *options.split(), str(saved)]
    subprocess.run(strip, check=True, timeout=120)
    assert saved.read_text(encoding="utf-8") == NOTEBOOKS[0].read_text(encoding="utf-8")


@each
def test_it_has_run_without_a_complaint(path: Path, site: Path) -> None:
    """Every cell of the file that is kept, in order; nothing on stderr, no error, and pictures."""
    kept, done = read(path), ran(site, path)
    assert [cell.source for cell in done.cells] == [cell.source for cell in kept.cells]
    counts = [cell.execution_count for cell in code(done)]
    assert counts == list(range(1, len(counts) + 1))
    outputs = [output for cell in code(done) for output in cell.outputs]
    assert not [output for output in outputs if output.output_type == "error"]
    assert not [output.text for output in outputs if output.get("name") == "stderr"]
    assert any("image/png" in output.get("data", {}) for output in outputs)


@each
def test_the_site_shows_its_outputs(path: Path, site: Path) -> None:
    """Every picture and the first words of every printed text are on its page."""
    page = (site / "notebooks" / f"{path.stem}.html").read_text(encoding="utf-8")
    text = re.sub(r"<[^>]+>", "", page)
    outputs = [output for cell in code(ran(site, path)) for output in cell.outputs]
    pictures = [output for output in outputs if "image/png" in output.get("data", {})]
    assert len(re.findall(r'<img [^>]*src="\.\./_images/[0-9a-f]+\.png"', page)) == len(pictures)
    printed = [output.text for output in outputs if output.output_type == "stream"]
    assert printed
    for one in printed:
        assert re.split(r"[<>&'\"\n]", one.strip())[0] in text


def test_a_newcomer_finds_the_answers(site: Path) -> None:
    """Weight decay at step 12,000, its range, two totals; here from formulas of the papers."""
    done = ran(site, NOTEBOOKS[5])
    printed = "".join(
        output.text for cell in code(done) for output in cell.outputs if "text" in output
    )
    length = 125_100
    decay = 0.4 - (0.4 - 0.04) * (1 + math.cos(math.pi * 12_000 / length)) / 2
    assert f"\n{decay:.6f}\n" in f"\n{printed}"
    assert re.search(r"^self-supervised +weight_decay +from 0\.04 +to 0\.4$", printed, re.M)
    steps = np.arange(length)
    wave = (1 + np.cos(np.pi * (steps - 12_510) / (length - 12_510))) / 2
    cosine = np.where(steps < 12_510, steps / 12_510, wave * (1 - 5e-4) + 5e-4) * 2e-3
    fall = 1 - np.sqrt(np.clip((steps - 100_080) / 25_020, 0, 1))
    stable = np.where(steps < 1_251, steps / 1_251, fall) * 1e-3
    for name, rates in {"self-supervised": cosine, "language model": stable}.items():
        assert re.search(rf"^{name} +{rates.sum():.1f}$", printed, re.M), name
    spent = cosine.sum() / stable.sum()
    assert f"self-supervised spends {spent:.2f} times what the language model spends" in printed
