"""The files of the site: links lead somewhere, names have pages, nothing comes from elsewhere."""

from __future__ import annotations

from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from sphinx.util.inventory import InventoryFile

from tests.public import NAMES

LOADING = ("stylesheet", "preload", "prefetch", "icon")


class _Tags(HTMLParser):
    """The opening tags of a page with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep it."""
        self.found.append((tag, {key: value or "" for key, value in attrs}))


@cache
def tags(page: Path) -> list[tuple[str, dict[str, str]]]:
    """A page's opening tags."""
    return _Tags(page.read_text(encoding="utf-8")).found


@cache
def anchors(page: Path) -> set[str]:
    """What a link can point to inside a page."""
    return {attributes["id"] for _, attributes in tags(page) if "id" in attributes}


def broken(page: Path, link: str) -> str:
    """Why a link leads nowhere; empty if it does not, or leads to another site."""
    parts = urlsplit(link)
    if parts.scheme in ("http", "https", "mailto", "data"):
        return ""
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if not target.is_file():
        return f"there is no {parts.path}"
    fragment = unquote(parts.fragment)
    if fragment and target.suffix == ".html" and fragment not in anchors(target):
        return f"{target.name} has no #{fragment}"
    return ""


def test_every_internal_link_resolves(site: Path) -> None:
    """Each href and src of each page names a file of the site, and a place in it."""
    faults, number = [], 0
    for page in site.rglob("*.html"):
        links = [
            attributes[key]
            for _, attributes in tags(page)
            for key in ("href", "src")
            if key in attributes
        ]
        number += len(links)
        reasons = {link: broken(page, link) for link in links}
        faults += [
            f"{page.relative_to(site)}: {link}: {reason}"
            for link, reason in reasons.items()
            if reason
        ]
    assert number > 1000
    assert not faults, "\n".join(faults)


def test_a_broken_link_is_found(site: Path) -> None:
    """The check above sees what it looks for."""
    page = site / "index.html"
    assert broken(page, "no_such_page.html") == "there is no no_such_page.html"
    assert broken(page, "schedules.html#nowhere") == "schedules.html has no #nowhere"
    assert broken(page, "schedules.html#curves") == ""
    assert broken(page, "schedules/curves.html#record-cosine") == ""


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    """Scripts, styles, fonts and pictures are all in the site."""
    for page in site.rglob("*.html"):
        loads = [
            attributes.get("href" if tag == "link" else "src", "")
            for tag, attributes in tags(page)
            if tag in ("script", "img", "iframe")
            or (tag == "link" and attributes.get("rel") in LOADING)
        ]
        far = [load for load in loads if urlsplit(load).netloc]
        assert not far, f"{page.relative_to(site)} loads {far}"


@pytest.mark.parametrize("name", NAMES)
def test_public_name_has_a_page(site: Path, name: str) -> None:
    """Each public name has a page of its own, with its entry on it."""
    page = site / "api" / "generated" / f"{name}.html"
    assert page.is_file()
    assert name in anchors(page)


def test_inventory_for_other_sites(site: Path) -> None:
    """Other projects can link to each public name."""
    found = InventoryFile.loads((site / "objects.inv").read_bytes(), uri="").data
    names = {name for kind, items in found.items() if kind.startswith("py:") for name in items}
    assert NAMES.keys() <= names
