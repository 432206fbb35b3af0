"""`python -m benchmarks`: measure everything, print the table, write the page."""

from __future__ import annotations

import argparse
import time
import warnings
from pathlib import Path

from benchmarks import adapter, core, report, timing


def main() -> None:
    """Run the sections that were asked for."""
    measures = {**adapter.SECTIONS, **core.SECTIONS}
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=measures, metavar="SECTION", default=None)
    parser.add_argument("--out", type=Path, help="write the page there")
    arguments = parser.parse_args()
    timing.pin_to_one_core()
    warnings.simplefilter("ignore")  # peers warn of deprecated arguments of each other
    sections = {}
    for name in arguments.only or measures:
        begin = time.monotonic()
        sections[name] = measures[name]()
        print(f"{name}: {time.monotonic() - begin:.1f} s", flush=True)
    page = report.document(sections)
    print(page)
    if arguments.out is not None:
        arguments.out.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
