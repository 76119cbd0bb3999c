"""What a page carries and where it may go: one style sheet, one script, a strict policy, its sources.

Everything is relative, so the folder works under any path of any host and from disk.
"""

import base64
import hashlib
import html
import os
import re
import shutil
from pathlib import Path
from urllib.parse import urlsplit

from sphinx.errors import ExtensionError

ROOT = Path(__file__).parents[2]
BUNDLE = re.compile(r"\b(page\.(?:css|js))(?:\?v=\w+)?(?=\")")
INLINE_SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)
REDIRECT = """\
<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="refresh" content="0; url=book/index.html">
    <title>Embeddings, Row by Row</title>
  </head>
  <body><p><a href="book/index.html">Embeddings, Row by Row</a></p></body>
</html>
"""
CHARSET = '<meta charset="utf-8">'


def address(name):
    """The URL in the environment variable `name`, without a final slash; '' if it is not set."""
    value = os.environ.get(name, "").rstrip("/")
    parts = urlsplit(value)
    if value and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise ExtensionError(f"{name} is {value!r}, and should be a URL such as https://example.org/book")
    return value


def note_static(app, config):  # noqa: ARG001  Sphinx calls it so
    """Digest what every page carries."""
    files = sorted([*(ROOT / "book").rglob("*.*"), ROOT / "_config.yml"])
    config.rowlight_static = _digest(
        b"".join(file.read_bytes() for file in files if file.suffix in (".css", ".py", ".js", ".yml"))
    )


def name_bundles(app, pagename, templatename, context, doctree):  # noqa: ARG001  Sphinx calls it so
    """Note what pages load, in order, and let them load one style sheet and one script instead."""
    # A page with a policy is not searched ahead for scripts, so a lens would wait for this one; search needs it first.
    later = {} if pagename == "search" else {"defer": "defer"}
    for key, name, how in (("css_files", "page.css", {}), ("script_files", "page.js", later)):
        app.rowlight_assets[name] = [str(file.filename).split("?")[0] for file in context[key]]
        context[key] = [type(context[key][0])(f"_static/{name}", **how)]


def write_bundles(app):
    """Join the files behind each bundle; return {name: digest}. Runs last: Furo still writes a style sheet late."""
    out = Path(app.outdir)
    for name, files in app.rowlight_assets.items():
        glue = ";\n" if name.endswith(".js") else "\n"
        (out / "_static" / name).write_text(glue.join((out / file).read_text("utf-8") for file in files), "utf-8")
    return {name: _digest((out / "_static" / name).read_bytes()) for name in ("page.css", "page.js")}


def _digest(data):
    return hashlib.sha256(data).hexdigest()[:8]


def offer_sources(app, pagename, templatename, context, doctree):  # noqa: ARG001  Sphinx calls it so
    """Offer each chapter as a notebook and as text; online launchers only where the repository is known."""
    text = ROOT / f"{pagename}.py"
    if not pagename.startswith("notebooks/") or not text.exists():
        return
    name = pagename.split("/")[1]
    links = [
        (f"../_sources/{pagename}.ipynb", "notebook", name + ".ipynb"),
        (f"../_sources/{pagename}.py", "text", name + ".py"),
    ]
    items = [f'<a href="{href}" download="{file}">{word}</a>' for href, word, file in links]
    repository = address("REPOSITORY_URL")
    if repository:
        path = urlsplit(repository).path
        if urlsplit(repository).hostname == "github.com":
            items.append(
                f'<a href="https://colab.research.google.com/github{path}/blob/main/{pagename}.ipynb">Colab</a>'
            )
            items.append(f'<a href="https://mybinder.org/v2/gh{path}/main?labpath={pagename}.ipynb">Binder</a>')
        items.append(f'<a href="{html.escape(repository)}">repository</a>')
    context["body"] += f'<p class="sources">This chapter as {", ".join(items)}.</p>'


def describe(app, pagename, templatename, context, doctree):  # noqa: ARG001  Sphinx calls it so
    """Give each page a description: its first paragraph."""
    first = re.search(r"<p>(.*?)</p>", context.get("body", ""), re.DOTALL)
    if first:
        words = " ".join(html.unescape(re.sub(r"<[^>]+>", "", first[1])).split())
        context["metatags"] = (
            context.get("metatags", "") + f'<meta name="description" content="{html.escape(words)}">\n'
        )


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
    kept = {*app.env.found_docs, "index", "search"}
    for page in sorted(out.rglob("*.html")):
        if page.relative_to(out).with_suffix("").as_posix() not in kept:
            page.unlink()  # its chapter is gone
    for page in sorted(out.rglob("*.html")):
        text = page.read_text("utf-8")
        done = with_policy(mended(BUNDLE.sub(lambda m: f"{m[1]}?v={digests[m[1]]}", text)))
        if done != text:
            page.write_text(done, "utf-8")


def mended(text):
    """Give names and levels to parts of Furo's pages that lack them (found by axe)."""
    for old, new in (
        ('<p class="caption" role="heading">', '<p class="caption" role="heading" aria-level="2">'),
        ('<aside class="sidebar-drawer">', '<aside class="sidebar-drawer" aria-label="Book">'),
        ('<aside class="toc-drawer">', '<aside class="toc-drawer" aria-label="Page">'),
        ('\n<div id="search-results">', '\n<h1>Search</h1><div id="search-results">'),
    ):
        text = text.replace(old, new)
    return text


def with_policy(text):
    """Allow a page its own files and its own inline scripts, by their hashes, and nothing else."""
    digests = [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in INLINE_SCRIPT.findall(text)]
    scripts = " ".join(["'self'", *sorted({f"'sha256-{digest}'" for digest in digests})])
    policy = (
        f"default-src 'none'; script-src {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'"
    )
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    return text if meta in text else text.replace(CHARSET, f"{CHARSET}\n    {meta}", 1)


def setup(app):
    """Register with Sphinx."""
    app.rowlight_assets = {}
    app.add_config_value("rowlight_static", "", "html")  # a changed style sheet or script writes every page again
    app.connect("config-inited", note_static)
    app.connect("html-page-context", describe, priority=400)
    app.connect("html-page-context", offer_sources, priority=450)
    app.connect("html-page-context", name_bundles, priority=900)
    app.connect("build-finished", finish, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": False}
