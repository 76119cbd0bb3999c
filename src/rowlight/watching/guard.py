"""Where a watch meets the training: whatever goes wrong in the watch stays in the watch."""

import traceback
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import torch

from rowlight.watching.trace import Trace


class Guard:
    """Run each look at the training, and end the trace where a look fails. Every hook and every mark goes through here.

    While a CUDA graph is being captured nothing is looked at: the capture would take the look into the graph, and each
    replay would write to memory that the watch may have given back by then.

    Args:
        trace: the `Trace` whose `failure` a failed look sets. From then on no look is made.
    """

    def __init__(self, trace: Trace) -> None:
        self._trace = trace

    def hook(self, look: Callable[..., None]) -> Callable[..., None]:
        """Return `look` as an optimizer hook, which a compiled `optimizer.step` must call and not trace."""
        hook: Callable[..., None] = torch.compiler.disable(partial(self, look))
        return hook

    def __call__(self, look: Callable[..., None], *arguments: object) -> None:
        """Call `look` with these arguments. An exception goes no further; an interrupt by the user does."""
        try:
            if self._trace.failure is None and not _is_capturing():
                look(*arguments)
        except Exception as error:  # noqa: BLE001  whatever it is, the training must not meet it
            self._trace.failure = traceback.format_exception_only(error)[-1].partition("\n")[0]
            with suppress(Exception):  # a program may turn warnings into errors; the report says it in any case
                warnings.warn(
                    f"rowlight.watch failed and has ended: {self._trace.failure}. The training goes on without it; "
                    "the trace keeps what was seen so far.",
                    RuntimeWarning,
                    stacklevel=2,
                )


def _is_capturing() -> bool:
    return torch.cuda.is_initialized() and torch.cuda.is_current_stream_capturing()
