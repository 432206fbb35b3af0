"""The API reference: which sections each package has, and signatures of records as declared."""

from __future__ import annotations

import functools
import importlib
import inspect
from typing import Any

import attrs
from sphinx.application import Sphinx
from sphinx.util.inspect import stringify_signature

SECTIONS = {
    "tsa_core.schedule": "The base",
    "tsa_core.curves": "Curves",
    "tsa_core.combinators": "Combinators",
    "tsa_core.builtins": "The thirteen documented schedules",
    "tsa_core.catalogue": "The catalogue",
    "tsa_core.state": "State",
    "tsa_core.plateau": "Driven by a metric",
    "tsa_core.serialization": "Schedules as data",
    "tsa_core.parsing": "Schedules as data",
    "tsa_core.analysis": "Questions about a schedule",
    "tsa_core.plotting": "Pictures",
    "tsa_core.testing": "For tests of your own",
    "tsa_torch.scheduler": "Schedulers",
    "tsa_torch.synchronous": "Schedulers",
    "tsa_torch.bound": "Schedulers",
    "tsa_torch.factory": "Schedulers",
    "tsa_torch.param_groups": "Param groups",
    "tsa_torch.simulation": "Torch schedulers as data",
    "tsa_torch.builtins": "The thirteen, bound to an optimizer",
}
"""The heading for what a module defines; another module goes under its own name."""


@functools.cache
def sections(package: str) -> dict[str, list[str]]:
    """The public names of a package under their headings."""
    module = importlib.import_module(package)
    found: dict[str, list[str]] = {title: [] for title in SECTIONS.values()}
    for name in module.__all__:
        home = getattr(getattr(module, name), "__module__", package)
        titles = [
            title for prefix, title in SECTIONS.items() if f"{home}.".startswith(f"{prefix}.")
        ]
        found.setdefault(titles[0] if titles else home, []).append(name)
    return {title: names for title, names in found.items() if names}


def record_signature(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, signature: str, returns: str
) -> tuple[str, str] | None:
    """A record's fields with their declared types: the converters hide them at run time."""
    if what != "class" or not attrs.has(obj):
        return None
    parameters = [
        inspect.Parameter(
            field.name,
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
            default=inspect.Parameter.empty if field.default is attrs.NOTHING else field.default,
            annotation=field.type,
        )
        for field in attrs.fields(obj)
        if field.init
    ]
    return stringify_signature(inspect.Signature(parameters)), ""


def setup(app: Sphinx) -> dict[str, Any]:
    """Offer the sections to the templates, and mend the signatures."""
    app.connect("autodoc-process-signature", record_signature)
    app.connect(
        "config-inited",
        lambda _app, config: config.autosummary_context.update(sections=sections),
    )
    return {"parallel_read_safe": True, "parallel_write_safe": True}
