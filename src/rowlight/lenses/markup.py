"""What the templates of a lens are filled with: which rows and columns are drawn, their cells, and what is lit."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import torch
from markupsafe import Markup

from rowlight.checks import Selection, Tokens
from rowlight.lenses.equal_rows import equal_rows
from rowlight.lenses.overview import Grid, lit_marks, lit_words, readings, summary
from rowlight.lenses.terminal import MOST_LINES
from rowlight.lenses.window import Window
from rowlight.widgets.numbers import Scale, plain
from rowlight.widgets.words import flat_index, lit, token_name

MOST_ROWS = 64  # a larger table shows the rows that are read, and an overview of all
MOST_COLUMNS = 12  # a wider table shows its first and last columns

Cell = tuple[str, int]  # its text and its step on the colour scale


class TableMarkup:
    """A table, the ids that read it, and what the selection lights.

    Args:
        table: tensor (V, D), the table as it is now.
        ids: tensor (), (T,) or (B, T), already checked.
        selection: a checked selection dict.
        tokens: None or the tokens of the rows.
        reset_ids: the ids that Python set last. They alone decide the scale, so that a page may keep it while the
            reader edits; unless all they read is zero.
        window: which of the ids are shown.
        padding: the row that is marked as padding, or None.
    """

    def __init__(
        self,
        table: torch.Tensor,
        ids: torch.Tensor,
        selection: Selection,
        tokens: Tokens | None,
        reset_ids: torch.Tensor,
        *,
        window: Window,
        padding: int | None,
    ) -> None:
        self.shape, self.flat, self.selection = tuple(ids.shape), ids.flatten().tolist(), selection
        self.reset_ids = reset_ids
        self.window, self.shown, self.padding = window, window.flat, padding
        self.V, self.D = table.shape
        self.is_large = self.V > MOST_ROWS
        selected = [selection["row"]] if "row" in selection else []
        marked = [] if padding is None else [padding]
        self.rows = drawn_rows([*(self.flat[i] for i in self.shown), *selected, *marked], self.V)
        half = MOST_COLUMNS // 2
        self.columns = list(range(self.D)) if self.D <= MOST_COLUMNS else [*range(half), *range(self.D - half, self.D)]
        self.numbers = self.numbers_of(table, self.rows)
        scale = Scale.of(self.numbers_of(table, drawn_rows(reset_ids.flatten().tolist(), self.V)))
        self.scale = scale if scale.most else Scale.of(self.numbers)  # they may read nothing, or a row of zeros
        self.has_tokens = tokens is not None
        spoken = [self.flat[flat_index(self.shape, selection["position"])]] if "position" in selection else []
        self.tokens = tokens.of({*self.rows, *spoken}) if tokens is not None else {}
        self.names = {row: token_name(token) for row, token in self.tokens.items()}
        self.uses = Counter(self.flat)
        self.lit = set(lit(self.shape, self.flat, selection))
        drawn = set(self.rows)
        read = (self.flat[i] for i in sorted(self.lit))
        self.lit_rows = list(dict.fromkeys([*(row for row in read if row in drawn), *selected]))

    def numbers_of(self, table: torch.Tensor, rows: Sequence[int]) -> torch.Tensor:
        """Of some rows of a table, the columns that are drawn, in a type that can be printed. It reads no others."""
        at = torch.tensor(rows, dtype=torch.int64, device="cpu").to(table.device)
        if len(self.columns) == self.D:
            return plain(table[at])
        return plain(table[at[:, None], torch.tensor(self.columns, device="cpu").to(table.device)])

    def drawn(self, values: torch.Tensor) -> torch.Tensor:
        """Of vectors (..., D), the columns that are drawn, in a type that can be printed."""
        return plain(values[..., self.columns])

    def shows(self, table: torch.Tensor, ids: torch.Tensor) -> bool:
        """Whether the rows that `ids` read are drawn, with the numbers that `table` has."""
        flat, drawn = ids.flatten().tolist(), set(self.rows)
        if tuple(table.shape) != (self.V, self.D) or not all(flat[i] in drawn for i in self.shown):
            return False
        return same_bits(self.numbers_of(table, self.rows), self.numbers)

    def same_numbers(self, other: "TableMarkup | None") -> bool:
        """Whether `other` draws the same rows of the same table on the same scale, for the same window of ids."""
        if other is None or (self.rows, self.scale, self.V) != (other.rows, other.scale, other.V):
            return False
        if self.window.start != other.window.start:
            return False
        return same_bits(self.numbers, other.numbers)

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

    def number_cells(self, cells: Iterable[Cell], *, is_lit: bool) -> Markup:
        """The html of the numbers of a vector.

        Written here and not in the template: most of a lens's html are numbers, and they need no escaping.
        """
        around = "<mark>{}</mark>".format if is_lit else "{}".format
        texts = [f'<td role="gridcell" data-level="{level}">{around(text)}</td>' for text, level in cells]
        if self.gap is not None:
            texts.insert(self.gap, '<td role="gridcell">…</td>')
        return Markup("".join(texts))  # noqa: S704  numbers alone

    def id_rows(self) -> list[list[dict[str, Any]]]:
        """The ids, sentence by sentence; one line of them if they have no sentences."""
        return self._sentences(
            [
                {
                    "position": self.position(i),
                    "id": self.flat[i],
                    "lit": i in self.lit,
                    "name": self.names.get(self.flat[i], "") if self.is_large and self.has_tokens else None,
                }
                for i in self.shown
            ]
        )

    def table_rows(self, cells: Iterable[list[Cell]], note: Callable[[int], str]) -> Iterator[dict[str, Any]]:
        """The rows of a table, in order, each with what is left out before it; at last what is left out after.

        A large table says of each line at which row of all it stands, counted from its head.

        Args:
            cells: for each drawn row, its cells.
            note: what the last column says to a row.
        """
        read = sorted(self.uses)
        lit_rows = set(self.lit_rows)
        previous = -1
        for row, numbers in zip(self.rows, cells, strict=True):
            yield {
                "row": row,
                "skipped": skipped(previous + 1, row, read),
                "skipped_at": previous + 3,
                "at": row + 2,
                "token": self.tokens.get(row),
                "name": self.names.get(row),
                "is_padding": row == self.padding,
                "uses": self.uses[row],
                "lit": row in lit_rows,
                "cells": numbers,
                "note": note(row),
            }
            previous = row
        yield {"row": None, "skipped": skipped(previous + 1, self.V, read), "skipped_at": previous + 3}

    def vectors(self, cells: Sequence[list[Cell]]) -> list[list[dict[str, Any]]]:
        """What each id that is shown gets, sentence by sentence: `cells` for each of them, in order."""
        return self._sentences(
            [
                {
                    "position": self.position(i),
                    "at": i + 2,
                    "row": self.flat[i],
                    "lit": i in self.lit,
                    "cells": numbers,
                }
                for i, numbers in zip(self.shown, cells, strict=True)
            ]
        )

    @property
    def sentences(self) -> range:
        """The sentences that are shown, of ids (B, T)."""
        return range(self.window.start[0], self.window.end[0])

    @property
    def lit_sentences(self) -> set[int]:
        """The sentences with an id that is lit, of ids (B, T); a sentence that is selected is one, even if empty."""
        chosen = {self.selection["sentence"]} if "sentence" in self.selection else set()
        return {i // self.shape[1] for i in self.lit} | chosen

    def in_numbers(self, names: Sequence[str], vectors: Sequence[list[Cell]]) -> str:
        """A line for each of some vectors, with its numbers; of many, the first few."""
        lines = [f"{name}: {' '.join(self._texts(cells))}" for name, cells in zip(names, vectors, strict=True)]
        more = [f"… and {len(lines) - MOST_LINES:,} more"] * (len(lines) > MOST_LINES)
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
        T = self.window.end[1] - self.window.start[1]
        return [items[b * T : (b + 1) * T] for b in range(len(self.sentences))]


class OverviewMarkup:
    """The overview of a large table: what a template of it is filled with.

    Args:
        m: the table, its ids and what is lit.
        table: tensor (V, D), the table as it is now.
    """

    def __init__(self, m: TableMarkup, table: torch.Tensor) -> None:
        self.grid = Grid.of(m.V)
        self.equal = equal_rows(table, sorted({*m.uses, *m.rows}))
        self.summary = summary(m.V, m.uses, self.equal)
        selected = [m.selection["row"]] if "row" in m.selection else []
        lit_rows = sorted({*(m.flat[i] for i in m.lit), *selected})
        self.place = lit_words(self.grid, m.uses, lit_rows, m.names, m.padding)
        self.lit = lit_marks(lit_rows, self.grid)
        self.readings = readings(m.uses, self.grid)
        self.padding = "" if m.padding is None else self.grid.path(self.grid.marks([m.padding]))

    @property
    def state(self) -> dict[str, Any]:
        """What a page needs to draw it anew."""
        return {"per": self.grid.per, "columns": self.grid.columns, "equal": self.equal}


def drawn_rows(needed: Iterable[int], V: int) -> list[int]:
    """The rows that are drawn, in order: of a small table all, of a large one those that are needed."""
    return list(range(V)) if V <= MOST_ROWS else sorted(set(needed))


def skipped(first: int, end: int, read: Sequence[int]) -> str:
    """What is said of the rows from `first` to `end - 1`, which are not drawn; '' if there are none.

    Args:
        first: the first of them.
        end: the first row after them.
        read: all rows that are read, in order. Some of them may be read by ids that are not shown.
    """
    count = end - first
    if not count:
        return ""
    reads = bisect_right(read, end - 1) - bisect_left(read, first)
    rows = f"rows {first} to {end - 1}" if count > 1 else f"row {first}"
    if not reads:
        return f"… {rows}: never read …"
    return f"… {rows}: {reads:,} of {count:,} read by ids that are not shown …"


def same_bits(one: torch.Tensor, other: torch.Tensor) -> bool:
    """Whether two tensors as `plain` makes them are printed alike: NaN is NaN, and -0 is not 0."""
    if one.shape != other.shape or one.dtype != other.dtype:
        return False
    if one.is_floating_point():
        one, other = one.view(torch.int64), other.view(torch.int64)
    return torch.equal(one, other)
