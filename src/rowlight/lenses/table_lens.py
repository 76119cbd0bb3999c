"""What the lenses on a table share: checked ids, a selection, and a page that stays in step with the kernel."""

import itertools
from collections.abc import Sequence
from typing import Any

import torch
import traitlets

from rowlight.checks import MOST_POSITIONS, Selection, as_axes, as_ids, as_selection, as_table
from rowlight.lenses.ids import Ids, NestedIds
from rowlight.lenses.markup import OverviewMarkup, TableMarkup
from rowlight.lenses.source import Source
from rowlight.lenses.terminal import MOST_LINES, lines
from rowlight.lenses.window import Window
from rowlight.widgets.base import HtmlWidget
from rowlight.widgets.templates import render
from rowlight.widgets.words import as_text, describe, id_name, listed, token_name


class TableLens(HtmlWidget):
    """A table and ids that read it, which the reader and Python may both change.

    A subclass names its `_kind`, and fills its template, `<kind>_lens.html`, in `_values`.

    Args:
        table: an `nn.Embedding`, or a tensor or array of shape (V, D). The lens keeps a reference and never changes it.
            Of a table of more than 64 rows it reads and shows those that the ids read, and an overview of all.
        ids: integers of shape (), (T,) or (B, T), int32 or int64, in whatever `as_ids` takes; at most `_most_ids`.
        tokens: None, or what `Tokens` takes.
        axes: what the two dimensions of the ids are called; one name will do where the ids have one.
        selection: what is lit at first, as the attribute has it; None for the first id.
        caption: one line above, which also names the lens for a screen reader.
        hint: one line below, which says what to try.

    Attributes:
        ids: the ids, tensor (), (T,) or (B, T), int64 or int32. An edit on the page arrives here; set it, and the page
            follows.
        value: the same as nested lists, for `traitlets.link`, which cannot compare tensors.
        selection: what is lit: `{"position": [b, t]}`, `{"sentence": b}`, `{"row": r}` or `{}`.

    Raises:
        TypeError: a table, ids or tokens of a kind or a dtype that a lens does not take; ids of floats, for example.
        IndexError: an id below 0 or above V - 1; the message gives the id, its position and V.
        ValueError: a table that is not (V, D) or has no row, ragged ids or too many of them, not V tokens, or not a
            name for each dimension of the ids.

    Errors come before anything is drawn, and an assignment that raises leaves the lens as it was.
    """

    # Public: read, set, observe or link them.
    ids = Ids(help="the ids as a tensor; an edit on the page arrives here")
    value = NestedIds(help="the ids as nested lists, for traitlets.link, which cannot compare tensors")
    selection = traitlets.Dict(help="{'position': [b, t]}, {'sentence': b}, {'row': r} or {}").tag(sync=True)

    # Transport. The page edits what it shows and sends ids. Python draws again, and counts `_version` up, only where
    # the page cannot follow by itself. An edit of older ids than those that Python set last came too late.
    _edit = traitlets.Dict().tag(sync=True)
    _version = traitlets.Int(0).tag(sync=True)
    # A page asks for other ids by a position that it wants to see, and for a token by {"text", "count"}, where the
    # count makes each search a new one. Python answers with a selection and what it found: {"count", "at", "of"}.
    _window = traitlets.List(traitlets.Int()).tag(sync=True)
    _search = traitlets.Dict().tag(sync=True)
    _found = traitlets.Dict().tag(sync=True)

    _kind: str
    _most_ids = MOST_POSITIONS

    def __init__(
        self,
        table: object,
        ids: object,
        tokens: object = None,
        *,
        axes: Sequence[str],
        selection: Selection | None,
        caption: str,
        hint: str,
    ) -> None:
        __tracebackhide__ = True
        self._source = Source(table, tokens)
        self._axes = tuple(token_name(name) for name in as_axes(axes))
        self._caption, self._hint = as_text(caption), as_text(hint)
        self._reset_ids, self._ids_version, self._from_page = self._checked_ids(ids), 0, False
        self._drawn: TableMarkup | None = None  # what the page holds
        super().__init__()
        self.ids = self._reset_ids
        if selection is not None:
            self.selection = selection
            self._draw()

    @property
    def table(self) -> torch.Tensor:
        """The table as it is now, a tensor (V, D) that shares its memory. Set it to look at another table."""
        return as_table(self._source.given)

    @table.setter
    def table(self, table: object) -> None:
        tokens = self._source.tokens
        self._look_at(Source(table, tokens and tokens.given))

    @property
    def tokens(self) -> list[str | None] | None:
        """The tokens, one a row, None for a row without one; or None. Set them when the vocabulary has grown."""
        tokens = self._source.tokens
        return None if tokens is None else [tokens.get(row) for row in range(tokens.V)]

    @tokens.setter
    def tokens(self, tokens: object) -> None:
        self._look_at(Source(self._source.given, tokens))

    def refresh(self) -> None:
        """Draw the table as it is now, for example after a step of training.

        Raises:
            IndexError, ValueError: the table has another size, and the ids or the tokens no longer fit.
        """
        self._draw(anew=True)

    def __repr__(self) -> str:
        """The first ids, the rows they read, and some of their numbers."""
        ids = self.ids
        first = ids.flatten()[:MOST_LINES]
        try:
            tokens = self._source.tokens.of(first.tolist()) if len(self._source.now()) and self._source.tokens else {}
            title, notes, vectors = self._summary(first)
        except (IndexError, ValueError) as error:  # the table is no longer what it was
            return f"{type(self).__name__}: {error}"
        names = [
            id_name(ids.shape, i, id_, self._axes)
            + (f" “{token_name(tokens[id_])}”" if id_ in tokens else "")
            + f" → row {id_}{note}"
            for i, (id_, note) in enumerate(zip(first.tolist(), notes, strict=True))
        ]
        return lines(title, names, vectors, ids.numel())

    def _summary(self, ids: torch.Tensor) -> tuple[str, list[str], torch.Tensor]:
        """What a terminal shows of the first ids: a title, for each id a note, and vectors (N, D)."""
        raise NotImplementedError

    def _look_at(self, source: Source) -> None:
        before, self._source = self._source, source
        try:
            self.refresh()
        except (TypeError, IndexError, ValueError):
            self._source = before
            raise

    def _checked_ids(self, ids: object) -> torch.Tensor:
        """Return `ids` as a tensor that this lens can show with its table as it is now, or raise."""
        __tracebackhide__ = True
        table = self._source.now()
        checked = as_ids(ids, len(table), self._most_ids)
        if checked.ndim > len(self._axes):
            raise ValueError(f"axes: ids of shape {tuple(checked.shape)} need two names, got {self._axes[0]!r} alone")
        self._check(table, checked)
        return checked

    def _check(self, table: torch.Tensor, ids: torch.Tensor) -> None:
        """Refuse a table and ids that a subclass cannot show."""

    @traitlets.validate("selection")
    def _check_selection(self, proposal: Any) -> Selection:
        return as_selection(proposal["value"], self.ids.shape, len(self._source.now()))

    @traitlets.observe("value")
    def _value_changed(self, _change: object) -> None:
        if self.value != self.ids.tolist():
            self.ids = torch.tensor(self.value, dtype=self.ids.dtype, device="cpu")

    @traitlets.observe("ids")
    def _ids_changed(self, _change: object) -> None:
        self.value = self.ids.tolist()
        if self._from_page:
            if not self._page_can_follow():
                self._draw(anew=self._source.makes_bags)  # the rows may be the same, and their sums others
            return
        self._reset_ids = self.ids
        self._ids_version += 1
        with self.hold_sync():  # one message: a selection means nothing without its ids
            if not self.selection or not self._selection_exists(self.selection):
                self.selection = self._first_position()
            self._window = self.selection.get("position", [])
            self._draw(anew=True)

    @traitlets.observe("selection")
    def _selection_changed(self, _change: object) -> None:
        if self._drawn is None or self._drawn.window.shape != tuple(self.ids.shape):
            return  # new ids came with it, and are drawn next
        position = self.selection.get("position")
        if position is not None and not self._drawn.window.holds(position):
            self._window = position
        elif "row" in self.selection and self.selection["row"] not in self._drawn.rows:
            self._draw()

    @traitlets.observe("_window")
    def _window_changed(self, _change: object) -> None:
        if self._drawn and Window(self.ids.shape, self._window).start != self._drawn.window.start:
            self._draw()

    @traitlets.observe("_search")
    def _page_searched(self, change: Any) -> None:
        """The reader looks for a token: select the next row that has it, after the row that is selected."""
        asked, tokens = change["new"], self._source.tokens
        rows = tokens.find(str(asked["text"])) if tokens is not None else []
        last = self.selection.get("row", -1)
        at = next((i for i, row in enumerate(rows) if row > last), 0)
        with self.hold_sync():
            if rows:
                self.selection = {"row": rows[at]}
            self._found = {"count": asked["count"], "at": at, "of": len(rows)}

    @traitlets.observe("_edit")
    def _page_edited(self, change: Any) -> None:
        """The reader edited ids on the page: {"version": of the ids that were edited, "ids": flat list}."""
        edit = change["new"]
        if edit["version"] != self._ids_version:
            return  # the newer ones are on their way to the page
        ids = torch.tensor(edit["ids"], dtype=self.ids.dtype, device="cpu").reshape(self.ids.shape)
        self._from_page = True
        try:
            self.ids = ids
        finally:
            self._from_page = False
            if not torch.equal(self.ids, ids):  # refused, or changed again by an observer
                self._ids_version += 1
                self._draw(anew=True)

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take what a page sends. A selection made before the page heard of newer ids may no longer exist."""
        if not self._selection_exists(sync_data.get("selection", {})):
            sync_data = sync_data | {"selection": self.selection}  # ipywidgets echoes this, which corrects the page
        super().set_state(sync_data)

    def _selection_exists(self, selection: object) -> bool:
        try:
            as_selection(selection, self.ids.shape, len(self.table))
        except (IndexError, TypeError):
            return False
        return True

    def _first_position(self) -> Selection:
        return {"position": [0] * self.ids.ndim} if self.ids.numel() else {}

    def _page_can_follow(self) -> bool:
        """Whether the page holds the rows that the ids read, with the numbers that the table has now."""
        if self._source.makes_bags:  # a sum of rows is torch's to make
            return False
        return self._drawn is not None and self._drawn.shows(self._source.now(), self.ids)

    def _draw(self, *, anew: bool = False) -> None:
        """Make the stored form of the current state. Pages show it if it is `anew`, or if they lack some of it."""
        table = self._source.now()
        ids = self._checked_ids(self.ids)
        if (self._reset_ids >= len(table)).any():  # the table has shrunk
            self._reset_ids = ids
        with self.hold_sync():
            if not self._selection_exists(self.selection):
                self.selection = self._first_position()
            window = Window(ids.shape, self._window)
            padding = self._source.option("padding_idx")
            drawn = TableMarkup(
                table, ids, self.selection, self._source.tokens, self._reset_ids, window=window, padding=padding
            )
            overview = OverviewMarkup(drawn, table) if drawn.is_large else None
            values = self._values(drawn)
            state = (
                values.pop("state")
                | self._large_state(drawn, overview)
                | {
                    "V": drawn.V,
                    "axes": self._axes,
                    "hint": self._hint,
                    "ids_version": self._ids_version,
                    "reset_ids": self._reset_ids.flatten().tolist(),
                    "selection": self.selection,
                    "shape": drawn.shape,
                }
            )
            self._html = render(
                f"lenses/{self._kind}_lens.html",
                kind=self._kind,
                label=self._caption,
                said=describe(drawn.shape, drawn.flat, self.selection, drawn.names, self._axes),
                state=state,
                notes=self._notes(drawn),
                m=drawn,
                o=overview,
                axes=self._axes,
                **values,
            )
            if anew or not drawn.same_numbers(self._drawn):
                self._version += 1
            self._drawn = drawn

    def _large_state(self, m: TableMarkup, overview: OverviewMarkup | None) -> dict[str, Any]:
        """What a page needs of what does not fit it: nothing, where all of it does."""
        state: dict[str, Any] = {}
        if overview is not None:
            state["overview"] = overview.state | {"padding": m.padding, "has_tokens": self._source.tokens is not None}
        if not m.window.is_whole:
            state["window"] = {"ids": m.flat, "moves": m.window.moves(self._axes)}
        return state

    def _notes(self, m: TableMarkup) -> list[str]:
        """What a reader should know before looking: that not all ids are shown, or that tokens have no row."""
        notes = [] if m.window.is_whole else [m.window.said(self._axes)]
        strangers: Sequence[int] = () if self._source.tokens is None else self._source.tokens.strangers
        if strangers:
            first = [f"{id_:,}" for id_ in itertools.islice(strangers, MOST_LINES)]
            named = listed(first) if len(first) == len(strangers) else f"{', '.join(first)}, …"
            notes.append(f"There are more tokens than rows: {len(strangers):,} without a row, {named}.")
        return notes

    def _values(self, m: TableMarkup) -> dict[str, Any]:
        """Return what the lens's own template needs: "shapes", "scales", "table_cells" and "state", and more."""
        raise NotImplementedError
