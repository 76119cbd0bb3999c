"""What the backward pass of a lookup leaves on the rows of a table. `gradient.js` does the same on a page."""

import torch
from torch.nn import functional as F


def table_gradient(
    ids: torch.Tensor,
    grad_output: torch.Tensor,
    rows: torch.Tensor,
    *,
    padding: int | None = None,
    by_frequency: bool = False,
) -> torch.Tensor:
    """Return the gradient of some rows, among them all that `ids` read, by torch's own backward pass.

    Args:
        ids: integer tensor of any shape, on the CPU.
        grad_output: float tensor (*ids.shape, D), what arrives at each position.
        rows: sorted LongTensor (R,) without repeats.
        padding: the row that receives nothing, or None.
        by_frequency: divide what a row receives by the number of times that the batch reads it.

    Returns:
        tensor (R, D) of `grad_output`'s dtype, on the CPU.
    """
    blocked = (rows == padding).nonzero().flatten().tolist() if padding is not None else []
    # Not inside the caller's no_grad or inference_mode, where nothing has a gradient.
    with torch.inference_mode(mode=False), torch.enable_grad():
        table = torch.zeros(len(rows), grad_output.shape[-1], dtype=grad_output.dtype, device="cpu").requires_grad_()
        output = F.embedding(
            torch.searchsorted(rows, ids.long()),
            table,
            padding_idx=blocked[0] if blocked else None,
            scale_grad_by_freq=by_frequency,
        )
        output.backward(grad_output.cpu().clone())
    return torch.zeros_like(table) if table.grad is None else table.grad


def drawn_gradient(
    ids: torch.Tensor,
    grad_output: torch.Tensor,
    rows: torch.Tensor,
    *,
    padding: int | None,
    by_frequency: bool,
) -> torch.Tensor:
    """Return what `table_gradient` does, as a lens draws it: in float64, vectors added first and divided last.

    So a page gets the same bits. torch itself divides each vector before it adds it; the two agree to float64's
    rounding. Same arguments.
    """
    sums = table_gradient(ids, grad_output.double(), rows, padding=padding)
    if by_frequency:
        uses = torch.bincount(torch.searchsorted(rows, ids.flatten().long()), minlength=len(rows))
        sums /= uses.clamp(min=1)[:, None]
    return sums


def made_of(uses: int, *, is_padding: bool, by_frequency: bool) -> str:
    """What a row's gradient is made of, in words."""
    if not uses:
        return "not read"
    if is_padding:
        return "blocked"
    if uses == 1:
        return "1 vector"
    return f"mean of {uses}" if by_frequency else f"sum of {uses}"
