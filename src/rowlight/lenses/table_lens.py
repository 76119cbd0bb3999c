"""What the lenses on a table share: checked ids, a selection, and a page that stays in step with the kernel."""

import copy

import torch
import traitlets
from torch import nn

from rowlight.checks import as_ids, as_selection, as_table, as_text, as_tokens
from rowlight.lenses.markup import TableMarkup
from rowlight.widgets.base import HtmlWidget


def checked_ids(value, lens):
    """Return `value` as ids that this lens can show, or raise what `as_ids` or the lens raises."""
    ids = as_ids(value, len(as_table(lens._source)))  # noqa: SLF001  for the lens's own traits
    lens._check_ids(ids)  # noqa: SLF001
    return ids


class Ids(traitlets.TraitType):
    """A trait that holds checked ids of the lens's own table, as a tensor. It hands out copies."""

    default_value = None

    def validate(self, lens, value):
        """Return `value` as a tensor, or raise what `as_ids` raises."""
        return checked_ids(value, lens)

    def get(self, lens, cls=None):
        """Return a copy: writing to it must not change the lens behind its back."""
        ids = super().get(lens, cls)
        return ids if ids is None else ids.clone()

    def set(self, lens, value):
        """Notify observers of ids that differ in shape, dtype or value: tensors have no single truth for `==`."""
        new, old = self._validate(lens, value), lens._trait_values.get(self.name)  # noqa: SLF001
        if old is None or old.dtype != new.dtype or not torch.equal(old, new):
            lens._trait_values[self.name] = new  # noqa: SLF001
            lens._notify_trait(self.name, old, new.clone())  # noqa: SLF001


class NestedIds(traitlets.TraitType):
    """A trait that holds the same ids as nested lists. It hands out copies."""

    default_value = None

    def validate(self, lens, value):
        """Return `value` as nested lists, or raise what `as_ids` raises."""
        held = lens.ids
        if held is not None and value == held.tolist():  # lists cannot tell every empty shape from the others
            return value
        return checked_ids(value, lens).tolist()

    def get(self, lens, cls=None):
        """Return a copy, as `Ids` does."""
        return copy.deepcopy(super().get(lens, cls))


class TableLens(HtmlWidget):
    """A picture of a table and of ids that read it, which the reader and Python may both change.

    A subclass draws its picture in `_picture`.

    Args:
        table: an `nn.Embedding`, or a tensor or array of shape (V, D). The lens keeps a reference, never changes it,
            and shows a large one in part: the rows the batch reads and the first few, the first and last six columns.
        ids: integers of shape (), (T,) or (B, T); int32 or int64; at most 512 of them.
        tokens: None, or V strings, one a row.
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
        ValueError: a table that is not (V, D) or has no row, ragged ids or more than 512 of them, or not V tokens.

    Errors come before anything is drawn, and an assignment that raises leaves the lens as it was.
    """

    # Public: read, set, observe or link them.
    ids = Ids(help="the ids as a tensor; an edit on the page arrives here")
    value = NestedIds(help="the ids as nested lists, for traitlets.link, which cannot compare tensors")
    selection = traitlets.Dict(help="{'position': [b, t]}, {'sentence': b}, {'row': r} or {}").tag(sync=True)

    # Transport. A page draws itself again when it hears of html with a higher `n`. It edits what it shows: an edit made
    # on an older `batch` than Python's came too late.
    _edit = traitlets.Dict().tag(sync=True)

    def __init__(self, table, ids, tokens=None, *, caption, hint):
        weight = as_table(table)
        ids = as_ids(ids, len(weight))
        self._source = table if isinstance(table, nn.Embedding) else weight
        self._tokens = as_tokens(tokens, len(weight))
        self._check_ids(ids)
        self._caption, self._hint = as_text(caption), as_text(hint)
        self._n = self._batch = 0
        self._start, self._numbers, self._following = ids, {}, False
        super().__init__()
        self.ids = ids

    def _check_ids(self, ids):
        """Refuse ids that a subclass cannot show."""

    def refresh(self):
        """Draw the table as it is now, for example after a step of training."""
        self._n += 1
        self._draw()

    @traitlets.validate("selection")
    def _check_selection(self, proposal):
        return as_selection(proposal["value"], self.ids.shape, len(as_table(self._source)))

    @traitlets.observe("value")
    def _value_changed(self, _change):
        if self.value != self.ids.tolist():
            self.ids = torch.tensor(self.value, dtype=self.ids.dtype)

    @traitlets.observe("ids")
    def _ids_changed(self, _change):
        self.value = self.ids.tolist()
        if not self._following:
            self._start = self.ids
            self._batch += 1
            self._n += 1
        with self.hold_sync():
            if not (self.selection and self._selection_exists(self.selection)):
                self.selection = {"position": [0] * self.ids.ndim} if self.ids.numel() else {}
            self._draw()

    @traitlets.observe("selection")
    def _selection_changed(self, _change):
        if "row" in self.selection and self.selection["row"] not in self._numbers:  # a large table, cut short
            self._draw()

    def _selection_exists(self, selection):
        try:
            as_selection(selection, self.ids.shape, len(as_table(self._source)))
        except IndexError:
            return False
        return True

    @traitlets.observe("_edit")
    def _page_edited(self, change):
        """The reader edited ids on the page: {"batch": the one that was edited, "ids": flat list}. torch follows."""
        edit = change["new"]
        if edit["batch"] != self._batch:
            return  # the newer one is on its way to the page
        ids = torch.tensor(edit["ids"], dtype=self.ids.dtype).reshape(self.ids.shape)
        self._following = True
        try:
            self.ids = ids
        finally:
            self._following = False
            if not torch.equal(self.ids, ids):  # refused, or changed again by an observer
                self._batch += 1
                self.refresh()

    def set_state(self, sync_data):
        """Take what a page sends. A selection made before the page heard of newer ids may no longer exist."""
        if not self._selection_exists(sync_data.get("selection", {})):
            sync_data = sync_data | {"selection": self.selection}  # ipywidgets echoes this, which corrects the page
        super().set_state(sync_data)

    def _draw(self):
        """Make the stored form of the current state; every number in it comes from torch, now."""
        table = as_table(self._source)
        as_ids(self.ids, len(table))  # the table may have been replaced by a shorter one
        picture = TableMarkup(table, self.ids, self.selection, as_tokens(self._tokens, len(table)))
        numbers = {row: repr(drawn) for row, drawn in zip(picture.rows, picture.numbers.tolist(), strict=True)}
        if any(self._numbers.get(row, now) != now for row, now in numbers.items()):
            self._n += 1  # trained since: the numbers on the page are no longer the table's
        self._numbers = numbers
        state = {"batch": self._batch, "n": self._n, "start": self._start.flatten().tolist()}
        self._html = self._picture(picture, state)

    def _picture(self, picture, state):
        """Return the html of the lens.

        Args:
            picture: a `TableMarkup` of the table, the ids and the selection.
            state: dict for the front end, to be completed.
        """
        raise NotImplementedError
