"""What the site takes from elsewhere: the notebooks, and pages that a checkout need not have."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.directives.other import TocTree
from sphinx.util import docname_join
from sphinx.util.matching import patfilter


def copy_notebooks(app: Sphinx) -> None:
    """Sphinx reads its own folder only, so the notebooks come into it before it looks."""
    target = Path(app.srcdir) / "notebooks"
    shutil.rmtree(target, ignore_errors=True)
    source = Path(app.srcdir).parent / "notebooks"
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns(".*", "__pycache__"))


class TocTreeIfThere(TocTree):
    """A toctree of patterns, without those that no page fits."""

    def run(self) -> list[nodes.Node]:
        """The toctree, or nothing where nothing fits."""
        here = self.env.docname
        pages = self.env.found_docs - {here}
        fitting = [
            pattern
            for pattern in self.content
            if list(patfilter(pages, docname_join(here, pattern)))
        ]
        self.content = StringList(fitting, source="")
        self.options["glob"] = None
        return super().run() if fitting else []


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive and the copy."""
    app.add_directive("toctree-if-there", TocTreeIfThere)
    app.connect("builder-inited", copy_notebooks, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
