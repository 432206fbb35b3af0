"""Pictures of schedules, drawn from the code while the site is built.

`{draw}` stands below a Python block. It runs the Python blocks of the page up to there, as the
tests do, and draws the value of the expression that is its argument::

    ```{draw} {"lr": warmup * 1e-3, "weight_decay": decay}
    :steps: 200
    ```

The expression is a schedule, a function of the step, a sequence of values (one a step), or a
mapping of names to any of these. `{picture}` draws an expression of tsa_core's names alone.
"""

from __future__ import annotations

import contextlib
import doctest
import hashlib
import html
import io
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import matplotlib as mpl
import numpy as np
from cycler import cycler
from docutils import nodes
from docutils.parsers.rst import directives
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import tsa_core

Series = dict[str, tuple[list[float], list[float]]]

# Readable on white and on near-black: the same file serves the light and the dark theme.
TEXT, GRID = "#7b7f86", "#8a8f98"
LINES = ("#2f7fd6", "#d9772b", "#2f9e63", "#b35cc4", "#c9a227", "#d6496b")
STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "torch-schedule-anything",
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.edgecolor": GRID,
    "axes.labelcolor": TEXT,
    "axes.prop_cycle": cycler(color=LINES),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "xtick.color": TEXT,
    "ytick.color": TEXT,
    "text.color": TEXT,
    "grid.color": GRID,
    "grid.alpha": 0.25,
}


def trace(schedule: Any, num_steps: int) -> tuple[list[float], list[float]]:
    """Where a line goes: the steps and the value at each."""
    if not callable(schedule):
        given = [float(value) for value in schedule]
        return [float(step) for step in range(len(given))], given
    steps = np.linspace(0, num_steps, 481)
    if isinstance(schedule, tsa_core.Schedule):
        values = np.asarray(schedule(steps), dtype=float)
    else:
        values = np.array([float(schedule(step)) for step in steps.tolist()])
    return steps.tolist(), values.tolist()


def traces(value: Any, num_steps: int) -> Series:
    """The lines of a picture, by name; one without a name has the empty one."""
    named = value if isinstance(value, Mapping) else {"": value}
    return {name: trace(schedule, num_steps) for name, schedule in named.items()}


def draw(series: Series, *, small: bool) -> str:
    """The picture as SVG text: one panel a name, or one bare line for a thumbnail."""
    with mpl.rc_context(STYLE):
        figure = _thumbnail(series) if small else _panels(series)
        file = io.StringIO()
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    return re.sub(r"<metadata>.*?</metadata>", "", file.getvalue(), flags=re.DOTALL)


def _thumbnail(series: Series) -> Figure:
    figure = Figure(figsize=(1.5, 0.8))
    axes = figure.add_axes((0.03, 0.06, 0.94, 0.88))
    for steps, values in series.values():
        axes.plot(steps, values, linewidth=1.8)
    axes.set_axis_off()
    axes.margins(0.02, 0.06)
    for _, values in series.values():
        _level(axes, values)
    return figure


def _level(axes: Axes, values: list[float]) -> None:
    """Give a line that does not move an axis from 0, where it does not look like noise."""
    if min(values) == max(values):
        low, high = sorted((0.0, 2 * values[0] or 1.0))
        axes.set_ylim(low, high)


def _panels(series: Series) -> Figure:
    number = len(series)
    width, height = 6.4, (1.8 if number == 1 else 1.4 * number) + 0.5
    figure = Figure(figsize=(width, height))
    panels = figure.subplots(number, 1, sharex=True, squeeze=False)[:, 0]
    figure.subplots_adjust(
        left=0.65 / width,
        right=1 - 0.25 / width,
        bottom=0.45 / height,
        top=1 - (0.32 if any(series) else 0.2) / height,
        hspace=0.35,
    )
    lines = zip(panels, series.items(), (LINES * number)[:number], strict=True)
    for axes, (name, (steps, values)), color in lines:
        axes.plot(steps, values, color=color, linewidth=1.8)
        axes.set_title(name, loc="left", fontsize=9.5)
        axes.grid()
        axes.margins(x=0.01, y=0.08)
        axes.tick_params(length=0)
        _level(axes, values)
    panels[-1].set_xlabel("step")
    return figure


class picture(nodes.General, nodes.Element):  # noqa: N801 - docutils names nodes so
    """A drawing, kept as its lines; a builder writes it as a file."""


def write_picture(self: Any, node: picture) -> None:
    """Write the SVG beside the other images of the site, and an `<img>` that shows it."""
    text = draw(node["series"], small=node["small"])
    name = f"{node['stem']}-{hashlib.sha256(text.encode()).hexdigest()[:10]}.svg"
    folder = Path(self.builder.outdir) / self.builder.imagedir
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    width, height = _size(text)
    kind = "thumbnail" if node["small"] else "picture"
    self.body.append(
        f'<img class="{kind}" src="{self.builder.imgpath}/{name}" width="{width}" '
        f'height="{height}" alt="{html.escape(node["alt"])}" loading="lazy">'
    )
    raise nodes.SkipNode


def _size(svg: str) -> tuple[int, int]:
    found = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    assert found is not None
    return round(float(found[1]) * 4 / 3), round(float(found[2]) * 4 / 3)


def write_text(self: Any, node: picture) -> None:
    """What a builder without pictures shows."""
    self.add_text(f"[{node['alt']}]")
    raise nodes.SkipNode


class Picture(SphinxDirective):
    """Draw an expression of tsa_core's names."""

    required_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[dict[str, Callable[[str], Any]]] = {
        "steps": directives.positive_int,
        "alt": directives.unchanged,
    }

    def namespace(self) -> dict[str, Any]:
        """What the expression may name."""
        return dict(vars(tsa_core))

    def run(self) -> list[nodes.Node]:
        """Evaluate, and keep the lines."""
        expression = self.arguments[0]
        try:
            value = eval(expression, self.namespace())
            series = traces(value, self.options.get("steps", 100))
        except Exception as error:
            raise self.error(f"cannot draw {expression}: {type(error).__name__}: {error}") from None
        alt = self.options.get("alt", f"{expression} over its steps")
        stem = self.env.docname.replace("/", "-")
        return [picture(series=series, small=False, alt=alt, stem=stem)]


class Draw(Picture):
    """Draw what the Python blocks above make."""

    def namespace(self) -> dict[str, Any]:
        """The names that the page's Python blocks have set so far."""
        data = self.env.current_document
        names: dict[str, Any] = data.setdefault("draw-names", {"__name__": "page"})
        done = data.get("draw-done", 0)
        blocks = [
            block
            for block in self.state.document.findall(nodes.literal_block)
            if block.get("language") == "python"
        ]
        with contextlib.redirect_stdout(io.StringIO()), _elsewhere():
            for block in blocks[done:]:
                exec(compile(_code(block.astext()), f"{self.env.docname}.md", "exec"), names)
        data["draw-done"] = len(blocks)
        return names


@contextlib.contextmanager
def _elsewhere() -> Iterator[None]:
    """A folder that goes away again, for what a page's code writes."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        yield


def _code(text: str) -> str:
    """The statements of a block; of an interactive one, those that do not end in an error."""
    if not text.lstrip().startswith(">>>"):
        return text
    examples = doctest.DocTestParser().get_examples(text)
    return "".join(example.source for example in examples if example.exc_msg is None)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the node and the directives."""
    html_writer, text_writer = (write_picture, None), (write_text, None)
    app.add_node(picture, html=html_writer, text=text_writer)
    app.add_directive("picture", Picture)
    app.add_directive("draw", Draw)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
