"""Make one ES module of several, because anywidget takes one module a class.

Front-end files import each other with single-line relative imports (`import { a } from "../widgets/dom.js";`), as
node's test runner needs them. Here each such line is replaced by the file it names, once. All files then share one
scope, so top-level names must differ between files. Our own code, because a bundler would be a second toolchain for a
page of Python; a front end can therefore not be edited live, as anywidget allows for a single file.
"""

import re
from collections.abc import Collection
from pathlib import Path

PACKAGE = Path(__file__).parents[1]
# What is there for those who read a file: comments, indents, and the space around its signs.
STYLE_FOR_READERS = re.compile(r"^ */\*.*?\*/\n| */\*.*?\*/|^\s+", re.MULTILINE | re.DOTALL)
STYLE_SPACE = re.compile(r"\s*([{};,])\s*|(?<=:) ")
SCRIPT_FOR_READERS = re.compile(
    r"^\s*//[^\n]*\n|^\s*/\*.*?\*/\n|(?<=[\w;,{}()\]]) +// [^\n]*|^\s+", re.MULTILINE | re.DOTALL
)
SCRIPT_SPACE = re.compile(r"(?<=[{;,])\n|\n(?=})")
IMPORT = re.compile(r'^import .* from "(\.{1,2}/[\w/-]+\.js)";\n', re.MULTILINE)


def bundle(*names: str, without: Collection[str] = (), folder: Path = PACKAGE) -> str:
    """Return the text of one ES module that holds the named files and all they import.

    Args:
        names: paths below `folder`, for example "lenses/row_lens.js".
        without: such paths of files that are left out, with what they alone import.
        folder: where they lie.

    Raises:
        FileNotFoundError: a named or imported file is missing.
    """
    return "\n".join(IMPORT.sub("", text) for text in modules(*names, without=without, folder=folder).values())


def modules(*names: str, without: Collection[str] = (), folder: Path = PACKAGE) -> dict[Path, str]:
    """Return the named files and all they import, as {path: its text}: each once, after what it imports.

    Args and errors are those of `bundle`.
    """
    done: dict[Path, str] = {}
    left_out = {(folder / name).resolve() for name in without}

    def add(path: Path) -> None:
        if path in done or path in left_out:
            return
        done[path] = ""  # claimed first, so that a cycle ends
        text = path.read_text("utf-8")
        for imported in IMPORT.findall(text):
            add((path.parent / imported).resolve())
        del done[path]  # after what it imports
        done[path] = text

    for name in names:
        add((folder / name).resolve())
    return done


def style_sheet(scripts: Collection[str] | None = None, without: Collection[str] = ()) -> str:
    """Return the style of widgets: the shared sheet first, then the lenses' own in the order of their names.

    What is there for those who read the files is left out. A test holds this, too, against a minifier.

    Args:
        scripts: as `bundle` takes them: only the sheets that stand beside one of them, or beside one that they
            import, under its stem. None stands for all sheets.
        without: scripts that are left out, as `bundle` takes them.
    """
    shared = PACKAGE / "widgets" / "rowlight.css"
    beside = {path.with_suffix(".css") for path in modules(*(scripts or ()), without=without)}
    others = (path for path in PACKAGE.rglob("*.css") if path.parent != shared.parent)
    own = sorted(path for path in others if scripts is None or path in beside)
    return "".join(map(_plain, [shared, *own]))


def stored_style() -> str:
    """Return the style that goes with stored html, as an element: a notebook that is reopened runs no script."""
    return f"<style>{_plain(PACKAGE / 'widgets' / 'stored.css')}</style>\n"


def _plain(path: Path) -> str:
    """A style sheet without what is there for those who read it."""
    return STYLE_SPACE.sub(lambda found: found[1] or "", STYLE_FOR_READERS.sub("", path.read_text("utf-8")))


def plain_script(text: str) -> str:
    """Return a script without what is there for those who read it.

    It knows the forms that our files have. A test holds it against a minifier, which knows every form.
    """
    return SCRIPT_SPACE.sub("", SCRIPT_FOR_READERS.sub("", text))
