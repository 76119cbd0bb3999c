"""How a trace is drawn, and written as a page: the only module of this room that knows of widgets.

It loads them when one is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from pathlib import Path

    from rowlight.lenses.trace_lens import TraceLens as TraceLens  # noqa: PLC0414  exported, for annotations
    from rowlight.watching.trace import Trace


def lens(trace: Trace, tokens: Sequence[str] | None, *, caption: str | None, hint: str | None) -> TraceLens:
    """Return a trace as a widget; see `rowlight.lenses.trace_lens.TraceLens`."""
    from rowlight.lenses.trace_lens import TraceLens  # noqa: PLC0415  widgets are loaded on first use

    return TraceLens(trace, tokens, caption=caption, hint=hint)


def save(path: str | os.PathLike[str], html: str, title: str) -> Path:
    """Write the html of a report as a page; see `rowlight.widgets.page.write_page`."""
    from rowlight.widgets.page import write_page  # noqa: PLC0415  loaded on first use

    __tracebackhide__ = True
    return write_page(path, html, title)
