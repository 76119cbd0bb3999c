"""A lens without a notebook: `python -m rowlight model.safetensors "any sentence" -o lens.html`.

Shown in the book on the page Use it on your model.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from rowlight.checks import MOST_POSITIONS, Tokens
from rowlight.files.table import read_table
from rowlight.files.tokenizer import read_tokenizer
from rowlight.lenses.row_lens import RowLens

FEW = 3  # of more ids, the first few are named


class _Parser(argparse.ArgumentParser):
    """A parser that says each mistake in one sentence."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the lens that the command line asks for. A mistake ends with one sentence and exit code 2."""
    parser = _Parser(
        prog="rowlight",
        description="See which rows of a model's embedding table a sentence reads: one html file, alive from disk.",
    )
    parser.add_argument("model", type=Path, help="a .safetensors file; of it, the table alone is read")
    parser.add_argument("text", help="a sentence")
    parser.add_argument("--table", metavar="KEY", help="what the table is called in the file, if there are several")
    parser.add_argument("--tokenizer", type=Path, metavar="FILE", help="tokenizer.json; if not given, beside the model")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", default=Path("lens.html"), help="lens.html")
    given = parser.parse_args(arguments)
    try:
        lens = _lens(given)
        path = lens.save(given.output)
    except (ImportError, OSError, TypeError, ValueError) as error:
        parser.error(str(error))
    ids, read, V = lens.ids.numel(), len(lens.ids.unique()), len(lens.table)
    sys.stdout.write(f"{path}: {ids} {'id reads' if ids == 1 else 'ids read'} {read} of {V:,} rows\n")


def _lens(given: argparse.Namespace) -> RowLens:
    """The lens on the table of a file, with the ids that its tokenizer makes of a text."""
    table = read_table(given.model, given.table)
    V = len(table)
    tokenizer_file = given.tokenizer or given.model.with_name("tokenizer.json")
    tokenizer = read_tokenizer(tokenizer_file)
    pieces = tokenizer.encode(given.text)
    if not pieces.ids:
        raise ValueError("the text gives no ids")
    ids = [id_ for id_ in pieces.ids if id_ < V]
    if not ids:
        raise ValueError(f"no id of the text has a row in the table: {_few(pieces.ids)}")
    if len(ids) > MOST_POSITIONS:
        raise ValueError(f"the text gives {len(ids):,} ids, and a page without a kernel shows {MOST_POSITIONS} at most")
    strangers = Tokens(tokenizer, V).strangers(V)
    if strangers:
        more = f"{tokenizer_file} has more tokens than the table's {V:,} rows"
        sys.stderr.write(f"{more}; these ids have no row: {_few(strangers)}\n")
    caption = f"Which rows of {given.model.name} does “{given.text}” read?"
    left_out = [f"{token} ({id_})" for token, id_ in zip(pieces.tokens, pieces.ids, strict=True) if id_ >= V]
    hint = f"Left out, since the table has no row for them: {_few(left_out)}." if left_out else None
    return RowLens(table, ids, tokenizer, axes=("position",), caption=caption, hint=hint)


def _few(items: Sequence[object]) -> str:
    """'6, 7, 8 … (12 in all)'."""
    first = ", ".join(map(str, items[:FEW]))
    return first if len(items) <= FEW else f"{first} … ({len(items):,} in all)"


if __name__ == "__main__":
    main()
