"""The command: look at a schedule from a terminal.

`python -m tsa_core show 'Linear(0, 1, 10).then(Cosine(1, 0, 90), at=10)' --steps 100`
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence

from tsa_core import _checks
from tsa_core._sparkline import sparkline
from tsa_core.analysis import sample, summarize
from tsa_core.parsing import parse
from tsa_core.schedule import Schedule

_ABOUT = """\
Look at a schedule. EXPRESSION is read as data, and nothing else is run: names of tsa_core that
build a schedule, numbers, + - * / and a schedule's own methods, such as

  %(prog)s show 'Linear(0, 1, 10).then(Cosine(1, 0, 90), at=10) * 3e-4' --steps 100

Write -- before an expression that begins with a minus sign.
"""


def _steps(text: str) -> int:
    try:
        return _checks.count("--steps", float(text), low=1)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tsa_core",
        description=_ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    commands_of: tuple[tuple[str, str, Callable[[Schedule, argparse.Namespace], None]], ...] = (
        ("plot", "write a picture to a file; no window opens (needs matplotlib)", _plot),
        ("show", "print the expression, a summary and a curve of one line", _show),
        ("sample", "print the value at each step", _sample),
    )
    length = "how many (default: the length of the schedule)"
    for name, about, run in commands_of:
        command = commands.add_parser(name, help=about, description=about)
        command.add_argument("expression", metavar="EXPRESSION")
        command.add_argument("--steps", metavar="N", type=_steps, help=length)
        command.set_defaults(run=run)
        if name == "plot":
            kinds = "the file to write, of a kind matplotlib knows (default: %(default)s)"
            command.add_argument("-o", "--output", default="schedule.png", help=kinds)
        if name == "sample":
            command.add_argument("--csv", action="store_true", help="as comma-separated values")
    return parser


def _plot(schedule: Schedule, arguments: argparse.Namespace) -> None:
    from tsa_core.plotting import plot  # noqa: PLC0415 - draws, so needs an optional package

    sample(schedule, arguments.steps)  # refuses what cannot be drawn
    plot({"schedule": schedule}, arguments.steps).savefig(arguments.output)
    print(f"wrote {arguments.output}")


def _show(schedule: Schedule, arguments: argparse.Namespace) -> None:
    summary = summarize(schedule, arguments.steps)
    print(repr(schedule), summary, sparkline(schedule, summary.num_steps), sep="\n\n")


def _sample(schedule: Schedule, arguments: argparse.Namespace) -> None:
    values = sample(schedule, arguments.steps).tolist()
    width, mark = (0, ",") if arguments.csv else (len(str(len(values))) + 4, "  ")
    print(f"{'step':>{width}}{mark}value")
    for step, value in enumerate(values):
        print(f"{step:>{width}}{mark}{value!r}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return 0, or 2 with a message on the error stream."""
    parsed = _arguments().parse_args(arguments)
    try:
        schedule = parse(parsed.expression)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    try:
        parsed.run(schedule, parsed)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader, such as `head`, has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (ArithmeticError, ImportError, OSError, RecursionError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
