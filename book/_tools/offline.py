"""The whole book to take away: what `make zip` and `make pdf` call once the pages are built.

The zip holds the site, which opens from disk. The PDF is Chromium's own print of all pages as one, with bookmarks.
"""

import shutil
import sys
import zipfile
from pathlib import Path

from _tools import browser as chromium
from _tools.paths import ROOT
from playwright.sync_api import sync_playwright

BUILD = ROOT / "_build"
PAGE = Path("_build", "singlehtml", "book", "index.html")  # all pages as one, below the folder they are built in
NAME = "embeddings-row-by-row"
FOOTER = '<p style="width: 100%; font-size: 8px; text-align: center"><span class="pageNumber"></span></p>'
# The book's own contents do not belong on paper, nor in its bookmarks.
NOT_FOR_PAPER = ".sidebar-drawer, .toc-drawer, .headerlink, .sources, .skip-to-content, .back-to-top, footer, header"
DROP = f"document.querySelectorAll('{NOT_FOR_PAPER}').forEach((element) => element.remove())"
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the same book gives the same bytes


def make_zip(site, file):
    """Pack the folder `site` into `file`, under one folder, in the order of the names."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(site.rglob("*")):
            if path.is_file() and path.name not in (".built", ".buildinfo"):
                entry = zipfile.ZipInfo(f"{NAME}/{path.relative_to(site).as_posix()}", LONG_AGO)
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)


def make_pdf(page, file):
    """Print `page` to `file`: A4, numbered, tagged for screen readers, with a bookmark for each heading."""
    whole = page.parents[1] / "whole.html"  # its links start at the root of the build, one folder up
    shutil.copy(page, whole)
    options = chromium.options() or sys.exit("No browser: run `make browser`")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(**options)
        opened = running.new_page(color_scheme="light", java_script_enabled=False)
        opened.goto(whole.as_uri())
        opened.evaluate(DROP)
        opened.pdf(
            path=file,
            format="A4",
            print_background=True,
            display_header_footer=True,
            header_template="<span></span>",
            footer_template=FOOTER,
            margin={"top": "16mm", "bottom": "18mm", "left": "16mm", "right": "16mm"},
            outline=True,
            tagged=True,
        )
        running.close()


if __name__ == "__main__":
    if sys.argv[1:] == ["zip"]:
        made = BUILD / f"{NAME}.zip"
        make_zip(BUILD / "html", made)
    elif sys.argv[1:2] == ["pdf"]:
        folder = Path(sys.argv[2])
        made = folder / f"{NAME}.pdf"
        make_pdf(folder.resolve() / PAGE, made)
    else:
        sys.exit(__doc__)
    print(f"{made}: {made.stat().st_size / 1e6:.1f} MB")
