"""What all widgets share: a stored output that reads well without a kernel, a script or a network.

Two forms leave a cell: a live view for hosts with a kernel, and html for every other place. The html is the same every
time, so that strict nbval compares it with a fresh run.
"""

import os
from pathlib import Path
from typing import Any

import anywidget
import traitlets
from IPython import get_ipython

from rowlight.widgets.bundle import stored_style, style_sheet
from rowlight.widgets.page import write_page

STORED_STYLE = stored_style()
LIVE_VIEW = "application/vnd.jupyter.widget-view+json"


class HtmlWidget(anywidget.AnyWidget):
    """A widget that is html first.

    A subclass sets `_html`, drawn from a template that extends `widgets/root.html`, and `_text`, what a terminal shows.
    """

    _css = style_sheet()
    _html = traitlets.Unicode().tag(sync=True)
    _text: str = ""

    def __repr__(self) -> str:
        """Say in a terminal what the widget shows."""
        return self._text

    def _draw(self) -> None:
        """Bring `_html` up to date; nothing to do for a widget whose html never changes."""

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the widget as it is now into one html file, which lives from disk: no kernel, no server, no network.

        What a reader changes there stays there, until the page is left.

        Returns:
            The path.

        Raises:
            TypeError: the path is none.
            OSError: the file cannot be written. Nothing is left half written.
        """
        __tracebackhide__ = True
        self._draw()
        return write_page(path, self._html)

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        self._draw()
        data, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        if not can_be_live():
            del data[LIVE_VIEW]
        return data | {"text/plain": repr(self), "text/html": STORED_STYLE + self._html}, metadata


def can_be_live() -> bool:
    """Whether what the running cell shows may reach a reader who can use a widget.

    A program that executes a notebook (nbclient, and so nbconvert, papermill or a book) takes no input, and says so in
    its request. A live view stored by it would be blank wherever its kernel and the network are gone; nbconvert would
    even prefer it to the html. Voilà executes so too, but then connects its page to the kernel. The environment
    variable ROWLIGHT_LIVE_VIEW=1 stores the live view all the same, for pages that fetch a widget manager.
    """
    kernel: Any = getattr(get_ipython(), "kernel", None)
    request = kernel.get_parent("shell") if hasattr(kernel, "get_parent") else {}
    takes_input = (request or {}).get("content", {}).get("allow_stdin", True)
    is_voila = os.environ.get("SERVER_SOFTWARE", "").startswith("voila")
    return takes_input or is_voila or os.environ.get("ROWLIGHT_LIVE_VIEW") == "1"
