"""What all widgets share: a stored output that reads well without a kernel, a script or a network.

Two forms leave a cell: a live view for hosts with a kernel, and html for every other place. The html is the same every
time, so that strict nbval compares it with a fresh run.
"""

import anywidget
import traitlets

from rowlight.widgets.bundle import style_sheet


class HtmlWidget(anywidget.AnyWidget):
    """A widget that is html first. A subclass sets `_html`, and `_text`, one line for places that show text only."""

    _css = style_sheet()
    _html = traitlets.Unicode().tag(sync=True)
    _text = ""

    def _draw(self):
        """Bring `_html` up to date; nothing to do for a widget whose html never changes."""

    def _repr_mimebundle_(self, **kwargs):
        self._draw()
        data, metadata = super()._repr_mimebundle_(**kwargs)
        return data | {"text/plain": self._text, "text/html": self._html}, metadata
