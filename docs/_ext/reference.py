"""The API reference: which sections each package has, and signatures of records as declared."""

from __future__ import annotations

import functools
import importlib
import inspect
import re
from typing import Any

import attrs
import gallery
from sphinx.application import Sphinx
from sphinx.util.inspect import stringify_signature

SECTIONS = {
    "tsa_core.schedule": "The base, and its state",
    "tsa_core.state": "The base, and its state",
    "tsa_core.curves": "Curves",
    "tsa_core.combinators": "Combinators",
    "tsa_core.builtins": "The thirteen documented schedules",
    "tsa_core.catalogue": "The catalogue",
    "tsa_core.plateau": "Driven by a metric",
    "tsa_core.serialization": "Schedules as data",
    "tsa_core.parsing": "Schedules as data",
    "tsa_core.analysis": "Questions about a schedule",
    "tsa_core.plotting": "Pictures",
    "tsa_core._sparkline": "Pictures",
    "tsa_core.testing": "For tests of your own",
    "tsa_torch.scheduler": "Schedulers",
    "tsa_torch.synchronous": "Schedulers",
    "tsa_torch.bound": "Schedulers",
    "tsa_torch.factory": "Schedulers",
    "tsa_torch.binding": "Schedulers",
    "tsa_torch.checkpoint": "Schedulers",
    "tsa_torch.param_groups": "Param groups",
    "tsa_torch.attributes": "Param groups",
    "tsa_torch.simulation": "Torch schedulers as data",
    "tsa_torch.builtins": "The thirteen, bound to an optimizer",
}
"""The heading for what a module defines."""


PACKAGES = ("tsa_core", "tsa_core.analysis", "tsa_core.plotting", "tsa_core.testing", "tsa_torch")


@functools.cache
def sections(package: str) -> dict[str, list[str]]:
    """The public names of a package under their headings."""
    module = importlib.import_module(package)
    found: dict[str, list[str]] = {title: [] for title in SECTIONS.values()}
    for name in module.__all__:
        home = getattr(getattr(module, name), "__module__", package)
        title = next(SECTIONS[one] for one in SECTIONS if f"{home}.".startswith(f"{one}."))
        found[title].append(name)
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


def enrich(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Give a public name its picture, where it has a shape, and the names next to it."""
    package, _, short = name.rpartition(".")
    if package not in PACKAGES or short not in importlib.import_module(package).__all__:
        return
    family = next((group for group in gallery.groups() if short in members(group)), None)
    if family is not None:
        (one,) = (one for one in family["schedule"] if one["name"] == short)
        drawn = [f".. picture:: {one['call']}", f"   :steps: {one.get('steps', gallery.STEPS)}", ""]
        places = [place for place, line in enumerate(lines) if re.fullmatch(r"[A-Z]\w+:", line)]
        at = places[0] if places else len(lines)
        lines[at:at] = [*drawn, f"Family: :ref:`{family['title']} <{gallery.anchor(short)}>`", ""]
    others = [f":py:obj:`~{other}`" for other in neighbours(package, short)]
    lines += ["", ".. seealso::", "", f"   {', '.join(others)}", ""]


def neighbours(package: str, name: str) -> list[str]:
    """What stands beside a name: the rest of its family, or of its section in every package."""
    family = next((group for group in gallery.groups() if name in members(group)), None)
    if family is not None:
        return [f"tsa_core.{other}" for other in members(family) if other != name]
    title = next(title for title, names in sections(package).items() if name in names)
    found = {other: one for one in PACKAGES[::-1] for other in sections(one).get(title, ())}
    return [f"{one}.{other}" for other, one in found.items() if other != name]


def breakable(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Let long names in the side list break between their words, and code after a mark."""
    tree = context.get("furo_navigation_tree", "")
    context["furo_navigation_tree"] = re.sub(
        r">[^<]+<", lambda text: re.sub("(?<=_)|(?<=[a-z])(?=[A-Z])", "<wbr>", text[0]), tree
    )
    context["body"] = re.sub(
        r'(?<=<span class="pre">)[^<]+',
        lambda code: re.sub(r"(?<=[_.,(/=])(?=\w)", "<wbr>", code[0]),
        context.get("body", ""),
    )


def members(group: dict[str, Any]) -> list[str]:
    """The names of a family."""
    return [one["name"] for one in group["schedule"]]


def setup(app: Sphinx) -> dict[str, Any]:
    """Offer the sections to the templates, and mend the signatures."""
    app.connect("autodoc-process-signature", record_signature)
    app.connect("autodoc-process-docstring", enrich, priority=400)  # before napoleon
    app.connect("html-page-context", breakable, priority=900)  # after the theme's own
    app.connect(
        "config-inited",
        lambda _app, config: config.autosummary_context.update(sections=sections),
    )
    return {"parallel_read_safe": True, "parallel_write_safe": True}
