"""The Gradient Lens: ids, table and the gradient that a backward pass leaves on each row.

Source of the picture: the backward pass of `torch.nn.functional.embedding`. Explained in chapter 4 of the book,
Gradients land on rows.
"""

import torch
from torch.nn import functional as F

from rowlight.checks import as_table
from rowlight.lenses.table_lens import TableLens
from rowlight.widgets.bundle import bundle
from rowlight.widgets.numbers import limit, number_format


def made_of(uses, *, is_padding, by_frequency):
    """What a row's gradient is made of, in words. The same as `madeOf` in gradient.js."""
    if not uses:
        return "not read"
    if is_padding:
        return "blocked"
    if uses == 1:
        return "1 vector"
    return f"mean of {uses}" if by_frequency else f"sum of {uses}"


class GradientLens(TableLens):
    """Show where the gradient of a batch lands in an embedding table.

    Each id's vector in the output receives a vector of gradient from the loss. The row that the id reads adds up what
    its copies received. `padding_idx` and `scale_grad_by_freq` of an `nn.Embedding` are kept.

    Args:
        table: an `nn.Embedding`, or a tensor or array of float32 or float64, shape (V, D). The lens keeps a reference,
            and never changes it or its `.grad`.
        ids: integers of shape (), (T,) or (B, T); int32 or int64; at most 512 of them.
        tokens: None, or V strings, one a row.
        upstream: the gradient of the loss with respect to the output, tensor (*ids.shape, D) of finite floats. None
            stands for ones: the loss is the sum of the output. With a tensor, new ids must keep their shape.
        caption: one line above, which also names the lens for a screen reader.
        hint: one line below, which says what to try.

    Raises:
        TypeError, IndexError, ValueError: see `rowlight.checks`; also a table that is neither float32 nor float64, or
            an `upstream` of the wrong shape or with numbers that are not finite.
    """

    _esm = bundle("lenses/gradient_lens.js")

    def __init__(self, table, ids, tokens=None, *, upstream=None, caption=None, hint=None):
        weight = as_table(table)
        if weight.dtype not in (torch.float32, torch.float64):  # what a page can add up as torch does
            raise TypeError(f"table: expected torch.float32 or torch.float64, got {weight.dtype}; pass table.float()")
        if upstream is not None:
            upstream = torch.as_tensor(upstream).detach().to(weight, copy=True)
            if not upstream.isfinite().all():
                raise ValueError("upstream: expected finite numbers")
        self._upstream = upstream
        super().__init__(
            table,
            ids,
            tokens,
            caption=caption or "Where does the gradient land?",
            hint=hint or "Pick an id and follow its gradient to a row. Change an id, and watch the gradient move.",
        )

    def _check_ids(self, ids):
        expected = (*ids.shape, as_table(self._source).shape[1])
        if self._upstream is not None and tuple(self._upstream.shape) != expected:
            raise ValueError(
                f"upstream: ids of shape {tuple(ids.shape)} need one of shape {expected}, "
                f"got {tuple(self._upstream.shape)}"
            )

    @property
    def gradient(self):
        """`weight.grad` after `embedding(ids).backward(upstream)`, as torch computes it now: tensor (V, D)."""
        table = as_table(self._source)
        rows = self.ids.unique().to(table.device)
        return torch.zeros_like(table).index_copy_(
            0, rows.long(), self._backward(self.ids, rows.cpu()).to(table.device)
        )

    @property
    def _text(self):
        return f"GradientLens: ids {tuple(self.ids.shape)} → gradient {tuple(as_table(self._source).shape)}"

    @property
    def _by_frequency(self):
        return bool(getattr(self._source, "scale_grad_by_freq", False))

    @property
    def _padding(self):
        return getattr(self._source, "padding_idx", None)

    def _backward(self, ids, rows):
        """The gradient of some rows, among them all that `ids` read: a backward pass through these rows alone.

        Args:
            ids: tensor of any shape.
            rows: sorted LongTensor (R,) without repeats.

        Returns:
            tensor (R, D).
        """
        weight = as_table(self._source)[rows].cpu()
        padding = None if self._padding is None else (rows == self._padding).nonzero().flatten().tolist()
        with torch.enable_grad():
            weight = weight.clone().requires_grad_()
            output = F.embedding(
                torch.searchsorted(rows.to(ids.dtype), ids),
                weight,
                padding_idx=padding[0] if padding else None,
                scale_grad_by_freq=self._by_frequency,
            )
            output.backward(torch.ones_like(output) if self._upstream is None else self._upstream.cpu())
        return torch.zeros_like(weight) if weight.grad is None else weight.grad

    def _picture(self, picture, state):
        gradient = picture.drawn(self._backward(self.ids, torch.tensor(picture.rows)))
        # The scale is that of the ids that Python set: a page must be able to keep it while the reader edits.
        start = picture.drawn(self._backward(self._start, self._start.unique().long()))
        style, most, table_most = number_format(start), limit(start), limit(picture.numbers)
        upstream = torch.ones(*picture.shape, picture.D) if self._upstream is None else self._upstream
        columns = list(range(len(picture.columns)))
        state |= {
            "upstream": picture.drawn(upstream).reshape(len(picture.flat), len(columns)).tolist(),
            "columns": picture.with_gap(columns, None),
            "style": style,
            "most": most,
            "padding": self._padding,
            "byFrequency": self._by_frequency,
            "double": as_table(self._source).dtype == torch.float64,
        }

        def parts(row):
            uses, is_padding = picture.flat.count(row), row == self._padding
            words = made_of(uses, is_padding=is_padding, by_frequency=self._by_frequency)
            return f'<td role="gridcell" class="rl-uses">{words}</td>'

        return picture.html(
            "gradient",
            state,
            shapes=[picture.shape, (picture.V, picture.D)],
            caption=self._caption,
            hint=self._hint,
            parts=[
                picture.ids_part(),
                picture.table_part(picture.cells(picture.numbers, number_format(picture.numbers), table_most)),
                picture.rows_part(
                    "gradient", "gradient (V, D)", picture.cells(gradient, style, most), "made of", parts
                ),
            ],
            scales={"table": table_most, "gradient": most},
        )
