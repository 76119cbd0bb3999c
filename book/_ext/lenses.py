"""What the book adds to Sphinx: lenses that live without a kernel, formulas without a script.

What it imports of the package does not load torch, so that a build with nothing to run stays quick.
"""

import html
from functools import wraps
from pathlib import Path

from _ext.notebook_cache import ROOT, fresh_cache_folder, source_digest
from docutils import nodes
from latex2mathml.converter import convert
from nbclient import NotebookClient
from rjsmin import jsmin
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

from rowlight.widgets.bundle import stored_style, style_sheet
from rowlight.widgets.front_ends import kinds_in, page_module, unused_in

PAGE_HOST = Path(__file__).parent / "page_host.js"


def page_script(kinds, without=()):
    """Return the one module of a page that holds lenses of these kinds: their front ends and a host.

    `without` are scripts that the page has no use for.
    """
    try:
        module = page_module(kinds, without)
    except ValueError as error:
        raise ExtensionError(str(error)) from error
    host = PAGE_HOST.read_text("utf-8").replace("export function", "function")
    return jsmin(
        f"{module}{host}hydrateAll(connectRoot);\n"
    )  # comments and white space are for those who read the files


def add_front_end(app, pagename, templatename, context, doctree):  # noqa: ARG001  Sphinx calls it so
    """Put the front-end modules once into each page that has a lens.

    The module is inline because `import()` and module files are blocked on file:// pages.
    """
    context["body"] = context.get("body", "").replace(stored_style(), "")  # a page has the whole style
    kinds = kinds_in(context["body"])
    if kinds:
        script = page_script(kinds, unused_in(context["body"]))
        app.rowlight_scripts.add(script)
        context["body"] += f'<script type="module">\n{script}</script>'


def drop_widget_state(app, pagename, templatename, context, doctree):  # noqa: ARG001  Sphinx calls it so
    """Leave out the state MyST-NB saves for a widget manager: no page has one, and its ids are random."""
    getattr(app.env, "nb_metadata", {}).get(pagename, {}).pop("js_files", None)


class stored_output(nodes.General, nodes.Element):  # noqa: N801  docutils writes nodes so
    """Stands for the html that a tagged cell of a chapter shows."""


class StoredOutput(SphinxDirective):
    """Show what a tagged cell of a chapter shows: ```{stored-output} notebooks/01_ten_rows first-lens```."""

    required_arguments = 2

    def run(self):
        """Note the chapter; its output is put in once every page has been read, and so executed."""
        self.env.note_dependency(str(ROOT / f"{self.arguments[0]}.ipynb"))
        node = stored_output(chapter=self.arguments[0], tag=self.arguments[1])
        self.set_source_info(node)
        return [node]


def put_stored_outputs(app, doctree, docname):  # noqa: ARG001  Sphinx calls it so
    """Replace each place by the html of its cell, as executed in this build."""
    for node in list(doctree.findall(stored_output)):
        chapter = app.env.get_doctree(node["chapter"])
        cells = [cell for cell in chapter.findall(nodes.container) if f"tag_{node['tag']}" in cell["classes"]]
        htmls = [raw for cell in cells for raw in cell.findall(nodes.raw) if kinds_in(raw.astext())]
        if len(htmls) != 1:
            where = f"{node.source}:{node.line}"
            raise ExtensionError(f"{where}: {node['chapter']} has {len(htmls)} lenses tagged {node['tag']!r}")
        node.replace_self(nodes.raw("", htmls[0].astext(), format="html"))


def _mathml(self, node, display):
    try:
        formula = convert(node.astext(), display=display)
    except Exception as error:
        raise ExtensionError(
            f"{node.source}:{node.line}: cannot convert {node.astext()!r} to MathML: {error}"
        ) from error
    self.body.append(f'<span class="formula" role="math" aria-label="{html.escape(node.astext())}">{formula}</span>')
    raise nodes.SkipNode


def merge_streams():
    """Let a cell that prints several times store one output, whenever its kernel happens to flush.

    MyST-NB ends each piece of an output with a new line, and jupyter-cache has no setting that reaches nbclient's.
    """
    begin = NotebookClient.__init__
    if not hasattr(begin, "__wrapped__"):
        merging = wraps(begin)(lambda self, *given, **named: begin(self, *given, **{"coalesce_streams": True} | named))
        NotebookClient.__init__ = merging


def configure(app, config):  # noqa: ARG001  Sphinx calls it so
    """Read every chapter again, and look for its outputs in another cache, when the package has changed."""
    config.nb_execution_cache_path = str(fresh_cache_folder())
    merge_streams()
    config.rowlight_source = source_digest()


def style(app):
    """Write the lenses' style sheet."""
    (Path(app.outdir) / "_static").mkdir(parents=True, exist_ok=True)
    (Path(app.outdir) / "_static" / "rowlight.css").write_text(style_sheet(), "utf-8")


def setup(app):
    """Register with Sphinx."""
    app.rowlight_scripts = set()  # the inline scripts that a page may run
    app.add_config_value("rowlight_source", "", "env")
    app.add_config_value("comments_config", {}, "")  # Jupyter Book sets it even where its owner is not loaded
    app.connect("config-inited", configure, priority=100)
    app.connect("html-page-context", drop_widget_state, priority=100)
    app.connect("html-page-context", add_front_end)
    app.add_directive("stored-output", StoredOutput)
    app.add_node(stored_output)
    app.connect("doctree-resolved", put_stored_outputs)
    app.add_html_math_renderer(
        "mathml",
        (lambda self, node: _mathml(self, node, "inline"), None),
        (lambda self, node: _mathml(self, node, "block"), None),
    )
    app.add_css_file("rowlight.css")
    app.connect("builder-inited", style)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
