"""Matplotlib figures in the book's own colours, readable in light and dark, with a text twin.

Needs Matplotlib. First used in chapter 3, One-hot times the table.
"""

import io
import re
from html import escape
from typing import TYPE_CHECKING, Any

from rowlight.teaching.svg import own_ids, shortened, two_decimals
from rowlight.widgets.bundle import PACKAGE

if TYPE_CHECKING:  # the library itself does not need Matplotlib
    import matplotlib.figure


def _colours() -> dict[str, str]:
    """{'selected': '#9b0f6a', ...}: the light value of each colour that rowlight.css names."""
    css = (PACKAGE / "widgets" / "rowlight.css").read_text("utf-8")
    return dict(re.findall(r"--rl-(\w+): light-dark\((#[0-9a-f]{6}),", css))


COLOURS = _colours()


def house_style() -> dict[Any, Any]:  # to Matplotlib, a key is one of its settings, not any string
    """Return the Matplotlib settings of the book, for `plt.rc_context(house_style())` or `plt.rcParams.update`."""
    ink, line = COLOURS["ink"], COLOURS["line"]
    return {
        "svg.fonttype": "none",  # text stays text: it can be read aloud, searched and scaled
        "path.simplify": False,  # whether a point is left out must not depend on its last bit
        "figure.figsize": (7, 3.6),
        "figure.facecolor": "none",
        "axes.facecolor": "none",
        "savefig.facecolor": "none",
        "font.family": "sans-serif",
        "font.sans-serif": ["DejaVu Sans"],  # what Matplotlib measures with; a reader without it has another
        "font.size": 11,
        "text.color": ink,
        "axes.labelcolor": ink,
        "axes.edgecolor": line,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "grid.color": line,
        "xtick.color": ink,
        "ytick.color": ink,
        "xtick.minor.bottom": False,  # a log axis has hundreds: more elements than the rest of a page
        "ytick.minor.left": False,
        "lines.linewidth": 2,
    }


class Figure:
    """An SVG that follows the page's colours, and a sentence that says what it shows."""

    def __init__(self, svg: str, says: str) -> None:
        self._svg, self._says = svg, says

    def _repr_mimebundle_(self, **_kwargs: Any) -> dict[str, str]:
        says = escape(self._says)
        named = self._svg.replace("<svg", f'<svg role="img" aria-label="{says}"', 1)
        html = f'<figure class="rowlight-figure">\n{named}<figcaption>{says}</figcaption>\n</figure>'
        return {"text/plain": f"Figure: {self._says}", "text/html": html}


def figure(fig: "matplotlib.figure.Figure", says: str) -> Figure:
    """Close the Matplotlib figure `fig` and return it for display.

    Args:
        fig: a `matplotlib.figure.Figure` drawn under `house_style()`.
        says: what the figure shows, in words; its alternative text and its caption.

    Raises:
        ValueError: `says` is empty.
    """
    if not says.strip():
        raise ValueError("says: expected words that say what the figure shows, got none")
    from matplotlib import pyplot as plt  # noqa: PLC0415  the library itself does not need Matplotlib

    file = io.StringIO()
    fig.savefig(file, format="svg", bbox_inches="tight", metadata={"Date": None, "Creator": None})
    plt.close(fig)
    svg = file.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    for name, colour in COLOURS.items():
        svg = svg.replace(colour, f"var(--rl-{name}, {colour})")
    return Figure(own_ids(shortened(two_decimals(svg)), says), says)
