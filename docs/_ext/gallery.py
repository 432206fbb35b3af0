"""The page of all schedules: built from the docstrings and the calls in `schedules.toml`.

Each entry of the table is a public name of tsa_core and one call of it. The page shows the
call's picture, and of the name's docstring the summary, the formula and the source.
"""

from __future__ import annotations

import functools
import inspect
import re
import tomllib
from pathlib import Path
from typing import Any

from docutils import nodes
from pictures import picture, traces
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import tsa_core

TABLE = Path(__file__).parent.parent / "schedules.toml"
MARK = "<!-- every schedule -->"
STEPS = 100


@functools.cache
def groups() -> list[dict[str, Any]]:
    """The groups of the table, in order."""
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))["group"]


def builders() -> set[str]:
    """The public names of tsa_core that make a schedule: the page must show each of them."""
    found = {name: getattr(tsa_core, name) for name in tsa_core.__all__}
    return {
        name
        for name, value in found.items()
        if value not in (tsa_core.Schedule, tsa_core.parse)
        and (
            issubclass(value, tsa_core.Schedule)
            if inspect.isclass(value)
            else inspect.isfunction(value) and value.__annotations__.get("return") == "Schedule"
        )
    }


def anchor(name: str) -> str:
    """Where the page shows a name."""
    kind = "record" if inspect.isclass(getattr(tsa_core, name)) else "function"
    return f"{kind}-{name.lower().replace('_', '-')}"


def parts(docstring: str) -> dict[str, str]:
    """A docstring's summary, formula and sections, each without its indentation."""
    head, *rest = re.split(r"^(\w+):\n", docstring, flags=re.MULTILINE)
    prose, *blocks = re.split(r"(?:^|\n)\s*::\n\n((?:[ ]{4}.*\n|\n)+)", head + "\n")
    found = {"Summary": prose.strip(), "Formula": inspect.cleandoc("\n" + "".join(blocks[:1]))}
    found["More"] = "".join(blocks[1:]).strip()
    for title, text in zip(rest[::2], rest[1::2], strict=True):
        found[title] = inspect.cleandoc("\n" + text)
    return found


def entry(name: str, call: str, steps: int) -> str:
    """One schedule, as Markdown."""
    doc = parts(inspect.getdoc(getattr(tsa_core, name)) or "")
    lines = [f"({anchor(name)})=", f"### {name}", "", doc["Summary"], ""]
    if doc["Formula"]:
        lines += ["```{code-block} text", ":class: formula", doc["Formula"], "```", ""]
    if doc["More"]:
        lines += [doc["More"], ""]
    lines += [f"```{{picture}} {call}", f":steps: {steps}", "```", ""]
    lines += ["```python", call, "```", ""]
    if "Source" in doc:
        lines += [f"Source: {_linked(doc['Source'])}", ""]
    lines += [f"All arguments: {{py:obj}}`tsa_core.{name}`", ""]
    return "\n".join(lines)


def _linked(source: str) -> str:
    """A source with its papers as links."""
    text = " ".join(source.split())
    return re.sub(r"arXiv:(\d{4}\.\d{4,5})", r"[arXiv:\1](https://arxiv.org/abs/\1)", text)


def page() -> str:
    """The groups with their entries, below the gallery that leads to them."""
    text = []
    for group in groups():
        text += [f"## {group['title']}", "", group.get("text", ""), ""]
        text += [
            entry(one["name"], one["call"], one.get("steps", STEPS)) for one in group["schedule"]
        ]
    return "\n".join(text)


class Gallery(SphinxDirective):
    """A thumbnail for each schedule, group by group, that leads to its entry."""

    def run(self) -> list[nodes.Node]:
        """A heading line and a row of thumbnails for each group."""
        found: list[nodes.Node] = []
        for group in groups():
            row = nodes.container(classes=["gallery"])
            row += [self.thumbnail(one) for one in group["schedule"]]
            found += [nodes.rubric("", group["title"]), row]
        return found

    def thumbnail(self, one: dict[str, Any]) -> nodes.Node:
        """A link: the picture above the name."""
        name = one["name"]
        link = nodes.reference("", "", refuri=f"#{anchor(name)}", classes=["shape"])
        series = traces(eval(one["call"], dict(vars(tsa_core))), one.get("steps", STEPS))
        link += picture(series=series, small=True, alt="", stem=f"thumbnail-{name}")
        link += nodes.raw("", name.replace("_", "_<wbr>"), format="html")
        return nodes.paragraph("", "", link)


def fill(app: Sphinx, docname: str, source: list[str]) -> None:
    """Put the entries in the place of the mark."""
    if docname == "schedules":
        source[0] = source[0].replace(MARK, page())


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive and the page's source."""
    app.add_directive("gallery", Gallery)
    app.connect("source-read", fill)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
