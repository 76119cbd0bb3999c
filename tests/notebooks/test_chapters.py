"""The chapters as files: pairs, order, sizes, stored outputs. Strict nbval runs them."""

import json
import re
import shutil
import statistics

import jupytext
import nbformat
import pytest
import yaml
from _tools.paths import CHAPTERS, ROOT
from helpers.nbval import nbval

NOTEBOOKS = ROOT / "notebooks"
SKELETON = ["**After this chapter you can**", "Predict", "Why it works", "Try it", "Fine print", "Sources"]
# Topics of the questions that these chapters must answer, by number.
QUESTIONS = {"Q01", "Q03", "Q05", "Q09", "Q10"}


def cells(path):
    return [(cell.cell_type, cell.source) for cell in jupytext.read(path).cells]


def stored(name):
    return nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)


@pytest.mark.parametrize("name", CHAPTERS)
def test_text_and_notebook_hold_the_same_cells(name):
    assert cells(NOTEBOOKS / f"{name}.py") == cells(NOTEBOOKS / f"{name}.ipynb"), "run `make notebooks`"


def test_a_changed_cell_is_noticed(tmp_path):
    name = CHAPTERS[0]
    for suffix in (".py", ".ipynb"):
        shutil.copy(NOTEBOOKS / f"{name}{suffix}", tmp_path)
    text = tmp_path / f"{name}.py"
    text.write_text(text.read_text("utf-8").replace("V, D = len(words), 4", "V, D = len(words), 5"), "utf-8")
    assert cells(text) != cells(tmp_path / f"{name}.ipynb")


def test_no_notebook_lacks_its_text():
    assert sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb")) == CHAPTERS


def test_every_chapter_is_in_the_contents_in_order():
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    listed = [chapter["file"] for part in contents["parts"] for chapter in part["chapters"]]
    assert [file.split("/")[1] for file in listed if file.startswith("notebooks/")] == CHAPTERS


def shown(cell):
    """Whether a page shows the code of a cell open."""
    return cell.cell_type == "code" and not {"remove-cell", "remove-input", "task", "set-up", "checked"} & set(
        cell.metadata.get("tags", [])
    )


def test_cells_are_short():
    code = [cell for name in CHAPTERS for cell in stored(name).cells if cell.cell_type == "code"]
    lines = [(sum(bool(line.strip()) for line in cell.source.splitlines()), shown(cell)) for cell in code]
    assert statistics.median(count for count, is_shown in lines if is_shown) <= 3
    assert max(count for count, is_shown in lines) <= 15


@pytest.mark.parametrize("name", CHAPTERS)
def test_code_that_a_page_shows_fits_its_width(name):
    code = [cell for cell in stored(name).cells if shown(cell) or "set-up" in cell.metadata.get("tags", [])]
    long = [line for cell in code for line in cell.source.splitlines() if len(line) > 96]
    assert not long


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_keeps_the_skeleton(name):
    prose = "\n".join(cell.source for cell in stored(name).cells if cell.cell_type == "markdown")
    places = [prose.find(part) for part in SKELETON]
    assert -1 not in places, dict(zip(SKELETON, places, strict=True))
    assert places == sorted(places)
    after = prose.index("## Try it")
    tasks = [
        cell
        for cell in stored(name).cells
        if cell.cell_type == "code" and cell.source.lstrip().startswith(("Task.", "same ="))
    ]
    assert len(tasks) >= 4, "one prediction and three tasks at least"
    assert prose.index("## Fine print") > after


def test_the_questions_are_answered():
    said = set()
    for name in CHAPTERS:
        answered = [q for cell in stored(name).cells for q in cell.metadata.get("questions", [])]
        last = re.search(r"^questions: (.*)$", stored(name).cells[-1].source, re.MULTILINE)
        assert answered or last, f"{name} answers no question"
        said |= set(answered or last[1].split(", "))
    assert said >= QUESTIONS


def test_the_notebooks_are_small():
    assert sum(path.stat().st_size for path in NOTEBOOKS.glob("*.ipynb")) < 2e6


@pytest.mark.parametrize("name", CHAPTERS)
def test_what_is_stored_is_complete_and_repeatable(name):
    notebook = stored(name)
    assert notebook.metadata["kernelspec"]["name"] == "python3"
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.execution_count, "a cell that has not run compares nothing"
            text = json.dumps(cell.outputs)
            assert "model_id" not in text, "a random id"
            assert not [output for output in cell.outputs if output.output_type == "error"]
            assert " at 0x" not in text, "an address"


def changed(tmp_path, *replacements):
    """A copy of chapter 1 up to its first lens, with one number replaced in its html and one in a printed tensor."""
    path = tmp_path / "changed.ipynb"
    notebook = stored(CHAPTERS[0])
    notebook.cells = notebook.cells[
        : 1 + next(i for i, cell in enumerate(notebook.cells) if "print(embedding(torch.tensor(0)))" in cell.source)
    ]
    printed, shown = replacements
    changes = 0
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if output.get("text", "").startswith("tensor([ 1.4610, -0.8082"):
                output.text = output.text.replace(*printed)
                changes += 1
            elif "first-lens" in cell.metadata.get("tags", []):
                assert shown[0] in data["text/html"]
                data["text/html"] = data["text/html"].replace(*shown, 1)
                changes += 1
    assert changes == 2
    nbformat.write(notebook, path)
    return path


def test_nbval_notices_one_changed_number_in_a_lens_and_in_a_printed_tensor(tmp_path):
    """The test of the test: two units in a widget's stored html and two in a text output, and nothing else."""
    done = nbval(changed(tmp_path, ("-0.8082", "-0.8084"), (">1.4610<", ">1.4612<")))
    assert done.returncode == 1, done.stdout + done.stderr
    assert "2 failed" in done.stdout, done.stdout


def test_nbval_takes_no_offence_at_a_last_digit(tmp_path):
    done = nbval(changed(tmp_path, ("-0.8082", "-0.8083"), (">1.4610<", ">1.4611<")))
    assert done.returncode == 0, done.stdout + done.stderr
