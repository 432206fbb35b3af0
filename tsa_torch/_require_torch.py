"""The first import of the package: what a missing or too old torch means, in one sentence."""

from __future__ import annotations

from importlib import import_module

OLDEST = (2, 10)
"""The oldest release of torch that the extra `torch` accepts."""


def require_torch() -> None:
    """Import torch.

    Raises:
        ImportError: If torch is missing or older than `OLDEST`.
    """
    try:
        version: str = import_module("torch").__version__
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise ImportError(_sentence("it is not installed")) from error
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST:
        raise ImportError(_sentence(f"this is {version}"))


def _sentence(found: str) -> str:
    oldest = ".".join(map(str, OLDEST))
    return (
        f"torch_schedule_anything needs torch {oldest} or newer, and {found}: "
        f'pip install "torch>={oldest}", '
        'or stay on the 1.x line with pip install "torch-schedule-anything<2"'
    )


require_torch()
