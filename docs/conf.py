"""How Sphinx builds the site. Nothing here asks the network for anything."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "_ext"), str(HERE.parent)]

project = "torch-schedule-anything"
author = "The torch-schedule-anything authors"
project_copyright = f"%Y, {author}"
release = version = "2.0.0"

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_design",
    "myst_nb",
    "pictures",
    "formulas",
    "gallery",
    "reference",
    "staging",
]
exclude_patterns = ["_build", "_ext", "_templates", "**.ipynb_checkpoints"]
templates_path = ["_templates"]
default_role = "py:obj"
suppress_warnings = ["toc.empty_glob"]  # pages that a checkout need not have

# Prose: Markdown; notebooks run while the site is built, and one that fails breaks the build.
myst_enable_extensions = ["attrs_block", "attrs_inline", "colon_fence", "deflist"]
myst_heading_anchors = 3
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_merge_streams = True

# Reference: from the docstrings, each public name on a page of its own.
add_module_names = False
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autosummary_generate = True
autosummary_imported_members = True
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_rtype = False
napoleon_custom_sections = [("Source", "Source"), ("Shape", "Shape")]
python_maximum_signature_line_length = 88

# Looks. The repository is in the footer of each page, and in the list beside it.
GITHUB = Path(HERE, "_static", "github.svg").read_text(encoding="utf-8")
html_theme = "furo"
html_title = "torch-schedule-anything"
html_favicon = "_static/favicon.svg"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_search_scorer = str(HERE / "_ext" / "scorer.js")
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "top_of_page_buttons": [],  # many pages are generated: they have no source to view
    "footer_icons": [
        {
            "name": "GitHub",
            "url": "https://github.com/smithblack-0/ScheduleAnything",
            "html": GITHUB,
            "class": "",
        },
    ],
    "light_css_variables": {
        "color-brand-primary": "#1f5fa8",
        "color-brand-content": "#1f5fa8",
        "color-brand-visited": "#1f5fa8",
    },
    "dark_css_variables": {
        "color-brand-primary": "#7fb2ee",
        "color-brand-content": "#7fb2ee",
        "color-brand-visited": "#7fb2ee",
    },
}
pygments_style = "friendly"
pygments_dark_style = "github-dark"
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
