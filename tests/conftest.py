"""Settings that every test shares.

In `make test` hypothesis draws the same examples in every run, so that a failure is the fault of
the change and not of the seed. `make fuzz` runs the same properties with random seeds, and prints
the blob that reproduces what it finds.
"""

from typing import Any

from hypothesis import settings

settings.register_profile("steady", derandomize=True, database=None, deadline=None, print_blob=True)
settings.register_profile("fuzz", derandomize=False, deadline=None, print_blob=True)
settings.load_profile("steady")

LEFT_OUT = "no browser:"
"""How the reason begins for which a test of the site is skipped."""


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """One line on the tests that had no browser, so that nobody takes them for passed."""
    reasons = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", [])]
    if number := sum(LEFT_OUT in reason for reason in reasons):
        terminalreporter.write_line(
            f"no browser was found: {number} tests of the site were left out; "
            "install Chromium, or name a browser by CHROME="
        )
