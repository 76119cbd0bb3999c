"""The Row Lens: ids, table and output side by side, and the light that links them.

Source of the picture: `torch.nn.functional.embedding`. Explained in chapter 1 of the book, Ten rows, four columns.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch.nn import functional as F

from rowlight.checks import Selection
from rowlight.lenses.markup import TableMarkup, same_bits
from rowlight.lenses.table_lens import TableLens
from rowlight.widgets.bundle import bundle
from rowlight.widgets.numbers import Scale

STILL_HINT = "Pick an id, a row or a bag."  # where nothing can be changed
BAG_DTYPES = (torch.float32, torch.float64, torch.float16, torch.bfloat16)  # what embedding_bag can add up


class RowLens(TableLens):
    """Show which rows of an embedding table a batch of ids reads.

    A table of at most 64 rows is shown whole: every row can be seen, so there is no overview, tokens stand beside the
    rows alone, and equal rows are left to the reader's eye. Of a larger table, the lens reads and shows the rows that
    the batch reads, with their tokens beside the ids as well, and an overview in which every row has its place; of more
    than twelve columns it shows the first and the last six; of more than 512 ids a part, with buttons for the others in
    a running notebook. So a table may be as large as it likes, in memory, on another device, or in a file that is
    mapped into memory. The row of `padding_idx` is marked in tables of every size.

    Args:
        table: an `nn.Embedding`, or a tensor or array of shape (V, D), of any real dtype. The lens keeps a reference
            and never changes it. With an `nn.EmbeddingBag`, the output has one row a bag.
        ids: integers of shape (), (T,) or (B, T), int32 or int64; at most 65,536 of them. A tokenizer's own output
            will do, and a column of categories of pandas, whose codes are the ids. An `nn.EmbeddingBag` needs shape
            (B, T): in place of offsets, fill shorter bags with its `padding_idx`, which it leaves out. It is shown
            without weights of its ids.
        tokens: None, or V strings, one a row, in any iterable that has an order. Also a dict from id to token or from
            token to id, a function from id to text, or a tokenizer; these need not know every row.
        axes: what the two dimensions of the ids are called, for example ("record", "column"). One name will do where
            the ids have one dimension. None stands for "sentence" and "position", of an `nn.EmbeddingBag` for "bag" and
            "position".
        selection: what is lit at first: `{"position": [b, t]}`, `{"sentence": b}`, `{"row": r}` or `{}`. None stands
            for the first id.
        caption: one line above, which also names the lens for a screen reader.
        hint: one line below, which says what to try.
        transpose_switch: add a switch that turns the table, one token per column.

    Raises:
        TypeError: a table, ids or tokens of a kind or a dtype that a lens does not take; ids of floats, for example,
            or an `nn.EmbeddingBag` of integers, of which torch makes no bags.
        IndexError: an id below 0 or above V - 1; the message gives the id, its position and V.
        ValueError: a table that is not (V, D) or has no row, ragged ids or more than 65,536 of them, a missing
            category, not V tokens, or not a name for each dimension of the ids.

    Errors come before anything is drawn, and an assignment that raises leaves the lens as it was.
    """

    _kind = "row"
    _esm = bundle("lenses/row_lens.js")
    _most_ids = 65_536  # a page holds them all, and shows a window of them

    def __init__(
        self,
        table: object,
        ids: object,
        tokens: object = None,
        *,
        axes: Sequence[str] | None = None,
        selection: Selection | None = None,
        caption: str | None = None,
        hint: str | None = None,
        transpose_switch: bool = False,
    ) -> None:
        __tracebackhide__ = True
        self._transpose_switch, self._has_own_hint = bool(transpose_switch), bool(hint)
        super().__init__(
            table,
            ids,
            tokens,
            axes=axes,
            selection=selection,
            caption=caption or "Which rows does this input read?",
            hint=hint or "Pick an id, a row or a vector. To change an id, pick it and type, or press Enter.",
        )

    def _check(self, table: torch.Tensor, ids: torch.Tensor) -> None:
        super()._check(table, ids)
        if not self._source.makes_bags:
            return
        if table.dtype not in BAG_DTYPES:
            raise TypeError(f"table: torch makes no bags of {table.dtype}; pass the weight to look at the table alone")
        if ids.ndim != 2 or not ids.shape[1]:
            raise ValueError(
                "ids: an nn.EmbeddingBag needs ids of shape (B, T), a bag of at least one id a row; got shape "
                f"{tuple(ids.shape)}. In place of offsets, fill shorter bags with the layer's padding_idx, "
                "which it leaves out"
            )

    def _notes(self, m: TableMarkup) -> list[str]:
        if not self._source.makes_bags or m.padding is None:
            return super()._notes(m)
        return [*super()._notes(m), f"Row {m.padding} is padding_idx: it is left out of every {self._axes[0]}."]

    @property
    def output(self) -> torch.Tensor:
        """`embedding(ids)` as torch computes it now, detached: tensor (*ids.shape, D), of an `nn.EmbeddingBag` (B, D).

        The lookup alone: hooks on the layer do not run. With `max_norm`, copies of the rows are shortened; the
        reader's own table stays as it is.
        """
        return self._bags(self.ids) if self._source.makes_bags else self._lookup(self.ids)

    def _lookup(self, ids: torch.Tensor) -> torch.Tensor:
        """The rows that ids read, as they are read: tensor (*ids.shape, D)."""
        table, max_norm = self.table, self._source.option("max_norm")
        ids = ids.to(table.device)
        if max_norm is None:
            return F.embedding(ids, table)
        # torch shortens rows in place: give it a copy of the rows that are read.
        rows, at = ids.unique(return_inverse=True)
        return F.embedding(at, table[rows], max_norm=max_norm, norm_type=self._source.option("norm_type"))

    def _bags(self, ids: torch.Tensor) -> torch.Tensor:
        """What the layer makes of bags of ids (B, T): tensor (B, D)."""
        table, option = self.table, self._source.option
        rows, at = ids.to(table.device).unique(return_inverse=True)
        padding = self._source.padding
        blocked = [] if padding is None else (rows == padding).nonzero().flatten().tolist()
        return F.embedding_bag(
            at,
            table[rows],  # a copy: with max_norm, torch shortens rows in place
            mode=option("mode"),
            max_norm=option("max_norm"),
            norm_type=option("norm_type"),
            padding_idx=blocked[0] if blocked else None,
        )

    def _summary(self, ids: torch.Tensor) -> tuple[str, list[str], torch.Tensor]:
        shape = tuple(self.ids.shape)
        output = (*(shape[:1] if self._source.makes_bags else shape), self.table.shape[1])
        return f"RowLens: ids {shape} → output {output}", [""] * len(ids), self._lookup(ids)

    def _values(self, m: TableMarkup) -> dict[str, Any]:
        cells = dict(zip(m.rows, m.cells(m.numbers, m.scale), strict=True))
        lookups = m.drawn(self._lookup(torch.tensor(m.rows, dtype=torch.int64, device="cpu")))
        same = same_bits(lookups, m.numbers)  # of a layer without max_norm
        read = cells if same else dict(zip(m.rows, m.cells(lookups, m.scale), strict=True))
        values: dict[str, Any] = {
            "shapes": f"{m.shape} → {(*m.shape, m.D)}",
            "scales": {"values": m.scale},
            "table_cells": cells.values(),
            "bags": False,
            "output_cells": [read[m.flat[i]] for i in m.shown],
            # A lit row that no id reads shows its own numbers.
            "lit_numbers": m.in_numbers(
                [f"row {row}" for row in m.lit_rows],
                [read[row] if row in m.uses else cells[row] for row in m.lit_rows],
            ),
            "state": {
                "reads": {str(row): read[row] for row in m.rows if read[row] != cells[row]},  # max_norm
                "transpose_switch": self._transpose_switch,
            },
        }
        return values | self._bag_values(m, values["state"]) if self._source.makes_bags else values

    def _bag_values(self, m: TableMarkup, state: dict[str, Any]) -> dict[str, Any]:
        """What differs where the output has one row a bag."""
        bags = m.drawn(self._bags(self.ids[m.sentences.start : m.sentences.stop]))
        scale = Scale.of(bags)
        cells = m.cells(bags, scale)
        shown = [(b, numbers) for b, numbers in zip(m.sentences, cells, strict=True) if b in m.lit_sentences]
        return {
            "shapes": f"{m.shape} → {(m.shape[0], m.D)}",
            "scales": {"values": m.scale, f"{self._source.option('mode')} of each {self._axes[0]}": scale},
            "bags": True,
            "output_cells": cells,
            "lit_numbers": m.in_numbers([f"{self._axes[0]} {b + 1}" for b, _ in shown], [one for _, one in shown]),
            "state": state | {"bags": True} | ({} if self._has_own_hint else {"still_hint": STILL_HINT}),
        }
