"""The repository as a newcomer meets it."""

import fnmatch
import re
import subprocess
import sys
from pathlib import Path

import pytest
from _tools.paths import ROOT

PYTHON_BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)
TOP_LEVEL = {"book", "notebooks", "src", "tests", "_config.yml", "requirements.txt"}
USUAL = {
    ".ci", ".github", ".gitignore", "_toc.yml", "CHANGELOG.md", "constraints.txt", "CONTRIBUTING.md", "LICENSE",
    "Makefile", "pyproject.toml", "README.md",
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


def test_no_line_bends_the_import_path():
    for path in [*(ROOT / "src").rglob("*.py"), *(ROOT / "notebooks").glob("*.py")]:
        assert "sys.path" not in path.read_text("utf-8"), path


@pytest.mark.parametrize("page", ["README.md", "src/README.md", "book/library.md"])
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


def test_no_line_of_a_script_or_a_style_is_longer_than_a_screen():
    """Biome wraps code, but no comment, and it leaves style sheets alone. Ruff sees to Python."""
    long = [
        f"{name}:{i}"
        for name in tracked()
        if name.endswith((".js", ".mjs", ".css"))
        for i, line in enumerate((ROOT / name).read_text("utf-8").splitlines(), 1)
        if len(line) > 120
    ]
    assert long == []


def test_nothing_asks_an_index_for_a_name_that_is_registered_nowhere():
    """Whoever registers it would run code on each reader's machine. Remove this test once the project has done so."""
    asks = re.compile(r"pip3? install\b[^\n]*\b(?<!/)rowlight\b(?!/)")
    assert asks.search("!pip install -U 'rowlight[figures]'")
    for name in tracked():
        path = ROOT / name
        if path.suffix in (".py", ".md", ".ipynb", ".toml", ".yml") and path != Path(__file__):
            assert not asks.search(path.read_text("utf-8")), name


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_what_a_page_names_is_there(page):
    """Each file and folder between backticks or in a link, by the end of its path."""
    text = (ROOT / page).read_text("utf-8")
    named = set(re.findall(r"`([\w./*-]+/[\w./*-]*|[\w*]+\.(?:py|pyi|js|md|toml|txt|yml))`", text))
    named |= {link for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link}
    named = {name.rstrip("/") for name in named if not re.search(r"\bNN_|\bmy_", name)}  # those stand for others
    files = [Path(name) for name in tracked()]
    there = {f"/{path}" for file in files for path in [file, file.with_suffix(""), *file.parents]}
    assert named
    assert [name for name in named if not fnmatch.filter(there, f"*/{name}")] == []


def test_the_oldest_torch_that_is_admitted_is_the_one_that_is_run():
    admitted = re.search(r'"torch>=([0-9.]+)"', (ROOT / "pyproject.toml").read_text("utf-8"))[1]
    run = re.search(r"torch==([0-9.]+)\.\*", (ROOT / ".github" / "workflows" / "weekly.yml").read_text("utf-8"))[1]
    assert run == admitted


def test_contributing_lists_what_exists_in_two_languages():
    """A pair is what a test runs in node to compare it with Python."""
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    listed = re.findall(r"^\| `(\w+/\w+)` \|.*\| `(test_\w+\.py)` \|$", page, re.MULTILINE)
    tests = (ROOT / "tests" / "front_end").glob("test_*.py")
    compared = {(pair, test.name) for test in tests for pair in re.findall(r'"(\w+/\w+)\.js"', test.read_text("utf-8"))}
    assert set(listed) == compared
    for pair, _ in listed:
        assert (ROOT / "src" / "rowlight" / f"{pair}.py").exists(), pair
