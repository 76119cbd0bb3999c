"""The chapters as files: pairs, order, sizes, stored outputs. Strict nbval runs them."""

import json
import re
import shutil
import statistics

import jupytext
import nbformat
import pytest
import yaml
from _ext.cells import FOLDED
from _ext.questions import asked
from _tools.paths import CHAPTERS, ROOT, TEXTS
from helpers.nbval import nbval

NOTEBOOKS = ROOT / "notebooks"
QUESTIONS = {"Q01", "Q03", "Q05", "Q09", "Q10"}  # what these chapters must answer
# Below the first screen, in this order.
SKELETON = [
    "**After this chapter you can**",
    "**You need**",
    "### Predict",
    "Why it works",
    "## Try it",
    "## Fine print",
    "## Questions answered here",
    "## Sources",
]
LENS_OR_QUIZ = re.compile(r'data-lens="(?!task)[\w-]+"')


def cells(path):
    return [(cell.cell_type, cell.source) for cell in jupytext.read(path).cells]


def stored(name):
    return nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)


@pytest.mark.parametrize("name", TEXTS)
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
    assert sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb")) == TEXTS


def test_every_chapter_is_in_the_contents_in_order():
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    listed = [chapter["file"] for part in contents["parts"] for chapter in part["chapters"]]
    assert [file.split("/")[1] for file in listed if file.startswith("notebooks/")] == TEXTS


def shown(cell):
    """Whether a page shows the code of a cell open."""
    return cell.cell_type == "code" and not ({"remove-cell"} | FOLDED) & set(cell.metadata.get("tags", []))


def test_cells_are_short():
    code = [cell for name in TEXTS for cell in stored(name).cells if cell.cell_type == "code"]
    lines = [(sum(bool(line.strip()) for line in cell.source.splitlines()), shown(cell)) for cell in code]
    assert statistics.median(count for count, is_shown in lines if is_shown) <= 3
    assert max(count for count, is_shown in lines) <= 15


@pytest.mark.parametrize("name", TEXTS)
def test_code_that_a_page_shows_fits_its_width(name):
    code = [cell for cell in stored(name).cells if shown(cell) or "set-up" in cell.metadata.get("tags", [])]
    long = [line for cell in code for line in cell.source.splitlines() if len(line) > 96]
    assert not long


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_opens_with_its_surprise(name):
    """What the first screen holds: the number and the title, a question, and a lens or quiz that shows the answer."""
    check, title, opening, *_ = stored(name).cells
    assert "remove-cell" in check.metadata.tags
    heading, _, question = title.source.partition("\n\n")
    assert re.fullmatch(rf"# {int(name[:2])} [A-Z].+", heading)
    assert "\n\n" not in question
    assert "?" in question
    assert len(question.split()) <= 75, "little enough for the picture to stand on the first screen"
    assert "set-up" in opening.metadata.tags
    assert LENS_OR_QUIZ.search("".join(output.get("data", {}).get("text/html", "") for output in opening.outputs))


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_keeps_the_skeleton(name):
    cells = stored(name).cells
    prose = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    places = [prose.find(part) for part in SKELETON]
    assert -1 not in places, dict(zip(SKELETON, places, strict=True))
    assert places == sorted(places)
    tried = next(i for i, cell in enumerate(cells) if cell.source.startswith("## Try it"))
    tasks = [i for i, cell in enumerate(cells) if "task" in cell.metadata.get("tags", [])]
    assert [i for i in tasks if i < tried], "a prediction at least"
    assert len([i for i in tasks if i > tried]) >= 3


@pytest.mark.parametrize("name", CHAPTERS)
def test_the_reader_changes_something_in_a_task_and_the_page_judges(name):
    assert any(cell.source.count(kind) for cell in stored(name).cells for kind in ("Task.ids(", "Task.between("))


@pytest.mark.parametrize("name", TEXTS)
def test_what_sets_up_or_checks_or_asks_is_folded_and_nothing_else(name):
    """Each task is tagged, so that no cell gives its answer away; a check says in words what of."""
    for cell in stored(name).cells:
        tags = set(cell.metadata.get("tags", []))
        assert ("task" in tags) == bool(re.search(r"^Task\.", cell.source, re.MULTILINE))
        assert "checked" not in tags or re.match(r"# checked: \w.+\n", cell.source)
        assert cell.metadata.get("jupyter", {}).get("source_hidden", False) == bool(tags & FOLDED)


@pytest.mark.parametrize("name", CHAPTERS)
def test_each_listed_question_is_answered_by_a_cell(name):
    answered = {q for cell in stored(name).cells for q in cell.metadata.get("questions", [])}
    prose = "\n".join(cell.source for cell in stored(name).cells if cell.cell_type == "markdown")
    items = re.findall(r"^- .*$", prose.split("## Questions answered here")[1].split("## Sources")[0], re.MULTILINE)
    assert len(items) == len(answered) > 0


def test_the_questions_are_answered():
    answered = {q for name in CHAPTERS for cell in stored(name).cells for q in cell.metadata.get("questions", [])}
    assert answered >= QUESTIONS
    assert answered <= asked().keys()


def test_the_notebooks_are_small():
    assert sum(path.stat().st_size for path in NOTEBOOKS.glob("*.ipynb")) < 2e6


@pytest.mark.parametrize("name", TEXTS)
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
