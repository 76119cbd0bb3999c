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
    """A trait that holds checked ids of the lens's own table."""

    default_value = None

    def validate(self, lens, value):
        """Return `value` as a tensor, or raise what `as_ids` raises."""
        return as_ids(value, len(as_table(lens._source)))  # noqa: SLF001  the trait is a part of its lens


class RowLens(anywidget.AnyWidget):
    """Show which rows of an embedding table a batch of ids reads.

    Args:
        table: an `nn.Embedding`, or a tensor or array of shape (V, D). The lens keeps a reference, never changes it,
            and shows at most 64 rows and 12 columns of it: the rows the batch reads first.
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
    value = traitlets.Any(help="the ids as nested lists, for traitlets.link, which cannot compare tensors")
    selection = traitlets.Dict(help="{'position': [b, t]}, {'sentence': b}, {'row': r} or {}").tag(sync=True)

    # Transport. `n` counts the changes of the ids from either side; the page paints a html newer than its own.
    _html = traitlets.Unicode().tag(sync=True)
    _edit = traitlets.Dict().tag(sync=True)

    def __init__(self, table, ids, tokens=None, *, caption=None, hint=None, conventions=False):
        weight = as_table(table)
        ids = as_ids(ids, len(weight))
        self._source = table if isinstance(table, nn.Embedding) else weight
        self._tokens = as_tokens(tokens, len(weight))
        self._caption = caption or "Which rows does this input read?"
        self._hint = hint or "Pick an id, a row or a vector. To change an id, pick it and type, or press Enter."
        self._conventions = bool(conventions)
        self._start, self._n = ids, 0
        super().__init__()
        self.ids = ids

    @property
    def output(self):
        """`embedding(ids)` as torch computes it now: tensor (*ids.shape, D), detached.

        With `max_norm`, a copy of the table is renormalised; the reader's own stays as it is.
        """
        return self._lookup(self.ids)

    def refresh(self):
        """Draw the table as it is now, for example after a step of training."""
        self._n += 1
        self._draw()

    def _lookup(self, ids):
        weight, options = as_table(self._source), {}
        if isinstance(self._source, nn.Embedding) and self._source.max_norm is not None:
            weight, options = (
                weight.clone(),
                {"max_norm": self._source.max_norm, "norm_type": self._source.norm_type},
            )
        return F.embedding(ids.to(weight.device), weight, **options)

    @traitlets.validate("selection")
    def _check_selection(self, proposal):
        return as_selection(proposal["value"], tuple(self.ids.shape), len(as_table(self._source)))

    @traitlets.validate("value")
    def _check_value(self, proposal):
        return as_ids(proposal["value"], len(as_table(self._source))).tolist()

    @traitlets.observe("value")
    def _value_changed(self, _change):
        if self.value != self.ids.tolist():
            self.ids = self.value

    @traitlets.observe("ids")
    def _ids_changed(self, _change):
        self.value = self.ids.tolist()
        if self._following:
            return
        self._n += 1
        self._start = self.ids
        with self.hold_sync():
            if not self._selection_exists():
                self.selection = {"position": [0] * self.ids.ndim} if self.ids.numel() else {}
            self._draw()

    def _selection_exists(self):
        try:
            return as_selection(self.selection, tuple(self.ids.shape), len(as_table(self._source)))
        except IndexError:
            return False

    @traitlets.observe("selection")
    def _selection_changed(self, _change):
        row = self.selection.get("row")
        if row is not None and f'<tr role="row" data-row="{row}"' not in self._html:  # a large table, cut short
            self._n += 1
            self._draw()

    _following = False

    @traitlets.observe("_edit")
    def _page_edited(self, change):
        """The reader edited ids on the page: {"n": count, "ids": flat list}. torch follows."""
        edit = change["new"]
        if not edit:
            return
        ids = torch.tensor(edit["ids"], dtype=self.ids.dtype).reshape(self.ids.shape)
        self._following = True
        try:
            self.ids = ids
        finally:
            self._following = False
        self._n = edit["n"]
        self._draw()

    def _draw(self):
        """Make the stored form of the current state; every number in it comes from torch, now."""
        table = as_table(self._source).cpu()
        max_norm = isinstance(self._source, nn.Embedding) and self._source.max_norm is not None
        self._html = markup.lens(
            table,
            self.ids,
            self.selection,
            state={
                "conventions": self._conventions,
                "n": self._n,
                "start": self._start.flatten().tolist(),
            },
            tokens=self._tokens,
            caption=self._caption,
            hint=self._hint,
            read=(lambda rows: self._lookup(torch.tensor(rows)).cpu()) if max_norm else None,
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
