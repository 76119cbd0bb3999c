"""The Row Lens: ids, table and output side by side, and the light that links them.

Source of the picture: `torch.nn.functional.embedding`. Explained in chapter 1 of the book, Ten rows, four columns.
"""

import torch
from torch.nn import functional as F

from rowlight.checks import as_table
from rowlight.lenses.table_lens import TableLens
from rowlight.widgets.bundle import bundle
from rowlight.widgets.numbers import limit, number_format


class RowLens(TableLens):
    """Show which rows of an embedding table a batch of ids reads.

    Args:
        table: an `nn.Embedding`, or a tensor or array of shape (V, D). The lens keeps a reference, never changes it,
            and shows a large one in part: the rows the batch reads and the first few, the first and last six columns.
        ids: integers of shape (), (T,) or (B, T); int32 or int64; at most 512 of them.
        tokens: None, or V strings, one a row.
        caption: one line above, which also names the lens for a screen reader.
        hint: one line below, which says what to try.
        conventions: add a switch that turns the table, one token per column.

    Raises:
        TypeError: a table, ids or tokens of a kind or a dtype that a lens does not take; ids of floats, for example.
        IndexError: an id below 0 or above V - 1; the message gives the id, its position and V.
        ValueError: a table that is not (V, D) or has no row, ragged ids or more than 512 of them, or not V tokens.

    Errors come before anything is drawn, and an assignment that raises leaves the lens as it was.
    """

    _esm = bundle("lenses/row_lens.js")

    def __init__(self, table, ids, tokens=None, *, caption=None, hint=None, conventions=False):
        self._conventions = bool(conventions)
        super().__init__(
            table,
            ids,
            tokens,
            caption=caption or "Which rows does this input read?",
            hint=hint or "Pick an id, a row or a vector. To change an id, pick it and type, or press Enter.",
        )

    @property
    def output(self):
        """`embedding(ids)` as torch computes it now: tensor (*ids.shape, D), detached.

        The lookup alone: hooks on the layer do not run. With `max_norm`, copies of the rows are shortened; the
        reader's own table stays as it is.
        """
        return self._lookup(self.ids)

    @property
    def _text(self):
        return f"RowLens: ids {tuple(self.ids.shape)} → output {tuple(self.output.shape)}"

    def _lookup(self, ids):
        table, max_norm = as_table(self._source), getattr(self._source, "max_norm", None)
        ids = ids.to(table.device)
        if max_norm is None:
            return F.embedding(ids, table)
        # torch shortens rows in place: give it a copy of the rows that are read.
        rows, place = ids.unique(return_inverse=True)
        return F.embedding(place, table[rows], max_norm=max_norm, norm_type=self._source.norm_type)

    def _picture(self, picture, state):
        numbers = picture.numbers
        style, most = number_format(numbers), limit(numbers)
        cells = picture.cells(numbers, style, most)
        table = dict(zip(picture.rows, cells, strict=True))
        read = picture.cells(picture.drawn(self._lookup(torch.tensor(picture.rows))), style, most)
        lookups = dict(zip(picture.rows, read, strict=True))
        state["reads"] = {str(row): lookups[row] for row in table if lookups[row] != table[row]}  # max_norm
        state["conventions"] = self._conventions
        return picture.html(
            "row",
            state,
            shapes=[picture.shape, (*picture.shape, picture.D)],
            caption=self._caption,
            hint=self._hint,
            parts=[
                picture.ids_part(),
                picture.table_part(cells),
                picture.output_part([lookups[id_] for id_ in picture.flat]),
            ],
            scales={"values": most},
        )
