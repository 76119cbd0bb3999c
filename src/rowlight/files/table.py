"""An embedding table out of a .safetensors file, without loading the model that it belongs to.

Shown in the book on the page Use it on your model.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

# What embedding tables are called: `wte` and `wpe` in GPT-2, `shared` in T5.
USUAL = re.compile(r"emb|wte|wpe|shared|vocab|token|item|user|lookup", re.IGNORECASE)
MOST_NAMES = 8


def read_table(path: str | os.PathLike[str], key: str | None = None) -> torch.Tensor:
    """Return a table out of a .safetensors file, and nothing else of it.

    The file is mapped into memory, so only the rows that are used are read. Changes of the tensor do not reach it.

    Args:
        path: the file.
        key: what the table is called there, for example "embeddings.word_embeddings.weight". None will do where the
            file holds one tensor that looks like a table.

    Returns:
        A tensor (V, D), of the dtype that it has in the file.

    Raises:
        ModuleNotFoundError: the package safetensors is not installed.
        OSError: the file cannot be read.
        ValueError: the file is no safetensors file; it has no such tensor, or several that look like tables, and the
            message lists them; or the tensor has not two dimensions.
    """
    __tracebackhide__ = True
    with _opened(path) as file:
        name = _named(path, {name: file.get_slice(name) for name in file.keys()}, key)  # noqa: SIM118  no mapping
        table: torch.Tensor = file.get_tensor(name)
        return table


def _opened(path: str | os.PathLike[str]) -> Any:
    """The file as safetensors opens it, a context manager."""
    __tracebackhide__ = True
    try:
        from safetensors import SafetensorError, safe_open  # noqa: PLC0415  optional
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError("a .safetensors file is read by a package: pip install safetensors") from error
    if Path(path).is_dir():
        raise IsADirectoryError(f"cannot read {str(path)!r}: it is a folder")
    try:
        return safe_open(path, framework="pt")
    except SafetensorError as error:
        raise ValueError(f"{str(path)!r} is no safetensors file ({error})") from None
    except FileNotFoundError:
        raise FileNotFoundError(f"cannot read {str(path)!r}: there is no such file") from None
    except OSError as error:
        raise type(error)(f"cannot read {str(path)!r}: {error.strerror or error}") from None


def _named(path: str | os.PathLike[str], tensors: Mapping[str, Any], key: str | None) -> str:
    """The name of the tensor that is meant."""
    __tracebackhide__ = True
    shapes = {name: tuple(tensor.get_shape()) for name, tensor in tensors.items()}
    likely = _likely(tensors)
    tables = _in_words([f"{name!r} {shapes[name]}" for name in likely])
    if key is None and len(likely) == 1:
        return likely[0]
    if key is None:
        raise ValueError(f"{str(path)!r} does not say which tensor is the table; {tables}")
    if key not in shapes:
        raise ValueError(f"{str(path)!r} has no tensor {key!r}; {tables}")
    if len(shapes[key]) != 2:
        raise ValueError(f"{key!r} has shape {shapes[key]}, and a table has two dimensions (V, D); {tables}")
    return key


def _likely(tensors: Mapping[str, Any]) -> list[str]:
    """The tensors that look like tables: floats in two dimensions, with a usual name; or else all such floats."""
    flat = [name for name, tensor in tensors.items() if len(tensor.get_shape()) == 2 and "F" in tensor.get_dtype()]
    return sorted([name for name in flat if USUAL.search(name)] or flat)


def _in_words(names: list[str]) -> str:
    """'these look like tables: 'a' (10, 4), 'b' (5, 4) and 3 more'."""
    if not names:
        return "nothing in it looks like a table"
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    start = "this looks like a table" if len(names) == 1 else "these look like tables"
    return f"{start}: {', '.join(names[:MOST_NAMES])}{more}"
