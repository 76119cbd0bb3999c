"""What the templates of a lens are filled with: which rows and columns are drawn, their cells, and what is lit."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch

from rowlight.checks import Selection
from rowlight.widgets.numbers import Scale, plain
from rowlight.widgets.words import lit, token_name

MOST_ROWS = 64  # a larger table shows the rows the batch reads, and the first few
MOST_LINES = 6  # of more vectors that are lit, the first few are also shown in numbers
MOST_COLUMNS = 12  # a wider table shows its first and last columns

Cell = tuple[str, int]  # its text and its step on the colour scale


class TableMarkup:
    """A table, the ids that read it, and what the selection lights.

    Args:
        table: tensor (V, D), the table as it is now.
        ids: tensor (), (T,) or (B, T), already checked.
        selection: a checked selection dict.
        tokens: None or V strings.
        reset_ids: the ids that Python set last. They alone decide the scale, so that a page may keep it while the
            reader edits.
    """

    def __init__(
        self,
        table: torch.Tensor,
        ids: torch.Tensor,
        selection: Selection,
        tokens: Sequence[str] | None,
        reset_ids: torch.Tensor,
    ) -> None:
        self.shape, self.flat, self.selection = tuple(ids.shape), ids.flatten().tolist(), selection
        self.V, self.D = table.shape
        selected = [selection["row"]] if "row" in selection else []
        self.rows = drawn_rows([*self.flat, *selected], self.V)
        half = MOST_COLUMNS // 2
        self.columns = list(range(self.D)) if self.D <= MOST_COLUMNS else [*range(half), *range(self.D - half, self.D)]
        self.numbers = self.drawn(table[self.rows])
        self.scale = Scale.of(self.drawn(table[drawn_rows(reset_ids.flatten().tolist(), self.V)]))
        self.tokens = {row: tokens[row] for row in self.rows} if tokens is not None else {}
        self.names = {row: token_name(token) for row, token in self.tokens.items()}
        self.uses = Counter(self.flat)
        self.lit = set(lit(self.shape, self.flat, selection))
        self.lit_rows = list(dict.fromkeys([*(self.flat[i] for i in sorted(self.lit)), *selected]))

    def drawn(self, values: torch.Tensor) -> torch.Tensor:
        """Of vectors (..., D), the columns that are drawn, in a type that can be printed."""
        return plain(values[..., self.columns])

    def shows(self, table: torch.Tensor, ids: torch.Tensor) -> bool:
        """Whether the rows that `ids` read are drawn, with the numbers that `table` has."""
        if tuple(table.shape) != (self.V, self.D) or not set(ids.flatten().tolist()) <= set(self.rows):
            return False
        return _same_bits(self.drawn(table[self.rows]), self.numbers)

    def same_numbers(self, other: "TableMarkup | None") -> bool:
        """Whether `other` draws the same rows of the same table on the same scale."""
        if other is None or (self.rows, self.scale, self.V) != (other.rows, other.scale, other.V):
            return False
        return _same_bits(self.numbers, other.numbers)

    def cells(self, values: torch.Tensor, scale: Scale) -> list[list[Cell]]:
        """The cells of vectors (N, columns drawn)."""
        return [[scale.cell(x) for x in vector] for vector in values.tolist()]

    @property
    def gap(self) -> int | None:
        """How many columns stand before those that are left out, or None."""
        return None if len(self.columns) == self.D else MOST_COLUMNS // 2

    def times_read(self, row: int) -> str:
        """How often the ids read a row, with a sign for "times"."""
        return f"{self.uses[row]}×"

    @property
    def heads(self) -> list[int | str]:
        """The heads of the columns."""
        return [*self.columns[: self.gap], *([] if self.gap is None else ["…", *self.columns[self.gap :]])]

    def id_rows(self) -> list[list[dict[str, Any]]]:
        """The ids, sentence by sentence; one line of them if they have no sentences."""
        return self._sentences(
            [{"position": self.position(i), "id": id_, "lit": i in self.lit} for i, id_ in enumerate(self.flat)]
        )

    def table_rows(self, cells: list[list[Cell]], note: Callable[[int], str]) -> Iterator[dict[str, Any]]:
        """The rows of a table, in order, each with how many are left out before it; at last how many after.

        Args:
            cells: for each drawn row, its cells.
            note: what the last column says to a row.
        """
        previous = -1
        for row, numbers in zip(self.rows, cells, strict=True):
            yield {
                "row": row,
                "skipped": row - previous - 1,
                "token": self.tokens.get(row),
                "name": self.names.get(row),
                "uses": self.uses[row],
                "lit": row in self.lit_rows,
                "cells": numbers,
                "note": note(row),
            }
            previous = row
        yield {"row": None, "skipped": self.V - 1 - previous}

    def vectors(self, cells: list[list[Cell]]) -> list[list[dict[str, Any]]]:
        """What each id gets, sentence by sentence: `cells` for each id, in order."""
        return self._sentences(
            [
                {
                    "position": self.position(i),
                    "row": id_,
                    "lit": i in self.lit,
                    "cells": numbers,
                }
                for i, (id_, numbers) in enumerate(zip(self.flat, cells, strict=True))
            ]
        )

    def in_numbers(self, names: Sequence[str], vectors: Sequence[list[Cell]]) -> str:
        """A line for each of some vectors, with its numbers; of many, the first few."""
        lines = [f"{name}: {' '.join(self._texts(cells))}" for name, cells in zip(names, vectors, strict=True)]
        more = [f"… and {len(lines) - MOST_LINES} more"] * (len(lines) > MOST_LINES)
        return "\n".join(lines[:MOST_LINES] + more)

    def _texts(self, cells: list[Cell]) -> list[str]:
        texts = [text for text, _ in cells]
        return texts if self.gap is None else [*texts[: self.gap], "…", *texts[self.gap :]]

    def position(self, i: int) -> str:
        """'b,t', 't' or '' of the id with flat index `i`."""
        return ",".join(map(str, self._at(i)))

    def _at(self, i: int) -> list[int]:
        return [i // self.shape[1], i % self.shape[1]] if len(self.shape) == 2 else [i][: len(self.shape)]

    def _sentences(self, items: list[Any]) -> list[list[Any]]:
        if len(self.shape) != 2:
            return [items]
        B, T = self.shape
        return [items[b * T : (b + 1) * T] for b in range(B)]


def drawn_rows(needed: Sequence[int], V: int) -> list[int]:
    """The rows that are drawn, in order: all, or those that are needed and the first few."""
    if V <= MOST_ROWS:
        return list(range(V))
    distinct = set(needed)
    return sorted({*distinct, *range(min(V, max(4, MOST_ROWS - len(distinct))))})


def _same_bits(one: torch.Tensor, other: torch.Tensor) -> bool:
    """Whether two tensors as `plain` makes them are printed alike: NaN is NaN, and -0 is not 0."""
    if one.shape != other.shape or one.dtype != other.dtype:
        return False
    if one.is_floating_point():
        one, other = one.view(torch.int64), other.view(torch.int64)
    return torch.equal(one, other)
