"""The Row Lens: ids, table and output side by side, and the light that links them.

Source of the picture: `torch.nn.functional.embedding`. Explained in chapter 1 of the book, Ten rows, four columns.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch.nn import functional as F

from rowlight.checks import Selection
from rowlight.lenses.markup import TableMarkup
from rowlight.lenses.table_lens import TableLens
from rowlight.widgets.bundle import bundle
from rowlight.widgets.words import AXES


class RowLens(TableLens):
    """Show which rows of an embedding table a batch of ids reads.

    Args:
        table: an `nn.Embedding`, or a tensor or array of shape (V, D). The lens keeps a reference, never changes it,
            and shows a large one in part: the rows the batch reads and the first few, the first and last six columns.
        ids: integers of shape (), (T,) or (B, T); int32 or int64; at most 512 of them.
        tokens: None, or V strings, one a row.
        axes: what the two dimensions of the ids are called, where they are not sentences and positions: ("record",
            "column"). One name will do where the ids have one dimension.
        selection: what is lit at first: `{"position": [b, t]}`, `{"sentence": b}`, `{"row": r}` or `{}`. None stands
            for the first id.
        caption: one line above, which also names the lens for a screen reader.
        hint: one line below, which says what to try.
        transpose_switch: add a switch that turns the table, one token per column.

    Raises:
        TypeError: a table, ids or tokens of a kind or a dtype that a lens does not take; ids of floats, for example.
        IndexError: an id below 0 or above V - 1; the message gives the id, its position and V.
        ValueError: a table that is not (V, D) or has no row, ragged ids or more than 512 of them, not V tokens, or not
            a name for each dimension of the ids.

    Errors come before anything is drawn, and an assignment that raises leaves the lens as it was.
    """

    _kind = "row"
    _esm = bundle("lenses/row_lens.js")

    def __init__(
        self,
        table: object,
        ids: object,
        tokens: Sequence[str] | None = None,
        *,
        axes: Sequence[str] = AXES,
        selection: Selection | None = None,
        caption: str | None = None,
        hint: str | None = None,
        transpose_switch: bool = False,
    ) -> None:
        __tracebackhide__ = True
        self._transpose_switch = bool(transpose_switch)
        super().__init__(
            table,
            ids,
            tokens,
            axes=axes,
            selection=selection,
            caption=caption or "Which rows does this input read?",
            hint=hint or "Pick an id, a row or a vector. To change an id, pick it and type, or press Enter.",
        )

    @property
    def output(self) -> torch.Tensor:
        """`embedding(ids)` as torch computes it now: tensor (*ids.shape, D), detached.

        The lookup alone: hooks on the layer do not run. With `max_norm`, copies of the rows are shortened; the
        reader's own table stays as it is.
        """
        return self._lookup(self.ids)

    def _lookup(self, ids: torch.Tensor) -> torch.Tensor:
        table, max_norm = self.table, self._source.option("max_norm")
        ids = ids.to(table.device)
        if max_norm is None:
            return F.embedding(ids, table)
        # torch shortens rows in place: give it a copy of the rows that are read.
        rows, at = ids.unique(return_inverse=True)
        return F.embedding(at, table[rows], max_norm=max_norm, norm_type=self._source.option("norm_type"))

    def _summary(self, ids: torch.Tensor) -> tuple[str, list[str], torch.Tensor]:
        shape = tuple(self.ids.shape)
        title = f"RowLens: ids {shape} → output {(*shape, self.table.shape[1])}"
        return title, [""] * len(ids), self._lookup(ids)

    def _values(self, m: TableMarkup) -> dict[str, Any]:
        cells = dict(zip(m.rows, m.cells(m.numbers, m.scale), strict=True))
        lookups = m.drawn(self._lookup(torch.tensor(m.rows, device="cpu")))
        read = dict(zip(m.rows, m.cells(lookups, m.scale), strict=True))
        at = {m.flat[i]: read[m.flat[i]] for i in m.lit}
        return {
            "shapes": f"{m.shape} → {(*m.shape, m.D)}",
            "scales": {"values": m.scale},
            "table_cells": cells.values(),
            "output_cells": [read[id_] for id_ in m.flat],
            # A lit row that no id reads shows its own numbers.
            "lit_numbers": m.in_numbers(
                [f"row {row}" for row in m.lit_rows], [at.get(row, cells[row]) for row in m.lit_rows]
            ),
            "state": {
                "reads": {str(row): read[row] for row in m.rows if read[row] != cells[row]},  # max_norm
                "transpose_switch": self._transpose_switch,
            },
        }
