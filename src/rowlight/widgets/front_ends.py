"""Which widgets stand in some html, and the one module that brings them to life on a page without a kernel."""

import json
import re
from collections.abc import Collection
from html.parser import HTMLParser

from rowlight.widgets.bundle import PACKAGE, bundle

HOST = "widgets/static_host.js"
ENTRY = re.compile(r"^export default (\w+);$", re.MULTILINE)
# Scripts that do nothing where no element has that class: a page without one leaves them out.
OF_A_CLASS = {"lenses/overview_field.js": "rl-overview", "lenses/row_search.js": "rl-overview"}
EXPORT = re.compile(r"^export (default \w+;\n)?", re.MULTILINE)


class _Widgets(HTMLParser):
    """The kinds and the names of the widgets in some html, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002  its name there
        given = dict(attrs)
        if "rowlight" in (given.get("class") or "").split() and given.get("data-lens"):
            self.found.append((str(given["data-lens"]), given.get("aria-label") or ""))


def widgets_in(html: str) -> list[tuple[str, str]]:
    """Return the widgets in some html, as (kind, name for a screen reader): [("row", "Which rows …")]."""
    widgets = _Widgets()
    widgets.feed(html)
    return widgets.found


def kinds_in(html: str) -> set[str]:
    """Return the kinds of the widgets in some html: {"row", "move-quiz"}."""
    return {kind for kind, _ in widgets_in(html)}


def front_ends() -> dict[str, tuple[str, str]]:
    """Return {kind: (path below the package, name of the front end)} of every widget.

    A front end is a script with a default export; its `data-lens` is its file's name, without `_lens`.
    """
    entries = {path: ENTRY.search(path.read_text("utf-8")) for path in sorted(PACKAGE.rglob("*.js"))}
    return {
        path.stem.removesuffix("_lens").replace("_", "-"): (path.relative_to(PACKAGE).as_posix(), entry[1])
        for path, entry in entries.items()
        if entry
    }


def files_of(kinds: Collection[str]) -> list[str]:
    """Return the scripts of these kinds, as `bundle` takes them.

    Raises:
        ValueError: there is no front end for one of them.
    """
    known = front_ends()
    unknown = set(kinds) - known.keys()
    if unknown:
        raise ValueError(f"no front end for data-lens={min(unknown)!r}; there are {', '.join(known)}")
    return [known[kind][0] for kind in sorted(kinds)]


def unused_in(html: str) -> set[str]:
    """Return the scripts that some html has no use for, as `bundle` leaves them out."""
    return {script for script, name in OF_A_CLASS.items() if name not in html}


def page_module(kinds: Collection[str], without: Collection[str] = ()) -> str:
    """Return a module that declares `connectRoot(root)`, which brings the stored html of such a widget to life.

    It exports nothing, so a page may hold it inline: `import()` and module files are blocked where a page is a file.

    Args:
        kinds: of the widgets on the page.
        without: scripts that it has no use for; see `unused_in`.

    Raises:
        ValueError: there is no front end for one of the kinds.
    """
    scripts = EXPORT.sub("", bundle(*files_of(kinds), HOST, without=without))
    names = ", ".join(f"{json.dumps(kind)}: {front_ends()[kind][1]}" for kind in sorted(kinds))
    return f"{scripts}const connectRoot = (root) => connectStored(root, {{ {names} }});\n"
