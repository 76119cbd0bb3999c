"""The Gradient Lens: ids, table and the gradient that a backward pass leaves on each row.

Source of the picture: the backward pass of `torch.nn.functional.embedding`. Explained in chapter 4 of the book,
Gradients land on rows.
"""

from collections.abc import Sequence
from typing import Any

import torch

from rowlight.checks import Selection, is_dense, kind_of
from rowlight.lenses.gradient import drawn_gradient, made_of, table_gradient
from rowlight.lenses.markup import TableMarkup, drawn_rows
from rowlight.lenses.table_lens import TableLens
from rowlight.widgets.bundle import bundle
from rowlight.widgets.numbers import Scale


class GradientLens(TableLens):
    """Show where the gradient of a batch lands in an embedding table.

    What comes back is drawn from right to left: `grad_output`, a vector of gradient for each id's place in the output,
    and the rows of the table, each of which adds up what its copies received. `padding_idx` and `scale_grad_by_freq` of
    an `nn.Embedding` are kept.

    The picture adds up `grad_output` with the digits that are printed, four decimals as a rule, in Python as on a
    page; so each sum can be checked by hand, and is the same on every machine. Its last digit may therefore differ
    from that of `gradient`, which is torch's own, exactly.

    Args:
        table: an `nn.Embedding`, or a tensor or array of float32 or float64, shape (V, D). The lens keeps a reference,
            and never changes it or its `.grad`. A large one is shown as `RowLens` shows it.
        ids: integers of shape (), (T,) or (B, T); int32 or int64; at most 512 of them.
        tokens: None, or V strings, one a row, or what else `RowLens` takes.
        grad_output: the gradient of the loss with respect to the output, tensor (*ids.shape, D) of finite floats. None
            stands for ones: the loss is the sum of the output. With a tensor, new ids must keep their shape.
        axes: what the two dimensions of the ids are called, for example ("record", "column"). One name will do where
            the ids have one dimension. None stands for "sentence" and "position".
        selection: what is lit at first: `{"position": [b, t]}`, `{"sentence": b}`, `{"row": r}` or `{}`. None stands
            for the first id.
        caption: one line above, which also names the lens for a screen reader.
        hint: one line below, which says what to try.

    Raises:
        TypeError: a table that is neither float32 nor float64, or ids, tokens or a `grad_output` of a kind that a lens
            does not take.
        IndexError: an id below 0 or above V - 1; the message gives the id, its position and V.
        ValueError: a table that is not (V, D) or has no row, ragged ids or more than 512 of them, not V tokens, not
            a name for each dimension of the ids, or a `grad_output` of another shape or with numbers that are not
            finite.
    """

    _kind = "gradient"
    _esm = bundle("lenses/gradient_lens.js")

    def __init__(
        self,
        table: object,
        ids: object,
        tokens: object = None,
        *,
        grad_output: object = None,
        axes: Sequence[str] | None = None,
        selection: Selection | None = None,
        caption: str | None = None,
        hint: str | None = None,
    ) -> None:
        __tracebackhide__ = True
        self._grad_output = None if grad_output is None else _as_gradient(grad_output)
        super().__init__(
            table,
            ids,
            tokens,
            axes=axes,
            selection=selection,
            caption=caption or "Where does the gradient land?",
            hint=hint or "Pick an id and follow its gradient to a row. Change an id, and watch the gradient move.",
        )

    def _check(self, table: torch.Tensor, ids: torch.Tensor) -> None:
        super()._check(table, ids)
        if self._source.makes_bags:
            raise TypeError("table: expected an nn.Embedding, got an nn.EmbeddingBag; pass its weight to look at it")
        if table.dtype not in (torch.float32, torch.float64):  # what a page can add up as torch does
            raise TypeError(f"table: expected torch.float32 or torch.float64, got {table.dtype}; pass table.float()")
        expected = (*ids.shape, table.shape[1])
        if self._grad_output is None:
            return
        if tuple(self._grad_output.shape) != expected:
            raise ValueError(
                f"grad_output: ids of shape {tuple(ids.shape)} need one of shape {expected}, "
                f"got {tuple(self._grad_output.shape)}"
            )
        if not self._grad_output.to(table.dtype).isfinite().all():
            raise ValueError(f"grad_output: expected finite numbers of {table.dtype}")

    @property
    def gradient(self) -> torch.Tensor:
        """`weight.grad` after `embedding(ids).backward(grad_output)`, as torch computes it now: tensor (V, D)."""
        table = self.table
        rows, found = self._landed(table)
        return torch.zeros_like(table).index_copy_(0, rows.to(table.device), found.to(table.device))

    def _landed(self, table: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The rows (R,) that the ids read, in order, and their gradient (R, D), on the CPU: all others have none."""
        rows = self.ids.unique().long()
        arriving = self._arriving(table).to(table.dtype)
        padding, by_frequency = self._source.padding, self._by_frequency
        return rows, table_gradient(self.ids, arriving, rows, padding=padding, by_frequency=by_frequency)

    def _arriving(self, table: torch.Tensor) -> torch.Tensor:
        """What arrives at each position, tensor (*ids.shape, D)."""
        if self._grad_output is not None:
            return self._grad_output
        return torch.ones(*self.ids.shape, table.shape[1], dtype=table.dtype, device="cpu")

    @property
    def _by_frequency(self) -> bool:
        return bool(self._source.option("scale_grad_by_freq"))

    def _made_of(self, row: int, uses: int) -> str:
        return made_of(uses, is_padding=row == self._source.padding, by_frequency=self._by_frequency)

    def _summary(self, ids: torch.Tensor) -> tuple[str, list[str], torch.Tensor]:
        flat, table = self.ids.flatten().tolist(), self.table
        rows, found = self._landed(table)  # of a large table, the whole gradient would not fit
        title = f"GradientLens: ids {tuple(self.ids.shape)} → gradient {tuple(table.shape)}"
        notes = [f", {self._made_of(id_, flat.count(id_))}:" for id_ in ids.tolist()]
        return title, notes, found[torch.searchsorted(rows, ids.long())]

    def _values(self, m: TableMarkup) -> dict[str, Any]:
        arriving = m.drawn(self._arriving(self.table)).reshape(len(m.flat), len(m.columns))
        printed = Scale.of(arriving)
        kept = [[printed.kept(x) for x in vector] for vector in arriving.tolist()]

        def gradient(ids: torch.Tensor, rows: list[int]) -> torch.Tensor:
            vectors = torch.tensor(kept, dtype=torch.float64, device="cpu").reshape(*ids.shape, len(m.columns))
            wanted = torch.tensor(rows, device="cpu")
            return drawn_gradient(ids, vectors, wanted, padding=self._source.padding, by_frequency=self._by_frequency)

        # Of the ids that Python set: a page keeps this scale while the reader edits. It is that of what arrives, too.
        sums = Scale.of(gradient(m.reset_ids, drawn_rows(m.reset_ids.flatten().tolist(), m.V)))
        scale = Scale(sums.style, max(sums.most, printed.most))
        arrives = m.cells(arriving, Scale(printed.style, scale.most))
        return {
            "shapes": f"{(m.V, m.D)} ← {(*m.shape, m.D)}",
            "scales": {"gradients": scale},
            "arriving_cells": arrives,
            "lit_numbers": m.in_numbers(
                [f"to row {m.flat[i]}" for i in sorted(m.lit)], [arrives[i] for i in sorted(m.lit)]
            ),
            "gradient_cells": m.cells(gradient(self.ids, m.rows), scale),
            "made_of": lambda row: self._made_of(row, m.uses[row]),
            "state": {
                "grad_output": kept,
                "style": scale.style,
                "most": scale.most,
                "padding": self._source.padding,
                "by_frequency": self._by_frequency,
            },
        }


def _as_gradient(grad_output: object) -> torch.Tensor:
    """A copy of `grad_output` as a tensor on the CPU."""
    if getattr(grad_output, "is_meta", False):
        raise ValueError("grad_output: it is on the meta device, which holds shapes but no numbers")
    expected = "grad_output: expected a dense tensor of real numbers"
    try:
        tensor = torch.as_tensor(grad_output, device="cpu").detach()
    except (TypeError, ValueError, RuntimeError) as error:
        raise TypeError(f"{expected}, got {type(grad_output).__name__}") from error
    if not is_dense(tensor) or tensor.is_quantized or tensor.is_complex():
        raise TypeError(f"{expected}, got {kind_of(tensor)} of {tensor.dtype}")
    return tensor.clone()
