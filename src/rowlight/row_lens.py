"""The Row Lens: ids, table and output side by side, and the light that links them.

Source of the picture: `torch.nn.functional.embedding`. Explained in chapter 1 of the book, Ten rows, four columns.
"""

import anywidget
import torch
import traitlets
from torch import nn
from torch.nn import functional as F

from rowlight import markup
from rowlight.checks import as_ids, as_selection, as_table, as_tokens
from rowlight.esm import HERE, bundle


class Ids(traitlets.TraitType):
    """A trait that holds checked ids of the lens's own table, as a tensor."""

    default_value = None

    def validate(self, lens, value):
        """Return `value` as a tensor, or raise what `as_ids` raises."""
        return as_ids(value, len(as_table(lens._source)))  # noqa: SLF001  the trait is a part of its lens

    def set(self, lens, value):
        """Notify observers only of ids that differ: tensors have no single truth for `==`."""
        new, old = self._validate(lens, value), lens._trait_values.get(self.name)  # noqa: SLF001
        if old is None or old.dtype != new.dtype or not torch.equal(old, new):
            super().set(lens, new)


class NestedIds(traitlets.TraitType):
    """A trait that holds the same ids as nested lists."""

    default_value = None

    def validate(self, lens, value):
        """Return `value` as nested lists, or raise what `as_ids` raises."""
        return as_ids(value, len(as_table(lens._source))).tolist()  # noqa: SLF001


class RowLens(anywidget.AnyWidget):
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
        TypeError, IndexError, ValueError: see `rowlight.checks`; raised before anything is drawn. An assignment that
            raises leaves the lens as it was.
    """

    _esm = bundle("row_lens.js")
    _css = (HERE / "light.css").read_text("utf-8")

    # Public: read, set, observe or link them.
    ids = Ids(help="the ids as a tensor; an edit on the page arrives here")
    value = NestedIds(help="the ids as nested lists, for traitlets.link, which cannot compare tensors")
    selection = traitlets.Dict(help="{'position': [b, t]}, {'sentence': b}, {'row': r} or {}").tag(sync=True)

    # Transport. `n` counts the changes that Python made. The page draws itself again when it hears of a newer one, and
    # what it has sent before that, on an older `n`, came too late.
    _html = traitlets.Unicode().tag(sync=True)
    _edit = traitlets.Dict().tag(sync=True)

    def __init__(self, table, ids, tokens=None, *, caption=None, hint=None, conventions=False):
        weight = as_table(table)
        ids = as_ids(ids, len(weight))
        self._source = table if isinstance(table, nn.Embedding) else weight
        self._tokens = as_tokens(tokens, len(weight))
        self._caption = str(caption or "Which rows does this input read?")
        self._hint = str(hint or "Pick an id, a row or a vector. To change an id, pick it and type, or press Enter.")
        self._conventions = bool(conventions)
        self._start, self._n, self._following = ids, 0, False
        super().__init__()
        self.ids = ids

    @property
    def output(self):
        """`embedding(ids)` as torch computes it now: tensor (*ids.shape, D), detached.

        The lookup alone: hooks on the layer do not run. With `max_norm`, copies of the rows are shortened; the
        reader's own table stays as it is.
        """
        return self._lookup(self.ids)

    def refresh(self):
        """Draw the table as it is now, for example after a step of training."""
        self._n += 1
        self._draw()

    @property
    def _max_norm(self):
        return getattr(self._source, "max_norm", None)

    def _lookup(self, ids):
        table = as_table(self._source)
        ids = ids.to(table.device)
        if self._max_norm is None:
            return F.embedding(ids, table)
        # torch shortens rows in place: give it a copy of the rows that are read.
        rows, place = ids.unique(return_inverse=True)
        return F.embedding(place, table[rows], max_norm=self._max_norm, norm_type=self._source.norm_type)

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
            self._n += 1
        with self.hold_sync():
            if not (self.selection and self._selection_exists(self.selection)):
                self.selection = {"position": [0] * self.ids.ndim} if self.ids.numel() else {}
            self._draw()

    def _selection_exists(self, selection):
        try:
            as_selection(selection, self.ids.shape, len(as_table(self._source)))
        except IndexError:
            return False
        return True

    @traitlets.observe("selection")
    def _selection_changed(self, _change):
        row = self.selection.get("row")
        if row is not None and f'<tr role="row" data-row="{row}"' not in self._html:  # a large table, cut short
            self._n += 1
            self._draw()

    @traitlets.observe("_edit")
    def _page_edited(self, change):
        """The reader edited ids on the page: {"n": what the page had heard of, "ids": flat list}. torch follows."""
        edit = change["new"]
        if edit["n"] != self._n:
            return  # the newer change is on its way to the page
        ids = torch.tensor(edit["ids"], dtype=self.ids.dtype).reshape(self.ids.shape)
        self._following = True
        try:
            self.ids = ids
        finally:
            self._following = False
            if not torch.equal(self.ids, ids):  # refused, or changed again by an observer
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
        self._html = markup.lens(
            table,
            self.ids,
            self.selection,
            state={"conventions": self._conventions, "n": self._n, "start": self._start.flatten().tolist()},
            tokens=as_tokens(self._tokens, len(table)),
            caption=self._caption,
            hint=self._hint,
            read=None if self._max_norm is None else lambda rows: self._lookup(torch.tensor(rows)),
        )

    def _repr_mimebundle_(self, **_kwargs):
        """Two forms: a live view where a kernel runs, and the stored html everywhere else."""
        self._draw()
        text = f"RowLens: ids {tuple(self.ids.shape)} → output {tuple(self.output.shape)}"
        view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        bundle = {
            "text/plain": text,
            "text/html": self._html,
            "application/vnd.jupyter.widget-view+json": view,
        }
        return bundle, {}
