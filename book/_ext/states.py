"""The state of a lens in a file beside the page, where it is long: it is asked for when the reader comes near.

The first widget of a page keeps its state: it stands on the first screen. What the others hold beyond their html,
such as every step of a training, would make the reader wait for something that lies far below. The html itself stays in
the page, so that it can be read without the file. It is a script, because a page on a disk may run scripts and may not
fetch.
"""

import hashlib
import html
import json
import re
import shutil
from pathlib import Path

STATE = re.compile(r'(<div class="rowlight" data-lens="[\w-]+"[^>]*?) data-state="([^"]*)"')
LONG = 4_000  # characters: below it, one more request costs more than it saves
FOLDER = Path("_static", "states")


def move_states(app, pagename, templatename, context, doctree):  # noqa: ARG001  Sphinx calls it so
    """Put the long states of a page into files, and name them where they stood."""
    first = STATE.search(context.get("body", ""))
    if not first:
        return

    def moved(match):
        state = html.unescape(match[2])
        if match.start() == first.start() or len(state) < LONG:
            return match[0]
        name = f"{hashlib.sha256(state.encode()).hexdigest()[:16]}.js"
        script = f"document.currentScript.state = {json.dumps(state)};\n"
        (Path(app.outdir) / FOLDER / name).write_text(script, "utf-8")
        return f'{match[1]} data-state-file="{context["pathto"]((FOLDER / name).as_posix(), 1)}"'

    context["body"] = STATE.sub(moved, context["body"])


def make_folder(app):
    """Begin with no file: every page is written anew in each build."""
    shutil.rmtree(Path(app.outdir) / FOLDER, ignore_errors=True)
    (Path(app.outdir) / FOLDER).mkdir(parents=True)


def setup(app):
    """Register with Sphinx."""
    app.connect("html-page-context", move_states)
    app.connect("builder-inited", make_folder)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": False}
