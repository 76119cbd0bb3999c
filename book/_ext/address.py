"""What the book says where it has an address: SITE_URL and REPOSITORY_URL, both optional, from the environment.

SITE_URL gives each page a canonical address and a social card, and the site a map. REPOSITORY_URL gives each chapter
its launchers, and is where the library is installed from. Without them nothing points anywhere, so there is never a
dead button, nor a command that fetches a package of another's making.
"""

import html
import os
import shutil
from pathlib import Path
from urllib.parse import quote, urlsplit

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

ROOT = Path(__file__).parents[2]


def address(name):
    """The URL in the environment variable `name`, without a final slash; '' if it is not set."""
    given = os.environ.get(name, "")
    value = given.strip().rstrip("/")
    try:
        parts = urlsplit(value)
        known = parts.scheme in ("http", "https") and parts.hostname and not set(value) & set(" \"'<>?#")
    except ValueError:  # such as http://[
        known = False
    if value and not known:
        raise ExtensionError(f"{name} is {given!r}, and should be a URL such as https://example.org/book")
    return value


def settle(app, config):  # noqa: ARG001  Sphinx calls it so
    """Pass the address on to Sphinx and to the cards; a changed address writes every page again."""
    site, repository = address("SITE_URL"), address("REPOSITORY_URL")
    config.rowlight_addresses = [site, repository]
    if site:
        config.html_baseurl = config.ogp_site_url = f"{site}/"
        config.ogp_site_name = config.html_title
        picture = "book/lens.png"
        config.ogp_social_cards = {"image": picture, "image_mini": picture, "line_color": "#9b0f6a", "site_url": site}


def launchers(pagename):
    """[(text, URL), ...] of the places where a chapter can be run; [] if the repository is not known."""
    repository = address("REPOSITORY_URL")
    if not repository:
        return []
    notebook, path = f"{quote(pagename)}.ipynb", urlsplit(repository).path.removesuffix(".git")
    places = []
    # The launchers find other hosts in other ways, and want an owner and a name.
    if urlsplit(repository).hostname == "github.com" and path.count("/") == 2:
        places = [
            ("Colab", f"https://colab.research.google.com/github{path}/blob/main/{notebook}"),
            ("Binder", f"https://mybinder.org/v2/gh{path}/main?labpath={notebook}"),
        ]
    return [*places, ("repository", repository)]


def offer_sources(app, pagename, templatename, context, doctree):  # noqa: ARG001  Sphinx calls it so
    """Offer each notebook as a notebook and as text, and the places where it can be run."""
    if not (ROOT / f"{pagename}.py").exists():
        return
    name = pagename.split("/")[-1]
    items = [
        f'<a href="../_sources/{pagename}{suffix}" download="{name}{suffix}">{word}</a>'
        for suffix, word in ((".ipynb", "notebook"), (".py", "text"))
    ]
    items += [f'<a href="{html.escape(url)}">{text}</a>' for text, url in launchers(pagename)]
    context["body"] += f'<p class="sources">This page as {", ".join(items)}.</p>'


class install_command(nodes.General, nodes.Element):  # noqa: N801  docutils writes nodes so
    """Stands for the command that installs the library."""


class InstallCommand(SphinxDirective):
    """Say how the library is installed: ```{install-command}```."""

    def run(self):
        """Leave the place to the writing of pages, which a changed address starts."""
        return [install_command()]


def put_install_commands(app, doctree, docname):  # noqa: ARG001  Sphinx calls it so
    """Install from the repository if its address is known, otherwise from the reader's own copy."""
    repository = address("REPOSITORY_URL")
    words, what = ("From its repository:", f"git+{repository}") if repository else ("In a copy of its sources:", ".")
    command = f"pip install {what}"
    for node in list(doctree.findall(install_command)):
        node.replace_self([nodes.paragraph("", words), nodes.literal_block(command, command, language="none")])


def map_site(app, error):
    """Write sitemap.xml: all pages, although a build may write only some of them."""
    if error or app.builder.format != "html":
        return
    out = Path(app.outdir)
    if not app.config.html_baseurl:  # what an earlier build with an address left
        (out / "sitemap.xml").unlink(missing_ok=True)
        shutil.rmtree(out / "_images" / "social_previews", ignore_errors=True)
        return
    links = [app.config.html_baseurl + quote(app.builder.get_target_uri(name)) for name in sorted(app.env.found_docs)]
    lines = "\n".join(f"  <url><loc>{html.escape(link)}</loc></url>" for link in links)
    (out / "sitemap.xml").write_text(
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{lines}\n</urlset>\n',
        "utf-8",
    )


def setup(app):
    """Register with Sphinx."""
    app.add_config_value("rowlight_addresses", [], "html")
    if address("SITE_URL"):
        app.setup_extension("sphinxext.opengraph")
    app.add_directive("install-command", InstallCommand)
    app.add_node(install_command)
    app.connect("config-inited", settle)
    app.connect("doctree-resolved", put_install_commands)
    app.connect("html-page-context", offer_sources, priority=450)
    app.connect("build-finished", map_site)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
