"""The command: look at a schedule from a terminal."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path

import pytest

import tsa_core as tsa
from tsa_core import Cosine, Linear, Schedule
from tsa_core.__main__ import main

WARM = "Linear(0, 1, 10).then(Cosine(1, 0, num_steps=90), at=10) * 3e-4"


def test_sample_prints_each_step(capsys: pytest.CaptureFixture[str]) -> None:
    """Aligned, or as comma-separated values that read back exactly."""
    assert main(["sample", "Linear(0, 1, 3)", "--steps", "4", "--csv"]) == 0
    assert capsys.readouterr().out == (
        "step,value\n0,0.0\n1,0.3333333333333333\n2,0.6666666666666666\n3,1.0\n"
    )
    assert main(["sample", "--steps", "2", "--", "-Linear(0, 1, 2)"]) == 0
    assert capsys.readouterr().out == " step  value\n    0  -0.0\n    1  -0.5\n"


def test_show_prints_the_schedule_a_summary_and_a_curve(capsys: pytest.CaptureFixture[str]) -> None:
    """The expression as the library would write it."""
    assert main(["show", WARM, "--steps", "1e2"]) == 0
    shown, summary, curve = capsys.readouterr().out.split("\n\n")
    warm = Linear(0.0, 1.0, 10).then(Cosine(1.0, 0.0, 90), at=10) * 3e-4
    assert shown == repr(warm)
    assert summary.splitlines()[4] == "highest   0.0003       at step 10"
    assert len(curve.splitlines()) == 1


def test_the_steps_are_the_length_unless_they_are_given(capsys: pytest.CaptureFixture[str]) -> None:
    """A fraction of a step is one more."""
    assert main(["sample", "Linear(0, 1, 4).stretch(0.6)", "--csv"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1 + 3
    assert main(["show", WARM]) == 0
    assert "steps     100\n" in capsys.readouterr().out


def test_plot_writes_a_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """To the file that is named, else to schedule.png here."""
    monkeypatch.chdir(tmp_path)
    assert main(["plot", WARM, "--steps", "100"]) == 0
    assert capsys.readouterr().out == "wrote schedule.png\n"
    assert (tmp_path / "schedule.png").read_bytes().startswith(b"\x89PNG")
    assert main(["plot", WARM, "--steps", "100", "-o", "warm.svg"]) == 0
    assert "<svg" in (tmp_path / "warm.svg").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show", "Linear(0, 1)", "--steps", "9"], "Linear(0, 1)\n^\nLinear() missing 1 required"),
        (["sample", "1 / Linear(0, 1, 2)", "--steps", "9"], "error: schedule must be finite, got"),
        (["plot", "1 / Linear(0, 1, 2)", "--steps", "9"], "error: schedule must be finite, got"),
        (["plot", "Constant(1)", "--steps", "9", "-o", "no/where.png"], "error: [Errno 2] No such"),
        (["plot", "Constant(1)", "--steps", "9", "-o", "x.nothing"], "error: Format 'nothing' is"),
        (["show", "Constant(1)", "--steps", "0"], "argument --steps: --steps must be >= 1, got 0"),
        (["show", "Constant(1)", "--steps", "x"], "argument --steps: could not convert string to"),
        (["show", "Decay(1, 0.5, 9)"], "error: num_steps must be given for a schedule that has no"),
        (["show", "--steps", "3", "-x"], "the following arguments are required: EXPRESSION"),
        ([], "the following arguments are required: COMMAND"),
    ],
)
def test_errors_exit_with_2(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """And a message on the error stream, without a traceback."""
    try:
        code: object = main(arguments)
    except SystemExit as stop:
        code = stop.code
    assert code == 2
    out, err = capsys.readouterr()
    assert message in err
    assert "Traceback" not in err
    assert not out


def test_only_plot_needs_matplotlib(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And says so."""
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    monkeypatch.delitem(sys.modules, "tsa_core.plotting", raising=False)
    monkeypatch.delattr(tsa, "plotting", raising=False)
    assert main(["show", "Constant(1)", "--steps", "9"]) == 0
    assert main(["plot", "Constant(1)", "--steps", "9"]) == 2
    assert "error: tsa_core.plotting needs matplotlib" in capsys.readouterr().err


def test_it_runs_as_a_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """And says how to be used."""
    command_file = Path(tsa.__file__).with_name("__main__.py")
    monkeypatch.setattr(sys, "argv", ["tsa_core", "--help"])
    with pytest.raises(SystemExit) as stop:
        runpy.run_path(str(command_file), run_name="__main__")
    assert stop.value.code == 0


def test_a_reader_that_stops_early_is_no_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As in `… | head`."""
    command = [sys.executable, "-m", "tsa_core", "sample", "Constant(1)", "--steps", "1e5"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().split() == [b"step", b"value"]
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0
    with (tmp_path / "output").open("w") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        monkeypatch.setattr("tsa_core.__main__.sample", broken_pipe)
        assert main(["sample", "Constant(1)", "--steps", "3"]) == 0


def broken_pipe(_schedule: Schedule, _steps: int) -> None:
    """What a write to a closed pipe raises."""
    raise BrokenPipeError
