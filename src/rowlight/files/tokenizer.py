"""A tokenizer out of a tokenizer.json, the file that Hugging Face stores beside a model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os

    from tokenizers import Tokenizer


def read_tokenizer(path: str | os.PathLike[str]) -> Tokenizer:
    """Return the tokenizer that a tokenizer.json describes; it neither pads nor cuts.

    Raises:
        ModuleNotFoundError: the package tokenizers is not installed.
        OSError: the file cannot be read.
        ValueError: the file describes no tokenizer.
    """
    __tracebackhide__ = True
    try:
        from tokenizers import Tokenizer  # noqa: PLC0415  optional
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError("a tokenizer.json is read by a package: pip install tokenizers") from error
    try:
        text = Path(path).read_text("utf-8")
    except OSError as error:
        raise type(error)(f"cannot read {str(path)!r}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{str(path)!r} is no tokenizer.json: it is no text") from None
    try:
        tokenizer = Tokenizer.from_str(text)
    except Exception as error:  # noqa: BLE001  the package raises no other kind
        raise ValueError(f"{str(path)!r} is no tokenizer.json ({error})") from None
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer
