"""The repository as a newcomer meets it."""

import re
import subprocess
import sys

import pytest
from _tools.paths import ROOT

PYTHON_BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)
TOP_LEVEL = {"book", "notebooks", "src", "tests", "_config.yml", "requirements.txt"}
USUAL = {
    ".ci", ".github", ".gitignore", "_toc.yml", "constraints.txt", "CONTRIBUTING.md", "LICENSE", "Makefile",
    "pyproject.toml", "README.md",
}  # fmt: skip


def tracked():
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_the_top_level_is_the_agreed_one():
    top = {path.split("/")[0] for path in tracked()}
    assert top == TOP_LEVEL | USUAL


def test_import_rowlight_loads_no_widgets():
    heavy = "torch IPython ipywidgets anywidget matplotlib".split()  # noqa: SIM905  reads better than a list
    script = f"import sys, rowlight; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_library_reads_neither_notebooks_nor_book():
    for path in (ROOT / "src").rglob("*.py"):
        text = path.read_text("utf-8")
        assert not re.search(r"\b(from|import) (book|notebooks|tests)\b", text), path
        assert "notebooks/" not in text, path
    for path in [*(ROOT / "src").rglob("*.py"), *(ROOT / "notebooks").glob("*.py")]:
        assert "sys.path" not in path.read_text("utf-8"), path


@pytest.mark.parametrize("page", ["README.md", "book/library.md"])
def test_the_code_on_a_page_runs(page):
    code = "\n".join(PYTHON_BLOCK.findall((ROOT / page).read_text("utf-8")))
    assert "RowLens" in code
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_no_file_names_another_host_s_scripts_or_this_machine():
    for name in tracked():
        path = ROOT / name
        if path.suffix in (".py", ".js", ".css", ".md", ".yml", ".html", ".ipynb"):
            text = path.read_text("utf-8")
            assert not re.search(r"https?://[^\s\"']*(jsdelivr|cdnjs|unpkg|googleapis|gstatic)", text), name
            assert str(ROOT) not in text, name
