"""Which rows of a table are looked up, by any module or function: a mode that sees every call of a torch function.

The names with an underscore are torch's own, for which it has no public ones; they are the same from torch 2.6 on.
"""

import itertools
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from weakref import WeakValueDictionary

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode, _pop_mode, _push_mode

from rowlight.watching.guard import Guard


class LookupMode(TorchFunctionMode):
    """Mark the rows that `F.embedding` and `F.embedding_bag` look up in one Parameter, while the mode is active.

    torch.compile traces `__torch_function__` into the graphs that it makes, so a compiled model marks its lookups too.

    Args:
        parameter: the `nn.Parameter` of shape (V, D), known by identity.
        guard: the `Guard` through which rows are marked.
    """

    def __init__(self, parameter: nn.Parameter, guard: Guard) -> None:
        super().__init__()
        self._parameter, self._guard = parameter, guard
        self._mask = _no_rows(parameter)
        number = next(_numbers)
        self._number = torch.tensor(number, device="cpu")
        _modes[number] = self

    def drain(self) -> Tensor:
        """Return the rows marked since the last call, bool tensor (V,), and start again."""
        mask, self._mask = self._mask, _no_rows(self._parameter)
        return mask

    def __exit__(self, *error: object) -> None:
        """Leave, even before a mode that was entered later: two callbacks may end in the order they began."""
        later = []
        while torch._C._len_torch_function_stack() and (mode := _pop_mode()) is not self:  # noqa: SLF001
            later.append(mode)
        for mode in reversed(later):
            _push_mode(mode)

    def __torch_function__(
        self,
        function: Callable[..., Any],
        _types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> object:
        """Call the function; if it was a lookup in the Parameter, and torch did not refuse it, mark its ids."""
        kwargs = kwargs or {}
        output = function(*args, **kwargs)
        if function in (F.embedding, F.embedding_bag) and torch.is_grad_enabled():
            if not torch.compiler.is_dynamo_compiling():
                self._guard(self._note, function, args, kwargs)
            elif _weight(args, kwargs) is self._parameter:
                ids = _ids(args, kwargs)
                mark_compiled(self._number, ids.values() if ids.is_nested else ids, _padding(function, args, kwargs))
        return output

    def mark(self, ids: Tensor, padding: int | None) -> None:
        """Mark these ids, of any shape, but for the padding."""
        self._guard(self._mark, ids, padding)

    def _note(self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        """Mark the ids of a call. A model that is traced to TorchScript must not have the marks in its graph."""
        if _bare(_weight(args, kwargs)) is self._parameter and not torch.jit.is_tracing():
            with torch._C._DisableFuncTorch():  # noqa: SLF001  out of vmap and grad
                self._mark(_bare(_ids(args, kwargs)), _padding(function, args, kwargs))

    def _mark(self, ids: Tensor, padding: int | None) -> None:
        V = len(self._parameter)
        if len(self._mask) != V:  # the table was given other data, of another size
            known, self._mask = self._mask[:V], _no_rows(self._parameter)
            self._mask[: len(known)] = known
        ids = (ids.values() if ids.is_nested else ids).detach().long().to(self._mask.device)
        if padding is None:
            self._mask[ids] = True
        else:  # a bag skips its padding
            was_read = self._mask[padding].clone()
            self._mask[ids] = True
            self._mask[padding] = was_read


# The modes by their numbers, for the calls that stand in compiled graphs. A graph may outlive its mode.
_modes: WeakValueDictionary[int, LookupMode] = WeakValueDictionary()
_numbers = itertools.count()


@torch.library.custom_op("rowlight::mark", mutates_args=("number",))
def mark_compiled(number: Tensor, ids: Tensor, padding: int | None) -> None:
    """What stands in a compiled graph for a lookup: a call back to the mode of this number, when the graph runs.

    As a call, and not as operations of the graph, it can fail without the model's noticing. The number is a tensor, so
    that one graph serves every watch, and is declared as written to, so that compilers keep the call.
    """
    mode = _modes.get(int(number))
    if mode is not None:
        mode.mark(ids, padding)


@mark_compiled.register_vmap
def _(_info: object, _dims: object, number: Tensor, ids: Tensor, padding: int | None) -> tuple[None, None]:
    mark_compiled(number, ids, padding)  # the ids of all calls at once, as one tensor
    return None, None


def _ids(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Tensor:
    ids: Tensor = args[0] if args else kwargs["input"]
    return ids


def _weight(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Tensor:
    weight: Tensor = args[1] if len(args) > 1 else kwargs["weight"]
    return weight


def _padding(function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> int | None:
    """The id that the call skips: a bag's padding. A plain lookup reads its padding as any other row."""
    if function is F.embedding:
        return None
    return args[10] if len(args) > 10 else kwargs.get("padding_idx")


def _bare(tensor: Tensor) -> Tensor:
    """The tensor itself, where torch.func (vmap, grad) has wrapped it."""
    functorch = torch._C._functorch  # noqa: SLF001
    while functorch.is_functorch_wrapped_tensor(tensor):
        tensor = functorch.get_unwrapped(tensor)
    return tensor


@torch.inference_mode(mode=False)  # it is written to later, outside
def _no_rows(parameter: Tensor) -> Tensor:
    return torch.zeros(len(parameter), dtype=torch.bool, device=parameter.device)
