"""What all widgets share: a stored output that reads well without a kernel, a script or a network.

Two forms leave a cell: a live view for hosts with a kernel, and html for every other place. The html is the same every
time, so that strict nbval compares it with a fresh run.
"""

from typing import Any

import anywidget
import traitlets

from rowlight.widgets.bundle import style_sheet


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

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        self._draw()
        data, metadata = super()._repr_mimebundle_(**kwargs)
        return data | {"text/plain": self._text, "text/html": self._html}, metadata
