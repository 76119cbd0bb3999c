"""Tables and tokenizers out of files, and the command that makes a lens of them."""

import builtins
import subprocess
import sys

import pytest
import tokenizers
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file

from rowlight import read_table
from rowlight.__main__ import main
from rowlight.files.tokenizer import read_tokenizer

WORDS = ["<unk>", "the", "cat", "sat", "on", "mat"]
KEY = "encoder.embed_tokens.weight"


@pytest.fixture
def folder(tmp_path):
    """A small model as files: two tables, a matrix, whole numbers, a vector; and a tokenizer of six words."""
    torch.manual_seed(0)
    tensors = {
        KEY: torch.randn(6, 4),
        "encoder.embed_positions.weight": torch.randn(8, 4, dtype=torch.float16),
        "encoder.position_ids": torch.arange(8)[None],
        "head.weight": torch.randn(2, 4),
        "head.bias": torch.randn(2),
    }
    save_file(tensors, tmp_path / "model.safetensors")
    tokenizer(WORDS).save(str(tmp_path / "tokenizer.json"))
    return tmp_path


def tokenizer(words):
    made = tokenizers.Tokenizer(tokenizers.models.WordLevel({word: i for i, word in enumerate(words)}, "<unk>"))
    made.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    return made


@given(st.integers(1, 9), st.integers(1, 5), st.sampled_from(["float32", "float16", "bfloat16", "float64"]))
def test_a_table_is_the_one_in_the_file(tmp_path_factory, V, D, name):
    table = torch.randn(V, D).to(getattr(torch, name))
    path = tmp_path_factory.mktemp("table") / "model.safetensors"
    save_file({"a": table, "b": torch.zeros(3)}, path)
    read = read_table(path)
    assert read.dtype == table.dtype
    assert torch.equal(read, table)


def test_a_float8_table(tmp_path):
    table = torch.randn(3, 4).to(torch.float8_e4m3fn)
    save_file({"a": table}, tmp_path / "a.safetensors")
    read = read_table(tmp_path / "a.safetensors", "a")
    assert torch.equal(read.view(torch.uint8), table.view(torch.uint8))


def test_nothing_else_of_the_file_is_read(tmp_path):
    """Of a file that holds 4 GB of zeros, which a disk does not store, only the rows that are asked for are read."""
    program = f"""
import json, resource, struct, sys
V, D = 1_000_000, 1_000
header = json.dumps({{"table": {{"dtype": "F32", "shape": [V, D], "data_offsets": [0, 4 * V * D]}}}}).encode()
with open({str(tmp_path / "large.safetensors")!r}, "wb") as file:
    file.write(struct.pack("<Q", len(header)) + header)
    file.truncate(8 + len(header) + 4 * V * D)
from rowlight import read_table
import torch
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
table = read_table({str(tmp_path / "large.safetensors")!r})
print(tuple(table.shape), table[[5, 999_999]].sum().item())
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == ["(1000000, 1000) 0.0", "True"], done.stderr


def test_writing_to_a_table_leaves_the_file_alone(folder):
    table = read_table(folder / "model.safetensors", KEY)
    before = table.clone()
    table.zero_()
    assert torch.equal(read_table(folder / "model.safetensors", KEY), before)


TABLES = r"these look like tables: 'encoder.embed_positions.weight' \(8, 4\), 'encoder.embed_tokens.weight' \(6, 4\)$"


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (None, f"does not say which tensor is the table; {TABLES}"),
        ("wte.weight", f"has no tensor 'wte.weight'; {TABLES}"),
        ("head.bias", rf"'head.bias' has shape \(2,\), and a table has two dimensions \(V, D\); {TABLES}"),
    ],
)
def test_a_key_that_is_no_table(folder, key, words):
    with pytest.raises(ValueError, match=words):
        read_table(folder / "model.safetensors", key)


def test_of_many_tables_the_first_are_listed(tmp_path):
    save_file({f"item_{i:02}": torch.zeros(2, 2) for i in range(20)}, tmp_path / "many.safetensors")
    with pytest.raises(ValueError, match=r"'item_07' \(2, 2\) and 12 more$"):
        read_table(tmp_path / "many.safetensors")


def test_a_file_without_tables(tmp_path):
    save_file({"a": torch.zeros(3)}, tmp_path / "none.safetensors")
    with pytest.raises(ValueError, match="nothing in it looks like a table"):
        read_table(tmp_path / "none.safetensors", "b")


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04" + bytes(100), b"\x10" + bytes(7) + b'{"a":', None])
def test_what_is_no_safetensors_file(folder, damage):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-10] if damage is None else damage)
    with pytest.raises(ValueError, match=r"^'.*' is no safetensors file \(.+\)$"):
        read_table(path)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no such file"):
        read_table(tmp_path / "model.safetensors")
    with pytest.raises(IsADirectoryError, match="it is a folder"):
        read_table(tmp_path)


@pytest.mark.parametrize(("package", "call"), [("safetensors", read_table), ("tokenizers", read_tokenizer)])
def test_without_the_package_that_reads_it(monkeypatch, package, call):
    real = builtins.__import__

    def without(name, *rest):
        if name.split(".")[0] == package:
            raise ModuleNotFoundError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ModuleNotFoundError, match=f"pip install {package}$"):
        call("file")


def test_a_tokenizer_neither_pads_nor_cuts(folder):
    made = tokenizer(WORDS)
    made.enable_padding(length=9)
    made.enable_truncation(2)
    made.save(str(folder / "tokenizer.json"))
    assert read_tokenizer(folder / "tokenizer.json").encode("the cat sat").ids == [1, 2, 3]


@pytest.mark.parametrize(("damage", "words"), [(b"{", "is no tokenizer.json"), (b"\xff\xfe", "it is no text")])
def test_what_is_no_tokenizer(folder, damage, words):
    (folder / "tokenizer.json").write_bytes(damage)
    with pytest.raises(ValueError, match=words):
        read_tokenizer(folder / "tokenizer.json")


def command(folder, *options, text="the cat sat on the mat", key=KEY):
    output = folder / "out" / "lens.html"
    output.parent.mkdir(exist_ok=True)
    main([str(folder / "model.safetensors"), "--table", key, text, "-o", str(output), *options])
    return output.read_text("utf-8")


def test_the_command_writes_a_lens(folder, capsys):
    html = command(folder)
    assert 'data-lens="row"' in html
    assert "Which rows of model.safetensors does “the cat sat on the mat” read?" in html
    assert '<bdi class="rl-token">cat</bdi>' in html
    printed = capsys.readouterr()
    assert printed.out == f"{folder / 'out' / 'lens.html'}: 6 ids read 5 of 6 rows\n"
    assert printed.err == ""


def test_the_command_runs_as_a_module(folder):
    line = [sys.executable, "-m", "rowlight", "model.safetensors", "--table", KEY, "--tokenizer", "tokenizer.json"]
    done = subprocess.run(
        [*line, "the cat", "-o", "lens.html"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "lens.html: 2 ids read 2 of 6 rows\n", "")
    assert (folder / "lens.html").exists()


def test_a_tokenizer_larger_than_the_table_is_named_and_still_shown(folder, capsys):
    made = tokenizer([*WORDS, "dog", "bird", "fish", "bee"])
    made.save(str(folder / "tokenizer.json"))
    html = command(folder, text="the cat sat")
    assert "more tokens than the table's 6 rows; these ids have no row: 6, 7, 8 … (4 in all)" in capsys.readouterr().err
    assert "There are more tokens than rows: 4 without a row, 6, 7, 8 and 9." in html
    assert "Left out" not in html
    html = command(folder, text="the dog sat")
    assert "Left out, since the table has no row for them: dog (6)." in html
    assert html.count('data-id="') == 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"key": "nothing"}, "has no tensor 'nothing'; these look like tables"),
        ({"key": "head.bias"}, "a table has two dimensions"),
        ({"text": ""}, "the text gives no ids"),
        ({"text": "dog " * 9 + "the " * 600}, "the text gives 609 ids, and a page without a kernel shows 512 at most"),
        ({"options": ["--tokenizer", "gone.json"]}, "cannot read 'gone.json'"),
        ({"options": ["-o", "gone/lens.html"]}, "cannot write 'gone/lens.html'"),
        ({"options": ["--tabel", "a"]}, "unrecognized arguments: --tabel a"),
    ],
)
def test_a_mistake_is_one_sentence_and_nothing_is_written(folder, capsys, options, words):
    before = sorted(folder.rglob("*.html"))
    with pytest.raises(SystemExit) as stop:
        command(folder, *options.pop("options", []), **options)
    assert stop.value.code == 2
    printed = capsys.readouterr()
    assert words in printed.err
    assert printed.err.count("\n") == 1
    assert printed.out == ""
    assert sorted(folder.rglob("*.html")) == before


def test_a_text_of_which_no_id_has_a_row(folder, capsys):
    tokenizer([*WORDS, "dog"]).save(str(folder / "tokenizer.json"))
    with pytest.raises(SystemExit):
        command(folder, text="dog dog")
    assert "no id of the text has a row in the table: 6, 6" in capsys.readouterr().err
