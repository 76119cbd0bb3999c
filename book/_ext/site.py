"""What a page carries and where it may go: one style sheet, one script, a strict policy.

Everything is relative, so the folder works under any path of any host and from disk.
"""

import base64
import hashlib
import html
import re
import shutil
from pathlib import Path
from urllib.parse import urlsplit

from sphinx.errors import ExtensionError

ROOT = Path(__file__).parents[2]
BUNDLE = re.compile(r"\b(page\.(?:css|js))(?:\?v=\w+)?(?=\")")
LEFT_OUT = re.compile(r"/mystnb\.\w+\.css$")  # colours for every terminal; book.css says what a cell needs
# Furo's look of API listings, which the book has not. Its `dl[class]` makes a browser style every element below one
# whose class changes again: the whole page, once it has loaded.
API_RULE = re.compile(r"dl\[class\][^{}]*\{[^{}]*\}")
# Names, operators, punctuation and spaces need no colour of their own, and were most of the elements of a chapter.
PLAIN_CODE = re.compile(r'<span class="(?:n|nn|o|p|w)">([^<]*)</span>')
# They put a button into each cell: a task of its own, once the page is there.
LATER = ("clipboard.min.js", "copybutton.js")
INLINE_SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)
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
# SITE_URL does not say where that is, the folders of the book do.
FIND_ROOT = r"""<script>
const base = document.createElement("base");
const folder = location.pathname.match(/^(.*\/)(?:book|notebooks|_static|_sources)\//);
base.href = folder ? folder[1] : location.pathname.replace(/[^/]*$/, "");
document.head.append(base);
</script>"""
THEME_SCRIPT = 'document.body.dataset.theme = localStorage.getItem("theme") || "auto";'  # Furo's own
UNFOLD = f"\n{(Path(__file__).parent / 'deferred_sections.js').read_text('utf-8')}"
CHARSET = '<meta charset="utf-8">'


def name_bundles(app, pagename, templatename, context, doctree):  # noqa: ARG001  Sphinx calls it so
    """Note what pages load, in order, and let them load one style sheet and one script instead."""
    # A page with a policy is not searched ahead for scripts, so a lens would wait for this one; search needs it first.
    later = {} if pagename == "search" else {"defer": "defer"}
    for key, name, how in (("css_files", "page.css", {}), ("script_files", "page.js", later)):
        files = [str(file.filename).split("?")[0] for file in context[key]]
        app.rowlight_assets[name] = [file for file in files if not LEFT_OUT.search(file)]
        context[key] = [type(context[key][0])(f"_static/{name}", **how)]


def write_bundles(app):
    """Join the files behind each bundle; return {name: digest}. Runs last: Furo still writes a style sheet late."""
    out = Path(app.outdir)
    for name, files in app.rowlight_assets.items():
        texts = {file: (out / file).read_text("utf-8") for file in files}
        if name.endswith(".css"):
            text = API_RULE.sub("", "\n".join(texts.values()))
        else:
            later = ";\n".join(texts.pop(file) for file in files if file.endswith(LATER))
            text = ";\n".join([*texts.values(), f'addEventListener("load", () => setTimeout(() => {{{later}\n}}))'])
        (out / "_static" / name).write_text(text, "utf-8")
    return {name: _digest((out / "_static" / name).read_bytes()) for name in ("page.css", "page.js")}


def _digest(data):
    return hashlib.sha256(data).hexdigest()[:8]


def describe(app, pagename, templatename, context, doctree):  # noqa: ARG001  Sphinx calls it so
    """Give each page a description: its first paragraph."""
    first = re.search(r"<p>(.*?)</p>", context.get("body", "<p>Search the book.</p>"), re.DOTALL)
    if first:
        words = " ".join(html.unescape(re.sub(r"<[^>]+>", "", first[1])).split())
        context["metatags"] = (
            context.get("metatags", "") + f'<meta name="description" content="{html.escape(words)}">\n'
        )


def unfold(app, pagename, templatename, context, doctree):  # noqa: ARG001  Sphinx calls it so
    """Let the sections of a long page come one by one."""
    if context.get("body", "").count("<section") > 3:
        context["metatags"] = context.get("metatags", "") + f"<script>{UNFOLD}</script>\n"


def forget_index(app):
    """Let Sphinx write the search index anew: it keeps words of pages that have changed."""
    if app.builder.format == "html":
        (Path(app.outdir) / "searchindex.js").unlink(missing_ok=True)


def missing_page(app):  # noqa: ARG001  Sphinx calls it so
    """The page that a host shows where there is none."""
    body = (
        '<h1>There is no such page</h1>\n<p>Here is <a href="book/index.html">the start of the book</a>, '
        'and here you can <a href="search.html">search it</a>.</p>'
    )
    yield "404", {"title": "There is no such page", "body": body}, "page.html"


def finish(app, error):
    """Copy the chapters' texts beside their notebooks, and give every page its policy."""
    if error or app.builder.format != "html":
        return
    out = Path(app.outdir)
    for text in sorted((ROOT / "notebooks").glob("*.py")):
        if (out / "_sources" / "notebooks").exists():
            shutil.copy(text, out / "_sources" / "notebooks")
    (out / "index.html").write_text(REDIRECT, "utf-8")
    digests = write_bundles(app)
    kept = {*app.env.found_docs, "index", "search", "404"}
    for page in sorted(out.rglob("*.html")):
        if page.relative_to(out).with_suffix("").as_posix() not in kept:
            page.unlink()  # its chapter is gone
    for page in sorted(out.rglob("*.html")):
        text = page.read_text("utf-8")
        if page.name == "404.html":
            base = app.config.html_baseurl and f'<base href="{html.escape(urlsplit(app.config.html_baseurl).path)}">'
            text = text.replace("<meta name", f"{base or FIND_ROOT}\n    <meta name", 1)
        own = {THEME_SCRIPT, UNFOLD, *INLINE_SCRIPT.findall(FIND_ROOT), *app.rowlight_scripts}
        mend = mended(BUNDLE.sub(lambda m: f"{m[1]}?v={digests[m[1]]}", text))
        done = with_policy(mend, {script.strip() for script in own}, page.relative_to(out))
        if done != text:
            page.write_text(done, "utf-8")


def mended(text):
    """Give names and levels to parts of Furo's pages that lack them (found by axe), and free plain code of spans."""
    for old, new in (
        ('<p class="caption" role="heading">', '<p class="caption" role="heading" aria-level="2">'),
        ('<aside class="sidebar-drawer">', '<aside class="sidebar-drawer" aria-label="Book">'),
        ('<aside class="toc-drawer">', '<aside class="toc-drawer" aria-label="Page">'),
        ('<meta name="robots" content="noindex" />', ""),
        ('\n<div id="search-results">', '\n<h1>Search</h1><div id="search-results">'),
    ):
        text = text.replace(old, new)
    return PLAIN_CODE.sub(r"\1", text)


def with_policy(text, own, where):
    """Allow a page its own files and, by their hashes, those inline scripts that are the book's own.

    Any other inline script came in with text or with the output of a cell, and stops the build. What else may run in a
    browser, such as handlers in attributes, the policy stops there.
    """
    found = INLINE_SCRIPT.findall(text)
    strange = [script for script in found if script.strip() not in own]
    if strange:
        raise ExtensionError(f"{where}: a script that is not the book's own: {strange[0].strip()[:80]!r}")
    digests = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in found]
    scripts = " ".join(["'self'", *sorted({f"'sha256-{digest}'" for digest in digests})])
    policy = (
        f"default-src 'none'; script-src {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'self'"
    )
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    return text if meta in text else text.replace(CHARSET, f"{CHARSET}\n    {meta}", 1)


def setup(app):
    """Register with Sphinx."""
    app.rowlight_assets = {}
    # Every page holds the contents of the whole book and names its style sheet: one change concerns them all.
    app.connect("env-updated", lambda _app, env: sorted(env.found_docs))
    app.connect("html-page-context", describe, priority=400)
    app.connect("html-page-context", unfold, priority=500)
    app.connect("html-page-context", name_bundles, priority=900)
    app.connect("builder-inited", forget_index)
    app.connect("html-collect-pages", missing_page)
    app.connect("build-finished", finish, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": False}
