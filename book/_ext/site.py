"""What a page carries: one style sheet, one script, a description, a way back from a missing page.

Everything is relative, so the folder works under any path of any host and from disk.
"""

import hashlib
import html
import re
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import tinycss2
from _ext.policy import InlineScripts, with_policy
from _ext.used_rules import used, words
from rcssmin import cssmin
from rjsmin import jsmin
from sphinx.errors import ExtensionError

ROOT = Path(__file__).parents[2]
BUNDLE = re.compile(r"\b(page\.(?:css|js))(?:\?v=\w+)?(?=\")")
SHOWN_AS_WRITTEN = re.compile(r"(<(?:pre|script|style|textarea)\b.*?</(?:pre|script|style|textarea)>)", re.DOTALL)
LEFT_OUT = re.compile(r"/mystnb\.\w+\.css$")  # colours for every terminal; book.css says what a cell needs
# Furo's selector for API listings makes a browser style every element below one whose class changes again: the whole
# page, once it has loaded. The listings of the book are Python's, and those have a class of their own.
API, PYTHON_API = "dl[class]", "dl.py"
LATER = ("clipboard.min.js", "copybutton.js")  # they wait in a file of their own
REDIRECT = """\
<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="refresh" content="0; url=book/index.html">
    <link rel="icon" href="_static/favicon.svg">
    <title>Embeddings, Row by Row</title>
  </head>
  <body><p><a href="book/index.html">Embeddings, Row by Row</a></p></body>
</html>
"""
# A host shows the missing page at the address that was asked for, but its links start at the root of the book. Where
# SITE_URL does not say where that is, the folders of the book do. The origin in front keeps a path such as
# //elsewhere/book/x from becoming another host.
FIND_ROOT = r"""<script>
const base = document.createElement("base");
const folder = location.pathname.match(/^(.*\/)(?:book|notebooks|_static|_sources)\//);
base.href = location.origin + (folder ? folder[1] : location.pathname.replace(/[^/]*$/, ""));
document.head.append(base);
</script>"""
MISSING = (
    '<h1>There is no such page</h1>\n<p>Here is <a href="book/index.html">the start of the book</a>, '
    'and here you can <a href="search.html">search it</a>.</p>'
)
THEME_SCRIPT = 'document.body.dataset.theme = localStorage.getItem("theme") || "auto";'  # Furo's own
COPY_LATER = (Path(__file__).parent / "copy_later.js").read_text("utf-8")
DEFER = jsmin((Path(__file__).parent / "deferred_sections.js").read_text("utf-8"))


def name_bundles(app, pagename, templatename, context, doctree):  # noqa: ARG001  Sphinx calls it so
    """Note what pages load, in order, and let them load one style sheet and one script instead."""
    # A page with a policy is not searched ahead for scripts, so a lens would wait for this one; search needs it first.
    later = {} if pagename == "search" else {"defer": "defer"}
    for key, name, how in (("css_files", "page.css", {}), ("script_files", "page.js", later)):
        files = [str(file.filename).split("?")[0] for file in context[key]]
        files = [file for file in files if not LEFT_OUT.search(file)]
        if app.rowlight_assets.setdefault(name, files) != files:
            raise ExtensionError(f"{pagename} loads {files}, and other pages {app.rowlight_assets[name]}: one {name}?")
        context[key] = [type(context[key][0])(f"_static/{name}", **how)]


def write_bundles(app):
    """Join and minify the files behind each bundle; return {name: digest}. Runs last: Furo still writes one late."""
    static = Path(app.outdir) / "_static"
    for name, files in app.rowlight_assets.items():
        texts = {file: (Path(app.outdir) / file).read_text("utf-8") for file in files}
        if name.endswith(".css"):
            style = "\n".join(texts.values()).replace(API, PYTHON_API)
            rules = tinycss2.parse_stylesheet(style, skip_whitespace=True)
            pages = [*Path(app.outdir).rglob("*.html"), *static.rglob("*.js")]
            style = used(rules, words(page.read_text("utf-8") for page in pages))
            text = cssmin(style, keep_bang_comments=True)  # these name owners and licences
        else:
            later = ";\n".join(texts.pop(file) for file in files if file.endswith(LATER))
            (static / "copy.js").write_text(f"{{{jsmin(later, keep_bang_comments=True)}}}\n", "utf-8")
            parts = [*texts.values(), COPY_LATER.replace("DIGEST", _digest(static / "copy.js"))]
            text = jsmin(";\n".join(parts), keep_bang_comments=True)
        (static / name).write_text(text, "utf-8")
    return {name: _digest(static / name) for name in ("page.css", "page.js")}


def _digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()[:8]


def describe(app, pagename, templatename, context, doctree):  # noqa: ARG001  Sphinx calls it so
    """Give each page a description: its first paragraph.

    Our own, since sphinxext-opengraph's comes only with cards, which need the book's address, and ends after 200
    characters, in the middle of a word.
    """
    first = re.search(r"<p>(.*?)</p>", context.get("body", "<p>Search the book.</p>"), re.DOTALL)
    if first:
        words = " ".join(html.unescape(re.sub(r"<[^>]+>", "", first[1])).split())
        context["metatags"] = (
            context.get("metatags", "") + f'<meta name="description" content="{html.escape(words)}">\n'
        )


def defer_sections(app, pagename, templatename, context, doctree):  # noqa: ARG001  Sphinx calls it so
    """Let the sections of a long page come one by one."""
    if context.get("body", "").count("<section") > 3:
        context["metatags"] = context.get("metatags", "") + f"<script>\n{DEFER}</script>\n"


def forget_index(app):
    """Let Sphinx write the search index anew: it keeps words of pages that have changed."""
    if app.builder.format == "html":
        (Path(app.outdir) / "searchindex.js").unlink(missing_ok=True)


def missing_page(app):
    """The page that a host shows where there is none."""
    address = app.config.html_baseurl
    base = f'<base href="{html.escape(urlsplit(address).path)}">' if address else FIND_ROOT
    yield "404", {"title": "There is no such page", "body": MISSING, "metatags": f"\n    {base}\n"}, "page.html"


def remove_gone(app):
    """Remove the pages and the sources of chapters that are gone, before anything counts what pages hold."""
    out, kept = Path(app.outdir), {*app.env.found_docs, "index", "search", "404"}
    for folder, files in ((out, "*.html"), (out / "_sources", "*.*")):
        for path in folder.rglob(files):
            if path.relative_to(folder).with_suffix("").as_posix() not in kept:
                path.unlink()


def finish(app, error):
    """Copy the chapters' texts beside their notebooks, and give every page its policy."""
    if error or app.builder.format != "html":
        return
    out = Path(app.outdir)
    remove_gone(app)
    for text in sorted((ROOT / "notebooks").glob("*.py")):
        if (out / "_sources" / "notebooks").exists():
            shutil.copy(text, out / "_sources" / "notebooks")
    (out / "index.html").write_text(REDIRECT, "utf-8")
    digests = write_bundles(app)
    own = {script.strip() for script in (THEME_SCRIPT, DEFER, *InlineScripts(FIND_ROOT).found, *app.rowlight_scripts)}
    for page in sorted(out.rglob("*.html")):
        text = _without_indents(page.read_text("utf-8"))
        named = BUNDLE.sub(lambda found: f"{found[1]}?v={digests[found[1]]}", text)
        done = with_policy(named, own, page.relative_to(out))
        if done != text:
            page.write_text(done, "utf-8")


def _without_indents(page):
    """A page whose lines begin at their first tag, except where white space shows."""
    parts = SHOWN_AS_WRITTEN.split(page)
    parts[::2] = [re.sub(r"\n\s+(?=<)", "\n", part) for part in parts[::2]]
    return "".join(parts)


def setup(app):
    """Register with Sphinx."""
    app.rowlight_assets = {}
    # Every page holds the contents of the whole book and names its style sheet: one change concerns them all.
    app.connect("env-updated", lambda _app, env: sorted(env.found_docs))
    app.connect("html-page-context", describe, priority=400)
    app.connect("html-page-context", defer_sections, priority=500)
    app.connect("html-page-context", name_bundles, priority=900)
    app.connect("builder-inited", forget_index)
    app.connect("html-collect-pages", missing_page)
    app.connect("build-finished", finish, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": False}
