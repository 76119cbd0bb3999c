"""`make notebooks`: a run that only moves last digits leaves the stored notebook alone."""

import copy

import nbformat
import pytest
from _tools import derive
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

KERNEL = "# ---\n# jupyter:\n#   kernelspec:\n#     display_name: Python 3 (ipykernel)\n#     name: python3\n# ---\n\n"
PRINTED, SHOWN = "print(loss)", "embedding.weight.shape, lens"


def notebook(printed="loss 0.7443\n", shown="(10, 4) 0.5000", source=PRINTED, python="3.11.9"):
    stream = new_output("stream", name="stdout", text=printed)
    result = new_output("execute_result", {"text/plain": shown, "text/html": f"<b>{shown}</b>"}, execution_count=2)
    return new_notebook(
        cells=[
            new_markdown_cell("# Title", id="title"),
            new_code_cell(source, id="printed", outputs=[stream], execution_count=1),
            new_code_cell(SHOWN, id="shown", outputs=[result], execution_count=2),
        ],
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)"},
            "language_info": {"name": "python", "version": python},
        },
    )


@pytest.fixture
def path(tmp_path):
    """A stored notebook, in a layout of its own, which writing it again would not keep."""
    path = tmp_path / "01_one.ipynb"
    path.write_text(nbformat.writes(notebook(), indent=4), "utf-8")
    return path


def outputs(path):
    return [cell.get("outputs") for cell in nbformat.read(path, as_version=4).cells]


def test_last_digits_leave_every_byte_as_it_is(path):
    before = path.read_bytes()
    derive.store(notebook("loss 0.7444\n", "(10, 4) 0.4999"), path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("printed", ["loss 0.7445\n", "loss 0.7443 at step 1\n", "Loss 0.7443\n", ""])
def test_a_changed_output_is_stored_and_the_others_stay(path, printed):
    derive.store(notebook(printed, "(10, 4) 0.4999"), path)
    assert outputs(path) == [None, *(cell.outputs for cell in notebook(printed).cells[1:])]


def test_a_changed_cell_is_stored_with_the_outputs_it_had(path):
    derive.store(notebook("loss 0.7444\n", source="print(the_loss)"), path)
    assert nbformat.read(path, as_version=4) == notebook(source="print(the_loss)")


def test_a_cell_that_moved_takes_its_outputs_along_with_a_new_count(path):
    fresh = notebook("loss 0.7444\n")
    fresh.cells.insert(1, new_code_cell("pass", id="new", execution_count=1))
    for cell in fresh.cells[2:]:
        cell.execution_count += 1
    fresh.cells[3].outputs[0].execution_count = 3
    expected = copy.deepcopy(fresh)
    expected.cells[2].outputs[0].text = "loss 0.7443\n"
    derive.store(fresh, path)
    assert nbformat.read(path, as_version=4) == expected


def test_another_python_alone_is_no_change_and_comes_with_one(path):
    before = path.read_bytes()
    derive.store(notebook("loss 0.7444\n", python="3.12.1"), path)
    assert path.read_bytes() == before
    derive.store(notebook("loss 0.7445\n", python="3.12.1"), path)
    assert nbformat.read(path, as_version=4).metadata.language_info.version == "3.12.1"


def test_a_notebook_without_a_note_of_its_language_gets_one(path):
    old = notebook()
    del old.metadata["language_info"]
    nbformat.write(old, path)
    derive.store(notebook("loss 0.7444\n"), path)
    assert nbformat.read(path, as_version=4) == notebook()


@pytest.mark.parametrize("tag", ["set-up", "checked", "task"])
def test_a_folded_cell_is_hidden_and_shown_again_without_its_tag(tag):
    cell = new_code_cell("assert 1", metadata={"tags": [tag, "first-lens"]})
    derive.fold(cell)
    assert cell.metadata == {"tags": [tag, "first-lens"], "jupyter": {"source_hidden": True}, "cellView": "form"}
    cell.metadata.tags.remove(tag)
    derive.fold(cell)
    assert cell.metadata == {"tags": ["first-lens"]}


def test_a_new_notebook_is_written(tmp_path):
    derive.store(notebook(), tmp_path / "new.ipynb")
    assert nbformat.read(tmp_path / "new.ipynb", as_version=4) == notebook()


def test_what_a_cell_prints_is_one_output_however_it_comes(tmp_path, monkeypatch):
    monkeypatch.setattr(derive, "fresh_cache_folder", lambda: tmp_path / "cache")
    text = tmp_path / "01_one.py"
    text.write_text(f"{KERNEL}# %%\nprint('one', flush=True)\nprint('two', flush=True)\n", "utf-8")
    derive.derive(text)
    assert outputs(text.with_suffix(".ipynb")) == [[new_output("stream", name="stdout", text="one\ntwo\n")]]


def test_a_text_is_derived_again_on_another_machine(tmp_path, monkeypatch):
    """The whole way, with a kernel: `number.txt` stands for the processor."""
    monkeypatch.setattr(derive, "fresh_cache_folder", lambda: tmp_path / "cache")
    text, number = tmp_path / "01_one.py", tmp_path / "number.txt"
    text.write_text(f"{KERNEL}# %% [markdown]\n# # One\n\n# %%\nprint(open('number.txt').read())\n", "utf-8")
    stored = []
    for digits in ("0.7443", "0.7444", "0.7445"):
        number.write_text(digits, "utf-8")
        derive.derive(text)
        stored.append(text.with_suffix(".ipynb").read_bytes())
    assert b"0.7443" in stored[0]
    assert stored[1] == stored[0]
    assert b"0.7445" in stored[2]


def test_what_a_cell_is_for_is_stored_with_it(tmp_path, monkeypatch):
    """The whole way: a tag and a question in the text, a fold in the notebook, until the text says otherwise."""
    monkeypatch.setattr(derive, "fresh_cache_folder", lambda: tmp_path / "cache")
    text = tmp_path / "01_one.py"
    text.write_text(f'{KERNEL}# %% tags=["checked"] questions=["Q01"]\nassert 1\n', "utf-8")
    derive.derive(text)
    notebook = nbformat.read(text.with_suffix(".ipynb"), as_version=4)
    [cell] = notebook.cells
    assert cell.metadata.jupyter.source_hidden
    assert cell.metadata.questions == ["Q01"]
    assert notebook.metadata.language_info.keys() >= {"name", "version", "mimetype", "codemirror_mode"}
    assert derive.is_current(text)
    text.write_text(f"{KERNEL}# %%\nassert 1\n", "utf-8")
    assert not derive.is_current(text)
    derive.derive(text)
    [cell] = nbformat.read(text.with_suffix(".ipynb"), as_version=4).cells
    assert cell.metadata == {}
