"""The command, and the expressions it reads: a schedule or a clear error, and nothing is run."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import tsa_core as tsa
from tsa_core import Constant, Cosine, Linear, Schedule
from tsa_core.__main__ import main
from tsa_core._expressions import ExpressionError, builders, methods, parse_schedule
from tsa_core.testing import schedules

WARM = "Linear(0, 1, 10).then(Cosine(1, 0, num_steps=90), at=10) * 3e-4"


def test_names_are_what_builds_a_schedule() -> None:
    """Records and functions that return one; no function that takes one, runs one or loads one."""
    names = builders()
    assert {"Linear", "Joined", "join", "cosine_annealing_with_warmup"} <= set(names)
    others = {"Schedule", "Custom", "ScheduleState", "advance", "from_dict", "init", "to_dict"}
    assert not others & set(names)
    assert set(methods()) == {
        *("clip", "hold", "maximum", "minimum", "repeat", "reverse", "round", "shift", "stretch"),
        "then",
    }


@given(schedules())
@settings(max_examples=200)
def test_every_repr_is_an_expression(schedule: Schedule) -> None:
    """It parses to an equal schedule."""
    assert parse_schedule(repr(schedule)) == schedule


@pytest.mark.parametrize(
    "expression",
    [
        WARM,
        "  Constant(1)\n",
        "-Linear(0, 1, 10) / 2 + 1 - Constant(-3)",
        "join([Linear(0, 1, 10), Constant(1)], (10,)).clip(low=None, high=0.5)",
        "1 / (Linear(0.0, 1.0, 10) + 1)",
        "Decay(1, rate=0.5, num_steps=3, staircase=True)",
        "Interpolated((0, 10), [1, 2], kind='log').repeat(20, times=3, gain=0.5)",
        "cosine_annealing_with_warmup(1, 0, 10, 100)",
        "(1 + 2) * 3 * Constant(1 / 3 - -4)",
        "Linear(\n  0, 1,\n  10,\n)",
        "Constant(\f1)",
    ],
)
def test_expressions_are_python(expression: str) -> None:
    """They mean what Python says."""
    assert parse_schedule(expression) == eval(expression.strip(), dict(vars(tsa)))


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("Linea(0, 1, 2)", "^ name must be one of Clipped, .*, got Linea"),
        ("Linear(0, 1)", r"^ Linear\(\) missing 1 required positional argument: 'num_steps'"),
        ("2 * Linear(0, 1, -3)", "    ^ num_steps must be >= 0, got -3"),
        ("Constant(1).shft(3)", "            ^ method must be one of clip, .*, then, got shft"),
        ("Constant(1)._formula(3)", "            ^ method must be one of .*, got _formula"),
        ("Constant(1).__class__", "^ expression must not hold Attribute; allowed are"),
        ("(3).shift(1)", " ^ int has no methods to call"),
        ("Constant", r"^ Constant must be called, as in Constant\(...\)"),
        ("Custom(3)", "^ Custom takes a function, which an expression cannot hold"),
        ("Constant(1)(5)", "^ a call must be of a name or a method"),
        ("Constant(*[1])", "         ^ expression must not hold Starred"),
        ("Constant(**{})", "           ^ expression must not hold \\*\\*"),
        ("Constant(2 ** 3)", "         ^ expression must not hold Pow"),
        ("Constant(+3)", "         ^ expression must not hold UAdd"),
        ("Constant(3j)", "         ^ expression must not hold Constant"),
        ("[Constant(i) for i in (1, 2)]", "^ expression must not hold ListComp"),
        ("lambda: 1", "^ expression must not hold Lambda"),
        ("(x := Constant(1))", " ^ expression must not hold NamedExpr"),
        ("Constant(1) if 1 else 2", "^ expression must not hold IfExp"),
        ("__import__('os')", "^ name must be one of .*, got __import__"),
        ("Constant(True * 3)", "         ^ operand must be a number or a schedule, got bool"),
        ("'a' * Constant(1)", "^ operand must be a number or a schedule, got str"),
        ("-None", " ^ operand must be a number or a schedule, got None"),
        ("é + 1", "^ name must be one of .*, got é"),
        ("Interpolated('é', 1) + é", "^ steps must be a sequence, got 'é'"),
        ("Constant(1) * 'é' + é", "              ^ operand must be a number or a schedule"),
        ("1 / 0 * Constant(1)", "^ division by zero"),
        ("Constant(1) / 0", "^ a schedule cannot be divided by 0.0"),
        ("Constant(1e999)", "^ value must be finite, got inf"),
        ("3 + 4", "^ expression must be a schedule, got int"),
        ("()", "^ expression must be a schedule, got tuple"),
        ("Linear(0, 1", r"      ^ '\(' was never closed"),
        ("", r"^ invalid syntax"),
        ("Constant(1); Constant(2)", "           ^ invalid syntax"),
        ("Constant(\0)", "^ .*null"),
        ("-" * 3000 + "Constant(1)", "^ expression must be nested less deep"),
        ("-" * 200_000 + "Constant(1)", "^ expression must be nested less deep"),
        ("Constant(9" + "9" * 5000 + ")", "Exceeds the limit"),
    ],
    ids=lambda text: text[:24].replace("\0", "NUL"),
)
def test_errors_point_at_the_place(expression: str, message: str) -> None:
    """With the line, a caret under it, and what is wrong."""
    with pytest.raises(ExpressionError, match=message.replace("^ ", r"\^\n", 1)) as caught:
        parse_schedule(expression)
    line, caret, *_ = str(caught.value).split("\n")
    assert line in expression
    assert caret.strip() == "^"


def test_an_error_on_a_later_line_shows_that_line() -> None:
    """Lines are those of Python."""
    with pytest.raises(ExpressionError) as caught:
        parse_schedule("Linear(\r\n  0,\r  nothing,\n 3)")
    assert str(caught.value).startswith("  nothing,\n  ^\nname must be one of")


def attempt(expression: str) -> None:
    """A schedule, or an error with a caret."""
    try:
        assert isinstance(parse_schedule(expression), Schedule)
    except ExpressionError as error:
        _, caret, message = str(error).split("\n", 2)
        assert caret.strip() == "^"
        assert message


WORDS = st.sampled_from(
    (
        *("Linear", "Constant", "Custom", "Sum", "Repeated", "join", "os", "_x", "é", "True"),
        *(".then", ".shift", ".clip", ".__class__", ".real", "(", ")", "[", "]", ",", "=", "at="),
        *("+", "-", "*", "/", "**", "%", "@", "<", "not ", "lambda: ", " if ", " for x in ", ":="),
        *(
            "0",
            "1",
            "10",
            "2.5",
            "1e999",
            "3j",
            "'a'",
            "b'a'",
            "f'{1}'",
            "...",
            "\n",
            "\\",
            "#",
            "\f",
        ),
    )
)


@given(st.text() | st.lists(WORDS, max_size=12).map("".join))
@example("\ud800")
@example("'\\d'")
@example("f'{Constant(1)}'")
@settings(max_examples=500)
def test_any_text_is_a_schedule_or_a_clear_error(text: str) -> None:
    """Never another exception."""
    attempt(text)


@given(schedules().map(repr), st.data())
@settings(max_examples=300)
def test_a_damaged_expression_is_a_schedule_or_a_clear_error(
    text: str, data: st.DataObject
) -> None:
    """With a part of it cut out and something else put in."""
    start = data.draw(st.integers(0, len(text)))
    stop = data.draw(st.integers(start, min(start + 8, len(text))))
    attempt(text[:start] + data.draw(WORDS | st.just("")) + text[stop:])


# The command


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


def test_constants_fold_as_in_code() -> None:
    """What is printed is what the library makes of it."""
    assert parse_schedule("2 * Constant(3)") == Constant(6.0)
