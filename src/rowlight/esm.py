"""Make one ES module of several, because anywidget takes one module a class.

Front-end files import each other with single-line relative imports (`import { a } from "./b.js";`), as node's
test runner needs them. Here each such line is replaced by the file it names, once. All files then share one
scope, so top-level names must differ between files; a test builds every bundle and lets node parse it.
"""

import re
from pathlib import Path

HERE = Path(__file__).parent
IMPORT = re.compile(r'^import .* from "\./([\w-]+\.js)";\n', re.MULTILINE)


def bundle(*names, folder=HERE):
    """Return the text of one ES module that holds the named files and all they import.

    Raises:
        FileNotFoundError: a named or imported file is missing.
    """
    done = {}

    def add(name):
        if name in done:
            return
        done[name] = ""  # claimed first, so that a cycle ends
        text = (folder / name).read_text("utf-8")
        for imported in IMPORT.findall(text):
            add(imported)
        del done[name]  # after what it imports
        done[name] = IMPORT.sub("", text)

    for name in names:
        add(name)
    return "\n".join(done.values())
