"""One html file that shows a widget or a report, alive from disk: its style and its script are in it."""

import base64
import hashlib
import os
from pathlib import Path

from markupsafe import Markup

from rowlight.widgets.bundle import plain_script, style_sheet
from rowlight.widgets.front_ends import files_of, page_module, unused_in, widgets_in
from rowlight.widgets.templates import render

CONNECT_ALL = 'document.querySelectorAll(".rowlight[data-lens]").forEach(connectRoot);\n'


def write_page(path: str | os.PathLike[str], html: str, title: str | None = None) -> Path:
    """Write a page that holds `html`: all of it, or nothing.

    The page asks for nothing, and its policy lets nothing run but its own script.

    Args:
        path: where; a file that is there is replaced.
        html: what a widget or a report shows, each text in it escaped.
        title: of the page; the name of the first widget if not given.

    Returns:
        The path.

    Raises:
        TypeError: the path is none.
        OSError: the file cannot be written; the message says why.
    """
    __tracebackhide__ = True
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"path: expected the name of a file, got {type(path).__name__}")
    path = Path(path)
    text = page(html, title)
    try:
        _replace(path, text)
    except OSError as error:
        why = error.strerror or error
        raise type(error)(f"cannot write {str(path)!r}: {why}") from None
    return path


def page(html: str, title: str | None = None) -> str:
    """Return the text of such a page; see `write_page`."""
    widgets = widgets_in(html)
    kinds = {kind for kind, _ in widgets}
    without = unused_in(html)
    script = plain_script(page_module(kinds, without) + CONNECT_ALL) if kinds else ""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return render(
        "widgets/page.html",
        title=widgets[0][1] if title is None else title,
        allowed=f"'sha256-{digest}'" if kinds else "'none'",
        style=Markup(style_sheet(files_of(kinds), without)),  # noqa: S704  our own files
        body=Markup(html),  # noqa: S704  escaped where it was made
        script=Markup(script),  # noqa: S704  our own files
    )


def _replace(path: Path, text: str) -> None:
    """Write beside the file, then put the new one in its place, so that no reader ever finds half of one."""
    path = path.resolve()  # where a link leads
    if path.exists() and not path.is_file():
        raise OSError(0, "it is no file")  # a folder, or a device
    if path.exists() and not os.access(path, os.W_OK):
        raise PermissionError(0, "it is protected against writing")
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        beside.write_text(text, "utf-8", newline="\n")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
