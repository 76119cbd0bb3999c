"""Building: the same twice, never stale, and stopped by every mistake with its file, line and reason."""

import filecmp
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from _ext import address
from _tools import offline
from _tools.machines import OLDEST, variables
from _tools.paths import HTML, ROOT
from _tools.sameness import difference
from pypdf import PdfReader
from sphinx.errors import ExtensionError

CONTENTS = """\
format: jb-book
root: book/index
parts:
  - caption: All
    chapters:
      - file: notebooks/01_one
      - file: notebooks/02_two
"""
INDEX = """\
# A small book

Its first lens, and a formula: $V \\times D$.

```{stored-output} notebooks/01_one first-lens
```

```{install-command}
```
"""
LENS = "import torch\nfrom rowlight import RowLens\nRowLens(torch.eye(3), [1, 2], caption='One lens')"
FIGURE = """\
import os
from matplotlib import pyplot as plt
from rowlight.teaching import figure, house_style
with plt.rc_context(house_style()):
    fig, axes = plt.subplots()
    axes.plot([1, 2, 3])
oldest = os.environ.get("ATEN_CPU_CAPABILITY") == "default"
print("loss", 0.7444 if oldest else 0.7443)
figure(fig, "A line that rises")"""


def chapter(path, title, code, **metadata):
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell(f"# {title}\n\nWords.", id="title"),
            nbformat.v4.new_code_cell(code, id="code"),
        ],
        metadata={"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
    )
    notebook.cells[1].metadata.update(metadata)
    nbformat.write(notebook, path)


def small_book(folder):
    """Two chapters, under this book's settings and extensions."""
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    shutil.copytree(ROOT / "book", folder / "book", ignore=shutil.ignore_patterns("__pycache__", "*.md"))
    for name in ("_config.yml", "requirements.txt", "constraints.txt"):
        shutil.copy(ROOT / name, folder)
    (folder / "_toc.yml").write_text(CONTENTS)
    (folder / "book" / "index.md").write_text(INDEX)
    (folder / "notebooks").mkdir()
    chapter(folder / "notebooks" / "01_one.ipynb", "One", LENS, tags=["first-lens"])
    chapter(folder / "notebooks" / "02_two.ipynb", "Two", FIGURE)
    return folder


def build(folder, **environment):
    """Build the book in `folder`; return (exit code, what it said). Its notebooks use the library in `folder`."""
    command = [Path(sys.executable).with_name("jupyter-book"), "build", ".", "-W", "-n", "--keep-going"]
    settings = os.environ | {"PYTHONPATH": str(folder / "src")} | environment
    done = subprocess.run(command, cwd=folder, env=settings, capture_output=True, text=True, check=False)
    return done.returncode, re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr)


def built(folder, **environment):
    code, said = build(folder, **environment)
    assert code == 0, said[-3000:]
    return said


def page(folder, name):
    return (folder / "_build" / "html" / f"{name}.html").read_text("utf-8")


def words(folder, name):
    return re.sub("<[^>]+>", "\n", page(folder, name))


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """The small book, built once."""
    folder = small_book(tmp_path_factory.mktemp("first"))
    built(folder)
    return folder


@pytest.fixture
def copy(first, tmp_path):
    """A copy of the small book as it was built, to be changed."""
    shutil.copytree(first, tmp_path / "copy")
    return tmp_path / "copy"


def files(folder):
    return sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file() and path.name != ".built")


def same_files(one, other):
    """Compare two folders byte for byte."""
    assert files(one) == files(other)
    _, different, unread = filecmp.cmpfiles(one, other, files(one), shallow=False)
    assert not different
    assert not unread


def test_two_builds_of_the_book_are_the_same_byte_for_byte(tmp_path):
    """The book as `make book` built it here, and a build of the same files elsewhere, of the same outputs.

    That the notebooks give these outputs again is what nbval tests.
    """
    copy = tmp_path / "another folder"
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in tracked.strip("\0").split("\0"):
        if (ROOT / name).exists():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
    for cache in (ROOT / "_build").glob(".jupyter_cache-*"):
        shutil.copytree(cache, copy / "_build" / cache.name)
    assert "Executing notebook" not in built(copy)
    same_files(HTML, copy / "_build" / "html")


def differences(one, other):
    """Compare two builds by the rule: {page: what differs}. All other files must be equal byte for byte."""
    assert files(one) == files(other)
    said = {}
    for path in files(one):
        ours, theirs = (folder / path for folder in (one, other))
        if path.suffix == ".html":
            said[path.as_posix()] = difference(ours.read_text("utf-8"), theirs.read_text("utf-8"))
        else:
            assert ours.read_bytes() == theirs.read_bytes(), path
    return {page: words for page, words in said.items() if words}


def test_builds_under_two_settings_are_the_same_by_the_rule(first, copy):
    """The second chapter prints a number that depends on the setting, as a training may, but here on any machine."""
    shutil.rmtree(copy / "_build")
    built(copy, **variables(OLDEST))
    one, other = first / "_build" / "html", copy / "_build" / "html"
    page = other / "notebooks" / "02_two.html"
    assert ">loss 0.7443\n" in (one / "notebooks" / "02_two.html").read_text("utf-8")
    assert ">loss 0.7444\n" in page.read_text("utf-8")
    assert differences(one, other) == {}
    page.write_text(page.read_text("utf-8").replace(">loss 0.7444\n", ">loss 0.7445\n"), "utf-8")
    assert list(differences(one, other)) == ["notebooks/02_two.html"]


def test_a_build_with_nothing_changed_changes_nothing(first, copy):
    assert "Executing notebook" not in built(copy)
    same_files(first / "_build" / "html", copy / "_build" / "html")


def test_a_changed_helper_runs_every_chapter_again(copy):
    stored = copy / "src" / "rowlight" / "lenses" / "row_lens.html"
    stored.write_text(stored.read_text("utf-8").replace('"table (V, D)"', '"the table"'), "utf-8")
    assert built(copy).count("Executing notebook using") == 2
    assert "the table</caption>" in page(copy, "notebooks/01_one")
    assert "the table</caption>" in page(copy, "book/index")


def test_a_changed_notebook_runs_alone_and_the_page_that_shows_its_lens_follows(copy):
    chapter(copy / "notebooks" / "01_one.ipynb", "A new name", LENS.replace("One lens", "Changed"), tags=["first-lens"])
    assert built(copy).count("Executing notebook using") == 1
    assert "Changed" in page(copy, "notebooks/01_one")
    assert "Changed" in page(copy, "book/index")
    assert "A new name" in page(copy, "notebooks/02_two"), "the contents beside another page"


def test_a_changed_front_end_reaches_every_page_that_has_a_lens(copy):
    source = copy / "src" / "rowlight" / "widgets" / "words.js"
    source.write_text(source.read_text("utf-8") + "\nconst aNewLine = 1;\n", "utf-8")
    built(copy)
    assert all("const aNewLine" in page(copy, name) for name in ("notebooks/01_one", "book/index"))
    assert "const aNewLine" not in page(copy, "notebooks/02_two")


def test_a_changed_style_sheet_gets_a_new_name_on_every_page(copy):
    address = re.compile(r"page\.css\?v=\w+")
    before = address.search(page(copy, "notebooks/02_two"))[0]
    with (copy / "book" / "_static" / "book.css").open("a") as style:
        style.write("\nh1 { color: teal; }\n")
    built(copy)
    after = {address.search(page(copy, name))[0] for name in ("book/index", "notebooks/01_one", "notebooks/02_two")}
    assert len(after) == 1
    assert before not in after


def test_a_chapter_that_is_gone_leaves_no_page(copy):
    (copy / "_toc.yml").write_text(CONTENTS.replace("      - file: notebooks/02_two\n", ""))
    (copy / "notebooks" / "02_two.ipynb").unlink()
    built(copy)
    assert not list((copy / "_build" / "html").rglob("02_two*"))
    assert "Two" not in page(copy, "book/index")


def test_mistakes_in_a_page_stop_the_build_with_file_line_and_reason(copy):
    (copy / "book" / "index.md").write_text(
        f"{INDEX}\n![A figure](missing.png)\n\n[a page](nowhere.md)\n\n{{ref}}`no-such-label`\n\n{{doc}}`nowhere`\n",
    )
    (copy / "notebooks" / "02_two.md").write_text("# Two again\n")
    code, said = build(copy)
    assert code != 0
    first = INDEX.count("\n") + 2
    for line, reason in [
        (first, "image file not readable: book/missing.png"),
        (first + 2, "'nowhere.md'"),
        (first + 4, "undefined label: 'no-such-label'"),
        (first + 6, "unknown document: 'nowhere'"),
    ]:
        assert re.search(rf"book/index\.md:{line}: WARNING: .*{re.escape(reason)}", said), (reason, said[-3000:])
    assert re.search(r"multiple files found for the document \"notebooks/02_two\"", said)


def test_a_formula_that_does_not_convert(copy):
    (copy / "book" / "index.md").write_text(f"{INDEX}\n$$\n\\begin{{nonsense}} x\n$$\n")
    code, said = build(copy)
    assert code != 0
    assert re.search(r"book/index\.md:\d+: cannot convert .*nonsense", said)


def test_a_notebook_that_fails(copy):
    chapter(copy / "notebooks" / "02_two.ipynb", "Two", "1 / 0")
    code, said = build(copy)
    assert code != 0
    assert "02_two.ipynb" in said
    assert "ZeroDivisionError" in said


def test_a_script_that_came_with_text_or_output(copy):
    (copy / "book" / "index.md").write_text(f"{INDEX}\n<script>evil()</script>\n")
    code, said = build(copy)
    assert code != 0
    assert re.search(r"book/index\.html: a script that is not the book's own: 'evil\(\)'", said)


@pytest.mark.parametrize(
    "value", ["example.org", "ftp://example.org", "https://", "http://[", 'https://a"b', "x y", "https://a/?b"]
)
def test_an_address_that_is_none(monkeypatch, value):
    monkeypatch.setenv("SITE_URL", value)
    with pytest.raises(ExtensionError, match=re.escape(f"SITE_URL is {value!r}, and should be a URL such as https://")):
        address.address("SITE_URL")


@pytest.mark.parametrize("name", ["SITE_URL", "REPOSITORY_URL"])
def test_a_build_stops_at_an_address_that_is_none(copy, name):
    code, said = build(copy, **{name: "example.org"})
    assert code != 0
    assert f"{name} is 'example.org', and should be a URL" in said


def test_with_addresses_pages_have_cards_a_map_and_launchers_and_without_them_nothing(copy):
    (copy / "notebooks" / "01_one.py").write_text("# the text of the chapter\n")
    built(copy, SITE_URL="https://example.org/a/b/", REPOSITORY_URL="https://github.com/who/what")
    html, out = page(copy, "notebooks/01_one"), copy / "_build" / "html"
    assert '<link rel="canonical" href="https://example.org/a/b/notebooks/01_one.html"' in html
    card = re.search(r'property="og:image" content="https://example\.org/a/b/([^"]+)"', html)[1]
    assert (out / card).stat().st_size > 1000
    assert 'property="og:site_name" content="Embeddings, Row by Row"' in html
    assert "\npip install git+https://github.com/who/what\n" in words(copy, "book/index")
    assert "github/who/what/blob/main/notebooks/01_one.ipynb" in html
    assert "gh/who/what/main?labpath=notebooks/01_one.ipynb" in html
    links = re.findall("<loc>(.*?)</loc>", (out / "sitemap.xml").read_text())
    assert links == [
        f"https://example.org/a/b/{name}.html" for name in ("book/index", "notebooks/01_one", "notebooks/02_two")
    ]
    built(copy)
    html = page(copy, "notebooks/01_one")
    assert not [word for word in ("canonical", "og:image", "colab", "mybinder", "example.org") if word in html]
    assert not (out / "sitemap.xml").exists()
    assert "\npip install .\n" in words(copy, "book/index")


def test_the_offline_copy_is_the_whole_site_and_the_same_every_time(tmp_path):
    one, other = tmp_path / "one.zip", tmp_path / "other.zip"
    offline.make_zip(HTML, one)
    offline.make_zip(HTML, other)
    assert one.read_bytes() == other.read_bytes()
    with zipfile.ZipFile(one) as archive:
        archive.extractall(tmp_path)
    same = tmp_path / offline.NAME
    assert files(same) == [path for path in files(HTML) if path.name != ".buildinfo"]
    assert (same / "book" / "index.html").read_bytes() == (HTML / "book" / "index.html").read_bytes()


def headings(bookmarks):
    for mark in bookmarks:
        if isinstance(mark, list):
            yield from headings(mark)
        else:
            yield mark.title


def test_the_whole_book_is_one_pdf_with_bookmarks_lenses_and_solutions(tmp_path):
    subprocess.run(["make", "pdf", f"PAPER={tmp_path}"], cwd=ROOT, check=True, capture_output=True)
    reader = PdfReader(tmp_path / f"{offline.NAME}.pdf")
    titles = list(headings(reader.outline))
    chapters = [
        re.search(r"<h1>([^<]+)", path.read_text("utf-8"))[1] for path in sorted((HTML / "notebooks").glob("*.html"))
    ]
    assert [title for title in titles if title in chapters] == chapters
    assert titles.count("Try it") == sum(title[0].isdigit() for title in chapters)
    assert "Contents" not in titles
    text = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    assert "Five sentences of three words read a table of ten rows" in text
    assert "The id becomes one row of D = 4 numbers" in text, "a solution"
    assert "No error yet, but each word reads the row of the next one" in text, "the options of a choice"
