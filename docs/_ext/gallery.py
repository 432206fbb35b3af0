"""The pages of all schedules: built from the docstrings and the calls in `schedules.toml`.

An index of small pictures leads to one page for each family. An entry of the table is a public
name of tsa_core and one call of it. Its page shows the call's picture, and of the name's
docstring the summary, the formula and the source.
"""

from __future__ import annotations

import functools
import inspect
import re
import shutil
import tomllib
from pathlib import Path
from typing import Any

from docutils import nodes
from pictures import picture, traces
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import tsa_core

TABLE = Path(__file__).parent.parent / "schedules.toml"
MARK = "<!-- families -->"
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
    lines = [f"({anchor(name)})=", f"## {name}", "", doc["Summary"], ""]
    if doc["Formula"]:
        lines += ["```{formula}", doc["Formula"], "```", ""]
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


def slug(title: str) -> str:
    """A family's file name."""
    return re.sub(r"\W+", "_", title.lower())


def page(group: dict[str, Any]) -> str:
    """The page of a family: each of its schedules with formula, picture, call and source."""
    entries = [
        entry(one["name"], one["call"], one.get("steps", STEPS)) for one in group["schedule"]
    ]
    return "\n".join([f"# {group['title']}", "", group.get("text", ""), "", *entries])


def index() -> str:
    """A heading for each family, above the thumbnails that lead to its schedules."""
    text = []
    for group in groups():
        file = f"schedules/{slug(group['title'])}"
        text += [
            f"## [{group['title']}]({file}.md)",
            "",
            f"```{{gallery}} {group['title']}",
            "```",
            "",
        ]
    files = [f"schedules/{slug(group['title'])}" for group in groups()]
    return "\n".join([*text, "```{toctree}", ":hidden:", "", *files, "```", ""])


class Gallery(SphinxDirective):
    """A thumbnail for each schedule of a family, that leads to its entry."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """A row of thumbnails."""
        (group,) = (one for one in groups() if one["title"] == self.arguments[0])
        target = f"schedules/{slug(group['title'])}"
        page = self.env.app.builder.get_relative_uri(self.env.docname, target)
        row = nodes.container(classes=["gallery"])
        row += [thumbnail(one, page) for one in group["schedule"]]
        return [row]


def thumbnail(one: dict[str, Any], page: str) -> nodes.Node:
    """A link: the picture above the name."""
    name = one["name"]
    link = nodes.reference("", "", refuri=f"{page}#{anchor(name)}", classes=["shape"])
    series = traces(eval(one["call"], dict(vars(tsa_core))), one.get("steps", STEPS))
    link += picture(series=series, small=True, alt="", stem=f"thumbnail-{name}")
    link += nodes.raw("", name.replace("_", "_<wbr>"), format="html")
    return nodes.paragraph("", "", link)


def write_pages(app: Sphinx) -> None:
    """Write the page of each family, where Sphinx looks for it."""
    folder = Path(app.srcdir) / "schedules"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for group in groups():
        (folder / f"{slug(group['title'])}.md").write_text(page(group), encoding="utf-8")


def fill(app: Sphinx, docname: str, source: list[str]) -> None:
    """Put the index in the place of the mark."""
    if docname == "schedules":
        source[0] = source[0].replace(MARK, index())


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive and the pages."""
    app.add_directive("gallery", Gallery)
    app.connect("builder-inited", write_pages, priority=100)
    app.connect("source-read", fill)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
