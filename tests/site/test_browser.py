"""The site as a reader sees it: in Chromium, at desktop and phone width."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any
from urllib.parse import quote

import gallery
import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

import tsa_core

WIDTHS = {"desktop": 1280, "phone": 390}

# Loads every picture, then reports what is wrong with the page.
INSPECT = """
const done = arguments[arguments.length - 1];
const images = [...document.querySelectorAll('article img')];
images.forEach(image => { image.loading = 'eager'; });
Promise.all(images.map(image => image.decode().catch(() => null))).then(() => done({
    heading: document.querySelector('article :is(h1, #search-results)') !== null,
    styled: getComputedStyle(document.querySelector('.page')).display,
    width: document.documentElement.scrollWidth,
    empty: images.filter(i => i.offsetParent && !(i.naturalWidth > 0)).map(i => i.src),
}));
"""


def resize(browser: Chrome, width: int) -> None:
    """Make the window as wide as the device's."""
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def errors(browser: Chrome) -> list[str]:
    """What the console has complained of since the last call."""
    return [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]


def faults(browser: Chrome, width: int) -> list[str]:
    """What a reader on a device of this width would find wrong with the page that is open."""
    resize(browser, width)
    seen: dict[str, Any] = browser.execute_async_script(INSPECT)
    found = errors(browser)
    if not seen["heading"]:
        found.append("it has no heading")
    if seen["styled"] != "flex":
        found.append("it has no style")
    if seen["width"] > width:
        found.append(f"it is {seen['width']} wide")
    found += [f"a picture does not show: {picture}" for picture in seen["empty"]]
    return found


def test_pages_render(browser: Chrome, address: str, site: Path) -> None:
    """Every page has its heading, its style and its pictures, fits, and raises no error."""
    pages = sorted(page.relative_to(site).as_posix() for page in site.rglob("*.html"))
    assert "schedules.html" in pages
    report = {}
    for page in pages:
        browser.get(f"{address}/{page}")
        for device, width in WIDTHS.items():
            report[page, device] = faults(browser, width)
    assert not {page: found for page, found in report.items() if found}


def test_a_bad_page_is_found(browser: Chrome, address: str) -> None:
    """The checks above see what they look for."""
    page = (
        "<!doctype html><meta name='viewport' content='width=device-width'>"
        f"<div class='page' style='width: 900px'><article><img src='{address}/no.svg' alt='none'>"
        "</article></div><script>null.fault</script>"
    )
    browser.get(f"data:text/html,{quote(page)}")
    found = " ".join(faults(browser, WIDTHS["phone"]))
    for fault in ("no heading", "no style", "it is 9", "does not show", "TypeError", "net::ERR"):
        assert fault in found


@pytest.mark.parametrize("device", WIDTHS)
def test_search_answers(browser: Chrome, address: str, device: str) -> None:
    """A word typed into the search field finds pages; a name finds its page."""
    resize(browser, WIDTHS[device])
    browser.get(f"{address}/index.html")
    if device == "phone":
        browser.find_element(By.CSS_SELECTOR, "label.nav-overlay-icon[for=__navigation]").click()
    WebDriverWait(browser, 10).until(
        lambda found: found.find_element(By.CSS_SELECTOR, "input.sidebar-search").is_displayed()
    )
    field = browser.find_element(By.CSS_SELECTOR, "input.sidebar-search")
    field.send_keys("SynchronousSchedule", Keys.ENTER)
    links = WebDriverWait(browser, 20).until(
        lambda found: found.find_elements(By.CSS_SELECTOR, "#search-results li a")
    )
    assert any("tsa_torch.SynchronousSchedule" in link.get_attribute("href") for link in links)
    assert not errors(browser)


ANSWERS = {
    "log weight decay to tensorboard": "guide/logging.html",
    "resume changed lr": "guide/changed_learning_rate.html",
    "two optimizers": "guide/several_optimizers.html",
    "yaml": "guide/config_files.html",
    "warmup from 1": "guide/conventions.html",
    "freeze backbone": "guide/freezing.html",
    "batch size schedule": "guide/custom_keys.html",
    "jax without torch": "guide/without_torch.html",
    "own schedule": "guide/own_records.html",
    "betas": "guide/targets.html",
}
"""What a reader may ask, and the page that should come first."""


@pytest.mark.parametrize("question", ANSWERS)
def test_the_first_result_answers(browser: Chrome, address: str, question: str) -> None:
    """The site's own search puts the page that answers before all others."""
    resize(browser, WIDTHS["desktop"])
    browser.get(f"{address}/search.html?q={quote(question)}")
    links = WebDriverWait(browser, 20).until(
        lambda found: (
            "Search finished" in found.find_element(By.ID, "search-results").text
            and found.find_elements(By.CSS_SELECTOR, "#search-results li > a")
        )
    )
    first = links[0].get_attribute("href").removeprefix(f"{address}/")
    assert first.partition("?")[0].partition("#")[0] == ANSWERS[question]


@pytest.mark.parametrize("device", WIDTHS)
@pytest.mark.parametrize("group", gallery.groups(), ids=lambda group: gallery.slug(group["title"]))
def test_each_schedule_shows_formula_and_picture(
    browser: Chrome, address: str, device: str, group: dict[str, Any]
) -> None:
    """The entry of a schedule has its picture, its call, and its formula where it has one."""
    browser.get(f"{address}/schedules/{gallery.slug(group['title'])}.html")
    assert not faults(browser, WIDTHS[device])
    for name in (one["name"] for one in group["schedule"]):
        section = browser.find_element(By.ID, gallery.anchor(name))
        section = section.find_element(By.XPATH, "ancestor-or-self::section[1]")
        picture = section.find_element(By.CSS_SELECTOR, "img.picture")
        assert picture.size["width"] > 200, name
        assert f"{name}(" in section.text, name
        formula = gallery.parts(inspect.getdoc(getattr(tsa_core, name)))["Formula"]
        shown = section.find_elements(By.CSS_SELECTOR, "div.formula")
        assert [block.get_attribute("title") for block in shown] == ([formula] if formula else [])
        for block in shown:
            assert block.find_element(By.TAG_NAME, "math").size["height"] > 15, name


def test_gallery_leads_to_entries(browser: Chrome, address: str) -> None:
    """A click on a thumbnail goes to the entry of its schedule, on the page of its family."""
    resize(browser, WIDTHS["desktop"])
    browser.get(f"{address}/schedules.html")
    browser.find_element(By.CSS_SELECTOR, 'a.shape[href$="#record-cosine"]').click()
    heading = WebDriverWait(browser, 10).until(
        lambda shown: shown.find_element(By.ID, "record-cosine")
    )
    assert browser.current_url == f"{address}/schedules/curves.html#record-cosine"
    top = "return arguments[0].getBoundingClientRect().top"
    WebDriverWait(browser, 10).until(  # the page scrolls smoothly
        lambda shown: -5 <= shown.execute_script(top, heading) < 300
    )


@pytest.mark.parametrize(
    ("page", "mark"),
    [
        ("tsa_core.cosine_annealing_with_inverse_warmup", "cosine_<wbr>annealing"),
        ("tsa_torch.HyperparameterScheduler", "Hyperparameter<wbr>Scheduler"),
    ],
)
def test_names_in_the_side_list_stay_whole(
    browser: Chrome, address: str, page: str, mark: str
) -> None:
    """A long name breaks between its words, and nothing is cut off at the side."""
    resize(browser, WIDTHS["desktop"])
    browser.get(f"{address}/api/generated/{page}.html")
    side = browser.find_element(By.CSS_SELECTOR, ".sidebar-scroll")
    assert side.get_property("scrollWidth") == side.get_property("clientWidth")
    name = browser.find_element(By.CSS_SELECTOR, ".sidebar-tree a.current:not(:has(+ ul li))")
    assert mark in name.get_attribute("innerHTML")
    links = browser.find_elements(By.CSS_SELECTOR, ".sidebar-tree a")
    assert not [
        link.text
        for link in links
        if link.get_property("scrollWidth") > link.get_property("clientWidth")
    ]
