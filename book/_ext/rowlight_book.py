"""What the book adds to Sphinx: lenses that live without a kernel, formulas without a script.

The package's own files are found without importing it, so that a build does not load torch.
"""

import hashlib
import html
import importlib.util
import json
import re
import sys
from pathlib import Path

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "rowlight"
LENS = re.compile(r'class="rowlight" data-lens="(\w+)"')
FRONT_ENDS = {"row": ("row_lens.js", "rowLens"), "task": ("task.js", "task")}


def _esm():
    """Load rowlight/esm.py alone: it needs nothing but the standard library."""
    spec = importlib.util.spec_from_file_location("rowlight_esm", PACKAGE / "esm.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def page_script(kinds):
    """Return the one module of a page that holds lenses of these kinds: their front ends and a host."""
    files = [FRONT_ENDS[kind][0] for kind in sorted(kinds)]
    modules = re.sub(r"^export (default \w+;\n)?", "", _esm().bundle(*files), flags=re.MULTILINE)
    names = ", ".join(f"{kind}: {FRONT_ENDS[kind][1]}" for kind in sorted(kinds))
    host = (Path(__file__).parent / "host.js").read_text("utf-8")
    return f"{modules}\n{host.replace('FRONT_ENDS', f'{{ {names} }}')}"


def add_front_end(app, pagename, templatename, context, doctree):  # noqa: ARG001  Sphinx calls it so
    """Put the front-end modules once into each page that has a lens.

    The module is inline because `import()` and module files are blocked on file:// pages.
    """
    kinds = set(LENS.findall(context.get("body", "")))
    if kinds:
        context["body"] += f'<script type="module">\n{page_script(kinds)}</script>'


def drop_widget_state(app, pagename, templatename, context, doctree):  # noqa: ARG001  Sphinx calls it so
    """Leave out the state MyST-NB saves for a widget manager: no page has one, and its ids are random."""
    getattr(app.env, "nb_metadata", {}).get(pagename, {}).pop("js_files", None)


class StoredOutput(SphinxDirective):
    """Show the stored html of a tagged notebook cell: ```{stored-output} notebooks/01_ten_rows.ipynb first-lens```."""

    required_arguments = 2

    def run(self):
        """Return the cell's html as a raw node."""
        path, tag = ROOT / self.arguments[0], self.arguments[1]
        self.env.note_dependency(str(path))
        cells = [c for c in json.loads(path.read_text("utf-8"))["cells"] if tag in c["metadata"].get("tags", [])]
        stored = [o["data"]["text/html"] for c in cells for o in c["outputs"] if "text/html" in o.get("data", {})]
        if len(stored) != 1:
            raise self.error(f"{self.arguments[0]}: expected one html output tagged {tag!r}, found {len(stored)}")
        return [nodes.raw("", "".join(stored[0]), format="html")]


def _mathml(self, node, display):
    try:
        formula = convert(node.astext(), display=display)
    except Exception as error:
        raise ExtensionError(
            f"{node.source}:{node.line}: cannot convert {node.astext()!r} to MathML: {error}"
        ) from error
    self.body.append(f'<span class="formula" role="math" aria-label="{html.escape(node.astext())}">{formula}</span>')
    raise nodes.SkipNode


def source_digest():
    """A digest of everything outside a notebook that its outputs depend on."""
    digest = hashlib.sha256(sys.version.encode())
    for path in sorted(
        [*PACKAGE.glob("*.py"), *PACKAGE.glob("*.js"), *PACKAGE.glob("*.css"), ROOT / "requirements.txt"]
    ):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def configure(app, config):  # noqa: ARG001  Sphinx calls it so
    """Key the cache of executed notebooks by the state of the package: a changed helper runs every chapter again."""
    config.rowlight_source = source_digest()
    config.nb_execution_cache_path = str(ROOT / "_build" / f".jupyter_cache-{config.rowlight_source}")


def style(app):
    """Add the lenses' style sheet, and a dark code style of high contrast (Furo's own setting, known only by now)."""
    app.config.html_static_path.append(str(PACKAGE / "light.css"))
    app.config.pygments_dark_style = "a11y-high-contrast-dark"


def setup(app):
    """Register with Sphinx."""
    app.add_config_value("rowlight_source", "", "env")
    app.add_config_value("comments_config", {}, "")  # Jupyter Book sets it even where its owner is not loaded
    app.connect("config-inited", configure, priority=100)
    app.connect("html-page-context", drop_widget_state, priority=100)
    app.connect("html-page-context", add_front_end)
    app.add_directive("stored-output", StoredOutput)
    app.add_html_math_renderer(
        "mathml",
        (lambda self, node: _mathml(self, node, "inline"), None),
        (lambda self, node: _mathml(self, node, "block"), None),
    )
    app.add_css_file("light.css")
    app.connect("builder-inited", style, priority=100)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
