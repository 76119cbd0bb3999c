"""What the lenses on a table share: checked ids, a selection, and a page that stays in step with the kernel."""

import contextlib
from collections.abc import Iterator, Sequence
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
from rowlight.widgets.words import AXES, as_text, describe, id_name, listed, token_name

BAG_AXES = ("bag", "position")
MOST_STRANGERS = 6  # of more ids without a row, the first few are named


class TableLens(HtmlWidget):
    """A table and ids that read it, which the reader and Python may both change.

    A subclass names its `_kind`, and fills its template, `<kind>_lens.html`, in `_values`.

    Args:
        table: an `nn.Embedding`, or a tensor or array of shape (V, D). The lens keeps a reference and never changes it.
            Of a table of more than 64 rows it reads and shows those that the ids read, and an overview of all.
        ids: integers of shape (), (T,) or (B, T), int32 or int64, in whatever `as_ids` takes; at most `_most_ids`.
        tokens: None, or what `Tokens` takes.
        axes: what the two dimensions of the ids are called; one name will do where the ids have one. None for
            "sentence", or "bag" if the layer makes bags, and "position".
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
        axes: Sequence[str] | None,
        selection: Selection | None,
        caption: str,
        hint: str,
    ) -> None:
        __tracebackhide__ = True
        self._source = Source(table, tokens)
        self._given_axes = None if axes is None else tuple(token_name(name) for name in as_axes(axes))
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
        self._replace_source(Source(table, None if tokens is None else tokens.given))

    @property
    def tokens(self) -> list[str | None] | None:
        """The tokens, one a row, None for a row without one; or None. Set them when the vocabulary has grown."""
        tokens = self._source.tokens
        if tokens is None:
            return None
        V = len(self.table) if tokens.count is None else tokens.count
        return [tokens.get(row) for row in range(V)]

    @tokens.setter
    def tokens(self, tokens: object) -> None:
        self._replace_source(Source(self._source.given, tokens))

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
            self._source.now()  # the tokens may no longer fit the table
            title, notes, vectors = self._summary(first)
        except (IndexError, ValueError) as error:  # nor may the ids
            return f"{type(self).__name__}: {error}"
        known = self._source.tokens
        tokens = {} if known is None else known.of(first.tolist())
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

    @property
    def _axes(self) -> tuple[str, ...]:
        """What the two dimensions of the ids are called."""
        return self._given_axes or (BAG_AXES if self._source.makes_bags else AXES)

    def _replace_source(self, source: Source) -> None:
        """Look at another table, or at other tokens; if they cannot be drawn, go on with those from before."""
        before, self._source = self._source, source
        try:
            self.refresh()
        except Exception:  # a function may raise anything where it is asked for a token
            self._source = before
            raise

    @contextlib.contextmanager
    def _or_as_it_was(self, change: Any) -> Iterator[None]:
        """Give a trait its old value back if what its change needs cannot be drawn. Observers never hear of the new."""
        try:
            yield
        except Exception:  # a function may raise anything where it is asked for a token
            self._trait_values[change["name"]] = change["old"]
            if change["name"] in self.keys:
                self.send_state(change["name"])  # the page has heard of the new one, or set it
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
    def _value_changed(self, change: Any) -> None:
        if self.value != self.ids.tolist():
            with self._or_as_it_was(change):
                self.ids = torch.tensor(self.value, dtype=self.ids.dtype, device="cpu")

    @traitlets.observe("ids")
    def _ids_changed(self, change: Any) -> None:
        with self._or_as_it_was(change):
            if not self._from_page:
                self._draw(anew=True, version=self._ids_version + 1, reset_ids=self.ids)
            elif not self._page_can_follow():
                self._draw(anew=self._source.makes_bags)  # the rows may be the same, and their sums others
        self.value = self.ids.tolist()

    @traitlets.observe("selection")
    def _selection_changed(self, change: Any) -> None:
        drawn, position = self._drawn, self.selection.get("position")
        if drawn is None or drawn.shape != tuple(self.ids.shape):
            return  # new ids came with it, and are drawn next
        with self._or_as_it_was(change):
            if position is not None and not drawn.window.holds(position):
                self._draw(at=position)
            elif "row" in self.selection and self.selection["row"] not in drawn.rows:
                self._draw()

    @traitlets.observe("_window")
    def _page_moved(self, change: Any) -> None:
        """The reader wants to see other ids."""
        if self._drawn and Window(self.ids.shape, self._window).start != self._drawn.window.start:
            with self._or_as_it_was(change):
                self._draw(at=self._window)

    @traitlets.observe("_search")
    def _page_searched(self, change: Any) -> None:
        """The reader looks for a token: select the next row that has it, after the row that is selected."""
        asked = change["new"]
        found = {"count": asked["count"]}
        try:
            rows = self._source.find(str(asked["text"]))
            last = self.selection.get("row", -1)
            at = next((i for i, row in enumerate(rows) if row > last), 0)
            with self.hold_sync():
                if rows:
                    self.selection = {"row": rows[at]}
                self._found = found | {"at": at, "of": len(rows)}
        except Exception as error:  # noqa: BLE001  a function may raise anything; the reader waits for an answer
            self._found = found | {"error": f"{type(error).__name__}: {error}"}

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
                self._draw(anew=True, version=self._ids_version + 1)

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

    def _draw(
        self,
        *,
        anew: bool = False,
        at: Sequence[int] | None = None,
        version: int | None = None,
        reset_ids: torch.Tensor | None = None,
    ) -> None:
        """Make the stored form of the current state. If that raises, nothing has changed.

        Args:
            anew: pages show it in any case, and not only if they lack some of it.
            at: a position of which the window is shown; None for where it is, of new ids for what is selected.
            version: of the ids, if it is a new one: edits of older ids then come too late.
            reset_ids: the ids that Python has set, if they are new.
        """
        table = self._source.now()
        V = len(table)
        ids = self._checked_ids(self.ids)
        selection = self.selection
        if not self._selection_exists(selection) or (reset_ids is not None and not selection):
            selection = self._first_position()
        if reset_ids is None:
            reset_ids = ids if (self._reset_ids >= V).any() else self._reset_ids  # the table may have shrunk
            if at is None and self._drawn is not None and self._drawn.shape == tuple(ids.shape):
                at = self._drawn.window.start
        if at is None:
            at = selection.get("position", [])
        version = self._ids_version if version is None else version
        drawn = TableMarkup(
            table,
            ids,
            selection,
            self._source.tokens,
            reset_ids,
            window=Window(ids.shape, at),
            padding=self._source.padding,
        )
        overview = OverviewMarkup(drawn, table) if drawn.is_large else None
        values = self._values(drawn)
        state = (
            values.pop("state")
            | self._large_state(drawn, overview)
            | {
                "V": V,
                "axes": self._axes,
                "hint": self._hint,
                "ids_version": version,
                "reset_ids": reset_ids.flatten().tolist(),
                "selection": selection,
                "shape": drawn.shape,
            }
        )
        html = render(
            f"lenses/{self._kind}_lens.html",
            kind=self._kind,
            label=self._caption,
            said=describe(drawn.shape, drawn.flat, selection, drawn.names, self._axes),
            state=state,
            notes=self._notes(drawn),
            m=drawn,
            o=overview,
            axes=self._axes,
            **values,
        )
        with self.hold_sync():  # one message: a selection means nothing without its ids
            if anew or not drawn.same_numbers(self._drawn):
                self._version += 1
            self._drawn, self._html, self._ids_version, self._reset_ids = drawn, html, version, reset_ids
            self._window = [] if drawn.window.is_whole else drawn.window.start
            self.selection = selection

    def _large_state(self, m: TableMarkup, overview: OverviewMarkup | None) -> dict[str, Any]:
        """What a page needs of what does not fit it: nothing, where all of it does."""
        state: dict[str, Any] = {}
        if overview is not None:
            state["overview"] = overview.state | {"padding": m.padding, "has_tokens": m.has_tokens}
        if not m.window.is_whole:
            state["window"] = {
                "moves": m.window.moves(self._axes),
                # What the html does not hold: the ids around the window, if an edit has changed them, and the names of
                # what is selected there.
                "ids": None if m.flat == m.reset_ids.flatten().tolist() else m.flat,
                "names": [[row, name] for row, name in m.names.items() if row not in m.rows],
            }
        return state

    def _notes(self, m: TableMarkup) -> list[str]:
        """What a reader should know before looking: that not all ids are shown, or that tokens have no row."""
        notes = [] if m.window.is_whole else [m.window.said(self._axes)]
        tokens = self._source.tokens
        strangers = [] if tokens is None else tokens.strangers(m.V)
        if strangers:
            first = strangers[:MOST_STRANGERS]
            named = listed(first) if len(first) == len(strangers) else f"{', '.join(map(str, first))}, …"
            notes.append(f"There are more tokens than rows: {len(strangers):,} without a row, {named}.")
        return notes

    def _values(self, m: TableMarkup) -> dict[str, Any]:
        """Return what the lens's own template needs: "shapes", "scales", "table_cells" and "state", and more."""
        raise NotImplementedError
